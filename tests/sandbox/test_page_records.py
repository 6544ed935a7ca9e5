"""What the panel beside the conversations shows of the systems of record, and what it does to them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
import requests

from bot.clients import Meeting
from bot.deal import Interval
from bot.google_calendar import GoogleCalendar
from bot.ledger import LEDGER, Ledger, Link, Verdict
from sandbox.page import faults, records
from sandbox.page.records_ledger import LedgerWatch
from sandbox.partner_central import invitations
from sandbox.server import Fault, free_port
from sandbox.world import World
from tests.bot.factory import freely

DEAL, OTHER = "006000000000001AAA", "006000000000002AAA"
ANA, MEI, PAT = "ana.costa@brightlane.example", "mei.tanaka@brightlane.example", "pat.lindqvist@aws.example"
SOON = (datetime.now(UTC) + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The stand-ins alone."""
    with World(redis=False) as world:
        yield world


def act(world: World, deed: str, /, **what: Any) -> Any:
    """Do something as the page does it."""
    return records.ACTS[deed](world, **what)


def call(url: str, **headers: str) -> requests.Response:
    """One request to a stand-in, without waiting for a slow one."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers=headers, timeout=5)


def switch(world: World, system: str, name: str) -> Any:
    """The state of one switch as the panel shows it."""
    shown = records.rows(world)["faults"]
    return next(one["on"] for one in shown if (one["system"], one["name"]) == (system, name))


# -- Salesforce -----------------------------------------------------------------------------------------------
def test_everything_shown_can_be_sent(world: World) -> None:
    """The rows are JSON, and every system has its own."""
    found = records.rows(world)
    assert json.loads(json.dumps(found)) == found
    assert len([key for key in found if key.startswith("salesforce:")]) == 12
    assert {"org", "calendars", "ledger", "faults", "processes", "aws:O7000001"} <= set(found)


def test_an_edit_in_salesforce_is_shown_with_who_made_it(world: World) -> None:
    """Somebody's edit is in the row with the new value, their name, and the change on top of the history."""
    before = records.rows(world)
    act(world, "salesforce.edit", id=DEAL, field="NextStep", value=" Call Lena ", by=MEI)
    act(world, "salesforce.edit", id=DEAL, field="Amount", value="250,000", by=MEI)
    after = records.rows(world)
    row = after[f"salesforce:{DEAL}"]
    assert (row["amount"], row["changed_by"], row["changes"]) == (250_000, "Mei Tanaka", 2)
    assert {"name": "NextStep", "label": "Next Step", "value": "Call Lena"} in row["fields"]
    newest = {name: row["history"][0][name] for name in ("who", "field", "old", "new")}
    assert newest == {"who": "Mei Tanaka", "field": "Amount", "old": 240_000, "new": 250_000}
    assert after[f"salesforce:{OTHER}"] is before[f"salesforce:{OTHER}"], (
        "what did not change is not read again"
    )


@pytest.mark.parametrize(
    ("field", "value", "by", "words"),
    [
        ("StageName", "Nearly there", MEI, "no stage"),
        ("Amount", "a lot", MEI, "must be a number"),
        ("Amount", "nan", MEI, "must lie between"),
        ("CloseDate", "31/01/2027", MEI, "must be a date"),
        ("CloseDate", "", MEI, "needs a value"),
        ("NextStep", "x" * 300, MEI, "too large"),
        ("OwnerId", "x", MEI, "cannot be edited here"),
        ("NextStep", "x", "dana.cole@brightlane.example", "may not edit"),
        ("NextStep", "x", "otto.lang@brightlane.example", "may not edit"),
    ],
)
def test_what_salesforce_would_not_take_changes_nothing(
    world: World, field: str, value: str, by: str, words: str
) -> None:
    """A wrong value, or somebody who may not, is refused in a sentence."""
    before = world.salesforce.record(OTHER)
    with pytest.raises(ValueError, match=words):
        act(world, "salesforce.edit", id=OTHER, field=field, value=value, by=by)
    assert world.salesforce.record(OTHER) == before


def test_an_opportunity_that_is_not_there_cannot_be_edited(world: World) -> None:
    """An unknown id is told, not raised as an error of the program."""
    with pytest.raises(ValueError, match="no such opportunity"):
        act(world, "salesforce.edit", id="006000000000fffAAA", field="NextStep", value="x", by=MEI)


