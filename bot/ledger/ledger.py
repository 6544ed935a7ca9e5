"""The newest state of every proposal, and of what holds for the bot as a whole; each change with its entry."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import redis
import structlog
from pydantic import ValidationError

from bot.deal import Deal, Frozen, Json
from bot.entry import ENDINGS, entry_of, had_part
from bot.errors import Decided
from bot.ledger.chain import Chain
from bot.ledger.pairs import Pairs
from bot.ledger.steps import DUE, WORKERS, Steps, index_of, posted_in, record_of, sha, text
from bot.ledger.values import Handover, Kept, Link, Refusal, Verdict
from bot.pairings import Pairing
from bot.policy.adopted import Adopted
from bot.proposal import Proposal, attention_at
from bot.stops import Stops
from bot.triggers import Quiets

STOPS = "cosell:stops"
POLICY = "cosell:policy"
QUIETS = "cosell:quiets"
REFUSED = "cosell:refused"
AMENDMENTS = 20
"""How often a change is made anew because the proposal moved meanwhile."""
AT_ONCE = 200
"""Records that are read in one exchange."""
LOOK_BACK = 5_000
"""Of the newest entries so many are looked through for somebody's endings: some six hundred proposals of everybody."""

T = TypeVar("T", bound=Frozen)
log = structlog.get_logger()


