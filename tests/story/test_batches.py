"""A file of scores becomes one card, one approval, many records; each row told, nothing half-written unreported."""

import csv
import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.actions.score_opportunities import ScoreOpportunities
from bot.deal import PORTFOLIO
from bot.lifecycle.jobs import Job
from bot.proposal import BOT, Proposal, Status
from bot.stops import ALL, Stop
from sandbox.s3 import BUCKET, S3
from sandbox.seed import CONFIG
from sandbox.world import World
from tests.story.conftest import CHANNEL, NORTHWIND, Bot, buttons

KIND = "score_opportunities"
HEADING = "Customer,Website,Salesforce Opportunity ID,P2B Score\n"
HELIOS, AURORA = "006000000000002AAA", "006000000000006AAA"
SCORES = (
    f"{HEADING}Northwind Freight,,{NORTHWIND},91\nHelios,,{HELIOS},64\nNobody Knows Ltd,nobody.example,,50\n"
)


def drop(bot: Bot, content: str, name: str = "p2b.csv", user: str = "U0MEI", channel: str = CHANNEL) -> str:
    """Somebody drops a file into a channel."""
    return bot.slack.drop(user, channel, name, content.encode())


def card(bot: Bot) -> Proposal:
    """The newest batch, once its card is there."""
    return bot.shown(KIND, PORTFOLIO)


def scores_of(batch: Proposal) -> ScoreOpportunities:
    """What a batch would write."""
    action = batch.action
    assert isinstance(action, ScoreOpportunities)
    return action


def files(bot: Bot, name: str) -> list[dict[str, Any]]:
    """The bot's files of this name."""
    return [file for file in bot.slack.files if file["name"] == name and file["user"] == "U0COSELL"]


def score(bot: Bot, opportunity: str) -> Any:
    """What Salesforce holds."""
    return bot.world.salesforce.record(opportunity)["P2B_Score__c"]


def test_a_dropped_file_becomes_one_card_and_one_approval(bot: Bot) -> None:
    """Sure rows are written and read back; what is left out is on the card with its reason, and in the file."""
    thread = drop(bot, SCORES)
    batch = card(bot)
    assert (batch.thread_ts, batch.origin.by, batch.origin.words) == (thread, "U0MEI", "p2b.csv")
    shown = str(bot.slack.message(CHANNEL, batch.card_ts or "")["blocks"])
    assert "1 left out" in shown and "Nobody Knows Ltd" in shown and "91" in shown
    (listing,) = bot.wait(lambda: files(bot, "rows.csv"))
    assert len(list(csv.reader(io.StringIO(listing["content"].decode("utf-8-sig"))))) == 4
    bot.approve(batch, "U0MEI")
    done = bot.ended(batch)
    assert done.status is Status.DONE, done.outcome
    assert (score(bot, NORTHWIND), score(bot, HELIOS)) == (91, 64)
    assert bot.world.salesforce.history(NORTHWIND)[-1]["who"] == "mei.tanaka@brightlane.example"
    assert bot.ledger.verify().flaw is None


def test_whoever_owns_one_of_the_deals_does_not_approve_them_all(bot: Bot) -> None:
    """It takes a partner manager."""
    drop(bot, SCORES)
    batch = card(bot)
    assert [approver.slack for approver in batch.approvers] == ["U0MEI"]
    bot.approve(batch, "U0ANA")
    bot.whispered("U0ANA", "You cannot approve this")
    assert score(bot, NORTHWIND) != 91


def test_the_same_message_heard_twice_is_one_card(bot: Bot) -> None:
    """Slack sends events more than once."""
    bot.slack.double_events = True
    drop(bot, SCORES)
    batch = card(bot)
    drop(bot, SCORES)
    bot.whispered("U0MEI", "under way already")
    assert [p.id for p in bot.proposals(KIND, PORTFOLIO)] == [batch.id]


def test_rows_that_fail_come_back_as_a_file_and_are_tried_again(bot: Bot) -> None:
    """With each reason; the retry is a card of its own, of those rows alone."""
    bot.world.salesforce.lock(HELIOS)
    drop(bot, SCORES)
    batch = card(bot)
    bot.approve(batch, "U0MEI")
    done = bot.ended(batch)
    assert done.status is Status.DONE and "1 of 2" in (done.outcome or "")
    (failures,) = bot.wait(lambda: files(bot, "not-written.csv"))
    (row,) = csv.DictReader(io.StringIO(failures["content"].decode("utf-8-sig")))
    assert row["Opportunity id"] == HELIOS and row["Why"]
    bot.world.salesforce.unlock(HELIOS)
    bot.slack.press("U0MEI", CHANNEL, done.result_ts or "", "cosell.retry")
    rest = bot.wait(
        lambda: next((p for p in bot.proposals(KIND, PORTFOLIO) if p.follows and p.card_ts), None)
    )
    bot.approve(rest, "U0MEI")
    assert bot.ended(rest).status is Status.DONE
    assert score(bot, HELIOS) == 64


