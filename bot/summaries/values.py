"""A summary as a value: everything that a card, a chart, a page or a CSV shows, and the actions behind each number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.history import ChainState, Course, Step


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of one time zone, the last one not included."""

    name: str  # "daily", "weekly", "monthly"
    start: datetime
    end: datetime
    zone: str  # IANA name

    @property
    def tz(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.zone)

    @property
    def label(self) -> str:
        """In words: "Friday 27 November 2026", "Mon 16 – Sun 22 November 2026"."""
        first = self.start.astimezone(self.tz)
        last = (self.end - timedelta(microseconds=1)).astimezone(self.tz)
        if first.date() == last.date():
            return f"{first:%A} {first.day} {first:%B %Y}"
        shown = f"{first:%a} {first.day}"
        if (first.year, first.month) != (last.year, last.month):
            shown += f" {first:%B}" + (f" {first.year}" if first.year != last.year else "")
        return f"{shown} – {last:%a} {last.day} {last:%B %Y}"

    def holds(self, moment: float | None) -> bool:
        """Whether a moment (seconds since 1970) lies in it."""
        return moment is not None and self.start.timestamp() <= moment < self.end.timestamp()


class Of(StrEnum):
    """What actions are counted by."""

    ALL = "all"
    KIND = "kind"
    PARTNER = "partner"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Count:
    """A number, and the actions behind it by id: each number leads to its threads."""

    of: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.of)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, of so many; None where there was none."""

    number: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The actions of one kind, partner or seller, or all of them.

    Proposed counts those that were opened in the period; the endings those that ended in it, whenever they were opened;
    pending those that are open or under way at its end.
    """

    of: Of
    key: str  # the kind's name, the partner in lower case, the Slack id; empty for all
    label: str  # as people call it
    proposed: Count = Count()
    done: Count = Count()
    failed: Count = Count()
    unverified: Count = Count()
    declined: Count = Count()
    expired: Count = Count()
    pending: Count = Count()
    whole: Spread = Spread()  # signal to verified, of those that are done
    whole_before: Spread = Spread()

    @property
    def counts(self) -> tuple[Count, ...]:
        """Every number of it."""
        return (
            self.proposed,
            self.done,
            self.failed,
            self.unverified,
            self.declined,
            self.expired,
            self.pending,
        )

    @property
    def ended(self) -> int:
        """How many ended, however."""
        return sum(c.number for c in (self.done, self.failed, self.unverified, self.declined, self.expired))

    @property
    def anything(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.ended or self.proposed.number or self.pending.number)


@dataclass(frozen=True, slots=True)
class StepTime:
    """How long one step of the way took, against the period before."""

    step: Step
    now: Spread
    before: Spread


@dataclass(frozen=True, slots=True)
class Why:
    """A reason, and the actions that have it; the most frequent first."""

    words: str
    count: Count


@dataclass(frozen=True, slots=True)
class Override:
    """Break-glass: who went ahead without whose approval, and why."""

    course: str
    by: str  # Slack id
    reason: str
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The deals on which something was done that carries this attribution, each once, with what they are worth."""

    attribution: str
    deals: Count  # one action for each deal
    amount: int  # whole units of the org's currency, of those whose amount is known
    unknown: int = 0  # deals whose amount is not known


@dataclass(frozen=True, slots=True)
class Referrals:
    """Everything that this bot ever submitted, by what AWS says of it now; or why that cannot be said."""

    by_status: Mapping[str, Count] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Effort:
    """What people did for one kind of action, against the manual procedure that it replaces.

    The baseline is what the configuration says ("baselines"), not something that was measured here.
    """

    kind: str
    label: str
    done: Count
    steps: float  # human steps of one action, on average: asked, edited, approved, overrode
    handoffs: float  # how often it went from one person to another, on average
    whole: Spread  # signal to verified
    steps_before: int | None = None  # of the manual procedure; None: the configuration has no baseline
    handoffs_before: int | None = None
    minutes_before: int | None = None  # of somebody's work, by the manual procedure


@dataclass(frozen=True)
class Summary:
    """What happened in a period."""

    period: Period
    before: Period
    made_at: datetime
    scope: str  # whose view: empty: everything; else in words, "what Sam Lee may read"
    total: Row
    kinds: tuple[Row, ...]  # most actions first
    partners: tuple[Row, ...]
    sellers: tuple[Row, ...]
    steps: tuple[StepTime, ...]  # in the order of Step
    failures: tuple[Why, ...]  # failed and unverified
    declines: tuple[Why, ...]
    ageing: tuple[tuple[str, Count], ...]  # pending by how long they wait: "less than a day", "1 to 3 days" …
    pending: tuple[str, ...]  # ids, the longest waiting first
    edited: Count  # of those that were decided in the period
    decided: int  # that were approved or declined in it
    edited_before: int
    decided_before: int
    overrides: tuple[Override, ...]
    pipelines: tuple[Pipeline, ...]
    referrals: Referrals
    efforts: tuple[Effort, ...]
    chain: ChainState
    courses: Mapping[str, Course]  # by id: everything that a number speaks of
    names: Mapping[str, str]  # by Slack id, as people are called
    late: datetime | None = None  # when it was due, if it comes late

    @property
    def rows(self) -> Iterable[Row]:
        """Every row, the total first."""
        return (self.total, *self.kinds, *self.partners, *self.sellers)

    @property
    def quiet(self) -> bool:
        """Whether nothing happened and nothing waits."""
        return not self.total.anything
