"""A proposal in any state as a card, and as the message that tells how it ended."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.action import Change, Finding, Option
from bot.clients import Reply
from bot.deal import System
from bot.proposal import Origin, Proposal, Status, Via
from tests.bot.cards.examples import SHARED, done, failed, meeting, proposal, referral, unverified, update
from tests.bot.cards.reading import buttons, objects, shown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ENDED = tuple(status for status in Status if status.ended)
many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

Proposals = Callable[..., st.SearchStrategy[Proposal]]
Problems = Callable[[Any], list[str]]


@many
@given(data=st.data())
def test_every_proposal_draws_within_limits(
    data: st.DataObject, proposals: Proposals, problems: Problems
) -> None:
    """Slack takes the card of any proposal, however long or odd its texts and lists."""
    assert problems(cards.draw(data.draw(proposals()))) == []


@many
@given(data=st.data())
def test_every_result_draws_within_limits(
    data: st.DataObject, proposals: Proposals, problems: Problems
) -> None:
    """Slack takes the message that tells the thread, whatever the ending."""
    assert problems(cards.result(data.draw(proposals(ENDED)))) == []


@many
@given(data=st.data())
def test_nothing_from_a_record_is_live(data: st.DataObject, proposals: Proposals) -> None:
    """No text of a record or a person pings, links or commands: only our own mentions, dates and links are live."""
    drawn = data.draw(proposals())
    views = (cards.details(drawn, True), cards.override_form(drawn), cards.decline_form(drawn))
    told = [cards.draw(drawn), cards.result(drawn), cards.draw(drawn, SHARED), cards.result(drawn, SHARED)]
    if drawn.override is not None:
        told += [cards.skipped(drawn), cards.skipped(drawn, SHARED)]
    for text, blocks in [*((card.text, card.blocks) for card in told), *(("", v["blocks"]) for v in views)]:
        mrkdwn = [found["text"] for found in objects(blocks) if found.get("type") == "mrkdwn"]
        live = re.findall("<([^<>]*)>", " ".join([*mrkdwn, text]))
        ours = r"@(U0ANA|U0BEN|W0MEI)|!date\^\d+\^[^<>]*|https://(crm|x)\.example/.*"
        assert [token for token in live if not re.fullmatch(ours, token, re.DOTALL)] == []


@many
@given(data=st.data())
def test_words_of_records_are_never_parsed(data: st.DataObject, proposals: Proposals) -> None:
    """Slack is told to leave "@here", "#general" and bare addresses alone in every text it may format."""
    drawn = data.draw(proposals())
    for blocks in (
        cards.draw(drawn).blocks,
        cards.draw(drawn, SHARED).blocks,
        cards.details(drawn, False)["blocks"],
        cards.override_form(drawn)["blocks"],
    ):
        assert all(found["verbatim"] for found in objects(blocks) if found.get("type") == "mrkdwn")


@many
@given(data=st.data())
def test_an_ended_proposal_has_no_buttons(data: st.DataObject, proposals: Proposals) -> None:
    """Nothing can be pressed on what is decided, on its way, or over."""
    drawn = data.draw(proposals(tuple(status for status in Status if status is not Status.OPEN)))
    assert buttons(cards.draw(drawn)) == {}
    assert buttons(cards.result(drawn)) == {}


@many
@given(data=st.data())
def test_buttons_name_the_proposal_and_what_was_shown(data: st.DataObject, proposals: Proposals) -> None:
    """Every button carries the id and the version, and nothing else."""
    drawn = data.draw(proposals((Status.OPEN,)))
    pressed = buttons(cards.draw(drawn))
    assert pressed
    assert {button["value"] for button in pressed.values()} == {f"prp_abc|{drawn.version}"}


@many
@given(data=st.data())
def test_approve_is_there_only_when_nothing_is_missing(data: st.DataObject, proposals: Proposals) -> None:
    """While the other system would refuse, the card offers to complete the details instead; one button is primary."""
    drawn = data.draw(proposals((Status.OPEN,)))
    pressed = buttons(cards.draw(drawn))
    assert ("cosell.approve" in pressed) is not bool(drawn.preview.findings)
    primary = [action for action, button in pressed.items() if button.get("style") == "primary"]
    assert primary == (["cosell.edit"] if drawn.preview.findings else ["cosell.approve"])
    assert "cosell.decline" in pressed


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_drawing(status: Status, problems: Problems) -> None:
    """Whatever the state, the card names the deal and what is or was to be written."""
    drawn = update(NOW).model_copy(update={"status": status, "ended_at": NOW if status.ended else None})
    card = cards.draw(drawn)
    assert problems(card) == []
    assert "Northwind - fleet telemetry lake" in shown(card)
    assert "P2B Score" in shown(card) and "82" in shown(card)


def test_a_card_says_what_is_written_where_and_why() -> None:
    """One look tells the deal, before and after, the source and its time, who asked and who may approve."""
    said = shown(cards.draw(update(NOW)))
    for part in (
        "Set P2B Score to 82",
        "64  →  *82*",
        "Said by <@U0BEN>",
        cards.when(NOW),
        "<@U0BEN> said: “P2B score is 82 after today's call”",
        "<@U0ANA> (owns the opportunity), <@U0MEI> (is a partner manager)",
        cards.when(NOW + timedelta(hours=72)),
    ):
        assert part in said


def test_sources_are_told_once_each() -> None:
    """Values that rest on the same reading share one line, and none is left without its source."""
    said = shown(cards.draw(referral(NOW, complete=True)))
    assert said.count("Salesforce: ") == 1
    assert "*Use case, Solution*   Entered on the card" in said
    assert "Stage “Qualification”" in said


def test_findings_name_the_field_the_problem_and_the_edit() -> None:
    """Somebody who must complete a referral reads the one edit that mends each detail, then what is wrong with it."""
    said = shown(cards.draw(referral(NOW, complete=False)))
    assert "2 details to complete" in said
    assert "*Industry*: Choose one of AWS's industries." in said
    assert "_AWS has no industry that corresponds to “Transportation”._" in said


def test_what_is_missing_comes_with_its_button_before_the_long_list() -> None:
    """Nobody scrolls past a whole referral to find out how to complete it."""
    order = [block["block_id"] for block in cards.draw(referral(NOW, complete=False)).blocks]
    assert order.index("findings.0") < order.index("decision") < order.index("changes.0")
    order = [block["block_id"] for block in cards.draw(referral(NOW, complete=True)).blocks]
    assert order.index("changes.0") < order.index("decision")


def test_nothing_that_is_approved_is_folded_away() -> None:
    """Slack folds long paragraphs unless it is told not to; what is approved must have been seen."""
    for card in (cards.draw(referral(NOW, complete=True)), cards.draw(meeting(NOW))):
        sections = [block for block in card.blocks if block["type"] == "section" and "text" in block]
        assert sections and all(section["expand"] for section in sections)


def test_the_deal_is_named_once_where_the_sentence_names_it() -> None:
    """A card does not say the deal's name twice in a row; the name in the sentence leads to the record."""
    drawn = referral(NOW, complete=True)
    deal = cards.draw(drawn).blocks[1]["text"]["text"]
    link = f"<{drawn.deal_url}|{drawn.deal_name}>"
    assert deal == f"Submit {link} to AWS as a co-sell opportunity."
    assert cards.draw(drawn).text.count(drawn.deal_name) == 2  # in the sentence, and as the project's title
    assert (
        cards.draw(update(NOW)).blocks[1]["text"]["text"] == f"*{link}*\nSet P2B Score to 82 in Salesforce."
    )


