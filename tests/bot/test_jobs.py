"""Work for the workers, through a real queue: done at least once, tried again while a system is away."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import dramatiq
import pytest
import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot import jobs
from bot.errors import Decided, Refused, Unavailable, Unverified
from bot.jobs import BRIEF, HEARTBEAT, QUEUE, Heart, Queue
from bot.ledger import Ledger
from bot.ledger.steps import WORKERS
from bot.lifecycle.jobs import Job
from bot.proposal import Status
from bot.tallies import Tallies
from sandbox.server import free_port
from tests.bot.factory import NOW, deal, proposal

log = structlog.get_logger()

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


# -- what is said and counted --------------------------------------------------------------------------------------


def fails(error: Exception) -> Work:
    """Work that always fails in the same way."""

    def work(**_: Any) -> None:
        log.info("it.began")
        raise error

    return work


@pytest.mark.parametrize(
    ("does", "events", "outcomes"),
    [
        (lambda **_: log.info("it.began"), ["it.began", "job.done"], ["done"]),
        (fails(Refused("no")), ["it.began", "job.refused"], ["refused"]),
        (fails(KeyError("nobody expected this")), ["it.began", "job.broke"], ["broke"]),
        (
            fails(Unavailable("Slack does not answer.", 0.001)),
            [*["it.began", "job.later"] * BRIEF, "it.began", "job.given_up"],
            [*["later"] * BRIEF, "broke"],
        ),
    ],
    ids=["done", "refused", "broke", "later and later"],
)
def test_every_line_of_a_job_names_it_and_its_proposal_and_the_last_says_what_became_of_it(
    store: redis.Redis, redis_port: int, does: Work, events: list[str], outcomes: list[str]
) -> None:
    """One line an attempt, with its seconds, and as often counted."""
    tallies, line = Counted(), Queue(redis.Redis(port=redis_port))
    worker = Queue(redis.Redis(port=redis_port), tallies).work({Job.CARRY_OUT: does}, 1)
    with capture_logs([merge_contextvars]) as said:
        worker.start()
        line.send(Job.CARRY_OUT, id="prp_1")
        wait(lambda: len(tallies.counted) == len(outcomes))
        worker.stop(timeout=5000)
    ours = [one for one in said if one["event"] in events]
    assert [one["event"] for one in ours] == events
    assert {(one["job"], one["proposal"]) for one in ours} == {("carry_out", "prp_1")}
    assert all(one["seconds"] >= 0 for one in ours if one["event"].startswith("job."))
    labels = [{"job": "carry_out", "outcome": outcome} for outcome in outcomes]
    assert tallies.counted == [("job", label) for label in labels]
    assert tallies.observed == tallies.counted


class Counted(Tallies):
    """Counts that stay here."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, dict[str, str]]] = []
        self.observed: list[tuple[str, dict[str, str]]] = []

    def count(self, name: str, labels: Mapping[str, str], by: float = 1) -> None:
        """Take note."""
        self.counted.append((name, dict(labels)))

    def observe(self, name: str, labels: Mapping[str, str], seconds: float) -> None:
        """Take note."""
        assert seconds >= 0
        self.observed.append((name, dict(labels)))


