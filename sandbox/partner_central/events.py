"""What EventBridge tells of engagements, invitations and snapshots (AWS Partner Central, "Selling API events")."""

from typing import Any

from sandbox.partner_central.state import Desk, Opportunity, nanos

AWS_ACCOUNT = "aws"


def invitation(desk: Desk, kind: str, catalog: str, row: dict[str, Any]) -> None:
    """``Engagement Invitation Created``, ``… Accepted``, ``… Rejected`` or ``… Expired``; ``row`` as AWS shows one."""
    ours = row["SenderAwsAccountId"] == desk.account
    told = {
        "arn": row["Arn"],
        "id": row["Id"],
        "engagementId": row["EngagementId"],
        "senderAccountId": row["SenderAwsAccountId"],
        "receiverAccountId": row["Receiver"]["Account"]["AwsAccountId"],
        "participantType": "SENDER" if ours else "RECEIVER",
        "payloadType": row["PayloadType"],
    }
    if kind == "Created":
        told |= {"senderCompanyName": row["SenderCompanyName"], "expirationDate": row["ExpirationDate"]}
    detail = {"schemaVersion": "1.0", "engagementInvitation": told}
    desk.emit(f"Engagement Invitation {kind}", catalog, detail, [row["Arn"]])


def engagement(desk: Desk, record: Opportunity) -> None:
    """``Engagement Created``, for an opportunity that we submitted."""
    arn = _engagement_arn(desk, record)
    told = {
        "engagementArn": arn,
        "engagementId": record.engagement,
        "CreatedAt": nanos(desk.now()),
        "CreatedBy": desk.account,
        "ContextTypes": ["CustomerProject"],
    }
    desk.emit("Engagement Created", record.catalog, {"engagement": told}, [arn])


def member(desk: Desk, record: Opportunity, account: str, company: str) -> None:
    """``Engagement Member Added``."""
    detail = {
        "engagement": {"id": record.engagement},
        "engagementMember": {"accountId": account, "companyName": company},
    }
    desk.emit("Engagement Member Added", record.catalog, detail, [_engagement_arn(desk, record)])


def snapshot(desk: Desk, record: Opportunity) -> None:
    """``Engagement Resource Snapshot Created``; nothing for an opportunity that is in no engagement."""
    if record.engagement is None:
        return
    told = {
        "arn": f"{_engagement_arn(desk, record)}/resource/Opportunity/{record.id}",
        "engagementId": record.engagement,
        "resourceId": record.id,
        "resourceType": "Opportunity",
        "createdBy": desk.account,
    }
    arn = _engagement_arn(desk, record)
    desk.emit("Engagement Resource Snapshot Created", record.catalog, {"resourceSnapshot": told}, [arn])


def sent(desk: Desk, record: Opportunity, identifier: str) -> None:
    """``Engagement Invitation Created``, for our own invitation of AWS."""
    record.invited = {
        "Arn": desk.arn(record.catalog, "engagement-invitation", identifier, shared=True),
        "Id": identifier,
        "EngagementId": record.engagement,
        "SenderAwsAccountId": desk.account,
        "SenderCompanyName": desk.company,
        "Receiver": {"Account": {"AwsAccountId": AWS_ACCOUNT}},
        "PayloadType": "OpportunityInvitation",
        "ExpirationDate": nanos(desk.now()),
    }
    invitation(desk, "Created", record.catalog, record.invited)


def decided(desk: Desk, record: Opportunity, *, accepted: bool) -> None:
    """What AWS's decision does to our invitation of it."""
    if record.invited is None:
        return
    invitation(desk, "Accepted" if accepted else "Rejected", record.catalog, record.invited)
    if accepted:
        member(desk, record, AWS_ACCOUNT, "AWS")


def _engagement_arn(desk: Desk, record: Opportunity) -> str:
    return desk.arn(record.catalog, "engagement", record.engagement or "", shared=True)
