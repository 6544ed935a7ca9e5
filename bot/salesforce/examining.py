"""What the doctor asks of Salesforce; keeps the promises of ``bot.doctor.examiners.CrmExaminer``. Only reads."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from simple_salesforce.format import format_soql
from simple_salesforce.util import call_salesforce

from bot.deal import System
from bot.doctor.examiners import Bar, Barred, CrmField, CrmObject
from bot.errors import Refused
from bot.guards import Guard
from bot.salesforce.asking import call, read, told
from bot.salesforce.sessions import API_VERSION, Sessions
from bot.salesforce.trouble import fate

TIMEOUT = (3.05, 10.0)
_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
_NEWEST = "SELECT Id FROM Opportunity WHERE IsClosed = false ORDER BY CreatedDate DESC LIMIT 1"
_GONE = frozenset({"NOT_FOUND", "INVALID_TYPE"})
_BARS = (
    ("inactive", Bar.INACTIVE),
    ("approved", Bar.NOT_APPROVED),
    ("audience", Bar.ADDRESS),
    ("assertion", Bar.KEY),
    ("client", Bar.CLIENT),
)
"""Words of the login's error that tell why, the most telling first (Salesforce Help, "OAuth 2.0 JWT Bearer Flow")."""


class Examining:
    """One org, as any of its users. ``Refused`` when the key file holds no private key."""

    version = API_VERSION

    def __init__(
        self, *, client_id: str, key_file: Path, username: str, login_url: str, api_url: str | None
    ) -> None:
        try:
            self._sessions = Sessions(
                client_id,
                key_file.read_text(),
                login_url,
                api_url,
                TIMEOUT,
                Guard(System.SALESFORCE, fate),
                self._seen,
            )
        except (ValueError, TypeError, OSError) as error:
            raise Refused(
                f"{key_file} is no private key in PEM that can be read without a passphrase."
            ) from error
        self._username = username
        self._calls: tuple[int, int] | None = None

    def versions(self) -> tuple[str, ...]:
        def step(client: Client) -> Any:
            address = f"https://{client.sf_instance}/services/data/"
            return call_salesforce(address, "GET", client.session, client.headers).json()

        found = self._read(None, step)
        return tuple(str(one["version"]) for one in found) if isinstance(found, list) else ()

    def object(self, name: str, username: str | None = None) -> CrmObject | None:
        def step(client: Client) -> dict[str, Any] | None:
            try:
                answer = call(client, "GET", f"sobjects/{name}/describe")
            except SalesforceError as error:
                if _code(error) in _GONE:
                    return None
                raise
            return told(answer, "name", "fields")

        found = self._read(username, step)
        return None if found is None else _object(found)

    def active(self, usernames: Sequence[str]) -> Mapping[str, bool]:
        if not usernames:
            return {}
        query = format_soql(
            "SELECT Username, IsActive FROM User WHERE Username IN {names}", names=list(usernames)
        )
        return {row["Username"].lower(): bool(row["IsActive"]) for row in self._rows(query)}

    def calls(self) -> tuple[int, int] | None:
        return self._calls

    def newest_open(self) -> str | None:
        return next((str(row["Id"]) for row in self._rows(_NEWEST)), None)

    def _rows(self, query: str) -> list[dict[str, Any]]:
        def step(client: Client) -> list[dict[str, Any]]:
            answer = call(client, "GET", "query/", params={"q": query})
            rows: list[dict[str, Any]] = told(answer, "records")["records"]
            return rows

        found: list[dict[str, Any]] = self._read(None, step)
        return found

    def _read(self, username: str | None, step: Any) -> Any:
        try:
            return read(self._sessions, username or self._username, step)
        except Refused as error:
            cause = error.__cause__
            if isinstance(cause, SalesforceAuthenticationFailed):
                said = f"Salesforce says: {str(cause.auth_message).rstrip('.')}."
                raise Barred(said, _bar(f"{cause.code} {cause.auth_message}")) from error
            raise

    def _seen(self, headers: Mapping[str, str]) -> None:
        """What the org says with every answer (REST API Developer Guide, "Limit Info Header")."""
        found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
        if found:
            self._calls = int(found[1]), int(found[2])


def _code(error: SalesforceError) -> str:
    content: Any = error.content
    first = content[0] if isinstance(content, list) and content else {}
    return str(first.get("errorCode") or "") if isinstance(first, dict) else ""


def _bar(words: str) -> Bar:
    return next((bar for word, bar in _BARS if word in words.lower()), Bar.OTHER)


def _object(told: Mapping[str, Any]) -> CrmObject:
    fields = [_field(one) for one in told["fields"]]
    return CrmObject(
        name=told["name"],
        label=told.get("label") or told["name"],
        updateable=bool(told.get("updateable")),
        fields={field.name.lower(): field for field in fields},
    )


def _field(told: Mapping[str, Any]) -> CrmField:
    return CrmField(
        name=told["name"],
        type=told["type"],
        length=int(told.get("length") or 0),
        precision=int(told.get("precision") or 0),
        scale=int(told.get("scale") or 0),
        updateable=bool(told.get("updateable")),
        calculated=bool(told.get("calculated")),
        options=tuple(one["value"] for one in told.get("picklistValues") or () if one.get("active")),
        relationship=told.get("relationshipName"),
        targets=tuple(told.get("referenceTo") or ()),
    )
