"""Whether a message calls for a joint meeting, and with whom and when.

call    = opening ARRANGE [a] [joint] MEETING {with PEOPLE | TIME | LENGTH | about TOPIC}
        | opening "need" MEETING | opening MEET PEOPLE …
"""

from datetime import date, datetime

from pydantic import AwareDatetime

from bot.deal import Deal, Frozen, Message
from bot.errors import Refused
from bot.hearing.calendar_days import MONTHS, day
from bot.hearing.clauses import FILLERS, Clause, clauses
from bot.hearing.deals import elsewhere, sets_topic
from bot.hearing.gathering import Gathered, company_at, gathered
from bot.hearing.openings import opening
from bot.hearing.people import local, person_at
from bot.hearing.phrases import phrases, words
from bot.hearing.times import minutes_at, span_at
from bot.hearing.timing import DOUBT, PAST
from bot.hearing.tokens import Kind, Token, sentences

Tokens = tuple[Token, ...]
SHORTEST, LONGEST = 15, 240  # minutes


class MeetingAsk(Frozen):
    """What was said about a wanted meeting. ``people`` are as said, each one person of ``deal.team``."""

    minutes: int | None = None
    people: tuple[str, ...] = ()
    earliest: date | None = None  # days in the author's time zone, inclusive
    latest: date | None = None
    part_of_day: str | None = None  # "morning" | "afternoon"
    exact: AwareDatetime | None = None  # in the author's time zone
    topic: str | None = None


_ARRANGE = phrases(
    "set up|setup|schedule|book|arrange|organize|organise|find|get|grab|put|line up|block|do|have|hold",
    "hop on|jump on|plan|send an invite for|send out an invite for|send invites for|lock in|pin down",
    "coordinate|set|find us|book in|book us|fix|block out|block off|carve out|put together|pencil in",
    "kick off with|start with|propose|get us|get on|host|run|sort out",
)
_NEED = phrases(
    "need|want|request|we need|i need|we'll need|we still need|i want|we want",
)
_MEET = phrases(
    "meet with|meet|sync with|sync up with|catch up with|connect with|huddle with|regroup with",
    "sit down with|sync|meet up with",
)
_NOUNS = phrases(
    "call|meeting|sync|session|chat|slot|deep dive|workshop|intro|intro call|catch up|catchup|kickoff",
    "kick off|touchpoint|touch point|touch base|time|working session|discussion|conversation|review",
    "check in|checkin|alignment|demo|calls|zoom|huddle|roundtable|walkthrough|walk through",
    "planning session|account planning|sync up|time slot|video call|conference call|follow up",
    "something on the calendar|something on the books|something in the diary|technical review",
    "architecture review|briefing|handover|readout|debrief|qbr|standing call",
)
_WEAK_NOUNS = words(
    "time slot demo follow up review discussion conversation intro invite chat alignment zoom"
)
_DESCRIBING = words(
    "a an the another our one joint quick short brief technical tech co sell cosell aws partner three "
    "way 3 intro introductory follow up followup first initial proper call meeting working planning "
    "joined new some pricing security discovery scoping architecture account alignment video zoom chime "
    "teams customer external kick off kickoff group weekly next that minute min mins minutes hour half "
    "long solution product deep dive 3-way strategy business exec executive prep pre funding time "
    "commercial legal procurement migration review on calendar sit down good little of solid"
)
_OTHER_KIND = phrases(
    "internal|standup|stand up|1:1|one on one|offsite|retro|lunch|dinner|coffee|drinks|beers|beer",
    "breakfast|meeting room|hotel|flights|flight|forecast call|team call|interview|dentist|holiday",
    "vacation|happy hour|just us|among ourselves|party",
)
_AFTER_NOUN = phrases(
    "with|for|on|next|this|tomorrow|today|at|to|about|between|and|so|please|asap|in|by|before|after|re",
    "regarding|together|monday|tuesday|wednesday|thursday|friday|mon|tue|tues|wed|thu|thurs|fri|early",
    "late|mid|week|sometime|later|where|around|involving|including|thanks|team|going|scheduled|booked",
    "set up|lined up|ASAP|from|during|within|over|when|if|as|first|now|on the calendar|on the books",
    "right|among|january|february|march|april|may|june|july|august|september|october|november|december",
    "jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec|the|end|soon|would|that|lol|haha|jk|any|but|then",
    "because|since|or|i|we",
)
_WITHOUT = phrases(
    "last|already|was|went|ago",
)


def meeting_request(message: Message, deal: Deal) -> MeetingAsk | None:
    """What the author wants of a joint meeting; None when the message does not clearly call for one."""
    now = local(message.at, message.author, deal)
    away, sentence = False, None
    for clause in clauses(message):
        if clause.sentence is not sentence:
            sentence, topic = clause.sentence, sets_topic(clause.sentence, deal)
            away = away if topic is None else topic
        if away:
            continue
        ask = _asked(clause, deal, now, message.addressed)
        if ask is not None and not elsewhere(clause, deal):
            return ask
    return None


