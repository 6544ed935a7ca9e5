"""What somebody does in the systems of record themselves, without the bot."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from sandbox.google_event import ApiError
from sandbox.page import faults
from sandbox.salesforce.problem import Problem
from sandbox.salesforce.schema import STAGES
from sandbox.world import World

EDITABLE: Mapping[str, str] = {
    "StageName": "Stage",
    "NextStep": "Next step",
    "Amount": "Amount",
    "CloseDate": "Close date",
}
"""The fields that the panel edits in Salesforce, with their labels."""
LONGEST_BLOCK = 24 * 60
"""Minutes."""
ANSWERS = ("accepted", "tentative", "declined")
"""What a guest can answer."""


def editors(world: World) -> dict[str, str]:
    """Who may edit an opportunity in Salesforce: username → name."""
    read_only = world.salesforce.records.read_only
    users = list(world.salesforce.records.rows["User"].values())
    may = (user for user in users if user["IsActive"] and user["Id"] not in read_only)
    return {user["Username"]: user["Name"] for user in may if user["Username"] != world.salesforce.run_as}


def edit(world: World, *, id: str, field: str, value: str, by: str) -> None:
    """Somebody edits an opportunity in Salesforce itself."""
    if field not in EDITABLE:
        raise ValueError(f"{field} cannot be edited here.")
    if by not in editors(world):
        raise ValueError("This person may not edit opportunities.")
    label, value = EDITABLE[field], str(value).strip()
    if not value and field != "NextStep":
        raise ValueError(f"{label} needs a value.")
    taken = _taken(field, label, value)
    try:
        world.salesforce.change(id, by, **{field: taken})
    except Problem as problem:
        raise ValueError(problem.message) from problem
    except (KeyError, StopIteration) as missing:
        raise ValueError("There is no such opportunity any more.") from missing


def _taken(field: str, label: str, value: str) -> str | float | None:
    if field == "StageName" and value not in STAGES:
        raise ValueError(f"{value} is no stage of this company.")
    if field == "CloseDate":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(f"{label} must be a date, such as 2027-01-31.") from None
    if field == "Amount":
        try:
            amount = float(value.replace(",", ""))
        except ValueError:
            raise ValueError(f"{label} must be a number.") from None
        if not 0 <= amount < 10**12:
            raise ValueError(f"{label} must lie between 0 and 999,999,999,999.")
        return amount
    return value or None


def review(world: World, *, id: str, decision: str, comments: str = "") -> None:
    """AWS's reviewer decides on an opportunity that was submitted."""
    if decision not in ("Approved", "Rejected", "Action Required"):
        raise ValueError("A reviewer approves, rejects, or requires action.")
    try:
        world.partner_central.review(id, decision, comments.strip())
    except KeyError as missing:
        raise ValueError("There is no such opportunity any more.") from missing


def refer(world: World, *, company: str, title: str) -> str:
    """AWS refers an opportunity to us; the invitation's id."""
    company, title = company.strip(), title.strip()
    if not company or not title:
        raise ValueError("A referral needs a company and a title.")
    if len(company) > 120 or len(title) > 255:
        raise ValueError("AWS takes at most 120 characters for a company and 255 for a title.")
    problem = f"{company} looks for a partner for this project and has asked AWS for one."
    return world.partner_central.refer_to_us(company, title, problem)


def rsvp(world: World, *, email: str, event: str, status: str) -> None:
    """A guest answers an invitation."""
    if status not in ANSWERS:
        raise ValueError("A guest accepts, declines, or says maybe.")
    try:
        world.calendar.rsvp(email, event, status)
    except KeyError as missing:
        raise ValueError("This person is not invited to that meeting.") from missing


def block(world: World, *, email: str, start: str, minutes: int, summary: str = "Busy") -> None:
    """Somebody books a time in their own calendar."""
    if email not in world.calendar.people():
        raise ValueError("This person has no calendar here.")
    if not isinstance(minutes, int) or not 5 <= minutes <= LONGEST_BLOCK:
        raise ValueError("A booking lasts between 5 minutes and a day.")
    try:
        begins = datetime.fromisoformat(start)
    except ValueError:
        raise ValueError("The start must be a date and a time.") from None
    if begins.tzinfo is None:
        raise ValueError("The start needs a time zone.")
    try:
        world.calendar.book(email, begins, begins + timedelta(minutes=minutes), summary.strip() or "Busy")
    except (ApiError, OverflowError) as problem:
        raise ValueError("The calendar does not take that time.") from problem


ACTS: Mapping[str, Callable[..., object]] = {
    "salesforce.edit": edit,
    "aws.review": review,
    "aws.refer": refer,
    "calendar.rsvp": rsvp,
    "calendar.block": block,
    **faults.ACTS,
}
"""What the panel can do, by name: called with the world and keywords. ``ValueError`` says why something cannot be."""
