"""What the Salesforce stand-in does with many records, and what can go wrong in the middle of them."""

# ruff: noqa: S608 -- the queries are the tests' own

import csv
import io
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import seed
from sandbox.salesforce import Salesforce
from sandbox.salesforce.rest import CURSORS
from tests.sandbox.test_salesforce import ANA, AURORA, BEN, NORTHWIND, PUBLIC, Client, batch

HELIOS = "006000000000002AAA"
NAMES = (NORTHWIND, HELIOS, AURORA)


@pytest.fixture(scope="module")
def served() -> Iterator[Salesforce]:
    """An org that is served for the whole file."""
    with Salesforce(seed.load()) as org:
        yield org


@pytest.fixture
def org(served: Salesforce) -> Salesforce:
    """The org as at the start."""
    served.reset()
    served.public_key_pem = PUBLIC.decode()
    return served


@pytest.fixture
def ana(org: Salesforce) -> Client:
    """REST as the seller of Northwind."""
    return Client(org)


def uploaded(client: Client, table: str, **more: Any) -> str:
    """The path of an update job that has this table."""
    wanted = {"object": "Opportunity", "operation": "update", **more}
    job = f"jobs/ingest/{client('POST', 'jobs/ingest', json=wanted).json()['id']}"
    assert client("PUT", f"{job}/batches", data=table.encode()).status_code == 201
    return job


