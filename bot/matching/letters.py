"""Text of any script as plain lower-case letters, so that one name is written one way."""

import html
import re
import unicodedata

from anyascii import anyascii

LONGEST = 300
"""Characters of a field that are looked at; no company is told from another by what follows."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_SIGNS = re.compile("[™®©℠\ufffd]")
_MARKS = re.compile(r"[^a-z0-9]+")


def cleaned(text: str) -> str:
    """The text in compatibility form (NFKC), without what cannot be seen, at most 300 characters."""
    if "&" in text:
        text = html.unescape(text[:LONGEST])
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text.strip()
    text = _SIGNS.sub(" ", text[:LONGEST])
    text = unicodedata.normalize("NFKC", text)[:LONGEST]
    return _UNSEEN.sub("", _CONTROLS.sub(" ", text)).strip()


def plain(text: str) -> str:
    """Cleaned text in ASCII, lower case, its marks kept: ``ß`` as ss, ``ø`` as o, ``ł`` as l, ``北`` as bei."""
    if text.isascii():
        return text.lower()
    # Pictures have names in ASCII too, but no company is called by them.
    return anyascii("".join(" " if unicodedata.category(sign) == "So" else sign for sign in text)).lower()


def folded(text: str) -> str:
    """Only letters a to z and figures, words apart by one space."""
    return _MARKS.sub(" ", plain(cleaned(text))).strip()
