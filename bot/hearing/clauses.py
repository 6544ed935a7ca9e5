"""The clauses of a message and how each is meant: said now by the author, or asked, supposed, reported, planned.

Rules are matched at the start of a clause, after an opening from ``OPENINGS``; what stands before a verb and is not
in these tables ("Ben will", "maybe we should", "we always") is how everything that nobody called for falls away.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from bot.deal import Message
from bot.hearing.phrases import phrases, words
from bot.hearing.tokens import Kind, Sentence, Token, sentences


class Mood(StrEnum):
    """Why a clause may not call for anything."""

    ASKED = "asked"
    CONDITIONAL = "conditional"  # "if they sign, …", "… once legal is done"
    SUPPOSED = "supposed"  # the condition itself: "before we submit, …"
    REPORTED = "reported"  # somebody else's words: "Pat wrote: …"
    PLANNED = "planned"  # an item under a heading, a to-do
    TO_SOMEBODY = "to somebody"  # "Ben, please …"
    JOKING = "joking"
    RETRACTED = "retracted"  # "… scratch that"
    UNKNOWN_LANGUAGE = "unknown language"


class Clause(NamedTuple):
    """A stretch of a sentence that is judged by itself."""

    sentence: Sentence
    start: int
    end: int
    moods: frozenset[Mood]

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The whole sentence's tokens: a rule starts at ``start`` and may read on."""
        return self.sentence.tokens


FILLERS = phrases(
    "please|ok|okay|k|so|and|then|also|yes|yep|yeah|yup|sure|right|great|perfect|awesome|cool|nice|now",
    "just|hey|hi|hello|all|team|folks|guys|everyone|everybody|good|thanks|thank you|alright|all right",
    "well|anyway|btw|fyi|quick one|first|finally|today|oh|ah|good news|great news|big news|news",
    "heads up|actually|plus|agreed|another thing|one more thing|in that case|then please|kindly|quickly",
    "exciting|wow|woohoo|yay|good stuff|morning|good morning|afternoon|good afternoon|here|this morning",
    "as discussed|per our call|from today's call|right away|asap|for the record|quick note|lastly",
    "secondly|meanwhile|indeed|in the meantime|for now|nice one",
)
"""What may stand before an opening or a statement without changing it."""

_CONDITIONS = phrases(
    "if|once|when|whenever|after|unless|until|till|til|as soon as|as long as|in case|assuming|provided",
    "providing|depending|subject to|pending|suppose|supposing|contingent|the moment|the minute",
    "in the event|whether|or if|wait until|wait till|wait for|waiting for|waiting on",
)
_POLITE = phrases(
    "if you can|if possible|when you can|when possible|when you get a chance|when you get a minute",
    "when you have a minute|when you have a sec|when you have a chance|when you get a sec",
    "when you have time|if you don't mind|if you could|if you have time|if you have a sec",
    "if you have a minute|as soon as possible|as soon as you can|if you get a chance",
    "when you get a moment|when you have a moment|once you have a minute|when free|if that's ok",
    "if that's okay|if need be",
)
_DATED = phrases(
    "monday|tuesday|wednesday|thursday|friday|mon|tue|tues|wed|thu|thur|thurs|fri|jan|feb|mar|apr|may",
    "jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october",
    "november|december|tomorrow|today|next week|lunch|noon|the weekend|this week|end of|the end of|eod",
    "eow|next month|q1|q2|q3|q4|the holidays|the new year|new year|easter|christmas|thanksgiving",
)
_INTERROGATIVE = phrases(
    "do|does|did|have|has|had|is|are|was|were|can|could|would|will|shall|should|may|might|who|what|when",
    "where|why|how|which|whose|any|anyone|isn't|aren't|didn't|don't|doesn't|hasn't|haven't|what's|who's",
    "where's|how's|thoughts",
)
_SPEECH = words(
    "said says wrote writes asked asks told mentioned replied answered posted messaged emailed "
    "commented quote quoting quoted texted suggested"
)
_PLANS = phrases(
    "todo|to do|to dos|todos|action item|action items|agenda|plan|the plan|next step|next steps|steps",
    "checklist|recap|reminder|notes|meeting notes|process|the process|tasks|actions|my todo|playbook",
    "backlog|minutes|ideas|options",
)
_PLAN_OWNERS = phrases(
    "our|the|my|proposed|today's|possible|agreed|open|this week's|remaining",
)
_JOKES = words(
    "lol lmao lmfao rofl haha hahaha hahahaha jk joking /s 😂 🤣 :joy: :rofl: :laughing: :wink: "
    ":upside_down_face: :stuck_out_tongue: :stuck_out_tongue_winking_eye: 😜 🙃 😉"
)
_RETRACTIONS = phrases(
    "scratch that|never mind|nevermind|nvm|ignore that|ignore me|ignore this|ignore my last|cancel that",
    "hold off|hold on|not yet|actually no|actually not|actually don't|no wait|wait no|on second thought",
    "on second thoughts|disregard|strike that|forget it|forget that|wrong channel|wrong deal",
    "wrong thread|wrong opp|don't do it|please don't|don't yet|let's not|no don't|belay that|stop",
    "wait don't|sorry wrong channel|sorry wrong thread|oops wrong channel|kidding|just kidding",
    "not really|but not yet|just not yet|not now|but not now|not today|not this week|but let's wait",
)
_NOT_RETRACTED = words("wait forget delay hesitate lose miss worry overthink")
_FINISHED = words("done all already sorted ✅ ✔ :white_check_mark: :heavy_check_mark:")
_FOREIGN = words(
    "der das und ist nicht bitte wir ich auf für mit el los las que para por favor esta está le les des "
    "est pas nous vous une avec pour il della per che non può och att är det inte på het een niet wij "
    "voor não uma você em são zum zur kannst können cette ce du una con kan vi som til jag den"
)
_CLAUSE_MARKS = frozenset(",;:()→-–—|[]")
_CONJUNCTIONS = words("and but so then because plus")
_FAR_BREAKS = words("but ; so however though")
_PREPOSITIONS = words("with for from to and cc by of as via or is → = : @ between , add loop get include")
_GUESSES = words(
    "guess guessing estimate hope hoping target goal prediction bet assumption dream wish example"
)
_TO_BOT = re.compile(
    r"^\s*(?:(?:hey|hi|hello|ok|okay|yo|thanks|please)[,!]?\s+)?<@[UWB]\w+(?:\|[^>]*)?>[,:]?\s*", re.I
)


