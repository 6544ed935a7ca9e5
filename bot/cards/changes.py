"""What will be written, drawn: a table while it is decided on, plain lines once it is over."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.action import Change
from bot.cards.blocks import FIELDS, Block, Room, columns, context, few, listed, section
from bot.cards.text import clip, mention, one_line, paragraph, size, when

_WIDE = 64  # characters that no longer fit a column
_SAID = re.compile(r"said by <@([UW][A-Z0-9]+)>")


def table(changes: Sequence[Change], room: Room) -> list[Block]:
    """Label and before → after in two columns, long values over the whole width; in small print where each is from."""
    shown, more = few(changes, room.rows)
    told = [*([f"_{more}_"] if more else []), *_provenance(shown, room)]
    return [
        *_rows(shown, all(change.before is None for change in changes), room),
        context("sources", listed(told, len(told))),
    ]


def lines(changes: Sequence[Change], room: Room) -> str:
    """One line for each change, "*Label*  before → after", as many as a section holds."""
    bare = all(change.before is None for change in changes)
    limit = min(room.text, 300)
    return listed([f"*{_label(change)}*   {_both(change, bare, limit)}" for change in changes], room.rows)


def spoken(changes: Sequence[Change]) -> str:
    """The changes as one sentence for notifications and screen readers."""
    said = (
        f"{_label(change)}: {_value(change.before, 120) + ' → ' if change.before is not None else ''}"
        f"{_value(change.after, 120)}"
        for change in changes[:30]
    )
    return "; ".join(said)


def _by_source(changes: Iterable[Change]) -> dict[tuple[str, datetime], list[Change]]:
    groups: dict[tuple[str, datetime], list[Change]] = {}
    for change in changes:
        system = change.source.partition(" · ")[0]
        minute = change.as_of.replace(second=0, microsecond=0)
        groups.setdefault((system, minute), []).append(change)
    return groups


def _rows(changes: Sequence[Change], bare: bool, room: Room) -> list[Block]:
    blocks: list[Block] = []
    pending: list[str] = []

    def flush() -> None:
        if pending:
            blocks.append(columns(f"changes.{len(blocks)}", pending))
            pending.clear()

    for change in changes:
        text = f"*{_label(change)}*\n{_both(change, bare, room.text)}{_moved(change)}"
        if max(map(size, (change.before or "", change.after))) > _WIDE or "\n" in change.after:
            flush()
            blocks.append(section(f"changes.{len(blocks)}", text))
            continue
        pending.append(text)
        if len(pending) == FIELDS:
            flush()
    flush()
    return blocks


def _label(change: Change) -> str:
    return one_line(change.label, 80) or "—"


def _both(change: Change, bare: bool, limit: int) -> str:
    after = _value(change.after, limit)
    if bare:
        return after
    return f"{_value(change.before, limit // 2)}  →  {after if chr(10) in after else f'*{after}*'}"


def _value(value: str | None, limit: int) -> str:
    return paragraph(value or "", limit) or "empty"


def _moved(change: Change) -> str:
    if change.moved is None:
        return ""
    if change.moved == "not shown before":
        return "\n:warning: _new since_"
    return f"\n:warning: _changed, was {one_line(change.moved, 80) or 'empty'}_"


def _provenance(changes: Sequence[Change], room: Room) -> list[str]:
    """A line for each source, the one that gives most last: "*Use case*  entered on the card"."""
    groups = sorted(_by_source(changes).items(), key=lambda group: len(group[1]))
    moments = {as_of for (_, as_of), _ in groups}
    told = []
    for (system, as_of), group in groups:
        last = group is groups[-1][1]
        labels = "All else" if last else ", ".join(map(_label, group))
        read = when(as_of) if last or len(moments) > 1 else ""
        told.append(
            (f"*{clip(labels, room.text)}*   " if len(groups) > 1 else "")
            + _origin(system, group, room)
            + (f"  ·  as of {read}" if read else "")
        )
    return told


def _origin(system: str, changes: Sequence[Change], room: Room) -> str:
    parts, more = few(tuple(dict.fromkeys(part for change in changes if (part := _part(change)))), room.rows)
    source = _who_or_what(system)
    named = ": " + ", ".join([*parts, *([more] if more else [])]) if parts else ""
    return clip(f"{source[:1].upper()}{source[1:]}{named}", room.text)


def _part(change: Change) -> str:
    part = one_line(change.source.partition(" · ")[2], 80)
    read = "" if change.basis is None or _tells(change.after, change.basis) else one_line(change.basis, 80)
    return f"{part} “{read}”".strip() if read else part


def _tells(after: str, basis: str) -> bool:
    """Whether the value shows already what its source said."""
    return all(part.casefold() in after.casefold() for part in basis.split(" · "))


def _who_or_what(source: str) -> str:
    """A person who said it, as a mention; anything else, which may be a record's words, literally."""
    said = _SAID.fullmatch(source)
    return f"said by {mention(said.group(1))}" if said else one_line(source, 80)
