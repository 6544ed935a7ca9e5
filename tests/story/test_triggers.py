"""Rules of the configuration: what happens in Salesforce and at AWS makes a card, once, with why, and not at night."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis
from typer.testing import CliRunner

from bot import app
from bot.__main__ import cli
from bot.config import load as load_config
from bot.deal import Company
from bot.errors import Unavailable
from bot.lifecycle.jobs import Job
from bot.lifecycle.timetable import Timetable
from bot.partner_lists import PartnerLists
from bot.proposal import Proposal, Status, Via
from bot.settings import load
from bot.triggers import Quiet
from bot.watch_state import WatchState
from sandbox.seed import CONFIG
from sandbox.slack import Response
from sandbox.sqs import Sqs
from sandbox.world import World
from tests.story.conftest import CHANNEL, NORTHWIND, Bot, referral

HELIOS, MERIDIAN = "006000000000002AAA", "006000000000003AAA"
ROOM = "C0KESTREL"
RULES = """
[triggers]
channel = "C0KESTREL"
[[rules]]
name = "large deals"
when = "amount_reaches"
amount = 500000
propose = "refer"
[[rules]]
name = "qualified"
when = "stage_becomes"
stages = ["Negotiation/Review"]
[[rules]]
name = "new ones"
when = "new_opportunity"
amount = 10000
[[rules]]
name = "known to AWS"
when = "overlaps"
partner = "AWS"
amount = 900000
[[rules]]
name = "invitations"
when = "invited"
[[rules]]
name = "AWS has decided"
when = "aws_updated"
statuses = ["Approved", "Rejected"]
propose = "set ace status {review_status}"
[[rules]]
name = "weekly"
when = "sweep"
at = "0 8 * * mon"
stages = ["Qualification", "Needs Analysis"]
amount = 100000
propose = "refer"
"""


class Ruled:
    """The bot with rules, and what happens outside it."""

    def __init__(self, bot: Bot) -> None:
        self.bot, self.state = bot, WatchState(bot.store)

    def poll(self) -> None:
        """Salesforce is looked at."""
        self.bot.run(Job.WATCH_CRM)

    def change(self, id: str = NORTHWIND, **fields: Any) -> None:
        """Somebody changes a deal in Salesforce."""
        self.bot.world.salesforce.change(id, user="ben.okafor@brightlane.example", **fields)

    def plant(self, number: int, **fields: Any) -> list[str]:
        """So many deals are opened in Salesforce."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        rows = [
            {
                "CreatedDate": now,
                "LastModifiedDate": now,
                "SystemModstamp": now,
                "Name": f"Deal {n:02}",
                "AccountId": "001000000000001AAA",
                "StageName": "Prospecting",
                "CloseDate": "2030-01-31",
                "Amount": 20_000 + n,
                **fields,
            }
            for n in range(number)
        ]
        return self.bot.world.salesforce.plant("Opportunity", rows)

    def said(self, channel: str, words: str) -> list[dict[str, Any]]:
        """The messages in a channel that say this anywhere."""
        return [m for m in self.bot.slack.messages(channel) if words in json.dumps(m, ensure_ascii=False)]

    def cards(self, opportunity: str = NORTHWIND) -> list[Proposal]:
        """The proposals on a deal."""
        return self.bot.proposals(opportunity=opportunity)

    def press(
        self, message: dict[str, Any], action: str, value: str, channel: str, user: str = "U0BEN"
    ) -> Response:
        """Somebody presses a button of a digest."""
        return self.bot.slack.press_raw(user, channel, message["ts"], f"cosell.rule.{action}", value=value)


def values(message: dict[str, Any], action: str) -> list[str]:
    """The values of a message's buttons of this kind."""
    found = [b.get("accessory") or {} for b in message["blocks"]]
    return [b["value"] for b in found if b.get("action_id") == f"cosell.rule.{action}"]


