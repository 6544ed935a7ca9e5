"""A proposal in any state as a card: one function, so that a redrawn card never says less than the ledger."""

from collections.abc import Iterator
from datetime import datetime

from bot.action import Finding, Option
from bot.cards import changes as written
from bot.cards.blocks import (
    Block,
    Card,
    Room,
    actions,
    button,
    context,
    divider,
    few,
    fitted,
    header,
    listed,
    packed,
    section,
)
from bot.cards.names import about_deal, deal_link, names_deal, record_link, system_of, title_of
from bot.cards.quoting import quoted
from bot.cards.text import mention, one_line, paragraph, sentence, when
from bot.proposal import Proposal, Status, Via

MARKS = {
    Status.OPEN: ":large_blue_circle:",
    Status.APPROVED: ":hourglass_flowing_sand:",
    Status.EXECUTING: ":hourglass_flowing_sand:",
    Status.DONE: ":white_check_mark:",
    Status.FAILED: ":x:",
    Status.UNVERIFIED: ":warning:",
    Status.DECLINED: ":no_entry_sign:",
    Status.EXPIRED: ":zzz:",
}
SAID = {
    Status.OPEN: "waits for a decision",
    Status.APPROVED: "approved",
    Status.EXECUTING: "being carried out",
    Status.DONE: "done",
    Status.FAILED: "not done",
    Status.UNVERIFIED: "a person must look",
    Status.DECLINED: "declined",
    Status.EXPIRED: "expired",
}

_MOVED = "*The deal changed since this was approved.* Check the marked lines and approve again."


AS_WHOM = {
    "Salesforce": "Salesforce will show the approver as the one who changed it.",
    "Google Calendar": "The invitation comes from the approver's calendar.",
}
"""What a system will show of who approved; AWS shows our account, and the ledger the approver."""


def draw(proposal: Proposal) -> Card:
    """The card of a proposal as it stands; buttons only while it waits for a decision."""
    drawing = _open if proposal.status is Status.OPEN else _under_way if not proposal.status.ended else _ended
    return fitted(_spoken(proposal), lambda room: drawing(proposal, room))


def _spoken(proposal: Proposal) -> str:
    said = proposal.outcome or proposal.preview.headline
    title = one_line(title_of(proposal), 100)
    if proposal.status is not Status.OPEN:
        title += f" ({SAID[proposal.status]})"
    if not names_deal(said, proposal):
        title += f": {one_line(proposal.deal_name, 150)}"
    words = [title, one_line(said, 400)]
    if proposal.moved and proposal.status is Status.OPEN:
        words.insert(0, _MOVED.replace("*", ""))
    if proposal.preview.findings and proposal.status is Status.OPEN:
        words.append(f"{_count(len(proposal.preview.findings), 'detail')} to complete first")
    words.append(written.spoken(proposal.preview.changes))
    return " ".join(sentence(word) for word in words if word)


# -- waiting for a decision ---------------------------------------------------------------------------------
def _open(proposal: Proposal, room: Room) -> Iterator[Block]:
    preview = proposal.preview
    if proposal.moved:
        yield section("moved", f":warning:  {_MOVED}")
    yield header(title_of(proposal))
    yield section("deal", about_deal(preview.headline, proposal, min(room.text, 600)))
    yield context("origin", _origin(proposal, room))
    if preview.findings:
        yield from _findings(preview.findings, room)
        yield actions("decision", _decision(proposal))
    if preview.options:
        yield from _options(proposal, room)
    if preview.changes:
        yield divider("before_changes")
        if preview.findings:
            yield section("so_far", "*What will be sent, as far as it is known*")
        yield from written.table(preview.changes, room)
    if preview.notes:
        notes = [f"•  {paragraph(note, min(room.text, 300)) or '—'}" for note in preview.notes]
        yield section("notes", listed(notes, min(room.rows, 10)))
    yield divider("before_decision")
    if not preview.findings:
        yield actions("decision", _decision(proposal))
    yield context("terms", "\n".join(_terms(proposal, room)))


def _origin(proposal: Proposal, room: Room) -> str:
    origin = proposal.origin
    said = quoted(origin.words or "", proposal.approvers, min(room.text, 300))
    match origin.via:
        case Via.FOLLOW_UP:
            words = "Follows what was just done" + (
                f": {one_line(origin.words, 200)}" if origin.words else ""
            )
        case Via.COMMAND:
            words = f"{mention(origin.by)} asked" + (f": {said}" if said else "")
        case Via.SHORTCUT:
            words = f"{mention(origin.by)} picked a message" + (f": “{said}”" if said else "")
        case _:
            words = f"{mention(origin.by)} said: “{said}”" if said else f"{mention(origin.by)} asked"
    return f"{words}  ·  {when(origin.at)}"


