"""The sections of a report that say why: failures, what was declined, what waits, edits, break-glass."""

from collections.abc import Sequence

from bot.papers.behind import Behind, named, reason
from bot.papers.counting import rate, text
from bot.papers.values import Cell, Section, Table
from bot.summaries import Summary, Why
from bot.summaries.words import duration, moment, several

_LONGEST_WAITING = 20


def failures(summary: Summary, behind: Behind) -> Section:
    """What failed or could not be verified, by its reason."""
    return _whys(
        "failures", "Failed and unverified", "By reason", summary.failures, "Nothing failed.", behind
    )


def declines(summary: Summary, behind: Behind) -> Section:
    """What people declined, by their reason."""
    return _whys(
        "declines",
        "Declined",
        "By the reason that was given",
        summary.declines,
        "Nothing was declined.",
        behind,
    )


def waiting(summary: Summary, behind: Behind) -> Section:
    """What waits at the end of the period, and for how long."""
    if not summary.pending:
        return Section("pending", "Pending", ("Nothing waits.",))
    ages = tuple(
        (Cell(words), behind.number(count, f"Pending for {words}")) for words, count in summary.ageing
    )
    longest = tuple(_waits(summary, behind, id) for id in summary.pending[:_LONGEST_WAITING])
    return Section(
        "pending",
        "Pending, and for how long",
        (f"{several(len(summary.pending), 'action')} waited at the end of the period.",),
        (
            Table("Pending by age", ("Waiting for", "Actions"), ages),
            Table("The longest waiting", ("Deal", "Action", "Seller", "Waiting", "Expires"), longest),
        ),
    )


def edits(summary: Summary, behind: Behind) -> Section:
    """How often people changed a proposal before they decided."""
    rows = (
        (
            Cell("This period"),
            behind.number(
                summary.edited,
                "Edited before they were decided",
                rate(summary.edited.number, summary.decided),
            ),
        ),
        (Cell("The period before"), text(rate(summary.edited_before, summary.decided_before))),
    )
    return Section(
        "edits",
        "Edit rate",
        ("How many of the proposals that were approved or declined had been edited.",),
        (Table("Edited proposals", ("When", "Edited"), rows),),
    )


def overrides(summary: Summary, behind: Behind) -> Section:
    """Who went ahead without an approval that was missing, and why."""
    if not summary.overrides:
        return Section(
            "break-glass", "Break-glass", ("Nobody went ahead without an approval that was needed.",)
        )
    rows = tuple(
        (
            Cell(entry.deal, address=entry.address),
            Cell(behind.person(override.by)),
            Cell(", ".join(map(named, override.skipped)) or "–"),
            Cell(reason(override.reason)),
        )
        for override in summary.overrides
        for entry in (behind.entry(override.course),)
    )
    headings = ("Deal", "Who went ahead", "Without the approval of", "Their reason")
    return Section(
        "break-glass",
        "Break-glass",
        (f"{several(len(rows), 'action')} went ahead without an approval that was needed.",),
        (Table("Who, and why", headings, rows),),
    )


def _whys(
    anchor: str, title: str, caption: str, whys: Sequence[Why], nothing: str, behind: Behind
) -> Section:
    if not whys:
        return Section(anchor, title, (nothing,))
    rows = tuple(
        (Cell(words), behind.number(why.count, f"{title}: {words}"))
        for why in whys
        for words in (reason(why.words),)
    )
    return Section(anchor, title, tables=(Table(caption, ("Reason", "Actions"), rows),))


def _waits(summary: Summary, behind: Behind, id: str) -> tuple[Cell, ...]:
    entry, course = behind.entry(id), summary.courses.get(id)
    if course is None:
        return (Cell(entry.deal, address=entry.address), Cell(entry.words), Cell("–"), Cell("–"), Cell("–"))
    opened, expires = course.at("opened"), course.at("expires")
    return (
        Cell(entry.deal, address=entry.address),
        Cell(behind.kind(course)),
        Cell(behind.person(course.seller)),
        text(duration(None if opened is None else min(summary.period.end, summary.made_at) - opened)),
        text("–" if expires is None else moment(expires, summary.period.zone)),
    )
