"""Writing many rows: two hundred in a call, or one Bulk job for more than two thousand (Bulk API 2.0 Developer Guide).

Nothing here is repeated blind. What a lost answer leaves open is found out by reading; a job's id is in the record
before its rows are sent, so that whoever comes after a crash asks that job instead of making another.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from bot.batches.lines import Line
from bot.batches.sorting import Sorted, sort
from bot.clients import Clients, Journal, Reply
from bot.deal import Fact, Json, System
from bot.errors import Refused, Unavailable, Unverified

T = TypeVar("T")
AT_ONCE = 200
"""Rows of one collections call (REST API Developer Guide, "Update Multiple Records")."""
BULK_ABOVE = 2_000
"""Rows above which Salesforce recommends a Bulk job."""
ROUNDS = 3
"""How often a call is begun whose answers are lost."""
WATCHED_FOR = 120.0
"""Seconds for which a worker stays with a job before it lets another piece of work have its turn."""
LOOKS = (0.05, 5.0)
"""Seconds between the first two looks at a job, and between any two at most."""
JOB, UPLOAD, CLOSE, OUTCOME = "job", "upload", "close", "outcome"


def write(lines: Sequence[Line], facts: Sequence[Fact], clients: Clients, journal: Journal) -> None:
    """Write every line that still is as it was shown; each step's outcome by row is in the journal.

    ``Unverified`` when it stays unknown what became of some, ``Unavailable`` when it can go on later.
    """
    rows = _Writing(lines, facts, clients, journal)
    if len(lines) > BULK_ABOVE:
        rows.as_a_job()
    else:
        rows.in_calls()


def chunks(lines: Sequence[Line]) -> Mapping[str, Sequence[Line]]:
    """The lines of each call, by the name of its step."""
    starts = range(0, len(lines), AT_ONCE)
    return {f"rows {s + 1} to {min(s + AT_ONCE, len(lines))}": lines[s : s + AT_ONCE] for s in starts}


class _Writing:
    def __init__(
        self, lines: Sequence[Line], facts: Sequence[Fact], clients: Clients, journal: Journal
    ) -> None:
        self._lines, self._facts = lines, facts
        self._crm, self._journal = clients.crm, journal
        self._fields = [fact.field for fact in facts]

    # -- in calls -------------------------------------------------------------------------------------------
    def in_calls(self) -> None:
        done = 0
        for step, lines in chunks(self._lines).items():
            self._journal.once(step, lambda lines=lines: self._call(lines))  # type: ignore[misc]
            done += len(lines)
            self._journal.progress(done, len(self._lines))

    def _call(self, lines: Sequence[Line]) -> Reply:
        before = sort(lines, self._facts, self._journal.deal.held).already
        lost: Unverified | None = None
        for _ in range(ROUNDS):
            left = self._sorted(lines, lost)
            if not left.to_write:
                return self._reply(_fates(left.moved, before))
            try:
                reply = self._crm.write_rows(self._values(left))
            except Unverified as error:
                lost = error
                continue
            failed = {**left.moved, **reply.values["failed"]}
            return reply.model_copy(update={"values": _fates(failed, before)})
        raise lost or Unverified("It is not known whether Salesforce took these rows.")

    def _sorted(self, lines: Sequence[Line], lost: Unverified | None) -> Sorted:
        """What is left to do; what was read just now, before anything was sent, need not be read again."""
        if lost is None and not self._journal.resumed:
            return sort(lines, self._facts, self._journal.deal.held)
        try:
            return sort(lines, self._facts, self._crm.read_rows([line.id for line in lines], self._fields))
        except Unavailable as away:
            raise lost or away from away

    # -- as a job -------------------------------------------------------------------------------------------
    def as_a_job(self) -> None:
        job = self._journal.once(JOB, lambda: _again(self._crm.open_bulk_job)).record
        sent = self._journal.once(UPLOAD, lambda: self._upload(job))
        self._journal.once(CLOSE, lambda: _again(lambda: self._crm.close_bulk_job(job)))
        self._wait(job)
        self._journal.once(OUTCOME, lambda: self._outcome(job, sent))

    def _upload(self, job: str) -> Reply:
        left = self._sorted(self._lines, None)
        reply = _again(lambda: self._crm.upload_rows(job, self._values(left)))
        return reply.model_copy(update={"values": _fates(left.moved, left.already)})

    def _wait(self, job: str) -> None:
        pause, most = LOOKS
        until = time.monotonic() + WATCHED_FOR
        while not (seen := _known(lambda: self._crm.bulk_job(job))).ended:
            self._journal.progress(seen.processed, len(self._lines))
            if time.monotonic() >= until:
                raise Unavailable(f"Salesforce is still working on the job {job}.", after=most)
            time.sleep(pause)
            pause = min(pause * 1.5, most)

    def _outcome(self, job: str, sent: Reply) -> Reply:
        """What became of each row: by the job's own lists, and for a row in none of them, why it was not sent."""
        ended, outcome = _known(lambda: self._crm.bulk_job(job)), _known(lambda: self._crm.bulk_outcome(job))
        gave_up = f": {ended.message}" if ended.message else ""
        unsent: Mapping[str, str] = sent.values["failed"]
        already = set(sent.values["already"])
        failed: dict[str, str] = {}
        for line in self._lines:
            if line.id in outcome.written:
                already.discard(line.id)
            elif line.id in outcome.failed:
                failed[line.id] = outcome.failed[line.id]
            elif line.id in outcome.unprocessed:
                failed[line.id] = f"Salesforce ended the job before this row{gave_up}"
            elif line.id not in already:
                failed[line.id] = unsent.get(line.id, "This row was not in the job")
        return self._reply(_fates(failed, sorted(already - failed.keys())), job)

    # -- both -----------------------------------------------------------------------------------------------
    def _values(self, left: Sorted) -> Mapping[str, Mapping[str, Json]]:
        return {line.id: dict(zip(self._fields, line.after, strict=True)) for line in left.to_write}

    def _reply(self, values: Mapping[str, Json], record: str = "") -> Reply:
        return Reply(system=System.SALESFORCE, record=record, values=values, at=datetime.now(UTC))


def _fates(failed: Mapping[str, str], already: Sequence[str]) -> dict[str, Json]:
    return {"failed": dict(failed), "already": list(already)}


def _known(read: Callable[[], T]) -> T:
    """What is read of a job that was begun; one that is not to be seen any more may have written all the same."""
    try:
        return read()
    except Refused as refused:
        raise Unverified(f"It is not known what became of the rows: {refused}") from refused


def _again(send: Callable[[], Reply]) -> Reply:
    """The reply to a request that may be repeated: Salesforce refuses, or ignores, what it has already."""
    for _ in range(ROUNDS - 1):
        try:
            return send()
        except (Unavailable, Unverified):
            continue
    return send()
