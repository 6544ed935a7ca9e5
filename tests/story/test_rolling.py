"""Processes told to stop, and a new version put in place while people work: nothing is lost, nothing doubled."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import redis

from bot.ledger import Ledger
from bot.proposal import Proposal, Status
from sandbox.server import free_port
from sandbox.slack import Response
from sandbox.world import World
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

pytestmark = pytest.mark.slow

HASTY = "from bot import serving; serving.FINISHED = 1; from bot.__main__ import main; main()"
"""A worker that has one second to finish."""


@pytest.fixture
def own() -> Iterator[Bot]:
    """The bot's web process, one worker and the clock, as processes of their own."""
    with World() as world:
        for part in ("serve", "worker", "clock"):
            world.start(part)
        bot = Bot(world, redis.Redis(port=world.redis_port))
        world.wait_ready(40)
        bot.link()
        yield bot


def score(own: Bot) -> Proposal:
    """A score, ready to be approved."""
    own.say("P2B came back at 82")
    return own.shown("update_opportunity")


def writing(own: Bot) -> bool:
    """Whether a write is under way."""
    return bool(own.world.salesforce.calls("PATCH"))


def tell_to_stop(own: Bot, name: str) -> subprocess.Popen[bytes]:
    """Ask a process to stop, and do not wait."""
    process = own.world.processes.pop(name)
    process.send_signal(signal.SIGTERM)
    return process


# -- one worker ----------------------------------------------------------------------------------------------------


def test_a_worker_finishes_what_it_has_in_hand(own: Bot) -> None:
    """Told to stop in the middle of a write, it writes, reads back and records, and then ends."""
    card = score(own)
    own.world.salesforce.fault("PATCH", delay=1.5)
    own.approve(card)
    own.wait(lambda: writing(own))
    assert tell_to_stop(own, "worker").wait(30) == 0
    assert own.now(card).status is Status.DONE
    assert own.now(card).attempts == 1
    assert len(own.world.salesforce.calls("PATCH")) == 1
    assert "worker.stopped" in own.world.log("worker")
    own.world.start("worker", "second")
    assert own.results(own.ended(card, 30))


def test_work_that_was_fetched_and_not_begun_is_handed_back_at_once(own: Bot) -> None:
    """Others do it while the stopping worker still finishes what it has in hand."""
    own.world.stop("worker")
    busy = own.world.start("worker", "busy", WORKER_THREADS="1")
    other = own.world.start("worker", "other")
    own.world.wait_ready(40)
    card = score(own)
    os.kill(other.pid, signal.SIGSTOP)
    own.world.salesforce.fault("PATCH", delay=6)
    own.wait(lambda: own.store.llen("cosell:jobs:cosell") == 0)
    own.approve(card)
    own.wait(lambda: writing(own))
    own.say("set next step to 'Send the order form'")
    own.wait(lambda: not own.slack.undelivered and own.store.llen("cosell:jobs:cosell") == 0)
    tell_to_stop(own, "busy")
    os.kill(other.pid, signal.SIGCONT)
    own.wait(lambda: any("next_step" in p.payload["values"] for p in own.proposals("update_opportunity")), 5)
    assert busy.poll() is None
    assert busy.wait(30) == 0
    assert own.ended(card, 30).status is Status.DONE
    assert len(own.world.salesforce.calls("PATCH")) == 1


def test_a_worker_that_does_not_finish_in_time_is_taken_over_from(own: Bot) -> None:
    """It ends all the same; the clock finds what it left, and another worker reads before it writes anything."""
    own.world.stop("worker")
    with (own.world.folder / "hasty.log").open("ab") as log:
        hasty = subprocess.Popen(
            [sys.executable, "-c", HASTY, "worker"],
            env={**os.environ, **own.world.settings()},
            stdout=log,
            stderr=log,
        )
    own.world.processes["hasty"] = hasty
    card = score(own)
    written, resume = threading.Event(), threading.Event()

    def hold() -> None:
        written.set()
        resume.wait(60)

    own.world.salesforce.fault("PATCH", after_work=hold)
    own.approve(card)
    assert written.wait(15)
    assert tell_to_stop(own, "hasty").wait(30) == 0
    claim = own.now(card).claim
    assert own.now(card).status is Status.EXECUTING and claim is not None
    own.store.delete(f"cosell:worker:{claim.worker}")  # its last heartbeat runs out
    own.world.start("worker", "second")
    assert own.ended(card, 60).status is Status.DONE
    resume.set()
    assert own.now(card).attempts == 2
    assert len(own.world.salesforce.calls("PATCH")) == 1
    assert len(own.results(card)) == 1


# -- the web -------------------------------------------------------------------------------------------------------