def test_an_undo_asks_and_puts_back_what_is_still_ours(bot: Bot) -> None:
    """What somebody changed meanwhile stays."""
    before = score(bot, NORTHWIND)
    drop(bot, SCORES)
    batch = card(bot)
    bot.approve(batch, "U0MEI")
    done = bot.ended(batch)
    bot.world.salesforce.change(HELIOS, P2B_Score__c=33)
    bot.slack.press("U0ANA", CHANNEL, done.result_ts or "", "cosell.undo")
    bot.whispered("U0ANA", "You cannot undo this")
    bot.slack.press("U0MEI", CHANNEL, done.result_ts or "", "cosell.undo")
    undo = bot.wait(
        lambda: next((p for p in bot.proposals(KIND, PORTFOLIO) if p.follows and p.card_ts), None)
    )
    bot.approve(undo, "U0MEI")
    assert bot.ended(undo).status is Status.DONE
    assert (score(bot, NORTHWIND), score(bot, HELIOS)) == (before, 33)


def test_one_value_can_be_undone_too(bot: Bot) -> None:
    """The same button below a single update."""
    before = score(bot, NORTHWIND)
    bot.say("P2B came back at 88")
    one = bot.shown("update_opportunity")
    bot.approve(one)
    done = bot.ended(one)
    bot.slack.press("U0ANA", CHANNEL, done.result_ts or "", "cosell.undo")
    undo = bot.wait(
        lambda: next((p for p in bot.proposals("update_opportunity") if p.follows and p.card_ts), None)
    )
    bot.approve(undo)
    assert bot.ended(undo).status is Status.DONE
    assert score(bot, NORTHWIND) == before


def test_an_undo_of_what_was_changed_again_is_refused(bot: Bot) -> None:
    """Whoever asked reads what is there now, and that it stays."""
    bot.say("P2B came back at 88")
    one = bot.shown("update_opportunity")
    bot.approve(one)
    done = bot.ended(one)
    bot.world.salesforce.change(NORTHWIND, P2B_Score__c=12, P2B_Score_Date__c="2026-01-02")
    bot.slack.press("U0ANA", CHANNEL, done.result_ts or "", "cosell.undo")
    bot.whispered("U0ANA", "changed again since")
    assert score(bot, NORTHWIND) == 12


def test_a_value_that_does_not_stay_needs_a_person(bot: Bot) -> None:
    """Done means read back: a row that holds something else makes it unverified, and is in the file."""
    bot.world.salesforce.ignore_writes.add("P2B_Score__c")
    drop(bot, SCORES)
    batch = card(bot)
    bot.approve(batch, "U0MEI")
    done = bot.ended(batch)
    assert done.status is Status.UNVERIFIED and "2 could not be confirmed" in (done.outcome or "")
    (told,) = bot.wait(lambda: files(bot, "not-written.csv"))
    assert told["content"].decode("utf-8-sig").count("not known") == 2


def test_what_comes_after_outsiders_came_is_not_for_them(bot: Bot) -> None:
    """No file in the thread, no new card about many deals; whoever asks is told where to."""
    bot.world.salesforce.lock(HELIOS)
    drop(bot, SCORES)
    batch = card(bot)
    bot.wait(lambda: files(bot, "rows.csv"))
    bot.slack.share(CHANNEL)
    bot.wait(lambda: "View details" in buttons(bot, bot.now(batch)))
    bot.slack.press("U0MEI", CHANNEL, batch.card_ts or "", "cosell.review")
    (view,) = bot.slack.open_views("U0MEI")
    bot.slack.submit("U0MEI", view["id"], {})
    done = bot.ended(batch)
    assert done.unwritten == 1 and not files(bot, "not-written.csv")
    bot.run(Job.FOLLOW, id=batch.id, what="retry", channel=CHANNEL, user="U0MEI", cause="again")
    bot.whispered("U0MEI", "People of another company")


