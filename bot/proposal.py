"""A proposal: one action on its way from a message to an audited result, and which step may follow which."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime

from bot.action import Action, Preview, Receipt, digest, kinds
from bot.clients import Reply
from bot.deal import Frozen, Json


class Status(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"  # waits for a decision
    APPROVED = "approved"  # recorded, not begun
    EXECUTING = "executing"  # claimed by a worker
    DONE = "done"  # written and read back
    FAILED = "failed"  # nothing was written
    UNVERIFIED = "unverified"  # something may have been written; a person must look
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody decided in time

    @property
    def ended(self) -> bool:
        """Whether nothing can follow."""
        return not FOLLOWS[self]


FOLLOWS: Mapping[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.OPEN, Status.APPROVED, Status.DECLINED, Status.EXPIRED}),
    Status.APPROVED: frozenset({Status.EXECUTING, Status.OPEN, Status.FAILED, Status.EXPIRED}),
    Status.EXECUTING: frozenset(
        {Status.EXECUTING, Status.APPROVED, Status.DONE, Status.FAILED, Status.UNVERIFIED}
    ),
    Status.DONE: frozenset(),
    Status.FAILED: frozenset(),
    Status.UNVERIFIED: frozenset(),
    Status.DECLINED: frozenset(),
    Status.EXPIRED: frozenset(),
}
"""Which status may come after which. OPEN after APPROVED is drift: the card asks again. APPROVED after EXECUTING is a
system that was away before anything was sent: everything is read and checked anew."""


class Via(StrEnum):
    """How a proposal came about."""

    MESSAGE = "message"
    MENTION = "mention"
    SHORTCUT = "shortcut"
    COMMAND = "command"
    FOLLOW_UP = "follow-up"


class Origin(Frozen):
    """Who or what called for the proposal."""

    by: str  # Slack user id
    via: Via
    words: str | None = None  # what was said
    ts: str | None = None  # of the message
    at: AwareDatetime


class Approver(Frozen):
    """A person who may approve, with the account that the write is made as, and why they may."""

    name: str
    slack: str
    email: str
    salesforce: str | None  # username
    calendar: str | None
    why: str  # "owns the opportunity", "is a partner manager"


class Approval(Frozen):
    """Somebody's yes, naming exactly what it was said to."""

    by: Approver
    at: AwareDatetime
    version: int
    digest: str  # of kind, opportunity and payload
    versions: Mapping[str, str]  # the record versions behind what was shown


class Claim(Frozen):
    """The worker that carries a proposal out."""

    worker: str
    at: AwareDatetime
    attempt: int  # counts up over the proposal's life, so that no claim is like an earlier one
    versions: Mapping[str, str]  # the record versions that were read just before
    resumed: bool  # an earlier run may have written something that it did not get to record


class Proposal(Frozen):
    """The newest state of one action on one opportunity."""

    id: str  # prp_…
    kind: str
    opportunity: str
    deal_name: str
    deal_url: str
    subject: str = ""  # what it is about; see Action.subject
    payload: Mapping[str, Json]
    preview: Preview
    version: int = 1  # counts what is to be shown; a button carries it
    shown: int = 0  # the version that the card shows
    status: Status = Status.OPEN
    channel: str
    thread_ts: str | None
    card_ts: str | None = None
    origin: Origin
    approvers: tuple[Approver, ...]
    opened_at: AwareDatetime
    expires_at: AwareDatetime
    partner_of_record: str | None = None
    attribution: str | None = None
    edited_by: str | None = None  # Slack user id of the last editor
    moved: bool = False  # it came back because the deal moved on
    approval: Approval | None = None
    claim: Claim | None = None
    attempts: int = 0
    steps: Mapping[str, Reply] = {}
    receipt: Receipt | None = None
    outcome: str | None = None  # one sentence, once ended
    reason: str | None = None  # why it was declined
    ended_by: str | None = None  # Slack user id
    ended_at: AwareDatetime | None = None
    result_ts: str | None = None  # the message that told the thread
    follows: str | None = None  # the proposal whose result called for this one

    @property
    def action_type(self) -> type[Action]:
        """The kind of action."""
        return kinds()[self.kind]

    @property
    def action(self) -> Action:
        """The action as a value."""
        return self.action_type.model_validate(self.payload)

    @property
    def digest(self) -> str:
        """What an approval is bound to: kind, opportunity and everything that will be written."""
        return digest({"kind": self.kind, "opportunity": self.opportunity, "payload": self.payload})

    @property
    def key(self) -> str:
        """The idempotency key of its execution, from the approved payload."""
        if self.approval is None:
            raise ValueError(f"{self.id} has no approval, so it has no key")
        return digest({"proposal": self.id, "payload": self.approval.digest})

    def becomes(self, status: Status, **changes: object) -> Self:
        """The proposal one step on; ``ValueError`` when that step may not follow."""
        if status not in FOLLOWS[self.status]:
            raise ValueError(f"{self.id}: {status} may not follow {self.status}")
        return self.model_copy(update={"status": status, **changes})


SETTLE = timedelta(seconds=15)
"""How long a step's own process may take for what follows it, before the clock looks after it."""
LEASE = timedelta(minutes=5)
"""How long a claim holds without a recorded step, even of a worker that lives."""


def attention_at(proposal: Proposal) -> datetime | None:
    """When the clock should look at a proposal that has not moved by then; None when nothing is left to do."""
    match proposal.status:
        case Status.OPEN if proposal.card_ts is None or proposal.shown != proposal.version:
            return proposal.opened_at + SETTLE
        case Status.OPEN:
            return proposal.expires_at
        case Status.APPROVED if proposal.approval is not None:
            return proposal.approval.at + SETTLE
        case Status.EXECUTING:
            return (proposal.claim.at if proposal.claim else proposal.opened_at) + SETTLE
        case _ if proposal.result_ts is None and proposal.ended_at is not None:
            return proposal.ended_at + SETTLE
    return None
