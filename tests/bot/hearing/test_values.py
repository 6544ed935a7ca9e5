"""What people type for a field becomes exactly the value they mean, or a sentence with what would be right."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deal import Fact, FieldType, Json
from bot.errors import Refused
from bot.hearing import values

MONDAY = date(2026, 11, 23)


def fact(type: FieldType = FieldType.TEXT, **what: Any) -> Fact:
    known = {"name": "it", "label": "It", "field": "It__c", "value": None, "writable": True}
    return Fact(**{**known, "type": type, "as_of": datetime(2026, 11, 23, tzinfo=UTC), **what})


SCORE = fact(FieldType.NUMBER, label="P2B Score", low=0, high=100, scale=0)
AMOUNT = fact(FieldType.NUMBER, label="Amount", low=0, scale=2)
CLOSES = fact(FieldType.DATE, label="Close Date", required=True)
STAGE = fact(
    FieldType.CHOICE,
    label="Stage",
    options=("Prospecting", "Proposal/Price Quote", "Closed Won", "Closed Lost"),
)


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("82", 82),
        ("120k", 120_000),
        ("1.2m", 1_200_000),
        ("1.2 million", 1_200_000),
        ("€120,000", 120_000),
        ("$1,200.50", 1200.5),
        ("120,000 USD", 120_000),
        ("1.200,50", 1200.5),
        ("1.200.000", 1_200_000),
        ("12,5", 12.5),
        ("0.125k", 125),
        ("120'000", 120_000),
    ],
)
def test_amounts(words: str, amount: float) -> None:
    """Separators, currencies and suffixes are understood."""
    assert values.parse(AMOUNT, words, MONDAY) == amount


@pytest.mark.parametrize(
    ("bounds", "words", "amount"),
    [({"high": 100}, "82.456", 82.456), ({"low": 1000}, "82.456", 82456), ({"high": 100}, "5.000", 5)],
)
def test_a_point_is_read_the_way_that_fits_the_field(
    bounds: dict[str, float], words: str, amount: float
) -> None:
    """Thousands or decimals: where only one of the two lies within the field's bounds, nobody is asked."""
    assert values.parse(fact(FieldType.NUMBER, **bounds), words, MONDAY) == amount


@pytest.mark.parametrize("words", ["high", "1,23,4"])
def test_the_example_fits_the_field(words: str) -> None:
    """A score is not to be written like 120,000."""
    with pytest.raises(Refused, match=r"like 82\.$"):
        values.parse(SCORE, words, MONDAY)
    with pytest.raises(Refused, match=r"like 120000, 120k or 1\.2m\.$"):
        values.parse(AMOUNT, words, MONDAY)


def test_whole_numbers_stay_whole() -> None:
    """82 is stored as 82, not as 82.0."""
    assert isinstance(values.parse(SCORE, "82.0", MONDAY), int)


def test_a_percentage_is_for_fields_up_to_a_hundred() -> None:
    """45% is 45 where a hundred is the most, and refused for an amount."""
    assert values.parse(SCORE, "45%", MONDAY) == 45
    with pytest.raises(Refused, match="not a percentage"):
        values.parse(AMOUNT, "45%", MONDAY)


@pytest.mark.parametrize(
    ("field", "words", "says"),
    [
        (SCORE, "101", "from 0 to 100, not 101"),
        (SCORE, "-1", "from 0 to 100, not -1"),
        (SCORE, "82.5", "whole number"),
        (SCORE, "high", "number"),
        (SCORE, "80 or 90", "number"),
        (SCORE, "nan", "number"),
        (AMOUNT, "-5", "at least 0"),
        (AMOUNT, "1.005,001", "at most 2 decimals"),
        (AMOUNT, "1.200", "Write 1200 or 1.2 for"),
        (AMOUNT, "1.250m", "Write 1250000000 or 1250000 for"),
        (SCORE, "182.456", "from 0 to 100, not 182.456"),
        (AMOUNT, "1,23,4", "not a number"),
        (AMOUNT, "9" * 19, "18 digits"),
    ],
)
def test_numbers_that_cannot_be_taken(field: Fact, words: str, says: str) -> None:
    """The sentence names the field and what would be right."""
    with pytest.raises(Refused, match=says) as caught:
        values.parse(field, words, MONDAY)
    assert field.label in str(caught.value)


