"""The stand-in of AWS Partner Central, asked with boto3 and held to the service model that boto3 ships."""

import copy
import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import seed
from sandbox.partner_central import PartnerCentral
from sandbox.partner_central.schema import NO_SUPPORT, shape

_SESSION = botocore.session.get_session()
SOLUTION, RETIRED = "S-0051001", "S-0051003"
APPROVED = "O7000001"


def client_of(aws: PartnerCentral, service: str = "partnercentral-selling", **other_keys: str) -> Any:
    keys: dict[str, Any] = {
        "aws_access_key_id": "AKIDEXAMPLE",
        "aws_secret_access_key": "secret",
        **other_keys,
    }
    return _SESSION.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=aws.url,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
        **keys,
    )


@pytest.fixture
def aws() -> Iterator[PartnerCentral]:
    with PartnerCentral(seed.load()) as stand_in:
        stand_in.enforce_quota = False
        yield stand_in


@pytest.fixture
def api(aws: PartnerCentral) -> Any:
    client = client_of(aws)
    client.meta.events.register("after-call.partnercentral-selling", _fits)
    return client


def _fits(model: Any, http_response: Any, **_: Any) -> None:
    """Every raw answer is what the service model says, nulls aside."""
    if http_response.status_code == 200 and http_response.content:
        problems = list(_misfits(model.output_shape.name, json.loads(http_response.content), model.name))
        assert problems == []


def _misfits(name: str, value: Any, path: str) -> Iterator[str]:
    kind = shape(name)
    if kind["type"] == "structure":
        for required in kind.get("required", ()):
            if value.get(required) is None:
                yield f"{path}.{required} is missing"
        if kind.get("union") and len(value) != 1:
            yield f"{path} is not one of a union"
        for member, inner in value.items():
            if member not in kind["members"]:
                yield f"{path}.{member} is unknown"
            elif inner is not None:
                yield from _misfits(kind["members"][member]["shape"], inner, f"{path}.{member}")
    elif kind["type"] == "list":
        for item in value:
            yield from _misfits(kind["member"]["shape"], item, f"{path}[]")
    elif kind["type"] == "timestamp":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", value):
            yield f"{path} is no timestamp: {value}"
    elif kind["type"] == "string":
        pattern = (
            kind.get("pattern", ".*") if name != "SolutionArn" else ".*"
        )  # AWS's own pattern is wrong there
        if "enum" in kind and value not in kind["enum"] and value != NO_SUPPORT:
            yield f"{path} has {value!r}"
        if not re.fullmatch(pattern, value, re.DOTALL):
            yield f"{path} does not match: {value!r}"
    elif kind["type"] == "integer" and not isinstance(value, int):
        yield f"{path} is no integer"