def test_the_web_finishes_what_it_is_answering(own: Bot) -> None:
    """Told to stop in the middle of an answer, it answers, and then ends."""
    card = score(own)
    own.slack.fault("views.open", delay=0.7)
    answers: list[Response] = []
    person = threading.Thread(target=lambda: answers.append(own.press(card, "edit")))
    person.start()
    own.wait(lambda: own.slack.calls("views.open"))
    web = tell_to_stop(own, "serve")
    person.join()
    assert answers[0].ok
    assert own.slack.open_views("U0ANA")
    assert web.wait(30) == 0


# -- all of it, while people work ----------------------------------------------------------------------------------


class Seller(threading.Thread):
    """Asks for scores on a deal, approves each card, now and then twice, waits until it is done, and asks again."""

    def __init__(self, own: Bot, user: str, channel: str, opportunity: str, first: int) -> None:
        super().__init__(name=channel, daemon=True)
        self.own, self.user, self.channel, self.opportunity = own, user, channel, opportunity
        self.numbers = range(first, first + 30)
        self.cards: dict[int, Proposal] = {}
        self.failed: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        """Work; what went wrong is in ``failed``."""
        try:
            for number in self.numbers:
                if self.ended.is_set():
                    return
                self._one(number)
        except Exception as error:  # noqa: BLE001 - it is shown by the test
            self.failed.append(f"{type(error).__name__}: {error}")

    def _one(self, number: int) -> None:
        if number % 2:
            self.own.say(f"P2B came back at {number}", user=self.user, channel=self.channel)
        else:
            self._answered("command", self.own.command(f"score {number}", self.user, self.channel))
        card = self.own.wait(lambda: self._shown(number), 60)
        self.cards[number] = card
        self._answered("press", self.own.approve(card, self.user))
        if number % 3 == 0:
            self._answered("second press", self.own.press_as_shown(card, "approve", self.user))
        self.own.ended(card, 90)

    def _answered(self, what: str, response: Response) -> None:
        if not response.ok:
            self.failed.append(f"{what}: {response}")

    def _shown(self, number: int) -> Proposal | None:
        cards = self.own.proposals("update_opportunity", self.opportunity)
        return next((p for p in cards if p.card_ts and p.payload["values"].get("p2b_score") == number), None)


def replace(own: Bot, part: str, old: str, new: str) -> None:
    """A new process beside the old one; once it is ready the old one is told to stop, and ends well."""
    if part != "serve":
        own.world.start(part, new)
        own.world.wait_ready(40)
    else:
        port = free_port()
        own.world.start(part, new, PORT=str(port), OPS_PORT=str(free_port()))
        own.world.wait_ready(40)
        own.slack.bot_url = f"http://127.0.0.1:{port}/slack/events"  # as a reverse proxy would
    assert own.world.stop(old) == 0


def test_a_rolling_replacement_loses_and_doubles_nothing(own: Bot) -> None:
    """Both workers, the web and the clock replaced, one after the other, while three sellers work.

    Nobody sees an error; every press ends as one recorded decision, every approved score as one write.
    """
    own.link("C0KESTREL", "006000000000003AAA", "U0BEN")
    own.link("C0PARTNERS", "006000000000006AAA", "U0ANA")
    own.world.start("worker", "worker-b")
    own.world.wait_ready(40)
    sellers = [
        Seller(own, "U0ANA", CHANNEL, NORTHWIND, 1),
        Seller(own, "U0BEN", "C0KESTREL", "006000000000003AAA", 31),
        Seller(own, "U0ANA", "C0PARTNERS", "006000000000006AAA", 66),
    ]
    for seller in sellers:
        seller.start()
    for old in ("worker", "worker-b", "serve", "clock"):
        replace(own, old.removesuffix("-b"), old, f"new-{old}")
    for seller in sellers:
        seller.ended.set()
        seller.join(120)
    assert [seller.failed for seller in sellers] == [[], [], []]
    assert all(len(seller.cards) > 2 for seller in sellers)
    _each_once(own, sellers)


def _each_once(own: Bot, sellers: list[Seller]) -> None:
    ledger = Ledger(own.store)
    assert ledger.verify().flaw is None
    events: dict[str, list[str]] = {}
    for entry in ledger.entries():
        events.setdefault(str(entry.get("proposal")), []).append(entry["event"])
    writes = [request.json().get("P2B_Score__c") for request in own.world.salesforce.calls("PATCH")]
    for seller in sellers:
        for number, card in seller.cards.items():
            assert own.now(card).status is Status.DONE, number
            assert events[card.id].count("proposal.approved") == 1, number
            assert events[card.id].count("proposal.ended") == 1, number
            assert writes.count(number) == 1, number
            assert len(own.results(card)) == 1, number
    assert len(writes) == sum(len(seller.cards) for seller in sellers)
