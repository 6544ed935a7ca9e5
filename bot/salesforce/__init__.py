"""Salesforce: reads opportunities and writes them as the approving person, over simple-salesforce."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypeVar, cast

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.api import SFType
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.format import format_soql

from bot.clients import Candidate, Crm, CrmReader, CrmRecord, Reply, Warrant
from bot.config import Mapped
from bot.deal import Json, Sibling, System
from bot.errors import Refused, Unverified
from bot.salesforce.describe import Described, Describes
from bot.salesforce.reading import Reading, address_of
from bot.salesforce.sessions import Sessions
from bot.salesforce.trouble import code_of, reading_failed, retried, writing_failed

T = TypeVar("T")
_ID = re.compile(r"[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?")
_FIELD = re.compile(r"[A-Za-z]\w*", re.ASCII)
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def record_id(text: str) -> str:
    """The 18-character form of a record id; ``Refused`` when the text is none.

    The last three characters tell upper from lower case, five characters each (Salesforce help, "Convert 15 Character
    IDs to 18 Character IDs").
    """
    if not _ID.fullmatch(text):
        raise Refused(f"{text[:40]!r} is not a Salesforce record id; it has 15 or 18 letters and digits.")
    if len(text) == 18:
        return text
    chunks = (text[0:5], text[5:10], text[10:15])
    return text + "".join(
        _SUFFIX[sum(1 << i for i, c in enumerate(chunk) if c.isupper())] for chunk in chunks
    )


class Salesforce:
    """One org, for any of its users who are pre-authorised for the bot's app. Safe to share between threads."""

    def __init__(
        self,
        *,
        client_id: str,
        private_key: str,
        username: str,
        login_url: str,
        api_url: str | None,
        facts: Mapping[str, Mapped],
        timeout: tuple[float, float] = (3.05, 10.0),
    ) -> None:
        self._username, self._facts = username, facts
        self._sessions = Sessions(client_id, private_key, login_url, api_url, timeout)
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="salesforce-describe")
        self._describes = Describes(self._describe, self._pool)

    def as_user(self, username: str | None = None) -> CrmReader:
        """Salesforce as this user, who is the bot's own without a name, to read."""
        return _Reader(username or self._username, self._sessions, self._describes, self._facts)

    def as_writer(self, username: str | None, warrant: Warrant) -> Crm:
        """Salesforce as this user, to write what the warrant allows at the moment of each write."""
        return _Writer(username or self._username, self._sessions, self._describes, self._facts, warrant)

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._sessions.close()

    def _describe(self, username: str, kind: str) -> Described:
        def step(client: Client) -> Described:
            return Described.of(cast(SFType, getattr(client, kind)).describe())

        return _read(self._sessions, username, step)


def _read(sessions: Sessions, username: str, step: Callable[[Client], T]) -> T:
    try:
        return retried(lambda: sessions.run(username, step))
    except (SalesforceError, requests.RequestException) as error:
        raise reading_failed(error, username) from error


