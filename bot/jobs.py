"""Work for the workers, through dramatiq on Redis: durable, at least once, tried again while a system is away."""

import inspect
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError, Retry
from dramatiq.middleware import CurrentMessage, Middleware, Retries, ShutdownNotifications

from bot import tracing
from bot.deal import Json
from bot.errors import BotError, Unavailable
from bot.ledger import Handover, Ledger
from bot.lifecycle.jobs import Job
from bot.tallies import Tallies

log = structlog.get_logger()

QUEUE = "cosell"
NAMESPACE = "cosell:jobs"
PATIENT, BRIEF = 200, 4
"""How often a piece of work is tried again: what only the queue knows of for about an hour, what the clock would find
again only briefly, so that an outage does not pile it up."""
CLOCK_FINDS = {Job.CARRY_OUT, Job.SHOW}
QUIET = {
    *(Job.HEAR, Job.SHOW, Job.HOME, Job.WHISPER, Job.REDRAW),
    *(Job.WATCH_CRM, Job.WATCH_PARTNER, Job.WATCH_EVENTS, Job.DROPS),
}
"""Work that is so frequent that the log does not say each time that it was done."""
UNKNOWN = "unknown"
"""Who does the work that this version of the bot does not know: nobody here, but perhaps another worker."""
LEFT, LEFT_FOR = 3600, 1.0
"""How often such work is left to another worker, and for how many seconds each time."""
HEARTBEAT = 5
"""Seconds between two signs of life; a worker that missed three is taken for dead."""
IDLE = 5
"""Milliseconds between two looks into an empty queue, so that a click does not wait for its worker."""
REST = 100
"""Milliseconds after which a waiting thread of a worker sees that it shall stop."""


class _Broker(RedisBroker):
    """dramatiq's own, which looks for new work more often than its threads look whether to stop."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = REST) -> Any:
        prompt = IDLE if queue_name == QUEUE else timeout
        return super().consume(queue_name, prefetch, prompt)

    def get_actor(self, actor_name: str) -> "dramatiq.Actor[..., None]":
        """Who does a job; one that a newer version handed in would be thrown away without the one for unknown work."""
        return self.actors[actor_name if actor_name in self.actors else UNKNOWN]


class _NoTracebacks(Middleware):
    """Keeps tracebacks out of the store: they hold what a vendor said. The log has them, without secrets."""

    def before_enqueue(self, broker: Any, message: Any, delay: Any) -> None:
        """Called by dramatiq whenever a message is put into a queue, again or for the first time."""
        message.options.pop("traceback", None)


class Queue:
    """Where work is handed in, and taken out by a worker, which counts with ``tallies`` what became of it."""

    def __init__(self, client: redis.Redis, tallies: Tallies | None = None) -> None:
        self._tallies = tallies
        self.broker = _Broker(  # type: ignore[no-untyped-call]  # dramatiq does not annotate it
            client=client,
            namespace=NAMESPACE,
            middleware=[
                Retries(
                    min_backoff=500, max_backoff=20_000, retry_when=lambda _, error: isinstance(error, _Later)
                ),
                ShutdownNotifications(),
                CurrentMessage(),
                _NoTracebacks(),
            ],
        )
        self.broker.declare_queue(QUEUE)

    def send(self, job: Job, **words: Json) -> None:
        """Hand work in durably; ``Unavailable`` when it cannot be."""
        try:
            self.broker.enqueue(_message(job, words))
        except (redis.RedisError, BrokerConnectionError) as error:
            raise Unavailable("The work could not be handed on just now.") from error

    def handover(self, job: Job, **words: Json) -> Handover:
        """The same work, for a step of the ledger to hand in with itself."""
        id = str(uuid.uuid4())
        message = _message(job, words, redis_message_id=id)
        return Handover(f"{NAMESPACE}:{QUEUE}", f"{NAMESPACE}:{QUEUE}.msgs", id, message.encode())

    def work(self, does: Mapping[Job, Callable[..., None]], threads: int) -> dramatiq.Worker:
        """A worker of this process that does each job by its function; not started yet.

        What it does not know, a job or a word of one, it hands back for a worker that does: while a new version is
        put in place, workers of the old one meet what the new one hands in.
        """
        named = {job.value: function for job, function in does.items()}
        for name, function in {**named, UNKNOWN: _unknown}.items():
            attach = dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=self.broker, throws=_Final)
            attach(_attempt(name, function, self._tallies))
        return dramatiq.Worker(self.broker, worker_threads=threads, worker_timeout=REST)


def _message(job: Job, words: Mapping[str, Json], **options: str) -> "dramatiq.Message[None]":
    """The job as the queue keeps it, with the span that it is handed in by."""
    traceparent = tracing.traceparent()
    return dramatiq.Message(
        queue_name=QUEUE,
        actor_name=job.value,
        args=(),
        kwargs=dict(words),
        options={**options, **({"traceparent": traceparent} if traceparent else {})},
    )


class _Later(Retry):
    """A job that has to be done later: after so many seconds, or after the queue's own pause."""

    def __init__(self, message: str, after: float | None) -> None:
        super().__init__(message, None if after is None else round(after * 1000))


class _Final(Exception):
    """A job that will not be done, whatever was wrong with it; the log says so already."""


