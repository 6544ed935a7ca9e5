"""The marks of a logarithmic axis of time, where people expect them: 10 s, 1 min, 1 h, 1 day."""

from collections.abc import Sequence
from itertools import chain
from math import log

from bot.summaries.words import several

_MINUTE, _HOUR, _DAY, _YEAR = 60.0, 3600.0, 86_400.0, 365 * 86_400.0
_MARKS = tuple(
    chain.from_iterable(
        (
            *((float(s), f"{s} s") for s in seconds),
            *((m * _MINUTE, f"{m} min") for m in minutes),
            *((h * _HOUR, f"{h} h") for h in hours),
            *((d * _DAY, several(d, "day")) for d in days),
            *((y * _YEAR, several(y, "year")) for y in years),
        )
        for seconds, minutes, hours, days, years in (
            ((1,), (1,), (1,), (1, 30), (1,)),
            ((10,), (10,), (), (7,), (10,)),
            ((30,), (30,), (4,), (3,), (3,)),
            ((2, 5, 20), (2, 5, 20), (2, 8, 12), (2, 4, 14, 60, 120), (2, 5)),
        )
    )
)
"""Seconds and their words, the most usual first."""
LEAST = 1.0
"""Seconds at which the axis begins: a logarithm has no zero, and nobody waits for less."""
_APART = 0.2  # of the axis, so that their words do not touch


def axis(values: Sequence[float]) -> tuple[float, float, tuple[tuple[float, str], ...]]:
    """Where an axis that holds these seconds begins and ends, and its marks with their words: two to six."""
    low, high = max(LEAST, min(values)) / 1.25, max(LEAST, *values) * 1.25
    while len(marks := _marks(low, high)) < 2:
        low, high = max(LEAST / 1.25, low / 1.3), high * 1.3
    return low, high, marks


def _marks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    kept: list[tuple[float, str]] = []
    for at, words in _MARKS:
        if low <= at <= high and all(abs(log(at / other)) >= _APART * log(high / low) for other, _ in kept):
            kept.append((at, words))
    return tuple(sorted(kept))
