"""Delimited text as people drop it."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tables import MOST_BYTES, Table, Unreadable, read, write
from bot.tables import delimited as reading_text

PLAIN = "id,name,score\n1,Acme,82\n2,Beta,75\n"


def table(text: str, encoding: str = "utf-8") -> Table:
    """The table in a text."""
    return read(text.encode(encoding), "list.csv")


def refused(content: bytes, name: str = "list.csv") -> str:
    """Why it is not read."""
    with pytest.raises(Unreadable) as caught:
        read(content, name)
    assert name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_delimiter_and_line_end(delimiter: str, end: str) -> None:
    """What separates cells and rows is found out."""
    found = table(PLAIN.replace(",", delimiter).replace("\n", end))
    assert found.headings == ("id", "name", "score")
    assert found.rows == [("1", "Acme", "82"), ("2", "Beta", "75")] and found.numbers == [2, 3]
    assert not found.problems and not found.notes


def test_a_comma_may_be_a_decimal_mark_or_stand_in_a_name() -> None:
    """The delimiter is what splits the rows alike, not what occurs most."""
    found = table("name;score\nAcme, Inc;82,5\nBeta, Ltd, UK;7,5\nGamma;1,0\n")
    assert found.rows[0] == ("Acme, Inc", "82,5")


def test_excels_line_that_names_the_delimiter_is_no_row() -> None:
    """Excel takes ``sep=;`` for a setting and calls the next line row 1."""
    found = table("sep=;\nname;score\nAcme;82\n")
    assert found.headings == ("name", "score") and found.numbers == [2]


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ('"Acme, ""the"" Inc",1', 'Acme, "the" Inc'),
        (r'"Acme \"the\" Inc",1', 'Acme "the" Inc'),
        ('"Acme\nInc",1', "Acme\nInc"),
        (' Acme , "1"', "Acme"),
        ('"=""0123""",1', "0123"),
        ('="0123",1', "0123"),
    ],
)
def test_quoting(line: str, cell: str) -> None:
    """Quotation marks doubled or behind a backslash, line breaks, blanks around, text kept as text."""
    found = table(f"name,score\n{line}\nBeta,2\n")
    assert found.rows == [(cell, "1"), ("Beta", "2")]


def test_apostrophes_may_be_the_quotation_marks() -> None:
    """Where every line begins and ends with one."""
    assert table("'name','score'\n'Acme, Inc','1'\n").rows == [("Acme, Inc", "1")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(encoding: str) -> None:
    """With and without a mark, accents come through."""
    found = table("name,score\nMüller & Söhne,1\nCafé Noël,2\nBeta Industries,3\n", encoding)
    assert [row[0] for row in found.rows] == ["Müller & Söhne", "Café Noël", "Beta Industries"]
    assert bool(found.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1251", ["Газпром нефть", "Московская биржа", "Яндекс Облако", "Северсталь"]),
        ("shift_jis", ["株式会社日立製作所", "東京海上日動火災保険", "三菱電機株式会社", "トヨタ自動車"]),
        ("gb18030", ["中国移动通信集团公司", "阿里巴巴集团控股有限公司", "华为技术有限公司", "联通"]),
    ],
)
def test_other_encodings_are_found_out_and_told(encoding: str, names: list[str]) -> None:
    """A guess, so that a person is asked to look."""
    found = table("name,score\n" + "".join(f"{name},1\n" for name in names), encoding)
    assert [row[0] for row in found.rows] == names
    assert "Look whether names with accents are right" in found.notes[0]


def test_lines_in_another_encoding_are_decoded_on_their_own() -> None:
    """UTF-8 with lines that somebody pasted as Windows-1252: both come through, and the note counts."""
    lines = ["name,score\n", "Müller,1\n", "Café,2\n", "Weiß,3\n"]
    content = b"".join(line.encode("cp1252" if line.startswith("Weiß") else "utf-8") for line in lines)
    found = read(content, "list.csv")
    assert [row[0] for row in found.rows] == ["Müller", "Café", "Weiß"]
    assert found.notes == (
        "1 line in another encoding than the rest, UTF-8, read as Windows-1252: first line 4.",
    )


@pytest.mark.parametrize("content", [b"", b"   \n\r\n", b"\xef\xbb\xbf", b"\0\0\0\0", b",,,\n,,,\n"])
def test_an_empty_file_is_said_to_be_empty(content: bytes) -> None:
    """Also when there are blanks and separators in it."""
    assert "Drop a file with" in refused(content)


