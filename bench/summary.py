"""A week's summary over a ledger of a million entries, made and posted; and reading them the first time."""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from bench.figures import Figure
from bot import app
from bot.action import canonical
from bot.history import History
from bot.ledger import HEAD, LEDGER, Ledger
from bot.ledger.chain import GENESIS
from bot.lifecycle.jobs import Job
from bot.settings import load
from sandbox.world import World
from tests.bot.history.carrying import Time, carry

ENTRIES, BOUND = 1_000_000, 10.0
AT_ONCE = 2_000
PEOPLE = ("U0ANA", "U0BEN", "U0MEI", "U0DANA")


def measure() -> list[Figure]:
    """Seconds of the summary's whole job, chart, file, replies and all; and of the first reading."""
    with World() as world:
        os.environ.update(world.settings())
        store = redis.Redis(port=world.redis_port)
        end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        actions = _plant(store, end)
        size = store.xlen(LEDGER)
        history = History(store)
        began = time.perf_counter()
        read = history.catch_up()
        reading = time.perf_counter() - began
        does = app.work(load()).does[Job.SUMMARY]
        start = end - timedelta(days=7)
        began = time.perf_counter()
        does(
            name="weekly",
            channel="C0AUDIT",
            start=start.isoformat(),
            end=end.isoformat(),
            due=end.isoformat(),
        )
        took = time.perf_counter() - began
        posted = [m for m in world.slack.messages("C0AUDIT") if m.get("bot_id")]
    assert posted and read == size >= ENTRIES, (len(posted), read, size)
    return [
        Figure(
            f"a week's summary over {size:,} entries",
            f"{took:.1f} s",
            f"≤ {BOUND:.0f} s",
            took <= BOUND,
            f"{actions:,} actions, half of them that week's; read, counted, drawn, posted with its CSV",
        ),
        Figure(
            f"the first reading of {size:,} entries",
            f"{reading:.0f} s",
            "for scale",
            None,
            f"{size / reading:,.0f} a second, each held against the one before it; later only what is new",
        ),
    ]


def _plant(store: redis.Redis, end: datetime) -> int:
    """Fill the ledger with entries like those of real actions, over two weeks; how many actions they are of."""
    moments = Time()
    carry(Ledger(store, moments), moments, 1)
    opened, approved, claimed, ended = (dict(entry) for entry in Ledger(store).entries())
    shown, written, told = ("proposal.shown", opened), ("proposal.written", claimed), ("proposal.told", ended)
    between = [{**entry, "event": event} for event, entry in (shown, written, told)]
    templates = [opened, between[0], approved, claimed, between[1], ended, between[2]]
    for entry in templates:
        del entry["seq"], entry["link"]
    store.delete(LEDGER, HEAD)
    link, seq = GENESIS, 0
    pipe = store.pipeline(transaction=False)
    for line in _entries(templates, end):
        seq += 1
        link = hashlib.sha256(link + hashlib.sha256(line.encode()).digest()).digest()
        pipe.xadd(LEDGER, {"entry": line, "link": link.hex()}, id=f"{seq}-0")
        if seq % AT_ONCE == 0:
            pipe.execute()
    pipe.hset(HEAD, mapping={"link": link, "seq": seq})
    pipe.execute()
    return seq // len(templates)


def _entries(templates: list[dict[str, Any]], end: datetime) -> Iterator[str]:
    """The same few entries again and again, as if each action were another one."""
    began = min(datetime.fromisoformat(str(one["at"])) for one in templates)
    lines = [(canonical(one), _moments(one)) for one in templates]
    actions = -(-ENTRIES // len(templates))
    fortnight = timedelta(days=14)
    for number in range(actions):
        at = end - fortnight + fortnight * (number / actions)
        for line, moments in lines:
            line = line.replace("prp_00000001", f"prp_{number:08d}")
            line = line.replace("006000000000001AAA", f"006{number:012d}AAA")
            line = line.replace("U0ANA", PEOPLE[number % len(PEOPLE)])
            for moment in moments:
                shifted = at + (datetime.fromisoformat(moment) - began)
                line = line.replace(moment, shifted.isoformat())
            yield line


def _moments(entry: dict[str, Any]) -> set[str]:
    """Every moment that an entry names."""
    names = ("at", "proposed_at", "approved_at", "expires_at", "written_at", "verified_at")
    return {str(entry[name]) for name in names if entry[name]} | {
        str(one["at"]) for one in entry["approvals"]
    }
