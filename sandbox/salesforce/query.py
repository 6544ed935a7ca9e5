"""Answers SOQL from the records: filters, parents, children, order.

Paths are looked up once a query, not once a row, so that a scan of a hundred thousand rows takes a second.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.problem import Problem
from sandbox.salesforce.records import Record, Records
from sandbox.salesforce.schema import SField, SType
from sandbox.salesforce.soql import Compare, Condition, Junction, Literal, Not, Query
from sandbox.salesforce.values import id18, moment, stamp

Test = Callable[[Record], bool]
Get = Callable[[Record], Any]
Show = Callable[[Record], dict[str, Any]]


@dataclass(frozen=True)
class Found:
    """The rows that a query found, as they were then, and how REST shows one of them."""

    rows: list[Record]
    show: Show


class Answers:
    """Runs queries over the records of one org."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def run(self, query: Query, version: str, *, deleted: bool = False) -> Found:
        """The rows of a query, before paging."""
        kind = self._type(query.source)
        rows = self._rows(query, kind, self._all(kind, deleted, query.where))
        return Found(rows, self._shape(kind, query.paths, query.children, version))

    def count(self, query: Query, *, deleted: bool = False) -> int:
        """How many rows ``SELECT COUNT()`` counts."""
        kind = self._type(query.source)
        return len(self._rows(query, kind, self._all(kind, deleted, query.where)))

    # -- rows -----------------------------------------------------------------------------------------------
    def _type(self, name: str) -> SType:
        kind = next((t for t in self.records.types.values() if t.name.lower() == name.lower()), None)
        if kind is None:
            message = f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure"
            raise Problem(400, "INVALID_TYPE", f"{message} to append the '__c' after the entity name.")
        return kind

    def _all(self, kind: SType, deleted: bool, where: Condition | None = None) -> Iterable[Record]:
        if kind.name == "UserRecordAccess":
            return self._access()
        if kind.name == "FieldPermissions":
            return self._permissions()
        rows = self.records.rows[kind.name]
        named = _ids(where)
        some = rows.values() if named is None else [rows[id] for id in named if id in rows]
        return [row for row in some if deleted or not row["IsDeleted"]]

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
            _, get = self._field(kind, order.path)
            keyed = [(_folded(get(row)), row) for row in found]
            empty = [row for key, row in keyed if key is None]
            full = [pair for pair in keyed if pair[0] is not None]
            full.sort(key=lambda pair: pair[0], reverse=order.descending)
            sorted_rows = [row for _, row in full]
            found = sorted_rows + empty if order.nulls_last else empty + sorted_rows
        end = None if query.limit is None else query.offset + query.limit
        return found[query.offset : end]

    # -- fields ---------------------------------------------------------------------------------------------
    def _field(self, kind: SType, path: str) -> tuple[SField, Get]:
        """The field at the end of a path, and what reads it from a row of the type at its beginning."""
        *relations, name = path.split(".")
        if relations and relations[0].lower() == kind.name.lower():
            relations = relations[1:]
        hops: list[tuple[str, str]] = []
        for relation in relations:
            via, target = self._via(kind, relation)
            hops.append((via.name, target.name))
            kind = target
        field = kind.find(name)
        if field is None:
            message = f"No such column '{name}' on entity '{kind.name}'. If you are attempting to use a custom field,"
            raise Problem(
                400, "INVALID_FIELD", f"{message} be sure to append the '__c' after the custom field name."
            )
        own = field.name
        if not hops:
            return field, lambda row: row.get(own)

        def through(row: Record) -> Any:
            for via_name, target_name in hops:
                parent = self.records.rows[target_name].get(row.get(via_name) or "")
                if parent is None:
                    return None
                row = parent
            return row.get(own)

        return field, through

    def _via(self, kind: SType, relation: str) -> tuple[SField, SType]:
        via = kind.parent(relation)
        if via is None or via.target is None:
            message = f"Didn't understand relationship '{relation}' in field path."
            raise Problem(400, "INVALID_FIELD", message)
        return via, self.records.types[via.target]

    def _shape(self, kind: SType, paths: Iterable[str], children: Iterable[Query], version: str) -> Show:
        own: list[str] = []
        below: dict[str, list[str]] = {}
        for path in paths:
            head, dot, rest = path.partition(".")
            if dot and head.lower() == kind.name.lower():
                path, (head, dot, rest) = rest, rest.partition(".")
            if dot:
                below.setdefault(head, []).append(rest)
            else:
                own.append(self._field(kind, path)[0].name)
        parents: list[tuple[str, str, str, Show]] = []
        for relation, names in below.items():
            via, target = self._via(kind, relation)
            parents.append((relation, via.name, target.name, self._shape(target, names, (), version)))
        families = [self._family(kind, child, version) for child in children]

        def show(row: Record) -> dict[str, Any]:
            shown: dict[str, Any] = {"attributes": attributes(kind.name, row, version)}
            for name in own:
                shown[name] = row.get(name)
            for relation, via_name, target_name, show_parent in parents:
                parent = self.records.rows[target_name].get(row.get(via_name) or "")
                shown[relation] = None if parent is None else show_parent(parent)
            for name, members in families:
                rows = members(row["Id"])
                shown[name] = {"totalSize": len(rows), "done": True, "records": rows} if rows else None
            return shown

        return show

    def _family(
        self, kind: SType, query: Query, version: str
    ) -> tuple[str, Callable[[str], list[dict[str, Any]]]]:
        """A child relationship, and what lists the children of one record."""
        relation = next((n for n in kind.children if n.lower() == query.source.lower()), None)
        if relation is None:
            message = f"Didn't understand relationship '{query.source}' in FROM part of query call."
            raise Problem(400, "INVALID_TYPE", message)
        name, via = kind.children[relation]
        child = self.records.types[name]
        show = self._shape(child, query.paths, (), version)
        by_parent: defaultdict[str, list[Record]] = defaultdict(list)
        for row in self._all(child, deleted=False):
            by_parent[row.get(via) or ""].append(row)
        return relation, lambda id: [show(r) for r in self._rows(query, child, by_parent.get(id, ()))]

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
        field, get = self._field(kind, condition.path)
        inside = condition.operator == "IN"
        if isinstance(condition.value, Query):
            inner = condition.value
            source = self._type(inner.source)
            rows = self._rows(inner, source, self._all(source, deleted=False, where=inner.where))
            _, get_inner = self._field(source, inner.paths[0])
            among = {get_inner(row) for row in rows}
            return lambda row: (get(row) in among) == inside
        if isinstance(condition.value, tuple):
            several = {_comparable(field, literal) for literal in condition.value}
            return lambda row: (_folded(get(row)) in several) == inside
        wanted = _comparable(field, condition.value)
        if condition.operator == "LIKE":
            like = _like(str(condition.value.value))
            return lambda row: bool(like.fullmatch(str(get(row) or "")))
        decide = _DECIDE[condition.operator]
        return lambda row: decide(_folded(get(row)), wanted)


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


def _ids(condition: Condition | None) -> list[str] | None:
    """The only ids that can meet the condition; None where it does not say."""
    if isinstance(condition, Junction) and condition.every:
        return next((ids for ids in map(_ids, condition.parts) if ids is not None), None)
    if not isinstance(condition, Compare) or condition.path.lower() != "id":
        return None
    if condition.operator not in ("=", "IN") or isinstance(condition.value, Query):
        return None
    given = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    try:
        return list(dict.fromkeys(id18(str(literal.value)) for literal in given))
    except Problem:  # told where the condition is read
        return None


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
