"""The operations on opportunities, except updates and associations."""

import copy
from typing import Any

from sandbox.partner_central.answers import missing, not_allowed
from sandbox.partner_central.invitations import invite
from sandbox.partner_central.lists import PROGRAMS
from sandbox.partner_central.rules import to_keep
from sandbox.partner_central.schema import full, instant
from sandbox.partner_central.state import PENDING, Desk, Opportunity, millis, page, seconds

_KEPT = (
    "PrimaryNeedsFromAws",
    "NationalSecurity",
    "PartnerOpportunityIdentifier",
    "Customer",
    "Project",
    "OpportunityType",
    "Marketing",
    "LifeCycle",
)
RELATED = (
    "AwsMarketplaceOffers",
    "AwsMarketplaceOfferSets",
    "Solutions",
    "AwsProducts",
    "AwsMarketplaceSolutions",
    "AwsMarketplaceProducts",
)


def kept(body: dict[str, Any]) -> dict[str, Any]:
    """What AWS keeps of a body: SoftwareRevenue is dropped for partners outside its programmes, programmes that it
    does not know are too, and without a contract duration every spend is AWS's."""
    new = {name: copy.deepcopy(body[name]) for name in _KEPT if name in body}
    life_cycle = new.setdefault("LifeCycle", {})
    life_cycle.pop("NextStepsHistory", None)
    project = new.get("Project", {})
    if "ApnPrograms" in project:
        project["ApnPrograms"] = [name for name in project["ApnPrograms"] if name in PROGRAMS]
    if "ExpectedContractDuration" not in project:
        for entry in project.get("ExpectedCustomerSpend", []):
            entry["TargetCompany"] = "AWS"
    return new


def create(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """Keep a draft; with Origin ``AWS Referral`` (Sandbox) it lands in the inbox instead."""
    catalog = body["Catalog"]
    findings = to_keep(body, desk.now().date(), catalog=catalog, known_ids=set(desk.records))
    if findings:
        raise not_allowed(findings)
    new = kept(body)
    life_cycle = new["LifeCycle"]
    life_cycle.setdefault("Stage", "Prospect")
    life_cycle["ReviewStatus"] = PENDING
    for name in ("ReviewComments", "ReviewStatusReason"):
        life_cycle.pop(name, None)
    now = desk.now()
    record = Opportunity(desk.number(), catalog, new, now, now, origin=body.get("Origin", "Partner Referral"))
    record.modified = now.replace(microsecond=now.microsecond // 1000 * 1000)
    record.team = [*body.get("OpportunityTeam", []), owner(desk)]
    record.unseen = desk.read_delay
    desk.records[record.id] = record
    if record.origin == "AWS Referral":
        record.hidden = True
        life_cycle["ReviewStatus"] = "Approved"
        invite(desk, record)
    else:
        desk.tell("Created", record)
    return {
        "Id": record.id,
        "PartnerOpportunityIdentifier": new.get("PartnerOpportunityIdentifier"),
        "LastModifiedDate": millis(record.modified),
    }


def owner(desk: Desk) -> dict[str, Any]:
    """The Partner Central user that owns what is created through the API."""
    domain = desk.company.lower().replace(" ", "-")
    return {
        "Email": f"alliances@{domain}.example",
        "FirstName": "Alliance",
        "LastName": "Lead",
        "BusinessTitle": "OpportunityOwner",
    }


def get(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One opportunity, with a null for everything that is not set."""
    return shown(desk, _seen(desk, body["Catalog"], body["Identifier"]))


def shown(desk: Desk, record: Opportunity) -> dict[str, Any]:
    """An opportunity as GetOpportunity gives it."""
    answer: dict[str, Any] = full("GetOpportunityResponse", {**record.body, "OpportunityTeam": record.team})
    return answer | {
        "Catalog": record.catalog,
        "Id": record.id,
        "Arn": desk.arn(record.catalog, "opportunity", record.id),
        "CreatedDate": seconds(record.created),
        "LastModifiedDate": millis(record.modified),
        "RelatedEntityIdentifiers": {kind: list(record.related.get(kind, [])) for kind in RELATED},
    }


def list_all(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One page of the opportunities that pass the filters; bounds of dates are inclusive."""
    rows = [record for record in list(desk.records.values()) if _passes(record, body)]
    rows = [record for record in rows if not _still_unseen(record)]
    sort = body.get("Sort", {"SortBy": "LastModifiedDate", "SortOrder": "DESCENDING"})
    rows.sort(key=lambda record: _sort_key(record, sort["SortBy"]), reverse=sort["SortOrder"] == "DESCENDING")
    part, token = page(rows, body, default=20)
    return {"OpportunitySummaries": [_summary(desk, record) for record in part], "NextToken": token}


def _summary(desk: Desk, record: Opportunity) -> dict[str, Any]:
    answer: dict[str, Any] = full("OpportunitySummary", record.body)
    return answer | {
        "Catalog": record.catalog,
        "Id": record.id,
        "Arn": desk.arn(record.catalog, "opportunity", record.id),
        "CreatedDate": seconds(record.created),
        "LastModifiedDate": millis(record.modified),
    }


def _passes(record: Opportunity, body: dict[str, Any]) -> bool:
    life_cycle = record.body["LifeCycle"]
    company = record.body["Customer"]["Account"]["CompanyName"]
    if record.catalog != body["Catalog"] or record.hidden:
        return False
    for name, value in (
        ("Identifier", record.id),
        ("LifeCycleStage", life_cycle.get("Stage")),
        ("LifeCycleReviewStatus", life_cycle.get("ReviewStatus")),
        ("CustomerCompanyName", company),
    ):
        if body.get(name) and value not in body[name]:
            return False
    for member, value in (("LastModifiedDate", record.modified), ("CreatedDate", record.created)):
        bounds = body.get(member, {})
        if f"After{member}" in bounds and value < instant(bounds[f"After{member}"]):
            return False
        if f"Before{member}" in bounds and value > instant(bounds[f"Before{member}"]):
            return False
    closes, bounds = life_cycle.get("TargetCloseDate", ""), body.get("TargetCloseDate", {})
    earliest, latest = bounds.get("AfterTargetCloseDate", ""), bounds.get("BeforeTargetCloseDate", "9")
    return bool(earliest <= closes <= latest)


def _sort_key(record: Opportunity, by: str) -> Any:
    match by:
        case "LastModifiedDate":
            return record.modified
        case "CreatedDate":
            return record.created
        case "CustomerCompanyName":
            return record.body["Customer"]["Account"]["CompanyName"]
        case "TargetCloseDate":
            return record.body["LifeCycle"]["TargetCloseDate"]
    return int(record.id[1:])


def _still_unseen(record: Opportunity) -> bool:
    if not record.unseen:
        return False
    record.unseen -= 1
    return True


def _seen(desk: Desk, catalog: str, identifier: str) -> Opportunity:
    record = desk.found(catalog, identifier)
    if record.unseen:
        record.unseen -= 1
        raise missing(identifier)
    return record


def assign(desk: Desk, body: dict[str, Any]) -> None:
    """Make another Partner Central user the owner."""
    record = desk.found(body["Catalog"], body["Identifier"])
    others = [member for member in record.team if member.get("BusinessTitle") != "OpportunityOwner"]
    record.team = [*others, body["Assignee"] | {"BusinessTitle": "OpportunityOwner"}]
    record.touch(desk.now())
    desk.tell("Updated", record)
