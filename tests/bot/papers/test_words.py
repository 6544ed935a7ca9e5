"""Durations, comparisons and moments in words."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summaries.words import change, duration, listed, moment, several, share

SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000))
SIZES = {"s": 1, "min": 60, "h": 3600, "day": 86_400, "days": 86_400}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (0.2, "under 1 s"), (8, "8 s"), (59.4, "59 s"), (59.6, "1 min"), (90, "1.5 min"), (240, "4 min"),
        (3599, "1 h"), (5400, "1.5 h"), (86_399, "1 day"), (103_680, "1.2 days"), (12 * 86_400, "12 days"),
    ],
)  # fmt: skip
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """The largest unit that fits, two figures at most, and never "60 s" or "24 h"."""
    assert duration(timedelta(seconds=seconds)) == said


@given(SPANS)
def test_a_duration_says_what_it_was(span: timedelta) -> None:
    """What is said is within six percent of what it was, whatever it was."""
    said = duration(span)
    if said == "under 1 s":
        assert timedelta(0) < span < timedelta(seconds=1)
        return
    number, unit = said.split()
    assert float(number) < {"s": 60, "min": 60, "h": 24}.get(unit, 1e9)
    assert float(number) * SIZES[unit] == pytest.approx(span.total_seconds(), rel=0.06, abs=0.5)


def test_no_duration_is_a_dash() -> None:
    """Where there was nothing to measure, no number is made up."""
    assert duration(None) == "–"


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (62, 100, "38% faster"), (162, 100, "62% slower"), (100, 100, "as before"), (340, 100, "3.4 times as long"),
        (300, 100, "3 times as long"), (0, 100, "over 99% faster"), (1e6, 100, "over 100 times as long"),
        (5, 0, "no comparison"), (5, None, "no comparison"), (None, 5, "no comparison"),
    ],
)  # fmt: skip
def test_a_change_is_said_as_people_say_it(now: float | None, before: float | None, said: str) -> None:
    """Faster and slower in percent, far slower as a multiple; without something before there is no comparison."""
    spans = [None if value is None else timedelta(seconds=value) for value in (now, before)]
    assert change(*spans) == said


@given(SPANS, SPANS)
def test_a_change_points_the_right_way(now: timedelta, before: timedelta) -> None:
    """Nothing that took longer is called faster, and nothing faster is called slower."""
    said = change(now, before)
    if now > before:
        assert "faster" not in said
    if now < before:
        assert not re.search("slower|times", said)


def test_a_moment_is_on_the_wall_clock_of_its_zone() -> None:
    """The same moment is another hour, and another day, elsewhere."""
    at = datetime(2026, 11, 23, 23, 42, tzinfo=UTC)
    assert moment(at, "Europe/Berlin") == "Tue 24 Nov 2026, 00:42 CET"
    assert moment(at, "UTC") == "Mon 23 Nov 2026, 23:42 UTC"


def test_numbers_of_things() -> None:
    """One is one, many are many, and a share never says 0% or 100% of what is not none or all."""
    assert [several(1, "action"), several(1200, "action"), several(2, "entry", "entries")] == [
        "1 action",
        "1,200 actions",
        "2 entries",
    ]
    assert [share(0, 0), share(1, 1000), share(999, 1000), share(1, 4)] == [
        "–",
        "under 1%",
        "over 99%",
        "25%",
    ]
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
