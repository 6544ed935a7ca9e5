"""What AWS tells of its own side of an opportunity."""

from typing import Any

from sandbox.partner_central.answers import missing
from sandbox.partner_central.opportunities import RELATED
from sandbox.partner_central.schema import full
from sandbox.partner_central.state import Desk, Opportunity


def summary(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """AWS's side of a submitted opportunity: its partner manager, and after approval its seller and insights."""
    record = desk.found(body["Catalog"], body["RelatedOpportunityIdentifier"])
    if record.involvement is None:
        raise missing(record.id)
    approved = record.status == "Approved"
    team = [member for member in desk.aws_team if approved or member["BusinessTitle"].endswith("PDM")]
    answer: dict[str, Any] = full(
        "GetAwsOpportunitySummaryResponse",
        {
            "Catalog": record.catalog,
            "RelatedOpportunityId": record.id,
            "Origin": record.origin,
            "InvolvementType": record.involvement,
            "Visibility": record.visibility,
            "OpportunityTeam": team,
            "RelatedEntityIds": {kind: list(record.related.get(kind, [])) for kind in RELATED},
            "Insights": _insights(record) if approved else None,
            "LifeCycle": {
                "Stage": record.body["LifeCycle"]["Stage"],
                "TargetCloseDate": record.body["LifeCycle"]["TargetCloseDate"],
            }
            if approved
            else None,
            "CosellMotion": "AWS Field-engaged" if approved and record.involvement == "Co-Sell" else None,
        },
    )
    return answer


_ADVICE = (
    ("OpportunityQuality", "Add the customer's technical contact."),
    ("OpportunityQuality", "Say which AWS services the customer will use."),
    ("SolutionRecommendation", "Attach the solution that the customer is going to buy."),
    ("SpecialistRecommendation", "Bring in an AWS specialist for migrations."),
)


def _insights(record: Opportunity) -> dict[str, Any]:
    """What AWS thinks of it: made from its number, so that it is the same at every read."""
    number = int(record.id[1:])
    score = 40 + (number * 11 + 39) % 61
    return {
        "EngagementScore": "High" if score >= 70 else "Medium" if score >= 50 else "Low",
        "NextBestActions": f"Plan a joint call with {record.body['Customer']['Account']['CompanyName']}.",
        "OpportunityQuality": {
            "Score": score,
            "Trend": ("Improving", "No Change", "Declining")[number % 3],
        },
        "Recommendations": [
            {"Type": kind, "Details": words, "Attributes": {}} for kind, words in _ADVICE[: 1 + number % 4]
        ],
    }
