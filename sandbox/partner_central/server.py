"""The stand-in itself: one path, the operation in a header, and AWS's order of checks."""

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.partner_central import (
    associations,
    events,
    invitations,
    opportunities,
    summaries,
    tasks,
    updates,
)
from sandbox.partner_central.access import READS, WRITES, Quota, assume_role, caller, sts_error
from sandbox.partner_central.answers import AwsError, conflict, injected, wire
from sandbox.partner_central.schema import accepted, takes_token
from sandbox.partner_central.state import Audit, Desk, Opportunity
from sandbox.server import Fault, StandIn

_OPERATIONS: dict[str, Callable[[Desk, dict[str, Any]], dict[str, Any] | None]] = {
    "CreateOpportunity": opportunities.create,
    "GetOpportunity": opportunities.get,
    "UpdateOpportunity": updates.update,
    "ListOpportunities": opportunities.list_all,
    "AssignOpportunity": opportunities.assign,
    "AssociateOpportunity": associations.associate,
    "DisassociateOpportunity": associations.disassociate,
    "ListSolutions": associations.list_solutions,
    "GetAwsOpportunitySummary": summaries.summary,
    "SubmitOpportunity": tasks.submit,
    "StartEngagementFromOpportunityTask": tasks.start_submission,
    "ListEngagementFromOpportunityTasks": tasks.list_submissions,
    "StartEngagementByAcceptingInvitationTask": tasks.start_acceptance,
    "ListEngagementByAcceptingInvitationTasks": tasks.list_acceptances,
    "GetEngagement": tasks.engagement,
    "GetEngagementInvitation": invitations.get,
    "ListEngagementInvitations": invitations.list_all,
    "AcceptEngagementInvitation": invitations.accept,
    "RejectEngagementInvitation": invitations.reject,
}
_TARGET = "AWSPartnerCentralSelling."


