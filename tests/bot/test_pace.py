"""Turns at a system that allows so many requests a second, and so many a day."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.pace import DAY, Day, Turns, keys, paced, turns_per_channel

MANY = Day(3, "AWS takes no more than")


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


@pytest.mark.parametrize(
    "ask", [paced, lambda client, name, rate: lambda: turns_per_channel(client, rate, 5)(name)]
)
def test_nobody_writes_without_a_turn(ask: Callable[..., Callable[[], None]]) -> None:
    """When Redis cannot say whose turn it is, nothing is sent."""
    with pytest.raises(Unavailable):
        ask(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), "test", 1)()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_second=st.floats(0.3, 5_000),
    burst=st.integers(1, 8),
    takers=st.lists(st.integers(0, 1), min_size=2, max_size=40),
)
def test_no_stretch_of_time_has_more_than_the_rate_and_a_burst(
    store: redis.Redis, redis_port: int, per_second: float, burst: int, takers: list[int]
) -> None:
    """Whoever takes them and however they come: never more turns than rate times time plus burst, in any window."""
    store.flushall()
    clients = [store, redis.Redis(port=redis_port)]
    shared = [Turns(client, per_second, burst) for client in clients]
    turns = [shared[who].take("test") for who in takers]
    clients[1].close()
    assert all(turn.at >= turn.given for turn in turns)
    at = sorted(turn.at for turn in turns)
    for first, start in enumerate(at):
        for last in range(first, len(at)):
            assert last - first + 1 <= per_second * (at[last] - start) / 1e6 + burst + 1e-6


def test_a_burst_comes_at_once_and_no_more(store: redis.Redis) -> None:
    """After a pause five go without a wait; each after them waits one gap longer."""
    turns = Turns(store, per_second=0.5, burst=5)
    waits = [turns.take("test").seconds for _ in range(8)]
    assert waits[:5] == [0.0] * 5
    assert waits[5:] == pytest.approx([2, 4, 6], abs=0.5)


def test_each_channel_has_its_own(store: redis.Redis) -> None:
    """A channel in which much is said holds up no other."""
    wait = turns_per_channel(store, 0.01, 1)
    began = time.monotonic()
    for channel in ("C0ONE", "C0TWO", "C0THREE"):
        wait(channel)
    assert time.monotonic() - began < 5
    assert Turns(store, 0.01).take("slack:C0ONE").seconds > 50


# -- of a day ----------------------------------------------------------------------------------------------------
def aged(store: redis.Redis, seconds: float) -> None:
    """Every turn of the day was so much earlier."""
    _, day, _ = keys("test")
    for place, at in enumerate(store.lrange(day, 0, -1)):
        store.lset(day, place, str(int(at) - round(seconds * 1e6)))


def test_a_day_has_so_many_for_all_processes(store: redis.Redis, redis_port: int) -> None:
    """The one too many is told how many there may be and from when there is room; it counts for nothing."""
    other = redis.Redis(port=redis_port)
    here, there = Turns(store, 1_000, day=MANY), Turns(other, 1_000, day=MANY)
    here.take("test")
    there.take("test")
    here.take("test")
    for turns in (here, there, here):
        with pytest.raises(
            Unavailable, match=r"no more than 3 within 24 hours.* room again from \d\d:\d\d UTC"
        ) as told:
            turns.take("test")
        assert told.value.after == 60
    assert store.llen(keys("test")[1]) == 3
    other.close()


def test_the_day_rolls(store: redis.Redis) -> None:
    """Room comes back turn by turn, 24 hours after each, not at midnight; just before there is none."""
    turns = Turns(store, 1_000, day=MANY)
    turns.take("test")
    aged(store, DAY - 5)
    turns.take("test")
    turns.take("test")
    with pytest.raises(Unavailable) as told:
        turns.take("test")
    assert told.value.after == pytest.approx(5, abs=1)
    aged(store, 6)
    turns.take("test")
    with pytest.raises(Unavailable):
        turns.take("test")


def test_what_is_only_counted_is_never_refused(store: redis.Redis) -> None:
    """The count stays within its bound, and the turns go on."""
    turns = Turns(store, 1_000, day=Day(3, "", refuses=False))
    for _ in range(5):
        turns.take("test")
    assert store.llen(keys("test")[1]) == 3


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, DAY // 2), min_size=1, max_size=25), st.integers(1, 5))
def test_no_24_hours_have_more_than_a_days(store: redis.Redis, pauses: list[int], most: int) -> None:
    """However the writes are spread over the days."""
    store.flushall()
    turns, elapsed = Turns(store, 100_000, day=Day(most, "")), 0.0
    taken: list[float] = []
    for pause in pauses:
        aged(store, pause)
        elapsed += pause
        try:
            taken.append(elapsed + turns.take("test").at / 1e6)
        except Unavailable:
            seconds, micros = store.time()
            assert sum(moment > elapsed + seconds + micros / 1e6 - DAY for moment in taken) == most
        for last in taken:
            assert sum(last - DAY < moment <= last for moment in taken) <= most
