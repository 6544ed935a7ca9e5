"""The times of a meeting: whether the present one is good, which others are, and who is busy then."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import slots
from bot.deal import Deal, Interval
from bot.meetings import people
from bot.meetings.draft import Draft
from bot.slots import Clash, Guest, Slot, Wish


def settled(draft: Draft, deal: Deal) -> dict[str, Any]:
    """The time that fits the facts and who is unchecked then; nothing while calendars wait to be read.

    A time that nobody chose moves when it is no longer good. Somebody whose calendar cannot be read any more is
    added to ``unchecked``, so that a card which said "free" asks again; becoming readable changes nothing.
    """
    if draft.calendars and deal.availability is None:
        return {}
    if not draft.chosen and not _good(draft, deal):
        found = slots.best(guests(draft, deal), wish(draft, deal), limit=1)
        draft = draft.model_copy(update={"start": found[0].start if found else None})
    unknown = {guest.email for guest in guests(draft, deal, draft.when) if guest.busy is None}
    unchecked = tuple(a for a in draft.attendees if a in unknown or a in draft.unchecked)
    return {"start": draft.start, "unchecked": unchecked}


def offers(draft: Draft, deal: Deal) -> tuple[Slot, ...]:
    """Up to three good times, the present one first as long as it is good."""
    return slots.best(guests(draft, deal), wish(draft, deal), keep=draft.start)


def clashes(draft: Draft, deal: Deal) -> tuple[Clash, ...]:
    """Who is known to be busy at the present time."""
    when = draft.when
    return () if when is None else slots.clashes(guests(draft, deal, when), when)


def is_short_notice(draft: Draft, deal: Deal) -> bool:
    """Whether the present time is sooner than the notice we give."""
    when = draft.when
    return when is not None and when.start < deal.as_of + timedelta(hours=deal.meeting.notice_hours)


def guests(draft: Draft, deal: Deal, when: Interval | None = None) -> tuple[Guest, ...]:
    """The attendees, and whoever would be the organiser, with what is known of them.

    A calendar that was not read for ``when`` is not known then.
    """
    known: Mapping[str, tuple[Interval, ...]] = {}
    free_busy = deal.availability
    if free_busy is not None and (when is None or _within(when, free_busy.window)):
        known = {calendar.lower(): busy for calendar, busy in free_busy.busy.items()}
    reader = free_busy.read_as if free_busy is not None else None
    addresses = [
        *draft.attendees,
        *([reader] if reader is not None and not _comes(draft, deal, reader) else []),
    ]
    return tuple(people.guest(deal, address, known) for address in addresses)


def is_unread(draft: Draft, deal: Deal) -> bool:
    """Whether the calendars were not read for the present time, but will be before it is taken."""
    when = draft.when
    if when is None or not draft.calendars:
        return False
    return deal.availability is None or not _within(when, deal.availability.window)


def wish(draft: Draft, deal: Deal) -> Wish:
    """What is looked for, within what was read of the calendars and with the notice we give."""
    opens = max(draft.search.start, deal.as_of + timedelta(hours=deal.meeting.notice_hours))
    closes = draft.search.end
    if deal.availability is not None:
        opens = max(opens, deal.availability.window.start + draft.margin)
        closes = min(closes, deal.availability.window.end - draft.margin)
    return Wish(
        minutes=draft.minutes,
        buffer_minutes=draft.buffer_minutes,
        opens=opens,
        closes=closes,
        timezone=draft.timezone,
        earliest=draft.earliest,
        latest=draft.latest,
        part_of_day=draft.part_of_day,
    )


def _good(draft: Draft, deal: Deal) -> bool:
    return draft.start is not None and slots.fits(guests(draft, deal), wish(draft, deal), draft.start)


def _comes(draft: Draft, deal: Deal, who: str) -> bool:
    """Whether somebody is an attendee already, by their address or that of their calendar."""
    return _id(deal, who) in {_id(deal, address) for address in draft.attendees}


def _id(deal: Deal, address: str) -> str:
    return (people.calendar(deal, address) or address).lower()


def _within(inner: Interval, outer: Interval) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
