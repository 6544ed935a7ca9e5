"""Bulk jobs of the Salesforce adapter, over HTTP against the stand-in."""

import csv
import io
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients import BulkJob, Crm, Reply
from bot.errors import NotAllowed, Refused, Unavailable, Unverified
from bot.salesforce import Salesforce
from bot.salesforce import table as csv_of
from bot.salesforce.table import table
from sandbox.salesforce import Salesforce as Org
from tests.bot.brightlane import ANA, AURORA, DANA, HELIOS, NORTHWIND, Asked, adapter
from tests.bot.factory import freely

CREATE, UPLOAD, CLOSE = r"ingest\.create", r"ingest\.upload", r"ingest\.close"
ROWS = {NORTHWIND: {"NextStep": "Call"}, HELIOS: {"NextStep": "Call"}, AURORA: {"NextStep": "Call"}}


@pytest.fixture
def ana(salesforce: Salesforce) -> Crm:
    """Salesforce as the seller of Northwind."""
    return salesforce.as_writer(ANA, freely)


def begun(crm: Crm, rows: Mapping[str, Mapping[str, object]]) -> str:
    """A job with these rows that Salesforce has begun."""
    job = crm.open_bulk_job().record
    crm.upload_rows(job, rows)
    crm.close_bulk_job(job)
    return job


# -- the five requests --------------------------------------------------------------------------------------
def test_a_job_from_beginning_to_end(org: Org, ana: Crm) -> None:
    """Made, filled, closed, looked at, its rows told apart; the seller is who wrote."""
    org.forbid("NextStep", "Ask the desk first.", HELIOS)
    made = ana.open_bulk_job()
    assert made.record.startswith("750") and made.response_id and not made.values
    assert ana.bulk_job(made.record) == BulkJob(id=made.record, state="Open", processed=0, failed=0)
    assert ana.upload_rows(made.record, ROWS).values == {}
    assert org.record(NORTHWIND)["NextStep"] != "Call"
    assert ana.close_bulk_job(made.record).values == {}
    job = ana.bulk_job(made.record)
    assert (job.state, job.processed, job.failed, job.ended) == ("JobComplete", 3, 1, True)
    outcome = ana.bulk_outcome(made.record)
    assert outcome.written == {NORTHWIND, AURORA} and not outcome.unprocessed
    assert outcome.failed == {HELIOS: "Salesforce refused the change: Ask the desk first."}
    assert org.record(NORTHWIND)["NextStep"] == "Call" and org.history(NORTHWIND)[-1]["who"] == ANA


def test_umlauts_go_both_ways(org: Org, ana: Crm) -> None:
    """UTF-8 in the upload, its charset said, and in the results, which say none."""
    words = "Größe 東京 – „café“, zwei\nZeilen"
    org.forbid("NextStep", "Rückfrage nötig für Köln", HELIOS)
    job = begun(ana, {NORTHWIND: {"NextStep": words}, HELIOS: {"NextStep": words}})
    assert ana.bulk_job(job).ended
    assert org.record(NORTHWIND)["NextStep"] == words
    assert ana.bulk_outcome(job).failed[HELIOS].endswith("Rückfrage nötig für Köln.")
    (call,) = org.calls(UPLOAD)
    assert call.headers["content-type"] == "text/csv; charset=UTF-8" and b"\r" not in call.body


def test_clearing_and_leaving_alone(org: Org, ana: Crm) -> None:
    """None and empty text clear a field; a field that a row lacks keeps its value."""
    org.change(HELIOS, NextStep="keep", P2B_Score__c=5)
    for id in (NORTHWIND, AURORA):
        org.change(id, NextStep="old", P2B_Score__c=5)
    job = begun(
        ana, {NORTHWIND: {"NextStep": None}, AURORA: {"NextStep": " "}, HELIOS: {"P2B_Score__c": 82.5}}
    )
    assert ana.bulk_job(job).failed == 0
    assert [org.record(id)["NextStep"] for id in (NORTHWIND, AURORA, HELIOS)] == [None, None, "keep"]
    assert [org.record(id)["P2B_Score__c"] for id in (NORTHWIND, AURORA, HELIOS)] == [5, 5, 82.5]


