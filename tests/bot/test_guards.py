"""Every single request to an outside system goes one way: breaker, span, counts; over HTTP against the stand-ins."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from bot import breakers
from bot.breakers import MISSES, OPEN_FOR, State, states
from bot.clients import Meeting, Warrant
from bot.config import load
from bot.deal import Interval, System
from bot.errors import BotError, NotAllowed, Refused, Unavailable, Unverified
from bot.google_calendar import GoogleCalendar
from bot.partner_central import PartnerCentral
from bot.quotas import quotas
from bot.salesforce import Salesforce
from bot.tallies import Tallies
from sandbox.server import StandIn
from sandbox.world import World
from tests.bot.factory import freely

ANA = "ana.costa@brightlane.example"
NORTHWIND = "006000000000001AAA"
START = (datetime.now(UTC) + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)
SLOT = Interval(start=START, end=START + timedelta(minutes=30))
MEETING = Meeting(
    id="cosell0123",
    summary="Joint call",
    description="Northwind",
    when=SLOT,
    timezone="Europe/Lisbon",
    attendees=(ANA,),
    key="k1",
)


@dataclass(frozen=True)
class Vendor:
    """One system with an adapter of its own, as one process has it."""

    system: System
    stand_in: StandIn
    writing: str  # the call that writes, in the stand-in's log
    as_writer: Callable[[Warrant], Any]
    read: Callable[[Any], object]  # one request
    write: Callable[[Any], object]

    def reading(self) -> object:
        """One request that changes nothing."""
        return self.read(self.as_writer(freely))

    def fail(self, store: redis.Redis, times: int = MISSES) -> None:
        """So many single requests that get no answer, or as many as open the breaker."""
        fault = self.stand_in.fault(times=-1, status=503)
        before = len(self.stand_in.requests)
        while len(self.stand_in.requests) - before < times and states(store)[self.system] is State.CLOSED:
            with pytest.raises(Unavailable):
                self.reading()
        fault.times = 0


Make = Callable[[redis.Redis, Tallies | None], Vendor]


@pytest.fixture(scope="module")
def _world() -> Iterator[World]:
    with World(redis=False) as world:
        yield world


@pytest.fixture
def world(_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The stand-ins, with nothing wrong and nothing asked."""
    key = _world.salesforce.public_key_pem
    _world.salesforce.reset()
    _world.salesforce.public_key_pem = key
    for stand_in in _world.stand_ins:
        stand_in.faults.clear()
        stand_in.requests.clear()
    _world.partner_central.enforce_quota = False
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in _world.settings().items():
        monkeypatch.setenv(name, value)
    return _world


def crm(world: World, store: redis.Redis, tallies: Tallies | None) -> Vendor:
    """Salesforce, signed in."""
    given = world.settings()
    adapter = Salesforce(
        client_id=given["SALESFORCE_CLIENT_ID"],
        private_key=Path(given["SALESFORCE_PRIVATE_KEY_FILE"]).read_text(),
        username=given["SALESFORCE_USERNAME"],
        login_url=given["SALESFORCE_LOGIN_URL"],
        api_url=given["SALESFORCE_API_URL"],
        facts=load(None).facts,
        store=store,
        tallies=tallies,
    )
    version = adapter.as_user(ANA).opportunity(NORTHWIND).versions[f"Opportunity {NORTHWIND}"]
    return Vendor(
        System.SALESFORCE,
        world.salesforce,
        r"Opportunity\.update",
        lambda warrant: adapter.as_writer(ANA, warrant),
        lambda client: client.siblings("001000000000001AAA"),
        lambda client: client.write(NORTHWIND, {"NextStep": "Call"}, version),
    )


def partner(world: World, store: redis.Redis, tallies: Tallies | None) -> Vendor:
    """AWS."""
    adapter = PartnerCentral(
        catalog="Sandbox", role_arn=None, wait_for_turn=lambda: None, store=store, tallies=tallies
    )
    return Vendor(
        System.PARTNER_CENTRAL,
        world.partner_central,
        "StartEngagementFromOpportunityTask",
        lambda warrant: adapter.as_writer(ANA, warrant),
        lambda client: client.referred(),
        lambda client: client.submit("O0000001", "Co-Sell", "Full", "token"),
    )


def calendar(world: World, store: redis.Redis, tallies: Tallies | None) -> Vendor:
    """Google."""
    adapter = GoogleCalendar(
        key_file=world.folder / "google.json",
        url=f"{world.calendar.url}/calendar/v3/",
        store=store,
        tallies=tallies,
    )
    return Vendor(
        System.CALENDAR,
        world.calendar,
        r"events\.insert",
        lambda warrant: adapter.as_writer(ANA, warrant),
        lambda client: client.busy([ANA], SLOT),
        lambda client: client.insert(MEETING),
    )


