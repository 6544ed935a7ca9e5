"""Some fields of many opportunities: read by the thousand, written by the two hundred, each row on its own."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.format import format_soql

from bot.clients import Reply
from bot.deal import PORTFOLIO, Json, System
from bot.errors import Unverified
from bot.salesforce.asking import Asking, Row, call
from bot.salesforce.deals import Writing
from bot.salesforce.ids import own_fields, record_id
from bot.salesforce.trouble import row_failed

READ_AT_ONCE = 2_000
"""Records in one reading request (REST API Developer Guide, "Get Records by IDs with a request body")."""
WRITTEN_AT_ONCE = 200
"""Records in one writing request (REST API Developer Guide, "Update Multiple Records")."""
_USERS_AT_ONCE = 400  # keeps the query below the limit of 16,384 bytes for an address
_EDITOR = "LastModifiedBy"


class RowReading(Asking):
    """Reads rows by their ids.

    By the collection call, which takes five times as many ids a request as a query's address has room for. It follows
    no relationships, so the editors' usernames are read by one query more, once for each editor.
    """

    def read_rows(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Json]]:
        """What opportunities hold in these fields, by 18-character id; what this user does not see is left out.

        ``LastModifiedBy`` (a username) comes with each row. ``Refused`` names a field that the user does not see.
        """
        wanted = list(dict.fromkeys(map(record_id, ids)))
        names = [name for name in dict.fromkeys(fields) if name != _EDITOR]
        own_fields(names, "read")
        rows: list[Row] = []
        for start in range(0, len(wanted), READ_AT_ONCE):
            rows += self._collected(wanted[start : start + READ_AT_ONCE], names)
        if not rows:
            return {}
        spelt = {name.lower(): name for name in rows[0]}
        usernames = self._named({row["LastModifiedById"] for row in rows})
        return {
            row["Id"]: {
                **{name: row[spelt[name.lower()]] for name in names},
                _EDITOR: usernames[row["LastModifiedById"]],
            }
            for row in rows
        }

    def _collected(self, ids: list[str], names: list[str]) -> list[Row]:
        known = {name.lower() for name in names}
        more = [name for name in ("Id", "LastModifiedById") if name.lower() not in known]
        body = {"ids": ids, "fields": [*names, *more]}

        def step(client: Client) -> list[Row]:
            path = "composite/sobjects/Opportunity"
            answer = call(client, "POST", path, json=body, timeout=self._batch_timeout)
            return [row for row in _listed(answer, len(ids)) if row is not None]

        return self._read("collection.read", step)

    def _named(self, users: set[str]) -> Mapping[str, str]:
        unknown = sorted(users - self._usernames.keys())
        for start in range(0, len(unknown), _USERS_AT_ONCE):
            some = unknown[start : start + _USERS_AT_ONCE]
            query = format_soql("SELECT Id, Username FROM User WHERE Id IN {ids}", ids=some)
            self._usernames |= dict.fromkeys(some, "")
            self._usernames |= {row["Id"]: row["Username"] for row in self._rows(query, last=True)}
        return self._usernames


class RowWriting(Writing):
    """Writes rows, each on its own."""

    def write_rows(self, rows: Mapping[str, Mapping[str, Json]]) -> Reply:
        """Set fields of at most 200 opportunities in one request, in the order given.

        ``Reply.values["failed"]`` says by 18-character id why a row was not written; it is empty when all were.
        """
        if not 0 < len(rows) <= WRITTEN_AT_ONCE:
            raise ValueError(f"{len(rows)} rows; one request takes 1 to {WRITTEN_AT_ONCE}")
        batch = checked(rows)
        kind = {"attributes": {"type": "Opportunity"}}
        records = [{**kind, "id": id, **values} for id, values in batch.items()]
        body = json.dumps({"allOrNone": False, "records": records}, allow_nan=False).encode()

        def step(client: Client) -> requests.Response:
            return call(client, "PATCH", "composite/sobjects", data=body, timeout=self._batch_timeout)

        try:
            answer = self._send("collection.update", step)
            results = [_result(entry) for entry in _listed(answer, len(batch))]
        except requests.exceptions.InvalidJSONError as error:
            raise Unverified(
                "Something between us and Salesforce answered in its place; the rows may have been written."
            ) from error
        except (SalesforceError, requests.RequestException) as error:
            raise self._failed(error) from error
        failed = {
            id: row_failed(code, said, self._username)
            for id, (success, code, said) in zip(batch, results, strict=True)
            if not success
        }
        return Reply(
            system=System.SALESFORCE,
            record=PORTFOLIO,
            response_id=answer.headers.get("x-sfdc-request-id") or answer.headers.get("x-request-id"),
            values={"failed": failed},
            at=datetime.now(UTC),
        )


def checked(rows: Mapping[str, Mapping[str, Json]]) -> dict[str, Mapping[str, Json]]:
    """The rows by 18-character id; ``Refused`` for what is no id or no field, ``ValueError`` for a record twice."""
    batch = {record_id(id): values for id, values in rows.items()}
    if len(batch) < len(rows):
        raise ValueError("the same record twice, once by its short id")
    own_fields({name: None for values in rows.values() for name in values}, "written")
    return batch


def _listed(answer: requests.Response, length: int) -> list[Any]:
    body = answer.json()
    if answer.status_code != requests.codes.ok or not isinstance(body, list) or len(body) != length:
        raise requests.exceptions.InvalidJSONError("the answer is not Salesforce's", response=answer)
    return body


def _result(entry: Any) -> tuple[bool, str, str]:
    """Whether a row was written; else the first errorCode and what was said."""
    if not isinstance(entry, dict) or not isinstance(entry.get("success"), bool):
        raise requests.exceptions.InvalidJSONError("the answer is not Salesforce's")
    errors = entry.get("errors") or [{}]
    said = " ".join(str(error.get("message") or "") for error in errors)
    return entry["success"], str(errors[0].get("statusCode") or ""), said
