"""The one door for every write: it alone holds clients that write, and asks before each single request.

What it asks is the record as it is at that moment: is there an approval, of exactly what is about to be sent, given not
long ago, by enough people, under the claim of this very worker, and does nobody stop it?
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot import cards, tracing
from bot.action import Action, Receipt
from bot.clients import (
    Calendar,
    CalendarReader,
    Clients,
    Crm,
    CrmReader,
    Journal,
    Partner,
    PartnerReader,
    Readers,
    Warrant,
)
from bot.errors import Decided, NotAllowed, Refused, Unverified
from bot.ledger import Ledger
from bot.proposal import Approver, Proposal, Status, digest_of

log = structlog.get_logger()

SKEW = timedelta(seconds=60)
"""By how much the clocks of two of our machines may differ."""
UNAPPROVED = "There is no approval for exactly this."


class CrmSystem(Protocol):
    """The CRM, for any of its users."""

    def as_user(self, username: str | None = None) -> CrmReader:
        """To read."""

    def as_writer(self, username: str | None, warrant: Warrant) -> Crm:
        """To write."""


class PartnerSystem(Protocol):
    """The partner's account, for any of our people."""

    def as_user(self, name_or_email: str) -> PartnerReader:
        """To read."""

    def as_writer(self, name_or_email: str, warrant: Warrant) -> Partner:
        """To write."""


class CalendarSystem(Protocol):
    """Calendars, for any of our people."""

    def as_user(self, email: str) -> CalendarReader:
        """To read."""

    def as_writer(self, email: str, warrant: Warrant) -> Calendar:
        """To write."""


@dataclass(frozen=True)
class Systems:
    """The three systems of record."""

    crm: CrmSystem
    partner: PartnerSystem
    calendar: CalendarSystem


class Execution(Journal, Protocol):
    """One run of an approved proposal."""

    @property
    def attempt(self) -> int:
        """Of the claim that it is made under."""

    @property
    def begun(self) -> bool:
        """Whether something was or may have been written already."""


class Gateway:
    """Executes approved proposals, and reads back what was done.

    ``allowed`` is the policy's last word: it raises ``NotAllowed`` when the approvals of a proposal are not enough.
    ``lasts`` is how long after the last approval a write may still be made.
    """

    def __init__(
        self,
        *,
        systems: Systems,
        ledger: Ledger,
        allowed: Callable[[Proposal], object],
        lasts: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._systems, self._ledger = systems, ledger
        self._allowed, self._lasts, self._now = allowed, lasts, now

    def execute(self, proposal: Proposal, journal: Execution) -> Receipt:
        """Write what was approved, as the first who approved it.

        ``Refused`` when it may not be written (any more) and nothing was, ``Unverified`` when something was or may have
        been, ``Decided`` when another worker has taken over.
        """
        action, by = proposal.action, _approver(proposal)
        under_way = False

        def warrant() -> None:
            nonlocal under_way
            try:
                with tracing.span("may it be written"):
                    self._demand(proposal.id, action, by, journal.attempt)
            except _Closed as closed:
                log.warning("write.refused", proposal=proposal.id, why=closed.why)
                if under_way or journal.begun:
                    words = f"{closed.why} It had been begun, so something was or may be written."
                    raise Unverified(words) from closed
                raise Refused(f"Nothing was written. {closed.why} {closed.then}".rstrip()) from closed
            under_way = True

        with tracing.span("write"):
            return action.execute(
                Clients(
                    crm=self._systems.crm.as_writer(by.salesforce, warrant),
                    partner=self._systems.partner.as_writer(by.email, warrant),
                    calendar=self._systems.calendar.as_writer(by.calendar or by.email, warrant),
                    acting_as=by.name,
                    acting_email=by.calendar or by.email,
                ),
                journal,
            )

    def verify(self, proposal: Proposal, receipt: Receipt) -> Receipt:
        """Read back what was written; ``Unverified`` when it is not there."""
        by = _approver(proposal)
        readers = Readers(
            crm=self._systems.crm.as_user(by.salesforce),
            partner=self._systems.partner.as_user(by.email),
            calendar=self._systems.calendar.as_user(by.calendar or by.email),
            acting_as=by.name,
            acting_email=by.calendar or by.email,
        )
        with tracing.span("read back"):
            return proposal.action.verify(readers, receipt)

    def _demand(self, id: str, action: Action, by: Approver, attempt: int) -> None:
        """Return only if this action may be written at this moment, as this person, under this claim."""
        kept = self._ledger.get(id)
        if kept is None:
            raise _Closed(UNAPPROVED)
        now = kept.proposal
        if now.status is not Status.EXECUTING or now.claim is None or now.claim.attempt != attempt:
            raise Decided("Another worker took over.")
        wanted = digest_of(action.kind, now.opportunity, action.payload())
        digests = {now.digest, *(given.digest for given in now.approvals)}
        at = now.approved_at
        if now.approval is None or at is None or now.approval.by != by or digests != {wanted}:
            raise _Closed(UNAPPROVED)
        self._in_time(at, max(at, *(given.at for given in now.approvals)))
        stop = self._ledger.stops().against(now)
        if stop is not None:
            raise _Closed(cards.why_not(stop), "Ask again when writes go on.")
        try:
            self._allowed(now)
        except Refused as refused:
            raise _Closed(str(refused)) from refused

    def _in_time(self, approved: datetime, newest: datetime) -> None:
        moment = self._now()
        if newest - moment > SKEW:
            raise _Closed(
                "The approval is dated in the future, so a clock of ours is wrong. Tell whoever runs this bot."
            )
        if moment - approved > self._lasts:
            minutes = self._lasts.total_seconds() / 60
            raise _Closed(f"The approval is older than {minutes:.0f} minutes.", "Ask for it again.")


class _Closed(Exception):
    """Why a write is not let through, and what helps where nothing was written yet."""

    def __init__(self, why: str, then: str = "") -> None:
        super().__init__(why)
        self.why, self.then = why, then


def _approver(proposal: Proposal) -> Approver:
    if proposal.approval is None:
        raise NotAllowed(f"Nothing was written. {UNAPPROVED}")
    return proposal.approval.by
