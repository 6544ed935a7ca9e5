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


_APPROVED = frozenset({Status.APPROVED, Status.EXECUTING, Status.DONE, Status.FAILED, Status.UNVERIFIED})


def digest_of(kind: str, opportunity: str, payload: Mapping[str, Json]) -> str:
    """What an approval of writing this payload is bound to."""
    return digest({"kind": kind, "opportunity": opportunity, "payload": payload})


class Via(StrEnum):
    """How a proposal came about."""

    MESSAGE = "message"
    MENTION = "mention"
    SHORTCUT = "shortcut"
    COMMAND = "command"
    FOLLOW_UP = "follow-up"
    RULE = "rule"  # of the configuration
    FILE = "file"
    UNDO = "undo"
    RETRY = "retry"


BOT = "cosell"
"""Stands where a Slack user id stands, for what the bot proposes by itself."""


class Origin(Frozen):
    """Who or what called for the proposal."""

    by: str  # Slack user id; of a rule: ``BOT``
    via: Via
    words: str | None = None  # what was said; of a rule: its name and why it fired
    company: str | None = None  # whose person said it, where that is not ours
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
    roles: tuple[str, ...] = ()  # "seller", "partner manager" …
    under: str = (
        ""  # digest of the policy that was asked about their click when the card was drawn, and allowed it
    )
    by: tuple[str, ...] = ()  # the policies that did


class SignIn(Frozen):
    """That somebody proved who they are to their own company's identity provider, for one decision."""

    issuer: str  # address of the provider
    subject: str  # who they are to it
    at: AwareDatetime  # when they proved it (``auth_time``)
    strength: str | None  # ``acr``: the level that the provider vouches for
    how: tuple[str, ...]  # ``amr``: "pwd", "hwk", "mfa" … (RFC 8176)


class Approval(Frozen):
    """Somebody's yes, naming exactly what it was said to."""

    by: Approver
    at: AwareDatetime
    version: int
    digest: str  # of kind, opportunity and payload
    versions: Mapping[str, str]  # the record versions behind what was shown
    sign_in: SignIn | None = None  # where the policy asks for more than a click


class Missing(Frozen):
    """An approval that the policy asks for and nobody has given yet."""

    who: str  # "a sales manager"
    people: tuple[str, ...] = ()  # Slack ids of those who could give it


class Override(Frozen):
    """Break-glass: somebody authorised went ahead without an approval that was missing."""

    by: Approver
    at: AwareDatetime
    reason: str  # as they typed it
    missing: tuple[Missing, ...]  # what was skipped, and whom


class Stake(Frozen):
    """What a decision rests on beside the person: the facts that policies speak of, as they were read."""

    account: str = ""  # id of the account
    owner: str | None = None  # Slack id of the opportunity's owner, where the configuration names them
    amount: int | None = None  # whole units of the org's currency
    stage: str | None = None
    sensitivity: str | None = None
    partner: str = ""  # in lower case: "aws"
    first_referral: bool = False  # nothing was ever referred to this partner
    batch: int = 1  # records that are written
    shared: bool = False  # people of another company are in the channel


class LookAlike(Frozen):
    """Another open deal of the same account that could be meant."""

    name: str
    url: str
    why: str  # "nearly the same name"


class Claim(Frozen):
    """The worker that carries a proposal out."""

    worker: str
    at: AwareDatetime
    attempt: int  # counts up over the proposal's life, so that no claim is like an earlier one
    versions: Mapping[str, str]  # the record versions that were read just before
    resumed: bool  # an earlier run may have written something that it did not get to record


class Progress(Frozen):
    """How far an execution of many records has come."""

    done: int
    total: int


class Proposal(Frozen):
    """The newest state of one action on one opportunity."""

    id: str  # prp_…
    kind: str
    opportunity: str
    deal_name: str
    deal_url: str
    account_name: str = ""  # the customer
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
    approvals: tuple[Approval, ...] = ()  # of exactly this version, the first one's account makes the write
    missing: tuple[Missing, ...] = ()  # what is still needed beside them
    override: Override | None = None
    stake: Stake = Stake()
    alike: tuple[LookAlike, ...] = ()
    policy: str = ""  # digest of the policy that the newest decision was made under
    claim: Claim | None = None
    attempts: int = 0
    progress: Progress | None = None
    steps: Mapping[str, Reply] = {}
    receipt: Receipt | None = None
    outcome: str | None = None  # one sentence, once ended
    reason: str | None = None  # why it was declined
    ended_by: str | None = None  # Slack user id
    ended_at: AwareDatetime | None = None
    undoable: bool = False  # what was written can be put back, by an action of its own
    unwritten: int = 0  # records that were not written and can be tried again
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

    def approver(self, user: str) -> Approver | None:
        """This Slack user as one of those who may approve it; None for anybody else."""
        return next((approver for approver in self.approvers if approver.slack == user), None)

    def has_approval_of(self, user: str) -> bool:
        """Whether this Slack user has approved it as it is."""
        return any(given.by.slack == user for given in self.approvals)

    @property
    def approval(self) -> Approval | None:
        """The approval whose giver makes the write, once there are enough; None before and where it failed to come."""
        return self.approvals[0] if self.approvals and self.status in _APPROVED else None

    @property
    def approved_at(self) -> datetime | None:
        """When the last approval that was needed was given."""
        if self.approval is None:
            return None
        return self.override.at if self.override is not None else self.approvals[-1].at

    @property
    def digest(self) -> str:
        """What an approval is bound to: kind, opportunity and everything that will be written."""
        return digest_of(self.kind, self.opportunity, self.payload)

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
        case Status.APPROVED if proposal.approved_at is not None:
            return proposal.approved_at + SETTLE
        case Status.EXECUTING:
            return (proposal.claim.at if proposal.claim else proposal.opened_at) + SETTLE
        case _ if proposal.result_ts is None and proposal.ended_at is not None:
            return proposal.ended_at + SETTLE
    return None
