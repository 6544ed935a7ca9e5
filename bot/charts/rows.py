"""Which rows of a summary stand in its chart: all actions, each kind, each partner; the smallest of too many as one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from bot.cards.text import plain
from bot.charts.drawing import Drawing, Line
from bot.history import Course, Step
from bot.proposal import Status
from bot.summaries import Period, Row, Spread, Summary, spread

MOST = 14
"""Rows that can be told apart at the width of Slack's preview."""
_MOST_KINDS = 6
_LONGEST = 80


def drawing(summary: Summary) -> Drawing | None:
    """What the chart shows; None where nothing was done."""
    if summary.total.whole.median is None:
        return None
    lines = [_line("All actions", summary.total.whole, summary.total.whole_before)]
    lines += _group(summary, summary.kinds, _MOST_KINDS)
    lines += _group(summary, summary.partners, MOST - len(lines))
    return Drawing(
        title="Action latency, signal to verified",
        period=f"{summary.period.label} ({summary.period.zone})",
        scope=plain(summary.scope, _LONGEST),
        lines=tuple(lines),
    )


def _group(summary: Summary, rows: Iterable[Row], room: int) -> list[Line]:
    """A line for each of at least two rows with something done; where there is no room, the smallest share one."""
    done = sorted((row for row in rows if row.whole.median is not None), key=lambda row: -row.whole.number)
    if len(done) < 2:
        return []
    shown = done if len(done) <= room else done[: room - 1]
    lines = [
        _line(plain(row.label, _LONGEST) or "Nobody's", row.whole, row.whole_before, begins=row is done[0])
        for row in shown
    ]
    if rest := done[len(shown) :]:
        lines.append(_line(f"{len(rest)} others", *_together(summary, rest)))
    return lines


def _together(summary: Summary, rows: Sequence[Row]) -> tuple[Spread, Spread]:
    """The spreads of several rows as if they were one, from their courses: medians have no average.

    What was before is told only if all of its courses are known.
    """
    ids = [id for row in rows for id in row.done.of]
    keys = {(row.of, row.key) for row in rows}
    done = [course for id in ids if (course := summary.courses.get(id)) is not None]
    earlier = [
        course
        for course in summary.courses.values()
        if _done_in(summary.before, course)
        and not keys.isdisjoint({("kind", course.kind), ("partner", course.partner.lower())})
    ]
    before = spread(_whole(earlier))
    complete = before.number == sum(row.whole_before.number for row in rows)
    return spread(_whole(done)), before if complete else Spread()


def _whole(courses: Iterable[Course]) -> Iterator[float]:
    return (seconds for course in courses if (seconds := course.took(Step.WHOLE)) is not None)


def _done_in(period: Period, course: Course) -> bool:
    return course.status == Status.DONE and period.holds(course.ended)


def _line(label: str, now: Spread, before: Spread, *, begins: bool = False) -> Line:
    middle = _seconds(now.median) or 0.0
    return Line(
        label=label,
        number=now.number,
        median=middle,
        p90=max(middle, _seconds(now.p90) or 0.0),
        before=_seconds(before.median),
        begins=begins,
    )


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else max(0.0, span.total_seconds())
