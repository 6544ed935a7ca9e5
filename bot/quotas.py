"""What is left of the calls that each outside system allows, as all processes together know it."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import redis

from bot.deal import System
from bot.errors import Unavailable
from bot.pace import DAY, Day, keys, paced

READS_PER_SECOND, READS_BURST, READS_PER_DAY = 10.0, 10, 100_000
"""AWS's quota of reads for one partner account (AWS Partner Central, "Quotas"); those of a day are only counted."""
TOLD_EVERY = timedelta(seconds=5)
"""How often one process passes on what Salesforce says of the org's calls."""
NOTABLE = 100
"""One in so many of the calls is passed on at once."""
HOLDS_FOR = timedelta(minutes=10)
"""For how long that is believed: afterwards one call finds out whether there is room again."""
_WRITES, _READS = "ace.writes", "ace.reads"
_ORG = "cosell:quota:salesforce"
_COUNTED = """
local clock = redis.call('TIME')
local since = clock[1] * 1000000 + clock[2] - tonumber(ARGV[1])
local most = redis.call('GET', KEYS[2])
if not most then return {} end
local low, high = 0, redis.call('LLEN', KEYS[1])
while low < high do
  local middle = math.floor((low + high) / 2)
  if tonumber(redis.call('LINDEX', KEYS[1], middle)) > since then low = middle + 1 else high = middle end
end
return {tonumber(most), low}
"""
"""How many turns of the last day there were: they are kept newest first, and old ones go only when new ones come."""


@dataclass(frozen=True)
class Quota:
    """The calls of the last 24 hours."""

    limit: int
    used: int
    as_of: datetime

    @property
    def left(self) -> int:
        """How many more there may be."""
        return max(0, self.limit - self.used)


def quotas(store: redis.Redis) -> Mapping[System, Quota]:
    """What is known of each system's, in one trip to the store; systems of which nothing is known are left out.

    Salesforce's are the org's calls, AWS's are our writes.
    """
    pipe = store.pipeline(transaction=False)
    pipe.hgetall(_ORG)
    _count(pipe, _WRITES)
    org, writes = pipe.execute()
    known = {System.SALESFORCE: _told(org), System.PARTNER_CENTRAL: _counted(writes)}
    return {system: quota for system, quota in known.items() if quota is not None}


def partner_reads(store: redis.Redis) -> Quota | None:
    """Our reads of AWS Partner Central; None before the first."""
    pipe = store.pipeline(transaction=False)
    _count(pipe, _READS)
    return _counted(pipe.execute()[0])


def _count(pipe: "redis.client.Pipeline", name: str) -> None:
    _, day, most = keys(name)
    pipe.eval(_COUNTED, 2, day, most, str(DAY * 1_000_000))


def _counted(answer: list[int]) -> Quota | None:
    return Quota(answer[0], answer[1], datetime.now(UTC)) if answer else None


def _told(kept: Mapping[bytes, bytes]) -> Quota | None:
    if not kept:
        return None
    at = datetime.fromtimestamp(float(kept[b"at"]), UTC)
    return Quota(int(kept[b"limit"]), int(kept[b"used"]), at)


# -- AWS ----------------------------------------------------------------------------------------------------
def turns_to_write(store: redis.Redis, per_second: float, per_day: int) -> Callable[[], None]:
    """A call that returns when AWS's quota has room for one more write, which counts from then on.

    ``Unavailable`` when the day's are used up, or Redis cannot be asked: nothing may be sent then.
    """
    day = Day(per_day, f"{System.PARTNER_CENTRAL} takes from this account no more writes than")
    return paced(store, _WRITES, per_second, day=day)


def turns_to_read(store: redis.Redis) -> Callable[[], None]:
    """A call that returns when AWS's quota has room for one more read, which counts from then on."""
    day = Day(READS_PER_DAY, f"{System.PARTNER_CENTRAL} takes from this account no more reads than", False)
    return paced(store, _READS, READS_PER_SECOND, READS_BURST, day)


# -- Salesforce ---------------------------------------------------------------------------------------------
class OrgCalls:
    """The org's API calls of 24 hours, as Salesforce counts them in its answers to every process.

    ``reserve`` is the share of them that is kept for what people ask for and approve.
    """

    def __init__(
        self,
        store: redis.Redis | None,
        reserve: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._reserve, self._now = store, reserve, now
        self._lock = threading.Lock()  # of the two below
        self._last: Quota | None = None
        self._passed_on: Quota | None = None

    def told(self, used: int, limit: int) -> None:
        """Salesforce says so at this moment; all processes know of it within some seconds, or once it moved notably."""
        known = Quota(limit, used, self._now())
        with self._lock:
            self._last, before = known, self._passed_on
            due = before is None or _worth_passing_on(before, known)
            if due:
                self._passed_on = known
        if due and self._store is not None:
            with contextlib.suppress(redis.RedisError):  # it is told again soon
                self._store.hset(_ORG, items=["limit", limit, "used", used, "at", known.as_of.timestamp()])

    def spare(self) -> None:
        """Return if there is room for work that nobody waits for; ``Unavailable`` when the rest is kept for people."""
        known, now = self._newest(), self._now()
        if known is None or known.left >= self._reserve * known.limit:
            return
        again = known.as_of + HOLDS_FOR - now
        if again <= timedelta():
            return
        raise Unavailable(
            f"{known.used:,} of the {known.limit:,} calls that {System.SALESFORCE} allows this org in 24 hours are "
            "used; the rest is kept for what people ask for and approve.",
            after=again.total_seconds(),
        )

    def _newest(self) -> Quota | None:
        """What this process was told, or another told it later."""
        kept = None
        if self._store is not None:
            with contextlib.suppress(redis.RedisError):  # what this process knows will do
                kept = _told(cast(Mapping[bytes, bytes], self._store.hgetall(_ORG)))
        with self._lock:
            known = [quota for quota in (self._last, kept) if quota is not None]
        return max(known, key=lambda quota: quota.as_of, default=None)


def _worth_passing_on(before: Quota, now: Quota) -> bool:
    fresh = timedelta() <= now.as_of - before.as_of < TOLD_EVERY
    return not fresh or now.limit != before.limit or abs(now.used - before.used) * NOTABLE >= now.limit
