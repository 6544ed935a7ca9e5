"""Reads PromQL far enough to see that an expression is one, and which numbers it uses how.

After Prometheus's grammar (promql/parser, "generatedParser.y"); it knows no types and no precedence, because neither
changes which names and labels are used.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<duration>(?:\d+(?:ms|[smhdwy]))+)(?![\w.])
    | (?P<number>\d+(?:\.\d+)?)(?![\w.])
    | (?P<name>[A-Za-z_:][\w:]*)
    | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){}\[\],])
    )""",
    re.VERBOSE,
)
OF_RANGES = {"rate", "increase", "min_over_time", "max_over_time"}
OF_COUNTERS = {"rate", "increase"}
FUNCTIONS = {*OF_RANGES, "histogram_quantile", "absent", "time", "sort_desc"}
"""Those that the files here use; more are found in Prometheus's functions.go."""
AGGREGATIONS = {"sum", "min", "max"}
OPERATORS = {"+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"}


class NotPromql(ValueError):
    """What is wrong with an expression."""


@dataclass
class Used:
    """What an expression, or a part of it, uses."""

    numbers: set[str] = field(default_factory=set)
    labels: set[tuple[str, str]] = field(default_factory=set)  # number, label
    ranges: set[tuple[str, str]] = field(default_factory=set)  # function, number

    def add(self, other: "Used") -> None:
        """And what another part uses."""
        self.numbers |= other.numbers
        self.labels |= other.labels
        self.ranges |= other.ranges


def read(expression: str) -> Used:
    """What an expression uses; ``NotPromql`` when it is none."""
    reading = _Reading(_tokens(expression))
    used = reading.expression()
    reading.end()
    return used


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(expression.rstrip()):
        match = TOKEN.match(expression, at)
        if match is None or match.lastgroup is None:
            raise NotPromql(f"cannot read {expression[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Reading:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = [*tokens, ("end", "")], 0

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, *texts: str) -> bool:
        return self._tokens[self._at][1] in texts and self._tokens[self._at][0] in ("name", "sign")

    def _take(self, kind: str, text: str | None = None) -> str:
        found, said = self._next()
        if found != kind or (text is not None and said != text):
            raise NotPromql(f"{said!r} where {text or kind} should stand")
        return said

    def end(self) -> None:
        """Nothing may follow."""
        self._take("end")

    def expression(self) -> Used:
        """Operands with operators between them."""
        used = self._operand()
        while self._is(*OPERATORS):
            self._next()
            if self._is("on", "ignoring"):
                self._next()
                self._names()
            used.add(self._operand())
        return used

    def _operand(self) -> Used:
        if self._is("-"):
            self._next()
        kind, text = self._next()
        if kind in ("number", "string"):
            return Used()
        if text == "(":
            used = self.expression()
            self._take("sign", ")")
            return used
        if kind != "name":
            raise NotPromql(f"{text!r} where an operand should stand")
        if text in AGGREGATIONS:
            return self._aggregated()
        return self._called(text) if self._is("(") else self._selected(text)

    def _aggregated(self) -> Used:
        by = self._grouping()
        used = self._arguments()
        by += self._grouping()
        used.labels |= {(number, label) for number in used.numbers for label in by}
        return used

    def _grouping(self) -> list[str]:
        if not self._is("by"):
            return []
        self._next()
        return self._names()

    def _names(self) -> list[str]:
        self._take("sign", "(")
        names = []
        while not self._is(")"):
            names.append(self._take("name"))
            if not self._is(")"):
                self._take("sign", ",")
        self._next()
        return names

    def _called(self, function: str) -> Used:
        if function not in FUNCTIONS:
            raise NotPromql(f"{function} is no function that is known")
        before = self._at
        used = self._arguments()
        if function in OF_RANGES:
            if ("sign", "[") not in self._tokens[before : self._at]:
                raise NotPromql(f"{function} takes a range")
            used.ranges |= {(function, number) for number in used.numbers}
        return used

    def _arguments(self) -> Used:
        self._take("sign", "(")
        used = Used()
        while not self._is(")"):
            used.add(self.expression())
            if not self._is(")"):
                self._take("sign", ",")
        self._next()
        return used

    def _selected(self, number: str) -> Used:
        used = Used({number})
        if self._is("{"):
            self._next()
            while not self._is("}"):
                used.labels.add((number, self._take("name")))
                if not self._is("=", "!=", "=~", "!~"):
                    raise NotPromql(f"{self._next()[1]!r} where labels are matched")
                self._next()
                self._take("string")
                if not self._is("}"):
                    self._take("sign", ",")
            self._next()
        if self._is("["):
            self._next()
            self._take("duration")
            self._take("sign", "]")
        if self._is("offset"):
            self._next()
            self._take("duration")
        return used
