"""Answers SOQL from the records: filters, parents, children, order, pages."""

import re
from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any

from sandbox.salesforce.problem import Problem
from sandbox.salesforce.records import Record, Records
from sandbox.salesforce.schema import SField, SType
from sandbox.salesforce.soql import Compare, Condition, Junction, Literal, Not, Query
from sandbox.salesforce.values import id18, moment, stamp

Test = Callable[[Record], bool]


class Answers:
    """Runs queries over the records of one org."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def run(self, query: Query, version: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The rows of a query as REST shows them, before paging."""
        kind = self._type(query.source)
        rows = self._rows(query, kind, self._all(kind, deleted))
        for path in query.paths:
            self._resolve(kind, path)
        children = [self._child(kind, child) for child in query.children]
        return [self._shown(kind, row, query.paths, children, version) for row in rows]

    def count(self, query: Query, *, deleted: bool = False) -> int:
        """How many rows ``SELECT COUNT()`` counts."""
        kind = self._type(query.source)
        return len(self._rows(query, kind, self._all(kind, deleted)))

    # -- rows -----------------------------------------------------------------------------------------------
    def _type(self, name: str) -> SType:
        kind = next((t for t in self.records.types.values() if t.name.lower() == name.lower()), None)
        if kind is None:
            message = f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure"
            raise Problem(400, "INVALID_TYPE", f"{message} to append the '__c' after the entity name.")
        return kind

    def _all(self, kind: SType, deleted: bool) -> Iterable[Record]:
        if kind.name == "UserRecordAccess":
            return self._access()
        if kind.name == "FieldPermissions":
            return self._permissions()
        return [row for row in self.records.rows[kind.name].values() if deleted or not row["IsDeleted"]]

    def _access(self) -> Iterable[Record]:
        for user in self.records.rows["User"].values():
            edit = user["Id"] not in self.records.read_only
            for record in (*self.records.rows["Opportunity"], *self.records.rows["Account"]):
                level = "Edit" if edit else "Read"
                access = {"HasReadAccess": True, "HasEditAccess": edit, "MaxAccessLevel": level}
                yield {"UserId": user["Id"], "RecordId": record, **access}

    def _permissions(self) -> Iterable[Record]:
        for grant in self.records.rows["PermissionSetAssignment"].values():
            for kind in ("Opportunity", "Account"):
                for field in self.records.types[kind].fields.values():
                    edit = field.updateable and grant["AssigneeId"] not in self.records.read_only
                    about = {"SobjectType": kind, "Field": f"{kind}.{field.name}"}
                    yield {
                        "ParentId": grant["PermissionSetId"],
                        **about,
                        "PermissionsRead": True,
                        "PermissionsEdit": edit,
                    }

    def _rows(self, query: Query, kind: SType, rows: Iterable[Record]) -> list[Record]:
        if query.where is not None:
            test = self._test(kind, query.where)
            rows = [row for row in rows if test(row)]
        found = list(rows)
        for order in reversed(query.order):
            self._resolve(kind, order.path)

            def compare(
                one: Record, other: Record, path: str = order.path, down: bool = order.descending
            ) -> int:
                a, b = self._value(kind, one, path), self._value(kind, other, path)
                if isinstance(a, str) and isinstance(b, str):
                    a, b = a.lower(), b.lower()
                return (int(a > b) - int(a < b)) * (-1 if down else 1)

            empty = [row for row in found if self._value(kind, row, order.path) is None]
            full = [row for row in found if self._value(kind, row, order.path) is not None]
            full.sort(key=cmp_to_key(compare))
            found = full + empty if order.nulls_last else empty + full
        end = None if query.limit is None else query.offset + query.limit
        return found[query.offset : end]

    # -- fields ---------------------------------------------------------------------------------------------
    def _resolve(self, kind: SType, path: str) -> SField:
        *relations, name = path.split(".")
        if relations and relations[0].lower() == kind.name.lower():
            relations = relations[1:]
        for relation in relations:
            via = kind.parent(relation)
            if via is None or via.target is None:
                message = f"Didn't understand relationship '{relation}' in field path."
                raise Problem(400, "INVALID_FIELD", message)
            kind = self.records.types[via.target]
        field = kind.find(name)
        if field is None:
            message = f"No such column '{name}' on entity '{kind.name}'. If you are attempting to use a custom field,"
            raise Problem(
                400, "INVALID_FIELD", f"{message} be sure to append the '__c' after the custom field name."
            )
        return field

    def _value(self, kind: SType, row: Record | None, path: str) -> Any:
        *relations, name = path.split(".")
        if relations and relations[0].lower() == kind.name.lower():
            relations = relations[1:]
        for relation in relations:
            row = self._parent(kind, row, relation)
            via = kind.parent(relation)
            if row is None or via is None or via.target is None:
                return None
            kind = self.records.types[via.target]
        field = kind.find(name)
        return None if row is None or field is None else row.get(field.name)

    def _parent(self, kind: SType, row: Record | None, relation: str) -> Record | None:
        via = kind.parent(relation)
        if row is None or via is None or via.target is None:
            return None
        return self.records.rows[via.target].get(row.get(via.name) or "")

    def _shown(
        self,
        kind: SType,
        row: Record,
        paths: Iterable[str],
        children: Iterable[tuple[str, SType, str, Query]],
        version: str,
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": attributes(kind.name, row, version)}
        below: dict[str, list[str]] = {}
        for path in paths:
            head, dot, rest = path.partition(".")
            if not dot:
                found = kind.find(head)
                shown[found.name if found else head] = self._value(kind, row, head)
            elif head.lower() == kind.name.lower():
                shown[rest] = self._value(kind, row, rest)
            else:
                below.setdefault(head, []).append(rest)
        for relation, names in below.items():
            parent, via = self._parent(kind, row, relation), kind.parent(relation)
            target = self.records.types[via.target] if via and via.target else kind
            shown[relation] = None if parent is None else self._shown(target, parent, names, (), version)
        for name, child, via_field, query in children:
            own = [r for r in self._all(child, deleted=False) if r.get(via_field) == row["Id"]]
            rows = [self._shown(child, r, query.paths, (), version) for r in self._rows(query, child, own)]
            shown[name] = {"totalSize": len(rows), "done": True, "records": rows} if rows else None
        return shown

    def _child(self, kind: SType, query: Query) -> tuple[str, SType, str, Query]:
        found = next((n for n in kind.children if n.lower() == query.source.lower()), None)
        if found is None:
            message = f"Didn't understand relationship '{query.source}' in FROM part of query call."
            raise Problem(400, "INVALID_TYPE", message)
        child, via = kind.children[found]
        for path in query.paths:
            self._resolve(self.records.types[child], path)
        return found, self.records.types[child], via, query

    # -- conditions -----------------------------------------------------------------------------------------
    def _test(self, kind: SType, condition: Condition) -> Test:
        if isinstance(condition, Not):
            inner = self._test(kind, condition.part)
            return lambda row: not inner(row)
        if isinstance(condition, Junction):
            parts = [self._test(kind, part) for part in condition.parts]
            if condition.every:
                return lambda row: all(part(row) for part in parts)
            return lambda row: any(part(row) for part in parts)
        return self._comparison(kind, condition)

    def _comparison(self, kind: SType, condition: Compare) -> Test:
        field, path = self._resolve(kind, condition.path), condition.path
        if isinstance(condition.value, Query):
            inner = condition.value
            source = self._type(inner.source)
            rows = self._rows(inner, source, self._all(source, deleted=False))
            among = {self._value(source, row, inner.paths[0]) for row in rows}
            return lambda row: (self._value(kind, row, path) in among) == (condition.operator == "IN")
        if isinstance(condition.value, tuple):
            several = {_comparable(field, literal) for literal in condition.value}
            return lambda row: (
                (_folded(self._value(kind, row, path)) in several) == (condition.operator == "IN")
            )
        wanted = _comparable(field, condition.value)
        if condition.operator == "LIKE":
            like = _like(str(condition.value.value))
            return lambda row: bool(like.fullmatch(str(self._value(kind, row, path) or "")))
        decide = _DECIDE[condition.operator]
        return lambda row: decide(_folded(self._value(kind, row, path)), wanted)


_DECIDE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: a is not None and b is not None and bool(a < b),
    ">": lambda a, b: a is not None and b is not None and bool(a > b),
    "<=": lambda a, b: a is not None and b is not None and bool(a <= b),
    ">=": lambda a, b: a is not None and b is not None and bool(a >= b),
}


