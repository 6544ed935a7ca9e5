"""Who or what called for a proposal, and in which words."""

from collections.abc import Iterable

from bot.cards.quoting import quoted
from bot.cards.text import mention, one_line, when
from bot.proposal import Approver, Origin, Via


def called_for(origin: Origin, people: Iterable[Approver], limit: int) -> str:
    """Who asked for it, what they said and when; somebody else's person is marked as such."""
    who, said = _who(origin), quoted(origin.words or "", people, limit)
    match origin.via:
        case Via.FOLLOW_UP:
            words = "Follows what was just done" + (
                f": {one_line(origin.words, limit)}" if origin.words else ""
            )
        case Via.RULE:
            words = f"Proposed by a rule: {one_line(origin.words or '', limit)}"
        case Via.FILE:
            words = f"{who} gave {one_line(origin.words or 'a file', limit)}"
        case Via.UNDO:
            words = f"{who} asked to undo: {one_line(origin.words or '', limit)}"
        case Via.RETRY:
            words = f"{who} asked to try the rest again: {one_line(origin.words or '', limit)}"
        case Via.COMMAND:
            words = f"{who} asked" + (f": {said}" if said else "")
        case Via.SHORTCUT:
            words = f"{who} picked a message" + (f": “{said}”" if said else "")
        case _:
            words = f"{who} said: “{said}”" if said else f"{who} asked"
    outside = "  ·  :bust_in_silhouette: outside your company" if origin.company else ""
    return f"{words}  ·  {when(origin.at)}{outside}"


def _who(origin: Origin) -> str:
    company = one_line(origin.company or "", 60)
    return f"{mention(origin.by)} of {company}" if company else mention(origin.by)
