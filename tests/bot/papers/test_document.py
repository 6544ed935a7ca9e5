"""The report to print: text that can be searched, links that lead somewhere, and the same numbers."""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from bot.papers import pdf
from bot.summaries import Summary
from tests.bot.papers.reading import address
from tests.bot.summary_examples import BROKEN, HOSTILE, large, quiet, small

_HEADING = re.compile(
    r"^.+: .+ \([\d,]+\)$|^(?:Pending for|Edited before|Referrals,|Deals,) .+ \([\d,]+\)$", re.MULTILINE
)


def read(of: Summary) -> PdfReader:
    """Its document, opened."""
    return PdfReader(BytesIO(pdf(of, address)))


def text(document: PdfReader) -> str:
    """All its words, lines joined."""
    return " ".join(" ".join(page.extract_text().split()) for page in document.pages)


def links(document: PdfReader) -> list[Any]:
    """Every link of every page."""
    found = [a.get_object() for page in document.pages for a in page.get("/Annots", ())]
    return [link for link in found if link["/Subtype"] == "/Link"]


def alternatives(element: Any) -> Iterator[str]:
    """The alternative texts of a structure and of all that it holds."""
    if not isinstance(element, dict):
        return
    if "/Alt" in element:
        yield str(element["/Alt"])
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        yield from alternatives(child.get_object())


@pytest.fixture(scope="module")
def busy() -> Summary:
    """A week with something of everything, and more sellers than a page has lines."""
    return large(1500, 12, 80)


@pytest.fixture(scope="module")
def document(busy: Summary) -> PdfReader:
    """Its document."""
    return read(busy)


def test_a_document_says_what_it_is(document: PdfReader) -> None:
    """Title, language, date and an outline of its sections, for a reader and for a screen reader."""
    assert document.metadata is not None
    assert document.metadata.title == "Co-sell summary, Mon 16 – Sun 22 November 2026"
    assert document.metadata.creation_date is not None
    root: Any = document.trailer["/Root"]
    assert root["/Lang"] == "en" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert [entry.title for entry in document.outline if not isinstance(entry, list)][:3] == [
        "At a glance",
        "By kind, partner and seller",
        "Action latency",
    ]


def test_pages_are_a4_and_numbered(document: PdfReader) -> None:
    """Each is of one size and says which it is."""
    for number, page in enumerate(document.pages, 1):
        assert sorted(round(float(side)) for side in page.mediabox[2:]) == [595, 842]
        assert f"page {number}" in page.extract_text()


def test_names_and_numbers_can_be_found(busy: Summary, document: PdfReader) -> None:
    """The words of the document are text, with the names and the figures of the summary."""
    said = text(document)
    for row in (busy.total, *busy.kinds):
        assert f"{row.label} {row.proposed.number:,} {row.done.number:,} {row.failed.number:,}" in said
    assert "Late: this was due Mon 23 Nov 2026, 05:30 CET." in said
    assert "this company's own assumption" in said and "48,210 entries" in said


def test_names_do_nothing_and_are_set_in_any_script(busy: Summary, caplog: pytest.LogCaptureFixture) -> None:
    """Markup is letters, what the font lacks is spelled, and the setting complains of no missing letter."""
    with caplog.at_level(logging.WARNING):
        said = text(read(busy))
    assert not [record for record in caplog.records if "glyph" in record.getMessage().lower()]
    assert HOSTILE[0] in said and "$\\frac{1}{0}$ and $x" in said
    assert "ZhuShiHuiShesanpuru" in said and "Иван Петров" in said and "Łukasz Żółć" in said
    assert "\ufffd" not in said and "\x00" not in said


def test_lists_lead_to_threads(busy: Summary, document: PdfReader) -> None:
    """Out of the document a link leads to threads in Slack and nowhere else; nothing in it runs."""
    acts = [link["/A"] for link in links(document) if "/A" in link]
    assert {act["/S"] for act in acts} == {"/URI"}
    assert {act["/URI"] for act in acts} <= {address(course) for course in busy.courses.values()}
    assert len(acts) > 1000


@pytest.mark.parametrize("of", [small(), large(300, 4, 5)], ids=["small", "larger"])
def test_numbers_lead_to_lists(of: Summary) -> None:
    """Each list has a number that leads to its page, and no number leads anywhere else."""
    document = read(of)
    pages = {page.indirect_reference.idnum: page for page in document.pages if page.indirect_reference}
    targets = {
        (link["/Dest"][0].idnum, float(link["/Dest"][3])) for link in links(document) if "/Dest" in link
    }
    headings = [found for page in document.pages for found in _HEADING.findall(page.extract_text())]
    assert len(targets) == len(headings)
    for page, _ in targets:
        assert _HEADING.search(pages[page].extract_text())


def test_a_table_repeats_its_heading(document: PdfReader) -> None:
    """Eighty sellers take more than one page, and each page says what its columns are."""
    with_heading = [
        p for p in document.pages if "Seller Proposed Done Failed" in " ".join(p.extract_text().split())
    ]
    assert len(with_heading) >= 3


def test_the_chart_is_in_it_with_its_words(document: PdfReader) -> None:
    """The picture is there once, and a screen reader has words for it."""
    assert sum(len(page.images) for page in document.pages) == 1
    root: Any = document.trailer["/Root"]
    assert [words[:14] for words in alternatives(root["/StructTreeRoot"])] == ["Action latency"]


def test_a_broken_chain_is_loud() -> None:
    """It stands on the first page."""
    first = read(replace(quiet(), chain=BROKEN)).pages[0].extract_text()
    assert "THE LEDGER'S CHAIN IS BROKEN at entry 31,008" in first


def test_a_quiet_week_is_one_page() -> None:
    """With a kind sentence."""
    document = read(quiet())
    assert len(document.pages) == 1 and "A quiet time" in text(document)


@pytest.mark.slow
def test_ten_thousand_actions_are_a_small_file_in_seconds() -> None:
    """Under five megabytes and ten seconds of this process; what is left out is said to be in the CSV."""
    made = large()
    began = time.process_time()
    content = pdf(made, address)
    assert time.process_time() - began < 10
    assert len(content) < 5_000_000
    last = PdfReader(BytesIO(content)).pages[-1].extract_text()
    assert re.search(r"And [\d,]+ more in the CSV\.", last)
