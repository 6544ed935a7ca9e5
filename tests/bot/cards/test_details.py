"""The window behind "View details"."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.action import Change
from bot.proposal import Proposal, Status
from tests.bot.cards.examples import done, failed, look_alikes, meeting, overridden, partly_approved, update
from tests.bot.cards.reading import buttons, shown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(data=st.data())
def test_every_window_is_within_limits(
    data: st.DataObject,
    proposals: Callable[..., st.SearchStrategy[Proposal]],
    problems: Callable[[Any], list[str]],
) -> None:
    """Slack takes the details of any proposal, and there is nothing to press in them but the window's own buttons."""
    view = cards.details(data.draw(proposals()), data.draw(st.booleans()))
    assert problems(view) == []
    assert buttons(view) == {}
    assert all(block["type"] != "actions" for block in view["blocks"])


@pytest.mark.parametrize("drawn", [update(NOW), meeting(NOW), look_alikes(NOW), partly_approved(NOW)])
def test_the_details_say_all_that_the_card_says(drawn: Proposal) -> None:
    """Of what is to be decided on, block by block, but for what is pressed."""
    card = [block for block in cards.draw(drawn).blocks if block["type"] != "actions"]
    said = cards.details(drawn, False)["blocks"]
    assert said == [{key: part for key, part in block.items() if key != "accessory"} for block in card]


@pytest.mark.parametrize("drawn", [done(NOW), failed(NOW), overridden(NOW, Status.UNVERIFIED)])
def test_the_details_of_what_is_over_say_how_it_ended(drawn: Proposal) -> None:
    """Everything of the result, and the values that the card had."""
    said = cards.details(drawn, False)["blocks"]
    assert [block for block in cards.result(drawn).blocks if block not in said] == []
    assert drawn.preview.changes[0].after in shown(cards.details(drawn, False))


def test_submitting_approves_exactly_what_is_shown() -> None:
    """The button is there only for whoever may, is bound to the version, and says what it does."""
    view = cards.details(update(NOW), True)
    assert view["submit"]["text"] == "Approve" and view["close"]["text"] == "Cancel"
    assert "approves exactly what stands here" in shown(view)
    assert (view["callback_id"], view["private_metadata"]) == (
        "cosell.review",
        "prp_k3v9x2m7q4w8t6zb|1|C0NORTH",
    )
    only_seen = cards.details(update(NOW), False)
    assert "submit" not in only_seen and only_seen["close"]["text"] == "Close"
    assert "approves exactly" not in shown(only_seen)


def test_a_window_holds_values_that_a_card_must_shorten() -> None:
    """Long texts that a message has no room for are there in full."""
    text = "word " * 250
    changes = tuple(
        Change(name=f"c{n}", label=f"L{n}", before=None, after=text, source="Salesforce · X", as_of=NOW)
        for n in range(12)
    )
    preview = update(NOW).preview.model_copy(update={"changes": changes})
    long = update(NOW).model_copy(update={"preview": preview})
    assert text.strip() not in shown(cards.draw(long))
    assert shown(cards.details(long, True)).count(text.strip()) == 12


def test_a_window_has_a_whole_title() -> None:
    """A kind's name that a window cannot hold stands inside it."""
    assert cards.details(partly_approved(NOW), True)["title"]["text"] == "Submit referral to AWS"
    assert cards.details(update(NOW), True)["title"]["text"] == "Details"
    assert "Update Salesforce opportunity" in shown(cards.details(update(NOW), True))