# -- AWS ------------------------------------------------------------------------------------------------------
def test_aws_summary_grows_with_the_review(world: World) -> None:
    """A draft has no summary, a submitted opportunity a partner manager, an approved one AWS's insights."""
    desk = world.partner_central
    id = desk.number()
    desk.records[id] = desk._record(id, "Larkspur", "Cold chain", "Sandbox")
    desk.records[id].body["LifeCycle"]["ReviewStatus"] = "Pending Submission"
    assert records.rows(world)[f"aws:{id}"]["summary"] is None
    with pytest.raises(ValueError, match="only what was submitted"):
        act(world, "aws.review", id=id, decision="Approved")
    desk.records[id].involvement, desk.records[id].visibility = "Co-Sell", "Full"
    desk.records[id].body["LifeCycle"]["ReviewStatus"] = "Submitted"
    assert records.rows(world)[f"aws:{id}"]["summary"]["team"] == ["Raj Menon (PDM)"]
    act(world, "aws.review", id=id, decision="Approved", comments="Good")
    row = records.rows(world)[f"aws:{id}"]
    assert (row["status"], row["comments"], row["summary"]["engagement"]) == ("Approved", "Good", "High")
    assert row["summary"]["quality"] == 82 and row["summary"]["recommendations"]


def test_a_referral_waits_in_the_inbox_until_it_is_answered(world: World) -> None:
    """What AWS refers to us is an invitation first; its opportunity stays out of sight."""
    before = {key for key in records.rows(world) if key.startswith("aws:")}
    id = act(world, "aws.refer", company="Larkspur Foods", title="Cold chain analytics")
    found = records.rows(world)
    assert (found[f"invitation:{id}"]["company"], found[f"invitation:{id}"]["kind"]) == (
        "Larkspur Foods",
        "Opportunity",
    )
    assert {key for key in found if key.startswith("aws:")} == before
    invitations.reject(world.partner_central, {"Catalog": "Sandbox", "Identifier": id})
    assert f"invitation:{id}" not in records.rows(world)
    with pytest.raises(ValueError, match="a company and a title"):
        act(world, "aws.refer", company=" ", title="x")


@pytest.mark.parametrize(("id", "decision"), [("O1", "Approved"), ("O7000001", "Perhaps")])
def test_a_review_of_nothing_or_with_no_decision_is_refused(world: World, id: str, decision: str) -> None:
    """An unknown opportunity or decision is told in a sentence."""
    with pytest.raises(ValueError, match=r"no such opportunity|approves, rejects"):
        act(world, "aws.review", id=id, decision=decision)


# -- calendars ------------------------------------------------------------------------------------------------
def test_the_bots_meeting_is_marked_in_both_calendars(world: World) -> None:
    """The bot's event is known in every calendar that has it; an answer shows in both; cancelled, it is gone."""
    when = Interval(start=SOON, end=SOON + timedelta(minutes=45))
    meeting = Meeting(
        id="cosell0001",
        summary="Joint call",
        description="",
        when=when,
        timezone="Europe/Lisbon",
        attendees=(ANA, PAT),
        key="key",
    )
    client = GoogleCalendar(key_file=world.folder / "google.json", url=f"{world.calendar.url}/calendar/v3/")
    client.as_writer(ANA, freely).insert(meeting)
    act(world, "calendar.rsvp", email=PAT, event=meeting.id, status="accepted")
    found = records.rows(world)
    for email in (ANA, PAT):
        row = found[f"event:{email}:{meeting.id}"]
        assert row["made_by_us"] and row["organizer"] == ANA
        assert [(guest["name"], guest["answer"]) for guest in row["guests"]] == [
            ("Ana Costa", "accepted"),
            ("Pat Lindqvist", "accepted"),
        ]
    for who, status, words in [(MEI, "accepted", "not invited"), (PAT, "perhaps", "accepts, declines")]:
        with pytest.raises(ValueError, match=words):
            act(world, "calendar.rsvp", email=who, event=meeting.id, status=status)
    world.calendar.cancel(ANA, meeting.id)
    assert not any(meeting.id in key for key in records.rows(world))


