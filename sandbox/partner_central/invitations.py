"""The inbox: opportunities and leads that AWS refers to us."""

from datetime import timedelta
from typing import Any

from sandbox.partner_central import events
from sandbox.partner_central.answers import conflict, missing
from sandbox.partner_central.events import AWS_ACCOUNT
from sandbox.partner_central.state import Desk, Invitation, Opportunity, nanos, page, tag

_LASTS = timedelta(days=15)


def invite(desk: Desk, record: Opportunity) -> str:
    """Put an AWS referral into the inbox; its opportunity is hidden until it is accepted."""
    account, project = record.body["Customer"]["Account"], record.body["Project"]
    payload = {
        "OpportunityInvitation": {
            "SenderContacts": _senders(desk),
            "ReceiverResponsibilities": ["Software Partner"],
            "Customer": {
                "Industry": account["Industry"],
                "CompanyName": account["CompanyName"],
                "WebsiteUrl": account["WebsiteUrl"],
                "CountryCode": account["Address"]["CountryCode"],
            },
            "Project": {
                "Title": project["Title"],
                "BusinessProblem": project["CustomerBusinessProblem"],
                "TargetCompletionDate": record.body["LifeCycle"]["TargetCloseDate"],
                "ExpectedCustomerSpend": project["ExpectedCustomerSpend"],
            },
        }
    }
    engagement = _engagement(desk, record.catalog, project["Title"], project["CustomerBusinessProblem"])
    desk.engagements[engagement]["Opportunity"] = record.id
    return _put(
        desk, record.catalog, "OpportunityInvitation", payload, project["Title"], engagement, record.id
    )


def invite_lead(desk: Desk, catalog: str, company: str, title: str, problem: str) -> str:
    """Put a lead into the inbox; it has no opportunity yet."""
    interaction = {"SourceType": "Event", "SourceId": "1", "SourceName": title, "Usecase": "Storage & Backup"}
    payload = {
        "LeadInvitation": {
            "Customer": {"CompanyName": company, "CountryCode": "US"},
            "Interaction": {**interaction, "ContactBusinessTitle": "Head of Data"},
        }
    }
    engagement = _engagement(desk, catalog, title, problem)
    contact = {
        "BusinessTitle": "Head of Data",
        "Email": "data@customer.example",
        "FirstName": "Sam",
        "LastName": "Reed",
    }
    lead = {
        "QualificationStatus": "New",
        "Customer": {"CompanyName": company},
        "Interactions": [{**interaction, "BusinessProblem": problem, "Contact": contact}],
    }
    desk.engagements[engagement]["Context"] = {"Id": "1", "Type": "Lead", "Payload": {"Lead": lead}}
    return _put(desk, catalog, "LeadInvitation", payload, title, engagement, None)


def _senders(desk: Desk) -> list[dict[str, str]]:
    known = [
        {name: member[name] for name in ("Email", "FirstName", "LastName", "BusinessTitle")}
        for member in desk.aws_team[:3]
    ]
    return known or [{"Email": "seller@aws.example"}]


def _engagement(desk: Desk, catalog: str, title: str, problem: str) -> str:
    identifier, now = tag("eng-", 14), nanos(desk.now())
    desk.engagements[identifier] = {
        "Catalog": catalog,
        "Title": title[:40],
        "Description": problem[:255],
        "CreatedAt": now,
        "ModifiedAt": now,
        "CreatedBy": AWS_ACCOUNT,
        "ModifiedBy": AWS_ACCOUNT,
    }
    return identifier


