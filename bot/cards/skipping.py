"""The message that tells everyone whose approval was not waited for, before anything is written."""

from collections.abc import Iterator

from bot.audience import OURS, Audience
from bot.cards import shared
from bot.cards.approvals import STOP, skipped_people, skipping
from bot.cards.blocks import Block, Card, Room, context, fitted, packed, section
from bot.cards.names import about_deal, title_of
from bot.cards.text import mention, one_line
from bot.proposal import Proposal

_MOST_PEOPLE = 60


def skipped(proposal: Proposal, audience: Audience = OURS) -> Card:
    """Who was skipped, by whom, what it is about, why, and what they can do now; for those who read it."""
    override = proposal.override
    if override is None:
        raise ValueError(f"{proposal.id} was approved by all who were needed")
    if audience.outsiders:
        return shared.skipped(proposal, audience)
    people = skipped_people(override.missing)[:_MOST_PEOPLE]
    by, without = mention(override.by.slack), skipping(override)
    title = one_line(title_of(proposal), 100)

    def draw(room: Room) -> Iterator[Block]:
        yield section("skipped", f":rotating_light:  *Break-glass:* {by} goes ahead without {without}.")
        yield section("deal", about_deal(proposal.preview.headline, proposal, min(room.text, 600)))
        yield section("reason", f"“{one_line(override.reason, min(room.text, 500)) or '—'}”")
        for number, batch in enumerate(packed(_addressed(people))):
            yield section(f"people.{number}", batch)
        yield context("stop", STOP)

    said = f"Break-glass: {by} goes ahead without {without}. {title}: {one_line(override.reason, 500)}"
    return fitted(said, draw)


def _addressed(people: list[str]) -> list[str]:
    """The people by mention, some on a line."""
    lines = [", ".join(people[start : start + 10]) for start in range(0, len(people), 10)]
    return [f"Not asked: {line}" if n == 0 else line for n, line in enumerate(lines)]
