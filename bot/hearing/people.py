"""Which person of the team is meant by a name, an address or a mention."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.deal import Deal, Person
from bot.hearing.calendar_days import MONTHS, WEEKDAYS
from bot.hearing.tokens import Kind, Token, words_of


def person_at(tokens: Sequence[Token], place: int, deal: Deal) -> tuple[Person, int] | None:
    """The person named at a place in a sentence, and the place after the name."""
    if place >= len(tokens):
        return None
    token = tokens[place]
    if token.kind is Kind.MENTION:
        return _only([p for p in deal.team if p.slack == token.low], place + 1)
    if token.kind is Kind.EMAIL:
        person = deal.person(token.low)
        return None if person is None else (person, place + 1)
    if token.kind is not Kind.WORD:
        return None
    for person in deal.team:
        name = words_of(person.name)
        if len(name) > 1 and tuple(t.low for t in tokens[place : place + len(name)]) == name:
            return person, place + len(name)
    follows = tokens[place + 1] if place + 1 < len(tokens) else None
    if follows is not None and follows.capital and token.capital and not _no_surname(follows.low, deal):
        return None  # another surname: another person
    first = token.low.removesuffix("'s")
    return _only([p for p in deal.team if words_of(p.name)[:1] == (first,)], place + 1)


def partner_company(tokens: Sequence[Token], place: int, deal: Deal) -> bool:
    """Whether the partner's company is named here."""
    return place < len(tokens) and _company(tokens[place].low, deal)


def zone_of(slack: str, deal: Deal) -> tzinfo:
    """The time zone of the team's person with this Slack id; UTC for anybody else."""
    person = next((p for p in deal.team if p.slack == slack), None)
    return UTC if person is None else ZoneInfo(person.timezone)


def local(at: datetime, slack: str, deal: Deal) -> datetime:
    """A moment on the clock of the person with this Slack id."""
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(zone_of(slack, deal))


def _only(people: list[Person], after: int) -> tuple[Person, int] | None:
    return (people[0], after) if len(people) == 1 else None


def _no_surname(word: str, deal: Deal) -> bool:
    return _company(word, deal) or word in WEEKDAYS or word in MONTHS


def _company(word: str, deal: Deal) -> bool:
    word = word.removesuffix("'s")
    return word in ("aws", "amazon") or any(
        p.company and word in words_of(p.company) for p in deal.team if p.outsider
    )
