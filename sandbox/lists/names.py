"""Companies that do not exist, and others that could be taken for them."""

import random
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.lists.places import COUNTRIES, WEIGHTS, Country

_FIRST = (
    "Bren Hald Marv Torl Calv Wend Larr Ostr Kelv Velt Norb Alder Berk Corv Dav Elst Farn Garv Holv Ivar Jasp "
    "Lind Mond Pelt Quill Rosk Salv Tamb Ulv Varn Wilt Zand Thorn Skell Drum Fenn Glast Harrow Kest Lomb Morv "
    "Nest Orv Pend Rav Strand Tarr Verd Yarn Brack Crell Dulv Esk Froth Grel Hask Jorv Krems Lusk Mard Naul Plov"
)
_FIRSTS = _FIRST.split()
_MIDDLE = ("", "", "", "a", "e", "o", "an", "el", "er", "in")
_LAST = (
    "wick mont vale gate holt shaw brook stead mere combe thorpe hurst more dine tano vara dori tria quist lund "
    "feld bach vik dal ona ani eso ario etti ique aux oire ova enko ska mir zen tek max ora elle isto anto umi"
)
_LASTS = _LAST.split()
WORDS = ("Bellwether", "Foxglove", "Windrush", "Sandpiper", "Cinnabar", "Halyard", "Kittiwake", "Samphire")
TRADES = {
    "Logistics": "Transportation",
    "Foods": "Food & Beverage",
    "Software": "Technology",
    "Energy": "Energy",
    "Pharmaceuticals": "Biotechnology",
    "Manufacturing": "Manufacturing",
    "Insurance": "Insurance",
    "Bank": "Banking",
    "Retail": "Retail",
    "Media": "Media",
    "Chemicals": "Chemicals",
    "Telecommunications": "Telecommunications",
    "Engineering": "Engineering",
    "Health": "Healthcare",
    "Technologies": "Technology",
    "Electronics": "Electronics",
    "International Shipping": "Shipping",
    "Financial Services": "Finance",
    "Machinery": "Machinery",
    "Consulting": "Consulting",
}
"""What a company does, as its name says, and the account's industry."""
_TRADES = tuple(TRADES)


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up company, with everything known of it."""

    word: str  # what tells it from others: "Kelvavara"
    trade: str
    country: Country
    form: str
    domain: str
    duns: str
    state: str  # the code, or empty

    @property
    def core(self) -> str:
        """The name without its legal form."""
        return f"{self.word} {self.trade}"

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.core} {self.form}"


class Maker:
    """Makes companies, none twice, and none that the companies given could be taken for."""

    def __init__(self, rng: random.Random, others: Iterable[Made] = ()) -> None:
        self._rng = rng
        self._words: set[str] = set()
        self._known: set[tuple[str, str]] = set()
        self._duns: set[str] = set()
        for made in others:
            self._remember(made)

    def company(self) -> Made:
        """Another company, of a name that nothing else has."""
        rng = self._rng
        country = rng.choices(COUNTRIES, WEIGHTS)[0]
        word = self._word()
        word = _marked(word, country, rng) if rng.random() < 0.3 else word
        return self._of(word, rng.choice(_TRADES), country, rng.choice(("example", country.suffix)))

    def relative(self, of: Made) -> Made:
        """Another company that has the name of this one, in another trade or in another country."""
        while True:
            trade, country = self._rng.choice(_TRADES), of.country
            if self._rng.random() < 0.4:
                trade, country = of.trade, self._rng.choice(COUNTRIES)
            if (f"{of.word} {trade}", country.name) not in self._known:
                return self._of(of.word, trade, country, country.suffix)

    def near(self, of: Made) -> Made:
        """A company in another trade whose name is that of this one but for a letter."""
        rng = self._rng
        at = rng.randrange(1, len(of.word))
        word = of.word[:at] + rng.choice("aeiou".replace(of.word[at], "")) + of.word[at + 1 :]
        trade = rng.choice([trade for trade in _TRADES if trade != of.trade])
        return self._of(word, trade, of.country, "example")

    def _of(self, word: str, trade: str, country: Country, suffix: str) -> Made:
        rng = self._rng
        label = plain(f"{word}-{trade}").lower()
        state = rng.choice(country.states)[0] if country.states and rng.random() < 0.8 else ""
        form = rng.choice(country.forms)[0]
        made = Made(word, trade, country, form, f"{label}.{suffix}", self._number(), state)
        self._remember(made)
        return made

    def _number(self) -> str:
        while True:
            number = f"{self._rng.randrange(10_000_000, self._rng.choice((100_000_000, *[10**9] * 5))):09d}"
            if number not in self._duns:
                return number

    def _remember(self, made: Made) -> None:
        self._words.add(plain(made.word))
        self._known.add((made.core, made.country.name))
        self._duns.add(made.duns)

    def _word(self) -> str:
        rng = self._rng
        while True:
            word = rng.choice(_FIRSTS) + rng.choice(_MIDDLE) + rng.choice(_LASTS)
            if len(self._words) > 8_000 or rng.random() < 0.08:
                word = f"{rng.choice(WORDS)} {word}"
            if plain(word) not in self._words:
                return word


def _marked(word: str, country: Country, rng: random.Random) -> str:
    """The word with one letter as the country's own spelling has it."""
    letters, marked = country.marks
    found = [i for i, letter in enumerate(word) if letter and letter in letters]
    if not found:
        return word
    at = rng.choice(found)
    return word[:at] + marked[letters.index(word[at])] + word[at + 1 :]


_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "å": "a"})


def plain(text: str) -> str:
    """The text in ASCII letters, marks left out."""
    apart = unicodedata.normalize("NFD", text.translate(_LETTERS))
    return "".join(c for c in apart if not unicodedata.combining(c)).replace(" ", "-")
