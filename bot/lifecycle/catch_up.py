"""What a crash left behind is found by the clock and handed to the workers again."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.errors import Decided
from bot.ledger import Kept, Ledger
from bot.lifecycle.jobs import Job, Jobs
from bot.proposal import SETTLE, Status

log = structlog.get_logger()


def catch_up(ledger: Ledger, jobs: Jobs, now: Callable[[], datetime]) -> int:
    """Look after every proposal that should have moved by now; how many there were.

    Approved but not begun, claimed but not ended: carried out. Not shown or not told: shown. Waited too long: expired.
    """
    ids = ledger.due()
    for id in ids:
        kept = ledger.get(id)
        if kept is None:
            continue
        proposal = kept.proposal
        log.info("proposal.overdue", proposal=id, status=proposal.status)
        match proposal.status:
            case Status.EXECUTING if proposal.claim and ledger.alive(proposal.claim.worker):
                ledger.postpone(id, now() + SETTLE)
            case Status.APPROVED | Status.EXECUTING | Status.DONE | Status.FAILED | Status.UNVERIFIED:
                jobs.send(Job.CARRY_OUT, id=id)
            case Status.OPEN if now() >= proposal.expires_at:
                _expire(ledger, kept, now())
                jobs.send(Job.SHOW, id=id)
            case _:
                jobs.send(Job.SHOW, id=id)
    return len(ids)


def _expire(ledger: Ledger, kept: Kept, at: datetime) -> None:
    expired = kept.proposal.becomes(
        Status.EXPIRED, ended_at=at, outcome="Nobody decided in time, so nothing was done."
    )
    try:
        ledger.move(kept, expired, "proposal.expired", "clock")
    except Decided:
        log.info("proposal.decided_late", proposal=kept.proposal.id)
