"""The Salesforce adapter with many records at once, over HTTP against the stand-in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from bot.clients import Crm, CrmReader, Segment
from bot.config import Mapped
from bot.errors import NotAllowed, Refused, Unavailable, Unverified
from bot.salesforce import Salesforce
from sandbox import seed
from sandbox.salesforce import Salesforce as Org
from tests.bot.brightlane import ANA, AURORA, BEN, DANA, HELIOS, NORTHWIND, Asked, adapter
from tests.bot.factory import freely

COLLECTION = r"collection\.update"
KESTREL, NOBODY = (
    "006000000000004AAA",
    "006000000000999AAA",
)  # overdue, so that every save is refused; not there


@pytest.fixture
def reader(salesforce: Salesforce) -> CrmReader:
    """Salesforce as the bot, to read."""
    return salesforce.as_user()


@pytest.fixture
def ana(salesforce: Salesforce) -> Crm:
    """Salesforce as the seller of Northwind."""
    return salesforce.as_writer(ANA, freely)


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[Org, Salesforce]]:
    """An org of 50,000 open deals and 100,000 accounts."""
    with Org(seed.load()) as org:
        accounts = org.plant(
            "Account",
            ({"Name": f"Müller {n}", "Website": f"https://m{n}.example"} for n in range(100_000)),
        )
        deals(org, 50_000, accounts)
        made = adapter(org)
        yield org, made
        made.close()


def deals(org: Org, number: int, accounts: list[str] | None = None, **more: object) -> list[str]:
    """So many open deals, of Ana's."""
    known = {"StageName": "Prospecting", "CloseDate": "2099-01-01", **more}
    rows = (
        {"Name": f"Deal {n}", "Amount": float(n), "AccountId": accounts[n] if accounts else None, **known}
        for n in range(number)
    )
    return org.plant("Opportunity", rows, ANA)


# -- scanning -----------------------------------------------------------------------------------------------
def test_fields_are_facts_without_values(ana: Crm) -> None:
    """Label, type and bounds of every mapped field are told without naming an opportunity."""
    fields, facts = ana.fields(), ana.opportunity(NORTHWIND).facts
    assert set(fields) == set(facts)
    assert {f.value for f in fields.values()} == {f.raw for f in fields.values()} == {None}
    score, seen = fields["p2b_score"], facts["p2b_score"]
    assert (score.label, score.type, score.scale, score.writable) == (
        seen.label,
        seen.type,
        seen.scale,
        True,
    )
    assert not any(f.record for f in fields.values())


def test_fields_of_a_user_who_may_only_read(salesforce: Salesforce) -> None:
    """What is writable is theirs, not the bot's."""
    assert not any(f.writable for f in salesforce.as_user(DANA).fields().values())


def test_site(org: Org, reader: CrmReader) -> None:
    """The address of the org is the one that deals are linked by."""
    assert reader.site() == org.url


def test_accounts(org: Org, reader: CrmReader) -> None:
    """Every account comes with what matching needs, the country as the org writes it."""
    (id,) = org.plant(
        "Account",
        [
            {
                "Name": "Größe GmbH",
                "Website": "größe.example",
                "BillingCountry": "Germany",
                "BillingState": "Bayern",
                "DunsNumber": "123456789",
            }
        ],
    )
    found = {company.id: company for company in reader.accounts()}
    one = found[id]
    assert (one.name, one.website, one.country, one.state, one.duns) == (
        "Größe GmbH",
        "größe.example",
        "Germany",
        "Bayern",
        "123456789",
    )
    assert len(found) == len(seed.load()["salesforce"]["accounts"]) + 1
    assert list(found) == sorted(found)


def test_accounts_without_a_field(org: Org, reader: CrmReader) -> None:
    """A field that the org lacks, or the user may not see, is empty; the others are there."""
    org.remove_field("Account", "DunsNumber")
    companies = list(reader.accounts())
    assert {company.duns for company in companies} == {""}
    assert all(company.name for company in companies) and any(company.website for company in companies)