@pytest.fixture
def configured(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The sandbox's configuration with some rules."""
    path = tmp_path / "cosell.toml"
    path.write_text(CONFIG.read_text() + RULES)
    monkeypatch.setenv("COSELL_CONFIG", str(path))
    return path


@pytest.fixture
def ruled(world: World, store: redis.Redis, configured: Path) -> Iterator[Ruled]:
    """The bot, serving and working, with Northwind's channel linked, after its first look."""
    bot = Bot(world, store)
    bot.serve()
    bot.work()
    bot.link()
    ruled = Ruled(bot)
    ruled.poll()
    yield ruled
    bot.stop()


def test_the_first_look_is_a_baseline_and_a_change_after_it_makes_a_card_that_says_why(ruled: Ruled) -> None:
    """In the channel of the deal, by the rule, with the figures before and after; looked at again, it is still one."""
    assert not ruled.cards() and not ruled.said(ROOM, "deals to look at")
    ruled.change(Amount=600_000)
    ruled.poll()
    (card,) = ruled.cards()
    assert (card.kind, card.channel, card.origin.via) == ("submit_referral", CHANNEL, Via.RULE)
    why = "The amount went from 240,000 to 600,000, which reaches the 500,000 of this rule."
    assert card.origin.words == f"“large deals”: {why}"
    assert len(ruled.said(CHANNEL, why)) == 1
    ruled.poll()
    ruled.change(NextStep="Call")
    ruled.poll()
    assert len(ruled.cards()) == 1 and len(ruled.said(CHANNEL, why)) == 1


def test_a_rule_that_proposes_nothing_tells_and_a_deal_without_a_channel_is_told_in_the_common_one(
    ruled: Ruled,
) -> None:
    """With why, once."""
    ruled.change(StageName="Negotiation/Review")
    ruled.change(HELIOS, StageName="Negotiation/Review")
    ruled.poll()
    ruled.poll()
    assert len(ruled.said(CHANNEL, "from “Qualification” to “Negotiation/Review”")) == 1
    assert len(ruled.said(ROOM, "Helios")) == 1
    assert not ruled.cards() and not ruled.cards(HELIOS)


@pytest.mark.parametrize("place", ["see", "set_mark", "note_fired"])
def test_a_crash_after_telling_and_before_keeping_tells_nothing_twice(
    ruled: Ruled, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is: the next look finds the same facts, also when the deals moved on meanwhile."""
    ruled.change(Amount=600_000)
    ruled.change(HELIOS, StageName="Negotiation/Review")
    with monkeypatch.context() as crash:

        def die(*_: object, **__: object) -> None:
            raise RuntimeError("killed")

        crash.setattr(WatchState, place, die)
        with pytest.raises(RuntimeError):
            ruled.poll()
    ruled.bot.store.delete("cosell:watch:lease:crm", "cosell:watch:lease:alerts")
    ruled.change(Amount=610_000)
    ruled.poll()
    ruled.poll()
    assert len(ruled.cards()) == 1 and len(ruled.said(CHANNEL, "which reaches the 500,000")) == 1
    assert len(ruled.said(ROOM, "Helios")) == 1


def test_thirty_at_once_are_one_digest_and_each_can_be_proposed_once(ruled: Ruled) -> None:
    """Twenty lines and a button for the others; whoever presses Propose first makes that one's card."""
    ids = ruled.plant(30, Amount=700_000)
    ruled.poll()
    ruled.poll()
    (digest,) = ruled.said(ROOM, "deals to look at")
    assert "Rules found 60 deals to look at" in digest["text"] and "… and 40 more" in json.dumps(
        digest["blocks"], ensure_ascii=False
    )
    assert len(ruled.bot.slack.messages(ROOM)) == 1
    assert not [p for id in ids for p in ruled.cards(id)]
    first = values(digest, "propose")[0]
    ruled.press(digest, "propose", first, ROOM)
    card = ruled.bot.wait(lambda: next((p for id in ids for p in ruled.cards(id) if p.card_ts), None))
    assert (card.origin.by, card.origin.via, card.thread_ts) == ("U0BEN", Via.RULE, digest["ts"])
    ruled.press(digest, "propose", first, ROOM, user="U0MEI")
    ruled.bot.whispered("U0MEI", "proposed already")
    assert len([p for id in ids for p in ruled.cards(id)]) == 1


def test_the_rest_of_a_digest_comes_when_it_is_asked_for(ruled: Ruled) -> None:
    """In its thread, once, however often it is asked for."""
    ruled.plant(25)
    ruled.poll()
    (digest,) = ruled.said(ROOM, "25 deals to look at")
    id = json.dumps(digest).partition('cosell.rule.show", "value": "')[2].partition("|")[0]
    for user in ("U0BEN", "U0MEI"):
        ruled.press(digest, "show", f"{id}|1", ROOM, user)
    page = ruled.bot.wait(lambda: next(iter(ruled.said(ROOM, "from 21 on")), None))
    assert page["thread_ts"] == digest["ts"]
    ruled.press(digest, "show", f"{id}|9", ROOM)
    ruled.bot.whispered("U0BEN", "no more")
    assert len(ruled.said(ROOM, "from 21 on")) == 1


@pytest.mark.parametrize(
    ("user", "channel", "deal"), [("U0PAT", "C0MERIDIAN", MERIDIAN), ("U0GUS", CHANNEL, NORTHWIND)]
)
def test_outsiders_and_guests_press_in_vain(ruled: Ruled, user: str, channel: str, deal: str) -> None:
    """A digest makes no card for them, and shows them nothing."""
    ruled.bot.link(channel, deal)
    ruled.bot.ledger.change_quiets(lambda all: all.plus(quiet(channel)), "quiet.asked", "U0MEI", channel)
    ruled.change(deal, Amount=100_000)
    ruled.poll()
    ruled.change(deal, Amount=900_000)
    ruled.poll()
    ruled.bot.ledger.change_quiets(
        lambda all: all.minus(channel, datetime.now(UTC)), "quiet.ended", "U0MEI", channel
    )
    ruled.poll()
    (digest,) = ruled.said(channel, "one deal to look at")
    ((id, (firing,)),) = ((k, ruled.state.digest(k)[1]) for k in digests(ruled))  # type: ignore[index]
    before = len(ruled.bot.slack.messages(channel))
    for action, value in (("propose", f"{id}|{firing.id}"), ("show", f"{id}|0")):
        ruled.press(digest, action, value, channel, user)
        ruled.bot.whispered(user, "Only people of the company")
    assert not ruled.cards(deal) and len(ruled.bot.slack.messages(channel)) == before
    assert not [m for m in ruled.bot.slack.ephemerals(user) if "900,000" in json.dumps(m)]


def digests(ruled: Ruled) -> list[str]:
    """The ids of all digests."""
    keys: list[bytes] = ruled.bot.store.keys("cosell:watch:digest:*")  # type: ignore[assignment]
    return [key.decode().rpartition(":")[2] for key in keys]


def quiet(of: str) -> Quiet:
    """Quiet without an end."""
    return Quiet(of=of, by="U0MEI", at=datetime.now(UTC), cause="test")


def test_in_a_shared_channel_a_digest_shows_nothing_of_a_deal(ruled: Ruled) -> None:
    """Our own people are shown it alone when they ask."""
    ruled.bot.command(f"link {MERIDIAN}", user="U0MEI", channel="C0MERIDIAN")
    ruled.bot.wait(lambda: ruled.bot.ledger.linked("C0MERIDIAN"))
    ruled.change(MERIDIAN, StageName="Negotiation/Review")
    ruled.poll()
    (message,) = ruled.said("C0MERIDIAN", "one deal to look at")
    for words in ("fraud", "Negotiation", "Proposal", "qualified"):
        assert not ruled.said("C0MERIDIAN", words)
    ruled.press(message, "show", values(message, "show")[0], "C0MERIDIAN", user="U0BEN")
    told = ruled.bot.whispered("U0BEN", "to look at")
    assert "Negotiation/Review" in json.dumps(told)


def test_while_it_is_quiet_nothing_is_said_and_afterwards_everything_in_one_digest(ruled: Ruled) -> None:
    """In the channel: what fires meanwhile is neither lost nor told twice."""
    ruled.bot.command("quiet for 3 days", user="U0MEI")
    ruled.bot.whispered("U0MEI", "Rules are quiet in this channel until")
    ruled.change(Amount=600_000, StageName="Negotiation/Review")
    ruled.poll()
    ruled.poll()
    assert not ruled.cards() and not ruled.said(CHANNEL, "Negotiation")
    ruled.bot.command("rules", user="U0MEI")
    ruled.bot.whispered("U0MEI", "large deals")
    ruled.bot.command("quiet off", user="U0ANA")
    ruled.bot.whispered("U0ANA", "It is not quiet here.")
    ruled.poll()
    ruled.poll()
    (digest,) = ruled.said(CHANNEL, "2 deals to look at")
    assert "which reaches the 500,000" in json.dumps(digest) and "Negotiation/Review" in json.dumps(digest)
    events = [e["event"] for e in ruled.bot.ledger.entries() if str(e["event"]).startswith("quiet.")]
    assert events == ["quiet.asked", "quiet.ended"]
    assert ruled.bot.ledger.verify().flaw is None


def test_a_person_who_wants_quiet_has_it_on_their_deals_wherever_they_are_told(ruled: Ruled) -> None:
    """Ana owns Northwind and Helios; Ben's deal is told all the same."""
    ruled.bot.command("quiet me until 2099-01-01", user="U0ANA")
    ruled.bot.whispered("U0ANA", "within a year")
    ruled.bot.command("quiet me", user="U0ANA")
    ruled.bot.whispered("U0ANA", "Rules are quiet on your deals until somebody ends it.")
    for id in (NORTHWIND, HELIOS, MERIDIAN):
        ruled.change(id, StageName="Negotiation/Review")
    ruled.poll()
    assert [m["text"].partition(" ")[0] for m in ruled.said(ROOM, "Negotiation/Review")] == ["Meridian"]
    assert not ruled.said(CHANNEL, "Negotiation/Review")


@pytest.mark.parametrize("meanwhile", [{"Amount": 100_000}, {"StageName": "Closed Won"}])
def test_what_is_no_longer_so_when_it_is_read_live_is_not_proposed(
    ruled: Ruled, meanwhile: dict[str, Any]
) -> None:
    """The deal fell again, or was closed, between the look and the card; and it is not tried again."""
    salesforce = ruled.bot.world.salesforce
    ruled.change(Amount=600_000)
    salesforce.fault("query", after_work=lambda: ruled.change(**meanwhile))
    ruled.poll()
    ruled.poll()
    assert not ruled.cards()


def test_what_is_referred_already_ends_quietly(ruled: Ruled) -> None:
    """Nobody is told that a rule had nothing to propose, and later looks do not try again."""
    ruled.change(ACE_Opportunity_Id__c="O5551234")
    ruled.change(Amount=600_000)
    before = len(ruled.bot.slack.messages(CHANNEL))
    ruled.poll()
    ruled.poll()
    assert not ruled.cards() and len(ruled.bot.slack.messages(CHANNEL)) == before


def test_while_salesforce_is_away_nothing_is_kept_and_later_everything_is_found(ruled: Ruled) -> None:
    """The look is made again."""
    ruled.change(Amount=600_000)
    down = ruled.bot.world.salesforce.fault("query", status=503, times=-1)
    with pytest.raises(Unavailable):
        ruled.poll()
    down.times = 0
    ruled.poll()
    assert len(ruled.cards()) == 1


def test_a_change_that_others_can_see_only_later_is_found(ruled: Ruled) -> None:
    """SystemModstamp is set before the change is there to be read, so that newer ones may be read first."""
    ruled.change(NextStep="Call")
    ruled.poll()
    before = (datetime.now(UTC) - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    ruled.plant(1, Name="Slow one", SystemModstamp=before)
    ruled.poll()
    assert len(ruled.said(ROOM, "Slow one")) + len(ruled.said(CHANNEL, "Slow one")) == 1


def test_a_channel_that_does_not_take_it_loses_nothing(ruled: Ruled, configured: Path) -> None:
    """Nobody has invited the bot there: what fired is counted with what has no channel, and the others are told."""
    configured.write_text(configured.read_text().replace('channel = "C0KESTREL"', 'channel = "C0HELIOS"', 1))
    ruled.change(HELIOS, StageName="Negotiation/Review", Amount=600_000)
    ruled.change(StageName="Negotiation/Review")
    ruled.poll()
    ruled.poll()
    assert len(ruled.bot.store.hkeys("cosell:watch:unplaced")) == 2
    assert len(ruled.said(CHANNEL, "Negotiation/Review")) == 1


def test_of_many_looks_that_waited_for_a_worker_one_looks(ruled: Ruled) -> None:
    """Those that were due before the last look have nothing left to do; a later one has."""
    salesforce, due = ruled.bot.world.salesforce, datetime.now(UTC)
    before = len(salesforce.calls("query"))
    ruled.poll()
    looked = len(salesforce.calls("query"))
    for _ in range(5):
        ruled.bot.run(Job.WATCH_CRM, due=due.isoformat())
    assert len(salesforce.calls("query")) == looked > before
    ruled.bot.run(Job.WATCH_CRM, due=(datetime.now(UTC) + timedelta(minutes=5)).isoformat())
    assert len(salesforce.calls("query")) > looked


def test_of_two_looks_at_once_one_looks(ruled: Ruled) -> None:
    """And both together tell each fact once."""
    ruled.change(Amount=600_000)
    ruled.change(HELIOS, StageName="Negotiation/Review")
    looks = [threading.Thread(target=ruled.poll) for _ in range(3)]
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    ruled.poll()
    assert len(ruled.cards()) == 1 and len(ruled.said(ROOM, "Helios")) == 1


def test_a_decision_of_aws_proposes_to_write_it_down(ruled: Ruled) -> None:
    """The approved referral: its status goes to Salesforce, because AWS says so."""
    done = ruled.bot.ended(_approved(ruled.bot))
    assert done.status is Status.DONE and done.receipt is not None
    ruled.poll()
    ruled.bot.run(Job.WATCH_PARTNER)
    ruled.bot.world.partner_central.review(done.receipt.record, "Approved")
    ruled.bot.run(Job.WATCH_PARTNER)
    ruled.bot.run(Job.WATCH_PARTNER)
    found = [p for p in ruled.cards() if p.origin.via is Via.RULE]
    assert [(p.kind, p.payload["values"]) for p in found] == [
        ("update_opportunity", {"ace_status": "Approved"})
    ]
    assert "“Approved”" in (found[0].origin.words or "")


@pytest.fixture
def queue(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    """The queue that EventBridge fills with what Partner Central says."""
    with Sqs().start() as sqs:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", sqs.url)
        monkeypatch.setenv("PARTNER_EVENTS_QUEUE_URL", sqs.queue_url())
        world.partner_central.events_to = lambda event: sqs.put(event)
        yield sqs


def test_events_that_come_twice_late_and_turned_round_and_a_poll_are_one_fact(
    queue: Sqs, ruled: Ruled
) -> None:
    """An event makes the bot look at once; it says nothing that the look does not find, and is then taken."""
    aws = ruled.bot.world.partner_central
    aws.duplicate_events = queue.twice = queue.newest_first = True
    done = ruled.bot.ended(_approved(ruled.bot))
    assert done.receipt is not None
    ruled.poll()
    ruled.bot.run(Job.WATCH_PARTNER)
    aws.review(done.receipt.record, "Approved")
    late = dict(aws.events[-1])
    ruled.bot.run(Job.WATCH_EVENTS)
    ruled.bot.run(Job.WATCH_PARTNER)
    queue.put(late)
    ruled.bot.run(Job.WATCH_EVENTS)
    assert [p.kind for p in ruled.cards() if p.origin.via is Via.RULE] == ["update_opportunity"]
    assert queue.waiting() == 0


def test_an_event_stays_in_the_queue_until_what_it_tells_of_was_told(queue: Sqs, ruled: Ruled) -> None:
    """While AWS is away nothing is taken."""
    queue.put(
        {
            "version": "0",
            "id": "7f7f7f7f-0000-4000-8000-000000000000",
            "source": "aws.partnercentral-selling",
            "detail-type": "Opportunity Updated",
            "account": "000000000000",
            "region": "us-east-1",
            "time": "2026-11-23T10:00:00Z",
            "resources": [],
            "detail": {"schemaVersion": "1", "catalog": "Sandbox", "opportunity": {"identifier": "O1"}},
        }
    )
    down = ruled.bot.world.partner_central.fault("ListOpportunities", status=500, times=-1)
    with pytest.raises(Unavailable):
        ruled.bot.run(Job.WATCH_EVENTS)
    assert queue.waiting() == 1
    down.times = 0
    queue.clock = lambda: time.monotonic() + 31
    ruled.bot.run(Job.WATCH_EVENTS)
    assert queue.waiting() == 0


def test_an_invitation_is_told_once_with_the_account_that_it_resembles(ruled: Ruled) -> None:
    """Who invites, to what, until when; in the common channel, for it is of no deal yet."""
    ruled.bot.world.partner_central.refer_to_us(
        "Northwind Freight", "Routes on AWS", "They plan routes by hand."
    )
    ruled.bot.run(Job.WATCH_PARTNER)
    ruled.bot.run(Job.WATCH_PARTNER)
    told = [*ruled.said(ROOM, "Routes on AWS"), *ruled.said(CHANNEL, "Routes on AWS")]
    assert len(told) == 1
    said = json.dumps(told[0], ensure_ascii=False)
    assert "invites us" in said and "It can be accepted until" in said and "resembles our" in said


def test_a_new_opportunity_at_an_account_that_the_partner_lists_says_what_speaks_for_it(ruled: Ruled) -> None:
    """By the list that somebody gave; of an account that is not on it nothing is said."""
    northwind = ruled.bot.world.salesforce.record("001000000000001AAA")
    theirs = [
        Company("1", northwind["Name"], northwind["Website"], northwind["BillingCountry"]),
        Company("2", "Somebody Else Ltd", "somebody-else.example", "US"),
    ]
    PartnerLists(ruled.bot.store).keep(
        "aws", theirs, name="list.csv", source="file list.csv", by="U0MEI", at=datetime.now(UTC)
    )
    ruled.plant(1, Name="Renewal", Amount=950_000, StageName="Prospecting")
    ruled.plant(1, Name="Elsewhere", Amount=950_000, AccountId="001000000000003AAA")
    ruled.poll()
    (told,) = ruled.said(ROOM, "on AWS's list")
    said = json.dumps(told, ensure_ascii=False)
    assert "Renewal" in said and "same website" in said


def test_in_the_quiet_hours_of_the_owner_it_waits(ruled: Ruled, configured: Path) -> None:
    """All day but one minute; when the hours are over it is told."""
    night = datetime.now(ZoneInfo("Europe/Lisbon"))
    hours = f"{night - timedelta(hours=1):%H:%M}-{night + timedelta(hours=1):%H:%M}"
    plain = configured.read_text()
    configured.write_text(plain.replace("[triggers]", f'[triggers]\nquiet_hours = "{hours}"'))
    ruled.change(StageName="Negotiation/Review")
    ruled.poll()
    assert not ruled.said(CHANNEL, "Negotiation/Review")
    configured.write_text(plain)
    ruled.poll()
    assert len(ruled.said(CHANNEL, "one deal to look at")) == 1


def _approved(bot: Bot) -> Proposal:
    card = referral(bot)
    bot.approve(card)
    return card


def test_a_sweep_finds_what_should_be_referred_and_is_not_each_deal_once(ruled: Ruled) -> None:
    """Northwind and Helios meet the rule; next week they are no news."""
    ruled.bot.run(Job.SWEEP, rule="weekly", due="2026-01-05T08:00:00+00:00")
    assert [p.kind for p in ruled.cards()] == ["submit_referral"]
    (card,) = ruled.cards(HELIOS)
    assert card.channel == ROOM and "no referral of it is at AWS" in (card.origin.words or "")
    later = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    ruled.bot.run(Job.SWEEP, rule="weekly", due=later)
    assert len(ruled.cards()) == len(ruled.cards(HELIOS)) == 1


def test_a_dry_sweep_prints_what_it_would_tell_and_tells_nobody(ruled: Ruled) -> None:
    """Deal, why and the command, the largest first; a sweep that there is not is refused with those that there are."""
    result = CliRunner().invoke(cli, ["sweep", "--rule", "weekly", "--dry-run"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line[:18] for line in lines[:2]] == [HELIOS, NORTHWIND]
    assert "no referral of it is at AWS" in lines[0] and lines[0].endswith("-> refer")
    assert "4 meet the rule, 4 would be told now" in result.stdout
    assert not ruled.cards() and not ruled.cards(HELIOS)
    result = CliRunner().invoke(cli, ["sweep", "--rule", "wekly", "--dry-run"])
    assert result.exit_code == 1 and "Its sweeps: “weekly”." in result.output


def test_a_sweep_that_is_asked_for_by_hand_is_done_by_a_worker(ruled: Ruled) -> None:
    """At once, and not only at its set times."""
    result = CliRunner().invoke(cli, ["sweep", "--rule", "weekly"])
    assert result.exit_code == 0 and "Handed to the workers." in result.output
    assert ruled.bot.shown("submit_referral").origin.via is Via.RULE


def test_what_finds_no_channel_is_told_as_a_count_the_day_after(ruled: Ruled, configured: Path) -> None:
    """In the audit channel, once."""
    configured.write_text(configured.read_text().replace('channel = "C0KESTREL"', "", 1))
    ruled.change(HELIOS, StageName="Negotiation/Review")
    ruled.poll()
    assert not ruled.said("C0AUDIT", "no channel")
    (id,) = ruled.bot.store.hkeys("cosell:watch:unplaced")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    ruled.bot.store.hset("cosell:watch:unplaced", id, yesterday)
    ruled.poll()
    ruled.poll()
    assert len(ruled.said("C0AUDIT", "rules fired once where I had no channel")) == 1


def test_the_clock_hands_in_looks_and_sweeps_and_what_it_missed_once(ruled: Ruled) -> None:
    """Down for five weeks, it runs one sweep late; a rule that is new to it misses nothing."""
    handed: list[tuple[Job, dict[str, Any]]] = []

    class Jobs:
        def send(self, job: Job, **words: Any) -> None:
            handed.append((job, words))

    def at(when: datetime) -> list[Job]:
        handed.clear()
        config = load_config(load().cosell_config)
        Timetable(config, ruled.state, Jobs(), lambda: when, events=True, drops=True).hand_in()  # type: ignore[arg-type]
        return sorted(job for job, _ in handed)

    tuesday = datetime(2027, 3, 2, 12, tzinfo=UTC)
    looks = [Job.DROPS, Job.WATCH_CRM, Job.WATCH_EVENTS, Job.WATCH_PARTNER]
    assert at(tuesday) == sorted([Job.WALK, *looks])
    assert at(tuesday + timedelta(seconds=3)) == []
    assert at(tuesday + timedelta(minutes=5)) == looks
    weeks_later = tuesday + timedelta(weeks=5)
    late = at(weeks_later)
    assert late == sorted([Job.SUMMARY, Job.SUMMARY, Job.SWEEP, Job.WALK, *looks])
    [sweep] = [words for job, words in handed if job is Job.SWEEP]
    assert sweep == {"rule": "weekly", "due": "2027-03-08T08:00:00+00:00"}
    assert at(weeks_later + timedelta(minutes=6)) == looks
    assert at(datetime(2027, 4, 7, 8, 0, 1, tzinfo=UTC)) == [Job.DROPS, Job.SUMMARY, Job.SUMMARY, *looks[1:]]
    assert at(datetime(2027, 4, 12, 8, 0, 1, tzinfo=UTC)).count(Job.SWEEP) == 1


def test_a_tick_of_the_real_clock_makes_a_worker_look(ruled: Ruled) -> None:
    """From the clock through the queue to the card."""
    ruled.change(Amount=600_000)
    _, tick = app.ticking(load())
    tick()
    ruled.bot.shown("submit_referral")


def test_without_rules_the_clock_hands_in_nothing_but_the_walk(bot: Bot) -> None:
    """Nobody's Salesforce is read for nothing; the ledger's chain is walked every day."""
    handed: list[Job] = []

    class Jobs:
        def send(self, job: Job, **words: Any) -> None:
            handed.append(job)

    config, state = load_config(load().cosell_config), WatchState(bot.store)
    now = datetime.now(UTC)
    for when in (now, now + timedelta(seconds=3), now + timedelta(hours=23)):
        Timetable(config, state, Jobs(), lambda when=when: when, events=True, drops=True).hand_in()  # type: ignore[arg-type, misc]
    assert set(handed) <= {Job.WALK, Job.SUMMARY}
    assert handed.count(Job.WALK) == 1


def test_quiet_on_the_record_is_for_everybody_of_ours_and_for_nobody_else(ruled: Ruled) -> None:
    """A guest is refused; a press of the same command twice counts once."""
    ruled.bot.command("quiet here", user="U0GUS")
    ruled.bot.whispered("U0GUS", "Only people of the company")
    assert ruled.bot.ledger.quiets().standing == ()
    one = quiet(CHANNEL)
    for _ in range(2):
        ruled.bot.ledger.change_quiets(lambda all: all.plus(one), "quiet.asked", "U0ANA", CHANNEL)
    assert len([e for e in ruled.bot.ledger.entries() if e["event"] == "quiet.asked"]) == 1
