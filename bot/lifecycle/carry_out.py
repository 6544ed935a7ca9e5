"""From an approval to an audited result: read again, compare, claim, write, read back, tell."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from bot import cards, policy
from bot.action import Action, Needs, Receipt
from bot.clients import Clients, Reply
from bot.config import Config
from bot.context import Context
from bot.deal import Deal
from bot.errors import BotError, Decided, NotAllowed, Refused, Stale, Unavailable, Unverified
from bot.ledger import Kept, Ledger
from bot.lifecycle.catch_up import at_it
from bot.lifecycle.propose import Proposing
from bot.proposal import Approval, Approver, Claim, Origin, Proposal, Status, Via
from bot.stops import Stop
from bot.workspace import Workspace

log = structlog.get_logger()

PATIENCE = timedelta(minutes=15)
"""How long a system may be away before an approved action that wrote nothing yet is given up."""


PERSISTENT = 20
"""Seconds for which a worker tries to record what it has just done."""
NOTICEABLE = 0.3
"""Seconds after which somebody who looks at the card should see that it is being carried out."""


class Recorded:
    """The journal of one execution: each step's reply is in the ledger before the next step begins.

    No step begins while somebody has stopped writes like it.
    """

    def __init__(self, ledger: Ledger, proposal: Proposal, deal: Deal, now: Callable[[], datetime]) -> None:
        if proposal.claim is None:
            raise ValueError(f"{proposal.id} is executed without a claim")
        self._ledger, self._claim, self._now = ledger, proposal.claim, now
        self.proposal, self.deal = proposal, deal

    @property
    def key(self) -> str:
        """Derived from the approved payload; the same for every run of this approval."""
        return self.proposal.key

    @property
    def resumed(self) -> bool:
        """Whether an earlier run may have written something that it did not get to record."""
        return self._claim.resumed

    def token(self, step: str) -> str:
        """A UUID for a vendor's idempotency argument; the same for every run of this approval."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cosell:{self.key}:{step}"))

    def once(self, step: str, do: Callable[[], Reply]) -> Reply:
        """Do a step and record its reply, or return the reply that an earlier run recorded."""
        done = self.proposal.steps.get(step)
        if done is not None:
            return done
        self._not_stopped()
        reply = do()
        self.record(lambda p: p.becomes(Status.EXECUTING, steps={**p.steps, step: reply}), "proposal.step")
        return reply

    def _not_stopped(self) -> None:
        stop = self._ledger.stops().against(self.proposal)
        if stop is None:
            return
        if self.proposal.steps or self.resumed:
            raise Unverified(f"{cards.why_not(stop)} It had been begun, so something was or may be written.")
        raise Refused(_not_written(stop))

    def record(self, change: Callable[[Proposal], Proposal], event: str) -> Proposal:
        """Record a change while the claim is still ours; ``Decided`` when another worker has taken over.

        What was done must not go unrecorded because the store is away for a moment, so it is tried for a while.
        """

        def ours(proposal: Proposal) -> Proposal:
            claim = proposal.claim
            if claim is None or claim.attempt != self._claim.attempt:
                raise Decided("Another worker took over.")
            lives = claim.model_copy(update={"at": self._now()})
            return change(proposal.model_copy(update={"claim": lives}))

        for waiting in Retrying(
            retry=retry_if_exception_type(Unavailable),
            wait=wait_exponential(0.1, max=2),
            stop=stop_after_delay(PERSISTENT),
            reraise=True,
        ):
            with waiting:
                self.proposal = self._ledger.amend(self.proposal.id, ours, event, self._claim.worker).proposal
        return self.proposal


