"""The Salesforce stand-in, over HTTP as a client sees it."""

# ruff: noqa: S608 -- the queries are the tests' own

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import seed
from sandbox.salesforce import Salesforce
from sandbox.salesforce.values import id18

ANA, BEN, DANA, OTTO = (
    f"{name}@brightlane.example" for name in ("ana.costa", "ben.okafor", "dana.cole", "otto.lang")
)
NORTHWIND, KESTREL, AURORA = "006000000000001AAA", "006000000000004AAA", "006000000000006AAA"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
Row = dict[str, Any]


class Client:
    """REST as one user."""

    def __init__(self, org: Salesforce, username: str = ANA) -> None:
        self.org, self.session = org, requests.Session()
        token = sign_in(org, username).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        """One call below the data resource."""
        return self.session.request(method, f"{self.org.url}/services/data/v66.0/{path}", timeout=5, **more)

    def query(self, text: str, resource: str = "query") -> Any:
        """The answer of a query."""
        return self("GET", resource, params={"q": text}).json()

    def ids(self, where: str) -> list[str]:
        """Last digits of the opportunities that a condition leaves, in id order."""
        found = self.query(f"SELECT Id FROM Opportunity WHERE {where} ORDER BY Id")
        return [row["Id"][14] for row in found["records"]]

    def refusal(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Status and errorCode."""
        answer = self(method, path, **more)
        return answer.status_code, answer.json()[0]["errorCode"]


def sign_in(org: Salesforce, username: str, **claims: Any) -> requests.Response:
    """Ask for a token by JWT bearer."""
    expires = str(int(datetime.now(UTC).timestamp()) + 180)
    payload = {
        "iss": org.client_id,
        "sub": username,
        "aud": "https://login.salesforce.com",
        "exp": expires,
        **claims,
    }
    assertion = jwt.encode(payload, KEY, algorithm="RS256")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return requests.post(f"{org.url}/services/oauth2/token", data=form, timeout=5)


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


# -- login --------------------------------------------------------------------------------------------------
def test_token_reply(org: Salesforce) -> None:
    """The reply names the stand-in as the instance and has the vendor's other fields."""
    reply = sign_in(org, ANA).json()
    assert reply["instance_url"] == org.url and reply["token_type"] == "Bearer"
    assert set(reply) == {
        "access_token",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
        "signature",
        "scope",
    }


@pytest.mark.parametrize(
    ("username", "claims", "error", "words"),
    [
        (OTTO, {}, "invalid_grant", "inactive"),
        ("nobody@brightlane.example", {}, "invalid_grant", "hasn't approved this consumer"),
        (ANA, {"aud": "https://evil.example"}, "invalid_grant", "audience"),
        (ANA, {"exp": "1000000000"}, "invalid_grant", "expired"),
        (ANA, {"iss": "somebody-else"}, "invalid_client_id", "client identifier"),
    ],
)
def test_assertions_that_are_not_taken(
    org: Salesforce, username: str, claims: Row, error: str, words: str
) -> None:
    """User, audience, expiry (also as text) and consumer key are checked."""
    reply = sign_in(org, username, **claims)
    assert reply.status_code == 400
    assert reply.json()["error"] == error and words in reply.json()["error_description"]


def test_the_signature_is_verified(org: Salesforce) -> None:
    """An assertion of another key is none."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    org.public_key_pem = other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    assert sign_in(org, ANA).json()["error_description"] == "invalid assertion"


def test_client_credentials_run_as_one_user(org: Salesforce) -> None:
    """Basic authentication gives the token of the run-as user; a wrong secret gives none."""

    def ask(secret: str) -> requests.Response:
        form = {"grant_type": "client_credentials"}
        return requests.post(
            f"{org.url}/services/oauth2/token", data=form, auth=(org.client_id, secret), timeout=5
        )

    assert ask(org.client_secret).json()["id"].endswith("005000000000009AAA")
    assert ask("wrong").json()["error"] == "invalid_client"


def test_expired_sessions(org: Salesforce, ana: Client) -> None:
    """A token that is no longer good is 401 with INVALID_SESSION_ID."""
    org.expire_sessions()
    assert ana.refusal("GET", "limits") == (401, "INVALID_SESSION_ID")


# -- records ------------------------------------------------------------------------------------------------
def test_describe(ana: Client) -> None:
    """Types, lengths, scales, picklists and flags are there."""
    told = ana("GET", "sobjects/Opportunity/describe").json()
    fields = {f["name"]: f for f in told["fields"]}
    assert fields["P2B_Score__c"]["type"] == "double" and fields["P2B_Score__c"]["scale"] == 2
    assert fields["P2B_Score__c"]["custom"] and fields["NextStep"]["length"] == 255
    values = [o["value"] for o in fields["Partner_Attribution__c"]["picklistValues"]]
    assert values == ["Partner Sourced", "Partner Influenced"]
    assert not fields["StageName"]["nillable"] and not fields["SystemModstamp"]["updateable"]


def test_describe_for_a_user_who_may_only_read(org: Salesforce) -> None:
    """Nothing is updateable for them."""
    told = Client(org, DANA)("GET", "sobjects/Opportunity/describe").json()
    assert not any(f["updateable"] for f in told["fields"])


def test_update_keeps_history_and_stamps(org: Salesforce, ana: Client) -> None:
    """A PATCH is 204; who, when, old and new are kept, here and for SOQL."""
    assert ana("PATCH", f"sobjects/Opportunity/{NORTHWIND}", json={"P2B_Score__c": 81.239}).status_code == 204
    row, entry = org.record(NORTHWIND), org.history(NORTHWIND)[-1]
    assert row["P2B_Score__c"] == 81.24 and row["LastModifiedDate"] == row["SystemModstamp"]
    assert (entry["who"], entry["field"], entry["old"], entry["new"]) == (ANA, "P2B_Score__c", None, 81.24)
    told = ana.query(
        f"SELECT Field, OldValue, NewValue FROM OpportunityFieldHistory WHERE OpportunityId = '{NORTHWIND}'"
    )
    assert told["records"][0]["NewValue"] == 81.24


def test_a_stage_brings_its_probability(org: Salesforce, ana: Client) -> None:
    """Choosing a stage sets the probability, unless it is given too."""
    ana("PATCH", f"sobjects/Opportunity/{NORTHWIND}", json={"StageName": "Closed Won"})
    assert (org.record(NORTHWIND)["Probability"], org.record(NORTHWIND)["IsClosed"]) == (100, True)


def test_text_is_trimmed(org: Salesforce, ana: Client) -> None:
    """Text loses its outer spaces, and empty text is null."""
    ana("PATCH", f"sobjects/Opportunity/{NORTHWIND}", json={"NextStep": " Call ", "Description": " "})
    assert (org.record(NORTHWIND)["NextStep"], org.record(NORTHWIND)["Description"]) == ("Call", None)


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"Nonsense__c": 1}, 400, "INVALID_FIELD"),
        ({"NextStep": "x" * 256}, 400, "STRING_TOO_LONG"),
        ({"Partner_of_Record__c": "Oracle"}, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"StageName": None}, 400, "REQUIRED_FIELD_MISSING"),
        ({"CloseDate": "2026-13-01"}, 400, "JSON_PARSER_ERROR"),
        ({"NextStep": 5}, 400, "JSON_PARSER_ERROR"),
        ({"Amount": "much"}, 400, "JSON_PARSER_ERROR"),
        ({"Amount": 1e17}, 400, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"OwnerId": "005"}, 400, "MALFORMED_ID"),
        ({"OwnerId": "005000000000999AAA"}, 400, "INVALID_CROSS_REFERENCE_KEY"),
        ({"SystemModstamp": "2026-01-01"}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"P2B_Score__c": 100.5}, 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"CloseDate": "2001-01-01"}, 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    ],
)
def test_values_that_are_refused(org: Salesforce, ana: Client, values: Row, status: int, code: str) -> None:
    """Each check has Salesforce's code, and nothing is stored."""
    before = org.record(NORTHWIND)
    assert ana.refusal("PATCH", f"sobjects/Opportunity/{NORTHWIND}", json=values) == (status, code)
    assert org.record(NORTHWIND) == before


def test_a_past_close_date_stops_every_save(ana: Client) -> None:
    """The rule looks at the record, not at what was sent; moving the date mends it."""
    path = f"sobjects/Opportunity/{KESTREL}"
    assert ana.refusal("PATCH", path, json={"NextStep": "x"})[1] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    later = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    assert ana("PATCH", path, json={"NextStep": "x", "CloseDate": later}).status_code == 204


def test_read_only_users_may_not_write(org: Salesforce) -> None:
    """The token's user decides."""
    dana = Client(org, DANA)
    path = f"sobjects/Opportunity/{NORTHWIND}"
    assert dana.refusal("PATCH", path, json={"NextStep": "x"}) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert dana("GET", path).status_code == 200


def test_unmodified_since_counts_whole_seconds(org: Salesforce, ana: Client) -> None:
    """A change in the same second passes, one in the next is 412 with an array; nonsense is 400."""
    path = f"sobjects/Opportunity/{NORTHWIND}"
    seen = datetime.fromisoformat(org.record(NORTHWIND)["LastModifiedDate"])

    def patch(since: str) -> requests.Response:
        return ana("PATCH", path, json={"NextStep": "x"}, headers={"If-Unmodified-Since": since})

    early = patch(format_datetime(seen - timedelta(seconds=1), usegmt=True))
    assert early.status_code == 412 and isinstance(early.json(), list)
    assert patch("yesterday").status_code == 400
    assert patch(format_datetime(seen, usegmt=True)).status_code == 204


def test_locks(org: Salesforce, ana: Client) -> None:
    """A locked row is not written until it is free."""
    path = f"sobjects/Opportunity/{NORTHWIND}"
    org.lock(NORTHWIND)
    assert ana.refusal("PATCH", path, json={"NextStep": "x"}) == (400, "UNABLE_TO_LOCK_ROW")
    org.unlock(NORTHWIND)
    assert ana("PATCH", path, json={"NextStep": "x"}).status_code == 204


def test_a_write_that_does_not_stick(org: Salesforce, ana: Client) -> None:
    """An ignored field is answered with 204 and keeps its value."""
    org.ignore_writes.add("NextStep")
    assert ana("PATCH", f"sobjects/Opportunity/{AURORA}", json={"NextStep": "x"}).status_code == 204
    assert org.record(AURORA)["NextStep"] is None


def test_a_change_by_hand(org: Salesforce, ana: Client) -> None:
    """Somebody's edit in Salesforce itself is theirs, and passes over the rules."""
    org.change(NORTHWIND, user=BEN, CloseDate="2001-01-01")
    assert org.history(NORTHWIND)[-1]["who"] == BEN


def test_create_and_delete(org: Salesforce, ana: Client) -> None:
    """201 with the id; 204, then 404 ENTITY_IS_DELETED; queryAll still shows it."""
    made = ana("POST", "sobjects/Task/", json={"Subject": "Call", "WhatId": NORTHWIND})
    assert made.status_code == 201
    path = f"sobjects/Task/{made.json()['id']}"
    assert ana("DELETE", path).status_code == 204
    assert ana.refusal("DELETE", path) == (404, "ENTITY_IS_DELETED")
    assert ana.query("SELECT Id FROM Task")["totalSize"] == 0
    assert ana.query("SELECT Id FROM Task", "queryAll")["totalSize"] == 1
    assert ana.refusal("POST", "sobjects/Opportunity", json={"Name": "x"}) == (400, "REQUIRED_FIELD_MISSING")


def test_upsert_by_external_id(ana: Client) -> None:
    """201 when created, 200 when updated, 404 with updateOnly, 204 before v46, 300 when two match."""
    path = "sobjects/Task/Key__c/a%2Fb%201"
    assert ana.refusal("PATCH", f"{path}?updateOnly=true", json={}) == (404, "NOT_FOUND")
    first, second = (ana("PATCH", path, json={"Subject": "Call"}) for _ in range(2))
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert first.json()["id"] == second.json()["id"]
    old = f"{ana.org.url}/services/data/v45.0/{path}"
    assert ana.session.patch(old, json={"Subject": "x"}, timeout=5).status_code == 204
    ana("POST", "sobjects/Task", json={"Key__c": "a/b 1"})
    assert ana("PATCH", path, json={}).status_code == 300


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("sobjects/Opportunity/xyz", 400, "MALFORMED_ID"),
        ("sobjects/Opportunity/006000000000999AAA", 404, "NOT_FOUND"),
        ("sobjects/Nonsense__c/006000000000001AAA", 404, "NOT_FOUND"),
        ("nonsense", 404, "NOT_FOUND"),
    ],
)
def test_what_is_not_there(ana: Client, path: str, status: int, code: str) -> None:
    """Ids that are none and records that are not there have their own codes."""
    assert ana.refusal("GET", path) == (status, code)


