"""Partners' lists beside our accounts: counted, explained, handed out, and settled by what people say."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from bot import app
from bot.deal import Company
from bot.errors import Refused
from bot.lifecycle.overlapping import Overlapping
from bot.partner_lists import PartnerLists
from bot.settings import load
from bot.tables import RowProblem
from sandbox.slack import Response
from tests.story.conftest import CHANNEL, Bot

SHARED = "C0MERIDIAN"
NORTHWIND_ACCOUNT = "001000000000001AAA"
HELIOS_ACCOUNT = "001000000000002AAA"
THEIRS = (
    Company("row 2", "Northwind Freight Inc.", "northwind-freight.example", "United States"),
    Company("row 3", "Helios Energy", "www.helios-energy.example", "DE"),
    Company("row 4", "Wholly Different Bakery", "wholly-different.example", "FR"),
    Company("row 5", "Northwind Freight Inc.", "https://northwind-freight.example/en", "US"),
)


def given(bot: Bot, companies: Sequence[Company] = THEIRS, partner: str = "aws") -> None:
    """A partner's list is here."""
    lists = PartnerLists(bot.store)
    lists.keep(partner, companies, name="aws.csv", source="aws.csv", by="U0MEI", at=app.utc_now())


def card(bot: Bot, containing: str, channel: str = CHANNEL) -> dict[str, Any]:
    """The bot's message in a channel that says this, once it does."""
    return bot.wait(
        lambda: next(
            (m for m in bot.slack.messages(channel) if m.get("bot_id") and containing in _all(m)), None
        )
    )


def asked(bot: Bot, user: str = "U0ANA") -> dict[str, Any]:
    """The card of the overlap, once it is counted."""
    bot.command("overlap aws", user=user)
    return card(bot, "*Theirs*")


def matched(bot: Bot, words: str = "Helios Energy GmbH", user: str = "U0ANA") -> dict[str, Any]:
    """The card that sets an account beside the lists."""
    bot.command(f"match {words}", user=user)
    return card(bot, "Who else knows")


def press(bot: Bot, message: dict[str, Any], action: str, user: str = "U0ANA", **more: Any) -> Response:
    """Somebody presses a button of a message."""
    return bot.slack.press(user, more.get("channel", CHANNEL), message["ts"], f"cosell.{action}")


def said(bot: Bot) -> list[dict[str, Any]]:
    """The words of people on the record."""
    return [dict(e["said"]) for e in bot.ledger.entries() if e["event"] == "match.said"]


def refused(bot: Bot) -> list[dict[str, Any]]:
    """What is on the record of those who were not let."""
    return [dict(e) for e in bot.ledger.entries() if e["event"] == "decision.refused"]


def rows(bot: Bot, channel: str = CHANNEL) -> list[dict[str, str]]:
    """The CSV that was handed out, once it is there."""
    found = bot.wait(
        lambda: next((m["files"][0] for m in bot.slack.messages(channel) if m.get("files")), None)
    )
    assert found["name"] == "overlap-aws.csv"
    kept = bot.slack.file(found["id"])
    assert kept is not None
    return list(csv.DictReader(io.StringIO(kept["content"].decode("utf-8-sig"))))


