"""The limits of Block Kit: what Slack refuses in blocks and views, and where.

Numbers are those of Slack's Block Kit reference and of slack_sdk 3.47. A block of a type that is newer than the ones
checked here is let through on the surfaces that take it.
"""

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

from sandbox.slack.checks import count, length, problem
from sandbox.slack.errors import Object
from sandbox.slack.tables import rich_text_problems, table_problems

MESSAGE, MODAL, HOME = "message", "modal", "home"
MAX_BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
MAX_TEXT_OF_ALL_BLOCKS = 13_200
MAX_VIEW_BYTES = 250_000

_EVERYWHERE = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}
_BLOCKS = {
    MESSAGE: _EVERYWHERE
    | {"card", "carousel", "container", "context_actions", "file", "markdown", "plan", "table", "task_card"},
    MODAL: _EVERYWHERE | {"alert"},
    HOME: _EVERYWHERE,
}
_PICKERS = {"datepicker", "timepicker"}
_SELECTS = {
    f"{many}{source}_select"
    for many in ("", "multi_")
    for source in ("static", "external", "users", "conversations", "channels")
}
_CHOICES = _SELECTS | _PICKERS | {"radio_buttons", "checkboxes"}
_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
_ELEMENTS = {
    "section": _CHOICES | {"button", "overflow", "image", "workflow_button"},
    "actions": _CHOICES | {"button", "overflow", "datetimepicker", "workflow_button"},
    "input": _CHOICES | _TYPED | {"datetimepicker", "file_input", "rich_text_input"},
    "context": {"image", "plain_text", "mrkdwn"},
    "context_actions": {"feedback_buttons", "icon_button"},
}
_OPTIONS = {
    "radio_buttons": 10,
    "checkboxes": 10,
    "overflow": 5,
    "static_select": 100,
    "multi_static_select": 100,
}


def block_problems(blocks: Any, surface: str) -> list[str]:
    """What Slack would refuse in these blocks on a surface (message, modal, home); empty when it takes them."""
    return list(_blocks(blocks, surface, "/blocks"))


def view_problems(view: Any) -> list[str]:
    """What Slack would refuse in this modal or Home tab; empty when it takes it."""
    if not isinstance(view, dict) or view.get("type") not in (MODAL, HOME):
        return ["must be a modal or a home view [json-pointer:/view/type]"]
    return list(_view(view))


def text_length(blocks: Any) -> int:
    """The characters of all texts in blocks, however deep."""
    if isinstance(blocks, list):
        return sum(map(text_length, blocks))
    if not isinstance(blocks, dict):
        return 0
    return sum(len(v) if k == "text" and isinstance(v, str) else text_length(v) for k, v in blocks.items())


def completed(blocks: list[Object]) -> list[Object]:
    """A copy in which every block and element has its id, as Slack stores it."""
    stored: list[Object] = json.loads(json.dumps(blocks))
    for block in stored:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for _, element in elements(stored):
        element.setdefault("action_id", secrets.token_urlsafe(4))
    return stored


