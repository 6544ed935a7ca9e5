"""The blocks our cards are made of, as plain dicts, and how a card is kept within Slack's limits."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from bot.cards.text import clip, plain, size
from bot.deal import Frozen

Block = dict[str, Any]
T = TypeVar("T")

MOST_BLOCKS = 50  # Block Kit reference: blocks of one message
MOST_CHARACTERS = 12_000  # of one message's blocks as JSON; Slack answers msg_blocks_too_long not far above
MOST_IN_A_VIEW = 100  # Views reference: blocks of one modal or Home tab
MOST_BYTES = 200_000  # of one view's blocks as they are sent; Slack answers view_too_large above 250 kB
SECTION = 3_000
FIELD = 2_000
FIELDS = 10
NOTIFICATION = 3_000


class Card(Frozen):
    """A message: its blocks, and the text that notifications and screen readers get."""

    text: str
    blocks: tuple[Block, ...]


class Room(NamedTuple):
    """How much of long texts and long lists a drawing may show."""

    text: int  # characters of one long value
    rows: int  # of one list


_ROOMS = (Room(1_500, 40), Room(600, 40), Room(250, 30), Room(120, 20), Room(60, 12), Room(40, 6))


def fitted(text: str, draw: Callable[[Room], Iterable[Block]]) -> Card:
    """A card drawn with as much room as Slack's limits leave; ``draw`` fits in the smallest room by construction."""
    return Card(text=clip(text, NOTIFICATION), blocks=_fitting(draw, _in_a_message))


def fitted_view(draw: Callable[[Room], Iterable[Block]]) -> tuple[Block, ...]:
    """The blocks of a window, drawn with as much room as a window has, which is more than a message's."""
    return _fitting(draw, _in_a_view)


def _fitting(
    draw: Callable[[Room], Iterable[Block]], fits: Callable[[Sequence[Block]], bool]
) -> tuple[Block, ...]:
    blocks: tuple[Block, ...] = ()
    for room in _ROOMS:
        blocks = tuple(draw(room))
        if fits(blocks):
            break
    return blocks


def _in_a_message(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= MOST_BLOCKS and size(json.dumps(blocks, ensure_ascii=False)) <= MOST_CHARACTERS


def _in_a_view(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= MOST_IN_A_VIEW and len(json.dumps(blocks)) <= MOST_BYTES


def few(things: Sequence[T], most: int) -> tuple[Sequence[T], str]:
    """The first of a list, and "… and n more" for the rest, empty when all are there."""
    return (things, "") if len(things) <= most else (things[:most], f"… and {len(things) - most} more")


def listed(lines: Sequence[str], most: int) -> str:
    """The first lines that a section holds, and how many more there are."""
    kept: list[str] = []
    left = SECTION - 100
    for line in lines[:most]:
        left -= size(line) + 1
        if left < 0:
            break
        kept.append(line)
    rest = len(lines) - len(kept)
    return "\n".join([*kept, *([f"_… and {rest} more_"] if rest else [])])


def packed(lines: Sequence[str]) -> list[str]:
    """The lines as few texts, each of them no more than a section holds."""
    texts: list[str] = []
    for line in lines:
        if texts and size(texts[-1]) + size(line) < SECTION:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts


def mrkdwn(text: str, limit: int = SECTION) -> Block:
    """A text object; ``verbatim`` keeps Slack from making links and mentions of plain words."""
    return {"type": "mrkdwn", "text": clip(text, limit) or " ", "verbatim": True}


def words(text: str, limit: int) -> Block:
    """A ``plain_text`` object."""
    return {"type": "plain_text", "text": plain(text, limit) or "—", "emoji": False}


def header(text: str, id: str = "title") -> Block:
    """A headline in large type."""
    return {"type": "header", "block_id": id, "text": words(text, 150)}


def section(id: str, text: str, accessory: Block | None = None) -> Block:
    """A paragraph, with a button beside it; never folded behind "see more": what is approved was seen."""
    block = {"type": "section", "block_id": id, "text": mrkdwn(text), "expand": True}
    return block if accessory is None else {**block, "accessory": accessory}


def columns(id: str, texts: Sequence[str]) -> Block:
    """Up to ten short texts in two columns."""
    return {"type": "section", "block_id": id, "fields": [mrkdwn(text, FIELD) for text in texts[:FIELDS]]}


def context(id: str, *texts: str) -> Block:
    """Small grey print, up to ten pieces."""
    return {"type": "context", "block_id": id, "elements": [mrkdwn(text) for text in texts[:10]]}


def divider(id: str) -> Block:
    """A thin line."""
    return {"type": "divider", "block_id": id}


def actions(id: str, buttons: Sequence[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": id, "elements": list(buttons)}


def button(
    label: str, action: str, value: str, about: str = "", *, primary: bool = False, danger: bool = False
) -> Block:
    """A button; ``about`` says to screen readers what it decides."""
    block: Block = {
        "type": "button",
        "text": words(label, 75),
        "action_id": action,
        "value": value[:2_000],
    }
    if about:
        block["accessibility_label"] = plain(f"{label}: {about}", 75)
    if primary or danger:
        block["style"] = "primary" if primary else "danger"
    return block


def link_button(label: str, action: str, url: str, about: str = "") -> Block:
    """A button that leads to a web address; Slack tells us of the press all the same."""
    block = {**button(label, action, "", about), "url": url}
    return {name: part for name, part in block.items() if name != "value"}


def modal(
    title: str, callback: str, private: str, blocks: Sequence[Block], submit: str | None = None
) -> Block:
    """A form in a window of its own."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": private[:3_000],
        "title": words(title, 24),
        "close": words("Cancel" if submit else "Close", 24),
        "blocks": list(blocks),
    }
    return {**view, "submit": words(submit, 24)} if submit else view
