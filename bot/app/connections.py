"""The store and Slack, as every process reaches them."""

import http.client
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.deal import System
from bot.errors import Unavailable
from bot.guards import Fate, Guard
from bot.settings import Settings
from bot.tallies import Tallies

BRISK = 1.2
"""Seconds a web process waits for Redis or Slack: Slack gives it three for the whole answer."""
PATIENT = 5.0
"""Seconds a worker waits for them."""
BROKEN = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
"""Slack's own errors that say that it is broken, not that it refuses."""


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def store(settings: Settings, timeout: float) -> redis.Redis:
    """A Redis client that repeats nothing by itself: what may be repeated is decided where it is sent."""
    return redis.Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )


class _Slack(WebClient):
    """The kit's client, each request of which passes a guard.

    What the guard does not let through looks like a Slack that refuses connections: nothing was sent.
    """

    def __init__(self, guard: Guard, **words: Any) -> None:
        super().__init__(**words)
        self._guard = guard

    def api_call(self, api_method: str, **words: Any) -> SlackResponse:
        """As the kit does."""

        def send(_: None) -> SlackResponse:
            return super(_Slack, self).api_call(api_method, **words)

        try:
            return self._guard.request(api_method, send, before=lambda: None, writes=True)
        except Unavailable as held_back:
            raise ConnectionRefusedError(str(held_back)) from held_back


def _fate(error: BaseException) -> Fate | None:
    """What an exception of Slack's kit means."""
    if isinstance(error, SlackApiError):
        status = error.response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Fate.BUSY
        broken = status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.response.get("error") in BROKEN
        return Fate.LOST if broken else Fate.REFUSED
    if isinstance(getattr(error, "reason", error), ConnectionRefusedError):
        return Fate.UNSENT
    return Fate.LOST if isinstance(error, OSError | http.client.HTTPException) else None


def slack(
    settings: Settings, timeout: float, keep: redis.Redis | None = None, tallies: Tallies | None = None
) -> WebClient:
    """A Slack client that repeats nothing by itself: it would post twice. With ``keep`` it has a breaker there."""
    return _Slack(
        Guard(System.SLACK, _fate, keep, tallies),
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url.rstrip("/") + "/",
        timeout=max(1, round(timeout)),
        retry_handlers=[],
    )
