"""What people ask for after a result: to put back what was written, or to try again what was not. Each asks anew."""

from collections.abc import Callable
from datetime import datetime

from bot import cards
from bot.errors import Refused
from bot.ledger import Ledger
from bot.lifecycle.propose import Proposing, Spot
from bot.proposal import Origin, Proposal, Via
from bot.threads import Threads


class Following:
    """Proposes what is the opposite, or the rest, of something that has ended."""

    def __init__(
        self, ledger: Ledger, proposing: Proposing, threads: Threads, now: Callable[[], datetime]
    ) -> None:
        self._ledger, self._proposing, self._threads, self._now = ledger, proposing, threads, now

    def follow(self, id: str, what: str, user: str, cause: str) -> None:
        """Propose ``undo`` or ``retry`` of an ended proposal in its thread; why not is told to whoever asked."""
        kept = self._ledger.get(id)
        if kept is None:
            return
        proposal = kept.proposal
        spot = Spot(proposal.channel, proposal.thread_ts or proposal.card_ts)
        try:
            self._propose(proposal, what, spot, user, cause)
        except Refused as refused:
            self._threads.whisper(spot.channel, user, cards.words(str(refused)), spot.thread_ts)

    def _propose(self, proposal: Proposal, what: str, spot: Spot, user: str, cause: str) -> None:
        undo = what == "undo"
        if undo:
            receipt = proposal.receipt
            action = None if receipt is None else proposal.action.undone(receipt, proposal.steps)
        else:
            action = proposal.action.remaining(proposal.steps)
        if action is None:
            raise Refused("There is nothing left to undo." if undo else "There is nothing left to try again.")
        origin = Origin(
            by=user,
            via=Via.UNDO if undo else Via.RETRY,
            words=proposal.outcome,
            at=self._now(),
        )
        self._proposing.propose(action, spot, proposal.opportunity, origin, cause, follows=proposal)
