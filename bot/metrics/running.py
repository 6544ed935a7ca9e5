"""Numbers of how the bot itself runs: what waits for whom, queue, workers, clock and store, and what was counted."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from typing import Any

from prometheus_client.core import Metric

from bot.deal import System
from bot.lifecycle.jobs import Job
from bot.metrics.asked import Asked
from bot.metrics.shapes import counter, gauge, histogram, single
from bot.stops import ALL, Stops
from bot.tallies import BOUNDS, NAMES, Tallied

_TALLIED = {
    "web_request": ("cosell_web_request", "Requests that the web processes answered", NAMES["web_request"]),
    "vendor_call": ("cosell_vendor_call", "Calls of outside systems", NAMES["vendor_call"]),
    "job": ("cosell_job", "Jobs that workers did", ("name", "outcome")),  # Prometheus calls its targets jobs
}
_ALWAYS: Mapping[str, Collection[tuple[str, ...]]] = {
    "web_request": list(product(("events", "commands", "interactive", "other"), ("2xx", "4xx", "5xx"))),
    "vendor_call": list(product(System, ("ok", "refused", "unavailable", "unverified", "broke"))),
    "job": list(product(Job, ("done", "later", "refused", "broke"))),
}
_PERSISTENCE = {
    "aof_write": "aof_last_write_status",
    "aof_rewrite": "aof_last_bgrewrite_status",
    "rdb_save": "rdb_last_bgsave_status",
}


def of_work(asked: Asked, kinds: Collection[str]) -> Iterator[Metric]:
    """What waits, and whether somebody is there to do it."""
    yield gauge(
        "cosell_pending",
        "Proposals by whom they wait for: people, to decide; or the bot, to draw a card, write, or tell the thread. "
        "By the clock's index: a card that expires within a minute counts for the bot.",
        ("waits_for",),
        {("people",): asked.pending - asked.in_hand, ("bot",): asked.in_hand},
    )
    yield single(
        "cosell_overdue_seconds",
        "How late the clock is with the proposal that it should have looked after first.",
        asked.overdue,
    )
    yield gauge(
        "cosell_queue_jobs",
        "Jobs of the queue: waiting for a worker, taken by one, to be tried again later, dead (given up within seven "
        "days).",
        ("state",),
        {
            ("waiting",): asked.waiting,
            ("taken",): asked.taken,
            ("later",): asked.later,
            ("dead",): asked.dead,
        },
    )
    yield single("cosell_workers", "Worker processes that said lately that they live.", asked.workers)
    yield single("cosell_clock_ticking", "1 while a clock holds the lease, 0 when none ticks.", asked.clock)
    if asked.stops is not None:
        yield gauge(
            "cosell_stops",
            "Stops that stand (the kill switch), by what they stop: all writes, one kind of action, one partner.",
            ("scope",),
            _by_scope(asked.stops, kinds),
        )


def of_store(asked: Asked) -> Iterator[Metric]:
    """Whether the store keeps what it is given; nothing where it does not tell."""
    if asked.persistence is not None:
        yield gauge(
            "cosell_store_persistence_ok",
            "1 while the store's last write of this kind to disk went well, else 0.",
            ("what",),
            {(what,): _ok(asked.persistence, name) for what, name in _PERSISTENCE.items()},
        )
        yield single(
            "cosell_store_aof_enabled",
            "1 when the store keeps an append-only file, without which an approval may be lost with its machine.",
            asked.persistence.get("aof_enabled"),
        )
    if asked.memory is not None:
        limit = asked.memory.get("maxmemory")
        policy = asked.memory.get("maxmemory_policy", "noeviction")
        yield single("cosell_store_memory_bytes", "Memory that the store uses.", asked.memory["used_memory"])
        yield single("cosell_store_memory_limit_bytes", "What it may use; 0: no limit is set.", limit)
        yield single(
            "cosell_store_may_evict",
            "1 when the store would drop keys once it is full, else 0: it would refuse writes instead.",
            bool(limit) and policy != "noeviction",
        )


def of_tallies(tallied: Tallied) -> Iterator[Metric]:
    """What the processes counted: requests, calls, jobs."""
    for name, (metric, words, labels) in _TALLIED.items():
        yield counter(
            f"{metric}s_total",
            f"{words}.",
            labels,
            {values: n for (of, values), n in tallied.counts.items() if of == name},
            _ALWAYS[name],
        )
        yield histogram(
            f"{metric}_seconds",
            f"{words}: how long each took.",
            labels,
            BOUNDS,
            {values: (t.counts, t.total) for (of, values), t in tallied.timings.items() if of == name},
        )


def _by_scope(stops: Stops, kinds: Collection[str]) -> dict[tuple[str], float]:
    found = {("all",): 0.0, ("kind",): 0.0, ("partner",): 0.0}
    for stop in stops.standing:
        of = "all" if stop.scope == ALL else "kind" if stop.scope in kinds else "partner"
        found[of,] += 1
    return found


def _ok(persistence: Mapping[str, Any], name: str) -> bool:
    return bool(persistence.get(name, "ok") == "ok")
