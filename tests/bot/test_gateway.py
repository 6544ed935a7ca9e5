"""The one door for every write: held by trying, against the stand-ins' own request logs."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from bot import app
from bot.action import Action, Needs, Receipt
from bot.actions.submit_referral import SubmitReferral
from bot.actions.update_opportunity import UpdateOpportunity
from bot.clients import Clients, Meeting
from bot.config import load as load_config
from bot.deal import Interval, Json
from bot.errors import BotError, Decided, NotAllowed, Refused, Unverified
from bot.gateway import Execution, Gateway, Systems
from bot.ledger import Ledger
from bot.lifecycle.recording import Recorded
from bot.proposal import Approval, Approver, Claim, Proposal, Status
from bot.settings import load
from bot.stops import Stop
from sandbox.world import World
from tests.bot.factory import ANA, AUTHORITY, LARGE, MEI, NOW, OPPORTUNITY, proposal

LASTS = timedelta(hours=1)
WRITES = {
    "crm": "PATCH",
    "partner": "CreateOpportunity|AssociateOpportunity|StartEngagement",
    "calendar": "POST .*/events",
}

ENTERED: Mapping[str, Json] = {
    "use_case": "Storage & Backup",
    "delivery_models": ["SaaS or PaaS"],
    "sales_activities": ["Customer has shown interest in solution"],
    "primary_needs": ["Co-Sell - Deal Support"],
    "solutions": ["S-0051001"],
}
"""What a person enters into the form of a referral."""


class Desk:
    """Approved proposals before the gateway, and everything that may be wrong with them."""

    def __init__(self, world: World, reach: app.Reach, store: redis.Redis) -> None:
        self.world, self.systems, self.context, self.now = world, reach.systems, reach.context, NOW
        self.ledger = Ledger(store, self.at)
        self.allowed: Callable[[Proposal], object] = AUTHORITY.may_execute
        self.gateway = Gateway(
            systems=self.systems,
            ledger=self.ledger,
            allowed=lambda one: self.allowed(one),
            lasts=LASTS,
            now=self.at,
        )

    def at(self) -> datetime:
        """The moment."""
        return self.now

    def approved(self, **changes: Any) -> Proposal:
        """A score that Ana approved and a worker has claimed; what differs laid over it."""
        self.deal = self.context.read(OPPORTUNITY, Needs(), ANA.salesforce, ANA.email)
        return self._kept(UpdateOpportunity(opportunity=OPPORTUNITY, values={"p2b_score": 82}), ANA, changes)

    def referral(self) -> Proposal:
        """A referral that Mei approved and a worker has claimed."""
        self.deal = self.context.read(OPPORTUNITY, Needs(referral=True, solutions=True))
        action = SubmitReferral.draft(self.deal).answered(ENTERED, self.deal)
        return self._kept(action, MEI, {})

    def _kept(self, action: Action, by: Approver, changes: Mapping[str, Any]) -> Proposal:
        one = proposal(kind=action.kind, payload=action.fit(self.deal).payload())
        approval = Approval(by=by, at=NOW, version=1, digest=one.digest, versions={})
        claim = Claim(worker="w", at=NOW, attempt=1, versions=self.deal.versions, resumed=False)
        known = {"status": Status.EXECUTING, "approvals": (approval,), "claim": claim, "attempts": 1}
        kept = self.ledger.open(one.model_copy(update={**known, **changes}), self.deal)
        assert kept is not None
        return kept.proposal

    def journal(self, one: Proposal) -> Recorded:
        """The journal of its execution."""
        return Recorded(self.ledger, one, self.deal, self.at, show=lambda shown: None)

    def write(self, one: Proposal) -> Receipt:
        """Let the gateway execute it."""
        return self.gateway.execute(one, self.journal(one))

    def becomes(self, one: Proposal, **changes: Any) -> None:
        """Something about it changes on the record."""
        self.ledger.amend(one.id, lambda p: p.model_copy(update=changes), "test.changed", "test")

    @property
    def written(self) -> int:
        """How many writing requests the systems saw."""
        return (
            len(self.world.salesforce.calls(WRITES["crm"]))
            + len(self.world.partner_central.calls(WRITES["partner"]))
            + len(self.world.calendar.calls(WRITES["calendar"]))
        )


@pytest.fixture(scope="module")
def reached(redis_port: int) -> Iterator[tuple[World, app.Reach]]:
    """The stand-ins, and the real adapters that reach them."""
    with World(redis=False) as world, pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(8) as pool:
        world.redis_port = redis_port
        ours = ("AWS_", "SLACK_", "SALESFORCE_", "ACE_", "SIGN_IN_", "COSELL_")
        for name in [n for n in os.environ if n.startswith(ours)]:
            patch.delenv(name)
        for name, value in world.settings().items():
            patch.setenv(name, value)
        settings = load()
        config = load_config(settings.cosell_config)
        yield world, app.reach(settings, config, pool, redis.Redis(port=redis_port))


@pytest.fixture
def desk(reached: tuple[World, app.Reach], store: redis.Redis) -> Desk:
    """One with nothing on it."""
    world, reach = reached
    key = world.salesforce.public_key_pem
    world.salesforce.reset()
    world.salesforce.public_key_pem = key
    for stand_in in world.stand_ins:
        stand_in.faults.clear()
        stand_in.requests.clear()
    return Desk(world, reach, store)


def test_what_is_approved_is_written_once_as_the_approver_and_read_back(desk: Desk) -> None:
    """The way that every write goes."""
    one = desk.approved()
    receipt = desk.gateway.verify(one, desk.write(one))
    assert receipt.verified_at is not None
    assert desk.written == 1
    record = desk.world.salesforce.record(OPPORTUNITY)
    assert (record["P2B_Score__c"], record["LastModifiedById"]) == (82, "005000000000001AAA")


# -- by trying ----------------------------------------------------------------------------------------------
def test_what_reads_cannot_write(desk: Desk) -> None:
    """No system's reader has anything that writes, whatever its type says."""
    systems = desk.systems
    readers = (systems.crm.as_user(), systems.partner.as_user("ana"), systems.calendar.as_user(ANA.email))
    for reader in readers:
        assert not {"write", "create", "associate", "submit", "insert"} & set(dir(reader))


