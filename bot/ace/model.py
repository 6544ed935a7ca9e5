"""Holds a request against the service model that botocore ships: the schema AWS itself publishes.

botocore's own check knows types, required and unknown members, and the smallest length of lists. The walk here adds
what the model also says and botocore does not look at: enumerations, patterns, greatest lengths.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from bot.deal import Frozen, Json

SERVICE = "partnercentral-selling"


class Code(StrEnum):
    """AWS's name of what is wrong (Partner Central API reference, ValidationExceptionError)."""

    MISSING = "REQUIRED_FIELD_MISSING"
    ENUM = "INVALID_ENUM_VALUE"
    FORMAT = "INVALID_STRING_FORMAT"
    VALUE = "INVALID_VALUE"
    TOO_FEW = "NOT_ENOUGH_VALUES"
    TOO_MANY = "TOO_MANY_VALUES"
    STATE = "INVALID_RESOURCE_STATE"
    RANGE = "VALUE_OUT_OF_RANGE"
    FORBIDDEN = "ACTION_NOT_PERMITTED"


class Violation(Frozen):
    """One thing in a request that AWS would refuse."""

    path: str  # "Project.CustomerBusinessProblem", "Customer.Contacts[0].Email"
    problem: str  # in AWS's words
    code: Code


def violations(operation: str, payload: Mapping[str, Json]) -> tuple[Violation, ...]:
    """Everything about a request that contradicts the service model, in the model's order; at most one for a path."""
    shape = _service().operation_model(operation).input_shape
    if shape is None:
        raise ValueError(f"{operation} takes no input")
    found = {violation.path: violation for violation in _walk(shape, payload, "")}
    for violation in _botocore(shape, payload):
        found.setdefault(violation.path, violation)
    return tuple(found.values())


def options(shape: str) -> tuple[str, ...]:
    """The values of an enumeration by the name of its shape: ``Industry``, ``Stage``, ``CountryCode``."""
    found = _service().shape_for(shape)
    if not isinstance(found, StringShape) or not found.enum:
        raise ValueError(f"{shape} is no enumeration")
    return tuple(found.enum)


def wire(path: str) -> str:
    """The path as AWS spells it in its messages: ``project.expectedCustomerSpend.1.member.amount``."""
    parts = re.sub(r"\[(\d+)\]", lambda index: f".{int(index[1]) + 1}.member", path).split(".")
    return ".".join(part[:1].lower() + part[1:] for part in parts)


def constraint(path: str, rule: str) -> str:
    """AWS's sentence for a member that breaks a rule of the schema."""
    return f"Value at '{wire(path)}' failed to satisfy constraint: {rule}"


@functools.cache
def _service() -> ServiceModel:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"))


def _walk(shape: Shape, value: Json, path: str) -> Iterator[Violation]:
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list(shape, value, path)
    elif isinstance(shape, MapShape):
        if not isinstance(value, Mapping):
            yield _mistyped(path, "Map", value)
            return
        for key, entry in value.items():
            yield from _walk(shape.value, entry, _at(path, str(key)))
    elif isinstance(shape, StringShape):
        yield from _string(shape, value, path)


def _structure(shape: StructureShape, value: Json, path: str) -> Iterator[Violation]:
    if not isinstance(value, Mapping):
        yield _mistyped(path, "Structure", value)
        return
    for name in shape.required_members:
        if name not in value:
            missing = _at(path, name)
            yield Violation(
                path=missing, problem=constraint(missing, "Member must not be null"), code=Code.MISSING
            )
    for name, member in value.items():
        if name in shape.members:
            yield from _walk(shape.members[name], member, _at(path, name))
        else:
            known = f"{shape.name} has no member '{name}'"
            yield Violation(path=_at(path, name), problem=known, code=Code.VALUE)


def _list(shape: ListShape, value: Json, path: str) -> Iterator[Violation]:
    if not isinstance(value, (list, tuple)):
        yield _mistyped(path, "List", value)
        return
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if len(value) < low:
        rule = f"Member must have length greater than or equal to {low}"
        yield Violation(path=path, problem=constraint(path, rule), code=Code.TOO_FEW)
    if len(value) > high:
        rule = f"Member must have length less than or equal to {high}"
        yield Violation(path=path, problem=constraint(path, rule), code=Code.TOO_MANY)
    for index, entry in enumerate(value):
        yield from _walk(shape.member, entry, f"{path}[{index}]")


_LENGTH = re.compile(r"(?:\(\?s\))?\.\{(\d+),(\d+)\}")
_SEPARATORS = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def _string(shape: StringShape, value: Json, path: str) -> Iterator[Violation]:
    if not isinstance(value, str):
        yield _mistyped(path, "String", value)
        return
    if shape.enum and value not in shape.enum:
        rule = f"Member must satisfy enum value set: {_listed(shape.enum)}"
        yield Violation(path=path, problem=constraint(path, rule), code=Code.ENUM)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not _compiled(pattern).fullmatch(value):
        yield Violation(path=path, problem=_misfit(path, pattern, value), code=Code.FORMAT)
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if not low <= len(value) <= high:
        rule = f"Member must have length between {low} and {high}"
        yield Violation(path=path, problem=constraint(path, rule), code=Code.FORMAT)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the model, which is Java's: ``\\d`` and ``\\w`` are ASCII there, and ``\\p{…}`` is known."""
    if r"\p{" not in pattern:
        return re.compile(pattern, re.ASCII)
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\w"), (r"\p{Z}", _SEPARATORS)):
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _misfit(path: str, pattern: str, value: str) -> str:
    lengths = _LENGTH.fullmatch(pattern)
    if lengths is None:
        return constraint(path, f"Member must satisfy regular expression pattern: {pattern}")
    low, high = map(int, lengths.groups())
    if len(value) < low:
        return f"{path} does not meet minimum length requirement of {low} characters."
    if len(value) > high:
        return f"{path} exceeds maximum length of {high} characters."
    return constraint(path, f"Member must satisfy regular expression pattern: {pattern}")


def _listed(values: list[str]) -> str:
    shown = ", ".join(values[:12])
    return f"[{shown}]" if len(values) <= 12 else f"[{shown}, … {len(values)} values]"


def _mistyped(path: str, wanted: str, value: Json) -> Violation:
    problem = constraint(path, f"{wanted} expected, {type(value).__name__} given")
    return Violation(path=path, problem=problem, code=Code.VALUE)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_REPORTED = {
    re.compile(r'Missing required parameter in (?P<path>\S+): "(?P<name>.+?)"'): Code.MISSING,
    re.compile(r'Unknown parameter in (?P<path>\S+): "(?P<name>.+?)"'): Code.VALUE,
    re.compile(r"Invalid type for parameter (?P<path>\S*?),"): Code.VALUE,
    re.compile(r"Invalid length for parameter (?P<path>\S*?),"): Code.TOO_FEW,
    re.compile(r"Invalid (?:range|value) for parameter (?P<path>\S*?),"): Code.RANGE,
}


def _botocore(shape: Shape, payload: Mapping[str, Json]) -> Iterator[Violation]:
    report = ParamValidator().validate(payload, shape)
    for line in report.generate_report().splitlines():
        for pattern, code in _REPORTED.items():
            if match := pattern.match(line):
                inside = "" if match["path"] == "input" else match["path"]
                name = match.groupdict().get("name")
                yield Violation(path=_at(inside, name) if name else inside, problem=line, code=code)
                break
        else:
            yield Violation(path="", problem=line, code=Code.VALUE)
