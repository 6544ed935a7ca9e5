"""Work for the workers, through a real queue: done at least once, tried again while a system is away."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot import jobs
from bot.errors import Decided, Refused, Unavailable, Unverified
from bot.jobs import BRIEF, HEARTBEAT, QUEUE, Heart, Queue
from bot.ledger import Ledger
from bot.lifecycle.jobs import Job
from bot.proposal import Status
from sandbox.server import free_port
from tests.bot.factory import NOW, deal, proposal

WAITING, LATER = "cosell:jobs:cosell", "cosell:jobs:cosell.DQ.msgs"

Work = Callable[..., None]
Start = Callable[..., None]


@pytest.fixture
def line(store: redis.Redis, redis_port: int) -> Queue:
    """Where a web process hands work in."""
    return Queue(redis.Redis(port=redis_port))


@pytest.fixture
def start(store: redis.Redis, redis_port: int) -> Iterator[Start]:
    """Starts workers, each with a queue of its own as a process has; all are stopped at the end."""
    with ExitStack() as stack:

        def start(does: dict[Job, Work], threads: int = 1) -> None:
            worker = Queue(redis.Redis(port=redis_port)).work(does, threads)
            worker.start()
            stack.callback(worker.stop, timeout=5000)

        yield start


class Done:
    """What was done, in its order."""

    def __init__(self) -> None:
        self._done: queue.Queue[dict[str, Any]] = queue.Queue()

    def __call__(self, **words: Any) -> None:
        self._done.put(words)

    def next(self) -> dict[str, Any]:
        """What was done next, as soon as it is."""
        return self._done.get(timeout=10)

    def more(self) -> bool:
        """Whether something was done after that."""
        return not self._done.empty()


def wait(look: Callable[[], Any]) -> Any:
    """What ``look`` finds, as soon as it finds something."""
    deadline, pause = time.monotonic() + 10, threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come to pass"
        pause.wait(0.01)
    return found


# -- at least once -------------------------------------------------------------------------------------------------


def test_a_job_that_is_sent_is_done(line: Queue, start: Start) -> None:
    """By the function of its name, with the words it was sent with, whatever their script."""
    done = Done()
    start({Job.WHISPER: done})
    words = {"channel": "C0NORTHWIND", "user": "U0ANA", "words": "Grüße — 承認", "thread_ts": None}
    line.send(Job.WHISPER, **words)
    assert done.next() == words


def test_each_job_is_done_by_its_own_function(line: Queue, start: Start) -> None:
    """A worker knows several."""
    shown, whispered = Done(), Done()
    start({Job.SHOW: shown, Job.WHISPER: whispered})
    line.send(Job.WHISPER, words="hello")
    line.send(Job.SHOW, id="prp_1")
    assert (shown.next(), whispered.next()) == ({"id": "prp_1"}, {"words": "hello"})


def test_work_waits_until_a_worker_comes(line: Queue, store: redis.Redis, start: Start) -> None:
    """What was handed in while no worker ran is in the store, and is done by the first that comes."""
    line.send(Job.CARRY_OUT, id="prp_1")
    assert store.llen(WAITING) == 1
    done = Done()
    start({Job.CARRY_OUT: done})
    assert done.next() == {"id": "prp_1"}


def test_two_workers_share_a_queue_without_doubling(line: Queue, start: Start) -> None:
    """Each job is done by one of them, and both have a part in it."""
    done: list[tuple[int, int]] = []
    begun = [threading.Event(), threading.Event()]

    def doing(worker: int) -> Work:
        def do(id: int) -> None:
            begun[worker].set()
            assert begun[1 - worker].wait(10)
            done.append((worker, id))

        return do

    for worker in range(2):
        start({Job.SHOW: doing(worker)}, threads=2)
    for id in range(40):
        line.send(Job.SHOW, id=id)
    wait(lambda: len(done) >= 40)
    line.broker.join(QUEUE, timeout=10_000)
    assert sorted(id for _, id in done) == list(range(40))
    assert {worker for worker, _ in done} == {0, 1}


# -- again, or not -------------------------------------------------------------------------------------------------


def failing_first(done: Done, error: Exception) -> Work:
    """Work that fails once."""
    failures = [error]

    def work(**words: Any) -> None:
        if failures:
            raise failures.pop()
        done(**words)

    return work


@pytest.mark.parametrize("after", [0.01, None], ids=["when it was told", "after a while"])
def test_what_a_system_could_not_take_is_tried_again(line: Queue, start: Start, after: float | None) -> None:
    """With the same words, until it succeeds."""
    done = Done()
    start({Job.SHOW: failing_first(done, Unavailable("Slack does not answer.", after))})
    line.send(Job.SHOW, id="prp_1")
    assert done.next() == {"id": "prp_1"}


def test_it_is_tried_again_when_the_system_said(line: Queue, store: redis.Redis, start: Start) -> None:
    """Not before: Slack's and AWS's wish to wait is heeded to the millisecond."""
    began = time.time()
    start({Job.SHOW: failing_first(Done(), Unavailable("Slack asks us to wait.", 1234.5))})
    line.send(Job.SHOW, id="prp_1")
    (message,) = wait(lambda: store.hvals(LATER))
    eta = json.loads(message)["options"]["eta"] / 1000
    assert began + 1234 < eta < time.time() + 1235


def test_what_is_tried_again_outlives_its_worker(
    line: Queue, store: redis.Redis, redis_port: int, start: Start
) -> None:
    """Work that waits for its next try is in the store: when the worker goes, another does it."""
    first = Queue(redis.Redis(port=redis_port)).work(
        {Job.SHOW: failing_first(Done(), Unavailable("Slack asks us to wait.", 0.5))}, 1
    )
    first.start()
    line.send(Job.SHOW, id="prp_1")
    wait(lambda: store.hlen(LATER))
    first.stop(timeout=5000)
    done = Done()
    start({Job.SHOW: done})
    assert done.next() == {"id": "prp_1"}


@pytest.mark.parametrize("error", [Refused("no"), Decided("somebody was faster"), Unverified("who knows")])
def test_what_was_refused_is_not_tried_again(line: Queue, start: Start, error: Exception) -> None:
    """The answer would be the same; the next job is taken, and nothing is done after it."""
    done = Done()
    start({Job.SHOW: failing_first(done, error)})
    line.send(Job.SHOW, id="prp_1")
    line.send(Job.SHOW, id="prp_2")
    assert done.next() == {"id": "prp_2"}
    line.broker.join(QUEUE, timeout=10_000)
    assert not done.more()


def test_what_broke_is_not_tried_again(line: Queue, start: Start) -> None:
    """A mistake of ours would be made again; the worker goes on with the next job."""
    done = Done()
    start({Job.SHOW: failing_first(done, KeyError("nobody expected this"))})
    line.send(Job.SHOW, id="prp_1")
    line.send(Job.SHOW, id="prp_2")
    assert done.next() == {"id": "prp_2"}
    line.broker.join(QUEUE, timeout=10_000)
    assert not done.more()


def tries(line: Queue, start: Start, job: Job, most: int) -> int:
    """How often a job is done that a system could not take, and takes at last."""
    count = []

    def away(**_: Any) -> None:
        count.append(1)
        if len(count) <= most:
            raise Unavailable("Slack does not answer.", 0.001)

    start({job: away})
    line.send(job, id="prp_1")
    line.broker.join(QUEUE, timeout=10_000)
    return len(count)


def test_what_the_clock_finds_again_is_tried_briefly(line: Queue, start: Start) -> None:
    """The record knows of it, so an outage does not pile it up."""
    assert tries(line, start, Job.SHOW, most=20) == 1 + BRIEF


def test_what_only_the_queue_knows_of_is_tried_patiently(line: Queue, start: Start) -> None:
    """Nobody else would remember what was said."""
    assert tries(line, start, Job.HEAR, most=20) == 21


def test_work_handed_in_with_a_step_of_the_record_is_done(
    line: Queue, store: redis.Redis, start: Start
) -> None:
    """As if it had been sent."""
    ledger = Ledger(store)
    kept = ledger.open(proposal(), deal())
    assert kept is not None
    declined = kept.proposal.becomes(Status.DECLINED, ended_at=NOW)
    ledger.move(
        kept, declined, "proposal.declined", "U0ANA", handover=line.handover(Job.SHOW, id=declined.id)
    )
    done = Done()
    start({Job.SHOW: done})
    assert done.next() == {"id": declined.id}


def test_work_that_cannot_be_handed_in_is_told() -> None:
    """Whoever sends it must not believe that it will be done."""
    dead = Queue(redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0)))
    with pytest.raises(Unavailable):
        dead.send(Job.SHOW, id="prp_1")


# -- signs of life -------------------------------------------------------------------------------------------------


def test_a_worker_lives_from_its_first_beat(store: redis.Redis) -> None:
    """What it claims at once is left to it."""
    ledger = Ledger(store)
    heart = Heart(ledger, "w")
    assert not ledger.alive("w")
    heart.start()
    assert ledger.alive("w")
    heart.stop()


def test_a_heart_goes_on_beating(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life that was lost is followed by another."""
    monkeypatch.setattr(jobs, "HEARTBEAT", 1)
    ledger = Ledger(store)
    heart = Heart(ledger, "w")
    heart.start()
    store.delete("cosell:worker:w")
    wait(lambda: ledger.alive("w"))
    heart.stop()


def test_a_worker_that_stopped_is_soon_taken_for_dead(store: redis.Redis) -> None:
    """Its heart has stopped, and its last sign of life runs out."""
    before = set(threading.enumerate())
    heart = Heart(Ledger(store), "w")
    heart.start()
    heart.stop()
    assert not [one for one in set(threading.enumerate()) - before if one.name == "heart"]
    assert 0 < store.pttl("cosell:worker:w") <= HEARTBEAT * 3 * 1000
