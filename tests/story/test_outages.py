"""Systems that are away for a while, and are left alone meanwhile; quotas that are used up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from bot import breakers
from bot.breakers import State, states
from bot.deal import System
from bot.errors import Unavailable
from bot.lifecycle.jobs import Job
from bot.pace import keys
from bot.proposal import Status
from sandbox.seed import CONFIG
from tests.story.conftest import NORTHWIND, Bot, referral


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are tenths here: what is shown is what happens, not how long it takes."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0.4)
    monkeypatch.setattr(breakers, "AGAIN", 0.1)


def referred(bot: Bot) -> list[str | None]:
    """What AWS says of our opportunities for this deal."""
    return [
        one["LifeCycle"]["ReviewStatus"]
        for one in bot.world.partner_central.opportunities()
        if one["PartnerOpportunityIdentifier"] == NORTHWIND
    ]


@pytest.mark.slow
def test_what_was_approved_while_aws_is_away_is_done_once_when_it_is_back(
    bot: Bot, store: redis.Redis
) -> None:
    """Away for less than the action's patience, AWS is left alone and then asked, and there is one referral."""
    card = referral(bot)
    aws = bot.world.partner_central
    down = aws.fault("", status=503, times=-1)
    bot.approve(card)
    bot.wait(lambda: states(store)[System.PARTNER_CENTRAL] is State.OPEN)
    assert bot.now(card).status in (Status.APPROVED, Status.EXECUTING)
    down.times = 0
    done = bot.ended(card, 40)
    assert done.status is Status.DONE
    assert referred(bot) == ["Submitted"]
    assert len(aws.calls("CreateOpportunity")) == 1
    assert states(store)[System.PARTNER_CENTRAL] is State.CLOSED
    assert len(bot.results(card)) == 1
    assert bot.ledger.verify().flaw is None


def test_a_lost_reply_that_opens_the_breaker_is_still_settled_by_reading(
    bot: Bot, store: redis.Redis
) -> None:
    """After that write nobody asks any more but the one who made it, who finds the values there and repeats nothing."""
    bot.say("P2B came back at 82")
    card = bot.shown("update_opportunity")
    salesforce = bot.world.salesforce

    def four_more() -> None:
        breaker = breakers.Breaker(store, System.SALESFORCE)
        for _ in range(breakers.MISSES - 1):
            breaker.missed(breaker.enter())

    salesforce.fault("PATCH", drop_reply=True, after_work=four_more)
    bot.approve(card)
    done = bot.ended(card)
    assert done.status is Status.DONE
    assert len(salesforce.calls("PATCH")) == 1
    assert salesforce.record(NORTHWIND)["P2B_Score__c"] == 82


def test_a_score_approved_while_salesforce_is_away_is_written_once(bot: Bot, store: redis.Redis) -> None:
    """The same, of a system that is asked before anything is begun."""
    bot.say("P2B came back at 82")
    card = bot.shown("update_opportunity")
    down = bot.world.salesforce.fault("/data/", refuse=True, times=-1)
    bot.approve(card)
    bot.wait(lambda: states(store)[System.SALESFORCE] is State.OPEN)
    down.times = 0
    assert bot.ended(card, 40).status is Status.DONE
    assert len(bot.world.salesforce.calls("PATCH")) == 1


@pytest.fixture
def spent(bot: Bot, store: redis.Redis) -> Iterator[None]:
    """AWS's writes of a day are used up, the first of them just now."""
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    pipe = store.pipeline()
    for one in range(10_000):
        pipe.lpush(keys("ace.writes")[1], now + one)
    pipe.execute()
    yield
    store.delete(keys("ace.writes")[1])


@pytest.mark.usefixtures("spent")
def test_without_a_write_left_an_approved_referral_waits_and_then_says_so(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent; after its patience it ends as failed, with how many there were and when there is room again."""
    card = referral(bot)
    bot.approve(card)
    bot.wait(lambda: "proposal.released" in bot.events(card))
    assert bot.now(card).status is Status.APPROVED
    monkeypatch.setattr(card.action_type, "patience", timedelta())
    bot.tick(later=timedelta(minutes=1))
    ended = bot.ended(card)
    assert ended.status is Status.FAILED
    assert "Nothing was written" in (ended.outcome or "")
    assert "no more writes than 10,000 within 24 hours" in (ended.outcome or "")
    assert "room again from" in (ended.outcome or "")
    assert not referred(bot)
    assert not bot.world.partner_central.calls("CreateOpportunity")


RULES = """
[[rules]]
name = "large deals"
when = "amount_reaches"
amount = 500000
[[rules]]
name = "weekly"
when = "sweep"
at = "0 8 * * mon"
amount = 100000
"""


def test_rules_stop_looking_at_the_reserve_and_people_go_on(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a fifth of the org's calls left, looks and sweeps wait; what a person says and approves is written."""
    file = tmp_path / "cosell.toml"
    file.write_text(f"{CONFIG.read_text()}\n{RULES}")
    monkeypatch.setenv("COSELL_CONFIG", str(file))
    org = bot.world.salesforce
    org.daily_calls, org.calls_left = 1_000, 150
    bot.say("P2B came back at 82")
    card = bot.shown("update_opportunity")
    before = org.calls_left
    with pytest.raises(Unavailable, match="kept for what people ask for and approve") as kept:
        bot.run(Job.WATCH_CRM)
    assert (kept.value.after or 0) > 60
    with pytest.raises(Unavailable, match="kept for what people ask for and approve"):
        bot.run(Job.SWEEP, rule="weekly", due=datetime.now(UTC).isoformat())
    assert before - org.calls_left <= 4  # what the fields are called, which people's cards need as well
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
