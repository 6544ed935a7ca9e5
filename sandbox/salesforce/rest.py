"""The REST API below ``/services/data/vNN.0/``: one plain function per call, routed by method and path."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox.salesforce.bulk import Bulk
from sandbox.salesforce.problem import Problem
from sandbox.salesforce.query import Answers, Found, attributes
from sandbox.salesforce.records import Records
from sandbox.salesforce.soql import parse
from sandbox.salesforce.values import id18, moment

PAGE = 2_000
CURSORS = 10
"""How many queries of one user can be gone on with; the one that was used the longest ago goes first."""
_BATCH_SIZE = re.compile(r"batchSize=(\d{1,5})")


@dataclass(frozen=True)
class Call:
    """One request, already known to come from a user."""

    by: str  # user id
    version: str  # v66.0
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self, *needed: str) -> dict[str, Any]:
        """The body, an object with at least these names, or ``JSON_PARSER_ERROR``."""
        try:
            body = json.loads(self.body)
        except ValueError as error:
            raise Problem(400, "JSON_PARSER_ERROR", f"Unexpected character: {error}") from error
        if not isinstance(body, dict) or not set(needed) <= set(body):
            wanted = ", ".join(needed) or "an object"
            raise Problem(400, "JSON_PARSER_ERROR", f"The request body is missing: {wanted}")
        return body


@dataclass(frozen=True)
class Answer:
    """One answer: ``body`` is JSON, or bytes with their own type."""

    status: int
    body: Any = None
    content_type: str = "application/json;charset=UTF-8"


class Rest:
    """The calls. ``route`` finds the vendor's name of a call and the function that answers it."""

    def __init__(self, records: Records, limits: Callable[[], dict[str, Any]]) -> None:
        self.records, self.limits = records, limits
        self.answers, self.bulk = Answers(records), Bulk(records)
        self.saved_of_next: int | None = None  # how many rows of the next collection are saved; None: all
        self._pages: OrderedDict[str, tuple[str, Found]] = OrderedDict()  # locator -> user, what was found
        self._queried = 0
        kind, key = r"/sobjects/(\w+)", r"([^/]+)"
        job = rf"/jobs/ingest/{key}"
        self._routes: list[tuple[str, re.Pattern[str], str, Callable[..., Answer]]] = [
            (method, re.compile(f"{pattern}/?"), name, do)
            for method, pattern, name, do in (
                ("GET", f"{kind}/describe", "{}.describe", self._describe),
                ("POST", kind, "{}.create", self._create),
                ("GET", f"{kind}/{key}", "{}.get", self._get),
                ("PATCH", f"{kind}/{key}", "{}.update", self._update),
                ("DELETE", f"{kind}/{key}", "{}.delete", self._delete),
                ("GET", f"{kind}/(\\w+)/{key}", "{}.get", self._get_external),
                ("PATCH", f"{kind}/(\\w+)/{key}", "{}.upsert", self._upsert),
                ("GET", "/query", "query", self._query),
                ("GET", "/queryAll", "queryAll", self._query_all),
                ("GET", f"/(?:query|queryAll)/{key}", "queryMore", self._query_more),
                ("GET", "/limits", "limits", self._limits),
                ("POST", "/composite", "composite", self._composite),
                ("PATCH", "/composite/sobjects", "collection.update", self._collection_update),
                ("POST", "/composite/sobjects", "collection.create", self._collection_create),
                ("POST", r"/composite/sobjects/(\w+)", "collection.read", self._collection_read),
                ("POST", "/jobs/ingest", "ingest.create", self._ingest_create),
                ("PUT", f"{job}/batches", "ingest.upload", self._ingest_upload),
                ("PATCH", job, "ingest.close", self._ingest_move),
                ("GET", job, "ingest.look", self._ingest_look),
                ("DELETE", job, "ingest.delete", self._ingest_delete),
                (
                    "GET",
                    job + "/(successfulResults|failedResults|unprocessedrecords)",
                    "ingest.results",
                    self._ingest_results,
                ),
            )
        ]

    def name(self, method: str, rest: str) -> str:
        """The vendor's name of a call: ``Opportunity.update``, ``query``."""
        for verb, pattern, name, _ in self._routes:
            if verb == method and (match := pattern.fullmatch(rest)):
                return name.format(*match.groups())
        return ""

    def answer(self, method: str, rest: str, call: Call) -> Answer:
        """Carry out one call; every ``Problem`` becomes its error answer."""
        known = False
        for verb, pattern, _, do in self._routes:
            if match := pattern.fullmatch(rest):
                known = True
                if verb == method:
                    try:
                        with self.records.guard:
                            return do(call, *map(unquote, match.groups()))
                    except Problem as problem:
                        return Answer(problem.status, problem.body())
        if known:
            message = f"HTTP Method '{method}' not allowed."
            return Answer(405, Problem(405, "METHOD_NOT_ALLOWED", message).body())
        return Answer(404, Problem(404, "NOT_FOUND", "The requested resource does not exist").body())

    # -- records --------------------------------------------------------------------------------------------
    def _describe(self, call: Call, kind: str) -> Answer:
        told = self.records.type(kind).describe(call.by in self.records.read_only)
        return Answer(200, self.records.sight.of(call.by, told))

    def _get(self, call: Call, kind: str, id: str) -> Answer:
        return Answer(200, self._shown(call, kind, self.records.find(kind, id)))

    def _get_external(self, call: Call, kind: str, key: str, value: str) -> Answer:
        found = self.records.by_external_id(kind, key, value)
        if not found:
            raise Problem(404, "NOT_FOUND", "The requested resource does not exist")
        if len(found) > 1:
            return Answer(300, self._urls(call, kind, found))
        return Answer(200, self._shown(call, kind, found[0]))

    def _shown(self, call: Call, kind: str, row: dict[str, Any]) -> dict[str, Any]:
        wanted = call.query.get("fields")
        described = self.records.type(kind)
        names = (
            [self.records.field(described, n).name for n in wanted.split(",")] if wanted else described.fields
        )
        return {"attributes": attributes(kind, row, call.version), **{n: row.get(n) for n in names}}

    def _urls(self, call: Call, kind: str, rows: list[dict[str, Any]]) -> list[str]:
        return [attributes(kind, row, call.version)["url"] for row in rows]

    def _create(self, call: Call, kind: str) -> Answer:
        created = self.records.create(kind, call.json(), call.by)
        return Answer(201, {"id": created, "success": True, "errors": []})

    def _update(self, call: Call, kind: str, id: str) -> Answer:
        self._unmodified(call, self.records.find(kind, id))
        self.records.update(kind, id, call.json(), call.by)
        return Answer(204)

    def _unmodified(self, call: Call, row: Mapping[str, Any]) -> None:
        given = call.headers.get("if-unmodified-since")
        if given is None:
            return
        try:
            since = parsedate_to_datetime(given)
        except ValueError as error:
            raise Problem(
                400, "INVALID_HTTP_DATE", f"Invalid date in If-Unmodified-Since: {given}"
            ) from error
        if moment(row["LastModifiedDate"]) > since:
            message = "Condition specified in the request header is not met: the record was modified"
            raise Problem(412, "PRECONDITION_FAILED", message)

    def _upsert(self, call: Call, kind: str, key: str, value: str) -> Answer:
        found = self.records.by_external_id(kind, key, value)
        if len(found) > 1:
            return Answer(300, self._urls(call, kind, found))
        if not found and call.query.get("updateOnly") == "true":
            raise Problem(404, "NOT_FOUND", "Entity not found")
        if found:
            self._unmodified(call, found[0])
            record = str(found[0]["Id"])
            self.records.update(kind, record, call.json(), call.by)
        else:
            record = self.records.create(kind, {**call.json(), key: value}, call.by)
        body = {"id": record, "success": True, "errors": [], "created": not found}
        if found and float(call.version.removeprefix("v")) < 46:
            return Answer(204)
        return Answer(200 if found else 201, body)

    def _delete(self, call: Call, kind: str, id: str) -> Answer:
        self.records.delete(kind, id, call.by)
        return Answer(204)

    # -- queries --------------------------------------------------------------------------------------------
    def _query(self, call: Call, *, deleted: bool = False) -> Answer:
        query = parse(call.query.get("q", ""))
        if not query.paths and not query.children:
            count = self.answers.count(query, deleted=deleted)
            return Answer(200, {"totalSize": count, "done": True, "records": []})
        return Answer(200, self._page(call, self.answers.run(query, call.version, deleted=deleted), 0, ""))

    def _query_all(self, call: Call) -> Answer:
        return self._query(call, deleted=True)

    def _query_more(self, call: Call, cursor: str) -> Answer:
        locator, _, start = cursor.partition("-")
        by, found = self._pages.get(locator, ("", None))
        if found is None or by != call.by or not start.isdigit():
            raise Problem(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        self._pages.move_to_end(locator)
        return Answer(200, self._page(call, found, int(start), locator))

    def _page(self, call: Call, found: Found, start: int, locator: str) -> dict[str, Any]:
        asked = _BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
        end = start + (min(max(int(asked[1]), 200), PAGE) if asked else PAGE)
        page = {
            "totalSize": len(found.rows),
            "done": end >= len(found.rows),
            "records": [found.show(row) for row in found.rows[start:end]],
        }
        if not page["done"]:
            locator = locator or self._cursor(call.by, found)
            page["nextRecordsUrl"] = f"/services/data/{call.version}/query/{locator}-{end}"
        return page

    def _cursor(self, by: str, found: Found) -> str:
        own = [locator for locator, (whose, _) in self._pages.items() if whose == by]
        if len(own) >= CURSORS:
            del self._pages[own[0]]
        self._queried += 1
        locator = f"01g{self._queried:012d}"
        self._pages[locator] = by, found
        return locator

    def _limits(self, call: Call) -> Answer:
        return Answer(200, self.limits())

    # -- several at once ------------------------------------------------------------------------------------
    def _each(self, call: Call, one: Callable[[dict[str, Any]], str]) -> Answer:
        wanted = call.json("records")
        records = wanted["records"]
        if len(records) > 200:
            message = f"The maximum number of records is 200; this request has {len(records)}"
            raise Problem(400, "EXCEEDED_ID_LIMIT", message)
        results: list[dict[str, Any]] = []
        before = self.records.snapshot() if wanted.get("allOrNone") else None
        saved, self.saved_of_next = self.saved_of_next, None
        for record in records[:saved]:
            try:
                results.append({"id": one(record), "success": True, "errors": []})
            except Problem as problem:
                results.append({"success": False, "errors": [problem.row()]})
        if before is not None and not all(r["success"] for r in results):
            self.records.restore(before)
            message = (
                "Record rolled back because not all records were valid and the request was using AllOrNone"
            )
            rolled = Problem(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", message)
            results = [{"success": False, "errors": r["errors"] or [rolled.row()]} for r in results]
        return Answer(200, results)

    def _collection_update(self, call: Call) -> Answer:
        def one(record: dict[str, Any]) -> str:
            row_id = str(record.get("id") or record.get("Id") or "")
            values = {name: value for name, value in record.items() if name.lower() != "id"}
            self.records.update(record["attributes"]["type"], row_id, values, call.by)
            return id18(row_id)

        return self._each(call, one)

    def _collection_create(self, call: Call) -> Answer:
        return self._each(
            call, lambda record: self.records.create(record["attributes"]["type"], record, call.by)
        )

    def _collection_read(self, call: Call, kind: str) -> Answer:
        wanted = call.json("ids", "fields")
        if len(wanted["ids"]) > PAGE:
            message = f"The maximum number of records is {PAGE}; this request has {len(wanted['ids'])}"
            raise Problem(400, "EXCEEDED_ID_LIMIT", message)
        described = self.records.type(kind)
        names = [self.records.field(described, name).name for name in wanted["fields"]]
        rows = [self.records.rows[kind].get(id18(given)) for given in wanted["ids"]]
        shown = [
            None
            if row is None or row["IsDeleted"]
            else {"attributes": attributes(kind, row, call.version), **{n: row.get(n) for n in names}}
            for row in rows
        ]
        return Answer(200, shown)

    def _composite(self, call: Call) -> Answer:
        wanted = call.json("compositeRequest")
        steps = wanted["compositeRequest"]
        if len(steps) > 25:
            raise Problem(400, "LIMIT_EXCEEDED", "The composite request exceeds the limit of 25 subrequests")
        costly = [s for s in steps if re.search(r"/(query|queryAll|composite/sobjects)\b", s["url"])]
        if len(costly) > 5:
            raise Problem(400, "LIMIT_EXCEEDED", "At most 5 subrequests may be queries or collections")
        done: dict[str, Any] = {}
        shown: list[dict[str, Any]] = []
        before = self.records.snapshot() if wanted.get("allOrNone") else None
        for step in steps:
            answer = self._step(call, step, done)
            done[step["referenceId"]] = answer.body
            shown.append(
                {
                    "body": answer.body,
                    "httpHeaders": {},
                    "httpStatusCode": answer.status,
                    "referenceId": step["referenceId"],
                }
            )
        if before is not None and any(s["httpStatusCode"] >= 400 for s in shown):
            self.records.restore(before)
            halted = Problem(
                400, "PROCESSING_HALTED", "The transaction was rolled back since another operation"
            )
            for entry in shown:
                if entry["httpStatusCode"] < 400:
                    entry.update(body=halted.body(), httpStatusCode=400)
        return Answer(200, {"compositeResponse": shown})

    def _step(self, call: Call, step: dict[str, Any], done: dict[str, Any]) -> Answer:
        try:
            step = json.loads(_REFERENCE.sub(lambda m: _looked_up(m[1], done), json.dumps(step)))
        except (KeyError, IndexError, TypeError):
            problem = Problem(
                400, "PROCESSING_HALTED", "Invalid reference specified. No value for it was found."
            )
            return Answer(400, problem.body())
        url = urlsplit(step["url"])
        match = re.fullmatch(r"/services/data/(v\d+\.\d)(/.*)", url.path)
        if match is None:
            return Answer(404, Problem(404, "NOT_FOUND", "The requested resource does not exist").body())
        headers = {k.lower(): v for k, v in step.get("httpHeaders", {}).items()}
        inner = Call(call.by, match[1], flat(url.query), headers, json.dumps(step.get("body")).encode())
        return self.answer(step["method"], match[2], inner)

    # -- bulk -----------------------------------------------------------------------------------------------
    def _ingest_create(self, call: Call) -> Answer:
        return Answer(200, self.bulk.open(call.json(), call.by, call.version))

    def _ingest_upload(self, call: Call, id: str) -> Answer:
        self.bulk.upload(id, call.body)
        return Answer(201)

    def _ingest_move(self, call: Call, id: str) -> Answer:
        return Answer(200, self.bulk.move(id, call.json("state")["state"]))

    def _ingest_look(self, call: Call, id: str) -> Answer:
        return Answer(200, self.bulk.look(id))

    def _ingest_delete(self, call: Call, id: str) -> Answer:
        self.bulk.delete(id)
        return Answer(204)

    def _ingest_results(self, call: Call, id: str, which: str) -> Answer:
        return Answer(200, self.bulk.results(id, which), "text/csv")


_REFERENCE = re.compile(r"@\{([\w.\[\]]+)\}")


def _looked_up(path: str, done: dict[str, Any]) -> str:
    found: Any = done
    for key in re.findall(r"\w+", path):
        found = found[int(key)] if isinstance(found, list) else found[key]
    return str(found)


def flat(query: str) -> dict[str, str]:
    """The query string with the first value of each name."""
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