@pytest.fixture(params=[crm, partner, calendar], ids=["salesforce", "aws", "google"])
def make(request: pytest.FixtureRequest, world: World) -> Make:
    """Makes a process's adapter of one of the three systems."""
    return lambda store, tallies: request.param(world, store, tallies)


@pytest.fixture
def vendor(make: Make, store: redis.Redis) -> Vendor:
    """One process's."""
    vendor = make(store, None)
    vendor.reading()
    vendor.stand_in.requests.clear()
    return vendor


def test_a_system_that_does_not_answer_is_left_alone_by_all(
    make: Make, vendor: Vendor, store: redis.Redis, redis_port: int
) -> None:
    """After five requests without an answer neither this process nor another sends anything, read or write."""
    client = redis.Redis(port=redis_port)
    other = make(client, None)
    other.reading()
    vendor.fail(store)
    assert states(store)[vendor.system] is State.OPEN
    vendor.stand_in.requests.clear()
    asked: list[str] = []
    for one in (vendor, other):
        with pytest.raises(Unavailable, match="has not been answering, so it is not asked before"):
            one.reading()
        with pytest.raises(Unavailable, match="has not been answering"):
            one.write(one.as_writer(lambda: asked.append("warrant")))
    assert not vendor.stand_in.requests
    assert not asked
    client.close()


