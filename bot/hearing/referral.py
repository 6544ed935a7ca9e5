"""Whether a message calls for the deal's referral to AWS.

    call      = opening verb-phrase | opening "need" REFERRAL | subject "should be" participle DESTINATION
    REFERRAL  = "the AWS referral", "an ACE submission"
    DEAL      = "this", "it", "this opp", "the Northwind deal"
    DESTINATION = ("to" | "in" | "with" …) "AWS" | "ACE" | "Partner Central"

Every noun phrase has to be read to its end: an unknown word in it ("the Contoso referral", "the referral bonus")
means that something else is spoken of.
"""

from typing import NamedTuple

from bot.deal import Deal, Message
from bot.hearing.clauses import Clause, clauses
from bot.hearing.deals import elsewhere, sets_topic
from bot.hearing.noun_phrases import TO, deal_at, destination_at, referral_at
from bot.hearing.openings import opening
from bot.hearing.phrases import Phrases, phrases
from bot.hearing.timing import put_off
from bot.hearing.tokens import Kind, Token


class _Verb(NamedTuple):
    """What a verb needs beside it to mean the referral."""

    deal: bool = False  # "submit this to AWS"
    vague: bool = False  # plain "it to AWS" may be a document: only ACE and Partner Central will do
    alone: bool = False  # "submit to ACE"
    referral: bool = True  # "send the referral"
    fresh: bool = False  # "open a referral" makes one, "open the referral" reads it


_VERBS: Phrases[_Verb] = Phrases(
    {
        **dict.fromkeys(("submit", "register", "file"), _Verb(deal=True, alone=True)),
        **dict.fromkeys(("refer",), _Verb(deal=True, referral=False)),
        **dict.fromkeys(("log",), _Verb(deal=True)),
        **dict.fromkeys(("send", "send over", "push", "push through", "send through"), _Verb(deal=True, vague=True)),
        **dict.fromkeys(("get", "put", "add", "enter", "load", "upload", "record"), _Verb(deal=True, vague=True)),
        **dict.fromkeys(("raise", "create", "make", "do", "initiate", "start", "kick off", "issue", "place",
                         "set up", "trigger", "put in", "put through", "send in", "draft and submit", "fire off",
                         "go with", "process", "submit and share", "complete and submit",
                         "go ahead with", "proceed with", "move ahead with", "move forward with"), _Verb()),
        "open": _Verb(fresh=True),
    }
)  # fmt: skip
_NEED = phrases(
    "need|request|requesting|want|get me|i need|we need|we want|i want|still need|we still need",
    "we now need",
)
_SUBMITTED = phrases(
    "submitted|registered|referred|filed|logged|sent|sent over|entered|put|added|submitting|registering",
)
_GOES = phrases(
    "go|go in|go over|go out|get submitted|get registered|get referred|be in|get into|get|go up",
)
_DUTIES = phrases(
    "should|needs to|has to|must|ought to|should now|should really|needs|need to|really should",
    "also needs to",
)
_PARTICLES = phrases(
    "in|submitted|going|out|over|sent|filed|registered|done|moving|started|through|off|across|in now",
)
_FOLLOWING = phrases(
    "now|today|asap|please|this|right|by|before|for|as|so|and|then|with|via|through|from|under|because",
    "since|thanks|team|guys|folks|tonight|eod|immediately|straight|first|too|also|in|on|to|at|over",
    "ahead|already|while|if|when|once|after|until|unless|next|later|tomorrow|instead|again|here",
    "yourself|my|quickly|as well|directly|using|i|we|lol|haha|jk|maybe|but|it|real quick|anyway",
    "regardless|officially|formally|either way|nonetheless|good|thank you|everyone|all|within|during",
    "eow|soon|ok|okay|will you|can you|could you",
)
_HEDGED = phrases(
    "maybe|perhaps|or not|already|i guess|i suppose|probably|possibly|as usual|every time|each time",
    "always|never|hypothetically|manually|in theory|at most|lol|haha|jk",
)
_NOW = phrases(
    "now|today|right now|right away|this morning|this afternoon|as we speak|asap|straight away",
    "immediately",
)
_GOING_ON = phrases(
    "submitting|registering|referring|filing|logging|sending|i'm submitting|i'm registering",
    "i'm referring|i'm filing|i'm logging|i'm sending|we're submitting|we're registering",
    "we're referring|i am submitting|we are submitting|i'm going ahead and submitting|i am registering",
    "i am referring",
)
_ASKED_FOR = phrases(
    "referral please|aws referral|ace referral|referral to aws|co-sell referral|aws co-sell referral",
    "referral",
)


def calls_for_referral(message: Message, deal: Deal) -> bool:
    """Whether the author clearly wants this deal submitted to AWS now, or is about to do it."""
    away = False
    seen = None
    for clause in clauses(message):
        if clause.sentence is not seen:
            seen, topic = clause.sentence, sets_topic(clause.sentence, deal)
            away = away if topic is None else topic
        if not away and _calls(clause, deal, message.addressed) and not elsewhere(clause, deal):
            return True
    return False