@pytest.mark.parametrize(
    ("words", "iso"),
    [
        ("2027-01-31", "2027-01-31"),
        ("31 Jan 2027", "2027-01-31"),
        ("31st of January", "2027-01-31"),
        ("Jan 31", "2027-01-31"),
        ("January 31, 2027", "2027-01-31"),
        ("Dec 1", "2026-12-01"),
        ("31.01.2027", "2027-01-31"),
        ("31.01.27", "2027-01-31"),
        ("31/01/2027", "2027-01-31"),
        ("01/31/2027", "2027-01-31"),
        ("04/04/2027", "2027-04-04"),
        ("29 Feb", "2028-02-29"),
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("friday", "2026-11-27"),
        ("this Friday", "2026-11-27"),
        ("next friday", "2026-12-04"),
        ("end of week", "2026-11-27"),
        ("end of month", "2026-11-30"),
        ("end of the month", "2026-11-30"),
        ("end of next month", "2026-12-31"),
        ("EOQ", "2026-12-31"),
        ("end of next quarter", "2027-03-31"),
        ("end of the year", "2026-12-31"),
        ("end of February", "2027-02-28"),
        ("end of Feb 2028", "2028-02-29"),
        ("in 2 weeks", "2026-12-07"),
        ("in 10 days", "2026-12-03"),
        ("in three months", "2027-02-23"),
        ("a year from now", "2027-11-23"),
    ],
)
def test_dates(words: str, iso: str) -> None:
    """Written and relative days are understood, seen from a Monday in November 2026."""
    assert values.parse(CLOSES, words, MONDAY) == iso


def test_months_end_where_they_end() -> None:
    """A month on from 31 January is the last of February."""
    assert values.parse(CLOSES, "in 1 month", date(2027, 1, 31)) == "2027-02-28"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("03/04/2027", "2027-04-03 or 2027-03-04"),
        ("31 Feb 2027", "no such day"),
        ("2027-13-01", "no such day"),
        ("next week", "2027-01-31"),
        ("soon", "2027-01-31"),
    ],
)
def test_days_that_cannot_be_taken(words: str, says: str) -> None:
    """A day that could be two, or none, is asked for again."""
    with pytest.raises(Refused, match=says):
        values.parse(CLOSES, words, MONDAY)


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%b %d, %Y", "%d.%m.%Y"]),
)
def test_every_day_survives_being_written(day: date, how: str) -> None:
    """Any day, written out with its year, is read as that day."""
    assert values.parse(CLOSES, day.strftime(how), MONDAY) == day.isoformat()


@given(st.integers(0, 10**12))
def test_what_is_shown_is_read_as_the_same_number(amount: int) -> None:
    """A number can be typed as the card shows it."""
    assert values.parse(AMOUNT, values.shown(AMOUNT, amount), MONDAY) == amount


@pytest.mark.parametrize(
    ("words", "option"),
    [("closed won", "Closed Won"), ("prop", "Proposal/Price Quote"), ("PROSPECTING", "Prospecting")],
)
def test_choices(words: str, option: str) -> None:
    """Case does not matter, and a beginning is enough while it fits one option."""
    assert values.parse(STAGE, words, MONDAY) == option


@pytest.mark.parametrize("words", ["closed", "won", "pro"])
def test_choices_that_cannot_be_taken(words: str) -> None:
    """What fits several options, or none, is refused with the options."""
    with pytest.raises(Refused) as caught:
        values.parse(STAGE, words, MONDAY)
    assert str(caught.value) == (
        f"“{words}” is not an option of Stage. "
        "Choose Prospecting, Proposal/Price Quote, Closed Won, Closed Lost."
    )


def test_an_option_called_none_is_an_option() -> None:
    """A picklist's own "None" does not clear it."""
    assert values.parse(fact(FieldType.CHOICE, options=("None", "AWS")), "none", MONDAY) == "None"


@pytest.mark.parametrize("words", ["none", "Clear", "-"])
def test_clearing(words: str) -> None:
    """Words for nothing clear a field that may be empty, and are refused for one that may not."""
    assert values.parse(AMOUNT, words, MONDAY) is None
    with pytest.raises(Refused, match="may not be empty"):
        values.parse(CLOSES, words, MONDAY)


