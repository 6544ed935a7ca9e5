"""The sections of a report that count actions: at a glance, by kind, partner and seller, and how long they took."""

from collections.abc import Iterable

from bot.papers.behind import Behind, named
from bot.papers.values import Cell, Section, Table
from bot.summaries import Count, Row, Spread, StepTime, Summary
from bot.summaries.words import change, duration, share

_ENDINGS = ("proposed", "done", "failed", "unverified", "declined", "expired", "pending")
_TOOK = "How long the actions took that are done, from what called for them until they were read back."
_TIMES = ("Median", "90% within", "Against the period before")


def glance(summary: Summary, behind: Behind) -> Section:
    """The figures that one looks at first."""
    total, name = summary.total, named(summary.total.label)
    counted = (
        ("Proposed", "proposed", total.proposed),
        ("Done: written and read back", "done", total.done),
        ("Failed: nothing was written", "failed", total.failed),
        ("Unverified: a person must look", "unverified", total.unverified),
        ("Declined", "declined", total.declined),
        ("Expired: nobody decided in time", "expired", total.expired),
        ("Pending at the end of the period", "pending", total.pending),
        (
            "Gone ahead by break-glass",
            "break-glass",
            Count(tuple(override.course for override in summary.overrides)),
        ),
    )
    rows = [
        (Cell(words), behind.number(count, f"{name}: {short}"), text("")) for words, short, count in counted
    ]
    rows[1] = (*rows[1][:2], text(f"{total.whole_before.number:,}"))
    rows.append(
        (
            Cell("Median from signal to verified"),
            _median(behind, total.done, name, total.whole),
            text(_against(total.whole, total.whole_before)),
        )
    )
    edited = f"{summary.edited.number:,} of {summary.decided:,}"
    rows.append(
        (
            Cell("Edited before they were decided"),
            behind.number(summary.edited, "Edited before they were decided", edited),
            text(f"{summary.edited_before:,} of {summary.decided_before:,}"),
        )
    )
    headings = ("Figure", "This period", "The period before")
    return Section("glance", "At a glance", tables=(Table("The main figures", headings, tuple(rows)),))


def breakdown(summary: Summary, behind: Behind) -> Section:
    """The same numbers by kind of action, partner and seller."""
    tables = (
        _counts("By kind of action", "Action", (summary.total, *summary.kinds), behind),
        _counts("By partner", "Partner", summary.partners, behind),
        _counts("By seller", "Seller", summary.sellers, behind),
    )
    return Section(
        "breakdown",
        "By kind, partner and seller",
        (
            "Proposed counts what was opened in the period; the endings what ended in it, whenever it was opened. "
            "Times are from signal to verified, of what is done.",
        ),
        tuple(table for table in tables if table.rows),
    )


def latency(summary: Summary, behind: Behind, problem: str) -> Section:
    """How long each step took, with the chart, or with the problem that kept it from being drawn."""
    headings = ("Step", *_TIMES[:2], "Median before", "90% before", "Median against before")
    rows = tuple(_step(step, behind, summary.total) for step in summary.steps)
    return Section(
        "latency",
        "Action latency",
        tuple(filter(None, (_TOOK, problem))),
        (Table("Latency by step", headings, rows),),
        chart=True,
    )


def text(words: str) -> Cell:
    """Words in a column of figures."""
    return Cell(words, figure=True)


def _counts(caption: str, first: str, rows: Iterable[Row], behind: Behind) -> Table:
    lines = tuple(_line(row, behind) for row in rows)
    return Table(caption, (first, *map(str.capitalize, _ENDINGS), *_TIMES), lines)


def _line(row: Row, behind: Behind) -> tuple[Cell, ...]:
    name = named(row.label, "nobody's")
    counts = [behind.number(getattr(row, ending), f"{name}: {ending}") for ending in _ENDINGS]
    return (
        Cell(name),
        *counts,
        _median(behind, row.done, name, row.whole),
        text(duration(row.whole.p90)),
        text(change(row.whole.median, row.whole_before.median)),
    )


def _step(step: StepTime, behind: Behind, total: Row) -> tuple[Cell, ...]:
    return (
        Cell(step.step.value.capitalize()),
        _median(behind, total.done, named(total.label), step.now),
        text(duration(step.now.p90)),
        text(duration(step.before.median)),
        text(duration(step.before.p90)),
        text(change(step.now.median, step.before.median)),
    )


def _median(behind: Behind, done: Count, name: str, spread: Spread) -> Cell:
    """A median, which leads to all that it is of."""
    return behind.number(done if spread.number else Count(), f"{name}: done", duration(spread.median))


def _against(now: Spread, before: Spread) -> str:
    if before.median is None:
        return change(now.median, None)
    return f"{duration(before.median)}, so now {change(now.median, before.median)}"


def rate(part: int, whole: int) -> str:
    """A rate with what it is of: "12% (3 of 25)"."""
    return f"{share(part, whole)} ({part:,} of {whole:,})" if whole else "nothing was decided"
