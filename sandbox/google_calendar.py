"""A stand-in of Google Calendar v3 and of the token endpoint that service accounts use.

What it answers keeps to the vendor's discovery document; what it refuses follows the vendor's error guide
(Google Calendar API, "Handle API errors").
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.google_event import REASONS, ApiError, Event, checked, moment, zulu
from sandbox.server import Fault, StandIn

AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/calendar"
READS_BUSY = {SCOPE, f"{SCOPE}.readonly", f"{SCOPE}.freebusy", f"{SCOPE}.events.freebusy"}
WRITES_EVENTS = {SCOPE, f"{SCOPE}.events", f"{SCOPE}.events.owned"}
READS_EVENTS = WRITES_EVENTS | {
    f"{SCOPE}.readonly",
    f"{SCOPE}.events.readonly",
    f"{SCOPE}.events.owned.readonly",
}
MOST_CALENDARS = 50
LONGEST_RANGE = timedelta(days=92)
SHARED = (
    *("summary", "description", "location", "start", "end", "attendees", "status", "transparency"),
    *("visibility", "guestsCanModify", "guestsCanInviteOthers", "guestsCanSeeOtherGuests", "reminders"),
)
"""What an insert or patch may set, beside the id, conference and private properties."""
NOT_WITH_SYNC_TOKEN = {"iCalUID", "orderBy", "privateExtendedProperty", "sharedExtendedProperty"} | {
    *("q", "timeMin", "timeMax", "updatedMin")
}


@dataclass(frozen=True)
class Invitation:
    """A mail that Google sent to somebody about an event."""

    to: str
    event_id: str
    why: str  # "invited", "updated" or "cancelled"
    summary: str


class GoogleCalendar(StandIn):
    """Calendars of the people in the seed; Workspace users of one domain, reached by delegation.

    ``url`` + ``/calendar/v3/`` is the API, ``url`` + ``/token`` the token endpoint.
    """

    name = "google-calendar"

    def __init__(self, seed: dict[str, Any]) -> None:
        super().__init__()
        self.public_key_pem: str | None = None  # set: assertions must be signed with its private half
        self.undelegated: set[str] = set()  # people whom the service account may not act as
        self.gone: set[str] = set()  # addresses for which the Workspace has no user any more
        self.invitations: list[Invitation] = []
        self.ignore_inserts = False  # answer 200 and keep nothing
        self.conference_gets = 1  # how many gets until the conference is ready; 0: at once
        self.conference_fails = False
        self._lock = threading.RLock()
        self._zones: dict[str, str] = {}
        self._hidden: set[str] = set()
        self._events: dict[str, dict[str, Event]] = {}
        self._tokens: dict[str, tuple[str, set[str], float]] = {}
        self._change = 0
        self._oldest_sync = 0
        for email, calendar in seed["calendar"].items():
            key = email.lower()
            self._zones[key] = calendar["timezone"]
            self._events[key] = {}
            if calendar.get("hidden"):
                self._hidden.add(key)
            today_zone = ZoneInfo(calendar["timezone"])
            today = datetime.now(today_zone).date()
            for days, *clocks in calendar["busy"]:
                day = today + timedelta(days=days)
                start, end = (
                    datetime.combine(day, clock_time.fromisoformat(clock), today_zone) for clock in clocks
                )
                self._book(key, start, end).seeded = True
        self._app = Starlette(routes=self._routes())

    def asgi(self) -> ASGIApp:
        """The API and the token endpoint."""
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        """The call by its id in the discovery document, without ``calendar.``."""
        place = path.partition("?")[0]
        if not place.startswith("/calendar/v3/"):
            return "token"
        if place.endswith("/freeBusy"):
            return "freebusy.query"
        one = not place.endswith("/events")
        verbs = {"POST": "insert", "PATCH": "patch", "DELETE": "delete", "GET": "get" if one else "list"}
        return f"events.{verbs.get(method, method.lower())}"

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        """Google's error body; ``fault.code`` is the reason, or an OAuth error of the token endpoint."""
        status = fault.status or 500
        reason = fault.code or REASONS.get(status, "backendError")
        oauth = {"error": reason, "error_description": reason.replace("_", " ").capitalize()}
        body = oauth if "_" in reason else ApiError(status, reason).body
        return status, {"content-type": "application/json; charset=UTF-8"}, json.dumps(body).encode()

    # -- for tests and the demonstration ------------------------------------------------------------------------
    def events(self, email: str) -> list[dict[str, Any]]:
        """What was put into this calendar since the start, as its owner sees it, cancelled ones too."""
        with self._lock:
            key = email.lower()
            return [self._view(event, key) for event in self._events[key].values() if not event.seeded]

    def diary(self, email: str) -> list[dict[str, Any]]:
        """Everything in this calendar as its owner sees it, what it started with too."""
        with self._lock:
            key = email.lower()
            return [self._view(event, key) for event in self._events[key].values()]

    def people(self) -> dict[str, str]:
        """Everybody who has a calendar here, with their time zone."""
        return dict(self._zones)

    def event(self, email: str, id: str) -> dict[str, Any] | None:
        """One event as the owner of this calendar sees it."""
        with self._lock:
            event = self._events[email.lower()].get(id)
            return None if event is None else self._view(event, email.lower())

    def book(
        self, email: str, start: datetime, end: datetime, summary: str, *, transparent: bool = False
    ) -> dict[str, Any]:
        """Somebody puts something into their own calendar."""
        with self._lock:
            event = self._book(email.lower(), start, end, summary)
            event.body["transparency"] = "transparent" if transparent else "opaque"
            return self._view(event, email.lower())

    def rsvp(self, email: str, event_id: str, status: str) -> None:
        """A guest answers: ``accepted``, ``tentative`` or ``declined``."""
        with self._lock:
            event = self._events[email.lower()][event_id]
            guest = event.guest(email.lower())
            if guest is None:
                raise KeyError(f"{email} is not invited to {event_id}")
            guest["responseStatus"] = status
            self._changed(event)

    def cancel(self, email: str, event_id: str) -> None:
        """Somebody deletes the event in their calendar; the organizer deletes it for everybody."""
        with self._lock:
            self._delete(email.lower(), self._events[email.lower()][event_id], "all")

    def forget_tokens(self) -> None:
        """Every access token handed out so far is refused from now on."""
        self._tokens.clear()

    def expire_sync_tokens(self) -> None:
        """Every sync token handed out so far is answered with 410."""
        self._oldest_sync = self._change + 1
        self._change += 1

    # -- routes ---------------------------------------------------------------------------------------------------
    def _routes(self) -> list[Route]:
        events = "/calendar/v3/calendars/{calendar}/events"
        return [
            Route("/token", self._token, methods=["POST"]),
            Route("/calendar/v3/freeBusy", self._answering(self._free_busy, READS_BUSY), methods=["POST"]),
            Route(events, self._answering(self._insert, WRITES_EVENTS), methods=["POST"]),
            Route(events, self._answering(self._list, READS_EVENTS), methods=["GET"]),
            Route(f"{events}/{{event}}", self._answering(self._get, READS_EVENTS), methods=["GET"]),
            Route(f"{events}/{{event}}", self._answering(self._patch, WRITES_EVENTS), methods=["PATCH"]),
            Route(f"{events}/{{event}}", self._answering(self._remove, WRITES_EVENTS), methods=["DELETE"]),
        ]

    def _answering(
        self, do: Callable[[Request, str, Any], Any], scopes: set[str]
    ) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            content = await request.body()
            try:
                with self._lock:
                    subject = self._subject(request, scopes)
                    found = do(request, subject, json.loads(content) if content else {})
            except ApiError as error:
                return JSONResponse(error.body, error.status)
            except json.JSONDecodeError:
                return JSONResponse(ApiError(400, "parseError", "Parse Error").body, 400)
            return Response(status_code=204) if found is None else JSONResponse(found)

        return answer

    def _subject(self, request: Request, scopes: set[str]) -> str:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        subject, granted, until = self._tokens.get(bearer, ("", set(), 0.0))
        if time.time() >= until:
            raise ApiError(401, "authError")
        if not granted & scopes:
            raise ApiError(403, "insufficientPermissions")
        return subject

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _oauth(400, "unsupported_grant_type", "Invalid grant_type.")
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                key=self.public_key_pem or "",
                algorithms=["RS256"],
                audience=AUDIENCE,
                options={
                    "verify_signature": self.public_key_pem is not None,
                    "require": ["iss", "exp", "iat"],
                },
            )
        except jwt.PyJWTError as error:
            return _oauth(400, "invalid_grant", f"Invalid JWT: {error}.")
        subject = str(claims.get("sub", "")).lower()
        if subject in {one.lower() for one in self.gone}:
            return _oauth(400, "invalid_grant", "Invalid email or User ID")
        if subject not in self._zones or subject in self._hidden | {u.lower() for u in self.undelegated}:
            why = (
                "Client is unauthorized to retrieve access tokens using this method, "
                "or client not authorized for any of the scopes requested."
            )
            return _oauth(401, "unauthorized_client", why)
        token = f"ya29.{secrets.token_urlsafe(16)}"
        with self._lock:
            self._tokens[token] = (subject, set(str(claims.get("scope", "")).split()), time.time() + 3599)
        return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    # -- free/busy ------------------------------------------------------------------------------------------------
    def _free_busy(self, _request: Request, _subject: str, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked.get("timeMin") or not asked.get("timeMax"):
            raise ApiError(400, "required", "Missing timeMin or timeMax parameter.")
        start, end = (moment(asked[name], name) for name in ("timeMin", "timeMax"))
        if end <= start:
            raise ApiError(400, "timeRangeEmpty")
        if end - start > LONGEST_RANGE:
            raise ApiError(400, "timeRangeTooLong")
        calendars: dict[str, Any] = {}
        most = min(asked.get("calendarExpansionMax", MOST_CALENDARS), MOST_CALENDARS)
        for count, item in enumerate(asked.get("items", ())):
            if count >= most:
                calendars[item["id"]] = _no_answer("tooManyCalendarsRequested")
                continue
            key = item["id"].lower()
            known = key in self._zones and key not in self._hidden
            calendars[item["id"]] = {"busy": self._busy(key, start, end)} if known else _no_answer("notFound")
        return {
            "kind": "calendar#freeBusy",
            "timeMin": zulu(start),
            "timeMax": zulu(end),
            "calendars": calendars,
        }

    def _busy(self, key: str, start: datetime, end: datetime) -> list[dict[str, str]]:
        taken = sorted(e.stretch for e in self._events[key].values() if e.takes_time_of(key))
        merged: list[tuple[datetime, datetime]] = []
        for since, until in taken:
            if until <= start or since >= end:
                continue
            since, until = max(since, start), min(until, end)
            if merged and since <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
            else:
                merged.append((since, until))
        return [{"start": zulu(since), "end": zulu(until)} for since, until in merged]

    # -- events ---------------------------------------------------------------------------------------------------
    def _insert(self, request: Request, subject: str, given: dict[str, Any]) -> dict[str, Any]:
        key = self._own(request, subject, writing=True)
        chosen = given.get("id") or secrets.token_hex(13)
        if not re.fullmatch(r"[a-v0-9]{5,1024}", chosen):
            raise ApiError(400, "invalid", "Invalid resource id value.")
        if chosen in self._events[key]:
            raise ApiError(409, "duplicate")
        body = {name: given[name] for name in SHARED if name in given}
        event = Event(chosen, key, {"status": "confirmed", **checked(body)}, datetime.now(UTC))
        event.private[key] = dict(given.get("extendedProperties", {}).get("private", {}))
        self._ask_for_conference(event, request, given)
        self._changed(event)
        if not self.ignore_inserts:
            self._place(event)
            self._mail(event, request.query_params.get("sendUpdates", "none"), "invited", key)
        return self._view(event, key)

    def _get(self, request: Request, subject: str, _given: Any) -> dict[str, Any]:
        key = self._own(request, subject)
        event = self._found(request, key)
        event.gets += 1
        self._settle_conference(event)
        return self._view(event, key)

    def _patch(self, request: Request, subject: str, given: dict[str, Any]) -> dict[str, Any]:
        key = self._own(request, subject, writing=True)
        event = self._found(request, key)
        if (match := request.headers.get("if-match")) and match not in ("*", event.etag):
            raise ApiError(412, "conditionNotMet")
        if key != event.organizer and set(given) - {"attendees", "extendedProperties", "reminders"}:
            raise ApiError(403, "forbiddenForNonOrganizer")
        body = checked({**event.body, **{name: given[name] for name in SHARED if name in given}})
        moved = (body["start"], body["end"]) != (event.body["start"], event.body["end"])
        event.body = body
        if moved:
            event.sequence += 1
            for guest in body.get("attendees", ()):
                guest["responseStatus"] = "accepted" if guest["email"].lower() == key else "needsAction"
        event.private.setdefault(key, {}).update(given.get("extendedProperties", {}).get("private", {}))
        self._ask_for_conference(event, request, given)
        self._changed(event)
        self._place(event)
        self._mail(event, request.query_params.get("sendUpdates", "none"), "updated", key)
        return self._view(event, key)

    def _remove(self, request: Request, subject: str, _given: Any) -> None:
        key = self._own(request, subject, writing=True)
        event = self._found(request, key)
        if event.cancelled_for(key):
            raise ApiError(410, "deleted")
        self._delete(key, event, request.query_params.get("sendUpdates", "none"))

    def _list(self, request: Request, subject: str, _given: Any) -> dict[str, Any]:
        key = self._own(request, subject)
        asked = request.query_params
        since = 0
        if token := asked.get("syncToken"):
            if NOT_WITH_SYNC_TOKEN & set(asked):
                raise ApiError(400, "invalid", "Sync token cannot be used with other query restrictions.")
            since = int(token) if token.isdigit() else -1
            if since < self._oldest_sync:
                raise ApiError(410, "fullSyncRequired")
        with_deleted = bool(token) or asked.get("showDeleted") == "true"
        found = [
            event
            for event in self._events[key].values()
            if event.change > since
            and (with_deleted or not event.cancelled_for(key))
            and event.answers(key, asked)
        ]
        found.sort(key=lambda event: event.stretch)
        first = int(asked.get("pageToken", "0"))
        size = min(int(asked.get("maxResults", "250")), 2500)
        rest = first + size < len(found)
        return {
            "kind": "calendar#events",
            "etag": f'"p{self._change}"',
            "summary": key,
            "updated": zulu(datetime.now(UTC)),
            "timeZone": self._zones[key],
            "accessRole": "owner",
            "defaultReminders": [{"method": "popup", "minutes": 10}],
            "items": [self._view(event, key) for event in found[first : first + size]],
            **({"nextPageToken": str(first + size)} if rest else {"nextSyncToken": str(self._change)}),
        }

    # -- what the routes share ------------------------------------------------------------------------------------
    def _own(self, request: Request, subject: str, writing: bool = False) -> str:
        asked = request.path_params["calendar"].lower()
        key = subject if asked == "primary" else asked
        if key == subject:
            return key
        if writing and key in self._zones and key not in self._hidden:
            raise ApiError(403, "requiredAccessLevel")
        raise ApiError(404, "notFound")

    def _found(self, request: Request, key: str) -> Event:
        event = self._events[key].get(request.path_params["event"])
        if event is None:
            raise ApiError(404, "notFound")
        return event

    def _book(self, key: str, start: datetime, end: datetime, summary: str = "Busy") -> Event:
        zone = self._zones[key]
        times = {
            "start": {"dateTime": start.isoformat(), "timeZone": zone},
            "end": {"dateTime": end.isoformat()},
        }
        body = checked({"status": "confirmed", "summary": summary, **times})
        event = Event(secrets.token_hex(13), key, body, datetime.now(UTC))
        self._changed(event)
        self._place(event)
        return event

    def _place(self, event: Event) -> None:
        guests = [guest["email"].lower() for guest in event.guests]
        for email in (event.organizer, *guests):
            if email in self._events:
                self._events[email].setdefault(event.id, event)

    def _delete(self, key: str, event: Event, updates: str) -> None:
        if key == event.organizer:
            event.body = {**event.body, "status": "cancelled"}
            self._mail(event, updates, "cancelled", key)
        else:
            event.gone_from.add(key)
            guest = event.guest(key)
            if guest is not None:
                guest["responseStatus"] = "declined"
        self._changed(event)

    def _changed(self, event: Event) -> None:
        self._change += 1
        event.change = self._change
        event.updated = datetime.now(UTC)

    def _mail(self, event: Event, updates: str, why: str, by: str) -> None:
        if updates not in ("all", "externalOnly"):
            return
        for guest in event.guests:
            inside = guest["email"].lower() in self._zones
            if guest["email"].lower() != by and not (inside and updates == "externalOnly"):
                self.invitations.append(
                    Invitation(guest["email"], event.id, why, event.body.get("summary", ""))
                )

    def _ask_for_conference(self, event: Event, request: Request, given: dict[str, Any]) -> None:
        asked = given.get("conferenceData", {}).get("createRequest")
        if asked is None or request.query_params.get("conferenceDataVersion") != "1":
            return
        if event.conference is None or event.conference["requestId"] != asked["requestId"]:
            solution = asked.get("conferenceSolutionKey", {"type": "hangoutsMeet"})
            event.conference = {"requestId": asked["requestId"], "conferenceSolutionKey": solution}
            self._settle_conference(event)

    def _settle_conference(self, event: Event) -> None:
        if event.gets >= self.conference_gets:
            event.conference_status = "failure" if self.conference_fails else "success"

    def _view(self, event: Event, key: str) -> dict[str, Any]:
        return event.view(key, self.url)


def _oauth(status: int, error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)


def _no_answer(reason: str) -> dict[str, Any]:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}