def test_a_field_that_goes_while_its_description_is_kept(org: Org, reader: CrmReader) -> None:
    """The description is asked for anew, and the scan goes on without the field."""
    assert any(company.website for company in reader.accounts())
    org.remove_field("Account", "Website")
    assert {company.website for company in reader.accounts()} == {""}


def test_segments(org: Org, reader: CrmReader) -> None:
    """A won deal makes a customer whatever else there is, an open one comes next, a lost one leaves a prospect."""
    won, opened, lost, none = org.plant("Account", ({"Name": name} for name in "abcd"))
    for account, stages in (
        (won, ("Closed Lost", "Closed Won", "Prospecting")),
        (opened, ("Closed Lost", "Prospecting", "Closed Lost")),
        (lost, ("Closed Lost",)),
    ):
        for stage in stages:
            deals(org, 1, [account], StageName=stage)
    deals(org, 1)
    found = reader.segments()
    assert [found.get(account) for account in (won, opened, lost, none)] == [
        Segment.CUSTOMER,
        Segment.OPEN_DEAL,
        Segment.PROSPECT,
        None,
    ]
    assert "" not in found and None not in found


def test_open_deals(org: Org, reader: CrmReader) -> None:
    """An open deal has its account, owner, mapped fields and times."""
    org.change(AURORA, user=BEN, NextStep="Angebot für Köln")
    found = {deal.id: deal for deal in reader.open_deals()}
    deal, record = found[AURORA], org.record(AURORA)
    assert (deal.name, deal.account_id, deal.account) == (
        record["Name"],
        record["AccountId"],
        org.record(record["AccountId"])["Name"],
    )
    assert (deal.stage, deal.amount, deal.ace_id) == (record["StageName"], record["Amount"], "O7000001")
    assert (deal.next_step, deal.version) == ("Angebot für Köln", record["SystemModstamp"])
    assert deal.owner.endswith("@brightlane.example")
    assert deal.created.tzinfo and deal.created < deal.modified <= datetime.now(UTC)
    assert list(found) == sorted(found) and len(found) == 10


def test_open_deals_without_account_or_amount(org: Org, reader: CrmReader) -> None:
    """What a deal lacks is empty."""
    (id,) = deals(org, 1, Amount=None)
    deal = next(deal for deal in reader.open_deals() if deal.id == id)
    assert (deal.account_id, deal.account, deal.amount, deal.next_step, deal.ace_id) == ("", "", None, "", "")


def test_open_deals_without_the_fields(org: Org, reader: CrmReader) -> None:
    """Mapped fields that the org lacks are empty."""
    org.remove_field("Opportunity", "ACE_Opportunity_Id__c")
    org.remove_field("Opportunity", "Amount")
    deal = next(deal for deal in reader.open_deals() if deal.id == AURORA)
    assert (deal.ace_id, deal.amount) == ("", None) and deal.stage


def test_open_deals_follow_the_mapping(org: Org) -> None:
    """The configuration says which field is the next step."""
    crm = adapter(
        org, facts={"next_step": Mapped(field="Description"), "stage": Mapped(field="Account.Name")}
    )
    org.change(NORTHWIND, Description="Anders")
    deal = next(deal for deal in crm.as_user().open_deals() if deal.id == NORTHWIND)
    crm.close()
    assert (deal.next_step, deal.stage, deal.amount) == ("Anders", deal.account, None)


def test_pages_are_asked_for_when_they_are_needed(org: Org, reader: CrmReader) -> None:
    """A scan holds one page; whoever stops early has asked for no more."""
    deals(org, 4_500)
    assert len(list(islice(reader.open_deals(), 2_000))) == 2_000
    assert not org.calls("queryMore")
    assert len({deal.id for deal in reader.open_deals()}) == 4_510
    assert len(org.calls("queryMore")) == 2


