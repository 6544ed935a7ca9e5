"""A table as a CSV file that opens right in Excel and does nothing there."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

_RISKY = frozenset("=+-@\t\r")
"""What makes a spreadsheet take a cell for a formula. OWASP, "CSV Injection"."""
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?", re.IGNORECASE)


def write(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as CSV in UTF-8 with the mark that Excel looks for; a cell that would be a formula is made text.

    None is an empty cell, 82.0 is 82, dates are ISO. The apostrophe in front of such a cell is taken off by ``read``.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(heading) for heading in headings])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\0", "")
    return f"'{text}" if text[:1] in _RISKY and not _NUMBER.fullmatch(text) else text
