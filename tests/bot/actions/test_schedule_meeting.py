"""Scheduling a joint meeting: what is proposed, what is refused, what is booked, and how it is read back."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bot.actions.schedule_meeting import ScheduleMeeting
from bot.clients import Clients, Crm, Meeting, Partner, Reply
from bot.config import load
from bot.deal import (
    Availability,
    Contact,
    Deal,
    Fact,
    Interval,
    Message,
    Owner,
    Person,
    Referral,
    Role,
    System,
    Teammate,
)
from bot.errors import Invalid, Refused, Stale, Unavailable, Unverified
from bot.hearing import MeetingAsk
from bot.meetings import times
from sandbox.seed import CONFIG
from tests.bot.actions.journal import Steps

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
OPPORTUNITY = "006000000000001AAA"
ANA, PAT, RAJ, MEI = (
    "ana.costa@brightlane.example",
    "pat.lindqvist@aws.example",
    "raj.menon@aws.example",
    "mei.tanaka@brightlane.example",
)


def lisbon(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Lisbon"))


def stretch(start: datetime, hours: float = 1.0) -> Interval:
    return Interval(start=start, end=start + timedelta(hours=hours))


def known(
    busy: Mapping[str, Iterable[Interval]] | None = None,
    unknown: Mapping[str, str] | None = None,
    as_of: datetime = NOW,
) -> Availability:
    """Free/busy of Ana and Pat for three weeks."""
    busy = {ANA: (), PAT: (), **(busy or {})}
    return Availability(
        window=Interval(start=NOW - timedelta(days=1), end=NOW + timedelta(days=21)),
        busy={email: tuple(taken) for email, taken in busy.items() if email not in (unknown or {})},
        unknown=unknown or {},
        as_of=as_of,
    )


def referral(*team: str) -> Referral:
    return Referral(
        id="O7000001",
        title=None,
        company="Northwind Freight",
        review_status="Approved",
        stage="Qualified",
        reference=OPPORTUNITY,
        team=tuple(Teammate(name=email, email=email, title="AWSSalesRep") for email in team),
        version="1",
        as_of=NOW,
    )


def fact(name: str, label: str, value: str | int) -> Fact:
    return Fact(name=name, label=label, field=label, value=value, as_of=NOW)


def deal(**changes: Any) -> Deal:
    """Ana's deal; Ana and Pat are free, Raj shares no calendar."""
    config = load(CONFIG)
    facts = (
        fact("account", "Account Name", "Northwind Freight"),
        fact("next_step", "Next Step", "Architecture <b>review</b>"),
        fact("amount", "Amount", 240000),
        fact("p2b_score", "P2B Score", 82),
    )
    given: dict[str, Any] = {
        "id": OPPORTUNITY,
        "name": "Northwind - fleet telemetry lake",
        "account_id": "001000000000001AAA",
        "url": "https://brightlane.my.salesforce.com/006000000000001AAA",
        "facts": {one.name: one for one in facts},
        "owner": Owner(id="005000000000001AAA", name="Ana Costa", username=ANA, email=ANA, active=True),
        "contacts": (
            Contact(
                first_name="Lena",
                last_name="Hart",
                email="lena.hart@northwind-freight.example",
                phone=None,
                title=None,
                role=None,
            ),
        ),
        "team": config.people,
        "meeting": config.meeting,
        "referring": config.referral,
        "versions": {f"Opportunity {OPPORTUNITY}": "v1"},
        "as_of": NOW,
        "availability": known(),
    }
    return Deal(**{**given, **changes})


def asked(facts: Deal | None = None, **wanted: Any) -> ScheduleMeeting:
    """A meeting as it was asked for, not fitted yet."""
    blank = dict.fromkeys(("minutes", "earliest", "latest", "part_of_day", "exact", "topic"))
    return ScheduleMeeting.of(MeetingAsk(**{**blank, "people": (), **wanted}), facts or deal(), NOW)


def fitted(facts: Deal | None = None, **wanted: Any) -> ScheduleMeeting:
    facts = facts or deal()
    return asked(facts, **wanted).fit(facts)


