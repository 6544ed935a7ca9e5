"""The form that asks which column of a file is which, and its answers."""

from collections.abc import Mapping
from typing import Any

from bot import cards
from bot.asked_columns import ColumnQuestions
from bot.deal import Json
from bot.errors import Invalid, Refused
from bot.tables import COLUMNS

_GONE = "That question is too old. Drop the file again."


def columns_form(questions: ColumnQuestions, cause: str) -> dict[str, Any]:
    """The form for a file that was given; ``Refused`` when the question is no longer known."""
    question = questions.get(cause)
    if question is None:
        raise Refused(_GONE)
    wanted = [(column.name, column.label, column.required) for column in COLUMNS[question.wanted]]
    return cards.columns_form(question.name, wanted, question.headings, question.guessed, cause)


def chosen_columns(questions: ColumnQuestions, cause: str, answers: Mapping[str, Json]) -> dict[str, str]:
    """Our names of columns and the headings that were chosen; ``Invalid`` where one is chosen twice."""
    question = questions.get(cause)
    if question is None:
        raise Refused(_GONE)
    picked = {name: int(value) for name, value in answers.items() if str(value).isdecimal()}
    chosen = {
        name: question.headings[index] for name, index in picked.items() if index < len(question.headings)
    }
    problems, taken = {}, dict[str, str]()
    for name, heading in chosen.items():
        if heading in taken:
            problems[name] = f"{heading} is chosen twice."
        taken[heading] = name
    if problems:
        raise Invalid(problems)
    return chosen
