"""The actions of a report as CSV: one line each, nothing evaluated."""

import csv as reader
import time
from datetime import UTC, datetime
from io import StringIO

import pytest

from bot.papers import csv
from bot.papers.sheet import HEADINGS
from bot.summaries import Summary
from tests.bot.papers.reading import address
from tests.bot.summary_examples import LEFT, WEEK, large, quiet, small


def lines(of: Summary) -> list[dict[str, str]]:
    """Its lines by heading."""
    content = csv(of, address)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(reader.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_an_action_is_one_line_with_everything() -> None:
    """Who, what, when in UTC, how long in seconds, what came of it, and where it was talked of."""
    (done,) = [line for line in lines(small()) if line["status"] == "done"]
    assert list(done) == list(HEADINGS)
    assert done["seller"] == "Ana Costa" and done["seller Slack id"] == "U0ANA" and done["how"] == "message"
    assert done["signal (UTC)"] == "2026-11-17T11:00:00.000+00:00"
    assert datetime.fromisoformat(done["verified (UTC)"]).astimezone(UTC) == small().courses[done["id"]].at(
        "verified"
    )
    assert (done["seconds, signal to proposal"], done["seconds, signal to verified"]) == ("4", "195")
    assert (done["amount"], done["attribution"], done["record"]) == ("240000", "Partner Sourced", "O1234567")
    assert (done["edits"], done["approved by"], done["receipt"]) == ("1", "Ana Costa", "8d0f1c")
    assert done["thread"] == address(small().courses[done["id"]])


def test_what_did_not_happen_is_empty() -> None:
    """A moment that did not come is no moment, and no zero."""
    (waits,) = [line for line in lines(small()) if line["status"] == "open"]
    for heading in (
        "approved (UTC)",
        "ended (UTC)",
        "seconds, signal to verified",
        "amount",
        "break-glass by",
    ):
        assert waits[heading] == ""


def test_no_cell_is_a_formula() -> None:
    """Whatever a deal, a partner, a person or a reason is called, a spreadsheet takes it for text."""
    cells = [cell for line in lines(large(2000, 12, 60)) for cell in line.values()]
    assert "'=1+1" in cells and "'@SUM(A1:A9)|cmd" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_every_action_behind_a_number_has_a_line_and_no_other() -> None:
    """A list on paper that is cut is whole here; what was only compared with is not in it."""
    made = large(2000, 12, 60)
    found = [line["id"] for line in lines(made)]
    assert len(found) == len(set(found))
    assert set(found) == {
        id for id, course in made.courses.items() if not course.ended or WEEK.holds(course.ended)
    }


def test_somebody_who_left_is_named_by_id() -> None:
    """The name is not known any more; the id is."""
    gone = [line for line in lines(large(2000, 12, 60)) if line["seller Slack id"] == LEFT]
    assert gone and {line["seller"] for line in gone} == {f"somebody unknown ({LEFT})"}


def test_a_quiet_week_has_its_headings() -> None:
    """An empty table is still a table."""
    assert lines(quiet()) == []
    assert csv(quiet(), address).decode("utf-8-sig").startswith("id,kind,deal,")


@pytest.mark.slow
def test_ten_thousand_actions_take_no_time() -> None:
    """Less than three seconds of this process."""
    made = large()
    began = time.process_time()
    assert csv(made, address).count(b"\r\n") >= 10_001
    assert time.process_time() - began < 3
