"""Which band a pair of companies belongs to, by rules that a person can follow."""

from bot.matching.likeness import Fit, tells
from bot.matching.pair import CROWD, Pair, in_label
from bot.matching.places import PLACE_WORDS
from bot.matching.profile import is_rare
from bot.matching.values import Band

FEW = 12
"""A word or a name that at most so many of ours bear is rare enough to stand for one company."""
NEAR = 2.5
"""Two of ours whose strengths are no further apart fit equally well."""

_WHOLE_NAME = (Fit.SAME, Fit.CLOSE, Fit.PLAIN)
_HARD = frozenset({"duns", "website", "country"})


def band(pair: Pair) -> Band:
    """The band by what the pair says of itself, as if no other of ours came near."""
    if _sure(pair):
        return Band.SURE
    return Band.REVIEW if _worth_a_look(pair) else Band.NO


def confidence(pair: Pair, found: Band) -> float:
    """From 0 to 1, within the range of its band."""
    if found is Band.SURE:
        return round(0.9 + 0.09 * _share(pair.strength, 55, 130), 3)
    if found is Band.REVIEW:
        return round(0.5 + 0.39 * _share(pair.strength, 15, 100), 3)
    return round(0.49 * _share(pair.strength, 0, 75), 3)


def is_distinctive(pair: Pair) -> bool:
    """Whether the name that both bear is one that hardly another company would have."""
    letters = sum(len(word) for word in pair.like.shared if is_rare(word) and word not in PLACE_WORDS)
    return letters >= 6 and pair.around.bearers <= FEW and pair.around.namesakes <= 1


def _sure(pair: Pair) -> bool:
    fit = pair.like.fit
    if "duns" in pair.differs or "country" in pair.differs:
        return False
    if "duns" in pair.same:
        known = fit in _WHOLE_NAME or fit is Fit.INITIALS or ("website" in pair.same and _one_company(pair))
        return known and ("website" not in pair.differs or fit is Fit.SAME)
    if "website" in pair.same:
        if pair.around.sharing > CROWD:
            return fit is Fit.SAME and "state" in pair.same
        if pair.around.sharing > 1:
            return fit is Fit.SAME
        return fit in _WHOLE_NAME or fit is Fit.INITIALS
    if (
        fit is not Fit.SAME
        or "website" in pair.differs
        or "state" in pair.differs
        or "legal form" in pair.differs
    ):
        return False
    # One word and a country are too little: invented words are invented twice.
    return is_distinctive(pair) and (
        "state" in pair.same or ("country" in pair.same and len(pair.like.shared) > 1)
    )


def _worth_a_look(pair: Pair) -> bool:
    fit, against = pair.like.fit, len(pair.differs & _HARD)
    if "duns" in pair.same:
        return True
    if "website" in pair.same and (pair.around.sharing <= CROWD or fit >= Fit.PLAIN):
        return fit is not Fit.UNLIKE or pair.around.sharing <= 3
    rare = any(is_rare(word) for word in pair.like.shared)
    if fit >= Fit.CLOSE:
        return against == 0 or (against == 1 and (rare or (fit is Fit.SAME and "country" in pair.same)))
    if fit in (Fit.PLAIN, Fit.PART):
        return against == 0 and rare and pair.alike >= 55
    return fit is Fit.INITIALS and against == 0


def _one_company(pair: Pair) -> bool:
    """Whether names that differ may be two of one company that has this DUNS and this website to itself."""
    like = pair.like
    if pair.around.sharing > 1 or any(tells(word) for word in (*like.ours_only, *like.theirs_only)):
        return False
    if like.fit is not Fit.UNLIKE:
        return any(is_rare(word) for word in like.shared)
    return any(in_label((word,), pair.ours.domain) for word in (*pair.ours.rare, *pair.theirs.rare))


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
