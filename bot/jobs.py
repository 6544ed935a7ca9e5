"""Work for the workers, through dramatiq on Redis: durable, at least once, tried again while a system is away."""

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError, Retry
from dramatiq.middleware import Middleware, Retries, ShutdownNotifications

from bot.deal import Json
from bot.errors import BotError, Unavailable
from bot.ledger import Handover, Ledger
from bot.lifecycle.jobs import Job

log = structlog.get_logger()

QUEUE = "cosell"
NAMESPACE = "cosell:jobs"
PATIENT, BRIEF = 200, 4
"""How often a piece of work is tried again: what only the queue knows of for about an hour, what the clock would find
again only briefly, so that an outage does not pile it up."""
CLOCK_FINDS = {Job.CARRY_OUT, Job.SHOW}
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


class _NoTracebacks(Middleware):
    """Keeps tracebacks out of the store: they hold what a vendor said. The log has them, without secrets."""

    def before_enqueue(self, broker: Any, message: Any, delay: Any) -> None:
        """Called by dramatiq whenever a message is put into a queue, again or for the first time."""
        message.options.pop("traceback", None)


class Queue:
    """Where work is handed in, and taken out by a worker."""

    def __init__(self, client: redis.Redis) -> None:
        self.broker = _Broker(  # type: ignore[no-untyped-call]  # dramatiq does not annotate it
            client=client,
            namespace=NAMESPACE,
            middleware=[
                Retries(min_backoff=500, max_backoff=20_000, retry_when=_again),
                ShutdownNotifications(),
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
        """A worker of this process that does each job by its function; not started yet."""
        for job, function in does.items():
            attach = dramatiq.actor(actor_name=job.value, queue_name=QUEUE, broker=self.broker)
            attach(_attempt(job, function))
        return dramatiq.Worker(self.broker, worker_threads=threads, worker_timeout=REST)


def _message(job: Job, words: Mapping[str, Json], **options: str) -> "dramatiq.Message[None]":
    return dramatiq.Message(
        queue_name=QUEUE, actor_name=job.value, args=(), kwargs=dict(words), options=options
    )


def _again(retries: int, error: BaseException) -> bool:
    """Whether to try once more: what was away, patiently; what broke, not."""
    return isinstance(error, _Later) and retries < error.tries


class _Later(Retry):
    """A job that has to be done later, and how often that is worth trying."""

    def __init__(self, message: str, delay: int | None, tries: int) -> None:
        super().__init__(message, delay)
        self.tries = tries


def _attempt(job: Job, function: Callable[..., None]) -> Callable[..., None]:
    """A job whose ``Unavailable`` means later and whose other refusals are final."""

    def attempt(**words: Any) -> None:
        with structlog.contextvars.bound_contextvars(job=job.value, **_names(words)):
            try:
                function(**words)
            except Unavailable as away:
                log.info("job.later", why=str(away))
                delay = None if away.after is None else round(away.after * 1000)
                raise _Later(str(away), delay, BRIEF if job in CLOCK_FINDS else PATIENT) from away
            except BotError as final:
                log.warning("job.refused", why=str(final))

    return attempt


def _names(words: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: words[name] for name in ("id", "channel", "user", "verb") if name in words}


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
