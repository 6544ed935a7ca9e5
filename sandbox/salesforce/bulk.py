"""Bulk API 2.0 ingest: jobs that take a CSV, work it off unseen, and keep three lists of what became of the rows."""

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.problem import Problem
from sandbox.salesforce.records import Records
from sandbox.salesforce.values import id18, stamp


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
    state: str = "Open"
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, str]] | None = None
    polls: int = 0
    done: list[tuple[str, bool, dict[str, str]]] = field(default_factory=list)
    failed: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The job as REST shows it."""
        return {
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
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            "numberRecordsProcessed": len(self.done) + len(self.failed),
            "numberRecordsFailed": len(self.failed),
            "retries": 0,
            "totalProcessingTime": 12 * len(self.done),
        }


class Bulk:
    """The ingest jobs of one org. A job is worked off at the ``polls``-th time it is looked at."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.jobs: dict[str, Job] = {}
        self.polls = 1
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
        job = Job(
            id18(f"750{self._opened:012d}"), by, kind, operation, key, stamp(self.records.now()), version
        )
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
        if job.state != "Open" or job.rows is not None:
            raise Problem(400, "INVALIDJOBSTATE", "Found multiple contents for job, or the job is closed")
        reader = csv.DictReader(io.StringIO(body.decode("utf-8"), newline=""))
        job.rows = list(reader)
        job.columns = list(reader.fieldnames or ())

    def move(self, id: str, state: str) -> dict[str, Any]:
        """Close a job for upload, or abort it."""
        job = self.job(id)
        if state not in ("UploadComplete", "Aborted") or job.state in ("JobComplete", "Failed", "Aborted"):
            raise Problem(400, "INVALIDJOBSTATE", f"Job state cannot go from {job.state} to {state}")
        if state == "UploadComplete" and job.state != "Open":
            raise Problem(400, "INVALIDJOBSTATE", "Closing already closed job not allowed")
        if state == "UploadComplete" and job.rows is None:
            raise Problem(400, "INVALIDJOBSTATE", "Closing a job without content is not allowed")
        job.state = state
        return job.shown()

    def look(self, id: str) -> dict[str, Any]:
        """The job as it stands; looking often enough sees it done."""
        job = self.job(id)
        if job.state in ("UploadComplete", "InProgress"):
            job.polls += 1
            job.state = "InProgress"
            if job.polls >= self.polls:
                self._work(job)
        return job.shown()

    def delete(self, id: str) -> None:
        """Forget a job that has ended."""
        job = self.job(id)
        if job.state not in ("JobComplete", "Failed", "Aborted"):
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
                unseen = job.rows if job.state in ("Aborted", "Failed") else []
                writer.writerows(list(row.values()) for row in unseen or [])
        return out.getvalue().encode("utf-8")

    def _work(self, job: Job) -> None:
        for row in job.rows or []:
            try:
                record, made = self._row(job, row)
            except Problem as problem:
                fields = " ".join(problem.fields)
                job.failed.append((row.get("Id", ""), f"{problem.code}:{problem.message}:{fields} --", row))
            else:
                job.done.append((record, made, row))
        job.state = "JobComplete"

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
