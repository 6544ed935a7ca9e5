"""What the doctor asks of each system: only reads, each with a timeout, vendors' errors as ``bot.errors``.

One protocol for each system; the adapters keep them. ``Unavailable`` is raised when a system does not answer, and
``Refused`` with its words when it does not let us look.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.action import Needs
from bot.config import Config
from bot.deal import Deal, Frozen, Interval
from bot.errors import Refused
from bot.ledger.chain import Line
from bot.settings import Settings


# -- the store ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Newest:
    """The end of the ledger, read in one moment."""

    head: str  # link of the newest entry as the head has it, hex; empty: none was written
    seq: int  # how many were written
    lines: tuple[Line, ...]  # oldest first


class StoreExaminer(Protocol):
    """Redis or Valkey."""

    def server(self) -> tuple[str, str]:
        """What it is and its version: ``("redis", "7.4.1")``."""

    def persistence(self) -> Mapping[str, str]:
        """``INFO persistence``; ``Refused`` where this user may not ask."""

    def configured(self) -> Mapping[str, str]:
        """``CONFIG GET`` of append… and maxmemory…; ``Refused`` where a managed store does not tell."""

    def ahead(self) -> float:
        """By how many seconds its clock is ahead of this machine's."""

    def try_out(self) -> None:
        """Write a key of our own, read it and delete it again; ``Refused`` when that does not go."""

    def newest(self, most: int) -> Newest:
        """So many of the ledger's newest entries."""


# -- Slack ----------------------------------------------------------------------------------------------------------
class Bearer(Frozen):
    """Whose a token is."""

    team: str  # T…; empty for an app-level token
    team_name: str
    user: str  # the bot's name in Slack
    scopes: tuple[str, ...] | None  # None: Slack did not say


class SlackRefusal(Refused):
    """Slack answered with an error; ``code`` is its name."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack says: {code}.")
        self.code = code


class Channel(Frozen):
    """A channel as the bot sees it."""

    name: str
    member: bool  # the bot is in it
    archived: bool


class Member(Frozen):
    """A user of Slack."""

    team: str
    deleted: bool
    automated: bool  # a bot or a workflow


class ChatExaminer(Protocol):
    """Slack, as the bot. What Slack answers with an error is a ``SlackRefusal``."""

    def bearer(self) -> Bearer:
        """Whose the bot's token is, and what it may do."""

    def app_token(self, token: str) -> None:
        """Returns when Slack takes an app-level token."""

    def channel(self, id: str) -> Channel:
        """A channel."""

    def members(self, users: Sequence[str]) -> Mapping[str, Member]:
        """These users, read in parallel; those that Slack does not know are left out."""


# -- Salesforce -----------------------------------------------------------------------------------------------------
class Bar(StrEnum):
    """Why Salesforce does not let the bot in as somebody."""

    CLIENT = "the consumer key"
    KEY = "the certificate"
    ADDRESS = "the login address"
    NOT_APPROVED = "the user is not let in by the app"
    INACTIVE = "the user is not active"
    OTHER = "something else"


class Barred(Refused):
    """Salesforce does not let the bot in."""

    def __init__(self, said: str, bar: Bar) -> None:
        super().__init__(said)
        self.bar = bar


class CrmField(Frozen):
    """A field of an object as ``describe`` tells it to one user."""

    name: str
    type: str  # Salesforce's: string, double, picklist …
    length: int
    precision: int
    scale: int
    updateable: bool
    calculated: bool  # a formula
    options: tuple[str, ...]  # active ones
    relationship: str | None
    targets: tuple[str, ...]


class CrmObject(Frozen):
    """An object as ``describe`` tells it to one user."""

    name: str
    label: str
    updateable: bool
    fields: Mapping[str, CrmField]  # by lower-case name

    def target(self, relationship: str) -> str | None:
        """The object that a relationship leads to."""
        return next(
            (
                field.targets[0]
                for field in self.fields.values()
                if field.targets and (field.relationship or "").lower() == relationship.lower()
            ),
            None,
        )


