"""The small grammar of words that change a fact; see ``bot.hearing.fields`` for its outline."""

from datetime import date
from typing import NamedTuple

from bot.deal import Deal, Fact, FieldType, Json
from bot.hearing.deals import own_words
from bot.hearing.extents import closes, value_at
from bot.hearing.labels import REPORTED, Labels
from bot.hearing.people import partner_company, person_at
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


_DOING = [
    f"{who} {doing}"
    for who in ("i'm", "we're", "i am", "we are")
    for doing in "moving setting updating changing pushing marking bumping putting making tagging".split()
]
_CHANGE = phrases(
    _DOING,
    "set|change|update|move|push|bump|raise|lower|increase|decrease|reduce|drop|put|mark|make|switch|adjust|correct|fix",
    "record|log|note|enter|extend|slip|pull|pull in|bring|flip|add|push out|push back|bump up|bring in|edit|amend",
    "get|advance|progress|tag|flag|classify|delay|shift|revise|write|list|save|capture|pop|up",
)
_MOVE = phrases(_DOING, "move|push|set|mark|advance|progress|change|put|flip|switch|update|take|bump|tag|flag|classify|make|bring")
_PARTICLES = phrases("out|up|down|in|forward|back|over|on this|for this deal|for this|on this one|here|value|field|on it")
_TOWARDS = phrases("to|as|at|into|to be|over to|is|to say|to read|of")
_POINTING = phrases("it's|its|it is|it came back at|it came in at|we got|at")
_SIGNS = frozenset(":=→")
_OBJECTS = phrases("it|this|this one|this deal|this opp|this opportunity|the deal|the opp|the opportunity|that|us|them")
_DETERMINERS = phrases(
    "the|our|this|its|aws|aws's|a|an|new|latest|updated|final|official|their|that|amazon|the new|the aws|the updated|and",
    "the final|the latest|expected|revised",
)

_IS_NOW = phrases(
    "is now|should be|needs to be|has to be|must be|should now be|should read|moved to|changed to|has changed to",
    "has moved to|just moved to|slipped to|pushed to|got pushed to|is actually|moves to|slips to|goes to|now|is now at",
    "now at|shifted to|pushed out to|has slipped to|dropped to|went up to|went down to|increased to|has been moved to",
    "has been pushed to|was moved to|was pushed to|grew to|ought to be|needs to move to|should move to|should go to",
    "has to move to|needs to go to|is moving to|is slipping to|has gone up to|needs updating to|needs changing to|now is",
    "should say|to|should change to|is now set to|has shifted to|moved out to|moved up to|went to|should be set to",
)
_IS = phrases(
    "is|came back at|came back as|came back with|came in at|came out at|comes back at|comes in at|is at|landed at|of",
    "stands at|rose to|jumped to|has come back at|just came back at|just came in at|is showing|shows|is sitting at",
    "back at|returned|came back|came in|at|is officially|is up to|is down to|fell to|just came back|came through at",
    "has come in at|came back to us at|is back at|is in at|is finally in at|came out as|is currently|came in as|has come back as",
    "just came in|just came back|is in|has come in|came in from aws|just landed",
    "is confirmed at|confirmed at|comes out at|has landed at|just landed at|is back",
)
_NOT_BARE_NUMBER = frozenset("to be|should be|needs to be|has to be|must be|ought to be".split("|"))
_SCORED = phrases("scored|rated|gave|has scored|have scored|just scored|has rated|just gave|scores|has given|just rated")
_SCORERS = phrases("aws|they|amazon|aws team|the aws team|aws sales|aws has|partner|the aws rep|aws rep|the aws folks")
_GOT = phrases(
    "got|we got|i got|just got|received|we received|we have|came back with|we're at|back with|got back|we got back",
    "we just got|i just got|finally got|they gave us|aws gave us|aws came back with|they came back with|i have|got us",
    "aws just gave us|just received|aws returned|aws gave it|aws gave this|pat came back with|heard back|aws sent us",
    "aws sent|we've got|i've got|we finally got|looks like we got|aws has|aws just came back with|came in with",
)
_REPORT = phrases(
    "says|said|confirms|confirmed|told us|reports|reported|told me|just told us|just confirmed|just told me|shared|tells us|has"
    "|just said|says that",
)
_HEARSAY = phrases(
    "looks like|turns out|heard back|just heard|just heard back|got word|just got word|word is|i see|i see that|heard",
    "that|see|confirmed|confirming|so it looks like|can confirm|happy to report|pleased to report|i can confirm|hearing",
    "just in|breaking|it looks like",
)
_BETWEEN = phrases("just|at|a|an|as|as a|as an|at a|with|with a|with an|in at|back|at an")
_ON = phrases("on|for|as|as the|as our|on the|for the|for our|on our|in the|of")


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


