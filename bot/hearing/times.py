"""Stretches of days, clock times and lengths of time, as people say them for a meeting."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.errors import Refused
from bot.hearing.calendar_days import COUNTS, MONTHS, WEEKDAYS, day
from bot.hearing.phrases import Phrases, phrases, words
from bot.hearing.tokens import Kind, Token

Tokens = tuple[Token, ...]


class Span(NamedTuple):
    """Days from ``earliest`` to ``latest``, both inclusive; None is open."""

    earliest: date | None
    latest: date | None


PARTS: Phrases[str] = Phrases(
    {
        **dict.fromkeys(
            ("morning", "mornings", "am", "before lunch", "first thing", "early morning"), "morning"
        ),
        **dict.fromkeys(("afternoon", "afternoons", "pm", "after lunch", "late afternoon"), "afternoon"),
    }
)
"""Parts of the day."""

ZONES = {
    "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York", "ct": "America/Chicago",
    "pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "utc": "UTC",
    "gmt": "UTC", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London",
}  # fmt: skip
"""Names of zones that people put behind a time."""

_LENGTHS: Phrases[int] = Phrases(
    {"half an hour": 30, "half hour": 30, "an hour": 60, "one hour": 60, "an hour and a half": 90, "two hours": 120,
     "hour and a half": 90, "quarter of an hour": 15, "hour": 60, "thirty minutes": 30, "forty five minutes": 45,
     "fifteen minutes": 15, "twenty minutes": 20, "full hour": 60, "hour long": 60, "sixty minutes": 60}
)  # fmt: skip
_MINUTES = words("min mins minute minutes m minuter")
_HOURS = words("h hr hrs hour hours")
_LENGTH = re.compile(r"(\d{1,3}(?:\.5)?)(m|min|mins|h|hr|hrs)?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm|h)?")
_WEEK_PARTS = {"early": (0, 2), "beginning": (0, 1), "start": (0, 1), "mid": (1, 3), "middle": (1, 3), "late": (2, 4),
               "later": (2, 4), "end": (3, 4)}  # fmt: skip
_LEADING = phrases(
    "on|for|in|at|sometime|some time|any time|anytime|either|during|over|coming|within|maybe|the|of",
    "part of",
)
_WEEKDAY_WORDS = {name: number for name, number in WEEKDAYS.items() if name not in ("sun", "sat")}


def span_at(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    """The days named at a place, seen from ``today``, and the place after the words; None where there are none."""
    low, place_after = _low(tokens, place), place + 1
    if low in ("by", "before"):
        found = _days(tokens, place_after, today)
        if found is None or found[0].latest is None:
            return None
        latest = (
            found[0].latest
            if low == "by" or found[0].earliest is None
            else found[0].earliest - timedelta(days=1)
        )
        return Span(today, max(latest, today)), found[1]
    if low in ("after", "from"):
        found = _days(tokens, place_after, today)
        if found is None or found[0].latest is None:
            return None
        if low == "from":
            until = _joined(tokens, found[1], today, ("to", "until", "till", "through", "-", "–"))
            return (
                (Span(found[0].earliest, until[0].latest), until[1])
                if until
                else (Span(found[0].earliest, None), found[1])
            )
        return Span(found[0].latest + timedelta(days=1), None), found[1]
    start = place_after if low == "between" else place
    found = _days(tokens, _LEADING.skip(tokens, start) if low != "between" else start, today)
    if found is None:
        return None
    joiners = ("and",) if low == "between" else ("or", "to", "-", "–", "and", "/", ",", "through")
    span, end = found
    while (more := _joined(tokens, end, today, joiners)) is not None and more[0].latest is not None:
        if span.earliest is None or span.latest is None or more[0].earliest is None:
            break
        span, end = Span(min(span.earliest, more[0].earliest), max(span.latest, more[0].latest)), more[1]
    return span, end


def clock_at(tokens: Tokens, place: int) -> tuple[time, tzinfo | None, int] | None:
    """The time of day named at a place, the zone if one is named with it, and the place after the words."""
    marked = _low(tokens, place) in ("at", "@", "around")
    place += marked
    low = _low(tokens, place)
    if low in ("noon", "midday"):
        return time(12), *_zone(tokens, place + 1)
    found = _CLOCK.fullmatch(low) if place < len(tokens) and tokens[place].kind is Kind.NUMBER else None
    if found is None:
        return None
    half, end = found[3], place + 1
    if half is None and _low(tokens, end) in ("am", "pm", "o'clock"):
        half, end = _low(tokens, end), end + 1
    if half is None and not found[2] and not marked:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif half in (None, "o'clock") and 1 <= hour <= 7 and not (found[2] and found[1].startswith("0")):
        hour += 12  # nobody meets at three in the morning
    if hour > 23 or minute > 59:
        return None
    return time(hour, minute), *_zone(tokens, end)


def minutes_at(tokens: Tokens, place: int, bare: bool = False) -> tuple[int, int] | None:
    """The length in minutes named at a place, and the place after it; ``bare``: a number alone will do."""
    if (spelled := _LENGTHS.at(tokens, place)) is not None:
        return spelled
    if place >= len(tokens) or tokens[place].kind is not Kind.NUMBER:
        return None
    found = _LENGTH.fullmatch(tokens[place].low)
    if found is None:
        return None
    unit, end = found[2] or "", place + 1
    if not unit and _low(tokens, end) in (_MINUTES | _HOURS):
        unit, end = _low(tokens, end), end + 1
    if not unit and not bare:
        return None
    minutes = round(float(found[1]) * (60 if unit in _HOURS else 1))
    return (minutes, end) if 5 <= minutes <= 480 else None


def exactly(span: Span, clock: tuple[time, tzinfo | None], now: datetime) -> datetime | None:
    """The moment meant by a time of day, on the clock of ``now``; None when the days leave open which day."""
    zone = clock[1] or now.tzinfo or UTC
    if span.earliest is None and span.latest is None:
        moment = datetime.combine(now.astimezone(zone).date(), clock[0], zone)
        moment = moment if moment > now else moment + timedelta(days=1)
    elif span.earliest is not None and span.earliest == span.latest:
        moment = datetime.combine(span.earliest, clock[0], zone)
    else:
        return None
    return moment.astimezone(now.tzinfo)


def _days(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    place = _LEADING.skip(tokens, place)
    return (
        _day_after_tomorrow(tokens, place, today)
        or _weeks(tokens, place, today)
        or _counted(tokens, place, today)
        or _months(tokens, place, today)
        or _one_day(tokens, place, today)
    )


def _joined(tokens: Tokens, place: int, today: date, joiners: tuple[str, ...]) -> tuple[Span, int] | None:
    if _low(tokens, place) in joiners:
        return _one_day(tokens, place + 1, today)
    return _one_day(tokens, place, today) if _low(tokens, place) in _WEEKDAY_WORDS and place else None


def _day_after_tomorrow(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    if [_low(tokens, place + n) for n in range(3)] == ["day", "after", "tomorrow"]:
        return Span(today + timedelta(days=2), today + timedelta(days=2)), place + 3
    return None


def _weeks(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    part = _WEEK_PARTS.get(_low(tokens, place))
    if part is not None:
        place += 1
        while _low(tokens, place) in ("of", "the", "in"):
            place += 1
    monday = today - timedelta(days=today.weekday())
    first, second = _low(tokens, place), _low(tokens, place + 1)
    if first == "week" and second == "of":
        named = _one_day(tokens, place + 2 + (_low(tokens, place + 2) == "the"), today)
        if named is None or named[0].earliest is None:
            return None
        monday, end = named[0].earliest - timedelta(days=named[0].earliest.weekday()), named[1]
    elif first == "week" and second == "after" and _low(tokens, place + 2) == "next":
        monday, end = monday + timedelta(days=14), place + 3
    elif first in ("this", "next", "following") and second == "week":
        monday, end = monday + timedelta(days=0 if first == "this" else 7), place + 2
    else:
        return None
    from_day, to_day = part or (0, 4)
    latest = monday + timedelta(days=to_day)
    if latest < today:
        latest = today
    return Span(max(monday + timedelta(days=from_day), today), latest), end


def _counted(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    """ "next two weeks", "next few days", "in two weeks" """
    upcoming = _low(tokens, place) == "next"
    at = place + upcoming
    word, unit = _low(tokens, at), _low(tokens, at + 1).rstrip("s")
    if word == "couple" and _low(tokens, at + 1) == "of":
        word, unit, at = "two", _low(tokens, at + 2).rstrip("s"), at + 1
    count = COUNTS.get(word) or {"few": 4 if unit == "day" else 3, "couple": 2}.get(word)
    count = int(word) if word.isdecimal() and len(word) < 3 else count
    if count is None or unit not in ("day", "week"):
        return None
    days = count * (7 if unit == "week" else 1)
    if upcoming or _low(tokens, place - 1) in ("within", "over", "the"):
        return Span(today, today + timedelta(days=days)), at + 2
    then = today + timedelta(days=days)
    if unit == "day":
        return Span(then, then), at + 2
    monday = then - timedelta(days=then.weekday())
    return Span(monday, monday + timedelta(days=4)), at + 2


def _months(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    part = _low(tokens, place)
    if part in ("early", "mid", "late", "end", "beginning", "start"):
        place += 1
        while _low(tokens, place) in ("of", "in"):
            place += 1
    else:
        part = ""
    first, second = _low(tokens, place), _low(tokens, place + 1)
    if first in ("this", "next") and second == "month":
        ahead, end = int(first == "next"), place + 2
    elif (
        first in MONTHS
        and tokens[place].capital
        and (place + 1 >= len(tokens) or tokens[place + 1].kind is not Kind.NUMBER)
    ):
        ahead, end = (MONTHS[first] - today.month) % 12, place + 1
    else:
        return None
    start = _month_on(today, ahead)
    last = _month_on(start, 1) - timedelta(days=1)
    from_day, to_day = {"early": (1, 10), "beginning": (1, 10), "start": (1, 10), "mid": (11, 20)}.get(
        part, (21, last.day) if part in ("late", "end") else (1, last.day)
    )
    return Span(max(start.replace(day=from_day), today), max(start.replace(day=to_day), today)), end


def _one_day(tokens: Tokens, place: int, today: date) -> tuple[Span, int] | None:
    low = _low(tokens, place)
    if low in ("this", "tonight", "eod") and (
        low != "this" or _low(tokens, place + 1) in ("morning", "afternoon", "evening")
    ):
        return Span(today, today), place + 1
    starts = low in WEEKDAYS or low in MONTHS or low in ("today", "tomorrow", "next", "this", "the", "coming")
    if not starts and (place >= len(tokens) or tokens[place].kind is not Kind.NUMBER):
        return None
    for length in (4, 3, 2, 1):
        words = [token.low for token in tokens[place : place + length]]
        if len(words) < length or (length == 1 and (words[0].isdecimal() or words[0] in ("sun", "sat"))):
            continue
        if words[0] in ("in", "a", "an", *COUNTS, "end", "yesterday") or words[-1] in (",", "at"):
            continue
        try:
            found = day(" ".join(words), today)
        except Refused:
            continue
        if found == today and words[0] in WEEKDAYS:
            found += timedelta(days=7)  # who means today says so
        return (Span(found, found), place + length) if found >= today else None
    found_th = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", low)
    return _nth(int(found_th[1]), today, place + 1) if found_th is not None else None


def _nth(of_month: int, today: date, end: int) -> tuple[Span, int] | None:
    for ahead in range(3):
        start = _month_on(today, ahead)
        try:
            found = start.replace(day=of_month)
        except ValueError:
            continue
        if found >= today:
            return Span(found, found), end
    return None


def _month_on(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _zone(tokens: Tokens, place: int) -> tuple[tzinfo | None, int]:
    name = ZONES.get(_low(tokens, place))
    return (None, place) if name is None else (ZoneInfo(name), place + 1)


def _low(tokens: Tokens, place: int) -> str:
    return tokens[place].low if 0 <= place < len(tokens) else ""
