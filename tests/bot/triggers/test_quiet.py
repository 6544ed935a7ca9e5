"""Quiet: what the words ask for, when it holds, and when it ends."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.triggers.quiet import Asked, Quiet, Quiets, asked, in_hours

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
LISBON = ZoneInfo("Europe/Lisbon")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", None),
        ("here", Asked()),
        ("me", Asked(me=True)),
        ("off", Asked(off=True)),
        ("me off", Asked(me=True, off=True)),
        ("for 3 days", Asked(until=NOW + timedelta(days=3))),
        ("Here For an hour", Asked(until=NOW + timedelta(hours=1))),
        ("me for two weeks", Asked(me=True, until=NOW + timedelta(weeks=2))),
        ("until tomorrow", Asked(until=datetime(2026, 11, 24, 9, tzinfo=LISBON))),
        ("me until Friday", Asked(me=True, until=datetime(2026, 11, 27, 9, tzinfo=LISBON))),
        ("until 2026-12-24", Asked(until=datetime(2026, 12, 24, 9, tzinfo=LISBON))),
    ],
)
def test_the_words_say_where_and_how_long(words: str, wanted: Asked | None) -> None:
    """A day begins when the working day of whoever asks does; nothing asks what holds."""
    assert asked(words, NOW, LISBON) == wanted


@pytest.mark.parametrize(
    "words",
    ["please", "for ever", "for 0 days", "until whenever", "until 2026-11-20", "for 99 weeks", "me, now"],
)
def test_other_words_are_refused_with_what_they_can_be(words: str) -> None:
    """Nothing becomes quiet by a misunderstanding."""
    with pytest.raises(Refused):
        asked(words, NOW, LISBON)


def quiet(of: str, hours: int | None = None, cause: str = "") -> Quiet:
    """Quiet for some hours."""
    return Quiet(
        of=of, by="U0ANA", at=NOW, until=NOW + timedelta(hours=hours) if hours else None, cause=cause
    )


def test_the_newer_of_two_counts_and_an_ended_one_is_dropped() -> None:
    """For one channel or person; others stay."""
    one = Quiets().plus(quiet("C1", 1)).plus(quiet("U1", 5)).plus(quiet("C1", 9))
    assert [(q.of, q.until) for q in one.standing] == [
        ("U1", NOW + timedelta(hours=5)),
        ("C1", NOW + timedelta(hours=9)),
    ]
    assert one.of("U1", NOW + timedelta(hours=6)) is None
    later = quiet("C2").model_copy(update={"at": NOW + timedelta(hours=6)})
    assert [q.of for q in one.plus(later).standing] == ["C1", "C2"]


def test_the_same_cause_counts_once() -> None:
    """A command that is delivered twice does not begin anew after it was ended."""
    one = Quiets().plus(quiet("C1", 1, "t1"))
    assert one.plus(quiet("C1", 3, "t1")) == one


def test_one_without_an_end_holds_until_it_is_ended() -> None:
    """Whenever that is."""
    one = Quiets().plus(quiet("C1"))
    assert one.of("C1", NOW + timedelta(days=900)) is not None
    assert one.minus("C1", NOW).of("C1", NOW) is None


@given(st.integers(0, 1439))
def test_hours_across_midnight_are_the_rest_of_the_day(minute: int) -> None:
    """19:00 to 08:00 is quiet exactly when 08:00 to 19:00 is not, in the owner's zone."""
    at = datetime(2026, 7, 1, minute // 60, minute % 60, tzinfo=UTC)
    zone = ZoneInfo("America/Chicago")
    night, day = (time(19), time(8)), (time(8), time(19))
    assert in_hours(night, at, zone) is not in_hours(day, at, zone)
    local = at.astimezone(zone).time()
    assert in_hours(day, at, zone) is (time(8) <= local < time(19))
    assert not in_hours(None, at, zone)