def test_limits(org: Salesforce, ana: Client) -> None:
    """Every answer tells the usage, and at nothing left calls are refused."""
    assert ana("GET", "limits").headers["Sforce-Limit-Info"] == f"api-usage=1/{org.daily_calls}"
    org.calls_left = 0
    assert ana.refusal("GET", "limits") == (403, "REQUEST_LIMIT_EXCEEDED")


def test_a_uri_that_is_too_long(ana: Client) -> None:
    """16,384 bytes are the end of it."""
    assert ana("GET", "query", params={"q": "x" * 16_384}).status_code == 414


# -- queries ------------------------------------------------------------------------------------------------
def test_parents_and_children(ana: Client) -> None:
    """Dotted paths nest, with attributes at every level; a child query comes as its own result."""
    row = ana.query(
        "SELECT Name, Account.Name, Owner.Username, (SELECT Contact.LastName, IsPrimary FROM OpportunityContactRoles) "
        f"FROM Opportunity WHERE Id = '{NORTHWIND[:15]}'"
    )["records"][0]
    assert row["attributes"]["url"].endswith(f"/sobjects/Opportunity/{NORTHWIND}")
    assert row["Account"]["attributes"]["type"] == "Account" and row["Owner"]["Username"] == ANA
    roles = row["OpportunityContactRoles"]
    assert roles["totalSize"] == 2 and roles["records"][0]["Contact"]["LastName"] == "Hart"
    alone = ana.query(
        f"SELECT (SELECT Id FROM OpportunityContactRoles) FROM Opportunity WHERE Id = '{AURORA}'"
    )
    assert alone["records"][0]["OpportunityContactRoles"] is None


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("Amount > 500000", "36"),
        ("Amount >= 240000 AND Amount <= 300000", "189"),
        ("Name LIKE 'tundra%'", "8b"),
        ("Name LIKE '%_2027`'", "5"),
        (r"Name LIKE '%\_2027%'", ""),
        ("P2B_Score__c != null", "6"),
        ("P2B_Score__c = null AND StageName IN ('Closed Won', 'Closed Lost')", "ab"),
        ("StageName NOT IN ('Prospecting', 'Qualification') AND IsClosed = false", "23568"),
        ("NOT (Amount < 800000)", "3"),
        ("(Amount > 800000 OR Amount < 70000) AND IsClosed = false", "3"),
        ("Account.Name = 'northwind freight'", "19"),
        ("Owner.Username = 'dana.cole@brightlane.example'", "c"),
        (r"Name != 'O\'Brien' AND Amount = 95000", "4"),
        ("CloseDate < 2001-01-01", ""),
        ("LastModifiedDate > 2001-01-01T00:00:00Z AND Amount = 95000", "4"),
        ("AccountId IN (SELECT Id FROM Account WHERE Industry = 'Healthcare')", "6c"),
    ],
)
def test_conditions(ana: Client, where: str, ids: str) -> None:
    """Each operator leaves exactly these."""
    assert ana.ids(where) == list(ids)