def _put(
    desk: Desk,
    catalog: str,
    kind: str,
    payload: dict[str, Any],
    title: str,
    engagement: str,
    opportunity: str | None,
) -> str:
    identifier, now = tag("engi-", 13), desk.now()
    arn = desk.arn(catalog, "engagement-invitation", identifier, shared=True)
    row = {
        "Arn": arn,
        "PayloadType": kind,
        "Id": identifier,
        "EngagementId": engagement,
        "EngagementTitle": title[:40],
        "Status": "PENDING",
        "InvitationDate": nanos(now),
        "ExpirationDate": nanos(now + _LASTS),
        "SenderAwsAccountId": AWS_ACCOUNT,
        "SenderCompanyName": "AWS",
        "Receiver": {"Account": {"Alias": None, "AwsAccountId": desk.account}},
        "Catalog": catalog,
        "RejectionReason": None,
        "Payload": payload,
        "InvitationMessage": "Would you take this one up with us?",
        "EngagementDescription": desk.engagements[engagement]["Description"],
        "ExistingMembers": [{"CompanyName": "AWS", "WebsiteUrl": "https://aws.amazon.com"}],
        "EnrichmentContext": None,
    }
    desk.invitations[identifier] = Invitation(catalog, row, now + _LASTS, opportunity)
    events.invitation(desk, "Created", catalog, row)
    return identifier


def _found(desk: Desk, catalog: str, identifier: str) -> Invitation:
    invitation = desk.invitations.get(identifier.rsplit("/", 1)[-1])
    if invitation is None or invitation.catalog != catalog:
        raise missing(identifier)
    _expire(desk, invitation)
    return invitation


def _expire(desk: Desk, invitation: Invitation) -> None:
    if invitation.row["Status"] == "PENDING" and desk.now() >= invitation.expires:
        invitation.row["Status"] = "EXPIRED"
        events.invitation(desk, "Expired", invitation.catalog, invitation.row)


def pending(desk: Desk, catalog: str, identifier: str) -> Invitation:
    """An invitation that waits for an answer; ConflictException when it has one or has expired."""
    invitation = _found(desk, catalog, identifier)
    if invitation.row["Status"] != "PENDING":
        raise conflict(f"Invitation {invitation.row['Id']} is {invitation.row['Status']}")
    return invitation


def get(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One invitation with its payload."""
    return dict(_found(desk, body["Catalog"], body["Identifier"]).row)


_SUMMARY = (
    "Arn",
    "PayloadType",
    "Id",
    "EngagementId",
    "EngagementTitle",
    "Status",
    "InvitationDate",
    "ExpirationDate",
    "SenderAwsAccountId",
    "SenderCompanyName",
    "Receiver",
    "Catalog",
)


def list_all(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One page of the inbox; the outbox is empty."""
    invitations = [i for i in list(desk.invitations.values()) if i.catalog == body["Catalog"]]
    for invitation in invitations:
        _expire(desk, invitation)
    engagements = [name.rsplit("/", 1)[-1] for name in body.get("EngagementIdentifier", [])]
    rows = [
        i.row
        for i in invitations
        if body["ParticipantType"] == "RECEIVER"
        and i.row["Status"] in body.get("Status", [i.row["Status"]])
        and i.row["PayloadType"] in (body.get("PayloadType") or [i.row["PayloadType"]])
        and i.row["EngagementId"] in (engagements or [i.row["EngagementId"]])
        and i.row["SenderAwsAccountId"] in body.get("SenderAwsAccountId", [AWS_ACCOUNT])
    ]
    if body.get("Sort", {}).get("SortOrder") == "DESCENDING":
        rows.reverse()
    part, token = page(rows, body, default=20)
    summaries = [{name: row[name] for name in _SUMMARY} | {"ParticipantType": "RECEIVER"} for row in part]
    return {"EngagementInvitationSummaries": summaries, "NextToken": token}


def accept(desk: Desk, body: dict[str, Any]) -> None:
    """Accept without making an opportunity, as a lead is accepted."""
    invitation = pending(desk, body["Catalog"], body["Identifier"])
    invitation.row["Status"] = "ACCEPTED"
    events.invitation(desk, "Accepted", invitation.catalog, invitation.row)


def reject(desk: Desk, body: dict[str, Any]) -> None:
    """Decline, with a reason."""
    invitation = pending(desk, body["Catalog"], body["Identifier"])
    invitation.row["Status"] = "REJECTED"
    invitation.row["RejectionReason"] = body.get("RejectionReason")
    events.invitation(desk, "Rejected", invitation.catalog, invitation.row)
