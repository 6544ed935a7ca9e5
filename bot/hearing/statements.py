"""What a clause says a fact is; see ``bot.hearing.fields`` for the outline of the grammar."""

from datetime import date

from bot.deal import Deal, Fact, FieldType
from bot.hearing.deals import own_words
from bot.hearing.extents import closes, value_at
from bot.hearing.labels import REPORTED, Labels
from bot.hearing.people import partner_company, person_at
from bot.hearing.phrases import phrases
from bot.hearing.said import (
    BETWEEN,
    DETERMINERS,
    IS_NOW,
    ON,
    SCORERS,
    SIGNS,
    TOWARDS,
    Said,
    after_deal,
    fact_at,
    from_aws,
    optioned,
    quoted,
    valued,
)
from bot.hearing.tokens import Kind, Sentence, Token

_HAPPENED = phrases(
    "just|got|finally|has|have|been|officially|also|just got|was just",
)
_POINTING = phrases(
    "it's|its|it is|it came back at|it came in at|we got|at|we're at|we are at|we're now at|now at",
)
_IS = phrases(
    "is|came back at|came back as|came back with|came in at|came out at|comes back at|comes in at|is at",
    "landed at|of|stands at|rose to|jumped to|has come back at|just came back at|just came in at",
    "is showing|shows|is sitting at|back at|returned|came back|came in|at|is officially|is up to",
    "is down to|fell to|just came back|came through at|has come in at|came back to us at|is back at",
    "is in at|is finally in at|came out as|is currently|came in as|has come back as|just came in|is in",
    "has come in|came in from aws|just landed|landed|is now in|is confirmed at|confirmed at",
    "comes out at|has landed at|just landed at|is back",
)
_NOT_BARE_NUMBER = frozenset(["to be", "should be", "needs to be", "has to be", "must be", "ought to be"])
_SCORED = phrases(
    "scored|rated|gave|has scored|have scored|just scored|has rated|just gave|scores|has given",
    "just rated",
)
_GOT = phrases(
    "got|we got|i got|just got|received|we received|we have|came back with|we're at|back with|got back",
    "we got back|we just got|i just got|finally got|they gave us|aws gave us|aws came back with",
    "they came back with|i have|got us|aws just gave us|just received|aws returned|aws gave it",
    "aws gave this|pat came back with|heard back|aws sent us|aws sent|we've got|i've got|we finally got",
    "looks like we got|aws has|aws just came back with|came in with",
)
_REPORT = phrases(
    "says|said|confirms|confirmed|told us|reports|reported|told me|just told us|just confirmed",
    "just told me|shared|tells us|has|just said|says that",
)
_HEARSAY = phrases(
    "looks like|turns out|heard back|just heard|just heard back|got word|just got word|word is|i see",
    "i see that|heard|that|see|confirmed|confirming|so it looks like|can confirm|happy to report",
    "pleased to report|i can confirm|hearing|just in|breaking|it looks like",
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


def _labelled(
    sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date, commanded: bool, passed_on: bool
) -> Said | None:
    tokens = sentence.tokens
    start = DETERMINERS.skip(tokens, place)
    if start < len(tokens) and tokens[start].low.removesuffix("'s") in own_words(deal):
        start = after_deal(tokens, start, deal)
    qualified = any(partner_company(tokens, n, deal) for n in range(place, start))
    named = fact_at(tokens, place, labels) or fact_at(tokens, start, labels, short=qualified)
    if named is None:
        return _number_first(sentence, start, labels, deal, today)
    fact, place = named
    if (
        place < len(tokens)
        and tokens[place].low in ("for", "on")
        and (after := after_deal(tokens, place + 1, deal)) > place + 1
    ):
        place = after
    place = from_aws(tokens, place, deal)
    reported = fact.name in REPORTED
    place = _HAPPENED.skip(tokens, place) if reported or IS_NOW.at(tokens, place) is None else place
    if commanded and (towards := TOWARDS.at(tokens, place)) is not None:
        return valued(fact, sentence, towards[1], deal, today, ordered=True)
    if place < len(tokens) and tokens[place].low in SIGNS and tokens[place].kind is Kind.MARK:
        return valued(fact, sentence, place + 1, deal, today, reported=reported)
    if reported and _dashed(tokens, place):
        return valued(fact, sentence, place + 1, deal, today, reported=True)
    place = _over_from(tokens, place)
    linked = (_IS.at(tokens, place) if reported else None) or None
    now = IS_NOW.at(tokens, place)
    if now is not None and (linked is None or now[1] >= linked[1]):
        if reported and " ".join(t.low for t in tokens[place : now[1]]) in _NOT_BARE_NUMBER - {"should be"}:
            return None
        if (
            fact.type in (FieldType.TEXT, FieldType.LONG_TEXT)
            and not _closed(fact)
            and not quoted(tokens, now[1])
        ):
            return None
        return valued(fact, sentence, now[1], deal, today, reported=reported)
    if linked is not None:
        behind = linked[1] + (linked[1] < len(tokens) and tokens[linked[1]].low in SIGNS)
        return valued(fact, sentence, behind, deal, today, reported=True)
    if not reported and fact.type is not FieldType.TEXT and place < len(tokens) and tokens[place].low == "is":
        found = valued(fact, sentence, place + 1, deal, today)  # "close date is Jan 29 now"
        return (
            found
            if found is not None and [t.low for t in tokens[found.end : found.end + 1]] == ["now"]
            else None
        )
    return valued(fact, sentence, place, deal, today, reported=True) if reported else None


def pointed_at(
    sentence: Sentence, start: int, end: int, place: int, labels: Labels, deal: Deal, today: date
) -> Said | None:
    """ "the P2B is in and it's an 82": a value for what the clause before, from ``start`` to ``end``, named."""
    tokens = sentence.tokens
    if place >= len(tokens):
        return None
    link = _POINTING.at(tokens, place)
    if link is None and (
        tokens[place].kind is not Kind.NUMBER or tokens[place - 1].end == tokens[place].start
    ):
        return None
    named = (labels.at(tokens, n) for n in range(start, end))
    fact = next((found[0] for found in named if found is not None), None)
    if fact is None or fact.name not in REPORTED:
        return None
    said = valued(
        fact, sentence, BETWEEN.skip(tokens, place if link is None else link[1]), deal, today, reported=True
    )
    if link is not None or said is None:
        return said
    alone = said.end >= len(tokens) or tokens[said.end].kind is Kind.MARK
    return (
        said
        if alone and any((at := labels.at(tokens, n)) and at[1] >= end - 1 for n in range(start, end))
        else None
    )


def _number_first(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "82 P2B", "82 on the P2B" """
    tokens = sentence.tokens
    if place >= len(tokens) or tokens[place].kind is not Kind.NUMBER:
        return None
    on = ON.at(tokens, place + 1)
    after = DETERMINERS.skip(tokens, place + 1 if on is None else on[1])
    named = labels.at(tokens, after)
    if named is None or named[0].name not in REPORTED or not closes(tokens, named[1]):
        return None
    value = value_at(named[0], Sentence(tokens[: place + 1], sentence.text), place, deal, today)
    return None if value is None else Said(named[0], value[0], place, named[1], reported=True)


def _scored(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "AWS scored it 82", "they gave us an 82", "it scored 82 on P2B" """
    tokens = sentence.tokens
    fact = next((fact for fact in labels.facts if fact.name == "p2b_score"), None)
    scorer = SCORERS.at(tokens, place)
    after = scorer[1] if scorer is not None else after_deal(tokens, place, deal)
    after += after == place and place < len(tokens) and tokens[place].low == "we"
    if fact is None or (after == place and (person := person_at(tokens, place, deal)) is None):
        return None
    if scorer is None and (person := person_at(tokens, place, deal)) is not None and person[0].outsider:
        scorer, after = (True, person[1]), person[1]
    verb = _SCORED.at(tokens, after)
    if verb is None:
        return None
    place = BETWEEN.skip(tokens, after_deal(tokens, verb[1], deal))
    said = value_at(fact, sentence, place, deal, today)
    if said is None:
        return None
    on = ON.at(tokens, said[1])
    on_label = on is not None and labels.at(tokens, DETERMINERS.skip(tokens, on[1])) is not None
    if on is not None and not on_label and after_deal(tokens, on[1], deal) == on[1]:
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
    place = BETWEEN.skip(tokens, after_deal(tokens, got[1], deal))
    return _labelled(sentence, place, labels, deal, today, commanded=False, passed_on=True)


def _deal_is(sentence: Sentence, place: int, labels: Labels, deal: Deal, today: date) -> Said | None:
    """ "this one is AWS-sourced", "we're now in Negotiation" """
    tokens = sentence.tokens
    after = after_deal(tokens, place, deal)
    if after == place and tokens[place : place + 1] and tokens[place].low in ("it's", "we're"):
        after = place + 1
        is_now = after < len(tokens) and tokens[after].low == "now"
        linked: int | None = after + is_now
    else:
        now = IS_NOW.at(tokens, after)
        is_now = now is not None
        linked = (
            now[1]
            if now is not None
            else (after + 1 if tokens[after : after + 1] and tokens[after].low == "is" else None)
        )
    if after == place or linked is None:
        return None
    while linked < len(tokens) and tokens[linked].low in ("in", "at", "officially", "an", "a"):
        linked += 1
    found = optioned(sentence, linked, labels, today, deal, ordered=False)
    return found if found is not None and (is_now or found.fact.name == "attribution") else None


def _dashed(tokens: tuple[Token, ...], place: int) -> bool:
    """ "P2B - 82", which is not "P2B -82"."""
    if place + 1 >= len(tokens) or tokens[place].low not in ("-", "–", "—"):
        return False
    return tokens[place + 1].kind is Kind.NUMBER and tokens[place].end < tokens[place + 1].start


def _after_report(tokens: tuple[Token, ...], place: int, deal: Deal) -> int:
    """The place after "AWS says", "heard back from Pat that"."""
    person = person_at(tokens, place, deal)
    scorer = SCORERS.at(tokens, place)
    who = person[1] if person is not None else (scorer[1] if scorer is not None else place)
    said = _REPORT.at(tokens, who) if who > place else None
    after = said[1] if said is not None else _HEARSAY.skip(tokens, place)
    return _HEARSAY.skip(tokens, from_aws(tokens, after, deal)) if after > place else place


def _over_from(tokens: tuple[Token, ...], place: int) -> int:
    """ "went from 64 to 82": the place of "to", which stands for the whole."""
    if [t.low for t in tokens[place + 1 : place + 2]] != ["from"]:
        return place
    if tokens[place].low not in (
        "went",
        "moved",
        "moves",
        "rose",
        "jumped",
        "changed",
        "slipped",
        "dropped",
        "fell",
        "grew",
    ):
        return place
    return next((n for n in range(place + 2, min(place + 7, len(tokens))) if tokens[n].low == "to"), place)


def _closed(fact: Fact) -> bool:
    return bool(fact.options) or fact.name in ("partner_of_record", *REPORTED)
