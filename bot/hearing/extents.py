"""How far a value reaches in a sentence, and what it is."""

import re
from datetime import date

from bot.deal import Deal, Fact, FieldType, Json
from bot.errors import Refused
from bot.hearing import values
from bot.hearing.labels import option_at
from bot.hearing.phrases import phrases, words
from bot.hearing.tokens import Kind, Sentence, Token

_CURRENCIES = words("eur usd gbp chf dollars euros bucks € $ £")
_SCALES = words("k m mm mn mil million thousand bn billion")
_NUMBER = re.compile(r"[$€£]?\d+(?:[.,]\d+)*(?:k|m|mm|mn|bn)?%?")
_THREE = re.compile(r"\d{3}")
_GROUPED = re.compile(r"(?<=\d) (?=\d{3}\b)")
_OUT_OF = re.compile(r"(\d+(?:\.\d+)?)/(\d+)")
_DATE_STARTS = phrases(
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august",
    "september|october|november|december|end of|the end of|eoq|eom|eoy|eow|q1|q2|q3|q4|today|tomorrow",
    "next|the|mid|early|late|in|monday|tuesday|wednesday|thursday|friday|saturday|sunday|last day of",
    "the last day of|first of|start of|beginning of|mon|tue|wed|thu|fri|year end|month end|quarter end",
    "end|this",
)
_AFTER_VALUE = phrases(
    "now|today|please|from|per|according|for|on|in|and|but|so|thanks|thank you|which|with|via|instead",
    "as of|this|not|team|guys|folks|everyone|because|since|too|also|as well|then|based|right away|asap",
    "here|good|points|back|out of|officially|finally|at last|nice|great|woohoo|if|when|once|after|until",
    "unless|yesterday|last|by|before|tomorrow|later|next|as|was|up|down|lol|haha|jk|maybe|already",
    "tonight|immediately|again|percent|according to|to reflect|on our side|while|we|i|it|lets|let's",
    "can you|could you|will you|whenever|yay|just|in salesforce|in sfdc|right|hot",
)
_QUARTERS = {"q1": "march", "q2": "june", "q3": "september", "q4": "december"}
"""The last month of a calendar quarter."""
_THANKS = phrases(
    "please|thanks|thank you|ty|cheers|asap|now|today|right away|for now|instead",
)
_LEAVES = phrases(
    "set|change|update|move|push|bump|mark|let's|please|i'll|we'll|put|submit|register|refer|book",
    "schedule|can you|we should",
)
_ACE_ID = re.compile(r"o\d{5,20}")


def value_at(fact: Fact, sentence: Sentence, place: int, deal: Deal, today: date) -> tuple[Json, int] | None:
    """The value for ``fact`` that starts at a token, typed, and the place after it; None where there is none."""
    tokens = sentence.tokens
    if place < len(tokens) and tokens[place].kind is Kind.QUOTE:
        return _typed(fact, tokens[place].low, today, place + 1)
    if place < len(tokens) and tokens[place].low in ("a", "an", "the") and fact.type is not FieldType.DATE:
        place += 1
    if place >= len(tokens):
        return None
    if fact.name == "ace_id":
        return _identifier(fact, tokens, place, today)
    if fact.options:
        return _option(fact, tokens, place, today)
    match fact.type:
        case FieldType.NUMBER:
            return _number(fact, sentence, place, today)
        case FieldType.DATE | FieldType.DATETIME:
            return _date(fact, sentence, place, today)
        case FieldType.BOOLEAN:
            return _typed(fact, tokens[place].low, today, place + 1)
    if fact.name == "partner_of_record":
        return _partner(fact, tokens, place, deal, today)
    return _text(fact, sentence, place, today)


def closes(tokens: tuple[Token, ...], place: int) -> bool:
    """Whether a value may end before this token."""
    if place >= len(tokens) or tokens[place].kind in (Kind.EMOJI, Kind.MENTION, Kind.LINK):
        return True
    if tokens[place].kind is Kind.MARK:
        return tokens[place].low not in "%+=~&/" or place + 1 >= len(tokens)
    return _AFTER_VALUE.at(tokens, place) is not None


