"""Whatever people, clocks and crashes do, in whatever order: no write without a live approval of exactly that."""

import contextlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.action import Needs
from bot.clients import CrmRecord, Reply, Warrant
from bot.deal import Deal, Json, System
from bot.errors import BotError, Stale
from bot.gateway import Gateway, Systems
from bot.jobs import Queue
from bot.ledger import AlreadyLive, Ledger
from bot.lifecycle.carry_out import CarryingOut
from bot.lifecycle.catch_up import catch_up
from bot.lifecycle.decide import Deciding, Press
from bot.policy import Place, Profile, Standing
from bot.proposal import Proposal, Status
from bot.stops import Stop, Stops
from tests.bot.factory import ANA, AUTHORITY, CONFIGURED, MEI, NOW, OPPORTUNITY, STAKE, deal, proposal

LASTS = timedelta(hours=1)
PEOPLE = ("U0ANA", "U0MEI", "U0BEN", "U0DANA", "U0PAT")
CRASHES = st.sampled_from([None, None, None, "before", "after"])
MEANWHILE = st.sampled_from(
    [None, None, None, "stop", "an hour", "another payload", "no approval", "too few", "another worker"]
)
OTHER = {"attempt": 99, "worker": "another"}
LARGE_BATCH = STAKE.model_copy(update={"batch": 500})
WHY = "Somebody has to go ahead with this now"


class Crash(BaseException):
    """The worker's process ends here."""


class Crm:
    """The opportunity in the CRM: what it holds, and a check of every write against the record."""

    def __init__(self, machine: "Interleavings") -> None:
        self.machine, self.version = machine, 1
        self.score: int | None = None
        self.crash: str | None = None

    def opportunity(self, id: str) -> CrmRecord:
        """The deal as it is."""
        known = self.deal()
        return CrmRecord(
            id=id,
            name=known.name,
            account_id=known.account_id,
            url=known.url,
            facts=known.facts,
            owner=known.owner,
            contacts=(),
            versions=known.versions,
            modified_by="",
            as_of=self.machine.now,
        )

    def open_opportunities(self) -> tuple[Any, ...]:
        """None of interest."""
        return ()

    def deal(self) -> Deal:
        """Northwind with the score that it has now."""
        fact = deal().facts["p2b_score"].model_copy(update={"value": self.score, "as_of": self.machine.now})
        versions = {f"Opportunity {OPPORTUNITY}": f"v{self.version}"}
        return deal(facts={"p2b_score": fact}, versions=versions, as_of=self.machine.now)

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Reply:
        """Change it, if the record of approvals allows that at this very moment."""
        if unless_changed_since != f"v{self.version}":
            raise Stale("It changed meanwhile.")
        if self.crash == "before":
            self.crash = None
            raise Crash
        try:
            self.machine.hold(values)
        except AssertionError as broken:
            self.machine.broken.append(broken)  # a worker makes an ending of whatever it meets
            raise
        self.score, self.version = values["P2B_Score__c"], self.version + 1
        if self.crash == "after":
            self.crash = None
            raise Crash
        return Reply(system=System.SALESFORCE, record=id, at=self.machine.now)


class Door:
    """A system as the gateway reaches it: a writer asks its warrant immediately before it writes."""

    def __init__(self, system: Any) -> None:
        self.system = system

    def as_user(self, name: str | None = None) -> Any:
        """To read."""
        return self.system

    def as_writer(self, name: str | None, warrant: Warrant) -> Any:
        """To write."""
        return Writer(self.system, warrant)


class Writer:
    """A system, to write."""

    def __init__(self, system: Any, warrant: Warrant) -> None:
        self._system, self._warrant = system, warrant

    def opportunity(self, id: str) -> Any:
        """Read it."""
        return self._system.opportunity(id)

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Any:
        """Write it, if it may be; what happened since the worker claimed it has happened by now."""
        self._system.machine.happens()
        self._warrant()
        return self._system.write(id, values, unless_changed_since)