def test_when_it_answers_again_everybody_asks(
    vendor: Vendor, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one request that finds out is a real one, whose caller has its answer."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0)
    vendor.fail(store)
    assert states(store)[vendor.system] is State.HALF_OPEN
    vendor.reading()
    assert states(store)[vendor.system] is State.CLOSED


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_a_refusal_is_an_answer(
    vendor: Vendor, store: redis.Redis, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: a system that says no, or not now, is there. It closes the breaker like any other."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0)
    vendor.fail(store)
    monkeypatch.setattr(breakers, "OPEN_FOR", OPEN_FOR)
    vendor.stand_in.requests.clear()
    vendor.stand_in.fault(times=-1, status=status)
    while len(vendor.stand_in.requests) <= MISSES:
        with pytest.raises(BotError, match=r"^(?!.*has not been answering)"):
            vendor.reading()
    assert states(store)[vendor.system] is State.CLOSED


@pytest.mark.parametrize("fault", [{"refuse": True}, {"status": 500}])
def test_a_write_of_unknown_outcome_stays_unknown(
    vendor: Vendor, store: redis.Redis, fault: dict[str, object]
) -> None:
    """Also when it is the request that opens the breaker; nothing turns it into "nothing was done"."""
    vendor.fail(store, MISSES - 1)
    while states(store)[vendor.system] is State.CLOSED:
        vendor.stand_in.fault(vendor.writing, times=3, **fault)  # httplib2 sends a lost one again by itself
        with pytest.raises(Unverified):
            vendor.write(vendor.as_writer(freely))
    assert states(store)[vendor.system] is State.OPEN


def test_who_lost_a_reply_finds_out_although_the_breaker_is_open(vendor: Vendor, store: redis.Redis) -> None:
    """Reading what became of a write is worth a request; one of anybody else is not sent. Its answer closes it."""
    writer = vendor.as_writer(freely)
    vendor.stand_in.fault(vendor.writing, times=1, status=500)
    with pytest.raises(Unverified):
        vendor.write(writer)
    vendor.fail(store)
    with pytest.raises(Unavailable, match="has not been answering"):
        vendor.reading()
    vendor.read(writer)
    assert states(store)[vendor.system] is State.CLOSED


def test_a_warrant_that_is_not_given_leaves_finding_out_to_the_next(
    vendor: Vendor, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The breaker lets one request through, the gateway stops it: nothing is sent, and the next one finds out."""

    def refuse() -> None:
        raise NotAllowed("The approval no longer stands.")

    monkeypatch.setattr(breakers, "OPEN_FOR", 0)
    vendor.fail(store)
    with pytest.raises(Refused, match="no longer stands"):
        vendor.write(vendor.as_writer(refuse))
    assert not vendor.stand_in.calls(vendor.writing)
    vendor.reading()
    assert states(store)[vendor.system] is State.CLOSED


class Counted(Tallies):
    """Keeps what was counted instead of adding to the store."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.observed: list[str] = []

    def count(self, name: str, labels: Mapping[str, str], by: float = 1) -> None:
        """Keep it."""
        assert name == "vendor_call"
        self.outcomes.append(f"{labels['system']}: {labels['outcome']}")

    def observe(self, name: str, labels: Mapping[str, str], seconds: float) -> None:
        """Keep it."""
        assert name == "vendor_call"
        assert seconds > 0
        self.observed.append(f"{labels['system']}: {labels['outcome']}")


def test_each_request_is_counted_by_what_became_of_it(make: Make, store: redis.Redis) -> None:
    """One for each that was sent, repeats and sign-ins among them; none for what the breaker held back."""
    counted = Counted()
    vendor = make(store, counted)
    vendor.reading()
    assert set(counted.outcomes) == {f"{vendor.system}: ok"}
    counted.outcomes.clear()
    vendor.stand_in.fault(times=1, status=404)
    with pytest.raises(Refused):
        vendor.reading()
    vendor.stand_in.fault(vendor.writing, times=1, status=500)
    with pytest.raises(Unverified):
        vendor.write(vendor.as_writer(freely))
    assert counted.outcomes == [f"{vendor.system}: refused", f"{vendor.system}: unverified"]
    vendor.fail(store)
    sent = len(counted.outcomes)
    with pytest.raises(Unavailable):
        vendor.reading()
    assert counted.outcomes[2:] == [f"{vendor.system}: unavailable"] * (sent - 2)
    assert len(counted.outcomes) == sent
    assert counted.observed[-sent:] == counted.outcomes


# -- the org's calls -----------------------------------------------------------------------------------------------
@pytest.fixture
def org_calls(world: World, store: redis.Redis) -> Salesforce:
    """Salesforce, of whose calls a fifth is kept for people."""
    given = world.settings()
    return Salesforce(
        client_id=given["SALESFORCE_CLIENT_ID"],
        private_key=Path(given["SALESFORCE_PRIVATE_KEY_FILE"]).read_text(),
        username=given["SALESFORCE_USERNAME"],
        login_url=given["SALESFORCE_LOGIN_URL"],
        api_url=given["SALESFORCE_API_URL"],
        facts=load(None).facts,
        store=store,
        reserve=0.2,
    )


def test_what_is_left_of_the_orgs_calls_is_known_from_any_answer(
    org_calls: Salesforce, world: World, store: redis.Redis
) -> None:
    """Every answer of Salesforce says it, and others' calls are in it."""
    world.salesforce.daily_calls, world.salesforce.calls_left = 5_000, 4_000
    org_calls.as_user().siblings("001000000000001AAA")
    known = quotas(store)[System.SALESFORCE]
    assert (known.limit, known.used) == (5_000, 1_001)


def test_the_background_stops_at_the_reserve_and_people_go_on_to_the_last_call(
    org_calls: Salesforce, world: World
) -> None:
    """A long list is left in the middle; what people ask for is read until Salesforce itself says no, and why."""
    org = world.salesforce
    org.daily_calls, org.calls_left = 100, 22
    background, people = org_calls.in_background(), org_calls.as_user()
    list(background.open_deals())
    while org.calls_left >= 20:
        people.siblings("001000000000001AAA")
    before = org.calls_left
    for ask in (background.open_deals, background.accounts):
        with pytest.raises(Unavailable, match="kept for what people ask for and approve") as kept:
            list(ask())
        assert (kept.value.after or 0) > 60
    assert org.calls_left == before
    while org.calls_left:
        people.siblings("001000000000001AAA")
    with pytest.raises(Unavailable, match="request limit is reached") as spent:
        people.siblings("001000000000001AAA")
    assert spent.value.after == 300
    with pytest.raises(Unavailable, match="nothing was written") as unwritten:
        org_calls.as_writer(ANA, freely).write(NORTHWIND, {"NextStep": "Call"}, "2026-01-01T00:00:00+00:00")
    assert unwritten.value.after == 300


def test_a_header_that_is_not_salesforces_is_passed_over(
    org_calls: Salesforce,
) -> None:
    """A count that makes no sense never costs an answer."""
    org_calls.as_user().siblings("001000000000001AAA")
    for header in (
        "",
        "per-app-api-usage=17/250",
        "api-usage=/",
        "api-usage=" + "9" * 5_000 + "/1",
        "api-usage=1/2x",
    ):
        org_calls._seen({"Sforce-Limit-Info": header})
    org_calls._seen({"Sforce-Limit-Info": "per-app-api-usage=17/250(appName=x), api-usage=18/5000"})
    last = org_calls._org_calls._last
    assert last is not None
    assert (last.used, last.limit) == (18, 5_000)
