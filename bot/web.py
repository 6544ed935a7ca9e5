"""The door that Slack knocks on: size, signature and form are checked on the raw bytes, before Bolt sees anything."""

import json
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import redis
import structlog
from slack_bolt import App, BoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.sign_in_pages import SignInPages
from bot.sign_ins import PATH as SIGN_IN_PATH
from bot.threads import Threads, own_post

log = structlog.get_logger()

TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
LARGEST = 1024 * 1024
"""Bytes; Slack's own payloads stay far below."""
PATH = "/slack/events"
FRESH = 300
"""Seconds for which Slack's signature holds (Slack, "Verifying requests from Slack")."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Door:
    """A WSGI application: ``POST /slack/events`` for all that Slack sends, ``GET /healthz`` for the operator, and below
    ``/sign-in/`` the pages of a sign-in, where one is set up."""

    def __init__(self, app: App, secret: str, threads: Threads, sign_in: SignInPages | None = None) -> None:
        self._app, self._threads, self._sign_in = app, threads, sign_in
        self._verifier = SignatureVerifier(secret)
        self._seen: dict[str, float] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, headers, body = self._answer(environ)
        headers = {"Content-Length": str(len(body)), **headers}
        start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if environ["PATH_INFO"] == "/healthz" and environ["REQUEST_METHOD"] == "GET":
            return 200, {"Content-Type": "text/plain"}, b"ok\n"
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
        status, headers, answer = self._dispatch(body)
        if status < HTTPStatus.MULTIPLE_CHOICES:
            self._remember(signature)  # what was not taken well may come again
        return status, headers, answer

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

    def _dispatch(self, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        echo = own_post(body) if body.get("type") == "event_callback" else None
        if echo is not None:
            try:
                self._threads.heard_own(*echo)
            except redis.RedisError:
                return _no(503, "cannot take note")
            return 200, {}, b""
        # The body is parsed and its signature checked, which is what Bolt calls socket mode.
        answer = self._app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        return answer.status, {k: v[0] for k, v in answer.headers.items()}, answer.body.encode()


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


def _no(status: int, why: str) -> tuple[int, dict[str, str], bytes]:
    log.info("web.refused", status=status, why=why)
    return status, {"Content-Type": "application/json"}, json.dumps({"error": why}).encode()
