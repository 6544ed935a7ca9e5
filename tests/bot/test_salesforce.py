"""The Salesforce adapter, over HTTP against the stand-in."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from bot.clients import Crm, CrmRecord
from bot.config import Mapped, load
from bot.deal import FieldType
from bot.errors import NotAllowed, Refused, Stale, Unavailable, Unverified
from bot.salesforce import Salesforce, record_id
from bot.salesforce.describe import KEPT_FOR, Described, Describes
from bot.salesforce.sessions import Pinned
from sandbox import seed
from sandbox.salesforce import Salesforce as Org
from tests.bot.factory import freely

ANA, BEN, DANA, OTTO = (
    f"{name}@brightlane.example" for name in ("ana.costa", "ben.okafor", "dana.cole", "otto.lang")
)
BOT = "cosell.bot@brightlane.example"
NORTHWIND = "006000000000001AAA"
HELIOS = "006000000000002AAA"
UPDATE = r"Opportunity\.update"

Open = Callable[..., Salesforce]


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """A private key and its public half, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def served() -> Iterator[Org]:
    """An org that is served for the whole file."""
    with Org(seed.load()) as org:
        yield org


@pytest.fixture
def org(served: Org, keys: tuple[str, str]) -> Org:
    """The org as at the start, with the bot's certificate."""
    served.reset()
    served.public_key_pem = keys[1]
    return served


@pytest.fixture
def doomed(keys: tuple[str, str]) -> Iterator[Org]:
    """An org of its own, for what would trouble the next test."""
    with Org(seed.load()) as org:
        org.public_key_pem = keys[1]
        yield org


@pytest.fixture
def connect(org: Org, keys: tuple[str, str]) -> Iterator[Open]:
    """Makes adapters for the org."""
    made: list[Salesforce] = []

    def build(**other: object) -> Salesforce:
        arguments: dict[str, object] = {
            "client_id": org.client_id,
            "private_key": keys[0],
            "username": BOT,
            "login_url": f"{org.url}/",
            "api_url": None,
            "facts": load(None).facts,
            **other,
        }
        made.append(Salesforce(**arguments))  # type: ignore[arg-type]  # the tests name what differs
        return made[-1]

    yield build
    for adapter in made:
        adapter.close()


@pytest.fixture
def salesforce(connect: Open) -> Salesforce:
    """The adapter with the default mapping."""
    return connect()


@pytest.fixture
def ana(salesforce: Salesforce) -> Crm:
    """Salesforce as the seller of Northwind."""
    return salesforce.as_writer(ANA, freely)


def version(record: CrmRecord) -> str:
    """The version behind a record."""
    return record.versions[f"Opportunity {record.id}"]


# -- reading ------------------------------------------------------------------------------------------------
def test_reads_the_opportunity_with_owner_contacts_and_versions(org: Org, ana: Crm) -> None:
    """One read gives the record, its owner, its contacts with the primary one first, and both versions."""
    record = ana.opportunity(NORTHWIND)
    assert (record.id, record.name) == (NORTHWIND, "Northwind - fleet telemetry lake")
    assert record.owner.username == ANA and record.owner.active
    assert [(c.last_name, c.primary) for c in record.contacts] == [("Hart", True), ("Reyes", False)]
    assert record.versions == {
        f"Opportunity {NORTHWIND}": org.record(NORTHWIND)["SystemModstamp"],
        f"Account {record.account_id}": org.record(record.account_id)["SystemModstamp"],
    }
    assert record.modified_by == ANA
    assert record.url == f"{org.url}/lightning/r/Opportunity/{NORTHWIND}/view"


def test_facts_carry_what_describe_says(ana: Crm) -> None:
    """Label, type, options, scale, length and bounds come from describe and the mapping."""
    facts = ana.opportunity(NORTHWIND).facts
    score, step, attribution = facts["p2b_score"], facts["next_step"], facts["attribution"]
    assert (score.label, score.type, score.scale, score.high) == ("P2B Score", FieldType.NUMBER, 2, 100)
    assert score.writable and not score.required and "propensity" in score.aliases
    assert (step.type, step.length) == (FieldType.TEXT, 255)
    assert attribution.options == ("Partner Sourced", "Partner Influenced")
    assert facts["description"].type is FieldType.LONG_TEXT
    assert facts["close_date"].type is FieldType.DATE and facts["close_date"].required


