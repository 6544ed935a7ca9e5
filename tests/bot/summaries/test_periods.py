"""Which days a summary tells of, and when it is due."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Day, SummaryTimes
from bot.summaries import periods
from bot.summaries.periods import DAILY, WEEKLY

WORKDAYS = tuple(Day)[:5]
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/Havana",
)


def times(at: str = "08:30", zone: str = "Europe/Berlin", **more: object) -> SummaryTimes:
    """A timetable of working days, with one of the week on Mondays."""
    given = {"at": at, "timezone": zone, "days": WORKDAYS, "weekly": "mon", **more}
    return SummaryTimes.model_validate(given)


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    """A moment by the clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_working_day_tells_of_the_one_before() -> None:
    """On Tuesday of Monday; before half past eight nothing new is due."""
    due = periods.newest(times(), DAILY, local("2026-11-24 08:30"))
    assert due is not None
    assert (due.period.start, due.period.end) == (local("2026-11-23"), local("2026-11-24"))
    early = periods.newest(times(), DAILY, local("2026-11-24 08:29:59"))
    assert early is not None and early.period.end == local("2026-11-23")


def test_monday_tells_of_the_weekend_too() -> None:
    """No day is left out because nobody works on it."""
    due = periods.newest(times(), DAILY, local("2026-11-23 09:00"))
    assert due is not None
    assert (due.period.start, due.period.end) == (local("2026-11-20"), local("2026-11-23"))
    assert due.period.label == "Fri 20 – Sun 22 November 2026"


def test_the_week_is_compared_with_the_week_before() -> None:
    """Seven days, and the seven before them."""
    due = periods.newest(times(), WEEKLY, local("2026-11-25 12:00"))
    assert due is not None
    assert (due.period.start, due.period.end) == (local("2026-11-16"), local("2026-11-23"))
    assert periods.before(due.period).start == local("2026-11-09")
    assert periods.before(due.period).end == due.period.start


def test_nothing_is_due_twice() -> None:
    """Once it is told up to its end, it is not due again."""
    now = local("2026-11-24 10:00")
    due = periods.due(times(), DAILY, local("2026-11-23"), now)
    assert due is not None
    assert periods.due(times(), DAILY, due.period.end, now) is None


def test_what_was_missed_is_told_once_and_together() -> None:
    """Down from Tuesday to Thursday: one summary of all three days, due when the last of them was."""
    due = periods.due(times(), DAILY, local("2026-11-23"), local("2026-11-26 15:00"))
    assert due is not None
    assert (due.period.start, due.period.end) == (local("2026-11-23"), local("2026-11-26"))
    assert due.at == local("2026-11-26 08:30")


def test_an_hour_that_the_clock_leaves_out() -> None:
    """02:30 does not exist on 29 March 2026 in Berlin: there is one summary that day all the same, and one the next."""
    every = times(at="02:30", days=tuple(Day))
    before = periods.newest(every, DAILY, local("2026-03-29 01:59"))
    after = periods.newest(every, DAILY, local("2026-03-29 03:30"))
    assert before is not None and after is not None
    assert before.period.end == local("2026-03-28")
    assert after.period.end == local("2026-03-29")
    assert after.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    following = periods.newest(every, DAILY, local("2026-03-30 02:30"))
    assert following is not None
    assert following.period.end - following.period.start == timedelta(hours=23)


def test_an_hour_that_comes_twice() -> None:
    """02:30 comes twice on 25 October 2026 in Berlin: the first one counts, and nothing is due at the second."""
    every = times(at="02:30", days=tuple(Day))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    due = periods.newest(every, DAILY, first)
    assert due is not None and due.at == first
    assert periods.due(every, DAILY, due.period.end, first + timedelta(hours=1)) is None


def test_no_weekly_one_where_none_is_wanted() -> None:
    """Without a day for it there is no summary of the week."""
    assert periods.newest(times(weekly=None), WEEKLY, local("2026-11-25 12:00")) is None


def test_months_of_the_calendar() -> None:
    """From its first day to the next one's; December goes into the next year; the last that is over."""
    december = periods.month(2026, 12, "Europe/Berlin")
    assert (december.start, december.end) == (local("2026-12-01"), local("2027-01-01"))
    assert periods.month_before(local("2027-01-15"), "Europe/Berlin") == december
    assert periods.month_of(local("2026-12-31 23:59"), "Europe/Berlin") == december


@pytest.mark.parametrize("name", [DAILY, WEEKLY])
@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(1_262_304_000, 2_051_222_400),
    steps=st.lists(st.integers(1, 200_000), max_size=25),
    hour=st.integers(0, 23),
    days=st.sets(st.sampled_from(list(Day)), min_size=1),
)
def test_every_moment_is_told_exactly_once(
    name: str, zone: str, start: int, steps: list[int], hour: int, days: set[Day]
) -> None:
    """However irregularly the clock looks, periods follow each other without a gap and without overlap."""
    plan = times(at=f"{hour:02}:15", zone=zone, days=tuple(days), weekly=min(days))
    now = datetime.fromtimestamp(start, UTC)
    first = periods.newest(plan, name, now)
    assert first is not None
    covered = first.period.end
    for minutes in steps:
        now += timedelta(minutes=minutes)
        due = periods.due(plan, name, covered, now)
        if due is None:
            continue
        assert due.period.start == covered
        assert covered < due.period.end <= now
        assert due.at <= now
        covered = due.period.end
    assert now - covered <= timedelta(days=9)


@given(
    st.sampled_from(ZONES),
    st.dates(date(2010, 1, 1), date(2035, 1, 1)),
    st.integers(1, 40),
)
def test_the_period_before_ends_where_this_one_begins(zone: str, day: date, number: int) -> None:
    """As many days of the calendar, whatever the clock did meanwhile."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    period = periods.days(WEEKLY, now, number, zone)
    before = periods.before(period)
    assert before.end == period.start
    assert abs((before.end - before.start) - (period.end - period.start)) <= timedelta(hours=25)
