"""Bulk API 2.0 ingest: jobs that take a CSV, work it off unseen, and keep three lists of what became of the rows."""

import csv
import io
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.problem import Problem
from sandbox.salesforce.records import Records
from sandbox.salesforce.values import id18, stamp

_ENDED = ("JobComplete", "Failed", "Aborted")


@dataclass
class Job:
    """One ingest job."""

    id: str
    by: str
    object: str
    operation: str
    key: str | None
    created: str
    version: str
    line_ending: str
    state: str = "Open"
    message: str | None = None  # why it failed as a whole
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, str]] | None = None
    wrong: str | None = None  # what is found to be wrong with the CSV once the job is worked off
    polls: int = 0
    closed_at: float = 0.0
    seen: int = 0  # rows worked off
    done: list[tuple[str, bool, dict[str, str]]] = field(default_factory=list)
    failed: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The job as REST shows it."""
        told = {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.by,
            "createdDate": self.created,
            "systemModstamp": self.created,
            "state": self.state,
            "externalIdFieldName": self.key,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version.removeprefix("v")),
            "contentUrl": f"services/data/{self.version}/jobs/ingest/{self.id}/batches",
            "lineEnding": self.line_ending,
            "columnDelimiter": "COMMA",
            "numberRecordsProcessed": len(self.done) + len(self.failed),
            "numberRecordsFailed": len(self.failed),
            "retries": 0,
            "totalProcessingTime": 12 * len(self.done),
        }
        return told | ({"errorMessage": self.message} if self.message else {})


class Bulk:
    """The ingest jobs of one org. A job is worked off in ``polls`` parts, one each time it is looked at."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.jobs: dict[str, Job] = {}
        self.polls = 1
        self.pace: float | None = None  # rows that a job works off in a second; None: all at once
        self.breaks_after: int | None = None  # rows after which the next job fails as a whole
        self._opened = 0

    def open(self, wanted: dict[str, Any], by: str, version: str) -> dict[str, Any]:
        """Make a job."""
        kind, operation = str(wanted.get("object", "")), str(wanted.get("operation", ""))
        if kind not in self.records.types:
            raise Problem(400, "INVALIDENTITY", f"Unable to find object: {kind}")
        if operation not in ("insert", "update", "upsert", "delete"):
            raise Problem(400, "INVALIDOPERATION", f"Operation {operation} is not supported")
        key = wanted.get("externalIdFieldName")
        if operation == "upsert" and not key:
            raise Problem(400, "INVALIDJOB", "External ID field name is required for upsert")
        self._opened += 1
        job_id, now = id18(f"750{self._opened:012d}"), stamp(self.records.now())
        job = Job(job_id, by, kind, operation, key, now, version, str(wanted.get("lineEnding", "LF")))
        self.jobs[job.id] = job
        return job.shown()

    def job(self, id: str) -> Job:
        """The job, or ``NOT_FOUND``."""
        if id18(id) not in self.jobs:
            raise Problem(404, "NOT_FOUND", "The requested resource does not exist")
        return self.jobs[id18(id)]

    def upload(self, id: str, body: bytes) -> None:
        """Take the CSV; a second one is refused."""
        job = self.job(id)
        if job.rows is not None and job.state == "Open":
            message = f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current"
            raise Problem(400, "INVALIDJOBSTATE", f"{message} Job then create a new Job")
        if job.state != "Open":
            raise Problem(400, "INVALIDJOBSTATE", f"Job is not open, its state is {job.state}")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Problem(400, "INVALIDBATCH", "The content is not UTF-8") from error
        reader = csv.DictReader(io.StringIO(text, newline=""))
        job.rows = list(reader)
        job.columns = list(reader.fieldnames or ())
        if text.partition("\n")[0].endswith("\r") is not (job.line_ending == "CRLF"):
            said = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is"
            job.wrong = f"{said} {job.line_ending}"

    def move(self, id: str, state: str) -> dict[str, Any]:
        """Close a job for upload, or abort it."""
        job = self.job(id)
        if state not in ("UploadComplete", "Aborted") or job.state in _ENDED:
            raise Problem(400, "INVALIDJOBSTATE", f"Job state cannot go from {job.state} to {state}")
        if state == "UploadComplete" and job.state != "Open":
            raise Problem(400, "INVALIDJOBSTATE", "Closing already closed job not allowed")
        if state == "UploadComplete" and job.rows is None:
            raise Problem(400, "INVALIDJOBSTATE", "Closing a job without content is not allowed")
        job.state, job.closed_at = state, time.monotonic()
        return job.shown()

    def look(self, id: str) -> dict[str, Any]:
        """The job as it stands; looking often enough sees it done."""
        job = self.job(id)
        if job.state in ("UploadComplete", "InProgress"):
            job.polls += 1
            job.state = "InProgress"
            self._work(job)
        return job.shown()

    def delete(self, id: str) -> None:
        """Forget a job that has ended."""
        job = self.job(id)
        if job.state not in _ENDED:
            raise Problem(400, "INVALIDJOBSTATE", "Job is not in a terminal state")
        del self.jobs[job.id]

    def results(self, id: str, which: str) -> bytes:
        """One of the three lists as CSV."""
        job = self.job(id)
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        match which:
            case "successfulResults":
                writer.writerow(["sf__Id", "sf__Created", *job.columns])
                writer.writerows([i, str(made).lower(), *row.values()] for i, made, row in reversed(job.done))
            case "failedResults":
                writer.writerow(["sf__Id", "sf__Error", *job.columns])
                writer.writerows([i, error, *row.values()] for i, error, row in job.failed)
            case _:
                writer.writerow(job.columns)
                unseen = (job.rows or [])[job.seen :] if job.state in ("Aborted", "Failed") else []
                writer.writerows(list(row.values()) for row in unseen)
        return out.getvalue().encode("utf-8")

    def _work(self, job: Job) -> None:
        rows = job.rows or []
        if wrong := job.wrong or self._unknown_column(job):
            job.state, job.message = "Failed", wrong
            return
        until = len(rows) if job.polls >= self.polls else len(rows) * job.polls // self.polls
        if self.pace is not None:
            until = min(len(rows), int((time.monotonic() - job.closed_at) * self.pace))
        last = until == len(rows)
        breaks = self.breaks_after is not None and self.breaks_after <= until
        if breaks and self.breaks_after is not None:
            until, self.breaks_after = max(job.seen, self.breaks_after), None
        for row in rows[job.seen : until]:
            try:
                record, made = self._row(job, row)
            except Problem as problem:
                fields = " ".join(problem.fields)
                job.failed.append((row.get("Id", ""), f"{problem.code}:{problem.message}:{fields} --", row))
            else:
                job.done.append((record, made, row))
        job.seen = until
        if breaks:
            job.state = "Failed"
            job.message = "InternalServerError : The batch was retried without success"
        elif last:
            job.state = "JobComplete"

    def _unknown_column(self, job: Job) -> str | None:
        kind = self.records.type(job.object)
        unknown = next((name for name in job.columns if not kind.find(name)), None)
        return None if unknown is None else f"InvalidBatch : Field name not found : {unknown}"

    def _row(self, job: Job, row: dict[str, str]) -> tuple[str, bool]:
        values = {
            name: self._cell(job, name, text) for name, text in row.items() if text != "" and name != "Id"
        }
        record = row.get("Id", "")
        if job.operation == "upsert" and job.key and job.key != "Id":
            matches = self.records.by_external_id(job.object, job.key, row.get(job.key, ""))
            if len(matches) > 1:
                raise Problem(300, "DUPLICATE_EXTERNAL_ID", f"{job.key}: more than one record found")
            record = matches[0]["Id"] if matches else ""
        if job.operation == "delete":
            self.records.delete(job.object, record, job.by)
            return id18(record), False
        if job.operation == "insert" or (job.operation == "upsert" and not record):
            return self.records.create(job.object, values, job.by), True
        self.records.update(job.object, record, values, job.by)
        return id18(record), False

    def _cell(self, job: Job, name: str, text: str) -> Any:
        if text == "#N/A":
            return None
        field = self.records.field(self.records.type(job.object), name)
        return text.lower() == "true" if field.type == "boolean" else text
