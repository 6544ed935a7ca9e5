"""What the record takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import AwareDatetime

from bot.deal import Frozen, Json
from bot.proposal import Proposal


class AlreadyLive(Exception):
    """The same action on the same opportunity is under way; ``holder`` is that proposal's id."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@dataclass(frozen=True)
class Kept:
    """A proposal as it was read, with the revision that the next step must find."""

    proposal: Proposal
    revision: int


@dataclass(frozen=True)
class Handover:
    """A piece of work for a queue of the broker, in the broker's own form."""

    queue: str  # the list of ids
    messages: str  # the hash of bodies by id
    id: str
    body: bytes


class Link(Frozen):
    """A channel's opportunity."""

    channel: str
    opportunity: str
    deal_name: str
    deal_url: str
    by: str  # Slack user id
    at: AwareDatetime
    cause: str = ""  # what asked for it; the same cause links once


class Refusal(Frozen):
    """Somebody who was not let: who, what, and why."""

    by: str  # Slack user id
    team: str  # the workspace that they acted from, as Slack said
    wanted: str  # "approve", "override" …
    proposal: str = ""
    channel: str = ""
    why: str  # as they were told
    policy: str = ""  # digest
    decision: Mapping[str, Json] | None = None  # what the policy was asked, where it was
    cause: str  # what makes it one of its own


class Flaw(Frozen):
    """The first entry at which the ledger is not what was written."""

    seq: int
    what: str


class Verdict(Frozen):
    """What walking the chain found."""

    entries: int
    head: str
    flaw: Flaw | None