def test_everybodys_time_is_shown_and_can_be_booked(world: World) -> None:
    """What the calendars start with is shown; a booking is one more, and nobody's meeting of the bot."""
    before = {key for key in records.rows(world) if key.startswith(f"event:{PAT}:")}
    assert len(before) == len(world.seed["calendar"][PAT]["busy"])
    act(world, "calendar.block", email=PAT, start=SOON.isoformat(), minutes=30)
    after = records.rows(world)
    (new,) = {key for key in after if key.startswith(f"event:{PAT}:")} - before
    assert after[new]["summary"] == "Busy" and not after[new]["made_by_us"]
    assert datetime.fromisoformat(after[new]["end"]) - datetime.fromisoformat(after[new]["start"]) == (
        timedelta(minutes=30)
    )


@pytest.mark.parametrize(
    ("email", "start", "minutes", "words"),
    [
        ("nobody@brightlane.example", SOON.isoformat(), 30, "no calendar"),
        (ANA, "tomorrow", 30, "a date and a time"),
        (ANA, "2027-01-04T10:00", 30, "needs a time zone"),
        (ANA, SOON.isoformat(), 0, "between 5 minutes and a day"),
    ],
)
def test_a_time_that_is_none_is_not_booked(
    world: World, email: str, start: str, minutes: int, words: str
) -> None:
    """An unknown person, a start without a zone or no length at all is refused in a sentence."""
    with pytest.raises(ValueError, match=words):
        act(world, "calendar.block", email=email, start=start, minutes=minutes)


# -- requests -------------------------------------------------------------------------------------------------
def asked(world: World) -> list[tuple[int, Any]]:
    """The requests that are shown, newest first."""
    found = [(int(key[8:]), row) for key, row in records.rows(world).items() if key.startswith("request:")]
    return sorted(found, reverse=True, key=lambda pair: pair[0])


def test_requests_keep_their_numbers_and_only_the_newest_stay(world: World) -> None:
    """Each request has one number for good, in the order of arrival over all systems; 200 are kept."""
    call(f"{world.slack.url}/api/auth.test")
    call(f"{world.partner_central.url}/")
    (second, aws), (first, slack) = asked(world)[:2]
    assert (aws["system"], slack["system"], slack["what"]) == ("aws", "slack", "auth.test")
    assert second == first + 1 and slack["status"] == 200
    for _ in range(records.REQUESTS):
        call(f"{world.slack.url}/api/auth.test")
    newest = asked(world)
    assert [number for number, _ in newest] == list(range(second + records.REQUESTS, second, -1))


def test_a_reply_that_got_lost_is_told_from_one_that_arrived(world: World) -> None:
    """The log says that the caller got no answer although the work was done."""
    world.slack.fault(on="auth.test", drop_reply=True)
    with pytest.raises(requests.ConnectionError):
        call(f"{world.slack.url}/api/auth.test")
    newest = asked(world)[0][1]
    assert newest["lost"] and newest["status"] == 200


# -- faults ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("system", "name", "status"),
    [
        ("slack", "down", 503),
        ("slack", "limited", 429),
        ("salesforce", "down", 503),
        ("calendar", "limited", 429),
    ],
)
def test_a_switch_breaks_every_call_until_it_is_off(
    world: World, system: str, name: str, status: int
) -> None:
    """While it is on every call is refused, and afterwards none."""
    address = f"{faults.stand_in(world, system).url}/api/auth.test"
    whole = call(address).status_code
    act(world, "fault", system=system, name=name, on=True)
    assert switch(world, system, name)
    assert [call(address).status_code for _ in range(3)] == [status] * 3
    act(world, "fault", system=system, name=name, on=False)
    assert not switch(world, system, name)
    assert call(address).status_code == whole


def test_aws_limits_in_its_own_way(world: World) -> None:
    """AWS has no 429: it throttles with a 400."""
    act(world, "fault", system="aws", name="limited", on=True)
    answer = call(world.partner_central.url)
    act(world, "fault", system="aws", name="limited", on=False)
    assert answer.status_code == 400 and "ThrottlingException" in answer.headers["x-amzn-errortype"]


def test_people_go_on_writing_while_slacks_api_is_down(world: World) -> None:
    """Only the bot's calls fail; what people write in Slack arrives there."""
    world.slack.bot_url = ""
    act(world, "fault", system="slack", name="down", on=True)
    world.slack.say("U0ANA", "C0GENERAL", "Is it me?")
    act(world, "fault", system="slack", name="down", on=False)
    assert world.slack.messages("C0GENERAL")[-1]["text"] == "Is it me?"