# -- a calendar and a journal in memory ----------------------------------------------------------------------------
class Booked:
    """One person's calendar. ``lose`` answers that many inserts with an unknown outcome, ``deaf`` before any work."""

    def __init__(self, lose: int = 0, deaf: int = 0, blind: bool = False) -> None:
        self.events: dict[str, Meeting] = {}
        self.inserts = 0
        self.lose, self.deaf, self.blind = lose, deaf, blind

    def busy(self, calendars: Iterable[str], window: Interval) -> Mapping[str, tuple[Interval, ...] | str]:
        return dict.fromkeys(calendars, ())

    def insert(self, meeting: Meeting) -> Reply:
        self.inserts += 1
        if self.deaf:
            self.deaf -= 1
            raise Unverified("Google did not answer.")
        made = {"link": "https://calendar.example/e", "join": "https://meet.example/j", "organizer": ANA}
        self.events.setdefault(meeting.id, meeting.model_copy(update={**made, "etag": '"1"'}))
        if self.lose:
            self.lose -= 1
            raise Unverified("Google did not answer.")
        return Reply(
            system=System.CALENDAR,
            record=meeting.id,
            response_id='"1"',
            values={"link": "https://calendar.example/e"},
            at=NOW,
        )

    def event(self, id: str) -> Meeting | None:
        if self.blind:
            raise Unavailable("Google Calendar did not answer.")
        return self.events.get(id)


def clients(calendar: Booked, acting_email: str = "") -> Clients:
    return Clients(
        crm=cast(Crm, None),
        partner=cast(Partner, None),
        calendar=calendar,
        acting_as="Mei Tanaka",
        acting_email=acting_email,
    )


# -- who comes -----------------------------------------------------------------------------------------------------
def test_the_owner_and_the_named_partner_come() -> None:
    """Naming one of the partner's people invites them and the opportunity's owner, nobody else."""
    assert asked(people=("Pat",)).attendees == (ANA, PAT)
    assert asked(people=(PAT.upper(), "Mei Tanaka")).attendees == (ANA, MEI, PAT)


def test_without_names_the_referrals_team_comes() -> None:
    """When nobody is named, AWS's people of the referral come, as soon as the referral has been read."""
    assert asked().attendees == (ANA, PAT)
    assert fitted(deal(referral=referral(RAJ))).attendees == (ANA, RAJ)
    assert fitted(deal(referral=referral("x@aws.example"))).attendees == (ANA, PAT)


def test_a_named_person_is_not_replaced_by_the_referrals_team() -> None:
    """Who was named stays, whoever is on the referral."""
    assert fitted(deal(referral=referral(RAJ)), people=("Pat",)).attendees == (ANA, PAT)


def test_another_partners_people_are_not_invited() -> None:
    """With several partners configured only the people of the partner of record are asked."""
    other = Person(
        name="Zed",
        email="zed@other.example",
        role=Role.PARTNER,
        company="Other",
        calendar="zed@other.example",
    )
    assert asked(deal(team=(*deal().team, other))).attendees == (ANA, PAT)


def test_nobody_of_the_partner_is_refused() -> None:
    """Without anybody of the partner there is no joint meeting, and the words say how to name one."""
    ours = tuple(person for person in deal().team if not person.outsider)
    with pytest.raises(Refused, match="nobody of the partner"):
        asked(deal(team=ours))


@pytest.mark.parametrize("words", ["pat", "Pat Lindqvist", "Lindqvist", "<@u0pat>", "pat.lindqvist", PAT])
def test_people_are_known_by_every_name_of_theirs(words: str) -> None:
    """A name, a mention or an address finds the person."""
    assert asked(people=(words,)).attendees == (ANA, PAT)


def test_a_name_of_two_people_is_refused() -> None:
    """A name that fits two people is never guessed."""
    other = Person(name="Pat Stone", email="pat.stone@aws.example", role=Role.PARTNER, company="AWS")
    with pytest.raises(Refused, match="more than one person"):
        asked(deal(team=(*deal().team, other)), people=("Pat",))


def test_an_unknown_name_is_refused() -> None:
    """A name that is nobody's is never guessed."""
    with pytest.raises(Refused, match="“Bob” is nobody I know"):
        asked(people=("Bob",))


def test_an_inactive_owner_is_not_invited() -> None:
    """Nobody is invited who has left; a colleague who is named takes the place."""
    gone = deal(
        owner=Owner(id="5", name="Otto Lang", username="otto@b", email="otto@b.example", active=False)
    )
    with pytest.raises(Refused, match="Otto Lang"):
        asked(gone, people=("Pat",))
    assert asked(gone, people=("Pat", "Mei")).attendees == (MEI, PAT)


def test_the_owner_is_invited_at_the_configured_address() -> None:
    """A sandbox of Salesforce disfigures addresses; the invitation goes to the one that the configuration has."""
    owner = Owner(id="5", name="Ana Costa", username=ANA, email=f"{ANA}.invalid", active=True)
    assert asked(deal(owner=owner), people=("Pat",)).attendees == (ANA, PAT)