class _Reader:
    def __init__(
        self, username: str, sessions: Sessions, describes: Describes, facts: Mapping[str, Mapped]
    ) -> None:
        self._username, self._sessions, self._describes = username, sessions, describes
        self._reading = Reading(facts)

    def opportunity(self, id: str) -> CrmRecord:
        """One query for everything; ``describe`` runs beside it while it is not known."""
        wanted = record_id(id)
        on_their_way = [self._describes.get(self._username, kind) for kind in self._reading.kinds]
        known = all(future.done() for future in on_their_way)
        as_of = datetime.now(UTC)
        try:
            rows = self._rows(self._reading.query(wanted, self._described() if known else None))
        except _UnknownField:
            if known:
                self._describes.forget(self._username)
            described, as_of = self._described(), datetime.now(UTC)
            rows = self._rows(self._reading.query(wanted, described), last=True)
        if not rows:
            raise Refused(f"Salesforce has no opportunity {wanted}, or {self._username} may not see it.")
        return self._reading.record(rows[0], self._described(), self._sessions.site(self._username), as_of)

    def siblings(self, account: str) -> tuple[Sibling, ...]:
        """The open opportunities of an account that this user sees, newest first, at most 200."""
        which = format_soql(
            "FROM Opportunity WHERE AccountId = {account} AND IsClosed = {closed} "
            "ORDER BY CreatedDate DESC, Id DESC LIMIT 200",
            account=record_id(account),
            closed=False,
        )
        try:
            rows = self._rows(f"SELECT Id, Name, Amount {which}")
        except _UnknownField:  # amounts are hidden from this user
            rows = self._rows(f"SELECT Id, Name {which}", last=True)
        site = self._sessions.site(self._username)
        return tuple(
            Sibling(id=row["Id"], name=row["Name"], url=address_of(site, row["Id"]), amount=row.get("Amount"))
            for row in rows
        )

    def open_opportunities(self) -> tuple[Candidate, ...]:
        """The open opportunities that this user sees, newest first, at most 2,000."""
        query = format_soql(
            "SELECT Id, Name, StageName, Account.Name FROM Opportunity WHERE IsClosed = {closed} "
            "ORDER BY CreatedDate DESC, Id DESC LIMIT 2000",
            closed=False,
        )
        rows = _read(self._sessions, self._username, lambda client: list(client.query_all_iter(query)))
        return tuple(
            Candidate(
                id=row["Id"],
                name=row["Name"],
                account=(row["Account"] or {}).get("Name") or "",
                stage=row["StageName"],
            )
            for row in rows
        )

    def _described(self) -> dict[str, Described]:
        return self._reading.described(lambda kind: self._describes.get(self._username, kind).result())

    def _rows(self, query: str, *, last: bool = False) -> list[dict[str, Any]]:
        def step(client: Client) -> list[dict[str, Any]]:
            try:
                return cast(list[dict[str, Any]], client.query(query)["records"])
            except SalesforceError as error:
                if code_of(error) == "INVALID_FIELD" and not last:
                    raise _UnknownField from error
                raise

        return _read(self._sessions, self._username, step)


class _Writer(_Reader):
    def __init__(
        self,
        username: str,
        sessions: Sessions,
        describes: Describes,
        facts: Mapping[str, Mapped],
        warrant: Warrant,
    ) -> None:
        super().__init__(username, sessions, describes, facts)
        self._warrant = warrant

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Reply:
        """One PATCH as this user, with the version as its precondition; reading it back is the caller's.

        The precondition counts whole seconds (REST API Developer Guide, "Conditional Request Headers").
        """
        wanted = record_id(id)
        if wrong := [name for name in values if not _FIELD.fullmatch(name)]:
            raise Refused(
                f"{', '.join(wrong)}: not a field of the opportunity itself, so it cannot be written."
            )
        version = datetime.fromisoformat(unless_changed_since)
        if version.tzinfo is None:
            raise ValueError(f"a version without an offset is no moment: {unless_changed_since}")
        headers = {"If-Unmodified-Since": format_datetime(version.astimezone(UTC), usegmt=True)}

        def step(client: Client) -> requests.Response:
            self._warrant()
            opportunity = cast(SFType, client.Opportunity)
            answer = opportunity.update(wanted, dict(values), raw_response=True, headers=dict(headers))
            return cast(requests.Response, answer)

        try:
            answer = self._sessions.run(self._username, step)
        except (SalesforceError, requests.RequestException) as error:
            raise writing_failed(error, self._username) from error
        if answer.status_code != requests.codes.no_content:
            raise Unverified(
                f"Something between us and Salesforce answered {answer.status_code} where Salesforce answers 204; "
                "the change may have been written."
            )
        return Reply(
            system=System.SALESFORCE,
            record=wanted,
            response_id=answer.headers.get("x-sfdc-request-id") or answer.headers.get("x-request-id"),
            values=dict(values),
            at=datetime.now(UTC),
        )


class _UnknownField(Exception):
    """The query names a field that this org lacks, or that this user may not see."""
