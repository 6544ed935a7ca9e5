"""A calendar event of the Google stand-in: what it holds, what each person sees of it, what Google would not take."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

REASONS = {
    400: "badRequest",
    401: "authError",
    403: "rateLimitExceeded",
    404: "notFound",
    409: "duplicate",
    410: "deleted",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
    500: "backendError",
    503: "backendError",
}
"""The reason that goes with a status, where nothing more is known."""
WORDS = {
    "authError": "Invalid Credentials",
    "backendError": "Backend Error",
    "badRequest": "Bad Request",
    "conditionNotMet": "Precondition Failed",
    "deleted": "Resource has been deleted",
    "duplicate": "The requested identifier already exists.",
    "forbidden": "Forbidden",
    "forbiddenForNonOrganizer": "Shared properties can only be changed by the organizer of the event.",
    "forbiddenForServiceAccounts": (
        "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
    ),
    "fullSyncRequired": "Sync token is no longer valid, a full sync is required.",
    "insufficientPermissions": "Request had insufficient authentication scopes.",
    "notFound": "Not Found",
    "quotaExceeded": "Calendar usage limits exceeded.",
    "rateLimitExceeded": "Rate Limit Exceeded",
    "requiredAccessLevel": "You need to have writer access to this calendar.",
    "timeRangeEmpty": "The specified time range is empty.",
    "timeRangeTooLong": "The requested time range is too long.",
    "userRateLimitExceeded": "User Rate Limit Exceeded",
}
DOMAINS = {
    "rateLimitExceeded": "usageLimits",
    "userRateLimitExceeded": "usageLimits",
    "quotaExceeded": "usageLimits",
    "requiredAccessLevel": "calendar",
    "forbiddenForNonOrganizer": "calendar",
    "forbiddenForServiceAccounts": "calendar",
    "fullSyncRequired": "calendar",
}


class ApiError(Exception):
    """An answer in Google's error shape (Google Calendar API, "Handle API errors")."""

    def __init__(self, status: int, reason: str, message: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        said = message or WORDS.get(reason, reason)
        detail = {"domain": DOMAINS.get(reason, "global"), "reason": reason, "message": said}
        self.body = {"error": {"errors": [detail], "code": status, "message": said}}


@dataclass
class Event:
    """One event, the same in every calendar that holds it; ``private`` properties belong to one copy."""

    id: str
    organizer: str
    body: dict[str, Any]
    created: datetime
    private: dict[str, dict[str, str]] = field(default_factory=dict)
    gone_from: set[str] = field(default_factory=set)  # guests who removed their copy
    conference: dict[str, Any] | None = None
    conference_status: str = "pending"
    gets: int = 0
    sequence: int = 0
    seeded: bool = False
    updated: datetime = field(init=False)
    change: int = 0

    def __post_init__(self) -> None:
        self.updated = self.created

    @property
    def stretch(self) -> tuple[datetime, datetime]:
        """Start and end."""
        return _instant(self.body["start"], "start"), _instant(self.body["end"], "end")

    @property
    def etag(self) -> str:
        """Differs after every change."""
        return f'"{3_500_000_000_000_000 + self.change}"'

    @property
    def guests(self) -> list[dict[str, Any]]:
        """The attendee entries."""
        found: list[dict[str, Any]] = self.body.get("attendees", [])
        return found

    def guest(self, email: str) -> dict[str, Any] | None:
        """The attendee entry of this address."""
        return next((guest for guest in self.guests if guest["email"].lower() == email), None)

    def cancelled_for(self, email: str) -> bool:
        """Whether it was deleted, for everybody or from this calendar."""
        return self.body["status"] == "cancelled" or email in self.gone_from

    def takes_time_of(self, email: str) -> bool:
        """Whether it makes this person busy: not cancelled, not transparent, not declined."""
        if self.cancelled_for(email) or self.body.get("transparency") == "transparent":
            return False
        guest = self.guest(email)
        return guest is None or guest["responseStatus"] != "declined"

    def answers(self, email: str, asked: Any) -> bool:
        """Whether it is among what a list request asks for in this calendar."""
        start, end = self.stretch
        if asked.get("timeMin") and end <= moment(asked["timeMin"], "timeMin"):
            return False
        if asked.get("timeMax") and start >= moment(asked["timeMax"], "timeMax"):
            return False
        if asked.get("q") and asked["q"].lower() not in self.body.get("summary", "").lower():
            return False
        mine = self.private.get(email, {})
        wanted = (text.partition("=") for text in asked.getlist("privateExtendedProperty"))
        return all(mine.get(name) == value for name, _, value in wanted)

    def view(self, email: str, url: str) -> dict[str, Any]:
        """The event resource as the owner of this calendar reads it."""
        organizer = {"email": self.organizer, **({"self": True} if email == self.organizer else {})}
        view: dict[str, Any] = {
            "kind": "calendar#event",
            "etag": self.etag,
            "id": self.id,
            "htmlLink": f"{url}/event?eid={self.id}",
            "created": zulu(self.created),
            "updated": zulu(self.updated),
            "creator": organizer,
            "organizer": organizer,
            "iCalUID": f"{self.id}@google.com",
            "sequence": self.sequence,
            "eventType": "default",
            **json.loads(json.dumps(self.body)),
        }
        if email in self.gone_from:
            view["status"] = "cancelled"
        for guest in view.get("attendees", ()):
            guest.update({"self": True} if guest["email"].lower() == email else {})
            guest.update({"organizer": True} if guest["email"].lower() == self.organizer else {})
        if self.private.get(email):
            view["extendedProperties"] = {"private": dict(self.private[email])}
        return view | self._conference_view()

    def _conference_view(self) -> dict[str, Any]:
        if self.conference is None:
            return {}
        status = {"statusCode": self.conference_status}
        data: dict[str, Any] = {"createRequest": {**self.conference, "status": status}}
        if self.conference_status != "success":
            return {"conferenceData": data}
        code = self.id.translate(str.maketrans("0123456789", "abcdefghij")).ljust(10, "a")
        name = f"{code[:3]}-{code[3:7]}-{code[7:10]}"
        link = f"https://meet.google.com/{name}"
        data |= {
            "conferenceId": name,
            "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
            "entryPoints": [{"entryPointType": "video", "uri": link, "label": link.removeprefix("https://")}],
        }
        return {"conferenceData": data, "hangoutLink": link}


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with its guests completed; an ``ApiError`` says what Google would not take."""
    for name in ("start", "end"):
        if not body.get(name):
            raise ApiError(400, "required", f"Missing {name} time.")
    if _instant(body["end"], "end") <= _instant(body["start"], "start"):
        raise ApiError(400, "timeRangeEmpty")
    guests = []
    for guest in body.get("attendees", ()):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", guest.get("email", "")):
            raise ApiError(400, "invalid", "Invalid attendee email.")
        guests.append({"responseStatus": "needsAction", **guest})
    return {**body, **({"attendees": guests} if "attendees" in body else {})}


def moment(text: str, name: str, zone: str | None = None) -> datetime:
    """A date-time of a request, in UTC; it needs an offset or ``zone``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(400, "invalid", f"Invalid value for: {name}.") from error
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    if zone is None:
        raise ApiError(400, "required", f"Missing time zone definition for {name} time.")
    return found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def zulu(when: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(when: Mapping[str, str], name: str) -> datetime:
    if "date" in when:
        return moment(f"{when['date']}T00:00:00+00:00", name)
    if "dateTime" not in when:
        raise ApiError(400, "required", f"Missing {name} time.")
    return moment(when["dateTime"], name, when.get("timeZone"))
