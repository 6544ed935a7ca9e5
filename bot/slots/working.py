"""When people work: hours, weekends and public holidays in their own zone, as stretches of UTC."""

import functools
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from bot.deal import Frozen, Interval

DAY = timedelta(days=1)


class Guest(Frozen):
    """Somebody who should be there."""

    name: str
    email: str
    partner: bool = False  # works for the other company
    timezone: str | None = None  # IANA; None: neither zone nor working hours are known
    country: str | None = None  # ISO 3166 alpha-2
    subdivision: str | None = None  # ISO 3166-2 part after the dash
    workday_starts: time = time(9)
    workday_ends: time = time(17, 30)
    busy: tuple[Interval, ...] | None = None  # None: not known


class Span(NamedTuple):
    """A stretch of time in UTC."""

    start: datetime
    end: datetime


def working(guest: Guest, opens: datetime, closes: datetime) -> list[Span]:
    """The working days between two moments, and one day more on either side."""
    zone = ZoneInfo(guest.timezone or "UTC")
    around = days_between(opens.astimezone(zone).date() - DAY, closes.astimezone(zone).date() + DAY)
    return [
        local_span(one, guest.workday_starts, guest.workday_ends, zone) for one in around if works(guest, one)
    ]


def works(guest: Guest, on: date) -> bool:
    """Whether this person works on that day."""
    known = None if guest.country is None else _holidays(guest.country, guest.subdivision, on.year)
    return on.weekday() < 5 if known is None else known.is_working_day(on)


def holiday(guest: Guest, on: date) -> str | None:
    """The name of the public holiday where this person works, in English where the calendar has it."""
    name = None if guest.country is None else _holidays(guest.country, guest.subdivision, on.year)
    return None if name is None else name.get(on)


def days_between(first: date, last: date) -> list[date]:
    """The days from the first to the last, both included."""
    return [first + DAY * n for n in range((last - first).days + 1)]


def local_span(on: date, starts: time, ends: time, zone: ZoneInfo) -> Span:
    """A stretch of local time on one day, over midnight where it ends before it starts; the narrower reading of it."""
    over_midnight = DAY if ends <= starts else timedelta()
    return Span(max(readings(on, starts, zone)), min(readings(on + over_midnight, ends, zone)))


def readings(on: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Both readings of a local time in UTC; they differ only where clocks change."""
    local = datetime.combine(on, clock, tzinfo=zone)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


@functools.lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> holidays.HolidayBase | None:
    for part in dict.fromkeys((subdivision, None)):
        try:
            return holidays.country_holidays(country, subdiv=part, years=year, expand=False, language="en_US")
        except NotImplementedError:
            continue
    return None
