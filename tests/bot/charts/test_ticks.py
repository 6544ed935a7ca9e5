"""The axis of time: whatever is drawn, people find marks that they know."""

from hypothesis import given
from hypothesis import strategies as st

from bot.charts.ticks import LEAST, axis


@given(st.lists(st.floats(0, 3e8), min_size=1, max_size=40))
def test_an_axis_holds_everything_and_has_marks(values: list[float]) -> None:
    """Every value lies on it, and two to six known marks, apart from each other, do too."""
    low, high, marks = axis(values)
    assert all(low < max(LEAST, value) < high for value in values)
    places = [at for at, _ in marks]
    assert 2 <= len(marks) <= 6
    assert places == sorted(places) and low <= places[0] and places[-1] <= high
    assert len({words for _, words in marks}) == len(marks)


def test_usual_marks_come_first() -> None:
    """From seconds to days the marks are the ones that everybody knows; in between there are finer ones."""
    assert [words for _, words in axis([12, 200_000])[2]] == ["1 min", "1 h", "1 day"]
    assert [words for _, words in axis([300, 3600])[2]] == ["5 min", "10 min", "30 min", "1 h"]
