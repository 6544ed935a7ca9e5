"""The table of a summary: a row for all actions, each kind, partner and seller, and a column for each ending.

A table block has no mrkdwn: a cell is a plain text, or a piece of rich text that is one link.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import Enum
from statistics import median
from typing import NamedTuple

from bot.cards.blocks import Block
from bot.cards.summary_threads import Leads, place_of, those_of
from bot.cards.text import plain, size
from bot.history import Step
from bot.summaries import Count, Of, Row, Spread, Summary
from bot.summaries.words import duration

_COLUMNS = {
    "proposed": "Proposed",
    "done": "Done",
    "failed": "Failed",
    "unverified": "To look at",
    "declined": "Declined",
    "expired": "Expired",
    "pending": "Waiting",
}
_RARE = ("unverified", "expired")
"""Columns that are left out where nothing is in them, so that the table is no wider than it must be."""
_PLACES = {
    "failed": "failures",
    "unverified": "failures",
    "declined": "declined",
    "expired": "expired",
    "pending": "pending",
}
"""Where the numbers of the first row lead; those of another row lead to the list of that row."""
_CALLED = {Of.PARTNER: "Partner: ", Of.SELLER: "Seller: "}
_MANY = {Of.KIND: "kinds", Of.PARTNER: "partners", Of.SELLER: "sellers"}
_LABEL = 48
_ADDRESS = re.compile(r"https?://[^\s<>|\"\\]{1,200}")


class _Line(NamedTuple):
    row: Row
    label: str
    place: str  # whose reply lists its actions


class _Linked(Enum):
    """Which cells of a row lead somewhere."""

    NOTHING = "nothing"
    LABEL = "label"
    NUMBERS = "numbers"


def table(leads: Leads, most: int, budget: int | None = None) -> Block:
    """The table with ``most`` partners and sellers, and two kinds more than that; the others are counted together.

    Every number leads to its threads. With a ``budget``, in characters, those of the first row do, and of as many other
    rows as it holds; the rows without lead to their list with their first cell, again as far as it holds.
    """
    total = leads.summary.total
    names = [n for n in _COLUMNS if n not in _RARE or getattr(total, n).of]
    heads = ["Actions", *(_COLUMNS[name] for name in names), "Median"]
    lines = list(_lines(leads.summary, most))
    least = _least(leads, lines)
    rows = [_cells(leads, line, names, what) for line, what in zip(lines, least, strict=True)]
    right: Block = {"align": "right"}
    block: Block = {
        "type": "table",
        "block_id": "actions",
        "column_settings": [{"is_wrapped": True}, *([right] * (len(heads) - 1))],
        "rows": [[_text(head) for head in heads], *rows],
    }
    left = None if budget is None else budget - size_of(block)
    for what in (_Linked.LABEL, _Linked.NUMBERS):
        for index, line in enumerate(lines[1:], 1):
            row = _cells(leads, line, names, what)
            cost = size_of(row) - size_of(block["rows"][index + 1])
            if left is None or cost <= left:
                block["rows"][index + 1] = row
                left = left if left is None else left - cost
    return block


def size_of(value: object) -> int:
    """The characters of blocks, as they count for a message."""
    return size(json.dumps(value, ensure_ascii=False))


def _least(leads: Leads, lines: Sequence[_Line]) -> list[_Linked]:
    """What leads somewhere in any case: the numbers of all actions, and one row to each reply there is."""
    found = [_Linked.NOTHING] * len(lines)
    reached: set[str] = set()
    for index in range(len(lines) - 1, 0, -1):
        place, sort = lines[index].place, _MANY[lines[index].row.of]
        opens = index == 1 or lines[index - 1].row.of is not lines[index].row.of
        if place in leads.links or (opens and sort in leads.links.keys() - reached):
            found[index] = _Linked.LABEL
            reached.add(place if place in leads.links else sort)
    return [_Linked.NUMBERS, *found[1:]]


def _lines(summary: Summary, most: int) -> Iterator[_Line]:
    yield _Line(summary.total, "All", "all")
    yield from _first(summary, summary.kinds, most + 2)
    if len(summary.partners) > 1:
        yield from _first(summary, summary.partners, most)
    yield from _first(summary, summary.sellers, most)


def _first(summary: Summary, rows: Sequence[Row], most: int) -> Iterator[_Line]:
    """The first rows, and one that counts the others together; a single one is not worth being called others."""
    shown, others = (rows, ()) if len(rows) <= most + 1 else (rows[:most], rows[most:])
    for row in shown:
        yield _Line(row, f"{_CALLED.get(row.of, '')}{row.label or 'none'}", place_of(row))
    if others:
        many = _MANY[others[0].of]
        yield _Line(_together(summary, others), f"{len(others):,} other {many}", many)


def _together(summary: Summary, rows: Sequence[Row]) -> Row:
    """Rows as one; an action that more than one of them has counts once."""

    def merged(name: str) -> Count:
        return Count(tuple(dict.fromkeys(id for row in rows for id in getattr(row, name).of)))

    done = merged("done")
    known = [summary.courses[id] for id in done.of if id in summary.courses]
    took = [seconds for course in known if (seconds := course.took(Step.WHOLE)) is not None]
    return Row(
        of=rows[0].of,
        key="",
        label="",
        proposed=merged("proposed"),
        done=done,
        failed=merged("failed"),
        unverified=merged("unverified"),
        declined=merged("declined"),
        expired=merged("expired"),
        pending=merged("pending"),
        whole=Spread(len(took), timedelta(seconds=median(took))) if took else Spread(),
    )


def _cells(leads: Leads, line: _Line, names: Sequence[str], what: _Linked) -> list[Block]:
    row = line.row
    whole = leads.to(line.place, those_of([row])) if what is _Linked.LABEL else None
    cells = [_linked(plain(line.label, _LABEL), whole)]
    for name in names:
        count: Count = getattr(row, name)
        where = _PLACES.get(name, "all") if row.of is Of.ALL else line.place
        cells.append(
            _linked(f"{count.number:,}", leads.to(where, count) if what is _Linked.NUMBERS else None)
        )
    return [*cells, _text(duration(row.whole.median))]


def _text(text: str) -> Block:
    return {"type": "raw_text", "text": text or "–"}


def _linked(text: str, address: str | None) -> Block:
    if address is None or not _ADDRESS.fullmatch(address):
        return _text(text)
    link = {"type": "link", "url": address, "text": text or "–"}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]}
