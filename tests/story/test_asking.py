"""The ways to ask: mention, shortcut, commands, joining a channel, the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.proposal import Status, Via
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

HELIOS = "006000000000002AAA"


def test_help_lists_every_verb(bot: Bot) -> None:
    """Privately, at once, and without asking any other system."""
    answer = bot.command("help")
    told = bot.whispered("U0ANA", "/cosell")
    for verb in ("link", "refer", "score", "set", "meet", "status"):
        assert verb in str(told)
    assert answer.seconds < 1


def test_a_command_without_words_or_with_unknown_ones_gets_help(bot: Bot) -> None:
    """Nobody is left without a next step."""
    bot.command("")
    bot.command("dance")
    bot.whispered("U0ANA", "not something I know")


@pytest.mark.parametrize(
    "words",
    [
        HELIOS,
        HELIOS[:15],
        f"https://brightlane.lightning.force.com/lightning/r/Opportunity/{HELIOS}/view",
        f"<https://brightlane.my.salesforce.com/{HELIOS}>",
    ],
)
def test_a_channel_is_linked_by_id_or_address(bot: Bot, words: str) -> None:
    """However the opportunity is named, the channel says what it is about now, and it is recorded who said so."""
    bot.command(f"link {words}", user="U0BEN", channel="C0KESTREL")
    link = bot.wait(lambda: bot.ledger.linked("C0KESTREL"))
    assert (link.opportunity, link.by) == (HELIOS, "U0BEN")
    bot.wait(lambda: any("Helios" in m["text"] for m in bot.slack.messages("C0KESTREL")))


def test_linking_a_channel_that_the_bot_is_not_in_says_what_to_do(bot: Bot) -> None:
    """The link holds, and whoever made it is told to invite the bot."""
    bot.command(f"link {HELIOS}", channel="C0HELIOS")
    bot.whispered("U0ANA", "/invite @cosell")
    assert bot.ledger.linked("C0HELIOS")


@pytest.mark.parametrize(
    "words", ["", "Northwind", "001000000000001AAA", "006000000000zzzAAA", "006'; DROP--"]
)
def test_a_link_to_nothing_is_refused_in_words(bot: Bot, words: str) -> None:
    """And the channel keeps the link that it had."""
    bot.command(f"link {words}")
    bot.wait(lambda: len(bot.slack.ephemerals("U0ANA")) >= 2)
    link = bot.ledger.linked(CHANNEL)
    assert link is not None
    assert link.opportunity == NORTHWIND


def test_commands_make_cards(bot: Bot) -> None:
    """refer, score, set and meet each propose their action."""
    bot.command("refer")
    bot.command("score 82")
    bot.command("meet Pat next week 45")
    assert bot.shown("submit_referral").origin.via is Via.COMMAND
    assert bot.shown("update_opportunity").payload["values"]["p2b_score"] == 82
    meeting = bot.shown("schedule_meeting")
    assert meeting.payload["minutes"] == 45
    assert "pat.lindqvist@aws.example" in meeting.payload["attendees"]
    bot.command("set next step Send the order form")
    bot.wait(lambda: any(p.payload["values"].get("next_step") for p in bot.proposals("update_opportunity")))


@pytest.mark.parametrize(
    ("words", "helps"),
    [
        ("score 900", "100"),
        ("score high", "number"),
        ("set", "set"),
        ("set shoe size 43", "next step"),
        ("set stage Nowhere", "Prospecting"),
        ("set close date 03/04/2027", "date"),
        ("meet Zorro", "Zorro"),
    ],
)
def test_a_command_that_cannot_be_taken_says_what_could(bot: Bot, words: str, helps: str) -> None:
    """The answer names the way out, and nothing is proposed."""
    bot.command(words)
    bot.wait(lambda: any(helps.lower() in m["text"].lower() for m in bot.slack.ephemerals("U0ANA")[1:]))
    assert not bot.proposals()


def test_status_lists_what_is_going_on(bot: Bot) -> None:
    """Privately, the deal's proposals with where they stand."""
    bot.say("P2B came back at 82")
    bot.shown("update_opportunity")
    bot.command("status", user="U0MEI")
    told = bot.whispered("U0MEI", "P2B")
    assert told["channel"] == CHANNEL


def test_a_mention_may_ask_politely(bot: Bot) -> None:
    """What would be a question to a colleague is a request to the bot."""
    bot.say("can you submit this to AWS?")
    bot.say("<@U0COSELL> can you submit this to AWS?")
    card = bot.shown("submit_referral")
    assert card.origin.via is Via.MENTION
    assert len(bot.proposals()) == 1


