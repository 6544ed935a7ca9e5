"""OpenTelemetry's SDK and its exporter over HTTP; loaded only where an exporter is configured.

The provider is this module's own and not the process's global one, so that no library that would trace what it sends
(addresses, queries, people) finds it.
"""

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span as Inner
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

__all__ = ["Inner", "Sending", "Unusable"]

log = structlog.get_logger()

PATIENCE = 2.0
"""Seconds for which a process that stops waits until its last spans are sent."""
WORDS = TraceContextTextMapPropagator()
PROTOCOL = "http/protobuf"
BATCHES = "opentelemetry.sdk._shared_internal"


class Unusable(Exception):
    """Why the settings of the exporter cannot be used."""


class Sending:
    """Records spans, and sends them in the background; what cannot be sent is lost, and holds up nothing."""

    def __init__(self, service: str) -> None:
        _demand_usable(os.environ)
        exporter = _Telling(OTLPSpanExporter())
        logging.getLogger(BATCHES).setLevel(logging.ERROR)  # it would warn of spans that have to be dropped
        named = OTELResourceDetector().detect().attributes.get(SERVICE_NAME)
        resource = Resource.create({SERVICE_NAME: named or f"cosell-{service}", "cosell.process": service})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(cast(SpanExporter, exporter)))
        self._tracer = self._provider.get_tracer("cosell")

    @contextmanager
    def begun(
        self, name: str, kind: str, attributes: Mapping[str, AttributeValue], parent: str | None
    ) -> Iterator[Inner]:
        """A span, of which nothing is recorded by itself when something is raised inside."""
        under = None if parent is None else WORDS.extract({"traceparent": parent}, Context())
        with self._tracer.start_as_current_span(
            name,
            context=under,
            kind=SpanKind[kind],
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as inner:
            yield inner

    def mark_failed(self, inner: Inner, type_: str) -> None:
        """Mark a span as failed, by the name of a type."""
        inner.set_attribute("error.type", type_)
        inner.set_status(Status(StatusCode.ERROR))

    def current(self) -> Inner:
        """The span at hand."""
        return get_current_span()

    def traceparent(self) -> str | None:
        """The span at hand, for another process."""
        words: dict[str, str] = {}
        WORDS.inject(words)
        return words.get("traceparent")

    def ids(self) -> Mapping[str, str]:
        """The ids of the span at hand."""
        at_hand = get_current_span().get_span_context()
        if not at_hand.is_valid:
            return {}
        return {"trace_id": f"{at_hand.trace_id:032x}", "span_id": f"{at_hand.span_id:016x}"}

    def stop(self) -> None:
        """Send the rest, for as long as that is worth waiting for; the SDK itself would wait for half a minute."""
        last = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(PATIENCE)


class _Telling:
    """An exporter that says once that it cannot send, and why, and once that it can again; not of every batch."""

    def __init__(self, exporter: OTLPSpanExporter) -> None:
        self._exporter = exporter
        self._away = False
        self._said: list[str] = []
        its_log = logging.getLogger(type(exporter).__module__)
        its_log.filters[:] = [self._hear]

    def _hear(self, record: logging.LogRecord) -> bool:
        self._said.append(record.getMessage())
        return False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        self._said.clear()
        result = self._exporter.export(spans)
        away = result is not SpanExportResult.SUCCESS
        if away and not self._away:
            log.warning("tracing.not_sent", spans=len(spans), why=" ".join(self._said[:1]))
        elif self._away and not away:
            log.info("tracing.sent_again", spans=len(spans))
        self._away = away
        return result

    def shutdown(self) -> None:
        """Send nothing more."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK does not annotate it

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether everything that it was given is sent."""
        return self._exporter.force_flush(timeout_millis)


def _demand_usable(environment: Mapping[str, str]) -> None:
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        said = environment.get(name, "").strip()
        if said and said != PROTOCOL:
            raise Unusable(f"{name} is {said}, and spans can be sent only by {PROTOCOL}.")
        if said:
            break
    for name in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        said = environment.get(name, "").strip()
        if not said:
            continue
        try:
            address = urlsplit(said)
            usable = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
        except ValueError:  # a port that is no number
            usable = False
        if not usable:
            raise Unusable(f"{name} is no address that begins with http:// or https://.")
        return
