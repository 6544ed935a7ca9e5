"""What every check of Block Kit says: a problem and where it is, as a JSON pointer."""

from collections.abc import Iterator
from typing import Any


def problem(words: str, pointer: str) -> str:
    """A problem with its place."""
    return f"{words} [json-pointer:{pointer}]"


def length(value: Any, most: int, pointer: str, least: int = 0) -> Iterator[str]:
    """A string of so many characters; nothing is said of one that is left out."""
    if value is None:
        return
    if not isinstance(value, str):
        yield problem("must be a string", pointer)
    elif len(value) > most:
        yield problem(f"must be less than {most + 1} characters", pointer)
    elif len(value) < least:
        yield problem(f"must be more than {least - 1} characters", pointer)


def count(value: Any, most: int, pointer: str, least: int = 1) -> Iterator[str]:
    """A list of so many items."""
    if not isinstance(value, list):
        yield problem("must be a list", pointer)
    elif len(value) > most:
        yield problem(f"no more than {most} items allowed", pointer)
    elif len(value) < least:
        yield problem(f"no fewer than {least} items allowed", pointer)
