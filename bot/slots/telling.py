"""Times, days and people in words."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.deal import Interval


def told(start: datetime, zones: Iterable[str]) -> str:
    """A moment for people: ``Tue 24 Nov, 10:00 Lisbon / 11:00 Stockholm``, the day again where it differs."""
    parts: list[str] = []
    shown: date | None = None
    for name in dict.fromkeys(zones):
        local = start.astimezone(ZoneInfo(name))
        prefix = "" if local.date() == shown else f"{day(local)}, "
        shown = local.date()
        parts.append(f"{prefix}{clock(local)} {city(name)}")
    return " / ".join(parts)


def day(when: date) -> str:
    """``Tue 24 Nov``."""
    return f"{when:%a} {when.day} {when:%b}"


def city(zone: str) -> str:
    """The city of an IANA zone: ``New York``."""
    return zone.rpartition("/")[2].replace("_", " ")


def names(of: Sequence[str]) -> str:
    """``Ana, Ben and Pat``."""
    return " and ".join((", ".join(of[:-1]), of[-1])) if len(of) > 1 else "".join(of)


def stretch(busy: Interval, zone: str) -> str:
    """``Tue 24 Nov, 13:00–15:30 in Stockholm``."""
    first, last = busy.start.astimezone(ZoneInfo(zone)), busy.end.astimezone(ZoneInfo(zone))
    until = f"{last:%H:%M}" if last.date() == first.date() else f"{day(last)}, {last:%H:%M}"
    return f"{day(first)}, {first:%H:%M}–{until} in {city(zone)}"


def clock(local: datetime) -> str:
    """``10:00``, with the offset in the hour that happens twice."""
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M} ({local:%Z})" if twice else f"{local:%H:%M}"