def test_order_limit_offset(ana: Client) -> None:
    """Several keys, both directions, nulls where they were asked to be."""
    query = "SELECT Name FROM Opportunity ORDER BY P2B_Score__c DESC NULLS LAST, Amount DESC LIMIT 2 OFFSET 0"
    names = [row["Name"] for row in ana.query(query)["records"]]
    assert names == ["Aurora - imaging archive", "Meridian - fraud analytics"]
    second = ana.query(query.replace("LIMIT 2 OFFSET 0", "LIMIT 1 OFFSET 1"))["records"]
    assert [row["Name"] for row in second] == names[1:]


def test_count(ana: Client) -> None:
    """COUNT() gives the number and no records."""
    told = ana.query("SELECT COUNT() FROM Opportunity WHERE IsClosed = false")
    assert told == {"totalSize": 10, "done": True, "records": []}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE Name = 'x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE Id IN ()", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE Amount = 1 AND Amount = 2 OR Amount = 3", "MALFORMED_QUERY"),
        ("SELECT Nonsense FROM Opportunity", "INVALID_FIELD"),
        ("SELECT Nonsense.Name FROM Opportunity", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount = 'much'", "INVALID_FIELD"),
        ("SELECT Id FROM Nonsense", "INVALID_TYPE"),
        ("SELECT (SELECT Id FROM Nonsense) FROM Opportunity", "INVALID_TYPE"),
    ],
)
def test_queries_that_are_none(ana: Client, query: str, code: str) -> None:
    """Each mistake has Salesforce's code."""
    assert ana.refusal("GET", "query", params={"q": query}) == (400, code)


