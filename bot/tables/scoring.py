"""The scores of a fitted table: each a number in its range, each said once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.deal import Company
from bot.tables import numbers
from bot.tables.dates import day_first, iso
from bot.tables.fitting import Fitted
from bot.tables.numbers import Typed
from bot.tables.table import RowProblem, Table, counted
from bot.tables.taking import company_in, unusable, value

_OPPORTUNITY = re.compile(r"006[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")
_ACE = re.compile(r"[Oo]\d{1,19}")  # Partner Central, Opportunity.Id: O[0-9]{1,19}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What one row says of one company or opportunity."""

    number: int  # as a person sees it in the file
    company: Company  # its id is "row 12"
    opportunity: str  # Salesforce id, or empty
    ace_id: str  # O…, or empty
    score: float | None
    said: str  # the cell as typed
    scored_on: str  # YYYY-MM-DD, or empty

    @property
    def whose(self) -> tuple[str, ...]:
        """By which two rows are of the same: the opportunity, else the referral, else the company with its details.

        The first 15 characters of a Salesforce id are the whole of it, upper and lower case apart.
        """
        if self.opportunity:
            return ("opportunity", self.opportunity[:15])
        if self.ace_id:
            return ("referral", self.ace_id)
        known = (self.company.name, self.company.website, self.company.country, self.company.duns)
        return tuple(" ".join(text.casefold().split()) for text in known)


def scores(
    table: Table, fitted: Fitted, low: float = 0, high: float = 100
) -> tuple[list[ScoreRow], list[RowProblem], tuple[str, ...]]:
    """The rows with a score from ``low`` to ``high``, those that cannot be taken, and how the others were taken.

    Of rows that say the same of the same one is taken; where they say different scores, none of them. The last are
    sentences for whoever approves: shares, repeated rows, dates that were not clear.
    """
    typed = [numbers.typed(value(row, fitted, "score")) for row in table.rows]
    scale = _Scale([parts for parts in typed if parts], low, high)
    days = [value(row, fitted, "scored_on") for row in table.rows]
    usual = day_first(days)
    taken: list[ScoreRow] = []
    problems: list[RowProblem] = []
    for number, row, parts, day in zip(table.numbers, table.rows, typed, days, strict=True):
        said = value(row, fitted, "score")
        score = scale.score(parts, said)
        one = ScoreRow(
            number=number,
            company=company_in(row, fitted, f"row {number}", "company"),
            opportunity=value(row, fitted, "opportunity"),
            ace_id=value(row, fitted, "ace_id").upper(),
            score=None if isinstance(score, str) else score,
            said=said,
            scored_on=iso(day, usual),
        )
        why = unusable(row, fitted, number) or _whose_not(one) or (score if isinstance(score, str) else "")
        if why:
            problems.append(RowProblem(number, why))
        else:
            taken.append(one)
    kept, contrary, again = _once(taken)
    unclear = sum(bool(day) and not iso(day, usual) for day in days)
    notes = (
        *([scale.note] if scale.note else []),
        *([f"{counted(again, 'row')} with what an earlier row says: each counts once."] if again else []),
        *([f"{counted(unclear, 'date')} could not be told for sure and count as empty."] if unclear else []),
    )
    return kept, sorted([*problems, *contrary], key=lambda problem: problem.number), notes


class _Scale:
    """What the numbers of one column mean: their decimal mark, and whether they are shares of the whole."""

    def __init__(self, typed: Sequence[Typed], low: float, high: float) -> None:
        self.low, self.high = low, high
        self.habit = numbers.habit(parts.body for parts in typed)
        self.range = f"Expected is a number from {low:g} to {high:g}."
        amounts = [numbers.amount(parts, self.habit) for parts in typed]
        self.share = (
            low == 0
            and high > 1
            and not any(parts.percent or parts.of for parts in typed)
            and all(amount is not None and 0 <= amount <= 1 for amount in amounts)
            and any(amount is not None and amount % 1 for amount in amounts)
        )
        self.note = (
            f"All scores are from 0 to 1, so they were taken as shares: 0.82 is {high * 0.82:g} of {high:g}."
            if self.share
            else ""
        )

    def score(self, parts: Typed | None, said: str) -> float | str:
        """The score, or why the cell is none."""
        if not said:
            return f"It has no score. {self.range}"
        shown = f"“{said[:60]}”"
        if parts is None:
            return f"Its score, {shown}, is not a number. {self.range}"
        if parts.of is not None and parts.of != self.high:
            return f"Its score, {shown}, is out of {parts.of}. {self.range}"
        if parts.percent and self.high != 100:
            return f"Its score, {shown}, is a percentage. {self.range}"
        amount = numbers.amount(parts, self.habit)
        if amount is None:
            return f"Its score, {shown}, can be read in two ways or in none. {self.range}"
        score = float(amount * Decimal(str(self.high)) if self.share else amount)
        return (
            score if self.low <= score <= self.high else f"Its score, {shown}, is out of range. {self.range}"
        )


def _whose_not(one: ScoreRow) -> str:
    """Why a row does not say whose score it is; else empty."""
    if one.opportunity and not _OPPORTUNITY.fullmatch(one.opportunity):
        return f"“{one.opportunity[:60]}” is no Salesforce opportunity id: 006 and 12 or 15 more letters and digits."
    if one.ace_id and not _ACE.fullmatch(one.ace_id):
        return f"“{one.ace_id[:60]}” is no ACE opportunity id: the letter O and digits."
    if not any((one.opportunity, one.ace_id, one.company.name, one.company.website, one.company.duns)):
        return "It names neither a company nor an opportunity."
    return ""


def _once(taken: Sequence[ScoreRow]) -> tuple[list[ScoreRow], list[RowProblem], int]:
    """The first of the rows that say the same; those that contradict each other; how many only repeat."""
    groups: dict[tuple[str, ...], list[ScoreRow]] = {}
    for one in taken:
        groups.setdefault(one.whose, []).append(one)
    kept: list[ScoreRow] = []
    contrary: list[RowProblem] = []
    for group in groups.values():
        if len({one.score for one in group}) == 1:
            kept.append(group[0])
            continue
        for one in group:
            other = next(o for o in group if o.score != one.score)
            why = f"It says {one.said} where row {other.number} says {other.said} of the same one. Keep one of them."
            contrary.append(RowProblem(one.number, why))
    return kept, contrary, len(taken) - len(kept) - len(contrary)