def test_a_new_owner_takes_the_old_owners_place() -> None:
    """When the opportunity changes hands while the card waits, the new owner is invited instead."""
    now = deal(owner=Owner(id="5", name="Mei Tanaka", username=MEI, email=MEI, active=True))
    assert fitted().fit(now, deal()).attendees == (MEI, PAT)


# -- how it is asked for -------------------------------------------------------------------------------------------
def test_a_message_that_asks_for_a_call_is_heard() -> None:
    """Words that ask for a meeting with the partner's person propose one; other words do not."""

    def heard(text: str) -> ScheduleMeeting | None:
        said = Message(text=text, author="U0ANA", channel="C0NORTHWIND", ts="1.2", at=NOW)
        return ScheduleMeeting.suggest(said, deal())

    meeting = heard("Let's schedule a call with Pat next week")
    assert meeting is not None
    assert meeting.attendees == (ANA, PAT)
    assert heard("The weather is nice") is None


def test_the_command_asks_for_a_meeting() -> None:
    """``/cosell meet Pat`` asks for a meeting with Pat of the usual length."""
    meeting = ScheduleMeeting.ask("meet", "Pat", deal(), "U0ANA")
    assert meeting.attendees == (ANA, PAT)
    assert meeting.minutes == 30


# -- what is read --------------------------------------------------------------------------------------------------
def test_the_calendars_of_all_are_read_for_the_whole_search() -> None:
    """Free/busy is read for every attendee who has a calendar, from now until the horizon and the buffer after."""
    needs = fitted(people=("Pat", "Raj")).needs()
    assert needs.referral
    assert needs.calendars == (ANA, PAT)
    assert needs.window is not None
    assert needs.window.start <= NOW
    assert needs.window.end >= NOW + timedelta(days=14, minutes=10)


def test_calendars_are_read_together_with_the_referral() -> None:
    """While nobody of the partner is named, all their calendars are read, since the referral may name any of them."""
    assert asked(deal(referral=referral(RAJ))).needs().calendars == (ANA, PAT)
    assert fitted(deal(referral=referral(RAJ))).needs().calendars == (ANA,)


def test_a_chosen_time_far_away_is_read_too() -> None:
    """A time outside the search is read around, in one window that the calendar accepts."""
    far = lisbon(24, 10) + timedelta(days=50)
    window = fitted(people=("Pat",), exact=far).needs().window
    assert window is not None
    assert window.start < far < window.end
    assert window.end - window.start <= timedelta(days=80)


# -- the time ------------------------------------------------------------------------------------------------------
def test_the_time_is_free_for_all_and_not_too_soon() -> None:
    """The time found keeps the notice, the buffers and everybody's working hours."""
    taken = {ANA: [stretch(lisbon(24, 9), 4)], PAT: [stretch(lisbon(24, 13), 6)]}
    meeting = fitted(deal(availability=known(taken)), people=("Pat",))
    assert meeting.start is not None
    assert meeting.start >= lisbon(25, 9)
    assert not meeting.chosen


def test_a_time_nobody_chose_moves_when_it_is_taken() -> None:
    """When somebody becomes busy, the bot's own choice is replaced by another good one."""
    meeting = fitted(people=("Pat",))
    assert meeting.start is not None
    taken = deal(availability=known({PAT: [stretch(meeting.start)]}))
    moved = meeting.fit(taken, deal())
    assert moved.start != meeting.start
    moved.check(taken)


def test_a_good_time_stays_as_time_goes_by() -> None:
    """Reading again later changes neither the payload nor anything the card rests on."""
    meeting = fitted(people=("Pat",))
    later = deal(as_of=NOW + timedelta(hours=2), availability=known(as_of=NOW + timedelta(hours=2)))
    again = meeting.fit(later, deal())
    assert again.payload() == meeting.payload()
    assert again.preview(later).moved_since(meeting.preview(deal())) == ()


def test_a_chosen_time_never_moves() -> None:
    """A time that a person named stays, and is refused, naming who is busy and what is still possible."""
    taken = deal(availability=known({PAT: [stretch(lisbon(25, 14))]}))
    meeting = fitted(taken, people=("Pat",), exact=lisbon(25, 14))
    assert meeting.start == lisbon(25, 14) and meeting.chosen
    with pytest.raises(
        Refused, match=r"Pat Lindqvist is busy Wed 25 Nov, 15:00–16:00 in Stockholm.*Still possible"
    ):
        meeting.check(taken)
    assert "Pat Lindqvist is busy" in meeting.preview(taken).findings[0].problem


