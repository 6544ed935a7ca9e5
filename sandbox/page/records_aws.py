"""What AWS Partner Central holds, as rows of the page."""

from collections.abc import Iterator

from bot.deal import Json
from sandbox.partner_central import summaries
from sandbox.partner_central.answers import AwsError
from sandbox.world import World


def rows(world: World) -> Iterator[tuple[str, Json]]:
    """``aws:<id>`` for our opportunities at AWS, ``invitation:<id>`` for what waits in our inbox."""
    desk = world.partner_central
    solutions = {solution["id"]: solution["name"] for solution in desk.solutions}
    for found in desk.opportunities():
        life, project = found["LifeCycle"], found["Project"]
        spend = (project.get("ExpectedCustomerSpend") or [{}])[0]
        about = {
            "id": found["Id"],
            "company": found["Customer"]["Account"]["CompanyName"],
            "title": project["Title"],
            "status": life["ReviewStatus"],
            "comments": life["ReviewComments"],
            "stage": life["Stage"],
            "close": life["TargetCloseDate"],
            "reference": found["PartnerOpportunityIdentifier"],
            "solutions": [solutions.get(id, id) for id in found["RelatedEntityIdentifiers"]["Solutions"]],
            "spend": spend.get("Amount"),
            "created_at": found["CreatedDate"],
            "changed_at": found["LastModifiedDate"],
            "summary": _summary(world, found["Catalog"], found["Id"]),
        }
        yield f"aws:{found['Id']}", about
    for invitation in list(desk.invitations.values()):
        row = invitation.row
        if row["Status"] == "PENDING":
            about = {
                "id": row["Id"],
                "kind": "Lead" if row["PayloadType"] == "LeadInvitation" else "Opportunity",
                "title": row["EngagementTitle"],
                "company": next(iter(row["Payload"].values()))["Customer"]["CompanyName"],
                "sent": f"{row['InvitationDate'][:19]}Z",
                "expires": f"{row['ExpirationDate'][:19]}Z",
            }
            yield f"invitation:{row['Id']}", about


def _summary(world: World, catalog: str, id: str) -> Json:
    """AWS's side of an opportunity; None while AWS has none."""
    asked = {"Catalog": catalog, "RelatedOpportunityIdentifier": id}
    try:
        found = summaries.summary(world.partner_central, asked)
    except AwsError:
        return None
    insights = found["Insights"] or {}
    quality = insights.get("OpportunityQuality") or {}
    return {
        "involvement": found["InvolvementType"],
        "visibility": found["Visibility"],
        "motion": found["CosellMotion"],
        "team": [
            f"{m['FirstName']} {m['LastName']} ({m['BusinessTitle']})" for m in found["OpportunityTeam"]
        ],
        "engagement": insights.get("EngagementScore"),
        "quality": quality.get("Score"),
        "trend": quality.get("Trend"),
        "next": insights.get("NextBestActions"),
        "recommendations": [one["Details"] for one in insights.get("Recommendations") or ()],
    }