def test_rows_by_short_ids(ana: Crm) -> None:
    """The outcome is told by the long ids."""
    job = begun(ana, {id[:15]: values for id, values in ROWS.items()})
    assert ana.bulk_job(job).ended and ana.bulk_outcome(job).written == set(ROWS)


def test_rows_of_a_user_who_may_only_read(salesforce: Salesforce) -> None:
    """Every row fails on its own, in words that name the user."""
    dana = salesforce.as_writer(DANA, freely)
    job = begun(dana, ROWS)
    assert dana.bulk_job(job).state == "JobComplete"
    failed = dana.bulk_outcome(job).failed
    assert set(failed) == set(ROWS)
    assert all(f"does not let {DANA} change this record" in words for words in failed.values())


def test_a_locked_row_says_that_it_passes(org: Org, ana: Crm) -> None:
    """The words are those of a row that was written by itself."""
    org.lock(HELIOS)
    job = begun(ana, ROWS)
    assert ana.bulk_job(job).failed == 1
    assert ana.bulk_outcome(job).failed[HELIOS].endswith("try this row again.")


def test_a_job_that_is_still_under_way(org: Org, ana: Crm) -> None:
    """The number of rows worked off moves until it ends."""
    org.bulk_polls = 3
    job = begun(ana, ROWS)
    seen = [ana.bulk_job(job) for _ in range(3)]
    assert [(j.state, j.processed) for j in seen] == [
        ("InProgress", 1),
        ("InProgress", 2),
        ("JobComplete", 3),
    ]
    assert [j.ended for j in seen] == [False, False, True]


def test_a_job_that_fails_half_way(org: Org, ana: Crm) -> None:
    """The reason is told, and the rows that were not looked at are told from those that were."""
    org.break_bulk_job(after=1)
    job = begun(ana, ROWS)
    told = ana.bulk_job(job)
    assert (told.state, told.ended) == ("Failed", True) and "without success" in (told.message or "")
    outcome = ana.bulk_outcome(job)
    assert outcome.written == {NORTHWIND} and outcome.unprocessed == {HELIOS, AURORA}


def test_a_job_with_a_field_that_the_org_lacks(ana: Crm) -> None:
    """Salesforce names the field, and no row was looked at."""
    job = begun(ana, {NORTHWIND: {"Nonsense__c": "x"}})
    told = ana.bulk_job(job)
    assert told.state == "Failed" and "Nonsense__c" in (told.message or "")
    assert ana.bulk_outcome(job).unprocessed == {NORTHWIND}


def test_a_job_that_is_not_there(ana: Crm) -> None:
    """The refusal names it."""
    with pytest.raises(Refused, match="no bulk job 750000000000999"):
        ana.bulk_job("750000000000999AAA")


def test_a_job_survives_an_expired_session(org: Org, salesforce: Salesforce) -> None:
    """Each of the requests logs in again and is sent again, and asks before it is."""
    warrant = Asked()
    ana = salesforce.as_writer(ANA, warrant)
    org.fault("ingest", status=401)
    job = ana.open_bulk_job().record
    for step in (
        lambda: ana.upload_rows(job, ROWS),
        lambda: ana.close_bulk_job(job),
        lambda: ana.bulk_job(job),
    ):
        org.expire_sessions()
        step()
    org.expire_sessions()
    assert ana.bulk_outcome(job).written == set(ROWS)
    assert warrant.times == 6


# -- replies that are lost ----------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [{"drop_reply": True}, {"status": 503}, {"status": 200}])
def test_a_job_whose_making_is_unknown(org: Org, ana: Crm, fault: dict[str, int]) -> None:
    """An empty job does nothing: nothing was written, and one more may be made."""
    org.fault(CREATE, **fault)
    with pytest.raises(Unavailable, match="Nothing was written"):
        ana.open_bulk_job()
    assert len(org.calls(CREATE)) == 1
    assert ana.bulk_job(ana.open_bulk_job().record).state == "Open"