def draft(**changes: Any) -> dict[str, Any]:
    """The smallest referral that may be created and submitted, with changes by path: ``Customer__Account__Duns=…``."""
    body: dict[str, Any] = {
        "Catalog": "Sandbox",
        "ClientToken": "token-1",
        "Origin": "Partner Referral",
        "PartnerOpportunityIdentifier": "006XX0000012345AAA",
        "OpportunityType": "Net New Business",
        "NationalSecurity": "No",
        "PrimaryNeedsFromAws": ["Co-Sell - Deal Support"],
        "Customer": {
            "Account": {
                "CompanyName": "Example Freight",
                "Industry": "Transportation and Logistics",
                "WebsiteUrl": "https://freight.example.com",
                "Address": {"CountryCode": "US", "StateOrRegion": "Washington", "PostalCode": "98109"},
            }
        },
        "LifeCycle": {"Stage": "Qualified", "TargetCloseDate": in_days(60)},
        "Marketing": {"Source": "None"},
        "Project": {
            "Title": "Example Freight - telemetry lake",
            "CustomerBusinessProblem": "The telemetry store cannot keep up with the fleet; it moves to AWS.",
            "CustomerUseCase": "Storage & Backup",
            "DeliveryModels": ["SaaS or PaaS"],
            "SalesActivities": ["Customer has shown interest in solution"],
            "ExpectedCustomerSpend": [
                {"Amount": "12500.00", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
            ],
        },
    }
    body = copy.deepcopy(body)
    for path, value in changes.items():
        *outer, last = path.split("__")
        place = body
        for name in outer:
            place = place[name]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return body


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def refusal(call: Any, **arguments: Any) -> dict[str, Any]:
    """The body of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return dict(caught.value.response)


def codes(answer: dict[str, Any]) -> dict[str, str]:
    return {finding["FieldName"]: finding["Code"] for finding in answer["ErrorList"]}


def start(
    api: Any, opp: str, token: str = "submit-1", involvement: str = "Co-Sell", **more: str
) -> dict[str, Any]:
    wanted = {"InvolvementType": involvement, **more}
    answer: dict[str, Any] = api.start_engagement_from_opportunity_task(
        Catalog="Sandbox", ClientToken=token, Identifier=opp, AwsSubmission=wanted
    )
    return answer


def associate(api: Any, opp: str, entity: str = SOLUTION, kind: str = "Solutions") -> Any:
    return api.associate_opportunity(
        Catalog="Sandbox", OpportunityIdentifier=opp, RelatedEntityType=kind, RelatedEntityIdentifier=entity
    )


def submitted(api: Any, **changes: Any) -> str:
    opp: str = api.create_opportunity(**draft(**changes))["Id"]
    associate(api, opp)
    assert start(api, opp)["TaskStatus"] == "COMPLETE"
    return opp


def editable(api: Any, opp: str) -> dict[str, Any]:
    """GetOpportunity's answer as UpdateOpportunity takes it."""
    found = api.get_opportunity(Catalog="Sandbox", Identifier=opp)
    for name in ("Arn", "CreatedDate", "OpportunityTeam", "RelatedEntityIdentifiers", "ResponseMetadata"):
        found.pop(name, None)
    found["Identifier"] = found.pop("Id")
    return dict(found)


# -- the wire ---------------------------------------------------------------------------------------------------
def post(aws: PartnerCentral, target: str, body: bytes, authorization: str | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", int(aws.url.rpartition(":")[2]))
    today = f"{date.today():%Y%m%d}"  # noqa: DTZ011  # only its form is looked at
    signed = authorization or (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{today}/us-east-1/partnercentral-selling/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    headers = {"X-Amz-Target": target, "Authorization": signed, "X-Amz-Date": f"{today}T000000Z"}
    connection.request("POST", "/", body, headers | {"Content-Type": "application/x-amz-json-1.0"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content else None


def test_an_unknown_operation_is_told_as_such(aws: PartnerCentral) -> None:
    """What AWS has no name for is an UnknownOperationException with HTTP 400."""
    status, body = post(aws, "AWSPartnerCentralSelling.DeleteOpportunity", b"{}")
    assert status == 400 and body["__type"].endswith("#UnknownOperationException")


def test_nulls_and_unknown_members_are_tolerated_on_the_wire(aws: PartnerCentral) -> None:
    """AWS's service takes explicit nulls and members that it does not know."""
    raw = draft() | {"SoftwareRevenue": None, "Novelty": {"a": 1}}
    status, body = post(aws, "AWSPartnerCentralSelling.CreateOpportunity", json.dumps(raw).encode())
    assert status == 200 and body["Id"].startswith("O")


def test_nulls_do_not_make_another_body_of_it(aws: PartnerCentral) -> None:
    """The token's body is compared without nulls."""
    raws = [draft() | extra for extra in ({}, {"SoftwareRevenue": None})]
    ids = {
        post(aws, "AWSPartnerCentralSelling.CreateOpportunity", json.dumps(raw).encode())[1]["Id"]
        for raw in raws
    }
    assert len(ids) == 1


def test_what_is_not_set_is_answered_as_null(api: Any, aws: PartnerCentral) -> None:
    """GetOpportunity emits null for unset members and [] for empty associations."""
    opp = api.create_opportunity(**draft())["Id"]
    found = aws.opportunity(opp)
    assert found["SoftwareRevenue"] is None and found["Customer"]["Account"]["Duns"] is None
    assert found["RelatedEntityIdentifiers"]["Solutions"] == []


@pytest.mark.parametrize(
    ("authorization", "name"),
    [
        ("Basic abc", "IncompleteSignatureException"),
        (
            "AWS4-HMAC-SHA256 Credential=A/{day}/eu-west-1/partnercentral-selling/aws4_request, "
            "SignedHeaders=host, Signature={zeros}",
            "InvalidSignatureException",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=A/{day}/us-east-1/partnercentral/aws4_request, "
            "SignedHeaders=host, Signature={zeros}",
            "InvalidSignatureException",
        ),
    ],
)
def test_the_signature_must_have_the_right_scope(aws: PartnerCentral, authorization: str, name: str) -> None:
    """Requests are signed with version 4 for partnercentral-selling in us-east-1."""
    today = f"{date.today():%Y%m%d}"  # noqa: DTZ011  # only its form is looked at
    signed = authorization.format(day=today, zeros="0" * 64)
    status, body = post(aws, "AWSPartnerCentralSelling.ListSolutions", b'{"Catalog":"Sandbox"}', signed)
    assert status == 400 and body["__type"].endswith(name)


def test_a_void_operation_answers_nothing(api: Any, aws: PartnerCentral) -> None:
    """AssociateOpportunity's answer has no body at all, and boto3 takes it."""
    opp = api.create_opportunity(**draft())["Id"]
    answer = associate(api, opp)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"


def test_an_arranged_fault_is_an_error_of_aws(api: Any, aws: PartnerCentral) -> None:
    """Throttling is HTTP 400 with its name in the body; a server error is 500."""
    for status, name, wire in (
        (429, "ThrottlingException", 400),
        (500, "InternalServerException", 500),
        (403, "AccessDeniedException", 400),
    ):
        aws.fault("ListSolutions", status=status)
        answer = refusal(api.list_solutions, Catalog="Sandbox")
        assert answer["Error"]["Code"] == name
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == wire


def test_a_catalog_that_is_not_allowed_is_denied(api: Any, aws: PartnerCentral) -> None:
    """The catalog is guarded by permissions, not by another address."""
    aws.allowed_catalogs = {"Sandbox"}
    answer = refusal(api.list_solutions, Catalog="AWS")
    assert answer["Error"]["Code"] == "AccessDeniedException"


# -- who acts ---------------------------------------------------------------------------------------------------
def test_an_assumed_role_shows_who_acts(aws: PartnerCentral) -> None:
    """Calls with keys from AssumeRole carry its session name and source identity into the audit log."""
    keys = client_of(aws, "sts").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/cosell",
        RoleSessionName="ana@b.example",
        SourceIdentity="ana@b.example",
    )["Credentials"]
    as_ana = client_of(
        aws,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    as_ana.list_solutions(Catalog="Sandbox")
    assert aws.audit[-1].source_identity == "ana@b.example"
    assert aws.audit[-1].arn == "arn:aws:sts::111122223333:assumed-role/cosell/ana@b.example"


def test_temporary_keys_that_were_never_given_out_are_not_taken(aws: PartnerCentral) -> None:
    """A made-up temporary key is an UnrecognizedClientException."""
    stranger = client_of(aws, aws_access_key_id="ASIASTRANGER", aws_session_token="x")
    assert (
        refusal(stranger.list_solutions, Catalog="Sandbox")["Error"]["Code"] == "UnrecognizedClientException"
    )


def test_temporary_keys_run_out(aws: PartnerCentral) -> None:
    """After their hour the keys are expired."""
    keys = client_of(aws, "sts").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/cosell", RoleSessionName="ana"
    )["Credentials"]
    late = datetime.now(UTC) + timedelta(hours=2)
    aws.now = lambda: late
    as_ana = client_of(
        aws,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert refusal(as_ana.list_solutions, Catalog="Sandbox")["Error"]["Code"] == "ExpiredTokenException"


# -- creating ---------------------------------------------------------------------------------------------------
def test_a_draft_is_kept_with_what_aws_adds(api: Any) -> None:
    """A new opportunity is Pending Submission and has an owner from Partner Central."""
    opp = api.create_opportunity(**draft(LifeCycle__Stage=None))["Id"]
    found = api.get_opportunity(Catalog="Sandbox", Identifier=opp)
    assert re.fullmatch(r"O[0-9]{1,19}", opp)
    assert (
        found["LifeCycle"]["ReviewStatus"] == "Pending Submission"
        and found["LifeCycle"]["Stage"] == "Prospect"
    )
    assert [member["BusinessTitle"] for member in found["OpportunityTeam"]] == ["OpportunityOwner"]
    assert found["CreatedDate"].microsecond == 0


def test_the_same_token_and_body_make_one_opportunity(api: Any, aws: PartnerCentral) -> None:
    """A repeated CreateOpportunity answers as the first did."""
    before = len(aws.opportunities())
    first, second = api.create_opportunity(**draft()), api.create_opportunity(**draft())
    assert first["Id"] == second["Id"] and len(aws.opportunities()) == before + 1


def test_a_token_is_bound_to_its_body(api: Any) -> None:
    """The same token with another body is a conflict, in AWS's words."""
    api.create_opportunity(**draft())
    answer = refusal(api.create_opportunity, **draft(Project__Title="Another"))
    assert answer["Error"]["Code"] == "ConflictException"
    assert answer["Error"]["Message"] == "Conflicting client token submitted for a new request body."


def test_a_refused_body_does_not_use_its_token_up(api: Any) -> None:
    """After a validation error the mended body may go with the same token."""
    refusal(api.create_opportunity, **draft(Customer__Account__Industry=None))
    assert api.create_opportunity(**draft())["Id"]


def test_a_body_that_breaks_the_model_is_told_with_all_findings(api: Any) -> None:
    """Enums, patterns and lengths are checked together, before any business rule."""
    answer = refusal(
        api.create_opportunity,
        **draft(
            Customer__Account__Industry="Trucks",
            Customer__Account__Duns="12",
            Customer__Contacts=[{"Email": "A@b.example"}, {"Email": "UPPER@b.example"}],
            Project__CustomerBusinessProblem="short",
            Project__Title=None,
            Project__ExpectedCustomerSpend=[
                {"Amount": "1e4", "CurrencyCode": "USD", "Frequency": "Yearly", "TargetCompany": "AWS"}
            ],
        ),
    )
    assert answer["Reason"] == "REQUEST_VALIDATION_FAILED" and answer["Message"] == ""
    assert codes(answer) == {
        "customer.account.industry": "INVALID_ENUM_VALUE",
        "customer.account.duns": "INVALID_STRING_FORMAT",
        "customer.contacts.1.member.email": "INVALID_STRING_FORMAT",
        "customer.contacts.2.member.email": "INVALID_STRING_FORMAT",
        "project.customerBusinessProblem": "INVALID_STRING_FORMAT",
        "project.expectedCustomerSpend.1.member.amount": "INVALID_STRING_FORMAT",
        "project.expectedCustomerSpend.1.member.frequency": "INVALID_ENUM_VALUE",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Customer": None}, {
            "customer.account.companyName": "REQUIRED_FIELD_MISSING",
            "customer.account.industry": "REQUIRED_FIELD_MISSING",
            "customer.account.websiteUrl": "REQUIRED_FIELD_MISSING",
            "customer.account.address.countryCode": "REQUIRED_FIELD_MISSING",
        }),
        ({"Customer__Account__Industry": "Other"}, {"customer.account.otherIndustry": "REQUIRED_FIELD_MISSING"}),
        ({"Customer__Account__WebsiteUrl": "not a site"}, {"customer.account.websiteUrl": "INVALID_STRING_FORMAT"}),
        ({"Customer__Account__AwsAccountId": "12345678901"}, {
            "customer.account.awsAccountId": "INVALID_STRING_FORMAT"
        }),
        ({"Customer__Account__Address__StateOrRegion": "WA"}, {
            "customer.account.address.stateOrRegion": "INVALID_ENUM_VALUE"
        }),
        ({"Customer__Account__Address__StateOrRegion": None}, {
            "customer.account.address.stateOrRegion": "REQUIRED_FIELD_MISSING"
        }),
        ({"Project__Title": None, "Project__CustomerBusinessProblem": None}, {
            "project.title": "REQUIRED_FIELD_MISSING",
            "project.customerBusinessProblem": "REQUIRED_FIELD_MISSING",
        }),
        ({"Project__CustomerUseCase": "Storage"}, {"project.customerUseCase": "INVALID_ENUM_VALUE"}),
        ({"Project__SalesActivities": []}, {"project.salesActivities": "REQUIRED_FIELD_MISSING"}),
        ({"Project__CompetitorName": "*Other"}, {"project.otherCompetitorNames": "REQUIRED_FIELD_MISSING"}),
        ({"Project__ExpectedCustomerSpend": None}, {"project.expectedCustomerSpend": "REQUIRED_FIELD_MISSING"}),
        ({"Project__ExpectedContractDuration": {"Term": "Months", "Value": "145"}}, {
            "project.expectedContractDuration.value": "VALUE_OUT_OF_RANGE"
        }),
        ({"Project__RelatedOpportunityIdentifier": "O1", "OpportunityType": "Expansion"}, {
            "project.relatedOpportunityIdentifier": "INVALID_VALUE"
        }),
        ({"LifeCycle__TargetCloseDate": "2029-02-31"}, {"lifeCycle.targetCloseDate": "INVALID_STRING_FORMAT"}),
        ({"LifeCycle__TargetCloseDate": in_days(0)}, {"lifeCycle.targetCloseDate": "INVALID_VALUE"}),
        ({"LifeCycle__TargetCloseDate": in_days(70 * 366)}, {"lifeCycle.targetCloseDate": "VALUE_OUT_OF_RANGE"}),
        ({"LifeCycle__Stage": "Closed Lost"}, {"lifeCycle.closedLostReason": "REQUIRED_FIELD_MISSING"}),
        ({"Marketing__UseCases": ["Storage"]}, {"marketing.source": "ACTION_NOT_PERMITTED"}),
        ({"Marketing__Source": "Marketing Activity"}, {"marketing.awsFundingUsed": "REQUIRED_FIELD_MISSING"}),
        ({"NationalSecurity": "Yes"}, {"customer.account.industry": "INVALID_VALUE"}),
    ],
)  # fmt: skip
def test_a_body_that_breaks_business_rules_is_told_by_field(
    api: Any, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    """Each rule of a draft names its field and its code; all findings come at once."""
    answer = refusal(api.create_opportunity, **draft(**changes))
    assert answer["Reason"] == "BUSINESS_VALIDATION_FAILED"
    assert codes(answer) == expected


@pytest.mark.parametrize(
    ("spend", "member"),
    [({"Amount": "0"}, "amount"), ({"CurrencyCode": "EUR"}, "currencyCode"), ({"Amount": None}, "amount")],
)
def test_spend_is_a_positive_amount_in_dollars(api: Any, spend: dict[str, Any], member: str) -> None:
    """Outside the European sovereign partition the server takes USD alone, and nothing below a cent."""
    entry = {"Amount": "1.00", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"} | spend
    entry = {name: value for name, value in entry.items() if value is not None}
    answer = refusal(api.create_opportunity, **draft(Project__ExpectedCustomerSpend=[entry]))
    assert list(codes(answer)) == [f"project.expectedCustomerSpend.1.member.{member}"]


def test_spend_without_a_contract_is_awss(api: Any) -> None:
    """Without a contract duration another TargetCompany is silently made AWS."""
    entry = {"Amount": "1", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "Brightlane"}
    opp = api.create_opportunity(**draft(Project__ExpectedCustomerSpend=[entry]))["Id"]
    found = api.get_opportunity(Catalog="Sandbox", Identifier=opp)
    assert found["Project"]["ExpectedCustomerSpend"][0]["TargetCompany"] == "AWS"


def test_software_revenue_and_unknown_programmes_are_dropped(api: Any) -> None:
    """Partners outside the revenue programmes get SoftwareRevenue back as null; unknown APN programmes vanish."""
    revenue = {"DeliveryModel": "Contract", "Value": {"Amount": "1", "CurrencyCode": "USD"}}
    opp = api.create_opportunity(
        **draft(SoftwareRevenue=revenue, Project__ApnPrograms=["Windows", "Made up"])
    )["Id"]
    found = api.get_opportunity(Catalog="Sandbox", Identifier=opp)
    assert "SoftwareRevenue" not in found and found["Project"]["ApnPrograms"] == ["Windows"]


def test_a_new_opportunity_may_not_be_found_for_a_while(api: Any, aws: PartnerCentral) -> None:
    """With a read delay the first reads after a create find nothing."""
    aws.read_delay = 2
    opp = api.create_opportunity(**draft())["Id"]
    for _ in range(2):
        answer = refusal(api.get_opportunity, Catalog="Sandbox", Identifier=opp)
        assert answer["Error"]["Code"] == "ResourceNotFoundException"
    assert api.get_opportunity(Catalog="Sandbox", Identifier=opp)["Id"] == opp


def test_catalogs_are_apart(api: Any) -> None:
    """What is created in Sandbox is not in AWS."""
    opp = api.create_opportunity(**draft())["Id"]
    answer = refusal(api.get_opportunity, Catalog="AWS", Identifier=opp)
    assert answer["Error"]["Message"] == f"Resource with Identifier {opp} does not exist or is not accessible"


# -- associating ------------------------------------------------------------------------------------------------
def test_an_association_counts_once_and_moves_the_version(api: Any, aws: PartnerCentral) -> None:
    """LastModifiedDate moves with a new association; the same pair again changes nothing."""
    created = api.create_opportunity(**draft())
    associate(api, created["Id"])
    first = api.get_opportunity(Catalog="Sandbox", Identifier=created["Id"])
    associate(api, created["Id"])
    assert first["LastModifiedDate"] > created["LastModifiedDate"]
    assert aws.opportunity(created["Id"])["RelatedEntityIdentifiers"]["Solutions"] == [SOLUTION]


def test_an_unknown_solution_is_not_found(api: Any) -> None:
    """A solution id that the partner does not have is a ResourceNotFoundException."""
    opp = api.create_opportunity(**draft())["Id"]
    assert refusal(associate, api=api, opp=opp, entity="S-1")["Error"]["Code"] == "ResourceNotFoundException"


def test_an_inactive_solution_is_refused(api: Any) -> None:
    """Only an active solution may be attached."""
    opp = api.create_opportunity(**draft())["Id"]
    answer = refusal(associate, api=api, opp=opp, entity=RETIRED)
    assert codes(answer) == {"relatedEntityIdentifier": "INVALID_RESOURCE_STATE"}


def test_an_association_can_be_taken_away(api: Any, aws: PartnerCentral) -> None:
    """DisassociateOpportunity undoes AssociateOpportunity."""
    opp = api.create_opportunity(**draft())["Id"]
    associate(api, opp)
    api.disassociate_opportunity(
        Catalog="Sandbox",
        OpportunityIdentifier=opp,
        RelatedEntityType="Solutions",
        RelatedEntityIdentifier=SOLUTION,
    )
    assert aws.opportunity(opp)["RelatedEntityIdentifiers"]["Solutions"] == []


def test_solutions_are_listed_by_status(api: Any) -> None:
    """ListSolutions with Status Active leaves the inactive out."""
    listed = api.list_solutions(Catalog="Sandbox", Status=["Active"])["SolutionSummaries"]
    assert [solution["Id"] for solution in listed] == [SOLUTION, "S-0051002"]


# -- submitting -------------------------------------------------------------------------------------------------
def test_a_complete_draft_is_submitted(api: Any, aws: PartnerCentral) -> None:
    """The task answers COMPLETE, the record is Submitted, its version moved."""
    created = api.create_opportunity(**draft())
    associate(api, created["Id"])
    task = start(api, created["Id"], Visibility="Full")
    found = api.get_opportunity(Catalog="Sandbox", Identifier=created["Id"])
    assert task["TaskStatus"] == "COMPLETE" and re.fullmatch(r"eng-[0-9a-z]{14}", task["EngagementId"])
    assert found["LifeCycle"]["ReviewStatus"] == "Submitted"
    assert found["LastModifiedDate"] > created["LastModifiedDate"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"PrimaryNeedsFromAws": None}, "primaryNeedsFromAws is required"),
        (
            {"Project__CustomerUseCase": None},
            "project.customerUseCase is required for opportunity submission.",
        ),
        ({"Project__DeliveryModels": None}, "project.deliveryModels is required"),
        ({"Project__SalesActivities": None}, "project.salesActivities is required"),
        ({"Customer__Account__Address__PostalCode": "7870"}, "must be in 99999 OR 99999-9999 format."),
        (
            {"Customer__Account__Address": {"CountryCode": "DE"}},
            "customer.account.address.postalCode is required",
        ),
    ],
)
def test_a_refused_submission_is_http_200_with_a_failed_task(
    api: Any, aws: PartnerCentral, changes: dict[str, Any], told: str
) -> None:
    """What is only required for submission fails the task; the draft stays a draft."""
    opp = api.create_opportunity(**draft(**changes))["Id"]
    associate(api, opp)
    task = start(api, opp)
    assert (task["TaskStatus"], task["ReasonCode"]) == ("FAILED", "OpportunityValidationFailed")
    assert told in task["Message"]
    assert aws.opportunity(opp)["LifeCycle"]["ReviewStatus"] == "Pending Submission"


@pytest.mark.parametrize("country", ["HK", "AE", "QA"])
def test_no_postal_code_is_asked_of_countries_without(api: Any, country: str) -> None:
    """A country that has no postal codes needs none."""
    submitted(api, Customer__Account__Address={"CountryCode": country})


@pytest.mark.parametrize(
    ("country", "good", "bad"),
    [
        ("GB", "E14 5NR", "E145"),
        ("CA", "K1A 0B1", "K1A0"),
        ("NL", "1017 AB", "1017"),
        ("PL", "00-950", "00950"),
        ("SE", "111 22", "1112"),
        ("IE", "D02 AF30", "D02"),
        ("JP", "100-0001", "100-001"),
    ],
)
def test_postal_codes_have_the_countrys_format(api: Any, country: str, good: str, bad: str) -> None:
    """Each country's own format is checked on submission."""
    outcomes = []
    for number, code in enumerate((good, bad)):
        address = {"CountryCode": country, "PostalCode": code}
        opp = api.create_opportunity(**draft(Customer__Account__Address=address, ClientToken=f"t{number}"))[
            "Id"
        ]
        associate(api, opp)
        outcomes.append(start(api, opp, token=f"s{number}")["TaskStatus"])
    assert outcomes == ["COMPLETE", "FAILED"]


def test_a_solution_or_its_description_is_needed(api: Any) -> None:
    """In Sandbox OtherSolutionDescription stands in for a solution, but not at Committed."""
    plain = api.create_opportunity(**draft())["Id"]
    described = api.create_opportunity(**draft(ClientToken="b", Project__OtherSolutionDescription="Ours"))[
        "Id"
    ]
    committed = api.create_opportunity(
        **draft(ClientToken="c", Project__OtherSolutionDescription="Ours", LifeCycle__Stage="Committed")
    )["Id"]
    assert start(api, plain, "1")["TaskStatus"] == "FAILED"
    assert start(api, described, "2")["TaskStatus"] == "COMPLETE"
    assert "Solution offered cannot be 'Other'" in start(api, committed, "3")["Message"]


def test_a_failed_task_is_replayed_by_its_token(api: Any) -> None:
    """The same token gives the same failure; after mending, a new token submits."""
    opp = api.create_opportunity(**draft())["Id"]
    first = start(api, opp, "1")
    associate(api, opp)
    assert (
        start(api, opp, "1")["TaskId"] == first["TaskId"] and start(api, opp, "1")["TaskStatus"] == "FAILED"
    )
    assert start(api, opp, "2")["TaskStatus"] == "COMPLETE"


def test_limited_visibility_does_not_go_with_co_sell(api: Any) -> None:
    """Limited is for visibility-only opportunities."""
    opp = api.create_opportunity(**draft())["Id"]
    associate(api, opp)
    task = start(api, opp, Visibility="Limited")
    assert "Cannot set visibility to limited on a Co-Sell opportunity" in task["Message"]


def test_visibility_only_rewrites_what_is_needed_from_aws(api: Any) -> None:
    """After a For Visibility Only submission the needs come back as a value outside the enum."""
    opp = api.create_opportunity(**draft())["Id"]
    associate(api, opp)
    start(api, opp, involvement="For Visibility Only")
    found = api.get_opportunity(Catalog="Sandbox", Identifier=opp)
    assert found["PrimaryNeedsFromAws"] == ["Do Not Need Support from AWS Sales Rep"]


def test_a_submitted_opportunity_is_not_submitted_again(api: Any) -> None:
    """Only a draft, or what AWS sent back, may be submitted."""
    task = start(api, submitted(api), token="again")
    assert task["Message"] == "Only Pending Submission or action required opportunities can be submitted"


def test_a_task_may_take_some_polls(api: Any, aws: PartnerCentral) -> None:
    """With task_polls the list says IN_PROGRESS so often, and the record is submitted when it says COMPLETE."""
    aws.task_polls = 2
    opp = api.create_opportunity(**draft())["Id"]
    associate(api, opp)
    task = start(api, opp)
    states = [task["TaskStatus"]]
    states += [_row(api, opp)["TaskStatus"] for _ in range(3)]
    assert states == ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "COMPLETE"]
    assert aws.opportunity(opp)["LifeCycle"]["ReviewStatus"] == "Submitted"


