"""How far each watch has come: cursors, what was seen last, what was told, and what waits to be told.

What is told is told first, then kept: after a crash in between the same is found again, and is the same fact.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import redis
from redis.exceptions import LockError
from redis.lock import Lock

from bot.errors import Unavailable
from bot.triggers import Firing, Seen, SeenAtAws

LEASE = 60
"""Seconds after which a watch whose worker was killed may begin again; a living one renews its lease."""
AT_ONCE = 1_000
"""Records that are read or written in one exchange."""
KEPT = timedelta(days=90)
"""How long a digest's buttons work."""

_SEEN, _BY_ACE, _STEPS, _AT_AWS = (f"cosell:watch:{name}" for name in ("seen", "ace", "steps", "aws"))
_MARKS, _FIRED, _UNDRAWN, _UNPLACED = (
    f"cosell:watch:{name}" for name in ("marks", "fired", "undrawn", "unplaced")
)
_HELD, _PROBLEMS = "cosell:watch:held", "cosell:watch:problems"
T = TypeVar("T")


class WatchState:
    """Kept in the store, for all workers and clocks."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    # -- one at a time --------------------------------------------------------------------------------------
    @contextmanager
    def lease(self, of: str) -> Iterator[Callable[[], None] | None]:
        """A way to renew the lease while this one is at it; None when somebody else is.

        Renewing raises ``Unavailable`` when the lease was lost meanwhile.
        """
        lock = Lock(
            self._store, f"cosell:watch:lease:{of}", timeout=LEASE, blocking=False, thread_local=False
        )
        if not self._ask(lock.acquire):
            yield None
            return

        def renew() -> None:
            try:
                self._ask(lock.reacquire)
            except LockError as error:
                raise Unavailable("Another worker has taken over this watch.") from error

        try:
            yield renew
        finally:
            with suppress(LockError, redis.RedisError):  # it ends by itself
                lock.release()

    # -- marks: cursors, last runs, what was due ------------------------------------------------------------
    def mark(self, name: str) -> datetime | None:
        """A moment that was kept under a name."""
        kept = self._ask(lambda: self._store.hget(_MARKS, name))
        return None if kept is None else datetime.fromisoformat(_text(kept))

    def marks(self) -> Mapping[str, datetime]:
        """Every moment that is kept, by its name."""
        kept: Mapping[bytes, bytes] = self._ask(lambda: self._store.hgetall(_MARKS))
        return {_text(name): datetime.fromisoformat(_text(at)) for name, at in kept.items()}

    def set_mark(self, name: str, at: datetime) -> None:
        """Keep a moment."""
        self._ask(lambda: self._store.hset(_MARKS, name, at.astimezone(UTC).isoformat()))

    # -- what keeps a channel from being told ---------------------------------------------------------------
    def set_problem(self, of: str, words: str) -> None:
        """Keep what is wrong, in a sentence, until it is mended; empty: nothing is any more."""
        if words:
            self._ask(lambda: self._store.hset(_PROBLEMS, of, words))
        else:
            self._ask(lambda: self._store.hdel(_PROBLEMS, of))

    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong now."""
        kept: Mapping[bytes, bytes] = self._ask(lambda: self._store.hgetall(_PROBLEMS))
        return tuple(words for _, words in sorted((_text(of), _text(words)) for of, words in kept.items()))

    # -- deals ----------------------------------------------------------------------------------------------
    def seen(self, ids: Sequence[str]) -> Mapping[str, Seen]:
        """These deals as they were seen last; those that never were are left out."""
        found = {}
        for some in _chunks(ids):
            for id, kept in zip(some, self._hmget(_SEEN, some), strict=True):
                if kept is not None:
                    found[id] = Seen.unpacked(kept)
        return found

    def see(self, deals: Mapping[str, Seen], before: Mapping[str, Seen]) -> None:
        """Keep how deals are now; ``before``: how they were kept."""
        if not deals:
            return
        fresh = {
            id: seen.since for id, seen in deals.items() if id not in before or before[id].since != seen.since
        }
        aces = {seen.ace_id: id for id, seen in deals.items() if seen.ace_id}

        def write(pipe: "redis.client.Pipeline") -> None:
            for some in _chunks(list(deals.items())):
                pipe.hset(_SEEN, items=[part for id, seen in some for part in (id, seen.packed())])
            if fresh:
                pipe.zadd(_STEPS, fresh)
            if aces:
                pipe.hset(_BY_ACE, items=[part for pair in aces.items() for part in pair])

        self._together(write)

    def forget(self, ids: Iterable[str]) -> None:
        """Drop deals that are no longer open."""
        for some in _chunks(list(ids)):
            self._together(lambda pipe, some=some: (pipe.hdel(_SEEN, *some), pipe.zrem(_STEPS, *some)))  # type: ignore[misc]

    def known(self) -> frozenset[str]:
        """The ids of all deals that were seen."""
        return frozenset(map(_text, self._ask(lambda: self._store.hkeys(_SEEN))))

    def unchanged_between(self, after: datetime | None, until: datetime) -> tuple[str, ...]:
        """Deals whose next step reads the same since then: later than ``after``, until ``until``, the oldest first."""
        first = "-inf" if after is None else f"({after.timestamp()}"
        ids = self._ask(lambda: self._store.zrangebyscore(_STEPS, first, until.timestamp()))
        return tuple(map(_text, ids))

    def by_ace_id(self, ace_ids: Sequence[str]) -> Mapping[str, str]:
        """The deals that name these opportunities at AWS."""
        found = {}
        for some in _chunks(ace_ids):
            for ace_id, id in zip(some, self._hmget(_BY_ACE, some), strict=True):
                if id is not None:
                    found[ace_id] = _text(id)
        return found

    # -- opportunities at AWS -------------------------------------------------------------------------------
    def seen_at_aws(self, ids: Sequence[str]) -> Mapping[str, SeenAtAws]:
        """Our opportunities at AWS as they were seen last."""
        found = {}
        for some in _chunks(ids):
            for id, kept in zip(some, self._hmget(_AT_AWS, some), strict=True):
                if kept is not None:
                    found[id] = SeenAtAws.unpacked(kept)
        return found

    def see_at_aws(self, deals: Mapping[str, SeenAtAws]) -> None:
        """Keep how they are now."""
        if deals:
            packed = [part for id, seen in deals.items() for part in (id, seen.packed())]
            self._ask(lambda: self._store.hset(_AT_AWS, items=packed))

    # -- what was told --------------------------------------------------------------------------------------
    def fired(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these firings that were told, or wait in a digest, or until a quiet ends."""
        found: set[str] = set()
        for some in _chunks(ids):
            marks = self._hmget(_FIRED, some)
            found.update(id for id, mark in zip(some, marks, strict=True) if mark is not None)
        return frozenset(found)

    def note_fired(self, firings: Sequence[Firing]) -> None:
        """That these are dealt with; they never fire again."""
        for some in _chunks(firings):
            self._together(lambda pipe, some=some: _note(pipe, some))  # type: ignore[misc]

    def fired_since(self, rule: str, since: datetime) -> int:
        """How often a rule has fired since then."""
        name = _by_rule(rule)
        return int(self._ask(lambda: self._store.zcount(name, since.timestamp(), "+inf")))

    # -- what waits until a quiet ends ----------------------------------------------------------------------
    def hold(self, channel: str, firings: Sequence[Firing]) -> None:
        """Keep firings for later; they count as dealt with."""

        def write(pipe: "redis.client.Pipeline") -> None:
            pipe.hset(_HELD, mapping={f"{channel}|{one.id}": one.model_dump_json() for one in firings})
            _note(pipe, firings)

        self._together(write)

    def held(self) -> Mapping[str, tuple[Firing, ...]]:
        """What is kept, by channel, the oldest first."""
        kept: Mapping[bytes, bytes] = self._ask(lambda: self._store.hgetall(_HELD))
        found: dict[str, list[Firing]] = {}
        for name, firing in kept.items():
            found.setdefault(_text(name).partition("|")[0], []).append(Firing.model_validate_json(firing))
        return {
            channel: tuple(sorted(some, key=lambda one: (one.at, one.id))) for channel, some in found.items()
        }

    # -- digests --------------------------------------------------------------------------------------------
    def make_digest(self, channel: str, firings: Sequence[Firing], at: datetime) -> str:
        """Put firings together into one digest, which is then drawn; its id. They leave what is held.

        All of it or nothing, so that each is in one digest at most.
        """
        id = hashlib.sha256("|".join([channel, *sorted(one.id for one in firings)]).encode()).hexdigest()[:24]

        def write(pipe: "redis.client.Pipeline") -> None:
            about = json.dumps([channel, at.isoformat(), [one.id for one in firings]])
            pipe.hset(_digest(id), "about", about)
            pipe.hset(_digest(id), mapping={one.id: one.model_dump_json() for one in firings})
            pipe.expire(_digest(id), KEPT)
            pipe.hset(_UNDRAWN, id, channel)
            pipe.hdel(_HELD, *(f"{channel}|{one.id}" for one in firings))
            _note(pipe, firings)

        self._together(write)
        return id

    def undrawn(self) -> tuple[str, ...]:
        """Digests that were made and are perhaps not posted yet."""
        return tuple(sorted(map(_text, self._ask(lambda: self._store.hkeys(_UNDRAWN)))))

    def drawn(self, id: str) -> None:
        """That a digest is posted."""
        self._ask(lambda: self._store.hdel(_UNDRAWN, id))

    def digest(self, id: str) -> tuple[str, tuple[Firing, ...]] | None:
        """A digest's channel and what is in it; None when there is none, or it was long ago."""
        kept: dict[bytes, bytes] = self._ask(lambda: self._store.hgetall(_digest(id)))
        if not kept:
            return None
        channel, _, ids = json.loads(kept[b"about"])
        return channel, tuple(Firing.model_validate_json(kept[one.encode()]) for one in ids)

    # -- what has no channel --------------------------------------------------------------------------------
    def unplaced(self, firings: Sequence[Firing], on: str) -> None:
        """Keep that these fired and there is no channel for them, under the day it was."""

        def write(pipe: "redis.client.Pipeline") -> None:
            pipe.hset(_UNPLACED, mapping={one.id: on for one in firings})
            _note(pipe, firings)

        if firings:
            self._together(write)

    def take_unplaced(self, before: str) -> Mapping[str, tuple[str, ...]]:
        """What found no channel on the days before one, by day."""
        kept: Mapping[bytes, bytes] = self._ask(lambda: self._store.hgetall(_UNPLACED))
        found: dict[str, list[str]] = {}
        for id, on in kept.items():
            if _text(on) < before:
                found.setdefault(_text(on), []).append(_text(id))
        return {on: tuple(sorted(ids)) for on, ids in found.items()}

    def told_unplaced(self, ids: Sequence[str]) -> None:
        """That their number was told."""
        for some in _chunks(ids):
            self._ask(lambda some=some: self._store.hdel(_UNPLACED, *some))  # type: ignore[misc]

    # -- the store ------------------------------------------------------------------------------------------
    def _hmget(self, name: str, fields: Sequence[str]) -> list[bytes | None]:
        return list(self._ask(lambda: self._store.hmget(name, list(fields))))

    def _together(self, write: Callable[["redis.client.Pipeline"], object]) -> None:
        def run() -> None:
            with self._store.pipeline(transaction=True) as pipe:
                write(pipe)
                pipe.execute()

        self._ask(run)

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except LockError:
            raise
        except redis.RedisError as error:
            raise Unavailable("What was seen last cannot be read or kept just now.") from error


def _note(pipe: "redis.client.Pipeline", firings: Sequence[Firing]) -> None:
    pipe.hset(_FIRED, mapping={one.id: one.rule for one in firings})
    for one in firings:
        pipe.zadd(_by_rule(one.rule), {one.id: one.at.timestamp()})


def _by_rule(rule: str) -> str:
    return f"cosell:watch:rule:{rule}"


def _digest(id: str) -> str:
    return f"cosell:watch:digest:{id}"


def _chunks(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[start : start + AT_ONCE] for start in range(0, len(things), AT_ONCE))


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()
