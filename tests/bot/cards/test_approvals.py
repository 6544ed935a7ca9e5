"""Approvals by several people, break-glass, look-alikes, outsiders' words, sign-in: what people read of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.audience import OURS
from bot.proposal import Approval, Approver, Missing, Origin, Proposal, Status, Via
from tests.bot.cards.examples import (
    SALES,
    SHARED,
    declined,
    look_alikes,
    outsiders_words,
    overridden,
    partly_approved,
    referral,
    update,
)
from tests.bot.cards.reading import buttons, shown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT = cards.when(NOW)
SALES_MANAGER = "a sales manager, for a deal of 1,000,000 or more (<@U0DANA> or <@U0TOM>)"
many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
Problems = Callable[[Any], list[str]]
Proposals = Callable[..., st.SearchStrategy[Proposal]]


def dana(at: datetime) -> Approval:
    """Dana's yes."""
    by = Approver(name="Dana Cole", slack="U0DANA", email="d", salesforce="d", calendar=None, why="is")
    return Approval(by=by, at=at, version=1, digest="d", versions={})


# -- several approvals --------------------------------------------------------------------------------------
def test_a_partly_approved_card_says_who_did_and_who_is_still_needed() -> None:
    """With when, and with the people who could give what is missing; the buttons stay for them."""
    card = cards.draw(partly_approved(NOW))
    said = shown(card)
    assert f"Approved by <@U0ANA> {AT} (signed in at idp.brightlane.example {AT} with hwk, mfa)." in said
    assert f"*Still needed:* {SALES_MANAGER}." in said
    assert f"Approved by <@U0ANA>, still needed: {SALES_MANAGER}." in card.text
    assert set(buttons(card)) == {"cosell.approve", "cosell.edit", "cosell.decline", "cosell.override"}


def test_what_several_people_must_approve_is_said_before_anybody_did() -> None:
    """All that is needed, in place of a list of people of whom any one would do."""
    second = Missing(who="a partner manager", people=("U0MEI",))
    said = shown(cards.draw(update(NOW).model_copy(update={"missing": (SALES, second)})))
    assert f"*Needs:* {SALES_MANAGER} and a partner manager (<@U0MEI>)." in said
    assert "May approve" not in said and "Approved by" not in said


def test_an_approval_that_nobody_can_give_is_said_to_be_so() -> None:
    """The card does not wait in silence for a person who does not exist."""
    alone = Missing(who="a sales manager")
    said = shown(cards.draw(partly_approved(NOW).model_copy(update={"missing": (alone,)})))
    assert "*Still needed:* a sales manager (nobody in the configuration can)." in said


@pytest.mark.parametrize("status", [Status.APPROVED, Status.EXECUTING, Status.DONE, Status.FAILED])
def test_every_approver_is_named_from_then_on(status: Status) -> None:
    """On the card and in the result, each with the sign-in that it rests on."""
    first = partly_approved(NOW).approvals[0]
    both = {"approvals": (first, dana(NOW + timedelta(minutes=5))), "missing": (), "status": status}
    drawn = partly_approved(NOW).model_copy(update=both)
    told = [cards.draw(drawn), *([cards.result(drawn)] if status.ended else [])]
    for card in told:
        assert "<@U0ANA>" in shown(card) and "<@U0DANA>" in shown(card)
        assert "signed in at idp.brightlane.example" in shown(card)
        assert cards.when(NOW + timedelta(minutes=5)) in shown(card)


def test_a_card_that_expired_half_approved_says_whose_approval_never_came() -> None:
    """Whoever asks again knows whom to turn to."""
    over = partly_approved(NOW).model_copy(update={"status": Status.EXPIRED, "ended_at": NOW})
    said = shown(cards.draw(over))
    assert "Approved by <@U0ANA>" in said and f"Never approved by {SALES_MANAGER}" in said


