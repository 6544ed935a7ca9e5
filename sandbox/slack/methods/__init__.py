"""The Web API: one function for each method, registered by its name."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.slack.errors import Object, SlackError
from sandbox.slack.world import World

T = TypeVar("T")


class Args:
    """The arguments of a call, from JSON, a form or the query alike."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        return str(self._values.get(name, default))

    def needed(self, name: str) -> str:
        """An argument that must be there."""
        if not self.text(name):
            raise SlackError.of_problems("invalid_arguments", [f"missing required field: {name}"])
        return self.text(name)

    def flag(self, name: str) -> bool:
        """A boolean: true, false, 1 or 0."""
        return str(self._values.get(name, "")).lower() in ("true", "1")

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to ``most``."""
        try:
            number = int(self._values.get(name, default))
        except ValueError as error:
            raise SlackError("invalid_limit") from error
        return max(1, min(number or default, most))

    def json(self, name: str, error_code: str) -> Any:
        """An argument that is JSON, or JSON in a string; None when it is absent or empty."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise SlackError(error_code) from error


Call = Callable[[World, Args], Object]


@dataclass(frozen=True)
class Method:
    """A method with the scope it needs and its limit per minute."""

    call: Call
    scope: str | None
    per_minute: int
    post: bool = False  # also limited to one a second in a channel


METHODS: dict[str, Method] = {}


def method(
    name: str, per_minute: int, scope: str | None = None, post: bool = False
) -> Callable[[Call], Call]:
    """Register a function as a method of the Web API."""

    def register(call: Call) -> Call:
        METHODS[name] = Method(call, scope, per_minute, post)
        return call

    return register


def page(items: list[T], args: Args, default: int, most: int) -> tuple[list[T], str]:
    """The part of a list that ``cursor`` and ``limit`` ask for, and the cursor of the next, empty at the end."""
    start = 0
    if cursor := args.text("cursor"):
        try:
            start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
        except (binascii.Error, ValueError) as error:
            raise SlackError("invalid_cursor") from error
    end = start + args.number("limit", default, most)
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], following