def _row(api: Any, opp: str) -> dict[str, Any]:
    answer = api.list_engagement_from_opportunity_tasks(
        Catalog="Sandbox",
        OpportunityIdentifier=[opp],
        Sort={"SortBy": "StartTime", "SortOrder": "DESCENDING"},
    )
    row: dict[str, Any] = answer["TaskSummaries"][0]
    return row


def test_the_last_page_of_tasks_names_an_empty_one(api: Any) -> None:
    """AWS may return a NextToken together with the only row."""
    opp = submitted(api)
    first = api.list_engagement_from_opportunity_tasks(Catalog="Sandbox", OpportunityIdentifier=[opp])
    rest = api.list_engagement_from_opportunity_tasks(
        Catalog="Sandbox", OpportunityIdentifier=[opp], NextToken=first["NextToken"]
    )
    assert len(first["TaskSummaries"]) == 1 and rest["TaskSummaries"] == [] and "NextToken" not in rest


def test_a_submission_may_not_stick(api: Any, aws: PartnerCentral) -> None:
    """With ignore_submits the task is COMPLETE and the record is what it was."""
    aws.ignore_submits = True
    opp = submitted(api)
    assert aws.opportunity(opp)["LifeCycle"]["ReviewStatus"] == "Pending Submission"


def test_the_inner_step_raises_what_the_task_would_tell(api: Any) -> None:
    """SubmitOpportunity by itself refuses with a ValidationException, and submits when all is there."""
    opp = api.create_opportunity(**draft())["Id"]
    wanted = {"Catalog": "Sandbox", "Identifier": opp, "InvolvementType": "Co-Sell"}
    assert refusal(api.submit_opportunity, **wanted)["Reason"] == "BUSINESS_VALIDATION_FAILED"
    associate(api, opp)
    api.submit_opportunity(**wanted)
    assert api.get_opportunity(Catalog="Sandbox", Identifier=opp)["LifeCycle"]["ReviewStatus"] == "Submitted"


