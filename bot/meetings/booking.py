"""The event of a meeting: sent once, and compared with what is in the calendar."""

import base64
import hashlib
from datetime import UTC, datetime

from bot.clients import Clients, Meeting, Reply
from bot.deal import System
from bot.errors import BotError, Refused, Unavailable, Unverified
from bot.meetings.draft import Draft
from bot.slots import names, stretch


def event_of(draft: Draft, key: str) -> Meeting:
    """The event as it is sent under this key; ``Refused`` when there is no time for it."""
    if draft.when is None or draft.summary is None:
        raise Refused("No time was found. Nothing was done.")
    return Meeting(
        id=event_id(key),
        summary=draft.summary,
        description=draft.agenda or "",
        when=draft.when,
        timezone=draft.timezone,
        attendees=draft.attendees,
        key=key,
        conference=draft.conference,
    )


def event_id(key: str) -> str:
    """An event id that follows from the key: 5 to 1,024 of ``a-v0-9`` (Google Calendar API reference, Events)."""
    return base64.b32hexencode(hashlib.sha256(key.encode()).digest()[:20]).decode().lower().rstrip("=")


def booked(clients: Clients, meeting: Meeting, resumed: bool) -> Reply:
    """The reply to the insert, or the event that is there already.

    After an earlier run (``resumed``), and where the outcome of the insert stays unknown, reading settles it; an event
    that is not there is inserted once more, which is safe because its id is the same. One that was deleted is an
    answer too: it is for a person to look at, never made again.
    """
    if resumed and (event := clients.calendar.event(meeting.id)) is not None:
        return _reply(event, meeting)
    try:
        return clients.calendar.insert(meeting)
    except Unverified as unknown:
        if (found := _found(clients, meeting, unknown)) is not None:
            return found
    try:
        return clients.calendar.insert(meeting)
    except (Unverified, Unavailable) as unknown:
        if (found := _found(clients, meeting, unknown)) is not None:
            return found
        raise Unverified(
            f"The calendar did not say whether “{meeting.summary}” was booked, and it is not there now. "
            f"Look in {clients.acting_as}'s calendar before you ask again."
        ) from unknown


def _found(clients: Clients, meeting: Meeting, unknown: BotError) -> Reply | None:
    try:
        event = clients.calendar.event(meeting.id)
    except BotError as error:
        raise Unverified(f"{unknown} Reading the calendar did not settle it: {error}") from error
    return None if event is None else _reply(event, meeting)


def _reply(event: Meeting, meeting: Meeting) -> Reply:
    if event.key != meeting.key:
        raise Unverified("Another event has the id of this meeting. Nothing more was done.")
    return Reply(
        system=System.CALENDAR,
        record=event.id,
        request_id=meeting.id,
        response_id=event.etag,
        values={"link": event.link, "join": event.join},
        at=datetime.now(UTC),
    )


def differences_of(event: Meeting, sent: Meeting, organizer: str) -> list[str]:
    """What reads back otherwise than it was sent from the calendar of ``organizer`` (empty: not known whose it is).

    The organiser may be left out of the list of attendees.
    """
    if event.status == "cancelled":
        return ["it was cancelled, which the bot does not undo"]
    there = {address.lower() for address in (*event.attendees, event.organizer or "")}
    missing = [address for address in sent.attendees if address.lower() not in there]
    differences = []
    if event.key != sent.key:
        differences.append("it does not carry the key of this approval")
    if organizer and event.organizer and event.organizer.lower() != organizer.lower():
        differences.append(f"it is organised by {event.organizer} instead of {organizer}")
    if (event.when.start, event.when.end) != (sent.when.start, sent.when.end):
        moved = stretch(event.when, sent.timezone)
        differences.append(f"it is {moved} instead of {stretch(sent.when, sent.timezone)}")
    if missing:
        differences.append(f"not invited: {names(missing)}")
    return differences
