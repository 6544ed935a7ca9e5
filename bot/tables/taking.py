"""The companies of a fitted table."""

import re

from bot.deal import Company
from bot.tables.fitting import Fitted
from bot.tables.table import RowProblem, Table, letters

_DUNS = re.compile(r"\d{5,9}")
_MARKS = re.compile(r"[\s.-]+")
_ERRORS = frozenset(["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"])
"""What a spreadsheet shows in place of a value."""


def companies(table: Table, fitted: Fitted) -> tuple[list[Company], list[RowProblem]]:
    """The company of each row; rows without a name, with a formula, or with an id that came before are problems.

    Where a row has no id, "row 12" is its id. A DUNS number that lost its leading zeros gets them back.
    """
    found: list[Company] = []
    problems: list[RowProblem] = []
    seen: dict[str, int] = {}
    for number, row in zip(table.numbers, table.rows, strict=True):
        company = company_in(row, fitted, value(row, fitted, "id") or f"row {number}", "name")
        why = unusable(row, fitted, number)
        if not why and not company.name:
            why = "It has no company name."
        if not why and company.id in seen:
            why = f"Its id, {company.id}, is already that of row {seen[company.id]}."
        if why:
            problems.append(RowProblem(number, why))
            continue
        seen[company.id] = number
        found.append(company)
    return found, problems


def company_in(row: tuple[str, ...], fitted: Fitted, id: str, naming: str) -> Company:
    """The company of a row, its name in our column ``naming``."""
    return Company(
        id=id,
        name=value(row, fitted, naming),
        website=value(row, fitted, "website"),
        country=value(row, fitted, "country"),
        duns=_duns(value(row, fitted, "duns")),
        state=value(row, fitted, "state"),
    )


def value(row: tuple[str, ...], fitted: Fitted, name: str) -> str:
    """What a row has in one of our columns; empty where there is none, or an error of a spreadsheet."""
    index = fitted.columns.get(name)
    cell = "" if index is None else row[index]
    return "" if cell in _ERRORS else cell


def unusable(row: tuple[str, ...], fitted: Fitted, number: int) -> str:
    """Why a row cannot be used: a formula in a column of ours; else empty."""
    for index in fitted.columns.values():
        if row[index][:1] == "=":
            return f"Cell {letters(index)}{number} is a formula ({row[index][:60]}), which is not worked out."
    return ""


def _duns(text: str) -> str:
    """Nine digits, where it is digits with marks; D&B writes 01-234-5678, a spreadsheet drops the leading zeros."""
    digits = _MARKS.sub("", text)
    return digits.zfill(9) if _DUNS.fullmatch(digits) else text