def test_facts_of_the_account_are_named_after_it(ana: Crm) -> None:
    """The account's fields are labelled as the account's, hold its record id, and are never writable."""
    record = ana.opportunity(NORTHWIND)
    website, account = record.facts["website"], record.facts["account"]
    assert (website.label, account.label) == ("Account Website", "Account Name")
    assert website.record == record.account_id and not website.writable


def test_values_are_converted_and_the_original_kept(org: Org, ana: Crm) -> None:
    """A mapped stage is told in AWS's word with Salesforce's beside it; one without an entry is None."""
    stage = ana.opportunity(NORTHWIND).facts["ace_stage"]
    assert (stage.value, stage.raw) == ("Qualified", "Qualification")
    assert "Technical Validation" in stage.options and not stage.writable
    industry = ana.opportunity(HELIOS).facts["ace_industry"]
    assert (industry.value, industry.raw) == (None, "Energy")


def test_whole_numbers_are_integers(ana: Crm) -> None:
    """Salesforce's 240000.0 is 240000, so that equal facts have equal JSON."""
    amount = ana.opportunity(NORTHWIND).facts["amount"]
    assert amount.value == 240000 and isinstance(amount.value, int)


def test_one_query_a_read(org: Org, ana: Crm) -> None:
    """A read is one query; describe is asked once per type, not per read."""
    ana.opportunity(NORTHWIND)
    ana.opportunity(HELIOS)
    assert len(org.calls(r"/query")) == 2
    assert len(org.calls(r"describe")) == 2


def test_the_query_does_not_wait_for_describe(org: Org, ana: Crm) -> None:
    """The first read's describes are under way while its query runs."""
    queried = threading.Event()
    beside: list[bool] = []
    org.fault(r"describe", times=-1, after_work=lambda: beside.append(queried.wait(3)))
    org.fault(r"/query", after_work=queried.set)
    ana.opportunity(NORTHWIND)
    assert beside == [True, True]


def test_a_mapped_field_that_the_org_lacks_is_left_out(org: Org, ana: Crm) -> None:
    """The rest of the facts are there, and from the second read on it is one query again."""
    org.remove_field("Opportunity", "P2B_Score__c")
    org.remove_field("Account", "DunsNumber")
    facts = ana.opportunity(NORTHWIND).facts
    assert "p2b_score" not in facts and "duns" not in facts and facts["amount"].value == 240000
    before = len(org.calls(r"/query"))
    ana.opportunity(NORTHWIND)
    assert len(org.calls(r"/query")) == before + 1


def test_a_field_that_disappears_while_its_description_is_kept(org: Org, ana: Crm) -> None:
    """The description is asked for anew instead of failing until it is old."""
    assert "p2b_score" in ana.opportunity(NORTHWIND).facts
    org.remove_field("Opportunity", "P2B_Score__c")
    assert "p2b_score" not in ana.opportunity(NORTHWIND).facts


def test_what_a_user_may_not_edit_is_not_writable(salesforce: Salesforce) -> None:
    """Writable is what this very user may edit, not what the mapping allows."""
    assert salesforce.as_user(ANA).opportunity(NORTHWIND).facts["next_step"].writable
    assert not salesforce.as_user(DANA).opportunity(NORTHWIND).facts["next_step"].writable


def test_other_parents_are_followed(org: Org, connect: Open) -> None:
    """A mapped field of any parent is read, by the type that describe names."""
    facts = {"editor": Mapped(field="LastModifiedBy.Email"), "creator": Mapped(field="CreatedBy.Username")}
    found = connect(facts=facts).as_user(ANA).opportunity(NORTHWIND).facts
    assert found["editor"].value == ANA and found["creator"].label == "CreatedBy Username"


def test_no_such_opportunity(ana: Crm) -> None:
    """A record that is not there, or not visible, is a refusal that names it."""
    with pytest.raises(Refused, match="no opportunity 006000000000999AAA"):
        ana.opportunity("006000000000999")


def test_an_opportunity_without_an_account(org: Org, ana: Crm) -> None:
    """Its account's facts are empty, and there is no version of an account."""
    org.change(NORTHWIND, AccountId=None)
    record = ana.opportunity(NORTHWIND)
    assert (record.account_id, record.facts["website"].value) == ("", None)
    assert list(record.versions) == [f"Opportunity {NORTHWIND}"]


