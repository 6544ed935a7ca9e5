"""The words of ``/cosell meet``, and what a message says about a meeting."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.deal import Deal, Message, Person
from bot.errors import Refused
from bot.hearing import MeetingAsk, meeting_ask, meeting_request
from bot.hearing.people import person_at
from bot.hearing.tokens import tokens_of

Say = Callable[..., Message]
AT = datetime(2027, 1, 13, 10, 30, tzinfo=UTC)
LISBON = ZoneInfo("Europe/Lisbon")
NEXT_WEEK = {"earliest": date(2027, 1, 18), "latest": date(2027, 1, 22)}
TOMORROW = {"earliest": date(2027, 1, 14), "latest": date(2027, 1, 14)}


@pytest.mark.parametrize(
    ("words", "ask"),
    [
        ("", {}),
        ("Pat", {"people": ("Pat",)}),
        ("pat next week 45", {"people": ("pat",), "minutes": 45, **NEXT_WEEK}),
        ("Pat next week 45 min", {"people": ("Pat",), "minutes": 45, **NEXT_WEEK}),
        (
            "with Pat Lindqvist and Mei tomorrow morning",
            {"people": ("Pat Lindqvist", "Mei"), "part_of_day": "morning", **TOMORROW},
        ),
        ("<@U0PAT|pat> tomorrow 30m", {"people": ("<@U0PAT>",), "minutes": 30, **TOMORROW}),
        ("raj.menon@aws.example 1h", {"people": ("raj.menon@aws.example",), "minutes": 60}),
        (
            "Pat Thursday 3pm",
            {"people": ("Pat",), "exact": datetime(2027, 1, 14, 15, tzinfo=LISBON), **TOMORROW},
        ),
        (
            "pat between 2027-01-19 and 2027-01-21",
            {"people": ("pat",), "earliest": date(2027, 1, 19), "latest": date(2027, 1, 21)},
        ),
        ("Pat by Friday", {"people": ("Pat",), "earliest": date(2027, 1, 13), "latest": date(2027, 1, 15)}),
        ("Pat next month", {"people": ("Pat",), "earliest": date(2027, 2, 1), "latest": date(2027, 2, 28)}),
        (
            "Pat early next week",
            {"people": ("Pat",), "earliest": date(2027, 1, 18), "latest": date(2027, 1, 20)},
        ),
        ("Pat next week about pricing", {"people": ("Pat",), "topic": "pricing", **NEXT_WEEK}),
        ("AWS tomorrow", TOMORROW),
    ],
)
def test_a_command_is_read(words: str, ask: dict[str, object], deal: Deal) -> None:
    """``[who] [when] [minutes]`` in any of these forms gives exactly what was said and nothing more."""
    assert meeting_ask(words, AT, "U0ANA", deal) == MeetingAsk.model_validate(ask)


@pytest.mark.parametrize(
    "words", ["Zoe next week", "Pat whenever", "Pat 31 Feb", "Pat Smith tomorrow", "Zoe 3"]
)
def test_words_that_nobody_understands_are_refused(words: str, deal: Deal) -> None:
    """An unknown person or day is told, with who could be meant, rather than left out."""
    with pytest.raises(Refused, match=r"Pat Lindqvist"):
        meeting_ask(words, AT, "U0ANA", deal)


@pytest.mark.parametrize("words", ["Pat 3", "Pat next week 500", "Pat 999 min", "Pat 9 hours"])
def test_a_length_that_no_meeting_has_is_told(words: str, deal: Deal) -> None:
    """A number that can be no length is not taken for a person's name."""
    with pytest.raises(Refused, match=r"^A meeting lasts 15 to 240 minutes\.$"):
        meeting_ask(words, AT, "U0ANA", deal)


@pytest.mark.parametrize("words", ["Pat yesterday", "Pat 2027-01-12", "Pat 12 Jan 2027"])
def test_a_day_that_has_passed_is_told(words: str, deal: Deal) -> None:
    """Nor is a day of the past."""
    with pytest.raises(Refused, match=r"^That day has passed\."):
        meeting_ask(words, AT, "U0ANA", deal)


def test_days_are_the_authors(deal: Deal) -> None:
    """At 03:00 UTC it is still yesterday in New York: "tomorrow" follows the author's clock."""
    night = AT.replace(hour=3)
    assert meeting_ask("Pat tomorrow", night, "U0BEN", deal).earliest == date(2027, 1, 13)
    assert meeting_ask("Pat tomorrow", night, "U0ANA", deal).earliest == date(2027, 1, 14)


def test_a_clock_time_is_the_authors(deal: Deal) -> None:
    """Three in the afternoon, said by Ben, is 20:00 UTC in winter."""
    exact = meeting_ask("Pat tomorrow 3pm", AT, "U0BEN", deal).exact
    assert exact == datetime(2027, 1, 14, 20, tzinfo=UTC) and exact.hour == 15


def test_a_named_zone_wins(deal: Deal) -> None:
    """A zone said with the time is taken, and told on the author's clock."""
    exact = meeting_ask("Pat tomorrow 3pm CET", AT, "U0ANA", deal).exact
    assert exact == datetime(2027, 1, 14, 14, tzinfo=LISBON)


def person_named(words: str, deal: Deal) -> Person | None:
    """The person whom these words name, all of them."""
    tokens = tokens_of(words)
    found = person_at(tokens, 0, deal)
    return found[0] if found is not None and found[1] == len(tokens) else None


def test_people_are_matched_never_guessed(deal: Deal) -> None:
    """First name, full name, address and mention name one person of the team; another surname names nobody."""
    named = [
        person_named(words, deal)
        for words in ("pat", "Pat Lindqvist", "PAT.LINDQVIST@aws.example", "<@U0PAT>")
    ]
    assert {person.name for person in named if person} == {"Pat Lindqvist"} and None not in named
    assert person_named("Pat Smith", deal) is None


def test_two_people_of_one_first_name_are_not_told_apart_by_it(deal: Deal) -> None:
    """A first name that two people share names neither."""
    twins = (*deal.team, deal.team[-1].model_copy(update={"name": "Pat Moore", "email": "pm@aws.example"}))
    assert person_named("Pat", deal.model_copy(update={"team": twins})) is None


def test_somebody_unknown_alone_is_no_joint_meeting(say: Say, deal: Deal) -> None:
    """A call with people who are neither of the team nor of the partner draws no card."""
    assert meeting_request(say("let's set up a call with Marta from procurement"), deal) is None
