"""What managers read: one summary when it is due, whatever happens on the way; and answers to whoever may ask."""

import csv
import io
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from bot import app
from bot.config import load as load_config
from bot.history import History
from bot.jobs import Queue
from bot.lifecycle.jobs import Job
from bot.lifecycle.targets import covered
from bot.lifecycle.timetable import Timetable
from bot.policy import FOLDER
from bot.proposal import Proposal
from bot.settings import load
from bot.watch_state import WatchState
from sandbox.seed import CONFIG
from sandbox.world import World
from tests.story.conftest import CHANNEL, Bot, referral

AUDIT = "C0AUDIT"
EVERY_DAY = """
[summary]
at = "00:00"
timezone = "UTC"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def told(world: World, store: redis.Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bot]:
    """The bot with a summary of every day at midnight, whose audit channel was told everything until today."""
    yield from _bot(world, store, monkeypatch, tmp_path, EVERY_DAY)


def _bot(
    world: World, store: redis.Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: str
) -> Iterator[Bot]:
    path = tmp_path / "cosell.toml"
    path.write_text(CONFIG.read_text() + more)
    monkeypatch.setenv("COSELL_CONFIG", str(path))
    WatchState(store).set_mark(covered("daily", AUDIT), TODAY)
    bot = Bot(world, store)
    bot.serve()
    bot.work()
    bot.link()
    yield bot
    bot.stop()


def hand_in(bot: Bot, now: datetime = TOMORROW + timedelta(minutes=1)) -> int:
    """What a clock does at a moment."""
    config, state, queue = load_config(load().cosell_config), WatchState(bot.store), Queue(bot.store)
    return Timetable(config, state, queue, lambda: now, events=False, drops=False).hand_in()


def scored(bot: Bot, score: int = 82) -> Proposal:
    """A score that was asked for, approved, written and read back."""
    bot.command(f"score {score}")
    one = bot.wait(
        lambda: next(
            (p for p in bot.proposals("update_opportunity") if p.card_ts and p.payload["values"]), None
        )
    )
    bot.approve(one)
    return bot.ended(one)


def summaries(bot: Bot, channel: str = AUDIT) -> list[dict[str, Any]]:
    """The summaries in a channel."""
    return [m for m in bot.slack.messages(channel) if _key(m).startswith("summary:") and not _thread(m)]


def posted(bot: Bot, channel: str = AUDIT) -> dict[str, Any]:
    """The summary, once it and all that belongs to it is there."""
    name = covered("daily", channel)
    bot.wait(lambda: (mark := WatchState(bot.store).mark(name)) and mark >= TOMORROW, 30)
    [one] = summaries(bot, channel)
    return one


def _key(message: dict[str, Any]) -> str:
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def _thread(message: dict[str, Any]) -> bool:
    return message.get("thread_ts") not in (None, message["ts"])


def mail(message: dict[str, Any]) -> str:
    """Everything that a message says."""
    return f"{message['text']} {message.get('blocks', '')}"


def test_one_summary_with_chart_table_threads_and_file(told: Bot) -> None:
    """What was done is in the audit channel next day: counted, drawn, with the way to its thread, and as CSV."""
    done = scored(told)
    hand_in(told)
    summary = posted(told)
    said = mail(summary)
    assert "1 done" in said or "1 action" in said
    assert any(block["type"] == "table" for block in summary["blocks"])
    picture = next(block for block in summary["blocks"] if block["type"] == "image")
    assert picture["alt_text"] and picture["slack_file"]["id"]
    answer = app.slack(load(), 5).chat_getPermalink(channel=done.channel, message_ts=done.card_ts or "")
    link = str(answer["permalink"])
    assert link.replace("&", "&amp;") in said or link in said
    [file] = [f for f in told.slack.files if f["name"].endswith(".csv") and f["user"] == "U0COSELL"]
    rows = list(csv.DictReader(io.StringIO(file["content"].decode("utf-8-sig"))))
    assert [row["id"] for row in rows if row["status"] == "done"] == [done.id]
    assert rows[0]["thread"] == link


def test_one_post_however_many_clocks_run(told: Bot) -> None:
    """Eight clocks at once, some of them again and again, and a worker that takes the work twice: one post."""
    scored(told)
    clocks = [threading.Thread(target=hand_in, args=(told,)) for _ in range(8)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    posted(told)
    words = {"start": TODAY.isoformat(), "end": TOMORROW.isoformat(), "due": TOMORROW.isoformat()}
    told.run(Job.SUMMARY, name="daily", channel=AUDIT, **words)
    hand_in(told)
    assert len(summaries(told)) == 1
    assert len([f for f in told.slack.files if f["name"].endswith(".csv")]) == 1


def test_what_was_missed_comes_once_late_and_marked(told: Bot) -> None:
    """After three days in which nothing ran: one post that tells of all of them and says that it is late."""
    scored(told)
    state = WatchState(told.store)
    state.set_mark(covered("daily", AUDIT), TODAY - timedelta(days=3))
    hand_in(told, TODAY + timedelta(minutes=1))
    told.wait(lambda: (mark := state.mark(covered("daily", AUDIT))) and mark >= TODAY, 30)
    [one] = summaries(told)
    late = datetime.now(UTC) - TODAY > timedelta(minutes=15)
    assert ("late" in mail(one).lower()) == late
    hand_in(told, TODAY + timedelta(minutes=5))
    assert len(summaries(told)) == 1


def test_a_day_without_anything_is_told_in_a_sentence(told: Bot) -> None:
    """No actions at all: a short post, no chart, no file, nothing that divides by nothing."""
    hand_in(told)
    summary = posted(told)
    assert not [b for b in summary["blocks"] if b["type"] in ("table", "image")]
    assert not [f for f in told.slack.files if f["user"] == "U0COSELL"]


def test_an_archived_channel_is_told_of_and_gets_it_later(told: Bot) -> None:
    """Nothing is lost: managers see on their Home tab what is wrong, sellers do not, and once it is mended it comes."""
    scored(told)
    told.slack.archive(AUDIT)
    hand_in(told)
    state = WatchState(told.store)
    told.wait(lambda: state.problems(), 30)
    assert "archived" in home(told, "U0MEI")
    assert "archived" not in home(told, "U0BEN")
    told.slack.channels[AUDIT].archived = False
    assert hand_in(told, TOMORROW + timedelta(minutes=2)) == 0  # not again at once
    assert hand_in(told, TOMORROW + timedelta(minutes=20)) == 1
    posted(told)
    assert state.problems() == ()


def test_where_outsiders_read_nothing_is_told(
    world: World, store: redis.Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A channel that somebody of another company is in gets no summary, and managers learn why."""
    shared = EVERY_DAY + '[[summary.teams]]\nchannel = "C0MERIDIAN"\nmanager = "U0MEI"\n'
    for bot in _bot(world, store, monkeypatch, tmp_path, shared):
        state = WatchState(store)
        state.set_mark(covered("daily", "C0MERIDIAN"), TODAY)
        scored(bot)
        hand_in(bot)
        posted(bot)
        assert "another company" in bot.wait(partial(problems, state), 30)
        assert not summaries(bot, "C0MERIDIAN")