def test_open_opportunities(org: Org, ana: Crm) -> None:
    """The closed ones are left out; each candidate has account and stage."""
    found = {c.id: c for c in ana.open_opportunities()}
    assert len(found) == 10 and "00600000000000aAAA" not in found
    assert (found[NORTHWIND].account, found[NORTHWIND].stage) == ("Northwind Freight", "Qualification")


def test_reads_outlive_a_passing_failure(org: Org, ana: Crm) -> None:
    """A web page with 503 and a cut connection are tried again."""
    org.fault(r"/query", status=503)
    org.fault(r"/query", refuse=True)
    assert ana.opportunity(NORTHWIND).id == NORTHWIND


def test_reads_give_up_as_unavailable(org: Org, ana: Crm) -> None:
    """After three tries the read is Unavailable."""
    org.fault(r"/query", status=500, times=-1)
    with pytest.raises(Unavailable, match="not available"):
        ana.open_opportunities()
    assert len(org.calls(r"/query")) == 3


def test_a_slow_read_ends(doomed: Org, connect: Open) -> None:
    """Every call has a timeout, although simple-salesforce sets none."""
    doomed.fault(r"/query", delay=5)
    with pytest.raises(Unavailable):
        connect(login_url=doomed.url, timeout=(1, 0.2)).as_user(ANA).open_opportunities()


def test_a_read_without_calls_left(org: Org, ana: Crm) -> None:
    """The request limit is a passing cause."""
    org.calls_left = 0
    with pytest.raises(Unavailable, match="limit"):
        ana.open_opportunities()


def test_a_describe_that_failed_is_asked_again(org: Org, ana: Crm) -> None:
    """One bad moment of describe does not stay for ten minutes."""
    org.fault(r"Opportunity\.describe", status=500, times=3)
    with pytest.raises(Unavailable):
        ana.opportunity(NORTHWIND)
    assert ana.opportunity(NORTHWIND).facts


def test_descriptions_are_kept_ten_minutes() -> None:
    """Asked once within the time, again after it, and per user."""
    now, asked = [0.0], list[tuple[str, str]]()

    def fetch(username: str, kind: str) -> Described:
        asked.append((username, kind))
        return Described(kind, kind, {})

    with ThreadPoolExecutor(1) as pool:
        describes = Describes(fetch, pool, lambda: now[0])
        for later in (0.0, KEPT_FOR - 1, KEPT_FOR):
            now[0] = later
            describes.get(ANA, "Account").result()
        describes.get(BEN, "Account").result()
    assert asked == [(ANA, "Account"), (ANA, "Account"), (BEN, "Account")]


# -- writing ------------------------------------------------------------------------------------------------
def test_the_seller_is_who_wrote(org: Org, ana: Crm) -> None:
    """The write is made as the approving person, so Salesforce's own history names them."""
    reply = ana.write(HELIOS, {"NextStep": "Call", "P2B_Score__c": 82}, version(ana.opportunity(HELIOS)))
    assert org.record(HELIOS)["P2B_Score__c"] == 82
    assert {(h["who"], h["field"]) for h in org.history(HELIOS)} == {(ANA, "NextStep"), (ANA, "P2B_Score__c")}
    assert ana.opportunity(HELIOS).modified_by == ANA
    assert reply.record == HELIOS and reply.response_id


def test_null_clears_a_field(org: Org, ana: Crm) -> None:
    """None is written as null."""
    ana.write(NORTHWIND, {"NextStep": None}, version(ana.opportunity(NORTHWIND)))
    assert org.record(NORTHWIND)["NextStep"] is None


