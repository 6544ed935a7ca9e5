"""XLSX workbooks as Excel and others write them."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.tables import SCORES, Unreadable, fit, read, scores


def saved(book: Workbook) -> bytes:
    """A workbook as a file."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def workbook(*rows: list[Any], change: Callable[[Worksheet], object] | None = None) -> bytes:
    """A workbook with these rows in its only sheet."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    return saved(book)


def altered(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for member in before.namelist():
            part = before.read(member)
            after.writestr(member, change(part) if member == name else part)
    return file.getvalue()


def refused(content: bytes) -> str:
    """Why it is not read."""
    with pytest.raises(Unreadable) as caught:
        read(content, "list.xlsx")
    return str(caught.value)


SHEET = "xl/worksheets/sheet1.xml"
ROWS = ["name", "score"], ["Acme", 82.0], ["Beta", 7.5]


def test_it_is_read_by_its_content_whatever_its_name() -> None:
    """A workbook called .csv is a workbook."""
    found = read(workbook(*ROWS), "list.csv")
    assert found.headings == ("name", "score") and found.rows == [("Acme", "82"), ("Beta", "7.5")]
    assert found.numbers == [2, 3] and not found.notes


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (82.0, None, "82"),
        (0.1 + 0.2, None, "0.3"),
        (12345678901234, None, "12345678901234"),
        (1e21, None, "1000000000000000000000"),
        (0.82, "0%", "82%"),
        (0.825, "0.0%", "82.5%"),
        (date(2026, 3, 9), None, "2026-03-09"),
        (datetime(2026, 3, 9, 14, 30), None, "2026-03-09 14:30:00"),  # noqa: DTZ001 - Excel knows no zones
        (True, None, "TRUE"),
        ("  padded ", None, "padded"),
        ("012345678", None, "012345678"),
    ],
)
def test_values_are_what_excel_shows(value: object, form: str | None, text: str) -> None:
    """Whole numbers without a point, shares as per cent, days as ISO dates."""

    def formatted(sheet: Worksheet) -> None:
        if form:
            sheet["B2"].number_format = form

    assert read(workbook(["name", "x"], ["Acme", value], change=formatted), "a.xlsx").rows == [("Acme", text)]


def test_a_formula_is_never_worked_out_and_its_row_is_a_problem_that_names_the_cell() -> None:
    """Its last value in the file may be anything; only rows where the column is ours are affected."""
    content = workbook(["company", "score", "other"], ["Acme", "=40+42", "x"], ["Beta", 7, "=1+1"])
    table = read(content, "a.xlsx")
    rows, problems, _ = scores(table, fit(table, SCORES))
    assert [row.company.name for row in rows] == ["Beta"]
    assert [problem.number for problem in problems] == [2] and "Cell B2 is a formula (=40+42)" in problems[
        0
    ].why
    assert any("1 formula in “other”" in note for note in table.notes)


def test_of_several_sheets_the_first_with_data_is_read_and_the_others_are_named() -> None:
    """Hidden ones last, empty ones never."""
    book = Workbook()
    hidden = book.active
    assert isinstance(hidden, Worksheet)
    hidden.title, hidden.sheet_state = "Old", "hidden"
    hidden.append(["name", "score"])
    hidden.append(["Wrong", 1])
    book.create_sheet("Empty")
    scored = book.create_sheet("Scores")
    for row in ROWS:
        scored.append(row)
    found = read(saved(book), "a.xlsx")
    assert found.rows[0] == ("Acme", "82")
    assert found.notes == ("Only the sheet “Scores” was read, not “Old”, “Empty”.",)


def test_merged_cells_and_hidden_rows_are_told() -> None:
    """A person sees them differently from what is read."""

    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("A4:A5")
        sheet.row_dimensions[3].hidden = True

    found = read(workbook(*ROWS, ["Gamma", 1], ["", 2], change=change), "a.xlsx")
    assert ("Beta", "7.5") in found.rows
    assert "1 range of merged cells: only the first cell of each counts." in found.notes
    assert "1 hidden row read like the others." in found.notes


def test_rows_keep_the_numbers_that_excel_shows() -> None:
    """A title and blank rows count."""
    found = read(workbook(["Scores of Q3"], [], ["name", "score"], ["Acme", 1], [], ["Beta", 2]), "a.xlsx")
    assert found.numbers == [4, 6]


def test_what_a_sheet_says_of_its_own_size_is_not_believed() -> None:
    """Some programs write A1 whatever there is."""
    content = altered(workbook(*ROWS), SHEET, lambda part: part.replace(b'ref="A1:B3"', b'ref="A1"'))
    assert read(content, "a.xlsx").rows == [("Acme", "82"), ("Beta", "7.5")]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """By the sizes that it declares, beyond which nothing is read."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open(SHEET, "w", force_zip64=True) as part:
            for _ in range(450):
                part.write(bytes(1024 * 1024))
    assert len(file.getvalue()) < 1024 * 1024
    assert "450 MB; at most 400 MB" in refused(file.getvalue())


