"""What the history tells beside courses: how much of the chain it has read, and how often what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import AwareDatetime

from bot.deal import Frozen
from bot.ledger import Flaw

BUCKETS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0, 259_200.0)
"""Upper bounds, in seconds, of the buckets that latencies are counted in; the last bucket has none."""


class Walk(Frozen):
    """The last time that the whole chain was walked from its first entry."""

    at: AwareDatetime
    entries: int
    head: str  # hex
    flaw: Flaw | None = None


class ChainState(Frozen):
    """What is known of the ledger's chain."""

    entries: int  # that there are
    head: str  # hex; the link of the newest
    read: int  # entries that the history has read, each checked against the one before it
    flaw: Flaw | None = None  # the first that was not as it was written, found while reading or walking
    walk: Walk | None = None  # None: never walked yet

    @property
    def sound(self) -> bool:
        """Whether nothing is known to be wrong."""
        return self.flaw is None and (self.walk is None or self.walk.flaw is None)


@dataclass(frozen=True)
class Latencies:
    """How long one step took, counted in ``BUCKETS``."""

    counts: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)  # not cumulative
    total: float = 0.0  # seconds, of all

    @property
    def number(self) -> int:
        """How many there are."""
        return sum(self.counts)


@dataclass(frozen=True)
class Totals:
    """How often what happened since the first entry; every number only grows."""

    opened: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by kind and via
    ended: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by kind and status
    happened: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By kind and what: "approved", "edited", "returned", "overridden", "released"."""
    refused: Mapping[str, int] = field(
        default_factory=dict
    )  # decisions that were not let, by what was wanted
    latencies: Mapping[tuple[str, str], Latencies] = field(
        default_factory=dict
    )  # of done ones, by kind and Step
