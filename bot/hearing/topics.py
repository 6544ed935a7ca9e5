"""What a meeting is to be about."""

from datetime import datetime

from bot.deal import Deal
from bot.hearing.people import partner_company, person_at
from bot.hearing.phrases import Phrases, phrases, words
from bot.hearing.times import PARTS, clock_at, minutes_at, span_at
from bot.hearing.tokens import Kind, Sentence, words_of

_ABOUT: Phrases[bool] = Phrases(
    {
        **dict.fromkeys(
            ("about", "regarding", "re", "to discuss", "to talk about", "to talk through", "to review", "to go over",
             "to walk through", "to align on", "to cover", "to go through", "to plan", "to agree on", "to work on",
             "topic", "agenda", "to finalize", "to finalise", "to hash out", "to sort out", "discussing", "covering",
             "to look at", "to prep", "to prepare", "to run through", "to chat about"),
            False,
        ),
        **dict.fromkeys(("for", "on"), True),
    }
)  # fmt: skip
"""What leads to a topic; True where it may as well lead to a day, a length or this deal."""

_NO_TOPIC = words(
    "this it us me them next tomorrow today all everyone the_deal now which early late mid when him her "
    "you that their sometime january february march april may june july august september october "
    "november december zoom teams chime slack meet calendar call meeting sync invite books asap week "
    "monday tuesday wednesday thursday friday"
)
_TOPIC_NOUNS = words(
    "deep dive technical architecture pricing security kickoff intro planning workshop review demo"
)
_TITLES = phrases(
    "technical deep dive|architecture review|deep dive|technical review|account planning",
    "security review|pricing review|solution workshop|technical workshop|architecture deep dive",
    "security deep dive|pricing discussion|account planning session|migration workshop",
    "discovery workshop",
)
_STOPS = phrases(
    "please|thanks|thank you|asap|with|so|because|if|and let|and then|before|by|who|which|at",
)


def topic_at(sentence: Sentence, place: int, end: int, deal: Deal, now: datetime) -> tuple[str, int] | None:
    """The topic named at a place, and the place after it; None where none is named."""
    tokens = sentence.tokens
    if (titled := _TITLES.at(tokens, place)) is not None:
        return sentence.said(place, titled[1]), titled[1]
    lead = _ABOUT.at(tokens, place)
    if lead is None:
        return None
    ambiguous, start = lead
    start += start < end and tokens[start].low == ":"
    while start < end and tokens[start].low in ("the", "a", "an", "our"):
        start += 1
    if start >= end or (ambiguous and not _worth(sentence, place, start, deal, now)):
        return None
    stop = start
    while stop < end and not _stops(sentence, stop, end, deal, now):
        stop += 1
    while stop > start and (
        tokens[stop - 1].kind is Kind.MARK or tokens[stop - 1].low in ("and", "on", "in", "for", "the")
    ):
        stop -= 1
    return (sentence.said(start, stop), stop) if stop > start else None


def _worth(sentence: Sentence, lead: int, start: int, deal: Deal, now: datetime) -> bool:
    tokens = sentence.tokens
    if tokens[start].low in _NO_TOPIC or tokens[start].kind is not Kind.WORD:
        return False
    if tokens[start].low.removesuffix("'s") in words_of(f"{deal.name} {deal.value('account') or ''}"):
        return False
    if person_at(tokens, start, deal) is not None or partner_company(tokens, start, deal):
        return False
    if tokens[start].low in ("deal", "opp", "opportunity", "account", "project"):
        return False
    return span_at(tokens, lead, now.date()) is None and minutes_at(tokens, lead + 1) is None


def _stops(sentence: Sentence, place: int, end: int, deal: Deal, now: datetime) -> bool:
    tokens = sentence.tokens[:end]
    if tokens[place].kind in (Kind.MENTION, Kind.EMOJI, Kind.EMAIL):
        return True
    if tokens[place].kind is Kind.MARK and tokens[place].low not in "&/'":
        return True
    if _STOPS.at(tokens, place) is not None or PARTS.at(tokens, place) is not None:
        return True
    return any(
        found is not None
        for found in (span_at(tokens, place, now.date()), clock_at(tokens, place), minutes_at(tokens, place))
    )
