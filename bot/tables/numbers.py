"""Numbers as people type them; whether a comma is a decimal mark is the habit of their column."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_TYPED = re.compile(r"([+-]?)([.,]?\d[\d.,'’ \u00a0\u202f]*)(?:(%)|(?:/|out of|of) ?(\d+))?", re.IGNORECASE)
_SPACED = re.compile(r"(?<=\d)['’ \u00a0\u202f](?=\d{3}(?!\d))")
_WHOLE = r"(?:\d{{1,3}}(?:\{0}\d{{3}})+|\d+)"


@dataclass(frozen=True, slots=True)
class Typed:
    """A number in the parts that it was typed in."""

    sign: str
    body: str  # digits with commas and points
    percent: bool
    of: int | None  # the 100 of "82/100"


@lru_cache(maxsize=4096)
def typed(text: str) -> Typed | None:
    """The parts of a number; None where it is none."""
    match = _TYPED.fullmatch(text.strip())
    if not match:
        return None
    body = _SPACED.sub("", match[2].strip(" \u00a0\u202f"))
    if not re.fullmatch(r"[\d.,]*\d", body):
        return None
    body = f"0{body}" if body[0] in ".," else body
    return Typed(match[1], body, match[3] is not None, int(match[4]) if match[4] else None)


def habit(bodies: Iterable[str]) -> str:
    """The decimal mark that these numbers show: "," or "."; "?" where they show both; empty where none does."""
    shown = {mark for body in bodies if (mark := _mark(body))}
    return "?" if len(shown) > 1 else next(iter(shown), "")


def _mark(body: str) -> str:
    """The decimal mark that one number proves; empty where it could be either, as in 1,234."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return "." if body.rfind(".") > body.rfind(",") else ","
    if points + commas == 0:
        return ""
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other
    whole, _, rest = body.partition(mark)
    grouped = len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return "" if grouped else mark


@lru_cache(maxsize=4096)
def amount(number: Typed, usual: str) -> Decimal | None:
    """The amount of a number in a column with this habit; None where it cannot be known, or it is no number.

    Without any habit a point is a decimal mark, and a comma before three digits could be either.
    """
    mark = _mark(number.body) or ("." if usual == "" and "," not in number.body else usual)
    if mark not in (".", ","):
        if "." in number.body or "," in number.body:
            return None
        mark = "."
    group = "," if mark == "." else "."
    if not re.fullmatch(_WHOLE.format(group) + rf"(?:\{mark}\d+)?", number.body):
        return None
    return Decimal(number.sign + number.body.replace(group, "").replace(mark, "."))