def test_what_broke_is_put_aside_with_its_words_in_the_store_and_not_in_the_log(
    line: Queue, store: redis.Redis, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has what broke, by our own line and no other; what somebody said is not in it."""
    start({Job.WHISPER: fails(KeyError("x"))})
    with capture_logs([merge_contextvars]) as said:
        line.send(Job.WHISPER, words="Northwind will sign at 120000", channel="C1", user="U0ANA")
        line.broker.join(QUEUE, timeout=10_000)
    (broke,) = [one for one in said if one["event"] == "job.broke"]
    assert isinstance(broke["exc_info"], KeyError)
    assert "Northwind" not in str(said) + caplog.text
    (aside,) = store.hvals("cosell:jobs:cosell.XQ.msgs")
    assert "Northwind" in json.loads(aside)["kwargs"]["words"]


def test_frequent_work_that_was_done_is_not_said(line: Queue, start: Start) -> None:
    """A Home tab that was opened is no news."""
    done = Done()
    start({Job.HOME: done})
    with capture_logs() as said:
        line.send(Job.HOME, user="U0ANA")
        done.next()
        line.broker.join(QUEUE, timeout=10_000)
    assert [one["log_level"] for one in said if one["event"] == "job.done"] == ["debug"]


# -- two versions at once ------------------------------------------------------------------------------------------


def newer(message: str, redis_port: int) -> None:
    """A web process of a newer version hands in a job by a name that is not known yet."""
    words = {"id": "prp_1", "at": "noon"}
    Queue(redis.Redis(port=redis_port)).broker.enqueue(
        dramatiq.Message(queue_name=QUEUE, actor_name=message, args=(), kwargs=words, options={})
    )


def test_a_job_that_is_not_known_yet_is_left_to_a_worker_that_knows_it(
    store: redis.Redis, redis_port: int
) -> None:
    """While a new version is put in place: the old worker says so and hands it back, and it is not lost."""
    old = Queue(redis.Redis(port=redis_port)).work({Job.SHOW: Done()}, 1)
    old.start()
    with capture_logs([merge_contextvars]) as said:
        newer("brand_new", redis_port)
        wait(lambda: [one for one in said if one["event"] == "job.unknown"])
    wait(lambda: store.hlen(LATER))
    assert not store.exists("cosell:jobs:cosell.XQ.msgs")
    old.stop(timeout=5000)
    unknown = next(one for one in said if one["event"] == "job.unknown")
    assert (unknown["log_level"], unknown["job"], unknown["proposal"]) == ("warning", "brand_new", "prp_1")
    done, works = Done(), Queue(redis.Redis(port=redis_port))
    dramatiq.actor(done, actor_name="brand_new", queue_name=QUEUE, broker=works.broker)  # type: ignore[call-overload]
    new = works.work({Job.SHOW: Done()}, 1)
    new.start()
    assert done.next() == {"id": "prp_1", "at": "noon"}
    new.stop(timeout=5000)


def test_a_job_with_a_word_that_is_not_known_yet_is_left_to_a_worker_that_knows_it(
    store: redis.Redis, redis_port: int, start: Start
) -> None:
    """The old worker does not do half of it."""
    done = []

    def old_show(id: str) -> None:
        done.append(id)

    old = Queue(redis.Redis(port=redis_port)).work({Job.SHOW: old_show}, 1)
    old.start()
    newer("show", redis_port)
    wait(lambda: store.hlen(LATER))
    old.stop(timeout=5000)
    assert done == []
    new = Done()
    start({Job.SHOW: new})
    assert new.next() == {"id": "prp_1", "at": "noon"}


def test_a_worker_that_knows_it_does_it_beside_one_that_does_not(
    store: redis.Redis, redis_port: int, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both versions at work: everything is done once, by the one that can."""
    monkeypatch.setattr(jobs, "LEFT_FOR", 0.01)
    done = Done()
    start({Job.SHOW: Done()}, threads=2)
    start({Job.SHOW: Done(), Job.WHISPER: done}, threads=2)
    line = Queue(redis.Redis(port=redis_port))
    for number in range(8):
        line.send(Job.WHISPER, words=str(number))
    assert sorted(done.next()["words"] for _ in range(8)) == [str(number) for number in range(8)]
    line.broker.join(QUEUE, timeout=10_000)
    assert not done.more()


def test_having_been_left_to_others_costs_a_job_no_try(
    store: redis.Redis, redis_port: int, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows it at last tries it as often as any other while a system is away."""
    monkeypatch.setattr(jobs, "LEFT_FOR", 0.01)
    monkeypatch.setattr(jobs, "BRIEF", 1)
    knows, done = threading.Event(), Done()
    away = failing_first(done, Unavailable("Slack does not answer.", 0.001))

    def show(**words: Any) -> None:
        if not knows.is_set():
            raise jobs._Unknown("This version does not know this job.")
        away(**words)

    with capture_logs() as said:
        start({Job.SHOW: show})
        Queue(redis.Redis(port=redis_port)).send(Job.SHOW, id="prp_1")
        wait(lambda: len([one for one in said if one["event"] == "job.unknown"]) >= 3)
        knows.set()
        assert done.next() == {"id": "prp_1"}


def test_a_job_that_nobody_comes_to_know_is_given_up_and_put_aside(
    store: redis.Redis, redis_port: int, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an hour or so, of which the log tells; the work is kept with what failed."""
    monkeypatch.setattr(jobs, "LEFT", 1)
    monkeypatch.setattr(jobs, "LEFT_FOR", 0.01)
    with capture_logs([merge_contextvars]) as said:
        start({Job.SHOW: Done()})
        newer("brand_new", redis_port)
        (aside,) = wait(lambda: store.hvals("cosell:jobs:cosell.XQ.msgs"))
    assert json.loads(aside)["actor_name"] == "brand_new"
    ours = [(one["event"], one["job"]) for one in said if one["event"].startswith("job.")]
    assert ours == [("job.unknown", "brand_new"), ("job.given_up", "brand_new")]


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


def test_a_heart_tells_the_metrics_which_workers_live(store: redis.Redis) -> None:
    """Until when its last beat counts, so that nobody has to look for keys."""
    before = time.time()
    heart = Heart(Ledger(store), "w1")
    heart.start()
    heart.stop()
    [until] = store.zmscore(WORKERS, ["w1"])
    assert until is not None and float(until) >= before + HEARTBEAT
