"""What is behind "View details" in a channel that others read too: everything, and the approval of exactly that."""

from collections.abc import Iterator

from bot.cards.approvals import override_mark
from bot.cards.blocks import Block, Room, context, divider, fitted_view, header, modal, section
from bot.cards.names import private, title_of, window_title
from bot.cards.origins import called_for
from bot.cards.proposals import under_way, what_was_to_be_written
from bot.cards.results import told_of
from bot.cards.waiting import waiting
from bot.proposal import Proposal, Status

_BINDING = (
    ":point_right: *Approve* approves exactly what stands here. If it changes first, nothing is approved."
)


def details(proposal: Proposal, approvable: bool) -> Block:
    """The window for one person of ours; ``approvable`` when they may approve, which its submit button then does."""
    blocks = fitted_view(lambda room: _drawn(proposal, room, approvable=approvable))
    title, submit = window_title(proposal, "Details"), "Approve" if approvable else None
    return modal(title, "cosell.review", private(proposal), blocks, submit)


def _drawn(proposal: Proposal, room: Room, *, approvable: bool) -> Iterator[Block]:
    if proposal.status is Status.OPEN:
        yield from waiting(proposal, room, buttons=False)
        if approvable:
            yield section("binding", _BINDING)
        return
    origin = context("origin", called_for(proposal.origin, proposal.approvers, min(room.text, 300)))
    if not proposal.status.ended:
        yield from under_way(proposal, room)
        yield origin
        return
    yield from override_mark(proposal, room)
    yield header(title_of(proposal))
    yield from told_of(proposal, room)
    if proposal.status is not Status.UNVERIFIED:  # there the result itself lists the values
        yield divider("before_written")
        yield from what_was_to_be_written(proposal, room)
    yield origin
