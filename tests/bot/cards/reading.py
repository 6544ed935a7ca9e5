"""What a drawn card or window says, and what can be pressed on it."""

from collections.abc import Iterator
from typing import Any

from bot.cards import Card

Drawn = Card | dict[str, Any]


def shown(drawn: Drawn) -> str:
    """Everything it says, as one text."""
    blocks = drawn.blocks if isinstance(drawn, Card) else drawn["blocks"]
    return "\n".join(found["text"] for found in objects(blocks) if isinstance(found.get("text"), str))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object inside."""
    if isinstance(value, dict):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    ):
        yield from objects(inner)


def buttons(drawn: Drawn) -> dict[str, dict[str, Any]]:
    """Its buttons by action id."""
    blocks = drawn.blocks if isinstance(drawn, Card) else drawn["blocks"]
    return {found["action_id"]: found for found in objects(blocks) if found.get("type") == "button"}
