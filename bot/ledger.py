"""The record: the newest state of every proposal and every step that led to it, in one Redis transaction.

Entries form one chain: the link of an entry is the SHA-256 of the link before it and of the SHA-256 of the entry's own
canonical JSON. A step is applied by ``step.lua`` only if the record is as the caller read it; it carries a token, so
that repeating it after a lost answer changes nothing.

Needs Redis 7 or Valkey with ``appendonly yes`` and ``appendfsync always``: then an answered step is on disk.
"""

import hashlib
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import redis
import structlog
from pydantic import AwareDatetime, ValidationError

from bot.action import canonical
from bot.deal import Deal, Frozen, Json
from bot.entry import ENDINGS, entry_of, had_part
from bot.errors import Decided, Unavailable
from bot.exchange import Exchange
from bot.proposal import Proposal, attention_at
from bot.stops import Stops

LEDGER = "cosell:ledger"
HEAD = "cosell:head"
DUE = "cosell:due"
STOPS = "cosell:stops"
STEP = Path(__file__).with_name("step.lua").read_text()
STEP_SHA = hashlib.sha1(STEP.encode(), usedforsecurity=False).hexdigest()
"""The name under which Redis keeps the script."""
GENESIS = bytes(32)
"""The link before the first entry."""
AMENDMENTS = 20
"""How often a change is made anew because the proposal moved meanwhile."""
AT_ONCE = 200
"""Records that are read in one exchange."""
LOOK_BACK = 5_000
"""Of the newest entries so many are looked through for somebody's endings: some six hundred proposals of everybody."""

log = structlog.get_logger()


class AlreadyLive(Exception):
    """The same action on the same opportunity is under way; ``holder`` is that proposal's id."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@dataclass(frozen=True)
class Kept:
    """A proposal as it was read, with the revision that the next step must find."""

    proposal: Proposal
    revision: int


@dataclass(frozen=True)
class Handover:
    """A piece of work for a queue of the broker, in the broker's own form."""

    queue: str  # the list of ids
    messages: str  # the hash of bodies by id
    id: str
    body: bytes


class Link(Frozen):
    """A channel's opportunity."""

    channel: str
    opportunity: str
    deal_name: str
    deal_url: str
    by: str  # Slack user id
    at: AwareDatetime
    cause: str = ""  # what asked for it; the same cause links once


class Flaw(Frozen):
    """The first entry at which the ledger is not what was written."""

    seq: int
    what: str


class Verdict(Frozen):
    """What walking the chain found."""

    entries: int
    head: str
    flaw: Flaw | None