def _all(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


# -- the counts ------------------------------------------------------------------------------------------------
def test_the_overlap_is_counted_and_explained(bot: Bot) -> None:
    """Both sides add up to their own totals, and where each comes from is told."""
    given(bot)
    told = _all(asked(bot))
    assert "4 lines = 2 sure + 0 to review + 1 not matched + 1 left out because" in told
    assert "8 accounts = 2 sure + 0 to review + 6 not in their list" in told
    assert "Their side: aws.csv of <@U0MEI>" in told and "Our side was read" in told
    assert "lightning/r/Opportunity/006000000000002AAA/view|Helios - grid forecasting" in told


def test_it_says_that_it_is_under_way(bot: Bot) -> None:
    """Matching takes a while, and the same message shows the result afterwards."""
    given(bot)
    answer = bot.command("overlap aws")
    assert "may take a minute" in str(answer.body)
    ts = asked(bot)["ts"]
    assert len([m for m in bot.slack.messages(CHANNEL) if m["ts"] == ts]) == 1
    assert "Matching" not in _all(bot.slack.message(CHANNEL, ts))


def test_the_csv_has_every_line_with_what_became_of_it(bot: Bot) -> None:
    """In the card's thread, with the same counts."""
    given(bot)
    told = asked(bot)
    assert press(bot, told, "overlap_csv").status == 200
    found = rows(bot)
    assert [(r["Their line"], r["Result"]) for r in found] == [
        ("row 2", "sure"),
        ("row 3", "sure"),
        ("row 4", "not matched"),
        ("row 5", "listed before"),
    ]
    assert (found[0]["Our account"], found[0]["Our account's id"]) == ("Northwind Freight", NORTHWIND_ACCOUNT)
    (message,) = [m for m in bot.slack.messages(CHANNEL) if m.get("files")]
    assert message["thread_ts"] == told["ts"]


def test_without_a_list_awss_own_opportunities_are_taken(bot: Bot) -> None:
    """Every one of them is a line, and the source is told."""
    bot.command("overlap")
    told = _all(card(bot, "*Theirs*"))
    assert "Their side: AWS Partner Central" in told
    assert f"{len(bot.world.partner_central.records):,} lines = " in told


def test_without_anything_at_aws_it_says_how_to_give_a_list(bot: Bot) -> None:
    """Nothing is counted of nothing."""
    bot.world.partner_central.records.clear()
    bot.command("overlap aws")
    bot.whispered(
        "U0ANA", "We have no opportunity at AWS, and nobody has given me AWS's list yet. Drop the list here"
    )


@pytest.mark.parametrize("words", ["overlap acme", "overlap nobody at all"])
def test_without_a_list_it_says_how_to_give_one(bot: Bot, words: str) -> None:
    """And of whom there is one."""
    given(bot)
    bot.command(words)
    told = bot.whispered("U0ANA", "Drop the list here as a CSV or XLSX file")
    assert "There are: AWS" in told["text"]


# -- what people say -------------------------------------------------------------------------------------------
def test_a_yes_said_once_beats_the_score_the_next_time(bot: Bot) -> None:
    """What was to review is sure from then on, with who said so; and it is on the record."""
    given(bot, [Company("row 2", "Helios Energy"), *THEIRS[2:3]])
    before = matched(bot)
    assert "to review" in _all(before)
    assert press(bot, before, "same", user="U0MEI").status == 200
    bot.wait(lambda: "Mei Tanaka said on" in _all(bot.slack.message(CHANNEL, before["ts"])))
    assert "surely the same" in _all(bot.slack.message(CHANNEL, before["ts"]))
    assert [(one["yes"], one["by"], one["ours"]) for one in said(bot)] == [(True, "U0MEI", HELIOS_ACCOUNT)]
    told = _all(asked(bot))
    assert "2 lines = 1 sure + 0 to review + 1 not matched" in told
    assert bot.ledger.verify().flaw is None


def test_a_no_said_once_beats_the_score_the_next_time(bot: Bot) -> None:
    """Even where the websites are the same; and the card goes on showing it, so that it can be said otherwise."""
    given(bot, THEIRS[:1])
    before = matched(bot, NORTHWIND_ACCOUNT)
    press(bot, before, "not_same")
    after = bot.wait(
        lambda: (
            m if "not the same" in _all(m := bot.slack.message(CHANNEL, before["ts"])) and said(bot) else None
        )
    )
    bot.wait(lambda: "Ana Costa said on" in _all(bot.slack.message(CHANNEL, before["ts"])))
    assert "1 lines = 0 sure + 0 to review + 1 not matched" in _all(asked(bot))
    press(bot, after, "same", user="U0MEI")
    bot.wait(lambda: len(said(bot)) == 2)
    bot.wait(lambda: "Mei Tanaka said on" in _all(bot.slack.message(CHANNEL, before["ts"])))


def test_the_word_holds_for_the_next_list(bot: Bot) -> None:
    """Whatever row the company has there, and however far its score falls short."""
    given(bot, [Company("row 2", "Helios Energie Hamburg", "", "DE")])
    near = matched(bot)
    assert "hardly the same" in _all(near)
    press(bot, near, "same")
    bot.wait(lambda: said(bot))
    given(bot, [*THEIRS[2:3], Company("row 77", "HELIOS ENERGIE  Hamburg", "", "Germany")])
    assert "2 lines = 1 sure + 0 to review + 1 not matched" in _all(asked(bot))


def test_pressing_twice_is_one_record(bot: Bot) -> None:
    """A finger that trembles says it once."""
    given(bot)
    shown = matched(bot)
    for _ in range(3):
        assert press(bot, shown, "same").status == 200
    bot.wait(lambda: "Ana Costa said on" in _all(bot.slack.message(CHANNEL, shown["ts"])))
    bot.command("status")
    bot.whispered("U0ANA", "Nothing was proposed")
    assert len(said(bot)) == 1


def test_several_accounts_are_asked_about(bot: Bot) -> None:
    """With what to type for each; none is guessed."""
    given(bot)
    bot.command("match e")
    told = bot.whispered("U0ANA", "Several accounts may be meant by")
    assert f"/cosell match {HELIOS_ACCOUNT}" in _all(told)


@pytest.mark.parametrize(
    ("words", "told"),
    [("match", "takes an account of ours"), ("match Zzyzx Qwfp", "No account of ours is called")],
)
def test_words_that_name_no_account_are_told(bot: Bot, words: str, told: str) -> None:
    """With what would."""
    given(bot)
    bot.command(words)
    bot.whispered("U0ANA", told)


# -- who may, and where ----------------------------------------------------------------------------------------
def test_a_shared_channel_shows_nothing(bot: Bot) -> None:
    """Whoever of ours asks there is answered alone, without the CSV; the channel reads not a word."""
    given(bot)
    bot.command("overlap aws", user="U0MEI", channel=SHARED)
    bot.command("match Northwind Freight", user="U0MEI", channel=SHARED)
    overlap = bot.whispered("U0MEI", "Overlap with AWS")
    match = bot.whispered("U0MEI", "Who else knows Northwind")
    assert "in a channel of our own people alone gives the whole as CSV" in _all(overlap)
    assert "cosell.overlap_csv" not in _all(overlap)
    bot.slack.press("U0MEI", SHARED, match["ts"], "cosell.same")
    bot.whispered("U0MEI", "Recorded: Northwind Freight is the same company as")
    assert not [m for m in bot.slack.messages(SHARED) if m.get("bot_id")]


def test_the_csv_is_refused_once_the_channel_is_shared(bot: Bot) -> None:
    """A card that was posted before outsiders came is hidden, and its button hands out nothing."""
    given(bot)
    told = asked(bot)
    bot.slack.share(CHANNEL)
    bot.wait(lambda: "This message was for people" in _all(bot.slack.message(CHANNEL, told["ts"])))
    bot.slack.press_raw("U0ANA", CHANNEL, told["ts"], "cosell.overlap_csv", value="aws")
    bot.whispered("U0ANA", "This file would name our customers")
    assert not [m for m in bot.slack.messages(CHANNEL) if m.get("files")]


@pytest.mark.parametrize("action", ["same", "overlap_csv"])
def test_an_outsiders_press_is_refused_and_on_the_record(bot: Bot, action: str) -> None:
    """Whatever the button."""
    given(bot)
    shown = matched(bot) if action == "same" else asked(bot)
    bot.slack.press_raw("U0PAT", CHANNEL, shown["ts"], f"cosell.{action}", team="T0AWSCO")
    found = bot.wait(lambda: refused(bot))
    assert (found[0]["by"], found[0]["team"]) == ("U0PAT", "T0AWSCO")
    assert not said(bot)
    assert not [m for m in bot.slack.messages(CHANNEL) if m.get("files")]


def test_a_guests_press_is_refused_and_on_the_record(bot: Bot) -> None:
    """A guest of our own workspace is none of ours."""
    given(bot)
    press(bot, matched(bot), "same", user="U0GUS")
    bot.whispered("U0GUS", "Only people of the company")
    (found,) = refused(bot)
    assert (found["by"], found["wanted"]) == ("U0GUS", "match")
    assert not said(bot)


@pytest.mark.parametrize("words", ["match Northwind", "overlap aws"])
def test_a_guest_is_told_nothing(bot: Bot, words: str) -> None:
    """They have no account in the CRM whose values this would show."""
    given(bot)
    bot.command(words, user="U0GUS")
    bot.whispered("U0GUS", "Only people of the company")
    assert "Theirs" not in _all({"all": bot.slack.messages(CHANNEL)})


# -- taking a list ---------------------------------------------------------------------------------------------
@pytest.fixture
def overlapping(bot: Bot) -> Any:
    """The part that takes lists, as a worker has it."""
    return app.Assembly(load()).overlapping


def take(overlapping: Overlapping, channel: str = CHANNEL, ts: str | None = None, **more: Any) -> None:
    """Mei's list is taken."""
    about = {"name": "AWS accounts.csv", "source": "AWS accounts.csv", "by": "U0MEI", "cause": "drop-1"}
    overlapping.take(
        "",
        THEIRS,
        [RowProblem(9, "It has no company name.")],
        **{**about, **more},
        channel=channel,
        thread_ts=ts,
    )


def test_a_list_that_is_dropped_is_taken_and_counted_in_its_thread(
    bot: Bot, overlapping: Overlapping
) -> None:
    """With what was left out, and what to ask next; the same drop twice is told once."""
    ts = bot.say("our list", user="U0MEI")
    take(overlapping, ts=ts)
    take(overlapping, ts=ts)
    (told,) = [m for m in bot.slack.thread(CHANNEL, ts) if m.get("bot_id")]
    assert "I have taken 4 companies as AWS's list" in _all(told)
    assert "Row 9: It has no company name." in _all(told)
    assert "4 lines = 2 sure" in _all(told) and "`/cosell overlap aws`" in _all(told)


def test_a_list_that_is_dropped_in_a_shared_channel_is_counted_for_nobody_there(
    bot: Bot, overlapping: Overlapping
) -> None:
    """It is taken; what we have in common is told in a channel of ours."""
    ts = bot.say("our list", user="U0MEI", channel=SHARED)
    take(overlapping, channel=SHARED, ts=ts)
    (told,) = [m for m in bot.slack.thread(SHARED, ts) if m.get("bot_id")]
    assert "I have taken 4 companies" in _all(told) and "Our customers" not in _all(told)
    assert "Northwind" not in _all(told)


def test_a_guests_list_is_not_taken(bot: Bot, overlapping: Overlapping) -> None:
    """The one before it stays."""
    given(bot, THEIRS[:1])
    with pytest.raises(Refused):
        take(overlapping, by="U0GUS")
    found = PartnerLists(bot.store).of("aws")
    assert found is not None and found[1] == THEIRS[:1]