def statement(
    sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date, addressed: bool, commanded: bool
) -> Said | None:
    """What a clause that starts at ``place`` says a fact is; ``commanded``: it may go on with an order."""
    tokens = sentence.tokens
    start = _after_report(tokens, place, deal)
    found = _labelled(sentence, start, labels, deal, today, commanded, passed_on=start != place)
    return (
        found
        or _scored(sentence, start, labels, deal, today)
        or _got(sentence, start, labels, deal, today)
        or _deal_is(sentence, start, labels, deal, today)
    )


def _label_first(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    tokens = sentence.tokens
    named = labels.at(tokens, _DETERMINERS.skip(tokens, place), short=True)
    if named is None:
        return None
    fact, place = named
    place = _PARTICLES.skip(tokens, place)
    if place < len(tokens) and tokens[place].low == "from":
        towards = next((n for n in range(place + 1, min(place + 8, len(tokens))) if tokens[n].low == "to"), None)
        place = place if towards is None else towards
    linked = _link(tokens, place, _TOWARDS)
    if linked is None and (fact.name in REPORTED or _quoted(tokens, place)):
        linked = place  # "log P2B 82"
    return None if linked is None else _valued(fact, sentence, linked, deal, today, ordered=True)


def _deal_first(
    sentence: Sentence, verb: int, place: int, labels: Labels, deal: Deal, today: date
) -> Said | None:
    """ "move it to Negotiation", "mark this as partner sourced" """
    tokens = sentence.tokens
    if _MOVE.at(tokens, verb) is None:
        return None
    place = _PARTICLES.skip(tokens, _after_deal(tokens, place, deal))
    towards = _TOWARDS.at(tokens, place)
    if towards is None and tokens[verb].low not in ("mark", "tag", "flag", "make"):
        return None
    place = place if towards is None else towards[1]
    while place < len(tokens) and tokens[place].low in ("the", "stage", "a", "an"):
        place += 1
    return _optioned(sentence, place, labels, today, deal, ordered=True)


def _value_first(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "make AWS the partner of record", "log 82 as the P2B", "add 'Call Lena' as next step" """
    tokens = sentence.tokens
    place += place < len(tokens) and tokens[place].low in ("a", "an", "the", "that")
    for label in range(place + 1, min(place + 7, len(tokens))):
        on = _ON.at(tokens, label)
        after = on[1] if on is not None else label
        determiner = _DETERMINERS.at(tokens, after)
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
    named = labels.at(tokens, _DETERMINERS.skip(tokens, place), short=True)
    if named is None:
        return None
    linked = _link(tokens, named[1], _IS_NOW)
    linked = named[1] if linked is None else linked
    to = _TOWARDS.at(tokens, linked)
    return _valued(named[0], sentence, linked if to is None else to[1], deal, today, ordered=True)


def _labelled(
    sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date, commanded: bool, passed_on: bool
) -> Said | None:
    tokens = sentence.tokens
    start = _DETERMINERS.skip(tokens, place)
    if start < len(tokens) and tokens[start].low.removesuffix("'s") in own_words(deal):
        start = _after_deal(tokens, start, deal)
    qualified = any(partner_company(tokens, n, deal) for n in range(place, start))
    named = labels.at(tokens, start, short=qualified)
    if named is None:
        return _number_first(sentence, start, labels, deal, today)
    fact, place = named
    if place < len(tokens) and tokens[place].low in ("for", "on") and (after := _after_deal(tokens, place + 1, deal)) > place + 1:
        place = after
    place = _from_aws(tokens, place, deal)
    reported = fact.name in REPORTED
    if commanded and (towards := _TOWARDS.at(tokens, place)) is not None:
        return _valued(fact, sentence, towards[1], deal, today, ordered=True)
    if place < len(tokens) and tokens[place].low in _SIGNS and tokens[place].kind is Kind.MARK:
        return _valued(fact, sentence, place + 1, deal, today, reported=reported)
    place = _over_from(tokens, place)
    linked = (_IS.at(tokens, place) if reported else None) or None
    now = _IS_NOW.at(tokens, place)
    if now is not None and (linked is None or now[1] >= linked[1]):
        if reported and " ".join(t.low for t in tokens[place : now[1]]) in _NOT_BARE_NUMBER - {"should be"}:
            return None
        if fact.type in (FieldType.TEXT, FieldType.LONG_TEXT) and not _closed(fact) and not _quoted(tokens, now[1]):
            return None
        return _valued(fact, sentence, now[1], deal, today, reported=reported)
    if linked is not None:
        behind = linked[1] + (linked[1] < len(tokens) and tokens[linked[1]].low in _SIGNS)
        return _valued(fact, sentence, behind, deal, today, reported=True)
    return _valued(fact, sentence, place, deal, today, reported=True) if reported else None


def pointed_at(
    sentence: Sentence, start: int, end: int, place: int, labels: Labels, deal: Deal, today: date
) -> Said | None:
    """ "the P2B is in and it's an 82": a value for what the clause before, from ``start`` to ``end``, named."""
    tokens = sentence.tokens
    link = _POINTING.at(tokens, place)
    if link is None:
        return None
    named = (labels.at(tokens, n) for n in range(start, end))
    fact = next((found[0] for found in named if found is not None), None)
    if fact is None or fact.name not in REPORTED:
        return None
    return _valued(fact, sentence, _BETWEEN.skip(tokens, link[1]), deal, today, reported=True)


def _number_first(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "82 P2B", "82 on the P2B" """
    tokens = sentence.tokens
    if place >= len(tokens) or tokens[place].kind is not Kind.NUMBER:
        return None
    on = _ON.at(tokens, place + 1)
    after = _DETERMINERS.skip(tokens, place + 1 if on is None else on[1])
    named = labels.at(tokens, after)
    if named is None or named[0].name not in REPORTED or not closes(tokens, named[1]):
        return None
    value = value_at(named[0], Sentence(tokens[: place + 1], sentence.text), place, deal, today)
    return None if value is None else Said(named[0], value[0], place, named[1], reported=True)


def _scored(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "AWS scored it 82", "they gave us an 82", "it scored 82 on P2B" """
    tokens = sentence.tokens
    fact = next((fact for fact in labels.facts if fact.name == "p2b_score"), None)
    scorer = _SCORERS.at(tokens, place)
    after = scorer[1] if scorer is not None else _after_deal(tokens, place, deal)
    after += after == place and place < len(tokens) and tokens[place].low == "we"
    if fact is None or after == place and (person := person_at(tokens, place, deal)) is None:
        return None
    if scorer is None and (person := person_at(tokens, place, deal)) is not None and person[0].outsider:
        scorer, after = (True, person[1]), person[1]
    verb = _SCORED.at(tokens, after)
    if verb is None:
        return None
    place = _BETWEEN.skip(tokens, _after_deal(tokens, verb[1], deal))
    said = value_at(fact, sentence, place, deal, today)
    if said is None:
        return None
    on = _ON.at(tokens, said[1])
    on_label = on is not None and labels.at(tokens, _DETERMINERS.skip(tokens, on[1])) is not None
    if on is not None and not on_label and _after_deal(tokens, on[1], deal) == on[1]:
        return None  # "scored 82 on the security review"
    return Said(fact, said[0], place, said[1], reported=True) if scorer is not None or on_label else None


def _got(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "we got a P2B of 82 back", "got 82 on the P2B" """
    tokens = sentence.tokens
    got = _GOT.at(tokens, place)
    if got is None:
        person = person_at(tokens, place, deal)
        got = None if person is None else _GOT.at(tokens, person[1])
    if got is None:
        return None
    place = _BETWEEN.skip(tokens, _after_deal(tokens, got[1], deal))
    return _labelled(sentence, place, labels, deal, today, commanded=False, passed_on=True)


def _deal_is(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "this one is AWS-sourced", "we're now in Negotiation" """
    tokens = sentence.tokens
    after = _after_deal(tokens, place, deal)
    if after == place and tokens[place : place + 1] and tokens[place].low in ("it's", "we're"):
        after = place + 1
        is_now = after < len(tokens) and tokens[after].low == "now"
        linked: int | None = after + is_now
    else:
        now = _IS_NOW.at(tokens, after)
        is_now = now is not None
        linked = now[1] if now is not None else (after + 1 if tokens[after : after + 1] and tokens[after].low == "is" else None)
    if after == place or linked is None:
        return None
    while linked < len(tokens) and tokens[linked].low in ("in", "at", "officially", "an", "a"):
        linked += 1
    found = _optioned(sentence, linked, labels, today, deal, ordered=False)
    return found if found is not None and (is_now or found.fact.name == "attribution") else None


def _optioned(
    sentence: Sentence, place: int, labels: Labels, today: date, deal: Deal, ordered: bool
) -> Said | None:
    if place < len(sentence.tokens) and sentence.tokens[place].kind is Kind.QUOTE:
        quoted = sentence.tokens[place].low
        fact = next((f for f in labels.facts if quoted.lower() in (o.lower() for o in f.options)), None)
    else:
        named = labels.option_at(sentence.tokens, place)
        fact = None if named is None else named[0]
    return None if fact is None else _valued(fact, sentence, place, deal, today, ordered=ordered)


def _valued(
    fact: Fact, sentence: Sentence, place: int, deal: Deal, today: date, ordered: bool = False, reported: bool = False
) -> Said | None:
    found = value_at(fact, sentence, place, deal, today)
    if found is None or (found[0] is None and not ordered):
        return None
    return Said(fact, found[0], place, found[1], ordered, reported)


def _link(tokens: tuple[Token, ...], place: int, words: Phrases[bool]) -> int | None:
    if place < len(tokens) and tokens[place].kind is Kind.MARK and tokens[place].low in _SIGNS:
        return place + 1
    found = words.at(tokens, place)
    return None if found is None else found[1]


def _after_deal(tokens: tuple[Token, ...], place: int, deal: Deal) -> int:
    """The place after words that mean this deal; the same place when there are none."""
    found = _OBJECTS.at(tokens, place)
    if found is not None:
        return found[1]
    end = place + (place < len(tokens) and tokens[place].low == "the")
    start = end
    while end < len(tokens) and tokens[end].low.removesuffix("'s") in own_words(deal):
        end += 1
    if end == start:
        return place
    return end + (end < len(tokens) and tokens[end].low in ("deal", "opp", "opportunity", "account"))


def _after_report(tokens: tuple[Token, ...], place: int, deal: Deal) -> int:
    """The place after "AWS says", "heard back from Pat that"."""
    person = person_at(tokens, place, deal)
    scorer = _SCORERS.at(tokens, place)
    who = person[1] if person is not None else (scorer[1] if scorer is not None else place)
    said = _REPORT.at(tokens, who) if who > place else None
    after = said[1] if said is not None else _HEARSAY.skip(tokens, place)
    return _HEARSAY.skip(tokens, _from_aws(tokens, after, deal)) if after > place else place


def _from_aws(tokens: tuple[Token, ...], place: int, deal: Deal) -> int:
    if place >= len(tokens) or tokens[place].low not in ("from", "by"):
        return place
    person = person_at(tokens, place + 1, deal)
    if person is not None:
        return person[1]
    scorer = _SCORERS.at(tokens, place + 1)
    return place if scorer is None else scorer[1]


def _over_from(tokens: tuple[Token, ...], place: int) -> int:
    """ "went from 64 to 82": the place of "to", which stands for the whole."""
    if [t.low for t in tokens[place + 1 : place + 2]] != ["from"]:
        return place
    if tokens[place].low not in ("went", "moved", "moves", "rose", "jumped", "changed", "slipped", "dropped", "fell", "grew"):
        return place
    return next((n for n in range(place + 2, min(place + 7, len(tokens))) if tokens[n].low == "to"), place)


def _closed(fact: Fact) -> bool:
    return bool(fact.options) or fact.name in ("partner_of_record", *REPORTED)


def _quoted(tokens: tuple[Token, ...], place: int) -> bool:
    return place < len(tokens) and tokens[place].kind is Kind.QUOTE
