"""The edit form, made of an action's questions, and the answers of any form read back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from bot.action import Ask, Question
from bot.cards.blocks import Block, context, few, modal, words
from bot.cards.names import deal_link, private, title_of, window_title
from bot.cards.text import clip, one_line, sentence, size
from bot.deal import Json
from bot.proposal import Proposal

ANSWER = "answer"  # action_id of every element; the block_id is the question's name
MOST_TYPED = 3_000  # Block Kit reference: plain_text_input
_MOST_BLOCKS = 100
_MOST_OPTIONS = 100  # of one select, or of one group in it
_MOST_BOXES = 10
_SHORT = 60  # characters of an option that reads well beside a check box


def edit_form(proposal: Proposal, questions: tuple[Question, ...]) -> Block:
    """The form that edits a proposal's action, one input for each question, each prefilled."""
    asked, more = few(questions, (_MOST_BLOCKS - 2) // 2)
    title = title_of(proposal)
    window = window_title(proposal, "Edit details")
    action = "" if window == title else f"{one_line(title, 100)}  ·  "
    about = (
        f"{action}{deal_link(proposal)}  ·  Saving changes the card. Nothing is written until it is approved."
    )
    blocks = [context("form.about", about)]
    for question in asked:
        blocks += _asked(question)
    if more:
        blocks.append(context("form.more", f"{more} that do not fit in this form"))
    return modal(window, "cosell.edit", private(proposal), blocks, "Save")


def answers(view_state_values: Mapping[str, Mapping[str, Mapping[str, Json]]]) -> Mapping[str, Json]:
    """The answers of a submitted form by question: text, a list for several choices, None where nothing was given.

    Numbers come as they were typed, date-times as ISO 8601 in UTC.
    """
    return {name: _answer(next(iter(elements.values()), {})) for name, elements in view_state_values.items()}


def _answer(element: Mapping[str, Json]) -> Json:
    match element.get("type"):
        case "datepicker":
            return element.get("selected_date")
        case "datetimepicker":
            at = element.get("selected_date_time")
            return None if at is None else datetime.fromtimestamp(int(at), UTC).isoformat()
        case "static_select" | "radio_buttons":
            return (element.get("selected_option") or {}).get("value")
        case "multi_static_select" | "checkboxes":
            return [option["value"] for option in element.get("selected_options") or ()]
    return element.get("value") or None


# -- one question -------------------------------------------------------------------------------------------
def _asked(question: Question) -> Iterator[Block]:
    element, trouble = _element(question)
    if problem := question.problem or trouble:
        yield context(clip(f"{question.name}.problem", 255), f":warning: {sentence(one_line(problem, 500))}")
    if element is None:
        return
    asked: Block = {
        "type": "input",
        "block_id": question.name,
        "optional": not question.required,
        "label": words(question.label, 150),
        "element": {**element, "action_id": ANSWER},
    }
    if question.hint and question.hint.strip():
        asked["hint"] = words(question.hint, 150)
    yield asked


def _element(question: Question) -> tuple[Block | None, str | None]:
    """The element to answer with, and what has to be said about it; no element when there is nothing to choose."""
    match question.ask:
        case Ask.TEXT | Ask.LONG_TEXT:
            return _text(question)
        case Ask.NUMBER:
            return _with(
                {"type": "number_input", "is_decimal_allowed": True}, "initial_value", _number(question)
            ), None
        case Ask.DATE:
            return _with({"type": "datepicker"}, "initial_date", _date(question)), None
        case Ask.DATETIME:
            return _with({"type": "datetimepicker"}, "initial_date_time", _moment(question)), None
    options = _options(question)
    if not options:
        return None, f"{question.label}: there is nothing to choose from"
    return (_select(question, options) if question.ask is Ask.CHOICE else _several(question, options)), None


def _with(element: Block, name: str, value: Json) -> Block:
    return element if value is None else {**element, name: value}


def _text(question: Question) -> tuple[Block, str | None]:
    initial = "" if question.initial is None else str(question.initial)
    element: Block = {
        "type": "plain_text_input",
        "multiline": question.ask is Ask.LONG_TEXT,
        "max_length": MOST_TYPED,
    }
    fitting = clip(initial, MOST_TYPED)
    cut = (
        None
        if fitting == initial
        else f"A form holds {MOST_TYPED:,} characters, so {question.label} was cut here"
    )
    return _with(element, "initial_value", fitting or None), cut


def _number(question: Question) -> str | None:
    try:
        number = Decimal(str(question.initial))
    except InvalidOperation:
        return None
    plain = f"{number:f}" if number.is_finite() and abs(number.adjusted()) < 30 else ""
    return plain if 0 < len(plain) <= 60 else None


def _date(question: Question) -> str | None:
    try:
        return date.fromisoformat(str(question.initial)).isoformat()
    except ValueError:
        return None


def _moment(question: Question) -> int | None:
    """Seconds since 1970; Slack takes ten digits, which is 2001 to 2286."""
    try:
        at = datetime.fromisoformat(str(question.initial))
    except ValueError:
        return None
    seconds = int(at.timestamp()) if at.tzinfo is not None else 0
    return seconds if 10**9 <= seconds < 10**10 else None


def _options(question: Question) -> list[Block]:
    """Each choice once, by its value; what Slack could not send back (an empty or overlong value) is left out."""
    options = {value: label for value, label in question.options if 0 < size(value) <= 150}
    return [{"text": words(label or value, 75), "value": value} for value, label in options.items()]


def _select(question: Question, options: list[Block]) -> Block:
    chosen = next((option for option in options if option["value"] == question.initial), None)
    return _with({"type": "static_select", **_grouped(options)}, "initial_option", chosen)


def _several(question: Question, options: list[Block]) -> Block:
    initial = question.initial if isinstance(question.initial, list | tuple) else (question.initial,)
    chosen = [option for option in options if option["value"] in initial] or None
    if len(options) <= _MOST_BOXES and all(size(option["text"]["text"]) <= _SHORT for option in options):
        return _with({"type": "checkboxes", "options": options}, "initial_options", chosen)
    return _with({"type": "multi_static_select", **_grouped(options)}, "initial_options", chosen)


def _grouped(options: Sequence[Block]) -> Block:
    """A select takes a hundred options; more of them are put into groups named by their first and last."""
    if len(options) <= _MOST_OPTIONS:
        return {"options": list(options)}
    hundreds = [options[i : i + _MOST_OPTIONS] for i in range(0, len(options), _MOST_OPTIONS)][:_MOST_OPTIONS]
    return {
        "option_groups": [
            {"label": words(f"{_start(group[0])} – {_start(group[-1])}", 75), "options": list(group)}
            for group in hundreds
        ]
    }


def _start(option: Block) -> str:
    return clip(option["text"]["text"], 30)
