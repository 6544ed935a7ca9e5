"""Pages for whoever runs the bot: whether a process lives, whether it can do its work, and the numbers.

They are answered at a port of their own, which stays inside; nobody has to sign for them.
"""

import time
from collections.abc import Callable
from typing import Any

import redis
import structlog

from bot.errors import BotError
from bot.metrics import CONTENT_TYPE
from bot.policy import PolicyError

log = structlog.get_logger()

PING = "cosell:ping"
LASTS = 60
"""Seconds for which the store keeps what it was given to see whether it takes anything."""
TEXT = "text/plain; charset=utf-8"

Answer = tuple[int, dict[str, str], bytes]


class OpsPages:
    """Answers ``GET /healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(
        self, store: redis.Redis, policy: Callable[[], object], metrics: Callable[[], bytes]
    ) -> None:
        """``store`` with the timeout that readiness is to have; ``policy`` raises when none is in force."""
        self._store, self._policy, self._metrics = store, policy, metrics
        self._pages: dict[str, Callable[[], Answer]] = {
            "/healthz": lambda: _said(200, "ok"),
            "/readyz": self._ready,
            "/metrics": self._numbers,
        }

    def answer(self, environ: dict[str, Any]) -> Answer:
        """Status, headers and body for one request of WSGI."""
        page = self._pages.get(environ["PATH_INFO"])
        if page is None:
            return _said(404, "nothing here")
        if environ["REQUEST_METHOD"] != "GET":
            status, headers, body = _said(405, "only GET")
            return status, {**headers, "Allow": "GET"}, body
        return page()

    def _ready(self) -> Answer:
        """A line for each check: a press must find the store and a policy. Slack is not asked: it asks us."""
        checks = {"store": self._store_trouble(), "policy": self._policy_trouble()}
        lines = [f"{name}: {trouble or 'ok'}" for name, trouble in checks.items()]
        return _said(503 if any(checks.values()) else 200, *lines)

    def _store_trouble(self) -> str:
        """What keeps the store from taking a write; empty when nothing does."""
        try:
            self._store.set(PING, str(time.time()), ex=LASTS)
        except redis.ResponseError as refused:  # full, read-only, its disk broken, not allowed
            return f"it takes no writes: {refused}"
        except redis.RedisError as away:
            return f"it does not answer: {away}"
        return ""

    def _policy_trouble(self) -> str:
        try:
            self._policy()
        except (BotError, PolicyError) as error:
            return str(error)
        return ""

    def _numbers(self) -> Answer:
        try:
            return 200, {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}, self._metrics()
        except BotError as away:
            log.warning("metrics.unavailable", why=str(away))
            return _said(503, str(away))


def _said(status: int, *lines: str) -> Answer:
    body = "".join(f"{' '.join(line.split())}\n" for line in lines)
    return status, {"Content-Type": TEXT, "Cache-Control": "no-store"}, body.encode()
