"""Which column is which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.tables import COMPANIES, SCORES, Table, expected, fit, read


def table(text: str) -> Table:
    """The table in a text."""
    return read(text.encode(), "list.csv")


def called(found: Table, columns: dict[str, int] | None = None, **chosen: str) -> dict[str, str]:
    """Our names and the headings that were found for them."""
    return {name: found.headings[index] for name, index in fit(found, SCORES, chosen).columns.items()}


def test_names_and_aliases_are_found_whatever_their_case_and_marks() -> None:
    """Nothing of this is a guess."""
    fitted = fit(
        table("ACCOUNT-NAME,P2B_Score,D-U-N-S Number,Opportunity_ID__c\nAcme,82,123456789,006000000000001\n"),
        SCORES,
    )
    assert fitted.columns == {"company": 0, "score": 1, "duns": 2, "opportunity": 3}
    assert not fitted.guessed and not fitted.missing and not fitted.unused


def test_the_nearest_name_wins_and_the_other_is_unused() -> None:
    """The label before the aliases, in the order in which these are given."""
    fitted = fit(table("Customer,Name,Id\nWrong,Acme,1\n"), COMPANIES)
    assert fitted.columns == {"id": 2, "name": 1} and fitted.unused == ("Customer",)


def test_a_heading_that_is_nearly_one_is_a_guess() -> None:
    """It is used, and said."""
    fitted = fit(table("Compny name,Propensity-to-by score\nAcme,82\n"), SCORES)
    assert fitted.guessed == {"company": "Compny name", "score": "Propensity-to-by score"}


def test_likeness_does_not_outweigh_the_values() -> None:
    """A score is a number, a website a domain."""
    fitted = fit(table("company,score,websites\nAcme,82,none that I know\nBeta,7,ask Pat\n"), SCORES)
    assert "website" not in fitted.columns


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (("acme.com", "https://www.beta.de/en", "gamma.co.uk"), "website"),
        (("O1234567", "O7654321", "O1111111"), "ace_id"),
        (("006000000000001", "006000000000002AAA", "006000000000003"), "opportunity"),
        (("DE", "United Kingdom", "France"), "country"),
    ],
)
def test_values_tell_what_a_column_is(values: tuple[str, ...], name: str) -> None:
    """Under a heading that says nothing."""
    found = table(
        "company,score,xyz\n" + "".join(f"Firm {i},8{i},{value}\n" for i, value in enumerate(values))
    )
    fitted = fit(found, SCORES)
    assert fitted.columns[name] == 2 and fitted.guessed == {name: "xyz"}


def test_a_column_of_another_name_is_not_taken_by_its_values() -> None:
    """A state of two letters looks like a country."""
    assert "country" not in fit(table("company,score,state\nAcme,82,DE\nBeta,7,CA\n"), SCORES).columns


def test_nine_digits_need_a_heading_that_points_to_them() -> None:
    """They may be a telephone number."""
    assert "duns" not in fit(table("name,phone\nAcme,123456789\nBeta,987654321\n"), COMPANIES).columns
    assert "duns" in fit(table("name,duns nos\nAcme,123456789\nBeta,987654321\n"), COMPANIES).columns


def test_an_opportunity_column_with_names_is_not_one_of_ids() -> None:
    """People call both so; the ids are told by their form."""
    found = table("Account,Opportunity,Opp ref,Score\nAcme,Acme migration,006000000000001,82\n")
    assert called(found)["opportunity"] == "Opp ref"


def test_without_headings_the_values_decide() -> None:
    """All of it is a guess."""
    found = table("17,Acme,acme.com\n18,Beta Ltd,beta.com\n19,Gamma,gamma.io\n")
    fitted = fit(found, COMPANIES)
    assert fitted.columns == {"id": 0, "name": 1, "website": 2} and set(fitted.guessed) == {
        "id",
        "name",
        "website",
    }


def test_a_list_of_companies_is_not_taken_for_one_of_scores() -> None:
    """By one column of small numbers; with ids of opportunities it is."""
    companies = table("name,website,open cases\nAcme,acme.com,12\nBeta,beta.com,7\n")
    assert [column.name for column in fit(companies, SCORES).missing] == ["score"]
    opportunities = table("name,opp id,may buy\nAcme,006000000000001,12\nBeta,006000000000002,7\n")
    assert fit(opportunities, SCORES).guessed == {"score": "may buy"}


def test_what_a_person_said_counts_first() -> None:
    """Also that a column is not there; and it is no guess."""
    found = table("Company,Score,Score old,Website\nAcme,82,70,acme.com\n")
    assert called(found, score="Score old", website="") == {"company": "Company", "score": "Score old"}
    assert not fit(found, SCORES, {"score": "Score old"}).guessed


def test_a_heading_that_is_not_there_is_refused_with_those_that_are() -> None:
    """One column cannot be two things either."""
    found = table("Company,Score\nAcme,82\n")
    with pytest.raises(
        Refused, match=r"There is no column “Points” in list\.csv\. It has “Company”, “Score”"
    ):
        fit(found, SCORES, {"score": "Points"})
    with pytest.raises(Refused, match="two things"):
        fit(found, SCORES, {"score": "Score", "company": "Score"})


def test_what_is_missing_is_told_with_what_is_expected() -> None:
    """For the message that a person gets."""
    fitted = fit(table("a,b\nx1,y\n"), SCORES)
    assert [column.label for column in fitted.missing] == ["Score"]
    assert expected(COMPANIES) == (
        "Expected is a column “Company name”, and any of “Id”, “Website”, “Country”, “DUNS number” or “State”."
    )


WORDS = st.sampled_from(
    ["id", "name", "score", "acme.com", "123456789", "O123456", "82", "DE", "Acme", "x", "date", ""]
)


@given(st.lists(WORDS, min_size=2, max_size=8), st.lists(WORDS, min_size=8, max_size=8))
def test_no_column_is_two_things(headings: list[str], values: list[str]) -> None:
    """Whatever the headings and the values, and the same each time."""
    found = Table(
        "x", tuple(f"{h} {i}" for i, h in enumerate(headings)), [tuple(values[: len(headings)])], [2], (), ()
    )
    for columns in (COMPANIES, SCORES):
        fitted = fit(found, columns)
        assert len(set(fitted.columns.values())) == len(fitted.columns)
        assert fitted == fit(found, columns)
        assert len(fitted.unused) + len(fitted.columns) == len(headings)