def test_a_value_that_stays_is_called_unchanged() -> None:
    """An update that repeats a value does not look like a change."""
    same = update(NOW).preview.changes[0].model_copy(update={"after": "64"})
    preview = update(NOW).preview.model_copy(update={"changes": (same,)})
    assert "64, unchanged" in shown(cards.draw(update(NOW).model_copy(update={"preview": preview})))


def test_a_source_is_quoted_only_where_it_says_something_else() -> None:
    """A number or a telephone number spelled otherwise is no news; a stage converted to AWS's is."""
    given = (
        ("spend", "12,500 USD", "Salesforce · Monthly Revenue", "12500.0"),
        ("contact", "Lena Hart, +12065550142", "Salesforce · Contact Roles", "Lena, Hart, +1 206 555 0142"),
        ("stage", "Qualified", "Salesforce · Stage", "Qualification"),
        ("id", "O7100001", "AWS Partner Central O7100001", "AWS Partner Central O7100001"),
    )
    changes = tuple(
        Change(name=name, label=name, before=None, after=after, source=source, basis=basis, as_of=NOW)
        for name, after, source, basis in given
    )
    preview = update(NOW).preview.model_copy(update={"changes": changes})
    said = shown(cards.draw(update(NOW).model_copy(update={"preview": preview})))
    assert "Salesforce: Monthly Revenue, Contact Roles, Stage “Qualification”" in said
    assert "O7100001:" not in said


