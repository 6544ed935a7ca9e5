"""AWS's answers as our values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.clients import Reply, Task
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
