"""Spans of OpenTelemetry, and what they and every log line say they are about.

Whatever comes from outside (a message, a press, a form) begins a trace; the jobs that it hands in, and all that they
read, write and say, are under it. Hours may lie between a card and the press on it, so that these are traces of their
own: each span that is about a proposal carries its id as ``cosell.proposal``, by which they are found together, and
with the lines of the log, which carry the same id as ``proposal``.

Nothing is recorded, and nothing of OpenTelemetry loaded, unless an exporter is configured (``tracing/sending.py``). A
span holds ids and kinds, never what a deal, a person or a vendor said: an exception leaves its type alone there, and a
text that looks like more than a name of ours is withheld.
"""

import atexit
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from bot.tracing.sending import Inner, Sending

log = structlog.get_logger()

Attribute = str | int | float | bool

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own variables, of which one has to be set (OpenTelemetry, "OTLP Exporter Configuration")."""
HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
WITHHELD = "withheld"
SHOWN = ("proposal", "kind")
"""Of the names that are bound for the log, those that spans carry too."""
ASKING = ("http.request.method", "rpc.system", "rpc.system.name", "db.system.name")
"""Attributes of a span around a request to another system: one of them makes it a client's span."""
_NAME = re.compile(r"[A-Za-z0-9_.:/{}+* -]{1,100}")
_VALUE = re.compile(r"[A-Za-z0-9_.:/{}+*-]{1,200}")
"""Ids, kinds, hosts and paths; no sentence, address of a person, query or name of two words has this form."""

_sending: "Sending | None" = None
"""Where this process sends its spans; one for all of it, as its log is."""


class Span:
    """A span under way; where nothing is recorded it forgets what it is told."""

    def __init__(self, inner: "Inner | None" = None) -> None:
        self._inner = inner

    def note(self, **attributes: Attribute) -> None:
        """Add what is known only now, such as the status of an answer."""
        if self._inner is not None:
            self._inner.set_attributes(_plain(attributes))

    def failed(self, error: BaseException) -> None:
        """Mark it as failed, by the type of what was raised; its words may quote anybody."""
        if self._inner is not None and _sending is not None:
            _sending.mark_failed(self._inner, type(error).__name__)


_FORGETFUL = Span()


@contextmanager
def span(name: str, /, **attributes: Attribute) -> Iterator[Span]:
    """A span around what is done inside; an exception marks it as failed and goes on.

    ``name`` is the same for all of its sort, without ids. Attributes go by OpenTelemetry's semantic conventions where
    there are any; a request to another system has one of ``ASKING``.
    """
    kind = "CLIENT" if any(name in attributes for name in ASKING) else "INTERNAL"
    with _begun(name, kind, attributes) as begun:
        yield begun


@contextmanager
def arriving(name: str, /, **attributes: Attribute) -> Iterator[Span]:
    """The first span of a trace: somebody outside asked something of this process."""
    with _begun(name, "SERVER", attributes, parent="") as begun:
        yield begun


@contextmanager
def handed_in(name: str, traceparent: str | None, /, **attributes: Attribute) -> Iterator[Span]:
    """A span around work that another process handed in, under the span that it did so in, where there was one."""
    with _begun(name, "CONSUMER", attributes, parent=traceparent or "") as begun:
        yield begun


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Every log line that is written inside carries these names, and every span those of them that are in ``SHOWN``.

    So does the span at hand, unless it is about something else already.
    """
    bound = structlog.contextvars.get_contextvars()
    new = {name: value for name, value in names.items() if name in SHOWN and name not in bound}
    current().note(**{f"cosell.{name}": value for name, value in new.items()})
    with structlog.contextvars.bound_contextvars(**names):
        yield


def current() -> Span:
    """The span at hand."""
    return _FORGETFUL if _sending is None else Span(_sending.current())


def traceparent() -> str | None:
    """The span at hand, in the words in which another process can take it up (W3C, "Trace Context")."""
    return None if _sending is None else _sending.traceparent()


def ids() -> Mapping[str, str]:
    """``trace_id`` and ``span_id`` of the span at hand, in hex; empty where there is none."""
    return {} if _sending is None else _sending.ids()


@contextmanager
def _begun(
    name: str, kind: str, attributes: Mapping[str, Attribute], parent: str | None = None
) -> Iterator[Span]:
    """A span under the one at hand, or under another process's ``parent``; empty begins a trace."""
    if _sending is None:
        yield _FORGETFUL
        return
    bound = structlog.contextvars.get_contextvars()
    known: dict[str, Attribute] = {f"cosell.{name}": bound[name] for name in SHOWN if name in bound}
    shown = name if _NAME.fullmatch(name) else WITHHELD
    with _sending.begun(shown, kind, _plain({**known, **attributes}), parent) as inner:
        begun = Span(inner)
        try:
            yield begun
        except BaseException as error:
            begun.failed(error)
            raise


def _plain(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """The attributes, without texts that may say more than which thing of ours it was."""
    return {
        name: value if not isinstance(value, str) or _VALUE.fullmatch(value) else WITHHELD
        for name, value in attributes.items()
    }


# -- the process ------------------------------------------------------------------------------------------------------


def configure(service: str) -> None:
    """Send this process's spans to where OpenTelemetry's own variables say, if they say it.

    ``service`` is which of our processes this is: web, worker, clock, socket. To be called after a fork, once. Settings
    that cannot be used are told in the log: the work goes on without traces.
    """
    global _sending
    stop()
    if not any(os.environ.get(name) for name in ENDPOINTS) or _switched_off():
        return
    from bot.tracing.sending import Sending, Unusable  # some 3 MB that nobody needs without it

    try:
        _sending = Sending(service)
    except Unusable as unusable:
        log.warning("tracing.off", why=str(unusable))
        return
    atexit.register(stop)
    log.info("tracing.on", service=service)


def stop() -> None:
    """Send what was not sent yet, within a short time, and record nothing from now on."""
    global _sending
    sending, _sending = _sending, None
    if sending is not None:
        atexit.unregister(stop)
        sending.stop()


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values of the headers that an exporter sends, which may be keys."""
    pairs = [pair for name in HEADERS for pair in environment.get(name, "").split(",")]
    return [value.strip() for pair in pairs if (value := pair.partition("=")[2])]


def _switched_off() -> bool:
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return disabled or os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
