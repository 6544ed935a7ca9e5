"""What Salesforce's errors mean to us: told by errorCode, because statuses and exception classes are too coarse."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.errors import BotError, NotAllowed, Refused, Stale, Unavailable, Unverified
from bot.guards import Fate

T = TypeVar("T")

_PASSING = {
    "UNABLE_TO_LOCK_ROW": "Somebody else is saving this record, or one above it, in Salesforce right now",
    "REQUEST_LIMIT_EXCEEDED": "Salesforce takes no more calls from us for now: its request limit is reached",
    "SERVER_UNAVAILABLE": "Salesforce is not available right now",
    "QUERY_TIMEOUT": "Salesforce took too long to answer",
    "INVALID_QUERY_LOCATOR": "Salesforce no longer holds the rest of a long list",
}
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
_LIMIT_FOR = 300.0
"""Seconds after which it is worth asking again when the calls of a day are used up: room comes back all the time."""
_NOTHING_WRITTEN = {"UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED"}
_NO_ACCESS = {
    "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_OR_READONLY",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
}
_GONE = {"NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"}
_BULK_ERROR = re.compile(r"([A-Z][A-Z0-9_]*):(.*?)(?::[^:]*)?(?:\s*--)?\s*", re.DOTALL)
_LOGIN_BUSY = {"rate_limit_exceeded", "server_error", "temporarily_unavailable", "request_limit_exceeded"}
_USER_NOT_LET_IN = {
    "invalid_grant",
    "invalid_app_access",
    "inactive_user",
    "invalid_app_org",
    "access_denied",
}
_ASSERTION = ("assertion", "audience")


def fate(error: BaseException) -> Fate | None:
    """What became of a request that met this."""
    if not isinstance(error, SalesforceError | requests.RequestException):
        error = error.__cause__ or error  # told in our own words by the step that asked
    match error:
        case SalesforceAuthenticationFailed():
            return Fate.LOST if _broken_login(error) else Fate.REFUSED
        case SalesforceError():
            if error.status >= 500 or error.status == requests.codes.request_timeout:
                return Fate.LOST
            passing = code_of(error) in _PASSING or error.status == requests.codes.too_many_requests
            return Fate.BUSY if passing else Fate.REFUSED
        case requests.exceptions.InvalidURL():
            return Fate.UNASKED
        case requests.RequestException():
            return Fate.UNSENT if _unsent(error) else Fate.LOST
    return None


def _broken_login(error: SalesforceAuthenticationFailed) -> bool:
    return isinstance(error.code, int) and error.code >= 500


def retried(read: Callable[[], T]) -> T:
    """The result of something safe to repeat, tried up to three times while the cause may pass."""
    return Retrying(
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.05, max=0.5),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    )(read)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, SalesforceAuthenticationFailed):
        return _broken_login(error)
    if isinstance(error, SalesforceError):
        return error.status >= 500
    return isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError)


def _entry(error: SalesforceError) -> dict[str, Any]:
    content: Any = error.content
    first = content[0] if isinstance(content, list) and content else content
    return first if isinstance(first, dict) else {}


def code_of(error: SalesforceError) -> str:
    """The first errorCode of the body, or nothing."""
    return str(_entry(error).get("errorCode") or "")


def _words(error: SalesforceError) -> str:
    content: Any = error.content
    entries = [e for e in (content if isinstance(content, list) else [content]) if isinstance(e, dict)]
    said = [" ".join(str(e["message"]).split()) for e in entries if e.get("message")]
    return " ".join(said) or f"HTTP status {error.status}"


def _full_stop(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _unsent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _after(error: SalesforceError) -> float | None:
    """How long to wait: for long where the day's calls are used up, and not too many are under way at once."""
    return _LIMIT_FOR if code_of(error) == _LIMIT and "concurrent" not in _words(error).lower() else None


def _stopped(error: requests.exceptions.InvalidURL) -> BotError:
    return Refused(f"The bot {error}; nothing was done. An administrator must look into this.")


