"""The timetable. Any number of clocks may run; one at a time holds the lease and ticks."""

import uuid
from collections.abc import Callable

import redis
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger()

EVERY = 3
"""Seconds between looks at what a crash left behind."""
LEASE = 10
"""Seconds for which the clock that ticked last is the one that ticks."""

_TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""


def clock(client: redis.Redis, tick: Callable[[], int]) -> BackgroundScheduler:
    """A scheduler that calls ``tick`` every few seconds while this process holds the lease; not started yet."""
    take = client.register_script(_TAKE)
    me = uuid.uuid4().hex

    def leader_ticks() -> None:
        try:
            if take(keys=["cosell:clock"], args=[me, LEASE]):
                tick()
        except Exception:
            log.exception("clock.tick_failed")

    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
    scheduler.add_job(
        leader_ticks, "interval", seconds=EVERY, coalesce=True, max_instances=1, misfire_grace_time=None
    )
    return scheduler