def test_headings_without_rows() -> None:
    """There is nothing to do for it."""
    assert "nothing below them" in refused(b"id,name,score\n")


def test_headings_below_a_title() -> None:
    """They are found, the rows keep the numbers that a person sees, and what stands above is told."""
    found = table("Quarterly scores\n\nname,score,website\nAcme,82,acme.com\n\nBeta,7,beta.com\n")
    assert found.headings == ("name", "score", "website") and found.numbers == [4, 6]
    assert found.notes == ("The headings are in row 3; what stands above them was not read.",)


def test_of_two_rows_of_headings_the_one_with_our_words_counts() -> None:
    """A row of groups above, or a row of other names below."""
    above = table("Customer,,Rating,\nName,Website,Score,Date\nAcme,acme.com,82,2026-01-02\n")
    assert above.headings == ("Name", "Website", "Score", "Date") and above.numbers == [3]
    below = table("Name,Website,Score\nCompany,Domain,P2B\nAcme,acme.com,82\n")
    assert below.headings == ("Name", "Website", "Score") and below.numbers == [3]
    assert "Row 2 is a second row of headings" in below.notes[0]


@pytest.mark.parametrize(
    "text",
    ["Acme,acme.com,82\nBeta,beta.com,7\n", "acc-1,Acme\nacc-2,Beta\nacc-3,Gamma\n", "82,Acme\n7,Beta\n"],
)
def test_a_first_row_of_data_is_no_heading(text: str) -> None:
    """It is kept as a row, the columns go by their letters, and that is said."""
    found = table(text)
    assert found.headings[:2] == ("column A", "column B") and found.numbers[0] == 1
    assert "Row 1 looks like data" in found.notes[0]


def test_what_stands_below_the_table_is_no_row() -> None:
    """Reports of Salesforce end with lines of text below a blank row."""
    footer = "\nCopyright (c) salesforce.com\nConfidential Information - Do Not Distribute\n"
    found = table(f"id,name,score\n1,Acme,82\n2,Beta,7\n{footer}")
    assert found.numbers == [2, 3] and found.notes == (
        "What stands below the table, from row 5 on, was not read.",
    )
    assert table("id,name,score\n1,Acme,82\n2,,\n").numbers == [2, 3]


def test_headings_that_come_again_are_left_out() -> None:
    """As in files that were put together."""
    found = table("name,score\nAcme,1\nname,score\nBeta,2\n")
    assert [row[0] for row in found.rows] == ["Acme", "Beta"] and "come again in 1 row" in found.notes[0]


def test_headings_that_are_called_alike_are_told_apart() -> None:
    """The first keeps the name."""
    found = table("name,score,score,score (2)\nAcme,1,2,3\n")
    assert found.headings == ("name", "score", "score (3)", "score (2)")
    assert "More than one column is called “score”" in found.notes[0]


def test_short_rows_are_filled_and_long_ones_are_problems() -> None:
    """A cell too many means that one was split; empty cells too many mean nothing."""
    found = table("id,name,score\n1,Acme\n2,Beta,75,,\n3,Gamma, Inc,80\n4,Delta,1\n5,Eps,2\n")
    assert list(found.rows[:2]) == [("1", "Acme", ""), ("2", "Beta", "75")]
    (problem,) = found.problems
    assert problem.number == 4 and "4 cells and the headings are 3" in problem.why
    assert "1 row with fewer cells" in found.notes[0]


@pytest.mark.parametrize(
    "broken",
    ['"Acme "the" Inc",1,x', '"Acme,1,x', '"A"cme,1,x'],
)
def test_a_row_with_broken_quotation_marks_costs_only_itself(broken: str) -> None:
    """The rows after it are read, however far the mark would reach."""
    rest = "".join(f"Company {number},{number},y\n" for number in range(50))
    found = table(f"name,score,note\nFirst,1,z\n{broken}\n{rest}")
    assert len(found.rows) == 51 and [problem.number for problem in found.problems] == [3]
    assert "uotation mark" in found.problems[0].why


def test_a_stray_mark_that_another_one_closes_does_not_hide_rows() -> None:
    """By the rules of CSV the five rows would be one cell."""
    rows = "".join(f"Company {number},{number},y\n" for number in range(4))
    found = table(f'name,score,note\n"Stray,1,x\n{rows}A 27",5,y\nLast,9,y\n')
    assert [row[0] for row in found.rows] == [
        "Company 0",
        "Company 1",
        "Company 2",
        "Company 3",
        'A 27"',
        "Last",
    ]
    assert [problem.number for problem in found.problems] == [2]


