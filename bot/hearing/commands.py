"""What a clause orders to be changed; see ``bot.hearing.fields`` for the outline of the grammar."""

from datetime import date

from bot.deal import Deal
from bot.hearing.extents import closes, value_at
from bot.hearing.labels import REPORTED, Labels
from bot.hearing.phrases import phrases
from bot.hearing.said import (
    DETERMINERS,
    IS_NOW,
    ON,
    TOWARDS,
    Said,
    after_deal,
    fact_at,
    link,
    optioned,
    quoted,
    valued,
)
from bot.hearing.tokens import Sentence

_DOING = [
    f"{who} {doing}"
    for who in ("i'm", "we're", "i am", "we are")
    for doing in [
        "moving",
        "setting",
        "updating",
        "changing",
        "pushing",
        "marking",
        "bumping",
        "putting",
        "making",
        "tagging",
    ]
]
_CHANGE = phrases(
    _DOING,
    "set|change|update|move|push|bump|raise|lower|increase|decrease|reduce|drop|put|mark|make|switch",
    "adjust|correct|fix|record|log|note|enter|extend|slip|pull|pull in|bring|flip|add|push out",
    "push back|bump up|bring in|edit|amend|get|advance|progress|tag|flag|classify|delay|shift|revise",
    "write|list|save|capture|pop|up",
)
_MOVE = phrases(
    _DOING,
    "move|push|set|mark|advance|progress|change|put|flip|switch|update|take|bump|tag|flag|classify|make",
    "bring",
)
_PARTICLES = phrases(
    "out|up|down|in|forward|back|over|on this|for this deal|for this|on this one|here|value|field|on it",
)


def command(
    sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date, addressed: bool
) -> Said | None:
    """What a clause orders whose verb stands at ``place``."""
    tokens = sentence.tokens
    verb = _CHANGE.at(tokens, place)
    if verb is None:
        return _elliptic(sentence, place, labels, deal, today) if addressed else None
    after = verb[1]
    return (
        _label_first(sentence, after, labels, deal, today)
        or _deal_first(sentence, place, after, labels, deal, today)
        or _value_first(sentence, after, labels, deal, today)
    )


def _label_first(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    tokens = sentence.tokens
    named = fact_at(tokens, place, labels, short=True)
    if named is None:
        return None
    fact, place = named
    place = _PARTICLES.skip(tokens, place)
    if place < len(tokens) and tokens[place].low == "from":
        towards = next(
            (n for n in range(place + 1, min(place + 8, len(tokens))) if tokens[n].low == "to"), None
        )
        place = place if towards is None else towards
    linked = link(tokens, place, TOWARDS)
    if linked is None and (fact.name in REPORTED or quoted(tokens, place)):
        linked = place  # "log P2B 82"
    return None if linked is None else valued(fact, sentence, linked, deal, today, ordered=True)


def _deal_first(
    sentence: Sentence, verb: int, place: int, labels: Labels, deal: Deal, today: date
) -> Said | None:
    """ "move it to Negotiation", "mark this as partner sourced" """
    tokens = sentence.tokens
    if _MOVE.at(tokens, verb) is None:
        return None
    place = _PARTICLES.skip(tokens, after_deal(tokens, place, deal))
    towards = TOWARDS.at(tokens, place)
    if towards is None and tokens[verb].low not in ("mark", "tag", "flag", "make"):
        return None
    place = place if towards is None else towards[1]
    while place < len(tokens) and tokens[place].low in ("the", "stage", "a", "an"):
        place += 1
    return optioned(sentence, place, labels, today, deal, ordered=True)


def _value_first(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "make AWS the partner of record", "log 82 as the P2B", "add 'Call Lena' as next step" """
    tokens = sentence.tokens
    place += place < len(tokens) and tokens[place].low in ("a", "an", "the", "that")
    for label in range(place + 1, min(place + 7, len(tokens))):
        on = ON.at(tokens, label)
        after = on[1] if on is not None else label
        determiner = DETERMINERS.at(tokens, after)
        if on is None and determiner is None and label > place + 1:
            continue
        named = labels.at(tokens, determiner[1] if determiner is not None else after)
        if named is None:
            continue
        said = Sentence(tokens[:label], sentence.text)
        found = value_at(named[0], said, place, deal, today)
        if found is not None and found[1] == label and closes(tokens, named[1]):
            return Said(named[0], found[0], place, named[1], ordered=True)
    return None


def _elliptic(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "@bot score 82", "@bot next step send order form" """
    tokens = sentence.tokens
    named = fact_at(tokens, place, labels, short=True)
    if named is None:
        return None
    linked = link(tokens, named[1], IS_NOW)
    linked = named[1] if linked is None else linked
    to = TOWARDS.at(tokens, linked)
    return valued(named[0], sentence, linked if to is None else to[1], deal, today, ordered=True)
