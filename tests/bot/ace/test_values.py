"""Conversions that add nothing of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ace import values
from bot.ace.model import violations


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("+1 206 555 0142", "+12065550142"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("+49-40/123.456", "+4940123456"),
        ("206 555 0142", None),
        ("001 206 555 0142", None),
        ("+1 206 555 0142 x12", None),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_number_is_written_in_e164_or_left_out(written: str | None, phone: str | None) -> None:
    """A country is never guessed into a phone number."""
    assert values.e164(written) == phone


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (12500, "12500.00"),
        (4200.5, "4200.50"),
        (1e7, "10000000.00"),
        ("31000", "31000.00"),
        (None, None),
        (True, None),
        ("a lot", None),
        (float("inf"), None),
    ],
)
def test_an_amount_is_a_string_of_digits_with_two_decimals(written: object, amount: str | None) -> None:
    """No float, exponent or separator reaches AWS."""
    assert values.amount(written) == amount


@given(st.floats(min_value=0.01, max_value=1e15))
def test_every_amount_fits_the_model(amount: float) -> None:
    """Whatever number Salesforce holds, its text has the form AWS takes."""
    spend = {
        "Amount": values.amount(amount),
        "CurrencyCode": "USD",
        "Frequency": "Monthly",
        "TargetCompany": "AWS",
    }
    payload = {"Catalog": "AWS", "ClientToken": "t", "Project": {"ExpectedCustomerSpend": [spend]}}
    assert violations("CreateOpportunity", payload) == ()


def test_there_are_39_use_cases() -> None:
    """The list is AWS's, each entry once."""
    assert len(values.USE_CASES) == len(set(values.USE_CASES)) == 39
