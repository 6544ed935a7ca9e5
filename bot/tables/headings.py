"""Which row of a grid holds the headings, and the table that follows from it."""

from collections import Counter
from collections.abc import Sequence

from bot.tables.columns import KNOWN, plain
from bot.tables.shapes import formed, outline
from bot.tables.table import MOST_COLUMNS, Grid, RowProblem, Table, Unreadable, counted, letters

_LOOK = 200
_TOP = 20
"""Rows among which the headings are looked for."""
_NEXT = 5
"""Rows after the first that could be headings, among which a better one is looked for."""

Row = tuple[int, tuple[str, ...]]


def tabled(grid: Grid, name: str) -> Table:
    """The table of a grid: its headings found, its rows of one width; rows that do not fit are problems."""
    if not grid.rows:
        said = f" {grid.problems[0].why}" if grid.problems else ""
        raise Unreadable(
            f"{name} has no rows.{said} Drop a file with one row of headings and the rows below it."
        )
    usual = _usual_width(grid.rows)
    at = _headings_at(grid.rows, usual)
    notes = list(grid.notes)
    found: tuple[str, ...] = ()
    if at is None:
        first = grid.rows[0][0]
        width, rows = usual, grid.rows
        notes.append(
            f"Row {first} looks like data and not like headings, so the columns go by their letters."
        )
    else:
        found = _trimmed(grid.rows[at][1])
        second = _second(grid.rows, at)
        rows = grid.rows[at + 1 + second :]
        width = max(len(found), _usual_width(rows) if rows else 0)
        notes += _above(grid.rows, at, second)
    rows = rows[: _end(rows, width, notes)]
    if not rows and not grid.problems:
        raise Unreadable(f"{name} has headings and nothing below them.")
    if width > MOST_COLUMNS:
        raise Unreadable(f"{name} has {width:,} columns; at most {MOST_COLUMNS:,} are read. Leave out some.")
    return _squared(grid, name, _named(found, width, notes), rows, notes)


def _squared(
    grid: Grid, name: str, headings: tuple[str, ...], rows: Sequence[Row], notes: list[str]
) -> Table:
    """The table with every row as wide as its headings."""
    width, whole = len(headings), _trimmed(headings)
    kept: list[tuple[str, ...]] = []
    numbers: list[int] = []
    problems = list(grid.problems)
    short = again = 0
    formulas: Counter[int] = Counter()
    for number, row in rows:
        if len(row) > width:
            if any(row[width:]):
                extra = (
                    f"It has {len(_trimmed(row))} cells and the headings are {width}: a cell is split in two."
                )
                problems.append(RowProblem(number, extra))
                continue
            row = row[:width]
        elif len(row) < width:
            short += 1
            row = row + ("",) * (width - len(row))
        if row[0] == whole[0] and row == whole:
            again += 1
            continue
        kept.append(row)
        numbers.append(number)
        for index, cell in enumerate(row):
            if cell[:1] == "=":
                formulas[index] += 1
    if again:
        notes.append(f"The headings come again in {counted(again, 'row')}, left out.")
    if short and any(len(row) >= width for _, row in rows):
        notes.append(
            f"{counted(short, 'row')} with fewer cells than headings; the missing ones count as empty."
        )
    for index, count in sorted(formulas.items()):
        notes.append(f"{counted(count, 'formula')} in “{headings[index]}”: formulas are not worked out.")
    problems.sort(key=lambda problem: problem.number)
    return Table(name, headings, kept, numbers, tuple(problems), tuple(notes))


def _trimmed(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row without the empty cells at its end."""
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def _usual_width(rows: Sequence[Row]) -> int:
    """The width that most rows have, empty cells at their ends left out; the larger of two as frequent."""
    widths = Counter(len(_trimmed(row)) for _, row in rows[:_LOOK])
    return max(widths.items(), key=lambda pair: (pair[1], pair[0]))[0]


def _hits(row: tuple[str, ...]) -> int:
    return sum(plain(cell) in KNOWN for cell in row if cell and len(cell) < 60)


def _headings_at(rows: Sequence[Row], usual: int) -> int | None:
    """The place of the headings: of the rows at the top that could be, the one with most words that we know."""
    enough = min(usual, max(2, (usual + 1) // 2))
    able = [
        index
        for index, (_, row) in enumerate(rows[:_TOP])
        if (sum(map(bool, row)) >= enough or _hits(row)) and not _data(rows, index)
    ]
    if not able:
        return None
    near = [index for index in able if index < able[0] + _NEXT]
    best = max(near, key=lambda index: (_hits(rows[index][1]), -index))
    if not _hits(rows[best][1]) and any(_data(rows, index) for index in range(best)):
        return None  # data stands above it, so it is a row of data without anything telling
    return best


def _data(rows: Sequence[Row], at: int) -> bool:
    """Whether a row is one of data: no known heading in it, and a value that has a form, or that of those below."""
    row = rows[at][1]
    if _hits(row):
        return False
    below = [other for _, other in rows[at + 1 : at + 1 + _TOP]]
    for index, cell in enumerate(row):
        if not cell:
            continue
        if formed(cell):
            return True
        if any(map(str.isdigit, cell)) and len(below) > 1:
            form = outline(cell)
            same = sum(index < len(other) and outline(other[index]) == form for other in below)
            if same >= 0.6 * len(below):
                return True
    return False


def _second(rows: Sequence[Row], at: int) -> int:
    """1 where a second row of headings follows, made of words that we know; else 0."""
    if at + 1 >= len(rows):
        return 0
    row = rows[at + 1][1]
    known = _hits(row)
    return int(known >= 2 and known * 2 >= sum(map(bool, row)) and row != rows[at][1])


def _above(rows: Sequence[Row], at: int, second: int) -> list[str]:
    number = rows[at][0]
    notes = []
    if at:
        notes.append(f"The headings are in row {number}; what stands above them was not read.")
    if second:
        notes.append(f"Row {rows[at + 1][0]} is a second row of headings and was left out.")
    return notes


def _end(rows: Sequence[Row], width: int, notes: list[str]) -> int:
    """Where the table ends: before lines of text below a blank row, as reports of Salesforce end with."""
    end = len(rows)
    while end and width > 2 and sum(map(bool, rows[end - 1][1])) == 1 and rows[end - 1][1][0]:
        end -= 1
    if end in (0, len(rows)) or rows[end][0] - rows[end - 1][0] < 2:
        return len(rows)
    notes.append(f"What stands below the table, from row {rows[end][0]:,} on, was not read.")
    return end


def _named(found: tuple[str, ...], width: int, notes: list[str]) -> tuple[str, ...]:
    """A name for every column, no two alike: what it is called, with a count where that is taken, else its letter."""
    named: list[str] = []
    seen: Counter[str] = Counter()
    twice: dict[str, None] = {}
    taken = set(found)
    for index in range(width):
        heading = " ".join(found[index].split()) if index < len(found) else ""
        heading = heading or f"column {letters(index)}"
        seen[heading] += 1
        name = heading
        while seen[heading] > 1 and (name == heading or name in taken):
            twice[heading] = None
            name = f"{heading} ({seen[heading]})"
            if name in taken:
                seen[heading] += 1
        taken.add(name)
        named.append(name)
    if twice:
        quoted = ", ".join(f"“{heading}”" for heading in list(twice)[:3])
        notes.append(
            f"More than one column is called {quoted}; from the second on they are counted, “… (2)”."
        )
    return tuple(named)
