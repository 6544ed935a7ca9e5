"""From an approval to an audited result: read again, compare, claim, write, read back, tell."""

import contextvars
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime

import structlog

from bot import cards, tracing
from bot.action import Action, Needs, Receipt
from bot.context import Context
from bot.deal import Deal
from bot.errors import BotError, Decided, NotAllowed, Refused, Stale, Unavailable, Unverified
from bot.gateway import Gateway
from bot.ledger import Kept, Ledger
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.catch_up import at_it
from bot.lifecycle.people import People
from bot.lifecycle.propose import Proposing, Spot
from bot.lifecycle.recording import Recorded
from bot.lifecycle.stakes import stake_of
from bot.policy import Authority, Decision, Denied, Standing
from bot.proposal import Approval, Claim, Origin, Proposal, Stake, Status, Via
from bot.stops import Stop

log = structlog.get_logger()

NOTICEABLE = 0.3
"""Seconds after which somebody who looks at the card should see that it is being carried out."""


class CarryingOut:
    """Carries approved proposals out; safe to call any number of times, from any number of workers."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        context: Context,
        gateway: Gateway,
        proposing: Proposing,
        authority: Authority,
        people: People,
        audiences: Audiences,
        pool: Executor,
        worker: str,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._context, self._gateway = ledger, context, gateway
        self._proposing, self._authority = proposing, authority
        self._people, self._audiences = people, audiences
        self._pool, self._worker, self._now = pool, worker, now
        self._at_it: set[str] = set()
        self._lock = threading.Lock()

    def carry_out(self, id: str) -> None:
        """Take an approved proposal to its end and tell the thread.

        ``Unavailable`` when a system is away and trying again later is right; everything else ends the proposal.
        """
        with self._lock:
            if id in self._at_it:
                return  # another thread of this process
            self._at_it.add(id)
        try:
            self._carry_out(id)
        except Decided as decided:
            log.info("proposal.left", proposal=id, why=str(decided))
        finally:
            self._at_it.discard(id)

    def _carry_out(self, id: str) -> None:
        kept = self._ledger.get(id)
        if kept is None:
            return
        proposal, deal = kept.proposal, None
        with tracing.about(proposal=id, kind=proposal.kind):
            if proposal.status is Status.APPROVED:
                proposal, deal = self._begin(kept)
            elif proposal.status is Status.EXECUTING:
                proposal, deal = self._resume(kept)
            if proposal.status is Status.EXECUTING and deal is not None:
                with _after(NOTICEABLE, self._proposing.show, id):
                    proposal = self._execute(proposal, deal)
            with tracing.span("tell"):
                self._afterwards(proposal)

    # -- before the write -----------------------------------------------------------------------------------
    def _begin(self, kept: Kept) -> tuple[Proposal, Deal | None]:
        """Read everything again and claim; the proposal comes back claimed, asked again, or failed."""
        proposal = kept.proposal
        shown = self._pool.submit(self._ledger.facts, proposal.id)
        stop = self._ledger.stops().against(proposal)
        if stop is not None:
            return self._fail(kept, _not_written(stop)), None
        try:
            if proposal.override is not None:
                self._proposing.tell_skipped(proposal)
            deal, people = self._as_it_is(proposal, proposal.action.needs())
            fitted = proposal.action.fit(deal, shown.result())
            stake = self._stake(fitted, deal, proposal)
            decision = self._still_enough(proposal, stake, people)
            moved = decision is None or _moved(fitted, proposal, deal)
        except Refused as refused:
            return self._fail(kept, f"Nothing was written. {refused}"), None
        except Unavailable as away:
            if self._now() - _approved_at(proposal) < proposal.action_type.patience:
                raise
            return self._fail(kept, f"Nothing was written. {away} Ask again when it is back."), None
        except Exception:  # noqa: BLE001 - it must get an ending, whatever broke; the traceback goes to the log
            reference = _logged(proposal)
            words = f"Nothing was written. Something unexpected happened (reference {reference})."
            return self._fail(kept, words), None
        if moved:
            return self._ask_again(kept, fitted, deal, stake), None
        return self._claim(kept, deal, decision), deal

    def _resume(self, kept: Kept) -> tuple[Proposal, Deal | None]:
        """Claim what was left behind; ``Decided`` while another process is at it."""
        proposal, claim = kept.proposal, kept.proposal.claim
        if claim is not None and claim.worker != self._worker and at_it(self._ledger, claim, self._now()):
            raise Decided("Another worker is at it.")
        log.warning("proposal.resumed", proposal=proposal.id, attempt=proposal.attempts + 1)
        decision = None
        try:
            deal, people = self._as_it_is(proposal, Needs())
            stake = self._stake(proposal.action, deal, proposal)
            decision = self._authority.still_may(proposal, stake, people, self._people.known())
        except NotAllowed as refused:
            words = f"{refused} It had been begun, so something may have been written."
            return self._move(proposal, lambda p: self._ended(p, Status.UNVERIFIED, words)), None
        except Refused as refused:
            log.warning("proposal.not_read", proposal=proposal.id, why=str(refused))
        return self._claim(kept, None, decision), self._ledger.facts(proposal.id)

    def _as_it_is(self, proposal: Proposal, needs: Needs) -> tuple[Deal, Mapping[str, Standing]]:
        """The deal and everybody who approved, read anew at this moment."""
        approval = _approval(proposal)
        deciders = [given.by.slack for given in proposal.approvals]
        if proposal.override is not None:
            deciders.append(proposal.override.by.slack)
        with tracing.span("read again"):
            people = self._pool.submit(self._people.standing, deciders, anew=True)
            deal = self._context.read(proposal.opportunity, needs, approval.by.salesforce, approval.by.email)
            return deal, people.result()

    def _stake(self, action: Action, deal: Deal, proposal: Proposal) -> Stake:
        return stake_of(action.system, action.batch, deal, self._audiences.place(proposal.channel))

    def _still_enough(
        self, proposal: Proposal, stake: Stake, people: Mapping[str, Standing]
    ) -> Decision | None:
        """That the approvals hold as things are now; None where the deal has come to need more of them.

        ``NotAllowed`` when one of those who approved may not any more.
        """
        try:
            return self._authority.still_may(proposal, stake, people, self._people.known())
        except Denied as denied:
            if denied.decision.verdict.needs:
                return None
            raise

    def _claim(self, kept: Kept, deal: Deal | None, decision: Decision | None) -> Proposal:
        """The proposal as this worker's, with what was read for it; without, it goes on where another run ended."""
        attempt = kept.proposal.attempts + 1
        tracing.current().note(**{"cosell.attempt": attempt})
        claim = Claim(
            worker=self._worker,
            at=self._now(),
            attempt=attempt,
            versions=deal.versions if deal is not None else {},
            resumed=deal is None,
        )
        return self._move(
            kept.proposal,
            lambda p: p.becomes(
                Status.EXECUTING,
                claim=claim,
                attempts=attempt,
                policy=decision.policy if decision is not None else p.policy,
            ),
            "proposal.claimed",
            deal,
            decision,
        )

    def _fail(self, kept: Kept, outcome: str) -> Proposal:
        return self._move(kept.proposal, lambda p: self._ended(p, Status.FAILED, outcome))

    def _ask_again(self, kept: Kept, fitted: Action, deal: Deal, stake: Stake) -> Proposal:
        preview, was = fitted.preview(deal), kept.proposal
        bare = was.model_copy(update={"stake": stake, "approvals": (), "override": None})
        again = self._proposing.with_approvers(bare)
        log.info("proposal.returned", proposal=kept.proposal.id, kind=kept.proposal.kind)
        return self._move(
            kept.proposal,
            lambda p: p.becomes(
                Status.OPEN,
                payload=fitted.payload(),
                preview=preview.marked(p.preview),
                version=p.version + 1,
                stake=stake,
                approvals=(),
                override=None,
                missing=again.missing,
                moved=True,
                approvers=again.approvers,
                policy=self._authority.digest,
            ),
            "proposal.returned",
            deal,
        )

    def _move(
        self,
        was: Proposal,
        change: Callable[[Proposal], Proposal],
        event: str = "proposal.ended",
        deal: Deal | None = None,
        decision: Decision | None = None,
    ) -> Proposal:
        """Record a step from where the proposal stood; ``Decided`` when another worker took it meanwhile."""

        def unless_taken(proposal: Proposal) -> Proposal:
            stood = (was.status, was.attempts, was.version, was.approvals)
            if (proposal.status, proposal.attempts, proposal.version, proposal.approvals) != stood:
                raise Decided("Another worker was faster.")
            return change(proposal)

        entry = decision.entry() if decision is not None else None
        return self._ledger.amend(was.id, unless_taken, event, self._worker, deal, entry).proposal

    # -- the write ------------------------------------------------------------------------------------------
    def _execute(self, proposal: Proposal, deal: Deal) -> Proposal:
        journal = Recorded(self._ledger, proposal, deal, self._now, self._proposing.show_progress)

        def end(status: Status, outcome: str, receipt: Receipt | None = None) -> Proposal:
            return journal.record(lambda p: self._ended(p, status, outcome, receipt), "proposal.ended")

        receipt: Receipt | None = None
        try:
            receipt = self._gateway.execute(proposal, journal)
            receipt = self._gateway.verify(proposal, receipt)
        except Decided:
            raise
        except Refused as refused:
            if receipt is not None:
                return end(Status.UNVERIFIED, f"{receipt.summary} It could not be read back: {refused}")
            return end(Status.FAILED, str(refused))
        except Unverified as unknown:
            return end(Status.UNVERIFIED, str(unknown))
        except Unavailable as away:
            begun = journal.begun
            if self._now() - _approved_at(proposal) < proposal.action_type.patience:
                journal.record(_waiting if begun else _not_begun, "proposal.released")
                raise
            if begun:
                return end(Status.UNVERIFIED, f"{away} It was begun and could not be finished.")
            return end(Status.FAILED, f"Nothing was written. {away}")
        except Exception:  # noqa: BLE001 - it must get an ending, whatever broke; the traceback goes to the log
            words = f"Something unexpected happened on the way (reference {_logged(proposal)})."
            return end(Status.UNVERIFIED, words)
        unconfirmed = receipt.rows is not None and receipt.rows.unconfirmed
        return end(Status.UNVERIFIED if unconfirmed else Status.DONE, receipt.summary, receipt)

    def _ended(
        self, proposal: Proposal, status: Status, outcome: str, receipt: Receipt | None = None
    ) -> Proposal:
        by = proposal.approval.by.slack if proposal.approval else None
        action, steps = proposal.action, proposal.steps
        log.info("proposal.ended", proposal=proposal.id, kind=proposal.kind, status=status, by=by)
        return proposal.becomes(
            status,
            outcome=outcome,
            receipt=receipt,
            progress=None,
            ended_at=self._now(),
            unwritten=action.unwritten(steps),
            undoable=receipt is not None and action.can_be_undone(receipt, steps),
        )

    # -- after it -------------------------------------------------------------------------------------------
    def _afterwards(self, proposal: Proposal) -> None:
        """Redraw the card, tell the thread, propose what follows, and only then record that all is told."""
        if not proposal.status.ended:
            self._proposing.show(proposal.id)
            return
        if proposal.result_ts is not None:
            return
        drawing = self._pool.submit(self._proposing.show, proposal.id)
        ts = self._proposing.tell(proposal)
        drawing.result()  # a card that Slack will not redraw is left; one that it cannot just now is drawn later
        if proposal.status is Status.DONE:
            self._follow_up(proposal)
        self._proposing.told(proposal.id, ts)

    def _follow_up(self, proposal: Proposal) -> None:
        approval, receipt = proposal.approval, proposal.receipt
        link = self._ledger.linked(proposal.channel)
        if approval is None or receipt is None or link is None or link.opportunity != proposal.opportunity:
            return
        origin = Origin(by=approval.by.slack, via=Via.FOLLOW_UP, words=receipt.summary, at=self._now())
        thread = proposal.thread_ts or proposal.card_ts
        try:
            deal = self._context.read(
                proposal.opportunity, Needs(), approval.by.salesforce, approval.by.email
            )
            following = proposal.action.follow_up(receipt, deal)
            if following is None:
                return
            spot = Spot(proposal.channel, thread)
            self._proposing.propose(
                following, spot, proposal.opportunity, origin, cause=proposal.id, follows=proposal
            )
        except Refused as refused:
            log.info("follow_up.refused", proposal=proposal.id, why=str(refused))


