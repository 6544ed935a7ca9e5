"""The message that tells the thread how it ended: the audited result, or what to do next."""

from collections.abc import Iterator

from bot.action import Receipt
from bot.audience import OURS, Audience
from bot.cards import changes as written
from bot.cards import shared
from bot.cards.approvals import override_mark, went_ahead
from bot.cards.blocks import Block, Card, Room, actions, button, context, fitted, listed, section
from bot.cards.names import MARKS, SAID, about_deal, deal_link, names_deal, pressed, title_of
from bot.cards.proposals import account_of, whereabouts
from bot.cards.text import mention, one_line, report, sentence
from bot.deal import Json
from bot.proposal import Proposal, Status

_NEXT = {
    Status.FAILED: "Nothing was written. Correct what it names, then ask for it again in this channel.",
    Status.EXPIRED: "Nothing was written. Ask for it again if it is still wanted.",
    Status.DECLINED: "Nothing was written.",
}


def result(proposal: Proposal, audience: Audience = OURS) -> Card:
    """One sentence of outcome, what was written, as whom, on whose approval, where to see it; for those who read it."""
    if audience.outsiders:
        return shared.draw(proposal, audience)
    told = [_sentence(proposal, 600), _asked(proposal), _next(proposal)]
    if proposal.override is not None:
        told.insert(0, sentence(f"Break-glass: {went_ahead(proposal.override, 300)}"))
    title = f"{one_line(title_of(proposal), 100)}, {SAID[proposal.status]}:"
    return fitted(
        " ".join([title, *filter(None, told)]),
        lambda room: [*override_mark(proposal, room), *told_of(proposal, room), *_what_can_follow(proposal)],
    )


def _what_can_follow(proposal: Proposal) -> Iterator[Block]:
    """Buttons that ask for what was not written to be tried again, and for what was to be put back."""
    about = f"{title_of(proposal)}, {proposal.deal_name}"
    buttons = []
    if proposal.unwritten:
        rows = f"{proposal.unwritten:,} rows" if proposal.unwritten > 1 else "1 row"
        buttons.append(button(f"Try {rows} again", "cosell.retry", pressed(proposal), about))
    if proposal.undoable:
        buttons.append(button("Undo…", "cosell.undo", pressed(proposal), about))
    if buttons:
        yield actions("following", buttons)


def told_of(proposal: Proposal, room: Room) -> Iterator[Block]:
    """The blocks of the result, below the mark of an override."""
    status, receipt = proposal.status, proposal.receipt
    yield section("outcome", f"{MARKS[status]}  {_outcome(proposal, min(room.text, 600))}")
    if status is Status.DONE:
        if values := _values(proposal, room):
            yield section("values", values)
        if receipt is not None and receipt.details:
            details = [f"•  {report(detail, min(room.text, 300)) or '—'}" for detail in receipt.details]
            yield section("details", listed(details, min(room.rows, 10)))
    if status is Status.UNVERIFIED:
        yield section("next", whereabouts(proposal, room))
        if proposal.preview.changes:
            yield section("values", f"_To be written:_\n{written.lines(proposal.preview.changes, room)}")
    if words := _next(proposal):
        yield section("next", words)
    yield context("receipt", "  ·  ".join([*account_of(proposal), *_partnership(proposal, receipt)]))


def _outcome(proposal: Proposal, limit: int) -> str:
    """The sentence, with the deal it is about."""
    outcome = proposal.outcome or ""
    if proposal.status is not Status.DECLINED and names_deal(outcome, proposal):
        return f"*{about_deal(sentence(' '.join(outcome.split())), proposal, limit)}*"
    return "\n".join(filter(None, [f"*{_sentence(proposal, limit)}*", deal_link(proposal), _asked(proposal)]))


def _asked(proposal: Proposal) -> str:
    """Turns to whoever asked for what somebody else declined."""
    if proposal.status is not Status.DECLINED or proposal.ended_by == proposal.origin.by:
        return ""
    return f"{mention(proposal.origin.by)} asked for it."


def _next(proposal: Proposal) -> str:
    """What to do next. Where a step was done before it failed, the outcome itself says what is there and what to do."""
    said = _NEXT.get(proposal.status, "")
    if proposal.status is Status.FAILED and proposal.steps:
        return ""
    told = (proposal.outcome or "").startswith("Nothing was written")
    return said.removeprefix("Nothing was written.").strip() if told else said


def _sentence(proposal: Proposal, limit: int) -> str:
    outcome = proposal.outcome or (proposal.receipt.summary if proposal.receipt else "")
    if proposal.status is Status.DECLINED:
        by = mention(proposal.ended_by) if proposal.ended_by else "Somebody"
        reason = one_line(proposal.reason or "", limit)
        return f"{by} declined this: “{reason}”" if reason else f"{by} declined this."
    return sentence(one_line(outcome, limit)) or f"{title_of(proposal)}: {SAID[proposal.status]}."


def _values(proposal: Proposal, room: Room) -> str:
    """Before → after of a record that was there before; what a new one holds is on the card."""
    receipt = proposal.receipt
    if receipt is None or not receipt.before:
        return ""
    shown = {change.name: change for change in proposal.preview.changes}
    limit = min(room.text, 300)
    drawn = []
    for name, after in receipt.after.items():
        before, change = receipt.before.get(name), shown.get(name)
        label = one_line(change.label if change else name, 80) or "—"
        told = (change.before, change.after) if change else (before, after)
        drawn.append(f"*{label}*   {_shown(told[0], limit)}  →  *{_shown(told[1], limit)}*")
    return listed(drawn, room.rows)


def _shown(value: Json, limit: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return one_line(", ".join(map(str, value)), limit) or "empty"
    return one_line("" if value is None else str(value), limit) or "empty"


def _partnership(proposal: Proposal, receipt: Receipt | None) -> Iterator[str]:
    if receipt is None:
        return
    partner = receipt.partner_of_record or proposal.partner_of_record
    attribution = receipt.attribution or proposal.attribution
    if partner:
        yield f"Partner of record {one_line(partner, 80)}"
    if attribution:
        yield f"Attribution {one_line(attribution, 80)}"
