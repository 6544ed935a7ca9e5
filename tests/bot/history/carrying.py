"""Proposals that are taken from their opening to an ending, a minute from step to step."""

from datetime import datetime, timedelta

from bot.action import Receipt
from bot.deal import System
from bot.ledger import Ledger
from bot.proposal import Approval, Claim, Origin, Proposal, Status, Via
from tests.bot.factory import ANA, NOW, deal, proposal


class Time:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> datetime:
        """Later by so much."""
        self.now += timedelta(**by)
        return self.now


def carry(
    ledger: Ledger, time: Time, number: int, status: Status = Status.DONE, **changes: object
) -> Proposal:
    """Take a proposal from its opening to an ending, a minute after each other."""
    origin = Origin(by="U0ANA", via=Via.MESSAGE, at=time.now)
    kept = ledger.open(proposal(number, opened_at=time.now, origin=origin, **changes), deal())
    assert kept is not None
    if status is Status.DECLINED:
        declined = kept.proposal.becomes(
            status, reason="not now", ended_by="U0MEI", ended_at=time.on(minutes=1)
        )
        return ledger.move(kept, declined, "proposal.declined", "U0MEI").proposal
    given = Approval(by=ANA, at=time.on(minutes=1), version=1, digest=kept.proposal.digest, versions={})
    kept = ledger.move(
        kept, kept.proposal.becomes(Status.APPROVED, approvals=(given,)), "proposal.approved", "U0ANA"
    )
    claim = Claim(worker="w", at=time.on(minutes=1), attempt=1, versions={}, resumed=False)
    kept = ledger.move(kept, kept.proposal.becomes(Status.EXECUTING, claim=claim), "proposal.claimed", "w")
    written = time.on(minutes=1)
    receipt = Receipt(
        system=System.SALESFORCE,
        record="006000000000001AAA",
        url=None,
        summary="Set P2B Score to 82.",
        before={},
        after={},
        request_id="req-1",
        response_id=f"res-{number}",
        acted_as="ana.costa@brightlane.example",
        at=written,
        verified_at=time.on(minutes=1) if status is Status.DONE else None,
        partner_of_record="AWS",
        attribution="Partner Influenced",
    )
    ended = kept.proposal.becomes(status, receipt=receipt, outcome="Set P2B Score to 82.", ended_at=time.now)
    return ledger.move(kept, ended, "proposal.ended", "w").proposal
