"""Which rows a chart has, and that its figures are those of the actions."""

import math
import unicodedata
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts.alt import LIMIT, alt
from bot.charts.drawing import Drawing, Line
from bot.charts.rows import MOST, drawing
from bot.history import Course, Step
from bot.summaries import Of, Row, Summary
from tests.bot.summary_examples import BEFORE, HOSTILE, WEEK, large, quiet, small, summary


def drawn(of: Summary) -> Drawing:
    """What its chart shows."""
    found = drawing(of)
    assert found is not None
    return found


def wholes(courses: list[Course]) -> list[float]:
    """How long they took, sorted."""
    return sorted(seconds for c in courses if (seconds := c.took(Step.WHOLE)) is not None)


def test_nothing_done_is_no_chart() -> None:
    """A period in which nothing was done has nothing to draw."""
    assert drawing(quiet()) is None
    declined = [c for c in small().courses.values() if c.status == "declined"]
    assert drawing(summary(declined)) is None


def test_one_kind_and_one_partner_are_one_row() -> None:
    """A kind or a partner that is all there is would only say the same again."""
    (line,) = drawn(small()).lines
    assert (line.label, line.number, line.median, line.before) == ("All actions", 1, 195.0, None)


def test_sixty_partners_fit() -> None:
    """All, the kinds, the largest partners, and one row for all the others, which lacks none of them."""
    made = large(3000, 60, 9)
    lines = drawn(made).lines
    assert len(lines) == MOST
    assert [line.number for line in lines[1:5]] == sorted((r.whole.number for r in made.kinds), reverse=True)
    *named, others = lines[5:]
    assert others.label == f"{60 - len(named)} others"
    assert sum(line.number for line in lines[5:]) == lines[0].number
    assert min(line.number for line in named) >= max(r.whole.number for r in made.partners[len(named) + 1 :])


def test_the_others_are_drawn_from_their_actions() -> None:
    """Median and 90th percentile of the others are those of all their actions together, now and before."""
    made = large(3000, 60, 9)
    shown = MOST - 1 - 4 - 1
    largest = sorted(made.partners, key=lambda row: -row.whole.number)[:shown]
    rest = {row.key for row in made.partners} - {row.key for row in largest}
    theirs = [c for c in made.courses.values() if c.status == "done" and c.partner.lower() in rest]
    now = wholes([c for c in theirs if WEEK.holds(c.ended)])
    others = drawn(made).lines[-1]
    assert others.median == pytest.approx(median(now), abs=1e-5)
    assert others.p90 == pytest.approx(now[math.ceil(0.9 * len(now)) - 1], abs=1e-5)
    assert others.before == pytest.approx(
        median(wholes([c for c in theirs if BEFORE.holds(c.ended)])), abs=1e-5
    )


def test_what_was_before_is_not_made_up() -> None:
    """Where not all actions of the period before are at hand, the others have no ring; an average would lie."""
    made = large(3000, 60, 9)
    spoken = {id: c for n, (id, c) in enumerate(made.courses.items()) if not BEFORE.holds(c.ended) or n % 3}
    assert drawn(replace(made, courses=spoken)).lines[-1].before is None


def test_names_stay_on_their_line() -> None:
    """No name brings a line break, a control or a turn of direction into the chart."""
    for line in drawn(large(3000, 12, 9)).lines:
        assert not [c for c in line.label if unicodedata.category(c) in ("Cc", "Zl", "Zp")]
        assert not set(line.label) & set("\u202a\u202b\u202c\u202d\u202e")


@given(st.integers(0, 20), st.integers(0, 80))
@settings(max_examples=60)
def test_there_are_never_too_many_rows(kinds: int, partners: int) -> None:
    """However many kinds and partners there are, the chart can be read at the width of a message."""
    total = small().total

    def rows(of: Of, number: int) -> tuple[Row, ...]:
        return tuple(replace(total, of=of, key=str(i), label=f"{of} {i}") for i in range(number))

    made = replace(small(), kinds=rows(Of.KIND, kinds), partners=rows(Of.PARTNER, partners))
    assert 1 <= len(drawn(made).lines) <= MOST


def test_words_say_what_the_picture_shows() -> None:
    """The text that stands for the picture has its title, its period and the figures of each row."""
    said = alt(drawn(large(2000, 3, 4)))
    made = large(2000, 3, 4)
    assert said.startswith(
        "Action latency, signal to verified, Mon 16 – Sun 22 November 2026 (Europe/Berlin)"
    )
    assert f"All actions: {made.total.done.number:,} actions, median " in said
    assert "before: " in said and "nine in ten within" in said


@given(st.lists(st.text(max_size=80), min_size=1, max_size=14))
def test_words_fit_whatever_the_names(names: list[str]) -> None:
    """Slack takes 2,000 characters, an emoji counted as two; what is left out is counted."""
    lines = tuple(Line(label=name * 3, number=3, median=9.0, p90=99.0, before=12.0) for name in names)
    said = alt(Drawing(title="T", period="P", scope="", lines=lines))
    assert len(said.encode("utf-16-le", "surrogatepass")) // 2 <= LIMIT


def test_hostile_names_are_in_the_example() -> None:
    """The example has every name that has ever broken a chart."""
    assert {row.label for row in large(3000, 12, 9).partners} >= set(HOSTILE)
    assert large(3000, 12, 9).total.whole.median != timedelta(0)
