"""The forms that ask for a reason: why it is declined, why a missing approval is not waited for."""

from bot.cards import changes as written
from bot.cards.approvals import given, needed, skipped_people
from bot.cards.blocks import Block, Room, context, few, fitted_view, modal, section, words
from bot.cards.forms import ANSWER
from bot.cards.names import about_deal, deal_link, private, title_of
from bot.cards.text import one_line
from bot.proposal import Proposal

SHORTEST_REASON = 15  # characters of a reason to go ahead without somebody
LONGEST = 500
_MOST_PEOPLE = 40


def decline_form(proposal: Proposal) -> Block:
    """The form that asks why it shall not be done."""
    about = f"{deal_link(proposal)}  ·  {one_line(proposal.preview.headline, 300) or title_of(proposal)}"
    reason = _reason("Why not?", "Whoever asked reads this.", 1)
    return modal(
        "Decline", "cosell.decline", private(proposal), [context("form.about", about), reason], "Decline"
    )


def override_form(proposal: Proposal) -> Block:
    """The form that asks why it cannot wait: what would be written, what is missing, and who is told at once."""
    people, more = few(skipped_people(proposal.missing), _MOST_PEOPLE)
    told = ", ".join([*people, *([more] if more else [])])

    def draw(room: Room) -> list[Block]:
        blocks = [section("deal", about_deal(proposal.preview.headline, proposal, min(room.text, 600)))]
        if proposal.preview.changes:
            blocks.append(section("written", written.lines(proposal.preview.changes, room)))
        missing = f":warning: *Still missing:* {needed(proposal.missing) or 'nothing'}."
        if proposal.approvals:
            missing += f"\nApproved by {given(proposal.approvals)}."
        return [
            *blocks,
            section("missing", missing),
            section(
                "told", f"*Told at once, with your name and reason:* {told or 'everybody in this channel'}."
            ),
            _reason(
                "Why can it not wait?", "Everyone skipped reads it, and the ledger keeps it.", SHORTEST_REASON
            ),
        ]

    return modal("Override", "cosell.override", private(proposal), fitted_view(draw), "Override")


def _reason(label: str, hint: str, shortest: int) -> Block:
    return {
        "type": "input",
        "block_id": "reason",
        "optional": False,
        "label": words(label, 50),
        "hint": words(hint, 150),
        "element": {
            "type": "plain_text_input",
            "action_id": ANSWER,
            "multiline": True,
            "min_length": shortest,
            "max_length": LONGEST,
            "focus_on_load": True,
        },
    }
