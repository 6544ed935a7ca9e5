"""What is known about a deal: frozen values, no I/O. Every fact carries its source and when it was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

Json = Any
"""A value as JSON knows it: str, int, float, bool, None, list or dict of these."""

PORTFOLIO = "portfolio"
"""Stands where an opportunity's id stands, for what is about many of them at once."""


class Frozen(BaseModel):
    """A closed, immutable value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class System(StrEnum):
    """A system of record, by the name that people know."""

    SALESFORCE = "Salesforce"
    PARTNER_CENTRAL = "AWS Partner Central"
    CALENDAR = "Google Calendar"
    SLACK = "Slack"


class Role(StrEnum):
    """What a person does in the partnership. Only people on our side have a say in approvals."""

    SELLER = "seller"
    PARTNER_MANAGER = "partner manager"
    SALES_MANAGER = "sales manager"
    PARTNER = "partner"  # works for the other company


def known_zone(value: str) -> str:
    """The name of a time zone as it is; ``ValueError`` when there is none of this name."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{value} is no IANA time zone, such as Europe/Berlin") from None
    return value


class Person(Frozen):
    """Somebody the configuration names, with their account in each system. Never guessed from a display name."""

    name: str
    email: str
    role: Role
    slack: str | None = None  # Slack user id, U…
    salesforce: str | None = None  # Salesforce username
    calendar: str | None = None  # calendar id; None: no calendar that we may read
    company: str | None = None  # for people of the partner: whose they are
    manager: str | None = (
        None  # Slack id of whom they report to; policies may say that managers read their own people's
    )
    timezone: str = "UTC"  # IANA name
    country: str | None = Field(None, pattern=r"^[A-Z]{2}$")  # ISO 3166 alpha-2, for public holidays
    subdivision: str | None = None  # ISO 3166-2 part after the dash, for regional holidays
    workday_starts: time = time(9)
    workday_ends: time = time(17, 30)

    _zone = field_validator("timezone")(known_zone)

    @property
    def outsider(self) -> bool:
        """Whether this person works for the other company."""
        return self.role is Role.PARTNER


class FieldType(StrEnum):
    """How Salesforce's ``describe`` types a field, folded to what a form can ask for."""

    TEXT = "text"
    LONG_TEXT = "long text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"


class Fact(Frozen):
    """One thing known about a deal, with where it comes from.

    ``value`` is JSON: numbers as int or float, dates as ``YYYY-MM-DD``, date-times as ISO 8601 with offset.
    Where the configuration converts a value (a Salesforce stage to an AWS stage), ``value`` is the converted one,
    ``raw`` what the record holds; ``value`` is None when the conversion has no entry for ``raw``.
    """

    name: str  # our name of it: "p2b_score"
    label: str  # as the seller's screen says: "P2B Score"
    field: str  # as the system says: "P2B_Score__c", "Account.Website"
    value: Json
    raw: Json = None
    type: FieldType = FieldType.TEXT
    options: tuple[str, ...] = ()
    length: int | None = None  # characters
    scale: int | None = None  # digits after the decimal point
    low: float | None = None  # smallest value that makes sense, inclusive
    high: float | None = None
    writable: bool = False  # the configuration allows writing it and describe says updateable
    required: bool = False  # may not be cleared
    aliases: tuple[str, ...] = ()  # other words people use for it, lower case
    system: System = System.SALESFORCE
    record: str = ""
    as_of: AwareDatetime


class Owner(Frozen):
    """The Salesforce user who owns the opportunity."""

    id: str
    name: str
    username: str
    email: str
    active: bool


class Contact(Frozen):
    """A person at the customer, from the opportunity's contact roles."""

    first_name: str | None
    last_name: str
    email: str | None
    phone: str | None
    title: str | None
    role: str | None
    primary: bool = False


class Solution(Frozen):
    """A solution that the partner has registered with AWS."""

    id: str  # S-…
    name: str
    status: str  # Active | Inactive | Draft


class Teammate(Frozen):
    """Somebody on AWS's side of a referral."""

    name: str
    email: str
    title: str  # AWSSalesRep, PDM, …