def test_a_change_since_the_read_is_stale(org: Org, ana: Crm) -> None:
    """Somebody else's edit after the version that was shown stops the write."""
    seen = version(ana.opportunity(NORTHWIND))
    org.change(NORTHWIND, user=BEN, Amount=1)
    with pytest.raises(Stale, match="nothing was written"):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert org.record(NORTHWIND)["NextStep"] != "Call"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"P2B_Score__c": 101}, "P2B Score must be between 0 and 100."),
        ({"CloseDate": "2001-01-01"}, "may not lie in the past"),
        ({"NextStep": "x" * 256}, "data value too large"),
        ({"Partner_of_Record__c": "Oracle"}, "bad value for restricted picklist"),
        ({"StageName": None}, "Required fields are missing"),
        ({"Amount": "much"}, "Cannot deserialize instance of currency"),
        ({"IsClosed": True}, "Unable to create/update fields: IsClosed"),
        ({"Nonsense__c": 1}, "No such column"),
    ],
)
def test_rules_are_told_in_salesforces_words(
    org: Org, ana: Crm, values: dict[str, object], words: str
) -> None:
    """A rule's own message reaches the person, and nothing is written."""
    before = org.record(NORTHWIND)
    with pytest.raises(Refused, match=words):
        ana.write(NORTHWIND, values, version(ana.opportunity(NORTHWIND)))
    assert org.record(NORTHWIND) == before


@pytest.mark.parametrize("status", [400, 403])
def test_no_right_to_edit(org: Org, ana: Crm, status: int) -> None:
    """Missing access is told by its code, whichever status it comes with."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=status, code="INSUFFICIENT_ACCESS_OR_READONLY")
    with pytest.raises(NotAllowed, match=ANA):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)


def test_a_user_who_may_only_read_cannot_write(org: Org, salesforce: Salesforce) -> None:
    """The approver's own permissions decide."""
    dana = salesforce.as_writer(DANA, freely)
    with pytest.raises(NotAllowed):
        dana.write(NORTHWIND, {"NextStep": "Call"}, version(dana.opportunity(NORTHWIND)))


def test_a_locked_row_is_passing(org: Org, ana: Crm) -> None:
    """A lock that was not given means that nothing was written."""
    seen = version(ana.opportunity(NORTHWIND))
    org.lock(NORTHWIND)
    with pytest.raises(Unavailable, match="nothing was written"):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    org.unlock(NORTHWIND)
    ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert org.record(NORTHWIND)["NextStep"] == "Call"


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 429}])
def test_limits_are_passing(org: Org, ana: Crm, fault: dict[str, int]) -> None:
    """A request limit means that nothing was written."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=fault["status"])
    with pytest.raises(Unavailable):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)


def test_a_lost_reply_is_unverified(org: Org, ana: Crm) -> None:
    """The change was committed and the reply lost: unknown, and not sent again."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, drop_reply=True)
    with pytest.raises(Unverified):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert org.record(NORTHWIND)["NextStep"] == "Call"
    assert len(org.calls(UPDATE)) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_unverified(org: Org, ana: Crm, status: int) -> None:
    """A 5xx, web page or JSON, says nothing about the write."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=status)
    with pytest.raises(Unverified):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert len(org.calls(UPDATE)) == 1


def test_an_answer_that_is_not_salesforces_is_unverified(org: Org, ana: Crm) -> None:
    """A friendly 200 from something in between is not Salesforce's 204."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=200)
    with pytest.raises(Unverified, match="200"):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)


def test_a_timeout_after_sending_is_unverified(doomed: Org, connect: Open) -> None:
    """No answer in time is unknown."""
    ana = connect(login_url=doomed.url, timeout=(1, 0.3)).as_writer(ANA, freely)
    seen = version(ana.opportunity(NORTHWIND))
    doomed.fault(UPDATE, delay=5)
    with pytest.raises(Unverified):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)


def test_a_refused_connection_is_unavailable(doomed: Org, connect: Open) -> None:
    """When no connection was made nothing was written."""
    ana = connect(login_url=doomed.url).as_writer(ANA, freely)
    seen = version(ana.opportunity(NORTHWIND))
    doomed.stop()
    with pytest.raises(Unavailable, match="nothing was written"):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)