def test_nul_characters_make_a_row_a_problem() -> None:
    """It is damaged, and nobody knows what was there."""
    found = table("name,score\nAc\0me,82\n" + "Beta Incorporated,75\n" * 20)
    assert [problem.number for problem in found.problems] == [2] and len(found.rows) == 20


def test_a_cell_of_a_megabyte_is_a_problem_of_its_row() -> None:
    """Above what Excel holds in one."""
    found = table(f"name,score\n{'x' * 1_000_000},1\nBeta,2\n")
    assert [row[0] for row in found.rows] == ["Beta"] and "1,000,000 characters" in found.problems[0].why


def test_ten_thousand_columns_are_read() -> None:
    """As Excel holds them; more are refused."""
    found = table(",".join(f"h{i}" for i in range(10_000)) + "\n" + ",".join("x" * 10_000) + "\n")
    assert len(found.headings) == 10_000 and len(found.rows[0]) == 10_000
    wide = ",".join(f"h{i}" for i in range(20_000)) + "\n"
    assert "20,000 cells" in refused((wide * 2).encode())


@pytest.mark.parametrize(
    "cut",
    [
        "id,name,score\n1,Acme,82\n2,Be",
        'id,name,score\n1,"Acme, Inc",82\n2,"Beta, In',
        'id,name,score\n1,"Acme, Inc",82\n2,"Beta\n',
    ],
)
def test_what_can_be_known_to_be_cut_off_is_refused_as_a_whole(cut: str) -> None:
    """A half-written file must not be taken for a whole one."""
    assert "looks cut off" in refused(cut.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_end_within_a_character_is_a_cut(encoding: str) -> None:
    """The rest of it was not written yet."""
    content = "id,name\n1,Müller\n2,Mü".encode(encoding)
    assert "looks cut off" in refused(content[:-1])


@pytest.mark.parametrize("end", ["2,Beta,75", "2,Beta"])
def test_a_last_line_without_its_end_is_read_where_that_is_the_files_habit(end: str) -> None:
    """Google Sheets writes none; some programs leave the empty cells at the end away."""
    found = table(f"id,name,score\n1,Acme,82\n3,Gamma\n{end}")
    assert len(found.rows) == 3


def test_a_hole_in_the_file_is_a_broken_copy() -> None:
    """Room that was set aside and never written."""
    assert "hole" in refused(PLAIN.encode() + bytes(4096))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html><body>Sign in", "web page"),
        (b"<table><tr><td>1</td></tr></table>", "web page"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (b'[{"name": "Acme"}]', "JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "old Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "older Microsoft Office"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (bytes(range(256)) * 40, "no text"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(content: bytes, what: str) -> None:
    """Whatever its name says, with the way to a file that can be read."""
    said = refused(content)
    assert what in said and any(word in said for word in ("CSV", "XLSX", "xlsx", "drop"))


def test_a_file_too_large_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    """It is not even opened; the size and the way out are said."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1024 * 1024)
    with pytest.raises(Unreadable, match=r"101\.0 MB; at most 100 MB.*Split it"):
        read(path, "large.csv")


def test_more_rows_than_are_taken_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way out."""
    monkeypatch.setattr(reading_text, "MOST_ROWS", 1)
    assert "Split it" in refused(PLAIN.encode())


def test_a_hundred_thousand_rows_take_about_a_second() -> None:
    """People wait for it; generous here, since machines differ."""
    rows = "".join(
        f'001{i:012d},"Company {i}, Inc",https://www.c{i}.example.com,DE,{i:09d}\n' for i in range(100_000)
    )
    content = f"id,name,website,country,duns\n{rows}".encode()
    began = time.process_time()
    assert len(read(content, "list.csv").rows) == 100_000
    assert time.process_time() - began < 3


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    """Nothing else comes out, and every row is as wide as the headings."""
    try:
        found = read(content, "list.csv")
    except Unreadable:
        return
    assert {len(row) for row in found.rows} <= {len(found.headings)}
    assert len(found.rows) == len(found.numbers) and len(set(found.headings)) == len(found.headings)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=12).map(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_what_we_write_we_read(rows: list[tuple[str, str, str]]) -> None:
    """Whatever is in the cells, formulas and quotation marks too."""
    rows = [(f"n{number}", *row[1:]) for number, row in enumerate(rows) if not any('="' in c for c in row)]
    found = read(write(("name", "website", "score"), rows), "list.csv") if rows else None
    assert found is None or (list(found.rows) == rows and not found.problems)