def test_a_chosen_time_that_was_taken_meanwhile_is_stale() -> None:
    """Somebody who became busy at the chosen time makes the card outdated, and the card then says who it is."""
    meeting = fitted(people=("Pat",), exact=lisbon(25, 14))
    meeting.check(deal())
    taken = deal(availability=known({PAT: [stretch(lisbon(25, 14))]}))
    again = meeting.fit(taken, deal())
    with pytest.raises(Stale, match="is taken"):
        again.check(taken)
    assert [(found.name, found.problem) for found in again.preview(taken).findings] == [
        ("slot", "Pat Lindqvist is busy Wed 25 Nov, 15:00–16:00 in Stockholm.")
    ]


def test_a_chosen_time_that_passed_is_refused() -> None:
    """Approval that comes after the time has passed books nothing."""
    with pytest.raises(Refused, match="has passed"):
        fitted(people=("Pat",), exact=NOW - timedelta(minutes=1)).check(deal())


def test_a_chosen_time_may_be_soon_or_late_and_the_card_says_so() -> None:
    """Inside the notice and outside working hours are for a person to choose; the card names both."""
    meeting = fitted(people=("Pat",), exact=lisbon(23, 20))
    meeting.check(deal())
    notes = " ".join(meeting.preview(deal()).notes)
    assert "For Pat Lindqvist it is Mon 23 Nov, 21:00 in Stockholm: outside the working day" in notes
    assert "less than 18 hours away" in notes


def test_no_time_at_all_says_why_and_what_to_ask() -> None:
    """Without a common time the refusal names who is in the way and how to ask for a wider range."""
    full = deal(availability=known({PAT: [stretch(NOW, 24 * 20)]}))
    with pytest.raises(Refused, match=r"It is Pat Lindqvist who is too busy.*`/cosell meet Pat in 3 weeks`"):
        fitted(full, people=("Pat",)).check(full)


def test_an_asked_range_may_lie_beyond_the_horizon() -> None:
    """Days that were named are searched although they are later than the usual horizon."""
    day = date(2026, 12, 10)
    meeting = fitted(people=("Pat",), earliest=day, latest=day)
    assert meeting.start is not None
    assert meeting.start.date() == day
    with pytest.raises(Refused, match="60 days"):
        asked(people=("Pat",), earliest=date(2027, 6, 1))


# -- the approver's own calendar -----------------------------------------------------------------------------------
def read_as(reader: str, busy: Mapping[str, Iterable[Interval]]) -> Deal:
    """The deal with the calendars as one person sees them, theirs among them."""
    return deal(availability=known(busy).model_copy(update={"read_as": reader}))


def test_an_approver_who_is_busy_moves_a_time_nobody_chose() -> None:
    """It is the approver who invites and comes too, named as an attendee or not."""
    meeting = fitted(people=("Pat",))
    assert meeting.start is not None and MEI not in meeting.attendees
    taken = read_as(MEI, {MEI: [stretch(meeting.start)]})
    moved = meeting.fit(taken, deal())
    assert moved.start not in (None, meeting.start)
    assert moved.attendees == (ANA, PAT)
    moved.check(taken)


def test_an_approver_who_is_busy_at_a_chosen_time_is_told() -> None:
    """A person's choice is not moved; the card comes back and names the approver."""
    meeting = fitted(people=("Pat",), exact=lisbon(25, 14))
    taken = read_as(MEI, {MEI: [stretch(lisbon(25, 14))]})
    again = meeting.fit(taken, deal())
    with pytest.raises(Stale, match="Mei Tanaka is busy Wed 25 Nov, 15:00–16:00 in Berlin"):
        again.check(taken)
    free = read_as(MEI, {MEI: ()})
    meeting.fit(free, deal()).check(free)


@pytest.mark.parametrize(
    ("reader", "calendar"),
    [
        (ANA, ANA),
        (ANA.upper(), ANA),
        (ANA, "Ana-Calendar@group.example"),
        ("ana-calendar@group.example", "Ana-Calendar@group.example"),
    ],
)
def test_an_approver_who_is_invited_is_there_once(reader: str, calendar: str) -> None:
    """However the address is written, and whatever the calendar is called."""
    team = tuple(
        p.model_copy(update={"calendar": calendar}) if p.email == ANA else p for p in load(CONFIG).people
    )
    taken = read_as(reader, {calendar: [stretch(lisbon(25, 14))]}).model_copy(update={"team": team})
    meeting = fitted(taken, people=("Pat",), exact=lisbon(25, 14))
    assert [guest.email for guest in times.guests(meeting, taken)] == [ANA, PAT]
    assert len(meeting.preview(taken).findings) == 1