def test_an_upload_whose_reply_is_lost(org: Org, ana: Crm) -> None:
    """Nothing is written before the job is closed; the second upload finds the rows there."""
    job = ana.open_bulk_job().record
    org.fault(UPLOAD, drop_reply=True)
    with pytest.raises(Unavailable, match="Nothing was written"):
        ana.upload_rows(job, ROWS)
    assert ana.upload_rows(job, ROWS).values == {"already": True}
    ana.close_bulk_job(job)
    assert ana.bulk_job(job).processed == 3


@pytest.mark.parametrize("status", [200, 500, 503])
def test_an_upload_that_failed(org: Org, ana: Crm, status: int) -> None:
    """The rows did not arrive; the second upload brings them."""
    job = ana.open_bulk_job().record
    org.fault(UPLOAD, status=status)
    with pytest.raises(Unavailable):
        ana.upload_rows(job, ROWS)
    assert ana.upload_rows(job, ROWS).values == {}


def test_an_upload_to_a_job_that_has_gone_on(ana: Crm) -> None:
    """A job that was closed already has its rows."""
    job = begun(ana, ROWS)
    assert ana.upload_rows(job, ROWS).values == {"already": True}
    assert ana.bulk_job(job).processed == 3
    assert ana.upload_rows(job, ROWS).values == {"already": True}


def test_a_close_whose_reply_is_lost(org: Org, ana: Crm) -> None:
    """The job itself says that it was closed."""
    job = ana.open_bulk_job().record
    ana.upload_rows(job, ROWS)
    org.fault(CLOSE, drop_reply=True)
    assert ana.close_bulk_job(job).values == {"already": True}
    assert len(org.calls(CLOSE)) == 1


@pytest.mark.parametrize("status", [200, 503])
def test_a_close_that_nobody_can_tell_of(org: Org, ana: Crm, status: int) -> None:
    """A job that is open after a failure may yet be closed: unknown, and not sent again."""
    job = ana.open_bulk_job().record
    ana.upload_rows(job, ROWS)
    org.fault(CLOSE, status=status)
    with pytest.raises(Unverified):
        ana.close_bulk_job(job)
    assert len(org.calls(CLOSE)) == 1
    assert ana.close_bulk_job(job).values == {}


def test_a_close_whose_reply_is_lost_with_the_look_after_it(org: Org, ana: Crm) -> None:
    """When the job cannot be looked at either, the close stays unknown."""
    job = ana.open_bulk_job().record
    ana.upload_rows(job, ROWS)
    org.fault(CLOSE, drop_reply=True)
    org.fault(r"ingest\.look", status=503, times=-1)
    with pytest.raises(Unverified):
        ana.close_bulk_job(job)


@pytest.mark.parametrize("looks", [0, 1])
def test_a_close_of_a_job_that_was_closed(ana: Crm, looks: int) -> None:
    """It is an answer, whether the job is under way or has ended."""
    job = begun(ana, ROWS)
    for _ in range(looks):
        ana.bulk_job(job)
    assert ana.close_bulk_job(job).values == {"already": True}


def test_a_job_without_rows_cannot_be_closed(ana: Crm) -> None:
    """The refusal is Salesforce's own."""
    with pytest.raises(Refused, match="without content"):
        ana.close_bulk_job(ana.open_bulk_job().record)


@pytest.mark.parametrize("filled", [False, True])
def test_a_job_that_was_aborted(org: Org, ana: Crm, filled: bool) -> None:
    """It takes no rows and does not begin: that is no answer but a refusal."""
    job = ana.open_bulk_job().record
    if filled:
        ana.upload_rows(job, ROWS)
    org.abort_bulk_job(job)
    with pytest.raises(Refused, match="Aborted"):
        ana.upload_rows(job, ROWS)
    with pytest.raises(Refused, match="Aborted"):
        ana.close_bulk_job(job)


def test_an_upload_may_take_longer_than_a_read(org: Org) -> None:
    """Many rows take their time, and are not cut off like a single record's."""
    crm = adapter(org, timeout=(1.0, 0.3), batch_timeout=(1.0, 20.0))
    ana = crm.as_writer(ANA, freely)
    job = ana.open_bulk_job().record
    org.fault(UPLOAD, delay=0.7)
    assert ana.upload_rows(job, ROWS).values == {}
    crm.close()


