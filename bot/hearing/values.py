"""What people write for a field, as the value that Salesforce keeps, and back."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from bot.deal import Fact, FieldType, Json
from bot.errors import Refused
from bot.hearing.calendar_days import day

CLEARING = frozenset({"none", "clear", "empty", "nothing", "blank", "null", "n/a", "-"})
YES = frozenset({"yes", "y", "true", "on", "checked", "1"})
NO = frozenset({"no", "n", "false", "off", "unchecked", "0"})
TIMES: Mapping[str, int] = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "bn": 10**9,
    "b": 10**9,
    "billion": 10**9,
}
MOST_DIGITS = 18
"""Digits of a number field (Salesforce Field Types, Number)."""
MOST_OPTIONS = 25
"""How many options a sentence lists before it stops."""

_NUMBER = re.compile(
    r"(?P<minus>[-−])?\s*(?:[$€£¥]|(?:usd|eur|gbp|chf|jpy|cad|aud)\b)?\s*(?P<digits>\d[\d.,'_\u00a0\u202f]*)\s*"
    rf"(?P<times>{'|'.join(sorted(TIMES, key=len, reverse=True))})?\s*"
    r"(?P<unit>%|percent|[$€£¥]|(?:usd|eur|gbp|chf|jpy|cad|aud|dollars?|euros?))?",
    re.IGNORECASE,
)


def parse(fact: Fact, words: str, today: date) -> Json:
    """The value that these words give the field; None where they clear it.

    Numbers may have separators, a currency and a suffix ("€120,000", "1.2m", "45%"); dates may be relative to
    ``today``; a choice may be abbreviated while only one fits. ``Refused`` says what would be right.
    """
    said = words.strip().strip("“”\"'`").strip()
    if not said:
        raise Refused(f"Say what {fact.label} should be.")
    choices = {option.casefold() for option in fact.options}
    if said.casefold() in CLEARING and said.casefold() not in choices:
        if fact.required:
            raise Refused(f"{fact.label} may not be empty.")
        return None
    return read(fact, said, today)


def read(fact: Fact, words: str, today: date) -> Json:
    """The value as ``parse`` gives it, where no word clears the field."""
    value = READERS[fact.type](fact, words.strip(), today)
    if problem := wrong(fact, value):
        raise Refused(problem)
    return value


def wrong(fact: Fact, value: Json) -> str | None:
    """Why the field cannot hold this value, and what would be right; None when it can."""
    if value is None:
        return f"{fact.label} may not be empty." if fact.required else None
    match fact.type:
        case FieldType.NUMBER:
            return _wrong_number(fact, value)
        case FieldType.DATE | FieldType.DATETIME:
            return _wrong_time(fact, value)
        case FieldType.BOOLEAN:
            return None if isinstance(value, bool) else f"{fact.label} is yes or no."
        case FieldType.CHOICE if fact.options and value not in fact.options:
            return _no_option(fact, value)
    if not isinstance(value, str):
        return f"{fact.label} is text."
    if fact.length is not None and len(value) > fact.length:
        return f"{fact.label} holds {fact.length:,} characters; this has {len(value):,}."
    return None


def named(words: str, facts: Iterable[Fact]) -> tuple[Fact, str]:
    """The field whose name, label or alias begins these words, and the words after it; the longest name wins.

    ``Refused`` names the fields that can be set.
    """
    facts = tuple(facts)
    said = " ".join(words.split())
    if not said:
        raise Refused(
            "Say which field and what it should be, such as `/cosell set next step Send the order form`."
        )
    called = [
        (len(name), fact.writable, name, fact)
        for fact in facts
        for name in {fact.name, fact.name.replace("_", " "), fact.label, fact.field, *fact.aliases}
    ]
    for length, writable, name, fact in sorted(called, key=lambda entry: entry[:3], reverse=True):
        following = said[length : length + 1]
        if said[:length].casefold() != name.casefold() or following not in ("", " ", "=", ":"):
            continue
        if not writable:
            raise Refused(f"{fact.label} may not be changed from here. {_settable(facts)}")
        return fact, _after(name, words, fact)
    raise Refused(f"“{said}” does not begin with a field that I know. {_settable(facts)}")


def _after(name: str, words: str, fact: Fact) -> str:
    # Only the name's own spaces were folded to compare it: line breaks in the value stay.
    rest = words.split(None, name.count(" "))[-1].lstrip()[len(name.rpartition(" ")[2]) :].lstrip()
    rest = rest.removeprefix("=").removeprefix(":").lstrip()
    typed = fact.type not in (FieldType.TEXT, FieldType.LONG_TEXT)
    return rest[3:] if typed and rest[:3].lower() == "to " else rest


def _settable(facts: Iterable[Fact]) -> str:
    labels = sorted({fact.label for fact in facts if fact.writable})
    return f"You can set {', '.join(labels)}." if labels else "No field of this opportunity can be set."


def same(fact: Fact, one: Json, other: Json) -> bool:
    """Whether two values of the field are the same: numbers by amount, moments by instant, the rest exactly."""
    one, other = (None if value == "" else value for value in (one, other))
    if one is None or other is None:
        return one is other
    if fact.type is FieldType.NUMBER:
        return bool(Decimal(str(one)) == Decimal(str(other)))
    if fact.type is FieldType.DATETIME:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(str(other))
    return bool(one == other)


def shown(fact: Fact, value: Json) -> str:
    """The value as people read it; "empty" for none."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if fact.type is FieldType.NUMBER and isinstance(value, int | float):
        return f"{Decimal(str(value)).normalize():,f}"
    if fact.type is FieldType.DATE and not _wrong_time(fact, value):
        return f"{date.fromisoformat(value):%a %-d %b %Y}"
    return str(value)


