"""Delimited text: its marks are found out, its rows read strictly, and a row that is broken costs only itself."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.tables.decoding import decoded
from bot.tables.table import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    RowProblem,
    Unreadable,
)

csv.field_size_limit(
    MOST_BYTES
)  # Python's own limit would end the reading; a cell too long is one row's problem

_LINE = re.compile(
    r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z"
)  # str.splitlines takes form feeds and others for ends too
_DELIMITERS = ",;\t|^~\x1f"
_LOOK = 200
_SEP = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_SHIELDED = re.compile(r"'[=+\-@\t\r]")
_CUT = "Nothing of it was read. Wait until it is written, or fetch it again, and drop it anew."


@dataclass(frozen=True, slots=True)
class _Marks:
    """How a file says where cells begin and end."""

    delimiter: str
    quote: str = '"'
    escape: str | None = None
    width: int = 1  # cells in most rows

    def reader(self, lines: Iterator[str], strict: bool = True) -> Iterator[list[str]]:
        """The rows of these lines; strict: broken quoting is an error."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=self.escape is None,
            skipinitialspace=True,
            strict=strict,
        )


class _Lines:
    """Lines that can be read again from any of them."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at = lines, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        line = self.lines[self.at]
        self.at += 1
        return line


def grid(data: bytes, name: str) -> Grid:
    """The rows of delimited text. ``Unreadable`` where it is none, or was cut off in a way that can be known.

    Known: an end within a character, within a quoted cell, or in a last line without its end that has fewer cells
    than any other. A cut right after a row, or within its last cell, leaves no trace in the file.
    """
    text, notes = decoded(data, name)
    lines = _LINE.findall(text)
    marks = None
    told = _SEP.match(lines[0]) if lines else None
    if told:  # Excel takes this line for a setting and shows the next one as row 1
        del lines[0]
        marks = _marks(lines, told[1])
    marks = marks or _marks(lines)
    if text.count(marks.delimiter) > MOST_CELLS:
        raise Unreadable(f"{name} has more than {MOST_CELLS:,} cells. Split it, or leave out columns.")
    plain = '="' not in text and not _SHIELDED.search(text) and "\0" not in text
    del text
    found = Grid(notes=notes)
    lengths: list[int] = []
    for number, (cells, why) in enumerate(_records(_Lines(lines), marks, name), 1):
        if why:
            found.problems.append(RowProblem(number, why))
            continue
        row = tuple(map(str.strip, cells))
        if not any(row):
            continue
        if not plain:
            if any("\0" in cell for cell in row):
                found.problems.append(
                    RowProblem(number, "A cell holds a NUL character, so the row is damaged.")
                )
                continue
            row = tuple(map(_bare, row))
        found.rows.append((number, row))
        lengths.append(len(row))
        if len(lengths) > MOST_ROWS + 1:  # the headings are one
            raise Unreadable(
                f"{name} has more than {MOST_ROWS:,} rows. Split it and drop the parts one by one."
            )
    if lines and not lines[-1].endswith(("\n", "\r")):
        _hold_whole(lengths, marks, name)
    return found


def _records(source: _Lines, marks: _Marks, name: str) -> Iterator[tuple[list[str], str]]:
    """Every row with its cells, or why it is none. After a broken row the next line is read as a row of its own."""
    reader = marks.reader(iter(source))
    while True:
        start = source.at
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if source.at >= len(source.lines) and _open_at_end(source.lines[start:], marks):
                raise Unreadable(f"{name} looks cut off: it ends in the middle of a cell. {_CUT}") from None
            source.at = start + 1
            yield (
                [],
                f"Its quotation marks ({marks.quote}) are broken, so that its cells cannot be told apart.",
            )
            continue
        if len(cells) > MOST_COLUMNS:
            yield [], f"It has {len(cells):,} cells; at most {MOST_COLUMNS:,} are read."
        elif source.at - start > 1 and _swallowed(source.lines[start : source.at], marks, cells):
            source.at = start + 1
            yield [], f"A quotation mark ({marks.quote}) opens in it and takes in the rows that follow."
        elif cells and len(longest := max(cells, key=len)) > MOST_CHARACTERS:
            yield (
                [],
                f"One of its cells has {len(longest):,} characters; at most {MOST_CHARACTERS:,} are read.",
            )
        else:
            yield cells, ""


def _open_at_end(lines: list[str], marks: _Marks) -> bool:
    """Whether a quoted cell that never closes is the end of a cut file, and not one stray mark before whole rows."""
    if len(lines) > 1 and all(
        line.count(marks.delimiter) >= marks.width - 1 for line in lines[1:] if line.strip()
    ):
        return False
    reader = marks.reader(iter(lines))
    try:
        next(reader)
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _swallowed(lines: list[str], marks: _Marks, cells: list[str]) -> bool:
    """Whether a cell over several lines is rows that a stray quotation mark took in: each line is a row by itself."""
    if len(max(cells, key=len)) > MOST_CHARACTERS:
        return True
    enough = 2 if marks.width > 2 else 4
    return (
        marks.width > 1
        and len(lines) >= enough
        and all(line.count(marks.delimiter) >= marks.width - 1 for line in lines)
    )


def _hold_whole(lengths: list[int], marks: _Marks, name: str) -> None:
    """Refuse a file whose last line has no end and fewer cells than every other row from the first whole one on."""
    whole = next((index for index, length in enumerate(lengths) if length >= marks.width), len(lengths))
    others = lengths[whole:-1]
    if others and lengths[-1] < min(others):
        raise Unreadable(
            f"{name} looks cut off: its last line has {lengths[-1]} of {marks.width} cells and no line end. {_CUT}"
        )


def _bare(cell: str) -> str:
    """A cell without what only keeps a spreadsheet from changing it: ``="0123"``, and an apostrophe in front."""
    if _SHIELDED.match(cell):
        return cell[1:]
    told = _TEXT_FORMULA.fullmatch(cell)
    return told[1].strip() if told else cell


def _marks(lines: list[str], delimiter: str = "") -> _Marks:
    """The delimiter that splits most of the first rows alike, and the quoting that leaves the fewest of them broken."""
    sample = [line for line in islice(lines, _LOOK * 5) if line.strip()][:_LOOK]
    quote = _quote(sample)
    best = _Marks(delimiter or ",", quote)
    most = 0.0
    for one in delimiter or _DELIMITERS:
        tried = _Marks(one, quote)
        lengths = [len(row) for row in tried.reader(iter(sample), strict=False) if row]
        if not lengths:
            continue
        width, often = max(Counter(lengths).items(), key=lambda pair: (pair[1], pair[0]))
        fit = (often / len(lengths)) ** 2 * width
        if width > 1 and fit > most:
            best, most = _Marks(one, quote, width=width), fit
    slashed = [line for line in lines if "\\" + quote in line][:_LOOK]
    if slashed:
        escaped = _Marks(best.delimiter, quote, "\\", best.width)
        if _broken(slashed, escaped) < _broken(slashed, best):
            return escaped
    return best


def _quote(sample: list[str]) -> str:
    """The apostrophe where most lines begin and end with one and there are no quotation marks, else these."""
    single = sum(line.strip().startswith("'") and line.strip().endswith("'") for line in sample)
    return "'" if single > len(sample) / 2 and not any('"' in line for line in sample) else '"'


def _broken(lines: list[str], marks: _Marks) -> int:
    count = 0
    for line in lines:
        try:
            count += any(
                marks.quote + marks.delimiter in cell for row in marks.reader(iter([line])) for cell in row
            )
        except csv.Error:
            count += 1
    return count
