"""What a stretch of words says about a meeting: who, when, how long, about what."""

from datetime import datetime
from typing import NamedTuple

from bot.deal import Deal, Person
from bot.hearing.calendar_days import MONTHS
from bot.hearing.deals import known_words
from bot.hearing.people import partner_company, person_at
from bot.hearing.phrases import words
from bot.hearing.times import PARTS, Span, clock_at, exactly, minutes_at, span_at
from bot.hearing.tokens import Kind, Sentence, Token
from bot.hearing.topics import topic_at

Tokens = tuple[Token, ...]
_CONNECTING = words(
    "with and for in on at a an the to of min minutes call meeting sync , : & + . - – please joint "
    "about from or sometime any time s team folks slot quick half around is be between days day @ / "
    "some up set schedule book meet"
)


class Gathered(NamedTuple):
    """What a stretch of words says about a meeting."""

    people: tuple[Person, ...] = ()
    said: tuple[str, ...] = ()
    partner: bool = False  # the partner's company is to come
    strangers: bool = False  # somebody is to come whom nobody knows here
    minutes: int | None = None
    span: Span = Span(None, None)
    part: str | None = None
    exact: datetime | None = None
    topic: str | None = None
    left: tuple[str, ...] = ()  # words that mean nothing here


def gathered(
    sentence: Sentence, place: int, end: int, deal: Deal, now: datetime, bare: bool = False
) -> Gathered:
    """What the words from ``place`` to ``end`` say of people, days, length and topic; ``bare``: of a command."""
    tokens, got, clock = sentence.tokens[:end], Gathered(), None
    while place < end:
        token = tokens[place]
        if (person := person_at(tokens, place, deal)) is not None:
            words = (
                f"<@{token.low}>"
                if token.kind is Kind.MENTION
                else sentence.said(place, person[1]).removesuffix("'s")
            )
            if token.kind is Kind.EMAIL:
                words = token.low
            if person[0] not in got.people:
                got = got._replace(people=(*got.people, person[0]), said=(*got.said, words))
            place = person[1]
        elif got.topic is None and (about := topic_at(sentence, place, end, deal, now)) is not None:
            got, place = got._replace(topic=about[0]), about[1]
        elif (length := minutes_at(tokens, place)) is not None:
            got, place = got._replace(minutes=got.minutes or length[0]), length[1]
        elif clock is None and (at := clock_at(tokens, place)) is not None:
            clock, place = (at[0], at[1]), at[2]
        elif got.span == (None, None) and (days := span_at(tokens, place, now.date())) is not None:
            got, place = got._replace(span=days[0]), days[1]
        elif (part := PARTS.at(tokens, place)) is not None:
            got, place = got._replace(part=got.part or part[0]), part[1]
        elif (
            bare
            and not _dated(tokens, place)
            and (length := minutes_at(tokens, place, bare=True)) is not None
        ):
            got, place = got._replace(minutes=got.minutes or length[0]), length[1]
        else:
            got = _further(tokens, place, got, deal, bare)
            place += 1
    exact = exactly(got.span, clock, now) if clock is not None else None
    return got._replace(exact=exact)


def _dated(tokens: Tokens, place: int) -> bool:
    """Whether a number belongs to a month: "31 Feb" is no length."""
    return place + 1 < len(tokens) and tokens[place + 1].low in MONTHS


def _further(tokens: Tokens, place: int, got: Gathered, deal: Deal, bare: bool) -> Gathered:
    token = tokens[place]
    if partner_company(tokens, place, deal):
        return got._replace(partner=True)
    before = tokens[place - 1].low if place else ""
    if not bare:
        if (
            got.strangers
            or got.people
            or got.partner
            or before != "with"
            or not _stranger(tokens, place, deal)
        ):
            return got
        coming = range(place, min(place + 12, len(tokens)))
        known = any(company_at(tokens, n, deal) or person_at(tokens, n, deal) is not None for n in coming)
        return got._replace(strangers=not known)
    if token.low in _CONNECTING or token.kind in (Kind.EMOJI, Kind.MARK):
        return got
    return got._replace(left=(*got.left, token.text))


def _stranger(tokens: Tokens, place: int, deal: Deal) -> bool:
    """Whether "with …" brings somebody who is neither of the team nor of the partner."""
    low = tokens[place].low
    if tokens[place].kind is not Kind.WORD:
        return tokens[place].kind in (Kind.MENTION, Kind.EMAIL)
    if low in (
        "us",
        "you",
        "me",
        "everyone",
        "both",
        "all",
        "a",
        "an",
        "everybody",
        "them",
        "their",
        "partner",
    ):
        return False
    if low in ("the", "our") and place + 1 < len(tokens):
        return tokens[place + 1].low not in (
            "team",
            "partner",
            "whole",
            "full",
            "usual",
            "group",
            "rep",
            "account",
        )
    return (
        tokens[place].capital
        or low in known_words(deal)
        or low in ("legal", "procurement", "finance", "security")
    )


def company_at(tokens: Tokens, place: int, deal: Deal) -> bool:
    place += place < len(tokens) and tokens[place].low in ("the", "our")
    if partner_company(tokens, place, deal):
        return True
    return place < len(tokens) and tokens[place].low in ("partner", "partners")