def test_entities_are_not_expanded() -> None:
    """The sheet of a workbook may not define any."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
    content = altered(workbook(*ROWS), SHEET, lambda part: part.replace(b"<worksheet", bomb, 1))
    with pytest.raises(Unreadable) as caught:
        read(content, "list.xlsx")
    causes = [caught.value.__cause__, caught.value.__cause__ and caught.value.__cause__.__cause__]
    assert "EntitiesForbidden" in [type(cause).__name__ for cause in causes]


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_workbook_that_is_cut_off_is_refused(share: float) -> None:
    """Its table of contents is at its end."""
    content = workbook(*ROWS)
    assert "cut off" in refused(content[: int(len(content) * share)])


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_a_damaged_part_is_refused_in_words(part: str) -> None:
    """Whatever the library makes of it."""
    content = altered(workbook(*ROWS), part, lambda data: data[: len(data) // 2])
    assert "Open it in Excel, save it as a new XLSX" in refused(content)


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("Index/Document.iwa", "Numbers"),
        ("content.xml", "OpenDocument"),
        ("word/document.xml", "Word"),
        ("xl/workbook.bin", "binary Excel workbook"),
        ("list.csv", "ZIP archive"),
    ],
)
def test_other_archives_are_called_what_they_are(member: str, what: str) -> None:
    """With the way to a file that can be read."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "x")
    assert what in refused(file.getvalue())


def test_strict_open_xml_is_said_to_be_that() -> None:
    """The library would find no sheet in it."""
    content = altered(
        workbook(*ROWS),
        "xl/workbook.xml",
        lambda part: part.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
    )
    assert "Strict Open XML" in refused(content)


def test_texts_that_the_workbook_keeps_in_one_place_are_found() -> None:
    """As Excel writes them: the cells hold numbers of texts; one that is not there is damage."""
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    texts = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>name</t></si>'
        b"<si><r><t>Ac</t></r><r><t>me</t></r></si></sst>"
    )
    listed = (
        b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'spreadsheetml.sharedStrings+xml"/></Types>'
    )
    content = altered(workbook(*ROWS), SHEET, lambda part: sheet)
    content = altered(content, "[Content_Types].xml", lambda part: part.replace(b"</Types>", listed))
    file = BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", texts)
    assert read(file.getvalue(), "a.xlsx").rows == [("Acme",)]
    missing = altered(file.getvalue(), SHEET, lambda part: part.replace(b"<v>1</v>", b"<v>7</v>"))
    assert "damaged" in refused(missing)


def test_an_empty_workbook_and_one_with_only_headings() -> None:
    """Nothing to do for either."""
    assert "has no rows" in refused(workbook())
    assert "nothing below them" in refused(workbook(["name", "score"]))


def test_a_cell_too_long_is_a_problem_of_its_row() -> None:
    """Excel itself holds 32,767 characters in one."""
    content = altered(
        workbook(["name", "score"], ["LONG", 1], ["Beta", 2]),
        SHEET,
        lambda part: part.replace(b"LONG", b"x" * 40_000),
    )
    found = read(content, "a.xlsx")
    assert [row[0] for row in found.rows] == ["Beta"] and found.problems[0].number == 2
