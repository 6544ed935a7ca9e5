"""What is left of the calls that the systems allow, as several processes know it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.deal import System
from bot.errors import Unavailable
from bot.pace import DAY, keys
from bot.quotas import HOLDS_FOR, OrgCalls, Quota, partner_reads, quotas, turns_to_read, turns_to_write

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Watch:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        """The moment."""
        return self.moment

    def on(self, **span: float) -> None:
        """Later."""
        self.moment += timedelta(**span)


@pytest.fixture
def watch() -> Watch:
    """One that all processes of a test go by."""
    return Watch()


@pytest.fixture
def two(store: redis.Redis, redis_port: int, watch: Watch) -> Iterator[tuple[OrgCalls, OrgCalls]]:
    """What two processes know of the org's calls, of which a fifth is kept for people."""
    other = redis.Redis(port=redis_port)
    yield OrgCalls(store, 0.2, watch), OrgCalls(other, 0.2, watch)
    other.close()


def test_of_what_nobody_asked_nothing_is_known(store: redis.Redis) -> None:
    """A system is left out rather than shown as unused."""
    assert quotas(store) == {}
    assert partner_reads(store) is None


# -- AWS ---------------------------------------------------------------------------------------------------------
def test_writes_of_all_processes_are_counted_when_their_turn_is_given(
    store: redis.Redis, redis_port: int
) -> None:
    """Limit, used and left are of the account, and the one too many is not counted."""
    other = redis.Redis(port=redis_port)
    here, there = (turns_to_write(client, 1_000, 3) for client in (store, other))
    for write in (here, there, here):
        write()
    with pytest.raises(
        Unavailable,
        match=r"^AWS Partner Central takes from this account no more writes than 3 .*nothing was sent\.$",
    ):
        there()
    writes = quotas(store)[System.PARTNER_CENTRAL]
    assert (writes.limit, writes.used, writes.left) == (3, 3, 0)
    other.close()


def test_what_is_older_than_a_day_is_not_counted(store: redis.Redis) -> None:
    """Although it is still kept: it goes only when another comes."""
    write = turns_to_write(store, 1_000, 100)
    for _ in range(7):
        write()
    _, day, _ = keys("ace.writes")
    for place in range(3, 7):  # the oldest four
        at = int(store.lindex(day, place) or 0)
        store.lset(day, place, str(at - DAY * 1_000_000))
    assert quotas(store)[System.PARTNER_CENTRAL].used == 3


def test_reads_are_counted_too(store: redis.Redis) -> None:
    """Apart from the writes."""
    read = turns_to_read(store)
    for _ in range(4):
        read()
    reads = partner_reads(store)
    assert reads is not None
    assert (reads.limit, reads.used) == (100_000, 4)
    assert System.PARTNER_CENTRAL not in quotas(store)


# -- Salesforce --------------------------------------------------------------------------------------------------
def test_what_salesforce_says_is_known_to_all(two: tuple[OrgCalls, OrgCalls], store: redis.Redis) -> None:
    """As of the moment when it said so."""
    two[0].told(4_100, 5_000)
    assert quotas(store) == {System.SALESFORCE: Quota(5_000, 4_100, START)}
    with pytest.raises(Unavailable):
        two[1].spare()


def test_it_is_passed_on_every_few_seconds(
    two: tuple[OrgCalls, OrgCalls], store: redis.Redis, watch: Watch
) -> None:
    """Not with every answer: a write into the store costs more than a call of Salesforce is worth."""
    here, _ = two
    for used in range(10, 20):
        here.told(used, 5_000)
    assert quotas(store)[System.SALESFORCE].used == 10
    watch.on(seconds=5)
    here.told(20, 5_000)
    assert quotas(store)[System.SALESFORCE].used == 20


def test_what_moved_notably_is_passed_on_at_once(two: tuple[OrgCalls, OrgCalls], store: redis.Redis) -> None:
    """Something else took a hundredth of the day's calls within a second, or the org may make fewer."""
    here, _ = two
    here.told(10, 5_000)
    here.told(59, 5_000)
    assert quotas(store)[System.SALESFORCE].used == 10
    here.told(60, 5_000)
    assert quotas(store)[System.SALESFORCE].used == 60
    here.told(60, 4_000)
    assert quotas(store)[System.SALESFORCE].limit == 4_000


def test_the_reserve_is_kept_for_people(two: tuple[OrgCalls, OrgCalls]) -> None:
    """Up to it the background goes on; below it, it is told why it stops and when it may ask again."""
    here, _ = two
    here.told(4_000, 5_000)
    here.spare()
    here.told(4_001, 5_000)
    with pytest.raises(
        Unavailable, match=r"^4,001 of the 5,000 calls .* kept for what people ask for and approve\.$"
    ) as told:
        here.spare()
    assert told.value.after == HOLDS_FOR.total_seconds()


def test_the_background_does_not_stop_for_ever(two: tuple[OrgCalls, OrgCalls], watch: Watch) -> None:
    """Nobody asks Salesforce overnight: after ten minutes one call finds out whether there is room again."""
    here, there = two
    here.told(4_900, 5_000)
    watch.on(minutes=9)
    for calls in two:
        with pytest.raises(Unavailable) as told:
            calls.spare()
        assert told.value.after == 60
    watch.on(minutes=1)
    there.spare()
    there.told(4_905, 5_000)
    with pytest.raises(Unavailable):
        here.spare()
    watch.on(minutes=10)
    here.spare()
    here.told(100, 5_000)
    there.spare()


def test_what_is_known_here_goes_before_what_is_kept(two: tuple[OrgCalls, OrgCalls], watch: Watch) -> None:
    """The newest counts, whoever was told it."""
    here, there = two
    there.told(4_900, 5_000)
    watch.on(seconds=1)
    here.told(100, 5_000)
    there.spare()
    watch.on(seconds=1)
    here.told(4_950, 5_000)  # not passed on yet
    with pytest.raises(Unavailable):
        here.spare()


def test_without_redis_a_process_goes_by_what_it_was_told(watch: Watch) -> None:
    """An answer of Salesforce is never lost over the count of it."""
    calls = OrgCalls(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), 0.2, watch)
    calls.spare()
    calls.told(4_900, 5_000)
    with pytest.raises(Unavailable):
        calls.spare()
