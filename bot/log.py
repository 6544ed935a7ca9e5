"""Logs: one JSON object a line on standard error, dotted event names with keys, and no secrets in them."""

import logging
import os
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import structlog

from bot.hiding import Hiding, secrets_of


def configure(level: int = logging.INFO, secrets: Iterable[str] = ()) -> None:
    """Send structlog and the standard library's warnings to standard error, without secrets.

    ``secrets`` are hidden besides those of the environment and whatever has the shape of one.
    """
    hiding = Hiding([*secrets_of(os.environ), *secrets])
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold tokens
            ),
            hiding,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.setLogRecordFactory(_record_class(hiding))
    # It warns of settings that we pass on purpose, and sets its own level anew.
    logging.getLogger("slack_bolt.App").addFilter(lambda record: record.levelno >= logging.ERROR)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    sys.excepthook = _broke
    threading.excepthook = lambda args: _broke(args.exc_type, args.exc_value, args.exc_traceback)


def _record_class(hiding: Hiding) -> type[logging.LogRecord]:
    """The standard library's record without secrets, whichever handler or formatter it comes to."""

    class Record(logging.LogRecord):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            if self.exc_info:
                self.exc_text = hiding.text(logging.Formatter().formatException(self.exc_info))

        def getMessage(self) -> str:  # noqa: N802 - the standard library names it
            return hiding.text(super().getMessage())

    return Record


def _broke(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    """What nobody caught, as a line like every other: no library prints it with the values of its variables."""
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    structlog.get_logger().critical("process.broke", exc_info=(kind, error, traceback))