def _typed(fact: Fact, words: str, today: date, end: int) -> tuple[Json, int] | None:
    try:
        return values.parse(fact, words, today), end
    except Refused:
        return None


def _identifier(fact: Fact, tokens: tuple[Token, ...], place: int, today: date) -> tuple[Json, int] | None:
    word = tokens[place].low
    return _typed(fact, word.upper(), today, place + 1) if _ACE_ID.fullmatch(word) else None


def _option(fact: Fact, tokens: tuple[Token, ...], place: int, today: date) -> tuple[Json, int] | None:
    named = option_at(fact, tokens, place)
    if named is None:
        return None
    option, end = named
    if end < len(tokens) and tokens[end].low in ("stage", "phase"):
        end += 1
    return _typed(fact, option, today, end) if closes(tokens, end) else None


def _number(fact: Fact, sentence: Sentence, place: int, today: date) -> tuple[Json, int] | None:
    tokens, start = sentence.tokens, place
    if tokens[place].low in _CURRENCIES and place + 1 < len(tokens):
        place += 1
    said = tokens[place].low if tokens[place].kind is Kind.NUMBER else ""
    end = place + 1
    if (share := _OUT_OF.fullmatch(said)) is not None:
        if fact.high is None or float(share[2]) != fact.high:
            return None
        words = share[1]
    elif _NUMBER.fullmatch(said):
        while fact.high is None and end < len(tokens) and _THREE.fullmatch(tokens[end].low):
            end += 1  # 300 000
        while end < len(tokens) and tokens[end].low in (_CURRENCIES | _SCALES):
            end += 1
        if end + 2 < len(tokens) + 1 and [t.low for t in tokens[end : end + 2]] == ["out", "of"]:
            total = tokens[end + 2].low if end + 2 < len(tokens) else ""
            if fact.high is None or total != f"{fact.high:g}":
                return None
            words, end = said, end + 3
        else:
            words = _GROUPED.sub("", sentence.said(start, end))
    else:
        return None
    if fact.high == 100:
        words = words.rstrip("%")
    return _typed(fact, words, today, end) if closes(tokens, end) else None


def _date(fact: Fact, sentence: Sentence, place: int, today: date) -> tuple[Json, int] | None:
    tokens = sentence.tokens
    if tokens[place].kind is not Kind.NUMBER and _DATE_STARTS.at(tokens, place) is None:
        return None
    for end in range(min(place + 7, len(tokens)), place, -1):
        if not closes(tokens, end) or tokens[end - 1].kind is Kind.MARK:
            continue
        words = " ".join(_QUARTERS.get(token.low, token.low) for token in _once(tokens[place:end]))
        for written in (sentence.said(place, end), words):
            if (found := _typed(fact, written, today, end)) is not None:
                return found
    return None


def _once(tokens: tuple[Token, ...]) -> list[Token]:
    return [token for token in tokens if token.kind is not Kind.MARK]


def _partner(
    fact: Fact, tokens: tuple[Token, ...], place: int, deal: Deal, today: date
) -> tuple[Json, int] | None:
    known = {deal.referring.partner_of_record, *(p.company for p in deal.team if p.company)}
    for name in known:
        if name and tokens[place].low == name.lower() and closes(tokens, place + 1):
            return _typed(fact, name, today, place + 1)
    return None


def _text(fact: Fact, sentence: Sentence, place: int, today: date) -> tuple[Json, int] | None:
    """Free words go to the sentence's end, or to where a further call begins."""
    tokens, end = sentence.tokens, len(sentence.tokens)
    for here in range(place + 1, end):
        joined = tokens[here - 1].low in ("and", ",", "then", ";", "-", "–", "—", "but")
        if joined and _LEAVES.at(tokens, here) is not None:
            end = here - 1
            break
    while end > place and (
        tokens[end - 1].kind in (Kind.MARK, Kind.EMOJI) or tokens[end - 1].low in ("and", "then")
    ):
        end -= 1
    for here in range(max(place + 1, end - 3), end):
        if _THANKS.skip(tokens, here) == end:
            end = here
            break
    while end > place and tokens[end - 1].kind is Kind.MARK:
        end -= 1
    words = sentence.said(place, end)
    return _typed(fact, words, today, len(tokens) if end == len(tokens) else end) if words else None