def _wrong_number(fact: Fact, value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{fact.label} is a number."
    exact = Decimal(str(value))
    if not exact.is_finite() or len(exact.as_tuple().digits) > MOST_DIGITS:
        return f"{fact.label} holds at most {MOST_DIGITS} digits."
    low, high = (
        None if bound is None else f"{Decimal(str(bound)).normalize():,f}" for bound in (fact.low, fact.high)
    )
    if not _within(fact, value):
        bounds = f"from {low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
        return f"{fact.label} is {bounds}, not {shown(fact, value)}."
    decimals = max(0, -int(exact.normalize().as_tuple().exponent))
    if fact.scale is not None and decimals > fact.scale:
        what = "a whole number" if fact.scale == 0 else f"a number with at most {fact.scale} decimals"
        return f"{fact.label} is {what}, not {shown(fact, value)}."
    return None


def _wrong_time(fact: Fact, value: Json) -> str | None:
    whole = fact.type is FieldType.DATE
    try:
        if whole and isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return None
        if not whole and isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None:
            return None
    except ValueError:
        return _time_hint(fact)
    return _time_hint(fact)


def _time_hint(fact: Fact) -> str:
    if fact.type is FieldType.DATE:
        return f"{fact.label} is a date such as 2027-01-31."
    return f"{fact.label} is a moment such as 2027-01-31T15:00+01:00."


def _no_option(fact: Fact, said: Json) -> str:
    listed = ", ".join(fact.options[:MOST_OPTIONS])
    more = ", …" if len(fact.options) > MOST_OPTIONS else ""
    return f"“{said}” is not an option of {fact.label}. Choose {listed}{more}."


def _within(fact: Fact, amount: Decimal | float) -> bool:
    return (fact.low is None or amount >= fact.low) and (fact.high is None or amount <= fact.high)


def _like(fact: Fact) -> str:
    """How a number may be written, of a size that this field may hold."""
    small = fact.high is not None and fact.high <= 100
    return f"{min(82, fact.high or 0):g}" if small else "120000, 120k or 1.2m"


# -- one reader for each type of field --------------------------------------------------------------------------
def _number(fact: Fact, words: str, today: date) -> Json:
    found = _NUMBER.fullmatch(words.strip().rstrip("."))
    if found is None:
        raise Refused(f"{fact.label} is a number; “{words}” is not one. Write it like {_like(fact)}.")
    if found["unit"] in ("%", "percent") and fact.high != 100:
        raise Refused(f"{fact.label} is not a percentage. Write the number itself.")
    times = TIMES.get((found["times"] or "").lower(), 1) * (-1 if found["minus"] else 1)
    readings = [digits * times for digits in _readings(fact, found["digits"].rstrip(".,"))]
    possible = [amount for amount in readings if _within(fact, amount)] or readings[-1:]
    if len(possible) > 1:
        ways = " or ".join(f"{amount.normalize():f}" for amount in possible)
        raise Refused(f"“{found['digits']}” can be read in two ways. Write {ways} for {fact.label}.")
    amount = possible[0]
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _readings(fact: Fact, digits: str) -> tuple[Decimal, ...]:
    """What these digits can mean: the whole number, then the decimal, where a single point leaves it open."""
    plain = re.sub(r"['_\u00a0\u202f]", "", digits)
    if re.fullmatch(r"\d+(\.\d+)?", plain) and not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", plain):
        return (Decimal(plain),)
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        return (Decimal(plain.replace(",", "")),)
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", plain):
        return (Decimal(plain.replace(".", "").replace(",", ".")),)
    if re.fullmatch(r"\d+,\d{1,2}", plain):
        return (Decimal(plain.replace(",", ".")),)
    if re.fullmatch(r"\d+\.\d{3}", plain):
        return Decimal(plain.replace(".", "")), Decimal(plain)
    raise Refused(f"“{digits}” is not a number. Write {fact.label} like {_like(fact)}.")


def _date(fact: Fact, words: str, today: date) -> Json:
    return day(words, today, fact.label).isoformat()


def _datetime(fact: Fact, words: str, today: date) -> Json:
    return words.replace(" ", "T", 1)


def _boolean(fact: Fact, words: str, today: date) -> Json:
    said = words.casefold()
    if said in YES | NO:
        return said in YES
    raise Refused(f"{fact.label} is yes or no, not “{words}”.")


def _choice(fact: Fact, words: str, today: date) -> Json:
    if not fact.options:
        return words
    said = words.casefold()
    for fits in (str.__eq__, str.startswith):
        found = [option for option in fact.options if fits(option.casefold(), said)]
        if len(found) == 1:
            return found[0]
    raise Refused(_no_option(fact, words))


def _text(fact: Fact, words: str, today: date) -> Json:
    return " ".join(words.split())


def _long_text(fact: Fact, words: str, today: date) -> Json:
    return words.strip()


READERS: Mapping[FieldType, Callable[[Fact, str, date], Json]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
}
"""How each type of field reads words."""