def attributes(kind: str, row: Record, version: str) -> dict[str, str]:
    """The ``attributes`` that every record carries."""
    shown = {"type": kind}
    if "Id" in row:
        shown["url"] = f"/services/data/{version}/sobjects/{kind}/{row['Id']}"
    return shown


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _comparable(field: SField, literal: Literal) -> Any:
    if literal.kind == "null":
        return None
    wants = (
        "number"
        if field.numeric
        else field.type
        if field.type in ("date", "datetime", "boolean")
        else "string"
    )
    if literal.kind != wants:
        quotes = "enclosed" if wants == "string" else "not be enclosed"
        message = (
            f"value of filter criterion for field '{field.name}' must be of type {field.type} and should"
        )
        raise Problem(400, "INVALID_FIELD", f"{message} {quotes} in quotes")
    if literal.kind == "datetime":
        return stamp(moment(literal.value)).lower()
    if field.type in ("id", "reference"):
        try:
            return id18(literal.value).lower()
        except Problem as problem:
            message = f"invalid ID field: {literal.value}"
            raise Problem(400, "INVALID_QUERY_FILTER_OPERATOR", message) from problem
    return _folded(literal.value)


def _like(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join(
        ".*" if p == "%" else "." if p == "_" else re.escape(p[1:] if p.startswith("\\") else p)
        for p in parts
    )
    return re.compile(expression, re.IGNORECASE | re.DOTALL)
