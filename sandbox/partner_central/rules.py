"""AWS's business rules, in the two tiers it checks them in: to keep a draft, and to submit it.

Sources: AWS Partner Central API reference, CreateOpportunity, UpdateOpportunity and
StartEngagementFromOpportunityTask; AWS's published ACE data model.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.partner_central.answers import Finding
from sandbox.partner_central.lists import MARKETING_USE_CASES, STATUS_REASONS, USE_CASES
from sandbox.partner_central.places import US_STATES, postal_problem
from sandbox.partner_central.schema import NO_SUPPORT
from sandbox.partner_central.state import PENDING, Opportunity

_WEBSITE = re.compile(r"(https?://)?(www\.)?[a-zA-Z0-9-]+\.[\x28-\x7c]+")


def required(path: str, because: str = "") -> Finding:
    """The finding for a field that is missing."""
    return Finding(path, f"{path} is required{because}", "REQUIRED_FIELD_MISSING")


def to_keep(body: dict[str, Any], today: date, *, catalog: str, known_ids: set[str]) -> list[Finding]:
    """Why a draft with this body would not be kept; ``today`` is in UTC."""
    return [
        *_customer(body),
        *_project(body, known_ids),
        *_life_cycle(body.get("LifeCycle", {}), today),
        *_marketing(body.get("Marketing", {})),
        *_needs(body.get("PrimaryNeedsFromAws", [])),
        *_origin(body, catalog),
    ]


def to_submit(record: Opportunity, involvement: str, visibility: str, today: date) -> list[str]:
    """Why this draft would not be submitted, in the words of the task's message."""
    if record.status is None:
        return ["You cannot perform Submit action"]
    if record.status not in (PENDING, "Action Required"):
        return ["Only Pending Submission or action required opportunities can be submitted"]
    return list(_submission(record, involvement, visibility, today))


def _customer(body: dict[str, Any]) -> Iterator[Finding]:
    account = body.get("Customer", {}).get("Account", {})
    address = account.get("Address", {})
    secret = body.get("NationalSecurity") == "Yes"
    where = "customer.account"
    if not account.get("CompanyName"):
        yield required(f"{where}.companyName")
    if "Industry" not in account:
        yield required(f"{where}.industry")
    if account.get("Industry") == "Other" and not account.get("OtherIndustry"):
        yield required(f"{where}.otherIndustry", " when Customer.Account.Industry is 'Other'.")
    if secret and account.get("Industry") != "Government":
        yield Finding(f"{where}.industry", "Industry MUST be Government", "INVALID_VALUE")
    if "WebsiteUrl" not in account and not secret:
        yield required(f"{where}.websiteUrl")
    if "WebsiteUrl" in account and not _WEBSITE.fullmatch(account["WebsiteUrl"]):
        yield Finding(f"{where}.websiteUrl", "WebsiteUrl is not a valid URL", "INVALID_STRING_FORMAT")
    if "AwsAccountId" in account and not re.fullmatch(r"\d{12}", account["AwsAccountId"]):
        yield Finding(f"{where}.awsAccountId", "AwsAccountId must have 12 digits", "INVALID_STRING_FORMAT")
    if "CountryCode" not in address:
        yield required(f"{where}.address.countryCode")
    if address.get("CountryCode") == "US" and not secret:
        yield from _state(address.get("StateOrRegion"))


def _state(state: str | None) -> Iterator[Finding]:
    path = "customer.account.address.stateOrRegion"
    if not state:
        yield required(path, " when Customer.Account.Address.CountryCode is 'US'")
    elif state not in US_STATES:
        yield _outside(path, sorted(US_STATES))


def _project(body: dict[str, Any], known_ids: set[str]) -> Iterator[Finding]:
    project = body.get("Project", {})
    if not project.get("Title"):
        yield required("project.title")
    if "CustomerBusinessProblem" not in project:
        yield required("project.customerBusinessProblem")
    if "CustomerUseCase" in project and project["CustomerUseCase"] not in USE_CASES:
        yield _outside("project.customerUseCase", USE_CASES)
    if project.get("SalesActivities") == []:
        yield required("project.salesActivities")
    if project.get("CompetitorName") == "*Other" and not project.get("OtherCompetitorNames"):
        yield required("project.otherCompetitorNames", " when Project.CompetitorName is '*Other'.")
    months = project.get("ExpectedContractDuration", {}).get("Value", "1")
    if not (re.fullmatch(r"\d{1,3}", months) and 1 <= int(months) <= 144):
        path = "project.expectedContractDuration.value"
        yield Finding(path, "Value must be between 1 and 144", "VALUE_OUT_OF_RANGE")
    related = project.get("RelatedOpportunityIdentifier")
    if related and body.get("OpportunityType") != "Net New Business" and related not in known_ids:
        told = f"Resource with Identifier {related} does not exist or is not accessible"
        yield Finding("project.relatedOpportunityIdentifier", told, "INVALID_VALUE")
    yield from _spend(project)


def _spend(project: dict[str, Any]) -> Iterator[Finding]:
    spend = project.get("ExpectedCustomerSpend") or []
    sovereign = project.get("AwsPartition") == "aws-eusc"
    if not spend:
        yield required("project.expectedCustomerSpend")
    for number, entry in enumerate(spend, 1):
        path = f"project.expectedCustomerSpend.{number}.member"
        if "EstimationUrl" not in entry and not entry.get("Amount"):
            yield required(f"{path}.amount")
        elif entry.get("Amount") and Decimal(entry["Amount"]) <= 0:
            yield Finding(f"{path}.amount", "Amount must be greater than 0", "VALUE_OUT_OF_RANGE")
        if sovereign and entry["CurrencyCode"] != "EUR":
            yield Finding(
                f"{path}.currencyCode", "ESC cloud partition requires EUR currency", "INVALID_VALUE"
            )
        if not sovereign and entry["CurrencyCode"] != "USD":
            told = f"Value at '{path}.currencyCode' failed to satisfy constraint: "
            told += "Member must satisfy regular expression pattern: USD"
            yield Finding(f"{path}.currencyCode", told, "INVALID_STRING_FORMAT")
        if "ExpectedContractDuration" in project and entry["TargetCompany"] not in ("AWS", "Self"):
            yield _outside(f"{path}.targetCompany", ["AWS", "Self"])


