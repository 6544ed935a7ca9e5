"""Waiting for one's turn at a system that takes so many requests a second, or a day, together with all other processes.

Turns are given by the generic cell rate algorithm (ITU-T I.371): one number is kept, the moment by which everything
that was given out is paid for at the allowed rate. Only Redis's clock counts.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from bot.errors import Unavailable

DAY = 24 * 3600
"""Seconds of the stretch in which ``Day.most`` are counted."""
SOON = 60.0
"""Seconds after which somebody who found none left should ask again, even where the next comes hours later."""
_MICRO = 1_000_000
_TURN = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local gap, ahead, most, day = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local paid = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local turn = math.max(now, paid - ahead)
if most > 0 then
  for _ = 1, 1000 do
    local oldest = tonumber(redis.call('LINDEX', KEYS[2], -1) or turn)
    if oldest > turn - day then break end
    redis.call('RPOP', KEYS[2])
  end
  if redis.call('LLEN', KEYS[2]) >= most then
    if ARGV[4] == '1' then return {now, turn, tonumber(redis.call('LINDEX', KEYS[2], most - 1)) + day} end
    redis.call('RPOP', KEYS[2])
  end
  redis.call('LPUSH', KEYS[2], string.format('%.0f', turn))
  redis.call('PEXPIREAT', KEYS[2], math.ceil((turn + day) / 1000))
  redis.call('SET', KEYS[3], most, 'PXAT', math.ceil((turn + day) / 1000))
end
local kept = math.ceil((paid + gap - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', paid + gap), 'PX', math.max(1000, kept))
return {now, turn, 0}
"""


@dataclass(frozen=True)
class Day:
    """So many within any 24 hours; ``rule`` says whose rule that is, as the beginning of a sentence.

    Where ``refuses`` is false they are only counted.
    """

    most: int
    rule: str
    refuses: bool = True


@dataclass(frozen=True)
class Turn:
    """A turn that was given, in microseconds of Redis's clock."""

    given: int
    at: int

    @property
    def seconds(self) -> float:
        """How long it was to be waited for when it was given."""
        return (self.at - self.given) / _MICRO


class Turns:
    """Turns shared by all processes: in any stretch of time no more than its seconds times ``per_second`` plus a
    ``burst``."""

    def __init__(
        self, client: redis.Redis, per_second: float, burst: int = 1, day: Day | None = None
    ) -> None:
        self._next, self._day = client.register_script(_TURN), day
        self._gap = math.ceil(_MICRO / per_second)
        self._ahead = self._gap * (burst - 1)

    def take(self, name: str) -> Turn:
        """The next turn of this name; it counts as used.

        ``Unavailable`` when none is left of those of a day, or Redis cannot be asked: then none was given.
        """
        most, refuses = (self._day.most, self._day.refuses) if self._day else (0, False)
        try:
            given, at, room = self._next(
                keys=keys(name), args=[self._gap, self._ahead, most, int(refuses), DAY * _MICRO]
            )
        except redis.RedisError as error:
            raise Unavailable("Whose turn it is cannot be known just now, so nothing was sent.") from error
        if room and self._day:
            when = datetime.fromtimestamp(room / _MICRO, UTC)
            raise Unavailable(
                f"{self._day.rule} {most:,} within 24 hours, and that many there were. There is room again from "
                f"{when:%H:%M} UTC on {when:%-d %B}; nothing was sent.",
                after=min(SOON, max(1.0, (room - given) / _MICRO)),
            )
        return Turn(int(given), int(at))


def keys(name: str) -> tuple[str, str, str]:
    """Where the turns of a name are kept: when they are paid for, when each of a day was, how many these may be."""
    return f"cosell:turns:{name}", f"cosell:turns:{name}:day", f"cosell:turns:{name}:most"


def paced(
    client: redis.Redis, name: str, per_second: float, burst: int = 1, day: Day | None = None
) -> Callable[[], None]:
    """A call that returns when it is this caller's turn: turns are given out in order, across all processes.

    After a pause up to ``burst`` of them come at once. ``Unavailable`` when none is left of those of a day, or Redis
    cannot be asked.
    """
    turns = Turns(client, per_second, burst, day)
    return lambda: time.sleep(turns.take(name).seconds)


def turns_per_channel(client: redis.Redis, per_second: float, burst: int) -> Callable[[str], None]:
    """A call that returns when something may be posted into a channel (its id); each channel has turns of its own.

    ``Unavailable`` when Redis cannot be asked.
    """
    turns = Turns(client, per_second, burst)
    return lambda channel: time.sleep(turns.take(f"slack:{channel}").seconds)
