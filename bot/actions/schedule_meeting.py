"""Schedule a joint meeting with the partner's people: a time that suits both companies, booked once, read back."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from bot import hearing, slots
from bot.action import Action, Ask, Change, Finding, Needs, Option, Preview, Question, Receipt, digest
from bot.clients import Clients, Journal, Meeting
from bot.deal import Deal, Fact, Interval, Json, Message, System
from bot.errors import Invalid, Refused, Stale, Unverified
from bot.slots import Guest, Slot, Wish, booking, people

SHORTEST, LONGEST = 15, 240  # minutes
MOST_PEOPLE = 30
MOST_CALENDARS = 50  # in one free/busy query (Google Calendar API reference, Freebusy: query)
REACH = timedelta(days=60)
"""How far ahead a meeting may be asked for."""
ONE_QUERY = timedelta(days=80)
"""The longest window asked of free/busy at once; Google refuses more than about three months."""
OTHER = "other"

_ADDRESS = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\"()]+")
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class ScheduleMeeting(Action):
    """An invitation to a joint meeting, sent from the calendar of the person who approves.

    The partner's people read it, so title and agenda hold nothing but the account, the topic and the next step:
    no amount, no score, no link into our CRM. Nothing later than the company's horizon is offered unless the request
    itself named a later day.
    """

    kind: ClassVar[str] = "schedule_meeting"
    title: ClassVar[str] = "Schedule joint meeting"
    system: ClassVar[System] = System.CALENDAR
    commands: ClassVar[Mapping[str, str]] = {"meet": "meet [who] [when] [minutes]"}

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
    buffer_minutes: int = Field(ge=0)
    conference: bool
    search: Interval  # where a time is looked for
    earliest: date | None = None
    latest: date | None = None
    part_of_day: str | None = None
    start: AwareDatetime | None = None  # None until a time is found
    chosen: bool = False  # a person chose the time: it is never moved, only refused
    unchecked: tuple[str, ...] = ()  # attendees whose calendar the card said is not known

    # -- how it comes about ----------------------------------------------------------------------------------
    @classmethod
    def suggest(cls, message: Message, deal: Deal) -> Self | None:
        """The meeting this message asks for; None when it asks for none, or nobody of the partner can be found."""
        wanted = hearing.meeting_request(message, deal)
        if wanted is None:
            return None
        try:
            return cls.of(wanted, deal, max(deal.as_of, _aware(message.at, "UTC")))
        except Refused:
            return None

    @classmethod
    def ask(cls, verb: str, words: str, deal: Deal, by: str) -> Self:
        """The meeting ``/cosell meet`` asks for; ``Refused`` says whom or which day it could not place."""
        return cls.of(hearing.meeting_ask(words, deal.as_of, by, deal), deal, deal.as_of)

    @classmethod
    def of(cls, wanted: hearing.MeetingAsk, deal: Deal, now: datetime) -> Self:
        """The meeting that was asked for at ``now``; ``Refused`` when nobody or no day can be made of it."""
        named = [people.resolved(deal, words) for words in wanted.people]
        ours = [people.owner(deal)] if deal.owner.active else []
        ours += [address for address in named if not people.theirs(deal, address)]
        if all(people.customer(deal, address) for address in ours):
            raise Refused(
                f"{deal.owner.name} owns {deal.name} and is no longer active, so nobody of our side would come. "
                "Give the opportunity an active owner, or name a colleague."
            )
        theirs = [address for address in named if people.theirs(deal, address)]
        partners_open = not theirs
        theirs = theirs or people.partners(deal)
        if not theirs:
            raise Refused(
                "I found nobody of the partner for this deal. Name them by e-mail address, such as "
                "`/cosell meet pat@partner.example next week`."
            )
        minutes = wanted.minutes or deal.meeting.minutes
        if not SHORTEST <= minutes <= LONGEST:
            raise Refused(f"A meeting lasts {SHORTEST} to {LONGEST} minutes; {minutes} is not possible.")
        if wanted.part_of_day is not None and wanted.part_of_day not in slots.PARTS_OF_DAY:
            raise Refused(f"A part of the day is one of {slots.names(list(slots.PARTS_OF_DAY))}.")
        attendees = people.once([*ours, *theirs])
        zone = people.zone_of(deal, attendees)
        exact = None if wanted.exact is None else _aware(wanted.exact, zone).astimezone(UTC)
        return cls(
            opportunity=deal.id,
            topic=wanted.topic,
            partners_open=partners_open,
            minutes=minutes,
            buffer_minutes=deal.meeting.buffer_minutes,
            conference=deal.meeting.conference,
            search=_search(now, deal, ZoneInfo(zone), wanted),
            earliest=wanted.earliest,
            latest=wanted.latest,
            part_of_day=wanted.part_of_day,
            start=exact,
            chosen=exact is not None,
            **{
                **people.following(deal, attendees),
                **({"calendars": people.all_calendars(deal, attendees)} if partners_open else {}),
            },
        )

    def subject(self) -> str:
        """Who meets about what; another time is the same meeting."""
        return digest({"attendees": sorted(a.lower() for a in self.attendees), "topic": self.topic})

    def needs(self) -> Needs:
        """The referral, for AWS's people, and free/busy of every attendee with a calendar."""
        first, last = self.search.start, self.search.end
        if self.start is not None:
            near = self.start - timedelta(days=1), self.start + timedelta(days=1, minutes=self.minutes)
            both = min(first, near[0]), max(last, near[1])
            first, last = both if both[1] - both[0] <= ONE_QUERY else near
        margin = timedelta(minutes=self.buffer_minutes)
        window = Interval(start=first - margin, end=last + margin)
        return Needs(referral=True, calendars=self.calendars, window=window if self.calendars else None)

    def fit(self, now: Deal, then: Deal | None = None) -> Self:
        """The meeting with its people, words and time brought up to the facts; what a person chose stays.

        A time that nobody chose moves when it is no longer good. Somebody whose calendar cannot be read any more is
        added to ``unchecked``, so that a card which said "free" asks again; becoming readable changes nothing.
        """
        ours = [a for a in self.attendees if not people.theirs(now, a)]
        if now.owner.active:
            ours = [people.owner(now) if a.lower() == self.organizer.lower() else a for a in ours]
        theirs = [a for a in self.attendees if people.theirs(now, a)]
        if self.partners_open:
            theirs = people.partners(now) or theirs
        changes: dict[str, Any] = people.following(now, people.once([*ours, *theirs]))
        if self.summary is None or (then is not None and self.summary == self._title(then)):
            changes["summary"] = self._title(now)
        if self.agenda is None or (then is not None and self.agenda == self._agenda(then)):
            changes["agenda"] = self._agenda(now)
        fitted = self.model_copy(update=changes)
        if fitted.calendars and now.availability is None:
            return fitted
        if not fitted.chosen and not fitted._good(now):
            found = slots.best(fitted._guests(now), fitted._wish(now), limit=1)
            fitted = fitted.model_copy(update={"start": found[0].start if found else None})
        unknown = {g.email for g in fitted._guests(now, fitted._when) if g.busy is None}
        unchecked = tuple(a for a in fitted.attendees if a in unknown or a in self.unchecked)
        return fitted.model_copy(update={"unchecked": unchecked})

    # -- what the card shows ---------------------------------------------------------------------------------
    def preview(self, deal: Deal) -> Preview:
        """The invitation, up to three good times, and whatever speaks against the present one."""
        when = self._when
        summary = self.summary or self._title(deal)
        read_at = deal.availability.as_of if deal.availability is not None else deal.as_of
        told = slots.told(when.start, self.zones) if when is not None else "no common free time found"
        checked = [g.name for g in self._guests(deal, when) if g.busy is not None]
        busy = self._busy(deal)
        unchecked = [people.name(deal, a) for a in self.unchecked]
        basis = " ".join(busy) or f"no clash; not checked: {slots.names(unchecked) or 'nobody'}"
        source = f"free/busy of {slots.names(checked)}" if checked else "working hours; no calendar is known"

        def change(name: str, label: str, after: str, source: str, **more: Any) -> Change:
            return Change(
                name=name,
                label=label,
                before=None,
                after=after,
                source=source,
                **{"as_of": deal.as_of, **more},
            )

        said = "said in the request" if self.topic else None
        words = _sources(said, deal.facts.get("account"))
        facts = _sources(said, deal.facts.get("account"), deal.facts.get("next_step"))
        derived = summary == self._title(deal), self.agenda in (None, self._agenda(deal))
        problems = busy if when is not None else [self._why_none(deal)]
        return Preview(
            headline=f"Invite {_people(len(self.attendees))} to “{summary}”: {told}",
            changes=(
                change("summary", "Title", summary, words if derived[0] else "edited on the card"),
                change("when", "When", told, source, basis=basis, as_of=read_at),
                change(
                    "attendees",
                    "Who",
                    ", ".join(people.called(deal, a) for a in self.attendees),
                    self._whence(deal),
                ),
                change("minutes", "Length", f"{self.minutes} minutes", "this request and our meeting terms"),
                change("conference", "Video call", "yes" if self.conference else "no", "our meeting terms"),
                change(
                    "agenda",
                    "Description",
                    self._agenda(deal) if self.agenda is None else self.agenda,
                    facts if derived[1] else "edited on the card",
                ),
            ),
            findings=tuple(
                Finding(name="slot", label="Time", problem=problem, edit="Choose another time.")
                for problem in problems
            ),
            options=tuple(
                Option(value=slot.start.isoformat(), label=self._label(slot.start), why=slot.why)
                for slot in self._offers(deal)
            ),
            notes=self._notes(deal),
            versions=deal.versions,
        )

    def check(self, deal: Deal) -> None:
        """``Refused`` when no time is left, the time has passed or is too soon, or somebody is busy then."""
        when = self._when
        if when is None:
            raise Refused(self._why_none(deal))
        told = slots.told(when.start, self.zones)
        if when.start <= deal.as_of:
            raise Refused(f"{told} has passed. Choose another time.")
        if busy := self._busy(deal):
            raise Stale(" ".join([f"{told} is taken.", *busy, self._instead(deal)]).strip())
        if not self.chosen and when.start < deal.as_of + timedelta(hours=deal.meeting.notice_hours):
            raise Refused(f"{told} is less than {deal.meeting.notice_hours} hours away. Choose another time.")

    def form(self, deal: Deal) -> tuple[Question, ...]:
        """Time, length, title, people and agenda, prefilled."""
        offers = {slot.start.isoformat(): self._label(slot.start) for slot in self._offers(deal)}
        current = self.start.isoformat() if self.start is not None else OTHER
        own = current if current not in offers and current != OTHER else None
        problem = " ".join(self._busy(deal)) if self.start is not None else self._why_none(deal)
        return (
            Question(
                name="slot",
                label="Time",
                ask=Ask.CHOICE,
                initial=OTHER if own else current,
                options=(*offers.items(), (OTHER, "Another time")),
                problem=problem or None,
            ),
            Question(
                name="datetime",
                label="Another time",
                ask=Ask.DATETIME,
                hint="Shown in your own time zone. Used when you pick “Another time” above.",
                initial=own,
                required=False,
            ),
            Question(
                name="minutes",
                label="Minutes",
                ask=Ask.NUMBER,
                hint=f"{SHORTEST} to {LONGEST}",
                initial=str(self.minutes),
            ),
            Question(name="summary", label="Title", ask=Ask.TEXT, initial=self.summary or self._title(deal)),
            Question(
                name="attendees",
                label="Who",
                ask=Ask.TEXT,
                hint="E-mail addresses with commas between. Whoever approves is the organiser and comes too.",
                initial=", ".join(self.attendees),
            ),
            Question(
                name="agenda",
                label="Description",
                ask=Ask.LONG_TEXT,
                hint="The partner's people read this.",
                initial=self._agenda(deal) if self.agenda is None else self.agenda,
                required=False,
            ),
        )

    def answered(self, answers: Mapping[str, Json], deal: Deal) -> Self:
        """The meeting with a form's answers; questions left out stay as they are.

        A time outside working hours is taken (the card says so); one that has passed, or at which somebody is known
        to be busy, is not.
        """
        problems: dict[str, str] = {}
        changes: dict[str, Any] = {"unchecked": ()}
        question, start = self._picked(answers, problems)
        if start != self.start:
            changes |= {"start": start, "chosen": True}
        if "minutes" in answers and (minutes := _minutes(answers["minutes"], problems)):
            changes["minutes"] = minutes
        if "summary" in answers:
            changes["summary"] = " ".join(str(answers["summary"] or "").split())
            if not changes["summary"]:
                problems["summary"] = "The invitation needs a title."
        if "agenda" in answers:
            changes["agenda"] = str(answers["agenda"] or "").strip()
        if "attendees" in answers:
            invited = people.addresses(str(answers["attendees"] or ""), deal, problems)
            if sorted(invited) != sorted(a.lower() for a in self.attendees):
                changes |= {
                    "partners_open": False,
                    **people.following(deal, tuple(people.spelled(deal, a) for a in invited)),
                }
        edited = self.model_copy(update=changes)
        if not problems.keys() & {"slot", "datetime"} and edited.chosen and edited._when is not None:
            if edited._when.start <= deal.as_of:
                problems[question] = "That time has passed. Choose a later one."
            elif busy := edited._busy(deal):
                problems[question] = " ".join([*busy, "Choose another time."])
        if problems:
            raise Invalid(problems)
        return type(self).model_validate(edited.fit(deal).model_dump())

    # -- carrying it out -------------------------------------------------------------------------------------
    def execute(self, clients: Clients, journal: Journal) -> Receipt:
        """Book and invite, from the approver's calendar. The event's id follows from the journal's key, so a second
        insert of the same approval cannot make a second event."""
        meeting = self._meeting(journal.key)
        reply = journal.once("insert", lambda: booking.booked(clients, meeting, journal.resumed))
        return Receipt(
            system=System.CALENDAR,
            record=meeting.id,
            url=reply.values.get("link"),
            summary=(
                f"Invited {_people(len(self.attendees))} to “{meeting.summary}” on "
                f"{slots.told(meeting.when.start, self.zones)}."
            ),
            before={},
            after={
                **meeting.model_dump(
                    mode="json",
                    include={"summary", "description", "timezone", "attendees", "conference", "key"},
                ),
                "start": meeting.when.start.isoformat(),
                "end": meeting.when.end.isoformat(),
            },
            request_id=reply.request_id or meeting.id,
            response_id=reply.response_id,
            acted_as=clients.acting_as,
            at=reply.at,
        )

    def verify(self, clients: Clients, receipt: Receipt) -> Receipt:
        """The receipt with the event's address and video link, once the event reads back as it was sent.

        ``Unverified`` names what differs. A video link is made after the event, so one that is missing is only told.
        """
        event = clients.calendar.event(receipt.record)
        if event is None:
            raise Unverified(
                f"The meeting is not in {clients.acting_as}'s calendar. Look there before you ask again."
            )
        if differences := booking.differences_of(event, self._meeting(str(receipt.after["key"]))):
            raise Unverified(
                f"The meeting in {clients.acting_as}'s calendar is not as it was sent: {'; '.join(differences)}."
            )
        details = [f"Organised by {event.organizer or clients.acting_as}."]
        if event.join is not None:
            details.append(f"Join: {event.join}")
        elif self.conference:
            details.append("The video link is still being made; it will appear in the invitation.")
        return receipt.model_copy(
            update={
                "url": event.link or receipt.url,
                "response_id": event.etag or receipt.response_id,
                "details": tuple(details),
                "verified_at": datetime.now(UTC),
            }
        )

    def _meeting(self, key: str) -> Meeting:
        if self._when is None or self.summary is None:
            raise Refused("No time was found. Nothing was done.")
        return Meeting(
            id=booking.event_id(key),
            summary=self.summary,
            description=self.agenda or "",
            when=self._when,
            timezone=self.timezone,
            attendees=self.attendees,
            key=key,
            conference=self.conference,
        )

    # -- times -----------------------------------------------------------------------------------------------
    @property
    def _when(self) -> Interval | None:
        if self.start is None:
            return None
        start = self.start.astimezone(UTC)
        return Interval(start=start, end=start + timedelta(minutes=self.minutes))

    def _guests(self, deal: Deal, when: Interval | None = None) -> tuple[Guest, ...]:
        """The attendees with what is known of them; a calendar that was not read for ``when`` is not known then."""
        known: Mapping[str, tuple[Interval, ...]] = {}
        free_busy = deal.availability
        if free_busy is not None and (when is None or _within(when, free_busy.window)):
            known = {calendar.lower(): busy for calendar, busy in free_busy.busy.items()}
        return tuple(people.guest(deal, address, known) for address in self.attendees)

    def _wish(self, deal: Deal) -> Wish:
        opens = max(self.search.start, deal.as_of + timedelta(hours=deal.meeting.notice_hours))
        closes = self.search.end
        if deal.availability is not None:
            margin = timedelta(minutes=self.buffer_minutes)
            opens = max(opens, deal.availability.window.start + margin)
            closes = min(closes, deal.availability.window.end - margin)
        return Wish(
            minutes=self.minutes,
            buffer_minutes=self.buffer_minutes,
            opens=opens,
            closes=closes,
            timezone=self.timezone,
            earliest=self.earliest,
            latest=self.latest,
            part_of_day=self.part_of_day,
        )

    def _good(self, deal: Deal) -> bool:
        return self.start is not None and slots.fits(self._guests(deal), self._wish(deal), self.start)

    def _offers(self, deal: Deal) -> tuple[Slot, ...]:
        return slots.best(self._guests(deal), self._wish(deal), keep=self.start)

    def _busy(self, deal: Deal) -> list[str]:
        """A sentence for each stretch in which somebody is known to be busy at the present time."""
        if self._when is None:
            return []
        return [
            f"{clash.name} is busy {slots.stretch(clash.busy, clash.timezone or self.timezone)}."
            for clash in slots.clashes(self._guests(deal, self._when), self._when)
        ]

    def _instead(self, deal: Deal) -> str:
        offers = "; ".join(slots.told(slot.start, self.zones) for slot in self._offers(deal))
        return f"Still possible: {offers}." if offers else ""

    def _why_none(self, deal: Deal) -> str:
        guests, wish = self._guests(deal), self._wish(deal)
        zone = ZoneInfo(self.timezone)
        first = max(wish.opens.astimezone(zone).date(), self.earliest or date.min)
        last = min(wish.closes.astimezone(zone).date(), self.latest or date.max)
        part = f" in the {self.part_of_day}" if self.part_of_day else ""
        lead = (
            f"There is no common free time of {self.minutes} minutes{part} for "
            f"{slots.names([g.name for g in guests])} from {slots.day(first)} to {slots.day(last)}."
        )
        idle = [guest.model_copy(update={"busy": ()}) for guest in guests]
        in_the_way = [g.name for g in guests if g.busy and slots.best(_but(guests, g), wish, limit=1)]
        if wish.opens >= wish.closes or first > last:
            why = f"We give {deal.meeting.notice_hours} hours' notice, and nothing is left after that."
        elif not slots.best(idle, wish, limit=1):
            why = "Their working days leave no room for it."
        elif in_the_way:
            why = f"It is {slots.names(in_the_way)} who {'is' if len(in_the_way) == 1 else 'are'} too busy."
        else:
            why = f"{slots.names([g.name for g in guests if g.busy])} are busy at different times."
        who = next((people.name(deal, a).split()[0] for a in self.attendees if people.theirs(deal, a)), "")
        return f"{lead} {why} Ask for a wider range, such as `/cosell meet {who} in 3 weeks`."

    def _picked(self, answers: Mapping[str, Json], problems: dict[str, str]) -> tuple[str, datetime | None]:
        """Which question the time comes from, and the time."""
        slot, other = answers.get("slot"), answers.get("datetime")
        kept = slot is None or _moment(slot) == self.start
        if slot == OTHER or (kept and other):
            if not other and self.start is None:
                problems["datetime"] = "Pick the date and time, or choose one of the times above."
            found = _moment(other) if other else self.start
            if other and found is None:
                problems["datetime"] = "This is not a date and time."
            return "datetime", found
        if kept:
            return "slot", self.start
        found = _moment(slot)
        if found is None:
            problems["slot"] = "Choose one of the times, or “Another time”."
        return "slot", found

    # -- words -----------------------------------------------------------------------------------------------
    def _title(self, deal: Deal) -> str:
        return f"{_account(deal)}: {self.topic or 'joint call'}"

    def _agenda(self, deal: Deal) -> str:
        """What an outsider may read; angle brackets go because Google takes a description as HTML."""
        lines = [f"Joint call about {_account(deal)}."]
        if self.topic:
            lines.append(f"Topic: {self.topic}")
        if next_step := deal.value("next_step"):
            lines.append(f"Next step: {' '.join(str(next_step).split())}")
        return "\n".join(lines).translate({ord("<"): "‹", ord(">"): "›"})

    def _label(self, start: datetime) -> str:
        label = slots.told(start, self.zones)
        return label if len(label) <= 75 else label[:74] + "…"

    def _whence(self, deal: Deal) -> str:
        if not self.partners_open:
            return "named in the request or on the card"
        team = {mate.email.lower() for mate in deal.referral.team} if deal.referral is not None else set()
        if deal.referral is not None and any(a.lower() in team for a in self.attendees):
            return f"Salesforce · Owner; AWS Partner Central · team of {deal.referral.id}"
        return "Salesforce · Owner; the partner's people in our configuration"

    def _notes(self, deal: Deal) -> tuple[str, ...]:
        when, notes = self._when, []
        guests = self._guests(deal, when)
        reasons: Mapping[str, str] = {}
        if deal.availability is not None:
            reasons = {calendar.lower(): why for calendar, why in deal.availability.unknown.items()}
        for guest in guests:
            if guest.busy is None:
                why = reasons.get((people.calendar(deal, guest.email) or "").lower())
                how = f"could not be read ({why.rstrip('.')})" if why else "is not shared with us"
                if people.calendar(deal, guest.email) and not why:
                    how = "was not read for this time yet"
                notes.append(f"{guest.name}'s calendar {how}: their time is not checked.")
            if guest.timezone is None:
                notes.append(f"{guest.name} is not in our configuration: their working hours are not known.")
        partners = [guest for guest in guests if guest.partner]
        if partners and all(guest.busy is None for guest in partners):
            notes.append(
                "No calendar on the partner's side is known, so this time suits our side only: ask them."
            )
        if when is not None:
            notes.extend(slots.off_hours(guests, when))
            if when.start < deal.as_of + timedelta(hours=deal.meeting.notice_hours):
                notes.append(f"This is less than {deal.meeting.notice_hours} hours away.")
            margin = timedelta(minutes=self.buffer_minutes)
            near = slots.clashes(guests, Interval(start=when.start - margin, end=when.end + margin))
            if near and not self._busy(deal):
                close = slots.names(list(dict.fromkeys(clash.name for clash in near)))
                notes.append(
                    f"Less than {self.buffer_minutes} minutes are left beside other meetings of {close}."
                )
        notes.append("The invitation goes out at once, from the calendar of whoever approves.")
        return tuple(notes)