def test_a_session_that_expires_between_two_pages(org: Org, reader: CrmReader) -> None:
    """The scan logs in again and goes on where it was: each deal once."""
    deals(org, 4_500)
    scan = reader.open_deals()
    seen = [next(scan).id]
    org.expire_sessions()
    seen += [deal.id for deal in scan]
    assert len(seen) == len(set(seen)) == 4_510
    assert [call.status for call in org.calls("queryMore")] == [401, 200, 200]


def test_a_page_that_fails_in_passing(org: Org, reader: CrmReader) -> None:
    """A 503 and a cut connection in the middle of a scan are tried again."""
    deals(org, 2_500)
    org.fault("queryMore", status=503)
    org.fault("queryMore", refuse=True)
    assert len(list(reader.open_deals())) == 2_510


def test_a_list_that_salesforce_let_go(org: Org, reader: CrmReader) -> None:
    """A cursor that is gone is a passing cause, not the reader's mistake."""
    deals(org, 2_500)
    org.fault("queryMore", status=400, code="INVALID_QUERY_LOCATOR")
    with pytest.raises(Unavailable, match="no longer holds"):
        list(reader.open_deals())


def test_an_answer_that_is_not_salesforces(org: Org, reader: CrmReader) -> None:
    """A friendly 200 from something in between is no list of deals."""
    org.fault(" query$", status=200)
    with pytest.raises(Unavailable):
        list(reader.open_deals())


