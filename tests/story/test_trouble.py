"""What goes wrong on the way: lost replies, writes that do not stick, crashes, systems that are away."""

import itertools
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis

from bot import threads
from bot.proposal import Proposal, Status
from sandbox.world import World
from tests.story.conftest import CHANNEL, NORTHWIND, Bot, referral

SCORE = "P2B came back at 82"
MEETING = "Let's set up a joint call with Pat next week, 45 minutes."


def score(bot: Bot) -> Proposal:
    """A score, ready to be approved."""
    bot.say(SCORE)
    return bot.shown("update_opportunity")


def meeting(bot: Bot) -> Proposal:
    """A meeting, ready to be approved."""
    bot.say(MEETING)
    return bot.shown("schedule_meeting")


# -- replies lost after the work was done --------------------------------------------------------------------------


def test_salesforces_lost_reply_is_settled_by_reading(bot: Bot) -> None:
    """The field was written and the answer lost: found there, not written again, done."""
    card = score(bot)
    bot.world.salesforce.fault("PATCH", drop_reply=True)
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    assert len(bot.world.salesforce.calls("PATCH")) == 1
    assert bot.world.salesforce.record(NORTHWIND)["P2B_Score__c"] == 82


def test_googles_lost_reply_leaves_one_invitation(bot: Bot) -> None:
    """The event was made and the answer lost, twice by the client's own repetition: one event, one mail each."""
    card = meeting(bot)
    bot.world.calendar.fault("events.insert", drop_reply=True, times=2)
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    mine = [e for e in bot.world.calendar.events("ana.costa@brightlane.example") if "extendedProperties" in e]
    assert len(mine) == 1
    assert len([i for i in bot.world.calendar.invitations if i.to == "pat.lindqvist@aws.example"]) == 1


@pytest.mark.parametrize(
    "call", ["CreateOpportunity", "AssociateOpportunity", "StartEngagementFromOpportunityTask"]
)
def test_awss_lost_reply_makes_no_second_referral(bot: Bot, call: str) -> None:
    """Whichever answer is lost, there is one opportunity, submitted once."""
    card = referral(bot)
    bot.world.partner_central.fault(call, drop_reply=True)
    bot.approve(card)
    assert bot.ended(card, 40).status is Status.DONE
    (mine,) = [
        o for o in bot.world.partner_central.opportunities() if o["PartnerOpportunityIdentifier"] == NORTHWIND
    ]
    assert mine["LifeCycle"]["ReviewStatus"] == "Submitted"


def test_slacks_lost_reply_posts_nothing_twice(bot: Bot) -> None:
    """The card and the result were posted and the answers lost: each is there once."""
    bot.slack.fault("chat.postMessage", drop_reply=True)
    card = score(bot)
    bot.slack.fault("chat.postMessage", drop_reply=True)
    bot.approve(card)
    bot.ended(card)
    assert len(bot.results(card)) == 1
    keys = [m["metadata"]["event_payload"]["key"] for m in bot.slack.messages(CHANNEL) if m.get("metadata")]
    assert len(keys) == len(set(keys))


def test_slack_says_it_failed_although_it_posted(bot: Bot) -> None:
    """Slack's fatal_error may have posted: the thread is read before anything is repeated."""
    card = score(bot)
    bot.slack.fault("chat.postMessage", code="fatal_error")
    bot.approve(card)
    bot.ended(card)
    assert len(bot.results(card)) == 1


# -- writes that do not stick --------------------------------------------------------------------------------------


def test_a_field_that_does_not_stick_is_never_called_done(bot: Bot) -> None:
    """Salesforce says yes and keeps the old value: a person must look, and is told what is there."""
    bot.world.salesforce.ignore_writes.add("P2B_Score__c")
    card = score(bot)
    bot.approve(card)
    ended = bot.ended(card)
    assert ended.status is Status.UNVERIFIED
    assert "P2B Score" in (ended.outcome or "")
    assert "P2B Score" in bot.results(card)[0]["text"]


def test_an_invitation_that_does_not_stick_is_never_called_done(bot: Bot) -> None:
    """Google says yes and has no event."""
    bot.world.calendar.ignore_inserts = True
    card = meeting(bot)
    bot.approve(card)
    assert bot.ended(card).status is Status.UNVERIFIED


def test_a_submission_that_does_not_stick_is_never_called_done(bot: Bot) -> None:
    """AWS's task says COMPLETE and the opportunity stays a draft."""
    bot.world.partner_central.ignore_submits = True
    card = referral(bot)
    bot.approve(card)
    assert bot.ended(card, 40).status is Status.UNVERIFIED


def test_a_task_that_fails_is_a_failure_with_its_reason(bot: Bot) -> None:
    """AWS answers 200 with FAILED: not done, the reason and the draft that stays are told, and no follow-up comes."""
    card = referral(bot)
    aws = bot.world.partner_central

    def somebody_clears_the_activities() -> None:
        (draft,) = [
            r for r in aws.records.values() if r.body.get("PartnerOpportunityIdentifier") == NORTHWIND
        ]
        del draft.body["Project"]["SalesActivities"]

    aws.fault("AssociateOpportunity", after_work=somebody_clears_the_activities)
    bot.approve(card)
    ended = bot.ended(card, 40)
    assert ended.status is Status.FAILED
    assert "salesActivities is required" in (ended.outcome or "")
    assert "stays in AWS Partner Central" in (ended.outcome or "")
    assert not bot.proposals("update_opportunity")