def reading_failed(error: SalesforceError | requests.RequestException, username: str) -> BotError:
    """What to tell when a read did not work: nothing was written either way."""
    if isinstance(error, requests.exceptions.InvalidURL):
        return _stopped(error)
    if isinstance(error, requests.RequestException):
        return Unavailable("Salesforce did not answer, so nothing was done.")
    code = code_of(error)
    if code in _PASSING:
        return Unavailable(f"{_PASSING[code]}; nothing was done.", _after(error))
    if error.status >= 500 or error.status in (408, 429):
        return Unavailable("Salesforce is not available right now; nothing was done.")
    if code in _NO_ACCESS:
        return NotAllowed(_full_stop(f"Salesforce does not let {username} read this: {_words(error)}"))
    if code == "INVALID_FIELD":
        said = _full_stop(_words(error))
        return Refused(f"This org has no such field, or {username} may not see it. Salesforce says: {said}")
    return Refused(_full_stop(f"Salesforce refused to show this to {username}: {_words(error)}"))


def writing_failed(error: SalesforceError | requests.RequestException, username: str) -> BotError:
    """What to tell when a write did not come back as done.

    A 4xx, a lock that was not given and a connection that was not made are certain: nothing was written. Everything
    else may have been.
    """
    if isinstance(error, requests.exceptions.InvalidURL):
        return _stopped(error)
    if isinstance(error, requests.RequestException):
        if _unsent(error):
            return Unavailable("Salesforce could not be reached; nothing was written.")
        return Unverified("Salesforce was sent the change and did not answer; it may have been written.")
    code = code_of(error)
    if error.status == requests.codes.precondition_failed:
        return Stale("The opportunity was changed in Salesforce after it was read; nothing was written.")
    if code in _NOTHING_WRITTEN or error.status == requests.codes.too_many_requests:
        busy = _PASSING.get(code, "Salesforce is too busy right now")
        return Unavailable(f"{busy}; nothing was written.", _after(error))
    if not 400 <= error.status < 500 or error.status == requests.codes.request_timeout:
        return Unverified(
            f"Salesforce broke off while saving (HTTP status {error.status}); the change may have been written."
        )
    if code in _GONE:
        return Refused(_full_stop(f"Salesforce no longer has what this change is about: {_words(error)}"))
    if code in _NO_ACCESS:
        return NotAllowed(_full_stop(f"Salesforce does not let {username} make this change: {_words(error)}"))
    return Refused(_full_stop(f"Salesforce refused the change: {_words(error)}"))


def row_failed(code: str, said: str, username: str) -> str:
    """Why one row of many was not written, for the person who sent it."""
    said = _full_stop(" ".join(said.split()) or code or "It gave no reason")
    if code == "UNABLE_TO_LOCK_ROW":
        return "Somebody else was saving this record, or one above it, in Salesforce; try this row again."
    if code in _PASSING:
        return f"{_PASSING[code]}; try this row again."
    if code in _GONE:
        return f"Salesforce no longer has this record, or what it refers to: {said}"
    if code in _NO_ACCESS:
        return f"Salesforce does not let {username} change this record: {said}"
    return f"Salesforce refused the change: {said}"


def bulk_row_failed(error: str, username: str) -> str:
    """The same of ``sf__Error``, which is written ``CODE:message:FIELDS --``."""
    parts = _BULK_ERROR.fullmatch(error)
    return row_failed(parts[1], parts[2], username) if parts else row_failed("", error, username)


def login_failed(
    error: SalesforceAuthenticationFailed | requests.RequestException, username: str
) -> BotError:
    """What to tell when a user could not be logged in; nothing was written."""
    if isinstance(error, requests.exceptions.InvalidURL):
        return _stopped(error)
    if isinstance(error, requests.RequestException):
        return Unavailable("Salesforce's login did not answer; nothing was done.")
    code, said = str(error.code), _full_stop(error.auth_message)
    if isinstance(error.code, int) or error.code is None or code in _LOGIN_BUSY:
        return Unavailable("Salesforce's login is not available right now; nothing was done.")
    about_us = any(word in error.auth_message for word in _ASSERTION)
    if code in _USER_NOT_LET_IN and not about_us:
        return Refused(
            f"Salesforce does not let the bot act as {username}: {said} An administrator must pre-authorise this user "
            "for the bot's External Client App, and the user must be active."
        )
    return Refused(
        f"Salesforce does not accept the bot's own login: {said} An administrator must check the consumer key, the "
        "certificate and the login address."
    )


def misdirected(host: str) -> BotError:
    """What to tell when the login names an instance that is not Salesforce's."""
    return Refused(
        f"Salesforce's login points the bot to {host[:80]}, which is not a Salesforce host; nothing was sent there. "
        "If that is intended, set SALESFORCE_API_URL."
    )