# -- unknown calendars ---------------------------------------------------------------------------------------------
def test_an_unknown_calendar_is_named() -> None:
    """The card says whose time is not checked, and offers times all the same."""
    preview = fitted(people=("Pat", "Raj")).preview(deal())
    assert preview.options
    assert "Raj Menon's calendar is not shared with us: their time is not checked." in preview.notes
    assert not any("everybody is free" in option.why for option in preview.options)


def test_when_no_partner_calendar_is_known_the_card_says_so() -> None:
    """A time that only our side's calendars support is never shown as suiting both."""
    dark = deal(availability=known(unknown={PAT: "Google could not read this calendar"}))
    preview = fitted(dark, people=("Pat",)).preview(dark)
    assert any("suits our side only" in note for note in preview.notes)
    assert any("could not be read (Google could not read this calendar)" in note for note in preview.notes)
    assert all("everybody is free" not in option.why for option in preview.options)


def test_a_calendar_that_went_dark_asks_again() -> None:
    """Somebody shown as free whose calendar cannot be read at the moment of the write makes the card ask again."""
    meeting = fitted(people=("Pat",))
    dark = deal(availability=known(unknown={PAT: "Google could not read this calendar"}))
    again = meeting.fit(dark, deal())
    assert [change.name for change in again.preview(dark).moved_since(meeting.preview(deal()))] == ["when"]


def test_a_calendar_that_became_readable_does_not() -> None:
    """Knowing more than the card said, and finding the person free, is no reason to ask again."""
    dark = deal(availability=known(unknown={PAT: "Google could not read this calendar"}))
    meeting = fitted(dark, people=("Pat",))
    again = meeting.fit(deal(), dark)
    assert again.payload() == meeting.payload()
    assert again.preview(deal()).moved_since(meeting.preview(dark)) == ()


# -- the card ------------------------------------------------------------------------------------------------------
def test_the_card_offers_up_to_three_times_in_every_zone() -> None:
    """Each offer is an instant, told in every attendee's zone, with why it is good; the present one is first."""
    meeting = fitted(people=("Pat",))
    options = meeting.preview(deal()).options
    assert 1 <= len(options) <= 3
    assert datetime.fromisoformat(options[0].value) == meeting.start
    assert all(re.search(r"Lisbon / .*Stockholm", option.label) and option.why for option in options)


def test_the_shown_time_stays_the_first_offer() -> None:
    """A time that is still good is offered first, even when a better one has become free since."""
    full = deal(availability=known({PAT: [stretch(NOW, 24 * 4)]}))
    meeting = fitted(full, people=("Pat",))
    again = meeting.fit(deal(), full)
    assert again.start == meeting.start != fitted(people=("Pat",)).start
    assert datetime.fromisoformat(again.preview(deal()).options[0].value) == meeting.start


def test_outsiders_read_nothing_internal() -> None:
    """The invitation holds account, topic and next step; no amount, score, deal name or link, and no markup."""
    meeting = fitted(people=("Pat",), topic="security review")
    text = f"{meeting.summary}\n{meeting.agenda}"
    assert "Northwind Freight: security review" in text
    assert "Next step: Architecture ‹b›review‹/b›" in text
    assert not any(secret in text for secret in ("240000", "82", "salesforce", "fleet telemetry", "<"))


def test_words_follow_the_facts_until_a_person_writes_them() -> None:
    """A next step that changes while the card waits changes the description, unless somebody wrote their own."""
    now = deal(facts={**deal().facts, "next_step": fact("next_step", "Next Step", "Sign")})
    meeting = fitted(people=("Pat",))
    assert "Next step: Sign" in (meeting.fit(now, deal()).agenda or "")
    own = meeting.answered({"agenda": "Our own words"}, deal())
    assert own.fit(now, deal()).agenda == "Our own words"


def test_one_subject_for_the_same_people_and_topic() -> None:
    """Another time is the same meeting; other people or another topic are not."""
    meeting = fitted(people=("Pat",))
    assert meeting.subject() == fitted(people=("Pat",), exact=lisbon(26, 11)).subject()
    assert meeting.subject() != fitted(people=("Pat", "Raj")).subject()
    assert meeting.subject() != fitted(people=("Pat",), topic="pricing").subject()