class No(BotError):
    """What a warrant says that lets nothing through."""


def no() -> None:
    """Let nothing through."""
    raise No("No.")


MEETING = Meeting(
    id="cosell0123456789",
    summary="Joint call",
    description="",
    when=Interval(start=datetime(2027, 1, 4, 10, tzinfo=UTC), end=datetime(2027, 1, 4, 11, tzinfo=UTC)),
    timezone="Europe/Lisbon",
    attendees=(ANA.email,),
    key="key",
)
TRIES: Mapping[str, Callable[[Systems], object]] = {
    "crm": lambda s: s.crm.as_writer(ANA.salesforce, no).write(
        OPPORTUNITY, {"P2B_Score__c": 1}, "2027-01-04T10:00:00+00:00"
    ),
    "create": lambda s: s.partner.as_writer(ANA.email, no).create({}, "token"),
    "associate": lambda s: s.partner.as_writer(ANA.email, no).associate("O1", "Solutions", "S-1"),
    "submit": lambda s: s.partner.as_writer(ANA.email, no).submit("O1", "Co-Sell", "Full", "token"),
    "insert": lambda s: s.calendar.as_writer(ANA.email, no).insert(MEETING),
}


@pytest.mark.parametrize("tried", TRIES)
def test_every_writing_call_of_every_system_asks_its_warrant_first(desk: Desk, tried: str) -> None:
    """A warrant that raises keeps the request from being sent at all."""
    with pytest.raises(No):
        TRIES[tried](desk.systems)
    assert desk.written == 0


ANOTHER = Approval(by=MEI, at=NOW, version=1, digest="another", versions={})
OTHERS = Claim(worker="other", at=NOW, attempt=2, versions={}, resumed=True)
STOP = Stop(scope="all", by="U0MEI", at=NOW, reason="wrong amounts", cause="test")


