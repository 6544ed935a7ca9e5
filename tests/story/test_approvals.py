"""Approvals by several people, break-glass, and what is said to whom."""

from typing import Any

import pytest

from bot.proposal import Proposal, Status
from tests.story.conftest import CHANNEL, NORTHWIND, Bot, referral

SCORE = "P2B came back at 82"
SALES_MANAGER = "a sales manager, for a deal of 1,000,000 or more"
WHY = "Dana is on a plane and AWS closes the quarter tonight"


def large(bot: Bot) -> Proposal:
    """A complete referral of a deal that is large."""
    bot.world.salesforce.change(NORTHWIND, user="ben.okafor@brightlane.example", Amount=1_500_000)
    return referral(bot)


def card_of(bot: Bot, proposal: Proposal) -> str:
    """All that the card shows now."""
    return str(bot.slack.message(proposal.channel, proposal.card_ts or ""))


def says(bot: Bot, proposal: Proposal, words: str) -> None:
    """The card comes to show these words."""
    bot.wait(lambda: words in card_of(bot, proposal))


def posted(bot: Bot, channel: str, key: str) -> dict[str, Any]:
    """The message with this key."""
    return bot.wait(
        lambda: next(
            (
                m
                for m in bot.slack.messages(channel)
                if ((m.get("metadata") or {}).get("event_payload") or {}).get("key") == key
            ),
            None,
        )
    )


def test_a_large_referral_is_written_once_both_have_approved(bot: Bot) -> None:
    """The card says whose approval is still missing; AWS hears of it with the last one, in the first one's name."""
    card = large(bot)
    says(bot, card, SALES_MANAGER)
    bot.approve(card)
    says(bot, card, "Approved by <@U0ANA>")
    says(bot, card, "<@U0DANA>")
    assert bot.now(card).status is Status.OPEN
    assert not bot.world.partner_central.calls("CreateOpportunity")
    bot.approve(card, user="U0DANA")
    done = bot.ended(card, 30)
    assert done.status is Status.DONE
    assert len(bot.world.partner_central.calls("CreateOpportunity")) == 1
    assert done.receipt is not None and "Ana" in done.receipt.acted_as
    entry = next(e for e in reversed(list(bot.ledger.entries())) if e.get("event") == "proposal.ended")
    assert [one["by"]["slack"] for one in entry["approvals"]] == ["U0ANA", "U0DANA"]
    assert bot.events(card).count("proposal.approved_in_part") == 1
    assert bot.ledger.verify().flaw is None


def test_whoever_approved_already_is_told_what_is_still_needed(bot: Bot) -> None:
    """A second press of the same person is no second approval."""
    card = large(bot)
    bot.approve(card)
    says(bot, card, "Approved by <@U0ANA>")
    bot.press_as_shown(card, "approve")
    bot.whispered("U0ANA", "Still needed: a sales manager")
    assert len(bot.now(card).approvals) == 1


def test_a_deal_that_grows_after_the_approval_asks_for_more(bot: Bot) -> None:
    """The amount passed the threshold between click and write: nothing is written, the card says what is needed now."""
    card = referral(bot)
    bot.world.salesforce.change(NORTHWIND, user="ben.okafor@brightlane.example", Amount=1_500_000)
    bot.approve(card)
    bot.wait(lambda: bot.now(card).moved)
    returned = bot.now(card)
    assert returned.status is Status.OPEN and returned.approvals == ()
    assert SALES_MANAGER in [one.who for one in returned.missing]
    assert not bot.world.partner_central.calls("CreateOpportunity")


def test_one_of_two_who_left_before_the_write_stops_it(bot: Bot) -> None:
    """Every approval has to stand at the moment of the write, not only the last."""
    card = large(bot)
    bot.approve(card)
    says(bot, card, "Approved by <@U0ANA>")
    bot.slack.users["U0ANA"]["deleted"] = True
    bot.approve(card, user="U0DANA")
    ended = bot.ended(card)
    assert ended.status is Status.FAILED
    assert "Ana Costa" in (ended.outcome or "") and "Nothing was written" in (ended.outcome or "")
    assert not bot.world.partner_central.calls("CreateOpportunity")


