"""A person's decision: recorded before it is acknowledged, without asking any other system."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import cards, policy
from bot.config import Config
from bot.deal import Frozen, Json
from bot.errors import Decided, Refused, Stale, Unavailable
from bot.ledger import AlreadyLive, Kept, Ledger
from bot.lifecycle.jobs import Job, Jobs
from bot.proposal import Approval, Proposal, Status
from bot.stops import Stops

log = structlog.get_logger()

LOOKS = 10
"""How often a decision is made again because the proposal moved under it."""


MOMENT = timedelta(seconds=0.5)
"""How old may be what a press knows of the kill switch."""


class Press(Frozen):
    """A press on a card: which proposal, which version was shown, and whose finger."""

    proposal: str
    version: int
    user: str  # Slack user id
    team: str  # the user's own workspace


class Deciding:
    """Approve, edit, choose, decline."""

    def __init__(self, ledger: Ledger, jobs: Jobs, config: Config, now: Callable[[], datetime]) -> None:
        self._ledger, self._jobs, self._config, self._now = ledger, jobs, config, now
        self._stops = datetime.min.replace(tzinfo=UTC), Stops()

    def approve(self, press: Press) -> None:
        """Record the approval of exactly what was shown, then have it carried out."""

        stops = self._standing()

        def approved(proposal: Proposal) -> Proposal:
            if (stop := stops.against(proposal)) is not None:
                raise Refused(f"Nothing was approved. {cards.why_not(stop)}")
            if proposal.preview.findings:
                raise Refused("Some details are missing or wrong. Press Complete details first.")
            approval = Approval(
                by=policy.may_approve(proposal, press.user, press.team, self._config),
                at=self._now(),
                version=proposal.version,
                digest=proposal.digest,
                versions=proposal.preview.versions,
            )
            return proposal.becomes(Status.APPROVED, approvals=(approval,), moved=False)

        self._decide(press, approved, "proposal.approved", Job.CARRY_OUT)

    def form(self, press: Press) -> dict[str, Any]:
        """The edit form of what the card shows."""
        kept = self._open(press)
        proposal = kept.proposal
        policy.may_change(proposal, press.user, press.team, self._config)
        return cards.edit_form(proposal, proposal.action.form(self._ledger.facts(proposal.id)))

    def edit(self, press: Press, answers: Mapping[str, Json]) -> None:
        """Record the action with a form's answers; ``Invalid`` names each answer that cannot be taken."""

        def edited(proposal: Proposal) -> Proposal:
            policy.may_change(proposal, press.user, press.team, self._config)
            deal = self._ledger.facts(proposal.id)
            action = proposal.action.answered(answers, deal)
            action.check(deal)
            return proposal.becomes(
                Status.OPEN,
                subject=action.subject(),
                payload=action.payload(),
                preview=action.preview(deal),
                version=proposal.version + 1,
                edited_by=press.user,
                moved=False,
            )

        self._decide(press, edited, "proposal.edited", Job.SHOW)

    def choose(self, press: Press, option: int) -> None:
        """Take another of the choices that the card offers."""
        options = self._open(press).proposal.preview.options
        if not 0 <= option < len(options):
            raise Stale("That choice is no longer offered. Look at the card again.")
        self.edit(press, {"slot": options[option].value})

    def decline_form(self, press: Press) -> dict[str, Any]:
        """The form that asks for the reason."""
        proposal = self._open(press).proposal
        policy.may_change(proposal, press.user, press.team, self._config)
        return cards.decline_form(proposal)

    def decline(self, press: Press, reason: str) -> None:
        """Record that it shall not be done, and why."""

        def declined(proposal: Proposal) -> Proposal:
            policy.may_change(proposal, press.user, press.team, self._config)
            return proposal.becomes(
                Status.DECLINED,
                reason=reason,
                ended_by=press.user,
                ended_at=self._now(),
                outcome="Declined; nothing was done.",
            )

        self._decide(press, declined, "proposal.declined", Job.SHOW)

    def _standing(self) -> Stops:
        """The stops that stood at most a moment ago; the worker looks again before every write."""
        at, stops = self._stops
        if self._now() - at > MOMENT:
            stops = self._ledger.stops()
            self._stops = self._now(), stops
        return stops

    def _open(self, press: Press) -> Kept:
        kept = self._ledger.get(press.proposal)
        if kept is None:
            raise Refused("I do not know this card. It may belong to another installation.")
        proposal = kept.proposal
        if proposal.status is not Status.OPEN:
            raise Decided(what_became_of(proposal, press.user))
        if self._now() >= proposal.expires_at:
            raise Decided("This card waited too long and has expired. Ask for it again.")
        if press.version != proposal.version:
            raise Stale("The card has changed since. Look at what it shows now, then decide.")
        return kept

    def _decide(self, press: Press, change: Callable[[Proposal], Proposal], event: str, then: Job) -> None:
        """Record a decision on what was shown, together with the work that follows from it.

        What else may move meanwhile, such as which version the card shows, is no reason to send anybody away: the
        decision is made again on the newest state, which says so if it is no longer theirs to make.
        """
        for _ in range(LOOKS):
            kept = self._open(press)
            to = change(kept.proposal)
            handover = self._jobs.handover(then, id=to.id)
            try:
                self._ledger.move(kept, to, event, press.user, handover=handover)
            except AlreadyLive:
                raise Refused("Exactly this is under way already, on another card of this deal.") from None
            except Decided:
                continue
            log.info(event, proposal=to.id, kind=to.kind, version=to.version, by=press.user)
            return
        raise Unavailable("This card is changing too quickly to decide on it.")


def what_became_of(proposal: Proposal, asker: str) -> str:
    """Plain words for somebody who presses a card that is no longer theirs to decide."""
    approver = proposal.approval.by if proposal.approval else None
    who = "You" if approver and approver.slack == asker else approver.name if approver else "Somebody"
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
