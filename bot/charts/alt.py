"""What the chart shows, in words: for those who do not see it."""

from datetime import timedelta

from bot.cards.text import size
from bot.charts.drawing import Drawing, Line
from bot.summaries.words import change, duration, several

LIMIT = 2000
"""Characters that Slack takes as an image's ``alt_text``."""
_ROOM = 20  # for what is said of those left out


def alt(drawing: Drawing) -> str:
    """The chart's main figures as sentences without any markup, at most ``LIMIT`` characters."""
    scope = f", {drawing.scope}" if drawing.scope else ""
    said = f"{drawing.title}, {drawing.period}{scope}."
    for index, line in enumerate(drawing.lines):
        longer = f"{said} {_sentence(line)}"
        if size(longer) > LIMIT - _ROOM:
            return f"{said} And {len(drawing.lines) - index} more."
        said = longer
    return said


def _sentence(line: Line) -> str:
    median, p90 = timedelta(seconds=line.median), timedelta(seconds=line.p90)
    said = f"{line.label}: {several(line.number, 'action')}, median {duration(median)}"
    if line.before is not None:
        before = timedelta(seconds=line.before)
        said += f" ({change(median, before)}; before: {duration(before)})"
    return f"{said}, nine in ten within {duration(p90)}."
