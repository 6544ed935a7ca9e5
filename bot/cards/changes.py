"""What will be written, drawn: a table while it is decided on, plain lines once it is over."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.action import Change
from bot.cards.blocks import FIELDS, Block, Room, columns, context, few, listed, section
from bot.cards.text import clip, mention, one_line, paragraph, size, when

_WIDE = 96  # characters that no longer fit a column
_NAMED = 4  # fields of one source that are all named; of more, only those that say something else
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
        f"{_label(change)}: {_brief(change.before) + ' → ' if change.before is not None else ''}"
        f"{_brief(change.after)}"
        for change in changes[:30]
    )
    return "; ".join(said)


def _by_source(changes: Iterable[Change]) -> dict[tuple[str, datetime], list[Change]]:
    groups: dict[tuple[str, datetime], list[Change]] = {}
    for change in changes:
        system = " and ".join(dict.fromkeys(system for system, _ in _pieces(change)))
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
    if change.before == change.after:
        return f"{after}, unchanged"
    return f"{_value(change.before, limit // 2)}  →  {after if chr(10) in after else f'*{after}*'}"


def _value(value: str | None, limit: int) -> str:
    return paragraph(value or "", limit) or "empty"


def _brief(value: str | None) -> str:
    return one_line(value or "", 120) or "empty"


def _moved(change: Change) -> str:
    if change.moved is None:
        return ""
    if change.moved == "not shown before":
        return "\n:warning: _new since approval_"
    return f"\n:warning: _changed since approval, was {one_line(change.moved, 80) or 'empty'}_"


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
    named = tuple(dict.fromkeys(part for change in changes for part in _parts(change)))
    if len(named) > _NAMED:
        named = tuple(part for part in named if part.endswith("”"))
    parts, more = few(named, room.rows)
    source = _who_or_what(system)
    listing = ": " + ", ".join([*parts, *([more] if more else [])]) if parts else ""
    return clip(f"{source[:1].upper()}{source[1:]}{listing}", room.text)


def _pieces(change: Change) -> list[tuple[str, str]]:
    """System and fields of each source: "Salesforce · Owner; our meeting terms" has two."""
    pieces = (piece.partition(" · ") for piece in change.source.split("; "))
    return [(system, part) for system, _, part in pieces]


def _parts(change: Change) -> list[str]:
    """The fields that a value comes from, each with what it says where the value itself does not show that."""
    fields = [field for _, part in _pieces(change) for field in part.split(", ") if field.strip()]
    said = [] if change.basis is None or change.basis in change.source else change.basis.split(" · ")
    if len(fields) == len(said):
        pairs = list(zip(fields, said, strict=True))
    else:
        pairs = [*((field, "") for field in fields), ("", " · ".join(said))]
    return [part for field, words in pairs if (part := _part(field, words, change.after))]


def _part(field: str, said: str, value: str) -> str:
    read = "" if _tells(value, said) else one_line(said, 80)
    return f"{one_line(field, 80)} “{read}”".strip() if read else one_line(field, 80)


def _tells(value: str, said: str) -> bool:
    """Whether the value shows already what its source said, however it is spelled or ordered."""
    shown = _letters(value)
    words = (re.sub(r"\.0+$", "", word) for word in re.split(r"[\s,;]+", said))
    return all(_letters(word) in shown for word in words)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _who_or_what(source: str) -> str:
    """A person who said it, as a mention; anything else, which may be a record's words, literally."""
    said = _SAID.fullmatch(source)
    return f"said by {mention(said.group(1))}" if said else one_line(source, 80)
