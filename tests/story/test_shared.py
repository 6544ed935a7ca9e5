"""Channels that are shared with the partner's company: what is drawn, for whom, and what is redrawn."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.proposal import Proposal, Status
from sandbox.seed import CONFIG
from sandbox.world import World
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

SHARED = "C0MERIDIAN"
MERIDIAN = "006000000000003AAA"
SCORE = "P2B came back at 82"


def texts(bot: Bot, channel: str) -> str:
    """Everything that stands in a channel, by the bot."""
    return json.dumps([m for m in bot.slack.messages(channel) if m.get("bot_id")], ensure_ascii=False)


@pytest.fixture
def shared(bot: Bot) -> Bot:
    """The bot, with the shared channel linked to Meridian's deal."""
    bot.link(SHARED, MERIDIAN)
    return bot


def score(bot: Bot, user: str = "U0BEN") -> Proposal:
    """A card about a score in the shared channel."""
    bot.say(SCORE, user=user, channel=SHARED)
    return bot.shown("update_opportunity", MERIDIAN)


def details(bot: Bot, card: Proposal, user: str = "U0BEN") -> dict[str, Any]:
    """What somebody of ours sees behind the card."""
    bot.press(card, "review", user=user)
    (view,) = bot.slack.open_views(user)
    return view


def test_a_card_in_a_shared_channel_shows_no_value_of_ours(shared: Bot) -> None:
    """Neither the deal's name nor what would be written; only what was said there anyway."""
    card = score(shared)
    told = texts(shared, SHARED)
    assert "Update Salesforce opportunity" in told
    for secret in (card.deal_name, card.deal_url, card.preview.headline):
        assert secret not in told


def test_our_people_see_the_details_and_approve_there(shared: Bot) -> None:
    """The modal shows everything that would be written, and its submit is the approval."""
    card = score(shared)
    view = details(shared, card)
    assert card.deal_name in str(view) and "82" in str(view)
    assert shared.slack.submit("U0BEN", view["id"]).status == 200
    done = shared.ended(card)
    assert done.status is Status.DONE
    assert shared.world.salesforce.record(MERIDIAN)["P2B_Score__c"] == 82
    assert done.deal_name not in texts(shared, SHARED)
    (told,) = shared.results(card)
    shared.slack.press("U0MEI", SHARED, told["ts"], "cosell.review")
    (after,) = shared.slack.open_views("U0MEI")
    assert card.deal_name in str(after)


def test_our_people_edit_behind_the_card(shared: Bot) -> None:
    """The form opens for them alone, and the card stays as bare as it was."""
    card = score(shared)
    shared.press(card, "edit", user="U0BEN")
    (view,) = shared.slack.open_views("U0BEN")
    assert shared.slack.submit("U0BEN", view["id"], {"p2b_score": "83"}).status == 200
    shared.wait(lambda: shared.now(card).shown == 2)
    assert shared.now(card).payload["values"]["p2b_score"] == 83
    assert "83" not in str(shared.slack.message(SHARED, card.card_ts or "")["blocks"][2:4])


def test_whoever_may_not_approve_sees_the_details_without_the_button(shared: Bot) -> None:
    """To see is not to approve."""
    card = score(shared)
    shared.slack.join("U0DANA", SHARED)
    assert details(shared, card, "U0DANA").get("submit") is None


@pytest.mark.parametrize("action", ["review", "approve", "decline"])
def test_an_outsiders_press_is_refused_in_words_and_recorded(shared: Bot, action: str) -> None:
    """Pat of AWS sees a card, and is told that it is not theirs to decide or to look into."""
    card = score(shared)
    shared.press_as_shown(card, action, user="U0PAT")
    shared.wait(lambda: shared.slack.ephemerals("U0PAT"))
    assert not shared.slack.open_views("U0PAT")
    assert shared.now(card).status is Status.OPEN
    (refused,) = [e for e in shared.ledger.entries() if e["event"] == "decision.refused"]
    assert refused["by"] == "U0PAT" and refused["team"] == "T0AWSCO"
    told = json.dumps(shared.slack.ephemerals("U0PAT"))
    assert card.deal_name not in told and card.preview.headline not in told


