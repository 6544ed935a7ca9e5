"""What Slack sent, taken in one place, whichever way it came: signed over HTTP, or through a WebSocket we opened."""

import time
from http import HTTPStatus
from typing import Any

import redis
from slack_bolt import App, BoltRequest

from bot.tallies import Tallies
from bot.threads import Threads, own_post

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body. Below 300: what was asked is recorded, and Slack may be told that we have it."""


class Reception:
    """Settles echoes of our own posts and hands everything else to its listener."""

    def __init__(self, app: App, threads: Threads, tallies: Tallies | None = None) -> None:
        self._app, self._threads, self._tallies = app, threads, tallies

    def take(self, body: dict[str, Any]) -> Answer:
        """Take one payload of Slack's, parsed and known to be Slack's."""
        began = time.monotonic()
        answer = self._taken(body)
        self.count(kind_of(body), answer[0], time.monotonic() - began)
        return answer

    def count(self, kind: str, status: int, seconds: float) -> None:
        """Count a request and how long its answer took."""
        if self._tallies is not None:
            labels = {"kind": kind, "status": f"{status // 100}xx"}
            self._tallies.count("web_request", labels)
            self._tallies.observe("web_request", labels, seconds)

    def _taken(self, body: dict[str, Any]) -> Answer:
        echo = own_post(body) if body.get("type") == "event_callback" else None
        if echo is not None:
            try:
                self._threads.heard_own(*echo)
            except redis.RedisError:
                return int(HTTPStatus.SERVICE_UNAVAILABLE), {}, b""
            return int(HTTPStatus.OK), {}, b""
        # Whoever calls has parsed the body and knows that it is Slack's, which is what Bolt calls socket mode.
        answer = self._app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        return answer.status, {k: v[0] for k, v in answer.headers.items()}, answer.body.encode()


def kind_of(body: dict[str, Any]) -> str:
    """Which of ``events``, ``commands`` and ``interactive`` a payload is; ``other`` for a handshake."""
    if "command" in body:
        return "commands"
    type_ = body.get("type")
    if type_ == "event_callback":
        return "events"
    return "other" if type_ in (None, "url_verification") else "interactive"