def test_many_sources_are_not_listed_one_by_one() -> None:
    """Of a record that gives many values, only the fields that say something else are named in the small print."""
    said = shown(cards.draw(referral(NOW, complete=True)))
    assert "Salesforce: Stage “Qualification”" in said and "Contact Roles" not in said


def test_a_value_of_two_sources_names_both() -> None:
    """Two systems of one value stand side by side, not one as a part of the other."""
    source = "Salesforce · Owner; AWS Partner Central · team of O71"
    change = Change(name="who", label="Who", before=None, after="Ana, Pat", source=source, as_of=NOW)
    preview = update(NOW).preview.model_copy(update={"changes": (change,)})
    said = shown(cards.draw(update(NOW).model_copy(update={"preview": preview})))
    assert "Salesforce and AWS Partner Central: Owner, team of O71" in said


def test_a_moved_deal_is_told_first_and_marked() -> None:
    """After drift the card says so at the top, and marks the line with what it was."""
    card = cards.draw(update(NOW, moved=True))
    assert "changed since this was approved" in card.blocks[0]["text"]["text"]
    assert "changed since approval, was 64" in shown(card)
    assert card.text.startswith("The deal changed")


def test_the_chosen_time_is_marked_and_the_others_offered() -> None:
    """Three times, with why; the present one is marked, each of the others has its button."""
    card = cards.draw(meeting(NOW))
    assert set(buttons(card)) >= {"cosell.choose.1", "cosell.choose.2"}
    assert "cosell.choose.0" not in buttons(card)
    assert shown(card).count("chosen") == 1


def test_the_same_moment_is_the_same_choice() -> None:
    """A time chosen as "Z" is recognised in an option written with another offset."""
    card = cards.draw(
        proposal(
            "schedule_meeting",
            update(NOW).preview.model_copy(
                update={"options": (Option(value="2026-11-25T10:00:00+01:00", label="Wednesday", why=""),)}
            ),
            "",
            NOW,
            payload={"start": "2026-11-25T09:00:00Z"},
        )
    )
    assert "cosell.choose.0" not in buttons(card)


def test_execution_shows_the_steps_so_far() -> None:
    """While it is carried out, each recorded step can be seen with its record."""
    steps = {"create": Reply(system=System.PARTNER_CENTRAL, record="O7000002", at=NOW)}
    drawn = referral(NOW, complete=True).model_copy(update={"status": Status.EXECUTING, "steps": steps})
    assert "Create  ·  AWS Partner Central O7000002" in shown(cards.draw(drawn))


def test_a_decline_says_who_and_why() -> None:
    """Whoever asked reads who declined and the reason."""
    declined = update(NOW).model_copy(
        update={"status": Status.DECLINED, "ended_by": "U0MEI", "reason": "Too early.", "ended_at": NOW}
    )
    assert "Declined by <@U0MEI>: “Too early.”" in shown(cards.draw(declined))


def test_an_unverified_ending_says_what_to_look_at_and_where() -> None:
    """Nobody is left guessing: which system, which deal, which values, and when to ask again."""
    for card in (cards.draw(unverified(NOW)), cards.result(unverified(NOW))):
        said = shown(card)
        assert "Somebody has to look" in said and "AWS Partner Central" in said
        assert "Ask for it again only once you know that it is not there." in said
        assert "12,500 USD per month" in said


def test_a_result_is_an_audited_receipt() -> None:
    """The thread reads before and after, who approved, as whom, the record, the partnership and the receipt's id."""
    said = shown(cards.result(done(NOW)))
    for part in (
        "Set P2B Score to 82 on <https://",
        "|Northwind - fleet telemetry lake>.",
        "*P2B Score*   64  →  *82*",
        "Approved by <@U0ANA>",
        "Written as Ana Costa in <https://",
        "Partner of record AWS",
        "Attribution Partner Influenced",
        "prp_k3v9x2m7q4w8t6zb",
        f"Read back {cards.when(NOW)}",
    ):
        assert part in said


