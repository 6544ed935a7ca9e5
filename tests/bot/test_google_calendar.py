"""Google Calendar, as one person: booked once, known or said to be unknown, in plain words."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import bot.google_calendar
from bot.clients import Calendar, Meeting
from bot.deal import Interval
from bot.errors import Refused, Unavailable, Unverified
from sandbox import seed
from sandbox.google_calendar import GoogleCalendar
from tests.bot.factory import freely

ANA, BEN, DANA = (f"{n}@brightlane.example" for n in ("ana.costa", "ben.okafor", "dana.cole"))
RAJ = "raj.menon@aws.example"
CUSTOMER = "lena.hart@northwind-freight.example"
ID = "cosell0123"
START = (datetime.now(UTC) + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)
SLOT = Interval(start=START, end=START + timedelta(minutes=30))


@cache
def pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture
def google() -> Iterator[GoogleCalendar]:
    with GoogleCalendar(seed.load()) as stand_in:
        stand_in.public_key_pem = pair()[1]
        yield stand_in


@pytest.fixture
def key_file(google: GoogleCalendar, tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    account = {
        "type": "service_account",
        "client_email": "bot@brightlane.iam.gserviceaccount.com",
        "client_id": "1",
        "private_key": pair()[0],
        "private_key_id": "1",
        "token_uri": f"{google.url}/token",
    }
    path.write_text(json.dumps(account))
    return path


@pytest.fixture
def adapter(google: GoogleCalendar, key_file: Path) -> bot.google_calendar.GoogleCalendar:
    return bot.google_calendar.GoogleCalendar(key_file=key_file, url=f"{google.url}/calendar/v3/", timeout=2)


@pytest.fixture
def ana(adapter: bot.google_calendar.GoogleCalendar) -> Calendar:
    return adapter.as_writer(ANA, freely)


def meeting(**what: Any) -> Meeting:
    return Meeting(
        **{
            "id": ID,
            "summary": "Joint call",
            "description": "Northwind",
            "when": SLOT,
            "timezone": "Europe/Lisbon",
            "attendees": (ANA, BEN, CUSTOMER),
            "key": "k1",
            **what,
        }
    )


# -- free/busy --------------------------------------------------------------------------------------------------
def test_busy_stretches_come_back(google: GoogleCalendar, ana: Calendar) -> None:
    """What somebody booked is busy, to the minute."""
    google.book(DANA, SLOT.start, SLOT.end, "Dentist")
    assert ana.busy([DANA], SLOT) == {DANA: (SLOT,)}


def test_an_empty_calendar_is_free(ana: Calendar) -> None:
    """A calendar that answers with nothing is known to be free."""
    assert ana.busy([DANA], SLOT) == {DANA: ()}


def test_a_calendar_that_is_not_shared_is_unknown(ana: Calendar) -> None:
    """An error beside an empty list of stretches is a reason, never free time."""
    assert ana.busy([RAJ], SLOT) == {RAJ: "this calendar is not shared with us"}


def test_more_than_fifty_calendars_are_asked_in_turns(google: GoogleCalendar, ana: Calendar) -> None:
    """The fifty-first calendar is known too."""
    crowd = [f"p{n}@else.example" for n in range(60)]
    answer = ana.busy([*crowd, DANA], SLOT)
    assert answer[DANA] == () and len(answer) == 61
    assert len(google.calls("freebusy.query")) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 429},
        {"status": 403, "code": "userRateLimitExceeded"},
        {"drop_reply": True},
    ],
)
def test_reads_get_over_a_passing_fault(google: GoogleCalendar, ana: Calendar, fault: dict[str, Any]) -> None:
    """One bad answer does not reach the person."""
    google.fault(on="freebusy.query", **fault)
    assert ana.busy([DANA], SLOT) == {DANA: ()}


def test_reads_give_up_soon(google: GoogleCalendar, ana: Calendar) -> None:
    """After three attempts a read is unavailable."""
    google.fault(on="freebusy.query", status=503, times=-1)
    with pytest.raises(Unavailable, match="503"):
        ana.busy([DANA], SLOT)
    assert len(google.calls("freebusy.query")) == 3


def test_a_wait_that_google_asks_for_is_passed_on(google: GoogleCalendar, ana: Calendar) -> None:
    """Retry-After is not overrun: one attempt, and the seconds are told."""
    google.fault(on="freebusy.query", status=429, retry_after=30, times=-1)
    with pytest.raises(Unavailable) as caught:
        ana.busy([DANA], SLOT)
    assert caught.value.after == 30
    assert len(google.calls("freebusy.query")) == 1


def test_a_read_that_times_out_is_not_waited_for_again(google: GoogleCalendar, key_file: Path) -> None:
    """A person waits for one timeout, not for three."""
    hasty = bot.google_calendar.GoogleCalendar(
        key_file=key_file, url=f"{google.url}/calendar/v3/", timeout=0.2
    )
    google.fault(on="freebusy.query", delay=0.3, times=-1)
    with pytest.raises(Unavailable, match="did not answer"):
        hasty.as_user(ANA).busy([DANA], SLOT)
    assert len(google.calls("freebusy.query")) == 1


def test_a_range_that_google_does_not_take_is_refused(ana: Calendar) -> None:
    """Google's own words and reason are in the sentence."""
    with pytest.raises(Refused, match=r"time range is too long.*timeRangeTooLong"):
        ana.busy([DANA], Interval(start=START, end=START + timedelta(days=300)))