@pytest.mark.parametrize(("words", "value"), [("yes", True), ("No", False), ("true", True)])
def test_yes_and_no(words: str, value: bool) -> None:
    """A checkbox takes yes and no."""
    assert values.parse(fact(FieldType.BOOLEAN), words, MONDAY) is value


@pytest.mark.parametrize("type", [FieldType.BOOLEAN, FieldType.DATETIME])
def test_vague_words_are_refused(type: FieldType) -> None:
    """A checkbox is not "maybe", a moment needs its offset."""
    with pytest.raises(Refused):
        values.parse(fact(type), "2027-01-31 15:00", MONDAY)


def test_text_fits_its_field() -> None:
    """One line, without the quotes around it, and never longer than the field."""
    assert values.parse(fact(), "“Send  the\norder form”", MONDAY) == "Send the order form"
    with pytest.raises(Refused, match="holds 5 characters; this has 6"):
        values.parse(fact(length=5), "longer", MONDAY)


def test_long_text_keeps_its_lines() -> None:
    """Line breaks survive where the field has room for them."""
    assert values.parse(fact(FieldType.LONG_TEXT), "one\ntwo", MONDAY) == "one\ntwo"


@pytest.mark.parametrize(
    ("field", "value"),
    [(SCORE, "82"), (SCORE, True), (CLOSES, "31 Jan"), (STAGE, "Won"), (fact(), 5), (CLOSES, None)],
)
def test_values_of_the_wrong_type_are_wrong(field: Fact, value: Json) -> None:
    """A value that did not come from words is held to the same rules."""
    assert values.wrong(field, value) is not None


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (AMOUNT, 1200000, "1,200,000"),
        (AMOUNT, 1200.5, "1,200.5"),
        (SCORE, 100.0, "100"),
        (CLOSES, "2027-01-31", "Sun 31 Jan 2027"),
        (fact(FieldType.BOOLEAN), True, "yes"),
        (SCORE, None, "empty"),
        (fact(), "", "empty"),
    ],
)
def test_values_are_shown_as_people_read_them(field: Fact, value: Json, text: str) -> None:
    """Numbers with separators, dates with their weekday, and "empty"."""
    assert values.shown(field, value) == text


@pytest.mark.parametrize(
    ("field", "one", "other", "is_same"),
    [
        (SCORE, 82, 82.0, True),
        (SCORE, 82, None, False),
        (fact(), None, "", True),
        (fact(), "a", "A", False),
        (fact(FieldType.DATETIME), "2027-01-31T15:00:00+01:00", "2027-01-31T14:00:00.000+0000", True),
    ],
)
def test_the_same_value_written_differently(field: Fact, one: Json, other: Json, is_same: bool) -> None:
    """Numbers compare by amount, moments by instant, text exactly."""
    assert values.same(field, one, other) is is_same


NEXT = fact(name="next_step", label="Next Step", field="NextStep", aliases=("next step", "next steps"))
OWN_STAGE = fact(FieldType.CHOICE, name="stage", label="Stage", field="StageName")
READ_ONLY_STAGE = fact(name="ace_stage", label="Stage", field="StageName", writable=False)
FIELDS = [READ_ONLY_STAGE, NEXT, OWN_STAGE, fact(name="website", label="Website", writable=False)]


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        ("next step Send the form", "next_step", "Send the form"),
        ("NEXT  STEPS: Send\nit", "next_step", "Send\nit"),
        ("next_step = to be told", "next_step", "to be told"),
        ("NextStep none", "next_step", "none"),
        ("stage to Closed Won", "stage", "Closed Won"),
    ],
)
def test_a_field_by_any_of_its_names(words: str, name: str, rest: str) -> None:
    """Our name, the label, the API name and every alias name it; the longest wins, one that can be set first."""
    found, said = values.named(words, FIELDS)
    assert (found.name, said) == (name, rest)


@pytest.mark.parametrize("words", ["stages Closed", "mood good", "website x.example"])
def test_fields_that_cannot_be_set(words: str) -> None:
    """An unknown field, or one that may not be written, is answered with those that can be."""
    with pytest.raises(Refused, match="You can set Next Step, Stage"):
        values.named(words, FIELDS)


def test_no_words_at_all_are_answered_with_an_example() -> None:
    """Who types the verb alone learns what follows it."""
    with pytest.raises(
        Refused, match=r"^Say which field .* such as `/cosell set next step Send the order form`"
    ):
        values.named("  ", FIELDS)
