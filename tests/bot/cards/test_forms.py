"""The modals, and what people answer in them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.action import Ask, Question
from bot.deal import Json
from bot.proposal import Proposal
from tests.bot.cards.examples import referral, update

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PROPOSAL = referral(NOW, complete=False)
many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
Problems = Callable[[Any], list[str]]

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(str.strip)
CHOICES = st.lists(WORDS, min_size=1, max_size=250, unique=True).map(
    lambda words: tuple((w, w) for w in words)
)


def submitted(view: dict[str, Any]) -> dict[str, Any]:
    """``view.state.values`` as Slack sends it when the form is submitted untouched ("Reference: view payloads")."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        answer = {"type": element["type"]}
        match element["type"]:
            case "datepicker":
                answer["selected_date"] = element.get("initial_date")
            case "datetimepicker":
                answer["selected_date_time"] = element.get("initial_date_time")
            case "static_select":
                answer["selected_option"] = element.get("initial_option")
            case "multi_static_select" | "checkboxes":
                answer["selected_options"] = element.get("initial_options", [])
            case _:
                answer["value"] = element.get("initial_value")
        values[block["block_id"]] = {element["action_id"]: answer}
    return values


def answered(question: Question) -> Json:
    """The answer of a form that is submitted as it was prefilled."""
    return cards.answers(submitted(cards.edit_form(PROPOSAL, (question,))))[question.name]


def element(question: Question) -> dict[str, Any]:
    """The element that a question is asked with."""
    found: dict[str, Any] = cards.edit_form(PROPOSAL, (question,))["blocks"][-1]["element"]
    return found


@many
@given(initial=WORDS, ask=st.sampled_from((Ask.TEXT, Ask.LONG_TEXT)))
def test_text_comes_back(initial: str, ask: Ask) -> None:
    """A text that nobody touches is the same text."""
    assert answered(Question(name="q", label="Q", ask=ask, initial=initial)) == initial


@pytest.mark.parametrize(
    ("initial", "answer"), [(12500, "12500"), (4200.5, "4200.5"), ("-3.10", "-3.10"), (0, "0")]
)
def test_a_number_comes_back_as_text(initial: Json, answer: str) -> None:
    """A number that nobody touches is the same number, as it would be typed."""
    assert answered(Question(name="q", label="Q", ask=Ask.NUMBER, initial=initial)) == answer


@many
@given(initial=st.dates())
def test_a_date_comes_back(initial: date) -> None:
    """A date that nobody touches is the same date."""
    assert (
        answered(Question(name="q", label="Q", ask=Ask.DATE, initial=initial.isoformat()))
        == initial.isoformat()
    )


def test_a_moment_comes_back_in_utc() -> None:
    """A date-time that nobody touches is the same moment, with its offset."""
    question = Question(name="q", label="Q", ask=Ask.DATETIME, initial="2026-11-25T10:00:00+01:00")
    assert element(question)["initial_date_time"] == 1795597200
    assert answered(question) == "2026-11-25T09:00:00+00:00"


@many
@given(options=CHOICES, data=st.data())
def test_a_choice_comes_back(
    options: tuple[tuple[str, str], ...], data: st.DataObject, problems: Problems
) -> None:
    """A choice that nobody touches is the same choice, among two hundred and fifty too."""
    initial = data.draw(st.sampled_from(options))[0]
    question = Question(name="q", label="Q", ask=Ask.CHOICE, initial=initial, options=options)
    assert answered(question) == initial
    assert problems(cards.edit_form(PROPOSAL, (question,))) == []


@many
@given(options=CHOICES, data=st.data())
def test_choices_come_back(
    options: tuple[tuple[str, str], ...], data: st.DataObject, problems: Problems
) -> None:
    """Several choices that nobody touches are the same choices."""
    values = [value for value, _ in options]
    initial = data.draw(st.lists(st.sampled_from(values), unique=True))
    question = Question(name="q", label="Q", ask=Ask.CHOICES, initial=initial, options=options)
    assert sorted(answered(question)) == sorted(initial)
    assert problems(cards.edit_form(PROPOSAL, (question,))) == []


@pytest.mark.parametrize("ask", Ask)
def test_nothing_given_is_nothing(ask: Ask) -> None:
    """An empty answer is None, or an empty list where several could be chosen."""
    question = Question(name="q", label="Q", ask=ask, options=(("a", "A"),), required=False)
    assert answered(question) == ([] if ask is Ask.CHOICES else None)


def test_an_unusable_initial_value_is_left_empty() -> None:
    """What Slack would refuse as a prefilled value opens an empty field instead of no form."""
    for ask in (Ask.NUMBER, Ask.DATE, Ask.DATETIME, Ask.CHOICE):
        question = Question(name="q", label="Q", ask=ask, initial="soon", options=(("a", "A"),))
        assert answered(question) is None


