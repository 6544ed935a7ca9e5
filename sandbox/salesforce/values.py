"""How Salesforce takes, rounds, trims and refuses the value of one field."""

import re
from datetime import UTC, date, datetime
from typing import Any

from sandbox.salesforce.problem import Problem
from sandbox.salesforce.schema import SField

_ID = re.compile(r"[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def stamp(at: datetime) -> str:
    """A moment as the API writes it; Salesforce keeps whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment(text: str) -> datetime:
    """The moment behind a date-time as the API writes or takes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def id18(text: str) -> str:
    """The 18-character form of a record id; ``MALFORMED_ID`` when it is none."""
    if not _ID.fullmatch(text):
        raise Problem(400, "MALFORMED_ID", f"id value of incorrect type: {text}")
    suffix = ""
    for chunk in (text[0:5], text[5:10], text[10:15]):
        suffix += _LETTERS[sum(1 << i for i, c in enumerate(chunk) if c.isascii() and c.isupper())]
    return text[:15] + suffix


def accepted(field: SField, value: Any) -> Any:
    """The value as it will be stored, or the ``Problem`` that refuses it.

    Text is trimmed and empty text is null, numbers are rounded to the field's scale.
    """
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        if not field.nillable and field.type != "boolean":
            raise Problem(
                400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{field.name}]", (field.name,)
            )
        return False if field.type == "boolean" else None
    if field.numeric:
        return _number(field, value)
    match field.type:
        case "boolean":
            if not isinstance(value, bool):
                raise Problem(
                    400,
                    "INVALID_TYPE_ON_FIELD_IN_RECORD",
                    f"{field.label}: value not of required type: {value}",
                    (field.name,),
                )
            return value
        case "date":
            return _date(field, value)
        case "datetime":
            return _datetime(field, value)
        case "reference":
            return id18(_string(field, value))
    return _words(field, _string(field, value))


def _words(field: SField, value: str) -> str:
    if field.length and len(value) > field.length:
        raise Problem(
            400,
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {value[:80]} (max length={field.length})",
            (field.name,),
        )
    if field.type == "picklist" and field.restricted and value not in field.options:
        raise Problem(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {value}",
            (field.name,),
        )
    if field.type == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise Problem(
            400, "INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", (field.name,)
        )
    return value


def _cannot(field: SField, value: Any) -> Problem:
    kinds = {str: "STRING", int: "NUMBER_INT", float: "NUMBER_FLOAT", bool: "BOOLEAN"}
    seen = kinds.get(type(value), "EMBEDDED_OBJECT")
    shown = str(value).lower() if isinstance(value, bool) else value
    return Problem(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {field.type} from VALUE_{seen} value {shown} "
        "or request may be missing a required field",
    )


def _string(field: SField, value: Any) -> str:
    if not isinstance(value, str):
        raise _cannot(field, value)
    return value


def _number(field: SField, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _cannot(field, value)
    try:
        number = float(value)
    except ValueError:
        raise _cannot(field, value) from None
    if not abs(number) < 10 ** (field.precision - field.scale):
        raise Problem(
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            (field.name,),
        )
    return round(number, field.scale)


def _date(field: SField, value: Any) -> str:
    try:
        return date.fromisoformat(_string(field, value)[:10]).isoformat()
    except ValueError:
        raise _cannot(field, value) from None


def _datetime(field: SField, value: Any) -> str:
    try:
        return stamp(moment(_string(field, value)))
    except ValueError:
        raise _cannot(field, value) from None