class _Unknown(Unavailable):
    """A job, or a word of one, that this version does not know."""

    def __init__(self, message: str) -> None:
        super().__init__(message, LEFT_FOR)


def _unknown(**_: Any) -> None:
    raise _Unknown("This version does not know this job.")


@dataclass(frozen=True)
class _Outcome:
    """What became of an attempt: as the log calls it, as it is counted, why, and what the queue is told."""

    event: str
    tallied: str
    error: Exception | None = None
    then: Exception | None = None


def _attempt(name: str, function: Callable[..., None], tallies: Tallies | None) -> Callable[..., None]:
    """A job whose ``Unavailable`` means later and whose other refusals are final."""
    signature = inspect.signature(function)

    def attempt(**words: Any) -> None:
        message = CurrentMessage.get_current_message()
        if message is None:
            raise RuntimeError("a job is done outside the queue")
        job, retries = message.actor_name, message.options.get("retries", 0)
        span = tracing.handed_in(f"process {name}", message.options.get("traceparent"), **_traced(message))
        with tracing.about(job=job, **_names(words)), span as under_way:
            began = time.monotonic()
            outcome = _tried(message, lambda: _do(function, signature, words))
            seconds = time.monotonic() - began
            under_way.note(**{"cosell.outcome": outcome.event})
            if outcome.error is not None:
                under_way.failed(outcome.error)
            _say(job, outcome, seconds, first=retries == 0)
        if tallies is not None:
            labels = {"job": name, "outcome": outcome.tallied}
            tallies.count("job", labels)
            tallies.observe("job", labels, seconds)
        if outcome.then is not None:
            raise outcome.then from outcome.error

    return attempt


def _do(function: Callable[..., None], signature: inspect.Signature, words: Mapping[str, Any]) -> None:
    try:
        signature.bind(**words)
    except TypeError as error:
        raise _Unknown(f"This version knows this job by other words: {error}.") from error
    function(**words)


def _tried(message: "dramatiq.Message[Any]", do: Callable[[], None]) -> _Outcome:
    """Do a job, and judge what became of it: what was away is tried again, patiently; what broke, not."""
    left = message.options.get("left", 0)
    try:
        do()
    except _Unknown as unknown:
        if left >= LEFT:
            return _Outcome("job.given_up", "broke", unknown, _Final())
        message.options["left"] = left + 1
        return _Outcome("job.unknown", "later", unknown, _Later(str(unknown), unknown.after))
    except Unavailable as away:
        tries = BRIEF if message.actor_name in CLOCK_FINDS else PATIENT
        if message.options.get("retries", 0) - left >= tries:  # being left to others was no try
            return _Outcome("job.given_up", "broke", away, _Final())
        return _Outcome("job.later", "later", away, _Later(str(away), away.after))
    except BotError as final:
        return _Outcome("job.refused", "refused", final)
    except Exception as broken:  # noqa: BLE001 - logged with its traceback, and the queue puts the job aside
        return _Outcome("job.broke", "broke", broken, _Final())
    return _Outcome("job.done", "done")


def _say(job: str, outcome: _Outcome, seconds: float, first: bool) -> None:
    """The one line at the end of a job; what is left to other workers again and again is told the first time."""
    said: dict[str, Any] = {"seconds": round(seconds, 3)}
    match outcome.event:
        case "job.done" if job in QUIET:
            log.debug(outcome.event, **said)
        case "job.done":
            log.info(outcome.event, **said)
        case "job.later":
            log.info(outcome.event, why=str(outcome.error), **said)
        case "job.unknown" if not first:
            log.debug(outcome.event, why=str(outcome.error), **said)
        case "job.refused" | "job.unknown":
            log.warning(outcome.event, why=str(outcome.error), **said)
        case "job.given_up":
            log.error(outcome.event, why=str(outcome.error), **said)
        case _:
            log.error(outcome.event, exc_info=outcome.error, **said)


def _traced(message: "dramatiq.Message[Any]") -> dict[str, tracing.Attribute]:
    """What its span says of a job (OpenTelemetry, "Semantic conventions for messaging spans")."""
    return {
        "messaging.system": "dramatiq",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": QUEUE,
        "messaging.message.id": message.message_id,
        "cosell.job": message.actor_name,
        "cosell.retries": message.options.get("retries", 0),
    }


def _names(words: Mapping[str, Any]) -> Mapping[str, str]:
    """What a job is about, by the names that every line of the log has for it."""
    named = {"id": "proposal", "channel": "channel", "user": "user", "verb": "verb"}
    return {name: str(words[word]) for word, name in named.items() if word in words}


class Heart:
    """Says that this worker lives while it does, so that what it claimed is left to it."""

    def __init__(self, ledger: Ledger, worker: str) -> None:
        self._ledger, self._worker = ledger, worker
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        """Begin to beat; the first beat is done when this returns."""
        self._ledger.beat(self._worker, HEARTBEAT * 3)
        self._thread.start()

    def stop(self) -> None:
        """Stop beating."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(HEARTBEAT):
            try:
                self._ledger.beat(self._worker, HEARTBEAT * 3)
            except Unavailable as away:
                log.warning("heart.missed", why=str(away))
