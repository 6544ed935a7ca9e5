"""The edit form of a referral: its questions, and what its answers mean."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from bot.ace import model, places, values
from bot.ace.draft import Draft, SharedContact
from bot.ace.fields import FIELDS, Field
from bot.action import Ask, Finding, Question
from bot.deal import Deal, Json
from bot.errors import Invalid

MOST_QUESTIONS = 22
LONGEST_LABEL = 75  # of a choice in Slack
LONGEST_TEXT = 2000  # AWS's limit of the longest text; Slack's is 3,000

INVOLVEMENTS = {
    "Co-Sell, Full": "Co-Sell",
    "For Visibility Only, Full": "For visibility only, AWS sees everything",
    "For Visibility Only, Limited": "For visibility only, AWS sees a limited part",
}
"""The combinations of involvement and visibility that AWS takes."""


def questions(draft: Draft, deal: Deal, findings: Iterable[Finding]) -> tuple[Question, ...]:
    """At most 22 questions, prefilled: those with problems first, then what no record knows."""
    problems: dict[str, str] = {}
    for finding in findings:
        problems.setdefault(finding.name, told(finding))
    asked = [_question(field, draft, deal, problems.get(field.name)) for field in FIELDS.values()]
    able = [q for q in asked if q.options or q.ask not in (Ask.CHOICE, Ask.CHOICES)]
    return tuple(sorted(able, key=lambda question: question.problem is None)[:MOST_QUESTIONS])


def told(finding: Finding) -> str:
    """The edit that mends it, and in parentheses what AWS would say."""
    return f"{finding.edit.rstrip('.')} ({finding.problem.rstrip('.')})."


def taken(answers: Mapping[str, Json], draft: Draft, deal: Deal) -> dict[str, Json]:
    """The fields that a form's answers set, converted; ``Invalid`` names every answer that cannot be taken."""
    fields: dict[str, Json] = {}
    problems: dict[str, str] = {}
    for name, answer in answers.items():
        field = FIELDS.get(name)
        try:
            if field is None:
                raise ValueError("This form has no such question.")
            fields |= _PARSERS.get(name, _plain)(field, answer, deal)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise Invalid(problems)
    country = fields.get("country", draft.country)
    if "state" in fields or "country" in fields:
        fields["state"] = places.state(fields.get("state", draft.state), country)
    return fields


def _question(field: Field, draft: Draft, deal: Deal, problem: str | None) -> Question:
    options = _options(field, deal)
    initial = _initial(field, draft)
    if field.ask is Ask.CHOICES:
        initial = [one for one in initial or () if one in dict(options)]
    elif field.ask is Ask.CHOICE:
        initial = initial if initial in dict(options) else None
    elif field.ask is Ask.DATE:
        initial = initial if _is_day(initial) else None
    elif isinstance(initial, str) and len(initial) > LONGEST_TEXT:
        problem = (
            f"{problem or ''} Shortened here from {len(initial):,} to {LONGEST_TEXT:,} characters.".strip()
        )
        initial = initial[:LONGEST_TEXT]
    return Question(
        name=field.name,
        label=field.caption,
        ask=field.ask,
        hint=field.hint,
        initial=initial,
        options=options,
        required=field.required and not (field.name == "website" and draft.national_security == "Yes"),
        problem=problem,
    )


def _options(field: Field, deal: Deal) -> tuple[tuple[str, str], ...]:
    match field.name:
        case "solutions":
            active = [one for one in deal.solutions if one.status == "Active"]
            return tuple(
                (one.id, _short(f"{one.name} ({one.id})", keep=f" ({one.id})")) for one in active[:100]
            )
        case "contacts":
            people = {_key(shared): shared for shared in map(SharedContact.of, deal.contacts)}
            return tuple(
                (key, _short(", ".join(filter(None, (shared.name, shared.title)))))
                for key, shared in list(people.items())[:100]
            )
        case "involvement":
            return tuple(INVOLVEMENTS.items())
    return tuple((option, _short(option)) for option in field.options)


