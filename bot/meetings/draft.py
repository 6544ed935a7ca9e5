"""Everything that an invitation will hold, how a time for it is looked for, and what of it follows the facts."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from bot import slots
from bot.deal import Deal, Frozen, Interval
from bot.errors import Refused
from bot.hearing import MeetingAsk
from bot.hearing.meeting import LONGEST, SHORTEST
from bot.meetings import invitation, people

REACH = timedelta(days=60)
"""How far ahead a meeting may be asked for."""
ONE_QUERY = timedelta(days=80)
"""The longest window asked of free/busy at once; Google refuses more than about three months."""


class Draft(Frozen):
    """A joint meeting as far as it is known."""

    opportunity: str
    topic: str | None = None  # as it was said
    summary: str | None = None  # the invitation's title; None until made from the facts
    agenda: str | None = None  # the invitation's text; None until made from the facts
    attendees: tuple[str, ...]  # e-mail addresses; the approver is the organiser and need not be among them
    partners_open: bool = False  # nobody of the partner was named: they follow the referral's team
    organizer: str  # the opportunity's owner, in whose view of the calendars a time is looked for
    calendars: tuple[str, ...]  # of the attendees, as far as they have one
    timezone: str  # the owner's
    zones: tuple[str, ...]  # of all attendees, for telling the time
    minutes: int = Field(ge=SHORTEST, le=LONGEST)
    minutes_said: int | None = None  # the length that was asked for
    buffer_minutes: int = Field(ge=0)
    conference: bool
    search: Interval  # where a time is looked for
    earliest: date | None = None
    latest: date | None = None
    part_of_day: str | None = None
    start: AwareDatetime | None = None  # None until a time is found
    chosen: bool = False  # a person chose the time: it is never moved, only refused
    unchecked: tuple[str, ...] = ()  # attendees whose calendar the card said is not known

    @property
    def when(self) -> Interval | None:
        """The present time, in UTC."""
        if self.start is None:
            return None
        start = self.start.astimezone(UTC)
        return Interval(start=start, end=start + timedelta(minutes=self.minutes))

    @property
    def margin(self) -> timedelta:
        """What is kept free before and after."""
        return timedelta(minutes=self.buffer_minutes)

    @property
    def window(self) -> Interval:
        """In which calendars are read: the search and a day around the present time, as far as one query takes both."""
        first, last = self.search.start, self.search.end
        if self.start is not None:
            near = self.start - timedelta(days=1), self.start + timedelta(days=1, minutes=self.minutes)
            both = min(first, near[0]), max(last, near[1])
            first, last = both if both[1] - both[0] <= ONE_QUERY else near
        return Interval(start=first - self.margin, end=last + self.margin)


# -- how it comes about ------------------------------------------------------------------------------------------
def asked(wanted: MeetingAsk, deal: Deal, now: datetime) -> dict[str, Any]:
    """The fields of a meeting asked for at ``now``; ``Refused`` when nobody or no day can be made of what was said."""
    attendees, partners_open = _attendees(wanted, deal)
    minutes = wanted.minutes or deal.meeting.minutes
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(f"A meeting lasts {SHORTEST} to {LONGEST} minutes; {minutes} is not possible.")
    if wanted.part_of_day is not None and wanted.part_of_day not in slots.PARTS_OF_DAY:
        raise Refused(f"A part of the day is one of {slots.names(list(slots.PARTS_OF_DAY))}.")
    fields = people.following(deal, attendees)
    if partners_open:
        fields["calendars"] = people.all_calendars(deal, attendees)
    return {
        "opportunity": deal.id,
        "topic": wanted.topic,
        "partners_open": partners_open,
        "minutes": minutes,
        "minutes_said": wanted.minutes,
        "buffer_minutes": deal.meeting.buffer_minutes,
        "conference": deal.meeting.conference,
        "search": _search(now, deal, ZoneInfo(people.zone_of(deal, attendees)), wanted),
        "earliest": wanted.earliest,
        "latest": wanted.latest,
        "part_of_day": wanted.part_of_day,
        "start": wanted.exact.astimezone(UTC) if wanted.exact is not None else None,
        "chosen": wanted.exact is not None,
        **fields,
    }


def _attendees(wanted: MeetingAsk, deal: Deal) -> tuple[tuple[str, ...], bool]:
    """Who comes, our side first, and whether the partner's side was left open."""
    named = [people.resolved(deal, words) for words in wanted.people]
    ours = [people.owner(deal)] if deal.owner.active else []
    ours += [address for address in named if not people.theirs(deal, address)]
    if all(people.customer(deal, address) for address in ours):
        raise Refused(
            f"{deal.owner.name} owns {deal.name} and is no longer active, so nobody of our side would come. "
            "Give the opportunity an active owner, or name a colleague."
        )
    theirs = [address for address in named if people.theirs(deal, address)]
    invited = theirs or people.partners(deal)
    if not invited:
        raise Refused(
            "I found nobody of the partner for this deal. Name them by e-mail address, such as "
            "`/cosell meet pat@partner.example next week`."
        )
    return people.once([*ours, *invited]), not theirs


def _search(now: datetime, deal: Deal, zone: ZoneInfo, wanted: MeetingAsk) -> Interval:
    opens, closes = now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=deal.meeting.horizon_days)
    if wanted.latest is not None:
        closes = _midnight(wanted.latest + timedelta(days=1), zone)
    elif wanted.earliest is not None:
        closes = max(closes, _midnight(wanted.earliest + timedelta(days=7), zone))
    first = wanted.exact if wanted.exact is not None else _midnight(wanted.earliest or now.date(), zone)
    if first > opens + REACH:
        raise Refused(f"I look for times up to {REACH.days} days ahead; that is further away.")
    if closes <= opens:
        raise Refused("Those days have passed. Ask for later ones.")
    return Interval(start=opens, end=min(closes, opens + REACH + timedelta(days=7)))


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(0), tzinfo=zone).astimezone(UTC)


# -- what follows the facts --------------------------------------------------------------------------------------
def followed(draft: Draft, now: Deal, then: Deal | None) -> dict[str, Any]:
    """People and words as the facts give them now, but for what a person chose; the time is not among them."""
    ours = [address for address in draft.attendees if not people.theirs(now, address)]
    if now.owner.active:
        ours = [people.owner(now) if a.lower() == draft.organizer.lower() else a for a in ours]
    theirs = [address for address in draft.attendees if people.theirs(now, address)]
    if draft.partners_open:
        theirs = people.partners(now) or theirs
    fields = people.following(now, people.once([*ours, *theirs]))
    if draft.summary is None or (then is not None and draft.summary == invitation.title(draft.topic, then)):
        fields["summary"] = invitation.title(draft.topic, now)
    if draft.agenda is None or (then is not None and draft.agenda == invitation.agenda(draft.topic, then)):
        fields["agenda"] = invitation.agenda(draft.topic, now)
    return fields