def test_slow_and_down_work_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two switches of one system both act, and each can be switched off by itself."""
    monkeypatch.setattr(faults, "SLOW", 0.15)
    act(world, "fault", system="slack", name="slow", on=True)
    act(world, "fault", system="slack", name="down", on=True)
    began = time.monotonic()
    assert call(f"{world.slack.url}/api/auth.test").status_code == 503
    assert time.monotonic() - began >= 0.15
    act(world, "fault", system="slack", name="down", on=False)
    assert switch(world, "slack", "slow") and not switch(world, "slack", "down")
    assert call(f"{world.slack.url}/api/auth.test").status_code == 200
    act(world, "fault", system="slack", name="slow", on=False)
    assert world.slack.faults == [] or all(not fault.times for fault in world.slack.faults)


def test_a_switch_takes_away_no_fault_but_its_own(world: World) -> None:
    """A fault that is equal to the switch's, arranged by somebody else, stays."""
    theirs = Fault(times=-1, status=503)
    world.calendar.faults.append(theirs)
    act(world, "fault", system="calendar", name="down", on=True)
    act(world, "fault", system="calendar", name="down", on=False)
    assert any(one is theirs for one in world.calendar.faults)
    world.calendar.faults.remove(theirs)


def test_a_lost_reply_is_lost_once_and_only_of_a_write(world: World) -> None:
    """A read passes, the next write is done without an answer, and then the switch is off by itself."""
    url, token = f"{world.slack.url}/api", {"Authorization": f"Bearer {world.slack.bot_token}"}
    act(world, "fault", system="slack", name="reply lost", on=True)
    assert call(f"{url}/auth.test", **token).ok and switch(world, "slack", "reply lost")
    write = f"{url}/chat.postMessage?channel=C0NORTHWIND&text=Once"
    with pytest.raises(requests.ConnectionError):
        call(write, **token)
    assert [m["text"] for m in world.slack.messages("C0NORTHWIND")].count("Once") == 1
    assert not switch(world, "slack", "reply lost")
    assert call(write, **token).ok


def test_what_is_refused_does_not_use_up_the_lost_reply(world: World) -> None:
    """With the system down and a reply to lose, the write is refused; the reply is lost when the system is back."""
    url, token = f"{world.slack.url}/api", {"Authorization": f"Bearer {world.slack.bot_token}"}
    write = f"{url}/chat.postMessage?channel=C0NORTHWIND&text=Twice"
    act(world, "fault", system="slack", name="down", on=True)
    act(world, "fault", system="slack", name="reply lost", on=True)
    assert call(write, **token).status_code == 503
    assert "Twice" not in [m["text"] for m in world.slack.messages("C0NORTHWIND")]
    act(world, "fault", system="slack", name="down", on=False)
    with pytest.raises(requests.ConnectionError):
        call(write, **token)


def test_a_reset_of_the_stand_in_is_seen_by_its_switches(world: World) -> None:
    """A switch whose fault somebody cleared shows as off."""
    act(world, "fault", system="calendar", name="slow", on=True)
    world.calendar.faults.clear()
    assert not switch(world, "calendar", "slow")


def test_expired_sessions_are_refused(world: World) -> None:
    """Tokens handed out before are of no use; AWS and Slack have none that could expire."""
    user = world.salesforce.records.user(ANA)
    assert user is not None
    world.salesforce._sessions["token"] = user["Id"]
    path = f"{world.salesforce.url}/services/data/v66.0/limits"
    assert call(path, Authorization="Bearer token").ok
    act(world, "fault", system="salesforce", name="session expired")
    assert call(path, Authorization="Bearer token").status_code == 401
    for system in ("slack", "aws"):
        with pytest.raises(ValueError, match="no sessions"):
            act(world, "fault", system=system, name="session expired")


@pytest.mark.parametrize(
    ("name", "what", "words"),
    [
        ("fault", {"system": "fax", "name": "slow"}, "no system called fax"),
        ("fault", {"system": "slack", "name": "on fire"}, "no fault called on fire"),
        ("kill", {"part": "worker"}, "Worker is not running"),
        ("kill", {"part": "printer"}, "no process called printer"),
        ("redis.stop", {}, "Redis is not running"),
    ],
)
def test_what_cannot_be_broken_is_told(world: World, name: str, what: dict[str, str], words: str) -> None:
    """Unknown names, and processes that do not run, are told in a sentence."""
    with pytest.raises(ValueError, match=words):
        act(world, name, **what)


