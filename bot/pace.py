"""Waiting for one's turn at a system that allows so many writes a second, together with all other workers."""

import time
from collections.abc import Callable

import redis

from bot.errors import Unavailable

_NEXT_TURN = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], turn + ARGV[1], 'PX', math.max(1000, turn + ARGV[1] - now))
return turn - now
"""


def paced(client: redis.Redis, name: str, per_second: float) -> Callable[[], None]:
    """A call that returns when it is this caller's turn: turns are given out in order, across all processes.

    ``Unavailable`` when Redis cannot be asked.
    """
    next_turn = client.register_script(_NEXT_TURN)
    gap = round(1000 / per_second)

    def wait_for_turn() -> None:
        try:
            milliseconds = int(str(next_turn(keys=[f"cosell:pace:{name}"], args=[gap])))
        except redis.RedisError as error:
            raise Unavailable(
                "Whose turn it is to write cannot be known just now, so nothing was sent."
            ) from error
        time.sleep(milliseconds / 1000)

    return wait_for_turn
