"""Which column of a table is which of ours: by what a person said, by its heading, by the look of its values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from bot.errors import Refused
from bot.tables.columns import KNOWN, Column, plain, words
from bot.tables.shapes import LOOKS
from bot.tables.table import Table

_SAMPLE = 200
_ALIKE = 82
"""Of 100, how alike two headings are that mean the same."""
_TELLING = ("website", "ace_id", "opportunity", "country")
"""Whose values tell by themselves what they are. Nine digits may be a telephone number as well."""
_IDS = ("opportunity", "ace_id")
"""Taken by their heading only if their values are such ids: "Opportunity" is as often a name."""
_WHOSE = {"website", "duns", "opportunity", "ace_id"}
"""What says whose a row is where it names no company."""
_LETTERED = re.compile(r"column [A-Z]+")


@dataclass(frozen=True, slots=True)
class Fitted:
    """Where our columns are in a table."""

    columns: Mapping[str, int]  # our name -> index
    guessed: Mapping[str, str]  # our name -> heading, where neither it nor a person says so
    unused: tuple[str, ...]  # headings
    missing: tuple[Column, ...]  # required and not found


def fit(table: Table, columns: Sequence[Column], chosen: Mapping[str, str] = {}) -> Fitted:
    """Where our columns are; the same for the same table, and no column of the table twice.

    ``chosen`` is what a person said: our name to a heading, or to an empty text for none. ``Refused`` where there
    is no such heading.
    """
    places = _chosen(table, columns, chosen)
    open_ = [column for column in columns if column.name not in chosen]
    looks = _Looks(table)
    _take(places, _by_heading(looks, open_))
    said = set(places)
    _take(places, _by_likeness(looks, [column for column in open_ if column.name not in places]))
    for column in open_:
        if column.name not in places:
            needed = _needed(column, places)
            index = _by_values(looks, column.name, needed, set(places.values()))
            if index is not None:
                places[column.name] = index
    used = set(places.values())
    return Fitted(
        columns={column.name: places[column.name] for column in columns if column.name in places},
        guessed={name: table.headings[index] for name, index in places.items() if name not in said},
        unused=tuple(heading for index, heading in enumerate(table.headings) if index not in used),
        missing=tuple(column for column in columns if column.required and column.name not in places),
    )


def _chosen(table: Table, columns: Sequence[Column], chosen: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    ours = {column.name for column in columns}
    for name, heading in chosen.items():
        if not heading or name not in ours:
            continue
        same = (
            [heading]
            if heading in table.headings
            else [h for h in table.headings if plain(h) == plain(heading)]
        )
        if not same:
            raise Refused(f"There is no column “{heading}” in {table.name}. {having(table)}")
        index = table.headings.index(same[0])
        if index in places.values():
            raise Refused(f"The column “{heading}” cannot be two things at once. Choose another one.")
        places[name] = index
    return places


def having(table: Table) -> str:
    """A sentence that lists the headings of a table, the first twenty."""
    listed = ", ".join(f"“{heading[:60]}”" for heading in table.headings[:20])
    more = len(table.headings) - 20
    return f"It has {listed}{f' and {more:,} more' if more > 0 else ''}."


def _take(places: dict[str, int], ranked: list[tuple[float, int, int, str]]) -> None:
    """Give each column its best place that nobody has, the surest first."""
    for _, _, index, name in sorted(ranked):
        if name not in places and index not in places.values():
            places[name] = index


class _Looks:
    """The headings of a table, and what the first of its values look like."""

    def __init__(self, table: Table) -> None:
        self.headings = table.headings
        self.plain = [plain(heading) for heading in table.headings]
        self.lettered = [_LETTERED.fullmatch(heading) is not None for heading in table.headings]
        self._rows = table.rows[:_SAMPLE]

    def values(self, index: int) -> list[str]:
        """The first values of a column, without the empty ones."""
        return [row[index] for row in self._rows if row[index]]

    def share(self, name: str, index: int) -> float | None:
        """The share of a column's values that look like ours of this name; None where nothing tells."""
        looks, values = LOOKS.get(name), self.values(index)
        return None if looks is None or not values else sum(map(looks, values)) / len(values)


def _by_heading(looks: _Looks, columns: Sequence[Column]) -> list[tuple[float, int, int, str]]:
    """Every heading that is a name or an alias; the nearest alias first."""
    found = []
    for order, column in enumerate(columns):
        ranks: dict[str, int] = {}
        for rank, word in enumerate(words(column)):
            ranks.setdefault(plain(word), rank)
        for index, heading in enumerate(looks.plain):
            if heading not in ranks:
                continue
            if column.name in _IDS and (looks.share(column.name, index) or 0) < 0.5 and looks.values(index):
                continue
            found.append((float(ranks[heading]), order, index, column.name))
    return found


def _by_likeness(looks: _Looks, columns: Sequence[Column]) -> list[tuple[float, int, int, str]]:
    """Every heading that is nearly one of ours and whose values do not say otherwise, or whose values tell."""
    found = []
    for order, column in enumerate(columns):
        alike = process.cdist(
            looks.headings, words(column), scorer=fuzz.token_sort_ratio, processor=utils.default_process
        ).max(axis=1)
        ours = {plain(word) for word in words(column)}
        for index, heading in enumerate(looks.plain):
            if heading in KNOWN - ours:
                continue  # it is something else, by its own name
            near = 0.0 if looks.lettered[index] else float(alike[index])
            if near < _ALIKE and column.name not in (*_TELLING, "duns"):
                continue
            share = looks.share(column.name, index)
            telling = column.name in _TELLING or (
                column.name == "duns" and (near >= 45 or looks.lettered[index])
            )
            if (near >= _ALIKE and (share is None or share >= 0.5)) or (telling and (share or 0) >= 0.8):
                found.append((-near / 100 - (share or 0), order, index, column.name))
    return found


def _needed(column: Column, places: Mapping[str, int]) -> bool:
    """Whether a column is worth a guess by its values alone, although it has another heading.

    Any list may have one column with numbers up to 100; one that names opportunities is about these.
    """
    if column.name == "score":
        return bool(places.keys() & set(_IDS))
    return column.required or (column.name == "company" and not places.keys() & _WHOSE)


def _by_values(looks: _Looks, name: str, needed: bool, used: set[int]) -> int | None:
    """The one column left whose values could be ours: of those without a heading, or for what we must have."""
    able = [
        index
        for index in range(len(looks.headings))
        if index not in used
        and (looks.lettered[index] or needed)
        and looks.plain[index] not in KNOWN
        and _could_be(looks, name, index)
    ]
    if not able:
        return None
    return able[0] if len(able) == 1 or all(looks.lettered[index] for index in able) else None


def _could_be(looks: _Looks, name: str, index: int) -> bool:
    values = looks.values(index)
    if name == "id":
        digits = sum(any(map(str.isdigit, value)) and " " not in value for value in values)
        taken = any((looks.share(other, index) or 0) >= 0.8 for other in ("website", "duns", "scored_on"))
        return len(set(values)) == len(values) > 0 and digits >= 0.8 * len(values) and not taken
    varied = name not in ("name", "company") or len(set(values)) * 2 >= len(values)
    return varied and (looks.share(name, index) or 0) >= 0.9