# -- systems that are away -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"status": 503}, {"refuse": True}])
def test_a_system_that_is_away_is_tried_again(bot: Bot, fault: dict[str, object]) -> None:
    """Salesforce does not answer for a while after the click: nothing is lost, and it is written once."""
    card = score(bot)
    bot.world.salesforce.fault("query", times=6, **fault)
    bot.approve(card)
    assert bot.ended(card, 30).status is Status.DONE
    assert len(bot.world.salesforce.calls("PATCH")) == 1


def test_an_expired_session_is_renewed_and_keeps_its_condition(bot: Bot) -> None:
    """The login ends just before the write: the repeated write still carries the version it depends on."""
    card = score(bot)
    bot.world.salesforce.fault("PATCH", status=401)
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    first, second = bot.world.salesforce.calls("PATCH")
    assert first.headers["if-unmodified-since"] == second.headers["if-unmodified-since"]


def test_slack_being_down_delays_the_news_and_loses_none(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write is done while Slack is down; when it is back the thread is told, once."""
    monkeypatch.setattr(threads, "SETTLE", 1.0)
    card = score(bot)
    bot.stop()
    bot.serve()
    bot.work()
    down = bot.slack.fault("chat.(postMessage|update)", status=503, times=-1)
    bot.approve(card)
    bot.wait(lambda: bot.now(card).status is Status.DONE)
    bot.wait(lambda: len(bot.slack.calls("chat.postMessage")) > 2)
    assert not bot.results(card)
    down.times = 0
    bot.ended(card, 60)
    assert len(bot.results(card)) == 1


# -- crashes -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["score", "meeting", "referral"])
def test_a_worker_killed_between_the_write_and_its_record(bot: Bot, kind: str) -> None:
    """The process dies when the system has written and nothing is recorded: another finishes, with no second write."""
    make, stand_in, call = {
        "score": (score, bot.world.salesforce, "PATCH"),
        "meeting": (meeting, bot.world.calendar, "events.insert"),
        "referral": (referral, bot.world.partner_central, "CreateOpportunity"),
    }[kind]
    card = make(bot)
    bot.stop()
    bot.serve()
    bot.world.start("worker")
    bot.world.wait_ready()
    killed = threading.Event()

    def kill() -> None:
        bot.world.kill("worker")
        killed.set()

    stand_in.fault(call, after_work=kill, drop_reply=True)
    bot.approve(card)
    assert killed.wait(20)
    assert bot.now(card).status is Status.EXECUTING
    claim = bot.now(card).claim
    assert claim is not None
    bot.store.delete(f"cosell:worker:{claim.worker}")  # its last heartbeat runs out
    bot.work()
    bot.tick(later=timedelta(minutes=1))
    assert bot.ended(card, 40).status is Status.DONE
    assert bot.events(card).count("proposal.claimed") == 2
    assert bot.ledger.verify().flaw is None
    if kind == "score":
        assert len(bot.world.salesforce.calls("PATCH")) == 1
    if kind == "meeting":
        events = bot.world.calendar.events("pat.lindqvist@aws.example")
        assert len([e for e in events if e.get("summary", "").startswith("Northwind")]) == 1
    if kind == "referral":
        mine = [
            o
            for o in bot.world.partner_central.opportunities()
            if o["PartnerOpportunityIdentifier"] == NORTHWIND
        ]
        assert len(mine) == 1


@pytest.mark.slow
def test_a_worker_that_was_taken_for_dead_changes_nothing_more(bot: Bot) -> None:
    """A worker that hangs while another takes over cannot record, and its write is found, not repeated."""
    card = score(bot)
    resume = threading.Event()
    bot.world.salesforce.fault("PATCH", after_work=lambda: resume.wait(20) and None)
    bot.approve(card)
    bot.wait(lambda: bot.now(card).status is Status.EXECUTING and bot.world.salesforce.calls("PATCH"))
    claim = bot.now(card).claim
    assert claim is not None
    bot.store.delete(f"cosell:worker:{claim.worker}")
    bot.work()

    def taken_over() -> bool:
        minutes = next(later)  # the job may also come to the one that is at it, which leaves it
        bot.tick(later=timedelta(minutes=minutes))
        bot.wait(lambda: not bot.store.llen("cosell:jobs:cosell"))
        return bot.now(card).attempts == 2

    later = itertools.count(1)
    bot.wait(taken_over)
    done = bot.ended(card, 20)
    resume.set()
    assert done.status is Status.DONE
    assert done.claim is not None
    assert done.claim.attempt == 2
    assert len(bot.world.salesforce.calls("PATCH")) == 1
    assert bot.events(card).count("proposal.ended") == 1


# -- redis ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    """A bot whose store can be stopped."""
    with World() as world:
        for name, value in world.settings().items():
            monkeypatch.setenv(name, value)
        bot = Bot(world, redis.Redis(port=world.redis_port))
        bot.serve()
        bot.work()
        bot.link()
        yield bot
        bot.stop()


@pytest.mark.slow
def test_redis_gone_and_back(own: Bot) -> None:
    """Nothing is acknowledged that was not recorded, the person is told, and nothing is lost when it returns."""
    card = score(own)
    own.world.stop_redis()
    answer = own.press_as_shown(card, "approve")
    assert answer.status == 503
    own.whispered("U0ANA", "try again")
    said = own.slack.command("U0ANA", CHANNEL, "/cosell", "status")
    assert said.status == 200
    own.slack.retry_scale = 0.02
    own.say("set next step to 'Send the order form'")
    own.wait(lambda: any(d.response.status == 503 for d in own.slack.deliveries))
    own.world.start_redis()
    assert own.now(card).status is Status.OPEN
    assert own.press_as_shown(card, "approve").status == 200
    assert own.ended(card, 30).status is Status.DONE
    own.wait(lambda: any("next_step" in p.payload["values"] for p in own.proposals("update_opportunity")), 30)
    assert own.ledger.verify().flaw is None
