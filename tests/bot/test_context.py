"""The live facts of a deal, through the real adapters, from every system at once."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import redis

from bot import app
from bot.action import Needs
from bot.config import load as load_config
from bot.context import Context
from bot.deal import Interval
from bot.errors import Refused, Unavailable
from bot.settings import load
from sandbox.server import Request
from sandbox.world import World

NORTHWIND, AURORA = "006000000000001AAA", "006000000000006AAA"
ANA, PAT, RAJ = "ana.costa@brightlane.example", "pat.lindqvist@aws.example", "raj.menon@aws.example"
NOW = datetime.now(UTC)
WINDOW = Interval(start=NOW, end=NOW + timedelta(days=14))
CALENDARS = Needs(calendars=(ANA, PAT, RAJ), window=WINDOW)
QUERY = r"\bquery$"


@pytest.fixture(scope="module")
def _world(redis_port: int) -> Iterator[World]:
    with World(redis=False) as world:
        world.redis_port = redis_port
        yield world


@pytest.fixture
def world(_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The stand-ins as they start, and an environment that points at them."""
    key = _world.salesforce.public_key_pem
    _world.salesforce.reset()
    _world.salesforce.public_key_pem = key
    _world.calendar.undelegated.clear()
    for stand_in in _world.stand_ins:
        stand_in.faults.clear()
        stand_in.requests.clear()
    for name in [n for n in os.environ if n.startswith(("AWS_", "SLACK_", "SALESFORCE_", "ACE_"))]:
        monkeypatch.delenv(name)
    for name, value in _world.settings().items():
        monkeypatch.setenv(name, value)
    return _world


@pytest.fixture
def context(world: World, store: redis.Redis) -> Iterator[Context]:
    """What reads deals, with adapters that have asked nobody yet."""
    settings = load()
    with ThreadPoolExecutor(16) as pool:
        yield app.reach(settings, load_config(settings.cosell_config), pool, store).context


def subjects(requests: list[Request]) -> set[str]:
    """The people whom tokens were asked for."""
    assertions = [parse_qs(request.body.decode())["assertion"][0] for request in requests]
    return {jwt.decode(one, options={"verify_signature": False})["sub"] for one in assertions}


def together(parties: int) -> tuple[threading.Barrier, Callable[[], None]]:
    """A barrier, and a call for a fault that holds an answer until as many questions have been asked."""
    barrier = threading.Barrier(parties)

    def hold() -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(5)

    return barrier, hold


def test_what_does_not_depend_on_the_crm_is_read_beside_it(world: World, context: Context) -> None:
    """No system gets its turn only after another has answered: each answers only once all were asked."""
    context.read(NORTHWIND, CALENDARS, email=ANA)  # who we are is known from now on
    barrier, hold = together(4)
    world.salesforce.fault(QUERY, after_work=hold)
    world.calendar.fault("freebusy", after_work=hold)
    for call in ("ListSolutions", "ListOpportunities"):
        world.partner_central.fault(call, after_work=hold)
    needs = CALENDARS.model_copy(update={"solutions": True, "company": "Northwind Freight"})
    deal = context.read(NORTHWIND, needs, email=ANA)
    assert not barrier.broken
    assert (len(deal.solutions), deal.referral) == (2, None)
    assert deal.availability is not None


def test_what_the_crm_record_names_is_read_side_by_side(world: World, context: Context) -> None:
    """The referral it names and its owner's view of the calendars wait for the record, not for each other."""
    context.read(AURORA, CALENDARS)
    barrier, hold = together(2)
    world.partner_central.fault("GetOpportunity", after_work=hold)
    world.calendar.fault("freebusy", after_work=hold)
    context.read(AURORA, CALENDARS.model_copy(update={"referral": True}))
    assert not barrier.broken


def test_one_read_is_one_query(world: World, context: Context) -> None:
    """Once the fields are known, Salesforce is asked a single thing for each read."""
    context.read(NORTHWIND, Needs())
    world.salesforce.requests.clear()
    for _ in range(3):
        context.read(NORTHWIND, Needs())
    assert [request.operation for request in world.salesforce.requests] == ["query"] * 3


def test_only_what_is_needed_is_asked_for(world: World, context: Context) -> None:
    """Without needs neither AWS nor Google hears of the deal."""
    context.read(AURORA, Needs())
    assert not world.partner_central.requests
    assert not world.calendar.requests


def test_nothing_is_taken_from_an_earlier_read(world: World, context: Context) -> None:
    """What changed in Salesforce since is there, with its new version."""
    before = context.read(NORTHWIND, Needs())
    world.salesforce.change(NORTHWIND, NextStep="Call the CFO")
    after = context.read(NORTHWIND, Needs())
    assert after.value("next_step") == "Call the CFO"
    assert after.versions != before.versions
    assert after.as_of > before.as_of


# -- the referral --------------------------------------------------------------------------------------------------


def test_the_referral_that_salesforce_names_is_read(context: Context) -> None:
    """As AWS shows it, and its version is among those that an approval rests on."""
    deal = context.read(AURORA, Needs(referral=True))
    assert deal.referral is not None
    assert (deal.referral.id, deal.referral.review_status) == ("O7000001", "Approved")
    assert deal.versions["AWS opportunity O7000001"] == deal.referral.version


