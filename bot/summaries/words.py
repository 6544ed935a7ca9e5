"""Durations, comparisons and moments in the words of a report: the same on a card, a chart and a page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_UNITS = (("s", 1.0, 60.0), ("min", 60.0, 60.0), ("h", 3600.0, 24.0), ("days", 86_400.0, float("inf")))


def duration(span: timedelta | None) -> str:
    """How long something took, to two figures: "8 s", "4 min", "1.5 h", "1.2 days", "12 days"; "–" for None."""
    if span is None:
        return "–"
    seconds = max(0.0, span.total_seconds())
    if 0 < seconds < 1:
        return "under 1 s"
    for unit, size, limit in _UNITS:
        number = seconds / size
        shown = f"{number:.0f}" if unit == "s" or number >= 9.95 else f"{number:.1f}".removesuffix(".0")
        if float(shown) < limit:
            return "1 day" if (unit, shown) == ("days", "1") else f"{shown} {unit}"
    raise AssertionError("the last unit has no limit")


def change(now: timedelta | None, before: timedelta | None) -> str:
    """How much faster or slower something became: "38% faster", "3.4 times as long", "as before", "no comparison"."""
    if now is None or before is None or before <= timedelta(0):
        return "no comparison"
    ratio = max(now, timedelta(0)) / before
    if abs(ratio - 1) < 0.005:
        return "as before"
    if ratio < 1:
        return f"{(1 - ratio) * 100:.0f}% faster" if ratio >= 0.01 else "over 99% faster"
    if ratio < 2:
        return f"{(ratio - 1) * 100:.0f}% slower"
    return f"{ratio:.1f} times as long".replace(".0 ", " ") if ratio < 100 else "over 100 times as long"


def moment(at: datetime, zone: str) -> str:
    """A moment on the wall clock of a zone (IANA name): "Mon 23 Nov 2026, 10:42 CET"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def several(number: int, one: str, many: str = "") -> str:
    """A number of things: "1 action", "1,200 actions"; ``many`` where it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent: "12%", "under 1%"; "–" of nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1%"
    return "over 99%" if 99 < percent < 100 else f"{percent:.0f}%"


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
