"""The adapter to AWS Partner Central, over HTTP against its stand-in."""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.clients import Partner
from bot.errors import BotError, Refused, Unavailable, Unverified
from bot.partner_central import PartnerCentral
from sandbox import seed
from sandbox.partner_central import PartnerCentral as StandIn
from tests.bot.factory import freely

ROLE = "arn:aws:iam::111122223333:role/cosell"
ANA = "ana.costa@brightlane.example"
SOLUTION = "S-0051001"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn(seed.load()) as stand_in:
        stand_in.enforce_quota = False
        for service in ("PARTNERCENTRAL_SELLING", "STS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", stand_in.url)
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "AKIDBOT"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ):
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield stand_in


def as_ana(
    aws: StandIn,
    *,
    role: str | None = None,
    turn: Callable[[], None] = lambda: None,
    catalog: str = "Sandbox",
) -> Partner:
    return PartnerCentral(catalog=catalog, role_arn=role, wait_for_turn=turn).as_writer(ANA, freely)


@pytest.fixture
def partner(aws: StandIn) -> Partner:
    return as_ana(aws)


def payload(**changes: Any) -> Mapping[str, Any]:
    """CreateOpportunity's input as the referral action freezes it."""
    closes = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
    return {
        "Origin": "Partner Referral",
        "PartnerOpportunityIdentifier": "006000000000001AAA",
        "OpportunityType": "Net New Business",
        "PrimaryNeedsFromAws": ["Co-Sell - Deal Support"],
        "Customer": {
            "Account": {
                "CompanyName": "Northwind Freight",
                "Industry": "Transportation and Logistics",
                "WebsiteUrl": "https://www.northwind-freight.example",
                "Address": {"CountryCode": "US", "StateOrRegion": "Washington", "PostalCode": "98126"},
            }
        },
        "LifeCycle": {"Stage": "Qualified", "TargetCloseDate": closes},
        "Marketing": {"Source": "None"},
        "Project": {
            "Title": "Northwind - fleet telemetry lake",
            "CustomerBusinessProblem": "The telemetry store cannot keep up with 4,000 vehicles; it moves to AWS.",
            "CustomerUseCase": "Storage & Backup",
            "DeliveryModels": ["SaaS or PaaS"],
            "SalesActivities": ["Customer has shown interest in solution"],
            "ExpectedCustomerSpend": [
                {"Amount": "12500", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
            ],
        },
        **changes,
    }


def drafts(aws: StandIn) -> list[dict[str, Any]]:
    return [o for o in aws.opportunities() if o["Customer"]["Account"]["CompanyName"] == "Northwind Freight"]


def submitted(partner: Partner) -> tuple[str, str]:
    """A submitted referral: the opportunity's id and the task's."""
    made = partner.create(payload(), "token-1").record
    partner.associate(made, "Solutions", SOLUTION)
    return made, partner.submit(made, "Co-Sell", "Full", "token-2")[1].id


# -- creating ---------------------------------------------------------------------------------------------------
def test_a_reply_names_the_draft_and_both_request_ids(aws: StandIn, partner: Partner) -> None:
    """What was created, our token and AWS's request id are in the reply."""
    reply = partner.create(payload(), "token-1")
    assert reply.record == reply.values["Id"] == drafts(aws)[0]["Id"]
    assert reply.request_id == "token-1" and reply.response_id
    assert datetime.fromisoformat(str(reply.values["LastModifiedDate"])).tzinfo is not None


def test_the_payload_goes_out_with_catalog_and_token_and_nothing_else(aws: StandIn, partner: Partner) -> None:
    """AWS receives exactly the approved payload."""
    partner.create(payload(), "token-1")
    sent = aws.calls("CreateOpportunity")[0]
    assert sent.json() == {**payload(), "Catalog": "Sandbox", "ClientToken": "token-1"}
    assert sent.headers["x-amzn-user-agent"] == "Cosell|CosellBot|Salesforce|v1"


def test_the_same_token_makes_one_draft(aws: StandIn, partner: Partner) -> None:
    """Creating again with the same token and payload gives the first draft."""
    first, second = partner.create(payload(), "token-1"), partner.create(payload(), "token-1")
    assert first.record == second.record and len(drafts(aws)) == 1


def test_a_token_used_for_something_else_needs_a_person(aws: StandIn, partner: Partner) -> None:
    """AWS's conflict over a token is Unverified, with AWS's words; no second draft is made."""
    partner.create(payload(), "token-1")
    with pytest.raises(Unverified, match="Conflicting client token submitted for a new request body"):
        partner.create(payload(OpportunityType="Expansion"), "token-1")
    assert len(drafts(aws)) == 1


def test_every_finding_is_told(aws: StandIn, partner: Partner) -> None:
    """A refusal carries each of AWS's findings with its field, although AWS's own message is empty."""
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    project = {**payload()["Project"], "ExpectedCustomerSpend": [
        {"Amount": "0", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
    ]}  # fmt: skip
    with pytest.raises(Refused) as caught:
        partner.create(payload(LifeCycle={"TargetCloseDate": yesterday}, Project=project), "token-1")
    told = str(caught.value)
    assert "lifeCycle.targetCloseDate: Target Close Date should be a future date" in told
    assert "project.expectedCustomerSpend.1.amount: Amount must be greater than 0" in told


def test_what_boto3_cannot_send_is_refused(aws: StandIn, partner: Partner) -> None:
    """A payload of the wrong form never leaves, and the field is named."""
    with pytest.raises(Refused, match="Customer"):
        partner.create(payload(Customer="Northwind"), "token-1")
    assert aws.calls("CreateOpportunity") == []


def test_a_lost_reply_is_unverified_and_the_same_call_finds_the_draft(aws: StandIn, partner: Partner) -> None:
    """When the connection ends after AWS wrote, nobody knows; the same token and payload tell."""
    aws.fault("CreateOpportunity", drop_reply=True)
    with pytest.raises(Unverified):
        partner.create(payload(), "token-1")
    assert partner.create(payload(), "token-1").record == drafts(aws)[0]["Id"]
    assert len(drafts(aws)) == 1


def test_a_server_error_is_unverified_and_not_repeated(aws: StandIn, partner: Partner) -> None:
    """After HTTP 500 nothing is known; boto3's own retries are off for writes."""
    aws.fault("CreateOpportunity", status=500)
    with pytest.raises(Unverified):
        partner.create(payload(), "token-1")
    assert len(aws.calls("CreateOpportunity")) == 1


def test_throttling_asks_for_at_least_a_second(aws: StandIn, partner: Partner) -> None:
    """A throttled write did nothing, was not repeated here, and may be tried after a second."""
    aws.fault("CreateOpportunity", status=429)
    with pytest.raises(Unavailable) as caught:
        partner.create(payload(), "token-1")
    assert caught.value.after is not None and caught.value.after >= 1
    assert len(aws.calls("CreateOpportunity")) == 1


def test_no_connection_is_unavailable(monkeypatch: pytest.MonkeyPatch, aws: StandIn) -> None:
    """When nothing listens, nothing was written."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING", f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match="nothing was written"):
        as_ana(aws).create(payload(), "token-1")


def test_denied_access_tells_what_to_grant(aws: StandIn, partner: Partner) -> None:
    """An operator reads which permission is missing, and in which catalog."""
    aws.fault("CreateOpportunity", status=403)
    with pytest.raises(Refused, match=r"partnercentral:CreateOpportunity in catalog Sandbox"):
        partner.create(payload(), "token-1")


def test_a_bot_without_credentials_says_so(monkeypatch: pytest.MonkeyPatch, aws: StandIn) -> None:
    """No credentials anywhere is a refusal that an operator understands."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(Refused, match="no AWS credentials"):
        as_ana(aws).create(payload(), "token-1")


# -- turns ------------------------------------------------------------------------------------------------------
def test_each_write_waits_for_its_turn_and_reads_do_not(aws: StandIn) -> None:
    """The turn is taken just before each write is sent: create, associate, submit."""
    sent_before: list[int] = []
    writes = "CreateOpportunity|AssociateOpportunity|StartEngagement"
    partner = as_ana(aws, turn=lambda: sent_before.append(len(aws.calls(writes))))
    partner.referral(submitted(partner)[0])
    partner.solutions()
    assert sent_before == [0, 1, 2]


def test_no_turn_no_write(aws: StandIn) -> None:
    """When nobody can say whose turn it is, nothing is sent."""

    def nobody_knows() -> None:
        raise Unavailable("Redis is down.")

    with pytest.raises(Unavailable, match="Redis is down"):
        as_ana(aws, turn=nobody_knows).create(payload(), "token-1")
    assert aws.calls("CreateOpportunity") == []


# -- associating ------------------------------------------------------------------------------------------------
def test_an_association_is_made(aws: StandIn, partner: Partner) -> None:
    """The solution is attached and the reply has AWS's request id."""
    made = partner.create(payload(), "token-1").record
    assert partner.associate(made, "Solutions", SOLUTION).response_id
    assert partner.referral(made).solutions == (SOLUTION,)


def test_an_association_that_is_there_is_an_answer(aws: StandIn, partner: Partner) -> None:
    """AWS's conflict over a pair that exists counts as done."""
    aws.associate_conflicts = True
    made = partner.create(payload(), "token-1").record
    partner.associate(made, "Solutions", SOLUTION)
    assert partner.associate(made, "Solutions", SOLUTION).values["already"] is True


def test_a_conflict_over_something_else_is_no_association(aws: StandIn, partner: Partner) -> None:
    """A conflict while the pair is not there means that nothing was attached yet."""
    made = partner.create(payload(), "token-1").record
    aws.fault("AssociateOpportunity", status=409)
    with pytest.raises(Unavailable):
        partner.associate(made, "Solutions", SOLUTION)


def test_an_unknown_solution_is_refused(aws: StandIn, partner: Partner) -> None:
    """A solution that AWS does not have is named in the refusal."""
    made = partner.create(payload(), "token-1").record
    with pytest.raises(Refused, match="S-9"):
        partner.associate(made, "Solutions", "S-9")


def test_an_inactive_solution_is_refused_in_awss_words(aws: StandIn, partner: Partner) -> None:
    """AWS's rule about solutions reaches the person."""
    made = partner.create(payload(), "token-1").record
    with pytest.raises(Refused, match="S-0051003 is not active"):
        partner.associate(made, "Solutions", "S-0051003")


# -- submitting -------------------------------------------------------------------------------------------------
def test_a_submission_gives_its_task(aws: StandIn, partner: Partner) -> None:
    """The task is in the reply and complete, and AWS shows the opportunity as submitted."""
    made = partner.create(payload(), "token-1").record
    partner.associate(made, "Solutions", SOLUTION)
    reply, task = partner.submit(made, "Co-Sell", "Full", "token-2")
    assert task.status == "COMPLETE" and reply.values["TaskId"] == task.id
    assert (reply.record, reply.request_id) == (made, "token-2")
    assert partner.referral(made).review_status == "Submitted"


def test_a_failed_submission_is_not_taken_for_success(aws: StandIn, partner: Partner) -> None:
    """HTTP 200 with a FAILED task comes out with its reason and message."""
    project = {name: value for name, value in payload()["Project"].items() if name != "SalesActivities"}
    made = partner.create(payload(Project=project), "token-1").record
    partner.associate(made, "Solutions", SOLUTION)
    reply, task = partner.submit(made, "Co-Sell", "Full", "token-2")
    assert (task.status, task.reason) == ("FAILED", "OpportunityValidationFailed")
    assert "project.salesActivities is required" in str(task.message)
    assert reply.values["ReasonCode"] == "OpportunityValidationFailed"


def test_a_lost_submission_is_found_by_its_token(aws: StandIn, partner: Partner) -> None:
    """The same submission again gives the first task."""
    made = partner.create(payload(), "token-1").record
    partner.associate(made, "Solutions", SOLUTION)
    aws.fault("StartEngagementFromOpportunityTask", drop_reply=True)
    with pytest.raises(Unverified):
        partner.submit(made, "Co-Sell", "Full", "token-2")
    assert partner.submit(made, "Co-Sell", "Full", "token-2")[1].status == "COMPLETE"
    assert len(aws.tasks) == 1


def test_a_task_is_followed_until_it_is_done(aws: StandIn, partner: Partner) -> None:
    """A running task says so, and later that it is complete."""
    aws.task_polls = 1
    made, task = submitted(partner)
    assert [partner.task(made, task).status for _ in range(2)] == ["IN_PROGRESS", "COMPLETE"]


def test_a_task_is_found_among_later_ones(aws: StandIn, partner: Partner) -> None:
    """The task is picked by its id, not by its place in the list."""
    made, task = submitted(partner)
    partner.submit(made, "Co-Sell", "Full", "token-3")
    assert partner.task(made, task).status == "COMPLETE"


def test_a_task_that_aws_does_not_list_yet_may_come(aws: StandIn, partner: Partner) -> None:
    """An unlisted task is no failure of the submission."""
    made, _ = submitted(partner)
    with pytest.raises(Unavailable, match="does not list"):
        partner.task(made, "task-0000000000000")


# -- reading ----------------------------------------------------------------------------------------------------
def test_a_referral_has_both_sides(aws: StandIn, partner: Partner) -> None:
    """Ours and AWS's view are one value: status, solutions, AWS's people and their score."""
    made, _ = submitted(partner)
    aws.review(made, "Approved")
    referral = partner.referral(made)
    assert (referral.title, referral.company) == ("Northwind - fleet telemetry lake", "Northwind Freight")
    assert (referral.review_status, referral.stage) == ("Approved", "Qualified")
    assert (referral.reference, referral.involvement) == ("006000000000001AAA", "Co-Sell")
    assert referral.solutions == (SOLUTION,) and referral.engagement_score == "High"
    assert ("Pat Lindqvist", "AWSSalesRep") in {(mate.name, mate.title) for mate in referral.team}


def test_a_draft_is_read_without_awss_side(aws: StandIn, partner: Partner) -> None:
    """Before submission there is no summary, and the referral is read all the same."""
    referral = partner.referral(partner.create(payload(), "token-1").record)
    assert referral.team == () and referral.involvement is None


def test_a_summary_that_we_may_not_see_is_left_out(aws: StandIn, partner: Partner) -> None:
    """Without permission for the summary our own side is still read."""
    aws.fault("GetAwsOpportunitySummary", status=403)
    assert partner.referral("O7000001").team == ()


def test_both_sides_are_read_at_once(aws: StandIn, partner: Partner) -> None:
    """Neither read waits for the other: each is held until both have arrived."""
    both = threading.Barrier(2)
    for operation in ("GetOpportunity", "GetAwsOpportunitySummary"):
        aws.fault(f"{operation}$", after_work=lambda: both.wait(5) and None)
    assert partner.referral("O7000001").team and not both.broken


def test_the_version_moves_when_the_opportunity_does(aws: StandIn, partner: Partner) -> None:
    """The create's version is the one that is read; an association gives a new one."""
    reply = partner.create(payload(), "token-1")
    first = partner.referral(reply.record).version
    partner.associate(reply.record, "Solutions", SOLUTION)
    assert first == reply.values["LastModifiedDate"] != partner.referral(reply.record).version


def test_a_new_opportunity_is_waited_for(aws: StandIn, partner: Partner) -> None:
    """What AWS does not show right after we created it is asked for again."""
    aws.read_delay = 2
    made = partner.create(payload(), "token-1").record
    assert partner.referral(made).id == made


def test_an_opportunity_that_is_not_ours_is_refused_at_once(aws: StandIn, partner: Partner) -> None:
    """What this process did not just create is not waited for."""
    with pytest.raises(Refused, match="O404 does not exist"):
        partner.referral("O404")
    assert len(aws.calls("GetOpportunity")) == 1


def test_a_passing_fault_of_a_read_is_got_over(aws: StandIn, partner: Partner) -> None:
    """Reads are repeated after throttling, a server error, a cut connection."""
    for fault in ({"status": 429}, {"status": 500}, {"refuse": True}):
        aws.fault("GetOpportunity", **fault)
    assert partner.referral("O7000001").id == "O7000001"


def test_a_read_that_does_not_get_through_is_unavailable(aws: StandIn, partner: Partner) -> None:
    """After a few tries the system is down, and nothing is said to be written."""
    aws.fault("GetOpportunity", times=-1, status=500)
    with pytest.raises(Unavailable):
        partner.referral("O7000001")


def test_a_referral_is_found_by_company_and_reference(aws: StandIn, partner: Partner) -> None:
    """Among a company's opportunities the one with our Salesforce id is found."""
    partner.create(payload(PartnerOpportunityIdentifier="006000000000009AAA"), "token-1")
    wanted = partner.create(payload(), "token-2").record
    partner.create(payload(PartnerOpportunityIdentifier="00600000000000cAAA"), "token-3")
    found = partner.find("Northwind Freight", "006000000000001AAA")
    assert found is not None and found.id == wanted


def test_nothing_is_found_for_another_reference(aws: StandIn, partner: Partner) -> None:
    """A company's opportunity without our reference is not ours."""
    partner.create(payload(), "token-1")
    assert partner.find("Northwind Freight", "006000000000002AAA") is None


def test_every_page_is_looked_at(aws: StandIn, partner: Partner) -> None:
    """A referral beyond the first hundred of a company is found."""
    wanted = partner.create(payload(), "token-1").record
    for number in range(100):
        aws.records[f"O{number + 1}"] = _copy(aws, wanted, f"O{number + 1}")
    found = partner.find("Northwind Freight", "006000000000001AAA")
    assert found is not None and found.id == wanted
    assert len(aws.calls("ListOpportunities")) == 2


def _copy(aws: StandIn, of: str, as_id: str) -> Any:
    record = aws.records[of]
    newer = record.modified + timedelta(minutes=1)
    body = {**record.body, "PartnerOpportunityIdentifier": f"other-{as_id}"}
    return type(record)(as_id, record.catalog, body, record.created, newer)


def test_only_active_solutions_are_offered_and_kept_a_while(aws: StandIn, partner: Partner) -> None:
    """The inactive solution is left out; the second question is answered from memory."""
    assert [solution.id for solution in partner.solutions()] == ["S-0051001", "S-0051002"]
    partner.solutions()
    assert len(aws.calls("ListSolutions")) == 1


# -- who acts ---------------------------------------------------------------------------------------------------
def test_the_approver_is_the_source_identity(aws: StandIn) -> None:
    """With a role, AWS's audit log names the person for reads and writes."""
    partner = as_ana(aws, role=ROLE)
    partner.create(payload(), "token-1")
    entry = aws.audit[-1]
    assert (entry.operation, entry.source_identity, entry.session) == ("CreateOpportunity", ANA, ANA)
    assert entry.arn == f"arn:aws:sts::111122223333:assumed-role/cosell/{ANA}"


def test_each_person_has_their_own_keys_and_they_are_kept(aws: StandIn) -> None:
    """Two people, two sessions; further calls of one need no new keys."""
    account = PartnerCentral(catalog="Sandbox", role_arn=ROLE, wait_for_turn=lambda: None)
    for who in (ANA, "ben.okafor@brightlane.example", ANA):
        account.as_user(who).referral("O7000001")
    assumed = [entry.source_identity for entry in aws.audit if entry.operation == "AssumeRole"]
    assert assumed == [ANA, "ben.okafor@brightlane.example"]


def test_a_name_is_made_fit_for_sts(aws: StandIn) -> None:
    """Letters that STS does not take become dashes, and a long name is cut."""
    account = PartnerCentral(catalog="Sandbox", role_arn=ROLE, wait_for_turn=lambda: None)
    account.as_user("Zoë Müller " + "x" * 80).referral("O7000001")
    assert aws.audit[-1].source_identity == ("Zo--M-ller-" + "x" * 80)[:64]


def test_keys_are_renewed_before_they_run_out(aws: StandIn) -> None:
    """Keys that are near their end are replaced before the next call."""
    partner = as_ana(aws, role=ROLE)
    past = datetime.now(UTC) - timedelta(minutes=59)
    aws.now = lambda: past
    partner.referral("O7000001")
    aws.now = lambda: datetime.now(UTC)
    partner.referral("O7000001")
    assert len([entry for entry in aws.audit if entry.operation == "AssumeRole"]) > 1


def test_a_role_that_may_not_be_assumed_tells_what_to_grant(aws: StandIn) -> None:
    """STS's refusal names the two permissions that the role's trust policy needs."""
    aws.refused_roles.add(ROLE)
    with pytest.raises(Refused, match=r"sts:AssumeRole and sts:SetSourceIdentity"):
        as_ana(aws, role=ROLE).create(payload(), "token-1")
    assert aws.calls("CreateOpportunity") == []


def test_sts_being_down_is_unavailable(aws: StandIn) -> None:
    """Without keys nothing was sent, so a write that could not get them is tried again later."""
    aws.fault("AssumeRole", times=-1, status=500)
    with pytest.raises(Unavailable):
        as_ana(aws, role=ROLE).create(payload(), "token-1")
    assert aws.calls("CreateOpportunity") == []


def test_many_threads_may_begin_at_once(aws: StandIn) -> None:
    """Eight threads that are first at the same time share one client and read alike."""
    account = PartnerCentral(catalog="Sandbox", role_arn=ROLE, wait_for_turn=lambda: None)
    ready = threading.Barrier(8)

    def read(_: int) -> str:
        ready.wait(5)
        return account.as_user(ANA).referral("O7000001").id

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(8))) == {"O7000001"}
    assert len([entry for entry in aws.audit if entry.operation == "AssumeRole"]) == 1


def test_the_catalog_is_the_settings(aws: StandIn) -> None:
    """Every call carries the catalog that was chosen, and its refusal names it."""
    aws.allowed_catalogs = {"Sandbox"}
    with pytest.raises(BotError, match="in catalog AWS"):
        as_ana(aws, catalog="AWS").solutions()


def test_an_account_that_never_referred_anything_says_so(aws: StandIn) -> None:
    """Any opportunity of ours in the catalog, of whatever customer, makes the next one not the first."""
    partner = as_ana(aws, catalog="AWS")
    assert not partner.referred()
    partner.create(payload(), str(uuid.uuid4()))
    assert partner.referred()
