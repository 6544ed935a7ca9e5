"""The circuit breaker of an outside system, as several processes share it: each client here stands for one of them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from bot import breakers
from bot.breakers import MISSES, OPEN_FOR, Breaker, State, states
from bot.deal import System
from bot.errors import Unavailable

AWS = System.PARTNER_CENTRAL
MISSED = "cosell:breaker:partner_central:missed"


@pytest.fixture
def two(store: redis.Redis, redis_port: int) -> Iterator[tuple[Breaker, Breaker]]:
    """The breaker of one system in two processes."""
    other = redis.Redis(port=redis_port)
    yield Breaker(store, AWS), Breaker(other, AWS)
    other.close()


def miss(breaker: Breaker, times: int = 1) -> None:
    """So many requests that get no answer."""
    for _ in range(times):
        breaker.missed(breaker.enter())


def answer(breaker: Breaker) -> None:
    """A request that gets one."""
    breaker.answered(breaker.enter())


@pytest.fixture
def half_open(two: tuple[Breaker, Breaker], monkeypatch: pytest.MonkeyPatch) -> tuple[Breaker, Breaker]:
    """One that was opened, and whose seconds have passed."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0)
    miss(two[0], MISSES)
    monkeypatch.setattr(breakers, "OPEN_FOR", OPEN_FOR)
    return two


def test_while_all_is_well_nothing_is_written(two: tuple[Breaker, Breaker], store: redis.Redis) -> None:
    """The common case costs a look: no write that has to reach the disk."""
    for breaker in two:
        answer(breaker)
    assert store.keys() == []
    assert set(states(store).values()) == {State.CLOSED}


def test_misses_of_all_processes_open_it_for_all(two: tuple[Breaker, Breaker], store: redis.Redis) -> None:
    """Five in a row, whoever met them; then nobody asks, each is told until when, and other systems go on."""
    here, there = two
    miss(here, 2)
    miss(there, 2)
    assert states(store)[AWS] is State.CLOSED
    miss(here)
    assert states(store)[AWS] is State.OPEN
    for breaker in two:
        with pytest.raises(
            Unavailable, match=r"^AWS Partner Central has not been answering.* UTC\.$"
        ) as told:
            breaker.enter()
        assert told.value.after is not None
        assert OPEN_FOR - 5 < told.value.after <= OPEN_FOR
    answer(Breaker(store, System.SALESFORCE))
    assert states(store)[System.SALESFORCE] is State.CLOSED


def test_an_answer_of_any_process_begins_the_count_anew(
    two: tuple[Breaker, Breaker], store: redis.Redis
) -> None:
    """What opens it is silence, not every fifth failure."""
    here, there = two
    miss(here, MISSES - 1)
    answer(there)
    miss(here, MISSES - 1)
    assert states(store)[AWS] is State.CLOSED


def test_misses_long_apart_do_not_open_it(two: tuple[Breaker, Breaker], store: redis.Redis) -> None:
    """Five within a minute do; when the first of them is older, the next has to be the fifth again."""
    here, there = two
    miss(here, MISSES - 1)
    oldest = int(store.lindex(MISSED, -1) or 0)
    store.lset(MISSED, -1, str(oldest - 61_000))
    miss(there)
    assert states(store)[AWS] is State.CLOSED
    miss(there)
    assert states(store)[AWS] is State.OPEN


def test_one_request_finds_out(
    half_open: tuple[Breaker, Breaker], store: redis.Redis, redis_port: int
) -> None:
    """Of many that come at once when the seconds have passed, from several processes, exactly one is sent."""
    assert states(store)[AWS] is State.HALF_OPEN

    def come(_: int) -> str:
        client = redis.Redis(port=redis_port)
        try:
            Breaker(client, AWS).enter()
        except Unavailable as told:
            return f"{told} {told.after}"
        finally:
            client.close()
        return "sent"

    with ThreadPoolExecutor(12) as pool:
        came = list(pool.map(come, range(36)))
    assert came.count("sent") == 1
    assert set(came) - {"sent"} == {
        "AWS Partner Central has not been answering, and one request finds out whether it does again. 2.0"
    }


