"""What stands before the verb of a call: "let's", "we really need to", "can you please", or nothing."""

from enum import StrEnum

from bot.hearing.clauses import FILLERS, Clause, Mood
from bot.hearing.phrases import Phrases, phrases, words
from bot.hearing.tokens import Kind, Token


class Force(StrEnum):
    """Who is to act, by the words before the verb."""

    BARE = "bare"  # "submit …", "please submit …"
    OURS = "ours"  # "let's", "we should", "I'll"
    YOURS = "yours"  # "can you": counts only when the bot is asked


OPENINGS: Phrases[Force] = Phrases(
    {
        **dict.fromkeys(
            (
                "let's", "let us", "let me", "we should", "we need to", "we have to", "we must", "we've got to",
                "need to", "have to", "i need to", "i have to", "i want to", "i'd like to", "i would like to",
                "we want to", "we'd like to", "i'll", "i will", "we'll", "we will", "i'm going to", "i am going to",
                "we're going to", "we are going to", "going to", "time to", "it's time to", "i think we should",
                "i think we need to", "i suggest we", "i propose we", "i vote we", "we can now", "we can go ahead and",
                "i'm about to", "about to", "i should", "someone please", "somebody please", "i say we", "we ought to",
                "i'd say we", "ready to go let's", "can we please just", "we better", "we'd better",
            ),
            Force.OURS,
        ),
        **dict.fromkeys(
            (
                "can you", "could you", "would you", "will you", "can you please", "could you please", "can we",
                "could we", "i need you to", "i'd like you to", "i want you to", "you can",
                "feel free to", "would you please", "mind", "please can you", "you should", "you need to",
                "would you be able to", "are you able to",
            ),
            Force.YOURS,
        ),
    }
)  # fmt: skip
"""What may stand before the verb, and what it makes of the clause."""

ADVERBS = phrases(
    "please|go ahead and|just|also|now|really|definitely|quickly|all|still|immediately|finally|then",
    "kindly|maybe not wait and|simply|at least|formally|officially|get moving and|to|both|actually",
    "first|asap",
)
"""What may stand between an opening and its verb."""

_INNER = words("really still just also now then definitely all actually")


def opening(
    clause: Clause, addressed: bool, start: int | None = None, despite: frozenset[Mood] = frozenset()
) -> int | None:
    """The place where the verb of a call stands; None when this clause cannot be one.

    ``start``: read from here rather than from the clause's start. ``despite``: moods to overlook.
    """
    tokens, place = clause.tokens, clause.start if start is None else start
    blocked = clause.moods - despite - ({Mood.ASKED, Mood.PLANNED} if addressed else set())
    place, mentioned = lead_in(tokens, place)
    force, please = Force.BARE, tokens[clause.start].low == "please" if tokens else False
    if (opened := _opened(tokens, place)) is not None:
        force, place = opened
    place = ADVERBS.skip(tokens, place)
    if force is Force.YOURS and not addressed:
        return None
    if force is Force.OURS:
        blocked -= {Mood.TO_SOMEBODY}
    elif not addressed and mentioned:
        return None
    if Mood.ASKED in clause.moods and (force is Force.OURS or (force is Force.BARE and not please)):
        return None
    return None if blocked or place >= len(tokens) else place


def lead_in(tokens: tuple[Token, ...], place: int) -> tuple[int, bool]:
    """The place behind greetings, fillers and mentions, and whether somebody was mentioned."""
    mentioned = False
    while place < len(tokens):
        after = FILLERS.skip(tokens, place)
        if after < len(tokens) and tokens[after].kind is Kind.MENTION:
            mentioned = True
            after += 1
        if after == place:
            break
        place = after
    return place, mentioned


def _opened(tokens: tuple[Token, ...], place: int) -> tuple[Force, int] | None:
    """The opening here, read over one adverb behind its first word: "we really need to"."""
    if (opened := OPENINGS.at(tokens, place)) is not None:
        return opened
    if place + 1 >= len(tokens) or tokens[place + 1].low not in _INNER:
        return None
    opened = OPENINGS.at((tokens[place], *tokens[place + 2 : place + 8]), 0)
    return None if opened is None else (opened[0], place + 1 + opened[1])
