"""A summary, counted from courses: no I/O."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.config import Baseline
from bot.deal import PORTFOLIO
from bot.history import ChainState, Course, Step
from bot.proposal import BOT, Status, Via
from bot.summaries.values import (
    Count,
    Effort,
    Of,
    Override,
    Period,
    Pipeline,
    Referrals,
    Row,
    Spread,
    StepTime,
    Summary,
    Why,
)

DAY = 86_400
_AGES = (("less than a day", DAY), ("1 to 3 days", 3 * DAY), ("3 to 7 days", 7 * DAY))
_OLDEST = "more than a week"
_BY_ITSELF = frozenset({Via.RULE, Via.FOLLOW_UP})
"""How a proposal comes about without anybody asking for it."""
_ENDINGS: Mapping[str, str] = {
    Status.DONE: "done",
    Status.FAILED: "failed",
    Status.UNVERIFIED: "unverified",
    Status.DECLINED: "declined",
    Status.EXPIRED: "expired",
}
_REFERENCE = re.compile(r" ?\(reference [0-9a-f]+\)")
_NOTHING = "Nothing was written. "


@dataclass(frozen=True)
class Told:
    """What a summary says beside what it counts."""

    now: datetime
    titles: Mapping[str, str]  # of the kinds of action
    baselines: Mapping[str, Baseline]
    names: Callable[[str, str], str]  # Slack id and the name on the record -> what people call them
    chain: ChainState
    referrals: Referrals = field(default_factory=Referrals)
    referred: tuple[Course, ...] = ()  # the courses that the referrals speak of
    scope: str = ""
    late: datetime | None = None


def summarise(courses: Iterable[Course], period: Period, before: Period, told: Told) -> Summary:
    """What happened in a period, against the one before it; ``courses``: those of both, and what is live."""
    tally = _Tally(period, before, told)
    for course in courses:
        tally.add(course)
    return tally.summary()


@dataclass
class _Lines:
    """What is counted of one kind, partner or seller."""

    label: str
    counts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    whole: list[float] = field(default_factory=list)
    whole_before: list[float] = field(default_factory=list)

    def row(self, of: Of, key: str) -> Row:
        counts = {name: Count(tuple(ids)) for name, ids in self.counts.items()}
        return Row(
            of, key, self.label, **counts, whole=spread(self.whole), whole_before=spread(self.whole_before)
        )


class _Tally:
    """Everything that is counted on the way through the courses."""

    def __init__(self, period: Period, before: Period, told: Told) -> None:
        self._period, self._before, self._told = period, before, told
        self._end = min(period.end, told.now).timestamp()
        self._now, self._earlier = _within(period), _within(before)
        self._until = period.end.timestamp()
        self._all = _Lines("All actions")
        self._lines: dict[tuple[Of, str], _Lines] = {(Of.ALL, ""): self._all}
        self._steps: dict[tuple[Step, bool], list[float]] = defaultdict(list)
        self._courses: dict[str, Course] = {}
        self._failures: dict[str, list[str]] = defaultdict(list)
        self._declines: dict[str, list[str]] = defaultdict(list)
        self._pending: list[Course] = []
        self._edited: list[str] = []
        self._decided = self._edited_before = self._decided_before = 0
        self._overrides: list[Course] = []
        self._done: list[Course] = []

    def add(self, course: Course) -> None:
        ends, declined, done = course.ended, course.status == Status.DECLINED, course.status == Status.DONE
        proposed, ended = self._now(course.opened), self._now(ends)
        pending = course.opened < self._until and (ends is None or ends >= self._until)
        done_before = done and self._earlier(ends)
        decided_at = ends if declined else course.approved
        if self._earlier(decided_at):
            self._decided_before += 1
            self._edited_before += course.edits > 0
        if self._now(decided_at):
            self._decide(course)
        if not (proposed or ended or pending or done_before):
            return
        self._courses[course.id] = course  # also what is compared, which may be put together anew
        if pending:
            self._pending.append(course)
        if done_before or (ended and done):
            for step in Step:
                took = course.took(step)
                if took is not None:
                    self._steps[step, done_before].append(took)
        counted = [
            *(["proposed"] if proposed else []),
            *(["pending"] if pending else []),
            *([_ENDINGS[course.status]] if ended else []),
        ]
        whole = course.took(Step.WHOLE) if done else None
        for line in self._lines_of(course):
            for name in counted:
                line.counts[name].append(course.id)
            if whole is not None and (ended or done_before):
                (line.whole if ended else line.whole_before).append(whole)
        if ended:
            self._end_of(course)

    def _decide(self, course: Course) -> None:
        self._courses[course.id] = course
        self._decided += 1
        if course.edits:
            self._edited.append(course.id)
        if course.overridden_by:
            self._overrides.append(course)

    def _end_of(self, course: Course) -> None:
        match course.status:
            case Status.DONE:
                self._done.append(course)
            case Status.FAILED | Status.UNVERIFIED:
                self._failures[_reason(course.why)].append(course.id)
            case Status.DECLINED:
                self._declines[" ".join(course.why.split()) or "no reason given"].append(course.id)

    def _lines_of(self, course: Course) -> Iterator[_Lines]:
        yield self._all
        yield self._line(Of.KIND, course.kind, course)
        if course.partner:
            line = self._line(Of.PARTNER, course.partner.lower(), course)
            if line.label.islower():
                line.label = course.partner  # as somebody wrote it, rather than as it is compared
            yield line
        seller = course.seller
        if seller and seller != BOT:
            yield self._line(Of.SELLER, seller, course)

    def _line(self, of: Of, key: str, course: Course) -> _Lines:
        line = self._lines.get((of, key))
        if line is None:
            line = self._lines[of, key] = _Lines(self._label(of, key, course))
        return line

    def _label(self, of: Of, key: str, course: Course) -> str:
        match of:
            case Of.KIND:
                return self._told.titles.get(key, key)
            case Of.SELLER:
                return self._told.names(key, _recorded_name(course))
            case _:
                return course.partner

    # -- the whole ------------------------------------------------------------------------------------------
    def summary(self) -> Summary:
        told = self._told
        rows: dict[Of, list[Row]] = defaultdict(list)
        for (of, key), line in self._lines.items():
            row = line.row(of, key)
            if row.anything or of is Of.ALL:
                rows[of].append(row)
        for some in rows.values():
            some.sort(key=lambda row: (-(row.ended + row.pending.number), -row.proposed.number, row.label))
        pending = sorted(self._pending, key=lambda course: course.opened)
        people = sorted({id for course in self._courses.values() for id in _people(course)})
        recorded = {course.approver: course.approver_name for course in self._courses.values()}
        return Summary(
            period=self._period,
            before=self._before,
            made_at=told.now,
            scope=told.scope,
            total=rows[Of.ALL][0],
            kinds=tuple(rows[Of.KIND]),
            partners=tuple(rows[Of.PARTNER]),
            sellers=tuple(rows[Of.SELLER]),
            steps=tuple(
                StepTime(step, spread(self._steps[step, False]), spread(self._steps[step, True]))
                for step in Step
            ),
            failures=_whys(self._failures),
            declines=_whys(self._declines),
            ageing=self._ageing(pending),
            pending=tuple(course.id for course in pending),
            edited=Count(tuple(self._edited)),
            decided=self._decided,
            edited_before=self._edited_before,
            decided_before=self._decided_before,
            overrides=tuple(
                Override(c.id, c.overridden_by, c.override_reason, c.skipped) for c in self._overrides
            ),
            pipelines=_pipelines(self._done),
            referrals=told.referrals,
            efforts=self._efforts(rows[Of.KIND]),
            chain=told.chain,
            courses={course.id: course for course in told.referred} | self._courses,
            names={id: told.names(id, recorded.get(id, "")) for id in people},
            late=told.late,
        )

    def _ageing(self, pending: Sequence[Course]) -> tuple[tuple[str, Count], ...]:
        found: dict[str, list[str]] = {label: [] for label in (*dict(_AGES), _OLDEST)}
        for course in pending:
            age = self._end - course.opened
            found[next((label for label, until in _AGES if age < until), _OLDEST)].append(course.id)
        return tuple((label, Count(tuple(ids))) for label, ids in found.items() if ids)

    def _efforts(self, rows: Iterable[Row]) -> tuple[Effort, ...]:
        found = []
        for row in rows:
            done = [self._courses[id] for id in row.done.of]
            if not done:
                continue
            baseline = self._told.baselines.get(row.key)
            found.append(
                Effort(
                    kind=row.key,
                    label=row.label,
                    done=row.done,
                    steps=sum(map(human_steps, done)) / len(done),
                    handoffs=sum(map(handoffs, done)) / len(done),
                    whole=row.whole,
                    steps_before=baseline.steps if baseline else None,
                    handoffs_before=baseline.handoffs if baseline else None,
                    minutes_before=baseline.minutes if baseline else None,
                )
            )
        return tuple(found)


def human_steps(course: Course) -> int:
    """What people did for one action: asked for it, edited it, approved it, overrode an approval that was missing."""
    asked = course.via not in _BY_ITSELF
    return asked + course.edits + len(course.approvals) + bool(course.overridden_by)


def handoffs(course: Course) -> int:
    """How often one action went from one person to another: whoever asked, each approver, whoever overrode."""
    asked = [] if course.via in _BY_ITSELF else [course.proposer]
    overrode = [course.overridden_by] if course.overridden_by else []
    hands = [*asked, *course.approvals, *overrode]
    return sum(giver != taker for giver, taker in pairwise(hands))


def _within(period: Period) -> Callable[[float | None], bool]:
    """Whether a moment lies in a period, asked a hundred thousand times."""
    first, last = period.start.timestamp(), period.end.timestamp()
    return lambda moment: moment is not None and first <= moment < last


def spread(seconds: Iterable[float]) -> Spread:
    """How long something took of which these are the durations: median, and 90th percentile by the nearest rank."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread()
    p90 = ordered[math.ceil(0.9 * len(ordered)) - 1]
    return Spread(len(ordered), timedelta(seconds=median(ordered)), timedelta(seconds=p90))


