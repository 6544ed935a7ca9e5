"""XLSX workbooks: the first sheet with data, as text, with nothing evaluated."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from bot.tables.table import MOST_CHARACTERS, MOST_ROWS, Grid, RowProblem, Unreadable, counted

MOST_UNPACKED = 400 * 1024 * 1024
"""Bytes of all parts together. Reading stops at a part's declared size, so that one that lies gains nothing."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    SyntaxError,  # both XML parsers'
    RuntimeError,
    LookupError,
    ValueError,  # defusedxml's among them
    TypeError,
    AttributeError,
)
"""What openpyxl raises for a workbook that is not as it should be."""
_CHUNK = 1024 * 1024
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\s[^>]*?\bhidden=[\"'](?:1|true)[\"']")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*?\bhidden=[\"'](?:1|true)[\"']")
_TEXT_FORMULA = re.compile(r'="([^"]*)"')


def grid(data: bytes, name: str) -> Grid:
    """The rows of the first sheet that holds any, visible sheets first. ``Unreadable`` where it is no sound workbook.

    Formulas stay what they are, "=A2*2"; dates become ISO, numbers what Excel shows: 82.0 is "82".
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _hold_small(archive, name)
            _hold_usual(archive, name)
            book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                return _first_with_data(book, archive, name)
            finally:
                book.close()
    except _BROKEN as error:
        raise Unreadable(
            f"{name} is an Excel workbook that cannot be read ({type(error).__name__}): it is damaged or cut off. "
            "Open it in Excel, save it as a new XLSX or as CSV (UTF-8), and drop that file."
        ) from error


def _hold_small(archive: zipfile.ZipFile, name: str) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise Unreadable(
            f"{name} would unpack to {unpacked / 1024**2:,.0f} MB; at most {MOST_UNPACKED // 1024**2} MB are read. "
            "Save the one sheet that is needed as CSV (UTF-8), split if need be, and drop that."
        )


def _hold_usual(archive: zipfile.ZipFile, name: str) -> None:
    if b"http://purl.oclc.org/ooxml" in archive.read("xl/workbook.xml"):
        raise Unreadable(
            f"{name} is saved as “Strict Open XML Spreadsheet”. Save it as “Excel Workbook (.xlsx)” and drop that file."
        )


def _first_with_data(book: Workbook, archive: zipfile.ZipFile, name: str) -> Grid:
    sheets: list[Any] = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
    for sheet in sheets:
        sheet.reset_dimensions()  # what a sheet says of its own size is often wrong
        found = Grid()
        for number, row in _rows(sheet, found):
            found.rows.append((number, row))
            if len(found.rows) > MOST_ROWS + 1:  # the headings are one
                raise Unreadable(
                    f"{name} has more than {MOST_ROWS:,} rows. Split it and drop the parts one by one."
                )
        if not found.rows and not found.problems:
            continue
        others = [f"“{other.title}”" for other in book.worksheets if other is not sheet]
        if others:
            found.notes.append(f"Only the sheet “{sheet.title}” was read, not {', '.join(others)}.")
        if sheet.sheet_state != "visible":
            found.notes.append(f"The sheet “{sheet.title}” is hidden in the workbook.")
        found.notes += _seen_otherwise(archive, sheet._worksheet_path)
        return found
    return Grid()


def _rows(sheet: Any, found: Grid) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each row that is not empty, with its number in the sheet."""
    for number, cells in enumerate(sheet.iter_rows(), 1):
        row = tuple("" if cell.value is None else _text(cell) for cell in cells)
        if not any(row):
            continue
        if len(max(row, key=len)) > MOST_CHARACTERS:
            found.problems.append(RowProblem(number, f"A cell has more than {MOST_CHARACTERS:,} characters."))
            continue
        yield number, row


def _text(cell: Any) -> str:
    """A cell as a person would type what it shows."""
    value = cell.value
    if isinstance(value, str):
        text = value.strip()
        told = _TEXT_FORMULA.fullmatch(text) if text.startswith('="') else None
        return told[1].strip() if told else text
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        share = "%" in (cell.number_format or "")
        return _number(Decimal(str(value)) * 100) + "%" if share else _number(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    formula = getattr(value, "text", None)  # of an array; a data table has none
    return str(formula or "=TABLE()") if cell.data_type == "f" else str(value)


def _number(value: float | Decimal) -> str:
    """Up to 15 digits, as many as Excel keeps, without an exponent."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.15g}"
    text = f"{Decimal(text):f}" if "e" in text else text
    return text.rstrip("0").rstrip(".") if "." in text else text


def _seen_otherwise(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Notes on what a person sees differently in the sheet: merged cells, hidden rows and columns."""
    counts = dict.fromkeys((_MERGED, _HIDDEN, _HIDDEN_COLUMN), 0)
    with archive.open(path) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            whole, cut, rest = (rest + chunk).rpartition(b"<")
            rest = cut + rest
            for pattern in counts:
                counts[pattern] += len(pattern.findall(whole))
        for pattern in counts:
            counts[pattern] += len(pattern.findall(rest))
    merged, rows, columns = counts.values()
    return [
        *(
            [f"{counted(merged, 'range')} of merged cells: only the first cell of each counts."]
            if merged
            else []
        ),
        *([f"{counted(rows, 'hidden row')} read like the others."] if rows else []),
        *(["Hidden columns were read like the others."] if columns else []),
    ]
