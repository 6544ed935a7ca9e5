"""The three processes: web, worker, clock. Each runs until it is told to stop and finishes what it has begun."""

import signal
import threading
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication

from bot import app
from bot.clock import clock
from bot.settings import Settings

log = structlog.get_logger()


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """How the web processes run: threads, because every listener waits for Redis or Slack."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "worker_class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "keepalive": 75,
        "backlog": 512,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "control_socket_disable": True,
    }


class _Web(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return app.door(self._settings)


def serve(settings: Settings) -> None:
    """Answer Slack over HTTP."""
    _warn(settings)
    log.info("web.starting", host=settings.host, port=settings.port, workers=settings.web_workers)
    _Web(settings).run()


def work(settings: Settings) -> None:
    """Do the jobs that the web and the clock hand in."""
    _warn(settings)
    stopped = _stop_signal()
    parts = app.work(settings)
    worker = parts.queue.work(parts.does, parts.threads)
    parts.heart.start()
    worker.start()
    log.info("worker.ready", threads=parts.threads)
    stopped.wait()
    worker.stop(timeout=30_000)
    parts.heart.stop()
    log.info("worker.stopped")


def tick(settings: Settings) -> None:
    """Look after what should have moved by now, every few seconds, one clock at a time."""
    stopped = _stop_signal()
    scheduler = clock(*app.ticking(settings))
    scheduler.start()
    log.info("clock.ready")
    stopped.wait()
    scheduler.shutdown()
    log.info("clock.stopped")


def _warn(settings: Settings) -> None:
    """Say loudly what lets the bot run but not do its work as promised."""
    for problem in app.shortcomings(settings):
        log.warning("start.shortcoming", problem=problem)


def _stop_signal() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
