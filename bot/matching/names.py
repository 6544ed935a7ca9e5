"""A company's name taken apart: the words that are its own, its legal form, places, and other names it goes by."""

import re
from dataclasses import dataclass
from itertools import groupby

from bot.matching.forms import BEGINNINGS, ENDINGS, LONGEST, NATIVE
from bot.matching.letters import cleaned, plain
from bot.matching.places import PLACE_WORDS, country
from bot.matching.words import ARTICLES, COMMON, CONNECTING, NUMBERS, SPELLINGS

MOST_WORDS = 16
"""No name is told from another by a later word."""

_ELSE_CALLED = re.compile(
    r"\b(?:d/?b/?a|doing business as|trading as|t/a|operating as|o/a|"
    r"formerly known as|formerly|f/?k/?a|previously|a/?k/?a|"
    r"also known as|vormals|anciennement)\b[.: ]*"
)
_CARE_OF = re.compile(r"\bc/o\b.*|\b(?:div|division|subsidiary|unit) of\b.*|\ban? [\w .&-]{2,40} company$")
_TRAILING = re.compile(r"(?:,| [|–-]) *([a-z][a-z .]{1,30})$")
_INSIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_SLASHED = re.compile(r"\b([a-z])/([a-z])\b")
_JOINED = re.compile(r"\b([a-z]{1,2}) ?& ?([a-z])\b")
_APOSTROPHE = re.compile(r"(?<=[a-z])['`’´](?=[a-z])")
_WORD = re.compile(r"[a-z0-9]+")
_UMLAUT = re.compile(r"[äöüøåæœ]")
_NATIVE = re.compile("|".join(map(re.escape, NATIVE)))


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says, ready to be compared."""

    words: tuple[str, ...]  # its own, in their order, each in one spelling
    forms: tuple[str, ...] = ()  # its legal form, as “gmbh”, “sp zoo”
    places: tuple[str, ...] = ()  # alpha-2 codes of countries that it ends with
    others: tuple[tuple[str, ...], ...] = ()  # the words of further names: doing business as, formerly
    umlauts: bool = False

    @property
    def squashed(self) -> str:
        """The words without spaces between them."""
        return "".join(self.words)


def named(text: str) -> Name:
    """The name taken apart; a text without letters or figures has no words."""
    text = cleaned(text).lower()
    umlauts = not text.isascii() and _UMLAUT.search(text) is not None
    if not text.isascii():
        text = _NATIVE.sub(lambda found: f" {NATIVE[found[0]]} ", text)
        text = plain(text)
    places: list[str] = []
    others: list[str] = []
    more: list[str] = []  # words in brackets that belong to the name
    if "(" in text or "[" in text:
        text = _without_brackets(text, places, others, more)
    text, *called = _ELSE_CALLED.split(text)
    words, forms = _own(
        _words(_TRAILING.sub(lambda found: _dropped(found, places), _CARE_OF.sub("", text) or text)), places
    )
    words = (*words, *(SPELLINGS.get(word, word) for word in more))[:MOST_WORDS]
    further = [_own(_words(name), [])[0] for name in (*called, *others)]
    if not words and further:
        words, *further = further
    return Name(
        words,
        tuple(dict.fromkeys(forms)),
        tuple(dict.fromkeys(places)),
        tuple(dict.fromkeys(other for other in further if other and other != words)),
        umlauts,
    )


def loosened(word: str) -> str:
    """The word as it is found whether its umlauts were written out or not: ``mueller`` and ``muller`` alike."""
    if "e" not in word:
        return word
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _dropped(found: re.Match[str], places: list[str]) -> str:
    """Nothing for a country's name or code at the end, after a comma or a line; else what was found."""
    place = country(found[1])
    if not place:
        return found[0]
    places.append(place)
    return ""


def _without_brackets(text: str, places: list[str], others: list[str], more: list[str]) -> str:
    """The text without what stands in brackets, which is a country, another name, or more of the name."""

    def taken(found: re.Match[str]) -> str:
        inside = (found[1] or found[2] or "").strip()
        words = _words(inside)
        place = PLACE_WORDS.get(" ".join(words)) or _SHORT_PLACES.get(" ".join(words))
        if place:
            places.append(place)
            return " "
        if _ELSE_CALLED.match(inside) or inside.startswith("ex "):
            others.append(_ELSE_CALLED.sub("", inside, count=1).removeprefix("ex "))
            return " "
        if tuple(words) in ENDINGS:
            return f" {inside} "
        if all(SPELLINGS.get(word, word) in COMMON for word in words):
            more.extend(words)
            return " "
        others.append(inside)
        return " "

    return _INSIDE.sub(taken, text)


_SHORT_PLACES = {
    "uk": "GB",
    "us": "US",
    "usa": "US",
    "uae": "AE",
    "de": "DE",
    "fr": "FR",
    "nl": "NL",
    "ch": "CH",
}


def _words(text: str) -> list[str]:
    """The words of a text; letters that stand alone, as in “S. p. A.”, are one word."""
    found = _WORD.findall(_plain_marks(text))[:64]
    if all(len(word) > 1 for word in found):
        return found
    joined: list[str] = []
    for alone, run in groupby(found, key=lambda word: len(word) == 1 and word.isalpha()):
        letters = list(run)
        joined.extend(["".join(letters)] if alone else letters)
    return joined


def _plain_marks(text: str) -> str:
    """The text with what stands between the letters of one word taken out, and “&” as a word."""
    if text.isalnum():
        return text
    text = _JOINED.sub(r"\1\2", text).replace("&", " and ").replace("+", " and ")
    return _APOSTROPHE.sub("", _SLASHED.sub(r"\1\2", text))


def _own(words: list[str], places: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The words that are the name's own, and the words of its legal form; finds the country at its end too."""
    forms: list[str] = []
    while len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    while len(words) > 1:
        size = _form_at_end(words)
        if not size:
            break
        forms.append(" ".join(words[-size:]))
        words = words[:-size]
        while len(words) > 1 and words[-1] in CONNECTING:
            words = words[:-1]
    for size in (2, 1):
        if len(words) > size and tuple(words[:size]) in BEGINNINGS:
            forms.append(" ".join(words[:size]))
            words = words[size:]
            break
    for size in (3, 2, 1):
        place = PLACE_WORDS.get(" ".join(words[-size:])) if len(words) > size else None
        if place and words[-size - 1] not in ARTICLES and words[-size - 1] not in CONNECTING:
            places.append(place)
            again, more = _own(words[:-size], [])
            return again, forms + more
    kept = [w for at, w in enumerate(words) if w not in CONNECTING or at == 0 or at == len(words) - 1]
    return tuple(NUMBERS.get(w) or SPELLINGS.get(w, w) for w in kept[:MOST_WORDS]), forms


def _form_at_end(words: list[str]) -> int:
    for size in range(min(LONGEST, len(words) - 1), 0, -1):
        if tuple(words[-size:]) in ENDINGS:
            return size
    return 0