class CrmExaminer(Protocol):
    """Salesforce, as any user whom the bot's app lets in; as the bot's own without a name."""

    version: str  # of the API that the bot speaks: "66.0"

    def versions(self) -> tuple[str, ...]:
        """Those that the org speaks, the oldest first; the first call, so that ``Barred`` is raised here."""

    def object(self, name: str, username: str | None = None) -> CrmObject | None:
        """An object; None when the org has none of this name, or this user may not see it."""

    def active(self, usernames: Sequence[str]) -> Mapping[str, bool]:
        """Which of these users are active, by lower-case username; those that are not there are left out."""

    def calls(self) -> tuple[int, int] | None:
        """How many of the org's API calls of 24 hours are used, and how many there are, by its newest answer."""

    def newest_open(self) -> str | None:
        """The id of the newest open opportunity."""


# -- Google Calendar ------------------------------------------------------------------------------------------------
class Hurdle(StrEnum):
    """Why somebody's calendar cannot be read."""

    DELEGATION = "the service account may not act for this domain"
    NO_USER = "there is no such user"
    KEY = "the key is not accepted"
    API_OFF = "the Calendar API is off"
    CLOSED = "the calendar is not shared"
    OTHER = "something else"


class Blocked(Refused):
    """Google does not show a calendar."""

    def __init__(self, said: str, hurdle: Hurdle) -> None:
        super().__init__(said)
        self.hurdle = hurdle


class CalendarExaminer(Protocol):
    """Google Calendar, through the service account."""

    account: str  # the service account's address
    client: str  # its client id, as the Admin console wants it
    project: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the bot asks for."""

    def look(self, calendar: str, as_user: str, window: Interval) -> None:
        """Read somebody's free/busy as a user; ``Blocked`` says why it does not go."""


# -- AWS ------------------------------------------------------------------------------------------------------------
class NotGranted(Refused):
    """IAM does not allow an action."""


class Looked(Frozen):
    """One read that was tried."""

    action: str  # IAM's name without the prefix: "ListSolutions"
    said: str | None = None  # why it did not go; None: it did
    denied: bool = False  # IAM says no
    away: bool = False  # AWS did not answer


class PartnerExaminer(Protocol):
    """AWS Partner Central, and what stands around it."""

    catalog: str
    role: str | None

    def credentials(self) -> str:
        """Where the bot's own credentials come from, in words; ``Refused`` when there are none."""

    def sign_in(self, who: str) -> None:
        """Become the role as this person ("": nobody in particular); ``Refused`` when STS says no."""

    def looks(self) -> Iterator[Looked]:
        """Every read that the bot makes, tried once, as far as there is something to read."""

    def solutions(self) -> int:
        """How many active solutions there are."""

    def answers_in(self, catalog: str) -> bool:
        """Whether the same credentials may read another catalog."""

    def statement(self, catalog: str) -> str:
        """The policy that lets the bot do all that it does, as JSON."""

    def trust(self, who: str) -> str:
        """The statement of the role's trust policy that the bot needs, as JSON."""

    def queue(self, url: str) -> None:
        """Returns when the queue can be looked at; ``NotGranted`` when that alone is not allowed."""

    def bucket(self, name: str, prefix: str) -> None:
        """Returns when the bucket can be listed; ``NotGranted`` when that is not allowed."""


# -- all of them ----------------------------------------------------------------------------------------------------
class Reads(Protocol):
    """The live facts of a deal, as ``bot.context`` reads them."""

    def __call__(
        self, opportunity: str, needs: Needs, salesforce: str | None = None, email: str = ""
    ) -> Deal:
        """The deal as it is now, read as a person, or as the bot itself."""


@dataclass(frozen=True)
class Examination:
    """Everything that the sections look at; each examiner is built when its section begins."""

    settings: Settings
    config: Config
    store: Callable[[], StoreExaminer]
    chat: Callable[[], ChatExaminer]
    crm: Callable[[], CrmExaminer]
    calendar: Callable[[], CalendarExaminer]
    partner: Callable[[], PartnerExaminer]
    provider: Callable[[], str] | None  # reads what the identity provider publishes; its name of itself
    deals: Callable[[], Reads]
