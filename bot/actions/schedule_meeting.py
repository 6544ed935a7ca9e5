"""Schedule a joint meeting with the partner's people: a time that suits both companies, booked once, read back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, Self

from bot import hearing
from bot.action import Action, Needs, Preview, Question, Receipt, digest
from bot.clients import Clients, Journal, Readers
from bot.deal import Deal, Json, Message, System
from bot.errors import Refused, Stale, Unverified
from bot.meetings import booking, form, preview, times, words
from bot.meetings.draft import Draft, asked, followed


class ScheduleMeeting(Draft, Action):
    """An invitation to a joint meeting, sent from the calendar of the person who approves.

    The partner's people read it, so title and agenda hold nothing but the account, the topic and the next step:
    no amount, no score, no link into our CRM. Nothing later than the company's horizon is offered unless the request
    itself named a later day.
    """

    kind: ClassVar[str] = "schedule_meeting"
    title: ClassVar[str] = "Schedule joint meeting"
    system: ClassVar[System] = System.CALENDAR
    commands: ClassVar[Mapping[str, str]] = {"meet": "meet [who] [when] [minutes]"}

    @classmethod
    def of(cls, wanted: hearing.MeetingAsk, deal: Deal, now: datetime) -> Self:
        """The meeting that was asked for at ``now``; ``Refused`` when nobody or no day can be made of it."""
        return cls.model_validate(asked(wanted, deal, now))

    @classmethod
    def suggest(cls, message: Message, deal: Deal) -> Self | None:
        """The meeting this message asks for; None when it asks for none, or nobody of the partner can be found."""
        wanted = hearing.meeting_request(message, deal)
        if wanted is None:
            return None
        said_at = message.at if message.at.tzinfo is not None else message.at.replace(tzinfo=UTC)
        try:
            return cls.of(wanted, deal, max(deal.as_of, said_at))
        except Refused:
            return None

    @classmethod
    def ask(cls, verb: str, words: str, deal: Deal, by: str) -> Self:
        """The meeting ``/cosell meet`` asks for; ``Refused`` says whom or which day it could not place."""
        return cls.of(hearing.meeting_ask(words, deal.as_of, by, deal), deal, deal.as_of)

    def subject(self) -> str:
        """Who meets about what; another time is the same meeting."""
        return digest({"attendees": sorted(a.lower() for a in self.attendees), "topic": self.topic})

    def needs(self) -> Needs:
        """The referral, for AWS's people, and free/busy of every attendee with a calendar."""
        return Needs(referral=True, calendars=self.calendars, window=self.window if self.calendars else None)

    def fit(self, now: Deal, then: Deal | None = None) -> Self:
        """The meeting with its people, words and time brought up to the facts; what a person chose stays."""
        current = self.model_copy(update=followed(self, now, then))
        return current.model_copy(update=times.settled(current, now))

    def preview(self, deal: Deal) -> Preview:
        """The invitation, up to three good times, and whatever speaks against the present one."""
        return Preview(
            headline=preview.headline(self, deal),
            changes=preview.changes(self, deal),
            findings=preview.findings(self, deal),
            options=preview.options(self, deal),
            notes=preview.notes(self, deal),
            versions=deal.versions,
        )

    def check(self, deal: Deal) -> None:
        """``Refused`` when there is no time, or it has passed or is too soon; ``Stale`` when somebody is busy then."""
        when = self.when
        if when is None:
            raise Refused(words.why_none(self, deal))
        told = words.told(self, when.start)
        if when.start <= deal.as_of:
            raise Refused(f"{told} has passed. Choose another time.")
        if busy := words.busy(self, deal):
            raise Stale(" ".join([f"{told} is taken.", *busy, words.instead(self, deal)]).strip())
        if not self.chosen and times.is_short_notice(self, deal):
            raise Refused(f"{told} is less than {deal.meeting.notice_hours} hours away. Choose another time.")

    def form(self, deal: Deal) -> tuple[Question, ...]:
        """Time, length, title, people and agenda, prefilled."""
        return form.questions(self, deal)

    def answered(self, answers: Mapping[str, Json], deal: Deal) -> Self:
        """The meeting with a form's answers; questions left out stay as they are."""
        edited = self.model_copy(update=form.taken(answers, self, deal))
        return type(self).model_validate(edited.fit(deal).model_dump())

    def execute(self, clients: Clients, journal: Journal) -> Receipt:
        """Book and invite, from the approver's calendar. The event's id follows from the journal's key, so a second
        insert of the same approval cannot make a second event."""
        meeting = booking.event_of(self, journal.key)
        reply = journal.once("insert", lambda: booking.booked(clients, meeting, journal.resumed))
        return Receipt(
            system=self.system,
            record=meeting.id,
            url=reply.values.get("link"),
            summary=(
                f"Invited {words.headcount(self)} to “{meeting.summary}” on "
                f"{words.told(self, meeting.when.start)}."
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

    def verify(self, clients: Readers, receipt: Receipt) -> Receipt:
        """The receipt with the event's address and video link, once the event reads back as it was sent.

        ``Unverified`` names what differs. A video link is made after the event, so one that is missing is only told.
        """
        event = clients.calendar.event(receipt.record)
        if event is None:
            raise Unverified(
                f"The meeting is not in {clients.acting_as}'s calendar. Look there before you ask again."
            )
        sent = booking.event_of(self, str(receipt.after["key"]))
        if differences := booking.differences_of(event, sent, clients.acting_email):
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
