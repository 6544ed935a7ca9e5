"""The store and Slack, as every process reaches them."""

from datetime import UTC, datetime
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot import tracing
from bot.settings import Settings

BRISK = 1.2
"""Seconds a web process waits for Redis or Slack: Slack gives it three for the whole answer."""
PATIENT = 5.0
"""Seconds a worker waits for them."""


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
    def api_call(self, api_method: str, **words: Any) -> SlackResponse:
        """As the kit does, with a span around it."""
        with tracing.span("slack.request", **{"rpc.system": "slack", "rpc.method": api_method}):
            return super().api_call(api_method, **words)


def slack(settings: Settings, timeout: float) -> WebClient:
    """A Slack client that repeats nothing by itself: it would post twice."""
    return _Slack(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url.rstrip("/") + "/",
        timeout=max(1, round(timeout)),
        retry_handlers=[],
    )
