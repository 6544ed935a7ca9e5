"""The journal of an execution: nothing is done before what was done is in the record."""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from bot import tracing
from bot.clients import Reply
from bot.deal import Deal
from bot.errors import Decided, Unavailable
from bot.ledger import Ledger
from bot.proposal import Progress, Proposal, Status

PERSISTENT = 20
"""Seconds for which a worker tries to record what it has just done."""
SHOWN_EVERY = 2.0
"""Seconds between two drawings of how far it has come."""
NOTED_EVERY = 60.0
"""Seconds between two records of how far it has come, which are signs of life too."""


class Recorded:
    """The journal of one execution: each step's reply is in the ledger before the next step begins."""

    def __init__(
        self,
        ledger: Ledger,
        proposal: Proposal,
        deal: Deal,
        now: Callable[[], datetime],
        show: Callable[[Proposal], None],
    ) -> None:
        if proposal.claim is None:
            raise ValueError(f"{proposal.id} is executed without a claim")
        self._ledger, self._claim, self._now, self._show = ledger, proposal.claim, now, show
        self.proposal, self.deal = proposal, deal
        self._shown = self._noted = time.monotonic()

    @property
    def key(self) -> str:
        """Derived from the approved payload; the same for every run of this approval."""
        return self.proposal.key

    @property
    def resumed(self) -> bool:
        """Whether an earlier run may have written something that it did not get to record."""
        return self._claim.resumed

    @property
    def attempt(self) -> int:
        """Of the claim that this execution is made under."""
        return self._claim.attempt

    @property
    def begun(self) -> bool:
        """Whether something was or may have been written already."""
        return bool(self.proposal.steps) or self.resumed

    @property
    def steps(self) -> Mapping[str, Reply]:
        """The replies that are recorded, by step."""
        return self.proposal.steps

    def progress(self, done: int, total: int) -> None:
        """Show how far it has come, every two seconds; every minute it goes into the record too."""
        moment, progress = time.monotonic(), Progress(done=done, total=total)
        if moment - self._noted >= NOTED_EVERY:
            self._noted = moment
            self.record(lambda p: p.becomes(Status.EXECUTING, progress=progress), "proposal.progress")
        if moment - self._shown >= SHOWN_EVERY:
            self._show(self.proposal.model_copy(update={"progress": progress}))
            self._shown = time.monotonic()

    def token(self, step: str) -> str:
        """A UUID for a vendor's idempotency argument; the same for every run of this approval."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cosell:{self.key}:{step}"))

    def once(self, step: str, do: Callable[[], Reply]) -> Reply:
        """Do a step and record its reply, or return the reply that an earlier run recorded."""
        done = self.proposal.steps.get(step)
        if done is not None:
            return done
        with tracing.span("step", **{"cosell.step": "-".join(step.split())}):
            reply = do()
            self.record(
                lambda p: p.becomes(Status.EXECUTING, steps={**p.steps, step: reply}), "proposal.step"
            )
            return reply

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