def elements(blocks: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Each interactive element with the block it is in."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        for element in inside:
            kind = element.get("type") if isinstance(element, dict) else None
            if kind and kind not in ("image", "plain_text", "mrkdwn") and block["type"] != "rich_text":
                yield block, element


def options_of(element: Object) -> list[Object]:
    """The options of an element, those in groups too."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(option for group in groups for option in group["options"])]


def _text(value: Any, most: int, pointer: str, plain: bool = False, required: bool = True) -> Iterator[str]:
    if value is None:
        if required:
            yield problem(f"missing required field: {pointer.rsplit('/', 1)[1]}", pointer.rsplit("/", 1)[0])
        return
    allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(value, dict):
        yield problem("must be an object", pointer)
    elif value.get("type") not in allowed:
        yield problem(f"must be {' or '.join(allowed)}", f"{pointer}/type")
    elif "text" not in value:
        yield problem("missing required field: text", pointer)
    else:
        yield from length(value["text"], most, f"{pointer}/text", least=1)


def _view(view: Object) -> Iterator[str]:
    if view["type"] == MODAL:
        yield from _text(view.get("title"), 24, "/view/title", plain=True)
        for name in ("submit", "close"):
            yield from _text(view.get(name), 24, f"/view/{name}", plain=True, required=False)
    else:
        for name in ("title", "submit", "close"):
            if view.get(name):
                yield problem(f"invalid additional property: {name}", "/view")
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        yield from length(view.get(name), most, f"/view/{name}")
    if "blocks" not in view:
        yield problem("missing required field: blocks", "/view")
        return
    yield from _blocks(view["blocks"], view["type"], "/view/blocks")
    blocks = view["blocks"] if isinstance(view["blocks"], list) else []
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if asks and view["type"] == MODAL and not view.get("submit"):
        yield problem("missing required field: submit, which a view with input blocks must have", "/view")


def _blocks(blocks: Any, surface: str, pointer: str) -> Iterator[str]:
    yield from count(blocks, MAX_BLOCKS[surface], pointer, least=0)
    if not isinstance(blocks, list):
        return
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        at = f"{pointer}/{index}"
        if not isinstance(block, dict) or block.get("type") not in _BLOCKS[surface]:
            kind = block.get("type") if isinstance(block, dict) else block
            yield problem(f"unsupported type: {kind}", f"{at}/type")
            continue
        yield from length(block.get("block_id"), 255, f"{at}/block_id", least=1)
        if block.get("block_id") in seen:
            yield problem(f"block_id already exists: {block['block_id']}", f"{at}/block_id")
        seen |= {block["block_id"]} if isinstance(block.get("block_id"), str) else set()
        yield from _block(block, at)
    written = [str(b.get("text", "")) for b in blocks if isinstance(b, dict) and b.get("type") == "markdown"]
    if sum(map(len, written)) > 12_000:
        yield problem("all markdown blocks together must be less than 12001 characters", pointer)
    if sum(isinstance(b, dict) and b.get("type") == "table" for b in blocks) > 1:
        yield problem("only one table allowed", pointer)


def _block(block: Object, at: str) -> Iterator[str]:
    match block["type"]:
        case "section":
            fields = block.get("fields")
            yield from _text(block.get("text"), 3000, f"{at}/text", required=not fields)
            if fields is not None:
                yield from count(fields, 10, f"{at}/fields")
                for index, field in enumerate(fields if isinstance(fields, list) else []):
                    yield from _text(field, 2000, f"{at}/fields/{index}")
            if block.get("accessory") is not None:
                yield from _element(block["accessory"], "section", f"{at}/accessory")
        case "header":
            yield from _text(block.get("text"), 150, f"{at}/text", plain=True)
        case "actions" | "context" | "context_actions" as kind:
            most = {"actions": 25, "context": 10, "context_actions": 5}[kind]
            inside = block.get("elements")
            yield from count(inside, most, f"{at}/elements")
            seen: set[str] = set()
            for index, element in enumerate(inside if isinstance(inside, list) else []):
                yield from _element(element, kind, f"{at}/elements/{index}")
                name = element.get("action_id") if isinstance(element, dict) else None
                if name in seen:
                    yield problem(f"action_id already exists: {name}", f"{at}/elements/{index}/action_id")
                seen |= {name} if isinstance(name, str) else set()
        case "input":
            yield from _text(block.get("label"), 2000, f"{at}/label", plain=True)
            yield from _text(block.get("hint"), 2000, f"{at}/hint", plain=True, required=False)
            yield from _element(block.get("element"), "input", f"{at}/element")
        case "image":
            yield from _image(block, at)
            yield from _text(block.get("title"), 2000, f"{at}/title", plain=True, required=False)
        case "markdown":
            yield from length(block.get("text", ""), 12_000, f"{at}/text", least=1)
        case "rich_text":
            yield from rich_text_problems(block.get("elements"), f"{at}/elements")
        case "table":
            yield from table_problems(block, at)


def _image(image: Object, at: str) -> Iterator[str]:
    if not image.get("image_url") and not image.get("slack_file"):
        yield problem("missing required field: image_url", at)
    if image.get("slack_file") is not None:
        yield from _slack_file(image["slack_file"], f"{at}/slack_file")
    yield from length(image.get("image_url"), 3000, f"{at}/image_url")
    if not isinstance(image.get("alt_text"), str):
        yield problem("missing required field: alt_text", at)
    yield from length(image.get("alt_text"), 2000, f"{at}/alt_text")


def _slack_file(named: Any, at: str) -> Iterator[str]:
    if not isinstance(named, dict) or len(named.keys() & {"id", "url"}) != 1:
        yield problem("must have exactly one of id and url", at)
    elif "id" in named and not re.fullmatch(r"F[A-Z0-9]{8,}", str(named["id"])):
        yield problem("input must match regex pattern: ^[F][A-Z0-9]{8,}$", f"{at}/id")


def _element(element: Any, inside: str, at: str) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or kind not in _ELEMENTS[inside]:
        yield problem(f"unsupported type: {kind} in {inside}", f"{at}/type")
        return
    if inside == "context":
        yield from _image(element, at) if kind == "image" else _text(element, 3000, at)
        return
    if kind == "image":
        yield from _image(element, at)
        return
    yield from length(element.get("action_id"), 255, f"{at}/action_id", least=1)
    yield from _text(element.get("placeholder"), 150, f"{at}/placeholder", plain=True, required=False)
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    if kind == "button":
        yield from _button(element, at)
    elif kind in _OPTIONS:
        yield from _options(element, kind, at)
    elif kind == "plain_text_input":
        most = element.get("max_length", 3000)
        if not isinstance(most, int) or not 1 <= most <= 3000:
            yield problem("must be between 1 and 3000", f"{at}/max_length")
            return
        least = element.get("min_length", 0)
        if not isinstance(least, int) or not 0 <= least <= most:
            yield problem(f"must be between 0 and {most}", f"{at}/min_length")
            return
        yield from length(element.get("initial_value"), most, f"{at}/initial_value")
    elif kind == "number_input" and not isinstance(element.get("is_decimal_allowed"), bool):
        yield problem("missing required field: is_decimal_allowed", at)
    elif kind == "datetimepicker" and not isinstance(element.get("initial_date_time", 0), int):
        yield problem("must be an integer", f"{at}/initial_date_time")


def _button(button: Object, at: str) -> Iterator[str]:
    yield from _text(button.get("text"), 75, f"{at}/text", plain=True)
    for name, most in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
        yield from length(button.get(name), most, f"{at}/{name}")
    if button.get("style", "primary") not in ("primary", "danger"):
        yield problem("must be primary or danger", f"{at}/style")


def _confirm(confirm: Any, at: str) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield problem("must be an object", at)
        return
    yield from _text(confirm.get("title"), 100, f"{at}/title", plain=True)
    yield from _text(confirm.get("text"), 300, f"{at}/text")
    for name in ("confirm", "deny"):
        yield from _text(confirm.get(name), 30, f"{at}/{name}", plain=True)


def _options(element: Object, kind: str, at: str) -> Iterator[str]:
    groups = element.get("option_groups")
    if groups is not None and kind.endswith("select"):
        yield from count(groups, 100, f"{at}/option_groups")
        for index, group in enumerate(groups if isinstance(groups, list) else []):
            label = group.get("label") if isinstance(group, dict) else None
            yield from _text(label, 75, f"{at}/option_groups/{index}/label", plain=True)
            inside = group.get("options") if isinstance(group, dict) else None
            yield from _option_list(inside, kind, f"{at}/option_groups/{index}/options")
    else:
        yield from _option_list(element.get("options"), kind, f"{at}/options")
    chosen = [*(element.get("initial_options") or []), element.get("initial_option")]
    for option in chosen:
        if option is not None and option not in options_of(element):
            yield problem("initial option must match one of the options exactly", at)


def _option_list(options: Any, kind: str, at: str) -> Iterator[str]:
    yield from count(options, _OPTIONS[kind], at)
    rich = kind in ("radio_buttons", "checkboxes")
    for index, option in enumerate(options if isinstance(options, list) else []):
        if not isinstance(option, dict):
            yield problem("must be an object", f"{at}/{index}")
            continue
        yield from _text(option.get("text"), 75, f"{at}/{index}/text", plain=not rich)
        if not isinstance(option.get("value"), str):
            yield problem("missing required field: value", f"{at}/{index}")
        yield from length(option.get("value"), 150, f"{at}/{index}/value")
        yield from _text(option.get("description"), 75, f"{at}/{index}/description", not rich, required=False)
