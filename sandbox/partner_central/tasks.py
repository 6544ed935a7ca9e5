"""The tasks that AWS carries out by itself: submitting an opportunity, accepting an invitation."""

from typing import Any

from sandbox.partner_central import events
from sandbox.partner_central.answers import Finding, conflict, missing, not_allowed
from sandbox.partner_central.invitations import pending
from sandbox.partner_central.rules import to_submit
from sandbox.partner_central.schema import NO_SUPPORT
from sandbox.partner_central.state import Desk, Opportunity, Task, nanos, page, tag

SUBMISSION = "engagement-from-opportunity-task"
ACCEPTANCE = "engagement-by-accepting-invitation-task"


def start_submission(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """Submit a draft. The answer is HTTP 200 whatever comes of it: see TaskStatus, ReasonCode and Message."""
    record = desk.found(body["Catalog"], body["Identifier"])
    if any(
        task.row["OpportunityId"] == record.id and task.row["TaskStatus"] == "IN_PROGRESS"
        for task in desk.tasks.values()
    ):
        raise conflict(f"A submission of {record.id} is in progress")
    wanted = body["AwsSubmission"]
    involvement, visibility = wanted["InvolvementType"], wanted.get("Visibility", "Full")

    def finish(task: Task) -> None:
        problems = to_submit(record, involvement, visibility, desk.now().date())
        if problems:
            validated = record.status in ("Pending Submission", "Action Required")
            told = "OPPORTUNITY_VALIDATION_FAILED " + "; ".join(problems) if validated else problems[0]
            reason = "OpportunityValidationFailed" if validated else "OpportunitySubmissionFailed"
            task.row.update(TaskStatus="FAILED", ReasonCode=reason, Message=told)
            return
        task.row.update(
            TaskStatus="COMPLETE",
            ResourceSnapshotJobId=tag("job-", 13),
            EngagementId=record.engagement or tag("eng-", 14),
            EngagementInvitationId=tag("engi-", 13),
        )
        if not desk.ignore_submits:
            submitted(desk, record, involvement, visibility, task.row["EngagementId"])
            events.sent(desk, record, task.row["EngagementInvitationId"])

    return _begin(desk, SUBMISSION, body["Catalog"], finish, OpportunityId=record.id)


def submit(desk: Desk, body: dict[str, Any]) -> None:
    """The inner step of the task, called by itself: what the task would say is an exception here."""
    record = desk.found(body["Catalog"], body["Identifier"])
    involvement, visibility = body["InvolvementType"], body.get("Visibility", "Full")
    problems = to_submit(record, involvement, visibility, desk.now().date())
    if problems:
        raise not_allowed([Finding("", problem, "ACTION_NOT_PERMITTED") for problem in problems])
    if not desk.ignore_submits:
        submitted(desk, record, involvement, visibility, record.engagement or tag("eng-", 14))


def submitted(desk: Desk, record: Opportunity, involvement: str, visibility: str, engagement: str) -> None:
    """The record as it is after a submission, with an engagement that AWS is invited to."""
    record.body["LifeCycle"]["ReviewStatus"] = "Submitted"
    record.involvement, record.visibility, record.engagement = involvement, visibility, engagement
    if involvement == "For Visibility Only":
        record.body["PrimaryNeedsFromAws"] = [NO_SUPPORT]
    record.touch(desk.now())
    desk.tell("Updated", record)
    now = nanos(desk.now())
    desk.engagements[engagement] = {
        "Catalog": record.catalog,
        "Title": record.body["Project"]["Title"][:40],
        "Description": record.body["Project"]["CustomerBusinessProblem"][:255],
        "CreatedAt": now,
        "ModifiedAt": now,
        "CreatedBy": desk.account,
        "ModifiedBy": desk.account,
        "Opportunity": record.id,
    }
    events.engagement(desk, record)
    events.snapshot(desk, record)
    events.member(desk, record, desk.account, desk.company)


def start_acceptance(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """Accept an opportunity invitation and bring its opportunity to light."""
    invitation = pending(desk, body["Catalog"], body["Identifier"])
    if invitation.opportunity is None:
        told = "A lead invitation is accepted with AcceptEngagementInvitation"
        raise not_allowed([Finding("identifier", told, "ACTION_NOT_PERMITTED")])
    record = desk.records[invitation.opportunity]

    def finish(task: Task) -> None:
        invitation.row["Status"] = "ACCEPTED"
        record.hidden = False
        record.involvement, record.visibility = "Co-Sell", "Full"
        record.engagement = invitation.row["EngagementId"]
        record.touch(desk.now())
        task.row.update(TaskStatus="COMPLETE", OpportunityId=record.id, ResourceSnapshotJobId=tag("job-", 13))
        events.invitation(desk, "Accepted", record.catalog, invitation.row)
        events.member(desk, record, desk.account, desk.company)
        desk.tell("Created", record)
        desk.tell("Updated", record)
        events.snapshot(desk, record)

    identifier = invitation.row["Id"]
    return _begin(desk, ACCEPTANCE, body["Catalog"], finish, EngagementInvitationId=identifier)


def _begin(desk: Desk, kind: str, catalog: str, finish: Any, **row: str) -> dict[str, Any]:
    identifier = tag("task-", 13)
    blank = dict.fromkeys(
        ("Message", "ReasonCode", "OpportunityId", "ResourceSnapshotJobId", "EngagementInvitationId")
    )
    if kind == SUBMISSION:
        blank["EngagementId"] = None
    task = Task(
        kind=kind,
        catalog=catalog,
        finish=finish,
        polls=desk.task_polls,
        row={
            **blank,
            "TaskId": identifier,
            "TaskArn": desk.arn(catalog, kind, identifier),
            "StartTime": nanos(desk.now()),
            "TaskStatus": "IN_PROGRESS",
            **row,
        },
    )
    desk.tasks[identifier] = task
    if not task.polls:
        finish(task)
    return dict(task.row)


def list_submissions(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One page of submission tasks; the last one may name another page, which is empty."""
    return _list(desk, SUBMISSION, body)


def list_acceptances(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """One page of acceptance tasks."""
    return _list(desk, ACCEPTANCE, body)


def _list(desk: Desk, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    asked = {
        "TaskId": [name.rsplit("/", 1)[-1] for name in body.get("TaskIdentifier", [])],
        "OpportunityId": body.get("OpportunityIdentifier", []),
        "EngagementId": [name.rsplit("/", 1)[-1] for name in body.get("EngagementIdentifier", [])],
        "EngagementInvitationId": [
            name.rsplit("/", 1)[-1] for name in body.get("EngagementInvitationIdentifier", [])
        ],
    }
    tasks = [
        task
        for task in list(desk.tasks.values())
        if task.kind == kind
        and task.catalog == body["Catalog"]
        and all(not names or task.row.get(member) in names for member, names in asked.items())
    ]
    for task in tasks:
        _age(task)
    rows = [dict(task.row) for task in tasks]
    rows = [row for row in rows if row["TaskStatus"] in body.get("TaskStatus", [row["TaskStatus"]])]
    if body.get("Sort", {}).get("SortOrder") == "DESCENDING":
        rows.reverse()
    part, token = page(rows, body, default=100, tail=True)
    return {"TaskSummaries": part, "NextToken": token}


def _age(task: Task) -> None:
    if task.row["TaskStatus"] != "IN_PROGRESS":
        return
    if task.polls:
        task.polls -= 1
        return
    task.finish(task)


def engagement(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """An engagement with what it is about."""
    identifier = body["Identifier"].rsplit("/", 1)[-1]
    row = desk.engagements.get(identifier)
    if row is None or row["Catalog"] != body["Catalog"]:
        raise missing(identifier)
    return {
        "Id": identifier,
        "Arn": desk.arn(row["Catalog"], "engagement", identifier, shared=True),
        "MemberCount": 2,
        "Contexts": [row["Context"]] if "Context" in row else [_context(desk.records[row["Opportunity"]])],
        **{
            name: row[name]
            for name in ("Title", "Description", "CreatedAt", "CreatedBy", "ModifiedAt", "ModifiedBy")
        },
    }


def _context(record: Opportunity) -> dict[str, Any]:
    account, project = record.body["Customer"]["Account"], record.body["Project"]
    customer = {
        "Industry": account["Industry"],
        "CompanyName": account["CompanyName"],
        "WebsiteUrl": account["WebsiteUrl"],
        "CountryCode": account["Address"]["CountryCode"],
    }
    about = {
        "Title": project["Title"],
        "BusinessProblem": project["CustomerBusinessProblem"],
        "TargetCompletionDate": record.body["LifeCycle"]["TargetCloseDate"],
    }
    return {
        "Id": "1",
        "Type": "CustomerProject",
        "Payload": {"CustomerProject": {"Customer": customer, "Project": about}},
    }
