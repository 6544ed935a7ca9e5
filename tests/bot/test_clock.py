"""The timetable: of any number of clocks one ticks."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from apscheduler.schedulers.background import BackgroundScheduler
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from bot.clock import EVERY, LEASE, clock
from sandbox.server import free_port

HELD = "cosell:clock"


class Counting:
    """Counts what a clock did."""

    def __init__(self) -> None:
        self.ticks = 0

    def __call__(self) -> int:
        self.ticks += 1
        return 0


def due(scheduler: BackgroundScheduler) -> None:
    """What happens when a clock's time has come."""
    (job,) = scheduler.get_jobs()
    job.func()


def made(client: redis.Redis, tick: Callable[[], Any]) -> Callable[[], None]:
    """A clock whose time is told by hand."""
    scheduler = clock(client, tick)
    return lambda: due(scheduler)


def test_of_two_clocks_one_ticks(store: redis.Redis) -> None:
    """Whoever came first goes on ticking, and the other does nothing."""
    first, second = Counting(), Counting()
    clocks = [made(store, first), made(store, second)]
    for _ in range(3):
        for one in clocks:
            one()
    assert (first.ticks, second.ticks) == (3, 0)


def test_another_takes_over_when_the_holder_is_gone(store: redis.Redis) -> None:
    """Once the lease has run out, the next clock whose time comes ticks, and keeps the lease from the first."""
    first, second = Counting(), Counting()
    clocks = [made(store, first), made(store, second)]
    clocks[0]()
    store.pexpire(HELD, 0)
    for one in reversed(clocks):
        one()
    assert (first.ticks, second.ticks) == (1, 1)


def test_a_tick_renews_the_lease(store: redis.Redis) -> None:
    """A clock that ticks is not overtaken."""
    tick = made(store, Counting())
    tick()
    store.expire(HELD, 1)
    tick()
    assert store.ttl(HELD) > LEASE - 2


def test_the_lease_outlives_the_pause_between_two_ticks() -> None:
    """Else two clocks would take turns; and it ends, so that a dead one does not hold it."""
    assert EVERY < LEASE / 2 < 60


def test_the_lease_of_a_dead_clock_runs_out(store: redis.Redis) -> None:
    """By itself: nobody has to be told."""
    made(store, Counting())()
    assert 0 < store.pttl(HELD) <= LEASE * 1000


def test_a_tick_that_fails_does_not_end_the_clock(store: redis.Redis) -> None:
    """The next one finds the same work."""
    ticks: list[int] = []

    def tick() -> int:
        ticks.append(1)
        raise RuntimeError("the ledger is full")

    one = made(store, tick)
    with capture_logs() as logged:
        one()
        one()
    assert len(ticks) == 2
    assert [entry["event"] for entry in logged] == ["clock.tick_failed"] * 2


def test_a_store_that_is_away_does_not_end_the_clock() -> None:
    """No lease, no tick, and no exception that would end the timetable."""
    counting = Counting()
    dead = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with capture_logs():
        made(dead, counting)()
    assert counting.ticks == 0


def test_a_clock_starts_only_when_told(store: redis.Redis) -> None:
    """It is handed out stopped, with one job that comes every few seconds and never runs beside itself."""
    scheduler = clock(store, Counting())
    assert not scheduler.running
    (job,) = scheduler.get_jobs()
    assert job.trigger.interval.total_seconds() == EVERY
    assert (job.max_instances, job.coalesce) == (1, True)


@pytest.mark.parametrize("late", [1, 3600])
def test_a_tick_that_is_late_still_happens(store: redis.Redis, late: int) -> None:
    """A machine that was busy or asleep ticks when it is back."""
    (job,) = clock(store, Counting()).get_jobs()
    assert job.misfire_grace_time is None or job.misfire_grace_time > late
