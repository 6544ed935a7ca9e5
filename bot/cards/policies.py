"""Which policy is in force, which is offered, and who agreed to what."""

from collections.abc import Iterator

from bot.cards.blocks import Block, Card, Room, context, fitted, section
from bot.cards.text import code, mention, when
from bot.policy.adopted import Adopted, Offered

_SHORT = 8  # characters of a digest that people read


def policy_standing(adopted: Adopted) -> Card:
    """What holds, for somebody who asks."""
    lines = [_in_force(adopted)]
    if adopted.offered is not None:
        lines.append(_offered(adopted.offered))
    return _told(lines)


def policy_agreed(adopted: Adopted, by: str) -> Card:
    """What a channel is told when somebody agreed to another policy, or the second one did."""
    if adopted.offered is not None:
        return _told([f"{mention(by)} agrees to another policy.", _offered(adopted.offered)])
    return _told([f":scales:  {_in_force(adopted)}"])


def policy_offered(adopted: Adopted) -> Card:
    """What the audit channel is told when an installation brings another policy than the one in force."""
    lines = ["This installation brings another policy than the one in force."]
    if adopted.offered is not None:
        lines.append(_offered(adopted.offered))
    return _told([*lines, _in_force(adopted)])


def _in_force(adopted: Adopted) -> str:
    if adopted.source is None:
        return "No policy is in force, so nothing is allowed."
    both = " and ".join(mention(user) for user in adopted.by)
    how = f"agreed to by {both}" if both else "the one of the first start"
    since = f", since {when(adopted.at)}" if adopted.at is not None else ""
    return f"Policy {code(adopted.digest[:_SHORT])} is in force{since}, {how}."


def _offered(offered: Offered) -> str:
    digest = offered.source.digest[:_SHORT]
    command = code(f"/cosell policy adopt {digest}")
    if offered.wanted_by is None:
        return f"Policy {code(digest)} is offered and not in force. It takes two people: {command}."
    return f"Policy {code(digest)} is offered; {mention(offered.wanted_by)} agrees. It takes one more: {command}."


def _told(lines: list[str]) -> Card:
    def draw(room: Room) -> Iterator[Block]:
        yield section("policy", "\n".join(lines))
        yield context("read", "Each entry of the ledger names the policy that it was decided under.")

    return fitted(" ".join(lines), draw)