def test_a_process_can_be_killed_and_started_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process shows as down, and can be started once."""

    def start(part: str) -> None:
        world.processes[part] = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def shown() -> Any:
        return next(one for one in records.rows(world)["processes"] if one["part"] == "web")

    monkeypatch.setattr(world, "start", start)
    act(world, "start", part="web")
    assert shown()["up"] and shown()["pid"] == world.processes["serve"].pid
    with pytest.raises(ValueError, match="running already"):
        act(world, "start", part="web")
    killed = world.processes["serve"]
    act(world, "kill", part="web")
    assert killed.returncode is not None and killed.stdin is not None
    killed.stdin.close()
    assert not shown()["up"] and shown()["pid"] is None


# -- the ledger -----------------------------------------------------------------------------------------------
def link(store: redis.Redis, channel: str) -> None:
    """Write one entry."""
    now = datetime.now(UTC)
    Ledger(store).link(
        Link(channel=channel, opportunity=DEAL, deal_name="D", deal_url="", by="U0MEI", at=now)
    )


@pytest.fixture
def watch(redis_port: int, store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> LedgerWatch:
    """A look at an empty store, without the pauses between two walks."""
    monkeypatch.setattr("sandbox.page.records_ledger.SHARE", 0)
    return LedgerWatch(redis_port)


def test_entries_come_with_the_state_of_their_chain(store: redis.Redis, watch: LedgerWatch) -> None:
    """Every entry is a row of its own; the chain is whole, with its length and head."""
    assert watch.rows(running=True)["ledger"]["count"] == 0
    link(store, "C1")
    link(store, "C2")
    found = watch.rows(running=True)
    assert (found["ledger"]["count"], found["ledger"]["checked"], found["ledger"]["whole"]) == (2, 2, True)
    assert found["entry:2"]["event"] == "channel.linked" and found["entry:2"]["by"] == "U0MEI"
    assert len(found["entry:2"]["link"]) == 12 and found["ledger"]["head"].startswith(
        found["entry:2"]["link"]
    )


def test_a_changed_entry_breaks_the_chain_in_words(
    store: redis.Redis, watch: LedgerWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that somebody took away is named, although nothing new was written."""
    monkeypatch.setattr("sandbox.page.records_ledger.AGAIN", 0)
    link(store, "C1")
    link(store, "C2")
    assert watch.rows(running=True)["ledger"]["whole"]
    store.xdel(LEDGER, "1-0")
    state = watch.rows(running=True)["ledger"]
    assert state["whole"] is False and state["flaw"]["seq"] == 1 and "missing" in state["flaw"]["what"]


def test_a_chain_that_did_not_grow_is_not_walked_again(
    store: redis.Redis, watch: LedgerWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking often costs a walk only when something was written."""
    walks: list[Ledger] = []
    verify = Ledger.verify

    def counted(ledger: Ledger) -> Verdict:
        walks.append(ledger)
        return verify(ledger)

    monkeypatch.setattr(Ledger, "verify", counted)
    link(store, "C1")
    for _ in range(5):
        watch.rows(running=True)
    assert len(walks) == 1
    link(store, "C2")
    assert watch.rows(running=True)["ledger"]["checked"] == 2 and len(walks) == 2


def test_a_store_that_is_away_is_said_and_what_was_read_stays(store: redis.Redis, watch: LedgerWatch) -> None:
    """While Redis is stopped the row says so, and the last entries are still there."""
    link(store, "C1")
    watch.rows(running=True)
    found = watch.rows(running=False)
    assert "Redis does not answer" in found["ledger"]["away"] and found["ledger"]["count"] == 1
    assert "entry:1" in found
    assert watch.rows(running=True)["ledger"]["away"] is None


def test_a_store_that_never_answered_is_said(world: World) -> None:
    """Without any Redis the panel still has its rows."""
    assert "Redis does not answer" in records.rows(world)["ledger"]["away"]
    assert "Redis does not answer" in LedgerWatch(free_port()).rows(running=True)["ledger"]["away"]