def test_pages_of_two_thousand(org: Salesforce, ana: Client) -> None:
    """More rows come by nextRecordsUrl."""
    for number in range(2_001):
        org.records.create("Task", {"Subject": str(number)}, "005000000000001AAA")
    first = ana.query("SELECT Id FROM Task")
    assert (first["totalSize"], first["done"], len(first["records"])) == (2_001, False, 2_000)
    rest = ana.session.get(org.url + first["nextRecordsUrl"], timeout=5).json()
    assert rest["done"] and len(rest["records"]) == 1


def test_access(ana: Client) -> None:
    """UserRecordAccess and FieldPermissions know who may only read."""
    access = ana.query(
        "SELECT RecordId, HasEditAccess, MaxAccessLevel FROM UserRecordAccess "
        f"WHERE UserId = '005000000000004AAA' AND RecordId IN ('{NORTHWIND}')"
    )["records"]
    assert [(a["HasEditAccess"], a["MaxAccessLevel"]) for a in access] == [(False, "Read")]
    fields = ana.query(
        "SELECT Field, PermissionsEdit FROM FieldPermissions WHERE SobjectType = 'Opportunity' AND ParentId IN "
        "(SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '005000000000001AAA')"
    )["records"]
    assert {f["Field"]: f["PermissionsEdit"] for f in fields}["Opportunity.NextStep"]