def problems(state: WatchState) -> str:
    """What keeps channels from being told."""
    return " ".join(state.problems())


def home(bot: Bot, user: str) -> str:
    """What somebody's Home tab shows."""
    bot.run(Job.HOME, user=user)
    return str(bot.slack.home(user))


def test_slack_refuses_files(told: Bot) -> None:
    """The summary comes without its chart, and says how to get the file."""
    scored(told)
    told.slack.fault("files.getUploadURLExternal", times=-1, status=200, code="file_uploads_disabled")
    hand_in(told)
    summary = posted(told)
    assert not [b for b in summary["blocks"] if b["type"] == "image"]
    assert "cosell report --csv" in mail(summary)


def test_a_manager_reads_their_part_in_a_channel_of_its_own(
    world: World, store: redis.Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the policy says that sales managers read only their own people's, their channel tells only that."""
    policy = tmp_path / "policy"
    shutil.copytree(FOLDER, policy)
    shutil.copy(FOLDER / "optional" / "managers-read-their-own-people.cedar", policy)
    monkeypatch.setenv("COSELL_POLICY", str(policy))
    team = EVERY_DAY + f'[[summary.teams]]\nchannel = "{CHANNEL}"\nmanager = "U0DANA"\n'
    for bot in _bot(world, store, monkeypatch, tmp_path, team):
        WatchState(store).set_mark(covered("daily", CHANNEL), TODAY)
        scored(bot)
        hand_in(bot)
        whole, part = posted(bot), posted(bot, CHANNEL)
        assert any(block["type"] == "table" for block in whole["blocks"])
        assert not any(block["type"] == "table" for block in part["blocks"])


# -- asking -------------------------------------------------------------------------------------------------
def test_a_report_tells_what_the_asker_may_read(told: Bot) -> None:
    """A manager reads everything, a seller what they had part in; both in private."""
    scored(told)
    told.command("report", "U0MEI")
    assert "1 done" in mail(told.whispered("U0MEI", "1 done"))
    told.command("report month", "U0BEN", "C0KESTREL")
    ben = told.wait(lambda: next((m for m in told.slack.ephemerals("U0BEN") if "blocks" in m), {}))
    assert "1 done" not in mail(ben) and "Northwind" not in mail(ben)
    told.command("report aws", "U0ANA")
    told.whispered("U0ANA", "1 done")


def test_a_report_of_an_unknown_partner_says_which_there_are(told: Bot) -> None:
    """A word that is no partner: what the command takes."""
    told.command("report acme", "U0MEI")
    assert "`aws`" in told.whispered("U0MEI", "acme")["text"]


def test_outsiders_and_guests_are_told_nothing(told: Bot) -> None:
    """Guests, and whoever is of another company in the configuration, get no report and no record."""
    scored(told)
    for verb in ("report", "audit northwind"):
        told.command(verb, "U0GUS")
        said = told.whispered("U0GUS", "Only people of the company")
        assert "fleet telemetry" not in mail(said)
    assert not [m for m in told.slack.ephemerals("U0GUS") if "fleet telemetry" in mail(m)]


@pytest.mark.parametrize("words", ["northwind", "<@U0ANA>", "Ana Costa", "aws", "001000000000001AAA", ""])
def test_the_ledger_is_asked_by_account_person_and_partner(told: Bot, words: str) -> None:
    """Each finds the action, with its outcome and the way to its thread."""
    done = scored(told)
    told.command(f"audit {words}", "U0ANA")
    found = told.wait(
        lambda: next((mail(m) for m in told.slack.ephemerals("U0ANA") if "archives" in mail(m)), "")
    )
    assert f"p{(done.card_ts or '').replace('.', '')}" in found


def test_the_ledger_is_asked_for_one_receipt(told: Bot) -> None:
    """By the id that AWS gave it: every step, who approved and why they may, what was written."""
    done = told.ended(approved(told, referral(told)))
    assert done.receipt is not None
    told.command(f"audit {done.receipt.record}", "U0MEI")
    trail = told.wait(
        lambda: next(
            (mail(m) for m in told.slack.ephemerals("U0MEI") if "owns the opportunity" in mail(m)), ""
        )
    )
    assert done.receipt.record in trail
    assert "U0ANA" in trail or "Ana Costa" in trail


def approved(bot: Bot, proposal: Proposal) -> Proposal:
    """The proposal, after its owner's approval."""
    bot.approve(proposal)
    return proposal


def test_what_somebody_may_not_read_is_not_shown(told: Bot) -> None:
    """A seller who had no part in it learns that there is something, not what."""
    scored(told)
    told.command("audit northwind", "U0BEN", "C0KESTREL")
    said = told.wait(lambda: next((m for m in told.slack.ephemerals("U0BEN") if "blocks" in m), None))
    assert "P2B" not in mail(said) and "fleet telemetry" not in mail(said)
    assert "1" in mail(said)


def test_the_clock_keeps_the_history_up(told: Bot) -> None:
    """Without anybody asking, what was done is counted."""
    done = scored(told)
    _, tick = app.ticking(load())
    tick()
    assert History(told.store).totals().ended[done.kind, "done"] == 1
