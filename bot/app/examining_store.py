"""What the doctor asks of Redis; keeps the promises of ``bot.doctor.examiners.StoreExaminer``."""

import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import redis

from bot.doctor.examiners import Newest
from bot.errors import Refused, Unavailable
from bot.ledger.chain import Line
from bot.ledger.steps import HEAD, LEDGER

OWN_FOR = 30
"""Seconds after which our own key would go by itself."""

T = TypeVar("T")


class ExaminingStore:
    """The store behind a client."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis, self._clock = client, clock

    def server(self) -> tuple[str, str]:
        try:
            hello: Any = self._ask(lambda: self._redis.execute_command("HELLO"))  # type: ignore[no-untyped-call]  # redis
        except Refused as error:
            if not isinstance(error.__cause__, redis.ResponseError):
                raise
            info = self._ask(lambda: self._redis.info("server"))  # older than 6
            return "redis", str(info["redis_version"])
        pairs = hello.items() if isinstance(hello, dict) else zip(hello[::2], hello[1::2], strict=True)
        told = {_text(name): _text(value) for name, value in pairs}
        return told.get("server", "redis"), told.get("version", "")

    def persistence(self) -> Mapping[str, str]:
        return {
            name: str(value) for name, value in self._ask(lambda: self._redis.info("persistence")).items()
        }

    def configured(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for pattern in ("append*", "maxmemory*"):
            told = self._ask(partial(self._redis.config_get, pattern))
            found |= {_text(name): _text(value) for name, value in told.items()}
        return found

    def ahead(self) -> float:
        before = self._clock()
        seconds, micros = self._ask(self._redis.time)
        return float(seconds) + float(micros) / 1e6 - (before + self._clock()) / 2

    def try_out(self) -> None:
        key, value = f"cosell:doctor:{uuid.uuid4().hex}", uuid.uuid4().hex.encode()
        try:
            self._ask(lambda: self._redis.set(key, value, ex=OWN_FOR))
            if self._ask(lambda: self._redis.get(key)) != value:
                raise Refused("What was written does not read back.")
        finally:
            self._ask(lambda: self._redis.delete(key))

    def newest(self, most: int) -> Newest:
        def read() -> Any:
            pipeline = self._redis.pipeline(transaction=True)  # in one moment: others go on writing
            pipeline.hmget(HEAD, ["link", "seq"])
            pipeline.xrevrange(LEDGER, count=most)
            return pipeline.execute()

        (link, seq), lines = self._ask(read)
        found = [
            Line(
                seq=int(_text(id).partition("-")[0]),
                entry=_text(fields.get(b"entry", b"")),
                link=_text(fields.get(b"link", b"")),
            )
            for id, fields in reversed(lines)
        ]
        return Newest(head=(link or b"").hex(), seq=int(seq or 0), lines=tuple(found))

    def _ask(self, call: Callable[[], T]) -> Any:
        try:
            return call()
        except redis.AuthenticationError as error:
            raise Refused(f"Redis does not accept the bot's user and password ({error}).") from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise Unavailable(f"Redis does not answer at {self._where}: {error}") from error
        except redis.RedisError as error:
            raise Refused(f"Redis says: {error}.") from error

    @property
    def _where(self) -> str:
        """Host and port, without the password that the address may hold."""
        told = self._redis.connection_pool.connection_kwargs
        return str(told.get("path") or f"{told.get('host', 'localhost')}:{told.get('port', 6379)}")


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
