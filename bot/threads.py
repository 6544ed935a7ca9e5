"""The bot's voice in Slack; the only module that posts and publishes.

Slack has no idempotency key, so every post carries one in its metadata and leaves an intent in Redis first. When an
answer is lost, the thread is read for the key; only a post that is not there, and has had time to appear, is repeated.
"""

import contextlib
import http.client
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import redis
import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.cards import Card, clip
from bot.errors import BotError, Refused, Unavailable
from bot.slack_files import is_shared, known, put

EVENT_TYPE = "cosell_post"
SETTLE = 60.0
"""Seconds after which a post that cannot be found is taken not to have happened."""
PERHAPS_POSTED = {
    "fatal_error",
    "file_update_failed",  # of a share: Slack's support says to share the same file once more
    "internal_error",
    "service_unavailable",
    "request_timeout",
}
"""Slack's errors after which a message may be there all the same."""
CLOCKS = 600.0
"""Seconds that our clock and Slack's may differ."""
KEPT = 90 * 24 * 3600
"""Seconds for which it is remembered what was posted."""
ALT = 1_000
"""Characters that Slack takes of what is said of a picture (``alt_txt_too_large``)."""
LOOKED_AT = 2.0
"""Seconds after which it is asked again whether Slack has looked at a picture; it usually takes one or two."""

_REPEAT = """
if redis.call('HGET', KEYS[1], 'at') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[2])
return 1
"""

log = structlog.get_logger()


