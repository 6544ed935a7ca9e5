"""The summary that courses make, counted in the plainest way there is: for tests of what is drawn from one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from bot.history import ChainState, Course, Step, Walk
from bot.summaries import (
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

ZONE = "Europe/Berlin"
WEEK = Period("weekly", datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC), ZONE)
BEFORE = Period("weekly", datetime(2026, 11, 8, 23, tzinfo=UTC), WEEK.start, ZONE)
MADE_AT = datetime(2026, 11, 23, 7, 30, 4, tzinfo=UTC)
HEAD = "9f2b" * 16
SOUND = ChainState(entries=48_210, head=HEAD, read=48_210, walk=Walk(at=MADE_AT, entries=48_210, head=HEAD))

KINDS = {
    "update_opportunity": "Update opportunity",
    "submit_referral": "Submit referral to AWS",
    "schedule_meeting": "Schedule meeting",
    "score_opportunities": "Score opportunities",
}


def summary(courses: Sequence[Course], names: dict[str, str] | None = None) -> Summary:
    """The summary of the week that these courses make, counted in the plainest way there is."""
    names = {"U0ANA": "Ana Costa"} if names is None else names
    total = _row(Of.ALL, "", "All actions", courses)
    done = _those(courses, total.done)
    ended = [c for c in courses if WEEK.holds(c.ended)]
    broken = [c for c in ended if c.status in ("failed", "unverified")]
    pending = sorted(_those(courses, total.pending), key=lambda c: c.opened)
    decided, earlier = _decided(courses, WEEK), _decided(courses, BEFORE)
    return Summary(
        period=WEEK,
        before=BEFORE,
        made_at=MADE_AT,
        scope="",
        total=total,
        kinds=_rows(Of.KIND, courses, lambda c: c.kind, lambda c: KINDS[c.kind]),
        partners=_rows(Of.PARTNER, courses, lambda c: c.partner.lower(), lambda c: c.partner),
        sellers=_rows(Of.SELLER, courses, lambda c: c.seller, lambda c: names.get(c.seller, c.seller)),
        steps=tuple(
            StepTime(step, _spread(_done(courses, WEEK), step), _spread(_done(courses, BEFORE), step))
            for step in Step
        ),
        failures=_whys(broken),
        declines=_whys([c for c in ended if c.status == "declined"]),
        ageing=tuple(
            (label, _count(c for c in pending if low <= (WEEK.end.timestamp() - c.opened) / 86_400 < high))
            for label, low, high in (
                ("less than a day", 0, 1),
                ("1 to 3 days", 1, 3),
                ("3 to 7 days", 3, 7),
                ("over 7 days", 7, 1e9),
            )
        ),
        pending=tuple(c.id for c in pending),
        edited=_count(c for c in decided if c.edits),
        decided=len(decided),
        edited_before=sum(1 for c in earlier if c.edits),
        decided_before=len(earlier),
        overrides=tuple(
            Override(c.id, c.overridden_by, c.override_reason, c.skipped)
            for c in decided
            if c.overridden_by
        ),
        pipelines=tuple(
            _pipeline(attribution, done)
            for attribution in ("Partner Sourced", "Partner Influenced")
            if any(c.attribution == attribution for c in done)
        ),
        referrals=_referrals([c for c in done if c.kind == "submit_referral"]),
        efforts=tuple(_effort(kind, those) for kind in KINDS if (those := [c for c in done if c.kind == kind])),
        chain=SOUND,
        courses={course.id: course for course in courses},
        names=names,
    )  # fmt: skip


def _count(courses: Iterable[Course]) -> Count:
    return Count(tuple(course.id for course in courses))


def _those(courses: Iterable[Course], count: Count) -> list[Course]:
    wanted = set(count.of)
    return [course for course in courses if course.id in wanted]


def _done(courses: Iterable[Course], period: Period) -> list[Course]:
    return [c for c in courses if c.status == "done" and period.holds(c.ended)]


def _decided(courses: Iterable[Course], period: Period) -> list[Course]:
    return [
        c for c in courses if period.holds(c.approved) or (c.status == "declined" and period.holds(c.ended))
    ]


def _spread(courses: Iterable[Course], step: Step = Step.WHOLE) -> Spread:
    """The median, and the least value that nine in ten are not above."""
    took = sorted(t for t in (c.took(step) for c in courses) if t is not None)
    if not took:
        return Spread()
    middle, most = median(took), took[-(-9 * len(took) // 10) - 1]
    return Spread(len(took), timedelta(seconds=middle), timedelta(seconds=most))


def _row(of: Of, key: str, label: str, courses: Sequence[Course]) -> Row:
    def ended(status: str) -> Count:
        return _count(c for c in courses if c.status == status and WEEK.holds(c.ended))

    return Row(
        of=of,
        key=key,
        label=label,
        proposed=_count(c for c in courses if WEEK.holds(c.opened)),
        done=ended("done"),
        failed=ended("failed"),
        unverified=ended("unverified"),
        declined=ended("declined"),
        expired=ended("expired"),
        pending=_count(c for c in courses if c.live),
        whole=_spread(_done(courses, WEEK)),
        whole_before=_spread(_done(courses, BEFORE)),
    )


def _rows(
    of: Of, courses: Sequence[Course], key: Callable[[Course], str], label: Callable[[Course], str]
) -> tuple[Row, ...]:
    by: dict[str, list[Course]] = {}
    for course in courses:
        by.setdefault(key(course), []).append(course)
    rows = (_row(of, name, label(those[0]), those) for name, those in by.items())
    return tuple(sorted((r for r in rows if r.anything), key=lambda r: -r.ended - r.proposed.number))


def _whys(courses: Iterable[Course]) -> tuple[Why, ...]:
    by: dict[str, list[Course]] = {}
    for course in courses:
        by.setdefault(course.why or "no reason given", []).append(course)
    return tuple(
        sorted((Why(why, _count(those)) for why, those in by.items()), key=lambda w: -w.count.number)
    )


def _pipeline(attribution: str, done: Iterable[Course]) -> Pipeline:
    deals = {c.opportunity: c for c in done if c.attribution == attribution}
    known = [c.amount for c in deals.values() if c.amount is not None]
    return Pipeline(attribution, _count(deals.values()), sum(known), len(deals) - len(known))


def _referrals(submitted: Sequence[Course]) -> Referrals:
    by: dict[str, list[Course]] = {}
    for i, course in enumerate(submitted):
        by.setdefault(("Submitted", "In review", "Approved", "Action Required")[i % 4], []).append(course)
    return Referrals({status: _count(those) for status, those in by.items()})


def _effort(kind: str, done: Sequence[Course]) -> Effort:
    steps = sum(1 + c.edits + len(c.approvals) for c in done) / len(done)
    known = {"submit_referral": (14, 3, 40), "update_opportunity": (6, 1, 5)}.get(kind, (None, None, None))
    return Effort(kind, KINDS[kind], _count(done), steps, 0.4, _spread(done), *known)
