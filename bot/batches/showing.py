"""A batch as people see it: a preview for the card, and every row of it in a file beside the card."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.action import Ask, Attachment, Change, Finding, Listing, Preview, Question, Receipt
from bot.batches.fates import State, fates
from bot.batches.lines import Doubt, LeftOut, Line, Sheet
from bot.clients import Reply
from bot.deal import Deal, Fact, Json
from bot.hearing import values as reading
from bot.tables import write

ON_THE_CARD = 5
"""Rows of each sort that the card itself shows."""
ASKED_AT_ONCE = 40
"""Doubtful rows of one form."""
NONE_OF_THEM = "none"
_NO_LINE = Finding(
    name="rows",
    label="Rows to review",
    problem="Of no row is it sure which deal it is about",
    edit="Say which deal each row is about, or that it is none",
)


def preview(
    headline: str, sheet: Sheet, deal: Deal, facts: Sequence[Fact], source: str, notes: Sequence[str]
) -> Preview:
    """The first rows of each sort, how many there are, and how they were read."""
    lines, doubts, left = sheet.lines, sheet.doubts, sheet.left
    changes = tuple(
        Change(
            name=f"{line.id}.{fact.name}",
            label=line.deal,
            before=reading.shown(fact, was) if was is not None else "",
            after=reading.shown(fact, value),
            source=source,
            basis="; ".join(line.why) or None,
            as_of=deal.as_of,
        )
        for line in lines[:ON_THE_CARD]
        for fact, value, was in zip(facts[:1], line.after, line.before or (None,) * len(facts), strict=False)
    )
    rest = len(lines) - ON_THE_CARD
    return Preview(
        headline=headline,
        changes=changes,
        more=max(0, rest),
        notes=tuple(notes),
        listings=tuple(_listings(doubts, left, facts)),
        findings=() if lines else (_NO_LINE,),
        editing=f"Review {len(doubts):,}" if doubts else None,
        versions=deal.versions,
    )


def _listings(doubts: Sequence[Doubt], left: Sequence[LeftOut], facts: Sequence[Fact]) -> Iterator[Listing]:
    if doubts:
        yield Listing(
            title=f"{len(doubts):,} to review, not written unless somebody says which deal is meant",
            lines=tuple(_doubtful(doubt, facts) for doubt in doubts[:ON_THE_CARD]),
            total=len(doubts),
        )
    if left:
        yield Listing(
            title=f"{len(left):,} left out",
            lines=tuple(_left_out(row) for row in left[:ON_THE_CARD]),
            total=len(left),
        )


def _doubtful(doubt: Doubt, facts: Sequence[Fact]) -> str:
    best = doubt.choices[0]
    others = f" or {len(doubt.choices) - 1} more" if len(doubt.choices) > 1 else ""
    why = f" ({'; '.join(best.why)})" if best.why else ""
    return f"Row {doubt.number}, {doubt.company}, {_said(doubt.after, facts)}: {best.deal}{others}?{why}"


def _left_out(row: LeftOut) -> str:
    about = ", ".join(filter(None, (f"Row {row.number}", row.company, row.said)))
    nearest = f" Nearest: {row.nearest}" if row.nearest else ""
    return f"{about}: {row.why}.{nearest}"


def _said(after: Sequence[Json], facts: Sequence[Fact]) -> str:
    return reading.shown(facts[0], after[0])


def questions(doubts: Sequence[Doubt], facts: Sequence[Fact]) -> tuple[Question, ...]:
    """One question for each doubtful row, the first forty: which deal, or none of them."""
    return tuple(
        Question(
            name=f"row.{doubt.number}",
            label=f"Row {doubt.number}: {doubt.company} → {_said(doubt.after, facts)}",
            ask=Ask.CHOICE,
            hint="; ".join(doubt.choices[0].why) or None,
            options=(
                *((choice.id, f"{choice.deal} ({choice.company})") for choice in doubt.choices),
                (NONE_OF_THEM, "None of these, leave it out"),
            ),
            required=False,
        )
        for doubt in doubts[:ASKED_AT_ONCE]
    )


# -- files --------------------------------------------------------------------------------------------------
def to_review(sheet: Sheet, labels: Sequence[str]) -> Attachment:
    """Every row: what will be written and why, what is doubtful, what is left out."""
    headings = ["Row", "What happens", "Opportunity", "Opportunity id"]
    headings += [word for label in labels for word in (f"{label} now", f"{label} then")]
    rows: list[list[object]] = []
    for line in sheet.lines:
        rows.append([line.number, "written", line.deal, line.id, *_both(line), "; ".join(line.why)])
    empty = [""] * len(labels)
    for doubt in sheet.doubts:
        after = [word for pair in zip(empty, doubt.after, strict=True) for word in pair]
        why = " or ".join(f"{choice.deal} ({'; '.join(choice.why)})" for choice in doubt.choices)
        rows.append([doubt.number, "to review", doubt.company, "", *after, why])
    for row in sheet.left:
        why = f"{row.why}. Nearest: {row.nearest}" if row.nearest else row.why
        after = ["", row.said, *[""] * (2 * len(labels) - 2)]
        rows.append([row.number, "left out", row.company, "", *after, why])
    rows.sort(key=lambda row: int(str(row[0])))
    content = write([*headings, "Why"], rows)
    return Attachment(name="rows.csv", title="Every row of this batch", content=content)


def not_written(
    lines: Sequence[Line], steps: Mapping[str, Reply], receipt: Receipt | None, labels: Sequence[str]
) -> Attachment | None:
    """The rows that were not written, or may not have been, each with why; None when there are none."""
    bad = [
        [line.number, line.deal, line.id, *line.after, fate.state, fate.why]
        for line, fate in zip(lines, fates(lines, steps, receipt), strict=True)
        if fate.state not in (State.WRITTEN, State.ALREADY)
    ]
    if not bad:
        return None
    content = write(["Row", "Opportunity", "Opportunity id", *labels, "State", "Why"], bad)
    return Attachment(
        name="not-written.csv", title=f"{len(bad):,} rows that were not written", content=content
    )


def _both(line: Line) -> Iterable[Json]:
    before = line.before or (None,) * len(line.after)
    return [word for pair in zip(before, line.after, strict=True) for word in pair]