def _but(guests: Iterable[Guest], one: Guest) -> list[Guest]:
    return [g.model_copy(update={"busy": ()}) if g.email == one.email else g for g in guests]


# -- time and words --------------------------------------------------------------------------------------------------
def _search(now: datetime, deal: Deal, zone: ZoneInfo, wanted: hearing.MeetingAsk) -> Interval:
    opens, closes = now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=deal.meeting.horizon_days)
    if wanted.latest is not None:
        closes = _midnight(wanted.latest + timedelta(days=1), zone)
    elif wanted.earliest is not None:
        closes = max(closes, _midnight(wanted.earliest + timedelta(days=7), zone))
    first = wanted.exact if wanted.exact is not None else _midnight(wanted.earliest or now.date(), zone)
    if _aware(first, str(zone)) > opens + REACH:
        raise Refused(f"I look for times up to {REACH.days} days ahead; that is further away.")
    if closes <= opens:
        raise Refused("Those days have passed. Ask for later ones.")
    return Interval(start=opens, end=min(closes, opens + REACH + timedelta(days=7)))


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(0), tzinfo=zone).astimezone(UTC)


def _aware(moment: datetime, zone: str) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))


def _within(inner: Interval, outer: Interval) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _account(deal: Deal) -> str:
    return " ".join(str(deal.value("account") or deal.name).split())


def _sources(said: str | None, *facts: Fact | None) -> str:
    read = [f"{fact.system} · {fact.label}" for fact in facts if fact is not None and fact.value]
    return "; ".join([*([said] if said else []), *read]) or "the opportunity"


def _people(count: int) -> str:
    return f"{count} people" if count != 1 else "1 person"


# -- answers ---------------------------------------------------------------------------------------------------------
def _moment(answer: Json) -> datetime | None:
    try:
        return (
            _MOMENT.validate_python(answer, strict=False).astimezone(UTC) if isinstance(answer, str) else None
        )
    except ValidationError:
        return None


def _minutes(answer: Json, problems: dict[str, str]) -> int | None:
    text = str(answer).strip()
    minutes = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    if SHORTEST <= minutes <= LONGEST:
        return minutes
    problems["minutes"] = f"Minutes are a whole number from {SHORTEST} to {LONGEST}."
    return None
