"""The path of one action, through real HTTP and a real Redis."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.lifecycle.jobs import Job
from bot.proposal import Proposal, Status
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

SCORE = "P2B came back at 82"


def test_a_message_becomes_a_change(bot: Bot) -> None:
    """Said, shown, approved, written as the seller, read back, told, recorded: nobody copies anything."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    assert bot.approve(card).status == 200
    done = bot.ended(card)
    assert done.status is Status.DONE
    assert done.receipt is not None
    assert done.receipt.verified_at is not None
    record = bot.world.salesforce.record(NORTHWIND)
    assert record["P2B_Score__c"] == 82
    assert record["LastModifiedById"] == "005000000000001AAA"
    (told,) = bot.results(card)
    assert told["thread_ts"] == card.thread_ts
    assert bot.events(card) == [
        "proposal.opened",
        "proposal.shown",
        "proposal.approved",
        "proposal.claimed",
        "proposal.step",
        "proposal.ended",
        "proposal.told",
    ]
    assert bot.ledger.verify().flaw is None


def test_nothing_is_written_before_somebody_approves(bot: Bot) -> None:
    """A card alone changes no system of record."""
    bot.say(SCORE)
    bot.shown("update_opportunity")
    assert not bot.world.salesforce.calls("PATCH")
    assert bot.world.salesforce.record(NORTHWIND)["P2B_Score__c"] is None


def test_an_event_that_slack_sends_twice_makes_one_card(bot: Bot) -> None:
    """The same message heard twice is the same proposal."""
    bot.slack.double_events = True
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.slack.wait_for(lambda s: s.undelivered == 0)
    bot.wait(lambda: not bot.store.llen("cosell:jobs:cosell"))
    assert [p.id for p in bot.proposals()] == [card.id]
    assert len([m for m in bot.slack.messages(CHANNEL) if m.get("blocks") and m["ts"] == card.card_ts]) == 1


def test_the_same_thing_said_twice_points_to_the_first_card(bot: Bot) -> None:
    """A second person who says the same is shown that it is under way, and no second card comes."""
    bot.say(SCORE)
    bot.shown("update_opportunity")
    bot.say(SCORE, user="U0MEI")
    bot.whispered("U0MEI", "under way already")
    assert len(bot.proposals()) == 1


def test_two_clicks_make_one_execution(bot: Bot) -> None:
    """The second click is acknowledged, and told that it was approved already."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: bot.press_as_shown(card, "approve"), range(2)))
    assert [a.status for a in answers] == [200, 200]
    bot.ended(card)
    bot.whispered("U0ANA", "You approved this already")
    assert len(bot.world.salesforce.calls("PATCH")) == 1
    assert bot.events(card).count("proposal.approved") == 1


def test_two_hands_on_one_card_make_one_execution(bot: Bot) -> None:
    """Of two approvers at once one wins, and the other is told who did."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda user: bot.press_as_shown(card, "approve", user), ("U0ANA", "U0MEI")))
    done = bot.ended(card)
    assert done.approval is not None
    loser, winner = ("U0MEI", "Ana Costa") if done.approval.by.slack == "U0ANA" else ("U0ANA", "Mei Tanaka")
    bot.whispered(loser, f"{winner} approved this already")
    assert len(bot.world.salesforce.calls("PATCH")) == 1


@pytest.mark.parametrize("user", ["U0BEN", "U0GUS", "U0DANA"])
def test_a_stranger_cannot_approve(bot: Bot, user: str) -> None:
    """Another seller, a guest, a sales manager: refused in words that name who can, and nothing is done."""
    bot.slack.join(user, CHANNEL)
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    assert bot.approve(card, user).status == 200
    bot.whispered(user, "You cannot approve this")
    assert bot.now(card).status is Status.OPEN
    assert not bot.world.salesforce.calls("PATCH")


def test_an_outsider_cannot_approve_our_side(bot: Bot) -> None:
    """Somebody of the partner's workspace in the shared channel presses, and is refused; their words make no card."""
    bot.link("C0MERIDIAN", "006000000000003AAA")
    bot.say(SCORE, user="U0PAT", channel="C0MERIDIAN")
    bot.say("set next step to 'Send the order form'", user="U0BEN", channel="C0MERIDIAN")
    card = bot.shown("update_opportunity", "006000000000003AAA")
    assert card.origin.by == "U0BEN"
    for action in ("approve", "edit", "decline"):
        assert bot.press_as_shown(card, action, "U0PAT").status == 200
    bot.whispered("U0PAT", "company that runs this bot")
    assert bot.now(card).status is Status.OPEN
    assert not bot.world.salesforce.calls("PATCH")


def test_a_deal_that_moved_on_asks_again_with_the_change_marked(bot: Bot) -> None:
    """What changed between the card and the click stops the write; the card returns and shows it."""
    bot.say("set next step to 'Send the order form'")
    card = bot.shown("update_opportunity")
    bot.world.salesforce.change(NORTHWIND, user="ben.okafor@brightlane.example", NextStep="Call the CFO")
    bot.approve(card)
    back = bot.wait(lambda: now if (now := bot.now(card)).moved else None)
    assert back.status is Status.OPEN
    assert back.version == card.version + 1
    assert back.preview.changes[0].before == "Call the CFO"
    assert back.preview.changes[0].moved == "Architecture review with the platform team"
    assert not bot.world.salesforce.calls("PATCH")
    bot.wait(lambda: "Call the CFO" in str(bot.slack.message(CHANNEL, card.card_ts or "")["blocks"]))
    bot.approve(back)
    assert bot.ended(back).status is Status.DONE
    assert bot.world.salesforce.record(NORTHWIND)["NextStep"] == "Send the order form"