def test_every_row_is_on_the_record_once(bot: Bot) -> None:
    """The entry that opened it has them; the others have the digest that they come to."""
    drop(bot, SCORES)
    batch = card(bot)
    bot.approve(batch, "U0MEI")
    bot.ended(batch)
    entries = [e for e in bot.ledger.entries() if e.get("proposal") == batch.id]
    assert [e["event"] for e in entries if e["payload"]] == ["proposal.opened"]
    assert {e["digest"] for e in entries} == {batch.digest}


def test_columns_that_are_guessed_are_confirmed_first(bot: Bot) -> None:
    """Nothing is proposed until somebody says that they are right."""
    drop(bot, f"Custmer Nme,Oppty (SFDC),Propensty\nNorthwind Freight,{NORTHWIND},91\nHelios,{HELIOS},64\n")
    question = bot.wait(
        lambda: next((m for m in bot.slack.messages(CHANNEL) if "right columns" in m.get("text", "")), None)
    )
    assert not bot.proposals(KIND, PORTFOLIO)
    bot.slack.press("U0MEI", CHANNEL, question["ts"], "cosell.columns_right")
    assert card(bot).action.batch == 2


def test_columns_can_be_chosen(bot: Bot) -> None:
    """Where the guess is wrong or there is none."""
    drop(bot, f"A,B,Propensty\nNorthwind Freight,{NORTHWIND},91\nHelios,{HELIOS},64\n")
    question = bot.wait(
        lambda: next(
            (m for m in bot.slack.messages(CHANNEL) if "cosell.columns" in str(m.get("blocks"))), None
        )
    )
    bot.slack.press("U0MEI", CHANNEL, question["ts"], "cosell.columns")
    (view,) = bot.slack.open_views("U0MEI")
    answer = bot.slack.submit("U0MEI", view["id"], {"company": "0", "opportunity": "1", "score": "2"})
    assert answer.status == 200
    assert card(bot).action.batch == 2


def test_a_file_from_an_outsider_is_not_opened(bot: Bot) -> None:
    """They are told what can be done; one of ours can have it read elsewhere."""
    channel = "C0MERIDIAN"
    drop(bot, SCORES, user="U0PAT", channel=channel)
    bot.wait(lambda: next((m for m in bot.slack.messages(channel) if "did not open it" in m["text"]), None))
    assert not bot.world.slack.calls("files-pri")
    assert not bot.proposals(KIND, PORTFOLIO)


def test_where_outsiders_read_no_file_is_read(bot: Bot) -> None:
    """Whoever dropped it is told where to."""
    drop(bot, SCORES, channel="C0MERIDIAN")
    bot.whispered("U0MEI", "channel of ours")
    assert not bot.proposals(KIND, PORTFOLIO)


def test_other_files_are_none_of_our_business(bot: Bot) -> None:
    """A deck, and a table that has nothing of scores or companies: not a word."""
    drop(bot, "%PDF-1.7", name="deck.pdf")
    drop(bot, "month,spend\n2026-10,12\n", name="spend.csv")
    drop(bot, SCORES)
    card(bot)
    said = [m["text"] for m in bot.slack.messages(CHANNEL) if m.get("bot_id")]
    assert not any("deck" in text or "spend" in text for text in said)


def test_a_lost_answer_is_found_out_and_told_once(bot: Bot) -> None:
    """Each row is written once, and the thread hears of it once."""
    drop(bot, SCORES)
    batch = card(bot)
    bot.world.salesforce.lose_collection()
    bot.approve(batch, "U0MEI")
    done = bot.ended(batch, timeout=30)
    assert (score(bot, NORTHWIND), score(bot, HELIOS)) == (91, 64), done.outcome
    bot.run(Job.CARRY_OUT, id=batch.id)
    assert len(bot.results(batch)) == 1


def test_a_table_of_something_else_is_told_where_tables_are_for_us(bot: Bot) -> None:
    """In a channel of no deal, whoever dropped it hears that it was looked into, and what to do if it is one."""
    drop(bot, "month,spend\n2026-10,12\n", name="spend.csv", channel="C0PARTNERS")
    bot.whispered("U0MEI", "spend.csv")


