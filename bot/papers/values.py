"""A report as a value, before it is a page or a document: sentences, tables, and the lists behind numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.charts import Chart


@dataclass(frozen=True, slots=True)
class Listing:
    """The actions behind one number, by id."""

    anchor: str  # "list-12"
    title: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table, and where it leads: to a list further down, or to a thread."""

    text: str
    to: str = ""  # anchor of a list
    address: str = ""  # of a thread
    figure: bool = False  # stands to the right


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its heading."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with what stands under it; with ``chart`` the picture stands there, too."""

    anchor: str
    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    alarm: str = ""  # what nobody may overlook
    chart: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One action in a list."""

    deal: str
    words: str  # what was done, and how it stands
    address: str  # of its thread; empty: not known


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole report."""

    title: str
    facts: tuple[tuple[str, str], ...]  # period, whose view, when it was made
    late: str  # a sentence; empty: it is on time
    alarm: str  # what stands above everything else; empty: nothing
    sections: tuple[Section, ...]
    listings: tuple[Listing, ...]
    chart: Chart | None  # None: there is nothing to draw, or it could not be drawn


LONGEST_LIST = 200


def cap(listings: Sequence[Listing], budget: int) -> int:
    """How many actions of each list are shown, so that all lists together stay within a budget; at least one."""
    lengths = [len(listing.of) for listing in listings]
    fitting = (most for most in range(LONGEST_LIST, 1, -1) if sum(min(most, n) for n in lengths) <= budget)
    return next(fitting, 1)
