"""The bot against the whole outside world: its real door over HTTP, its real worker, a real Redis."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import redis

from bot import app, breakers
from bot.jobs import Queue
from bot.ledger import Ledger
from bot.lifecycle.catch_up import catch_up
from bot.lifecycle.jobs import Job
from bot.proposal import Proposal
from bot.settings import load
from sandbox.slack import Response
from sandbox.world import World

T = TypeVar("T")
NORTHWIND = "006000000000001AAA"
CHANNEL = "C0NORTHWIND"
ANSWERS = {
    "primary_needs": ["Co-Sell - Deal Support"],
    "use_case": "Storage & Backup",
    "delivery_models": ["SaaS or PaaS"],
    "sales_activities": ["Customer has shown interest in solution"],
    "solutions": ["S-0051001"],
}


class Bot:
    """The bot's processes in this one, and what people do to it."""

    def __init__(self, world: World, store: redis.Redis) -> None:
        self.world, self.store = world, store
        self.slack, self.ledger = world.slack, Ledger(store)
        self._stops: list[Callable[[], None]] = []
        self._pause = threading.Event()

    # -- life -----------------------------------------------------------------------------------------------
    def serve(self) -> None:
        """Open the door."""
        door = app.door(load())
        server = make_server("127.0.0.1", self.world.port, door, server_class=_Server, handler_class=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self._stops += [server.shutdown, server.server_close, thread.join, door.close]

    def work(self) -> None:
        """Start a worker."""
        parts = app.work(load())
        worker = parts.queue.work(parts.does, 4)
        parts.heart.start()
        worker.start()
        self._stops += [lambda: worker.stop(timeout=5000), parts.heart.stop, parts.tallies.stop]

    def stop(self) -> None:
        """Stop what was started."""
        for stop in self._stops:
            stop()
        self._stops.clear()

    def tick(self, later: timedelta = timedelta()) -> int:
        """What the clock does, so much later."""
        _, _ = app.ticking(load())
        ahead = lambda: datetime.now(UTC) + later  # noqa: E731
        return catch_up(Ledger(self.store, ahead), Queue(self.store), ahead)

    def run(self, job: Job, **words: Any) -> None:
        """Do one job here and now, outside the queue."""
        parts = app.work(load())
        try:
            parts.does[job](**words)
        finally:
            parts.tallies.stop()

    # -- people ---------------------------------------------------------------------------------------------
    def link(self, channel: str = CHANNEL, opportunity: str = NORTHWIND, user: str = "U0MEI") -> None:
        """Somebody links the channel, and the bot says so."""
        self.slack.command(user, channel, "/cosell", f"link {opportunity}")
        self.wait(lambda: self.ledger.linked(channel))

    def say(self, text: str, user: str = "U0ANA", channel: str = CHANNEL, **more: Any) -> str:
        """Somebody says something."""
        return self.slack.say(user, channel, text, **more)

    def command(self, text: str, user: str = "U0ANA", channel: str = CHANNEL) -> Response:
        """Somebody uses /cosell."""
        return self.slack.command(user, channel, "/cosell", text)

    def press(self, proposal: Proposal, action: str, user: str = "U0ANA") -> Response:
        """Somebody presses a button of a card."""
        return self.slack.press(user, proposal.channel, proposal.card_ts or "", f"cosell.{action}")

    def press_as_shown(self, proposal: Proposal, action: str, user: str = "U0ANA", **more: Any) -> Response:
        """Somebody presses a button that the card had when it showed this version, whatever it shows now."""
        value = f"{proposal.id}|{proposal.version}"
        return self.slack.press_raw(
            user, proposal.channel, proposal.card_ts or "", f"cosell.{action}", value=value, **more
        )

    def approve(self, proposal: Proposal, user: str = "U0ANA") -> Response:
        """Somebody approves."""
        return self.press(proposal, "approve", user)

    # -- looking --------------------------------------------------------------------------------------------
    def wait(self, look: Callable[[], T | None], timeout: float = 15) -> T:
        """What ``look`` finds, as soon as it finds something."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            self._pause.wait(0.01)
        said = "\n".join(f"{m.get('user')}: {m.get('text')}" for m in self.slack.messages(CHANNEL))
        raise AssertionError(f"it did not come to pass within {timeout} s; in the channel:\n{said}")

    def proposals(self, kind: str | None = None, opportunity: str = NORTHWIND) -> list[Proposal]:
        """The proposals on a deal, newest first."""
        return [p for p in self.ledger.on_deal(opportunity) if kind in (None, p.kind)]

    def shown(self, kind: str, opportunity: str = NORTHWIND) -> Proposal:
        """The newest proposal of a kind, once its card is there."""
        return self.wait(lambda: next((p for p in self.proposals(kind, opportunity) if p.card_ts), None))

    def ended(self, proposal: Proposal, timeout: float = 15) -> Proposal:
        """The proposal, once it has ended and the thread knows."""

        def look() -> Proposal | None:
            kept = self.ledger.get(proposal.id)
            return kept.proposal if kept and kept.proposal.result_ts else None

        return self.wait(look, timeout)

    def now(self, proposal: Proposal) -> Proposal:
        """The proposal as it stands."""
        kept = self.ledger.get(proposal.id)
        assert kept is not None
        return kept.proposal

    def whispered(self, user: str, containing: str) -> dict[str, Any]:
        """What only this person was told."""
        return self.wait(
            lambda: next((m for m in self.slack.ephemerals(user) if containing in m["text"]), None)
        )

    def results(self, proposal: Proposal) -> list[dict[str, Any]]:
        """The messages that told the result; there should be one."""
        key = f"{proposal.id}:result"
        return [
            m
            for m in self.slack.messages(proposal.channel)
            if ((m.get("metadata") or {}).get("event_payload") or {}).get("key") == key
        ]

    def events(self, proposal: Proposal) -> list[str]:
        """The names of a proposal's ledger entries."""
        return [e["event"] for e in self.ledger.entries() if e.get("proposal") == proposal.id]


def referral(bot: Bot) -> Proposal:
    """A complete referral, ready to be approved."""
    bot.say("Let's submit the referral to AWS.")
    card = bot.shown("submit_referral")
    bot.press(card, "edit")
    (view,) = bot.slack.open_views("U0ANA")
    assert bot.slack.submit("U0ANA", view["id"], ANSWERS).status == 200
    return bot.wait(
        lambda: now if (now := bot.now(card)).version == 2 and "cosell.approve" in buttons(bot, now) else None
    )


def buttons(bot: Bot, proposal: Proposal) -> str:
    """What the card offers now."""
    return str(bot.slack.message(CHANNEL, proposal.card_ts or "")["blocks"])


class _Server(WSGIServer):
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, redis_port: int, store: redis.Redis) -> Iterator[World]:
    """The stand-ins, and an environment that points at them."""
    with World(redis=False) as world:
        world.redis_port = redis_port
        ours = ("AWS_", "SLACK_", "SALESFORCE_", "ACE_", "SIGN_IN_", "COSELL_")
        for name in [n for n in os.environ if n.startswith(ours)]:
            monkeypatch.delenv(name)
        for name, value in world.settings().items():
            monkeypatch.setenv(name, value)
        yield world


@pytest.fixture
def bot(world: World, store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    """The bot, serving and working, with Northwind's channel linked; its breakers open for moments only."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0.3)
    monkeypatch.setattr(breakers, "AGAIN", 0.1)
    bot = Bot(world, store)
    bot.serve()
    bot.work()
    bot.link()
    yield bot
    bot.stop()
