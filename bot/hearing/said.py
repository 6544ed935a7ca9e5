"""A value said for a fact, and the words that lead to one."""

from datetime import date
from typing import NamedTuple

from bot.deal import Deal, Fact, Json
from bot.hearing.deals import own_words
from bot.hearing.extents import value_at
from bot.hearing.labels import Labels
from bot.hearing.people import person_at
from bot.hearing.phrases import Phrases, phrases
from bot.hearing.tokens import Kind, Sentence, Token


class Said(NamedTuple):
    """A fact and the value said for it; ``start`` and ``end`` are the value's places in the sentence."""

    fact: Fact
    value: Json
    start: int
    end: int
    ordered: bool = False  # told to change it, rather than told what it is
    reported: bool = False  # passed on as somebody else's finding


TOWARDS = phrases(
    "to|as|for|at|into|to be|over to|is|to say|to read|of",
)
NAME_TAILS = phrases(
    "score|value|field|result|rating|number|in salesforce|in sfdc|in crm",
)
SIGNS = frozenset(":=→")
OBJECTS = phrases(
    "it|this|this one|this deal|this opp|this opportunity|the deal|the opp|the opportunity|that|us|them",
)
DETERMINERS = phrases(
    "the|our|this|its|aws|aws's|a|an|new|latest|updated|final|official|their|that|amazon|the new",
    "the aws|the updated|and|the final|the latest|expected|revised",
)

SCORERS = phrases(
    "aws|they|amazon|aws team|the aws team|aws sales|aws has|partner|the aws rep|aws rep|the aws folks",
)
BETWEEN = phrases(
    "just|at|a|an|as|as a|as an|at a|with|with a|with an|in at|back|at an",
)
ON = phrases(
    "on|for|as|as the|as our|on the|for the|for our|on our|in the|of",
)


def optioned(
    sentence: Sentence, place: int, labels: Labels, today: date, deal: Deal, ordered: bool
) -> Said | None:
    if place < len(sentence.tokens) and sentence.tokens[place].kind is Kind.QUOTE:
        quoted = sentence.tokens[place].low
        fact = next((f for f in labels.facts if quoted.lower() in (o.lower() for o in f.options)), None)
    else:
        named = labels.option_at(sentence.tokens, place)
        fact = None if named is None else named[0]
    return None if fact is None else valued(fact, sentence, place, deal, today, ordered=ordered)


def valued(
    fact: Fact,
    sentence: Sentence,
    place: int,
    deal: Deal,
    today: date,
    ordered: bool = False,
    reported: bool = False,
) -> Said | None:
    found = value_at(fact, sentence, place, deal, today)
    if found is None or (found[0] is None and not ordered):
        return None
    return Said(fact, found[0], place, found[1], ordered, reported)


IS_NOW = phrases(
    "is now|should be|needs to be|has to be|must be|should now be|should read|moved to|changed to",
    "has changed to|has moved to|just moved to|slipped to|pushed to|got pushed to|is actually|moves to",
    "slips to|goes to|now|is now at|now at|shifted to|pushed out to|has slipped to|dropped to",
    "went up to|went down to|increased to|has been moved to|has been pushed to|was moved to",
    "was pushed to|grew to|ought to be|needs to move to|should move to|should go to|has to move to",
    "needs to go to|is moving to|is slipping to|has gone up to|needs updating to|needs changing to",
    "now is|should say|to|should change to|is now set to|has shifted to|moved out to|moved up to",
    "updated to|adjusted to|revised to|bumped to|raised to|set to|went to|should be set to",
)


def fact_at(
    tokens: tuple[Token, ...], place: int, labels: Labels, short: bool = False
) -> tuple[Fact, int] | None:
    """The fact named here, behind any determiners; "score" or "value" may follow its name."""
    while (named := labels.at(tokens, place, short)) is None:
        determiner = DETERMINERS.at(tokens, place)
        if determiner is None:
            return None
        place += 1
    return named[0], NAME_TAILS.skip(tokens, named[1])


def link(tokens: tuple[Token, ...], place: int, words: Phrases[bool]) -> int | None:
    found = words.at(tokens, place)
    linked = place if found is None else found[1]
    if linked < len(tokens) and tokens[linked].kind is Kind.MARK and tokens[linked].low in SIGNS:
        return linked + 1
    return None if found is None else linked


def after_deal(tokens: tuple[Token, ...], place: int, deal: Deal) -> int:
    """The place after words that mean this deal; the same place when there are none."""
    found = OBJECTS.at(tokens, place)
    if found is not None:
        return found[1]
    end = place + (place < len(tokens) and tokens[place].low == "the")
    start = end
    while end < len(tokens) and tokens[end].low.removesuffix("'s") in own_words(deal):
        end += 1
    if end == start:
        return place
    return end + (end < len(tokens) and tokens[end].low in ("deal", "opp", "opportunity", "account"))


def from_aws(tokens: tuple[Token, ...], place: int, deal: Deal) -> int:
    if place >= len(tokens) or tokens[place].low not in ("from", "by"):
        return place
    person = person_at(tokens, place + 1, deal)
    if person is not None:
        return person[1]
    scorer = SCORERS.at(tokens, place + 1)
    return place if scorer is None else scorer[1]


def quoted(tokens: tuple[Token, ...], place: int) -> bool:
    return place < len(tokens) and tokens[place].kind is Kind.QUOTE
