"""What people are told of the kill switch."""

from collections.abc import Iterator

from bot.action import kinds
from bot.cards.blocks import Block, Card, Room, context, fitted, section
from bot.cards.text import mention, one_line
from bot.stops import ALL, Stop, Stops


def stopped(stop: Stop) -> Card:
    """What a channel is told when somebody stops writes."""

    def draw(room: Room) -> Iterator[Block]:
        yield section("stopped", f":octagonal_sign:  {_said(stop)}")
        yield context("why", f"“{one_line(stop.reason, min(room.text, 300))}”")
        yield context("resume", "A partner manager lets them go on with `/cosell resume`.")

    return fitted(f"{_said(stop)} {one_line(stop.reason, 150)}", draw)


def resumed(by: str, stops: Stops) -> Card:
    """What a channel is told when somebody lets writes go on, and what is stopped still."""
    left = "".join(f" {line}" for line in standing(stops))
    said = f"Writes go on, {mention(by)} says.{left}"
    return fitted(said, lambda room: [section("resumed", f":white_check_mark:  {said}")])


def standing(stops: Stops) -> tuple[str, ...]:
    """A sentence for each stop that stands."""
    return tuple(_said(stop) for stop in stops.standing)


def why_not(stop: Stop) -> str:
    """Why a write is not made, for whoever approved it."""
    return f"{_said(stop)} The reason given: {one_line(stop.reason, 200)}."


def _said(stop: Stop) -> str:
    """A sentence such as: All writes are stopped by Mei."""
    return f"{_covered(stop.scope)} stopped by {mention(stop.by)}."


def _covered(scope: str) -> str:
    if scope == ALL:
        return "All writes are"
    kind = kinds().get(scope)
    return f"“{kind.title}” is" if kind else f"Everything that concerns {one_line(scope.upper(), 40)} is"
