"""A proposal that waits for a decision, drawn: what would be written, what speaks against it, who may decide."""

from collections.abc import Iterator
from datetime import datetime

from bot.action import Finding, Listing, Option, Preview
from bot.cards import changes as written
from bot.cards.approvals import given, needed, override_mark
from bot.cards.blocks import (
    Block,
    Room,
    actions,
    button,
    context,
    divider,
    few,
    header,
    listed,
    packed,
    section,
)
from bot.cards.names import about_deal, pressed, system_of, title_of
from bot.cards.origins import called_for
from bot.cards.text import link, mention, one_line, paragraph, sentence, when
from bot.proposal import LookAlike, Proposal

MOVED = "*The deal changed since this was approved.* Check the marked lines and approve again."
AS_WHOM = {
    "Salesforce": "Salesforce will show the approver as the one who changed it.",
    "Google Calendar": "The invitation comes from the approver's calendar.",
}
"""What a system will show of who approved; AWS shows our account, and the ledger the approver."""
_MOST_ALIKE = 3


def waiting(proposal: Proposal, room: Room, *, buttons: bool = True) -> Iterator[Block]:
    """Everything that is decided on, in the order in which it is read; ``buttons`` where it is decided on here."""
    preview = proposal.preview
    yield from override_mark(proposal, room)
    if proposal.moved:
        yield section("moved", f":warning:  {MOVED}")
    yield header(title_of(proposal))
    yield section("deal", about_deal(preview.headline, proposal, min(room.text, 600)))
    if proposal.alike:
        yield section("alike", _alike(proposal.alike))
    yield context("origin", called_for(proposal.origin, proposal.approvers, min(room.text, 300)))
    if preview.findings:
        yield from _findings(preview.findings, room)
        if buttons:
            yield actions("decision", _decision(proposal))
    if preview.options:
        yield from _options(proposal, room, buttons=buttons)
    if preview.changes:
        yield divider("before_changes")
        if preview.findings:
            yield section("so_far", "*What will be sent, as far as it is known*")
        yield from written.table(preview.changes, room)
        yield from more_changes(preview)
    for number, listing in enumerate(preview.listings):
        yield section(f"listing.{number}", _listing(listing, room))
    if preview.notes:
        notes = [f"•  {paragraph(note, min(room.text, 300)) or '—'}" for note in preview.notes]
        yield section("notes", listed(notes, min(room.rows, 10)))
    yield divider("before_decision")
    if buttons and not preview.findings:
        yield actions("decision", _decision(proposal))
    yield context("terms", "\n".join(_terms(proposal, room)))


def _listing(listing: Listing, room: Room) -> str:
    shown, _ = few(listing.lines, room.rows)
    lines = [f"•  {one_line(line, min(room.text, 300)) or '—'}" for line in shown]
    rest = listing.total - len(shown)
    more = [f"_… and {rest:,} more_"] if rest else []
    return listed([f"*{one_line(listing.title, 150)}*", *lines, *more], len(lines) + 2)


def more_changes(preview: Preview) -> Iterator[Block]:
    """That there are changes beside those that are shown, and where they stand."""
    if preview.more:
        yield context(
            "more_changes", f"… and {preview.more:,} more; all of them are in the file in this thread"
        )


def to_complete(findings: tuple[Finding, ...]) -> str:
    """How many details are missing or wrong: "2 details to complete"."""
    return f"{len(findings)} {'detail' if len(findings) == 1 else 'details'} to complete"


def _alike(alike: tuple[LookAlike, ...]) -> str:
    shown, more = few(alike, _MOST_ALIKE)
    heading = ":mag: *Make sure this is the right deal.*"
    told = [
        f"{link(one.url, one.name) or 'Another deal'} at the same account has "
        f"{sentence(one_line(one.why, 100) or 'much in common')}"
        for one in shown
    ]
    if len(alike) == 1:
        return f"{heading} {told[0]}"
    return "\n".join([heading, *(f"•  {line}" for line in told), *([f"_{more}_"] if more else [])])


def _findings(findings: tuple[Finding, ...], room: Room) -> Iterator[Block]:
    shown, more = few(findings, min(room.rows, 10))
    limit = min(room.text, 300)
    heading = f":memo: *{to_complete(findings)} before this can be approved*"
    drawn = [
        f"•  *{one_line(finding.label, 80) or '—'}*: {sentence(one_line(finding.edit, limit)) or '—'}"
        f"\n     _{sentence(one_line(finding.problem, limit)) or '—'}_"
        for finding in shown
    ]
    if more:
        drawn.append(f"_{more}_")
    for number, batch in enumerate(packed([heading, *drawn])):
        yield section(f"findings.{number}", batch)


def _options(proposal: Proposal, room: Room, *, buttons: bool) -> Iterator[Block]:
    title, limit = title_of(proposal), min(room.text, 150)
    shown, more = few(proposal.preview.options, min(room.rows, 10))
    for index, option in enumerate(shown):
        chosen = _chosen(option, proposal)
        mark = ":radio_button:" if chosen else ":white_circle:"
        text = f"{mark}  *{one_line(option.label, limit) or '—'}*" + ("  ·  chosen" if chosen else "")
        if why := one_line(option.why, limit):
            text += f"\n{why[:1].upper()}{why[1:]}"
        choose = button("Choose", f"cosell.choose.{index}", pressed(proposal), f"{option.label}, {title}")
        yield section(f"option.{index}", text, choose if buttons and not chosen else None)
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
    value = pressed(proposal)
    decline = button("Decline", "cosell.decline", value, about)
    if proposal.preview.findings:
        return [button(_completing(proposal), "cosell.edit", value, about, primary=True), decline]
    approve = button("Approve", "cosell.approve", value, about, primary=True)
    editing = proposal.preview.editing
    edit = [] if editing is None else [button(editing, "cosell.edit", value, about)]
    buttons = [approve, *edit, decline]
    return [*buttons, override_button(proposal, about)] if overridable(proposal) else buttons


def _completing(proposal: Proposal) -> str:
    editing = proposal.preview.editing
    return "Complete details" if editing in (None, "Edit") else editing


def overridable(proposal: Proposal) -> bool:
    """Whether there is an approval that an override could stand in for, and one in whose name the write is made."""
    return bool(proposal.approvals and proposal.missing) and not proposal.preview.findings


def override_button(proposal: Proposal, about: str) -> Block:
    """The button that breaks the glass."""
    return button("Override…", "cosell.override", pressed(proposal), about, danger=True)


def _terms(proposal: Proposal, room: Room) -> Iterator[str]:
    shown, more = few(proposal.approvers, min(room.rows, 8))
    people = [f"{mention(person.slack)} ({one_line(person.why, 60) or 'may approve'})" for person in shown]
    as_whom = AS_WHOM.get(system_of(proposal), "")
    if proposal.approvals:
        left = f" *Still needed:* {needed(proposal.missing)}." if proposal.missing else ""
        yield f":ballot_box_with_check: Approved by {given(proposal.approvals)}.{left} {as_whom}".rstrip()
    elif not people:
        account = f"with an account in {system_of(proposal)}"
        yield f":warning: Nobody may approve this yet. It takes the owner or a partner manager, {account}."
    elif proposal.missing:
        yield f"*Needs:* {needed(proposal.missing)}. {as_whom}".rstrip()
    else:
        who = ", ".join([*people, *([more] if more else [])])
        yield f"*May approve:* {who}. {as_whom}".rstrip()
    edited = f"Edited by {mention(proposal.edited_by)}  ·  " if proposal.edited_by else ""
    yield f"{edited}Waits until {when(proposal.expires_at)}"
