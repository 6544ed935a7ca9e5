"""A calendar event between Google's shape and ours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.clients import Meeting, Reply
from bot.deal import Interval, Json, System

KEY = "cosell_key"
"""The private extended property that holds a meeting's idempotency key."""
WHY_UNKNOWN = {
    "notFound": "this calendar is not shared with us",
    "tooManyCalendarsRequested": "too many calendars were asked for at once",
    "internalError": "Google could not read this calendar",
}


def stretches(answer: Mapping[str, Any] | None) -> tuple[Interval, ...] | str:
    """When a calendar of a free/busy answer is busy, or why that is not known."""
    if answer is None:
        return "Google did not answer for this calendar"
    # An empty "busy" beside "errors" is unknown, not free.
    if errors := answer.get("errors"):
        reason = errors[0].get("reason", "unknown")
        return WHY_UNKNOWN.get(reason, f"Google says {reason}")
    return tuple(
        Interval(start=datetime.fromisoformat(one["start"]), end=datetime.fromisoformat(one["end"]))
        for one in answer.get("busy", ())
    )


def event_body(meeting: Meeting, organizer: str) -> Mapping[str, Json]:
    """The body of events.insert; the organizer has said yes."""
    guests = [
        {"email": email, **({"responseStatus": "accepted"} if email.lower() == organizer.lower() else {})}
        for email in meeting.attendees
    ]
    conference = {
        "createRequest": {"requestId": meeting.id, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    }
    zone = ZoneInfo(meeting.timezone)
    return {
        "id": meeting.id,
        "summary": meeting.summary,
        "description": meeting.description,
        "start": {"dateTime": meeting.when.start.astimezone(zone).isoformat(), "timeZone": meeting.timezone},
        "end": {"dateTime": meeting.when.end.astimezone(zone).isoformat(), "timeZone": meeting.timezone},
        "attendees": guests,
        "extendedProperties": {"private": {KEY: meeting.key}},
        "guestsCanModify": False,
        "reminders": {"useDefault": True},
        **({"conferenceData": conference} if meeting.conference else {}),
    }


def to_meeting(event: Mapping[str, Any]) -> Meeting:
    """The event as read; what Google leaves out of a cancelled one is filled with the time of its change."""
    conference = event.get("conferenceData")
    doors = [door.get("uri") for door in (conference or {}).get("entryPoints", ())]
    start = event.get("start", {})
    return Meeting(
        id=event["id"],
        summary=event.get("summary", ""),
        description=event.get("description", ""),
        when=Interval(start=_moment(event, "start"), end=_moment(event, "end")),
        timezone=start.get("timeZone", "UTC"),
        attendees=tuple(guest["email"] for guest in event.get("attendees", ()) if "email" in guest),
        key=key_of(event),
        conference=conference is not None,
        status=event.get("status", "confirmed"),
        link=event.get("htmlLink"),
        join=event.get("hangoutLink") or next(iter(doors), None),
        organizer=event.get("organizer", {}).get("email"),
        etag=event.get("etag"),
    )


def _moment(event: Mapping[str, Any], end: str) -> datetime:
    # A cancelled event is only promised to have an id (Calendar API reference, Events, "status").
    when = event.get(end, {})
    if "dateTime" in when:
        return datetime.fromisoformat(when["dateTime"])
    if "date" in when:
        return datetime.fromisoformat(when["date"]).replace(tzinfo=ZoneInfo(when.get("timeZone", "UTC")))
    return datetime.fromisoformat(event["updated"]) if "updated" in event else datetime.now(UTC)


def key_of(event: Mapping[str, Any]) -> str:
    """Our idempotency key in the event; empty when it is not one of ours."""
    return str(event.get("extendedProperties", {}).get("private", {}).get(KEY, ""))


def to_reply(event: Mapping[str, Any]) -> Reply:
    """What is kept of an event that was written."""
    return Reply(
        system=System.CALENDAR,
        record=event["id"],
        request_id=event["id"],
        response_id=event.get("etag"),
        values={"link": event.get("htmlLink")},
        at=datetime.now(UTC),
    )
