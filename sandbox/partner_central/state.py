"""AWS's side: what it holds, how it is told to behave, and what it says has happened."""

import random
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.partner_central.answers import AwsError, missing

PENDING = "Pending Submission"


@dataclass
class Opportunity:
    """One opportunity with what AWS adds to it. ``body`` has the members of CreateOpportunity that are kept."""

    id: str
    catalog: str
    body: dict[str, Any]
    created: datetime
    modified: datetime
    origin: str = "Partner Referral"
    team: list[dict[str, Any]] = field(default_factory=list)
    related: dict[str, list[str]] = field(default_factory=dict)
    involvement: str | None = None
    visibility: str | None = None
    engagement: str | None = None
    invited: dict[str, Any] | None = None  # our invitation of AWS, as GetEngagementInvitation shows one
    hidden: bool = False  # an AWS referral that we have not accepted
    unseen: int = 0  # reads that still do not find it

    @property
    def status(self) -> str | None:
        """LifeCycle.ReviewStatus."""
        found: str | None = self.body["LifeCycle"].get("ReviewStatus")
        return found

    def touch(self, now: datetime) -> None:
        """A newer LastModifiedDate: milliseconds, and always later than the one before."""
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self.modified = max(now, self.modified + timedelta(milliseconds=1))


@dataclass
class Task:
    """A submission or an acceptance that AWS carries out by itself."""

    kind: str  # engagement-from-opportunity-task | engagement-by-accepting-invitation-task
    catalog: str
    finish: Callable[["Task"], None]
    row: dict[str, Any]
    polls: int = 0  # lists that still say IN_PROGRESS


@dataclass
class Invitation:
    """An invitation in our inbox; ``row`` has the members of GetEngagementInvitation."""

    catalog: str
    row: dict[str, Any]
    expires: datetime
    opportunity: str | None  # the hidden one that acceptance brings to light


@dataclass
class Audit:
    """One call as CloudTrail would keep it."""

    at: datetime
    operation: str
    arn: str
    session: str | None  # RoleSessionName
    source_identity: str | None
    error: str | None = None


@dataclass(frozen=True)
class Caller:
    """Whom an access key belongs to."""

    arn: str
    session: str | None = None
    source_identity: str | None = None
    token: str | None = None  # what X-Amz-Security-Token must be
    expires: datetime | None = None


class Desk:
    """The records of one partner account, and the switches that make AWS behave in its less common ways."""

    def __init__(self, aws: dict[str, Any]) -> None:
        self.account: str = aws["account"]
        self.company: str = aws.get("company", "Brightlane")
        self.solutions: list[dict[str, Any]] = aws.get("solutions", [])
        self.aws_team: list[dict[str, str]] = aws.get("team", [])
        self.allowed_catalogs = {"Sandbox", "AWS"}
        self.task_polls = 0  # how many lists still say IN_PROGRESS
        self.read_delay = 0  # how many reads do not find a new opportunity
        self.ignore_submits = False  # the task says COMPLETE and the record stays as it was
        self.associate_conflicts = False  # associating a pair again answers ConflictException
        self.update_drops_review_status = False  # an update without ReviewStatus loses it for good
        self.duplicate_events = False
        self.refused_roles: set[str] = set()  # roles that STS will not let anybody assume
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.clock: Callable[[], float] = time.monotonic
        self.records: dict[str, Opportunity] = {}
        self.tasks: dict[str, Task] = {}
        self.invitations: dict[str, Invitation] = {}
        self.engagements: dict[str, dict[str, Any]] = {}
        self.tokens: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
        self.callers: dict[str, Caller] = {}
        self.audit: list[Audit] = []
        self.events: list[dict[str, Any]] = []
        self.events_to: Callable[[dict[str, Any]], object] | None = (
            None  # where EventBridge's rule sends them
        )
        self._number = 7100000

    def number(self) -> str:
        """A new opportunity id."""
        self._number += 1
        return f"O{self._number}"

    def found(self, catalog: str, identifier: str) -> Opportunity:
        """The opportunity, as a write finds it; ResourceNotFoundException when there is none."""
        record = self.records.get(identifier)
        if record is None or record.catalog != catalog or record.hidden:
            raise missing(identifier)
        return record

    def emit(
        self, kind: str, catalog: str, detail: dict[str, Any], resources: list[str] | None = None
    ) -> None:
        """Say on the event bus that something happened (AWS Partner Central, "Selling API events")."""
        for _ in range(2 if self.duplicate_events else 1):
            event = {
                "version": "0",
                "id": tag("", 36),
                "source": "aws.partnercentral-selling",
                "detail-type": kind,
                "account": self.account,
                "region": "us-east-1",
                "time": seconds(self.now()),
                "resources": resources or [],
                "detail": {"schemaVersion": "1", "catalog": catalog, **detail},
            }
            self.events.append(event)
            if self.events_to is not None:
                self.events_to(event)

    def tell(self, kind: str, record: Opportunity) -> None:
        """Emit ``Opportunity Created`` or ``Opportunity Updated``: ids only."""
        self.emit(f"Opportunity {kind}", record.catalog, {"opportunity": {"identifier": record.id}})

    def arn(self, catalog: str, kind: str, identifier: str, *, shared: bool = False) -> str:
        """The ARN of a thing; what several accounts share carries no account."""
        account = "" if shared else self.account
        return f"arn:aws:partnercentral:us-east-1:{account}:catalog/{catalog}/{kind}/{identifier}"


def tag(prefix: str, length: int) -> str:
    """A random identifier: prefix and lower-case letters and digits."""
    return prefix + "".join(random.choices(string.ascii_lowercase + string.digits, k=length))


def seconds(at: datetime) -> str:
    """A timestamp with whole seconds, as CreatedDate has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis(at: datetime) -> str:
    """A timestamp with milliseconds, as LastModifiedDate has it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def nanos(at: datetime) -> str:
    """A timestamp with up to nine decimals and no trailing zeros, as tasks and invitations have it."""
    decimals = f"{at.microsecond:06d}{random.randrange(1000):03d}".rstrip("0")
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" + (f".{decimals}Z" if decimals else "Z")


def page(
    rows: list[Any], body: dict[str, Any], *, default: int, tail: bool = False
) -> tuple[list[Any], str | None]:
    """One page of rows and the token of the next. With ``tail`` the last page still names another, empty one."""
    try:
        start = int(body.get("NextToken", "page-0").removeprefix("page-"))
    except ValueError as error:
        raise AwsError(
            "ValidationException", "Invalid NextToken", reason="REQUEST_VALIDATION_FAILED"
        ) from error
    end = start + int(body.get("MaxResults", default))
    more = end < len(rows) or (tail and start < len(rows) <= end)
    return rows[start:end], f"page-{end}" if more else None