# -- break-glass --------------------------------------------------------------------------------------------
def test_the_glass_is_offered_only_where_one_of_several_is_missing() -> None:
    """It stands in for one of several approvals: never for the first, and not for details that are missing."""
    nobody_yet = partly_approved(NOW).model_copy(update={"approvals": ()})
    incomplete = referral(NOW, complete=False).model_copy(
        update={"approvals": partly_approved(NOW).approvals, "missing": (SALES,)}
    )
    for drawn in (update(NOW), nobody_yet, incomplete):
        assert "cosell.override" not in buttons(cards.draw(drawn))
    pressed = buttons(cards.draw(partly_approved(NOW)))["cosell.override"]
    assert (pressed["text"]["text"], pressed["style"]) == ("Override…", "danger")
    assert pressed["value"] == buttons(cards.draw(partly_approved(NOW)))["cosell.approve"]["value"]


def test_whoever_breaks_the_glass_sees_what_they_let_through_and_who_hears_of_it() -> None:
    """The form shows the values, the missing approval and the people who are told, and takes a sentence, not a word."""
    view = cards.override_form(partly_approved(NOW))
    said = shown(view)
    assert "12,500 USD per month" in said and f"*Still missing:* {SALES_MANAGER}" in said
    assert "reason:* <@U0DANA>, <@U0TOM>." in said
    assert (view["callback_id"], view["private_metadata"]) == (
        "cosell.override",
        "prp_k3v9x2m7q4w8t6zb|2|C0NORTH",
    )
    reason = view["blocks"][-1]
    element = reason["element"]
    assert (reason["block_id"], reason["optional"]) == ("reason", False)
    assert (element["multiline"], element["min_length"], element["max_length"]) == (True, 15, 500)


@pytest.mark.parametrize("status", [Status.APPROVED, Status.EXECUTING, Status.DONE, Status.UNVERIFIED])
def test_a_broken_glass_is_marked_on_top_of_everything(status: Status) -> None:
    """Card and result begin with who went ahead without whom, and why; what is read aloud says it as well."""
    drawn = overridden(NOW, status)
    mark = (
        f":rotating_light:  *Break-glass:* <@U0MEI> went ahead without the approval of {SALES_MANAGER}: "
        "“Dana is on a plane and AWS closes the quarter tonight”"
    )
    for card in (cards.draw(drawn), cards.result(drawn)):
        assert card.blocks[0]["text"]["text"] == mark
        assert "Break-glass: <@U0MEI> went ahead" in card.text
    assert cards.details(drawn, False)["blocks"][0]["text"]["text"] == mark


def test_everyone_who_was_skipped_is_called_and_told_what_they_can_do() -> None:
    """Who, without whom, what it is about, why, and how to stop it."""
    card = cards.skipped(overridden(NOW))
    said = shown(card)
    for part in (
        "<@U0MEI> goes ahead without the approval of a sales manager",
        "Not asked: <@U0DANA>, <@U0TOM>",
        "|Northwind - fleet telemetry lake>",
        "“Dana is on a plane and AWS closes the quarter tonight”",
        "`/cosell stop`",
    ):
        assert part in said
    assert "<@U0DANA>" in card.text and "Dana is on a plane" in card.text
    assert buttons(card) == {}


def test_of_many_who_were_skipped_nobody_is_left_out() -> None:
    """A list that is cut would skip somebody a second time."""
    crowd = tuple(f"U0P{n:03d}" for n in range(45))
    drawn = overridden(NOW)
    assert drawn.override is not None
    override = drawn.override.model_copy(update={"missing": (Missing(who="anybody", people=crowd),)})
    card = cards.skipped(drawn.model_copy(update={"override": override}))
    assert all(f"<@{user}>" in shown(card) for user in crowd)


def test_nothing_is_said_to_be_skipped_where_nothing_was() -> None:
    """The message cannot be drawn of a proposal that has every approval."""
    for audience in (SHARED, OURS):
        with pytest.raises(ValueError, match="approved by all"):
            cards.skipped(update(NOW), audience)


# -- the right deal, and whose words ------------------------------------------------------------------------
def test_a_look_alike_deal_is_warned_of_right_below_the_deal() -> None:
    """With its name leading to it, and what makes it alike."""
    card = cards.draw(look_alikes(NOW))
    below = card.blocks[2]
    assert card.blocks[1]["block_id"] == "deal" and below["block_id"] == "alike"
    said = below["text"]["text"]
    assert said.startswith(":mag: *Make sure this is the right deal.* <https://brightlane.lightning")
    assert "(phase 2)> at the same account has nearly the same name." in said
    assert "right deal" in card.text


