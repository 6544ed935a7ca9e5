"""Everything that is told of the bot, in Prometheus's text format."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

import redis
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.action import kinds
from bot.breakers import states
from bot.errors import Unavailable
from bot.history import ChainState, Totals
from bot.metrics.asked import ask
from bot.metrics.outside import of_breakers, of_quotas
from bot.metrics.record import of_actions, of_ledger
from bot.metrics.running import of_store, of_tallies, of_work
from bot.quotas import quotas

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""Of what an ``Exposition`` gives; every Prometheus takes it."""


class Past(Protocol):
    """What has happened, as the history has read it from the chain; each raises ``Unavailable`` with the store."""

    def totals(self) -> Totals:
        """How often what happened since the first entry."""

    def state(self) -> ChainState:
        """What is known of the ledger's chain."""

    def oldest_open(self) -> float | None:
        """When the proposal was opened that is live for the longest, in seconds since 1970; None: none is."""


class Exposition:
    """The present numbers, whenever it is called; made once for each process."""

    def __init__(self, store: redis.Redis, past: Past, now: Callable[[], float] = time.time) -> None:
        """``now``: seconds since 1970."""
        self._store, self._past, self._now = store, past, now
        self._kinds = frozenset(kinds())
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def __call__(self) -> bytes:
        """The numbers, of the form ``CONTENT_TYPE``; ``Unavailable`` when the store is away."""
        try:
            return generate_latest(self._registry)
        except redis.RedisError as error:
            raise Unavailable(f"The store does not answer, so nothing can be told: {error}.") from error

    def collect(self) -> Iterator[Metric]:
        """Every family of numbers; called by the registry."""
        asked = ask(self._store, self._now())
        yield from of_actions(self._past.totals(), self._kinds)
        yield from of_ledger(self._past.state(), self._past.oldest_open())
        yield from of_work(asked, self._kinds)
        yield from of_quotas(quotas(self._store))
        yield from of_breakers(states(self._store))
        yield from of_store(asked)
        yield from of_tallies(asked.tallied)