def test_a_stop_in_the_middle_ends_the_batch_there(bot: Bot) -> None:
    """No call is sent after it; what was written, what was not, and what was never tried is in the file."""
    org = bot.world.salesforce
    about = {"AccountId": "001000000000001AAA", "StageName": "Qualification", "CloseDate": "2027-03-31"}
    ids = org.plant("Opportunity", [{**about, "Name": f"Deal {n}"} for n in range(450)])
    drop(bot, "Salesforce Opportunity ID,P2B Score\n" + "".join(f"{id},77\n" for id in ids))
    batch = card(bot)
    stop = Stop(scope=ALL, by="U0DANA", at=datetime.now(UTC), reason="wrong file", cause="1")

    def stopped() -> None:
        bot.ledger.change_stops(lambda stops: stops.plus(stop), "writes.stopped", "U0DANA", "wrong file")

    org.fault("collection.update", after_work=stopped)
    bot.approve(batch, "U0MEI")
    done = bot.ended(batch)
    assert done.status is Status.UNVERIFIED and "wrong file" in (done.outcome or "")
    assert len(org.calls("collection.update")) == 1
    assert [org.record(id).get("P2B_Score__c") for id in ids].count(77) == 200
    (told,) = bot.wait(lambda: files(bot, "not-written.csv"))
    assert told["content"].decode("utf-8-sig").count("\n") == 251


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "dies_at"), [(450, "collection.update"), (2_100, "ingest.upload"), (2_100, "ingest.close")]
)
def test_a_worker_killed_in_the_middle_of_a_batch(bot: Bot, rows: int, dies_at: str) -> None:
    """The process dies when Salesforce has taken it and nothing is recorded: another goes on, no row twice."""
    org = bot.world.salesforce
    about = {"AccountId": "001000000000001AAA", "StageName": "Qualification", "CloseDate": "2027-03-31"}
    ids = org.plant("Opportunity", [{**about, "Name": f"Deal {n}"} for n in range(rows)])
    drop(bot, "Salesforce Opportunity ID,P2B Score\n" + "".join(f"{id},77\n" for id in ids))
    batch = card(bot)
    bot.stop()
    bot.serve()
    bot.world.start("worker")
    bot.world.wait_ready()
    killed = threading.Event()

    def kill() -> None:
        bot.world.kill("worker")
        killed.set()

    org.fault(dies_at, after_work=kill, drop_reply=True)
    bot.approve(batch, "U0MEI")
    assert killed.wait(30)
    claim = bot.now(batch).claim
    assert claim is not None
    bot.store.delete(f"cosell:worker:{claim.worker}")  # its last heartbeat runs out
    bot.work()
    bot.tick(later=timedelta(minutes=1))
    done = bot.ended(batch, 60)
    assert done.status is Status.DONE, done.outcome
    assert f"{rows:,} of {rows:,}" in (done.outcome or "")
    written = [[h for h in org.history(id) if h["field"] == "P2B_Score__c"] for id in ids]
    assert {len(changes) for changes in written} == {1}
    assert len(org.calls("ingest.create")) == (1 if rows > 2_000 else 0)
    assert bot.ledger.verify().flaw is None


def test_a_file_is_tried_again_while_slack_is_away(bot: Bot) -> None:
    """Whoever dropped it is told, and the card comes when Slack gives the file."""
    bot.slack.fault("files.info", status=503, times=2)
    drop(bot, SCORES)
    bot.whispered("U0MEI", "keep trying")
    assert card(bot).action.batch == 2


def test_a_file_that_is_no_table_is_refused_in_words(bot: Bot) -> None:
    """When somebody asked for it to be read."""
    drop(bot, "PK\x03\x04 not really", name="scores.xlsx")
    bot.whispered("U0MEI", "scores.xlsx")


# -- other ways in -----------------------------------------------------------------------------------------------
@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, world: World) -> Iterator[S3]:
    """A bucket that the bot looks into, and the channel where it says what it found."""
    config = tmp_path / "cosell.toml"
    config.write_text(CONFIG.read_text() + '\n[triggers]\nchannel = "C0PARTNERS"\n')
    with S3() as s3:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.url)
        monkeypatch.setenv("DROPS_BUCKET", BUCKET)
        monkeypatch.setenv("COSELL_CONFIG", str(config))
        yield s3


def test_a_file_in_the_bucket_becomes_a_card(bucket: S3, bot: Bot) -> None:
    """Nobody has to drop it in Slack; each version of it is read once."""
    old = datetime.now(UTC) - timedelta(hours=1)
    bucket.put("weekly/p2b.csv", SCORES.encode(), modified=old)
    bot.run(Job.DROPS)
    bot.run(Job.DROPS)
    (batch,) = bot.proposals(KIND, PORTFOLIO)
    assert (batch.channel, batch.origin.by, batch.origin.words) == ("C0PARTNERS", BOT, "weekly/p2b.csv")
    bucket.put("weekly/p2b.csv", SCORES.replace("91", "92").encode(), modified=old)
    bot.run(Job.DROPS)
    assert len(bot.proposals(KIND, PORTFOLIO)) == 2
    assert len(bucket.calls("GetObject")) == 2