def later(approval: Approval) -> Approval:
    """The same, dated five minutes on."""
    return approval.model_copy(update={"at": NOW + timedelta(minutes=5)})


def declined(one: Proposal) -> object:
    """What a policy says that lets nothing through."""
    raise NotAllowed("An approval is missing: a sales manager.")


WRONG: Mapping[str, tuple[Callable[[Desk, Proposal], object], str]] = {
    "not approved": (lambda d, p: d.becomes(p, approvals=()), "no approval for exactly this"),
    "approved is something else": (
        lambda d, p: d.becomes(p, approvals=(p.approvals[0].model_copy(update={"digest": "x"}),)),
        "no approval for exactly this",
    ),
    "one of two is something else": (
        lambda d, p: d.becomes(p, approvals=(*p.approvals, ANOTHER)),
        "no approval for exactly this",
    ),
    "the payload is another by now": (
        lambda d, p: d.becomes(p, payload={**p.payload, "values": {"p2b_score": 99}}),
        "no approval for exactly this",
    ),
    "approved by somebody else": (
        lambda d, p: d.becomes(p, approvals=(p.approvals[0].model_copy(update={"by": MEI}),)),
        "no approval for exactly this",
    ),
    "expired": (lambda d, p: setattr(d, "now", NOW + LASTS + timedelta(seconds=1)), "older than 60 minutes"),
    "from the future": (
        lambda d, p: setattr(d, "now", NOW - timedelta(minutes=5)),
        "a clock of ours is wrong",
    ),
    "one of two is from the future": (
        lambda d, p: d.becomes(p, approvals=(later(p.approvals[0]), p.approvals[0])),
        "a clock of ours is wrong",
    ),
    "stopped": (
        lambda d, p: d.ledger.change_stops(lambda s: s.plus(STOP), "writes.stopped", "U0MEI", "x"),
        "wrong amounts",
    ),
    "not allowed": (lambda d, p: setattr(d, "allowed", declined), "a sales manager"),
    "too few": (
        lambda d, p: d.becomes(p, stake=LARGE.model_copy(update={"batch": 500})),
        "An approval is missing: a partner manager",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_without_a_live_approval_of_exactly_this_nothing_is_sent(desk: Desk, what: str) -> None:
    """Whatever is wrong at the moment of the write: the system sees no writing request, and the words say why."""
    one = desk.approved()
    spoil, said = WRONG[what]
    spoil(desk, one)
    with pytest.raises(Refused, match="Nothing was written") as refused:
        desk.write(one)
    assert said in str(refused.value)
    assert desk.written == 0


@pytest.mark.parametrize("what", WRONG)
def test_once_begun_it_ends_where_it_is_and_a_person_has_to_look(desk: Desk, what: str) -> None:
    """An earlier run may have written: then nobody says that nothing was."""
    one = desk.approved(claim=Claim(worker="w", at=NOW, attempt=1, versions={}, resumed=True))
    spoil, said = WRONG[what]
    spoil(desk, one)
    with pytest.raises(Unverified, match="had been begun") as unknown:
        desk.write(one)
    assert said in str(unknown.value)
    assert desk.written == 0


GONE: Mapping[str, Mapping[str, Any]] = {
    "another worker's": {"claim": OTHERS, "attempts": 2},
    "nobody's": {"claim": None},
    "open again": {"status": Status.OPEN},
    "approved, not claimed": {"status": Status.APPROVED, "claim": None},
    "ended": {"status": Status.FAILED},
}


@pytest.mark.parametrize("it_is", GONE)
def test_a_worker_whose_claim_it_is_no_longer_writes_nothing_and_ends_nothing(desk: Desk, it_is: str) -> None:
    """The proposal is another's, or nobody's: this worker goes away quietly."""
    one = desk.approved()
    desk.becomes(one, **GONE[it_is])
    with pytest.raises(Decided):
        desk.write(one)
    assert desk.written == 0


def test_what_is_not_on_the_record_is_not_written(desk: Desk, store: redis.Redis) -> None:
    """An approval that only the worker knows of is none."""
    one = desk.approved()
    store.flushall()
    with pytest.raises(Refused, match="no approval for exactly this"):
        desk.write(one)
    assert desk.written == 0


@pytest.mark.parametrize("minutes", [-1, 0, 59, 60])
def test_an_approval_holds_for_an_hour_and_for_clocks_a_minute_apart(desk: Desk, minutes: int) -> None:
    """From a minute before, by a clock that is behind, to the end of its time."""
    one = desk.approved()
    desk.now = NOW + timedelta(minutes=minutes)
    desk.write(one)
    assert desk.written == 1


def test_a_writer_that_is_kept_writes_nothing_once_its_approval_is_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To hold the client is not enough: it asks anew at each write."""
    kept: list[Clients] = []

    def keeping(self: object, clients: Clients, journal: Execution) -> Receipt:
        kept.append(clients)
        raise Refused("Only looking.")

    one = desk.approved()
    monkeypatch.setattr(one.action_type, "execute", keeping)
    with pytest.raises(Refused, match="Only looking"):
        desk.write(one)
    desk.becomes(one, approvals=())
    (clients,) = kept
    tries: list[Callable[[], object]] = [
        lambda: clients.crm.write(OPPORTUNITY, {"P2B_Score__c": 1}, "2027-01-04T10:00:00+00:00"),
        lambda: clients.partner.create({}, "token"),
        lambda: clients.calendar.insert(MEETING),
    ]
    for attempt in tries:
        with pytest.raises(Refused, match="no approval for exactly this"):
            attempt()
    assert desk.written == 0


def test_a_payload_that_is_not_the_approved_one_is_not_written_with_its_approval(desk: Desk) -> None:
    """The worker's copy differs from the record's: the digest is that of what is about to be sent."""
    one = desk.approved()
    values: Mapping[str, Json] = {**one.payload, "values": {"p2b_score": 99}}
    forged = one.model_copy(update={"payload": values})
    with pytest.raises(Refused, match="no approval for exactly this"):
        desk.gateway.execute(forged, desk.journal(one))
    assert desk.written == 0


def test_what_became_invalid_after_the_first_step_stops_the_second(desk: Desk) -> None:
    """A referral whose approval is gone once AWS has created it is neither attached to nor submitted."""
    one = desk.referral()
    aws = desk.world.partner_central
    aws.fault("CreateOpportunity", after_work=lambda: desk.becomes(one, approvals=()))
    with pytest.raises(Unverified, match=r"no approval for exactly this.*had been begun"):
        desk.write(one)
    assert [request.operation for request in aws.calls(WRITES["partner"])] == ["CreateOpportunity"]


def test_a_request_that_is_sent_again_is_asked_for_again(desk: Desk) -> None:
    """Salesforce had ended the session: the second sending of the same change has its own leave."""
    asked: list[int] = []
    one, desk.allowed = desk.approved(), lambda _: asked.append(desk.written)
    desk.world.salesforce.expire_sessions()
    desk.write(one)
    assert asked == [0, 1] and desk.written == 2


def test_a_stop_before_the_first_step_says_when_to_ask_again(desk: Desk) -> None:
    """Whoever approved is told who stopped it, why, and what to do."""
    one = desk.approved()
    desk.ledger.change_stops(lambda stops: stops.plus(STOP), "writes.stopped", "U0MEI", "x")
    with pytest.raises(Refused) as refused:
        desk.write(one)
    assert str(refused.value) == (
        "Nothing was written. All writes are stopped by <@U0MEI>. The reason given: wrong amounts. "
        "Ask again when writes go on."
    )


def test_a_write_let_through_within_the_same_step_is_not_forgotten(desk: Desk) -> None:
    """Salesforce broke off while saving, then the door closed: nobody says that nothing was written."""
    asked: list[str] = []

    def once(one: Proposal) -> None:
        asked.append(one.id)
        if len(asked) > 1:
            raise NotAllowed("Not any more.")

    one, desk.allowed = desk.approved(), once
    desk.world.salesforce.fault(r"Opportunity\.update", status=500)
    with pytest.raises(Unverified, match=r"Not any more\. It had been begun"):
        desk.write(one)
    assert desk.written == 1
