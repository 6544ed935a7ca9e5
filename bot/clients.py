"""What an action may do to the outside world: one protocol per system, and the bundle that carries them.

The adapters keep these promises: every call has a timeout; vendor errors come out as ``bot.errors``; a write whose
outcome is unknown raises ``Unverified``; nothing is retried that is not safe to repeat.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime

from bot.deal import (
    Company,
    Contact,
    Deal,
    Fact,
    Frozen,
    Interval,
    Json,
    Owner,
    Referral,
    Sibling,
    Solution,
    System,
)


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


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """An open opportunity, as a scan of all of them reads it."""

    id: str
    name: str
    account_id: str
    account: str
    owner: str  # Salesforce username
    stage: str
    amount: float | None
    next_step: str
    ace_id: str  # our opportunity at AWS; empty: none
    created: datetime
    modified: datetime  # LastModifiedDate
    version: str  # SystemModstamp as Salesforce writes it


class Segment(StrEnum):
    """What an account is to us, by its opportunities: the first of these that is true."""

    CUSTOMER = "customer"  # has a won one
    OPEN_DEAL = "open deal"
    PROSPECT = "prospect"


class BulkJob(Frozen):
    """An ingest job as Salesforce shows it."""

    id: str
    state: str  # Open | UploadComplete | InProgress | JobComplete | Failed | Aborted
    processed: int
    failed: int
    message: str | None = None  # why it failed as a whole

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("JobComplete", "Failed", "Aborted")


class BulkOutcome(Frozen):
    """What became of a job's rows, by record id."""

    written: frozenset[str]
    failed: Mapping[str, str]  # Salesforce's own words
    unprocessed: frozenset[str]


class CrmReader(Protocol):
    """Salesforce, as one user, to read."""

    def opportunity(self, id: str) -> CrmRecord:
        """Read one opportunity; ``Refused`` when it does not exist or this user may not see it."""

    def siblings(self, account: str) -> tuple[Sibling, ...]:
        """The open opportunities of an account, newest first, at most 200."""

    def open_opportunities(self) -> tuple[Candidate, ...]:
        """The open opportunities, newest first, at most 2,000."""

    def fields(self) -> Mapping[str, Fact]:
        """Every mapped field of an opportunity as a fact without a value, by our names."""

    def site(self) -> str:
        """Where people open the org in a browser, without a trailing slash."""

    def accounts(self) -> Iterator[Company]:
        """Every account, in the order of their ids."""

    def segments(self) -> Mapping[str, Segment]:
        """What each account is to us, by account id; one that has no opportunity is left out."""

    def open_deals(self) -> Iterator[OpenDeal]:
        """Every open opportunity, in the order of their ids."""

    def changed_deals(self, since: datetime) -> Iterator[OpenDeal]:
        """The open opportunities whose SystemModstamp is ``since`` or later, in the order of their changes."""

    def read_rows(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Json]]:
        """What opportunities hold in these fields (API names), by id; those that this user does not see are left out.

        Any number of ids; ``LastModifiedBy`` (a username) comes with each row.
        """

    def bulk_job(self, id: str) -> BulkJob:
        """An ingest job as it stands; ``Refused`` when there is none."""

    def bulk_outcome(self, id: str) -> BulkOutcome:
        """What became of the rows of a job that has ended."""


class Crm(CrmReader, Protocol):
    """Salesforce, as one user, to write too."""

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Reply:
        """Set fields (by API name) of an opportunity, if its version is still the given one.

        ``Stale`` when it changed, ``Refused`` with Salesforce's own words when a rule forbids it, ``Unavailable``
        when nothing was written for a passing cause, ``Unverified`` when the outcome is unknown.
        """

    def write_rows(self, rows: Mapping[str, Mapping[str, Json]]) -> Reply:
        """Set fields (API names) of at most 200 opportunities, by id, each on its own.

        ``Reply.values["failed"]`` says by id why a row was not written, in Salesforce's words. ``Refused`` and
        ``Unavailable``: none was written; ``Unverified``: it is not known of any.
        """

    def open_bulk_job(self) -> Reply:
        """Make an ingest job that updates opportunities; ``record`` is its id. An empty one does nothing."""

    def upload_rows(self, job: str, rows: Mapping[str, Mapping[str, Json]]) -> Reply:
        """Give a job its rows; a job that has them already is an answer, and ``values["already"]`` then."""

    def close_bulk_job(self, job: str) -> Reply:
        """Let Salesforce begin; a job that was closed already is an answer, and ``values["already"]`` then."""


class Task(Frozen):
    """The state of a submission task of AWS."""

    id: str
    status: str  # IN_PROGRESS | COMPLETE | FAILED
    reason: str | None = None  # ReasonCode
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PartnerDeal:
    """One of our opportunities at AWS, as its list shows it."""

    id: str  # O…
    company: str
    website: str
    country: str
    stage: str
    review_status: str
    reference: str  # PartnerOpportunityIdentifier: the Salesforce id; empty: none
    modified: datetime  # LastModifiedDate


class Invitation(Frozen):
    """AWS invites us to an engagement."""

    id: str  # engi-…
    arn: str
    title: str
    sender: str  # company
    kind: str  # PayloadType: OpportunityInvitation, LeadInvitation
    status: str  # PENDING, ACCEPTED, REJECTED, EXPIRED
    company: str | None  # the customer, where the payload names one
    website: str | None
    country: str | None
    invited_at: AwareDatetime
    expires_at: AwareDatetime | None


class Insights(Frozen):
    """What AWS thinks of one of our opportunities (``GetAwsOpportunitySummary``)."""

    id: str  # O…
    engagement: str | None  # EngagementScore: High, Medium, Low
    quality: int | None  # OpportunityQuality.Score, 0 to 100
    trend: str | None
    recommendations: tuple[str, ...]  # AWS's own words, at most five
    as_of: AwareDatetime


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

    def deals(self, since: datetime | None = None) -> Iterator[PartnerDeal]:
        """Our opportunities that changed at ``since`` or later (all without it), in the order of their changes."""

    def invitations(self) -> tuple[Invitation, ...]:
        """The pending invitations that we received, the newest first, with what each says of the customer."""

    def insights(self, id: str) -> Insights:
        """What AWS thinks of one of our opportunities; everything is None where it has said nothing yet."""


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

    @property
    def steps(self) -> Mapping[str, Reply]:
        """The replies that are recorded, by step."""

    def progress(self, done: int, total: int) -> None:
        """Say how far it has come; shown to people, and a sign of life."""

    def token(self, step: str) -> str:
        """A UUID for a vendor's idempotency argument; the same for every run of this approval."""

    def once(self, step: str, do: Callable[[], Reply]) -> Reply:
        """Do a step and record its reply, or return the reply that an earlier run recorded."""
