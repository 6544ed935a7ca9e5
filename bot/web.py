"""The door that Slack knocks on: size, signature and form are checked on the raw bytes, before Bolt sees anything."""

import json
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

import structlog
from slack_bolt import App
from slack_sdk.signature import SignatureVerifier

from bot.reception import Answer, Reception
from bot.sign_in_pages import SignInPages
from bot.sign_ins import PATH as SIGN_IN_PATH
from bot.tallies import Tallies
from bot.threads import Threads

log = structlog.get_logger()

TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
LARGEST = 1024 * 1024
"""Bytes; Slack's own payloads stay far below."""
PATH = "/slack/events"
FRESH = 300
"""Seconds for which Slack's signature holds (Slack, "Verifying requests from Slack")."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Ops(Protocol):
    """The operator's pages: ``/healthz``, ``/readyz`` and ``/metrics``."""

    def answer(self, environ: dict[str, Any]) -> Answer:
        """Answer one request."""


class SideDoor:
    """A WSGI application for the operator's port, which is never reached from outside.

    ``ready`` says whether this process can hear Slack; while it cannot, ``/readyz`` answers 503.
    """

    def __init__(self, ops: Ops | None = None, ready: Callable[[], bool] = lambda: True) -> None:
        self._ops, self._ready = ops, ready

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return _sent(self.answer(environ), start_response)

    def answer(self, environ: dict[str, Any]) -> Answer:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path == "/readyz" and not self._ready():
            return 503, {"Content-Type": "text/plain"}, b"no connection to Slack\n"
        if self._ops is not None:
            return self._ops.answer(environ)
        return _ok() if path in ("/healthz", "/readyz") else _no(404, "nothing here")


class Door:
    """A WSGI application: ``POST /slack/events`` for all that Slack sends, ``GET /healthz`` for the operator, and below
    ``/sign-in/`` the pages of a sign-in, where one is set up. What comes to ``ops_port`` is the side door's."""

    def __init__(
        self,
        app: App,
        secret: str,
        threads: Threads,
        sign_in: SignInPages | None = None,
        *,
        ops: Ops | None = None,
        ops_port: int | None = None,
        tallies: Tallies | None = None,
    ) -> None:
        self._reception, self._sign_in = Reception(app, threads, tallies), sign_in
        self._tallies = tallies
        self._side, self._ops_port = SideDoor(ops), str(ops_port)
        self._verifier = SignatureVerifier(secret)
        self._seen: dict[str, float] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("SERVER_PORT") == self._ops_port:
            return self._side(environ, start_response)
        began = time.monotonic()
        answer = self._checked(environ)
        if isinstance(answer, dict):
            return _sent(self._taken(environ, answer), start_response)
        if environ["PATH_INFO"] != "/healthz":  # those who watch over us would be counted as if they worked
            self._reception.count("other", answer[0], time.monotonic() - began)
        return _sent(answer, start_response)

    def close(self) -> None:
        """Add what was counted to the store, and end that."""
        if self._tallies is not None:
            self._tallies.stop()

    def _checked(self, environ: dict[str, Any]) -> Answer | dict[str, Any]:
        """A payload that Slack signed, or the answer to whatever else it is."""
        if environ["PATH_INFO"] == "/healthz" and environ["REQUEST_METHOD"] == "GET":
            return _ok()
        if self._sign_in is not None and environ["PATH_INFO"].startswith(SIGN_IN_PATH):
            return self._sign_in.answer(environ)
        if environ["PATH_INFO"] != PATH:
            return _no(404, "nothing here")
        if environ["REQUEST_METHOD"] != "POST":
            return _no(405, "only POST")
        length = environ.get("CONTENT_LENGTH", "")
        if not length.isdecimal():
            return _no(411, "no length")
        if int(length) > LARGEST:
            return _no(413, "too large")
        raw: bytes = environ["wsgi.input"].read(int(length))
        timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return _no(400, "not text")
        stamped = TIMESTAMP.fullmatch(timestamp) and SIGNATURE.fullmatch(signature)
        if not stamped or not self._verifier.is_valid(text, timestamp, signature):
            return _no(401, "not signed by Slack, or too long ago")
        body = _parsed(text, environ.get("CONTENT_TYPE", ""))
        if body is None:
            return _no(400, "not a Slack payload")
        if signature in self._seen:
            return (200, {}, b"") if body.get("type") == "event_callback" else _no(401, "seen before")
        return body

    def _taken(self, environ: dict[str, Any], body: dict[str, Any]) -> Answer:
        answer = self._reception.take(body)
        if answer[0] < HTTPStatus.MULTIPLE_CHOICES:
            self._remember(environ["HTTP_X_SLACK_SIGNATURE"])  # what was not taken well may come again
        else:
            log.info("web.refused", status=answer[0], why="not taken")
        return answer

    def _remember(self, signature: str) -> None:
        """Know a request again while its signature holds.

        Another process does not know it, but there it meets a proposal that has moved on, or a command or event whose
        id is known: it changes nothing.
        """
        now = time.monotonic()
        self._seen[signature] = now
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest] <= FRESH:
                return
            self._seen.pop(oldest, None)


def _parsed(text: str, content_type: str) -> dict[str, Any] | None:
    """Slack's payload as a table; None when it is not one.

    An interaction is a form with one field, ``payload``; a command is a form whose text may well say ``payload=``.
    """
    try:
        if content_type.startswith("application/json"):
            body = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
            body = json.loads(form["payload"]) if "payload" in form and "command" not in form else form
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body else None


def _ok() -> Answer:
    return 200, {"Content-Type": "text/plain"}, b"ok\n"


def _no(status: int, why: str) -> Answer:
    log.info("web.refused", status=status, why=why)
    return status, {"Content-Type": "application/json"}, json.dumps({"error": why}).encode()


def _sent(answer: Answer, start_response: StartResponse) -> list[bytes]:
    status, headers, body = answer
    headers = {"Content-Length": str(len(body)), **headers}
    start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
    return [body]