# -- review, update, summary ------------------------------------------------------------------------------------
def test_awss_side_grows_with_the_review(api: Any, aws: PartnerCentral) -> None:
    """No summary before submission, the partner manager after it, seller and insights after approval."""
    opp = api.create_opportunity(**draft())["Id"]
    wanted = {"Catalog": "Sandbox", "RelatedOpportunityIdentifier": opp}
    assert refusal(api.get_aws_opportunity_summary, **wanted)["Error"]["Code"] == "ResourceNotFoundException"
    associate(api, opp)
    start(api, opp)
    waiting = api.get_aws_opportunity_summary(**wanted)
    aws.review(opp, "Approved")
    approved = api.get_aws_opportunity_summary(**wanted)
    assert [member["BusinessTitle"] for member in waiting["OpportunityTeam"]] == [
        "PDM"
    ] and "Insights" not in waiting
    assert {member["BusinessTitle"] for member in approved["OpportunityTeam"]} == {"PDM", "AWSSalesRep"}
    assert approved["Insights"]["EngagementScore"] == "High"


def test_what_is_read_can_be_written_back(api: Any) -> None:
    """An update that echoes GetOpportunity passes and moves the version by at least a millisecond."""
    opp = api.create_opportunity(**draft())["Id"]
    body = editable(api, opp)
    answer = api.update_opportunity(**body)
    assert answer["LastModifiedDate"] > body["LastModifiedDate"]