def test_a_channel_that_becomes_shared_is_redrawn_at_once(bot: Bot) -> None:
    """Cards, results and what was said when it was linked: nothing of ours stays to be read."""
    bot.say(SCORE)
    first = bot.shown("update_opportunity")
    bot.approve(first)
    bot.ended(first)
    bot.say("set next step to 'Call the CFO'")
    second = bot.wait(lambda: next((p for p in bot.proposals() if p.card_ts and p.id != first.id), None))
    assert first.deal_name in texts(bot, CHANNEL)
    bot.slack.share(CHANNEL)
    bot.wait(lambda: first.deal_name not in texts(bot, CHANNEL))
    assert second.deal_url not in texts(bot, CHANNEL)
    bot.slack.unshare(CHANNEL)
    bot.wait(lambda: first.deal_name in texts(bot, CHANNEL))


def test_a_lost_event_is_made_good_by_the_next_one_that_says_shared(bot: Bot) -> None:
    """Slack's events are best effort: any message of the channel tells that it is shared now."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.slack.channels[CHANNEL].shared = True
    bot.say("Good morning")
    bot.wait(lambda: card.deal_name not in texts(bot, CHANNEL))


def test_a_partners_guest_in_our_own_workspace_is_an_outsider_too(bot: Bot) -> None:
    """The configuration says whose person it is, whatever workspace they are a guest of."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.slack.users["U0PAT"] |= {"outsider": False, "guest": True}
    bot.slack.join("U0PAT", CHANNEL)
    bot.wait(lambda: card.deal_name not in texts(bot, CHANNEL))


def test_an_outsiders_words_propose_nothing(shared: Bot) -> None:
    """Unless the configuration allows it, what the partner says is not even read."""
    shared.say(SCORE, user="U0PAT", channel=SHARED)
    shared.say("set next step to 'Security review'", user="U0BEN", channel=SHARED)
    card = shared.shown("update_opportunity", MERIDIAN)
    assert [p.id for p in shared.proposals(opportunity=MERIDIAN)] == [card.id]
    assert card.origin.by == "U0BEN"


@pytest.fixture
def open_to_the_partner(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A configuration in which the partner's words make proposals in the shared channel."""
    path = tmp_path / "cosell.toml"
    wish = f'[channels]\npartner_may_propose = ["{SHARED}"]'
    path.write_text(CONFIG.read_text().replace("[channels]", wish))
    monkeypatch.setenv("COSELL_CONFIG", str(path))


def test_where_it_is_allowed_an_outsiders_words_propose_and_the_card_says_whose(
    open_to_the_partner: None, bot: Bot
) -> None:
    """Pat's words make a card that names Pat, of AWS; Pat decides nothing about it, and Ben approves it."""
    bot.link(SHARED, MERIDIAN)
    card = score(bot, user="U0PAT")
    assert (card.origin.by, card.origin.company) == ("U0PAT", "AWS")
    assert "<@U0PAT>" in str(bot.slack.message(SHARED, card.card_ts or ""))
    assert "of AWS" in str(details(bot, card))
    bot.press_as_shown(card, "decline", user="U0PAT")
    bot.wait(lambda: [e for e in bot.ledger.entries() if e["event"] == "decision.refused"])
    (view,) = bot.slack.open_views("U0BEN")
    bot.slack.submit("U0BEN", view["id"])
    assert bot.ended(card).status is Status.DONE
    entry = next(e for e in bot.ledger.entries() if e.get("event") == "proposal.opened")
    assert (entry["proposer"], entry["outsider_of"]) == ("U0PAT", "AWS")


def test_look_alike_deals_are_marked_on_the_card(bot: Bot) -> None:
    """Northwind has another open deal of nearly the same name."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    (like,) = card.alike
    assert like.name == "Northwind - fleet telemetry lake (phase 2)" and "name" in like.why
    assert "phase 2" in str(bot.slack.message(CHANNEL, card.card_ts or ""))
    assert bot.world.salesforce.record(NORTHWIND)["P2B_Score__c"] is None
