"""Countries, states and postal codes."""

import pytest

from bot.ace import places
from bot.ace.model import options


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("us", "US"),
        ("United States", "US"),
        ("USA", "US"),
        ("  germany ", "DE"),
        ("UK", "GB"),
        ("Türkiye", "TR"),
        ("Czech  Republic", "CZ"),
        ("Atlantis", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_country_is_known_by_code_and_by_name(written: object, code: str | None) -> None:
    """A country is never guessed: its code or its English name, else nothing."""
    assert places.country_code(written) == code


@pytest.mark.parametrize(
    ("written", "country", "state"),
    [
        ("WA", "US", "Washington"),
        ("wa", "US", "Washington"),
        ("washington", "US", "Washington"),
        ("DC", "US", "Dist. of Columbia"),
        ("District of Columbia", "US", "Dist. of Columbia"),
        ("Ontario", "US", "Ontario"),
        ("WA", "AU", "WA"),
        (" ", "US", None),
        (None, "US", None),
    ],
)
def test_a_us_state_is_written_in_full(written: object, country: str, state: str | None) -> None:
    """AWS takes full names in the United States; what is no state stays as it is, to be told."""
    assert places.state(written, country) == state


@pytest.mark.parametrize(
    ("country", "right", "wrong"),
    [
        ("US", ["98126", "98126-1234"], ["7870", "98126 1234", "9812A"]),
        ("GB", ["E14 5NR", "SW1A 1AA", "M11AE", "CR2 6XH"], ["E14", "14E 5NR"]),
        ("CA", ["K1A 0B1", "K1A0B1"], ["K1A-0B1"]),
        ("NL", ["1017 AB", "1017AB"], ["1017"]),
        ("PL", ["00-001"], ["00 001"]),
        ("SE", ["111 22", "11122", "SE-111 22"], ["1112"]),
        ("JP", ["100-0001", "1000001"], ["100 0001"]),
        ("BR", ["01310-100"], ["1310-100"]),
        ("IE", ["D02 AF30", "A65 F4E2"], ["D02"]),
        ("IL", ["61000", "6100001"], ["610000"]),
        ("DE", ["20457"], ["2045"]),
        ("IN", ["110 001", "110001"], ["11000"]),
        ("CH", ["8001"], ["80011"]),
    ],
)
def test_postal_codes_have_their_country_s_form(country: str, right: list[str], wrong: list[str]) -> None:
    """What people write in that country passes; what AWS would refuse does not."""
    assert all(places.postal_code_fits(code, country) for code in right)
    assert not any(places.postal_code_fits(code, country) for code in wrong)


def test_a_country_has_forms_or_none_but_not_both() -> None:
    """The tables name only countries that AWS knows and do not contradict each other."""
    countries = set(options("CountryCode"))
    with_forms = {country for country in countries if places.postal_forms(country)}
    assert countries > places.WITHOUT_POSTAL_CODES
    assert not with_forms & places.WITHOUT_POSTAL_CODES
    assert {"HK", "AE", "QA", "AO"} <= places.WITHOUT_POSTAL_CODES
