"""The kill switch: stopped by whoever sees it, at once, for every worker; resumed by somebody who answers for it."""

from datetime import UTC, datetime

import pytest

from bot.proposal import Proposal, Status
from bot.stops import Stop
from tests.story.conftest import CHANNEL, NORTHWIND, Bot, referral

SCORE = "P2B came back at 82"


def stop(bot: Bot, words: str = "all wrong amounts", user: str = "U0MEI") -> None:
    """Somebody stops writes, and the channel is told."""
    bot.command(f"stop {words}".strip(), user=user)
    bot.wait(lambda: bot.ledger.stops().standing)
    bot.slack.wait_for(lambda s: any(" stopped by " in m["text"] for m in s.messages(CHANNEL)))


def stops_itself(bot: Bot, scope: str = "all") -> None:
    """A stop that is recorded while something is on its way."""
    now = datetime.now(UTC)
    one = Stop(scope=scope, by="U0DANA", at=now, reason="stop it", cause="test")
    bot.ledger.change_stops(lambda stops: stops.plus(one), "writes.stopped", "U0DANA", "stop it")


def scored(bot: Bot) -> Proposal:
    """The card that a score causes."""
    bot.say(SCORE)
    return bot.shown("update_opportunity")


def test_while_writes_are_stopped_nothing_is_approved_and_the_card_stays(bot: Bot) -> None:
    """Whoever presses is told who stopped it and why; once resumed, the same card can be approved."""
    card = scored(bot)
    stop(bot)
    bot.approve(card)
    told = bot.whispered("U0ANA", "Nothing was approved")
    assert "<@U0MEI>" in told["text"] and "wrong amounts" in told["text"]
    assert bot.now(card).status is Status.OPEN
    bot.command("resume", user="U0MEI")
    bot.wait(lambda: not bot.ledger.stops().standing)
    bot.wait(lambda: bot.approve(card) and bot.now(card).status is not Status.OPEN)
    assert bot.ended(card).status is Status.DONE


def test_what_was_approved_before_the_stop_is_not_written_after_it(bot: Bot) -> None:
    """A stop that comes while the deal is read again keeps the approved write from being made, and says so."""
    card = scored(bot)
    bot.world.salesforce.fault("GET", after_work=lambda: stops_itself(bot))
    bot.approve(card)
    ended = bot.ended(card)
    assert ended.status is Status.FAILED
    assert "Nothing was written" in (ended.outcome or "") and "stop it" in (ended.outcome or "")
    assert not bot.world.salesforce.calls("PATCH")


def test_a_stop_between_two_steps_ends_it_there_and_a_person_is_asked_to_look(bot: Bot) -> None:
    """A referral that AWS has created already goes no further; the ending says that something was written."""
    card = referral(bot)
    bot.world.partner_central.fault("CreateOpportunity", after_work=lambda: stops_itself(bot, "aws"))
    bot.approve(card)
    ended = bot.ended(card)
    assert ended.status is Status.UNVERIFIED
    assert "had been begun" in (ended.outcome or "")
    assert not bot.world.partner_central.calls("AssociateOpportunity|StartEngagement")


def test_one_kind_is_stopped_and_the_others_go_on(bot: Bot) -> None:
    """A stop of referrals leaves the score to be written."""
    stop(bot, "refer wrong region")
    card = scored(bot)
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    (standing,) = bot.ledger.stops().standing
    assert (standing.scope, standing.reason) == ("submit_referral", "wrong region")


def test_what_the_words_leave_open_stops_everything(bot: Bot) -> None:
    """In a hurry nobody looks up names: a reason alone, or nothing, stops all writes."""
    stop(bot, "something is very wrong", user="U0ANA")
    (standing,) = bot.ledger.stops().standing
    assert (standing.scope, standing.reason) == ("all", "something is very wrong")


@pytest.mark.parametrize(
    ("user", "words", "told"),
    [
        ("U0GUS", "stop", "Only people of the company"),
        ("U0ANA", "resume", "Writes are resumed by Mei Tanaka"),
        ("U0MEI", "resume nonsense", "takes one of"),
        ("U0MEI", "resume meet", "Nothing like that is stopped"),
    ],
)
def test_who_may_not_is_told_and_nothing_changes(bot: Bot, user: str, words: str, told: str) -> None:
    """A guest stops nothing, a seller resumes nothing, and what is not stopped cannot be resumed."""
    stop(bot, "all", user="U0DANA") if user == "U0ANA" else None
    before = bot.ledger.stops()
    bot.command(words, user=user)
    bot.whispered(user, told)
    assert bot.ledger.stops() == before


def test_both_are_in_the_ledger_and_in_the_status(bot: Bot) -> None:
    """Who stopped what, why and when, and who resumed it; meanwhile `/cosell status` says so."""
    stop(bot)
    bot.command("status")
    bot.whispered("U0ANA", "All writes are stopped")
    bot.command("resume all", user="U0MEI")
    bot.wait(lambda: not bot.ledger.stops().standing)
    bot.slack.wait_for(lambda s: any("Writes go on" in m["text"] for m in s.messages(CHANNEL)))
    entries = [entry for entry in bot.ledger.entries() if str(entry["event"]).startswith("writes.")]
    assert [(e["event"], e["by"], e["scopes"]) for e in entries] == [
        ("writes.stopped", "U0MEI", ["all"]),
        ("writes.resumed", "U0MEI", []),
    ]
    assert entries[0]["reason"] == "wrong amounts"
    assert bot.ledger.verify().flaw is None
    assert bot.world.salesforce.record(NORTHWIND)["P2B_Score__c"] is None