class Referral(Frozen):
    """Our opportunity in AWS Partner Central, as AWS shows it."""

    id: str  # O…
    title: str | None
    company: str | None
    review_status: str | None
    stage: str | None
    reference: str | None  # PartnerOpportunityIdentifier: the Salesforce id
    involvement: str | None = None
    solutions: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    team: tuple[Teammate, ...] = ()
    engagement_score: str | None = None
    version: str  # LastModifiedDate
    as_of: AwareDatetime


class Interval(Frozen):
    """A stretch of time, start inclusive, end exclusive."""

    start: AwareDatetime
    end: AwareDatetime

    def meets(self, other: "Interval") -> bool:
        """Whether the two share any time."""
        return self.start < other.end and other.start < self.end


class Availability(Frozen):
    """When people are busy. A calendar that did not answer is unknown, which is never free."""

    window: Interval
    busy: Mapping[str, tuple[Interval, ...]]  # by calendar id; only calendars that answered
    unknown: Mapping[str, str]  # by calendar id: why it is not known
    read_as: str | None = None  # e-mail address of the person who read it, whose calendar is in it too
    as_of: AwareDatetime


class MeetingTerms(Frozen):
    """How this company schedules joint calls."""

    minutes: int
    buffer_minutes: int
    notice_hours: int  # nothing sooner than this
    horizon_days: int  # nothing later than this
    conference: bool


class ReferralTerms(Frozen):
    """What this company sends with every referral unless told otherwise on the card."""

    involvement: str
    visibility: str
    partner_of_record: str  # the value that goes to Salesforce
    attribution: str
    currency: str


class Sibling(Frozen):
    """Another open opportunity of the same account."""

    id: str
    name: str
    url: str
    amount: float | None


class Deal(Frozen):
    """An opportunity with everything read about it at one moment, from all systems that were asked."""

    id: str  # Salesforce opportunity id, 18 characters
    name: str
    account_id: str
    url: str
    facts: Mapping[str, Fact]
    owner: Owner
    contacts: tuple[Contact, ...]
    team: tuple[Person, ...]  # our people and the partner's, from the configuration
    meeting: MeetingTerms
    referring: ReferralTerms
    versions: Mapping[str, str]  # "Opportunity 006…": SystemModstamp
    as_of: AwareDatetime
    referral: Referral | None = None
    solutions: tuple[Solution, ...] = ()
    availability: Availability | None = None
    referred: bool | None = None  # whether anything was ever referred to the partner; None: nobody asked
    siblings: tuple[Sibling, ...] = ()
    held: Mapping[
        str, Mapping[str, Json]
    ] = {}  # what the opportunities of a batch hold: by id, by API name of field

    def value(self, name: str) -> Json:
        """The value of a fact by our name of it; None where it is empty or not mapped."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value

    def person(self, email: str) -> Person | None:
        """The configured person with this address, upper and lower case alike."""
        return next((p for p in self.team if p.email.lower() == email.lower()), None)

    @property
    def owner_person(self) -> Person | None:
        """The opportunity's owner as a configured person: matched by Salesforce username, nothing else."""
        return next((p for p in self.team if p.salesforce and p.salesforce == self.owner.username), None)


@dataclass(frozen=True, slots=True)
class Company:
    """A company as one list has it: an account of our CRM, or a line of a partner's list. Empty text: not known."""

    id: str  # in that list
    name: str
    website: str = ""
    country: str = ""  # as the list has it: a name or a code
    duns: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A file that somebody or something dropped into the bucket."""

    key: str
    etag: str  # changes with the content; in quotes, as S3 writes it
    size: int  # bytes
    modified: datetime

    @property
    def name(self) -> str:
        """The file's name, without the folders."""
        return self.key.rpartition("/")[2]


class Message(Frozen):
    """Something a person wrote in a deal channel."""

    text: str
    author: str  # Slack user id
    channel: str
    ts: str
    thread_ts: str | None = None
    addressed: bool = False  # the bot was mentioned, or the message was picked by its shortcut
    at: datetime
