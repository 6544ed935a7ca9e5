"""What reading a file gives, and the limits of what is read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.errors import Refused

MOST_BYTES = 100 * 1024 * 1024
"""Of a file as it lies on disk."""
MOST_ROWS = 1_000_000
MOST_COLUMNS = 16_384
"""As in Excel: Microsoft, "Excel specifications and limits"."""
MOST_CHARACTERS = 32_767
"""Of one cell, as in Excel. A longer one is nearly always a quotation mark that was never closed."""
MOST_CELLS = 40_000_000


class Unreadable(Refused):
    """The file is no table that can be read; says what it is and what to do."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was left out, and why."""

    number: int  # the row as a person sees it in the file; blank rows count
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was dropped: text in rows of one width, nothing evaluated, without the rows that are problems."""

    name: str
    headings: tuple[str, ...]  # no two alike; "column C" where there is none
    rows: Sequence[tuple[str, ...]]
    numbers: Sequence[int]  # of each row, as a person sees it in the file
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...]  # sentences


@dataclass(slots=True)
class Grid:
    """The rows that are not empty, as they were read, before anybody knows which of them are the headings."""

    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def letters(index: int) -> str:
    """The letters by which a spreadsheet calls the column at this index: 0 is A, 26 is AA."""
    name = ""
    while index >= 0:
        name = chr(ord("A") + index % 26) + name
        index = index // 26 - 1
    return name


def counted(count: int, what: str) -> str:
    """A count with its noun: "1 row", "2,000 rows"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