def clauses(message: Message) -> tuple[Clause, ...]:
    """The clauses of a message, each with its moods; the mention of the bot is taken off."""
    return _clauses(_TO_BOT.sub("", message.text, count=1) if message.addressed else message.text)


@lru_cache(maxsize=128)
def _clauses(text: str) -> tuple[Clause, ...]:
    found: list[Clause] = []
    reported = planned = False
    said = sentences(text)
    for sentence in said:
        bounds = _bounds(sentence)
        general = set[Mood]()
        if reported:
            general.add(Mood.REPORTED)
        if planned and sentence.listed:
            general.add(Mood.PLANNED)
        if _jokes(sentence):
            general.add(Mood.JOKING)
        if sum(token.low in _FOREIGN for token in sentence.tokens) >= 2:
            general.add(Mood.UNKNOWN_LANGUAGE)
        asked_from = _asked_from(sentence, bounds)
        conditions = _conditions(sentence, bounds)
        for n, (start, end) in enumerate(bounds):
            moods = set(general)
            if asked_from is not None and n >= asked_from:
                moods.add(Mood.ASKED)
            if n in conditions:
                moods.add(Mood.CONDITIONAL)
            if sentence.tokens[start].low in ("before", "instead", "without", "rather"):
                moods.add(Mood.SUPPOSED)
            moods |= _led_by(sentence, bounds, n)
            if _mentions_somebody(sentence, bounds, n):
                moods.add(Mood.TO_SOMEBODY)
            found.append(Clause(sentence, start, end, frozenset(moods)))
        if sentence.heading:
            reported |= any(token.low in _SPEECH for token in sentence.tokens)
            planned = True
        elif not sentence.listed:
            planned = False
    return _retracted(found)


def _bounds(sentence: Sentence) -> list[tuple[int, int]]:
    starts = [0]
    for place, token in enumerate(sentence.tokens):
        mark = token.kind is Kind.EMOJI or (token.kind is Kind.MARK and token.low in _CLAUSE_MARKS)
        if mark or token.low in _CONJUNCTIONS:
            starts.append(place + 1)
    ends = [*starts[1:], len(sentence.tokens) + 1]
    return [(s, e - 1) for s, e in zip(starts, ends, strict=True) if s < e - 1]


def _asked_from(sentence: Sentence, bounds: list[tuple[int, int]]) -> int | None:
    if not sentence.asked:
        return None
    for n in range(len(bounds) - 1, 0, -1):
        if bounds[n][1] - bounds[n][0] <= 2 and sentence.tokens[bounds[n][0]].low != "shall":
            continue  # a tag: "…, isn't it?"
        if _INTERROGATIVE.at(sentence.tokens, FILLERS.skip(sentence.tokens, bounds[n][0])) is not None:
            return n
    return 0