def _calls(clause: Clause, deal: Deal, addressed: bool) -> bool:
    tokens = clause.tokens
    verb = opening(clause, addressed)
    if verb is None:
        return False
    end = _wanted(tokens, verb, deal, addressed) or _owed(tokens, verb, deal)
    if (
        end is None
        and _GOING_ON.at(tokens, verb) is not None
        and _NOW.within(tokens, verb, clause.end) is not None
    ):
        end = _going_on(tokens, verb, deal)
    if end is None or not _ends_well(tokens, end):
        return False
    return not put_off(tokens, clause.start, clause.end) and _HEDGED.within(tokens, end, clause.end) is None


def _wanted(tokens: tuple[Token, ...], place: int, deal: Deal, addressed: bool) -> int | None:
    """Read "submit the referral to AWS", "need an AWS referral"; where it ends."""
    if addressed and (named := _ASKED_FOR.at(tokens, place)) is not None:
        return named[1]
    bare = referral_at(tokens, place, deal)
    if bare is not None and bare[0] and bare[1] < len(tokens) and tokens[bare[1]].low == "please":
        return bare[1]
    if (needed := _NEED.at(tokens, place)) is not None:
        return _needed(tokens, needed[1], deal)
    if (found := _VERBS.at(tokens, place)) is None:
        return None
    return _objects(tokens, found[1], found[0], deal, addressed)


def _needed(tokens: tuple[Token, ...], place: int, deal: Deal) -> int | None:
    read = referral_at(tokens, place, deal)
    if read is None:
        return None
    qualified, end = read
    there = destination_at(tokens, end)
    if there is not None:
        return there[1]
    tied = (
        end < len(tokens) and tokens[end].low in ("for", "on") and deal_at(tokens, end + 1, deal) is not None
    )
    return end if qualified or tied else None


def _objects(tokens: tuple[Token, ...], place: int, verb: _Verb, deal: Deal, addressed: bool) -> int | None:
    if verb.fresh and place < len(tokens) and tokens[place].low in ("the", "this", "that"):
        return None
    if verb.referral and (read := referral_at(tokens, place, deal)) is not None:
        end = read[1]
        if (particle := _PARTICLES.at(tokens, end)) is not None and tokens[end].low not in (
            "in",
            "over",
            "on",
        ):
            end = particle[1]
        if end < len(tokens) and tokens[end].low in TO and not _tied(tokens, end, deal):
            there = destination_at(tokens, end)
            return None if there is None and not _harmless(tokens, end) else (there[1] if there else end)
        return end
    if not verb.deal:
        return None
    if verb.alone and (there := destination_at(tokens, place)) is not None:
        return there[1]
    thing = deal_at(tokens, place, deal)
    if thing is None:
        return place if addressed and verb.alone and place >= len(tokens) else None
    named, end = thing
    if (
        end < len(tokens)
        and tokens[end].low == "as"
        and (role := referral_at(tokens, end + 1, deal)) is not None
    ):
        end = role[1]  # "as a co-sell opportunity"
    if (part := _SUBMITTED.at(tokens, end)) is not None:  # "get this submitted to AWS"
        end, verb = part[1], _Verb(deal=True)
    there = destination_at(tokens, end)
    if there is None:
        lone = addressed and not verb.vague and (end >= len(tokens) or _ends_well(tokens, end))
        return end if lone and not (end < len(tokens) and tokens[end].low in TO) else None
    system, end = there
    return end if system or named or not verb.vague else None


def _owed(tokens: tuple[Token, ...], place: int, deal: Deal) -> int | None:
    """Read "this should be registered in ACE", "the referral needs to go out"; where it ends."""
    referral = referral_at(tokens, place, deal)
    subject = referral or deal_at(tokens, place, deal)
    if subject is None:
        return None
    duty = _DUTIES.at(tokens, subject[1])
    if duty is None:
        return None
    place = duty[1]
    if (needed := referral_at(tokens, place, deal)) is not None and needed[0]:
        return needed[1]  # "this one needs an AWS referral"
    if (
        place < len(tokens)
        and tokens[place].low == "be"
        and (done := _SUBMITTED.at(tokens, place + 1)) is not None
    ) or (done := _SUBMITTED.at(tokens, place) or _GOES.at(tokens, place)) is not None:
        place = done[1]
    else:
        return None
    there = destination_at(tokens, place)
    if there is not None:
        return there[1]
    return place if referral is not None and _ends_well(tokens, place) else None


def _going_on(tokens: tuple[Token, ...], place: int, deal: Deal) -> int | None:
    found = _GOING_ON.at(tokens, place)
    return None if found is None else _objects(tokens, found[1], _Verb(deal=True, alone=True), deal, False)


def _tied(tokens: tuple[Token, ...], place: int, deal: Deal) -> bool:
    return tokens[place].low == "on" and deal_at(tokens, place + 1, deal) is not None


def _harmless(tokens: tuple[Token, ...], place: int) -> bool:
    """Whether "in", "over", "on" here is a particle or begins a time: "get the referral in today"."""
    return tokens[place].low in ("in", "over", "on", "through") and (
        place + 1 >= len(tokens)
        or _FOLLOWING.at(tokens, place + 1) is not None
        or tokens[place + 1].kind is Kind.MARK
    )


def _ends_well(tokens: tuple[Token, ...], place: int) -> bool:
    if place >= len(tokens) or tokens[place].kind in (Kind.MARK, Kind.MENTION, Kind.EMOJI):
        return True
    return _FOLLOWING.at(tokens, place) is not None