# -- several at once ----------------------------------------------------------------------------------------
def batch(*rows: tuple[str, Row], strict: bool = False) -> Row:
    """The body of a collection update."""
    records = [{"attributes": {"type": "Opportunity"}, "id": i, **v} for i, v in rows]
    return {"allOrNone": strict, "records": records}


def test_a_collection_answers_row_by_row(org: Salesforce, ana: Client) -> None:
    """200 with failures inside, in order."""
    rows = (NORTHWIND, {"P2B_Score__c": 50}), (AURORA, {"P2B_Score__c": 500})
    answer = ana("PATCH", "composite/sobjects", json=batch(*rows))
    assert answer.status_code == 200 and [r["success"] for r in answer.json()] == [True, False]
    assert answer.json()[1]["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert org.record(NORTHWIND)["P2B_Score__c"] == 50


def test_a_collection_all_or_none(org: Salesforce, ana: Client) -> None:
    """One bad row undoes the others."""
    rows = (NORTHWIND, {"P2B_Score__c": 50}), (AURORA, {"P2B_Score__c": 500})
    told = ana("PATCH", "composite/sobjects", json=batch(*rows, strict=True)).json()
    assert told[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert org.record(NORTHWIND)["P2B_Score__c"] is None and not org.history(NORTHWIND)


def test_a_collection_of_more_than_200(ana: Client) -> None:
    """That many are refused as a whole."""
    rows = [(NORTHWIND, {"P2B_Score__c": 50})] * 201
    assert ana.refusal("PATCH", "composite/sobjects", json=batch(*rows)) == (400, "EXCEEDED_ID_LIMIT")


def test_reading_a_collection(ana: Client) -> None:
    """In order, null for what is missing; an unknown field fails the whole call."""
    body = {"ids": [AURORA, "006000000000999AAA"], "fields": ["Id", "P2B_Score__c"]}
    told = ana("POST", "composite/sobjects/Opportunity", json=body).json()
    assert told[0]["P2B_Score__c"] == 64 and told[1] is None
    body["fields"] = ["Nonsense"]
    assert ana.refusal("POST", "composite/sobjects/Opportunity", json=body) == (400, "INVALID_FIELD")


def test_composite_refers_to_earlier_steps(org: Salesforce, ana: Client) -> None:
    """A step takes what an earlier one answered; the next one reads it."""
    data = "/services/data/v66.0/sobjects"
    steps = [
        {"method": "POST", "url": f"{data}/Task", "referenceId": "made", "body": {"Subject": "Call"}},
        {"method": "GET", "url": f"{data}/Task/@{{made.id}}", "referenceId": "read"},
    ]
    told = ana("POST", "composite", json={"compositeRequest": steps}).json()["compositeResponse"]
    assert [t["httpStatusCode"] for t in told] == [201, 200] and told[1]["body"]["Subject"] == "Call"


def test_composite_all_or_none(ana: Client) -> None:
    """A failing step undoes the earlier ones."""
    data = "/services/data/v66.0/sobjects"
    steps = [
        {"method": "POST", "url": f"{data}/Task", "referenceId": "made", "body": {"Subject": "Call"}},
        {"method": "GET", "url": f"{data}/Task/@{{nobody.id}}", "referenceId": "read"},
    ]
    body = {"allOrNone": True, "compositeRequest": steps}
    told = ana("POST", "composite", json=body).json()["compositeResponse"]
    assert [t["httpStatusCode"] for t in told] == [400, 400]
    assert ana.query("SELECT Id FROM Task")["totalSize"] == 0


# -- bulk ---------------------------------------------------------------------------------------------------
def test_a_bulk_job(org: Salesforce, ana: Client) -> None:
    """Five requests; the job is done when it was looked at often enough; three lists, in UTF-8 without a charset."""
    org.bulk_polls = 2
    made = ana("POST", "jobs/ingest", json={"object": "Opportunity", "operation": "update"}).json()
    job = f"jobs/ingest/{made['id']}"
    table = f"Id,P2B_Score__c,NextStep\n{NORTHWIND},70,café\n{AURORA},700,x\n".encode()
    assert made["state"] == "Open" and ana("PUT", f"{job}/batches", data=table).status_code == 201
    assert ana.refusal("PUT", f"{job}/batches", data=table)[0] == 400
    assert ana("PATCH", job, json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    assert ana.refusal("PATCH", job, json={"state": "UploadComplete"})[0] == 400
    assert [ana("GET", job).json()["state"] for _ in range(2)] == ["InProgress", "JobComplete"]
    done = ana("GET", job).json()
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)

    def rows(which: str) -> list[dict[str, str]]:
        answer = ana("GET", f"{job}/{which}/")
        assert answer.headers["content-type"] == "text/csv"
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))

    assert [r["NextStep"] for r in rows("successfulResults")] == ["café"]
    assert rows("failedResults")[0]["sf__Error"].startswith("FIELD_CUSTOM_VALIDATION_EXCEPTION:")
    assert rows("unprocessedrecords") == []
    assert ana("DELETE", job).status_code == 204
    assert org.record(NORTHWIND)["P2B_Score__c"] == 70


