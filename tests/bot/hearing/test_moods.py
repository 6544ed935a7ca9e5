"""The same words in another mood call for nothing."""

from collections.abc import Callable

import pytest

from bot.deal import Deal, Message
from bot.hearing import calls_for_referral, field_changes, meeting_request

Say = Callable[..., Message]

CALLS = ("submit the referral to AWS", "set the stage to Negotiation", "set up a call with Pat next week")

OTHER_MOODS = {
    "a question": "did you {}?",
    "a request to a person": "<@U0BEN> can you {}?",
    "a request to a person by name": "Ben, please {}",
    "an unanswered can-you": "can you {}?",
    "denied": "don't {} yet",
    "not wanted": "no need to {}",
    "held": "let's not {}",
    "conditional before": "if they sign, {}",
    "conditional behind": "{} once legal is done",
    "after something": "after they sign, {}",
    "could": "we could {}",
    "would": "I would {}",
    "maybe": "maybe we should {}",
    "quoted line": "> {}",
    "quoted line, escaped": "&gt; {}",
    "code": "`{}`",
    "code block": "```\n{}\n```",
    "quoted speech": 'Pat said "{}"',
    "speech behind a colon": "she wrote: {}",
    "speech on the next line": "she wrote:\n{}",
    "struck": "~{}~",
    "forwarded": "Fwd: {}",
    "another deal in front": "for Helios, {}",
    "another deal as a title": "Contoso: {}",
    "another deal behind": "{} for the Contoso deal",
    "a habit": "we always {}",
    "how to": "how to {}",
    "somebody else": "Ben will {}",
    "a company": "AWS is going to {}",
    "a joke": "lol {}",
    "a marked joke": "{} /s",
    "taken back": "{}. Never mind.",
    "a to-do": "TODO: {}",
    "a list of tasks": "Action items:\n- {}",
}


@pytest.mark.parametrize("frame", OTHER_MOODS.values(), ids=OTHER_MOODS.keys())
@pytest.mark.parametrize("call", CALLS, ids=["referral", "fields", "meeting"])
def test_other_moods_call_for_nothing(call: str, frame: str, say: Say, deal: Deal) -> None:
    """What is asked, denied, supposed, quoted, habitual, meant for others or of other deals draws no card."""
    said = say(frame.format(call))
    assert not calls_for_referral(said, deal)
    assert field_changes(said, deal) is None
    assert meeting_request(said, deal) is None


CLEAR = (
    "{}",
    "Please {}",
    "let's {}",
    "we should {}",
    "Ok, let's {} :rocket:",
    "I'll {} now",
    "*{}*",
    "Legal isn't done, but {}",
    "They said yes, so let's {}",
    "While we wait, let's {}",
    "Great news! Let's {}.",
    "{}, thanks",
    "we really need to {}",
)


@pytest.mark.parametrize("frame", CLEAR)
@pytest.mark.parametrize("call", CALLS, ids=["referral", "fields", "meeting"])
def test_clear_calls_are_heard(call: str, frame: str, say: Say, deal: Deal) -> None:
    """Orders, proposals of the speaker and what the speaker is about to do draw a card."""
    said = say(frame.format(call))
    heard = (
        calls_for_referral(said, deal),
        field_changes(said, deal) is not None,
        meeting_request(said, deal) is not None,
    )
    assert heard == tuple(call == each for each in CALLS)


@pytest.mark.parametrize("frame", ["can you {}?", "could you please {}?", "would you {}"])
@pytest.mark.parametrize("call", CALLS, ids=["referral", "fields", "meeting"])
def test_a_polite_request_to_the_bot_is_a_call(call: str, frame: str, say: Say, deal: Deal) -> None:
    """Asked of the bot itself, a question in form is an order in meaning."""
    said = say("<@U0COSELL> " + frame.format(call), addressed=True)
    assert calls_for_referral(said, deal) or field_changes(said, deal) or meeting_request(said, deal)


@pytest.mark.parametrize(
    "text",
    ["let's submit this to Microsoft", "register this deal with Google", "refer this one to Snowflake"],
)
def test_another_partner_is_not_aws(text: str, say: Say, deal: Deal) -> None:
    """A referral to anybody but AWS is none of the bot's business."""
    assert not calls_for_referral(say(text), deal)


@pytest.mark.parametrize("when", ["tomorrow", "next week", "in Q3", "on Monday", "later", "at some point"])
def test_a_referral_put_off_is_not_called_for(when: str, say: Say, deal: Deal) -> None:
    """What is to be submitted later needs no card now."""
    assert not calls_for_referral(say(f"let's submit the referral to AWS {when}"), deal)


def test_a_deadline_does_not_put_off(say: Say, deal: Deal) -> None:
    """ "By Friday" says until when, not that it is for later."""
    assert calls_for_referral(say("let's submit the referral to AWS by Friday"), deal)


@pytest.mark.parametrize(
    "text",
    [
        "P2B came back at 820",
        "P2B: 101",
        "P2B is 82/50",
        "set close date to Feb 30",
        "set close date to 2027-02-30",
    ],
)
def test_impossible_values_are_not_proposed(text: str, say: Say, deal: Deal) -> None:
    """A score outside 0 to 100 and a day that does not exist draw no card."""
    assert field_changes(say(text), deal) is None


@pytest.mark.parametrize(
    "text",
    [
        "P2B is 72, sorry 82",
        "P2B is 72. Correction: 82",
        "P2B 72, I mean 82",
        "P2B is 72, no wait, 82",
        "P2B 72, P2B 82",
    ],
)
def test_a_correction_wins(text: str, say: Say, deal: Deal) -> None:
    """When the author mends a value in the same message, the last one is proposed."""
    assert field_changes(say(text), deal) == {"p2b_score": 82}


def test_what_the_record_holds_already_is_no_change(say: Say, deal: Deal) -> None:
    """A value that is there already draws no card in a channel, and is heard when the bot is asked for it."""
    assert field_changes(say("stage is now Qualification"), deal) is None
    asked = say("<@U0COSELL> set stage to Qualification", addressed=True)
    assert field_changes(asked, deal) == {"stage": "Qualification"}


def test_facts_that_may_not_be_written_are_not_heard(say: Say, deal: Deal) -> None:
    """Only what the configuration lets the bot write can be changed by a message."""
    facts = {name: fact.model_copy(update={"writable": False}) for name, fact in deal.facts.items()}
    assert field_changes(say("P2B came back at 82"), deal.model_copy(update={"facts": facts})) is None
