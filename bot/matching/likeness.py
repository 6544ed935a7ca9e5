"""How alike two names are, word by word, and what only one of them says."""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate

from rapidfuzz.distance import OSA

from bot.matching.names import Name, loosened
from bot.matching.profile import is_rare
from bot.matching.words import ARTICLES, COMMON, PLAIN, TELLING

CUT = 14
"""Letters from which on a name that is the beginning of another was cut short rather than being its own."""

Words = tuple[str, ...]


class Fit(IntEnum):
    """How two names fit, the worst first."""

    UNLIKE = 0
    APART = 1  # each says what the other does not
    INITIALS = 2
    PART = 3  # one says what the other does not
    PLAIN = 4  # the same but for words that tell nothing
    CLOSE = 5  # a spelling, an order, a shortening, or another name of one
    SAME = 6


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two names fit, and the words in which they differ."""

    fit: Fit
    ours_only: Words = ()
    theirs_only: Words = ()
    nearly: tuple[tuple[str, str], ...] = ()  # the same word, in two spellings
    shared: Words = ()
    note: str = ""  # what makes it no more than close


def likened(ours: Name, theirs: Name) -> Likeness:
    """The best fit of any name of the one to any name of the other."""
    best = _fit(ours.words, theirs.words, ours.umlauts or theirs.umlauts)
    if best.fit >= Fit.CLOSE or not (ours.others or theirs.others):
        return best
    for mine in (ours.words, *ours.others):
        for other in (theirs.words, *theirs.others):
            if (mine, other) == (ours.words, theirs.words):
                continue
            like = _fit(mine, other, ours.umlauts or theirs.umlauts)
            if like.fit >= Fit.CLOSE and _weighty(like.shared or mine):
                name = " ".join(mine if mine != ours.words else other)
                return Likeness(Fit.CLOSE, shared=like.shared, note=f"one also goes by “{name}”")
    return best


def tells(word: str) -> bool:
    """Whether a word that only one of two names says tells them apart whatever else agrees."""
    return word in TELLING or not word.isalpha() or len(word) == 1


def _weighty(words: Words) -> bool:
    return any(is_rare(word) for word in words)


def _fit(ours: Words, theirs: Words, umlauts: bool) -> Likeness:
    if not ours or not theirs or len(ours[0]) + len(theirs[0]) < 3:
        return Likeness(Fit.UNLIKE)
    if ours == theirs:
        return Likeness(Fit.SAME, shared=ours)
    if "".join(ours) == "".join(theirs):
        return Likeness(Fit.SAME, shared=ours)
    mine, other, shared = _apart(ours, theirs)
    nearly: list[tuple[str, str]] = []
    mine, other, exact = _paired(mine, other, nearly, umlauts)
    shared += exact
    mine = [word for word in mine if word not in ARTICLES]
    other = [word for word in other if word not in ARTICLES]
    if mine and other and "".join(mine) == "".join(other):
        shared, mine, other = [*shared, *mine], [], []
    done = tuple(shared)
    if not mine and not other:
        if nearly:
            return Likeness(Fit.CLOSE, nearly=tuple(nearly), shared=done)
        ordered = [w for w in ours if w not in ARTICLES] == [w for w in theirs if w not in ARTICLES]
        if exact or ordered or any(is_rare(word) for word in done):
            return Likeness(Fit.SAME, shared=done)
        return Likeness(Fit.CLOSE, shared=done, note="the same words in another order")
    return _leftover(ours, theirs, mine, other, nearly, done)


def _leftover(
    ours: Words,
    theirs: Words,
    mine: list[str],
    other: list[str],
    nearly: list[tuple[str, str]],
    shared: Words,
) -> Likeness:
    found = Likeness(Fit.UNLIKE, tuple(mine), tuple(other), tuple(nearly), shared)
    if _misspelt(ours, theirs, mine, other):
        return Likeness(Fit.CLOSE, nearly=(("".join(ours), "".join(theirs)),), shared=ours)
    if _cut(ours, theirs) or _cut(theirs, ours):
        return Likeness(Fit.CLOSE, shared=shared or ours, note="one name is cut short")
    if _initials(ours, theirs) or _initials(theirs, ours):
        return Likeness(Fit.INITIALS, shared=shared, note="one name is the initials of the other")
    if not shared and not nearly:
        return found
    if mine and other:
        fit = Fit.APART
    elif all(word in PLAIN for word in (*mine, *other)):
        fit = Fit.PLAIN
    else:
        fit = Fit.PART
    return Likeness(fit, tuple(mine), tuple(other), tuple(nearly), shared)


def _apart(ours: Words, theirs: Words) -> tuple[list[str], list[str], list[str]]:
    """The words that each says alone, and those that both say."""
    other = list(theirs)
    mine, shared = [], []
    for word in ours:
        if word in other:
            other.remove(word)
            shared.append(word)
        else:
            mine.append(word)
    return mine, other, shared


def _paired(
    mine: list[str], other: list[str], nearly: list[tuple[str, str]], umlauts: bool
) -> tuple[list[str], list[str], list[str]]:
    """What is left once words in two spellings are taken for one; fills ``nearly``."""
    left, exact = [], []
    for word in mine:
        twin = next((w for w in other if _same_word(word, w)), None)
        if twin is None:
            left.append(word)
            continue
        other = [w for at, w in enumerate(other) if at != other.index(twin)]
        if umlauts and loosened(word) == loosened(twin):
            exact.append(word)
        else:
            nearly.append((word, twin))
    return left, other, exact


@lru_cache(maxsize=65536)
def _same_word(one: str, two: str) -> bool:
    """Whether two words are one in two spellings: a slip of a letter or two, an umlaut, an abbreviation."""
    short, long = sorted((one, two), key=len)
    if not one.isalpha() or not two.isalpha():
        return False
    if len(short) == 1:
        return len(long) > 1 and long[0] == short and long not in TELLING
    if loosened(one) == loosened(two):
        return True
    if one in COMMON and two in COMMON:
        return False
    if long in COMMON and _abbreviates(short, long):
        return True
    if len(short) >= 4 and long.startswith(short) and len(long) - len(short) >= 2 and short not in COMMON:
        return True
    return len(short) >= 5 and OSA.distance(one, two, score_cutoff=2) <= (2 if len(short) >= 9 else 1)


def _abbreviates(short: str, long: str) -> bool:
    """Whether a word is left when letters of a longer one are: ``engrg`` of engineering."""
    if len(short) < 3 or len(long) - len(short) < 2 or short[0] != long[0]:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _misspelt(ours: Words, theirs: Words, mine: list[str], other: list[str]) -> bool:
    """Whether the whole names differ in a letter or two where words were joined or split as well."""
    if len(ours) == len(theirs) or any(tells(word) for word in (*mine, *other)):
        return False
    one, two = "".join(ours), "".join(theirs)
    return len(one) >= 8 and OSA.distance(one, two, score_cutoff=2) <= (2 if len(one) >= 14 else 1)


def _cut(short: Words, long: Words) -> bool:
    """Whether the one is the beginning of the other, cut within a word; cut between words it is a name of its own."""
    one, two = "".join(short), "".join(long)
    if len(one) < CUT or len(two) <= len(one) or not two.startswith(one):
        return False
    return len(one) not in accumulate(len(word) for word in long)


def _initials(short: Words, long: Words) -> bool:
    if len(short) != 1 or not 3 <= len(short[0]) <= 6:
        return False
    return short[0] in {"".join(w[0] for w in long), "".join(w[0] for w in long if w not in ARTICLES)}
