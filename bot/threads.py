"""The bot's voice in Slack; the only module that posts.

Slack has no idempotency key, so every post carries one in its metadata and leaves an intent in Redis first. When an
answer is lost, the thread is read for the key; only a post that is not there, and has had time to appear, is repeated.
"""

import http.client
import time
from typing import Any

import redis
import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.cards import Card
from bot.errors import Refused, Unavailable

EVENT_TYPE = "cosell_post"
SETTLE = 60.0
"""Seconds after which a post that cannot be found is taken not to have happened."""
PERHAPS_POSTED = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}

log = structlog.get_logger()


class Threads:
    """Posts, redraws, whispers and opens forms."""

    def __init__(self, client: WebClient, store: redis.Redis, settle: float | None = None) -> None:
        self._client, self._store = client, store
        self._settle = SETTLE if settle is None else settle

    def post(self, channel: str, thread_ts: str | None, card: Card, key: str) -> str:
        """Post a card once, however often this is called with one key; the message's ``ts``.

        ``Refused`` when Slack will not take it, ``Unavailable`` when it is not known yet whether it was taken.
        """
        name = f"cosell:post:{key}"
        now = time.time()
        if not self._store.hsetnx(name, "at", now):
            known = self._store.hget(name, "ts")
            if known is not None:
                return _text(known)
            since = float(_text(self._store.hget(name, "at") or b"0"))
            found = self._find(channel, thread_ts, key, since)
            if found is not None:
                return self._posted(name, found)
            if now - since < self._settle:
                raise Unavailable("Slack has not shown yet whether it took the message.", self._settle)
            self._store.hset(name, "at", str(now))
        try:
            answer = self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread_ts,
                text=card.text,
                blocks=list(card.blocks),
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
                unfurl_links=False,
            )
        except SlackApiError as error:
            if not _perhaps_posted(error):
                self._store.delete(name)
                raise _refusal(error) from error
            cause: Exception = error
        except (OSError, http.client.HTTPException) as error:
            if _never_reached(error):
                self._store.delete(name)
                raise Unavailable("Slack cannot be reached.") from error
            cause = error
        else:
            return self._posted(name, str(answer["ts"]))
        found = self._find(channel, thread_ts, key, now)
        if found is None:
            raise Unavailable("Slack did not say whether it took the message.", self._settle) from cause
        return self._posted(name, found)

    def heard_own(self, key: str, ts: str) -> None:
        """Take note that a post was seen in the channel, whatever became of its answer."""
        self._posted(f"cosell:post:{key}", ts)

    def redraw(self, channel: str, ts: str, card: Card) -> None:
        """Set what a message shows; repeating it is harmless."""
        try:
            self._client.chat_update(channel=channel, ts=ts, text=card.text, blocks=list(card.blocks))
        except SlackApiError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error

    def whisper(self, channel: str, user: str, card: Card, thread_ts: str | None = None) -> None:
        """Say something that only one person sees; it may be lost, so never the only trace of anything."""
        try:
            self._client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread_ts, text=card.text, blocks=list(card.blocks)
            )
        except (SlackApiError, OSError, http.client.HTTPException) as error:
            log.warning("whisper.lost", channel=channel, user=user, error=str(error))

    def open_form(self, trigger: str, view: dict[str, Any]) -> None:
        """Open a modal for whoever pressed; the trigger lives three seconds."""
        try:
            self._client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error

    def _posted(self, name: str, ts: str) -> str:
        self._store.hset(name, "ts", ts)
        self._store.expire(name, 90 * 24 * 3600)
        return ts

    def _find(self, channel: str, thread_ts: str | None, key: str, since: float) -> str | None:
        oldest = f"{since - 30:.6f}"
        try:
            if thread_ts is None:
                answer = self._client.conversations_history(
                    channel=channel, oldest=oldest, limit=200, include_all_metadata=True
                )
            else:
                answer = self._client.conversations_replies(
                    channel=channel, ts=thread_ts, oldest=oldest, limit=200, include_all_metadata=True
                )
        except (SlackApiError, OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack cannot be asked whether it took the message.", self._settle) from error
        for message in answer.get("messages") or []:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("key") == key:
                return str(message["ts"])
        return None


def own_post(event: dict[str, Any]) -> tuple[str, str] | None:
    """Key and ``ts`` of a message event that echoes one of our own posts."""
    metadata = event.get("metadata") or {}
    key = (metadata.get("event_payload") or {}).get("key")
    if metadata.get("event_type") != EVENT_TYPE or not key or not event.get("ts"):
        return None
    return str(key), str(event["ts"])


def _perhaps_posted(error: SlackApiError) -> bool:
    return error.response.status_code >= 500 or error.response.get("error") in PERHAPS_POSTED


def _never_reached(error: Exception) -> bool:
    return isinstance(getattr(error, "reason", error), ConnectionRefusedError)


def _refusal(error: SlackApiError) -> Refused | Unavailable:
    response = error.response
    if response.status_code == 429:
        return Unavailable("Slack asks us to wait.", float(response.headers.get("Retry-After", 1)))
    if response.status_code >= 500:
        return Unavailable("Slack does not answer.")
    return Refused(f"Slack refused it: {response.get('error')}.")


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()
