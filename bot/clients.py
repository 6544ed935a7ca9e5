"""What an action may do to the outside world: one protocol per system, and the bundle that carries them.

The adapters keep these promises: every call has a timeout; vendor errors come out as ``bot.errors``; a write whose
outcome is unknown raises ``Unverified``; nothing is retried that is not safe to repeat.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import AwareDatetime

from bot.deal import Contact, Deal, Fact, Frozen, Interval, Json, Owner, Referral, Sibling, Solution, System


class Reply(Frozen):
    """What a system answered to one write, kept for the record."""

    system: System
    record: str  # id of the record written
    request_id: str | None = None  # ours: token, or client-chosen id
    response_id: str | None = None  # theirs: x-amzn-RequestId, new version, etag
    values: Mapping[str, Json] = {}
    at: AwareDatetime


class CrmRecord(Frozen):
    """An opportunity with its account, owner and contacts, as one query read it."""

    id: str
    name: str
    account_id: str
    url: str
    facts: Mapping[str, Fact]
    owner: Owner
    contacts: tuple[Contact, ...]
    versions: Mapping[str, str]
    modified_by: str  # username of LastModifiedBy
    as_of: AwareDatetime


class Candidate(Frozen):
    """An opportunity that may be meant."""

    id: str
    name: str
    account: str
    stage: str


class CrmReader(Protocol):
    """Salesforce, as one user, to read."""

    def opportunity(self, id: str) -> CrmRecord:
        """Read one opportunity; ``Refused`` when it does not exist or this user may not see it."""

    def siblings(self, account: str) -> tuple[Sibling, ...]:
        """The open opportunities of an account, newest first, at most 200."""

    def open_opportunities(self) -> tuple[Candidate, ...]:
        """The open opportunities, newest first, at most 2,000."""


class Crm(CrmReader, Protocol):
    """Salesforce, as one user, to write too."""

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Reply:
        """Set fields (by API name) of an opportunity, if its version is still the given one.

        ``Stale`` when it changed, ``Refused`` with Salesforce's own words when a rule forbids it, ``Unavailable``
        when nothing was written for a passing cause, ``Unverified`` when the outcome is unknown.
        """


class Task(Frozen):
    """The state of a submission task of AWS."""

    id: str
    status: str  # IN_PROGRESS | COMPLETE | FAILED
    reason: str | None = None  # ReasonCode
    message: str | None = None


class PartnerReader(Protocol):
    """AWS Partner Central, catalog fixed by the settings, to read."""

    def solutions(self) -> tuple[Solution, ...]:
        """The partner's own active solutions."""

    def referral(self, id: str) -> Referral:
        """Read our opportunity (O…) and AWS's summary of it; ``Refused`` when there is none."""

    def referred(self) -> bool:
        """Whether anything was ever referred to this partner, in this catalog."""

    def find(self, company: str, reference: str) -> Referral | None:
        """Our newest opportunity for this company whose PartnerOpportunityIdentifier is ``reference``.

        Looked for among the 500 newest of that company.
        """

    def task(self, opportunity: str, task: str) -> Task:
        """The task's present state; ``Unavailable`` while AWS does not list it yet."""


class Partner(PartnerReader, Protocol):
    """AWS Partner Central, to write too."""

    def create(self, payload: Mapping[str, Json], token: str) -> Reply:
        """Create the draft. ``payload`` is CreateOpportunity's input without Catalog and ClientToken.

        Same token and payload, one draft. ``Refused`` with each of AWS's findings, ``Unavailable`` when nothing was
        made, ``Unverified`` when that is unknown or AWS says that the token was used for something else.
        """

    def associate(self, id: str, entity_type: str, entity: str) -> Reply:
        """Attach a solution or product; already attached is fine, and ``values["already"]`` then."""

    def submit(self, id: str, involvement: str, visibility: str, token: str) -> tuple[Reply, Task]:
        """Start the submission task; the task may have FAILED although the call succeeded."""


class Meeting(Frozen):
    """A calendar event, as we ask for it and as it is read back."""

    id: str
    summary: str
    description: str
    when: Interval
    timezone: str
    attendees: tuple[str, ...]
    key: str  # our idempotency key, kept in the event's private properties
    conference: bool = True
    status: str = "confirmed"  # "cancelled" when somebody deleted it
    link: str | None = None  # where to see it
    join: str | None = None  # where to join it
    organizer: str | None = None
    etag: str | None = None


class CalendarReader(Protocol):
    """Google Calendar, as one user, to read."""

    def busy(self, calendars: Iterable[str], window: Interval) -> Mapping[str, tuple[Interval, ...] | str]:
        """For each calendar its busy stretches, or the reason why they are unknown."""

    def event(self, id: str) -> Meeting | None:
        """Read an event of this user's calendar; None when there is none."""


class Calendar(CalendarReader, Protocol):
    """Google Calendar, as one user, to write too."""

    def insert(self, meeting: Meeting) -> Reply:
        """Put the meeting into this user's calendar and invite; an event that already has its id is an answer.

        ``Unverified`` when the outcome is unknown.
        """


Warrant = Callable[[], None]
"""Asked immediately before each single request that writes: returns when it may be sent, raises when it may not."""


@dataclass(frozen=True)
class Readers:
    """The systems, as one person, to read."""

    crm: CrmReader
    partner: PartnerReader
    calendar: CalendarReader
    acting_as: str  # the person's name, for receipts
    acting_email: str = ""  # the person's calendar address


@dataclass(frozen=True)
class Clients(Readers):
    """The systems, as one approving person, to write too. Only the gateway makes such a bundle."""

    crm: Crm
    partner: Partner
    calendar: Calendar


class Journal(Protocol):
    """The steps of one execution, each recorded before the next begins."""

    @property
    def key(self) -> str:
        """Derived from the approved payload; the same for every run of this approval."""

    @property
    def deal(self) -> Deal:
        """The deal as it was read, and found as approved, just before the first run of this execution."""

    @property
    def resumed(self) -> bool:
        """Whether an earlier run may have written something that it did not get to record."""

    def token(self, step: str) -> str:
        """A UUID for a vendor's idempotency argument; the same for every run of this approval."""

    def once(self, step: str, do: Callable[[], Reply]) -> Reply:
        """Do a step and record its reply, or return the reply that an earlier run recorded."""