def test_a_stale_version_is_a_conflict(api: Any) -> None:
    """LastModifiedDate is an optimistic lock."""
    opp = api.create_opportunity(**draft())["Id"]
    body = editable(api, opp)
    associate(api, opp)
    answer = refusal(api.update_opportunity, **body)
    assert answer["Error"]["Code"] == "ConflictException"


def test_an_update_replaces_everything(api: Any) -> None:
    """What an update leaves out is gone."""
    opp = api.create_opportunity(**draft())["Id"]
    body = editable(api, opp)
    del body["Project"]["CustomerUseCase"]
    api.update_opportunity(**body)
    assert "CustomerUseCase" not in api.get_opportunity(Catalog="Sandbox", Identifier=opp)["Project"]


def test_an_update_needs_stage_and_marketing_source(api: Any) -> None:
    """Both may be left out of a create, not of an update."""
    opp = api.create_opportunity(**draft())["Id"]
    body = editable(api, opp)
    del body["LifeCycle"]["Stage"], body["Marketing"]
    found = codes(refusal(api.update_opportunity, **body))
    assert found["marketing.source"] == found["lifeCycle.stage"]


def test_the_stage_of_a_draft_is_frozen(api: Any) -> None:
    """While Pending Submission the stage may not change."""
    opp = api.create_opportunity(**draft())["Id"]
    body = editable(api, opp)
    body["LifeCycle"]["Stage"] = "Committed"
    assert codes(refusal(api.update_opportunity, **body)) == {"lifeCycle.stage": "ACTION_NOT_PERMITTED"}


