"""Tables that we hand out."""

import csv
from datetime import date
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tables import write


def cells(content: bytes) -> list[list[str]]:
    """What any other program reads in it."""
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_excel_opens_it_right() -> None:
    """The mark that it takes for UTF-8, its line ends, accents as they are."""
    content = write(("name", "score"), [("Müller, Söhne", 82.0)])
    assert content == b"\xef\xbb\xbfname,score\r\n" + '"Müller, Söhne",82\r\n'.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (82.0, "82"),
        (82.5, "82.5"),
        (True, "True"),
        (date(2026, 3, 9), "2026-03-09"),
        ("a\0b", "ab"),
    ],
)
def test_values_are_written_plainly(value: object, text: str) -> None:
    """As people type them."""
    assert cells(write(("x", "y"), [(value, "-")]))[1][0] == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-Acme", "+49 89 12"]
)
def test_a_cell_that_would_be_a_formula_is_made_text(text: str) -> None:
    """OWASP, CSV Injection; in headings too."""
    assert cells(write((text,), [(text,)])) == [[f"'{text}"], [f"'{text}"]]


@pytest.mark.parametrize("text", ["-5", "+5", "-82.5", "-1,5", "-1e-05"])
def test_a_plain_number_stays_one(text: str) -> None:
    """It does nothing, and an apostrophe would make it text."""
    assert cells(write(("x",), [(text,)]))[1] == [text]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_cell_starts_like_a_formula(rows: list[tuple[str, str]]) -> None:
    """Whatever is written, every cell is there and none of them acts."""
    read = cells(write(("a", "b"), rows))
    assert [len(row) for row in read] == [2] * (len(rows) + 1)
    for row in read:
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r"))