# -- the warrant --------------------------------------------------------------------------------------------
STEPS: dict[str, Callable[[Crm, str], Reply]] = {
    CREATE: lambda crm, _: crm.open_bulk_job(),
    UPLOAD: lambda crm, job: crm.upload_rows(job, ROWS),
    CLOSE: lambda crm, job: crm.close_bulk_job(job),
}


@pytest.mark.parametrize("call", STEPS)
def test_nothing_is_sent_without_a_warrant(org: Org, salesforce: Salesforce, call: str) -> None:
    """Each of the three is asked for, and is not sent when the approval no longer stands."""
    job = salesforce.as_writer(ANA, freely).open_bulk_job().record
    salesforce.as_writer(ANA, freely).upload_rows(job, ROWS)
    before = len(org.requests)
    with pytest.raises(NotAllowed):
        STEPS[call](salesforce.as_writer(ANA, Asked(0)), job)
    assert len(org.requests) == before


def test_the_warrant_is_asked_once_a_request(salesforce: Salesforce) -> None:
    """Three writing requests, three questions; looking asks none."""
    warrant = Asked()
    ana = salesforce.as_writer(ANA, warrant)
    job = begun(ana, ROWS)
    ana.bulk_outcome(ana.bulk_job(job).id)
    assert warrant.times == 3


# -- the table ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1e22, "10000000000000000000000"),
        (0.00001, "0.00001"),
        (82.5, "82.5"),
        ("2026-11-23", "2026-11-23"),
        ("=1+1", "=1+1"),
        (None, "#N/A"),
        ("", "#N/A"),
    ],
)
def test_cells(value: object, cell: str) -> None:
    """Values are written as Salesforce reads them: no exponents, dates as they are, nothing as #N/A."""
    assert table({NORTHWIND: {"F": value}}) == f"Id,F\n{NORTHWIND},{cell}\n".encode()


def test_columns_of_uneven_rows() -> None:
    """The columns are all fields of all rows, in the order in which they are met."""
    content = table({NORTHWIND: {"A": 1}, HELIOS: {"B": 2, "A": 3}})
    assert content.decode().splitlines() == ["Id,A,B", f"{NORTHWIND},1,", f"{HELIOS},3,2"]


def test_the_word_that_clears_cannot_be_written(org: Org, ana: Crm) -> None:
    """A spreadsheet's #N/A would empty the field unseen: it is refused, with row and field, before anything is sent."""
    with pytest.raises(Refused, match=f"NextStep of {NORTHWIND}"):
        ana.upload_rows("750000000000001AAA", {NORTHWIND: {"NextStep": " #N/A "}})
    assert not org.requests


@pytest.mark.parametrize("value", [float("nan"), float("inf"), ["x"], {"x": 1}])
def test_what_no_cell_can_hold(value: object) -> None:
    """Neither a list nor what is no number is written as if it were text."""
    with pytest.raises(ValueError, match="Amount"):
        table({NORTHWIND: {"Amount": value}})


def test_more_than_one_job_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table beyond Salesforce's limit is refused with its size and what to do."""
    monkeypatch.setattr(csv_of, "LARGEST", 1_000)
    with pytest.raises(Refused, match="Split the list"):
        table({NORTHWIND: {"Description": "x" * 1_000}})


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=4))
def test_any_text_arrives(texts: list[str]) -> None:
    """Commas, quotes, line breaks and other alphabets are read back as they were; a lone return is a line feed."""
    texts = [text for text in texts if text.strip() and text.strip() != "#N/A"] or ["x"]
    rows = {f"006{n:012d}AAA": {"NextStep": text} for n, text in enumerate(texts)}
    read = list(csv.DictReader(io.StringIO(table(rows).decode("utf-8"), newline="")))
    assert [row["NextStep"].splitlines() for row in read] == [text.splitlines() for text in texts]
    assert all(row["NextStep"] == text for row, text in zip(read, texts, strict=True) if "\r" not in text)
