"""The one way for a single request to an outside system: its breaker, its span, its place in the counts."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import redis

from bot.breakers import Breaker, Pass
from bot.deal import System
from bot.errors import Refused
from bot.tallies import Tallies
from bot.tracing import span

T = TypeVar("T")
B = TypeVar("B")


class Fate(StrEnum):
    """What became of a request; all but the first are what an exception says of it."""

    DONE = "done"
    REFUSED = "refused"  # the system answered: not this
    BUSY = "busy"  # it answered: not now
    LOST = "lost"  # it did not answer, or only that it is broken; what was sent may have been done
    UNSENT = "unsent"  # it could not be reached
    UNASKED = "unasked"  # our own side stopped it: nothing went out


Judge = Callable[[BaseException], Fate | None]
"""What a vendor's exception means; None for one that no vendor's answer explains."""


class Guard:
    """One system's. Without a ``store`` there is no breaker, without ``tallies`` nothing is counted."""

    def __init__(
        self, system: System, judge: Judge, store: redis.Redis | None = None, tallies: Tallies | None = None
    ) -> None:
        self._system, self._judge, self._tallies = system, judge, tallies
        self._breaker = None if store is None else Breaker(store, system)
        self._name = system.name.lower()
        self._span = f"{self._name}.request"

    def request(
        self,
        operation: str,
        send: Callable[[B], T],
        *,
        before: Callable[[], B],
        writes: bool = False,
        insists: bool = False,
    ) -> T:
        """What ``send`` makes of ``before``, whose errors come out as they are.

        ``before`` is what is waited for and asked when the breaker has let the request through: a turn, a warrant.
        ``Unavailable`` when the breaker does not. A request that ``insists`` finds out what became of a write whose
        reply was lost: it goes through whatever the breaker says, because somebody would have to look otherwise.
        """
        given = Pass() if self._breaker is None else self._breaker.enter(insists)
        try:
            made = before()
        except BaseException:
            self._report(given, Fate.UNASKED)
            raise
        began = time.perf_counter()
        try:
            with span(self._span, **{"rpc.system": self._name, "rpc.method": operation}):
                answer = send(made)
        except BaseException as error:
            fate = Fate.REFUSED if isinstance(error, Refused) else self._judge(error)
            self._count(_outcome(fate, writes), time.perf_counter() - began)
            self._report(given, fate)
            raise
        self._count("ok", time.perf_counter() - began)
        self._report(given, Fate.DONE)
        return answer

    def _report(self, given: Pass, fate: Fate | None) -> None:
        if self._breaker is None:
            return
        match fate:
            case Fate.DONE | Fate.REFUSED | Fate.BUSY:
                self._breaker.answered(given)
            case Fate.LOST | Fate.UNSENT:
                self._breaker.missed(given)
            case _:
                self._breaker.left(given)

    def _count(self, outcome: str, seconds: float) -> None:
        if self._tallies is not None:
            labels = {"system": self._system.value, "outcome": outcome}
            self._tallies.count("vendor_call", labels)
            self._tallies.observe("vendor_call", labels, seconds)


def _outcome(fate: Fate | None, writes: bool) -> str:
    """What a person would be told of it."""
    match fate:
        case Fate.REFUSED | Fate.UNASKED:
            return "refused"
        case Fate.LOST if writes:
            return "unverified"
        case Fate.BUSY | Fate.LOST | Fate.UNSENT:
            return "unavailable"
    return "broke"
