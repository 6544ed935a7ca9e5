"""Draws a chart with matplotlib. Only the process that draws imports this."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from matplotlib.transforms import blended_transform_factory

from bot.charts.colours import BEFORE, BORDER, GRID, INK, NOW, PANEL, QUIET, REACH
from bot.charts.drawing import Drawing, Line
from bot.charts.fonts import LEFTWARD, font, spelled
from bot.charts.ticks import LEAST, axis
from bot.summaries.words import duration

_WIDTH, _DOTS = 5.8, 180  # inches, and dots of one: about a thousand wide, shown at a half or a third of it
_ROW, _GAP = 0.3, 0.14  # inches
_TEXT, _SMALL, _LARGE = 10.0, 9.5, 13.0  # points
_NAMES, _MARGIN, _FIGURES = 2.5, 0.16, 0.74  # inches: names on the left, medians on the right
_KNOWN = frozenset(FT2Font(str(font("DejaVuSans"))).get_charmap())
_USUAL = FontProperties(fname=str(font("DejaVuSans")))
_BOLD = FontProperties(fname=str(font("DejaVuSans-Bold")))
_DOT: dict[str, Any] = {"marker": "o", "markersize": 7.5, "color": NOW, "markeredgewidth": 0}
_RING: dict[str, Any] = {
    "marker": "o",
    "markersize": 10,
    "color": BEFORE,
    "markerfacecolor": "none",
    "markeredgewidth": 1.7,
}
_END: dict[str, Any] = {"marker": "|", "markersize": 9, "markeredgewidth": 1.8, "color": REACH}
_LEFT_TO_RIGHT, _ISOLATE, _RELEASE = "\u200e", "\u2068", "\u2069"


def painted(drawing: Drawing) -> bytes:
    """The chart as a PNG with a background of its own, so that it reads the same on any."""
    matplotlib.rcParams["text.parse_math"] = False
    heads = 3 if drawing.scope else 2
    top, bottom = 0.22 + 0.22 * heads, 0.72
    places, depth = _places(drawing.lines)
    height = top + depth + bottom
    figure = Figure(figsize=(_WIDTH, height), dpi=_DOTS, facecolor=PANEL, edgecolor=BORDER, linewidth=2)
    FigureCanvasAgg(figure)
    axes = figure.add_axes(
        (
            _NAMES / _WIDTH,
            bottom / height,
            (_WIDTH - _NAMES - _FIGURES) / _WIDTH,
            depth / height,
        ),
        facecolor=PANEL,
    )
    _head(figure, drawing, height)
    _ruled(axes, drawing.lines, depth)
    for line, place in zip(drawing.lines, places, strict=True):
        _row(figure, axes, line, place)
    _legend(figure, drawing.lines, height)
    made = BytesIO()
    figure.savefig(made, format="png", facecolor=PANEL, edgecolor=BORDER)
    return made.getvalue()


def _places(lines: tuple[Line, ...]) -> tuple[list[float], float]:
    """How far down each row stands and how deep they are together, in inches."""
    places, depth = [], 0.0
    for line in lines:
        depth += _GAP if line.begins else 0.0
        places.append(depth + _ROW / 2)
        depth += _ROW
    return places, depth


def _head(figure: Figure, drawing: Drawing, height: float) -> None:
    room = _WIDTH - 2 * _MARGIN
    down = 0.3
    for words, points, face, colour in (
        (drawing.title, _LARGE, _BOLD, INK),
        (drawing.period, _TEXT, _USUAL, QUIET),
        (drawing.scope, _TEXT, _USUAL, QUIET),
    ):
        shown = _fitting(words, points, face, room)
        figure.text(
            _MARGIN / _WIDTH, 1 - down / height, shown, fontsize=points, fontproperties=face, color=colour
        )
        down += 0.22


def _ruled(axes: Axes, lines: tuple[Line, ...], depth: float) -> None:
    values = [v for line in lines for v in (line.median, line.p90, line.before) if v is not None]
    low, high, marks = axis(values)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(depth, 0)
    axes.minorticks_off()
    axes.set_xticks([at for at, _ in marks], [words for _, words in marks], fontsize=_SMALL, color=QUIET)
    for label in axes.get_xticklabels():
        label.set_fontproperties(_USUAL)
        label.set_fontsize(_SMALL)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=5)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _row(figure: Figure, axes: Axes, line: Line, place: float) -> None:
    median, p90 = max(LEAST, line.median), max(LEAST, line.p90)
    axes.plot([median, p90], [place, place], color=REACH, linewidth=1.6, solid_capstyle="butt", zorder=2)
    axes.plot([p90], [place], zorder=2, **_END)
    axes.plot([median], [place], zorder=3, **_DOT)
    if line.before is not None:
        axes.plot([max(LEAST, line.before)], [place], zorder=4, **_RING)
    count = f" · {line.number:,}"
    name = _fitting(line.label, _TEXT, _USUAL, _NAMES - 1.6 * _MARGIN - _wide(count, _TEXT, _USUAL))
    named = (
        f"{_LEFT_TO_RIGHT}{_ISOLATE}{name}{_RELEASE}{count}"
        if not LEFTWARD.isdisjoint(map(ord, name))
        else name + count
    )
    beside = blended_transform_factory(figure.transFigure, axes.transData)
    for words, face, across, side in (
        (named, _USUAL, _NAMES - 0.6 * _MARGIN, "right"),
        (duration(timedelta(seconds=line.median)), _BOLD, _WIDTH - _MARGIN, "right"),
    ):
        axes.text(
            across / _WIDTH,
            place,
            words,
            transform=beside,
            ha=side,
            va="center_baseline",
            fontproperties=face,
            fontsize=_TEXT,
            color=INK,
        )


def _legend(figure: Figure, lines: tuple[Line, ...], height: float) -> None:
    handles = [Line2D([], [], label="median", linestyle="none", **_DOT)]
    if any(line.before is not None for line in lines):
        handles.append(Line2D([], [], label="the period before", linestyle="none", **_RING))
    handles.append(Line2D([], [], label="nine in ten within", linestyle="none", **_END))
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=((_MARGIN - 0.06) / _WIDTH, 0.06 / height),
        ncols=len(handles),
        frameon=False,
        prop=FontProperties(fname=str(font("DejaVuSans")), size=_SMALL),
        labelcolor=QUIET,
        handletextpad=0.2,
        columnspacing=1.4,
        borderpad=0.2,
    )


def _fitting(words: str, points: float, face: FontProperties, room: float) -> str:
    """The words as they can be set in this room (inches), ending in "…" where they were cut."""
    shown = spelled(words, _KNOWN)
    if _wide(shown, points, face) <= room:
        return shown
    cut = next(n for n in range(len(shown) - 1, -1, -1) if _wide(shown[:n] + "…", points, face) <= room)
    return shown[:cut].rstrip() + "…"


def _wide(words: str, points: float, face: FontProperties) -> float:
    """How wide words are, in inches."""
    sized = face.copy()
    sized.set_size(points)
    return float(text_to_path.get_text_width_height_descent(words, sized, ismath=False)[0]) / 72