def test_a_failure_says_what_to_do_next() -> None:
    """The thread reads the other system's words, that nothing was written, and the next step."""
    said = shown(cards.result(failed(NOW)))
    assert "must not rise by more than 15 in a week" in said
    assert "Nothing was written." in said and "ask for it again" in said


def test_a_failure_with_a_record_left_behind_does_not_deny_it() -> None:
    """Where a step was done before AWS refused, nobody reads that nothing was written, nor is told to begin again."""
    steps = {"create": Reply(system=System.PARTNER_CENTRAL, record="O7000002", at=NOW)}
    words = "AWS did not take the referral. The draft O7000002 stays in AWS Partner Central: submit it there."
    begun = failed(NOW).model_copy(update={"steps": steps, "outcome": words})
    for card in (cards.draw(begun), cards.result(begun)):
        said = shown(card) + card.text
        assert "The draft O7000002 stays" in said
        assert (
            "Nothing was written" not in said and "Not written" not in said and "ask for it again" not in said
        )


def test_a_new_record_is_told_by_its_sentence() -> None:
    """The card holds every value that was sent; the thread does not repeat them all below it."""
    now = referral(NOW, complete=True)
    receipt = done(NOW).receipt
    assert receipt is not None
    created = receipt.model_copy(update={"before": {}, "details": ("AWS shows it as Submitted.",)})
    ended = now.model_copy(update={"status": Status.DONE, "receipt": created, "outcome": "Submitted it."})
    assert "Transportation" in shown(cards.draw(ended))
    assert "Transportation" not in shown(cards.result(ended))
    assert "AWS shows it as Submitted." in shown(cards.result(ended))


def test_a_record_with_an_address_leads_there_by_its_systems_name() -> None:
    """Nobody reads a calendar's event id; an id is shown where there is no address."""
    receipt = done(NOW).receipt
    assert receipt is not None
    assert f"in <{receipt.url}|Salesforce>" in shown(cards.result(done(NOW)))
    bare = done(NOW).model_copy(update={"receipt": receipt.model_copy(update={"url": None})})
    assert "in Salesforce 006000000000001AAA" in shown(cards.result(bare))


def test_a_quoted_message_calls_nobody_twice() -> None:
    """A quotation has names in place of mentions, and labels in place of links."""
    words = "<@U0COSELL> get <@U0ANA> and <@U0PAT|pat> on a call, see <https://a.example|the notes> &amp; <!channel>"
    origin = Origin(by="U0BEN", via=Via.MENTION, words=words, at=NOW)
    said = shown(cards.draw(update(NOW).model_copy(update={"origin": origin})))
    assert "“get @Ana Costa and @pat on a call, see the notes &amp; @channel”" in said


def test_long_lists_are_counted_not_dropped() -> None:
    """What does not fit is told by its number."""
    finding = Finding(name="f", label="Field", problem="Missing", edit="Add it.")
    change = Change(name="c", label="Label", before="a", after="b", source="Salesforce · X", as_of=NOW)
    preview = update(NOW).preview.model_copy(update={"findings": (finding,) * 33, "changes": (change,) * 90})
    said = shown(cards.draw(update(NOW).model_copy(update={"preview": preview})))
    assert "33 details to complete" in said and "… and 23 more" in said
    assert "… and 50 more" in said


def test_many_small_blocks_stay_under_fifty(problems: Problems) -> None:
    """Many short values of two lines, each a block of its own, are counted too."""
    change = Change(name="c", label="L", before=None, after="a\nb", source="Salesforce · X", as_of=NOW)
    options = tuple(Option(value=str(n), label="L", why="") for n in range(10))
    preview = update(NOW).preview.model_copy(update={"changes": (change,) * 40, "options": options})
    assert problems(cards.draw(update(NOW).model_copy(update={"preview": preview}))) == []


def test_a_card_is_plain_json() -> None:
    """What is drawn can be stored and sent as it is."""
    card = cards.draw(referral(NOW, complete=True))
    assert json.loads(json.dumps(card.model_dump(mode="json")))["text"] == card.text
