"""The edges of the path: what happens between two steps, to people who may not, and to cards that are gone."""

import threading
from datetime import timedelta
from functools import partial

import pytest

from bot.ledger import Ledger
from bot.proposal import Proposal, Status
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

SCORE = "P2B came back at 82"


def score(bot: Bot) -> Proposal:
    """A score, ready to be approved."""
    bot.say(SCORE)
    return bot.shown("update_opportunity")


def test_a_write_that_cannot_be_read_back_is_never_called_undone(bot: Bot) -> None:
    """Written, and then Salesforce refuses to show it: a person must look; it is not said that nothing was written."""
    card = score(bot)
    salesforce = bot.world.salesforce
    salesforce.fault(
        "PATCH",
        after_work=lambda: (
            salesforce.fault("query", status=403, code="API_DISABLED_FOR_ORG", times=3) and None
        ),
    )
    bot.approve(card)
    ended = bot.ended(card)
    assert ended.status is Status.UNVERIFIED
    assert "Nothing was written" not in bot.results(card)[0]["text"]


def test_after_a_wait_the_approver_is_looked_up_again(bot: Bot) -> None:
    """The record was locked, nothing was sent; meanwhile the approver left: the write does not happen."""
    card = score(bot)
    bot.world.salesforce.lock(NORTHWIND)
    bot.approve(card)
    bot.wait(lambda: "proposal.released" in bot.events(card))
    bot.slack.users["U0ANA"]["deleted"] = True
    bot.world.salesforce.unlock(NORTHWIND)
    ended = bot.ended(card, 30)
    assert ended.status is Status.FAILED
    assert bot.world.salesforce.record(NORTHWIND)["P2B_Score__c"] is None


def test_after_a_wait_the_deal_is_read_again(bot: Bot) -> None:
    """Somebody changed the field while the record was locked: the card asks again."""
    card = score(bot)
    bot.world.salesforce.lock(NORTHWIND)
    bot.approve(card)
    bot.wait(lambda: "proposal.released" in bot.events(card))
    bot.world.salesforce.change(NORTHWIND, user="ben.okafor@brightlane.example", P2B_Score__c=40)
    bot.world.salesforce.unlock(NORTHWIND)
    back = bot.wait(lambda: now if (now := bot.now(card)).moved else None, 30)
    assert back.preview.changes[0].before == "40"


def test_a_card_that_was_deleted_stops_nothing(bot: Bot) -> None:
    """The write is done and the thread is told, although the card can no longer be redrawn."""
    card = score(bot)
    bot.slack.fault("chat.update", status=200, code="message_not_found", times=-1)
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    assert len(bot.results(card)) == 1


def test_a_redraw_that_was_lost_is_made_up_for(bot: Bot) -> None:
    """After an edit the card must show the new version, or nobody could approve it."""
    card = score(bot)
    bot.stop()
    bot.serve()
    bot.press(card, "edit")
    (view,) = bot.slack.open_views("U0ANA")
    bot.slack.submit("U0ANA", view["id"], {"p2b_score": "83"})
    bot.store.delete("cosell:jobs:cosell", "cosell:jobs:cosell.msgs")
    bot.work()
    bot.tick(later=timedelta(minutes=1))
    bot.wait(lambda: "83" in str(bot.slack.message(CHANNEL, card.card_ts or "")["blocks"]))


def test_the_clock_gets_to_everybody(bot: Bot) -> None:
    """What cannot be helped now does not keep the clock from what can."""
    card = score(bot)
    bot.stop()
    bot.serve()
    bot.approve(card)
    bot.store.delete("cosell:jobs:cosell", "cosell:jobs:cosell.msgs")
    bot.store.hset("cosell:proposal:prp_unreadable", "state", "{}")
    bot.store.zadd("cosell:due", {"prp_unreadable": 1, **{f"prp_gone{n:03d}": 2 for n in range(120)}})
    bot.tick(later=timedelta(minutes=1))
    bot.tick(later=timedelta(minutes=1))
    bot.work()
    assert bot.ended(card).status is Status.DONE