def meeting_ask(words: str, message_at: datetime, author: str, deal: Deal) -> MeetingAsk:
    """What ``[who] [when] [minutes]`` of a command asks for; ``Refused`` names the words nobody can make sense of."""
    now = local(message_at, author, deal)
    found: list[MeetingAsk] = []
    for sentence in sentences(words):
        said = gathered(sentence, 0, len(sentence.tokens), deal, now, bare=True)
        if said.left:
            if _is_length(said.left) and not any(token.low in MONTHS for token in sentence.tokens):
                raise Refused(f"A meeting lasts {SHORTEST} to {LONGEST} minutes.")
            if _is_past(said.left, now.date()):
                raise Refused("That day has passed. Ask for a later one.")
            team = ", ".join(person.name for person in deal.team)
            raise Refused(
                f"“{' '.join(said.left)}” is no person of this deal and no time that can be read. People: {team}. "
                "Write for example: meet Pat next week 45 min."
            )
        found.append(_as_ask(said))
    return found[0] if found else MeetingAsk()


def _is_length(said: tuple[str, ...]) -> bool:
    return all(word.isdecimal() or word.lower() in ("h", "hr", "hrs", "hour", "hours") for word in said)


def _is_past(said: tuple[str, ...], today: date) -> bool:
    try:
        return day(" ".join(said), today) < today
    except Refused:
        return False


def _asked(clause: Clause, deal: Deal, now: datetime, addressed: bool) -> MeetingAsk | None:
    tokens = clause.tokens
    start = clause.start
    said_before = span_at(tokens, FILLERS.skip(tokens, 0), now.date()) if start else None
    begins = 0 if said_before is not None and said_before[1] == start - 1 else start  # "tomorrow, let's …"
    fronted = span_at(tokens, FILLERS.skip(tokens, start), now.date())
    verb = opening(clause, addressed)
    if fronted is not None and (verb is None or verb < fronted[1]):
        verb = opening(clause, addressed, fronted[1])
    if verb is None:
        return None
    named = _named_meeting(tokens, verb, deal, now, addressed)
    if named is None:
        return None
    weak, place = named
    end = _reach(clause)
    about = gathered(clause.sentence, begins, end, deal, now)
    if _OTHER_KIND.within(tokens, clause.start, end) is not None or about.strangers:
        return None
    if DOUBT.within(tokens, place, end) is not None or PAST.within(tokens, clause.start, end) is not None:
        return None
    if weak and not (about.people or about.partner):
        return None
    return _as_ask(about)


def _reach(clause: Clause) -> int:
    """How far the words about the meeting go: to the end of what is not a new question."""
    tokens = clause.tokens
    for place in range(clause.end, len(tokens)):
        if tokens[place].low in (";", "but", "→", "(") or (
            tokens[place].kind is Kind.MARK and tokens[place].low in "—–"
        ):
            return place
    return len(tokens)


def _named_meeting(
    tokens: Tokens, verb: int, deal: Deal, now: datetime, addressed: bool
) -> tuple[bool, int] | None:
    """Read "set up a joint call", "meet with Pat": whether it needs the partner beside it, and where it ends."""
    met = _MEET.at(tokens, verb)
    if met is not None:
        someone = person_at(tokens, met[1], deal) is not None or company_at(tokens, met[1], deal)
        return (
            (True, met[1])
            if someone or (addressed and met[1] >= len(tokens))
            else _meet_day(tokens, met[1], now)
        )
    arranged = _ARRANGE.at(tokens, verb) or _NEED.at(tokens, verb)
    if arranged is None:
        return _meeting_noun(tokens, verb) if addressed else None
    place = arranged[1]
    if (person := person_at(tokens, place, deal)) is not None:  # "get Pat on a call"
        place = person[1] + (person[1] < len(tokens) and tokens[person[1]].low in ("on", "in", "into"))
        place += tokens[place : place + 1] != () and tokens[place].low == "for"
    return _meeting_noun(tokens, place)


def _meet_day(tokens: Tokens, place: int, now: datetime) -> tuple[bool, int] | None:
    return (True, place) if span_at(tokens, place, now.date()) is not None else None


def _meeting_noun(tokens: Tokens, place: int) -> tuple[bool, int] | None:
    length = False
    while place < len(tokens):
        noun = _NOUNS.at(tokens, place)
        if noun is not None and _noun_ends(tokens, noun[1]):
            return not length and tokens[noun[1] - 1].low in _WEAK_NOUNS, noun[1]
        timed = minutes_at(tokens, place)
        if timed is not None:
            length, place = True, timed[1]
            if _noun_ends(tokens, place):
                return place >= len(tokens) or tokens[place].low != "with", place
        elif (
            tokens[place].low in _DESCRIBING
            or (noun is not None)
            or tokens[place].low in ("aws's", "minute's")
        ):
            place += 1
        else:
            return None
    return None


def _noun_ends(tokens: Tokens, place: int) -> bool:
    if place >= len(tokens) or tokens[place].kind is not Kind.WORD:
        return True
    if _WITHOUT.at(tokens, place) is not None:
        return False
    return _AFTER_NOUN.at(tokens, place) is not None


def _as_ask(got: Gathered) -> MeetingAsk:
    return MeetingAsk(
        minutes=got.minutes,
        people=got.said,
        earliest=got.span.earliest,
        latest=got.span.latest,
        part_of_day=got.part,
        exact=got.exact,
        topic=got.topic,
    )