def test_of_many_look_alikes_three_are_named() -> None:
    """And how many more there are."""
    said = cards.draw(look_alikes(NOW, 5)).blocks[2]["text"]["text"]
    assert said.count("nearly the same name") == 3 and "… and 2 more" in said


@pytest.mark.parametrize(
    ("via", "said"),
    [(Via.MESSAGE, "<@U0PAT> of AWS said: “P2B came"), (Via.COMMAND, "<@U0PAT> of AWS asked")],
)
def test_an_outsiders_words_are_marked(via: Via, said: str) -> None:
    """Whoever decides sees that it was not one of their own who said it."""
    drawn = outsiders_words(NOW)
    origin = drawn.origin.model_copy(update={"via": via})
    told = shown(cards.draw(drawn.model_copy(update={"origin": origin})))
    assert said in told and ":bust_in_silhouette: outside your company" in told
    assert "outside your company" not in shown(cards.draw(update(NOW)))


# -- declined -----------------------------------------------------------------------------------------------
def test_whoever_asked_is_called_when_somebody_else_declined() -> None:
    """In the result, with the reason."""
    card = cards.result(declined(NOW))
    assert "<@U0MEI> declined this: “The list is last year's”" in shown(card)
    assert "<@U0BEN> asked for it." in shown(card) and "<@U0BEN> asked for it." in card.text


def test_whoever_declined_their_own_is_not_called() -> None:
    """They know."""
    assert "asked for it" not in shown(cards.result(declined(NOW, by="U0BEN")))


# -- signing in ---------------------------------------------------------------------------------------------
def test_the_way_to_the_sign_in_says_why_and_for_how_long() -> None:
    """One link, good once; nothing is submitted in the window itself."""
    view = cards.sign_in(partly_approved(NOW), "https://cosell.example/sign-in/a1b2")
    (button,) = buttons(view).values()
    assert (button["action_id"], button["url"]) == ("cosell.sign_in", "https://cosell.example/sign-in/a1b2")
    assert button["text"]["text"] == "Sign in at your company"
    said = shown(view)
    assert "The policy asks for a fresh sign-in" in said and "once and for five minutes" in said
    assert "recorded when the sign-in succeeds" in said
    assert "submit" not in view and view["title"]["text"] == "Sign in to approve"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"how": ()}, "with phrh)"),
        ({"how": (), "strength": None}, f"idp.brightlane.example {AT})"),
        ({"issuer": "accounts.example"}, "(signed in at accounts.example"),
        ({"issuer": "https://["}, "(signed in at https://["),
    ],
)
def test_a_sign_in_is_told_as_far_as_it_is_known(changes: dict[str, Any], said: str) -> None:
    """How somebody signed in, else how strong the provider calls it; an odd address appears as it is."""
    drawn = partly_approved(NOW)
    (approval,) = drawn.approvals
    assert approval.sign_in is not None
    sign_in = approval.sign_in.model_copy(update=changes)
    approvals = (approval.model_copy(update={"sign_in": sign_in}),)
    assert said in shown(cards.draw(drawn.model_copy(update={"approvals": approvals})))


# -- limits -------------------------------------------------------------------------------------------------
@many
@given(data=st.data())
def test_every_new_window_and_message_is_within_limits(
    data: st.DataObject, proposals: Proposals, problems: Problems
) -> None:
    """Slack takes each of them, of any proposal."""
    drawn = data.draw(proposals())
    url = data.draw(st.sampled_from(("https://cosell.example/sign-in/a", "https://c.example/" + "a" * 2_900)))
    for view in (cards.override_form(drawn), cards.sign_in(drawn, url)):
        assert problems(view) == []
    if drawn.override is not None:
        assert problems(cards.skipped(drawn)) == []
        assert problems(cards.skipped(drawn, SHARED)) == []


def test_a_follow_up_says_what_it_follows() -> None:
    """Nobody said it, so nobody is quoted."""
    origin = Origin(by="U0ANA", via=Via.FOLLOW_UP, words="the referral O71", at=NOW)
    said = shown(cards.draw(update(NOW).model_copy(update={"origin": origin})))
    assert "Follows what was just done: the referral O71" in said
