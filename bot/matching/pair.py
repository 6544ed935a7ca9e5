"""One of ours beside one of theirs: what agrees, what contradicts, and how strong the whole is."""

from dataclasses import dataclass, replace
from functools import lru_cache

from bot.matching.forms import OWNERS
from bot.matching.likeness import Fit, Likeness, likened
from bot.matching.names import loosened
from bot.matching.profile import Profile
from bot.matching.websites import label

CROWD = 20
"""A website that more of ours have than this says as good as nothing: a franchise, a landlord, a host."""

_BY_FIT = {
    Fit.SAME: 50.0,
    Fit.CLOSE: 42.0,
    Fit.PLAIN: 38.0,
    Fit.PART: 25.0,
    Fit.INITIALS: 20.0,
    Fit.APART: 10.0,
    Fit.UNLIKE: 0.0,
}
_SAME = {"duns": 35.0, "website": 30.0, "country": 6.0, "state": 4.0, "legal form": 2.0}
_DIFFERS = {"duns": 14.0, "website": 10.0, "country": 12.0, "state": 4.0, "legal form": 2.0}


@dataclass(frozen=True, slots=True)
class Around:
    """What the lists around a pair say."""

    sharing: int = 1  # of ours that have this website
    bearers: int = 1  # of ours that bear the rarest word of the name
    namesakes: int = 1  # of theirs with this name and country


@dataclass(frozen=True, slots=True)
class Pair:
    """One of ours beside one of theirs, compared."""

    ours: Profile
    theirs: Profile
    like: Likeness
    alike: float  # of 100, letter by letter, in whatever order the words are
    around: Around
    same: frozenset[str]  # of duns, website, country, state, legal form: what both know and agree in
    differs: frozenset[str]  # what both know and do not agree in
    strength: float  # what speaks for it less what speaks against it; two with as much fit equally well


def compared(ours: Profile, theirs: Profile, alike: float, around: Around) -> Pair:
    """The pair, with what a website and a country explain of the words in which the names differ."""
    same, differs = _facts(ours, theirs)
    like = _placed(likened(ours.name, theirs.name), ours, theirs)
    only = (*like.ours_only, *like.theirs_only)
    if like.fit is Fit.PART and "website" in same and in_label(only, ours.domain):
        like = replace(like, fit=Fit.PLAIN, note=f"{ours.domain} has the rest of the name")
    strength = _BY_FIT[like.fit] + alike / 20
    strength += sum(_SAME[what] for what in same) - sum(_DIFFERS[what] for what in differs)
    if "website" in same and around.sharing > CROWD:
        strength -= _SAME["website"] / 2
    return Pair(ours, theirs, like, alike, around, same, differs, round(strength, 3))


def in_label(words: tuple[str, ...], registered: str) -> bool:
    """Whether the part of a domain that its owner chose holds all of these words."""
    chosen = loosened(label(registered))
    return all(len(word) >= 3 and word.isalpha() and loosened(word) in chosen for word in words)


def _facts(ours: Profile, theirs: Profile) -> tuple[frozenset[str], frozenset[str]]:
    """In what the two agree and in what they differ, of what both know."""
    same: list[str] = []
    differs: list[str] = []
    for what, mine, other in (
        ("duns", ours.duns, theirs.duns),
        ("website", ours.domain, theirs.domain),
        ("country", ours.country, theirs.country),
    ):
        if mine and other:
            (same if mine == other else differs).append(what)
    if ours.state and theirs.state and "country" not in differs:
        if ours.state == theirs.state:
            same.append("state")
        elif (len(ours.state) > 3) == (len(theirs.state) > 3):
            differs.append("state")  # not a code here and a name there that no table joins
    mine_owned, other_owned = _owners(ours.name.forms), _owners(theirs.name.forms)
    if mine_owned and other_owned and not mine_owned & other_owned:
        differs.append("legal form")
    elif ours.name.forms and not set(ours.name.forms).isdisjoint(theirs.name.forms):
        same.append("legal form")
    return frozenset(same), frozenset(differs)


@lru_cache(maxsize=4096)
def _owners(forms: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(OWNERS.get(form, frozenset()) for form in forms))


def _placed(like: Likeness, ours: Profile, theirs: Profile) -> Likeness:
    """The likeness once a country in only one of the names is held against where the other is."""
    mine = tuple(p for p in ours.name.places if p not in theirs.name.places and p != theirs.country)
    other = tuple(p for p in theirs.name.places if p not in ours.name.places and p != ours.country)
    if not mine and not other:
        return like
    ours_only, theirs_only = (*like.ours_only, *mine), (*like.theirs_only, *other)
    fit = Fit.APART if ours_only and theirs_only else Fit.PART
    return replace(like, fit=min(like.fit, fit), ours_only=ours_only, theirs_only=theirs_only)
