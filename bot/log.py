"""Logs: one JSON object a line on standard error, dotted event names with keys, and no secrets in them.

Every line about a proposal has its id as ``proposal``; the lines of a job have ``job``, and while a trace is recorded
each has ``trace_id`` and ``span_id``. Lines of other libraries are of the same form, their text as ``event``, with the
name of their ``logger``.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot import tracing
from bot.hiding import Hiding, secrets_of


def configure(level: int = logging.INFO, secrets: Iterable[str] = ()) -> None:
    """Send structlog and the standard library's warnings to standard error, without secrets.

    ``secrets`` are hidden besides those of the environment and whatever has the shape of one.
    """
    hiding = Hiding([*secrets_of(os.environ), *tracing.secrets_of(os.environ), *secrets])
    known: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _traced,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    written: list[Processor] = [
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold tokens
        ),
        hiding,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*known, *written],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.setLogRecordFactory(_record_class(hiding))
    # It warns of settings that we pass on purpose, and sets its own level anew.
    logging.getLogger("slack_bolt.App").addFilter(lambda record: record.levelno >= logging.ERROR)
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*known, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    logging.captureWarnings(True)
    sys.excepthook = _broke
    threading.excepthook = lambda args: _broke(args.exc_type, args.exc_value, args.exc_traceback)


def _traced(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """As a structlog processor: the span that a line is written in."""
    event.update(tracing.ids())
    return event


def _record_class(hiding: Hiding) -> type[logging.LogRecord]:
    """The standard library's record without secrets, whichever handler or formatter it comes to."""

    class Record(logging.LogRecord):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            if self.exc_info:
                self.exc_text = hiding.text(logging.Formatter().formatException(self.exc_info))

        def getMessage(self) -> str:  # noqa: N802 - the standard library names it
            try:
                return hiding.text(super().getMessage())
            except (TypeError, ValueError, KeyError):  # the library would print it all, secrets too
                return hiding.text(f"{self.msg} {self.args!r}")

    return Record


def _broke(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    """What nobody caught, as a line like every other: no library prints it with the values of its variables."""
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    structlog.get_logger().critical("process.broke", exc_info=(kind, error, traceback))
