"""The day that people mean: "31 Jan", "next Friday", "end of quarter"."""

import calendar
import re
from datetime import date, timedelta

from bot.errors import Refused

MONTHS = {
    name.lower(): n
    for names in (calendar.month_name, calendar.month_abbr)
    for n, name in enumerate(names)
    if n
}
MONTHS |= {"sept": 9}
WEEKDAYS = {
    name.lower(): n for names in (calendar.day_name, calendar.day_abbr) for n, name in enumerate(names)
}
WEEKDAYS |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}
COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
SHORT = {"eow": "end of week", "eom": "end of month", "eoq": "end of quarter", "eoy": "end of year"}

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\.?(?: (\d{{4}}))?")
_MONTH_DAY = re.compile(rf"({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?: (\d{{4}}))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4}|\d{2}))?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?")
_IN = re.compile(
    rf"(?:in )?(\d{{1,3}}|{'|'.join(COUNTS)}) (day|week|month|quarter|year)s?(?: from (?:now|today))?"
)
_WEEKDAY = re.compile(
    rf"(?:on )?(?:(this|next|coming) )?({'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})"
)
_END = re.compile(rf"end of (?:the )?(?:(this|next) )?(week|month|quarter|year|{_MONTH})\.?(?: (\d{{4}}))?")


def day(words: str, today: date, label: str = "This") -> date:
    """The day these words mean, seen from ``today``.

    Without a year it is the next such day; "Friday" is the coming one, "next Friday" that of next week; the end of a
    week is its Friday. ``Refused`` for anything else, and for 03/04/2027, which is two days.
    """
    said = " ".join(words.lower().replace(",", " ").split()).removeprefix("the ").removeprefix("by ")
    said = SHORT.get(said, said)
    try:
        found = _written(said, today, label) or _relative(said, today)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{label}: there is no such day as “{words}”.") from error
    if found is None:
        raise Refused(f"{label} is a date; “{words}” is not one that can be read. Write it like 2027-01-31.")
    return found


def _written(said: str, today: date, label: str) -> date | None:
    if found := _ISO.fullmatch(said):
        return date(*map(int, found.groups()))
    if found := _DAY_MONTH.fullmatch(said):
        return _next(today, int(found[1]), MONTHS[found[2]], found[3])
    if found := _MONTH_DAY.fullmatch(said):
        return _next(today, int(found[2]), MONTHS[found[1]], found[3])
    if found := _DOTTED.fullmatch(said):
        return _next(today, int(found[1]), int(found[2]), found[3])
    if found := _SLASHED.fullmatch(said):
        one, two = int(found[1]), int(found[2])
        if one <= 12 and two <= 12 and one != two:
            days = [_next(today, d, m, found[3]) for d, m in ((one, two), (two, one))]
            raise Refused(f"{label}: “{said}” can be two days. Write {days[0]} or {days[1]}.")
        return _next(today, max(one, two), min(one, two), found[3])
    return None


def _relative(said: str, today: date) -> date | None:
    if said in NAMED:
        return today + timedelta(days=NAMED[said])
    if found := _WEEKDAY.fullmatch(said):
        monday = today - timedelta(days=today.weekday())
        if found[1] == "next":
            return monday + timedelta(days=7 + WEEKDAYS[found[2]])
        return today + timedelta(days=(WEEKDAYS[found[2]] - today.weekday()) % 7)
    if found := _IN.fullmatch(said):
        count = COUNTS.get(found[1]) or int(found[1])
        months = {"month": 1, "quarter": 3, "year": 12}.get(found[2])
        if months is None:
            return today + timedelta(days=count * (7 if found[2] == "week" else 1))
        return _months_on(today, count * months)
    if found := _END.fullmatch(said):
        return _end(today, found[2], found[1] == "next", found[3])
    return None


def _end(today: date, of: str, following: bool, year: str | None) -> date | None:
    if of in MONTHS:
        last = _last(int(year or today.year), MONTHS[of])
        return last if year or last >= today else _last(today.year + 1, MONTHS[of])
    if year and of != "year":
        return None
    match of:
        case "week":
            friday = today - timedelta(days=today.weekday()) + timedelta(days=4)
            return friday + timedelta(days=7) if following or friday < today else friday
        case "month":
            then = _months_on(today.replace(day=1), int(following))
            return _last(then.year, then.month)
        case "quarter":
            then = _months_on(today.replace(day=1), 3 * int(following) + (3 - today.month) % 3)
            return _last(then.year, then.month)
    return date(int(year) if year else today.year + int(following), 12, 31)


def _next(today: date, of_month: int, month: int, year: str | None) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, of_month)
    for later in range(9):  # 29 February may be eight years away
        if of_month <= calendar.monthrange(today.year + later, month)[1]:
            found = date(today.year + later, month, of_month)
            if found >= today:
                return found
    return date(today.year, month, of_month)


def _months_on(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _last(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