# -- booking ----------------------------------------------------------------------------------------------------
def test_a_meeting_reads_back_as_it_was_asked_for(ana: Calendar) -> None:
    """Everything that was approved is in the calendar, with a link to join."""
    reply = ana.insert(meeting())
    found = ana.event(ID)
    assert found is not None
    assert found.model_copy(update={"link": None, "join": None, "organizer": None, "etag": None}) == meeting()
    assert (found.link, found.organizer) == (reply.values["link"], ANA)
    assert (reply.record, reply.request_id, reply.response_id is not None) == (ID, ID, True)
    assert found.join is not None and found.join.startswith("https://meet.google.com/")


def test_the_hour_is_right_in_its_zone(google: GoogleCalendar, ana: Calendar) -> None:
    """The event carries local time and zone, so that it stays put for its organizer."""
    ana.insert(meeting(timezone="America/New_York"))
    event = google.event(ANA, ID)
    assert event is not None
    assert event["start"]["timeZone"] == "America/New_York"
    assert datetime.fromisoformat(event["start"]["dateTime"]) == SLOT.start


def test_guests_are_invited_and_the_organizer_has_accepted(google: GoogleCalendar, ana: Calendar) -> None:
    """Everybody but the organizer gets a mail; the organizer is not asked."""
    ana.insert(meeting())
    assert [mail.to for mail in google.invitations] == [BEN, CUSTOMER]
    event = google.event(ANA, ID)
    assert event is not None
    answers = [guest["responseStatus"] for guest in event["attendees"]]
    assert answers == ["accepted", "needsAction", "needsAction"]


def test_no_conference_unless_asked_for(google: GoogleCalendar, ana: Calendar) -> None:
    """A meeting without a conference has nothing to join."""
    ana.insert(meeting(conference=False))
    found = ana.event(ID)
    assert found is not None and (found.conference, found.join) == (False, None)


def test_a_pending_conference_has_no_link_yet(google: GoogleCalendar, ana: Calendar) -> None:
    """A conference that Google is still making is a conference without a link."""
    google.conference_gets = 2
    ana.insert(meeting())
    first, second = ana.event(ID), ana.event(ID)
    assert first is not None and second is not None
    assert (first.conference, first.join) == (True, None)
    assert second.join is not None


def test_an_event_that_is_not_there_is_none(ana: Calendar) -> None:
    """Nothing with this id is an answer."""
    assert ana.event("nothing0") is None


def test_a_deleted_event_is_cancelled(google: GoogleCalendar, ana: Calendar) -> None:
    """Somebody's delete shows in the status."""
    ana.insert(meeting())
    google.cancel(ANA, ID)
    found = ana.event(ID)
    assert found is not None and found.status == "cancelled"


# -- once -------------------------------------------------------------------------------------------------------
def test_the_same_meeting_twice_is_one_event(google: GoogleCalendar, ana: Calendar) -> None:
    """The second insert answers with the first's event, and nobody is invited again."""
    first, second = ana.insert(meeting()), ana.insert(meeting())
    assert (first.record, first.response_id) == (second.record, second.response_id)
    assert len(google.invitations) == 2


def test_a_reply_lost_on_the_wire_is_one_event(google: GoogleCalendar, ana: Calendar) -> None:
    """The HTTP library sends a dropped POST again; the id we chose keeps it to one event."""
    google.fault(on="events.insert", drop_reply=True)
    assert ana.insert(meeting()).record == ID
    assert len(google.calls("events.insert")) == 2
    assert len(google.events(ANA)) == 1 and len(google.invitations) == 2


def test_another_event_with_the_id_is_refused(ana: Calendar) -> None:
    """An event that is not ours is never taken for ours."""
    ana.insert(meeting(key="someone else's"))
    with pytest.raises(Refused, match="Another event"):
        ana.insert(meeting())


def test_a_deleted_meeting_is_not_booked_again(google: GoogleCalendar, ana: Calendar) -> None:
    """Whoever deleted it meant it; the thread is told, and nothing is sent."""
    ana.insert(meeting())
    google.cancel(ANA, ID)
    with pytest.raises(Refused, match="was deleted by somebody; nothing was sent"):
        ana.insert(meeting())
    assert google.events(ANA)[0]["status"] == "cancelled"


