"""SOQL, as much of it as people use: read into a tree by recursive descent."""

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.salesforce.problem import Problem

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
    r"|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<sign><>|!=|<=|>=|[=<>(),]))"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Literal:
    """A value as written: its kind (string, number, date, datetime, boolean, null) and what it stands for."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Compare:
    """``path operator value``; for IN and NOT IN a tuple of literals or a query."""

    path: str
    operator: str
    value: "Literal | tuple[Literal, ...] | Query"


@dataclass(frozen=True)
class Junction:
    """AND or OR of several conditions."""

    every: bool
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: "Condition"


Condition = Compare | Junction | Not


@dataclass(frozen=True)
class Order:
    """One key of ORDER BY."""

    path: str
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Query:
    """One SELECT. ``paths`` is empty for ``COUNT()``."""

    paths: tuple[str, ...]
    children: "tuple[Query, ...]"
    source: str
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int


def parse(text: str) -> Query:
    """The query as a tree; ``MALFORMED_QUERY`` when it is none."""
    reader = _Reader(text)
    query = reader.query()
    if reader.tokens:
        reader.fail()
    return query


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise Problem(400, "MALFORMED_QUERY", f"unexpected token: '{text[position:].split()[0]}'")
            self.tokens.append((match.lastgroup or "", match.group().strip()))
            position = match.end()
        self.tokens.reverse()

    def fail(self) -> NoReturn:
        token = self.tokens[-1][1] if self.tokens else "<EOF>"
        raise Problem(400, "MALFORMED_QUERY", f"unexpected token: '{token}'")

    def take(self) -> tuple[str, str]:
        if not self.tokens:
            self.fail()
        return self.tokens.pop()

    def next_is(self, *words: str) -> bool:
        ahead = [text.upper() for _, text in self.tokens[: -len(words) - 1 : -1]]
        return ahead == list(words)

    def skip(self, *words: str) -> bool:
        if not self.next_is(*words):
            return False
        del self.tokens[-len(words) :]
        return True

    def need(self, *words: str) -> None:
        if not self.skip(*words):
            self.fail()

    def word(self) -> str:
        if not self.tokens or self.tokens[-1][0] != "word":
            self.fail()
        return self.take()[1]

    def whole(self) -> int:
        kind, text = self.take()
        if kind != "number" or not text.isdigit():
            raise Problem(400, "MALFORMED_QUERY", f"unexpected token: '{text}'")
        return int(text)

    def query(self) -> Query:
        self.need("SELECT")
        paths: list[str] = []
        children: list[Query] = []
        if not self.skip("COUNT", "(", ")"):
            while True:
                if self.skip("("):
                    children.append(self.query())
                    self.need(")")
                else:
                    paths.append(self.word())
                if not self.skip(","):
                    break
        self.need("FROM")
        source = self.word()
        where = self.any_of() if self.skip("WHERE") else None
        order: list[Order] = []
        if self.skip("ORDER", "BY"):
            order.append(self.key())
            while self.skip(","):
                order.append(self.key())
        limit = self.whole() if self.skip("LIMIT") else None
        offset = self.whole() if self.skip("OFFSET") else 0
        return Query(tuple(paths), tuple(children), source, where, tuple(order), limit, offset)

    def key(self) -> Order:
        path = self.word()
        descending = self.skip("DESC")
        if not descending:
            self.skip("ASC")
        last = self.skip("NULLS", "LAST")
        if not last:
            self.skip("NULLS", "FIRST")
        return Order(path, descending, last)

    def any_of(self) -> Condition:
        first = self.single()
        parts = [first]
        for joint in ("AND", "OR"):
            while self.skip(joint):
                parts.append(self.single())
            if len(parts) > 1:
                if self.next_is("AND") or self.next_is("OR"):
                    self.fail()  # SOQL wants parentheses where AND and OR meet
                return Junction(joint == "AND", tuple(parts))
        return first

    def single(self) -> Condition:
        if self.skip("NOT"):
            return Not(self.single())
        if self.skip("("):
            inside = self.any_of()
            self.need(")")
            return inside
        path = self.word()
        if self.skip("NOT", "IN"):
            return Compare(path, "NOT IN", self.several())
        if self.skip("IN"):
            return Compare(path, "IN", self.several())
        if self.skip("LIKE"):
            return Compare(path, "LIKE", self.literal())
        kind, sign = self.take()
        if kind != "sign" or sign in "(),":
            raise Problem(400, "MALFORMED_QUERY", f"unexpected token: '{sign}'")
        return Compare(path, {"<>": "!="}.get(sign, sign), self.literal())

    def several(self) -> "tuple[Literal, ...] | Query":
        self.need("(")
        if self.next_is("SELECT"):
            query = self.query()
            self.need(")")
            return query
        found = [self.literal()]
        while self.skip(","):
            found.append(self.literal())
        self.need(")")
        return tuple(found)

    def literal(self) -> Literal:
        kind, text = self.take()
        match kind:
            case "string":
                plain = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1], flags=re.DOTALL)
                return Literal("string", text[1:-1] if "\\%" in text or "\\_" in text else plain)
            case "number":
                return Literal("number", float(text))
            case "date" | "datetime":
                return Literal(kind, text)
            case "word" if text.lower() in ("true", "false"):
                return Literal("boolean", text.lower() == "true")
            case "word" if text.lower() == "null":
                return Literal("null", None)
        raise Problem(400, "MALFORMED_QUERY", f"unexpected token: '{text}'")