def test_a_change_that_does_not_matter_does_not_ask_again(bot: Bot) -> None:
    """Another field of the record moved: what was approved is written all the same."""
    bot.say("set next step to 'Send the order form'")
    card = bot.shown("update_opportunity")
    bot.world.salesforce.change(NORTHWIND, user="ben.okafor@brightlane.example", Amount=250000)
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    assert bot.world.salesforce.record(NORTHWIND)["Amount"] == 250000


def test_a_click_on_an_old_card_does_nothing(bot: Bot) -> None:
    """After an edit, the version that was shown before cannot be approved."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.press(card, "edit")
    (view,) = bot.slack.open_views("U0ANA")
    assert bot.slack.submit("U0ANA", view["id"], {"p2b_score": "83"}).status == 200
    bot.press_as_shown(card, "approve")
    bot.whispered("U0ANA", "The card has changed since")
    assert bot.now(card).status is Status.OPEN
    bot.wait(lambda: "83" in str(bot.slack.message(CHANNEL, card.card_ts or "")["blocks"]))
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
    assert bot.world.salesforce.record(NORTHWIND)["P2B_Score__c"] == 83


def test_a_wrong_answer_in_the_form_is_shown_at_its_field(bot: Bot) -> None:
    """The modal stays with a sentence that says what would be right, and a good answer is then taken."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.press(card, "edit")
    (view,) = bot.slack.open_views("U0ANA")
    answer = bot.slack.submit("U0ANA", view["id"], {"p2b_score": "820"})
    assert answer.body["response_action"] == "errors"
    assert "100" in answer.body["errors"]["p2b_score"]
    assert bot.now(card) == card
    assert bot.slack.submit("U0ANA", view["id"], {"p2b_score": "28"}).body in ("", None)
    assert bot.now(card).payload["values"]["p2b_score"] == 28


def test_declining_takes_a_reason_and_ends_it(bot: Bot) -> None:
    """The reason is recorded and shown, and the buttons are gone."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.press(card, "decline")
    (view,) = bot.slack.open_views("U0ANA")
    bot.slack.submit("U0ANA", view["id"], {"reason": "That is the old list"})
    bot.wait(lambda: "old list" in str(bot.slack.message(CHANNEL, card.card_ts or "")["blocks"]))
    declined = bot.now(card)
    assert (declined.status, declined.reason) == (Status.DECLINED, "That is the old list")
    bot.press_as_shown(card, "approve")
    bot.whispered("U0ANA", "declined this already")
    assert not bot.world.salesforce.calls("PATCH")


def test_a_card_that_nobody_decides_expires(bot: Bot) -> None:
    """After its time the card says so, and a late click does nothing."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.tick(later=timedelta(hours=73))
    expired = bot.ended(card)
    assert expired.status is Status.EXPIRED
    bot.press_as_shown(card, "approve")
    bot.whispered("U0ANA", "expired")
    assert not bot.world.salesforce.calls("PATCH")


def test_somebody_who_left_between_click_and_write_stops_it(world: object, bot: Bot) -> None:
    """The approver is looked up again at the moment of the write."""
    bot.stop()
    bot.serve()
    proposal = _open_card(bot)
    bot.approve(proposal)
    bot.slack.users["U0ANA"]["deleted"] = True
    bot.work()
    ended = bot.ended(proposal)
    assert ended.status is Status.FAILED
    assert "may no longer approve" in (ended.outcome or "")
    assert not bot.world.salesforce.calls("PATCH")


def test_an_approval_outlives_the_web_that_took_it(bot: Bot) -> None:
    """Approved, and the job lost before any worker saw it: the clock finds it."""
    bot.stop()
    bot.serve()
    proposal = _open_card(bot)
    bot.approve(proposal)
    bot.store.delete("cosell:jobs:cosell", "cosell:jobs:cosell.msgs")
    bot.work()
    assert bot.tick() == 0
    assert bot.tick(later=timedelta(minutes=1)) == 1
    assert bot.ended(proposal).status is Status.DONE


def test_text_from_the_crm_pings_nobody(bot: Bot) -> None:
    """A deal named <!channel> is shown literally, in the card, the result and the notification."""
    opportunity = "006000000000005AAA"
    bot.link("C0KESTREL", opportunity)
    bot.say("set next step to '<!everyone> & <@U0DANA>'", user="U0MEI", channel="C0KESTREL")
    card = bot.shown("update_opportunity", opportunity)
    bot.approve(card, "U0MEI")
    bot.ended(card)
    said = [m for m in bot.slack.messages("C0KESTREL") if m.get("bot_id")]
    assert said
    for message in said:
        for text in _mrkdwn(message):
            assert "<!" not in text.replace("<!date", "")
            assert "<@U0DANA>" not in text


def _mrkdwn(part: object, key: str = "text") -> list[str]:
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            return [part["text"]]
        own = [part["text"]] if isinstance(part.get("text"), str) and "ts" in part else []
        return own + [text for value in part.values() for text in _mrkdwn(value)]
    if isinstance(part, list):
        return [text for value in part for text in _mrkdwn(value)]
    return []


def _open_card(bot: Bot) -> Proposal:
    """A card made by a worker that is gone again."""
    message = {"author": "U0ANA", "channel": CHANNEL, "text": SCORE, "thread_ts": None}
    ts = bot.slack.say("U0ANA", CHANNEL, "never mind")
    bot.run(
        Job.HEAR,
        via="message",
        by="U0ANA",
        cause=f"{CHANNEL}|{ts}",
        at="2026-11-23T10:00:00+00:00",
        ts=ts,
        **message,
    )
    return bot.shown("update_opportunity")