def _initial(field: Field, draft: Draft) -> Json:
    match field.name:
        case "contacts":
            return [_key(contact) for contact in draft.contacts]
        case "involvement":
            return f"{draft.involvement}, {draft.visibility}"
        case "competitor":
            return draft.other_competitor or draft.competitor
        case "products":
            return ", ".join(draft.products) or None
    value = getattr(draft, field.name)
    return list(value) if isinstance(value, tuple) else value


def _plain(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    if field.ask is Ask.CHOICES:
        return {field.name: _chosen(field, answer, deal)}
    written = values.text(answer)
    if field.ask is Ask.CHOICE and written is not None and written not in dict(_options(field, deal)):
        raise ValueError(f"“{written}” is not one of the choices.")
    if field.ask is Ask.DATE and written is not None and not _is_day(written):
        raise ValueError(f"“{written}” is not a date; write it like {deal.as_of.year + 1}-03-31.")
    return {field.name: written}


def _chosen(field: Field, answer: Json, deal: Deal) -> tuple[str, ...]:
    if answer is not None and not isinstance(answer, (list, tuple)):
        raise ValueError("Choose from the list.")
    chosen = tuple(dict.fromkeys(str(one) for one in answer or ()))
    known = dict(_options(field, deal))
    if strangers := [one for one in chosen if one not in known]:
        raise ValueError(f"“{strangers[0]}” is not one of the choices any more; choose again.")
    return chosen


def _amount(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    written = values.text(answer)
    if written is None:
        return {field.name: None}
    if not re.fullmatch(r"\d{1,18}(\.\d{1,2})?", written, re.ASCII):
        raise ValueError("Write the amount in digits, with at most two decimals, like 12500 or 12500.50.")
    return {field.name: values.amount(written)}


def _country(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    written = values.text(answer)
    if written is None:
        return {field.name: None}
    code = places.country_code(written)
    if code is None:
        raise ValueError(f"AWS knows no country “{written}”; write its two-letter code or its English name.")
    return {field.name: code}


def _duns(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    return {field.name: values.duns(answer)}


def _involvement(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    if not isinstance(answer, str) or answer not in INVOLVEMENTS:
        raise ValueError("Choose how AWS is to be involved.")
    involvement, visibility = str(answer).split(", ")
    return {"involvement": involvement, "visibility": visibility}


def _competitor(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    written = values.text(answer)
    if written is None:
        return {"competitor": None, "other_competitor": None}
    listed = {name.casefold(): name for name in model.options("CompetitorName")}
    if written.casefold() in listed and listed[written.casefold()] != "*Other":
        return {"competitor": listed[written.casefold()], "other_competitor": None}
    if written in ("*Other", "Other"):
        raise ValueError("Write the competitor's name.")
    return {"competitor": "*Other", "other_competitor": written}


def _contacts(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    chosen = _chosen(field, answer, deal)
    people = {_key(shared): shared for shared in map(SharedContact.of, deal.contacts)}
    return {"contacts": tuple(people[key] for key in chosen)}


def _products(field: Field, answer: Json, deal: Deal) -> dict[str, Json]:
    written = re.split(r"[,;\n]", values.text(answer) or "")
    return {"products": tuple(dict.fromkeys(one.strip() for one in written if one.strip()))}


_PARSERS: Mapping[str, Callable[[Field, Json, Deal], dict[str, Json]]] = {
    "aws_monthly_spend": _amount,
    "country": _country,
    "duns": _duns,
    "involvement": _involvement,
    "competitor": _competitor,
    "contacts": _contacts,
    "products": _products,
}


def _key(contact: SharedContact) -> str:
    return (contact.email or contact.name)[:150]


def _is_day(written: Json) -> bool:
    if not isinstance(written, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        return False
    try:
        return bool(date.fromisoformat(written))
    except ValueError:
        return False


def _short(label: str, keep: str = "") -> str:
    if len(label) <= LONGEST_LABEL:
        return label
    return f"{label[: LONGEST_LABEL - 1 - len(keep)]}…{keep}"
