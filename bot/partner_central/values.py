"""AWS's answers as our values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.clients import Insights, Invitation, PartnerDeal, Reply, Task
from bot.deal import Json, Referral, System, Teammate


def reply(record: str, token: str | None, answer: Mapping[str, Any], values: Mapping[str, Json]) -> Reply:
    """The reply to a write, with our token and AWS's request id."""
    return Reply(
        system=System.PARTNER_CENTRAL,
        record=record,
        request_id=token,
        response_id=answer.get("ResponseMetadata", {}).get("RequestId"),
        values=values,
        at=datetime.now(UTC),
    )


def version(at: datetime | None) -> str:
    """LastModifiedDate as ISO 8601 in UTC."""
    return "" if at is None else at.astimezone(UTC).isoformat()


def task_from(row: Mapping[str, Any]) -> Task:
    """A row of ListEngagementFromOpportunityTasks, or the answer that started the task."""
    return Task(
        id=row["TaskId"],
        status=row.get("TaskStatus", "IN_PROGRESS"),
        reason=row.get("ReasonCode"),
        message=row.get("Message"),
    )


def referral_from(found: Mapping[str, Any], summary: Mapping[str, Any]) -> Referral:
    """GetOpportunity's answer with GetAwsOpportunitySummary's, which may be empty."""
    life_cycle, related = found.get("LifeCycle", {}), found.get("RelatedEntityIdentifiers", {})
    return Referral(
        id=found["Id"],
        title=found.get("Project", {}).get("Title"),
        company=found.get("Customer", {}).get("Account", {}).get("CompanyName"),
        review_status=life_cycle.get("ReviewStatus"),
        stage=life_cycle.get("Stage"),
        reference=found.get("PartnerOpportunityIdentifier"),
        involvement=summary.get("InvolvementType"),
        solutions=tuple(related.get("Solutions", ())),
        products=tuple(related.get("AwsProducts", ())),
        team=tuple(
            Teammate(
                name=f"{member.get('FirstName', '')} {member.get('LastName', '')}".strip(),
                email=member.get("Email", ""),
                title=member.get("BusinessTitle", ""),
            )
            for member in summary.get("OpportunityTeam", ())
        ),
        engagement_score=summary.get("Insights", {}).get("EngagementScore"),
        version=version(found["LastModifiedDate"]),
        as_of=datetime.now(UTC),
    )


def partner_deal_from(row: Mapping[str, Any]) -> PartnerDeal:
    """A row of ListOpportunities."""
    account, life_cycle = row.get("Customer", {}).get("Account", {}), row.get("LifeCycle", {})
    return PartnerDeal(
        id=row["Id"],
        company=account.get("CompanyName", ""),
        website=account.get("WebsiteUrl", ""),
        country=account.get("Address", {}).get("CountryCode", ""),
        stage=life_cycle.get("Stage", ""),
        review_status=life_cycle.get("ReviewStatus", ""),
        reference=row.get("PartnerOpportunityIdentifier", ""),
        modified=row["LastModifiedDate"],
    )


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation says and its row in the list does not; it never changes."""

    title: str | None
    company: str | None
    website: str | None
    country: str | None


def invited_from(found: Mapping[str, Any]) -> Invited:
    """GetEngagementInvitation's answer; a lead has no project, and both may come with other members some day."""
    payload = found.get("Payload", {})
    said = payload.get("OpportunityInvitation") or payload.get("LeadInvitation") or {}
    customer = said.get("Customer", {})
    return Invited(
        title=said.get("Project", {}).get("Title"),
        company=customer.get("CompanyName"),
        website=customer.get("WebsiteUrl"),
        country=customer.get("CountryCode"),
    )


def invitation_from(row: Mapping[str, Any], invited: Invited) -> Invitation:
    """A row of ListEngagementInvitations, or GetEngagementInvitation's answer, with what the invitation says.

    The engagement's title is cut at 40 characters, the project's is whole.
    """
    return Invitation(
        id=row["Id"],
        arn=row.get("Arn", ""),
        title=invited.title or row.get("EngagementTitle", ""),
        sender=row.get("SenderCompanyName", ""),
        kind=row.get("PayloadType", ""),
        status=row.get("Status", ""),
        company=invited.company,
        website=invited.website,
        country=invited.country,
        invited_at=row["InvitationDate"],
        expires_at=row.get("ExpirationDate"),
    )


def insights_from(id: str, summary: Mapping[str, Any]) -> Insights:
    """GetAwsOpportunitySummary's answer, which may be empty.

    What to do next comes first: it is AWS's older word for the same thing, and the list has at most five.
    """
    insights = summary.get("Insights", {})
    quality = insights.get("OpportunityQuality", {})
    words = [
        insights.get("NextBestActions"),
        *(r.get("Details") for r in insights.get("Recommendations", ())),
    ]
    return Insights(
        id=id,
        engagement=insights.get("EngagementScore"),
        quality=quality.get("Score"),
        trend=quality.get("Trend"),
        recommendations=tuple(dict.fromkeys(word for word in words if word))[:5],
        as_of=datetime.now(UTC),
    )
