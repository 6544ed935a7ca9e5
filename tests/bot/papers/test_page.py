"""The report as a page: every number leads to its threads, nothing in it acts, and it needs nothing beside itself."""

import re
import sys
import time
from collections import Counter
from dataclasses import replace
from html import escape

import pytest

from bot.history import Course
from bot.papers import html
from bot.summaries import Count, Summary
from tests.bot.charts.test_chart import contrast
from tests.bot.papers.reading import Page, address
from tests.bot.summary_examples import BROKEN, HOSTILE, LEFT, NEVER_WALKED, large, quiet, small

_TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "dl", "dt", "dd", "nav", "ul",
    "ol", "li", "a", "bdi", "section", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "img",
    "span",
}  # fmt: skip


@pytest.fixture(scope="module")
def busy() -> Summary:
    """A week with something of everything."""
    return large(600, 12, 9)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is not about the chart: no process is begun for it."""
    monkeypatch.setattr(sys, "executable", "/nonexistent")


@pytest.fixture(scope="module")
def page(busy: Summary) -> Page:
    """Its page."""
    return Page(html(busy, address))


def test_sections_come_in_their_order(page: Page) -> None:
    """What one looks at first stands first; the state of the record last; then what is behind the numbers."""
    assert [element.text for element in page.all("h2")] == [
        "At a glance",
        "By kind, partner and seller",
        "Action latency",
        "Failed and unverified",
        "Declined",
        "Pending, and for how long",
        "Edit rate",
        "Break-glass",
        "Attribution",
        "Referrals",
        "What people did, against the manual procedure",
        "The ledger's chain",
        "The actions behind each number",
    ]


def test_every_link_leads_somewhere(page: Page) -> None:
    """Each anchor exists, once; every other link is a thread's address."""
    ids = Counter(element.attributes["id"] for element in page.elements if "id" in element.attributes)
    assert set(ids.values()) == {1}
    for link in page.all("a"):
        target = link.attributes["href"]
        assert (
            target[1:] in ids
            if target.startswith("#")
            else target.startswith("https://brightlane.slack.com/")
        )


def test_every_count_leads_to_as_many_actions(page: Page) -> None:
    """A number in the tables by kind, partner and seller is a link, and says how many its list has."""
    tables = [t for t in page.all("table") if t.children[0].text.startswith("By ")]
    assert [table.children[0].text for table in tables[:3]] == [
        "By kind of action",
        "By partner",
        "By seller",
    ]
    seen = 0
    for table in tables:
        body = next(child for child in table.children if child.tag == "tbody")
        for cell in (cell for row in body.children for cell in row.children[1:8] if cell.text.isdigit()):
            if cell.text == "0":
                assert not cell.children[0].attributes
                continue
            anchor = cell.children[0].attributes["href"].removeprefix("#")
            assert page.by_id(anchor).text.endswith(f"({cell.text})")
            seen += 1
    assert seen > 100


def test_a_number_leads_to_its_threads(busy: Summary, page: Page) -> None:
    """The list behind a number has just its actions, each with the address of its thread."""
    (anchor,) = {
        e.attributes["id"]
        for e in page.all("h3")
        if e.text == f"All actions: failed ({busy.total.failed.number})"
    }
    found = [entry.children[0].attributes["href"] for entry in page.listed(anchor)]
    assert found == [address(busy.courses[id]) for id in busy.total.failed.of]


def test_tables_are_tables(page: Page) -> None:
    """Each has a caption, headings of columns and of rows, and as many cells in each row."""
    for table in page.all("table"):
        caption, head, body = table.children
        assert (caption.tag, head.tag, body.tag) == ("caption", "thead", "tbody") and caption.text
        headings = head.children[0].children
        assert {heading.attributes["scope"] for heading in headings} == {"col"}
        for row in body.children:
            assert len(row.children) == len(headings)
            assert (row.children[0].tag, row.children[0].attributes["scope"]) == ("th", "row")


def test_names_do_nothing(busy: Summary, page: Page) -> None:
    """A name that is a script, a mention or a trick appears as its letters; the page has our elements only."""
    assert {element.tag for element in page.elements} <= _TAGS
    assert not [name for e in page.elements for name in e.attributes if name.startswith("on")]
    said = html(busy, address)
    assert escape(HOSTILE[0]) in said and "<script" not in said
    assert "\u202e" not in said
    assert [cell for cell in page.all("bdi") if cell.text == HOSTILE[0]]


def test_a_page_needs_nothing_beside_itself(page: Page) -> None:
    """No script, no address that is loaded: the picture is in the file, with its words."""
    (picture,) = page.all("img")
    assert picture.attributes["src"].startswith("data:image/png;base64,iVBOR")
    assert picture.attributes["alt"].startswith("Action latency, signal to verified")
    assert "default-src 'none'" in page.all("meta")[2].attributes["content"]
    assert page.all("html")[0].attributes["lang"] == "en"


@pytest.mark.usefixtures("undrawn")
def test_an_address_that_is_none_leads_nowhere(busy: Summary) -> None:
    """What is no web address is not made a link."""
    read = Page(html(busy, lambda course: 'javascript:alert(1)//"><script>'))
    assert {link.attributes["href"][0] for link in read.all("a")} == {"#"}
    assert not Page(html(small(), lambda course: None)).all("a", rel="noopener noreferrer")