class Ledger:
    """Reads and moves proposals; every change of state and its entry are one atomic step."""

    def __init__(self, client: redis.Redis, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._steps = Steps(client)
        self._chain = Chain(self._steps)
        self._pairs = Pairs(self._steps)

    # -- proposals ------------------------------------------------------------------------------------------
    def open(self, proposal: Proposal, deal: Deal, decision: Mapping[str, Json] | None = None) -> Kept | None:
        """Record a new proposal; None when it is there already. ``AlreadyLive`` names one for the same thing."""
        kept, by = Kept(proposal, 0), proposal.origin.by
        try:
            return self._move(kept, proposal, "proposal.opened", by, deal, take=True, decision=decision)
        except Decided:
            return None

    def get(self, id: str) -> Kept | None:
        """The newest state of a proposal."""
        state, revision = self._steps.ask(
            lambda: self._steps.exchange.ask("HMGET", record_of(id), "state", "revision")
        )
        if state is None:
            return None
        return Kept(Proposal.model_validate_json(state), int(revision))

    def facts(self, id: str) -> Deal:
        """The deal as it was when the proposal's present version was drawn."""
        return Deal.model_validate_json(
            self._steps.ask(lambda: self._steps.redis.hget(record_of(id), "facts"))
        )

    def move(
        self,
        kept: Kept,
        to: Proposal,
        event: str,
        by: str,
        deal: Deal | None = None,
        handover: Handover | None = None,
        decision: Mapping[str, Json] | None = None,
    ) -> Kept:
        """Record the next step; ``Decided`` when somebody else moved the proposal first.

        ``event`` is the entry's dotted name, ``by`` a Slack user id or a worker's name; ``deal`` replaces the facts;
        ``handover`` is work that is handed in with the step, both or neither; ``decision`` is what the policy was asked
        and said. ``AlreadyLive`` when the step makes the proposal the same as another.
        """
        return self._move(kept, to, event, by, deal, handover=handover, decision=decision)

    def amend(
        self,
        id: str,
        change: Callable[[Proposal], Proposal],
        event: str,
        by: str,
        deal: Deal | None = None,
        decision: Mapping[str, Json] | None = None,
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
                return self._move(kept, changed, event, by, deal, decision=decision)
            except Decided:
                continue
        raise Decided("Somebody was faster.")

    def postpone(self, id: str, until: datetime) -> None:
        """Let the clock look at a proposal again only then."""
        self._steps.ask(lambda: self._steps.redis.zadd(DUE, {id: until.timestamp()}, xx=True))

    def beat(self, worker: str, seconds: int) -> None:
        """Say that a worker lives, for so many seconds."""
        until = self._now().timestamp() + seconds

        def write() -> None:
            with self._steps.redis.pipeline(transaction=True) as pipe:
                pipe.set(f"cosell:worker:{worker}", "1", ex=seconds)
                pipe.zadd(WORKERS, {worker: until})
                pipe.zremrangebyscore(WORKERS, "-inf", until - 3600)
                pipe.execute()

        self._steps.ask(write)

    def alive(self, worker: str) -> bool:
        """Whether a worker has said so lately."""
        return bool(self._steps.ask(lambda: self._steps.redis.exists(f"cosell:worker:{worker}")))

    def due(self, limit: int = 100) -> tuple[str, ...]:
        """Ids of proposals that should have moved by now, the longest waiting first."""
        now = self._now().timestamp()
        ids = self._steps.ask(lambda: self._steps.redis.zrangebyscore(DUE, "-inf", now, start=0, num=limit))
        return tuple(text(id) for id in ids)

    def on_deal(self, opportunity: str, limit: int = 20) -> tuple[Proposal, ...]:
        """The newest proposals on an opportunity, newest first."""
        ids = self._steps.ask(lambda: self._steps.redis.zrevrange(index_of(opportunity), 0, limit - 1))
        found = (self.get(text(id)) for id in ids)
        return tuple(kept.proposal for kept in found if kept is not None)

    def in_channel(self, channel: str) -> tuple[Proposal, ...]:
        """Every proposal whose card is in a channel, the newest first."""
        ids = self._steps.ask(lambda: self._steps.redis.zrevrange(posted_in(channel), 0, -1))
        return tuple(self._states([text(id) for id in ids]))

    def live(self) -> tuple[Proposal, ...]:
        """Every proposal that has not ended, of all deals; each of them has its time in the clock's index."""
        ids = [text(id) for id in self._steps.ask(lambda: self._steps.redis.zrange(DUE, 0, -1))]
        return tuple(proposal for proposal in self._states(ids) if not proposal.status.ended)

    def endings(self, user: str, most: int = 10) -> tuple[Proposal, ...]:
        """The newest ended proposals that a person asked for, approved or declined, newest first.

        Older ones than the newest ``LOOK_BACK`` entries tell of are not found.
        """
        found: list[str] = []
        for line in itertools.islice(self._chain.lines_back(), LOOK_BACK):
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
            for id, state in zip(some, self._steps.ask(partial(self._read_states, some)), strict=True):
                try:
                    if state is not None:
                        yield Proposal.model_validate_json(state)
                except ValidationError:
                    log.exception("proposal.unreadable", proposal=id)

    def _read_states(self, ids: Sequence[str]) -> list[bytes | None]:
        pipeline = self._steps.redis.pipeline(transaction=False)
        for id in ids:
            pipeline.hget(record_of(id), "state")
        return list(pipeline.execute())

    # -- channels -------------------------------------------------------------------------------------------
    def link(self, link: Link) -> None:
        """Record which opportunity a channel is about; the same cause twice is recorded once."""
        known = self.linked(link.channel)
        if known is not None and link.cause and known.cause == link.cause:
            return
        key = f"cosell:link:{link.channel}"
        revision = int(self._steps.ask(lambda: self._steps.redis.hget(key, "revision")) or 0)
        state = link.model_dump_json()
        entry: dict[str, Json] = {
            "event": "channel.linked",
            "at": link.at.isoformat(),
            "by": link.by,
            "state": sha(state),
            "linked": link.model_dump(mode="json"),
        }
        self._steps.append(
            key,
            revision,
            state,
            entry,
            member=f"link:{link.channel}",
            opened=str(link.at.timestamp()),
            listed=_links_of(link.opportunity),
        )

    def linked(self, channel: str) -> Link | None:
        """The opportunity that a channel is about, if it is linked."""
        state = self._steps.ask(lambda: self._steps.redis.hget(f"cosell:link:{channel}", "state"))
        return None if state is None else Link.model_validate_json(state)

    # -- companies ------------------------------------------------------------------------------------------
    def pair(self, pairing: Pairing) -> None:
        """Record what somebody says of a company of theirs and one of ours; the same cause twice is recorded once.

        So is what the same person said last. A later word of anybody replaces an earlier one; the chain keeps both.
        """
        self._pairs.say(pairing)

    def pairings(self, partner: str) -> Mapping[tuple[str, str], Pairing]:
        """What people said of a partner's companies and ours, by (ours, theirs): the last word on each."""
        return self._pairs.of(partner)

    def channels(self, opportunities: Sequence[str]) -> Mapping[str, str]:
        """The channel that was linked last to each of these, by opportunity; those without one are left out."""
        found: dict[str, str] = {}
        for start in range(0, len(opportunities), AT_ONCE):
            some = opportunities[start : start + AT_ONCE]
            for opportunity, members in zip(some, self._steps.ask(partial(self._links, some)), strict=True):
                channels = (text(member).removeprefix("link:") for member in members)
                links = (link for channel in channels if (link := self.linked(channel)) is not None)
                channel = next((link.channel for link in links if link.opportunity == opportunity), None)
                if channel is not None:
                    found[opportunity] = channel
        return found

    def _links(self, opportunities: Sequence[str]) -> list[list[bytes]]:
        pipeline = self._steps.redis.pipeline(transaction=False)
        for opportunity in opportunities:
            pipeline.zrevrange(_links_of(opportunity), 0, -1)
        return list(pipeline.execute())

    # -- what holds for the bot as a whole -------------------------------------------------------------------
    def stops(self) -> Stops:
        """The stops that stand now."""
        return self._shared(STOPS, Stops())[0]

    def change_stops(self, change: Callable[[Stops], Stops], event: str, by: str, reason: str) -> Stops:
        """Record that writes are stopped or resumed, by a person and for a reason; the stops that stand then."""

        def said(stops: Stops) -> dict[str, Json]:
            return {"reason": reason, "scopes": [stop.scope for stop in stops.standing]}

        return self._change(STOPS, Stops(), change, event, by, said)

    def quiets(self) -> Quiets:
        """Where and for whom rules are quiet."""
        return self._shared(QUIETS, Quiets())[0]

    def change_quiets(self, change: Callable[[Quiets], Quiets], event: str, by: str, of: str) -> Quiets:
        """Record that somebody wants quiet, or ends it, in a channel or for a person; those that stand then."""

        def said(quiets: Quiets) -> dict[str, Json]:
            return {"of": of, "quiets": quiets.model_dump(mode="json")["standing"]}

        return self._change(QUIETS, Quiets(), change, event, by, said)

    def adopted(self) -> Adopted:
        """The policy in force, and the one that is offered."""
        return self._shared(POLICY, Adopted())[0]

    def policy_revision(self) -> int:
        """Counts up with every change of what ``adopted`` says."""
        return int(self._steps.ask(lambda: self._steps.exchange.ask("HGET", POLICY, "revision")) or 0)

    def change_policy(self, change: Callable[[Adopted], Adopted], event: str, by: str) -> Adopted:
        """Record a step of the policy's, with its whole text; what holds then."""

        def said(adopted: Adopted) -> dict[str, Json]:
            return {"policy": adopted.digest, "adopted": adopted.model_dump(mode="json")}

        return self._change(POLICY, Adopted(), change, event, by, said)

    def refuse(self, refusal: Refusal) -> None:
        """Record that somebody was not let: it changed nothing, and is part of the record all the same."""

        def said(kept: Refusal) -> dict[str, Json]:
            return kept.model_dump(mode="json", exclude={"by", "cause"})

        self._change(
            REFUSED,
            refusal.model_copy(update={"cause": ""}),
            lambda _: refusal,
            "decision.refused",
            refusal.by,
            said,
        )

    def _shared(self, record: str, nothing: T) -> tuple[T, int]:
        state, revision = self._steps.ask(
            lambda: self._steps.exchange.ask("HMGET", record, "state", "revision")
        )
        return (nothing, 0) if state is None else (type(nothing).model_validate_json(state), int(revision))

    def _change(
        self,
        record: str,
        nothing: T,
        change: Callable[[T], T],
        event: str,
        by: str,
        said: Callable[[T], dict[str, Json]],
    ) -> T:
        """Change a record that all share, made to its newest state; a change that changes nothing is not recorded."""
        for _ in range(AMENDMENTS):
            known, revision = self._shared(record, nothing)
            changed = change(known)
            if changed == known:
                return known
            state = changed.model_dump_json()
            entry = {"event": event, "at": self._now().isoformat(), "by": by, **said(changed)}
            try:
                self._steps.append(record, revision, state, {**entry, "state": sha(state)}, member=record)
            except Decided:
                continue
            return changed
        raise Decided("Somebody else is changing this at the same moment.")

    # -- the chain ------------------------------------------------------------------------------------------
    def entries(self, after: int = 0) -> Iterator[Mapping[str, Json]]:
        """Every entry after a sequence number, oldest first."""
        return self._chain.entries(after)

    def entries_at(self, numbers: Sequence[int]) -> Iterator[Mapping[str, Json]]:
        """The entries with these sequence numbers; those that are not there are left out."""
        return self._chain.at(numbers)

    def verify(self) -> Verdict:
        """Walk the chain and every proposal's newest state; names the first entry that is not as it was written."""
        return self._chain.verify()

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
        decision: Mapping[str, Json] | None = None,
    ) -> Kept:
        state, was = to.model_dump_json(), kept.proposal
        due = attention_at(to)
        ended = to.status.ended and not was.status.ended
        taken = to.subject if take or (to.subject != was.subject and not ended) else None
        freed = was.subject if ended or (taken is not None and not take) else None
        self._steps.append(
            record_of(to.id),
            kept.revision,
            state,
            {**entry_of(to, event, by, self._now(), sha(state)), "decision": decision},
            member=to.id,
            facts=deal.model_dump_json() if deal is not None else "",
            due="" if due is None else str(due.timestamp()),
            opportunity=to.opportunity,
            channel=to.channel,
            take="" if taken is None else f"{to.kind}:{taken}",
            free="" if freed is None else f"{to.kind}:{freed}",
            opened=str(to.opened_at.timestamp()) if take else "",
            handover=handover,
        )
        return Kept(to, kept.revision + 1)


def _links_of(opportunity: str) -> str:
    """Where the channels that were linked to an opportunity are listed; some may be about another one by now."""
    return f"cosell:links:{opportunity}"
