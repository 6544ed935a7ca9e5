"""Cards in channels that people of another company read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.audience import Audience
from bot.cards import Card
from bot.clients import Candidate
from bot.proposal import Origin, Proposal, Status, Via
from tests.bot.cards.examples import (
    SHARED,
    declined,
    done,
    failed,
    look_alikes,
    meeting,
    outsiders_words,
    overridden,
    partly_approved,
    referral,
    unverified,
    update,
)
from tests.bot.cards.marking import SECRET, marked
from tests.bot.cards.reading import buttons, shown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Proposals = Callable[..., st.SearchStrategy[Proposal]]
Problems = Callable[[Any], list[str]]

AUDIENCES = st.frozensets(st.integers(0, 12).map(str), max_size=6).map(
    lambda names: Audience(outsiders=True, sees=names)
)


def drawings(proposal: Proposal, audience: Audience) -> list[Card]:
    """Everything that is posted of a proposal."""
    told = [cards.draw(proposal, audience), cards.result(proposal, audience)]
    return [*told, cards.skipped(proposal, audience)] if proposal.override is not None else told


def leaks(proposal: Proposal, audience: Audience) -> list[str]:
    """What is posted of a proposal and holds a secret."""
    posted = [card.model_dump_json() for card in drawings(marked(proposal, audience), audience)]
    return [card for card in posted if SECRET in card.lower()]


@pytest.mark.parametrize("status", Status)
@many
@given(data=st.data())
def test_outsiders_read_nothing_that_is_not_theirs(
    status: Status, data: st.DataObject, proposals: Proposals
) -> None:
    """Of any proposal in any state, no text, label, address or id says anything but the values named for them."""
    assert leaks(data.draw(proposals((status,))), data.draw(AUDIENCES)) == []


@pytest.mark.parametrize("status", Status)
def test_nothing_of_what_people_meet_daily_is_read_by_outsiders(status: Status) -> None:
    """The same of a proposal with everything on it: approvals, an override, look-alikes, a receipt, a reason."""
    full = {"status": status, "alike": look_alikes(NOW, 2).alike, "receipt": done(NOW).receipt, "moved": True}
    for drawn in (partly_approved(NOW), overridden(NOW), declined(NOW), outsiders_words(NOW), meeting(NOW)):
        assert leaks(drawn.model_copy(update=full), SHARED) == []


@many
@given(data=st.data())
def test_every_shared_card_is_within_limits(
    data: st.DataObject, proposals: Proposals, problems: Problems
) -> None:
    """Slack takes them too."""
    drawn = data.draw(proposals())
    names = frozenset(change.name for change in drawn.preview.changes)
    audience = data.draw(st.sampled_from((SHARED, Audience(outsiders=True, sees=names))))
    for card in drawings(drawn, audience):
        assert problems(card) == []


def test_the_secrets_are_really_in_what_our_own_people_read() -> None:
    """The search for secrets would find one: the card without outsiders is full of them."""
    secret = marked(update(NOW), SHARED)
    assert SECRET in shown(cards.draw(secret)) and SECRET in cards.draw(secret).text


def test_outsiders_see_the_values_named_for_them_before_and_after() -> None:
    """And how many more there are, behind a button that is for our people."""
    said = shown(cards.draw(referral(NOW, complete=True), SHARED))
    assert "*Company*   Northwind Freight · D-U-N-S 150483782" in said
    assert "Target close date" in said
    assert "10 more details are behind View details, for people of the company that runs this bot" in said
    one = Audience(outsiders=True, sees=frozenset({"p2b_score"}))
    card = cards.draw(update(NOW), one)
    assert "*P2B Score*   64  →  *82*" in shown(card) and "P2B Score: 64 → 82" in card.text
    assert "1 more detail is behind" in shown(card)


def test_a_shared_card_has_no_approve() -> None:
    """Who approves has to have seen what they approve; that is behind the one primary button."""
    pressed = buttons(cards.draw(update(NOW), SHARED))
    assert list(pressed) == ["cosell.review", "cosell.edit", "cosell.decline"]
    assert pressed["cosell.review"]["style"] == "primary"
    assert pressed["cosell.review"]["text"]["text"] == "View details"
    assert {button["value"] for button in pressed.values()} == {"prp_k3v9x2m7q4w8t6zb|1"}


def test_details_can_be_completed_and_the_glass_broken_from_a_shared_card() -> None:
    """Each in a window of its own, which is opened for our people alone."""
    incomplete = buttons(cards.draw(referral(NOW, complete=False), SHARED))
    assert list(incomplete) == ["cosell.review", "cosell.edit", "cosell.decline"]
    assert incomplete["cosell.edit"]["text"]["text"] == "Complete details"
    assert "cosell.override" in buttons(cards.draw(partly_approved(NOW), SHARED))


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OPEN])
def test_what_is_decided_leads_to_its_details_only(status: Status) -> None:
    """One button, on the card and on the result."""
    drawn = update(NOW).model_copy(update={"status": status})
    for card in (cards.draw(drawn, SHARED), cards.result(drawn, SHARED)):
        assert list(buttons(card)) == ["cosell.review"]


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (update(NOW).model_copy(update={"status": Status.EXECUTING}), "being carried out"),
        (done(NOW), "done and read back"),
        (failed(NOW), "not done"),
        (unverified(NOW), "somebody of the company that runs this bot has to look"),
        (declined(NOW), "declined by <@U0MEI>. <@U0BEN> asked for it"),
    ],
)
def test_where_it_stands_is_said_in_words(drawn: Proposal, said: str) -> None:
    """On the card, in the result and in what is read aloud."""
    for card in (cards.draw(drawn, SHARED), cards.result(drawn, SHARED)):
        assert said in shown(card) and said in card.text


def test_people_and_times_are_shown_and_no_reason_why_they_are_asked() -> None:
    """That a deal is large is no business of the partner's, so not even a policy's own words are there."""
    said = shown(cards.draw(partly_approved(NOW), SHARED))
    assert f"Approved by <@U0ANA> {cards.when(NOW)}." in said
    assert "*Still needed:* an approval (<@U0DANA> or <@U0TOM>)." in said
    assert "1,000,000" not in said and "signed in" not in said
    needs = shown(cards.draw(partly_approved(NOW).model_copy(update={"approvals": ()}), SHARED))
    assert "*Needs:* an approval (<@U0DANA> or <@U0TOM>)." in needs
    assert "*May approve:* <@U0ANA>, <@U0MEI>" in shown(cards.draw(update(NOW), SHARED))


def test_a_broken_glass_is_marked_without_the_reason() -> None:
    """Those who were skipped are called all the same."""
    for card in drawings(overridden(NOW), SHARED):
        assert "Break-glass: <@U0MEI> went ahead without an approval of <@U0DANA>, <@U0TOM>." in shown(card)
        assert "plane" not in shown(card)
    assert "`/cosell stop`" in shown(cards.skipped(overridden(NOW), SHARED))


@pytest.mark.parametrize(
    ("via", "there"), [(Via.MENTION, True), (Via.COMMAND, False), (Via.FOLLOW_UP, False)]
)
def test_only_words_that_stand_in_the_channel_are_quoted(via: Via, there: bool) -> None:
    """What was typed into a command nobody else saw."""
    origin = Origin(by="U0BEN", via=via, words="score is 82", at=NOW)
    said = shown(cards.draw(update(NOW).model_copy(update={"origin": origin}), SHARED))
    assert ("score is 82" in said) is there


def test_a_deal_that_moved_is_told_without_what_it_was() -> None:
    """That it has to be approved again, and no value of before."""
    audience = Audience(outsiders=True, sees=frozenset({"p2b_score"}))
    card = cards.draw(update(NOW, moved=True), audience)
    assert "has to be approved again" in shown(card)
    assert "was 64" not in shown(card)


def test_a_shared_channel_is_linked_without_naming_the_deal() -> None:
    """Neither the deal, nor its address, nor other customers whose deals it might have been."""
    told = cards.linked("Northwind", "https://crm.example/1", "U0ANA", SHARED)
    assert "<@U0ANA>" in shown(told)
    candidate = Candidate(id="006000000000001AAA", name="Northwind", account="Northwind", stage="Won")
    asked = cards.link_suggestion("C1", [candidate], SHARED)
    assert "/cosell link" in asked.text and buttons(asked) == {}
    for card in (told, asked):
        dumped = json.dumps(card.model_dump(mode="json"))
        assert "Northwind" not in dumped and "crm.example" not in dumped and "006000" not in dumped


def test_what_was_posted_for_our_people_alone_can_be_hidden(problems: Problems) -> None:
    """A sentence stands in its place."""
    assert "It is hidden" in cards.hidden().text
    assert problems(cards.hidden()) == []