def test_a_submitted_opportunity_is_locked(api: Any) -> None:
    """Between submission and decision nothing may be edited."""
    opp = submitted(api)
    body = editable(api, opp)
    assert codes(refusal(api.update_opportunity, **body)) == {
        "lifeCycle.reviewStatus": "ACTION_NOT_PERMITTED"
    }


def test_the_partner_plays_aws_in_sandbox(api: Any) -> None:
    """In Sandbox an update may approve; after that the title is locked and other things are not."""
    opp = submitted(api)
    body = editable(api, opp)
    body["LifeCycle"]["ReviewStatus"] = "Approved"
    api.update_opportunity(**body)
    body = editable(api, opp)
    body["Project"] |= {"Title": "Another", "AdditionalComments": "new"}
    assert codes(refusal(api.update_opportunity, **body)) == {"project.title": "ACTION_NOT_PERMITTED"}


def test_a_draft_cannot_jump_to_approved(api: Any) -> None:
    """Only what was submitted is decided on."""
    opp = api.create_opportunity(**draft())["Id"]
    body = editable(api, opp)
    body["LifeCycle"]["ReviewStatus"] = "Approved"
    answer = refusal(api.update_opportunity, **body)
    told = "Cannot transition opportunity from status 'Pending Submission' to 'Approved'."
    assert answer["ErrorList"][0]["Message"] == told


