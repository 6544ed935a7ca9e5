"""The picture itself, and what happens when it cannot be drawn."""

import os
import re
import resource
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.charts import Chart, chart, colours
from bot.charts.chart import _drawn
from bot.charts.drawing import Drawing, Line
from bot.charts.fonts import spelled
from bot.errors import Refused, Unavailable
from bot.summaries import Summary
from tests.bot.summary_examples import HOSTILE, large, quiet, small

ROOT = Path(__file__).parents[3]
ONE = Drawing(title="T", period="P", scope="", lines=(Line(label="x", number=1, median=5, p90=9, before=7),))
SLACK = {"light": "#FFFFFF", "dark": "#1A1D21"}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours."""

    def light(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def opened(made: Chart | None) -> Image.Image:
    """The picture, decoded."""
    assert made is not None
    return Image.open(BytesIO(made.png))


def python(folder: Path, script: str) -> str:
    """An executable that stands where Python does."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("made", [small(), large(400, 60, 9)], ids=["small", "sixty partners"])
def test_a_chart_is_an_opaque_picture(made: Summary) -> None:
    """It brings its own background, so that a theme shines through nowhere, and is about a thousand pixels wide."""
    picture = opened(chart(made))
    assert picture.format == "PNG"
    assert 1000 <= picture.width <= 1100 and picture.height <= 1.15 * picture.width
    assert picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def test_nothing_done_is_no_chart() -> None:
    """There is no empty picture."""
    assert chart(quiet()) is None


def test_loading_the_charts_does_not_load_what_draws_them() -> None:
    """A worker's memory is bounded: matplotlib, and the library of the PDF, stay out of it until they are used."""
    code = "import sys, bot.charts, bot.papers; print({'matplotlib', 'fpdf'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_words_and_marks_stand_out() -> None:
    """Text has a contrast of 7 on the panel, marks 3 (WCAG 1.4.6, 1.4.11); the border has 3 in either theme."""
    for text in (colours.INK, colours.QUIET):
        assert contrast(text, colours.PANEL) >= 7
    for mark in (colours.NOW, colours.BEFORE, colours.REACH):
        assert contrast(mark, colours.PANEL) >= 3
    for theme in SLACK.values():
        assert contrast(colours.BORDER, theme) >= 3


def test_words_are_large_enough_in_a_preview() -> None:
    """At 360 pixels, as narrow as a preview gets, no letter is set smaller than eight pixels."""
    code = "from bot.charts import painting as p; print(min(p._TEXT, p._SMALL) / 72 / p._WIDTH * 360)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(found.stdout) >= 8


def test_any_name_is_drawn_without_complaint() -> None:
    """A dollar is a dollar, not mathematics; what the font lacks is spelled, and nothing is told of missing glyphs."""
    names = (*HOSTILE, "$x$", "$\\frac$", "a\x00b", "\ufffe", "𓀀𓀁", "नमस्ते", "", "\u200d")
    lines = tuple(ONE.lines[0].model_copy(update={"label": name}) for name in names)
    child = subprocess.run(
        [sys.executable, "-m", "bot.charts"],
        cwd=ROOT,
        input=ONE.model_copy(update={"lines": lines, "scope": "$\\frac$ 東京"}).model_dump_json().encode(),
        capture_output=True,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, b"")
    assert child.stdout.startswith(b"\x89PNG")


@given(st.text(max_size=60))
def test_a_font_has_every_letter_of_what_is_spelled(text: str) -> None:
    """Whatever a name is written in, what is set has letters in the font, and is not nothing."""
    latin = frozenset(range(0x20, 0x7F))
    done = spelled(text, latin)
    assert set(map(ord, done)) <= latin
    assert done or not text


def test_names_are_spelled_only_where_they_must_be() -> None:
    """What the font has stays as it is; an emoji goes where words remain, and is named where none do."""
    known = frozenset(range(0x20, 0x7F)) | set(map(ord, "Łódźשלום"))
    assert spelled("Łódź שלום", known) == "Łódź שלום"
    assert spelled("東京 Labs 🚀", known) == "DongJing Labs"
    assert spelled("🚀", known) == ":rocket:"


def test_drawing_leaves_nothing_and_writes_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that cannot be written to is no matter, and no cache stays behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    assert chart(small()) is not None
    assert list(tmp_path.iterdir()) == []


def test_drawing_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that draws gets none of the bot's environment."""
    monkeypatch.setenv("COSELL_SLACK_BOT_TOKEN", "xoxb-secret")
    seen = tmp_path / "seen"
    monkeypatch.setattr(sys, "executable", python(tmp_path, f"cat >/dev/null; env > {seen}; exit 1"))
    with pytest.raises(Refused):
        chart(small())
    assert "secret" not in seen.read_text()


@pytest.mark.parametrize(
    "script", ["cat >/dev/null; exit 3", "cat >/dev/null; echo not a picture"], ids=["fails", "says nonsense"]
)
def test_a_drawing_that_fails_is_refused(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails, or answers something else than a picture, will fail again."""
    monkeypatch.setattr(sys, "executable", python(tmp_path, script))
    with pytest.raises(Refused, match="cannot be drawn"):
        chart(small())


def test_a_drawing_that_is_ended_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended from outside, as for want of memory, or not begun at all: it may work later."""
    monkeypatch.setattr(sys, "executable", python(tmp_path, "cat >/dev/null; kill -9 $$"))
    with pytest.raises(Unavailable, match="was ended"):
        chart(small())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(Unavailable, match="could not be drawn"):
        chart(small())


def test_a_drawing_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than the limit, and the process does not stay."""
    noted = tmp_path / "pid"
    monkeypatch.setattr(sys, "executable", python(tmp_path, f"echo $$ > {noted}; exec sleep 60"))
    with pytest.raises(Unavailable, match="in time"):
        _drawn(ONE, patience=0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


@pytest.mark.slow
def test_drawing_is_quick() -> None:
    """The largest chart takes less than two and a half seconds of a processor, start of the process included."""
    made = large(3000, 60, 9)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert chart(made) is not None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2.5


def test_no_markup_in_the_words() -> None:
    """The words that stand for the picture are plain: no markup of ours in them."""
    made = chart(replace(small(), scope="what *Sam* may read"))
    assert made is not None
    assert made.alt.startswith("Action latency") and not re.search(r"[`|]|<[!@#]", made.alt)