@pytest.mark.parametrize("words", ["link 006000000000002AAA", "set amount 1", "status"])
def test_a_guest_gets_nothing_out_of_a_command(bot: Bot, words: str) -> None:
    """No link, no card with values of the CRM, no list: words that say who can."""
    bot.command(words, user="U0GUS")
    bot.whispered("U0GUS", "company that runs this bot")
    link = bot.ledger.linked(CHANNEL)
    assert link is not None
    assert link.opportunity == NORTHWIND
    assert not bot.proposals()


def test_a_guests_words_make_no_card(bot: Bot) -> None:
    """A guest in the channel is not heard."""
    bot.say(SCORE, user="U0GUS")
    bot.say("<@U0COSELL> " + SCORE, user="U0GUS")
    bot.whispered("U0GUS", "company that runs this bot")
    assert not bot.proposals()


def test_a_declined_action_can_be_asked_for_again_on_the_same_message(bot: Bot) -> None:
    """The shortcut on the same words makes a card of its own."""
    card = score(bot)
    bot.press(card, "decline")
    (view,) = bot.slack.open_views("U0ANA")
    bot.slack.submit("U0ANA", view["id"], {"reason": "later"})
    bot.ended(card)
    bot.slack.shortcut("U0MEI", CHANNEL, card.origin.ts or "", "cosell.propose")
    again = bot.wait(lambda: next((p for p in bot.proposals() if p.id != card.id and p.card_ts), None))
    assert again.origin.by == "U0MEI"
    assert "U0ANA" in again.preview.changes[0].source


def test_a_busy_approver_who_would_organise_asks_again(bot: Bot) -> None:
    """The manager who approves is not invited, but it is her calendar: her time has to be free too."""
    bot.say("Let's set up a joint call with Pat next week, 45 minutes.")
    card = bot.shown("schedule_meeting")
    start = card.action.model_dump()["start"]
    bot.world.calendar.book("mei.tanaka@brightlane.example", start, start + timedelta(minutes=30), "Dentist")
    bot.approve(card, "U0MEI")
    back = bot.wait(lambda: now if (now := bot.now(card)).moved else None)
    assert back.status is Status.OPEN
    assert not bot.world.calendar.calls("events.insert")


def test_somebody_who_asked_while_a_system_is_away_hears_so(bot: Bot) -> None:
    """And the card comes when it is back."""
    down = bot.world.salesforce.fault("query", status=503, times=-1)
    bot.command("score 82")
    bot.whispered("U0ANA", "I keep trying")
    down.times = 0
    assert bot.shown("update_opportunity")
    assert len([m for m in bot.slack.ephemerals("U0ANA") if "I keep trying" in m["text"]]) == 1


def test_the_result_of_a_command_is_in_the_thread_of_its_card(bot: Bot) -> None:
    """A command has no thread of its own."""
    bot.command("score 82")
    card = bot.shown("update_opportunity")
    bot.approve(card)
    bot.ended(card)
    assert bot.results(card)[0]["thread_ts"] == card.card_ts


def _noted(what: str, proposal: Proposal) -> Proposal:
    return proposal.model_copy(update={"reason": what})


def test_the_chain_verifies_while_others_write(bot: Bot) -> None:
    """Walking a live ledger accuses nobody."""
    stopped = threading.Event()
    card = score(bot)

    def write() -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            bot.ledger.amend(card.id, partial(_noted, str(number)), "test", "test")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert [Ledger(bot.store).verify().flaw for _ in range(20)] == [None] * 20
    finally:
        stopped.set()
        writer.join()


def test_an_edit_to_what_is_under_way_already_is_refused(bot: Bot) -> None:
    """Two live cards may not come to the same thing by editing one of them."""
    first = score(bot)
    bot.say("P2B is 75")
    second = bot.wait(lambda: next((p for p in bot.proposals() if p.id != first.id and p.card_ts), None))
    bot.press(second, "edit")
    (view,) = bot.slack.open_views("U0ANA")
    answer = bot.slack.submit("U0ANA", view["id"], {"p2b_score": "82"})
    assert "under way already" in str(answer.body)
    assert bot.now(second).payload["values"]["p2b_score"] == 75
