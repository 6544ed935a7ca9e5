"""The fonts that matplotlib ships, and names spelled so that they can be set in them. Does not load matplotlib."""

import unicodedata
from collections.abc import Container
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from anyascii import anyascii

_SIGNS = ("So", "Sk", "Cn", "Co")
LEFTWARD = frozenset(
    code
    for first, last in (
        (0x590, 0x8FF),
        (0xFB1D, 0xFDFF),
        (0xFE70, 0xFEFC),
        (0x10800, 0x10FFF),
        (0x1E800, 0x1EFFF),
    )
    for code in range(first, last + 1)
)
"""Code points of what is written from right to left: Hebrew, Arabic and their kin."""
_JOINS = "\u200d\ufe0e\ufe0f"  # between emoji


@cache
def font(name: str) -> Path:
    """The file of one of matplotlib's fonts, such as "DejaVuSans-Bold"."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("matplotlib is not installed")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"


def spelled(text: str, known: Container[int]) -> str:
    """The text in characters that a font has; what it lacks is spelled in Latin letters, as a reader would say it.

    Chinese, Japanese, Korean and many scripts beside have no letters in DejaVu: "東京" becomes "DongJing", which
    somebody who knows the company can read; boxes say nothing. Emoji are left out where words remain.
    """
    if all(ord(character) in known for character in text):
        return text
    text = unicodedata.normalize("NFC", text)
    letters = "".join(
        c if ord(c) in known else _latin(c)
        for c in text
        if c not in _JOINS and (ord(c) in known or unicodedata.category(c) not in _SIGNS)
    )
    return " ".join((letters if any(map(str.isalnum, letters)) else _latin(text)).split()) or "?"


def _latin(text: str) -> str:
    return "".join(filter(str.isprintable, anyascii(text)))
