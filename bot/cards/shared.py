"""What is drawn where people of another company read it: only what is taken over into ``Shown``, and nothing else.

What a later version adds to a proposal is not in here until somebody puts it there.
"""

from collections.abc import Iterator

from pydantic import AwareDatetime

from bot.action import Change
from bot.audience import Audience
from bot.cards import changes as written
from bot.cards.approvals import STOP, given, needed, skipped_people
from bot.cards.blocks import Block, Card, Room, actions, button, context, few, fitted, header, section
from bot.cards.names import MARKS, pressed, title_of
from bot.cards.origins import called_for
from bot.cards.text import is_user, mention, one_line, sentence, when
from bot.cards.waiting import overridable
from bot.deal import Frozen
from bot.proposal import Approval, Approver, Missing, Origin, Proposal, Status, Via

_STANDS = {
    Status.OPEN: "waits for a decision",
    Status.APPROVED: "approved, about to be carried out",
    Status.EXECUTING: "being carried out",
    Status.DONE: "done and read back",
    Status.FAILED: "not done",
    Status.UNVERIFIED: "somebody of the company that runs this bot has to look",
    Status.DECLINED: "declined",
    Status.EXPIRED: "expired, nobody decided in time",
}
_SAID_HERE = (Via.MESSAGE, Via.MENTION, Via.SHORTCUT)
"""The ways in which the words stand in this very channel."""
_MOST_PEOPLE = 20


class Shown(Frozen):
    """All that a card in a shared channel is drawn from."""

    pressed: str
    title: str
    status: Status
    incomplete: bool
    overridable: bool
    moved: bool
    origin: Origin
    approvers: tuple[str, ...]  # Slack ids
    approvals: tuple[Approval, ...]
    missing: tuple[Missing, ...]
    overridden_by: str | None
    skipped: tuple[str, ...]  # mentions
    changes: tuple[Change, ...]
    hidden: int  # changes that the audience may not see
    expires_at: AwareDatetime
    ended_by: str | None
    ended_at: AwareDatetime | None


def shown(proposal: Proposal, audience: Audience) -> Shown:
    """What an audience may see of a proposal: its kind and status, people by id, times, and the values named for it."""
    seen = [change for change in proposal.preview.changes if audience.may_see(change.name)]
    override, origin = proposal.override, proposal.origin
    return Shown(
        pressed=pressed(proposal),
        title=title_of(proposal),
        status=proposal.status,
        incomplete=bool(proposal.preview.findings),
        overridable=overridable(proposal),
        moved=proposal.moved,
        origin=Origin(
            by=_user(origin.by),
            via=origin.via,
            words=origin.words if origin.via in _SAID_HERE else None,
            at=origin.at,
        ),
        approvers=tuple(filter(None, (_user(one.slack) for one in proposal.approvers))),
        approvals=tuple(_approval(one) for one in proposal.approvals),
        missing=tuple(_missing(one) for one in proposal.missing),
        overridden_by=None if override is None else _user(override.by.slack),
        skipped=() if override is None else _people(override.missing),
        changes=tuple(_change(change) for change in seen),
        hidden=len(proposal.preview.changes) - len(seen),
        expires_at=proposal.expires_at,
        ended_by=None if proposal.ended_by is None else _user(proposal.ended_by),
        ended_at=proposal.ended_at,
    )


def draw(proposal: Proposal, audience: Audience) -> Card:
    """The card, and the message that tells how it ended: they say the same here."""
    seen = shown(proposal, audience)
    told = [f"{one_line(seen.title, 100)}, {_stands(seen)}", _broken(seen), written.spoken(seen.changes)]
    text = " ".join(sentence(words) for words in told if words)
    return fitted(text, lambda room: _drawn(seen, room))


def skipped(proposal: Proposal, audience: Audience) -> Card:
    """The message that tells everyone who was skipped."""
    seen = shown(proposal, audience)
    said = f"{_broken(seen)} It is about: {one_line(seen.title, 100)}. The reason is behind View details on the card."
    return fitted(said, lambda room: [section("skipped", f":rotating_light:  {said}"), context("stop", STOP)])