@pytest.mark.parametrize(
    "fault",
    [{"drop_reply": True, "times": 2}, {"refuse": True, "times": 2}, {"status": 500}, {"status": 503}],
)
def test_a_booking_without_an_answer_is_unknown(
    google: GoogleCalendar, ana: Calendar, fault: dict[str, Any]
) -> None:
    """No answer, or a failure of Google's, says nothing about whether it was booked."""
    google.fault(on="events.insert", **fault)
    with pytest.raises(Unverified, match="not known whether the meeting was booked"):
        ana.insert(meeting())


def test_an_answer_that_comes_too_late_is_not_taken_for_another(
    google: GoogleCalendar, key_file: Path
) -> None:
    """A booking that times out is unknown, and the next call gets its own answer, not the late one."""
    hasty = bot.google_calendar.GoogleCalendar(
        key_file=key_file, url=f"{google.url}/calendar/v3/", timeout=0.2
    )
    ana = hasty.as_writer(ANA, freely)
    ana.busy([DANA], SLOT)
    google.fault(on="events.insert", delay=0.3)
    with pytest.raises(Unverified):
        ana.insert(meeting())
    assert ana.event("nothing0") is None


def test_a_duplicate_that_cannot_be_read_is_unknown(google: GoogleCalendar, ana: Calendar) -> None:
    """There is an event with our id, but whose it is was not seen."""
    ana.insert(meeting())
    google.fault(on="events.get", status=503, times=-1)
    with pytest.raises(Unverified):
        ana.insert(meeting())


@pytest.mark.parametrize(
    "fault", [{"status": 429}, {"status": 403}, {"status": 403, "code": "quotaExceeded"}]
)
def test_a_booking_over_the_quota_was_not_made(
    google: GoogleCalendar, ana: Calendar, fault: dict[str, Any]
) -> None:
    """Too many requests: nothing was booked, later may work, and it is not sent again here."""
    google.fault(on="events.insert", **fault)
    with pytest.raises(Unavailable, match="slow down"):
        ana.insert(meeting())
    assert len(google.calls("events.insert")) == 1 and google.events(ANA) == []


def test_a_conflict_that_left_nothing_was_not_booked(google: GoogleCalendar, ana: Calendar) -> None:
    """A 409 without an event under our id is a passing conflict: nothing was booked, later may work."""
    google.fault(on="events.insert", status=409)
    with pytest.raises(Unavailable, match="was not booked"):
        ana.insert(meeting())


def test_what_google_refuses_is_refused_in_its_words(google: GoogleCalendar, ana: Calendar) -> None:
    """A rule of Google's comes out with its sentence and its reason."""
    google.fault(on="events.insert", status=403, code="forbiddenForServiceAccounts")
    with pytest.raises(Refused, match=r"cannot invite attendees.*forbiddenForServiceAccounts"):
        ana.insert(meeting())


# -- tokens -----------------------------------------------------------------------------------------------------
def test_an_undelegated_person_is_named(google: GoogleCalendar, ana: Calendar) -> None:
    """The refusal says who, and what an administrator must grant."""
    google.undelegated = {ANA}
    with pytest.raises(Refused) as caught:
        ana.insert(meeting())
    for part in (ANA, "administrator", "bot@brightlane.iam", *bot.google_calendar.SCOPES):
        assert part in str(caught.value)


def test_a_sign_in_that_cannot_be_reached_means_nothing_was_sent(
    google: GoogleCalendar, ana: Calendar
) -> None:
    """Without a token nothing was booked, so it is unavailable and not unknown."""
    google.fault(on="token", refuse=True, times=-1)
    with pytest.raises(Unavailable, match="nothing was sent"):
        ana.insert(meeting())


@pytest.mark.slow
def test_a_sign_in_that_fails_means_nothing_was_sent(google: GoogleCalendar, ana: Calendar) -> None:
    """Google's own trouble at the token endpoint is unavailable; nobody is told to call an administrator."""
    google.fault(on="token", status=503, times=-1)
    with pytest.raises(Unavailable, match="nothing was sent"):
        ana.insert(meeting())


def test_one_token_serves_all_threads(google: GoogleCalendar, ana: Calendar) -> None:
    """A token is fetched once for a person, however many threads ask at once."""
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(ana.busy([DANA], SLOT))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{DANA: ()}] * 6
    assert len(google.calls("/token")) == 1


def test_a_token_that_google_forgot_is_renewed(google: GoogleCalendar, ana: Calendar) -> None:
    """A 401 brings a new token and the same call, not an error."""
    ana.busy([DANA], SLOT)
    google.forget_tokens()
    assert ana.insert(meeting()).record == ID
    assert len(google.calls("/token")) == 2


def test_everybody_acts_in_their_own_name(
    google: GoogleCalendar, adapter: bot.google_calendar.GoogleCalendar
) -> None:
    """The organizer is the person, also when two people are served by one thread."""
    adapter.as_writer(ANA, freely).insert(meeting())
    adapter.as_writer(BEN, freely).insert(meeting(id="cosell0456", attendees=(CUSTOMER,)))
    assert google.events(ANA)[0]["organizer"]["email"] == ANA
    mine = google.event(BEN, "cosell0456")
    assert mine is not None and mine["organizer"]["email"] == BEN
