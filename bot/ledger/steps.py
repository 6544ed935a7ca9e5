"""One step of the record: a state, its entry and the work that follows, all or nothing, in one Redis transaction.

A step is applied by ``step.lua`` only if the record is as the caller read it; it carries a token, so that repeating it
after a lost answer changes nothing.
"""

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import redis

from bot import tracing
from bot.action import canonical
from bot.deal import Json
from bot.errors import Decided, Unavailable
from bot.exchange import Exchange
from bot.ledger.values import AlreadyLive, Handover

LEDGER = "cosell:ledger"
HEAD = "cosell:head"
DUE = "cosell:due"
WORKERS = "cosell:workers"
"""When each worker's last sign of life stops counting, in seconds since 1970."""
STEP = Path(__file__).with_name("step.lua").read_text()
STEP_SHA = hashlib.sha1(STEP.encode(), usedforsecurity=False).hexdigest()
"""The name under which Redis keeps the script."""


class Steps:
    """Reads the store, and takes steps in it."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis, self.exchange = client, Exchange(client)

    def append(
        self,
        record: str,
        revision: int,
        state: str,
        entry: dict[str, Json],
        *,
        member: str,
        facts: str = "",
        due: str = "",
        opportunity: str = "",
        channel: str = "",
        take: str = "",
        free: str = "",
        opened: str = "",
        listed: str = "",
        handover: Handover | None = None,
    ) -> None:
        """Take a step from a revision; ``Decided`` when the record has moved, ``AlreadyLive`` when another holds it.

        With ``opened``, a score, the member is put into the lists of its deal and channel, or into ``listed`` alone.
        """
        line = canonical({**entry, "record": record})
        digest = hashlib.sha256(line.encode()).digest()
        queue, messages, job, body = (
            (handover.queue, handover.messages, handover.id, handover.body) if handover else ("", "", "", b"")
        )
        live, index = f"cosell:live:{opportunity}", listed or index_of(opportunity)
        keys = [record, LEDGER, HEAD, DUE, live, index, queue, messages, listed or posted_in(channel)]
        token = uuid.uuid4().hex
        args: list[str | bytes] = [token, str(revision), state, facts, line, digest]
        with tracing.span(f"ledger {entry.get('event')}", **_traced(entry)):
            answer = self._run(keys, [*args, due, member, take, free, opened, job, body])
        match answer:
            case ["done"]:
                return
            case ["held", holder]:
                raise AlreadyLive(holder)
            case _:
                raise Decided("Somebody was faster.")

    def _run(self, keys: list[str], args: list[str | bytes]) -> list[str]:
        """Run the step; a lost answer is asked for once more with the same token."""
        try:
            answer = self._step(keys, args)
        except (redis.ConnectionError, redis.TimeoutError):
            try:
                answer = self._step(keys, args)
            except redis.RedisError as error:
                raise Unavailable(
                    "The record did not answer, so it is not certain that this was kept. "
                    "Look at the card again in a minute; repeating it is safe."
                ) from error
        except redis.RedisError as error:
            raise Unavailable("The record cannot be kept just now, so nothing was done.") from error
        return [text(part) for part in cast(list[bytes], answer)]

    def _step(self, keys: list[str], args: list[str | bytes]) -> Any:
        try:
            return self.exchange.ask("EVALSHA", STEP_SHA, len(keys), *keys, *args)
        except redis.exceptions.NoScriptError:
            return self.exchange.ask("EVAL", STEP, len(keys), *keys, *args)

    def ask(self, read: Callable[[], Any]) -> Any:
        """Read; a connection that was cut is tried once more."""
        try:
            return read()
        except (redis.ConnectionError, redis.TimeoutError):
            try:
                return read()
            except redis.RedisError as error:
                raise Unavailable("The record cannot be read just now, so nothing was done.") from error
        except redis.RedisError as error:
            raise Unavailable("The record cannot be read just now, so nothing was done.") from error


def _traced(entry: dict[str, Json]) -> dict[str, tracing.Attribute]:
    """What a step's span says of it; the proposal too, since the step may be what makes it."""
    said: dict[str, tracing.Attribute] = {"db.system.name": "redis", "db.operation.name": "EVALSHA"}
    if entry.get("proposal"):
        said["cosell.proposal"] = str(entry["proposal"])
    return said


def record_of(id: str) -> str:
    """Where a proposal lies."""
    return f"cosell:proposal:{id}"


def index_of(opportunity: str) -> str:
    """Where the proposals of an opportunity are listed."""
    return f"cosell:deal:{opportunity}"


def posted_in(channel: str) -> str:
    """Where the proposals of a channel are listed."""
    return f"cosell:channel:{channel}"


def sha(words: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(words.encode()).hexdigest()


def text(value: bytes | str) -> str:
    """What the store holds, as text."""
    return value if isinstance(value, str) else value.decode()
