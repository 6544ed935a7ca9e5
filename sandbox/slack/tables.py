"""The limits of tables and of rich text: Slack's references of the table block and of the rich text block."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.checks import count, length, problem
from sandbox.slack.errors import Object

MOST_ROWS, MOST_COLUMNS = 100, 20
MOST_IN_ALL_CELLS = 10_000
"""Characters of all cells of one message."""
_PARTS = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
_NEEDED = {
    "text": "text",
    "link": "url",
    "user": "user_id",
    "channel": "channel_id",
    "usergroup": "usergroup_id",
    "emoji": "name",
    "broadcast": "range",
    "date": "timestamp",
    "color": "value",
    "team": "team_id",
}
"""What a piece of rich text must have, by its type."""


def table_problems(block: Object, pointer: str) -> Iterator[str]:
    """What Slack would refuse in a table block."""
    rows = block.get("rows")
    yield from count(rows, MOST_ROWS, f"{pointer}/rows")
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        yield from count(row, MOST_COLUMNS, f"{pointer}/rows/{index}")
        for place, cell in enumerate(row if isinstance(row, list) else []):
            yield from _cell(cell, f"{pointer}/rows/{index}/{place}")
    if _written(rows) > MOST_IN_ALL_CELLS:
        yield problem(
            f"all cells together must be less than {MOST_IN_ALL_CELLS + 1} characters", f"{pointer}/rows"
        )
    settings = block.get("column_settings")
    if settings is None:
        return
    yield from count(settings, MOST_COLUMNS, f"{pointer}/column_settings", least=0)
    for index, setting in enumerate(settings if isinstance(settings, list) else []):
        yield from _setting(setting, f"{pointer}/column_settings/{index}")


def rich_text_problems(elements: Any, pointer: str) -> Iterator[str]:
    """What Slack would refuse in the elements of a rich text block."""
    yield from count(elements, 1_000, pointer, least=0)
    for index, part in enumerate(elements if isinstance(elements, list) else []):
        yield from _part(part, f"{pointer}/{index}")


def _cell(cell: Any, pointer: str) -> Iterator[str]:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind == "rich_text":
        yield from rich_text_problems(cell.get("elements"), f"{pointer}/elements")
        return
    if kind not in ("raw_text", "raw_number"):
        yield problem(f"unsupported type: {kind} in table", f"{pointer}/type")
        return
    yield from _present(cell, "text", pointer)
    yield from length(cell.get("text"), MOST_IN_ALL_CELLS, f"{pointer}/text", least=1)
    if kind == "raw_number" and (
        not isinstance(cell.get("value"), int | float) or isinstance(cell["value"], bool)
    ):
        yield problem("must be a number", f"{pointer}/value")


def _setting(setting: Any, pointer: str) -> Iterator[str]:
    if setting is None:
        return
    if not isinstance(setting, dict):
        yield problem("must be an object", pointer)
        return
    if setting.get("align", "left") not in ("left", "center", "right"):
        yield problem("must be left, center or right", f"{pointer}/align")
    if not isinstance(setting.get("is_wrapped", False), bool):
        yield problem("must be a boolean", f"{pointer}/is_wrapped")


def _part(part: Any, pointer: str) -> Iterator[str]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in _PARTS:
        yield problem(f"unsupported type: {kind} in rich_text", f"{pointer}/type")
        return
    inside = part.get("elements")
    yield from count(inside, 10_000, f"{pointer}/elements", least=0)
    check = _part if kind == "rich_text_list" else _piece
    for index, piece in enumerate(inside if isinstance(inside, list) else []):
        yield from check(piece, f"{pointer}/elements/{index}")


def _piece(piece: Any, pointer: str) -> Iterator[str]:
    kind = piece.get("type") if isinstance(piece, dict) else None
    if kind not in _NEEDED:
        yield problem(f"unsupported type: {kind} in rich_text", f"{pointer}/type")
        return
    yield from _present(piece, _NEEDED[kind], pointer)
    if kind == "text":
        yield from length(piece.get("text"), 40_000, f"{pointer}/text", least=1)


def _present(thing: Object, name: str, pointer: str) -> Iterator[str]:
    if thing.get(name) is None:
        yield problem(f"missing required field: {name}", pointer)


def _written(value: Any) -> int:
    """The characters of all cells, however deep."""
    if isinstance(value, list):
        return sum(map(_written, value))
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + _written(value.get("elements"))
