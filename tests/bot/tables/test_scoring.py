"""Scores as people type them."""

import pytest

from bot.deal import Company
from bot.tables import SCORES, RowProblem, ScoreRow, fit, read, scores

Judged = tuple[list[ScoreRow], list[RowProblem], tuple[str, ...]]


def judged(text: str, low: float = 0, high: float = 100) -> Judged:
    """The rows, the problems and the notes of a text."""
    table = read(text.encode(), "list.csv")
    fitted = fit(table, SCORES)
    return scores(table, fitted, low, high)


def column(*cells: str, high: float = 100) -> Judged:
    """The same of one column of scores."""
    return judged(
        "company;score\n" + "".join(f"Firm {i};{cell}\n" for i, cell in enumerate(cells)), high=high
    )


@pytest.mark.parametrize(
    ("typed", "score"),
    [
        ("82", 82),
        ("82 %", 82),
        ("82%", 82),
        ("82/100", 82),
        ("82 of 100", 82),
        ("+82", 82),
        ("82.5", 82.5),
        ("0", 0),
    ],
)
def test_a_score_is_read_as_people_type_it(typed: str, score: float) -> None:
    """With what was typed beside it."""
    ((row, *_), problems, _) = column(typed, "7")
    assert (row.score, row.said, row.number) == (score, typed, 2) and not problems


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("82,5", "7,125"), [82.5, 7.125]),
        (("82.5", "7.125"), [82.5, 7.125]),
        (("1.234,5", "82,5"), [1234.5, 82.5]),
        (("1,234.5", "7"), [1234.5, 7]),
        (("1 234,5", "1'234,5"), [1234.5, 1234.5]),
        (("1.234", "82,5"), [1234, 82.5]),
        (("1,234", "82.5"), [1234, 82.5]),
        (("1.234", "7"), [1.234, 7]),
    ],
)
def test_commas_and_points_mean_what_their_column_shows(cells: tuple[str, ...], found: list[float]) -> None:
    """One number alone may be read in two ways, its neighbours settle it."""
    assert [row.score for row in column(*cells, high=2000)[0]] == found


def test_a_comma_that_nothing_settles_is_a_problem() -> None:
    """Neither 1.234 nor 1,234 is guessed."""
    _, (problem,), _ = column("1,234", "7", high=2000)
    assert "“1,234”" in problem.why and "two ways" in problem.why


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "no score"),
        ("high", "“high”, is not a number"),
        ("n/a", "not a number"),
        ("1e2", "not a number"),
        ("nan", "not a number"),
        ("1.2.3", "two ways or in none"),
        ("101", "“101”, is out of range"),
        ("-1", "out of range"),
        ("41/50", "out of 50"),
    ],
)
def test_what_is_no_score_is_a_problem_that_names_it_and_the_range(typed: str, why: str) -> None:
    """Never a guess, never a nought."""
    rows, (problem,), _ = column("70", typed, "80")
    assert len(rows) == 2 and problem.number == 3
    assert why in problem.why and problem.why.endswith("Expected is a number from 0 to 100.")


def test_a_formula_is_a_problem_that_names_the_cell() -> None:
    """It is not worked out."""
    _, (problem,), _ = column("70", "=A1*2")
    assert problem.number == 3 and "Cell B3 is a formula (=A1*2)" in problem.why


def test_a_column_of_shares_is_taken_as_shares_and_said() -> None:
    """Exactly, without what binary numbers add; only where all are from 0 to 1 and one has decimals."""
    rows, _, notes = column("0.82", "0.57", "1", "0", ".5")
    assert [row.score for row in rows] == [82, 57, 100, 0, 50] and "taken as shares" in notes[0]
    assert [row.score for row in column("0.82", "7")[0]] == [0.82, 7]
    assert [row.score for row in column("0", "1")[0]] == [0, 1]
    assert [row.score for row in column("0.82%", "0.5%")[0]] == [0.82, 0.5]


def test_the_range_is_what_the_company_has_set() -> None:
    """A percentage of another range than 100 is not worked out."""
    rows, problems, _ = column("7", "11", "70%", high=10)
    assert [row.score for row in rows] == [7] and [problem.number for problem in problems] == [3, 4]


def test_a_row_says_whose_score_it_is() -> None:
    """By the company with what is known of it, and by ids; the day as ISO."""
    (row,), _, _ = judged(
        "company,website,country,duns,opportunity,ace id,score,scored on\n"
        "Acme,acme.com,DE,01-234-5678,006000000000001AAA,o1234567,82,09.03.2026\n"
    )
    assert row.company == Company("row 2", "Acme", "acme.com", "DE", "012345678")
    assert (row.opportunity, row.ace_id, row.scored_on) == ("006000000000001AAA", "O1234567", "2026-03-09")


def test_a_row_without_a_company_and_without_ids_is_a_problem() -> None:
    """Nobody can say whose it is; nor with an id that is none."""
    _, problems, _ = judged("company,ace id,score\n,,82\n,O1234567,7\nAcme,12,9\nBeta,O7654321,5\n")
    assert [problem.number for problem in problems] == [2, 4]
    assert "neither a company nor an opportunity" in problems[0].why and "“12” is no ACE" in problems[1].why


def test_the_same_said_twice_counts_once() -> None:
    """And is noted; the longer and the shorter form of a Salesforce id are the same."""
    rows, problems, notes = judged(
        "opportunity,score\n006000000000001AAA,82\n006000000000001,82.0\n006000000000002,82\n"
    )
    assert [row.number for row in rows] == [2, 4] and not problems
    assert notes == ("1 row with what an earlier row says: each counts once.",)


def test_of_scores_that_contradict_each_other_none_is_taken() -> None:
    """Each of the rows names another one."""
    rows, problems, _ = judged("company,score\nAcme,82\nBeta,7\nACME ,75\nAcme,82\n")
    assert [row.number for row in rows] == [3]
    assert {problem.number: problem.why for problem in problems} == {
        2: "It says 82 where row 4 says 75 of the same one. Keep one of them.",
        4: "It says 75 where row 2 says 82 of the same one. Keep one of them.",
        5: "It says 82 where row 4 says 75 of the same one. Keep one of them.",
    }


def test_companies_that_differ_in_what_is_known_are_not_the_same() -> None:
    """Two of one name in two countries."""
    assert len(judged("company,country,score\nAcme,DE,82\nAcme,FR,7\n")[0]) == 2


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (("2026-03-09", "2026-03-09T10:00:00Z"), ["2026-03-09", "2026-03-09"]),
        (("03/09/2026", "03/25/2026"), ["2026-03-09", "2026-03-25"]),
        (("03/09/2026", "25/03/2026"), ["2026-09-03", "2026-03-25"]),
        (("9 Mar 2026", "March 9, 2026"), ["2026-03-09", "2026-03-09"]),
        (("9.3.26", "31.12.2025"), ["2026-03-09", "2025-12-31"]),
    ],
)
def test_days_mean_what_their_column_shows(cells: tuple[str, ...], days: list[str]) -> None:
    """Whether the day or the month is first."""
    rows, _, _ = judged(
        "company;score;scored on\n" + "".join(f"Firm {i};8{i};{cell}\n" for i, cell in enumerate(cells))
    )
    assert [row.scored_on for row in rows] == days


def test_a_day_that_could_be_two_is_left_out_and_said() -> None:
    """The score counts all the same."""
    (row,), _, notes = judged("company,score,scored on\nAcme,82,03/09/2026\n")
    assert row.scored_on == "" and "1 date could not be told" in notes[0]
