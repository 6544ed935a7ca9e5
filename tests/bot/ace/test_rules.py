"""AWS's business rules for a referral."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.ace.model import Code, violations
from bot.ace.rules import for_create, for_submit

TODAY = date(2026, 11, 23)

SMALLEST: Mapping[str, Any] = {
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
    "LifeCycle": {"Stage": "Qualified", "TargetCloseDate": "2029-01-31"},
    "Marketing": {"Source": "None"},
    "Project": {
        "Title": "Example Freight - telemetry lake",
        "CustomerBusinessProblem": "On-premises telemetry store cannot keep up with the fleet; moving to AWS.",
        "CustomerUseCase": "Storage & Backup",
        "DeliveryModels": ["SaaS or PaaS"],
        "SalesActivities": ["Customer has shown interest in solution"],
        "ExpectedCustomerSpend": [
            {"Amount": "12500.00", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
        ],
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The smallest referral with one member set, or removed where ``value`` is None."""
    payload = copy.deepcopy(dict(SMALLEST))
    *way, last = path.split(".")
    table: Any = payload
    for name in way:
        table = table[int(name)] if name.isdigit() else table.setdefault(name, {})
    if value is None:
        table.pop(last, None)
    else:
        table[last] = value
    return payload


def created(path: str, value: Any) -> list[tuple[str, Code]]:
    return [(one.path, one.code) for one in for_create(changed(path, value), TODAY)]


def submitted(path: str, value: Any) -> list[tuple[str, Code]]:
    found = for_submit(changed(path, value), ["S-1"], "Co-Sell", "Full", TODAY)
    return [(one.path, one.code) for one in found]


def test_the_smallest_referral_passes() -> None:
    """What AWS takes, the model and both tiers of rules take."""
    assert violations("CreateOpportunity", {**SMALLEST, "Catalog": "AWS", "ClientToken": "t"}) == ()
    assert for_submit(SMALLEST, ["S-0051001"], "Co-Sell", "Full", TODAY) == ()


ACCOUNT, ADDRESS = "Customer.Account", "Customer.Account.Address"
SPEND = "Project.ExpectedCustomerSpend"


@pytest.mark.parametrize(
    ("path", "value", "where", "code"),
    [
        (f"{ACCOUNT}.CompanyName", None, f"{ACCOUNT}.CompanyName", Code.MISSING),
        (f"{ACCOUNT}.Industry", None, f"{ACCOUNT}.Industry", Code.MISSING),
        (f"{ACCOUNT}.Industry", "Other", f"{ACCOUNT}.OtherIndustry", Code.MISSING),
        (f"{ACCOUNT}.WebsiteUrl", None, f"{ACCOUNT}.WebsiteUrl", Code.MISSING),
        (f"{ACCOUNT}.WebsiteUrl", "northwind", f"{ACCOUNT}.WebsiteUrl", Code.FORMAT),
        (f"{ACCOUNT}.WebsiteUrl", "ftp://a.b", f"{ACCOUNT}.WebsiteUrl", Code.FORMAT),
        (f"{ACCOUNT}.AwsAccountId", "abc", f"{ACCOUNT}.AwsAccountId", Code.FORMAT),
        (f"{ADDRESS}.CountryCode", None, f"{ADDRESS}.CountryCode", Code.MISSING),
        (f"{ADDRESS}.StateOrRegion", None, f"{ADDRESS}.StateOrRegion", Code.MISSING),
        (f"{ADDRESS}.StateOrRegion", "WA", f"{ADDRESS}.StateOrRegion", Code.ENUM),
        ("Project.Title", None, "Project.Title", Code.MISSING),
        ("Project.CustomerBusinessProblem", None, "Project.CustomerBusinessProblem", Code.MISSING),
        (
            "Project.CustomerBusinessProblem",
            "Forecast grid load",
            "Project.CustomerBusinessProblem",
            Code.FORMAT,
        ),
        ("Project.CompetitorName", "*Other", "Project.OtherCompetitorNames", Code.MISSING),
        (SPEND, None, SPEND, Code.MISSING),
        (SPEND, [], SPEND, Code.MISSING),
        (f"{SPEND}.0.Amount", None, f"{SPEND}[0].Amount", Code.MISSING),
        (f"{SPEND}.0.Amount", "0.00", f"{SPEND}[0].Amount", Code.RANGE),
        (f"{SPEND}.0.CurrencyCode", "CHF", f"{SPEND}[0].CurrencyCode", Code.VALUE),
        (f"{SPEND}.0.TargetCompany", "Self", f"{SPEND}[0].TargetCompany", Code.VALUE),
        ("Project.AwsPartition", "aws-eusc", f"{SPEND}[0].CurrencyCode", Code.VALUE),
        ("LifeCycle.TargetCloseDate", None, "LifeCycle.TargetCloseDate", Code.MISSING),
        ("LifeCycle.TargetCloseDate", "2026-11-23", "LifeCycle.TargetCloseDate", Code.VALUE),
        ("LifeCycle.TargetCloseDate", "2029-02-31", "LifeCycle.TargetCloseDate", Code.FORMAT),
        ("LifeCycle.TargetCloseDate", "2086-11-24", "LifeCycle.TargetCloseDate", Code.RANGE),
        ("LifeCycle.Stage", "Closed Lost", "LifeCycle.ClosedLostReason", Code.MISSING),
        ("Marketing.CampaignName", "Spring", "Marketing.Source", Code.FORBIDDEN),
        ("Marketing.Source", "Marketing Activity", "Marketing.AwsFundingUsed", Code.MISSING),
        ("NationalSecurity", "Yes", f"{ACCOUNT}.Industry", Code.VALUE),
    ],
)
def test_what_keeps_a_referral_from_being_created(path: str, value: Any, where: str, code: Code) -> None:
    """One member wrong, one violation, at the member that mends it."""
    assert created(path, value) == [(where, code)]