class Threads:
    """Posts, redraws, whispers, opens forms and shows Home tabs.

    ``turn`` is called with a channel's id before anything is said there. It returns when it is our turn, or raises
    ``Unavailable``, and then nothing was said.
    """

    def __init__(
        self,
        client: WebClient,
        store: redis.Redis,
        settle: float | None = None,
        turn: Callable[[str], None] = lambda channel: None,
    ) -> None:
        self._client, self._store, self._turn = client, store, turn
        self._settle = SETTLE if settle is None else settle
        self._repeat = store.register_script(_REPEAT)

    def post(self, channel: str, thread_ts: str | None, card: Card, key: str) -> str:
        """Post a card once, however often this is called with one key; the message's ``ts``.

        ``Refused`` when Slack will not take it, ``Unavailable`` when it is not known yet whether it was taken.
        """
        try:
            return self._post(channel, thread_ts, card, key)
        except redis.RedisError as error:
            raise Unavailable("It cannot be known just now whether this was said already.") from error

    def _post(self, channel: str, thread_ts: str | None, card: Card, key: str) -> str:
        name = f"cosell:post:{key}"
        now = str(time.time())
        begun = bool(self._store.hsetnx(name, "at", now))
        if not begun:
            ts, at = self._store.hmget(name, ["ts", "at"])
            if ts is not None:
                return _text(ts)
            since = _text(at or b"0")
            found = self._find(channel, thread_ts, key, float(since))
            if found is not None:
                return self._posted(name, found)
            settled = float(now) - float(since) >= self._settle
            if not settled or not self._repeat(keys=[name], args=[since, now]):
                raise Unavailable("Slack has not shown yet whether it took the message.", self._settle)
        self._store.expire(name, KEPT)
        now = self._in_turn(name, now, channel, begun)
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
        found = self._find(channel, thread_ts, key, float(now))
        if found is None:
            raise Unavailable("Slack did not say whether it took the message.", self._settle) from cause
        return self._posted(name, found)

    def _in_turn(self, record: str, at: str, channel: str, begun: bool) -> str:
        """Wait for our turn in a channel; when it came, which the intent then says.

        ``Unavailable`` when it did not come: an intent that was only ``begun`` goes, one whose fate is open stays. And
        when somebody else has taken the intent over while we waited.
        """
        try:
            self._turn(channel)
        except BotError:
            if begun:
                self._forget(record, at)
            raise
        now = str(time.time())
        if not self._repeat(keys=[record], args=[at, now]):
            raise Unavailable("Somebody else is saying this just now.", self._settle)
        return now

    def upload(
        self, channel: str, thread_ts: str | None, name: str, content: bytes, title: str, key: str
    ) -> str:
        """Put a file into a thread once, however often this is called with one key; the file's id.

        ``Refused`` when Slack will not take it, ``Unavailable`` when it is not known yet whether it was taken. The id
        is kept before the file is shared, so that Slack can be asked afterwards whether it was.
        """
        try:
            return self._upload(channel, thread_ts, name, content, title, key)
        except redis.RedisError as error:
            raise Unavailable(
                "It cannot be known just now whether this file was handed out already."
            ) from error

    def _upload(
        self, channel: str, thread_ts: str | None, name: str, content: bytes, title: str, key: str
    ) -> str:
        record, at = f"cosell:upload:{key}", str(time.time())
        id: str | None = None
        begun = bool(self._store.hsetnx(record, "at", at))
        if not begun:
            since, kept, shared = self._store.hmget(record, ["at", "id", "shared"])
            info = None if kept is None or shared else self._told(_text(kept))
            if kept is not None and (shared or is_shared(info, channel)):
                return self._shared(record, _text(kept))
            earlier = _text(since or b"0")
            settled = float(at) - float(earlier) >= self._settle
            if not settled or not self._repeat(keys=[record], args=[earlier, at]):
                raise Unavailable("Slack has not shown yet whether it took the file.", self._settle)
            if kept is not None and info is not None:
                id = _text(kept)  # Slack has it, in no channel yet: this very one is shared, not a copy
        self._store.expire(record, KEPT)
        try:
            id = id or self._placed(name, content)
        except (Refused, Unavailable):
            self._forget(record, at)
            raise
        now = self._in_turn(record, at, channel, begun)
        self._store.hset(record, "id", id)
        return self._share(record, now, channel, thread_ts, id, title)

    def picture(self, name: str, content: bytes, alt: str, key: str) -> str:
        """Give Slack a picture that no channel shows, for blocks to name as ``slack_file``; the file's id.

        ``alt`` says what is to be seen on it. The same key gives the same file. ``Refused`` when Slack will not take
        it, or has not looked at it for long; ``Unavailable`` until it has: a message that names it earlier is refused.
        """
        try:
            return self._picture(name, content, alt, key)
        except redis.RedisError as error:
            raise Unavailable(
                "It cannot be known just now whether Slack has this picture already."
            ) from error

    def _picture(self, name: str, content: bytes, alt: str, key: str) -> str:
        """Nobody sees a file that is shared nowhere, so one too many, where two are at it at once, does no harm."""
        record = f"cosell:picture:{key}"
        kept, looked_at = self._store.hmget(record, ["id", "looked_at"])
        if kept is not None and looked_at:
            return _text(kept)
        if kept is None:
            id = self._placed(name, content, clip(alt, ALT))
            self._finished(id)
            if self._store.hsetnx(record, "id", id):
                self._store.hset(record, "at", str(time.time()))
                self._store.expire(record, KEPT)
        kept, at = self._store.hmget(record, ["id", "at"])
        id = _text(kept or b"")
        info = known(self._client, id)
        if info is None:
            self._store.delete(record)  # deleted since, or its end never reached Slack
            raise Unavailable("Slack does not have the picture any more.")
        if info.get("mimetype"):  # empty until Slack has looked at a file
            self._store.hset(record, "looked_at", 1)
            return id
        if time.time() - float(_text(at or b"0")) >= self._settle:
            raise Refused("Slack has not looked at the picture for too long.")
        raise Unavailable("Slack has not looked at the picture yet.", LOOKED_AT)

    def _finished(self, id: str) -> None:
        """Tell Slack that the bytes of a file are there; where its answer is lost, it is to be asked of the file."""
        try:
            self._client.files_completeUploadExternal(files=[{"id": id}])
        except SlackApiError as error:
            if not _perhaps_posted(error):
                raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            if _never_reached(error):
                raise Unavailable("Slack cannot be reached.") from error

    def _placed(self, name: str, content: bytes, alt: str | None = None) -> str:
        """Give Slack the bytes, which nobody sees yet; the file's id."""
        try:
            place = self._client.files_getUploadURLExternal(
                filename=name, length=len(content), alt_txt=alt or None
            )
        except SlackApiError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error
        put(self._client, place["upload_url"], content)
        return str(place["file_id"])

    def _share(self, record: str, at: str, channel: str, thread_ts: str | None, id: str, title: str) -> str:
        try:
            self._client.files_completeUploadExternal(
                files=[{"id": id, "title": title}], channel_id=channel, thread_ts=thread_ts
            )
        except SlackApiError as error:
            if not _perhaps_posted(error):
                self._forget(record, at)
                raise _refusal(error) from error
            cause: Exception = error
        except (OSError, http.client.HTTPException) as error:
            if _never_reached(error):
                self._forget(record, at)
                raise Unavailable("Slack cannot be reached.") from error
            cause = error
        else:
            return self._shared(record, id)
        if not is_shared(self._told(id), channel):
            raise Unavailable("Slack did not say whether it took the file.", self._settle) from cause
        return self._shared(record, id)

    def _shared(self, record: str, id: str) -> str:
        self._store.hset(record, "shared", 1)
        return id

    def _told(self, id: str) -> dict[str, Any] | None:
        """What Slack says of a file, where it has it."""
        try:
            return known(self._client, id)
        except (Refused, Unavailable) as error:
            raise Unavailable("Slack cannot be asked whether it took the file.", self._settle) from error

    def _forget(self, record: str, at: str) -> None:
        """Let the next call begin anew, unless somebody else has begun meanwhile."""
        if self._repeat(keys=[record], args=[at, at]):
            self._store.delete(record)

    def heard_own(self, key: str, ts: str) -> None:
        """Take note that a post was seen in the channel, whatever became of its answer."""
        self._store.hsetnx(f"cosell:post:{key}", "ts", ts)
        self._store.expire(f"cosell:post:{key}", KEPT)

    def posted(self, key: str) -> str | None:
        """The ``ts`` of the post of this key; None when nothing is known of it."""
        try:
            ts = self._store.hget(f"cosell:post:{key}", "ts")
        except redis.RedisError as error:
            raise Unavailable("It cannot be known just now what was said already.") from error
        return None if ts is None else _text(ts)

    def redraw(self, channel: str, ts: str, card: Card) -> None:
        """Set what a message shows; repeating it is harmless."""
        try:
            self._client.chat_update(channel=channel, ts=ts, text=card.text, blocks=list(card.blocks))
        except SlackApiError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error

    def whisper(
        self,
        channel: str,
        user: str,
        card: Card,
        thread_ts: str | None = None,
        response_url: str | None = None,
    ) -> None:
        """Say something that only one person sees; it may be lost, so never the only trace of anything.

        ``response_url`` is Slack's own address for answering a command, which also works where the bot is no member.
        Where Slack does not take the blocks, the words alone are said.
        """
        said: dict[str, Any] = {"channel": channel, "user": user, "thread_ts": thread_ts}
        try:
            self._client.chat_postEphemeral(**said, text=card.text, blocks=list(card.blocks))
        except (SlackApiError, OSError, http.client.HTTPException) as error:
            if response_url is not None and self._answer(response_url, card):
                return
            log.warning("whisper.lost", channel=channel, user=user, error=type(error).__name__)
            if isinstance(error, SlackApiError) and error.response.get("error") == "invalid_blocks":
                with contextlib.suppress(SlackApiError, OSError, http.client.HTTPException):
                    self._client.chat_postEphemeral(**said, text=card.text)

    def _answer(self, response_url: str, card: Card) -> bool:
        ours = urlsplit(self._client.base_url)
        url = urlsplit(response_url)
        if url.netloc not in ("hooks.slack.com", ours.netloc) or url.scheme != ours.scheme:
            return False
        try:
            answer = WebhookClient(response_url, timeout=5, retry_handlers=[]).send(
                text=card.text, blocks=list(card.blocks), response_type="ephemeral"
            )
        except (OSError, http.client.HTTPException):
            return False
        return answer.status_code == HTTPStatus.OK

    def open_form(self, trigger: str, view: dict[str, Any]) -> None:
        """Open a modal for whoever pressed; the trigger lives three seconds."""
        try:
            self._client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error

    def show_home(self, user: str, view: dict[str, Any]) -> None:
        """Set what a person's Home tab shows; repeating it is harmless."""
        try:
            self._client.views_publish(user_id=user, view=view)
        except SlackApiError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error

    def permalink(self, channel: str, ts: str) -> str | None:
        """The web address of a message in its thread, asked for once; None when Slack gives none."""
        name = f"cosell:permalink:{channel}:{ts}"
        try:
            known = self._store.get(name)
            if known is not None:
                return _text(known)
            answer = self._client.chat_getPermalink(channel=channel, message_ts=ts)
            self._store.set(name, answer["permalink"], ex=KEPT)
        except redis.RedisError as error:
            raise Unavailable("It cannot be looked up just now where that was said.") from error
        except SlackApiError as error:
            refusal = _refusal(error)
            if isinstance(refusal, Unavailable):
                raise refusal from error
            log.warning("permalink.refused", channel=channel, ts=ts, why=str(refusal))
            return None
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer.") from error
        return str(answer["permalink"])

    def _posted(self, name: str, ts: str) -> str:
        self._store.hset(name, "ts", ts)
        return ts

    def _find(self, channel: str, thread_ts: str | None, key: str, since: float) -> str | None:
        """The ``ts`` of our post with this key, among all that was said since then."""
        where: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since - CLOCKS:.6f}",
            "limit": 200,
            "include_all_metadata": True,
        }
        cursor: str | None = None
        while True:
            try:
                if thread_ts is None:
                    answer = self._client.conversations_history(**where, cursor=cursor)
                else:
                    answer = self._client.conversations_replies(**where, ts=thread_ts, cursor=cursor)
            except (SlackApiError, OSError, http.client.HTTPException) as error:
                raise Unavailable(
                    "Slack cannot be asked whether it took the message.", self._settle
                ) from error
            for message in answer.get("messages") or []:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key and message.get("bot_id"):
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None


