"""What a crash left behind is found by the clock and handed to the workers again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.errors import Decided, Unavailable
from bot.ledger import Kept, Ledger
from bot.lifecycle.jobs import Job, Jobs
from bot.proposal import LEASE, Claim, Status

log = structlog.get_logger()

PAUSE = timedelta(seconds=30)
"""How long the clock leaves a proposal alone after it handed it in."""
GLANCE = timedelta(seconds=5)
"""How soon it looks again whether a worker that is at it still lives."""


def catch_up(ledger: Ledger, jobs: Jobs, now: Callable[[], datetime]) -> int:
    """Look after every proposal that should have moved by now; how many there were.

    Approved but not begun, claimed but not ended: carried out. Not shown or not told: shown. Waited too long: expired.
    """
    ids = ledger.due()
    for id in ids:
        ledger.postpone(id, now() + PAUSE)  # whatever comes of it, the others get their turn
        try:
            _look_after(id, ledger, jobs, now)
        except Unavailable:
            raise
        except Exception:
            log.exception("proposal.not_looked_after", proposal=id)
    return len(ids)


def _look_after(id: str, ledger: Ledger, jobs: Jobs, now: Callable[[], datetime]) -> None:
    kept = ledger.get(id)
    if kept is None:
        return
    proposal = kept.proposal
    log.info("proposal.overdue", proposal=id, status=proposal.status)
    match proposal.status:
        case Status.EXECUTING if at_it(ledger, proposal.claim, now()):
            ledger.postpone(id, now() + GLANCE)
        case Status.APPROVED | Status.EXECUTING | Status.DONE | Status.FAILED | Status.UNVERIFIED:
            jobs.send(Job.CARRY_OUT, id=id)
        case Status.OPEN if now() >= proposal.expires_at:
            _expire(ledger, kept, now())
            jobs.send(Job.SHOW, id=id)
        case _:
            jobs.send(Job.SHOW, id=id)


def at_it(ledger: Ledger, claim: Claim | None, now: datetime) -> bool:
    """Whether the worker of a claim lives, and has not been silent about it for too long."""
    return claim is not None and now - claim.at < LEASE and ledger.alive(claim.worker)


def _expire(ledger: Ledger, kept: Kept, at: datetime) -> None:
    expired = kept.proposal.becomes(
        Status.EXPIRED, ended_at=at, outcome="Nobody decided in time, so nothing was done."
    )
    try:
        ledger.move(kept, expired, "proposal.expired", "clock")
    except Decided:
        log.info("proposal.decided_late", proposal=kept.proposal.id)
