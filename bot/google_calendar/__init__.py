"""Google Calendar v3 as the person who approves, by domain-wide delegation."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import google_auth_httplib2
import httplib2
import redis
import tenacity
from google.auth.credentials import TokenState
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2.service_account import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from bot.clients import Calendar, CalendarReader, Meeting, Reply, Warrant
from bot.deal import Interval, System
from bot.errors import Refused, Unavailable, Unverified
from bot.google_calendar.event import event_body, key_of, stretches, to_meeting, to_reply
from bot.google_calendar.failures import LOST, fate, plain, worth_another_try
from bot.guards import Guard
from bot.tallies import Tallies

SCOPES = (
    "https://www.googleapis.com/auth/calendar.events.owned",
    "https://www.googleapis.com/auth/calendar.freebusy",
)
"""The narrowest scopes that allow events.insert, events.get and freebusy.query (Calendar API discovery document)."""
MOST_CALENDARS = 50
"""How many calendars one query expands (Calendar API reference, Freebusy: query, calendarExpansionMax)."""
Call = Callable[[Any], Any]
"""Makes a request of googleapiclient from a service."""


@dataclass
class _Subject:
    """The token of one person, shared by all threads."""

    credentials: Credentials
    lock: threading.Lock = field(default_factory=threading.Lock)


class GoogleCalendar:
    """Calendars of everybody in the Workspace domain that delegated to the service account of ``key_file``.

    ``url`` is the API's root with its version; the token endpoint is the key file's ``token_uri``. ``timeout`` is in
    seconds, for each connect and each read. ``store`` is where all processes keep the breaker. ``ValueError`` when the
    key file is not one of a service account.
    """

    def __init__(
        self,
        *,
        key_file: Path,
        url: str,
        timeout: float = 8.0,
        store: redis.Redis | None = None,
        tallies: Tallies | None = None,
    ) -> None:
        account = Credentials.from_service_account_file(str(key_file), scopes=SCOPES)  # type: ignore[no-untyped-call]  # google-auth
        self._account: Credentials = account
        self._way = Guard(System.CALENDAR, fate, store, tallies)
        self._url, self._timeout = f"{url.rstrip('/')}/", timeout
        self._subjects: dict[str, _Subject] = {}
        self._subjects_lock = threading.Lock()
        self._connections = threading.local()
        # Made once: it only composes requests, each of which is sent over its own thread's connection.
        self._service = build(
            "calendar",
            "v3",
            http=httplib2.Http(timeout=timeout),
            client_options={"api_endpoint": self._url},
            cache_discovery=False,
            static_discovery=True,
        )

    def as_user(self, email: str) -> CalendarReader:
        """The calendar of this person, as this person, to read."""
        return _Reader(self, email)

    def as_writer(self, email: str, warrant: Warrant) -> Calendar:
        """The same, to write what the warrant allows at the moment of each write."""
        return _Writer(self, email, warrant)

    # -- one call -------------------------------------------------------------------------------------------------
    def call(self, email: str, make: Call, *, writes: bool = False, insists: bool = False) -> Any:
        """Send one request as this person and return its JSON; ``HttpError`` or one of ``LOST`` otherwise.

        An expired token is renewed once. ``Refused`` or ``Unavailable`` when there is no token, or Google is not asked
        just now (``bot.guards``): nothing was sent.
        """

        def send() -> Any:
            def made() -> HttpRequest:
                request: HttpRequest = make(self._service)
                subject.credentials.apply(request.headers)  # type: ignore[no-untyped-call]  # google-auth
                return request

            def executed(request: HttpRequest) -> Any:
                return request.execute(http=connection)

            return self._way.request(
                "write" if writes else "read", executed, before=made, writes=writes, insists=insists
            )

        subject, connection = self._subject(email), self._connection(email)
        self._sign_in(email, subject, connection)
        try:
            return send()
        except HttpError as error:
            if error.resp.status != 401:
                raise
        self._sign_in(email, subject, connection, renew=True)
        return send()

    def _sign_in(self, email: str, subject: _Subject, connection: httplib2.Http, renew: bool = False) -> None:
        def asking() -> google_auth_httplib2.Request:
            return google_auth_httplib2.Request(connection)

        with subject.lock:
            if not renew and subject.credentials.token_state is TokenState.FRESH:
                return
            try:
                self._way.request("sign-in", subject.credentials.refresh, before=asking)
            except RefreshError as error:
                if error.retryable:
                    raise Unavailable("Google's sign-in does not answer; nothing was sent.") from error
                raise Refused(self._not_delegated(email, error)) from error
            except (TransportError, *LOST) as error:
                raise Unavailable("Google's sign-in cannot be reached; nothing was sent.") from error

    def _not_delegated(self, email: str, error: RefreshError) -> str:
        said = str(error.args[0]).rstrip(".") if error.args else "no reason given"
        return (
            f"Google does not let the bot act as {email} ({said}); nothing was sent. A Google Workspace administrator "
            f"must grant the service account {self._account.service_account_email} domain-wide delegation for the "
            f"scopes {' and '.join(SCOPES)}, and {email} must be an active user of that Workspace."
        )

    # -- what is kept ---------------------------------------------------------------------------------------------
    def _subject(self, email: str) -> _Subject:
        with self._subjects_lock:
            if email not in self._subjects:
                self._subjects[email] = _Subject(
                    self._account.with_subject(email)  # type: ignore[no-untyped-call]  # google-auth
                )
            return self._subjects[email]

    def _connection(self, email: str) -> httplib2.Http:
        """This thread's connection for this person: httplib2 is not safe to share between threads."""
        connections: dict[str, httplib2.Http] = self._connections.__dict__
        return connections.setdefault(email, httplib2.Http(timeout=self._timeout))