def test_the_stored_payload_is_the_action() -> None:
    """What is stored reads back as the same action."""
    meeting = fitted(people=("Pat",))
    assert ScheduleMeeting.model_validate(meeting.payload()) == meeting


# -- the form ------------------------------------------------------------------------------------------------------
def test_the_form_changes_nothing_when_nothing_is_changed() -> None:
    """Sending the form as it was prefilled leaves the action as it is."""
    meeting = fitted(people=("Pat",))
    answers = {question.name: question.initial for question in meeting.form(deal())}
    assert meeting.answered(answers, deal()) == meeting


def test_an_offered_time_can_be_chosen_alone() -> None:
    """Picking one of the card's offers is enough, and from then on the time is a person's."""
    meeting = fitted(people=("Pat",))
    other = meeting.preview(deal()).options[1].value
    chosen = meeting.answered({"slot": other}, deal())
    assert chosen.start == datetime.fromisoformat(other) and chosen.chosen
    assert chosen.summary == meeting.summary


def test_any_other_time_can_be_chosen() -> None:
    """A time of one's own is taken with its offset."""
    answers = {"slot": "other", "datetime": "2026-11-26T12:10:00+01:00"}
    chosen = fitted(people=("Pat",)).answered(answers, deal())
    assert chosen.start == lisbon(26, 11, 10) and chosen.chosen


def test_length_title_people_and_agenda_can_be_changed() -> None:
    """Every other answer is taken as it is written."""
    edited = fitted(people=("Pat",)).answered(
        {"minutes": "60", "summary": "Kick-off", "attendees": f"{ANA}; {RAJ.upper()}", "agenda": "Hello"},
        deal(),
    )
    assert (edited.minutes, edited.summary, edited.agenda) == (60, "Kick-off", "Hello")
    assert edited.attendees == (ANA, RAJ)
    assert edited.calendars == (ANA,)


def test_addresses_may_stand_side_by_side() -> None:
    """A blank, a comma, a semicolon or a line end between two addresses is the same."""
    edited = fitted(people=("Pat",)).answered({"attendees": f"{ANA} {MEI}\n{PAT}"}, deal())
    assert edited.attendees == (ANA, MEI, PAT)


def test_the_length_says_where_it_comes_from() -> None:
    """Asked for, typed on the card, or else the usual one."""

    def source(meeting: ScheduleMeeting) -> str:
        return next(change.source for change in meeting.preview(deal()).changes if change.name == "minutes")

    assert source(fitted(people=("Pat",))) == "our meeting terms"
    assert source(fitted(people=("Pat",), minutes=30)) == "said in the request"
    assert source(fitted(people=("Pat",), minutes=45)) == "said in the request"
    edited = fitted(people=("Pat",), minutes=45).answered({"minutes": "60"}, deal())
    assert source(edited) == "edited on the card"


def test_people_added_on_the_form_are_not_taken_as_free() -> None:
    """Somebody whose calendar was not read yet is named as unchecked, and read at the next look."""
    edited = fitted(people=("Pat",)).answered({"attendees": f"{ANA}, {PAT}, {MEI}"}, deal())
    assert edited.unchecked == (MEI,)
    assert MEI in edited.needs().calendars


def test_a_time_that_was_not_looked_at_is_not_taken_as_free() -> None:
    """A time outside the calendars read so far is unchecked for everybody until it is read."""
    edited = fitted(people=("Pat",)).answered(
        {"slot": "other", "datetime": "2026-12-29T11:00:00+00:00"}, deal()
    )
    assert edited.unchecked == (ANA, PAT)


def test_a_time_that_was_not_looked_at_says_that_it_will_be() -> None:
    """The card does not call it clear, nor the calendars unknown; once they are read and free, nothing has moved."""
    edited = fitted(people=("Pat",)).answered(
        {"slot": "other", "datetime": "2026-12-29T11:00:00+00:00"}, deal()
    )
    preview = edited.preview(deal())
    when = next(change for change in preview.changes if change.name == "when")
    assert when.source == "not checked yet: calendars are read on approval"
    assert when.basis == "not checked"
    assert not any("calendar was not read" in note or "our side only" in note for note in preview.notes)
    later = deal(availability=known().model_copy(update={"window": edited.window}))
    assert edited.fit(later, deal()).preview(later).moved_since(preview) == ()