class Interleavings(RuleBasedStateMachine):
    """People at cards, a worker, a clock, a policy and a kill switch, over a real store."""

    store: redis.Redis
    written = 0  # in all runs

    def __init__(self) -> None:
        super().__init__()
        self.store.flushall()
        self.now, self.workers, self.number = NOW, 0, 0
        self.gone: set[str] = set()
        self.cards: list[str] = []
        self.running = ""
        self.writes: list[str] = []
        self.meanwhile: str | None = None
        self.broken: list[AssertionError] = []
        self.pool = ThreadPoolExecutor(2)
        self.ledger = Ledger(self.store, self.at)
        self.crm = Crm(self)
        self.deciding = Deciding(self.ledger, Queue(self.store), AUTHORITY, self.at)
        systems: Any = Systems(crm=Door(self.crm), partner=Door(None), calendar=Door(None))
        self.gateway = Gateway(
            systems=systems, ledger=self.ledger, allowed=AUTHORITY.may_execute, lasts=LASTS, now=self.at
        )

    def at(self) -> datetime:
        """The moment."""
        return self.now

    def teardown(self) -> None:
        """The record is whole, whatever happened."""
        assert self.ledger.verify().flaw is None
        self.pool.shutdown()

    # -- what must hold at each write -----------------------------------------------------------------------
    def hold(self, values: Mapping[str, Json]) -> None:
        """The promise."""
        kept = self.ledger.get(self.running)
        assert kept is not None
        one = kept.proposal
        assert one.status is Status.EXECUTING
        assert one.claim is not None and one.claim.worker == f"worker {self.workers}"
        assert one.approvals and all(given.digest == one.digest for given in one.approvals)
        assert values == {"P2B_Score__c": one.payload["values"]["p2b_score"]}
        assert one.approved_at is not None and self.now - one.approved_at <= LASTS
        assert self.ledger.stops().against(one) is None
        AUTHORITY.may_execute(one)
        assert not {given.by.slack for given in one.approvals} & self.gone
        assert one.id not in self.writes, "it was written twice"
        self.writes.append(one.id)
        type(self).written += 1

    @invariant()
    def every_write_was_allowed_when_it_was_made(self) -> None:
        """None broke the promise."""
        for broken in self.broken:
            raise broken

    @invariant()
    def what_says_that_nothing_was_written_says_the_truth(self) -> None:
        """A card that waits, or was declined, or expired, or failed, wrote nothing."""
        for one in self.all():
            if one.status not in (Status.EXECUTING, Status.DONE, Status.UNVERIFIED):
                assert one.id not in self.writes

    def happens(self) -> None:
        """What comes between the claim and the write of the card that is being carried out."""
        meanwhile, self.meanwhile = self.meanwhile, None
        one = self.running
        match meanwhile:
            case "stop":
                self.stop("all")
            case "an hour":
                self.now += LASTS + timedelta(seconds=1)
            case "another payload":
                self.amend(one, lambda p: {"payload": {**p.payload, "values": {"p2b_score": 101}}})
            case "no approval":
                self.amend(one, lambda p: {"approvals": ()})
            case "too few":
                self.amend(one, lambda p: {"approvals": p.approvals[:1], "stake": LARGE_BATCH})
            case "another worker":
                self.amend(one, lambda p: {"claim": p.claim and p.claim.model_copy(update=OTHER)})

    def amend(self, id: str, change: Any) -> None:
        """Something on the record changes behind everybody's back."""
        self.ledger.amend(id, lambda p: p.model_copy(update=change(p)), "test.amended", "test")

    def all(self) -> list[Proposal]:
        """Every card."""
        kept = (self.ledger.get(id) for id in self.cards)
        return [one.proposal for one in kept if one is not None]

    # -- what people do -------------------------------------------------------------------------------------
    @rule(score=st.integers(0, 100), batch=st.sampled_from([1, 1, 500]))
    def propose(self, score: int, batch: int) -> None:
        """A card that needs one approval, or two where it counts as a large batch."""
        self.number += 1
        one = proposal(
            self.number,
            subject=f"score {score}",
            payload={
                "opportunity": OPPORTUNITY,
                "values": {"p2b_score": score},
                "expected": {"p2b_score": self.crm.score},
            },
            opened_at=self.now,
            expires_at=self.now + timedelta(hours=3),
            approvers=(ANA, MEI),
            stake=STAKE.model_copy(update={"batch": batch}),
        )
        action = one.action
        drawn = {"payload": action.payload(), "preview": action.preview(self.crm.deal())}
        one = one.model_copy(update={**drawn, "missing": AUTHORITY.needed(one)})
        try:
            self.ledger.open(one, self.crm.deal())
        except AlreadyLive:
            return
        self.cards.append(one.id)

    def press(self, which: int, user: str, stale: bool) -> Press:
        """A press on a card as it is, or as it was a version ago."""
        one = self.all()[which % len(self.cards)]
        team = "T0AWSCO" if user == "U0PAT" else "T0BRIGHT"
        return Press(proposal=one.id, version=one.version - stale, user=user, team=team)

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9), user=st.sampled_from(PEOPLE), stale=st.booleans())
    def approve(self, which: int, user: str, stale: bool) -> None:
        """Somebody presses Approve."""
        self.attempt(lambda: self.deciding.approve(self.press(which, user, stale)))

    @rule(score=st.integers(0, 100), batch=st.sampled_from([1, 500]), crash=CRASHES, meanwhile=MEANWHILE)
    def the_usual_way(self, score: int, batch: int, crash: str | None, meanwhile: str | None) -> None:
        """A card, the approvals that it needs, and a worker that takes it on at once."""
        self.propose(score, batch)
        if self.cards:
            self.goes_through(len(self.cards) - 1, crash, meanwhile)

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9), crash=CRASHES, meanwhile=MEANWHILE)
    def goes_through(self, which: int, crash: str | None, meanwhile: str | None = None) -> None:
        """Both who may approve do so, and a worker takes it on."""
        for user in ("U0ANA", "U0MEI"):
            self.attempt(lambda user=user: self.deciding.approve(self.press(which, user, stale=False)))
        self.carry_out(which, crash, meanwhile)

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9))
    def all_is_well_again(self, which: int) -> None:
        """Nothing is stopped, nobody is gone, and what is left goes through."""
        self.gone = set()
        self.resume()
        self.goes_through(which, None)

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9), user=st.sampled_from(PEOPLE))
    def override(self, which: int, user: str) -> None:
        """Somebody breaks the glass."""
        self.attempt(lambda: self.deciding.override(self.press(which, user, stale=False), WHY))

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9), user=st.sampled_from(PEOPLE), score=st.integers(0, 100))
    def edit(self, which: int, user: str, score: int) -> None:
        """Somebody changes what would be written."""
        answers = {"p2b_score": str(score)}
        self.attempt(lambda: self.deciding.edit(self.press(which, user, stale=False), answers))

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9), user=st.sampled_from(PEOPLE))
    def decline(self, which: int, user: str) -> None:
        """Somebody says no."""
        self.attempt(lambda: self.deciding.decline(self.press(which, user, stale=False), "no"))

    @rule(scope=st.sampled_from(["all", "update_opportunity", "aws", "submit_referral", "aws"]))
    def stop(self, scope: str) -> None:
        """Somebody stops writes."""
        self.number += 1
        one = Stop(scope=scope, by="U0BEN", at=self.now, reason="wrong", cause=f"stop {self.number}")
        self.ledger.change_stops(lambda stops: stops.plus(one), "writes.stopped", "U0BEN", "wrong")

    @rule()
    def resume(self) -> None:
        """And lets them go on."""
        self.ledger.change_stops(lambda _: Stops(), "writes.resumed", "U0MEI", "all")

    @rule(user=st.sampled_from(["U0ANA", "U0MEI", None, None, None]))
    def leave(self, user: str | None) -> None:
        """Somebody leaves the company; or all who left come back."""
        self.gone = self.gone | {user} if user else set()

    @rule(score=st.integers(0, 100))
    def change_the_deal(self, score: int) -> None:
        """Somebody edits the record in the CRM itself."""
        self.crm.score, self.crm.version = score, self.crm.version + 1

    @rule(minutes=st.sampled_from([1, 20, 70, 200]))
    def wait(self, minutes: int) -> None:
        """Time passes, and the clock looks after what was left."""
        self.now += timedelta(minutes=minutes)
        catch_up(self.ledger, Queue(self.store), self.at)

    @precondition(lambda self: self.cards)
    @rule(which=st.integers(0, 9), crash=CRASHES, meanwhile=MEANWHILE)
    def carry_out(self, which: int, crash: str | None, meanwhile: str | None = None) -> None:
        """A worker takes a card on, and may die at the write; the world may change before it writes."""
        self.workers += 1
        self.meanwhile = meanwhile
        self.running = self.cards[which % len(self.cards)]
        self.crm.crash = crash
        try:
            carrying_out(self, f"worker {self.workers}").carry_out(self.running)
        except (Crash, BotError):
            pass
        finally:
            self.crm.crash = self.meanwhile = None

    def attempt(self, decide: Any) -> None:
        """A decision that may be refused."""
        with contextlib.suppress(BotError):
            decide()


