"""What an opportunity is associated with: solutions, AWS products, marketplace offers."""

import re
from typing import Any

from sandbox.partner_central.answers import Finding, conflict, missing, not_allowed
from sandbox.partner_central.state import Desk, Opportunity, page

_MOST = {
    "Solutions": 10,
    "AwsProducts": 20,
    "AwsMarketplaceSolutions": 10,
    "AwsMarketplaceProducts": 10,
    "AwsMarketplaceOffers": 1,
    "AwsMarketplaceOfferSets": 1,
}
_PATTERNS = {
    "Solutions": r"(arn:aws:partnercentral:.*/)?S-[0-9]{1,19}",
    "AwsProducts": r"[A-Za-z0-9][\w .&/()-]*",
    "AwsMarketplaceOffers": r"arn:aws:aws-marketplace:[a-z]{1,2}-[a-z]*-\d+:\d{12}:AWSMarketplace/Offer/.*",
    "AwsMarketplaceOfferSets": (
        r"arn:aws:aws-marketplace:[a-z]{1,2}-[a-z]*-\d+:\d{12}:AWSMarketplace/OfferSet/offerset-.*"
    ),
    "AwsMarketplaceSolutions": r"arn:aws:aws-marketplace:.*",
    "AwsMarketplaceProducts": r"arn:aws:aws-marketplace:.*",
}


def associate(desk: Desk, body: dict[str, Any]) -> None:
    """Attach a solution, product or offer; a pair that is there already stays one pair."""
    record = desk.found(body["Catalog"], body["OpportunityIdentifier"])
    kind = body["RelatedEntityType"]
    entity = _entity(desk, kind, body["RelatedEntityIdentifier"])
    attached = record.related.setdefault(kind, [])
    if entity in attached:
        if desk.associate_conflicts:
            raise conflict(f"{entity} is already associated with {record.id}")
        return
    if record.status == "Rejected":
        told = "Opportunity cannot be updated while its status is Rejected"
        raise not_allowed([Finding("opportunityIdentifier", told, "INVALID_RESOURCE_STATE")])
    if len(attached) >= _MOST[kind]:
        told = f"At most {_MOST[kind]} {kind} can be associated with one opportunity"
        raise not_allowed([Finding("relatedEntityIdentifier", told, "TOO_MANY_VALUES")])
    _may_take_offer(desk, record, kind, entity)
    attached.append(entity)
    record.touch(desk.now())
    desk.tell("Updated", record)


def disassociate(desk: Desk, body: dict[str, Any]) -> None:
    """Take an association away."""
    record = desk.found(body["Catalog"], body["OpportunityIdentifier"])
    kind = body["RelatedEntityType"]
    entity = body["RelatedEntityIdentifier"]
    entity = entity.rsplit("/", 1)[-1] if kind == "Solutions" else entity
    if entity not in record.related.get(kind, []):
        raise missing(entity)
    _may_take_offer(desk, record, kind, None)
    record.related[kind].remove(entity)
    record.touch(desk.now())
    desk.tell("Updated", record)


def _entity(desk: Desk, kind: str, identifier: str) -> str:
    pattern = _PATTERNS.get(kind)
    if pattern and not re.fullmatch(pattern, identifier):
        told = f"Member must satisfy regular expression pattern: {pattern}"
        raise not_allowed([Finding("relatedEntityIdentifier", told, "INVALID_STRING_FORMAT")])
    if kind != "Solutions":
        return identifier
    identifier = identifier.rsplit("/", 1)[-1]
    solution = next((s for s in desk.solutions if s["id"] == identifier), None)
    if solution is None:
        raise missing(identifier)
    if solution["status"] != "Active":
        told = f"Solution {identifier} is not active"
        raise not_allowed([Finding("relatedEntityIdentifier", told, "INVALID_RESOURCE_STATE")])
    return identifier


def _may_take_offer(desk: Desk, record: Opportunity, kind: str, entity: str | None) -> None:
    if not kind.startswith("AwsMarketplaceOffer"):
        return
    if record.body["LifeCycle"].get("Stage") == "Closed Lost":
        told = "Cannot associate/disassociate offers when opportunity is in 'Closed Lost'."
        raise not_allowed([Finding("relatedEntityIdentifier", told, "INVALID_RESOURCE_STATE")])
    if entity and any(entity in other.related.get(kind, []) for other in list(desk.records.values())):
        told = "One AWS Marketplace offer can only be associated with one opportunity."
        raise not_allowed([Finding("relatedEntityIdentifier", told, "DUPLICATE_KEY_VALUE")])


def list_solutions(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One page of the partner's solutions."""
    rows = [
        solution
        for solution in desk.solutions
        if solution["status"] in (body.get("Status") or [solution["status"]])
        and solution["id"] in (body.get("Identifier") or [solution["id"]])
    ]
    sort = body.get("Sort", {"SortBy": "Identifier", "SortOrder": "ASCENDING"})
    member = {"Name": "name", "Status": "status"}.get(sort["SortBy"], "id")
    rows.sort(key=lambda solution: str(solution[member]), reverse=sort["SortOrder"] == "DESCENDING")
    part, token = page(rows, body, default=20)
    summaries = [
        {
            "Catalog": body["Catalog"],
            "Id": solution["id"],
            "Arn": desk.arn(body["Catalog"], "solution", solution["id"]),
            "Name": solution["name"],
            "Status": solution["status"],
            "Category": solution.get("category", "Software Product"),
            "CreatedDate": "2025-03-04T09:12:44Z",
            "AwsMarketplaceSolutionArn": None,
        }
        for solution in part
    ]
    return {"SolutionSummaries": summaries, "NextToken": token}
