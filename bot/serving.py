"""The processes: web or socket, worker, clock. Each runs until it is told to stop and finishes what it has begun."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import dramatiq
import redis
import structlog
from dramatiq.common import iter_queue
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from bot import app, tracing
from bot.clock import clock
from bot.settings import Settings
from bot.web import SideDoor

log = structlog.get_logger()

ANSWERED = 10
"""Seconds that web and socket have, once told to stop, for what they are answering."""
FINISHED = 30
"""Seconds that a worker has, once told to stop, for the jobs it has in hand; then others take them over."""


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """How the web processes run: threads, because every listener waits for Redis or Slack."""
    return {
        "bind": [f"{settings.host}:{settings.port}", f"{settings.host}:{settings.ops_port}"],
        "worker_class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "keepalive": 75,
        "backlog": 512,
        "graceful_timeout": ANSWERED,
        "loglevel": "warning",
        "logger_class": _Lines,
        "control_socket_disable": True,
    }


class _Lines(Logger):  # type: ignore[misc]
    """What gunicorn says, as lines of our own log."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does, and then without handlers of its own."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Web(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        tracing.configure("web")  # in each process, after gunicorn has forked it
        return app.door(self._settings)


def serve(settings: Settings) -> None:
    """Answer Slack over HTTP."""
    _warn(settings)
    log.info("web.starting", host=settings.host, port=settings.port, workers=settings.web_workers)
    _Web(settings).run()


def listen(settings: Settings) -> None:
    """Answer Slack over Socket Mode; ``Refused`` when there is no token for it, or Slack does not take it."""
    _warn(settings)
    stopped = _stop_signal()
    tracing.configure("socket")
    socket, ops = app.socket_mode(settings)
    with _operated(settings, SideDoor(ops, lambda: socket.connected)):
        socket.start()
        stopped.wait()
        socket.stop(ANSWERED)
    tracing.stop()
    log.info("socket.stopped")


def work(settings: Settings) -> None:
    """Do the jobs that the web and the clock hand in."""
    _warn(settings)
    stopped = _stop_signal()
    tracing.configure("worker")
    parts = app.work(settings)
    worker = parts.queue.work(parts.does, parts.threads)
    parts.heart.start()
    worker.start()
    log.info("worker.ready", threads=parts.threads)
    stopped.wait()
    until = time.monotonic() + FINISHED
    with contextlib.suppress(
        redis.RedisError
    ):  # away: what is left comes back when this worker is taken for dead
        _hand_back(worker, until)
        worker.stop(timeout=max(1, round((until - time.monotonic()) * 1000)))
    parts.heart.stop()
    parts.tallies.stop()
    tracing.stop()
    log.info("worker.stopped")


def tick(settings: Settings) -> None:
    """Look after what should have moved by now, every few seconds, one clock at a time."""
    stopped = _stop_signal()
    tracing.configure("clock")
    scheduler = clock(*app.ticking(settings))
    scheduler.start()
    log.info("clock.ready")
    stopped.wait()
    scheduler.shutdown()
    tracing.stop()
    log.info("clock.stopped")


def _hand_back(worker: dramatiq.Worker, until: float) -> None:
    """Give what was fetched and not begun to other workers at once, and wait for what is in hand.

    dramatiq by itself goes on fetching, and gives back only when the last job in hand is done.
    """
    for thread in worker.workers:
        thread.stop()
    for fetching in worker.consumers.values():
        fetching.prefetch = 0
        if fetching.consumer is not None:
            fetching.consumer.prefetch = 0  # type: ignore[attr-defined]  # of its consumers on Redis
    while any(thread.is_alive() for thread in worker.workers) and time.monotonic() < until:
        for item in iter_queue(worker.work_queue):  # type: ignore[no-untyped-call]
            worker.consumers[item.message.queue_name].requeue_messages([item.message])
        time.sleep(0.02)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """As its parents do, without asking a name server who we are."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    timeout = 5  # seconds that a caller may be silent

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who looks after us does so every few seconds."""


@contextlib.contextmanager
def _operated(settings: Settings, door: SideDoor) -> Iterator[None]:
    """The operator's port of a process that serves nothing else."""
    with _Server((settings.host, settings.ops_port), _Handler) as server:
        server.set_app(door)
        threading.Thread(target=server.serve_forever, args=(0.1,), name="side-door", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def _warn(settings: Settings) -> None:
    """Say loudly what lets the bot run but not do its work as promised."""
    for problem in app.shortcomings(settings):
        log.warning("start.shortcoming", problem=problem)


def _stop_signal() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