def test_changed_deals_include_the_moment_itself(org: Org, reader: CrmReader) -> None:
    """The cursor is inclusive, to the second; the order is that of the changes; closed ones are left out."""
    now = datetime.now(UTC).replace(microsecond=0)
    at = [(now + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%S.000+0000") for n in range(4)]
    before, second, first = (deals(org, 1, SystemModstamp=at[n])[0] for n in (0, 3, 1))
    same = deals(org, 1, SystemModstamp=at[1])[0]
    deals(org, 1, SystemModstamp=at[2], StageName="Closed Lost")
    found = [d.id for d in reader.changed_deals(now + timedelta(seconds=1, milliseconds=700))]
    assert found == [first, same, second] and before not in found


def test_changed_deals_of_a_moment_without_offset(org: Org, reader: CrmReader) -> None:
    """A naive time is a mistake, told at once and not at the first deal."""
    with pytest.raises(ValueError, match="offset"):
        reader.changed_deals(datetime(2026, 1, 1))  # noqa: DTZ001 -- that is the mistake
    assert not org.calls("query")


def test_fifty_thousand_deals(large: tuple[Org, Salesforce]) -> None:
    """The scan of 50,000 open deals takes seconds, and little of our own time."""
    started, own = time.monotonic(), time.thread_time()
    count = sum(1 for _ in large[1].as_user().open_deals())
    took, own = time.monotonic() - started, time.thread_time() - own
    print(f"50,000 open deals: {took:.1f} s, {own:.2f} s of them our own CPU")
    assert count == 50_010 and took < 60 and own < 10


def test_a_hundred_thousand_accounts(large: tuple[Org, Salesforce]) -> None:
    """Reading 100,000 accounts takes a few seconds of our own time."""
    started, own = time.monotonic(), time.thread_time()
    count = sum(1 for _ in large[1].as_user().accounts())
    took, own = time.monotonic() - started, time.thread_time() - own
    print(f"100,000 accounts: {took:.1f} s, {own:.2f} s of them our own CPU")
    assert count > 100_000 and own < 10


# -- reading rows -------------------------------------------------------------------------------------------
def test_rows_have_what_was_asked_and_who_changed_them(org: Org, reader: CrmReader) -> None:
    """Each row has the fields by the names that were asked for, and the editor's username; nothing else."""
    org.change(NORTHWIND, user=BEN, NextStep="Köln")
    found = reader.read_rows([NORTHWIND, HELIOS], ["nextstep", "SystemModstamp", "LastModifiedBy"])
    assert found[NORTHWIND] == {
        "nextstep": "Köln",
        "SystemModstamp": org.record(NORTHWIND)["SystemModstamp"],
        "LastModifiedBy": BEN,
    }
    assert set(found) == {NORTHWIND, HELIOS}


def test_rows_that_are_not_there_are_left_out(org: Org, reader: CrmReader) -> None:
    """A record that is missing or deleted has no row."""
    org.records.delete("Opportunity", HELIOS, org.record(HELIOS)["OwnerId"])
    assert set(reader.read_rows([NORTHWIND, HELIOS, NOBODY], ["Name"])) == {NORTHWIND}
    assert reader.read_rows([NOBODY], ["Name"]) == {}


def test_rows_by_short_ids(reader: CrmReader) -> None:
    """Ids of 15 characters find the same records, which answer by their long ones; one record is read once."""
    assert set(reader.read_rows([NORTHWIND[:15], NORTHWIND], ["Name"])) == {NORTHWIND}


def test_two_thousand_rows_a_request(org: Org, reader: CrmReader) -> None:
    """Any number of ids, 2,000 at once; the editors are asked for once, also by the next call."""
    ids = deals(org, 4_001)
    assert len(reader.read_rows(ids, ["Amount"])) == 4_001
    assert [len(call.json()["ids"]) for call in org.calls(r"collection\.read")] == [2_000, 2_000, 1]
    reader.read_rows(ids[:1], ["Amount"])
    assert len(org.calls(" query$")) == 1


def test_no_rows_no_request(org: Org, reader: CrmReader) -> None:
    """Nothing asked, nothing sent."""
    assert reader.read_rows([], ["Amount"]) == {}
    assert not org.requests


def test_a_hidden_field_is_named(reader: CrmReader) -> None:
    """A field that the org lacks or hides refuses the read and says which one."""
    with pytest.raises(Refused, match=r"no such field.*Secret__c"):
        reader.read_rows([NORTHWIND], ["Name", "Secret__c"])


@pytest.mark.parametrize("field", ["Account.Name", "x y", "Id,Name", ""])
def test_what_is_no_field_is_not_asked_for(org: Org, reader: CrmReader, field: str) -> None:
    """A path to another record, or no name at all, is refused before anything is sent."""
    with pytest.raises(Refused, match="cannot be read"):
        reader.read_rows([NORTHWIND], [field])
    assert not org.requests


def test_what_is_no_id_is_not_asked_for(org: Org, reader: CrmReader) -> None:
    """So is something that is no record id."""
    with pytest.raises(Refused, match="not a Salesforce record id"):
        reader.read_rows([NORTHWIND, "006'"], ["Name"])
    assert not org.requests


# -- writing rows -------------------------------------------------------------------------------------------
def test_rows_are_written_as_the_seller(org: Org, ana: Crm) -> None:
    """One request writes each row its own values, in the order given, and Salesforce's history names the seller."""
    reply = ana.write_rows({HELIOS: {"P2B_Score__c": 82}, NORTHWIND: {"NextStep": "Köln", "Amount": None}})
    assert reply.values == {"failed": {}} and reply.response_id
    assert org.record(HELIOS)["P2B_Score__c"] == 82
    assert (org.record(NORTHWIND)["NextStep"], org.record(NORTHWIND)["Amount"]) == ("Köln", None)
    assert org.history(HELIOS)[-1]["who"] == ANA
    (call,) = org.calls(COLLECTION)
    assert [r["id"] for r in call.json()["records"]] == [HELIOS, NORTHWIND]


def test_rows_fail_one_by_one(org: Org, ana: Crm) -> None:
    """Each row that was not written says why, the others are written."""
    org.lock(HELIOS)
    org.forbid("NextStep", "Ask the desk first.", AURORA)
    reply = ana.write_rows({id: {"NextStep": "Call"} for id in (NORTHWIND, HELIOS, AURORA, KESTREL, NOBODY)})
    assert reply.values["failed"] == {
        HELIOS: "Somebody else was saving this record, or one above it, in Salesforce; try this row again.",
        AURORA: "Salesforce refused the change: Ask the desk first.",
        KESTREL: "Salesforce refused the change: The close date of an open opportunity may not lie in the past.",
        NOBODY: "Salesforce no longer has this record, or what it refers to: The requested resource does not exist.",
    }
    assert org.record(NORTHWIND)["NextStep"] == "Call"


def test_a_lock_passes(org: Org, ana: Crm) -> None:
    """The row that met a lock goes the next time."""
    org.lock(HELIOS, times=1)
    assert set(ana.write_rows({HELIOS: {"NextStep": "Call"}}).values["failed"]) == {HELIOS}
    assert ana.write_rows({HELIOS: {"NextStep": "Call"}}).values["failed"] == {}


def test_rows_of_a_user_who_may_only_read(org: Org, salesforce: Salesforce) -> None:
    """The approver's own permissions decide on each row, and the words name them."""
    dana = salesforce.as_writer(DANA, freely)
    failed = dana.write_rows({id: {"NextStep": "x"} for id in (NORTHWIND, HELIOS)}).values["failed"]
    assert set(failed) == {NORTHWIND, HELIOS}
    assert all(f"does not let {DANA} change this record" in words for words in failed.values())


def test_rows_by_short_ids_are_written(org: Org, ana: Crm) -> None:
    """A failure is told by the long id, also of a row that was given by its short one."""
    org.lock(HELIOS)
    failed = ana.write_rows({NORTHWIND[:15]: {"NextStep": "x"}, HELIOS[:15]: {"NextStep": "x"}}).values[
        "failed"
    ]
    assert set(failed) == {HELIOS} and org.record(NORTHWIND)["NextStep"] == "x"


@pytest.mark.parametrize("number", [0, 201])
def test_one_to_two_hundred_rows(org: Org, ana: Crm, number: int) -> None:
    """Neither none nor more than Salesforce takes is sent."""
    with pytest.raises(ValueError, match="rows"):
        ana.write_rows({f"006{n:012d}": {"NextStep": "x"} for n in range(number)})
    assert not org.requests


def test_two_hundred_rows_are_one_request(org: Org, ana: Crm) -> None:
    """200 rows go at once."""
    assert ana.write_rows({id: {"P2B_Score__c": 7} for id in deals(org, 200)}).values["failed"] == {}
    assert len(org.calls(COLLECTION)) == 1


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ({NORTHWIND: {"Account.Name": "x"}}, Refused, "cannot be written"),
        ({NORTHWIND: {"NextStep": "x"}, "006": {"NextStep": "x"}}, Refused, "not a Salesforce record id"),
        ({NORTHWIND: {"NextStep": "x"}, NORTHWIND[:15]: {"NextStep": "y"}}, ValueError, "twice"),
        ({NORTHWIND: {"Amount": float("nan")}}, ValueError, "JSON"),
    ],
)
def test_rows_that_cannot_be_sent(
    org: Org, ana: Crm, rows: dict[str, dict[str, object]], error: type[Exception], words: str
) -> None:
    """What is no id, no field, no number or a record twice is stopped before anything is sent."""
    with pytest.raises(error, match=words):
        ana.write_rows(rows)
    assert not org.requests