def test_a_time_that_all_calendars_leave_free_has_no_clash() -> None:
    """Nothing is said of people who were not checked where there are none."""
    changes = {change.name: change for change in fitted(people=("Pat",)).preview(deal()).changes}
    assert (changes["when"].source, changes["when"].basis) == (
        "free/busy of Ana Costa and Pat Lindqvist",
        "no clash",
    )
    changes = {change.name: change for change in fitted(people=("Pat", "Raj")).preview(deal()).changes}
    assert changes["when"].basis == "no clash; not checked: Raj Menon"


@pytest.mark.parametrize(
    ("answers", "question", "words"),
    [
        ({"slot": "other", "datetime": "2026-11-20T10:00:00+00:00"}, "datetime", "passed"),
        ({"slot": "other", "datetime": "2026-11-25T14:15:00+00:00"}, "datetime", "Pat Lindqvist is busy"),
        ({"slot": "other", "datetime": "soon"}, "datetime", "not a date"),
        ({"slot": "never"}, "slot", "Choose one"),
        ({"minutes": "10"}, "minutes", "15 to 240"),
        ({"minutes": "300"}, "minutes", "15 to 240"),
        ({"minutes": "30.5"}, "minutes", "whole number"),
        ({"summary": "  "}, "summary", "title"),
        ({"slot": "other"}, "datetime", "Pick the date and time"),
        ({"slot": "other", "datetime": None}, "datetime", "Pick the date and time"),
        ({"attendees": f"{ANA}, pat"}, "attendees", "“pat” is not an e-mail address."),
        (
            {"attendees": f"{ANA}, pat at aws; foo@"},
            "attendees",
            "“pat at aws” and “foo@” are not e-mail addresses.",
        ),
        ({"attendees": ANA}, "attendees", "Nobody of the partner"),
        ({"attendees": f"{ANA}, lena.hart@northwind-freight.example"}, "attendees", "Nobody of the partner"),
    ],
)
def test_wrong_answers_are_named(answers: dict[str, str | None], question: str, words: str) -> None:
    """Each answer that cannot be taken is named with what is wrong."""
    taken = deal(availability=known({PAT: [stretch(lisbon(25, 14))]}))
    with pytest.raises(Invalid) as caught:
        fitted(taken, people=("Pat",)).answered(answers, taken)
    assert words in caught.value.problems[question]


# -- the write -----------------------------------------------------------------------------------------------------
def test_it_is_booked_and_read_back() -> None:
    """The receipt names the event, where it is, how to join, who invited, and that it was read back."""
    calendar, meeting = Booked(), fitted(people=("Pat",), exact=lisbon(24, 11))
    receipt = meeting.execute(clients(calendar), Steps())
    event = calendar.events[receipt.record]
    assert re.fullmatch("[a-v0-9]{32}", event.id)
    assert (event.when.start, event.attendees, event.key) == (lisbon(24, 11), (ANA, PAT), Steps.key)
    checked = meeting.verify(clients(calendar), receipt)
    assert checked.verified_at is not None
    assert checked.url == "https://calendar.example/e"
    assert "Join: https://meet.example/j" in checked.details
    assert checked.acted_as == "Mei Tanaka"
    assert checked.summary == (
        "Invited 2 people to “Northwind Freight: joint call” on Tue 24 Nov, 11:00 Lisbon / 12:00 Stockholm."
    )


def test_the_same_approval_twice_is_one_meeting() -> None:
    """Another run with the same key, even with an empty journal, makes no second event."""
    calendar, meeting = Booked(), fitted(people=("Pat",))
    first = meeting.execute(clients(calendar), Steps())
    second = meeting.execute(clients(calendar), Steps())
    assert first.record == second.record
    assert len(calendar.events) == 1


def test_a_run_after_a_crash_reads_first() -> None:
    """What an earlier run booked without recording it is found, not sent again; what it did not, is sent."""
    calendar, meeting = Booked(), fitted(people=("Pat",))
    first = meeting.execute(clients(calendar), Steps(resumed=True))
    second = meeting.execute(clients(calendar), Steps(resumed=True))
    assert (calendar.inserts, first.record) == (1, second.record)


def test_what_a_person_deleted_meanwhile_is_not_made_again() -> None:
    """An event that was booked and deleted before the bot came back is left alone, and is not called done."""
    calendar, meeting = Booked(), fitted(people=("Pat",))
    gone = meeting.execute(clients(calendar), Steps()).record
    calendar.events[gone] = calendar.events[gone].model_copy(update={"status": "cancelled"})
    receipt = meeting.execute(clients(calendar), Steps(resumed=True))
    assert calendar.inserts == 1
    with pytest.raises(Unverified, match="cancelled"):
        meeting.verify(clients(calendar), receipt)


