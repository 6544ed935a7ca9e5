"""The stand-in of Google Calendar answers as the vendor's discovery document and error guide say."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import googleapiclient
import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import seed
from sandbox.google_calendar import GoogleCalendar

ANA, BEN, DANA = (f"{n}@brightlane.example" for n in ("ana.costa", "ben.okafor", "dana.cole"))
PAT, RAJ = "pat.lindqvist@aws.example", "raj.menon@aws.example"
SCOPE = "https://www.googleapis.com/auth/calendar"
SCOPES = f"{SCOPE}.events.owned {SCOPE}.freebusy"
START = (datetime.now(UTC) + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)
ID = "cosell0123"


@cache
def discovery() -> Any:
    path = Path(googleapiclient.__file__).parent / "discovery_cache/documents/calendar.v3.json"
    return json.loads(path.read_text())


def misfits(value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """Where a value is not what the discovery document's schema allows: unknown properties and wrong types."""
    schema = discovery()["schemas"][schema["$ref"]] if "$ref" in schema else schema
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "any": object}
    if not isinstance(value, types[schema["type"]]) or (schema["type"] == "integer" and value is True):
        return [f"{at} is not {schema['type']}"]
    if isinstance(value, list):
        return [m for n, item in enumerate(value) for m in misfits(item, schema["items"], f"{at}[{n}]")]
    if not isinstance(value, dict):
        if schema.get("format") == "date-time":
            datetime.fromisoformat(str(value))
        return []
    found = []
    for name, part in value.items():
        inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        found += [f"{at}.{name} is unknown"] if inner is None else misfits(part, inner, f"{at}.{name}")
    return found


def fits(value: Any, schema: str) -> bool:
    assert misfits(value, {"$ref": schema}) == []
    return True


@pytest.fixture
def google() -> Iterator[GoogleCalendar]:
    with GoogleCalendar(seed.load()) as stand_in:
        yield stand_in


class Caller(requests.Session):
    """Somebody who holds a token, and the API's root."""

    def __init__(self, google: GoogleCalendar, token: str) -> None:
        super().__init__()
        self.root = f"{google.url}/calendar/v3"
        self.trust_env = False
        self.headers["authorization"] = f"Bearer {token}"

    def events(self, calendar: str = "primary", id: str = "") -> str:
        return f"{self.root}/calendars/{calendar}/events" + (f"/{id}" if id else "")

    def insert(
        self, *, updates: str = "all", version: int = 1, calendar: str = "primary", **what: Any
    ) -> Any:
        query = {"sendUpdates": updates, "conferenceDataVersion": str(version)}
        return self.post(self.events(calendar), params=query, json=body(**what), timeout=5)


def body(**what: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "summary": "Joint call",
        "start": {"dateTime": START.isoformat(), "timeZone": "Europe/Lisbon"},
        "end": {"dateTime": (START + timedelta(minutes=30)).isoformat(), "timeZone": "Europe/Lisbon"},
        "attendees": [{"email": BEN}, {"email": "customer@northwind-freight.example"}],
        "extendedProperties": {"private": {"cosell_key": "k1"}},
        "conferenceData": {
            "createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        },
        **what,
    }


def ask_token(google: GoogleCalendar, sub: str, scope: str = SCOPES, key: Any = None) -> requests.Response:
    now = int(time.time())
    claims = {
        "iss": "bot@brightlane.iam.gserviceaccount.com",
        "sub": sub,
        "scope": scope,
        "aud": "https://oauth2.googleapis.com/token",
        "iat": now,
        "exp": now + 3600,
    }
    signed = jwt.encode(claims, key or some_key(), algorithm="RS256")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}
    return requests.post(f"{google.url}/token", data=form, timeout=5)


@cache
def some_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def acting(google: GoogleCalendar, email: str = ANA, scope: str = SCOPES) -> Caller:
    return Caller(google, ask_token(google, email, scope).json()["access_token"])


