"""Companies of a list."""

import pytest

from bot.deal import Company
from bot.tables import COMPANIES, RowProblem, companies, fit, read


def taken(text: str) -> tuple[list[Company], list[RowProblem]]:
    """The companies and the problems of a text."""
    table = read(text.encode(), "list.csv")
    return companies(table, fit(table, COMPANIES))


def test_a_company_has_what_its_row_has() -> None:
    """Under whatever headings."""
    found, problems = taken("Account ID,Firma,Webseite,Land,State,DUNS\n7,Acme,acme.de,DE,BY,123456789\n")
    assert found == [Company("7", "Acme", "acme.de", "DE", "123456789", "BY")] and not problems


def test_rows_without_a_name_are_problems() -> None:
    """An error of the spreadsheet is no name."""
    found, problems = taken("id,name\n1,\n2,Acme\n3,#N/A\n")
    assert [one.id for one in found] == ["2"] and [problem.number for problem in problems] == [2, 4]


def test_an_id_that_comes_again_is_a_problem_of_the_second() -> None:
    """It names the first; upper and lower case are two ids, as in Salesforce."""
    found, (problem,) = taken("id,name\na1,Acme\nA1,Beta\na1,Gamma\n")
    assert [one.name for one in found] == ["Acme", "Beta"]
    assert problem == RowProblem(4, "Its id, a1, is already that of row 2.")


def test_without_an_id_the_rows_number_serves() -> None:
    """As a person sees it in the file."""
    assert [one.id for one in taken("name\nAcme\n\nBeta\n")[0]] == ["row 2", "row 4"]
    assert [one.id for one in taken("id,name\n7,Acme\n,Beta\n")[0]] == ["7", "row 3"]


@pytest.mark.parametrize(
    ("typed", "duns"),
    [
        ("12345678", "012345678"),
        ("1234567", "001234567"),
        ("01-234-5678", "012345678"),
        ("unknown", "unknown"),
    ],
)
def test_a_duns_number_has_nine_digits(typed: str, duns: str) -> None:
    """A spreadsheet drops its leading zeros, D&B writes it with marks."""
    assert taken(f"name,duns\nAcme,{typed}\n")[0][0].duns == duns


def test_a_formula_is_a_problem_only_where_the_column_is_ours() -> None:
    """A link in a column that nobody asked for harms nothing."""
    found, (problem,) = taken('name,website,link\nAcme,acme.com,"=HYPERLINK(""x"")"\n=A2,beta.com,x\n')
    assert [one.name for one in found] == ["Acme"] and "Cell A3 is a formula" in problem.why