def test_break_glass_goes_ahead_and_tells_everyone_skipped_before_it_writes(bot: Bot) -> None:
    """With a typed reason; it is on the card, in the thread, in the audit channel, in the result and in the ledger."""
    card = large(bot)
    bot.approve(card)
    says(bot, card, "cosell.override")
    bot.slack.join("U0MEI", CHANNEL)
    bot.press(card, "override", user="U0MEI")
    (view,) = bot.slack.open_views("U0MEI")
    assert bot.slack.submit("U0MEI", view["id"], {"reason": WHY}).status == 200
    done = bot.ended(card, 30)
    assert done.status is Status.DONE
    told = posted(bot, CHANNEL, f"{card.id}:skipped")
    assert "<@U0DANA>" in str(told) and WHY in str(told)
    assert "<@U0DANA>" in str(posted(bot, "C0AUDIT", f"{card.id}:skipped:audit"))
    assert "Break-glass" in card_of(bot, card) and WHY in card_of(bot, card)
    assert "Break-glass" in str(bot.results(card))
    created = bot.world.partner_central.calls("CreateOpportunity")[0].at
    said = next(r.at for r in bot.slack.calls("chat.postMessage") if b":skipped" in r.body)
    assert said < created
    entry = next(e for e in bot.ledger.entries() if e.get("event") == "proposal.overridden")
    assert (entry["by"], entry["override"]["reason"]) == ("U0MEI", WHY)
    assert entry["override"]["missing"][0]["people"] == ["U0DANA"]


def test_when_those_who_are_skipped_cannot_be_told_nothing_is_written(bot: Bot) -> None:
    """Break-glass is never silent: while Slack does not take the message, AWS hears nothing."""
    card = large(bot)
    bot.approve(card)
    says(bot, card, "cosell.override")
    bot.press(card, "override", user="U0MEI")
    (view,) = bot.slack.open_views("U0MEI")
    down = bot.slack.fault("chat.postMessage", status=503, times=-1)
    assert bot.slack.submit("U0MEI", view["id"], {"reason": WHY}).status == 200
    bot.slack.wait_for(lambda s: any(b":skipped" in r.body for r in s.calls("chat.postMessage")))
    assert not bot.world.partner_central.calls("CreateOpportunity")
    assert bot.now(card).status is Status.APPROVED
    bot.slack.faults.remove(down)


def test_a_seller_is_not_given_the_glass(bot: Bot) -> None:
    """Ana may approve her own deal and not skip Dana; the attempt is on the record."""
    card = large(bot)
    bot.approve(card)
    says(bot, card, "cosell.override")
    bot.press(card, "override")
    bot.whispered("U0ANA", "You cannot override this")
    assert not bot.slack.open_views("U0ANA")
    refused = [e for e in bot.ledger.entries() if e["event"] == "decision.refused"]
    assert [(e["by"], e["wanted"]) for e in refused] == [("U0ANA", "override")]


def test_a_decline_is_told_to_whoever_asked_with_its_reason(bot: Bot) -> None:
    """In the thread, with a mention, once."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.press(card, "decline", user="U0MEI")
    (view,) = bot.slack.open_views("U0MEI")
    bot.slack.submit("U0MEI", view["id"], {"reason": "The list is last year's"})
    declined = bot.ended(card)
    assert declined.status is Status.DECLINED
    (told,) = bot.results(card)
    assert "<@U0ANA>" in str(told) and "The list is last year's" in str(told)
    assert told["thread_ts"] == card.thread_ts


@pytest.mark.parametrize("team", ["T0AWSCO", "T0FORGED"])
def test_a_forged_team_id_decides_nothing_and_is_recorded(bot: Bot, team: str) -> None:
    """Ana's own id from another workspace is not Ana."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.press_as_shown(card, "approve", team=team)
    bot.whispered("U0ANA", "for the company that runs this bot")
    (refused,) = [e for e in bot.ledger.entries() if e["event"] == "decision.refused"]
    assert (refused["by"], refused["team"], refused["proposal"]) == ("U0ANA", team, card.id)
    assert not bot.world.salesforce.calls("PATCH")


def test_a_button_value_that_is_replayed_in_another_channel_decides_nothing(bot: Bot) -> None:
    """The right value in the wrong place: refused in words, recorded, and the card stays."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    value = f"{card.id}|{card.version}"
    bot.slack.press_raw("U0ANA", "C0HELIOS", card.card_ts or "", "cosell.approve", value=value)
    bot.wait(lambda: [e for e in bot.ledger.entries() if e["event"] == "decision.refused"])
    assert bot.now(card).status is Status.OPEN
    assert not bot.world.salesforce.calls("PATCH")
