"""One opportunity: read with everything about it, found among the open ones, and written."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, cast

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.api import SFType
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.format import format_soql

from bot.clients import Candidate, CrmRecord, Reply, Warrant
from bot.deal import Fact, Json, Sibling, System
from bot.errors import BotError, Refused, Unverified
from bot.salesforce.asking import Asking, UnknownField
from bot.salesforce.ids import own_fields, record_id
from bot.salesforce.reading import address_of
from bot.salesforce.trouble import writing_failed


class DealReading(Asking):
    """Reads what is asked about one opportunity or one account."""

    def opportunity(self, id: str) -> CrmRecord:
        """One query for everything; ``describe`` runs beside it while it is not known."""
        wanted = record_id(id)
        on_their_way = [self._describes.get(self._username, kind) for kind in self._reading.kinds]
        known = all(future.done() for future in on_their_way)
        as_of = datetime.now(UTC)
        try:
            rows = self._rows(self._reading.query(wanted, self._described() if known else None))
        except UnknownField:
            if known:
                self._describes.forget(self._username)
            described, as_of = self._described(), datetime.now(UTC)
            rows = self._rows(self._reading.query(wanted, described), last=True)
        if not rows:
            raise Refused(f"Salesforce has no opportunity {wanted}, or {self._username} may not see it.")
        return self._reading.record(rows[0], self._described(), self.site(), as_of)

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
        except UnknownField:  # amounts are hidden from this user
            rows = self._rows(f"SELECT Id, Name {which}", last=True)
        site = self.site()
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
        rows = self._pages(self._page(query, last=True))
        return tuple(
            Candidate(
                id=row["Id"],
                name=row["Name"],
                account=(row["Account"] or {}).get("Name") or "",
                stage=row["StageName"],
            )
            for row in rows
        )

    def fields(self) -> Mapping[str, Fact]:
        """Every mapped field as a fact without a value, by our names; one that this user does not see is none."""
        return self._reading.fields(self._described(), datetime.now(UTC))


class Writing(Asking):
    """What writes asks its warrant immediately before every request."""

    def __init__(self, warrant: Warrant, *known: Any) -> None:
        super().__init__(*known)
        self._warrant = warrant

    def _send(self, operation: str, step: Callable[[Client], requests.Response]) -> requests.Response:
        return self._sessions.run(
            self._username, step, operation=operation, warrant=self._warrant, insists=self._insists
        )

    def _failed(self, error: SalesforceError | requests.RequestException) -> BotError:
        """What to tell; when nobody knows what was written, this writer finds out whatever the breaker says."""
        failure = writing_failed(error, self._username)
        self._insists = self._insists or isinstance(failure, Unverified)
        return failure


class DealWriting(Writing):
    """Writes one opportunity."""

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Reply:
        """One PATCH as this user, with the version as its precondition; reading it back is the caller's.

        The precondition counts whole seconds (REST API Developer Guide, "Conditional Request Headers").
        """
        wanted = record_id(id)
        own_fields(values, "written")
        version = datetime.fromisoformat(unless_changed_since)
        if version.tzinfo is None:
            raise ValueError(f"a version without an offset is no moment: {unless_changed_since}")
        headers = {"If-Unmodified-Since": format_datetime(version.astimezone(UTC), usegmt=True)}

        def step(client: Client) -> requests.Response:
            opportunity = cast(SFType, client.Opportunity)
            answer = opportunity.update(wanted, dict(values), raw_response=True, headers=dict(headers))
            return cast(requests.Response, answer)

        try:
            answer = self._send("Opportunity.update", step)
        except (SalesforceError, requests.RequestException) as error:
            raise self._failed(error) from error
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
