"""The history: every proposal's course, kept up with the chain, so that no report has to read the chain again.

Entries are read in their order, and each is checked against the one before it. What was read, what it led to and how
far it went are kept in one transaction, so that any number of processes may read at once and each entry counts once.
Delete the keys below, and everything is read anew.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

import redis
import structlog

from bot.action import kinds
from bot.history.course import Course
from bot.history.reading import after, counted
from bot.history.values import BUCKETS, ChainState, Latencies, Totals, Walk
from bot.ledger import Flaw, Ledger
from bot.ledger.chain import GENESIS, Chain, Line, flaw_of
from bot.ledger.steps import Steps, text
from bot.proposal import Status

COURSES, OPENED, ENDED, LIVE = (f"cosell:history:{name}" for name in ("courses", "opened", "ended", "live"))
DONE = "cosell:history:done:"
"""With a kind of action: the ids of those that are done."""
READ, TOTALS, WALK = (f"cosell:history:{name}" for name in ("read", "totals", "walk"))
AT_ONCE = 2_000
"""Entries, or courses, that are read in one go."""

log = structlog.get_logger()


class History:
    """Reads courses, totals and the state of the chain."""

    def __init__(self, store: redis.Redis) -> None:
        self._store, self._steps = store, Steps(store)
        self._chain = Chain(self._steps)

    # -- keeping up -----------------------------------------------------------------------------------------
    def catch_up(self, most: int | None = None) -> int:
        """Read what the chain has more, in goes of ``AT_ONCE`` until at least so many, or all; how many that were."""
        done = 0
        while most is None or done < most:
            read = self._steps.ask(self._read_some)
            if not read:
                break
            done += read
        return done

    def _read_some(self) -> int:
        with self._store.pipeline(transaction=True) as pipe:
            pipe.watch(READ)  # type: ignore[no-untyped-call]  # redis does not annotate it
            seq, link, flaw = self._place()
            lines = list(islice(self._chain.lines(seq), AT_ONCE))
            if not lines:
                return 0
            page = _Page(seq, link, flaw)
            found = [(line.seq, entry) for line in lines if (entry := page.check(line)) is not None]
            page.take(found, self._known(found))
            pipe.multi()
            page.write(pipe)
            try:
                pipe.execute()
            except redis.WatchError:
                return 1  # somebody else was faster: go on from where they are
        return len(lines)

    def _known(self, found: Iterable[tuple[int, Mapping[str, Any]]]) -> dict[str, Course]:
        """The courses, as far as they are known, of the proposals that these entries are about."""
        ids = sorted({str(entry["proposal"]) for _, entry in found if _is_step(entry)})
        return {course.id: course for course in self._courses(ids)}

    def _place(self) -> tuple[int, bytes, Flaw | None]:
        """How far the chain was read: the last entry's number and link, and what was wrong first."""
        seq, link, flaw = self._steps.ask(lambda: self._store.hmget(READ, ["seq", "link", "flaw"]))
        return int(seq or 0), link or GENESIS, None if flaw is None else Flaw.model_validate_json(flaw)

    def forget(self) -> None:
        """Drop everything that was derived, so that the chain is read anew; the chain itself stays as it is."""
        done = (DONE + kind for kind in kinds())
        self._steps.ask(lambda: self._store.delete(COURSES, OPENED, ENDED, LIVE, READ, TOTALS, *done))

    # -- courses --------------------------------------------------------------------------------------------
    def course(self, id: str) -> Course | None:
        """The course of one proposal, as far as the chain was read."""
        return next(iter(self._courses([id])), None)

    def between(self, start: datetime, end: datetime) -> Iterator[Course]:
        """Every course that was opened or ended in a period, or was live at its end; each once, in no order."""
        first, last = start.timestamp(), end.timestamp()
        inside = (first, f"({last}")
        ids = {
            *self._ids(OPENED, *inside),
            *self._ids(ENDED, *inside),
            *self._ids(LIVE, "-inf", f"({last}"),
            *self._ids(ENDED, last, "+inf"),
        }
        for course in self._courses(list(ids)):
            if course.opened < last:
                yield course

    def newest(self) -> Iterator[Course]:
        """Every course, the newest first."""
        start = 0
        while True:
            ids = self._steps.ask(partial(self._store.zrevrange, OPENED, start, start + AT_ONCE - 1))
            if not ids:
                return
            yield from self._courses(ids)
            start += len(ids)

    def done(self, kind: str) -> Iterator[Course]:
        """Every course of this kind that is done, in no order."""
        yield from self._courses(
            list(self._steps.ask(lambda: self._store.zrangebyscore(DONE + kind, "-inf", "+inf")))
        )

    def oldest_open(self) -> float | None:
        """When the proposal was opened that is live for the longest, in seconds since 1970; None: none is."""
        found = self._steps.ask(lambda: self._store.zrange(LIVE, 0, 0, withscores=True))
        return found[0][1] if found else None

    def _ids(self, index: str, first: float | str, last: float | str) -> list[bytes]:
        return list(self._steps.ask(lambda: self._store.zrangebyscore(index, first, last)))

    def _courses(self, ids: Sequence[bytes | str]) -> Iterator[Course]:
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            for kept in self._steps.ask(partial(self._store.hmget, COURSES, some)):
                if kept is not None:
                    yield Course.unpacked(kept)

    # -- counts and the chain -------------------------------------------------------------------------------
    def totals(self) -> Totals:
        """How often what happened since the first entry, in one trip to the store."""
        return _totals(self._steps.ask(lambda: self._store.hgetall(TOTALS)))

    def state(self) -> ChainState:
        """What is known of the chain."""
        entries, head = self._chain.end()
        seq, _, flaw = self._place()
        if seq > entries and flaw is None:
            flaw = Flaw(seq=entries, what=f"the chain ends here, but {seq} entries were read once")
        walk = self._steps.ask(lambda: self._store.get(WALK))
        return ChainState(
            entries=entries,
            head=head,
            read=seq,
            flaw=flaw,
            walk=None if walk is None else Walk.model_validate_json(walk),
        )

    def walk(self, ledger: Ledger, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Walk:
        """Walk the whole chain from its first entry and keep what was found.

        What one found that is read on the way stays known until a whole walk finds nothing wrong.
        """
        verdict = ledger.verify()
        walk = Walk(at=now(), entries=verdict.entries, head=verdict.head, flaw=verdict.flaw)
        self._steps.ask(lambda: self._store.set(WALK, walk.model_dump_json()))
        if verdict.flaw is None:
            self._steps.ask(lambda: self._store.hdel(READ, "flaw"))
            log.info("ledger.walked", entries=verdict.entries)
        else:
            log.critical("ledger.broken", entry=verdict.flaw.seq, what=verdict.flaw.what)
        return walk


class _Page:
    """Some entries that follow each other, and what becomes of the history by them."""

    def __init__(self, seq: int, link: bytes, flaw: Flaw | None) -> None:
        self._seq, self._link, self._flaw = seq, link, flaw
        self._courses: dict[str, Course] = {}
        self._totals: dict[str, float] = {}

    def check(self, line: Line) -> Mapping[str, Any] | None:
        """The entry of the next line, held against the one before it; None where it is no entry at all."""
        wrong = flaw_of(line, self._seq + 1, self._link)
        if wrong is not None and self._flaw is None:
            self._flaw = Flaw(seq=self._seq + 1, what=wrong)
            log.critical("ledger.broken", entry=self._flaw.seq, what=wrong)
        self._seq, self._link = line.seq, _bytes(line.link)
        try:
            entry = json.loads(line.entry)
        except ValueError:
            entry = None
        return entry if isinstance(entry, dict) else None

    def take(self, found: Iterable[tuple[int, Mapping[str, Any]]], known: dict[str, Course]) -> None:
        """What the entries add to the courses that are known so far, and to the totals."""
        for seq, entry in found:
            course = None
            if _is_step(entry):
                id = str(entry["proposal"])
                try:
                    course = after(known.get(id), entry, seq)
                except (ValueError, KeyError, TypeError):
                    log.exception("ledger.unreadable", entry=seq)
                    continue
                known[id] = self._courses[id] = course
            for name, by in counted(entry, course).items():
                self._totals[name] = self._totals.get(name, 0) + by

    def write(self, pipe: Any) -> None:
        if self._courses:
            pipe.hset(COURSES, mapping={id: course.packed() for id, course in self._courses.items()})
            pipe.zadd(OPENED, {id: course.opened for id, course in self._courses.items()})
        live = {id: course.opened for id, course in self._courses.items() if course.ended is None}
        ended = {id: course.ended for id, course in self._courses.items() if course.ended is not None}
        if live:
            pipe.zadd(LIVE, live)
        if ended:
            pipe.zadd(ENDED, ended)
            pipe.zrem(LIVE, *ended)
        for course in self._courses.values():
            if course.status == Status.DONE and course.ended is not None:
                pipe.zadd(DONE + course.kind, {course.id: course.ended})
        for name, by in self._totals.items():
            pipe.hincrbyfloat(TOTALS, name, by)
        pipe.hset(READ, mapping={"seq": self._seq, "link": self._link})
        if self._flaw is not None:
            pipe.hset(READ, "flaw", self._flaw.model_dump_json())


def _is_step(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("event", "")).startswith("proposal.") and bool(entry.get("proposal"))


def _bytes(link: str) -> bytes:
    try:
        return bytes.fromhex(link)
    except ValueError:
        return GENESIS  # not a link at all: whatever follows does not follow from it


def _totals(kept: Mapping[bytes, bytes]) -> Totals:
    pairs: dict[str, dict[tuple[str, str], int]] = {"opened": {}, "ended": {}, "happened": {}}
    refused: dict[str, int] = {}
    counts: dict[tuple[str, str], list[int]] = {}
    seconds: dict[tuple[str, str], float] = {}
    for name, value in kept.items():
        what, first, *rest = text(name).split("|")
        match what, rest:
            case ("refused", []):
                refused[first] = int(float(value))
            case ("took", [step, index]):
                counts.setdefault((first, step), [0] * (len(BUCKETS) + 1))[int(index)] = int(float(value))
            case ("seconds", [step]):
                seconds[first, step] = float(value)
            case (_, [second]) if what in pairs:
                pairs[what][first, second] = int(float(value))
    return Totals(
        **pairs,
        refused=refused,
        latencies={
            key: Latencies(counts=tuple(found), total=seconds.get(key, 0.0)) for key, found in counts.items()
        },
    )
