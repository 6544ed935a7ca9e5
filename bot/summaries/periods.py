"""Which days a summary tells of, and when it is due: whole days on the calendar of one time zone, not hours.

A local time that a change of clocks leaves out (02:30 in spring) is the moment that it would have been without the
change, an hour later on the wall; one that comes twice is the first of them. So those days have one summary, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from bot.config import Day, SummaryTimes
from bot.summaries.values import Period

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
GRACE = timedelta(minutes=15)
"""A summary that comes later than so long after its time is marked as late."""
_DAYS = tuple(Day)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Due:
    """A summary that should have been posted by now."""

    name: str  # "daily" or "weekly"
    at: datetime  # when it should have been
    period: Period


def newest(times: SummaryTimes, name: str, now: datetime) -> Due | None:
    """The summary of this name that was due last, as if none had been missed; None where there are none."""
    ends = _ends(times, name, now)
    end = next(ends, None)
    if end is None:
        return None
    start = end - timedelta(days=_WEEK) if name == WEEKLY else next(ends)
    return Due(name, _moment(end, times.at, times.timezone), _period(name, start, end, times.timezone))


def due(times: SummaryTimes, name: str, covered: datetime, now: datetime) -> Due | None:
    """What is due, where everything before ``covered`` was told; None where nothing is.

    Where some were missed, one tells of all their days.
    """
    last = newest(times, name, now)
    if last is None or last.period.end <= covered:
        return None
    start = min(last.period.start, covered)
    return Due(name, last.at, Period(name, start.astimezone(UTC), last.period.end, times.timezone))


def before(period: Period) -> Period:
    """The period of as many days just before."""
    zone = ZoneInfo(period.zone)
    start, end = period.start.astimezone(zone).date(), _end_date(period)
    return _period(period.name, start - (end - start), start, period.zone)


def days(name: str, now: datetime, number: int, zone: str) -> Period:
    """So many days up to and with today."""
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return _period(name, tomorrow - timedelta(days=number), tomorrow, zone)


def month(year: int, number: int, zone: str) -> Period:
    """A month of the calendar."""
    following = date(year + number // 12, number % 12 + 1, 1)
    return _period(MONTHLY, date(year, number, 1), following, zone)


def month_of(now: datetime, zone: str) -> Period:
    """The month that a moment is in."""
    today = now.astimezone(ZoneInfo(zone))
    return month(today.year, today.month, zone)


def month_before(now: datetime, zone: str) -> Period:
    """The last month that is over."""
    first = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    last = first - timedelta(days=1)
    return month(last.year, last.month, zone)


def _ends(times: SummaryTimes, name: str, now: datetime) -> Iterator[date]:
    """The days on which one was due until now, the newest first; its period ends as they begin."""
    wanted = times.days if name == DAILY else (times.weekly,) if times.weekly else ()
    today = now.astimezone(ZoneInfo(times.timezone)).date()
    if not wanted:
        return
    for back in count():
        day = today - timedelta(days=back)
        if _DAYS[day.weekday()] in wanted and _moment(day, times.at, times.timezone) <= now:
            yield day


def _period(name: str, start: date, end: date, zone: str) -> Period:
    return Period(name, _moment(start, time(), zone), _moment(end, time(), zone), zone)


def _end_date(period: Period) -> date:
    """The first day that is not in it; its midnight may be missing from the clock, so from within its last second."""
    last = (period.end - timedelta(seconds=1)).astimezone(ZoneInfo(period.zone)).date()
    return last + timedelta(days=1)


def _moment(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
