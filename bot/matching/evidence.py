"""What speaks for a pair and against it, in short phrases."""

from collections.abc import Iterator

from bot.matching.judging import FEW
from bot.matching.likeness import Fit
from bot.matching.pair import CROWD, Pair
from bot.matching.values import Band


def told(pair: Pair, band: Band) -> tuple[str, ...]:
    """The phrases: the strong signs first, then the names, then what stands against it."""
    return (*_signs(pair), *_names(pair), *_against(pair), *_why_not_sure(pair, band))


def _signs(pair: Pair) -> Iterator[str]:
    if "duns" in pair.same:
        yield f"same DUNS {pair.ours.duns}"
    if "website" in pair.same:
        yield f"same website {pair.ours.domain}"
        if pair.around.sharing > 1:
            yield f"{pair.around.sharing} of ours have this website"


def _names(pair: Pair) -> Iterator[str]:
    like = pair.like
    match like.fit:
        case Fit.SAME:
            yield "same name"
        case Fit.CLOSE if like.nearly:
            yield "names spelled almost alike: " + ", ".join(
                f"“{one}” and “{two}”" for one, two in like.nearly
            )
        case Fit.CLOSE | Fit.INITIALS:
            yield like.note
        case Fit.UNLIKE:
            yield f"names differ: {pair.alike:.0f} of 100 alike"
        case _:
            yield f"names alike: {pair.alike:.0f} of 100"
    if like.fit in (Fit.PLAIN, Fit.PART, Fit.APART):
        if like.ours_only:
            yield f"only ours says {_quoted(like.ours_only)}"
        if like.theirs_only:
            yield f"only theirs says {_quoted(like.theirs_only)}"
        if like.note:
            yield like.note
    if "state" in pair.same:
        yield f"same state {pair.ours.state}"
    elif "country" in pair.same:
        yield f"same country {pair.ours.country}"


def _against(pair: Pair) -> Iterator[str]:
    ours, theirs = pair.ours, pair.theirs
    for what, name, mine, other in (
        ("duns", "DUNS", ours.duns, theirs.duns),
        ("website", "website", ours.domain, theirs.domain),
        ("country", "country", ours.country, theirs.country),
        ("state", "state", ours.state, theirs.state),
    ):
        if what in pair.differs:
            yield f"{name} differs: {mine}, {other}"
    if "legal form" in pair.differs:
        yield f"legal form differs: {', '.join(pair.ours.name.forms)} and {', '.join(pair.theirs.name.forms)}"


def _why_not_sure(pair: Pair, band: Band) -> Iterator[str]:
    if (
        band is not Band.REVIEW
        or pair.like.fit is not Fit.SAME
        or pair.differs & {"duns", "website", "country"}
    ):
        return
    if "website" in pair.same or "duns" in pair.same:
        if pair.around.sharing > CROWD:
            yield "too many have this website for it to say who this is"
        return
    if pair.around.namesakes > 1:
        yield f"{pair.around.namesakes} of theirs have this name"
    elif pair.around.bearers > FEW:
        yield f"{pair.around.bearers} of ours have such a name"
    elif not ("country" in pair.same or "state" in pair.same):
        yield "nothing but the name agrees"
    elif len(pair.like.shared) == 1:
        yield "a name of one word"
    elif "state" not in pair.differs and "legal form" not in pair.differs:
        yield "a name that many companies could have"


def _quoted(words: tuple[str, ...]) -> str:
    return " ".join(f"“{word.capitalize()}”" for word in words)