@pytest.mark.parametrize(
    ("path", "value", "where", "code"),
    [
        (f"{ADDRESS}.PostalCode", None, f"{ADDRESS}.PostalCode", Code.MISSING),
        (f"{ADDRESS}.PostalCode", "7870", f"{ADDRESS}.PostalCode", Code.FORMAT),
        ("Project.CustomerUseCase", None, "Project.CustomerUseCase", Code.MISSING),
        ("Project.CustomerUseCase", "Migration/Database Migration", "Project.CustomerUseCase", Code.ENUM),
        ("Project.DeliveryModels", None, "Project.DeliveryModels", Code.MISSING),
        ("Project.SalesActivities", [], "Project.SalesActivities", Code.MISSING),
        ("PrimaryNeedsFromAws", None, "PrimaryNeedsFromAws", Code.MISSING),
    ],
)
def test_what_keeps_a_referral_from_being_submitted(path: str, value: Any, where: str, code: Code) -> None:
    """A draft could be created without it, so it is told before anything is sent."""
    assert created(path, value) == []
    assert submitted(path, value) == [(where, code)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{ACCOUNT}.WebsiteUrl", "www.test.com"),
        (f"{ACCOUNT}.WebsiteUrl", "helios-energy.example"),
        (f"{ACCOUNT}.WebsiteUrl", "https://a.example/path?q=1"),
        (f"{ADDRESS}.PostalCode", "98109-1234"),
        ("LifeCycle.TargetCloseDate", "2026-11-24"),
        (ADDRESS, {"CountryCode": "AE"}),
        (ADDRESS, {"CountryCode": "DE", "PostalCode": "20457"}),
        (ADDRESS, {"CountryCode": "FO", "PostalCode": "100"}),
    ],
)
def test_what_aws_takes_is_taken(path: str, value: Any) -> None:
    """No rule asks for more than AWS does."""
    assert submitted(path, value) == []


def test_national_security_lifts_what_would_tell_too_much() -> None:
    """A national security referral of a government needs no website, state or postal code in the United States."""
    payload = changed(f"{ACCOUNT}.Industry", "Government") | {"NationalSecurity": "Yes"}
    payload["Customer"]["Account"].pop("WebsiteUrl")
    payload["Customer"]["Account"]["Address"] = {"CountryCode": "US"}
    assert for_submit(payload, ["S-1"], "Co-Sell", "Full", TODAY) == ()


def test_national_security_is_never_for_visibility_only() -> None:
    """AWS takes national security as Co-Sell alone."""
    payload = changed(f"{ACCOUNT}.Industry", "Government") | {"NationalSecurity": "Yes"}
    (found,) = for_submit(payload, ["S-1"], "For Visibility Only", "Full", TODAY)
    assert found.path == "AwsSubmission.InvolvementType"


@pytest.mark.parametrize(
    ("solutions", "code"),
    [([], Code.MISSING), (["soln-1"], Code.FORMAT), ([f"S-{n}" for n in range(11)], Code.TOO_MANY)],
)
def test_one_to_ten_solutions_are_attached(solutions: list[str], code: Code) -> None:
    """AWS submits nothing without a solution, takes ten at most, and knows them by S-ids."""
    (found,) = for_submit(SMALLEST, solutions, "Co-Sell", "Full", TODAY)
    assert found.code is code and found.path.startswith("Solutions")


def test_limited_visibility_is_not_for_co_sell() -> None:
    """AWS refuses Co-Sell with limited visibility, in these words."""
    (found,) = for_submit(SMALLEST, ["S-1"], "Co-Sell", "Limited", TODAY)
    assert found.problem == "Cannot set visibility to limited on a Co-Sell opportunity"


def test_visibility_only_needs_nothing_from_aws() -> None:
    """Without Co-Sell no need has to be named, and visibility may be limited."""
    payload = changed("PrimaryNeedsFromAws", None)
    assert for_submit(payload, ["S-1"], "For Visibility Only", "Limited", TODAY) == ()


def test_a_lost_opportunity_is_not_submitted() -> None:
    """Even with its reason, a lost opportunity is no referral."""
    payload = changed("LifeCycle.Stage", "Closed Lost")
    payload["LifeCycle"]["ClosedLostReason"] = "Price"
    (found,) = for_submit(payload, ["S-1"], "Co-Sell", "Full", TODAY)
    assert found.path == "LifeCycle.Stage"


def test_a_postal_code_is_refused_in_aws_s_words() -> None:
    """The sentence names the country and the forms it takes."""
    payload = changed(f"{ADDRESS}.PostalCode", "7870")
    (found,) = for_submit(payload, ["S-1"], "Co-Sell", "Full", TODAY)
    assert found.problem == (
        "The postal code is invalid for country United States, "
        "United States postal code must be in 99999 OR 99999-9999 format."
    )


def test_a_hostile_website_is_judged_at_once() -> None:
    """No website takes longer than its length to judge."""
    assert created(f"{ACCOUNT}.WebsiteUrl", "a" + ".a" * 120 + "!") == [
        (f"{ACCOUNT}.WebsiteUrl", Code.FORMAT)
    ]
