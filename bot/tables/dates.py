"""Dates as people type them; whether the day or the month comes first is the habit of their column."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_PARTS = re.compile(r"(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})(?: .*)?")
_WORDED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")


def day_first(values: Iterable[str]) -> bool | None:
    """Whether these dates have the day first; None where they do not show it, or show both."""
    shown = set()
    for value in values:
        match = _PARTS.fullmatch(value)
        if not match:
            continue
        first, second = int(match[1]), int(match[3])
        if match[2] == "." or first > 12:
            shown.add(True)
        elif second > 12:
            shown.add(False)
    return shown.pop() if len(shown) == 1 else None


@lru_cache(maxsize=4096)
def iso(value: str, usual: bool | None) -> str:
    """The day as YYYY-MM-DD in a column with this habit; empty where it is none, or could be two."""
    if match := _ISO.fullmatch(value):
        return _day(match[1], match[2], match[3])
    if match := _PARTS.fullmatch(value):
        first, second = match[1], match[3]
        dayly = True if match[2] == "." or int(first) > 12 else False if int(second) > 12 else usual
        if dayly is None and first != second:
            return ""
        year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
        return _day(year, second, first) if dayly else _day(year, first, second)
    spaced = re.sub(r"[ ,.-]+", " ", value)
    for form in _WORDED:
        with suppress(ValueError):
            return datetime.strptime(spaced, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
    return ""


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