def test_a_lost_answer_is_settled_by_reading() -> None:
    """When the answer to the insert is lost but the event is there, it is not sent again."""
    calendar, meeting = Booked(lose=1), fitted(people=("Pat",))
    receipt = meeting.execute(clients(calendar), Steps())
    assert calendar.inserts == 1
    assert receipt.url == "https://calendar.example/e"


def test_a_lost_request_is_sent_once_more() -> None:
    """When the request was lost and the event is not there, it is sent a second time under the same id."""
    calendar, meeting = Booked(deaf=1), fitted(people=("Pat",))
    receipt = meeting.execute(clients(calendar), Steps())
    assert calendar.inserts == 2
    assert list(calendar.events) == [receipt.record]


@pytest.mark.parametrize(
    "calendar", [Booked(deaf=9), Booked(lose=1, blind=True)], ids=["absent", "unreadable"]
)
def test_what_reading_does_not_settle_is_for_a_person(calendar: Booked) -> None:
    """When the outcome stays unknown the bot says so, records no step, and does not go on inserting."""
    notes = Steps()
    with pytest.raises(Unverified):
        fitted(people=("Pat",)).execute(clients(calendar), notes)
    assert calendar.inserts <= 2
    assert notes.recorded == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "cancelled"}, "cancelled"),
        ({"key": "somebody else's"}, "key"),
        ({"when": stretch(lisbon(24, 12), 0.5)}, "Tue 24 Nov, 12:00–12:30 in Lisbon instead of"),
        ({"attendees": (ANA,)}, f"not invited: {PAT}"),
    ],
)
def test_a_difference_on_reading_back_is_named(change: dict[str, Any], words: str) -> None:
    """An event that reads back otherwise than it was sent is not called done."""
    calendar, meeting = Booked(), fitted(people=("Pat",), exact=lisbon(24, 11))
    receipt = meeting.execute(clients(calendar), Steps())
    calendar.events[receipt.record] = calendar.events[receipt.record].model_copy(update=change)
    with pytest.raises(Unverified, match=re.escape(words)):
        meeting.verify(clients(calendar), receipt)


def test_another_organiser_is_not_done() -> None:
    """An event that somebody else organises is not the invitation that the approver sent."""
    calendar, meeting = Booked(), fitted(people=("Pat",))
    receipt = meeting.execute(clients(calendar), Steps())
    with pytest.raises(Unverified, match=f"it is organised by {ANA} instead of {MEI}"):
        meeting.verify(clients(calendar, acting_email=MEI), receipt)


@pytest.mark.parametrize(
    ("organizer", "acting_email"), [(ANA, ANA.upper()), (None, ANA), ("", ANA), (ANA, "")]
)
def test_only_a_known_organiser_is_compared(organizer: str | None, acting_email: str) -> None:
    """Upper and lower case are one address, and an address that is not known on either side is no difference."""
    calendar, meeting = Booked(), fitted(people=("Mei", "Pat"))
    receipt = meeting.execute(clients(calendar), Steps())
    event = calendar.events[receipt.record]
    calendar.events[receipt.record] = event.model_copy(update={"organizer": organizer})
    assert meeting.verify(clients(calendar, acting_email), receipt).verified_at is not None


def test_a_missing_event_is_not_done() -> None:
    """An event that cannot be found again is not called done."""
    meeting = fitted(people=("Pat",))
    receipt = meeting.execute(clients(Booked()), Steps())
    with pytest.raises(Unverified, match="not in Mei Tanaka's calendar"):
        meeting.verify(clients(Booked()), receipt)


def test_the_organiser_need_not_be_listed() -> None:
    """The approver is there as the organiser, whether or not the calendar lists them among the attendees."""
    calendar, meeting = Booked(), fitted(people=("Pat",))
    receipt = meeting.execute(clients(calendar), Steps())
    calendar.events[receipt.record] = calendar.events[receipt.record].model_copy(update={"attendees": (PAT,)})
    assert meeting.verify(clients(calendar), receipt).verified_at is not None


def test_a_video_link_may_come_later() -> None:
    """A link that is still being made does not hold the result up; it is told."""
    calendar, meeting = Booked(), fitted(people=("Pat",))
    receipt = meeting.execute(clients(calendar), Steps())
    calendar.events[receipt.record] = calendar.events[receipt.record].model_copy(update={"join": None})
    assert any("still being made" in line for line in meeting.verify(clients(calendar), receipt).details)