def test_an_update_answers_a_request_for_action(api: Any, aws: PartnerCentral) -> None:
    """In Action Required some fields may change, and the change itself asks for another review."""
    opp = submitted(api)
    aws.review(opp, "Action Required", "Which revenue?")
    body = editable(api, opp)
    body["Project"]["Title"] = "Another"
    assert codes(refusal(api.update_opportunity, **body)) == {"project.title": "ACTION_NOT_PERMITTED"}
    body = editable(api, opp)
    body["Project"]["CustomerBusinessProblem"] += " Revenue is monthly."
    api.update_opportunity(**body)
    assert aws.opportunity(opp)["LifeCycle"]["ReviewStatus"] == "Submitted"


def test_losing_the_review_status_makes_a_draft_unsubmittable(api: Any, aws: PartnerCentral) -> None:
    """Behind its switch: an update without ReviewStatus loses it, and the draft can never be submitted."""
    aws.update_drops_review_status = True
    opp = api.create_opportunity(**draft())["Id"]
    associate(api, opp)
    body = editable(api, opp)
    del body["LifeCycle"]["ReviewStatus"]
    api.update_opportunity(**body)
    assert start(api, opp)["Message"] == "You cannot perform Submit action"


def test_ownership_can_be_handed_over(api: Any) -> None:
    """AssignOpportunity changes the owner in the team."""
    person = {
        "Email": "mei@b.example",
        "FirstName": "Mei",
        "LastName": "Tanaka",
        "BusinessTitle": "Partner manager",
    }
    api.assign_opportunity(Catalog="Sandbox", Identifier=APPROVED, Assignee=person)
    team = api.get_opportunity(Catalog="Sandbox", Identifier=APPROVED)["OpportunityTeam"]
    assert [member["Email"] for member in team] == ["mei@b.example"]


def test_opportunities_are_listed_by_company_newest_first(api: Any) -> None:
    """The list filters by company, sorts, and pages; its rows carry our reference."""
    for number in range(3):
        api.create_opportunity(
            **draft(ClientToken=f"t{number}", PartnerOpportunityIdentifier=f"ref-{number}")
        )
    first = api.list_opportunities(
        Catalog="Sandbox",
        CustomerCompanyName=["Example Freight"],
        Sort={"SortBy": "Identifier", "SortOrder": "DESCENDING"},
        MaxResults=2,
    )
    rest = api.list_opportunities(
        Catalog="Sandbox",
        CustomerCompanyName=["Example Freight"],
        Sort={"SortBy": "Identifier", "SortOrder": "DESCENDING"},
        MaxResults=2,
        NextToken=first["NextToken"],
    )
    rows = first["OpportunitySummaries"] + rest["OpportunitySummaries"]
    assert [row["PartnerOpportunityIdentifier"] for row in rows] == ["ref-2", "ref-1", "ref-0"]
    assert "NextToken" not in rest


def test_opportunities_are_listed_from_a_date_on(api: Any) -> None:
    """The bound of LastModifiedDate is inclusive."""
    created = api.create_opportunity(**draft())
    at = created["LastModifiedDate"]
    rows = api.list_opportunities(Catalog="Sandbox", LastModifiedDate={"AfterLastModifiedDate": at})
    assert [row["Id"] for row in rows["OpportunitySummaries"]] == [created["Id"]]


# -- invitations ------------------------------------------------------------------------------------------------
PROBLEM = "The customer's analysts wait for a nightly batch; they want answers within minutes."


