"""A weekly sweep over fifty thousand open deals: read over HTTP, held against the rule, told as one digest."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import redis

from bench.figures import Figure
from bot import app
from bot.clients import OpenDeal
from bot.lifecycle.jobs import Job
from bot.rules import Rule
from bot.settings import load
from bot.triggers.crm import unreferred
from sandbox.seed import CONFIG
from sandbox.world import World

DEALS, BOUND = 50_000, 20.0
RULE = {"name": "weekly", "when": "sweep", "at": "0 8 * * mon", "stages": ["Qualification"], "amount": 10_000}


def measure() -> list[Figure]:
    """Seconds of the whole sweep as a worker does it, and of its parts."""
    with World() as world:
        _plant(world)
        path = _configured(world.folder)
        os.environ.update(world.settings() | {"COSELL_CONFIG": str(path)})
        settings = load()
        does = app.work(settings).does
        total = _timed(lambda: does[Job.SWEEP](rule="weekly", due=datetime.now(UTC).isoformat()))
        store = redis.Redis(port=world.redis_port)
        told = len(store.hkeys("cosell:watch:fired"))
        crm = app.Assembly(settings).outside.systems.crm.as_user()
        deals: list[OpenDeal] = []
        reading = _timed(lambda: deals.extend(crm.open_deals()))
        evaluating = _timed(lambda: _consume(_met(deals)))
        polling = _timed(lambda: does[Job.WATCH_CRM]())
    read = f"{len(deals):,} deals read in {reading:.1f} s, held against the rule in {evaluating:.2f} s"
    return [
        Figure(
            "a sweep of 50,000 open deals",
            f"{total:.1f} s",
            "≤ 20 s",
            total <= BOUND,
            f"{read}; {told} told in one digest",
        ),
        Figure(
            "the first look at 50,000 open deals",
            f"{polling:.1f} s",
            "for scale",
            None,
            "read and kept in Redis",
        ),
    ]


def _plant(world: World) -> None:
    stages = ("Prospecting", "Qualification", "Needs Analysis", "Negotiation/Review")
    accounts = world.salesforce.plant("Account", [{"Name": f"Account {n}"} for n in range(10_000)])
    world.salesforce.plant(
        "Opportunity",
        (
            {
                "Name": f"Deal {n:05}",
                "AccountId": accounts[n % len(accounts)],
                "StageName": stages[n % len(stages)],
                "CloseDate": "2030-01-31",
                "Amount": 1_000.0 + n,
                "NextStep": "Call",
            }
            for n in range(DEALS)
        ),
    )


def _configured(folder: Path) -> Path:
    path = folder / "cosell.toml"
    lines = "\n".join(f"{name} = {value!r}".replace("'", '"') for name, value in RULE.items())
    path.write_text(f'{CONFIG.read_text()}\n[triggers]\nchannel = "C0KESTREL"\n[[rules]]\n{lines}\n')
    return path


def _met(deals: Iterable[OpenDeal]) -> Iterator[object]:
    rule = Rule.model_validate(RULE)
    return (met for deal in deals if (met := unreferred(rule, deal, lambda *_: None)))


def _consume(things: Iterable[object]) -> None:
    for _ in things:
        pass


def _timed(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started
