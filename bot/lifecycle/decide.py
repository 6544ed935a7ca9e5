"""A person's decision: recorded before it is acknowledged, without asking any other system."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import cards
from bot.action import Judgement
from bot.deal import Frozen, Json
from bot.errors import Decided, NotAllowed, Refused, Stale, Unavailable
from bot.ledger import AlreadyLive, Kept, Ledger, Refusal
from bot.lifecycle.jobs import Job, Jobs
from bot.pairings import Pairing
from bot.policy import Authority, Decision, Denied, SignInNeeded
from bot.proposal import Approval, Override, Proposal, SignIn, Status
from bot.stops import Stops

log = structlog.get_logger()

LOOKS = 10
"""How often a decision is made again because the proposal moved under it."""


MOMENT = timedelta(seconds=0.5)
"""How old may be what a press knows of the kill switch."""


class Press(Frozen):
    """A press on a card: which proposal, which version was shown, whose finger, and where."""

    proposal: str
    version: int
    user: str  # Slack user id
    team: str  # the user's own workspace
    channel: str = ""  # empty: a form, which is nobody's but the person's who opened it
    message: str = ""  # ts of the message that has the button


@dataclass(frozen=True, slots=True)
class Step:
    """What a decision makes of a proposal, and the work that follows from it."""

    to: Proposal
    event: str
    then: Job
    decision: Decision | None = None


class Deciding:
    """Approve, edit, choose, decline, override."""

    def __init__(self, ledger: Ledger, jobs: Jobs, authority: Authority, now: Callable[[], datetime]) -> None:
        self._ledger, self._jobs, self._authority, self._now = ledger, jobs, authority, now
        self._stops = datetime.min.replace(tzinfo=UTC), Stops()

    def admit(self, user: str, team: str, wanted: str, channel: str) -> None:
        """``NotAllowed``, on the record, unless this is one of our people."""
        press = Press(proposal="", version=0, user=user, team=team, channel=channel)
        with self._on_record(press, wanted):
            self._authority.may_address(user, team)

    # -- approving ------------------------------------------------------------------------------------------
    def approve(self, press: Press, sign_in: SignIn | None = None) -> None:
        """Record the approval of exactly what was shown; with the last one that is needed, have it carried out.

        ``SignInNeeded`` when the policy wants a fresh sign-in first.
        """
        stops = self._standing()

        def approved(proposal: Proposal) -> Step:
            if (stop := stops.against(proposal)) is not None:
                raise Refused(f"Nothing was approved. {cards.why_not(stop)}")
            if proposal.preview.findings:
                raise Refused("Some details are missing or wrong. Press Complete details first.")
            if proposal.has_approval_of(press.user):
                raise Decided(f"You approved this already. Still needed: {_still_needed(proposal)}.")
            by, decision = self._authority.may_approve(proposal, press.user, press.team, sign_in)
            approval = Approval(
                by=by,
                at=self._now(),
                version=proposal.version,
                digest=proposal.digest,
                versions=proposal.preview.versions,
                sign_in=sign_in,
            )
            return self._given(proposal, approval, decision)

        self._decide(press, "approve", approved)

    def _given(self, proposal: Proposal, approval: Approval, decision: Decision) -> Step:
        """One more approval: the last that was needed, or not yet."""
        given: dict[str, Any] = {
            "approvals": (*proposal.approvals, approval),
            "policy": decision.policy,
            "missing": (),
        }
        if not _needs_one(proposal, decision):
            given["missing"] = self._authority.missing(proposal.becomes(Status.OPEN, **given))
        if given["missing"]:
            to = proposal.becomes(Status.OPEN, **given)
            return Step(to=to, event="proposal.approved_in_part", then=Job.SHOW, decision=decision)
        to = proposal.becomes(Status.APPROVED, moved=False, **given)
        return Step(to=to, event="proposal.approved", then=Job.CARRY_OUT, decision=decision)

    # -- break-glass ----------------------------------------------------------------------------------------
    def override_form(self, press: Press) -> dict[str, Any]:
        """The form that asks why a missing approval is not waited for."""
        proposal = self._open(press, "override").proposal
        with self._on_record(press, "override"):
            self._authority.may_override(proposal, press.user, press.team)
        _overridable(proposal)
        return cards.override_form(proposal)

    def override(self, press: Press, reason: str) -> None:
        """Record that somebody authorised goes ahead without what is missing, and have it carried out."""
        stops = self._standing()

        def overridden(proposal: Proposal) -> Step:
            if (stop := stops.against(proposal)) is not None:
                raise Refused(f"Nothing was approved. {cards.why_not(stop)}")
            by, decision = self._authority.may_override(proposal, press.user, press.team)
            _overridable(proposal)
            override = Override(by=by, at=self._now(), reason=reason, missing=proposal.missing)
            to = proposal.becomes(Status.OPEN, override=override, policy=decision.policy)
            left = self._authority.missing(to)
            if left:
                raise Refused(f"No override stands in for {' and '.join(one.who for one in left)}.")
            to = to.becomes(Status.APPROVED, missing=(), moved=False)
            return Step(to=to, event="proposal.overridden", then=Job.CARRY_OUT, decision=decision)

        self._decide(press, "override", overridden)

    # -- looking and changing -------------------------------------------------------------------------------
    def details(self, press: Press) -> dict[str, Any]:
        """Everything that a card keeps from outsiders; with a button to approve it, for whoever may."""
        kept = self._known(press)
        proposal = kept.proposal
        with self._on_record(press, "see"):
            self._in_place(proposal, press)
            self._authority.may_see(proposal, press.user, press.team)
        able = (
            proposal.status is Status.OPEN
            and not proposal.preview.findings
            and not proposal.has_approval_of(press.user)
            and self._authority.is_approver(proposal, press.user, press.team)
        )
        return cards.details(proposal, able)

    def form(self, press: Press) -> dict[str, Any]:
        """The edit form of what the card shows."""
        proposal = self._open(press, "edit").proposal
        with self._on_record(press, "edit"):
            self._authority.may_change(proposal, press.user, press.team)
        return cards.edit_form(proposal, proposal.action.form(self._ledger.facts(proposal.id)))

    def edit(self, press: Press, answers: Mapping[str, Json]) -> None:
        """Record the action with a form's answers; ``Invalid`` names each answer that cannot be taken.

        Approvals that were given to what it was before are gone with it.
        """

        def edited(proposal: Proposal) -> Step:
            self._authority.may_change(proposal, press.user, press.team)
            deal = self._ledger.facts(proposal.id)
            was, action = proposal.action, proposal.action.answered(answers, deal)
            action.check(deal)
            self._remember(was.judgements(action), press)
            to = proposal.becomes(
                Status.OPEN,
                subject=action.subject(),
                payload=action.payload(),
                preview=action.preview(deal),
                version=proposal.version + 1,
                edited_by=press.user,
                approvals=(),
                moved=False,
                policy=self._authority.digest,
            )
            to = to.becomes(Status.OPEN, missing=self._authority.needed(to))
            return Step(to=to, event="proposal.edited", then=Job.SHOW)

        self._decide(press, "edit", edited)

    def choose(self, press: Press, option: int) -> None:
        """Take another of the choices that the card offers."""
        options = self._open(press, "choose").proposal.preview.options
        if not 0 <= option < len(options):
            raise Stale("That choice is no longer offered. Look at the card again.")
        self.edit(press, {"slot": options[option].value})

    def undo(self, press: Press) -> None:
        """Have it proposed that what was written is put back."""
        kept = self._known(press)
        with self._on_record(press, "undo"):
            self._in_place(kept.proposal, press)
            self._authority.may_undo(kept.proposal, press.user, press.team)
        self._follow(kept.proposal, "undo", press.user)

    def retry(self, press: Press) -> None:
        """Have it proposed that what was not written is tried again."""
        kept = self._known(press)
        with self._on_record(press, "retry"):
            self._in_place(kept.proposal, press)
            self._authority.may_address(press.user, press.team)
        self._follow(kept.proposal, "retry", press.user)

    def decline_form(self, press: Press) -> dict[str, Any]:
        """The form that asks for the reason."""
        proposal = self._open(press, "decline").proposal
        with self._on_record(press, "decline"):
            self._authority.may_change(proposal, press.user, press.team)
        return cards.decline_form(proposal)

    def decline(self, press: Press, reason: str) -> None:
        """Record that it shall not be done, and why."""

        def declined(proposal: Proposal) -> Step:
            self._authority.may_change(proposal, press.user, press.team)
            to = proposal.becomes(
                Status.DECLINED,
                reason=reason,
                ended_by=press.user,
                ended_at=self._now(),
                outcome="Declined; nothing was done.",
                policy=self._authority.digest,
            )
            return Step(to=to, event="proposal.declined", then=Job.SHOW)

        self._decide(press, "decline", declined)

    # -- behind them ----------------------------------------------------------------------------------------
    def _follow(self, proposal: Proposal, what: str, user: str) -> None:
        self._jobs.send(
            Job.FOLLOW,
            id=proposal.id,
            what=what,
            channel=proposal.channel,
            user=user,
            cause=uuid.uuid4().hex,
        )

    def _remember(self, judgements: Iterable[Judgement], press: Press) -> None:
        """Record what a form said of who is who, for the next time: before the card, so that it is never forgotten."""
        for said in judgements:
            self._ledger.pair(
                Pairing(
                    partner=said.partner,
                    theirs=said.theirs,
                    ours=said.ours,
                    yes=said.yes,
                    by=press.user,
                    name=self._authority.name(press.user),
                    at=self._now(),
                    cause=f"{press.proposal}|{press.version}|{said.theirs}|{said.ours}|{said.yes}",
                )
            )

    def _standing(self) -> Stops:
        """The stops that stood at most a moment ago; the worker looks again before every write."""
        at, stops = self._stops
        if self._now() - at > MOMENT:
            stops = self._ledger.stops()
            self._stops = self._now(), stops
        return stops

    def _known(self, press: Press) -> Kept:
        kept = self._ledger.get(press.proposal)
        if kept is None:
            raise Refused("I do not know this card. It may belong to another installation.")
        return kept

    def _open(self, press: Press, wanted: str) -> Kept:
        kept = self._known(press)
        proposal = kept.proposal
        with self._on_record(press, wanted):
            self._in_place(proposal, press)
        if proposal.status is not Status.OPEN:
            raise Decided(what_became_of(proposal, press.user))
        if self._now() >= proposal.expires_at:
            raise Decided("This card waited too long and has expired. Ask for it again.")
        if press.version != proposal.version:
            raise Stale("The card has changed since. Look at what it shows now, then decide.")
        return kept

    def _in_place(self, proposal: Proposal, press: Press) -> None:
        """A button counts where its card is: one that was copied elsewhere, or sent from elsewhere, does not."""
        elsewhere = press.channel and press.channel != proposal.channel
        own = {ts for ts in (proposal.card_ts, proposal.result_ts) if ts}
        another = press.message and own and press.message not in own
        if elsewhere or another:
            raise NotAllowed("This button does not belong to this message. Use the card itself.")

    @contextmanager
    def _on_record(self, press: Press, wanted: str) -> Iterator[None]:
        """Whoever is not let is on the record."""
        try:
            yield
        except SignInNeeded:
            raise
        except NotAllowed as refused:
            denied = refused.decision if isinstance(refused, Denied) else None
            log.info("decision.refused", proposal=press.proposal, wanted=wanted, by=press.user)
            self._ledger.refuse(
                Refusal(
                    by=press.user,
                    team=press.team,
                    wanted=wanted,
                    proposal=press.proposal,
                    channel=press.channel,
                    why=str(refused),
                    policy=denied.policy if denied else self._authority.digest,
                    decision=denied.entry() if denied else None,
                    cause=uuid.uuid4().hex,
                )
            )
            raise

    def _decide(self, press: Press, wanted: str, change: Callable[[Proposal], Step]) -> None:
        """Record a decision on what was shown, together with the work that follows from it.

        What else may move meanwhile, such as which version the card shows or another's approval, is no reason to send
        anybody away: the decision is made again on the newest state, which says so if it is no longer theirs to make.
        """
        for _ in range(LOOKS):
            kept = self._open(press, wanted)
            with self._on_record(press, wanted):
                step = change(kept.proposal)
            to = step.to
            handover = self._jobs.handover(step.then, id=to.id)
            decision = step.decision.entry() if step.decision is not None else None
            try:
                self._ledger.move(kept, to, step.event, press.user, handover=handover, decision=decision)
            except AlreadyLive:
                raise Refused("Exactly this is under way already, on another card of this deal.") from None
            except Decided:
                continue
            log.info(step.event, proposal=to.id, kind=to.kind, version=to.version, by=press.user)
            return
        raise Unavailable("This card is changing too quickly to decide on it.")


def _needs_one(proposal: Proposal, decision: Decision) -> bool:
    """Whether this policy was found to be content with any one of a card's approvers when the card was drawn.

    It is not asked again for that at the click; the worker asks before it claims, and before each write.
    """
    untouched = not proposal.approvals and not proposal.missing
    return untouched and proposal.policy == decision.policy and bool(proposal.approvers)


def _overridable(proposal: Proposal) -> None:
    """``Refused`` where there is nothing to override, or nobody yet in whose name the write would be made."""
    if not proposal.missing:
        raise Refused("No approval is missing here, so there is nothing to override.")
    if not proposal.approvals:
        raise Refused("Nobody has approved this yet. An override stands in for one of several, not for all.")


def _still_needed(proposal: Proposal) -> str:
    return " and ".join(one.who for one in proposal.missing) or "nothing"


def what_became_of(proposal: Proposal, asker: str) -> str:
    """Plain words for somebody who presses a card that is no longer theirs to decide."""
    names = ["You" if given.by.slack == asker else given.by.name for given in proposal.approvals]
    who = " and ".join(names) or "Somebody"
    match proposal.status:
        case Status.OPEN:
            return "The card has changed since. Look at what it shows now, then decide."
        case Status.APPROVED | Status.EXECUTING:
            return f"{who} approved this already. It is being carried out; the result comes in the thread."
        case Status.DECLINED:
            decliner = "You" if proposal.ended_by == asker else f"<@{proposal.ended_by}>"
            return f"{decliner} declined this already. Nothing was done."
        case Status.EXPIRED:
            return "This card waited too long and has expired. Ask for it again."
    return f"{who} approved this already. {proposal.outcome or ''}".strip()