def _findings(findings: tuple[Finding, ...], room: Room) -> Iterator[Block]:
    shown, more = few(findings, min(room.rows, 10))
    limit = min(room.text, 300)
    heading = f":memo: *{_count(len(findings), 'detail')} to complete before this can be approved*"
    drawn = [
        f"•  *{one_line(finding.label, 80) or '—'}*: {sentence(one_line(finding.edit, limit)) or '—'}"
        f"\n     _{sentence(one_line(finding.problem, limit)) or '—'}_"
        for finding in shown
    ]
    if more:
        drawn.append(f"_{more}_")
    for number, batch in enumerate(packed([heading, *drawn])):
        yield section(f"findings.{number}", batch)


def _options(proposal: Proposal, room: Room) -> Iterator[Block]:
    title, limit = title_of(proposal), min(room.text, 150)
    shown, more = few(proposal.preview.options, min(room.rows, 10))
    for index, option in enumerate(shown):
        chosen = _chosen(option, proposal)
        mark = ":radio_button:" if chosen else ":white_circle:"
        text = f"{mark}  *{one_line(option.label, limit) or '—'}*" + ("  ·  chosen" if chosen else "")
        if why := one_line(option.why, limit):
            text += f"\n{why[:1].upper()}{why[1:]}"
        choose = button("Choose", f"cosell.choose.{index}", _value(proposal), f"{option.label}, {title}")
        yield section(f"option.{index}", text, None if chosen else choose)
    if more:
        yield context("option.more", more)


def _chosen(option: Option, proposal: Proposal) -> bool:
    return any(_moment(option.value) == _moment(value) for value in proposal.payload.values())


def _moment(value: object) -> object:
    """The same moment is the same choice, however its offset is written."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return value
    return moment.timestamp() if moment is not None and moment.tzinfo is not None else value


def _decision(proposal: Proposal) -> list[Block]:
    about = f"{title_of(proposal)}, {proposal.deal_name}"
    value = _value(proposal)
    decline = button("Decline", "cosell.decline", value, about)
    if proposal.preview.findings:
        return [button("Complete details", "cosell.edit", value, about, primary=True), decline]
    approve = button("Approve", "cosell.approve", value, about, primary=True)
    return [approve, button("Edit", "cosell.edit", value, about), decline]


def _value(proposal: Proposal) -> str:
    return f"{proposal.id}|{proposal.version}"


def _terms(proposal: Proposal, room: Room) -> Iterator[str]:
    shown, more = few(proposal.approvers, min(room.rows, 8))
    people = [f"{mention(person.slack)} ({one_line(person.why, 60) or 'may approve'})" for person in shown]
    if people:
        who = ", ".join([*people, *([more] if more else [])])
        yield f"*May approve:* {who}. {AS_WHOM.get(system_of(proposal), '')}".rstrip()
    else:
        account = f"with an account in {system_of(proposal)}"
        yield f":warning: Nobody may approve this yet. It takes the owner or a partner manager, {account}."
    edited = f"Edited by {mention(proposal.edited_by)}  ·  " if proposal.edited_by else ""
    yield f"{edited}Waits until {when(proposal.expires_at)}"


# -- decided, on its way ------------------------------------------------------------------------------------
def _under_way(proposal: Proposal, room: Room) -> Iterator[Block]:
    approval = proposal.approval
    by = mention(approval.by.slack) if approval else "somebody"
    yield header(title_of(proposal))
    yield section("deal", about_deal(proposal.preview.headline, proposal, min(room.text, 600)))
    if proposal.status is Status.APPROVED:
        words = f"Approved by {by}. About to be carried out."
    else:
        words = f"Approved by {by}. Being carried out in {system_of(proposal)} now."
    yield section("progress", listed([f"{MARKS[proposal.status]}  *{words}*", *_steps(proposal)], room.rows))
    if proposal.preview.changes:
        yield section("written", written.lines(proposal.preview.changes, room))
    if approval is not None:
        yield context("approved", f"Approved {when(approval.at)}  ·  The result comes in the thread")


def _steps(proposal: Proposal) -> Iterator[str]:
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
    body = [heading, said]
    yield section("ended", "\n".join(body))
    if status is Status.UNVERIFIED:
        yield section("look", whereabouts(proposal, room))
    if proposal.preview.changes:
        yield section("written", _fate(proposal) + written.lines(proposal.preview.changes, room))
    yield context("receipt", "  ·  ".join(account_of(proposal)))


def _fate(proposal: Proposal) -> str:
    """What became of the values that the card showed."""
    if proposal.status is Status.DONE:
        return ""
    begun = proposal.status is Status.UNVERIFIED or proposal.steps
    return "_What was to be written:_\n" if begun else "_Not written:_\n"


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
    approval, receipt = proposal.approval, proposal.receipt
    if approval is not None:
        yield f"Approved by {mention(approval.by.slack)} {when(approval.at)}"
    if receipt is not None:
        yield f"Written as {one_line(receipt.acted_as, 80) or '—'} in {record_link(proposal)}"
        if receipt.verified_at is not None:
            yield f"Read back {when(receipt.verified_at)}"
    elif proposal.ended_at is not None:
        yield f"Ended {when(proposal.ended_at)}"
    yield f"Receipt {one_line(proposal.id, 80) or '—'}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
