"""What a person filled in: ``state.values`` and ``actions`` as Slack sends them."""

from typing import Any

from sandbox.slack.blocks import elements, options_of
from sandbox.slack.errors import Object

_SOURCES = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
"""Element type: the name of its value in ``state``, and of what it starts with."""

State = dict[str, dict[str, Object]]
"""``state.values``: by block id, then by action id."""


def state(blocks: list[Object], kept: State | None = None) -> State:
    """What the elements hold: what was ``kept`` for the same block and action, else what they start with."""
    values: State = {}
    for block, element in elements(blocks):
        if element["type"] not in _SOURCES:
            continue
        before = (kept or {}).get(block["block_id"], {}).get(element["action_id"])
        same = before is not None and before["type"] == element["type"]
        held = before if same and before is not None else _initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = held
    return values


def picked(element: Object, value: Any) -> Object:
    """The state of an element in which a person picked or typed ``value``; ``ValueError`` if they cannot."""
    kind = element["type"]
    if kind not in _SOURCES:
        raise ValueError(f"a {kind} holds no value")
    name = _SOURCES[kind][0]
    if name == "selected_option":
        return {"type": kind, name: None if value is None else _option(element, value)}
    if name == "selected_options":
        return {"type": kind, name: [_option(element, one) for one in _many(value)]}
    if name.endswith("s") and kind.startswith("multi_"):
        return {"type": kind, name: _many(value)}
    if kind == "datetimepicker":
        return {"type": kind, name: None if value is None else int(value)}
    return {"type": kind, name: None if value is None or value == "" else str(value)}


def note(values: State, block: Object, element: Object, value: Any) -> None:
    """Let ``values`` hold what was just picked; pressing a button changes nothing."""
    if element["type"] in _SOURCES:
        values.setdefault(block["block_id"], {})[element["action_id"]] = picked(element, value)


def filled(view: Object, answers: Object) -> State:
    """``state.values`` of a view after a person gave these answers by block id.

    An answer is a value, a list of values, or a dict from action id to a ready state. ``ValueError`` when there is no
    such block, or when Slack's own form would not let the person send it.
    """
    values: State = {block: dict(actions) for block, actions in view["state"]["values"].items()}
    for block_id, answer in answers.items():
        inside = {e["action_id"]: e for b, e in elements(view["blocks"]) if b["block_id"] == block_id}
        if not inside:
            raise ValueError(f"the view has no block {block_id!r}; it has {sorted(values)}")
        if isinstance(answer, dict) and answer.keys() <= inside.keys():
            values.setdefault(block_id, {}).update(answer)
            continue
        action_id, element = next(iter(inside.items()))
        values.setdefault(block_id, {})[action_id] = picked(element, answer)
    for block, element in elements(view["blocks"]):
        if block["type"] == "input" and element["type"] in _SOURCES:
            _accept(block, element, values[block["block_id"]][element["action_id"]])
    return values


def action(block: Object, element: Object, value: Any, ts: str) -> Object:
    """The entry of ``actions`` for pressing or choosing."""
    about = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": ts}
    kind = element["type"]
    if kind == "button":
        kept = ("value", "url", "style")
        extra: Object = {name: element[name] for name in kept if name in element}
        return {"type": kind, "text": element["text"], **extra, **about}
    if kind == "overflow":
        return {"type": kind, "selected_option": _option(element, value), **about}
    extra = {name: element[name] for name in ("placeholder", _SOURCES[kind][1]) if name in element}
    return {**picked(element, value), **extra, **about}


def _initial(element: Object) -> Object:
    kind = element["type"]
    name, start = _SOURCES[kind]
    many = kind.startswith("multi_") or kind == "checkboxes"
    return {"type": kind, name: element.get(start, [] if many else None)}


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set) else [value]


def _option(element: Object, value: Any) -> Object:
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    known = options_of(element)
    for option in known:
        if value in (option["value"], option):
            return option
    raise ValueError(f"{value!r} is not an option; there are {[option['value'] for option in known]}")


def _accept(block: Object, element: Object, held: Object) -> None:
    label = block["label"]["text"]
    value = held[_SOURCES[element["type"]][0]]
    if value in (None, "", []):
        if not block.get("optional"):
            raise ValueError(f"Slack's form does not send: {label!r} ({block['block_id']}) is required")
        return
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if not least <= len(value) <= most:
            raise ValueError(f"Slack's form does not send: {label!r} takes {least} to {most} characters")
    if element["type"] == "number_input":
        number = float(value)
        low, high = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
        whole = element["is_decimal_allowed"] or number.is_integer()
        if not low <= number <= high or not whole:
            raise ValueError(f"Slack's form does not send: {label!r} does not take {value}")
