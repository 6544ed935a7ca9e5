"""Batches as cards: how many of each sort, how far it has come, what can follow; and questions about columns."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot import cards
from bot.action import Listing, Preview
from bot.audience import Audience
from bot.cards.blocks import MOST_BLOCKS, MOST_CHARACTERS
from bot.cards.text import size
from bot.proposal import Progress, Status
from tests.bot import factory

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOSTILE = "<!channel> *bold* `code` <@U0ANA> & <https://evil.example|click>"
texts = st.text(max_size=80)


def buttons(card: cards.Card) -> list[str]:
    """The labels of a card's buttons."""
    return [
        element["text"]["text"]
        for block in card.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_each_sort_says_how_many_there_are() -> None:
    """And shows the first of them, as they are written and no more."""
    listing = Listing(title="12 to review", lines=(f"Row 4, {HOSTILE}",), total=12)
    preview = Preview(headline="Write 3 scores", changes=(), listings=(listing,), editing="Review 12", more=7)
    drawn = cards.draw(factory.proposal(preview=preview, card_ts=None))
    shown = json.dumps(drawn.blocks)
    assert "12 to review" in shown and "and 11 more" in shown
    assert "<!channel>" not in shown and "<@U0ANA> &" not in shown
    assert "Review 12" in buttons(drawn)


def test_where_there_is_nothing_to_change_no_button_offers_it() -> None:
    """Approve and Decline are left."""
    preview = Preview(headline="Put back 3 scores", changes=(), editing=None)
    assert buttons(cards.draw(factory.proposal(preview=preview))) == ["Approve", "Decline"]


def test_how_far_it_has_come_is_shown() -> None:
    """As a bar and in numbers."""
    under_way = factory.proposal(status=Status.EXECUTING, progress=Progress(done=1_200, total=10_000))
    assert "1,200 of 10,000 rows" in json.dumps(cards.draw(under_way).blocks)


def test_the_result_offers_what_can_follow() -> None:
    """What was not written, and what can be put back; never where outsiders read."""
    ended = factory.proposal(status=Status.DONE, outcome="Wrote 3 of 43.", unwritten=40, undoable=True)
    assert buttons(cards.result(ended)) == ["Try 40 rows again", "Undo…"]
    assert not {"Try 40 rows again", "Undo…"} & set(buttons(cards.result(ended, Audience(outsiders=True))))
    nothing = ended.model_copy(update={"unwritten": 0, "undoable": False})
    assert not buttons(cards.result(nothing))


@given(
    texts,
    st.dictionaries(texts, texts, max_size=8),
    st.lists(texts, max_size=3),
    st.text(max_size=2_000),
)
def test_a_question_about_columns_is_within_limits(
    name: str, guessed: dict[str, str], missing: list[str], expected: str
) -> None:
    """Whatever a file calls its columns."""
    card = cards.ask_columns(name, "a file of scores", guessed, missing, expected, "C1|1.1|F1")
    assert (
        len(card.blocks) <= MOST_BLOCKS
        and size(json.dumps(card.blocks, ensure_ascii=False)) <= MOST_CHARACTERS
    )
    assert ("Use these" in buttons(card)) is (not missing)


@given(
    st.lists(texts, max_size=300, unique=True), st.dictionaries(st.sampled_from(["score", "company"]), texts)
)
def test_the_form_of_columns_is_within_limits(headings: list[str], guessed: dict[str, str]) -> None:
    """A select takes a hundred options, each with a text."""
    wanted = [("score", "Score", True), ("company", "Company", False)]
    view = cards.columns_form("scores.csv", wanted, headings, guessed, "C1|1.1|F1")
    for block in view["blocks"]:
        if block["type"] == "input":
            options = block["element"]["options"]
            assert len(options) <= 100
            assert all(0 < size(option["text"]["text"]) <= 75 for option in options)
            initial = block["element"].get("initial_option")
            assert initial is None or initial in options
