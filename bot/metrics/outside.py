"""Numbers of the outside systems: what is left of their quotas, and whether they are asked at all."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import Metric

from bot.breakers import State
from bot.deal import System
from bot.metrics.shapes import gauge
from bot.quotas import Quota


def of_quotas(quotas: Mapping[System, Quota]) -> Iterator[Metric]:
    """The calls of the last 24 hours; nothing of systems of which nothing is known."""
    yield gauge(
        "cosell_quota_calls_limit",
        "Calls that a system allows within 24 hours.",
        ("system",),
        {(system,): quota.limit for system, quota in quotas.items()},
    )
    yield gauge(
        "cosell_quota_calls_used",
        "Calls of the last 24 hours that count against a system's limit.",
        ("system",),
        {(system,): quota.used for system, quota in quotas.items()},
    )
    yield gauge(
        "cosell_quota_as_of_timestamp_seconds",
        "When a system's quota was learnt.",
        ("system",),
        {(system,): quota.as_of.timestamp() for system, quota in quotas.items()},
    )


def of_breakers(states: Mapping[System, State]) -> Iterator[Metric]:
    """Whether a system is asked."""
    yield gauge(
        "cosell_breaker_state",
        "1 for the state that a system's circuit breaker is in, 0 for the others. Closed: it is asked; open: it is "
        "not; half-open: one call finds out.",
        ("system", "state"),
        {(system, state): state is now for system, now in states.items() for state in State},
    )