def test_a_referral_that_salesforce_does_not_know_of_is_found_by_the_company(
    world: World, context: Context
) -> None:
    """Somebody made it in AWS's console and did not put its id into Salesforce."""
    world.salesforce.change(AURORA, ACE_Opportunity_Id__c=None)
    deal = context.read(AURORA, Needs(referral=True, company="Aurora Health"))
    assert deal.referral is not None
    assert deal.referral.id == "O7000001"


def test_without_a_name_or_a_company_there_is_no_referral(world: World, context: Context) -> None:
    """AWS is not even asked."""
    assert context.read(NORTHWIND, Needs(referral=True)).referral is None
    assert not world.partner_central.requests


# -- calendars -----------------------------------------------------------------------------------------------------


def test_a_calendar_that_is_not_shared_stays_unknown(context: Context) -> None:
    """Not to know somebody's day is never to find it free."""
    found = context.read(NORTHWIND, CALENDARS, email=ANA).availability
    assert found is not None
    assert found.busy.keys() == {ANA, PAT}
    assert found.unknown.keys() == {RAJ}
    assert found.unknown[RAJ]


def test_without_a_person_calendars_are_read_as_the_owner(world: World, context: Context) -> None:
    """In whose name the card is drawn."""
    context.read(NORTHWIND, CALENDARS)
    assert subjects(world.calendar.calls("token")) == {ANA}


def test_whoever_reads_is_read_too(context: Context) -> None:
    """A meeting goes into their own calendar, so their time counts although nobody named them."""
    found = context.read(
        NORTHWIND, CALENDARS.model_copy(update={"calendars": (PAT,)}), email=ANA
    ).availability
    assert found is not None
    assert found.read_as == ANA
    assert found.busy.keys() == {ANA, PAT}


def test_an_owner_whose_view_is_not_ours_to_take_is_named(world: World, context: Context) -> None:
    """When Google does not let the bot look as the owner, that is told, and no calendar is taken for free."""
    world.calendar.undelegated.add(ANA)
    with pytest.raises(Refused, match=ANA):
        context.read(NORTHWIND, CALENDARS)


# -- as whom -------------------------------------------------------------------------------------------------------


def test_a_deal_is_read_as_the_person_who_approves(world: World, context: Context) -> None:
    """Their own permissions apply in Salesforce, and theirs is the view of the calendars."""
    context.read(NORTHWIND, CALENDARS, "mei.tanaka@brightlane.example", "mei.tanaka@brightlane.example")
    for stand_in in (world.salesforce, world.calendar):
        assert subjects(stand_in.calls("token")) == {"mei.tanaka@brightlane.example"}


def test_without_a_person_the_bot_reads_as_itself(world: World, context: Context) -> None:
    """With its own Salesforce user."""
    context.read(NORTHWIND, Needs())
    assert subjects(world.salesforce.calls("token")) == {"cosell.bot@brightlane.example"}


# -- what goes wrong -----------------------------------------------------------------------------------------------


def test_an_opportunity_that_is_not_there_is_refused(context: Context) -> None:
    """In words that name it."""
    with pytest.raises(Refused, match="00600000000000zAAA"):
        context.read("00600000000000zAAA", Needs(solutions=True))


@pytest.mark.parametrize(
    ("system", "call", "fault"),
    [
        ("salesforce", QUERY, {"status": 503}),
        ("partner_central", "GetOpportunity", {"status": 503}),
        ("calendar", "freebusy", {"status": 503}),
    ],
)
def test_a_system_that_is_away_makes_the_deal_unavailable(
    world: World, context: Context, system: str, call: str, fault: dict[str, Any]
) -> None:
    """No deal is drawn from the half that answered: the whole read is tried again later."""
    getattr(world, system).fault(call, times=-1, **fault)
    with pytest.raises(Unavailable):
        context.read(AURORA, CALENDARS.model_copy(update={"referral": True}))


def test_what_policies_ask_of_a_referral_is_read_with_it(world: World, context: Context) -> None:
    """Whether anything was ever referred to AWS, asked only where a referral is at stake."""
    assert context.read(NORTHWIND, Needs()).referred is None
    assert context.read(NORTHWIND, Needs(solutions=True), email=ANA).referred is True
    assert world.partner_central.calls("ListOpportunities")


def test_the_accounts_other_open_deals_are_read_as_the_bot(world: World, context: Context) -> None:
    """With what tells one from another; closed ones are nobody's mistake any more."""
    found = {one.name: one for one in context.siblings(context.read(NORTHWIND, Needs()))}
    other = found["Northwind - fleet telemetry lake (phase 2)"]
    assert other.amount is not None and other.url.endswith("/view") and other.id in other.url
    world.salesforce.change(other.id, user="ben.okafor@brightlane.example", StageName="Closed Lost")
    assert other.name not in {one.name for one in context.siblings(context.read(NORTHWIND, Needs()))}