class Ledger:
    """Reads and moves proposals; every change of state and its entry are one atomic step."""

    def __init__(self, client: redis.Redis, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._redis = client
        self._now = now
        self._exchange = Exchange(client)

    # -- proposals ------------------------------------------------------------------------------------------
    def open(self, proposal: Proposal, deal: Deal) -> Kept | None:
        """Record a new proposal; None when it is there already. ``AlreadyLive`` names one for the same thing."""
        kept = Kept(proposal, 0)
        try:
            return self._move(kept, proposal, "proposal.opened", proposal.origin.by, deal, take=True)
        except Decided:
            return None

    def get(self, id: str) -> Kept | None:
        """The newest state of a proposal."""
        state, revision = self._ask(lambda: self._exchange.ask("HMGET", _record(id), "state", "revision"))
        if state is None:
            return None
        return Kept(Proposal.model_validate_json(state), int(revision))

    def facts(self, id: str) -> Deal:
        """The deal as it was when the proposal's present version was drawn."""
        return Deal.model_validate_json(self._ask(lambda: self._redis.hget(_record(id), "facts")))

    def move(
        self,
        kept: Kept,
        to: Proposal,
        event: str,
        by: str,
        deal: Deal | None = None,
        handover: Handover | None = None,
    ) -> Kept:
        """Record the next step; ``Decided`` when somebody else moved the proposal first.

        ``event`` is the entry's dotted name, ``by`` a Slack user id or a worker's name; ``deal`` replaces the facts;
        ``handover`` is work that is handed in with the step, both or neither. ``AlreadyLive`` when the step makes the
        proposal the same as another.
        """
        return self._move(kept, to, event, by, deal, handover=handover)

    def amend(
        self,
        id: str,
        change: Callable[[Proposal], Proposal],
        event: str,
        by: str,
        deal: Deal | None = None,
    ) -> Kept:
        """Record a change that is right whatever else happened meanwhile: it is made to the newest state.

        ``change`` raises ``Decided`` where it is not. ``deal`` replaces the facts.
        """
        for _ in range(AMENDMENTS):
            kept = self.get(id)
            if kept is None:
                break
            changed = change(kept.proposal)
            if changed is kept.proposal:
                return kept
            try:
                return self._move(kept, changed, event, by, deal)
            except Decided:
                continue
        raise Decided("Somebody was faster.")

    def postpone(self, id: str, until: datetime) -> None:
        """Let the clock look at a proposal again only then."""
        self._ask(lambda: self._redis.zadd(DUE, {id: until.timestamp()}, xx=True))

    def beat(self, worker: str, seconds: int) -> None:
        """Say that a worker lives, for so many seconds."""
        self._ask(lambda: self._redis.set(f"cosell:worker:{worker}", "1", ex=seconds))

    def alive(self, worker: str) -> bool:
        """Whether a worker has said so lately."""
        return bool(self._ask(lambda: self._redis.exists(f"cosell:worker:{worker}")))

    def due(self, limit: int = 100) -> tuple[str, ...]:
        """Ids of proposals that should have moved by now, the longest waiting first."""
        now = self._now().timestamp()
        ids = self._ask(lambda: self._redis.zrangebyscore(DUE, "-inf", now, start=0, num=limit))
        return tuple(_text(id) for id in ids)

    def on_deal(self, opportunity: str, limit: int = 20) -> tuple[Proposal, ...]:
        """The newest proposals on an opportunity, newest first."""
        ids = self._ask(lambda: self._redis.zrevrange(_index(opportunity), 0, limit - 1))
        found = (self.get(_text(id)) for id in ids)
        return tuple(kept.proposal for kept in found if kept is not None)

    def live(self) -> tuple[Proposal, ...]:
        """Every proposal that has not ended, of all deals; each of them has its time in the clock's index."""
        ids = [_text(id) for id in self._ask(lambda: self._redis.zrange(DUE, 0, -1))]
        return tuple(proposal for proposal in self._states(ids) if not proposal.status.ended)

    def endings(self, user: str, most: int = 10) -> tuple[Proposal, ...]:
        """The newest ended proposals that a person asked for, approved or declined, newest first.

        Older ones than the newest ``LOOK_BACK`` entries tell of are not found.
        """
        found: list[str] = []
        for line in itertools.islice(self._lines_back(), LOOK_BACK):
            if f'"{user}"' not in line.entry:
                continue
            entry = json.loads(line.entry)
            if entry["event"] in ENDINGS and had_part(user, entry):
                found.append(entry["proposal"])
            if len(found) == most:
                break
        return tuple(self._states(found))

    def _states(self, ids: Sequence[str]) -> Iterator[Proposal]:
        """The newest states of many proposals; one that cannot be read keeps none of the others."""
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            for id, state in zip(some, self._ask(partial(self._read_states, some)), strict=True):
                try:
                    if state is not None:
                        yield Proposal.model_validate_json(state)
                except ValidationError:
                    log.exception("proposal.unreadable", proposal=id)

    def _read_states(self, ids: Sequence[str]) -> list[bytes | None]:
        pipeline = self._redis.pipeline(transaction=False)
        for id in ids:
            pipeline.hget(_record(id), "state")
        return list(pipeline.execute())

    # -- channels -------------------------------------------------------------------------------------------
    def link(self, link: Link) -> None:
        """Record which opportunity a channel is about; the same cause twice is recorded once."""
        known = self.linked(link.channel)
        if known is not None and link.cause and known.cause == link.cause:
            return
        key = f"cosell:link:{link.channel}"
        revision = int(self._ask(lambda: self._redis.hget(key, "revision")) or 0)
        state = link.model_dump_json()
        entry: dict[str, Json] = {
            "event": "channel.linked",
            "at": link.at.isoformat(),
            "by": link.by,
            "state": _sha(state),
            "linked": link.model_dump(mode="json"),
        }
        self._append(
            key,
            revision,
            state,
            entry,
            member=f"link:{link.channel}",
        )

    def linked(self, channel: str) -> Link | None:
        """The opportunity that a channel is about, if it is linked."""
        state = self._ask(lambda: self._redis.hget(f"cosell:link:{channel}", "state"))
        return None if state is None else Link.model_validate_json(state)

    # -- the kill switch ------------------------------------------------------------------------------------
    def stops(self) -> Stops:
        """The stops that stand now."""
        return self._stops()[0]

    def _stops(self) -> tuple[Stops, int]:
        state, revision = self._ask(lambda: self._exchange.ask("HMGET", STOPS, "state", "revision"))
        return (Stops(), 0) if state is None else (Stops.model_validate_json(state), int(revision))

    def change_stops(self, change: Callable[[Stops], Stops], event: str, by: str, reason: str) -> Stops:
        """Record that writes are stopped or resumed, by a person and for a reason; the stops that stand then."""
        for _ in range(AMENDMENTS):
            known, revision = self._stops()
            changed = change(known)
            if changed == known:
                return known
            state = changed.model_dump_json()
            entry: dict[str, Json] = {
                "event": event,
                "at": self._now().isoformat(),
                "by": by,
                "reason": reason,
                "scopes": [stop.scope for stop in changed.standing],
                "state": _sha(state),
            }
            try:
                self._append(STOPS, revision, state, entry, member="stops")
            except Decided:
                continue
            return changed
        raise Decided("Somebody else is changing the stops at this moment.")

    # -- the chain ------------------------------------------------------------------------------------------
    def entries(self, after: int = 0) -> Iterator[Mapping[str, Json]]:
        """Every entry after a sequence number, oldest first."""
        for line in self._lines(after):
            yield {**json.loads(line.entry), "seq": line.seq, "link": line.link}

    def verify(self) -> Verdict:
        """Walk the chain up to where it ended when the walk began, and every proposal's newest state.

        Names the first entry that is not as it was written. Others may go on writing meanwhile.
        """
        known, written = self._ask(lambda: self._redis.hmget(HEAD, ["link", "seq"]))
        before, seq, end = GENESIS, 0, int(written or 0)
        states: dict[str, tuple[int, str]] = {}
        for line in self._lines(0):
            if seq == end:
                break
            flaw = _flaw_of(line, seq + 1, before)
            if flaw is not None:
                return Verdict(entries=seq, head=before.hex(), flaw=Flaw(seq=seq + 1, what=flaw))
            before, seq = bytes.fromhex(line.link), line.seq
            entry = json.loads(line.entry)
            if entry.get("record"):
                states[entry["record"]] = (seq, entry["state"])
        head = before.hex()
        if (known or GENESIS, end) != (before, seq):
            what = f"the chain ends here, but {end} entries were written"
            return Verdict(entries=seq, head=head, flaw=Flaw(seq=seq, what=what))
        for record, (last, state) in states.items():
            if not self._stands(record, state, end):
                what = (
                    f"the state of {record.removeprefix('cosell:')} is not the one that this entry recorded"
                )
                return Verdict(entries=seq, head=head, flaw=Flaw(seq=last, what=what))
        return Verdict(entries=seq, head=head, flaw=None)

    def _stands(self, record: str, state: str, end: int) -> bool:
        """Whether a record's state is the one last recorded, or one recorded since the walk began."""
        kept = self._ask(partial(self._redis.hget, record, "state"))
        if kept is None:
            return False
        found = _sha(_text(kept))
        newer = (e for e in self.entries(end) if e.get("record") == record) if found != state else ()
        return found == state or any(entry["state"] == found for entry in newer)

    def _lines(self, after: int) -> Iterator["_Line"]:
        last = f"({after}-0"
        while True:
            chunk = self._ask(partial(self._redis.xrange, LEDGER, min=last, count=500))
            yield from (_line(*found) for found in chunk)
            if len(chunk) < 500:
                return
            last = f"({_text(chunk[-1][0])}"

    def _lines_back(self) -> Iterator["_Line"]:
        first = "+"
        while True:
            chunk = self._ask(partial(self._redis.xrevrange, LEDGER, max=first, count=500))
            yield from (_line(*found) for found in chunk)
            if len(chunk) < 500:
                return
            first = f"({_text(chunk[-1][0])}"

    # -- one step -------------------------------------------------------------------------------------------
    def _move(
        self,
        kept: Kept,
        to: Proposal,
        event: str,
        by: str,
        deal: Deal | None,
        take: bool = False,
        handover: Handover | None = None,
    ) -> Kept:
        state, was = to.model_dump_json(), kept.proposal
        due = attention_at(to)
        ended = to.status.ended and not was.status.ended
        taken = to.subject if take or (to.subject != was.subject and not ended) else None
        freed = was.subject if ended or (taken is not None and not take) else None
        self._append(
            _record(to.id),
            kept.revision,
            state,
            entry_of(to, event, by, self._now(), _sha(state)),
            member=to.id,
            facts=deal.model_dump_json() if deal is not None else "",
            due="" if due is None else str(due.timestamp()),
            opportunity=to.opportunity,
            take="" if taken is None else f"{to.kind}:{taken}",
            free="" if freed is None else f"{to.kind}:{freed}",
            opened=str(to.opened_at.timestamp()) if take else "",
            handover=handover,
        )
        return Kept(to, kept.revision + 1)

    def _append(
        self,
        record: str,
        revision: int,
        state: str,
        entry: dict[str, Json],
        *,
        member: str,
        facts: str = "",
        due: str = "",
        opportunity: str = "",
        take: str = "",
        free: str = "",
        opened: str = "",
        handover: Handover | None = None,
    ) -> None:
        line = canonical({**entry, "record": record})
        digest = hashlib.sha256(line.encode()).digest()
        queue, messages, job, body = (
            (handover.queue, handover.messages, handover.id, handover.body) if handover else ("", "", "", b"")
        )
        live, index = f"cosell:live:{opportunity}", _index(opportunity)
        keys = [record, LEDGER, HEAD, DUE, live, index, queue, messages]
        token = uuid.uuid4().hex
        args: list[str | bytes] = [token, str(revision), state, facts, line, digest]
        match self._run(keys, [*args, due, member, take, free, opened, job, body]):
            case ["done"]:
                return
            case ["held", holder]:
                raise AlreadyLive(holder)
            case _:
                raise Decided("Somebody was faster.")

    def _run(self, keys: list[str], args: list[str | bytes]) -> list[str]:
        """Run the step; a lost answer is asked for once more with the same token."""
        try:
            answer = self._step(keys, args)
        except (redis.ConnectionError, redis.TimeoutError):
            try:
                answer = self._step(keys, args)
            except redis.RedisError as error:
                raise Unavailable(
                    "The record did not answer, so it is not certain that this was kept. "
                    "Look at the card again in a minute; repeating it is safe."
                ) from error
        except redis.RedisError as error:
            raise Unavailable("The record cannot be kept just now, so nothing was done.") from error
        return [_text(part) for part in cast(list[bytes], answer)]

    def _step(self, keys: list[str], args: list[str | bytes]) -> Any:
        try:
            return self._exchange.ask("EVALSHA", STEP_SHA, len(keys), *keys, *args)
        except redis.exceptions.NoScriptError:
            return self._exchange.ask("EVAL", STEP, len(keys), *keys, *args)

    def _ask(self, read: Callable[[], Any]) -> Any:
        """Read; a connection that was cut is tried once more."""
        try:
            return read()
        except (redis.ConnectionError, redis.TimeoutError):
            try:
                return read()
            except redis.RedisError as error:
                raise Unavailable("The record cannot be read just now, so nothing was done.") from error
        except redis.RedisError as error:
            raise Unavailable("The record cannot be read just now, so nothing was done.") from error


@dataclass(frozen=True)
class _Line:
    """One entry as it lies in the store."""

    seq: int
    entry: str  # canonical JSON
    link: str  # hex


def _line(stream_id: bytes, fields: Mapping[bytes, bytes]) -> _Line:
    seq, _, _ = _text(stream_id).partition("-")
    return _Line(int(seq), _text(fields.get(b"entry", b"")), _text(fields.get(b"link", b"")))


def _flaw_of(line: _Line, seq: int, before: bytes) -> str | None:
    """What is wrong with an entry that should be the next after ``before``."""
    if line.seq != seq:
        return f"entry {seq} is missing: entry {line.seq} stands in its place"
    digest = hashlib.sha256(line.entry.encode()).digest()
    if hashlib.sha256(before + digest).hexdigest() != line.link:
        return "it is not what was written, or does not follow from the entry before it"
    return None


def _record(id: str) -> str:
    return f"cosell:proposal:{id}"


def _index(opportunity: str) -> str:
    return f"cosell:deal:{opportunity}"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()