def reason(response: requests.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert error["code"] == response.status_code and error["message"] == error["errors"][0]["message"]
    return response.status_code, error["errors"][0]["reason"]


def free_busy(caller: Caller, *calendars: str, days: float = 60, **what: Any) -> requests.Response:
    asked = {
        "timeMin": datetime.now(UTC).isoformat(),
        "timeMax": (datetime.now(UTC) + timedelta(days=days)).isoformat(),
        "items": [{"id": calendar} for calendar in calendars],
        **what,
    }
    return caller.post(f"{caller.root}/freeBusy", json=asked, timeout=5)


# -- tokens -----------------------------------------------------------------------------------------------------
def test_an_assertion_signed_with_another_key_gets_no_token(google: GoogleCalendar) -> None:
    """With a public key set, only the holder of the private half gets a token."""
    google.public_key_pem = (
        some_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert ask_token(google, ANA).json()["token_type"] == "Bearer"
    refused = ask_token(google, ANA, key=other)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("who", ["nobody@brightlane.example", RAJ, BEN])
def test_people_who_did_not_delegate_cannot_be_acted_as(google: GoogleCalendar, who: str) -> None:
    """Strangers, other companies' hidden calendars and whom the administrator excluded are refused."""
    google.undelegated = {BEN}
    refused = ask_token(google, who)
    assert (refused.status_code, refused.json()["error"]) == (401, "unauthorized_client")


def test_a_forgotten_token_is_an_authentication_error(google: GoogleCalendar) -> None:
    """A token that no longer counts answers 401 authError."""
    caller = acting(google)
    google.forget_tokens()
    assert reason(free_busy(caller, ANA)) == (401, "authError")


def test_a_token_without_the_scope_may_not(google: GoogleCalendar) -> None:
    """Free/busy alone does not allow booking."""
    assert reason(acting(google, scope=f"{SCOPE}.freebusy").insert()) == (403, "insufficientPermissions")


# -- free/busy --------------------------------------------------------------------------------------------------
def test_free_busy_keeps_to_the_discovery_document(google: GoogleCalendar) -> None:
    """The answer has known properties and types only, for known and unknown calendars alike."""
    assert fits(free_busy(acting(google), ANA, PAT, RAJ).json(), "FreeBusyResponse")


def test_seeded_stretches_are_in_the_persons_own_zone(google: GoogleCalendar) -> None:
    """ "09:00" on Ben's calendar is nine in New York."""
    busy = free_busy(acting(google), BEN).json()["calendars"][BEN]["busy"]
    first = datetime.fromisoformat(busy[0]["start"]).astimezone(ZoneInfo("America/New_York"))
    tomorrow = datetime.now(ZoneInfo("America/New_York")).date() + timedelta(days=1)
    assert (first.date(), first.hour) == (tomorrow, 9)


def test_a_calendar_that_is_not_shared_is_an_error_beside_an_empty_busy(google: GoogleCalendar) -> None:
    """Not found and nobody there look the same, and neither looks free."""
    answer = free_busy(acting(google), RAJ, "stranger@else.example").json()["calendars"]
    nothing = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    assert answer == {RAJ: nothing, "stranger@else.example": nothing}


def test_busy_stretches_that_touch_are_one(google: GoogleCalendar) -> None:
    """Overlapping and adjoining events come out merged."""
    for minutes in (0, 30, 45):
        google.book(DANA, START + timedelta(minutes=minutes), START + timedelta(minutes=minutes + 30), "Work")
    busy = free_busy(acting(google), DANA).json()["calendars"][DANA]["busy"]
    assert [(b["start"][11:16], b["end"][11:16]) for b in busy] == [("09:00", "10:15")]


def test_transparent_events_are_free(google: GoogleCalendar) -> None:
    """What is marked as "available" takes no time."""
    google.book(DANA, START, START + timedelta(hours=1), "Birthday", transparent=True)
    assert free_busy(acting(google), DANA).json()["calendars"][DANA]["busy"] == []


@pytest.mark.parametrize(("answer", "stretches"), [("accepted", 1), ("needsAction", 1), ("declined", 0)])
def test_an_invitation_takes_time_unless_declined(
    google: GoogleCalendar, answer: str, stretches: int
) -> None:
    """Guests are busy during what they have not declined."""
    acting(google).insert(attendees=[{"email": DANA}])
    google.rsvp(DANA, ID, answer)
    assert len(free_busy(acting(google), DANA).json()["calendars"][DANA]["busy"]) == stretches


@pytest.mark.parametrize(("days", "expected"), [(-1, "timeRangeEmpty"), (200, "timeRangeTooLong")])
def test_ranges_that_google_does_not_take(google: GoogleCalendar, days: float, expected: str) -> None:
    """An empty range and one of more than a quarter are refused."""
    assert reason(free_busy(acting(google), ANA, days=days)) == (400, expected)


def test_no_more_than_fifty_calendars_are_answered(google: GoogleCalendar) -> None:
    """The fifty-first calendar of one query has an error, although it is shared."""
    crowd = [f"p{n}@else.example" for n in range(50)]
    answer = free_busy(acting(google), *crowd, ANA).json()["calendars"][ANA]
    assert answer["errors"][0]["reason"] == "tooManyCalendarsRequested"


# -- events -----------------------------------------------------------------------------------------------------
def test_events_keep_to_the_discovery_document(google: GoogleCalendar) -> None:
    """What insert, get, patch and list answer has known properties and types only."""
    caller = acting(google)
    assert fits(caller.insert().json(), "Event")
    assert fits(caller.get(caller.events(id=ID), timeout=5).json(), "Event")
    assert fits(caller.patch(caller.events(id=ID), json={"summary": "Moved"}, timeout=5).json(), "Event")
    assert fits(caller.get(caller.events(), timeout=5).json(), "Events")


def test_the_same_id_twice_is_a_duplicate(google: GoogleCalendar) -> None:
    """A client-chosen id is taken once, and nobody is invited again."""
    caller = acting(google)
    caller.insert()
    assert reason(caller.insert()) == (409, "duplicate")
    assert len(google.invitations) == 2


@pytest.mark.parametrize("id", ["UPPER0", "wxyz0", "abc", "with-dash"])
def test_ids_outside_base32hex_are_refused(google: GoogleCalendar, id: str) -> None:
    """An id has 5 to 1024 characters of a-v and 0-9."""
    assert reason(acting(google).insert(id=id)) == (400, "invalid")


@pytest.mark.parametrize(
    "what",
    [
        {"end": None},
        {"end": {"dateTime": START.isoformat()}},
        {"start": {"dateTime": "2027-01-12T15:00:00"}},
        {"attendees": [{"email": "Ann"}]},
    ],
)
def test_events_that_google_does_not_take(google: GoogleCalendar, what: dict[str, Any]) -> None:
    """No end, no duration, no zone, and guests without an address are refused."""
    assert reason(acting(google).insert(**what))[0] == 400


def test_the_invitation_is_in_the_guests_calendar(google: GoogleCalendar) -> None:
    """Guests hold the same event with its organizer, but not the organizer's private properties."""
    acting(google).insert()
    held = google.event(BEN, ID)
    assert held is not None
    assert held["organizer"] == {"email": ANA}
    assert held["attendees"][0] == {"email": BEN, "responseStatus": "needsAction", "self": True}
    assert "extendedProperties" not in held


@pytest.mark.parametrize(
    ("updates", "mailed"),
    [
        ("all", [BEN, "customer@northwind-freight.example"]),
        ("externalOnly", ["customer@northwind-freight.example"]),
        ("none", []),
    ],
)
def test_mail_goes_to_whom_send_updates_says(google: GoogleCalendar, updates: str, mailed: list[str]) -> None:
    """Everybody, only people outside Google, or nobody."""
    acting(google).insert(updates=updates)
    assert [mail.to for mail in google.invitations] == mailed


def test_the_conference_comes_later(google: GoogleCalendar) -> None:
    """A conference is pending on insert and has its link when it is read again."""
    caller = acting(google)
    made = caller.insert().json()
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
    assert "hangoutLink" not in made
    read = caller.get(caller.events(id=ID), timeout=5).json()
    assert read["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert read["hangoutLink"] == read["conferenceData"]["entryPoints"][0]["uri"]


def test_conference_data_needs_its_version(google: GoogleCalendar) -> None:
    """Without conferenceDataVersion=1 a request for a conference is ignored."""
    assert "conferenceData" not in acting(google).insert(version=0).json()


def test_a_conference_may_fail(google: GoogleCalendar) -> None:
    """A failed conference has no link."""
    google.conference_fails, google.conference_gets = True, 0
    made = acting(google).insert().json()
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "failure"}


def test_a_deleted_event_keeps_its_id(google: GoogleCalendar) -> None:
    """After DELETE the event shows cancelled, its id stays taken, and a second DELETE is 410."""
    caller = acting(google)
    caller.insert()
    assert caller.delete(caller.events(id=ID), timeout=5).status_code == 204
    assert caller.get(caller.events(id=ID), timeout=5).json()["status"] == "cancelled"
    assert reason(caller.insert()) == (409, "duplicate")
    assert reason(caller.delete(caller.events(id=ID), timeout=5)) == (410, "deleted")


def test_a_guest_who_deletes_declines(google: GoogleCalendar) -> None:
    """The organizer's event stays; the guest's answer is no."""
    acting(google).insert()
    google.cancel(BEN, ID)
    mine, theirs = google.event(ANA, ID), google.event(BEN, ID)
    assert mine is not None and theirs is not None
    assert (mine["status"], theirs["status"]) == ("confirmed", "cancelled")
    assert mine["attendees"][0]["responseStatus"] == "declined"


def test_a_patch_with_an_old_etag_is_refused(google: GoogleCalendar) -> None:
    """If-Match with what is no longer the etag answers 412 and changes nothing."""
    caller = acting(google)
    old = caller.insert().json()["etag"]
    google.rsvp(BEN, ID, "accepted")
    patch = caller.patch(caller.events(id=ID), json={"summary": "X"}, headers={"if-match": old}, timeout=5)
    assert reason(patch) == (412, "conditionNotMet")
    event = google.event(ANA, ID)
    assert event is not None and event["summary"] == "Joint call"


def test_a_moved_event_is_asked_anew(google: GoogleCalendar) -> None:
    """A new time raises the sequence and puts the guests' answers back."""
    caller = acting(google)
    caller.insert()
    google.rsvp(BEN, ID, "accepted")
    times = {
        name: body()[name] | {"dateTime": body()[name]["dateTime"][:11] + "15:00:00+00:00"}
        for name in ("start",)
    }
    later = {**times, "end": {"dateTime": START.replace(hour=16).isoformat()}}
    moved = caller.patch(caller.events(id=ID), json=later, timeout=5).json()
    assert (moved["sequence"], moved["attendees"][0]["responseStatus"]) == (1, "needsAction")


def test_only_the_organizer_changes_what_is_shared(google: GoogleCalendar) -> None:
    """A guest may not move the meeting."""
    acting(google).insert()
    guest = acting(google, BEN)
    patch = guest.patch(guest.events(id=ID), json={"summary": "Mine"}, timeout=5)
    assert reason(patch) == (403, "forbiddenForNonOrganizer")


def test_other_peoples_calendars_are_closed(google: GoogleCalendar) -> None:
    """Writing to a colleague's calendar is forbidden; a hidden one, and any reading, finds nothing."""
    caller = acting(google)
    assert reason(caller.insert(calendar=BEN)) == (403, "requiredAccessLevel")
    assert reason(caller.insert(calendar=RAJ)) == (404, "notFound")
    assert reason(caller.get(caller.events(BEN), timeout=5)) == (404, "notFound")
    assert reason(caller.get(caller.events(id="nothing0"), timeout=5)) == (404, "notFound")


def test_events_are_found_by_private_property(google: GoogleCalendar) -> None:
    """A search by our key finds the event in the organizer's calendar and nowhere else."""
    acting(google).insert()
    query = {"privateExtendedProperty": "cosell_key=k1"}
    found = [
        [item["id"] for item in c.get(c.events(), params=query, timeout=5).json()["items"]]
        for c in (acting(google), acting(google, BEN))
    ]
    assert found == [[ID], []]


def test_a_sync_token_gives_what_changed(google: GoogleCalendar) -> None:
    """From one list to the next come the changed events, deleted ones too."""
    caller = acting(google)
    caller.insert()
    token = caller.get(caller.events(), timeout=5).json()["nextSyncToken"]
    google.cancel(ANA, ID)
    changed = caller.get(caller.events(), params={"syncToken": token}, timeout=5).json()["items"]
    assert [(event["id"], event["status"]) for event in changed] == [(ID, "cancelled")]


def test_an_old_sync_token_asks_for_everything(google: GoogleCalendar) -> None:
    """An expired token answers 410, one beside a search 400."""
    caller = acting(google)
    token = caller.get(caller.events(), timeout=5).json()["nextSyncToken"]
    both = {"syncToken": token, "q": "x"}
    assert reason(caller.get(caller.events(), params=both, timeout=5)) == (400, "invalid")
    google.expire_sync_tokens()
    gone = caller.get(caller.events(), params={"syncToken": token}, timeout=5)
    assert reason(gone) == (410, "fullSyncRequired")


def test_long_lists_come_in_pages(google: GoogleCalendar) -> None:
    """Pages together hold every event once; only the last has a sync token."""
    caller = acting(google)
    one = caller.get(caller.events(), params={"maxResults": 4}, timeout=5).json()
    two = caller.get(
        caller.events(), params={"maxResults": 4, "pageToken": one["nextPageToken"]}, timeout=5
    ).json()
    ids = [item["id"] for item in one["items"] + two["items"]]
    assert len(set(ids)) == len(ids) == 7
    assert "nextSyncToken" not in one and "nextPageToken" not in two


def test_an_ignored_insert_answers_and_keeps_nothing(google: GoogleCalendar) -> None:
    """A write that does not stick looks like one that does, until it is read."""
    google.ignore_inserts = True
    caller = acting(google)
    assert caller.insert().status_code == 200
    assert google.events(ANA) == [] and google.invitations == []
    assert reason(caller.get(caller.events(id=ID), timeout=5)) == (404, "notFound")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, None, "rateLimitExceeded"),
        (403, "forbidden", "forbidden"),
        (404, None, "notFound"),
        (429, None, "rateLimitExceeded"),
        (500, None, "backendError"),
    ],
)
def test_faults_have_googles_error_shape(
    google: GoogleCalendar, status: int, code: str | None, expected: str
) -> None:
    """Any status can be had, with the reason that belongs to it or the one asked for."""
    caller = acting(google)
    google.fault(on="events.list", status=status, code=code)
    assert reason(caller.get(caller.events(), timeout=5)) == (status, expected)


def test_callers_at_once_share_one_event(google: GoogleCalendar) -> None:
    """Of many inserts with one id, one is taken."""
    callers = [acting(google) for _ in range(8)]
    answers: list[int] = []
    threads = [threading.Thread(target=lambda c=c: answers.append(c.insert().status_code)) for c in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7