def closed(client: Client, table: str, **more: Any) -> str:
    """The path of an update job that may be worked off."""
    job = uploaded(client, table, **more)
    assert client("PATCH", job, json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    return job


def steps(*ids: str) -> str:
    """A table that sets the next step."""
    return "Id,NextStep\n" + "".join(f"{id},Call\n" for id in ids)


def listed(client: Client, job: str, which: str) -> list[str]:
    """The ids in one of a job's lists."""
    text = client("GET", f"{job}/{which}/").content.decode("utf-8")
    return [row["Id"] for row in csv.DictReader(io.StringIO(text, newline=""))]


# -- many records -------------------------------------------------------------------------------------------
def test_many_records_by_hand(org: Salesforce, ana: Client) -> None:
    """They are there since two days, owned by whom one says, with what they give themselves."""
    rows = [
        {"Name": "One", "StageName": "Closed Won"},
        {"Id": "006000000000777AAA", "Name": "Two", "StageName": "Prospecting", "CreatedDate": "2020-01-01"},
    ]
    one, two = org.plant("Opportunity", rows, BEN)
    assert two == "006000000000777AAA" and org.record(two)["CreatedDate"] == "2020-01-01"
    assert org.record(one)["IsWon"] and not org.record(two)["IsClosed"]
    row = ana.query(f"SELECT Owner.Username FROM Opportunity WHERE Id = '{one}'")["records"][0]
    assert row["Owner"]["Username"] == BEN


def test_a_large_org_answers_fast(org: Salesforce, ana: Client) -> None:
    """Conditions, order, parents and children over 40,000 records are no loop within a loop."""
    accounts = org.plant("Account", ({"Name": f"Company {n}"} for n in range(20_000)))
    known = {"StageName": "Prospecting", "CloseDate": "2099-01-01"}
    ids = org.plant("Opportunity", ({"Name": "x", "AccountId": a, **known} for a in accounts))
    started = time.monotonic()
    page = ana.query(
        "SELECT Id, Account.Name, (SELECT Id FROM OpportunityContactRoles), (SELECT Id FROM Tasks) FROM Opportunity "
        "WHERE SystemModstamp >= 2001-01-01T00:00:00Z AND IsClosed = false ORDER BY SystemModstamp DESC, Id"
    )
    within = ", ".join(f"'{id}'" for id in ids[:400])
    some = ana.query(f"SELECT Id FROM Opportunity WHERE Name = 'x' AND Id IN ({within})")
    took = time.monotonic() - started
    print(f"two queries over 20,000 opportunities: {took:.2f} s")
    assert page["totalSize"] == 20_010 and some["totalSize"] == 400 and took < 20


def test_a_cursor_shows_what_was_found_then(org: Salesforce, ana: Client) -> None:
    """A change between two pages neither repeats nor drops a row."""
    ids = org.plant("Task", ({"Subject": str(n)} for n in range(2_500)))
    first = ana.query("SELECT Id, Subject FROM Task ORDER BY Subject")
    org.records.delete("Task", ids[0], org.record(ids[0])["CreatedById"])
    org.records.update("Task", ids[1], {"Subject": "zzz"}, org.record(ids[0])["CreatedById"], system=True)
    rest = ana.session.get(org.url + first["nextRecordsUrl"], timeout=5).json()
    assert {row["Id"] for page in (first, rest) for row in page["records"]} == set(ids)


def test_smaller_pages_may_be_asked_for(org: Salesforce, ana: Client) -> None:
    """``Sforce-Query-Options`` takes 200 to 2,000 rows a page."""
    org.plant("Task", ({"Subject": str(n)} for n in range(700)))
    for asked, given in (("batchSize=300", 300), ("batchSize=1", 200), ("batchSize=9999", 700)):
        answer = ana(
            "GET",
            "query",
            params={"q": "SELECT Id FROM Task"},
            headers={"Sforce-Query-Options": asked},
        ).json()
        assert len(answer["records"]) == given


def test_cursors_belong_to_a_user_and_are_few(org: Salesforce, ana: Client) -> None:
    """Nobody else goes on with a query, and the one used the longest ago is let go."""
    org.plant("Task", ({"Subject": str(n)} for n in range(2_001)))
    pages = [ana.query("SELECT Id FROM Task")["nextRecordsUrl"] for _ in range(CURSORS + 1)]
    ben = Client(org, BEN)
    path = "query/{}".format
    assert ben.refusal("GET", path(pages[-1].rsplit("/")[-1])) == (400, "INVALID_QUERY_LOCATOR")
    assert ana.refusal("GET", path(pages[0].rsplit("/")[-1])) == (400, "INVALID_QUERY_LOCATOR")
    assert ana("GET", path(pages[1].rsplit("/")[-1])).status_code == 200
    ana.query("SELECT Id FROM Task")
    assert ana("GET", path(pages[1].rsplit("/")[-1])).status_code == 200
    assert ana.refusal("GET", path(pages[2].rsplit("/")[-1])) == (400, "INVALID_QUERY_LOCATOR")


def test_two_thousand_are_read_at_once(org: Salesforce, ana: Client) -> None:
    """One more is refused as a whole."""
    body = {"ids": [NORTHWIND] * 2_000, "fields": ["Name"]}
    assert len(ana("POST", "composite/sobjects/Opportunity", json=body).json()) == 2_000
    body["ids"].append(NORTHWIND)
    assert ana.refusal("POST", "composite/sobjects/Opportunity", json=body) == (400, "EXCEEDED_ID_LIMIT")


def test_the_history_of_one_among_many(org: Salesforce, ana: Client) -> None:
    """It has this record's changes only, also after some were rolled back."""
    ana(
        "PATCH", "composite/sobjects", json=batch((HELIOS, {"NextStep": "a"}), (NORTHWIND, {"NextStep": "b"}))
    )
    ana(
        "PATCH",
        "composite/sobjects",
        json=batch((HELIOS, {"NextStep": "c"}), (NORTHWIND, {"P2B_Score__c": 500}), strict=True),
    )
    assert [change["new"] for change in org.history(HELIOS)] == ["a"]


# -- in the middle of a collection --------------------------------------------------------------------------
def sent(client: Client, *ids: str) -> list[bool]:
    """Which rows of a collection were saved, by its answer."""
    rows = batch(*((id, {"NextStep": "Call"}) for id in ids))
    return [row["success"] for row in client("PATCH", "composite/sobjects", json=rows).json()]


def test_rows_that_are_locked_once(org: Salesforce, ana: Client) -> None:
    """The given rows meet a lock so many times, each on its own."""
    org.lock(HELIOS, AURORA, times=1)
    assert sent(ana, *NAMES) == [True, False, False]
    assert sent(ana, *NAMES) == [True, True, True]


def test_rows_that_stay_locked(org: Salesforce, ana: Client) -> None:
    """Without a number they are locked until they are unlocked."""
    org.lock(HELIOS)
    assert [sent(ana, HELIOS), sent(ana, HELIOS)] == [[False], [False]]
    org.unlock(HELIOS, AURORA)
    assert sent(ana, HELIOS) == [True]


def test_a_rule_for_some_rows(org: Salesforce, ana: Client) -> None:
    """The field cannot be saved on these; other fields, other rows and the org's own hand are free."""
    org.forbid("NextStep", "Not now.", HELIOS)
    assert sent(ana, *NAMES) == [True, False, True]
    assert ana("PATCH", f"sobjects/Opportunity/{HELIOS}", json={"P2B_Score__c": 5}).status_code == 204
    org.change(HELIOS, NextStep="by hand")
    assert org.record(HELIOS)["NextStep"] == "by hand"


def test_a_rule_for_all_rows(org: Salesforce, ana: Client) -> None:
    """Without ids it holds for every opportunity, in its own words."""
    org.forbid("NextStep", "Not now.")
    told = ana("PATCH", f"sobjects/Opportunity/{HELIOS}", json={"NextStep": "x"}).json()[0]
    assert (told["errorCode"], told["message"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Not now.")


@pytest.mark.parametrize(("saved", "written"), [(2, [True, True, False]), (None, [True, True, True])])
def test_a_collection_whose_reply_is_lost(
    org: Salesforce, ana: Client, saved: int | None, written: list[bool]
) -> None:
    """Some or all of its rows were saved; the next one is answered again."""
    org.lose_collection(saved)
    with pytest.raises(requests.ConnectionError):
        sent(ana, *NAMES)
    assert [org.record(id)["NextStep"] == "Call" for id in NAMES] == written
    assert sent(ana, *NAMES) == [True, True, True]


# -- in the middle of a job ---------------------------------------------------------------------------------
def test_a_job_moves_while_it_is_in_progress(org: Salesforce, ana: Client) -> None:
    """Each look sees more rows, and only those are saved."""
    org.bulk_polls = 3
    job = closed(ana, steps(*NAMES))
    first = ana("GET", job).json()
    assert (first["state"], first["numberRecordsProcessed"]) == ("InProgress", 1)
    assert [org.record(id)["NextStep"] == "Call" for id in NAMES] == [True, False, False]
    told = [ana("GET", job).json() for _ in range(2)]
    assert [t["numberRecordsProcessed"] for t in told] == [2, 3] and told[1]["state"] == "JobComplete"


def test_a_job_that_is_aborted_half_way(org: Salesforce, ana: Client) -> None:
    """What was done stays done, the rest is unprocessed, and nothing more happens."""
    org.bulk_polls = 3
    job = closed(ana, steps(*NAMES))
    ana("GET", job)
    org.abort_bulk_job(job.rsplit("/", maxsplit=1)[-1])
    assert ana("GET", job).json()["state"] == "Aborted"
    assert listed(ana, job, "successfulResults") == [NORTHWIND]
    assert listed(ana, job, "unprocessedrecords") == [HELIOS, AURORA]


def test_a_job_that_breaks_half_way(org: Salesforce, ana: Client) -> None:
    """It is Failed with a reason; the rest is unprocessed; the next job is sound."""
    org.break_bulk_job(after=2)
    job = closed(ana, steps(*NAMES))
    told = ana("GET", job).json()
    assert (told["state"], told["numberRecordsProcessed"]) == ("Failed", 2) and told["errorMessage"]
    assert listed(ana, job, "unprocessedrecords") == [AURORA]
    assert ana("GET", closed(ana, steps(*NAMES))).json()["state"] == "JobComplete"


@pytest.mark.parametrize(
    ("table", "more", "words"),
    [
        ("Id,Nonsense__c\n", {}, "InvalidBatch : Field name not found : Nonsense__c"),
        ("Id,NextStep\r\n", {}, "LineEnding is invalid"),
        ("Id,NextStep\n", {"lineEnding": "CRLF"}, "LineEnding is invalid"),
    ],
)
def test_tables_that_fail_as_a_whole(ana: Client, table: str, more: dict[str, str], words: str) -> None:
    """A column that is none and line ends other than those that were said."""
    job = closed(ana, table + f"{NORTHWIND},x\n", **more)
    told = ana("GET", job).json()
    assert told["state"] == "Failed" and words in told["errorMessage"]
    assert listed(ana, job, "unprocessedrecords") == [NORTHWIND]


def test_a_job_takes_one_table(org: Salesforce, ana: Client) -> None:
    """The second is refused while the job is open, and after; the first is kept."""
    job = uploaded(ana, steps(NORTHWIND))
    for state in ("Open", "UploadComplete"):
        told = ana("PUT", f"{job}/batches", data=steps(HELIOS).encode())
        assert told.status_code == 400, state
        assert ("Found multiple contents" in told.json()[0]["message"]) is (state == "Open")
        ana("PATCH", job, json={"state": "UploadComplete"})
    ana("GET", job)
    assert listed(ana, job, "successfulResults") == [NORTHWIND]


def test_a_table_that_is_not_utf8(ana: Client) -> None:
    """It is refused."""
    made = ana("POST", "jobs/ingest", json={"object": "Opportunity", "operation": "update"}).json()
    path = f"jobs/ingest/{made['id']}/batches"
    assert ana.refusal("PUT", path, data="Id,NextStep\nx,Köln\n".encode("latin-1")) == (400, "INVALIDBATCH")


@pytest.mark.parametrize("call", ["upload", "close"])
def test_a_lost_reply_of_a_job(org: Salesforce, ana: Client, call: str) -> None:
    """The work is done, nobody hears of it, and doing it again is refused."""
    made = ana("POST", "jobs/ingest", json={"object": "Opportunity", "operation": "update"}).json()
    job = f"jobs/ingest/{made['id']}"

    def upload() -> requests.Response:
        return ana("PUT", f"{job}/batches", data=steps(*NAMES).encode())

    def close() -> requests.Response:
        return ana("PATCH", job, json={"state": "UploadComplete"})

    if call == "close":
        upload()
    again = {"upload": upload, "close": close}[call]
    org.fault(f"ingest.{call}", drop_reply=True)
    with pytest.raises(requests.ConnectionError):
        again()
    assert again().status_code == 400


def test_five_thousand_rows_in_one_job(org: Salesforce, ana: Client) -> None:
    """A job of that size is worked off within one look, with its history."""
    known = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2099-01-01"}
    ids = org.plant("Opportunity", (known for _ in range(5_000)), ANA)
    started = time.monotonic()
    job = closed(ana, steps(*ids))
    told = ana("GET", job).json()
    took = time.monotonic() - started
    print(f"5,000 rows by one job: {took:.2f} s")
    assert told["numberRecordsProcessed"] == 5_000 and took < 5
    assert len(listed(ana, job, "successfulResults")) == 5_000