@pytest.mark.parametrize("saved", [1, None])
def test_a_lost_reply_of_rows_is_unverified(org: Org, ana: Crm, saved: int | None) -> None:
    """Half of the rows or all of them were saved: unknown, and not sent again."""
    org.lose_collection(saved)
    with pytest.raises(Unverified):
        ana.write_rows({id: {"NextStep": "Call"} for id in (NORTHWIND, HELIOS)})
    written = [org.record(id)["NextStep"] == "Call" for id in (NORTHWIND, HELIOS)]
    assert written == [True, saved is None] and len(org.calls(COLLECTION)) == 1


@pytest.mark.parametrize("status", [200, 204, 500, 503])
def test_answers_that_say_nothing_of_the_rows_are_unverified(org: Org, ana: Crm, status: int) -> None:
    """A server error, and a success that has no list of rows."""
    org.fault(COLLECTION, status=status)
    with pytest.raises(Unverified):
        ana.write_rows({id: {"NextStep": "Call"} for id in (NORTHWIND, HELIOS)})
    assert len(org.calls(COLLECTION)) == 1


def test_an_answer_with_too_few_rows_is_unverified(org: Org, ana: Crm) -> None:
    """Which of the rows it is about cannot be told."""
    org.lose_collection(1)
    org.faults.clear()  # the shortened answer arrives after all
    with pytest.raises(Unverified):
        ana.write_rows({id: {"NextStep": "Call"} for id in (NORTHWIND, HELIOS)})


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "JSON_PARSER_ERROR", Refused),
        (403, "API_DISABLED_FOR_ORG", Refused),
        (403, "REQUEST_LIMIT_EXCEEDED", Unavailable),
        (429, None, Unavailable),
    ],
)
def test_rows_refused_as_a_whole(
    org: Org, ana: Crm, status: int, code: str | None, error: type[Exception]
) -> None:
    """A 4xx for the whole request wrote no row."""
    org.fault(COLLECTION, status=status, code=code)
    with pytest.raises(error):
        ana.write_rows({NORTHWIND: {"NextStep": "Call"}})


