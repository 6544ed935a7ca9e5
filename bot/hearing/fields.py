"""Which writable facts a message changes, and to what.

command   = opening VERB [the] LABEL ("to" | "as" | ":") VALUE      "bump the amount to €300k"
          | opening VERB DEAL ("to" | "as") OPTION                  "move it to Negotiation"
          | opening VERB VALUE ("as" | "for") [the] LABEL           "log 82 as the P2B"
statement = [report] [the] LABEL link VALUE                         "P2B came back at 82", "stage is now …"
          | scorer "scored" DEAL VALUE | "got" VALUE "on" LABEL     "AWS scored it 82"
          | DEAL "is" OPTION                                        "this one is AWS-sourced"
mended    = "sorry" VALUE                                           "P2B is 72, sorry 82"
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from bot.deal import Deal, Fact, Json, Message
from bot.hearing.clauses import FILLERS, Clause, Mood, clauses, retracts
from bot.hearing.commands import command
from bot.hearing.deals import LOOK_BACK, named_elsewhere, sets_topic, titled_elsewhere
from bot.hearing.extents import closes, value_at
from bot.hearing.labels import Labels
from bot.hearing.openings import lead_in, opening
from bot.hearing.people import local
from bot.hearing.phrases import phrases
from bot.hearing.said import Said
from bot.hearing.statements import pointed_at, statement
from bot.hearing.timing import DOUBT, PAST, put_off
from bot.hearing.tokens import Token

_MENDING = phrases(
    "sorry|correction|i mean|i meant|rather|or rather|make that|make it|no|oops|typo|wait|scratch that",
    "actually|whoops|meant|no wait|sorry it's|it's|sorry i meant|apologies|ah sorry|wait no|strike that",
    "sorry make that|er|um|that's",
)
_WRITTEN = phrases(
    "already updated|already logged|already in|already set|already changed|already entered",
    "already reflected|already there|i updated|i've updated|i have updated|i logged|i've logged",
    "we've updated|we updated|updated it|updated salesforce|updated sfdc|i've set|i set it|i've put",
    "i put it|it's in salesforce|it's already|it's updated|just updated|logged it|recorded it",
    "already did|all updated|salesforce is updated|sfdc is updated|i've changed|i changed|have updated",
    "already done|done in salesforce|done in sfdc|i already|we already|which i|which is already",
    "it is already",
)
_OWN = frozenset({Mood.RETRACTED})  # taken back here, where the right value may follow
_UNSAID = frozenset(
    {Mood.ASKED, Mood.CONDITIONAL, Mood.SUPPOSED, Mood.REPORTED, Mood.JOKING, Mood.UNKNOWN_LANGUAGE}
)


class _Heard(NamedTuple):
    """What was understood so far, reading a message from its start."""

    changes: dict[str, Json]
    last: Fact | None = None
    mending: bool = False
    doubtful: bool = False  # what was said last is taken back unless something else follows
    before: int = 0  # where the clause before began
    commanded: bool = False  # the sentence holds a command, so "and LABEL to VALUE" goes on with it


def field_changes(message: Message, deal: Deal) -> Mapping[str, Json] | None:
    """The values that the author says facts should have, typed, by our names of the facts; None where there are none.

    Only facts of ``deal.facts`` that are writable. What the record holds already is left out unless the bot was asked.
    """
    labels = Labels(deal)
    today = local(message.at, message.author, deal).date()
    heard, away, sentence, taken = _Heard({}), False, None, 0
    for clause in clauses(message):
        if clause.sentence is not sentence:
            sentence, taken = clause.sentence, 0
            topic = sets_topic(sentence, deal)
            away = away if topic is None else topic
            heard = heard._replace(commanded=False, before=0)
        if away or clause.start < taken:
            continue
        heard, taken = _read(clause, heard, taken, labels, deal, today, message.addressed)
        heard = heard._replace(before=clause.start)
    if heard.doubtful:
        return None
    changes = {
        name: value
        for name, value in heard.changes.items()
        if message.addressed or deal.facts[name].value != value
    }
    return changes or None


def _read(
    clause: Clause, heard: _Heard, taken: int, labels: Labels, deal: Deal, today: date, addressed: bool
) -> tuple[_Heard, int]:
    said = _said(clause, heard, labels, deal, today, addressed)
    if said is not None and _stands(clause, said, deal, addressed):
        if heard.doubtful and heard.last is not None:
            heard.changes.pop(heard.last.name, None)
        heard.changes[said.fact.name] = said.value
        return heard._replace(
            last=said.fact, mending=False, doubtful=False, commanded=heard.commanded or said.ordered
        ), said.end
    if heard.last is not None and (mended := _mended(clause, heard, heard.last, deal, today)) is not None:
        heard.changes[heard.last.name] = mended[0]
        return heard._replace(mending=False, doubtful=False), mended[1]
    marker = _MENDING.at(clause.tokens, clause.start)
    if marker is not None and marker[1] >= clause.end:
        return heard._replace(mending=True, doubtful=heard.doubtful or retracts(clause)), taken
    if heard.doubtful or (heard.changes and (_written(clause) or retracts(clause))):
        return _Heard({}), taken
    return heard._replace(mending=False), taken


def _said(
    clause: Clause, heard: _Heard, labels: Labels, deal: Deal, today: date, addressed: bool
) -> Said | None:
    verb = opening(clause, addressed, despite=_OWN)
    if verb is not None:
        found = command(clause.sentence, verb, labels, deal, today, addressed)
        if found is not None:
            return found
    if clause.moods & _UNSAID:
        return None
    place, _ = lead_in(clause.tokens, clause.start)
    found = statement(clause.sentence, place, labels, deal, today, addressed, heard.commanded)
    if found is None and clause.start:
        found = pointed_at(clause.sentence, heard.before, clause.start, place, labels, deal, today)
    return found


def _stands(clause: Clause, said: Said, deal: Deal, addressed: bool) -> bool:
    """Whether nothing around the value takes it back, puts it off or turns it to another deal."""
    tokens, after = clause.tokens, max(said.end, clause.end)
    if titled_elsewhere(clause, deal) or named_elsewhere(
        tokens, max(0, clause.start - LOOK_BACK), said.start, deal
    ):
        return False
    if named_elsewhere(tokens, said.end, after, deal):
        return False
    if PAST.within(tokens, said.end, after) is not None or DOUBT.within(tokens, said.end, after) is not None:
        return False
    if put_off(tokens, said.end, after) or (not said.reported and _due(tokens, said.end, after)):
        return False
    return not (clause.sentence.asked and after >= len(tokens) and not said.ordered)


def _due(tokens: tuple[Token, ...], start: int, end: int) -> bool:
    """Whether it is to be so only later: "stage should be Negotiation by Friday"."""
    return any(token.low in ("by", "yesterday", "before") for token in tokens[start:end])


def _mended(clause: Clause, heard: _Heard, last: Fact, deal: Deal, today: date) -> tuple[Json, int] | None:
    place = clause.start
    marker = _MENDING.at(clause.tokens, place)
    if marker is None and not heard.mending:
        return None
    place = _MENDING.skip(clause.tokens, place)
    found = value_at(last, clause.sentence, place, deal, today) if place < clause.end else None
    return found if found is not None and closes(clause.tokens, found[1]) else None


def _written(clause: Clause) -> bool:
    place = FILLERS.skip(clause.tokens, clause.start)
    return _WRITTEN.at(clause.tokens, place) is not None