class PartnerCentral(StandIn, Desk):
    """AWS Partner Central and the part of STS that leads to it, at one address.

    Serve it as ``AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING`` and ``AWS_ENDPOINT_URL_STS``. ``audit`` tells who called
    what, ``events`` what EventBridge would carry; the switches are the attributes of ``Desk`` and ``enforce_quota``.
    """

    name = "AWS Partner Central"

    def __init__(self, seed: dict[str, Any]) -> None:
        StandIn.__init__(self)
        Desk.__init__(self, seed["aws"])
        self.enforce_quota = True
        self._writes, self._reads = Quota(1, burst=0.4), Quota(10, burst=0.95)
        for known in seed["aws"].get("opportunities", []):
            self._remember(known)

    # -- what a test or the demo sees and does --------------------------------------------------------------
    def opportunity(self, id: str) -> dict[str, Any]:
        """One opportunity as GetOpportunity gives it, nulls included; KeyError when there is none."""
        return opportunities.shown(self, self.records[id])

    def opportunities(self) -> list[dict[str, Any]]:
        """Every opportunity, oldest first, hidden referrals left out."""
        return [
            opportunities.shown(self, record) for record in list(self.records.values()) if not record.hidden
        ]

    def review(self, id: str, decision: str, comments: str = "") -> None:
        """AWS decides on a submitted opportunity: Approved, Rejected, Action Required or In review."""
        record = self.records[id]
        if record.status not in ("Submitted", "In review"):
            raise ValueError(f"{id} is {record.status}; only what was submitted is reviewed")
        if decision not in ("Approved", "Rejected", "Action Required", "In review"):
            raise ValueError(f"{decision!r} is no decision of AWS")
        record.body["LifeCycle"]["ReviewStatus"] = decision
        if comments:
            record.body["LifeCycle"]["ReviewComments"] = comments
        record.touch(self.now())
        if decision in ("Approved", "Rejected"):
            events.decided(self, record, accepted=decision == "Approved")
        self.tell("Updated", record)
        events.snapshot(self, record)

    def refer_to_us(
        self, company: str, title: str, problem: str, *, lead: bool = False, catalog: str = "Sandbox"
    ) -> str:
        """AWS invites us to an opportunity, or to a lead; returns the invitation's id."""
        if lead:
            return invitations.invite_lead(self, catalog, company, title, problem)
        record = self._record(self.number(), company, title, catalog)
        record.body["Project"]["CustomerBusinessProblem"] = problem
        record.body["LifeCycle"]["ReviewStatus"] = "Approved"
        record.origin, record.hidden = "AWS Referral", True
        self.records[record.id] = record
        return invitations.invite(self, record)

    # -- the wire -------------------------------------------------------------------------------------------
    def asgi(self) -> ASGIApp:
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        if "x-amz-target" in headers:
            return headers["x-amz-target"].rpartition(".")[2]
        if path.startswith("/_") or path == "/":
            return parse_qs(body.decode("latin-1")).get("Action", [""])[0]
        return path.strip("/")

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        if "AssumeRole" in fault.on:
            status = fault.status or 500
            code = fault.code or {403: "AccessDenied", 429: "Throttling"}.get(status, "InternalFailure")
            return sts_error(status if status != 429 else 400, code, "Not this time")
        return wire(injected(fault.status or 500, fault.code))

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        if "x-amz-target" not in headers and scope["path"] == "/":
            status, extra, content = assume_role(self, headers, body)
        else:
            status, extra, content = wire(self._answer(scope["path"], headers, body))
        extra["content-length"] = str(len(content))
        raw = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any] | AwsError | None:
        operation = self.operation("POST", path, headers, body)
        entry = Audit(self.now(), operation, "", None, None)
        self.audit.append(entry)
        try:
            if operation not in _OPERATIONS or not headers.get("x-amz-target", _TARGET).startswith(_TARGET):
                raise AwsError("UnknownOperationException")
            by = caller(self, headers, "partnercentral-selling")
            entry.arn, entry.session, entry.source_identity = by.arn, by.session, by.source_identity
            self._throttle(operation)
            return self._carried_out(operation, self._checked(operation, body, by.arn))
        except AwsError as error:
            entry.error = error.name
            return error

    def _throttle(self, operation: str) -> None:
        if not self.enforce_quota:
            return
        if operation in WRITES:
            self._writes.take(self.clock)
        if operation in READS:
            self._reads.take(self.clock)

    def _checked(self, operation: str, body: bytes, arn: str) -> dict[str, Any]:
        try:
            asked = json.loads(body or b"{}")
        except ValueError as error:
            raise AwsError("SerializationException", "The request body is not JSON") from error
        known = accepted(operation, asked)
        if known["Catalog"] not in self.allowed_catalogs:
            told = f"User: {arn} is not authorized to perform: partnercentral:{operation} on catalog {known['Catalog']}"
            raise AwsError("AccessDeniedException", told)
        return known

    def _carried_out(self, operation: str, body: dict[str, Any]) -> dict[str, Any] | None:
        if not takes_token(operation):
            return _OPERATIONS[operation](self, body)
        key = (body["Catalog"], operation, body.pop("ClientToken"))
        seen = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        if key in self.tokens:
            first, stored = self.tokens[key]
            if first != seen:
                raise conflict("Conflicting client token submitted for a new request body.")
            return dict(self.tasks[stored["TaskId"]].row) if "TaskId" in stored else stored
        result = _OPERATIONS[operation](self, body)
        self.tokens[key] = (seen, result or {})
        return result

    # -- what is there from the start -----------------------------------------------------------------------
    def _remember(self, known: dict[str, Any]) -> None:
        record = self._record(known["id"], known["company"], known["title"], known.get("catalog", "Sandbox"))
        record.body["PartnerOpportunityIdentifier"] = known.get("reference")
        record.body["LifeCycle"]["ReviewStatus"] = known["review_status"]
        if "solution" in known:
            record.related["Solutions"] = [known["solution"]]
        self.records[record.id] = record
        if known["review_status"] != "Pending Submission":
            record.involvement, record.visibility = "Co-Sell", "Full"

    def _record(self, id: str, company: str, title: str, catalog: str) -> Opportunity:
        now = self.now()
        created = now - timedelta(days=30)
        body = copy.deepcopy(_KNOWN)
        body["Customer"]["Account"]["CompanyName"] = company
        body["Project"]["Title"] = title
        body["LifeCycle"]["TargetCloseDate"] = (now + timedelta(days=90)).date().isoformat()
        record = Opportunity(id, catalog, body, created, created.replace(microsecond=0))
        record.team = [opportunities.owner(self)]
        return record


_KNOWN: dict[str, Any] = {
    "PrimaryNeedsFromAws": ["Co-Sell - Deal Support"],
    "NationalSecurity": "No",
    "OpportunityType": "Net New Business",
    "Customer": {
        "Account": {
            "Industry": "Software and Internet",
            "WebsiteUrl": "https://customer.example",
            "Address": {"CountryCode": "US", "StateOrRegion": "Washington", "PostalCode": "98109"},
        }
    },
    "Project": {
        "CustomerBusinessProblem": "The customer's present platform cannot grow with its business; it moves to AWS.",
        "CustomerUseCase": "Storage & Backup",
        "DeliveryModels": ["SaaS or PaaS"],
        "SalesActivities": ["Customer has shown interest in solution"],
        "ExpectedCustomerSpend": [
            {"Amount": "10000.00", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
        ],
    },
    "LifeCycle": {"Stage": "Qualified"},
    "Marketing": {"Source": "None"},
}