def _whys(found: Mapping[str, Sequence[str]]) -> tuple[Why, ...]:
    whys = (Why(words, Count(tuple(ids))) for words, ids in found.items())
    return tuple(sorted(whys, key=lambda why: (-why.count.number, why.words)))


def _reason(why: str) -> str:
    """A failure's reason, so that those of one kind are alike: without its reference, and what all of them say."""
    words = " ".join(_REFERENCE.sub("", why).split())
    return words.removeprefix(_NOTHING) or "no reason recorded"


def _pipelines(done: Iterable[Course]) -> tuple[Pipeline, ...]:
    """The deals of what is done by attribution, each once, with its newest amount."""
    newest: dict[str, dict[str, Course]] = defaultdict(dict)
    for course in sorted(done, key=lambda one: one.ended or 0.0):
        if course.attribution and course.opportunity != PORTFOLIO:
            newest[course.attribution][course.opportunity] = course
    found = []
    for attribution, deals in newest.items():
        amounts = [course.amount for course in deals.values() if course.amount is not None]
        ids = Count(tuple(course.id for course in deals.values()))
        found.append(Pipeline(attribution, ids, sum(amounts), len(deals) - len(amounts)))
    return tuple(sorted(found, key=lambda one: (-one.amount, one.attribution)))


def _recorded_name(course: Course) -> str:
    return course.approver_name if course.approver == course.seller else ""


def _people(course: Course) -> Iterable[str]:
    everybody = (course.seller, course.proposer, course.ended_by, course.overridden_by, *course.approvals)
    return (id for id in everybody if id and id != BOT)
