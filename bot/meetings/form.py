"""The edit form of a meeting: its questions, and what its answers mean."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from bot.action import Ask, Question
from bot.deal import Deal, Json
from bot.errors import Invalid
from bot.hearing.meeting import LONGEST, SHORTEST
from bot.meetings import people, times, words
from bot.meetings.draft import Draft

OTHER = "other"
"""The choice among the offered times that is none of them."""

_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def questions(draft: Draft, deal: Deal) -> tuple[Question, ...]:
    """Time, length, title, people and agenda, prefilled."""
    offers = {slot.start.isoformat(): words.label(draft, slot.start) for slot in times.offers(draft, deal)}
    current = draft.start.isoformat() if draft.start is not None else OTHER
    own = current if current not in offers and current != OTHER else None
    return (
        Question(
            name="slot",
            label="Time",
            ask=Ask.CHOICE,
            initial=OTHER if own else current,
            options=(*offers.items(), (OTHER, "Another time")),
            problem=" ".join(words.problems(draft, deal)) or None,
        ),
        Question(
            name="datetime",
            label="Another time",
            ask=Ask.DATETIME,
            hint="Shown in your own time zone. Used when you pick “Another time” above.",
            initial=own,
            required=False,
        ),
        Question(
            name="minutes",
            label="Minutes",
            ask=Ask.NUMBER,
            hint=f"{SHORTEST} to {LONGEST}",
            initial=str(draft.minutes),
        ),
        Question(name="summary", label="Title", ask=Ask.TEXT, initial=words.title(draft, deal)),
        Question(
            name="attendees",
            label="Who",
            ask=Ask.TEXT,
            hint="E-mail addresses with commas between. Whoever approves is the organiser and comes too.",
            initial=", ".join(draft.attendees),
        ),
        Question(
            name="agenda",
            label="Description",
            ask=Ask.LONG_TEXT,
            hint="The partner's people read this.",
            initial=words.agenda(draft, deal),
            required=False,
        ),
    )


def taken(answers: Mapping[str, Json], draft: Draft, deal: Deal) -> dict[str, Any]:
    """The fields that a form's answers set; ``Invalid`` names every answer that cannot be taken.

    A time outside working hours is taken (the card says so); one that has passed, or at which somebody is known to be
    busy, is not.
    """
    problems: dict[str, str] = {}
    fields: dict[str, Any] = {"unchecked": ()}
    question, start = _time(answers, draft, problems)
    if start != draft.start:
        fields |= {"start": start, "chosen": True}
    if "minutes" in answers and (minutes := _minutes(answers["minutes"], problems)):
        fields["minutes"] = minutes
    if "summary" in answers:
        fields["summary"] = " ".join(str(answers["summary"] or "").split())
        if not fields["summary"]:
            problems["summary"] = "The invitation needs a title."
    if "agenda" in answers:
        fields["agenda"] = str(answers["agenda"] or "").strip()
    if "attendees" in answers:
        fields |= _people(answers["attendees"], draft, deal, problems)
    if not problems.keys() & {"slot", "datetime"}:
        against = _against(draft.model_copy(update=fields), deal)
        problems |= {question: against} if against else {}
    if problems:
        raise Invalid(problems)
    return fields


def _time(answers: Mapping[str, Json], draft: Draft, problems: dict[str, str]) -> tuple[str, datetime | None]:
    """Which question the time comes from, and the time."""
    slot, other = answers.get("slot"), answers.get("datetime")
    kept = slot is None or _moment(slot) == draft.start
    if slot == OTHER or (kept and other):
        if not other:
            problems["datetime"] = "Pick the date and time, or choose one of the times above."
        found = _moment(other) if other else draft.start
        if other and found is None:
            problems["datetime"] = "This is not a date and time."
        return "datetime", found
    if kept:
        return "slot", draft.start
    found = _moment(slot)
    if found is None:
        problems["slot"] = "Choose one of the times, or “Another time”."
    return "slot", found


def _against(edited: Draft, deal: Deal) -> str | None:
    """What keeps a time that a person chose from being taken."""
    if not edited.chosen or edited.when is None:
        return None
    if edited.when.start <= deal.as_of:
        return "That time has passed. Choose a later one."
    busy = words.busy(edited, deal)
    return " ".join([*busy, "Choose another time."]) if busy else None


def _moment(answer: Json) -> datetime | None:
    if not isinstance(answer, str):
        return None
    try:
        return _MOMENT.validate_python(answer, strict=False).astimezone(UTC)
    except ValidationError:
        return None


def _minutes(answer: Json, problems: dict[str, str]) -> int | None:
    text = str(answer).strip()
    minutes = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    if SHORTEST <= minutes <= LONGEST:
        return minutes
    problems["minutes"] = f"Minutes are a whole number from {SHORTEST} to {LONGEST}."
    return None


def _people(answer: Json, draft: Draft, deal: Deal, problems: dict[str, str]) -> dict[str, Any]:
    """The fields that follow from who comes; none when those come who came before."""
    invited = people.addresses(str(answer or ""), deal, problems)
    if sorted(invited) == sorted(address.lower() for address in draft.attendees):
        return {}
    attendees = tuple(people.spelled(deal, address) for address in invited)
    return {"partners_open": False, **people.following(deal, attendees)}