def test_a_record_that_is_gone(org: Org, ana: Crm) -> None:
    """A deleted opportunity refuses the write."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=404, code="ENTITY_IS_DELETED")
    with pytest.raises(Refused, match="entity is deleted"):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)


def test_only_the_opportunitys_own_fields_are_written(org: Org, ana: Crm) -> None:
    """A path to another record is refused before anything is sent."""
    with pytest.raises(Refused, match=r"Account\.Website"):
        ana.write(NORTHWIND, {"Account.Website": "x"}, "2026-01-01T00:00:00.000+0000")
    assert not org.calls(UPDATE)


# -- sessions -----------------------------------------------------------------------------------------------
def test_an_expired_session_repeats_the_whole_step(org: Org, ana: Crm) -> None:
    """After the new login the write still carries its precondition."""
    seen = version(ana.opportunity(NORTHWIND))
    org.change(NORTHWIND, user=BEN, Amount=1)
    org.expire_sessions()
    with pytest.raises(Stale):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    first, second = org.calls(UPDATE)
    assert first.headers["if-unmodified-since"] == second.headers["if-unmodified-since"]
    assert (first.status, second.status) == (401, 412)


def test_an_expired_session_is_not_seen(org: Org, ana: Crm) -> None:
    """Reads and writes go on."""
    seen = version(ana.opportunity(NORTHWIND))
    org.expire_sessions()
    ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    org.expire_sessions()
    assert ana.opportunity(NORTHWIND).facts["next_step"].value == "Call"


def test_a_session_that_never_holds_ends(org: Org, ana: Crm) -> None:
    """Two tries, two logins, then Unavailable."""
    ana.open_opportunities()
    org.fault(r"/query", status=401, times=-1)
    with pytest.raises(Unavailable, match="twice"):
        ana.open_opportunities()
    assert len(org.calls(r"/query")) == 3 and len(org.calls("token")) == 2


def test_a_write_whose_session_never_holds_wrote_nothing(org: Org, ana: Crm) -> None:
    """The persistent 401 of a write is Unavailable as well, after two tries."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=401, times=-1)
    with pytest.raises(Unavailable):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert len(org.calls(UPDATE)) == 2


def test_an_inactive_user(salesforce: Salesforce) -> None:
    """A person whom Salesforce does not let in is told who has to do what."""
    with pytest.raises(Refused, match=rf"act as {OTTO}: .*inactive.* An administrator must pre-authorise"):
        salesforce.as_user(OTTO).opportunity(NORTHWIND)


def test_a_user_who_is_not_preauthorised(salesforce: Salesforce) -> None:
    """A user unknown to the app is the same refusal."""
    with (
        pytest.warns(UserWarning, match="self-authorize"),
        pytest.raises(Refused, match="hasn't approved this consumer"),
    ):
        salesforce.as_user("nobody@brightlane.example").open_opportunities()


def test_the_wrong_key(org: Org, connect: Open) -> None:
    """A signature that the org does not know is the bot's own trouble, not the user's."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(Refused, match="certificate"):
        connect(private_key=other.decode()).as_user().open_opportunities()


@pytest.mark.parametrize("status", [500, 503])
def test_a_login_that_is_down(org: Org, ana: Crm, status: int) -> None:
    """A login without an answer that makes sense is Unavailable, also for a write."""
    org.fault("token", status=status, times=-1)
    with pytest.raises(Unavailable, match="login"):
        ana.write(NORTHWIND, {"NextStep": "Call"}, "2026-01-01T00:00:00.000+0000")


def test_a_passing_failure_of_the_login(org: Org, ana: Crm) -> None:
    """The login is safe to repeat."""
    org.fault("token", status=503)
    assert ana.open_opportunities()


def test_without_a_name_the_bot_reads_as_itself(org: Org, salesforce: Salesforce) -> None:
    """The bot's own user is the default."""
    seen = salesforce.as_user().opportunity(NORTHWIND)
    salesforce.as_writer(None, freely).write(NORTHWIND, {"NextStep": "Call"}, version(seen))
    assert org.history(NORTHWIND)[-1]["who"] == BOT


def test_eight_threads_share_logins_and_connections(org: Org, salesforce: Salesforce) -> None:
    """Many reads as two users at once: one login each, and each sees itself."""

    def read(number: int) -> str:
        username = (ANA, DANA)[number % 2]
        writable = salesforce.as_user(username).opportunity(NORTHWIND).facts["next_step"].writable
        return ANA if writable else DANA

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(48))) == [ANA, DANA] * 24
    assert len(org.calls("token")) == 2


def test_threads_that_meet_an_expired_session_log_in_once(org: Org, salesforce: Salesforce) -> None:
    """An expiry that many threads see is one login, not a storm."""
    ana = salesforce.as_user(ANA)
    ana.open_opportunities()
    org.expire_sessions()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ana.open_opportunities(), range(16)))
    assert len(org.calls("token")) == 2


