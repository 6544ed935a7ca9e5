"""What rules of the configuration found, where it is not a proposal's own card: one sentence, or many in one digest."""

from collections.abc import Iterator, Sequence

from bot.action import kinds
from bot.audience import OURS, Audience
from bot.cards.blocks import Block, Card, Room, actions, button, context, fitted, header, section
from bot.cards.text import one_line
from bot.triggers import Firing

PAGE = 20
"""Lines of a digest in one message."""


def alert(firing: Firing) -> Card:
    """What a rule found that proposes nothing."""
    name = one_line(firing.deal, 150)

    def draw(room: Room) -> Iterator[Block]:
        heading = f"*{name}*\n" if name else ""
        yield section("why", f":bell:  {heading}{one_line(firing.why, room.text)}")
        yield context("rule", f"The rule “{one_line(firing.rule, 80)}”. `/cosell rules` lists all of them.")

    return fitted(": ".join(filter(None, (name, one_line(firing.why, 300)))), draw)


def digest(id: str, firings: Sequence[Firing], page: int = 0, audience: Audience = OURS) -> Card:
    """One page of what rules found, a line for each with its button; outsiders read how many, and nothing of a deal."""
    if audience.outsiders:
        return _covered(id, len(firings))
    shown = firings[page * PAGE : (page + 1) * PAGE]
    left = len(firings) - (page * PAGE + len(shown))
    said = f"Rules found {_many(len(firings))}"

    def draw(room: Room) -> Iterator[Block]:
        yield header(said if page == 0 else f"{said}, from {page * PAGE + 1} on")
        for index, firing in enumerate(shown):
            yield section(f"firing.{index}", _line(firing, min(room.text, 250)), _propose(id, firing))
        if left:
            more = button(f"Show {min(left, PAGE)} more", "cosell.rule.show", f"{id}|{page + 1}")
            yield context("more", f"… and {left} more, the largest first.")
            yield actions("pages", [more])
        yield context(
            "how", "*Propose* makes the card of that one; nothing is written before somebody approves it."
        )

    return fitted(f"{said}: {', '.join(one_line(f.deal or f.rule, 60) for f in shown[:5])}", draw)


def _covered(id: str, number: int) -> Card:
    """The same for a channel in which people of another company read."""
    said = f"Rules of ours found {_many(number)}."
    show = button("Show to me", "cosell.rule.show", f"{id}|0")

    def draw(room: Room) -> Iterator[Block]:
        yield section("covered", f":bell:  {said}", show)
        yield context(
            "why_covered", "People of another company are in this channel, so only our own people see what."
        )

    return fitted(said, draw)


def _many(number: int) -> str:
    return "one deal to look at" if number == 1 else f"{number:,} deals to look at"


def _line(firing: Firing, room: int) -> str:
    name, rule = one_line(firing.deal, min(room, 100)), one_line(firing.rule, min(room, 60))
    heading = f"*{name}*  ·  {rule}" if name else f"*{rule}*"
    return f"{heading}\n{one_line(firing.why, room)}"


def _propose(id: str, firing: Firing) -> Block | None:
    if not firing.propose:
        return None
    verb = firing.propose.partition(" ")[0]
    title = next((kind.title for kind in kinds().values() if verb in kind.commands), verb)
    return button("Propose", "cosell.rule.propose", f"{id}|{firing.id}", f"{title}, {firing.deal}")
