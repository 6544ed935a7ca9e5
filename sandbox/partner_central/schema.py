"""The service model that botocore ships, as AWS's own check of a request and as the outline of an answer."""

import functools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.loaders import Loader

from sandbox.partner_central.answers import Finding, malformed

NO_SUPPORT = "Do Not Need Support from AWS Sales Rep"
"""Comes back in PrimaryNeedsFromAws after a For Visibility Only submission, although the model's enum lacks it."""

_CATALOGS = ("AWS", "Sandbox")


@functools.cache
def model() -> dict[str, Any]:
    """``partnercentral-selling``'s service-2.json."""
    loaded: dict[str, Any] = Loader().load_service_model("partnercentral-selling", "service-2")
    return loaded


def shape(name: str) -> dict[str, Any]:
    """One shape of the model."""
    found: dict[str, Any] = model()["shapes"][name]
    return found


def input_shape(operation: str) -> str:
    """The name of an operation's input shape."""
    name: str = model()["operations"][operation]["input"]["shape"]
    return name


def output_shape(operation: str) -> str | None:
    """The name of an operation's output shape; None for a void operation."""
    output = model()["operations"][operation].get("output")
    return None if output is None or not shape(output["shape"]).get("members") else output["shape"]


def takes_token(operation: str) -> bool:
    """Whether the operation is idempotent by ClientToken."""
    members = shape(input_shape(operation))["members"]
    return bool(members.get("ClientToken", {}).get("idempotencyToken"))


def accepted(operation: str, body: Any) -> dict[str, Any]:
    """The body without nulls and unknown members, both of which AWS tolerates.

    Raises ValidationException (REQUEST_VALIDATION_FAILED) with every finding when it does not fit the model.
    """
    if not isinstance(body, dict):
        raise malformed([Finding("", "The request body must be a JSON object.", "INVALID_VALUE")])
    name = input_shape(operation)
    known: dict[str, Any] = _known(name, body)
    findings = list(_findings(name, known, ""))
    if known.get("Catalog") is not None and known["Catalog"] not in _CATALOGS:
        findings.append(_enum("catalog", _CATALOGS))
    if findings:
        raise malformed(findings)
    return known


def full(name: str, value: Any) -> Any:
    """The value with an explicit null for every member that is not set, as the service emits it."""
    kind = shape(name)
    if value is None:
        return None
    if kind["type"] == "structure" and not kind.get("union"):
        return {member: full(ref["shape"], value.get(member)) for member, ref in kind["members"].items()}
    if kind["type"] == "structure":
        return {member: full(kind["members"][member]["shape"], inner) for member, inner in value.items()}
    if kind["type"] == "list":
        return [full(kind["member"]["shape"], item) for item in value]
    return value


def camel(name: str) -> str:
    """A member's name as AWS's findings spell it."""
    return name[:1].lower() + name[1:]


def instant(value: str) -> datetime:
    """A timestamp off the wire; ``ValueError`` when it is none. Nanoseconds are cut to microseconds."""
    parsed = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _known(name: str, value: Any) -> Any:
    kind = shape(name)
    if kind["type"] == "structure" and isinstance(value, dict):
        return {
            member: _known(ref["shape"], value[member])
            for member, ref in kind["members"].items()
            if value.get(member) is not None
        }
    if kind["type"] == "list" and isinstance(value, list):
        return [_known(kind["member"]["shape"], item) for item in value if item is not None]
    return value


def _findings(name: str, value: Any, path: str) -> Iterator[Finding]:
    kind = shape(name)
    match kind["type"]:
        case "structure":
            yield from _structure(kind, value, path)
        case "list":
            yield from _list(kind, value, path)
        case "string":
            yield from _string(name, kind, value, path)
        case "timestamp":
            yield from _timestamp(value, path)
        case "integer":
            if not isinstance(value, int) or isinstance(value, bool):
                yield _constraint(path, "Member must be an integer", "INVALID_VALUE")
            elif not kind.get("min", value) <= value <= kind.get("max", value):
                limits = f"between {kind.get('min')} and {kind.get('max')}"
                yield _constraint(path, f"Member must have value {limits}", "VALUE_OUT_OF_RANGE")


def _structure(kind: dict[str, Any], value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _constraint(path, "Member must be a structure", "INVALID_VALUE")
        return
    for member in kind.get("required", ()):
        if member not in value:
            yield _constraint(_join(path, member), "Member must not be null", "REQUIRED_FIELD_MISSING")
    for member, inner in value.items():
        yield from _findings(kind["members"][member]["shape"], inner, _join(path, member))


def _list(kind: dict[str, Any], value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield _constraint(path, "Member must be a list", "INVALID_VALUE")
        return
    if len(value) < kind.get("min", 0):
        least = kind["min"]
        yield _constraint(
            path, f"Member must have length greater than or equal to {least}", "NOT_ENOUGH_VALUES"
        )
    if len(value) > kind.get("max", len(value)):
        most = kind["max"]
        yield _constraint(path, f"Member must have length less than or equal to {most}", "TOO_MANY_VALUES")
    for number, item in enumerate(value, 1):
        yield from _findings(kind["member"]["shape"], item, f"{path}.{number}.member")


def _string(name: str, kind: dict[str, Any], value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield _constraint(path, "Member must be a string", "INVALID_VALUE")
        return
    if "enum" in kind and value not in kind["enum"] and (name, value) != ("PrimaryNeedFromAws", NO_SUPPORT):
        yield _enum(path, kind["enum"])
    if not kind.get("min", 0) <= len(value) <= kind.get("max", len(value)):
        yield _constraint(path, "Member has a length outside its limits", "VALUE_OUT_OF_RANGE")
    if "pattern" in kind and not _pattern(kind["pattern"]).fullmatch(value):
        told = f"Member must satisfy regular expression pattern: {kind['pattern']}"
        yield _constraint(path, told, "INVALID_STRING_FORMAT")


def _timestamp(value: Any, path: str) -> Iterator[Finding]:
    try:
        instant(value)
    except (TypeError, ValueError):
        yield _constraint(path, "Member must be an ISO 8601 timestamp", "INVALID_STRING_FORMAT")


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    # Unicode property classes are Java's; these stand for letters, separators and numbers.
    return re.compile(text.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d"))


def _join(path: str, member: str) -> str:
    return f"{path}.{camel(member)}" if path else camel(member)


def _constraint(path: str, told: str, code: str) -> Finding:
    return Finding(path, f"Value at '{path}' failed to satisfy constraint: {told}", code)


def _enum(path: str, allowed: Any) -> Finding:
    return _constraint(
        path, f"Member must satisfy enum value set: [{', '.join(allowed)}]", "INVALID_ENUM_VALUE"
    )
