"""A file that somebody dropped, as a table."""

from pathlib import Path

from bot.tables import delimited, kinds, workbook
from bot.tables.headings import tabled
from bot.tables.table import MOST_BYTES, Table, Unreadable


def read(content: bytes | Path, name: str) -> Table:
    """The table in a CSV file or an XLSX workbook, told apart by what is in it, never by its name.

    Delimiter, quoting, encoding and the row of the headings are found out; what was not plain is in the notes.
    ``Unreadable`` says what is wrong with the file and what to do. Rows that are broken are problems of their own.
    """
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if size > MOST_BYTES:
        raise Unreadable(
            f"{name} is {size / 1024**2:,.1f} MB; at most {MOST_BYTES // 1024**2} MB are read. "
            "Split it, each part with the headings, and drop the parts one by one."
        )
    data = content.read_bytes() if isinstance(content, Path) else content
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise Unreadable(f"{name} is empty. Drop a file with one row of headings and the rows below it.")
    grid = workbook.grid if kinds.is_workbook(data, name) else delimited.grid
    return tabled(grid(data, name), name)
