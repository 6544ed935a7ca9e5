"""Reading and writing the tables that people drop: bytes or a path in, values out, nothing evaluated."""

from bot.tables.columns import COLUMNS, COMPANIES, SCORES, Column, Wanted, expected
from bot.tables.fitting import Fitted, fit
from bot.tables.reading import read
from bot.tables.scoring import ScoreRow, scores
from bot.tables.table import MOST_BYTES, MOST_ROWS, RowProblem, Table, Unreadable
from bot.tables.taking import companies
from bot.tables.writing import write

__all__ = [
    "COLUMNS",
    "COMPANIES",
    "MOST_BYTES",
    "MOST_ROWS",
    "SCORES",
    "Column",
    "Fitted",
    "RowProblem",
    "ScoreRow",
    "Table",
    "Unreadable",
    "Wanted",
    "companies",
    "expected",
    "fit",
    "read",
    "scores",
    "write",
]
