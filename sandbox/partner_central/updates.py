"""UpdateOpportunity: a full replacement, behind a lock, with a table of who may edit what while.

Sources: AWS Partner Central API reference, UpdateOpportunity; AWS's developer guide, "Testing in the sandbox".
"""

from collections.abc import Iterator
from typing import Any

from sandbox.partner_central.answers import Finding, conflict, not_allowed
from sandbox.partner_central.opportunities import kept
from sandbox.partner_central.rules import required, to_keep
from sandbox.partner_central.schema import camel, instant
from sandbox.partner_central.state import PENDING, Desk, Opportunity, millis

_REVIEW = ("lifeCycle.reviewStatus", "lifeCycle.reviewComments", "lifeCycle.reviewStatusReason")
_DECISIONS = ("Approved", "Rejected", "Action Required")
_EDITABLE_ON_REQUEST = (
    "customer.account.address.",
    "customer.account.websiteUrl",
    "lifeCycle.targetCloseDate",
    "project.expectedCustomerSpend",
    "project.customerBusinessProblem",
    "partnerOpportunityIdentifier",
)
_LOCKED_AFTER_APPROVAL = (
    "customer.account.companyName",
    "customer.account.industry",
    "customer.account.websiteUrl",
    "customer.account.address.countryCode",
    "customer.account.address.postalCode",
    "customer.account.address.stateOrRegion",
    "project.title",
    "project.customerBusinessProblem",
    "project.apnPrograms",
    "partnerOpportunityIdentifier",
    "nationalSecurity",
)


def update(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """Replace an opportunity's members; AWS's decisions may be set in the Sandbox catalog alone."""
    record = desk.found(body["Catalog"], body["Identifier"])
    read = instant(body["LastModifiedDate"])
    if read.replace(microsecond=read.microsecond // 1000 * 1000) != record.modified:
        raise conflict("Conflicting error, last modified date is not the latest")
    new = kept(body)
    asked = new["LifeCycle"].get("ReviewStatus")
    if asked is None and not desk.update_drops_review_status and record.status is not None:
        new["LifeCycle"]["ReviewStatus"] = asked = record.status
    findings = [
        *_transition(record, asked),
        *_forbidden(record, new),
        *(required(path) for path in _missing_on_update(body)),
        *to_keep(new, desk.now().date(), catalog=record.catalog, known_ids=set(desk.records)),
    ]
    if findings:
        raise not_allowed(findings)
    if record.status == "Action Required" and asked == "Action Required":
        new["LifeCycle"]["ReviewStatus"] = "Submitted"  # the update itself asks for another review
    record.body = new
    record.touch(desk.now())
    desk.tell("Updated", record)
    return {"Id": record.id, "LastModifiedDate": millis(record.modified)}


def _transition(record: Opportunity, asked: str | None) -> Iterator[Finding]:
    if asked is None or asked == record.status:
        return
    path = "lifeCycle.reviewStatus"
    if record.status == "Approved":
        yield Finding(path, "reviewStatus is not editable if status is Approved", "ACTION_NOT_PERMITTED")
    elif record.catalog != "Sandbox":
        yield Finding(path, "reviewStatus is not editable", "ACTION_NOT_PERMITTED")
    elif record.status not in ("Submitted", "In review") or asked not in _DECISIONS:
        told = f"Cannot transition opportunity from status '{record.status}' to '{asked}'."
        yield Finding(path, told, "INVALID_RESOURCE_STATE")


def _missing_on_update(body: dict[str, Any]) -> Iterator[str]:
    if "Stage" not in body.get("LifeCycle", {}):
        yield "lifeCycle.stage"
    if "Source" not in body.get("Marketing", {}):
        yield "marketing.source"


def _forbidden(record: Opportunity, new: dict[str, Any]) -> Iterator[Finding]:
    changed = [path for path in _changes(record.body, new) if path not in _REVIEW]
    deciding = new["LifeCycle"].get("ReviewStatus") != record.status
    if record.status == "Rejected" or (record.status in ("Submitted", "In review") and not deciding):
        told = f"Opportunity cannot be updated while its status is {record.status}"
        yield Finding("lifeCycle.reviewStatus", told, "ACTION_NOT_PERMITTED")
        return
    for path in changed:
        if path == "lifeCycle.stage" and record.status == PENDING:
            told = "You can not update the stage when Opportunity status is Pending Submission"
            yield Finding(path, told, "ACTION_NOT_PERMITTED")
        elif _locked(record.status, path):
            yield Finding(
                path, f"{path} is not editable if status is {record.status}", "ACTION_NOT_PERMITTED"
            )


def _locked(status: str | None, path: str) -> bool:
    match status:
        case "Submitted" | "In review":
            return True
        case "Action Required":
            return not path.startswith(_EDITABLE_ON_REQUEST)
        case "Approved":
            return path in _LOCKED_AFTER_APPROVAL
    return False


def _changes(old: Any, new: Any, path: str = "") -> Iterator[str]:
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = old or {}, new or {}
        for member in sorted({*before, *after}):
            inner = f"{path}.{camel(member)}" if path else camel(member)
            yield from _changes(before.get(member), after.get(member), inner)
    elif (old or None) != (new or None):
        yield path