def test_many_rows_may_take_longer(org: Org) -> None:
    """Salesforce runs its rules on each row, so that 200 of them have more time than one."""
    crm = adapter(org, timeout=(1.0, 0.2), batch_timeout=(1.0, 20.0))
    ana = crm.as_writer(ANA, freely)
    org.fault(COLLECTION, delay=0.5)
    assert ana.write_rows({NORTHWIND: {"NextStep": "Call"}}).values["failed"] == {}
    crm.close()


def test_rows_that_take_too_long_are_unverified() -> None:
    """A timeout after sending is unknown."""
    with Org(seed.load()) as doomed:
        crm = adapter(doomed, batch_timeout=(1.0, 0.3))
        doomed.fault(COLLECTION, delay=5)
        with pytest.raises(Unverified):
            crm.as_writer(ANA, freely).write_rows({NORTHWIND: {"NextStep": "Call"}})
        crm.close()


def test_the_warrant_is_asked_before_the_rows_are_sent(org: Org, salesforce: Salesforce) -> None:
    """When it refuses, nothing is sent."""
    with pytest.raises(NotAllowed):
        salesforce.as_writer(ANA, Asked(0)).write_rows({NORTHWIND: {"NextStep": "Call"}})
    assert not org.calls(COLLECTION)


def test_rows_after_a_session_expired(org: Org, salesforce: Salesforce) -> None:
    """The repeat after the new login is a request of its own, and asks again."""
    warrant = Asked()
    ana = salesforce.as_writer(ANA, warrant)
    ana.read_rows([NORTHWIND], ["Name"])
    org.expire_sessions()
    assert ana.write_rows({NORTHWIND: {"NextStep": "Call"}}).values["failed"] == {}
    assert warrant.times == len(org.calls(COLLECTION)) == 2


def test_an_approval_that_ended_with_the_session(org: Org, salesforce: Salesforce) -> None:
    """What the warrant no longer allows is not repeated after the new login."""
    ana = salesforce.as_writer(ANA, Asked(1))
    ana.read_rows([NORTHWIND], ["Name"])
    org.expire_sessions()
    with pytest.raises(NotAllowed):
        ana.write_rows({NORTHWIND: {"NextStep": "Call"}})
    assert org.record(NORTHWIND)["NextStep"] != "Call"