def _approved_at(proposal: Proposal) -> datetime:
    if proposal.approved_at is None:
        raise ValueError(f"{proposal.id} is carried out without an approval")
    return proposal.approved_at


def _approval(proposal: Proposal) -> Approval:
    if proposal.approval is None:
        raise ValueError(f"{proposal.id} is {proposal.status} without an approval")
    return proposal.approval


def _not_written(stop: Stop) -> str:
    return f"Nothing was written. {cards.why_not(stop)} Ask again when writes go on."


def _not_begun(proposal: Proposal) -> Proposal:
    """Nothing was sent: the next run reads and checks everything anew."""
    return proposal.becomes(Status.APPROVED, claim=None)


def _waiting(proposal: Proposal) -> Proposal:
    """Something was sent: the next run goes on from there."""
    return proposal.becomes(Status.EXECUTING, claim=None)


def _logged(proposal: Proposal) -> str:
    """Log the exception at hand; the reference under which it is found."""
    reference = uuid.uuid4().hex[:8]
    log.exception("proposal.broke", proposal=proposal.id, reference=reference)
    return reference


@contextmanager
def _after(seconds: float, show: Callable[[str], object], id: str) -> Iterator[None]:
    """Show a proposal if what is done meanwhile takes that long; a card that cannot be drawn stops nothing."""

    def draw() -> None:
        try:
            show(id)
        except BotError as error:
            log.warning("card.not_drawn", proposal=id, why=str(error))

    timer = threading.Timer(seconds, contextvars.copy_context().run, [draw])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _moved(fitted: Action, proposal: Proposal, deal: Deal) -> bool:
    """Whether what would be written now is not what was approved; ``Refused`` when it makes no sense any more."""
    try:
        fitted.check(deal)
    except Stale:
        return True
    preview = fitted.preview(deal)
    same = fitted.payload() == proposal.payload and not preview.moved_since(proposal.preview)
    return not same or bool(preview.findings)