class CarryingOut:
    """Carries approved proposals out; safe to call any number of times, from any number of workers."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        context: Context,
        clients: Callable[[Approver], Clients],
        proposing: Proposing,
        workspace: Workspace,
        config: Config,
        pool: Executor,
        worker: str,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._context, self._clients = ledger, context, clients
        self._proposing, self._workspace = proposing, workspace
        self._config, self._pool, self._worker, self._now = config, pool, worker, now
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
        if proposal.status is Status.APPROVED:
            proposal, deal = self._begin(kept)
        elif proposal.status is Status.EXECUTING:
            proposal, deal = self._resume(kept)
        if proposal.status is Status.EXECUTING and deal is not None:
            with _after(NOTICEABLE, self._proposing.show, id):
                proposal = self._execute(proposal, deal)
        self._afterwards(proposal)

    # -- before the write -----------------------------------------------------------------------------------
    def _begin(self, kept: Kept) -> tuple[Proposal, Deal | None]:
        """Read everything again and claim; the proposal comes back claimed, asked again, or failed."""
        proposal = kept.proposal
        approval = _approval(proposal)
        shown = self._pool.submit(self._ledger.facts, proposal.id)
        stop = self._ledger.stops().against(proposal)
        if stop is not None:
            return self._fail(kept, _not_written(stop)), None
        try:
            deal = self._still_approved(proposal, proposal.action.needs())
            fitted = proposal.action.fit(deal, shown.result())
            moved = _moved(fitted, proposal, deal)
        except Refused as refused:
            return self._fail(kept, f"Nothing was written. {refused}"), None
        except Unavailable as away:
            if self._now() - approval.at < PATIENCE:
                raise
            return self._fail(kept, f"Nothing was written. {away} Ask again when it is back."), None
        except Exception:  # noqa: BLE001 - it must get an ending, whatever broke; the traceback goes to the log
            reference = _logged(proposal)
            words = f"Nothing was written. Something unexpected happened (reference {reference})."
            return self._fail(kept, words), None
        if moved:
            return self._ask_again(kept, fitted, deal), None
        return self._claim(kept, deal), deal

    def _resume(self, kept: Kept) -> tuple[Proposal, Deal | None]:
        """Claim what was left behind; ``Decided`` while another process is at it."""
        proposal, claim = kept.proposal, kept.proposal.claim
        if claim is not None and claim.worker != self._worker and at_it(self._ledger, claim, self._now()):
            raise Decided("Another worker is at it.")
        log.warning("proposal.resumed", proposal=proposal.id, attempt=proposal.attempts + 1)
        try:
            self._still_approved(proposal, Needs())
        except NotAllowed as refused:
            words = f"{refused} It had been begun, so something may have been written."
            return self._move(proposal, lambda p: self._ended(p, Status.UNVERIFIED, words)), None
        except Refused as refused:
            log.warning("proposal.not_read", proposal=proposal.id, why=str(refused))
        return self._claim(kept, None), self._ledger.facts(proposal.id)

    def _still_approved(self, proposal: Proposal, needs: Needs) -> Deal:
        """The deal as it is now; ``NotAllowed`` when whoever approved may not any more."""
        approval = _approval(proposal)
        people = [approval.by.slack, *(m.slack for m in self._config.partner_managers if m.slack)]
        profiles = self._pool.submit(self._workspace.profiles, people, anew=True)
        deal = self._context.read(proposal.opportunity, needs, approval.by.salesforce, approval.by.email)
        policy.still_may(proposal, deal, self._config, profiles.result())
        return deal

    def _claim(self, kept: Kept, deal: Deal | None) -> Proposal:
        """The proposal as this worker's, with what was read for it; without, it goes on where another run ended."""
        attempt = kept.proposal.attempts + 1
        claim = Claim(
            worker=self._worker,
            at=self._now(),
            attempt=attempt,
            versions=deal.versions if deal is not None else {},
            resumed=deal is None,
        )
        return self._move(
            kept.proposal,
            lambda p: p.becomes(Status.EXECUTING, claim=claim, attempts=attempt),
            "proposal.claimed",
            deal,
        )

    def _fail(self, kept: Kept, outcome: str) -> Proposal:
        return self._move(kept.proposal, lambda p: self._ended(p, Status.FAILED, outcome))

    def _ask_again(self, kept: Kept, fitted: Action, deal: Deal) -> Proposal:
        preview, approvers = fitted.preview(deal), self._proposing.approvers(fitted, deal)
        log.info("proposal.returned", proposal=kept.proposal.id, kind=kept.proposal.kind)
        return self._move(
            kept.proposal,
            lambda p: p.becomes(
                Status.OPEN,
                payload=fitted.payload(),
                preview=preview.marked(p.preview),
                version=p.version + 1,
                approvals=(),
                missing=(),
                moved=True,
                approvers=approvers,
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
    ) -> Proposal:
        """Record a step from where the proposal stood; ``Decided`` when another worker took it meanwhile."""

        def unless_taken(proposal: Proposal) -> Proposal:
            stood = (was.status, was.attempts, was.version, was.approvals)
            if (proposal.status, proposal.attempts, proposal.version, proposal.approvals) != stood:
                raise Decided("Another worker was faster.")
            return change(proposal)

        return self._ledger.amend(was.id, unless_taken, event, self._worker, deal).proposal

    # -- the write ------------------------------------------------------------------------------------------
    def _execute(self, proposal: Proposal, deal: Deal) -> Proposal:
        approval = _approval(proposal)
        journal = Recorded(self._ledger, proposal, deal, self._now)

        def end(status: Status, outcome: str, receipt: Receipt | None = None) -> Proposal:
            return journal.record(lambda p: self._ended(p, status, outcome, receipt), "proposal.ended")

        receipt: Receipt | None = None
        try:
            action, clients = proposal.action, self._clients(approval.by)
            receipt = action.execute(clients, journal)
            receipt = action.verify(clients, receipt)
        except Decided:
            raise
        except Refused as refused:
            if receipt is not None:
                return end(Status.UNVERIFIED, f"{receipt.summary} It could not be read back: {refused}")
            return end(Status.FAILED, str(refused))
        except Unverified as unknown:
            return end(Status.UNVERIFIED, str(unknown))
        except Unavailable as away:
            begun = bool(journal.proposal.steps) or journal.resumed
            if self._now() - approval.at < PATIENCE:
                journal.record(_waiting if begun else _not_begun, "proposal.released")
                raise
            if begun:
                return end(Status.UNVERIFIED, f"{away} It was begun and could not be finished.")
            return end(Status.FAILED, f"Nothing was written. {away}")
        except Exception:  # noqa: BLE001 - it must get an ending, whatever broke; the traceback goes to the log
            words = f"Something unexpected happened on the way (reference {_logged(proposal)})."
            return end(Status.UNVERIFIED, words)
        return end(Status.DONE, receipt.summary, receipt)

    def _ended(
        self, proposal: Proposal, status: Status, outcome: str, receipt: Receipt | None = None
    ) -> Proposal:
        by = proposal.approval.by.slack if proposal.approval else None
        log.info("proposal.ended", proposal=proposal.id, kind=proposal.kind, status=status, by=by)
        return proposal.becomes(status, outcome=outcome, receipt=receipt, ended_at=self._now())

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
            self._proposing.propose(following, link, origin, thread, cause=proposal.id, follows=proposal)
        except Refused as refused:
            log.info("follow_up.refused", proposal=proposal.id, why=str(refused))


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

    timer = threading.Timer(seconds, draw)
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
