"""The course of one proposal: what became of it and when, in as few words as reports need.

It is derived from the ledger's entries and can be made anew from them at any time; the ledger alone is the record.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic_core import from_json

from bot.proposal import Status


class Step(StrEnum):
    """A stretch of the way of an action, by the two moments that it lies between."""

    PROPOSED = "signal to proposal"
    APPROVED = "proposal to approval"
    WRITTEN = "approval to written"
    VERIFIED = "written to verified"
    WHOLE = "signal to verified"


class Course(NamedTuple):
    """One proposal from its signal to its end. Moments are seconds since 1970 (UTC); None: it did not come to that.

    A tuple, because reports read a hundred thousand of them.
    """

    id: str  # prp_…
    kind: str
    via: str
    opportunity: str
    deal: str
    account: str  # Salesforce id; empty where it is not known
    partner: str  # "AWS", "aws" …: whose deal it is, as the record says; empty: nobody's
    owner: str  # Slack id of the opportunity's owner; empty where the configuration does not name them
    proposer: str  # Slack id, or "cosell" for the bot itself
    channel: str
    thread: str = ""  # ts of the thread that the card is in; empty: the card is a message of its own
    card: str = ""  # ts of the card; empty until it is posted
    signal: float = 0.0  # what called for it: the message, the command, the event
    opened: float = 0.0
    approved: float | None = None
    written: float | None = None
    verified: float | None = None
    ended: float | None = None
    expires: float | None = None
    status: str = "open"
    approver: str = ""  # Slack id of the person as whom it is written
    approver_name: str = ""  # as the configuration called them then
    approvals: tuple[str, ...] = ()  # Slack ids of everybody who approved, in order
    edits: int = 0
    returned: int = 0  # how often it came back because the deal had moved on
    overridden_by: str = ""  # Slack id: break-glass
    override_reason: str = ""
    skipped: tuple[str, ...] = ()  # the approvals that break-glass went without
    ended_by: str = ""  # Slack id of who declined it
    why: str = ""  # why it was declined, or the one sentence of how it ended
    amount: int | None = None  # of the deal, whole units of the org's currency, when it was decided
    attribution: str = ""  # "Partner Sourced", "Partner Influenced"
    partner_of_record: str = ""
    record: str = ""  # what was written: "O1234567", "006…", the event's id
    receipt: str = ""  # the other system's own id of the write
    records: int = 1  # how many records were written
    entries: tuple[int, ...] = ()  # the sequence numbers of everything that the ledger says of it
    company: str = ""  # the account's name

    @property
    def seller(self) -> str:
        """Slack id of whose action it is: as whom it is written, else whose deal it is, else who asked."""
        return self.approver or self.owner or self.proposer

    @property
    def live(self) -> bool:
        """Whether something can still follow."""
        return not Status(self.status).ended

    def took(self, step: Step) -> float | None:
        """Seconds between two moments; None where one of them did not come. A clock that was off gives none below 0."""
        first: float | None
        then: float | None
        match step:
            case Step.PROPOSED:
                first, then = self.signal, self.opened
            case Step.APPROVED:
                first, then = self.opened, self.approved
            case Step.WRITTEN:
                first, then = self.approved, self.written
            case Step.VERIFIED:
                first, then = self.written, self.verified
            case Step.WHOLE:
                first, then = self.signal, self.verified
        return None if first is None or then is None else max(0.0, then - first)

    def at(self, name: str) -> datetime | None:
        """One of its moments by name."""
        moment: float | None = getattr(self, name)
        return None if moment is None else datetime.fromtimestamp(moment, UTC)

    def with_(self, **changes: Any) -> "Course":
        """The same with some values changed."""
        return self._replace(**changes)

    def packed(self) -> str:
        """A line of text, for the store."""
        return json.dumps(self, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def unpacked(cls, line: str | bytes) -> "Course":
        """The course that ``packed`` made a line of; of an older version, what it did not say yet is left out."""
        values = from_json(line)
        for index in _TUPLES:
            if index < len(values):
                values[index] = tuple(values[index])
        return cls(*values)


_TUPLES = tuple(Course._fields.index(name) for name in ("approvals", "skipped", "entries"))
