"""Turns at a system that allows so many writes a second."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.pace import paced


def test_turns_are_given_out_one_after_the_other_across_clients(store: redis.Redis, redis_port: int) -> None:
    """Two processes that want ten turns in all at 50 a second share them: no two within the gap."""
    waits = [paced(redis.Redis(port=redis_port), "test", 50) for _ in range(2)]
    taken: list[float] = []

    def take(which: int) -> None:
        for _ in range(5):
            waits[which]()
            taken.append(time.monotonic())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, range(2)))
    assert max(taken) - min(taken) >= 9 * 0.020 - 0.010


def test_nobody_writes_without_a_turn() -> None:
    """When Redis cannot say whose turn it is, nothing is sent."""
    with pytest.raises(Unavailable):
        paced(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), "test", 1)()
