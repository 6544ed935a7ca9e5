"""What a value looks like, by its form alone."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

_DOMAIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DUNS = re.compile(r"\d{2}-?\d{3}-?\d{4}|\d{7,8}")  # the shorter ones lost their leading zeros
_ACE = re.compile(r"O\d{5,20}", re.IGNORECASE)
_OPPORTUNITY = re.compile(r"006[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:[.,]\d+)?|[.,]\d+)(?: ?%| ?/ ?\d+)?")
_ANY_NUMBER = re.compile(r"[+-]?[\d.,' \u00a0\u202f]*\d ?%?")
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})|"
    r"\d{1,2}[. -]{1,2}[A-Za-z]{3,9}[ ,.-]{1,2}\d{4}|[A-Za-z]{3,9} \d{1,2}, ?\d{4}"
)
_RECORD = re.compile(r"[0-9A-Za-z]{2}[0-9A-Za-z]\d[0-9A-Za-z]{11}(?:[A-Z0-5]{3})?")
_MORE = (
    "usa|u.s.|u.s.a.|united states of america|uk|u.k.|united kingdom|great britain|england|scotland|wales|holland|"
    "the netherlands|korea|south korea|russia|russian federation|viet nam|czech republic|uae|turkey|deutschland|"
    "österreich|schweiz|frankreich|españa|italia|niederlande|brasil|méxico|hong kong sar|deu|gbr|fra|esp|ita|nld|che|"
    "aut|bra|can|mex|ind|jpn|aus|sgp|irl|swe|nor|dnk|fin|pol|bel|prt"
)


@cache
def countries() -> frozenset[str]:
    """Names and ISO 3166 codes of countries, lower case; from the list that tzdata ships."""
    table = (files("tzdata.zoneinfo") / "iso3166.tab").read_text("utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return frozenset(word.lower() for line in lines for word in line) | frozenset(_MORE.split("|"))


def _full(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _score(value: str) -> bool:
    if not _NUMBER.fullmatch(value):
        return False
    return 0 <= float(re.split(r"[ %/]", value)[0].replace(",", ".")) <= 100


def _name(value: str) -> bool:
    """Words: what a company may be called, and nothing that has a form of its own."""
    return any(map(str.isalpha, value)) and len(value) < 120 and not formed(value)


LOOKS: Mapping[str, Callable[[str], bool]] = {
    "website": _full(_DOMAIN),
    "duns": _full(_DUNS),
    "ace_id": _full(_ACE),
    "opportunity": _full(_OPPORTUNITY),
    "country": lambda value: value.lower() in countries(),
    "score": _score,
    "scored_on": _full(_DATE),
    "name": _name,
    "company": _name,
}
"""By our name of a column: whether a value is of the form that its values have."""


def formed(value: str) -> bool:
    """Whether a value has a form that no heading has: a domain, an address, a number, a date, an id."""
    return any(
        pattern.fullmatch(value) for pattern in (_DOMAIN, _EMAIL, _ACE, _OPPORTUNITY, _ANY_NUMBER, _DATE)
    ) or (_RECORD.fullmatch(value) is not None and any(map(str.isdigit, value)))


def outline(value: str) -> str:
    """A value with its letters and digits levelled: "acc-17" and "acc-203" are both "a-9"."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", value))
