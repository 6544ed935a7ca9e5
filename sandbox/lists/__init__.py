"""Long lists to try the bot on: a book of CRM accounts, a partner's list and a file of scores, the same every time."""

from pathlib import Path

from sandbox.lists.book import Book, book, fill
from sandbox.lists.partner import Line, partner_lines, partner_list, partner_list_xlsx
from sandbox.lists.scores import score_file

__all__ = [
    "Book",
    "Line",
    "book",
    "fill",
    "partner_lines",
    "partner_list",
    "partner_list_xlsx",
    "score_file",
    "write",
]


def write(book: Book, folder: Path) -> tuple[Path, ...]:
    """The partner's list, the same as a workbook, and the scores, as files in a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        folder / "partner-list.csv": partner_list(book),
        folder / "partner-list.xlsx": partner_list_xlsx(book),
        folder / "p2b-scores.csv": score_file(book),
    }
    for path, content in files.items():
        path.write_bytes(content)
    return tuple(files)
