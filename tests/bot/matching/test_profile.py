"""The other fields of a company, normalised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deal import Company
from bot.matching.places import country, state
from bot.matching.profile import duns, profile, read, written

ANY = st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("123-456-788", "123456788"),
        ("12-345-6788", "123456788"),
        ("12345678", ""),
        ("5479258", "005479258"),
        ("54792581.0", "054792581"),
        ("DUNS 863238278", "863238278"),
        ("D-U-N-S: 27-657-8538", "276578538"),
        ("'052365890", "052365890"),
        ("8632382780001", "863238278"),
        ("000000000", ""),
        ("123456789", ""),
        ("999999999", ""),
        ("n/a", ""),
        ("12", ""),
        ("86323827800", ""),
        ("", ""),
        ("٣" * 9, ""),
    ],
)
def test_duns(text: str, figures: str) -> None:
    """Nine figures with their zeros; numbers that stand for none are none."""
    assert duns(text) == figures


@pytest.mark.parametrize(
    "text",
    [
        "DE",
        "de",
        "DEU",
        "Germany",
        "Deutschland",
        "ALLEMAGNE",
        "Alemania",
        " germany ",
        "Federal Republic of Germany",
    ],
)
def test_countries(text: str) -> None:
    """A country by its codes and in several languages."""
    assert country(text) == "DE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("England", "GB"),
        ("日本", "JP"),
        ("Россия", "RU"),
        ("Türkiye", "TR"),
        ("Côte d'Ivoire", "CI"),
        ("Brasil", "BR"),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_more_countries(text: str, code: str) -> None:
    """Other names and scripts; what is none is not known."""
    assert country(text) == code


@pytest.mark.parametrize(
    ("text", "land", "code"),
    [
        ("TX", "US", "US-TX"),
        ("Texas", "US", "US-TX"),
        ("US-TX", "US", "US-TX"),
        ("texas", "", "US-TX"),
        ("WA", "AU", "AU-WA"),
        ("Western Australia", "", "AU-WA"),
        ("ON", "CA", "CA-ON"),
        ("Paraná", "BR", "BR-PR"),
        ("Zuid-Holland", "NL", "zuid holland"),
    ],
)
def test_states(text: str, land: str, code: str) -> None:
    """A state by its code or name, within its country."""
    assert state(text, land) == code


def test_a_country_in_the_name_fills_an_empty_field() -> None:
    """Where the field is empty, the one country that the name ends with is taken."""
    assert profile(Company("1", "Velora (Germany)")).country == "DE"
    assert profile(Company("1", "Velora (Germany)", country="US")).country == "US"


@given(ANY, ANY, ANY, ANY, ANY, ANY)
def test_what_is_written_is_read(
    id: str, name: str, website: str, land: str, number: str, region: str
) -> None:
    """A profile survives being written as a line, whatever it was made of."""
    one = profile(Company(id, name, website, land, number, region))
    assert read(written(one)) == one