@pytest.mark.parametrize("code", [None, "invalid_session"])
def test_an_expired_session_in_any_words(org: Org, ana: Crm, code: str | None) -> None:
    """A 401 whose body is not the usual array is a 401 all the same."""
    ana.open_opportunities()
    org.fault(r"/query", status=401, code=code)
    assert ana.open_opportunities()


def test_an_instance_that_moves(org: Org, connect: Open) -> None:
    """After a new login the instance that it names is used."""
    ana = connect(api_url=org.url).as_user(ANA)
    for instance in ("https://eu1.my.salesforce.com", "https://eu2.my.salesforce.com"):
        org.instance_url = instance
        org.expire_sessions()
        assert ana.opportunity(NORTHWIND).url.startswith(instance)


# -- where it goes ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/x",
        "../Contact/003000000000001",
        "006000000000001?x=1",
        "",
        "006'",
        "006000000000001\n",
    ],
)
def test_what_is_no_record_id_is_never_sent(org: Org, ana: Crm, text: str) -> None:
    """An id that is not one is refused before anything leaves."""
    with pytest.raises(Refused, match="not a Salesforce record id"):
        ana.opportunity(text)
    with pytest.raises(Refused, match="not a Salesforce record id"):
        ana.write(text, {"NextStep": "Call"}, "2026-01-01T00:00:00.000+0000")
    assert not org.requests


def test_a_foreign_instance_gets_no_token(org: Org, ana: Crm) -> None:
    """An instance that is not Salesforce's is not talked to."""
    org.instance_url = "https://evil.example"
    with pytest.raises(Refused, match=r"evil\.example.*SALESFORCE_API_URL"):
        ana.open_opportunities()


def test_the_override_wins_over_the_instance(org: Org, connect: Open) -> None:
    """With an API address of our own, the instance's name is for links alone."""
    org.instance_url = "https://brightlane.my.salesforce.com"
    record = connect(api_url=f"{org.url}/").as_user(ANA).opportunity(NORTHWIND)
    assert record.url.startswith("https://brightlane.my.salesforce.com/lightning/")


def test_other_hosts_are_refused_by_the_connection_itself(org: Org) -> None:
    """Whatever URL is built, only hosts that were allowed are reached."""
    session = requests.Session()
    session.mount("http://", Pinned((1, 1)))
    with pytest.raises(requests.exceptions.InvalidURL, match=r"127\.0\.0\.1"):
        session.get(org.url)
    assert not org.requests


def test_redirects_are_not_followed(org: Org, ana: Crm) -> None:
    """A write that is sent elsewhere is unknown, and nothing goes elsewhere."""
    seen = version(ana.opportunity(NORTHWIND))
    org.fault(UPDATE, status=302)
    with pytest.raises(Unverified):
        ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert not org.calls("limits")


def test_no_cookies(org: Org, ana: Crm) -> None:
    """What Salesforce sets for one user is not sent for another."""
    ana.opportunity(NORTHWIND)
    ana.opportunity(NORTHWIND)
    assert not any("cookie" in request.headers for request in org.requests)


def test_credentials_in_netrc_do_not_replace_the_token(
    org: Org, ana: Crm, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Authorization header is ours, whatever lies in the home directory."""
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    ana.open_opportunities()
    assert org.calls(r"/query")[0].headers["authorization"].startswith("Bearer ")


def test_short_ids_become_long() -> None:
    """Upper case in each five characters makes the suffix."""
    assert record_id("006000000000001") == NORTHWIND
    assert record_id("00Q5f00000aBcDe") == "00Q5f00000aBcDeEAK"


@given(st.text(max_size=24))
def test_no_text_reaches_soql_unchecked(text: str) -> None:
    """Whatever comes out as a record id has letters and digits only."""
    try:
        found = record_id(text)
    except Refused:
        return
    assert found.isalnum() and found.isascii() and len(found) == 18


def test_time_passing_does_not_make_a_record_stale(org: Org, ana: Crm) -> None:
    """Only a change does."""
    seen = version(ana.opportunity(NORTHWIND))
    org.pass_time(timedelta(hours=1))
    ana.write(NORTHWIND, {"NextStep": "Call"}, seen)
    assert org.record(NORTHWIND)["NextStep"] == "Call"
