"""What the doctor asks of Google Calendar; keeps the promises of ``bot.doctor.examiners.CalendarExaminer``."""

import json
from pathlib import Path

from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from bot.deal import Interval
from bot.doctor.examiners import Blocked, Hurdle
from bot.errors import Refused
from bot.google_calendar import SCOPES, GoogleCalendar
from bot.google_calendar.event import WHY_UNKNOWN

_REFRESH = (
    ("unauthorized_client", Hurdle.DELEGATION),
    ("access_denied", Hurdle.DELEGATION),
    ("invalid_scope", Hurdle.DELEGATION),
    ("invalid email or user id", Hurdle.NO_USER),
    ("not a valid email", Hurdle.NO_USER),
    ("account not found", Hurdle.KEY),
    ("signature", Hurdle.KEY),
    ("invalid_grant", Hurdle.KEY),
)
"""What the token endpoint says when it gives none (Google Identity, "Using OAuth 2.0 for Server to Server
Applications", error codes), the most telling first."""
_API = (
    ("accessnotconfigured", Hurdle.API_OFF),
    ("service_disabled", Hurdle.API_OFF),
    ("insufficient", Hurdle.DELEGATION),
)


class Examining:
    """Calendars through the service account of a key file. ``Refused`` when the file holds no such account."""

    scopes = SCOPES

    def __init__(self, *, key_file: Path, url: str) -> None:
        try:
            told = json.loads(key_file.read_text())
            self.account = str(told["client_email"])
            self.client = str(told.get("client_id") or self.account)
            self.project = str(told.get("project_id") or "")
            self._google = GoogleCalendar(key_file=key_file, url=url)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise Refused(f"{key_file} is no JSON key of a service account.") from error

    def look(self, calendar: str, as_user: str, window: Interval) -> None:
        try:
            answer = self._google.as_user(as_user).busy([calendar], window)[calendar]
        except Refused as error:
            cause = error.__cause__
            said = f"Google says: {cause.args[0]}" if isinstance(cause, RefreshError) else str(error)
            raise Blocked(f"{said.rstrip('.')}.", _hurdle(cause)) from error
        if isinstance(answer, str):
            closed = answer == WHY_UNKNOWN["notFound"]
            raise Blocked(f"{answer}.", Hurdle.CLOSED if closed else Hurdle.OTHER)


def _hurdle(cause: BaseException | None) -> Hurdle:
    if isinstance(cause, RefreshError):
        return _first(_REFRESH, str(cause))
    if isinstance(cause, HttpError):
        return _first(_API, f"{cause.reason} {cause.error_details}")
    return Hurdle.OTHER


def _first(table: tuple[tuple[str, Hurdle], ...], words: str) -> Hurdle:
    return next((hurdle for word, hurdle in table if word in words.lower()), Hurdle.OTHER)
