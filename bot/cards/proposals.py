"""A proposal in any state as a card: one function, so that a redrawn card never says less than the ledger."""

from collections.abc import Iterator

from bot.action import kinds
from bot.audience import OURS, Audience
from bot.cards import changes as written
from bot.cards import shared
from bot.cards.approvals import given, names, needed, override_mark, went_ahead
from bot.cards.blocks import Block, Card, Room, context, fitted, header, listed, section
from bot.cards.names import (
    MARKS,
    SAID,
    about_deal,
    deal_link,
    names_deal,
    record_link,
    system_of,
    title_of,
)
from bot.cards.text import mention, one_line, paragraph, sentence, when
from bot.cards.waiting import MOVED, more_changes, to_complete, waiting
from bot.proposal import Proposal, Status


def draw(proposal: Proposal, audience: Audience = OURS) -> Card:
    """The card of a proposal as it stands, for those who read it; it is decided on only while it waits."""
    if audience.outsiders:
        return shared.draw(proposal, audience)
    return fitted(_spoken(proposal), lambda room: _drawn(proposal, room))


def _drawn(proposal: Proposal, room: Room) -> Iterator[Block]:
    if proposal.status is Status.OPEN:
        return waiting(proposal, room)
    return under_way(proposal, room) if not proposal.status.ended else _ended(proposal, room)


def _spoken(proposal: Proposal) -> str:
    said = proposal.outcome or proposal.preview.headline
    title = one_line(title_of(proposal), 100)
    if proposal.status is not Status.OPEN:
        title += f" ({SAID[proposal.status]})"
    if not names_deal(said, proposal):
        title += f": {one_line(proposal.deal_name, 150)}"
    words = [title, one_line(said, 400)]
    if proposal.status is Status.OPEN:
        words += _spoken_while_open(proposal)
        if proposal.moved:
            words.insert(0, MOVED.replace("*", ""))
    if proposal.override is not None:
        words.insert(0, f"Break-glass: {went_ahead(proposal.override, 300)}")
    words.append(written.spoken(proposal.preview.changes))
    return " ".join(sentence(word) for word in words if word)


def _spoken_while_open(proposal: Proposal) -> Iterator[str]:
    if proposal.alike:
        yield "Make sure this is the right deal, another one of the account looks like it"
    if proposal.preview.findings:
        yield f"{to_complete(proposal.preview.findings)} first"
    if proposal.approvals and proposal.missing:
        yield f"Approved by {names(proposal.approvals)}, still needed: {needed(proposal.missing)}"


# -- decided, on its way ------------------------------------------------------------------------------------
def under_way(proposal: Proposal, room: Room) -> Iterator[Block]:
    """What is carried out, on whose approval, and the steps that are done."""
    by = names(proposal.approvals) or "somebody"
    yield from override_mark(proposal, room)
    yield header(title_of(proposal))
    yield section("deal", about_deal(proposal.preview.headline, proposal, min(room.text, 600)))
    if proposal.status is Status.APPROVED:
        words = f"Approved by {by}. About to be carried out."
    else:
        words = f"Approved by {by}. Being carried out in {system_of(proposal)} now."
    told = [f"{MARKS[proposal.status]}  *{words}*", *_come_so_far(proposal), *_steps(proposal)]
    yield section("progress", listed(told, room.rows))
    if proposal.preview.changes:
        yield section("written", written.lines(proposal.preview.changes, room))
    if proposal.approvals:
        signed_in = any(one.sign_in is not None for one in proposal.approvals)
        at = proposal.approved_at or proposal.approvals[-1].at
        approved = f"by {given(proposal.approvals)}" if signed_in else when(at)
        yield context("approved", f"Approved {approved}  ·  The result comes in the thread")


def _come_so_far(proposal: Proposal) -> Iterator[str]:
    if proposal.progress is not None:
        done, total = proposal.progress.done, proposal.progress.total
        full = round(10 * done / total) if total else 0
        yield f"{'▰' * full}{'▱' * (10 - full)}  {done:,} of {total:,} rows"


def _steps(proposal: Proposal) -> Iterator[str]:
    """The steps that are done; of many records, how far it has come says it better."""
    kind = kinds().get(proposal.kind)
    if kind is not None and kind.many:
        return
    for name, reply in proposal.steps.items():
        label = one_line(name.replace("_", " ").capitalize(), 60) or "—"
        record = f"  ·  {one_line(reply.system, 30)} {one_line(reply.record, 60)}".rstrip()
        yield f":white_check_mark:  {label}{record}  ·  {when(reply.at)}"


# -- over ---------------------------------------------------------------------------------------------------
def _ended(proposal: Proposal, room: Room) -> Iterator[Block]:
    status, limit = proposal.status, min(room.text, 600)
    heading = f"{MARKS[status]}  *{one_line(title_of(proposal), 100)}* — {SAID[status]}"
    outcome = proposal.outcome or ""
    if status is Status.DECLINED:
        by = mention(proposal.ended_by) if proposal.ended_by else "somebody"
        reason = one_line(proposal.reason or "", limit)
        said = f"{deal_link(proposal)}\nDeclined by {by}" + (f": “{reason}”" if reason else "")
    elif names_deal(outcome, proposal):
        said = about_deal(outcome, proposal, limit)
    else:
        said = f"{deal_link(proposal)}\n{paragraph(outcome, limit)}".rstrip()
    yield from override_mark(proposal, room)
    yield section("ended", f"{heading}\n{said}")
    if status is Status.UNVERIFIED:
        yield section("look", whereabouts(proposal, room))
    yield from what_was_to_be_written(proposal, room)
    yield context("receipt", "  ·  ".join(account_of(proposal)))


def what_was_to_be_written(proposal: Proposal, room: Room) -> Iterator[Block]:
    """The values that the card showed, and what became of them."""
    if not proposal.preview.changes:
        return
    begun = proposal.status is Status.UNVERIFIED or proposal.steps
    fate = "_What was to be written:_\n" if begun else "_Not written:_\n"
    if proposal.status is Status.DONE:
        fate = ""
    yield section("written", fate + written.lines(proposal.preview.changes, room))
    yield from more_changes(proposal.preview)


def whereabouts(proposal: Proposal, room: Room) -> str:
    """What a person has to look at, and where, when it is not known what was written."""
    where = record_link(proposal) or system_of(proposal)
    steps = listed(list(_steps(proposal)), min(room.rows, 6))
    look = f"open {where} and compare what is there for {deal_link(proposal)} with what was to be written."
    known = (
        f"These steps were confirmed:\n{steps}"
        if steps
        else "No step was confirmed, so it may or may not be there."
    )
    return (
        f"*Somebody has to look:* {look} Ask for it again only once you know that it is not there.\n{known}"
    )


def account_of(proposal: Proposal) -> Iterator[str]:
    """Who approved, as whom it was done, on which record, and when it was read back."""
    receipt = proposal.receipt
    if proposal.approvals:
        yield f"Approved by {given(proposal.approvals)}"
    if proposal.status is Status.EXPIRED and proposal.approvals and proposal.missing:
        yield f"Never approved by {needed(proposal.missing)}"
    if receipt is not None:
        yield f"Written as {one_line(receipt.acted_as, 80) or '—'} in {record_link(proposal)}"
        if receipt.verified_at is not None:
            yield f"Read back {when(receipt.verified_at)}"
    elif proposal.ended_at is not None:
        yield f"Ended {when(proposal.ended_at)}"
    yield f"Receipt {one_line(proposal.id, 80) or '—'}"