def test_bulk_upsert_and_clearing(org: Salesforce, ana: Client) -> None:
    """The external id finds or makes the row; an empty cell leaves a value, #N/A clears it."""
    job = {"object": "Opportunity", "operation": "upsert", "externalIdFieldName": "ACE_Opportunity_Id__c"}
    path = f"jobs/ingest/{ana('POST', 'jobs/ingest', json=job).json()['id']}"
    ana(
        "PUT",
        f"{path}/batches",
        data=b"ACE_Opportunity_Id__c,P2B_Score__c,ACE_Status__c\nO7000001,#N/A,\n",
    )
    ana("PATCH", path, json={"state": "UploadComplete"})
    assert ana("GET", path).json()["state"] == "JobComplete"
    assert (org.record(AURORA)["P2B_Score__c"], org.record(AURORA)["ACE_Status__c"]) == (None, "Approved")


# -- faults -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "INVALID_SESSION_ID"),
        (403, "REQUEST_LIMIT_EXCEEDED"),
        (500, "UNKNOWN_EXCEPTION"),
        (429, "TOO_MANY_REQUESTS"),
    ],
)
def test_faults_have_the_vendors_body(org: Salesforce, ana: Client, status: int, code: str) -> None:
    """A fault's status brings Salesforce's own array."""
    org.fault("limits", status=status)
    assert ana.refusal("GET", "limits") == (status, code)


def test_a_503_is_a_web_page(org: Salesforce, ana: Client) -> None:
    """No JSON where a client expects it."""
    org.fault("limits", status=503)
    assert ana("GET", "limits").headers["content-type"].startswith("text/html")


def test_calls_have_the_vendors_names(org: Salesforce, ana: Client) -> None:
    """The request log names them."""
    ana("PATCH", f"sobjects/Opportunity/{NORTHWIND}", json={})
    ana.query("SELECT Id FROM Task")
    ana("POST", "jobs/ingest", json={})
    assert [r.operation for r in org.requests] == ["token", "Opportunity.update", "query", "ingest.create"]


def test_the_close_dates_follow_the_calendar(org: Salesforce) -> None:
    """The seed counts days from today, so it never grows old."""
    today = datetime.now(UTC).date()
    assert org.record(NORTHWIND)["CloseDate"] in {(today + timedelta(days=d)).isoformat() for d in (74, 75)}


def test_long_ids() -> None:
    """The suffix tells the upper-case letters of each five characters."""
    assert id18("00Q5f00000aBcDe") == "00Q5f00000aBcDeEAK"