def test_a_referral_from_aws_comes_to_light_when_accepted(api: Any, aws: PartnerCentral) -> None:
    """An invitation is pending in the inbox; accepting it creates an approved opportunity of ours."""
    invitation = aws.refer_to_us("Falcon Foods", "Falcon - analytics", PROBLEM)
    inbox = api.list_engagement_invitations(Catalog="Sandbox", ParticipantType="RECEIVER", Status=["PENDING"])
    shown = api.get_engagement_invitation(Catalog="Sandbox", Identifier=invitation)
    before = len(aws.opportunities())
    task = api.start_engagement_by_accepting_invitation_task(
        Catalog="Sandbox", ClientToken="a", Identifier=invitation
    )
    tasks = api.list_engagement_by_accepting_invitation_tasks(
        Catalog="Sandbox", TaskIdentifier=[task["TaskId"]]
    )
    ours = api.get_opportunity(Catalog="Sandbox", Identifier=task["OpportunityId"])
    assert [row["Id"] for row in inbox["EngagementInvitationSummaries"]] == [invitation]
    assert shown["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"] == "Falcon Foods"
    assert tasks["TaskSummaries"][0]["TaskStatus"] == "COMPLETE"
    assert ours["LifeCycle"]["ReviewStatus"] == "Approved" and len(aws.opportunities()) == before + 1
    assert (
        api.get_engagement(Catalog="Sandbox", Identifier=shown["EngagementId"])["Title"]
        == "Falcon - analytics"
    )


def test_an_aws_referral_can_be_simulated(api: Any) -> None:
    """In Sandbox a create with Origin AWS Referral lands in the inbox and cannot be read until accepted."""
    opp = api.create_opportunity(**draft(Origin="AWS Referral"))["Id"]
    inbox = api.list_engagement_invitations(Catalog="Sandbox", ParticipantType="RECEIVER")
    assert len(inbox["EngagementInvitationSummaries"]) == 1
    answer = refusal(api.get_opportunity, Catalog="Sandbox", Identifier=opp)
    assert answer["Error"]["Code"] == "ResourceNotFoundException"


def test_an_invitation_is_answered_once(api: Any, aws: PartnerCentral) -> None:
    """After a rejection, accepting is a conflict."""
    invitation = aws.refer_to_us("Falcon Foods", "Falcon - analytics", PROBLEM)
    wanted = {"Catalog": "Sandbox", "Identifier": invitation}
    api.reject_engagement_invitation(**wanted, RejectionReason="Unable to support")
    shown = api.get_engagement_invitation(**wanted)
    assert (shown["Status"], shown["RejectionReason"]) == ("REJECTED", "Unable to support")
    assert refusal(api.accept_engagement_invitation, **wanted)["Error"]["Code"] == "ConflictException"


def test_an_invitation_expires_after_fifteen_days(api: Any, aws: PartnerCentral) -> None:
    """Nobody answered: the invitation is EXPIRED."""
    invitation = aws.refer_to_us("Falcon Foods", "Falcon - analytics", PROBLEM)
    late = datetime.now(UTC) + timedelta(days=15, minutes=1)
    aws.now = lambda: late
    assert api.get_engagement_invitation(Catalog="Sandbox", Identifier=invitation)["Status"] == "EXPIRED"


def test_a_lead_is_accepted_without_an_opportunity(api: Any, aws: PartnerCentral) -> None:
    """A lead invitation leads to an engagement with a Lead context."""
    invitation = aws.refer_to_us("Falcon Foods", "Trade fair", PROBLEM, lead=True)
    api.accept_engagement_invitation(Catalog="Sandbox", Identifier=invitation)
    shown = api.get_engagement_invitation(Catalog="Sandbox", Identifier=invitation)
    engagement = api.get_engagement(Catalog="Sandbox", Identifier=shown["EngagementId"])
    assert engagement["Contexts"][0]["Type"] == "Lead"


# -- quotas and events ------------------------------------------------------------------------------------------
def test_writes_are_one_a_second_for_the_whole_account(api: Any, aws: PartnerCentral) -> None:
    """A second write within the second is throttled, whoever makes it; a second later it passes."""
    aws.enforce_quota = True
    moment = 1000.0
    aws.clock = lambda: moment
    opp = api.create_opportunity(**draft())["Id"]
    other = client_of(aws, aws_access_key_id="AKIDOTHER")
    assert refusal(associate, api=other, opp=opp)["Error"]["Code"] == "ThrottlingException"
    moment += 1
    associate(other, opp)


def test_reads_are_ten_a_second(api: Any, aws: PartnerCentral) -> None:
    """A burst of reads beyond the quota is throttled."""
    aws.enforce_quota = True
    aws.clock = lambda: 1000.0
    for _ in range(10):
        api.list_solutions(Catalog="Sandbox")
    assert refusal(api.list_solutions, Catalog="Sandbox")["Error"]["Code"] == "ThrottlingException"


def test_events_tell_what_happened_by_ids(api: Any, aws: PartnerCentral) -> None:
    """Creating, associating and submitting are told as EventBridge would, catalog and id only."""
    opp = submitted(api)
    kinds = [event["detail-type"] for event in aws.events]
    assert kinds[:3] == ["Opportunity Created", "Opportunity Updated", "Opportunity Updated"]
    assert "Engagement Created" in kinds
    assert aws.events[0]["detail"] == {
        "schemaVersion": "1",
        "catalog": "Sandbox",
        "opportunity": {"identifier": opp},
    }


def test_a_seeded_opportunity_is_there_and_approved(api: Any) -> None:
    """The seed's opportunity can be read like any other."""
    found = api.get_opportunity(Catalog="Sandbox", Identifier=APPROVED)
    assert found["LifeCycle"]["ReviewStatus"] == "Approved"
    assert found["RelatedEntityIdentifiers"]["Solutions"] == [SOLUTION]
    assert found["Customer"]["Account"]["CompanyName"] == "Aurora Health"


def test_a_reply_can_be_lost_after_the_work(api: Any, aws: PartnerCentral) -> None:
    """With drop_reply the opportunity is there although nobody was told; its token finds it again."""
    aws.fault("CreateOpportunity", drop_reply=True)
    before = len(aws.opportunities())
    with pytest.raises(Exception, match="closed"):
        api.create_opportunity(**draft())
    assert len(aws.opportunities()) == before + 1
    assert api.create_opportunity(**draft())["Id"] == aws.opportunities()[-1]["Id"]
