"""Google's errors as ours: what each means for the request that met it."""

import http.client
from json import JSONDecodeError
from typing import Any

import httplib2
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError

from bot.errors import BotError, Refused, Unavailable
from bot.guards import Fate

LOST = (OSError, http.client.HTTPException, httplib2.HttpLib2Error, JSONDecodeError)
"""What httplib2 and the client raise when no answer came, or none that is JSON."""
RATE = ("rateLimitExceeded", "userRateLimitExceeded")
"""Reasons of a 403 that only ask to slow down (Calendar API, "Handle API errors")."""


def fate(error: BaseException) -> Fate | None:
    """What became of a request that met this."""
    match error:
        case HttpError() if int(error.resp.status) >= 500:
            return Fate.LOST
        case HttpError():
            return Fate.BUSY if _slow_down(error) else Fate.REFUSED
        case RefreshError():
            return Fate.LOST if error.retryable else Fate.REFUSED
        case TransportError():
            return Fate.LOST
    return Fate.LOST if isinstance(error, LOST) else None


def _slow_down(error: HttpError) -> bool:
    status = int(error.resp.status)
    return status == 429 or (status == 403 and _reason(error) in (*RATE, "quotaExceeded"))


def worth_another_try(error: BaseException) -> bool:
    """Whether a read that met it may go well a moment later."""
    if isinstance(error, HttpError):
        status = int(error.resp.status)
        slower = status == 429 or (status == 403 and _reason(error) in RATE)
        return (status >= 500 or slower) and _after(error) is None
    return isinstance(error, LOST) and not isinstance(error, TimeoutError)


def plain(error: HttpError, what: str) -> BotError:
    """What to tell of an answer that is none of those we wanted; ``what`` did not happen."""
    status, reason = int(error.resp.status), _reason(error)
    if status >= 500:
        return Unavailable(f"{what}: Google Calendar answered {status}.", _after(error))
    if _slow_down(error):
        return Unavailable(f"{what}: Google Calendar asks us to slow down ({reason}).", _after(error))
    return Refused(f"{what}. Google Calendar says: {error.reason.rstrip('.')} ({reason}).")


def _reason(error: HttpError) -> str:
    details: Any = error.error_details  # a list of dicts, or text when the body is not Google's JSON
    reason = details[0].get("reason") if isinstance(details, list) and details else None
    return str(reason or error.resp.status)


def _after(error: HttpError) -> float | None:
    asked = str(error.resp.get("retry-after", ""))
    return float(asked) if asked.replace(".", "", 1).isdigit() else None
