"""The ways in which somebody else's list writes the name of a company."""

import random
from collections.abc import Callable
from dataclasses import replace

from sandbox.lists.names import WORDS, Made, plain

_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ß": "ss"})
Way = Callable[[Made, random.Random], str]


def _typo(made: Made, rng: random.Random) -> str:
    at = rng.randrange(2, len(made.word) - 1)
    word = made.word
    swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return (
        f"{rng.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))} {made.trade}"
    )


def _other_form(made: Made, rng: random.Random) -> str:
    same = next(forms for forms in made.country.forms if made.form in forms)
    return f"{made.core}{rng.choice((' ', ', '))}{rng.choice(same)}"


_SHORT = {
    "International": "Intl",
    "Manufacturing": "Mfg",
    "Technologies": "Tech",
    "Services": "Svcs",
    "Engineering": "Eng.",
    "Pharmaceuticals": "Pharma",
    "Telecommunications": "Telecom",
    "Financial": "Fin.",
}


def _abbreviated(made: Made, rng: random.Random) -> str:
    return " ".join(_SHORT.get(word, word) for word in made.name.split())


def _folded(made: Made, rng: random.Random) -> str:
    return rng.choice(
        (plain(made.core).replace("-", " "), plain(made.core.translate(_TWO)).replace("-", " "))
    )


WAYS: tuple[Way, ...] = (
    lambda made, rng: made.core,
    lambda made, rng: made.name,
    _other_form,
    _other_form,
    _abbreviated,
    _folded,
    _typo,
    lambda made, rng: made.name.upper(),
    lambda made, rng: f"The {made.core} Group",
    lambda made, rng: f"{made.core} ({made.country.name})",
    lambda made, rng: f"{made.core} - {made.country.codes[0]}",
    lambda made, rng: f"{made.trade}, {made.word}",
    lambda made, rng: made.core.replace(" ", "-"),
    lambda made, rng: f"{made.name} (formerly {rng.choice(WORDS)} {made.trade})",
    lambda made, rng: f"{made.name} dba {made.word}",
    lambda made, rng: made.name[:30].rstrip(),
)
"""The ways in which another list may write a company's name."""


def moved(made: Made, rng: random.Random) -> Made:
    """The company with the website that it had before."""
    return replace(made, domain=f"{plain(made.word).lower()}-online.example")