def test_a_file_that_is_still_being_written_is_left_until_it_is_whole(bucket: S3, bot: Bot) -> None:
    """Cut off on its way, or replaced while it is read: nothing is made of a half."""
    old = datetime.now(UTC) - timedelta(hours=1)
    bucket.put("p2b.csv", SCORES.encode(), modified=datetime.now(UTC))
    bot.run(Job.DROPS)
    assert not bot.proposals(KIND, PORTFOLIO)
    bucket.put("p2b.csv", SCORES.encode(), modified=old)
    bucket.cut_bodies = 20
    bot.run(Job.DROPS)
    assert not bot.proposals(KIND, PORTFOLIO)
    bucket.cut_bodies = 0
    bot.run(Job.DROPS)
    assert len(bot.proposals(KIND, PORTFOLIO)) == 1


def test_a_file_that_cannot_be_read_for_long_is_told_once(
    bucket: S3, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And read all the same, once it can be."""
    monkeypatch.setattr("bot.lifecycle.filing.PATIENT", 2)
    bucket.put("p2b.csv", SCORES.encode(), modified=datetime.now(UTC) - timedelta(hours=1))
    bucket.cut_bodies = 20
    for _ in range(4):
        bot.run(Job.DROPS)
    said = [m["text"] for m in bot.slack.messages("C0PARTNERS")]
    assert len(said) == 1 and "p2b.csv" in said[0] and "keep trying" in said[0]
    bucket.cut_bodies = 0
    bot.run(Job.DROPS)
    assert len(bot.proposals(KIND, PORTFOLIO)) == 1


def test_a_bad_file_in_the_bucket_is_told_once_and_keeps_none_of_the_others(bucket: S3, bot: Bot) -> None:
    """With what is wrong and what is expected."""
    old = datetime.now(UTC) - timedelta(hours=1)
    bucket.put("a.csv", b"month,spend\n2026-10,12\n", modified=old - timedelta(hours=1))
    bucket.put("b.csv", SCORES.encode(), modified=old)
    bot.run(Job.DROPS)
    bot.run(Job.DROPS)
    said = [m["text"] for m in bot.slack.messages("C0PARTNERS") if "a.csv" in m["text"]]
    assert len(said) == 1 and "cannot be used" in said[0]
    assert len(bot.proposals(KIND, PORTFOLIO)) == 1


def test_what_aws_says_of_our_referrals_becomes_a_card(bot: Bot) -> None:
    """Each score from the summary of the opportunity that the deal names; what AWS has not judged yet is left out."""
    bot.command("insights", user="U0MEI")
    batch = card(bot)
    (line,) = scores_of(batch).lines
    assert line.id == AURORA and any("engagement" in why for why in line.why)
    bot.approve(batch, "U0MEI")
    assert bot.ended(batch).status is Status.DONE
    assert score(bot, AURORA) == line.after[0]


def test_a_partners_list_is_kept_and_counted(bot: Bot) -> None:
    """The same drop takes a list of companies."""
    drop(
        bot,
        "id,name,website\n1,Northwind Freight,northwind-freight.example\n2,Nobody,nobody.example\n",
        "aws.csv",
    )
    bot.wait(
        lambda: next((m for m in bot.slack.messages(CHANNEL) if "2 companies" in str(m.get("blocks"))), None)
    )
    assert not bot.proposals(KIND, PORTFOLIO)


def test_what_is_remembered_beats_the_score_the_next_time(bot: Bot) -> None:
    """A row that was in doubt once is sure in the next file."""
    drop(bot, "Customer,P2B Score\nHelios Energy,64\n")
    batch = card(bot)
    (doubt,) = scores_of(batch).doubts
    bot.press(batch, "edit", "U0MEI")
    (view,) = bot.slack.open_views("U0MEI")
    bot.slack.submit("U0MEI", view["id"], {f"row.{doubt.number}": HELIOS})
    bot.wait(lambda: bot.now(batch).version == 2)
    drop(bot, "Customer,P2B Score\nHelios Energy,71\n")
    again = bot.wait(
        lambda: next((p for p in bot.proposals(KIND, PORTFOLIO) if p.id != batch.id and p.card_ts), None)
    )
    (line,) = scores_of(again).lines
    assert line.id == HELIOS and any("Mei Tanaka said so" in why for why in line.why)