def _life_cycle(life_cycle: dict[str, Any], today: date) -> Iterator[Finding]:
    path = "lifeCycle.targetCloseDate"
    stage = life_cycle.get("Stage")
    if stage == "Closed Lost" and "ClosedLostReason" not in life_cycle:
        yield required("lifeCycle.closedLostReason", " when LifeCycle.Stage is 'Closed Lost'.")
    if life_cycle.get("ReviewStatusReason") not in (None, *STATUS_REASONS):
        yield _outside("lifeCycle.reviewStatusReason", STATUS_REASONS)
    if "TargetCloseDate" not in life_cycle:
        yield required(path)
        return
    try:
        closes = date.fromisoformat(life_cycle["TargetCloseDate"])
    except ValueError:
        yield Finding(path, "Target Close Date is not a valid date", "INVALID_STRING_FORMAT")
        return
    if closes <= today and stage not in ("Launched", "Closed Lost"):
        yield Finding(path, "Target Close Date should be a future date", "INVALID_VALUE")
    if closes > today + timedelta(days=60 * 366):
        yield Finding(path, "Target Close Date is too far in the future", "VALUE_OUT_OF_RANGE")


def _marketing(marketing: dict[str, Any]) -> Iterator[Finding]:
    companions = [
        name for name in ("UseCases", "CampaignName", "AwsFundingUsed", "Channels") if marketing.get(name)
    ]
    if marketing.get("Source") == "None" and companions:
        told = " , ".join(f"marketing.{name[0].lower()}{name[1:]}" for name in companions)
        told += " cannot have values if marketing.source is set to No"
        yield Finding("marketing.source", told, "ACTION_NOT_PERMITTED")
    if marketing.get("Source") == "Marketing Activity" and "AwsFundingUsed" not in marketing:
        yield required("marketing.awsFundingUsed", " when Marketing.Source is 'Marketing Activity'.")
    for number, use_case in enumerate(marketing.get("UseCases", []), 1):
        if use_case not in MARKETING_USE_CASES:
            yield _outside(f"marketing.useCases.{number}.member", MARKETING_USE_CASES)


def _needs(needs: list[str]) -> Iterator[Finding]:
    if NO_SUPPORT in needs and len(needs) > 1:
        told = f"'{NO_SUPPORT}' cannot be combined with other values"
        yield Finding("primaryNeedsFromAws", told, "INVALID_VALUE")


def _origin(body: dict[str, Any], catalog: str) -> Iterator[Finding]:
    if catalog == "AWS" and body.get("Origin", "Partner Referral") != "Partner Referral":
        yield _outside("origin", ["Partner Referral"])


def _submission(record: Opportunity, involvement: str, visibility: str, today: date) -> Iterator[str]:
    body, project = record.body, record.body.get("Project", {})
    address = body["Customer"]["Account"]["Address"]
    secret = body.get("NationalSecurity") == "Yes"
    needs = body.get("PrimaryNeedsFromAws", [])
    if involvement == "Co-Sell" and NO_SUPPORT in needs:
        yield (
            "You cannot perform Submit action. Cannot submit opportunity with InvolvementType Co-Sell when "
            f"PrimaryNeedsFromAws Is {NO_SUPPORT}"
        )
    if involvement == "Co-Sell" and not needs:
        yield "primaryNeedsFromAws is required"
    if involvement == "Co-Sell" and visibility == "Limited":
        yield "Cannot set visibility to limited on a Co-Sell opportunity"
    if secret and (involvement != "Co-Sell" or visibility != "Full"):
        yield "A national security opportunity must be Co-Sell with full visibility"
    if not project.get("CustomerUseCase"):
        yield "project.customerUseCase is required for opportunity submission."
    if not project.get("DeliveryModels"):
        yield "project.deliveryModels is required"
    if not project.get("SalesActivities"):
        yield "project.salesActivities is required"
    if not (secret and address["CountryCode"] == "US"):
        problem = postal_problem(address["CountryCode"], address.get("PostalCode"))
        if problem:
            yield problem
    yield from _offer(record, project)
    yield from (finding.message for finding in _life_cycle(body["LifeCycle"], today))


def _offer(record: Opportunity, project: dict[str, Any]) -> Iterator[str]:
    solutions = ("Solutions", "AwsMarketplaceSolutions", "AwsMarketplaceProducts")
    if any(record.related.get(kind) for kind in solutions):
        return
    stage = record.body["LifeCycle"].get("Stage")
    if stage in ("Committed", "Launched"):
        yield f"Solution offered cannot be 'Other' when Opportunity stage is {stage}"
    elif record.catalog == "AWS" or not project.get("OtherSolutionDescription"):
        yield "A Solution or project.otherSolutionDescription is required"


def _outside(path: str, allowed: Any) -> Finding:
    told = f"Value at '{path}' failed to satisfy constraint: Member must satisfy enum value set: "
    return Finding(path, f"{told}[{', '.join(allowed)}]", "INVALID_ENUM_VALUE")