@pytest.mark.usefixtures("undrawn")
def test_an_address_is_asked_for_once(busy: Summary) -> None:
    """However many lists an action stands in."""
    asked: Counter[str] = Counter()

    def noting(course: Course) -> str | None:
        asked[course.id] += 1
        return address(course)

    html(busy, noting)
    assert set(asked.values()) == {1}


def test_colours_can_be_read_in_light_dark_and_print() -> None:
    """Text, links and alarms have a contrast of 4.5 or more on what is behind them (WCAG 1.4.3)."""
    schemes = re.findall(r":root \{([^}]*)\}", html(quiet(), address))
    assert len(schemes) == 3
    for scheme in schemes:
        colour = dict(re.findall(r"--([\w-]+): (#\w{6})", scheme))
        for text in ("ink", "quiet", "link"):
            assert contrast(colour[text], colour["paper"]) >= 4.5
            assert contrast(colour[text], colour["band"]) >= 4.5
        assert contrast(colour["alarm"], colour["alarm-paper"]) >= 4.5


def test_a_quiet_week_is_said_kindly() -> None:
    """Nothing happened: a sentence, and no empty tables or lists."""
    read = Page(html(quiet(), address))
    assert "A quiet time: nothing was proposed" in read.all("main")[0].text
    assert not read.all("table") and not read.all("img")


@pytest.mark.usefixtures("undrawn")
def test_late_and_partial_is_said(busy: Summary, page: Page) -> None:
    """When it was due, when it was made, and whose view it is."""
    said = page.all("main")[0].text
    assert "Late: this was due Mon 23 Nov 2026, 05:30 CET." in said
    assert "Mon 23 Nov 2026, 08:30 CET" in said and "what Sam Lee <!here> may read" in said
    assert "Late:" not in Page(html(small(), address)).all("main")[0].text


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("of", [quiet(), small()], ids=["quiet", "small"])
def test_a_broken_chain_is_loud(of: Summary) -> None:
    """It stands above everything, and again where the chain is spoken of."""
    read = Page(html(replace(of, chain=BROKEN), address))
    alarms = [element for element in read.all("p") if element.attributes.get("class") == "alarm"]
    assert len(alarms) == 2 and alarms[0].attributes["role"] == "alert"
    assert alarms[0].text.startswith("THE LEDGER'S CHAIN IS BROKEN at entry 31,008")
    assert "Verified:" not in read.all("main")[0].text


@pytest.mark.usefixtures("undrawn")
def test_what_is_known_of_the_chain_is_said() -> None:
    """Walked: verified, with how much and when. Never walked: not verified, however much was read."""
    sound = Page(html(small(), address)).all("main")[0].text
    assert "48,210 entries" in sound and "Verified: on Mon 23 Nov 2026, 08:30 CET" in sound
    never = Page(html(replace(small(), chain=NEVER_WALKED), address)).all("main")[0].text
    assert "Not verified yet: the chain was never walked" in never
    short = NEVER_WALKED.model_copy(update={"read": 48_200})
    assert (
        "10 entries are not read yet"
        in Page(html(replace(small(), chain=short), address)).all("main")[0].text
    )


def test_a_baseline_is_called_an_assumption(page: Page) -> None:
    """What the manual procedure takes was not measured, and where nobody reckoned it, there is no number."""
    said = page.all("main")[0].text
    assert "this company's own assumption, from the baselines in its configuration" in said
    assert "no baseline" in said and "40 min" in said


@pytest.mark.usefixtures("undrawn")
def test_somebody_who_left_is_still_somebody(busy: Summary) -> None:
    """A Slack id that has no name any more is shown as what it is."""
    gone = [o for o in large(4000, 3, 3).overrides if o.by == LEFT]
    assert gone
    assert f"somebody unknown ({LEFT})" in html(
        replace(quiet(), total=busy.total, overrides=tuple(gone[:1])), address
    )


@pytest.mark.usefixtures("undrawn")
def test_an_action_that_is_gone_is_named_by_its_id() -> None:
    """A number may speak of an action whose course is not at hand."""
    total = replace(small().total, failed=Count(("prp_gone",)))
    assert "<bdi>prp_gone</bdi> no more is known of it" in html(replace(small(), total=total), address)


@pytest.mark.usefixtures("undrawn")
def test_a_report_without_its_chart_is_a_report() -> None:
    """Where the chart cannot be drawn, the page says so and has everything else."""
    read = Page(html(small(), address))
    assert not read.all("img")
    assert "The chart could not be drawn" in read.all("main")[0].text
    assert "Submit referral to AWS" in read.all("main")[0].text


@pytest.mark.slow
def test_ten_thousand_actions_are_a_small_file_in_no_time() -> None:
    """Under five megabytes and three seconds of this process; what is left out is said to be in the CSV."""
    made = large()
    began = time.process_time()
    said = html(made, address)
    assert time.process_time() - began < 3
    assert len(said.encode()) < 5_000_000
    assert re.search(r"And [\d,]+ more in the CSV\.", said)
    Page(said)