def test_its_answer_closes_it_for_all(half_open: tuple[Breaker, Breaker], store: redis.Redis) -> None:
    """And from then on everybody asks."""
    here, there = half_open
    answer(there)
    assert states(store)[AWS] is State.CLOSED
    assert store.keys() == []
    miss(here, MISSES - 1)
    assert states(store)[AWS] is State.CLOSED


def test_its_silence_opens_it_again(half_open: tuple[Breaker, Breaker], store: redis.Redis) -> None:
    """One more request without an answer, not five, and the whole time again."""
    here, there = half_open
    miss(there)
    assert states(store)[AWS] is State.OPEN
    with pytest.raises(Unavailable, match="not asked before"):
        here.enter()


def test_who_sent_nothing_after_all_leaves_it_to_the_next(half_open: tuple[Breaker, Breaker]) -> None:
    """The request that was to find out is stopped by its own side: the next one finds out."""
    here, there = half_open
    given = here.enter()
    with pytest.raises(Unavailable):
        there.enter()
    here.left(given)
    assert there.enter().token


def test_a_process_that_died_while_it_found_out(
    half_open: tuple[Breaker, Breaker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its time is over another finds out; what the first says if it lived after all changes nothing."""
    here, there = half_open
    monkeypatch.setattr(breakers, "PROBE_FOR", 0)
    late = here.enter()
    monkeypatch.undo()
    assert there.enter().token
    here.answered(late)
    here.missed(late)
    with pytest.raises(Unavailable, match="finds out"):
        here.enter()


def test_what_was_sent_before_it_opened_neither_closes_it_nor_holds_it_open(
    two: tuple[Breaker, Breaker], store: redis.Redis
) -> None:
    """Answers and silences of requests that were under way come late, and are older than the reason."""
    here, there = two
    miss(here)
    slow = [there.enter() for _ in range(3)]
    miss(here, MISSES - 1)
    before = store.hgetall("cosell:breaker:partner_central")
    there.answered(slow[0])
    there.missed(slow[1])
    there.left(slow[2])
    assert store.hgetall("cosell:breaker:partner_central") == before
    assert states(store)[AWS] is State.OPEN


def test_who_insists_goes_through_and_is_believed(two: tuple[Breaker, Breaker], store: redis.Redis) -> None:
    """What became of a write is asked although it is open; silence changes nothing, an answer closes it."""
    here, there = two
    miss(here, MISSES)
    there.missed(there.enter(insists=True))
    assert states(store)[AWS] is State.OPEN
    there.answered(there.enter(insists=True))
    assert states(store)[AWS] is State.CLOSED


def test_every_change_is_logged_once(two: tuple[Breaker, Breaker], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the process that made it, with the system; a request that found no answer is no change."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0)
    here, there = two
    with capture_logs() as lines:
        miss(here, MISSES)
        miss(there)
        miss(here)
        answer(there)
        answer(here)
    assert [(line["event"], line["system"]) for line in lines] == [
        ("breaker.opened", AWS),
        ("breaker.closed", AWS),
    ]


def test_without_redis_everybody_asks() -> None:
    """The ledger stops what may not be done then; the breaker adds no wait, and does not try at each request."""
    away = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    breaker = Breaker(away, AWS)
    with capture_logs() as lines:
        miss(breaker, MISSES * 2)
        began = time.monotonic()
        answer(breaker)
    assert time.monotonic() - began < 0.5
    assert [line["event"] for line in lines] == ["breaker.blind"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["answered", "missed", "left"])), max_size=30))
def test_it_is_open_exactly_after_five_misses_in_a_row(
    two: tuple[Breaker, Breaker], store: redis.Redis, requests: list[tuple[int, str]]
) -> None:
    """Whichever processes they come from, and whatever came before."""
    store.flushall()
    in_a_row = 0
    for process, outcome in requests:
        if in_a_row == MISSES:
            with pytest.raises(Unavailable):
                two[process].enter()
            continue
        breaker = two[process]
        getattr(breaker, outcome)(breaker.enter())
        in_a_row = {"answered": 0, "missed": in_a_row + 1, "left": in_a_row}[outcome]
    assert states(store)[AWS] is (State.OPEN if in_a_row == MISSES else State.CLOSED)
