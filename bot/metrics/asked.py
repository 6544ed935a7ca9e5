"""What the store itself tells of how things run, asked for in one trip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from pydantic import ValidationError

from bot.jobs import NAMESPACE, QUEUE
from bot.ledger.ledger import STOPS
from bot.ledger.steps import DUE, WORKERS
from bot.lifecycle.catch_up import PAUSE
from bot.stops import Stops
from bot.tallies import TALLIES, Tallied, tallied

log = structlog.get_logger()

CLOCK = "cosell:clock"
"""The lease of the clock that ticks."""
SOON = PAUSE.total_seconds() + 5
"""Seconds. What the bot has in hand comes to the clock's attention within these; a card that waits for people only when
it expires (bot/proposal.py, ``attention_at``)."""


@dataclass(frozen=True)
class Asked:
    """The answers."""

    pending: int  # proposals that something can still follow, or that the thread is still to be told of
    in_hand: int  # of these: the bot's turn, not people's
    overdue: float  # seconds by which the clock is late; 0 when it is not
    waiting: int  # jobs that no worker has taken yet
    taken: int  # jobs that a worker has taken and not finished
    later: int  # jobs that are tried again
    dead: int  # jobs that were given up, of the last seven days
    workers: int  # that live
    clock: bool  # whether one ticks
    stops: Stops | None  # None: they cannot be read
    tallied: Tallied
    persistence: Mapping[str, Any] | None  # INFO's, None where the store does not tell us
    memory: Mapping[str, Any] | None


def ask(store: redis.Redis, now: float) -> Asked:
    """Ask; raises the store's error when it is away. Of one that keeps INFO to itself, the rest is told."""
    queue = f"{NAMESPACE}:{QUEUE}"
    with store.pipeline(transaction=False) as pipe:
        pipe.zcard(DUE)
        pipe.zcount(DUE, "-inf", now + SOON)
        pipe.zrange(DUE, 0, 0, withscores=True)
        pipe.llen(queue)
        pipe.hlen(f"{queue}.msgs")  # dramatiq's names: what is not finished yet,
        pipe.hlen(f"{queue}.DQ.msgs")  # what is delayed,
        pipe.zcard(f"{queue}.XQ")  # and what was given up
        pipe.zcount(WORKERS, now, "+inf")
        pipe.exists(CLOCK)
        pipe.hget(STOPS, "state")
        pipe.hgetall(TALLIES)
        pipe.info("persistence")
        pipe.info("memory")
        *answers, persistence, memory = pipe.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    pending, soon, first, waiting, unfinished, later, dead, workers, clock, stops, kept = answers
    return Asked(
        pending=pending,
        in_hand=soon,
        overdue=max(0.0, now - first[0][1]) if first else 0.0,
        waiting=waiting,
        taken=max(0, unfinished - waiting),
        later=later,
        dead=dead,
        workers=workers,
        clock=bool(clock),
        stops=_stops(stops),
        tallied=tallied(kept),
        persistence=_told(persistence),
        memory=_told(memory),
    )


def _stops(state: bytes | None) -> Stops | None:
    try:
        return Stops() if state is None else Stops.model_validate_json(state)
    except ValidationError:
        log.exception("stops.unreadable")
        return None


def _told(info: Any) -> Mapping[str, Any] | None:
    if isinstance(info, redis.ResponseError):
        return None  # an ACL without +info, or a managed store
    if isinstance(info, Exception):
        raise info
    return info  # type: ignore[no-any-return]
