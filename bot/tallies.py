"""Counts of what this process did, kept together with those of all others in the store, for the metrics endpoint."""

import atexit
import os
import threading
import weakref
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

import redis
import structlog

log = structlog.get_logger()

TALLIES = "cosell:tallies"
NAMES: Mapping[str, tuple[str, ...]] = {
    "web_request": ("kind", "status"),  # kind: events, commands, interactive, other; status: 2xx, 4xx, 5xx
    "vendor_call": ("system", "outcome"),  # System; ok, refused, unavailable, unverified, broke
    "job": ("job", "outcome"),  # Job; done, later, refused, broke
}
"""What is counted, and its labels. Their values come from closed sets: no people, deals or channels."""
BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
"""Upper bounds, in seconds, of the buckets that durations are counted in; the last bucket has none."""
EVERY = 5.0
"""Seconds between two additions to the store."""
MOST = 2_500
"""So many different numbers a process keeps; more would mean that some label is not of a closed set."""

Series = tuple[str, tuple[str, ...]]
"""A name, and the values of its labels in the order of ``NAMES``."""


@dataclass(frozen=True)
class Timing:
    """Durations, counted in ``BOUNDS``."""

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)  # not cumulative
    total: float = 0.0  # seconds, of all


@dataclass(frozen=True)
class Tallied:
    """What all processes counted since the store was new; every number only grows."""

    counts: Mapping[Series, float] = field(default_factory=dict)
    timings: Mapping[Series, Timing] = field(default_factory=dict)


class Tallies:
    """Counts in memory and adds to the store every few seconds: counting costs nobody a trip to Redis.

    What was counted since the last of these is lost with a process that is killed, and counted twice when the store
    took it and its answer was lost; it is measurement, not record. While the store is away it is kept.
    """

    def __init__(self, store: redis.Redis) -> None:
        self._store = store
        self._begin()
        mine = weakref.WeakMethod(self._begin)

        def forked() -> None:
            begin = mine()
            if begin is not None:
                begin()

        os.register_at_fork(after_in_child=forked)

    def _begin(self) -> None:
        """Start from nothing; in a forked process too: its parent's counts and threads are its parent's."""
        self._lock = threading.Lock()  # of what follows; nobody holds it while the store is asked
        self._pending: dict[str, float] = {}
        self._known: set[str] = set()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._complained = False

    # -- counting -------------------------------------------------------------------------------------------
    def count(self, name: str, labels: Mapping[str, str], by: float = 1) -> None:
        """Add to a counter."""
        key = _key(name, labels)
        if key is None or not 0 <= by < float("inf"):
            self._complain(name, labels)
            return
        self._add(name, labels, {f"n|{key}": by})

    def observe(self, name: str, labels: Mapping[str, str], seconds: float) -> None:
        """Add a duration to a histogram."""
        key = _key(name, labels)
        if key is None or not 0 <= seconds < float("inf"):
            self._complain(name, labels)
            return
        self._add(name, labels, {f"{bisect_left(BOUNDS, seconds)}|{key}": 1, f"s|{key}": seconds})

    def _add(self, name: str, labels: Mapping[str, str], amounts: Mapping[str, float]) -> None:
        with self._lock:
            room = len(self._known) + len(amounts) <= MOST or self._known.issuperset(amounts)
            if room:
                self._known.update(amounts)
                _put(self._pending, amounts)
        if not room:
            self._complain(name, labels)
        if self._thread is None:
            self.start()

    def _complain(self, name: str, labels: Mapping[str, str]) -> None:
        """Say once that something cannot be counted; whoever counted has better things to do than to hear it."""
        if not self._complained:
            self._complained = True
            log.error("tally.not_counted", name=name, labels=dict(labels))

    # -- adding to the store --------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to add to the store; counting does it by itself, in the process that counts."""
        with self._lock:
            if self._thread is not None:
                return
            self._stopped = threading.Event()
            thread = threading.Thread(target=self._run, args=(self._stopped,), name="tallies", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads just now: whoever counts next tries again
                log.warning("tallies.not_started", why=str(error))
                return
            self._thread = thread
        atexit.register(self.stop)

    def stop(self) -> None:
        """Add what is left, and end; whatever is counted afterwards begins anew."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopped.set()
        atexit.unregister(self.stop)
        if thread is not None:
            thread.join()
        self._flush()

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(EVERY):
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            taken, self._pending = self._pending, {}
        if taken and not self._sent(taken):
            with self._lock:
                _put(self._pending, taken)

    def _sent(self, amounts: Mapping[str, float]) -> bool:
        """Add to the store, all or nothing; whether it took them."""
        with self._store.pipeline(transaction=True) as pipe:
            for name, amount in amounts.items():
                pipe.hincrbyfloat(TALLIES, name, amount)
            try:
                answers = pipe.execute(raise_on_error=False)
            except (redis.RedisError, OSError) as error:
                log.warning("tallies.kept", why=str(error), numbers=len(amounts))
                return False
        refused = [
            name for name, answer in zip(amounts, answers, strict=True) if isinstance(answer, Exception)
        ]
        if refused:  # what lies there is no number of ours: the same again would count the others twice
            log.error("tallies.refused", numbers=refused[:5], of=len(amounts))
        return True


# -- reading ----------------------------------------------------------------------------------------------------------
def read(store: redis.Redis) -> Tallied:
    """What all processes counted, in one trip to the store."""
    return tallied(store.hgetall(TALLIES))


def tallied(kept: Mapping[bytes | str, bytes | str]) -> Tallied:
    """What lies in the store, as numbers; what is no number of today's is left out."""
    counts: dict[Series, float] = {}
    buckets: dict[Series, list[int]] = {}
    totals: dict[Series, float] = {}
    for key, value in kept.items():
        what, *of = (key if isinstance(key, str) else key.decode(errors="replace")).split("|")
        if not of or of[0] not in NAMES or len(of) - 1 != len(NAMES[of[0]]):
            continue
        series = (of[0], tuple(of[1:]))
        try:
            amount = float(value)
        except ValueError:
            continue
        if what == "n":
            counts[series] = amount
        elif what == "s":
            totals[series] = amount
        elif what.isdecimal() and int(what) <= len(BOUNDS):
            buckets.setdefault(series, [0] * (len(BOUNDS) + 1))[int(what)] = int(amount)
    timings = {series: Timing(tuple(found), totals.get(series, 0.0)) for series, found in buckets.items()}
    return Tallied(counts, timings)


def _key(name: str, labels: Mapping[str, str]) -> str | None:
    """The name and its labels' values, as they are kept; None where nothing of the kind is counted."""
    names = NAMES.get(name)
    if names is None or labels.keys() != set(names):
        return None
    values = [labels[one] for one in names]
    return None if any("|" in value for value in values) else "|".join((name, *values))


def _put(into: dict[str, float], amounts: Mapping[str, float]) -> None:
    for name, amount in amounts.items():
        into[name] = into.get(name, 0) + amount
