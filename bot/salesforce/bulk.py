"""Bulk API 2.0 ingest, one request at a time, so that each is in the ledger before the next.

Not simple-salesforce's own: it blocks until the job has ended, aborts a healthy one when a look at it times out, and
reads the results as Latin-1.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceError, SalesforceResourceNotFound

from bot.clients import BulkJob, BulkOutcome, Reply
from bot.deal import Json, System
from bot.errors import BotError, Refused, Unavailable, Unverified
from bot.salesforce.asking import Asking, call, told
from bot.salesforce.deals import Writing
from bot.salesforce.ids import record_id
from bot.salesforce.rows import checked
from bot.salesforce.table import table
from bot.salesforce.trouble import bulk_row_failed

_JOBS = "jobs/ingest"
_UPDATE = {
    "object": "Opportunity",
    "operation": "update",
    "contentType": "CSV",
    "lineEnding": "LF",
    "columnDelimiter": "COMMA",
}
_CSV = {"Content-Type": "text/csv; charset=UTF-8"}
_GONE_ON = ("UploadComplete", "InProgress", "JobComplete", "Failed")


class BulkReading(Asking):
    """Looks at jobs."""

    def bulk_job(self, id: str) -> BulkJob:
        """An ingest job as it stands; ``Refused`` when there is none."""
        job = record_id(id)

        def step(client: Client) -> BulkJob:
            try:
                shown = told(call(client, "GET", f"{_JOBS}/{job}"), "id", "state")
            except SalesforceResourceNotFound as error:
                raise Refused(
                    f"Salesforce has no bulk job {job}, or {self._username} may not see it; it keeps them for a week."
                ) from error
            return BulkJob(
                id=shown["id"],
                state=shown["state"],
                processed=int(shown.get("numberRecordsProcessed") or 0),
                failed=int(shown.get("numberRecordsFailed") or 0),
                message=shown.get("errorMessage") or None,
            )

        return self._read("ingest.look", step)

    def bulk_outcome(self, id: str) -> BulkOutcome:
        """What became of the rows of a job that has ended, by the ids that were uploaded."""
        job = record_id(id)
        return BulkOutcome(
            written=frozenset(row["Id"] for row in self._results(job, "successfulResults")),
            failed={
                row["Id"]: bulk_row_failed(row["sf__Error"], self._username)
                for row in self._results(job, "failedResults")
            },
            unprocessed=frozenset(row["Id"] for row in self._results(job, "unprocessedrecords")),
        )

    def _results(self, job: str, which: str) -> Iterator[dict[str, str]]:
        def step(client: Client) -> bytes:
            path = f"{_JOBS}/{job}/{which}/"
            return call(client, "GET", path, timeout=self._batch_timeout).content

        # The reply names no charset, and requests would take that for Latin-1.
        text = self._read("ingest.results", step).decode("utf-8")
        return csv.DictReader(io.StringIO(text, newline=""))


class BulkWriting(BulkReading, Writing):
    """Makes a job, fills it, lets it begin. Nothing is written before the last of these."""

    def open_bulk_job(self) -> Reply:
        """Make an ingest job that updates opportunities; ``record`` is its id. An empty one does nothing."""

        def step(client: Client) -> requests.Response:
            return call(client, "POST", _JOBS, json=_UPDATE)

        try:
            answer = self._send("ingest.create", step)
            shown = told(answer, "id", "state")
        except (SalesforceError, requests.RequestException) as error:
            raise self._not_begun(error, "made a bulk job; an empty one does nothing") from error
        return _reply(shown["id"], answer)

    def upload_rows(self, job: str, rows: Mapping[str, Mapping[str, Json]]) -> Reply:
        """Give a job its rows: None and empty text clear a field, one that a row lacks stays as it is.

        ``Unavailable`` when the reply was lost: nothing is written before the job is closed, and a job that has its
        rows says so when it is given them again.
        """
        id, content = record_id(job), table(checked(rows))

        def step(client: Client) -> requests.Response:
            path = f"{_JOBS}/{id}/batches"
            return call(client, "PUT", path, data=content, headers=_CSV, timeout=self._batch_timeout)

        try:
            answer = self._send("ingest.upload", step)
        except (SalesforceError, requests.RequestException) as error:
            failure = self._not_begun(error, "has the rows; it writes nothing before the job is closed")
            if isinstance(failure, Refused) and self._has_rows(id, str(failure)):
                return _reply(id, None)
            raise failure from error
        if answer.status_code != requests.codes.created:
            raise Unavailable(
                f"Something between us and Salesforce answered {answer.status_code} where Salesforce answers 201. "
                "Nothing was written."
            )
        return _reply(id, answer)

    def close_bulk_job(self, job: str) -> Reply:
        """Let Salesforce begin. When the reply is lost, the job's own state says whether it was closed."""
        id = record_id(job)

        def step(client: Client) -> requests.Response:
            return call(client, "PATCH", f"{_JOBS}/{id}", json={"state": "UploadComplete"})

        try:
            answer = self._send("ingest.close", step)
            told(answer, "id", "state")
        except (SalesforceError, requests.RequestException) as error:
            failure = self._failed(error)
            if isinstance(failure, Refused | Unverified) and self._gone_on(id, failure):
                return _reply(id, None)
            raise failure from error
        return _reply(id, answer)

    def _not_begun(self, error: SalesforceError | requests.RequestException, what: str) -> BotError:
        failure = self._failed(error)
        if not isinstance(failure, Unverified):
            return failure
        return Unavailable(f"Salesforce did not say whether it {what}. Nothing was written.")

    def _has_rows(self, job: str, said: str) -> bool:
        state = self.bulk_job(job).state
        return state in _GONE_ON or (state == "Open" and "multiple contents" in said)

    def _gone_on(self, job: str, failure: BotError) -> bool:
        try:
            return self.bulk_job(job).state in _GONE_ON
        except BotError:
            raise failure from None


def _reply(job: str, answer: requests.Response | None) -> Reply:
    """What to keep of an answer; without one, the job was that far already."""
    headers: Mapping[str, Any] = {} if answer is None else answer.headers
    return Reply(
        system=System.SALESFORCE,
        record=job,
        response_id=headers.get("x-sfdc-request-id") or headers.get("x-request-id"),
        values={"already": True} if answer is None else {},
        at=datetime.now(UTC),
    )