@pytest.mark.parametrize("ask", [Ask.CHOICE, Ask.CHOICES])
def test_more_choices_than_a_list_holds_are_grouped(ask: Ask, problems: Problems) -> None:
    """All of 249 countries can be chosen, the last one too, although a list holds a hundred."""
    countries = tuple((f"{n}", f"Country {n}") for n in range(249))
    initial = "248" if ask is Ask.CHOICE else ["248"]
    question = Question(name="q", label="Q", ask=ask, initial=initial, options=countries)
    assert sum(len(group["options"]) for group in element(question)["option_groups"]) == 249
    assert answered(question) == initial
    assert problems(cards.edit_form(PROPOSAL, (question,))) == []


def test_few_short_choices_are_check_boxes() -> None:
    """Ten short options can be ticked at a glance; more are a list to search."""
    ten = tuple((f"{n}", f"Option {n}") for n in range(10))
    assert element(Question(name="q", label="Q", ask=Ask.CHOICES, options=ten))["type"] == "checkboxes"
    more = (*ten, ("10", "Option 10"))
    assert (
        element(Question(name="q", label="Q", ask=Ask.CHOICES, options=more))["type"] == "multi_static_select"
    )


def test_a_problem_stands_above_its_question() -> None:
    """What is wrong with a value is said where it is mended."""
    question = Question(name="q", label="Q", ask=Ask.TEXT, problem="AWS needs <20> characters")
    _, warning, asked = cards.edit_form(PROPOSAL, (question,))["blocks"]
    assert warning["elements"][0]["text"] == ":warning: AWS needs &lt;20&gt; characters."
    assert asked["block_id"] == "q"


def test_a_question_without_choices_says_so() -> None:
    """A select that Slack would refuse is a sentence instead."""
    blocks = cards.edit_form(PROPOSAL, (Question(name="q", label="Solution", ask=Ask.CHOICE),))["blocks"]
    assert "Solution: there is nothing to choose from" in blocks[-1]["elements"][0]["text"]


def test_a_text_too_long_for_a_form_is_cut_with_a_warning(problems: Problems) -> None:
    """Nobody saves a shortened text without having been told."""
    form = cards.edit_form(
        PROPOSAL, (Question(name="q", label="Notes", ask=Ask.LONG_TEXT, initial="x" * 5_000),)
    )
    assert "was cut here" in form["blocks"][1]["elements"][0]["text"]
    assert problems(form) == []


@many
@given(data=st.data())
def test_every_form_is_within_limits(
    data: st.DataObject, texts: st.SearchStrategy[str], problems: Problems
) -> None:
    """Slack takes the form of any questions, however many, long or odd."""
    word = data.draw(texts)
    pairs = st.lists(st.tuples(texts, texts), max_size=12).map(tuple)
    asks = data.draw(st.lists(st.sampled_from(Ask), max_size=70))
    questions = tuple(
        Question(
            name=f"q{n}", label=word, ask=ask, hint=word, initial=word, options=data.draw(pairs), problem=word
        )
        for n, ask in enumerate(asks)
    )
    assert problems(cards.edit_form(PROPOSAL, questions)) == []


@many
@given(data=st.data())
def test_every_decline_form_is_within_limits(
    data: st.DataObject, proposals: Callable[[], st.SearchStrategy[Proposal]], problems: Problems
) -> None:
    """Any proposal can be declined."""
    assert problems(cards.decline_form(data.draw(proposals()))) == []


def test_forms_carry_what_the_card_carried() -> None:
    """A submission names the proposal, the version shown and the channel."""
    for form in (cards.edit_form(PROPOSAL, ()), cards.decline_form(PROPOSAL)):
        assert form["private_metadata"] == "prp_k3v9x2m7q4w8t6zb|1|C0NORTH"
    assert cards.edit_form(PROPOSAL, ())["callback_id"] == "cosell.edit"
    assert cards.decline_form(PROPOSAL)["callback_id"] == "cosell.decline"


def test_a_form_has_a_whole_title() -> None:
    """A title that a window cannot hold is told inside it, not cut."""
    assert cards.edit_form(PROPOSAL, ())["title"]["text"] == "Submit referral to AWS"
    form = cards.edit_form(update(NOW), ())
    assert form["title"]["text"] == "Edit details"
    assert "Update Salesforce opportunity" in form["blocks"][0]["elements"][0]["text"]


def test_a_decline_needs_a_reason() -> None:
    """The one question of the form must be answered, in at most 500 characters."""
    reason = next(block for block in cards.decline_form(PROPOSAL)["blocks"] if block["type"] == "input")
    assert (reason["block_id"], reason["optional"], reason["element"]["max_length"]) == ("reason", False, 500)
