"""Every open deal held against a referral rule."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from bot.clients import CrmReader
from bot.errors import Refused
from bot.rules import Rule, When
from bot.triggers import Happening
from bot.triggers.crm import Overlap, unreferred
from bot.watch_state import WatchState

AT_ONCE = 1_000
"""Deals that are compared in one go."""
MOST = 500
"""Deals that one sweep tells of, the largest first; the next sweep tells of the others."""

T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """What a sweep came to."""

    fresh: tuple[Happening, ...]  # not told before, the largest first
    met: int  # deals that meet the rule, told or not
    open: frozenset[str]  # ids of all open deals


class Sweep:
    """Reads the open deals and finds those that should be referred and are not; tells nobody."""

    def __init__(self, crm: Callable[[], CrmReader], overlap: Overlap, state: WatchState) -> None:
        self._crm, self._overlap, self._state = crm, overlap, state

    def find(self, rule: Rule, renew: Callable[[], None] = lambda: None) -> Found:
        """What meets a rule now; ``renew`` is called while reading goes on."""
        met: list[Happening] = []
        ids: set[str] = set()
        for some in in_parts(AT_ONCE, self._crm().open_deals()):
            renew()
            ids.update(deal.id for deal in some)
            happened = (unreferred(rule, deal, self._overlap) for deal in some)
            met += [one for one in happened if one is not None]
        fired = self._state.fired([one.id for one in met])
        fresh = sorted(
            (one for one in met if one.id not in fired), key=lambda one: (-(one.amount or 0), one.opportunity)
        )
        return Found(tuple(fresh[:MOST]), len(met), frozenset(ids))


def sweep_of(rules: Iterable[Rule], name: str) -> Rule:
    """The sweep of this name; ``Refused``, with those that there are, when there is none."""
    sweeps = {rule.name: rule for rule in rules if rule.when is When.SWEEP}
    if name not in sweeps:
        named = ", ".join(f"“{one}”" for one in sweeps) or "none"
        raise Refused(f"The configuration has no sweep “{name}”. Its sweeps: {named}.")
    return sweeps[name]


def in_parts(most: int, things: Iterable[T]) -> Iterator[list[T]]:
    """The things in lists of so many."""
    rest = iter(things)
    while some := list(islice(rest, most)):
        yield some
