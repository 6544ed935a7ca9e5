"""One circuit breaker for each outside system, shared by all processes: what is down is not knocked at by everybody.

It is closed while the system answers. After ``MISSES`` requests in a row without an answer, of whichever processes, it
is open for ``OPEN_FOR`` seconds: nothing is sent. Then one request finds out, and the others wait for what it finds.
While all is well a request costs one look into the store, which writes nothing.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import redis
import structlog

from bot.deal import System
from bot.errors import Unavailable

log = structlog.get_logger()

MISSES, WITHIN = 5, 60.0
"""So many requests in a row without an answer, within so many seconds, open it."""
OPEN_FOR = 20.0
"""Seconds for which nobody asks."""
PROBE_FOR = 70.0
"""Seconds in which the one request that finds out has its answer, or its process has died: longer than any timeout."""
AGAIN = 2.0
"""Seconds after which the others ask what it found."""
BLIND_FOR = 5.0
"""Seconds for which a process that cannot reach the store takes every breaker for closed without asking."""

_NOW = "local clock = redis.call('TIME') local now = clock[1] * 1000 + math.floor(clock[2] / 1000)\n"
_ENTER = """
local till = redis.call('HGET', KEYS[1], 'till')
if not till then return {'closed', '0'} end
if now < tonumber(till) then return {'open', till} end
if now < tonumber(redis.call('HGET', KEYS[1], 'probing') or '0') then return {'half-open', '0'} end
redis.call('HSET', KEYS[1], 'probe', ARGV[1], 'probing', now + ARGV[2])
return {'probe', '0'}
"""
_MISSED = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  if redis.call('HGET', KEYS[1], 'probe') == ARGV[1] then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'till', now + ARGV[4])
  end
  return 0
end
redis.call('LPUSH', KEYS[2], now)
redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local first = redis.call('LINDEX', KEYS[2], ARGV[2] - 1)
if not first or now - first > tonumber(ARGV[3]) then return 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'till', now + ARGV[4])
return 1
"""
_ANSWERED = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  if ARGV[1] ~= 'insists' and redis.call('HGET', KEYS[1], 'probe') ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[1], KEYS[2])
  return 1
end
redis.call('DEL', KEYS[2])
return 0
"""
_LEFT = "if redis.call('HGET', KEYS[1], 'probe') == ARGV[1] then redis.call('HDEL', KEYS[1], 'probe', 'probing') end"


class State(StrEnum):
    """Whether a system is asked."""

    CLOSED = "closed"  # it is
    OPEN = "open"  # it is not, until some seconds have passed
    HALF_OPEN = "half-open"  # one call finds out


def states(store: redis.Redis) -> Mapping[System, State]:
    """The state of every system's breaker, in one trip to the store; closed where nothing is kept."""
    pipe = store.pipeline(transaction=False)
    pipe.time()
    for system in System:
        pipe.hget(_keys(system)[0], "till")
    (seconds, micros), *kept = pipe.execute()
    now = seconds * 1000 + micros // 1000
    return {system: _state(till, now) for system, till in zip(System, kept, strict=True)}


def _state(till: bytes | None, now: int) -> State:
    if till is None:
        return State.CLOSED
    return State.OPEN if now < int(till) else State.HALF_OPEN


def _keys(system: System) -> list[str]:
    name = f"cosell:breaker:{system.name.lower()}"
    return [name, f"{name}:missed"]


@dataclass(frozen=True)
class Pass:
    """That one request may be sent; what becomes of it is told to the breaker that gave it."""

    token: str = ""  # of the one that finds out, or that insists
    watched: bool = False  # something is kept that an answer clears


class Breaker:
    """One system's; ``store`` is where all processes keep it. Safe to share between threads."""

    def __init__(self, store: redis.Redis, system: System) -> None:
        self._store, self._system, self._keys = store, system, _keys(system)
        self._enter = store.register_script(_NOW + _ENTER)
        self._missed = store.register_script(_NOW + _MISSED)
        self._answered = store.register_script(_ANSWERED)
        self._left = store.register_script(_LEFT)
        self._blind_until = 0.0

    def enter(self, insists: bool = False) -> Pass:
        """Leave to send one request; ``Unavailable`` while the system is not asked.

        Who ``insists`` may send whatever the state is. While the store cannot be asked everybody may: nothing is
        written then anyway, because nothing could be recorded.
        """
        if time.monotonic() < self._blind_until:
            return Pass()
        try:
            if not self._store.exists(*self._keys):
                return Pass()
            if insists:
                return Pass("insists", True)
            token = uuid.uuid4().hex
            said, till = self._enter(keys=self._keys, args=[token, _milliseconds(PROBE_FOR)])
        except redis.RedisError as error:
            self._blind(error)
            return Pass()
        match said:
            case b"open":
                raise self._not_asked(int(till))
            case b"half-open":
                raise Unavailable(
                    f"{self._system} has not been answering, and one request finds out whether it does again.",
                    after=AGAIN,
                )
        return Pass(token if said == b"probe" else "", True)

    def answered(self, given: Pass) -> None:
        """The system answered, whatever it said."""
        if given.watched and self._tell(self._answered, given.token):
            log.warning("breaker.closed", system=self._system.value)

    def missed(self, given: Pass) -> None:
        """The system did not answer."""
        args = (MISSES, _milliseconds(WITHIN), _milliseconds(OPEN_FOR))
        if self._tell(self._missed, given.token, *args):
            log.warning("breaker.opened", system=self._system.value, seconds=OPEN_FOR)

    def left(self, given: Pass) -> None:
        """Nothing was sent after all, or what came of it says nothing about the system."""
        if given.token:
            self._tell(self._left, given.token)

    def _tell(self, script: "redis.commands.core.Script", *args: str | int) -> bool:
        if time.monotonic() < self._blind_until:
            return False
        try:
            return bool(script(keys=self._keys, args=args))
        except redis.RedisError as error:
            self._blind(error)
            return False

    def _blind(self, error: redis.RedisError) -> None:
        self._blind_until = time.monotonic() + BLIND_FOR
        log.info("breaker.blind", system=self._system.value, why=str(error))

    def _not_asked(self, till: int) -> Unavailable:
        when = datetime.fromtimestamp(till / 1000, UTC)
        left = (when - datetime.now(UTC)).total_seconds()
        return Unavailable(
            f"{self._system} has not been answering, so it is not asked before {when:%H:%M:%S} UTC.",
            after=min(max(left, 0.1), OPEN_FOR),
        )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