def _conditions(sentence: Sentence, bounds: list[tuple[int, int]]) -> frozenset[int]:
    """Which clauses hang on a condition: one in front of its clause holds up to the next far break."""
    tokens, hanging, holds_until = sentence.tokens, set[int](), -1
    segment_of, segment = [], 0
    for n, (start, _) in enumerate(bounds):
        segment += n > 0 and any(token.low in _FAR_BREAKS for token in tokens[bounds[n - 1][1] : start])
        segment_of.append(segment)
    for n, (start, end) in enumerate(bounds):
        for place in range(start, end):
            if _CONDITIONS.at(tokens, place) is None or _POLITE.at(tokens, place) is not None:
                continue
            if tokens[place].low in ("after", "until", "till", "til") and _dated(tokens, place + 1):
                continue
            fronted = FILLERS.skip(tokens, start) >= place
            joined = fronted and place > 0 and tokens[place - 1].low in ("and", "then", "so")
            hanging.add(n)
            if fronted:
                holds_until = segment_of[n]
            if fronted and not joined and n > 0 and segment_of[n - 1] == segment_of[n]:
                hanging.add(n - 1)
            break
        if segment_of[n] == holds_until:
            hanging.add(n)
    return frozenset(hanging)


def _dated(tokens: tuple[Token, ...], place: int) -> bool:
    return _DATED.at(tokens, place) is not None or (place < len(tokens) and tokens[place].kind is Kind.NUMBER)


def _led_by(sentence: Sentence, bounds: list[tuple[int, int]], n: int) -> set[Mood]:
    """What the clause before makes of this one: speech, a plan's title, somebody's name."""
    if n == 0:
        return set()
    start, end = bounds[n - 1]
    led = sentence.tokens[start:end]
    between = sentence.tokens[end].low
    moods = set[Mood]()
    spoke = led[:-1] if led[-1].low in ("us", "me", "that", "this") else led
    if between in ":," and any(token.low in _SPEECH for token in (led if between == ":" else spoke[-1:])):
        moods.add(Mood.REPORTED)
    if (
        between == ":"
        and (title := _PLANS.at(sentence.tokens, _PLAN_OWNERS.skip(sentence.tokens, start))) is not None
        and title[1] == end
    ):
        moods.add(Mood.PLANNED)
    if any(token.low in _GUESSES for token in led):
        moods.add(Mood.SUPPOSED)
    names = [token for token in led if token.kind is Kind.MENTION or token.capital]
    plain = FILLERS.skip(sentence.tokens, start) == end
    if between in ",:-–—" and len(led) <= 3 and len(names) == len(led) and not plain and n == 1:
        moods.add(Mood.TO_SOMEBODY)
    return moods


def _mentions_somebody(sentence: Sentence, bounds: list[tuple[int, int]], n: int) -> bool:
    start, end = bounds[n]
    for place in range(start, end):
        if sentence.tokens[place].kind is Kind.MENTION and place > start:
            before = sentence.tokens[place - 1]
            if before.kind is not Kind.MENTION and before.low not in _PREPOSITIONS:
                return True
    if n + 1 < len(bounds):
        after = sentence.tokens[bounds[n + 1][0] : bounds[n + 1][1]]
        return len(after) == 1 and after[0].kind is Kind.MENTION and sentence.tokens[end].low == ","
    return False


def _jokes(sentence: Sentence) -> bool:
    tokens = sentence.tokens
    if any(token.low in _JOKES for token in tokens):
        return True
    return len(tokens) > 1 and tokens[-1].low == "s" and tokens[-2].low == "/"


def _retracted(found: list[Clause]) -> tuple[Clause, ...]:
    last = 0
    for n, clause in enumerate(found):
        if retracts(clause) or (
            Mood.JOKING in clause.moods
            and n
            and all(t.kind is not Kind.WORD or t.low in _JOKES for t in clause.tokens)
        ):
            last = n
    return tuple(
        clause._replace(moods=clause.moods | {Mood.RETRACTED}) if n < last else clause
        for n, clause in enumerate(found)
    )


def retracts(clause: Clause) -> bool:
    """Whether the clause takes back what was said before it."""
    tokens = clause.tokens
    if all(token.low in _FINISHED for token in tokens[clause.start : clause.end]):
        return clause.start > 0 or len(tokens) < 3
    place = FILLERS.skip(tokens, clause.start)
    found = _RETRACTIONS.at(tokens, place) or _RETRACTIONS.at(tokens, clause.start)
    return found is not None and not (found[1] < len(tokens) and tokens[found[1]].low in _NOT_RETRACTED)