class _Reader:
    """One person's calendar, to read; keeps the promises of ``bot.clients.CalendarReader``."""

    def __init__(self, google: GoogleCalendar, email: str) -> None:
        self._google, self._email = google, email
        self._insists = False  # from then on when the reply to a write of ours was lost

    def busy(self, calendars: Iterable[str], window: Interval) -> Mapping[str, tuple[Interval, ...] | str]:
        """For each calendar its busy stretches, or the reason why they are unknown."""
        wanted = list(dict.fromkeys(calendars))
        found: dict[str, tuple[Interval, ...] | str] = {}
        for first in range(0, len(wanted), MOST_CALENDARS):
            some = wanted[first : first + MOST_CALENDARS]
            body = {
                "timeMin": window.start.isoformat(),
                "timeMax": window.end.isoformat(),
                "calendarExpansionMax": MOST_CALENDARS,
                "items": [{"id": calendar} for calendar in some],
            }
            answer = self._read(_query(body))
            for calendar in some:
                found[calendar] = stretches(answer.get("calendars", {}).get(calendar))
        return found

    def event(self, id: str) -> Meeting | None:
        """Read an event of this user's calendar; None when there is none with this id."""
        found = self._get(id)
        return None if found is None else to_meeting(found)

    def _get(self, id: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._read(
                lambda service: service.events().get(calendarId="primary", eventId=id), missing=True
            )
        except _Missing:
            return None
        return found

    def _read(self, make: Call, missing: bool = False) -> Any:
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(worth_another_try),
            stop=tenacity.stop_after_attempt(3),
            wait=tenacity.wait_random_exponential(multiplier=0.05, max=1),
            reraise=True,
        )
        try:
            return attempts(self._google.call, self._email, make, insists=self._insists)
        except HttpError as error:
            if missing and error.resp.status == 404:
                raise _Missing from error
            raise plain(error, "The calendar could not be read") from error
        except LOST as error:
            raise Unavailable("Google Calendar did not answer; nothing was changed.") from error


class _Writer(_Reader):
    """One person's calendar, to write; keeps the promises of ``bot.clients.Calendar``."""

    def __init__(self, google: GoogleCalendar, email: str, warrant: Warrant) -> None:
        super().__init__(google, email)
        self._warrant = warrant

    def insert(self, meeting: Meeting) -> Reply:
        """Put the meeting into this user's calendar and invite; an event that already has its id is an answer.

        httplib2 sends a POST again when the connection drops, so only the id chosen by us keeps this to one event.
        """
        version = 1 if meeting.conference else 0

        def insertion(service: Any) -> Any:
            self._warrant()
            return service.events().insert(
                calendarId="primary",
                body=event_body(meeting, self._email),
                conferenceDataVersion=version,
                sendUpdates="all",
            )

        try:
            made = self._google.call(self._email, insertion, writes=True, insists=self._insists)
        except HttpError as error:
            if error.resp.status == 409:
                return self._already(meeting)
            if error.resp.status >= 500:
                self._insists = True
                raise Unverified(_unknown(f"Google answered {error.resp.status}")) from error
            raise plain(error, "The meeting was not booked") from error
        except LOST as error:
            self._insists = True
            raise Unverified(_unknown("Google did not answer")) from error
        return to_reply(made)

    def _already(self, meeting: Meeting) -> Reply:
        try:
            found = self._get(meeting.id)
        except Unavailable as error:
            raise Unverified(_unknown("Google has an event with this id but did not show it")) from error
        if found is None:
            raise Unavailable(
                "The calendar was being changed at the same moment; the meeting was not booked."
            )
        if found.get("status") == "cancelled":
            raise Refused(
                f"The meeting “{meeting.summary}” was deleted by somebody; nothing was sent. "
                "Propose it again if it is wanted."
            )
        if key_of(found) != meeting.key:
            raise Refused(
                f"Another event in {self._email}'s calendar has the id of this meeting; nothing was sent. "
                "Propose it again."
            )
        return to_reply(found)


def _query(body: Mapping[str, Any]) -> Call:
    return lambda service: service.freebusy().query(body=body)


class _Missing(Exception):
    """There is nothing with this id."""


def _unknown(what: str) -> str:
    return f"{what}, so it is not known whether the meeting was booked."