def _drawn(seen: Shown, room: Room) -> Iterator[Block]:
    if seen.overridden_by is not None:
        yield section("override", f":rotating_light:  *{_broken(seen)}*")
    if seen.status is Status.OPEN:
        if seen.moved:
            yield section(
                "moved", ":warning:  *The deal changed since this was approved.* It has to be approved again."
            )
        yield header(seen.title)
    else:
        title = one_line(seen.title, 100)
        yield section("status", f"{MARKS[seen.status]}  *{title}* — {_stands(seen)}")
    yield context("origin", called_for(seen.origin, (), min(room.text, 300)))
    if seen.incomplete and seen.status is Status.OPEN:
        yield section("incomplete", ":memo: *Details have to be completed before this can be approved.*")
    if seen.changes:
        yield section("changes", written.lines(seen.changes, room))
    yield context("more", _more(seen.hidden))
    yield actions("decision", _buttons(seen))
    yield context("terms", "\n".join(_terms(seen)))


def _stands(seen: Shown) -> str:
    if seen.status is not Status.DECLINED:
        return _STANDS[seen.status]
    by = mention(seen.ended_by) if seen.ended_by else "somebody"
    asked = f". {mention(seen.origin.by)} asked for it" if seen.ended_by != seen.origin.by else ""
    return f"declined by {by}{asked}"


def _broken(seen: Shown) -> str:
    if seen.overridden_by is None:
        return ""
    without = f"an approval of {', '.join(seen.skipped)}" if seen.skipped else "an approval that was needed"
    return f"Break-glass: {mention(seen.overridden_by)} went ahead without {without}."


def _more(hidden: int) -> str:
    details = {0: "More is", 1: "1 more detail is"}.get(hidden, f"{hidden} more details are")
    return f"{details} behind View details, for people of the company that runs this bot"


def _buttons(seen: Shown) -> list[Block]:
    """No Approve: who approves has to have seen what they approve, and that is behind View details."""
    is_open = seen.status is Status.OPEN
    buttons = [button("View details", "cosell.review", seen.pressed, seen.title, primary=is_open)]
    if not is_open:
        return buttons
    if seen.incomplete:
        buttons.append(button("Complete details", "cosell.edit", seen.pressed, seen.title))
    else:
        buttons.append(button("Edit", "cosell.edit", seen.pressed, seen.title))
    buttons.append(button("Decline", "cosell.decline", seen.pressed, seen.title))
    if seen.overridable:
        buttons.append(button("Override…", "cosell.override", seen.pressed, seen.title, danger=True))
    return buttons


def _terms(seen: Shown) -> Iterator[str]:
    if seen.status is not Status.OPEN:
        if seen.approvals:
            yield f"Approved by {given(seen.approvals)}"
        yield f"Ended {when(seen.ended_at)}" if seen.ended_at else "The result comes in the thread"
        return
    if seen.approvals:
        left = f" *Still needed:* {needed(seen.missing)}." if seen.missing else ""
        yield f"Approved by {given(seen.approvals)}.{left}"
    elif seen.missing:
        yield f"*Needs:* {needed(seen.missing)}."
    elif seen.approvers:
        people, more = few([mention(user) for user in seen.approvers], _MOST_PEOPLE)
        yield f"*May approve:* {', '.join([*people, *([more] if more else [])])}"
    yield f"Waits until {when(seen.expires_at)}"


# -- what is taken over -------------------------------------------------------------------------------------
def _user(user: str) -> str:
    return user if is_user(user) else ""


def _people(missing: tuple[Missing, ...]) -> tuple[str, ...]:
    people, more = few(skipped_people(tuple(map(_missing, missing))), _MOST_PEOPLE)
    return (*people, *([more] if more else []))


def _missing(missing: Missing) -> Missing:
    """Whose approval is missing; why it is needed may say how large the deal is."""
    return Missing(who="an approval", people=tuple(filter(None, map(_user, missing.people))))


def _approval(approval: Approval) -> Approval:
    by = Approver(name="", slack=_user(approval.by.slack), email="", salesforce=None, calendar=None, why="")
    return Approval(by=by, at=approval.at, version=approval.version, digest="", versions={})


def _change(change: Change) -> Change:
    """Before and after, without what they rest on and what was there once."""
    return Change(
        name="", label=change.label, before=change.before, after=change.after, source="", as_of=change.as_of
    )