def own_post(body: dict[str, Any]) -> tuple[str, str] | None:
    """Key and ``ts`` of a message event that echoes a post of this very app."""
    event = body.get("event") or {}
    metadata = event.get("metadata") or {}
    key = (metadata.get("event_payload") or {}).get("key")
    ours = event.get("app_id") is not None and event.get("app_id") == body.get("api_app_id")
    if not ours or metadata.get("event_type") != EVENT_TYPE or not key or not event.get("ts"):
        return None
    return str(key), str(event["ts"])


def _perhaps_posted(error: SlackApiError) -> bool:
    code = (
        error.response.get("error") or " "
    )  # a page instead of JSON is quoted here by the SDK, in a sentence
    return error.response.status_code >= 500 or code in PERHAPS_POSTED or " " in code


def _never_reached(error: Exception) -> bool:
    return isinstance(getattr(error, "reason", error), ConnectionRefusedError)


def _refusal(error: SlackApiError) -> Refused | Unavailable:
    response = error.response
    if response.status_code == 429 or response.get("error") == "ratelimited":
        return Unavailable("Slack asks us to wait.", float(response.headers.get("Retry-After", 1)))
    if _perhaps_posted(error):
        return Unavailable("Slack does not answer.")
    return Refused(f"Slack refused it: {response.get('error')}.")


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()