def test_a_mention_that_is_not_understood_is_answered(bot: Bot) -> None:
    """Somebody who talks to the bot hears what it can do, privately."""
    bot.say("<@U0COSELL> what a lovely day")
    bot.whispered("U0ANA", "did not find an action")


def test_the_shortcut_proposes_what_a_message_calls_for(bot: Bot) -> None:
    """Picked by its shortcut, a colleague's message becomes a card in its thread."""
    ts = bot.say("p2b for this one is 82, can somebody put it in?", user="U0MEI")
    assert bot.slack.shortcut("U0ANA", CHANNEL, ts, "cosell.propose").status == 200
    card = bot.shown("update_opportunity")
    assert card.thread_ts == ts
    assert card.payload["values"]["p2b_score"] == 82


def test_chatter_makes_no_card_and_asks_nobody(bot: Bot) -> None:
    """A busy channel is left alone, and an unlinked one is not even listened to."""
    for words in ("did we submit the referral?", "don't submit yet", "I submitted the referral yesterday"):
        bot.say(words)
    bot.say("let's submit the referral to AWS", channel="C0HELIOS")
    bot.slack.wait_for(lambda s: s.undelivered == 0)
    bot.wait(lambda: not bot.store.llen("cosell:jobs:cosell"))
    bot.say("P2B came back at 82")
    assert bot.shown("update_opportunity")
    assert len(bot.proposals()) == 1
    assert not bot.slack.ephemerals("U0MEI")[1:]


def test_joining_a_channel_suggests_its_opportunity(bot: Bot) -> None:
    """By the channel's name; one press links it."""
    channel = "C0HELIOS"
    bot.slack.join("U0COSELL", channel)
    card = bot.wait(
        lambda: next(
            (m for m in bot.slack.messages(channel) if "Helios - grid" in str(m.get("blocks"))), None
        )
    )
    answer = bot.slack.press("U0ANA", channel, card["ts"], "cosell.link")
    assert answer.status == 200
    assert bot.wait(lambda: bot.ledger.linked(channel)).opportunity == HELIOS


def test_what_follows_a_referral_is_on_a_card_of_its_own(bot: Bot) -> None:
    """AWS's id, its status and the partner of record for Salesforce, one press away, and then written."""
    bot.say("Let's submit the referral to AWS.")
    card = bot.shown("submit_referral")
    bot.press(card, "edit")
    (view,) = bot.slack.open_views("U0ANA")
    answers = {
        "solutions": ["S-0051001"],
        "primary_needs": ["Co-Sell - Deal Support"],
        "use_case": "Storage & Backup",
        "delivery_models": ["SaaS or PaaS"],
        "sales_activities": ["Customer has shown interest in solution"],
    }
    bot.slack.submit("U0ANA", view["id"], answers)
    bot.wait(lambda: "cosell.approve" in str(bot.slack.message(CHANNEL, card.card_ts or "")["blocks"]))
    bot.approve(card)
    done = bot.ended(card, 40)
    assert done.receipt is not None
    following = bot.shown("update_opportunity")
    assert following.follows == card.id
    assert following.payload["values"]["ace_id"] == done.receipt.record
    bot.approve(following)
    assert bot.ended(following).status is Status.DONE
    assert bot.world.salesforce.record(NORTHWIND)["ACE_Opportunity_Id__c"] == done.receipt.record


@pytest.mark.slow
def test_hear_shows_what_a_text_would_propose(tmp_path: Path) -> None:
    """From the command line, on stand-ins of its own, one object a line, nothing posted."""
    texts = tmp_path / "texts"
    texts.write_text(
        "P2B came back at 82\ndid we submit the referral?\nLet's set up a call with Pat next week\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "hear", "--sandbox", "--file", str(texts), "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )
    score, question, call = (json.loads(line) for line in ran.stdout.splitlines())
    assert score["text"] == "P2B came back at 82"
    (proposal,) = score["proposals"]
    assert proposal["kind"] == "update_opportunity"
    assert proposal["fields"]["p2b_score"] == 82
    assert question["proposals"] == []
    assert [p["kind"] for p in call["proposals"]] == ["schedule_meeting"]


@pytest.mark.slow
def test_the_demo_confirms_every_step() -> None:
    """`cosell demo --once` plays the story for real and ends with 0."""
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--once"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "confirmed in the stand-ins' own records" in ran.stdout
    assert ran.stdout.count("✓") >= 15