class Parts:
    """What the worker needs beside the ledger and the gateway: the deal, the people, and nobody to talk to."""

    def __init__(self, machine: Interleavings) -> None:
        self.machine = machine

    def read(self, opportunity: str, needs: Needs, salesforce: str | None = None, email: str = "") -> Deal:
        """The deal as it is now."""
        return self.machine.crm.deal()

    def show_progress(self, proposal: Proposal) -> None:
        """Nobody looks."""

    def known(self) -> Mapping[str, Any]:
        """The people of our company."""
        return {person.slack: person for person in CONFIGURED.ours if person.slack}

    def standing(self, users: Any, anew: bool = False) -> Mapping[str, Standing]:
        """They are who they were, unless they left."""
        return {
            user: AUTHORITY.standing(
                user,
                Profile(id=user, team="T0BRIGHT", guest=False, bot=False, deleted=user in self.machine.gone),
            )
            for user in users
        }

    def place(self, channel: str) -> Place:
        """Our own channel; a large batch stays one, which is no fact of the deal."""
        return Place(id=channel)

    def with_approvers(self, one: Proposal) -> Proposal:
        """The same approvers again."""
        named = one.model_copy(update={"approvers": (ANA, MEI)})
        return named.model_copy(update={"missing": AUTHORITY.needed(named)})

    def show(self, id: str) -> None:
        """Nobody looks."""

    def tell_skipped(self, one: Proposal) -> None:
        """Nobody listens."""

    def tell(self, one: Proposal) -> str:
        """Nobody listens."""
        return "1"

    def told(self, id: str, ts: str) -> None:
        """It is on the record all the same."""
        self.machine.ledger.amend(
            id, lambda p: p.model_copy(update={"result_ts": ts}), "proposal.told", "bot"
        )


def carrying_out(machine: Interleavings, name: str) -> CarryingOut:
    """A worker's own part, of that name."""
    parts: Any = Parts(machine)
    return CarryingOut(
        ledger=machine.ledger,
        context=parts,
        gateway=machine.gateway,
        proposing=parts,
        authority=AUTHORITY,
        people=parts,
        audiences=parts,
        pool=machine.pool,
        worker=name,
        now=machine.at,
    )


def test_no_write_without_a_live_approval_of_exactly_that(store: redis.Redis) -> None:
    """Random interleavings of propose, edit, approve, decline, override, stop, leave, expire and crash."""
    Interleavings.store = store
    some = settings(
        max_examples=60,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(Interleavings, settings=some)
    assert Interleavings.written > 10, "too little was written to have shown anything"
