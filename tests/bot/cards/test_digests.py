"""Digests: a line and a button for each, whole pages, and nothing of a deal where outsiders read."""

import json
from typing import Any

import pytest

from bot.audience import Audience
from bot.cards.blocks import MOST_BLOCKS, MOST_CHARACTERS, Card
from bot.cards.digests import PAGE, alert, digest
from bot.cards.rules import Silence, Standing, quiet, rules
from bot.rules import Rule, Triggers
from tests.bot.test_rules import GOOD
from tests.bot.test_watch_state import NOW, firing

OUTSIDERS = Audience(outsiders=True)
TRIGGERS = Triggers(every_minutes=5, digest_above=5, quiet_hours="19:00-08:00")


def buttons(card: Card) -> list[tuple[str, str]]:
    """Action and value of each button."""
    found = [b.get("accessory") for b in card.blocks]
    found += [e for b in card.blocks if b["type"] == "actions" for e in b["elements"]]
    return [(b["action_id"], b["value"]) for b in found if b]


def many(number: int, **changes: Any) -> list[Any]:
    """So many firings."""
    return [firing(f"f{n}", deal=f"Deal {n}", why=f"Why {n}.", **changes) for n in range(number)]


def test_each_has_its_deal_its_why_and_its_button() -> None:
    """Pressing it names exactly this firing of this digest."""
    card = digest("d1", many(7))
    said = json.dumps(card.blocks)
    assert all(f"Deal {n}" in said and f"Why {n}." in said for n in range(7))
    assert buttons(card) == [("cosell.rule.propose", f"d1|f{n}") for n in range(7)]
    assert "Rules found 7 deals to look at" in card.text


def test_what_proposes_nothing_has_no_button() -> None:
    """It is told and that is all."""
    assert buttons(digest("d1", many(2, propose=""))) == []


def test_what_does_not_fit_is_behind_a_button_and_none_is_lost() -> None:
    """Page after page shows each firing once."""
    firings = many(47)
    pages = [digest("d1", firings, page) for page in range(3)]
    assert "… and 27 more" in json.dumps(pages[0].blocks, ensure_ascii=False)
    shown = [value for page in pages for action, value in buttons(page) if action == "cosell.rule.propose"]
    assert shown == [f"d1|f{n}" for n in range(47)]
    more = [value for page in pages for action, value in buttons(page) if action == "cosell.rule.show"]
    assert more == ["d1|1", "d1|2"]


@pytest.mark.parametrize("page", [0, 1])
def test_the_longest_fits_into_a_message(page: int) -> None:
    """Records may hold anything, of any length."""
    nasty = "<!channel> & *x* \U0001f600" * 60
    firings = [firing(f"f{n}", deal=nasty, why=nasty, rule=nasty[:60]) for n in range(2 * PAGE + 1)]
    card = digest("d" * 24, firings, page)
    assert len(card.blocks) <= MOST_BLOCKS
    assert len(json.dumps(card.blocks, ensure_ascii=False).encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    read = [b["text"]["text"] for b in card.blocks if b["type"] == "section"]
    assert "<!channel>" not in "".join(read) + card.text


def test_outsiders_read_how_many_and_nothing_of_a_deal() -> None:
    """No name, no figure, no rule; our own people ask for the rest."""
    card = digest("d1", many(7, rule="secret rule"), 0, OUTSIDERS)
    said = json.dumps(card.blocks) + card.text
    assert "7 deals" in said
    assert not [word for word in ("Deal 1", "Why", "secret", "Northwind", "f1") if word in said]
    assert buttons(card) == [("cosell.rule.show", "d1|0")]


def test_an_alert_says_deal_why_and_rule() -> None:
    """Literally, whatever the record holds."""
    card = alert(firing("a", deal="<!here> *A*", why="The stage went."))
    said = json.dumps(card.blocks, ensure_ascii=False)
    assert "&lt;!here&gt;" in said and "The stage went." in said and "“large”" in said


@pytest.mark.parametrize("given", GOOD, ids=lambda given: str(given["when"]))
def test_the_list_says_of_each_rule_what_it_watches_and_what_it_did(given: dict[str, Any]) -> None:
    """When it looked last, how often it fired, and what it proposes."""
    rule = Rule.model_validate({"name": "one", **given})
    card = rules([Standing(rule=rule, ran=NOW, fired=3)], Silence(), TRIGGERS)
    said = json.dumps(card.blocks, ensure_ascii=False)
    assert "*one*" in said and "When " in said and "Looked last" in said and "fired 3 times" in said
    assert ("/cosell " + rule.propose in said) if rule.propose else ("tells" in said)
    assert "  " not in said.replace("  ·  ", "")


def test_the_list_says_what_is_quiet_and_how_many_wait() -> None:
    """Here, for whoever asks, and every day."""
    silence = Silence(here=True, me=True, me_until=NOW, waiting=4)
    said = rules(
        [Standing(rule=Rule(name="a", when="invited"), ran=None, fired=1)], silence, TRIGGERS
    ).model_dump_json()
    for words in (
        "quiet in this channel until somebody ends it",
        "quiet on your deals until",
        "from 19:00 to 08:00",
        "4 waiting",
        "Has not looked yet",
        "fired once",
    ):
        assert words in said


def test_without_rules_that_is_said_and_quiet_says_how_to_ask() -> None:
    """Both are an answer."""
    assert "has no rules" in rules([], Silence(), TRIGGERS).text
    assert "for 3 days" in quiet(Silence(), TRIGGERS).text
