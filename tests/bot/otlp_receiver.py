"""A receiver of spans on loopback, as a collector of OpenTelemetry is one: OTLP over HTTP."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Received:
    """One span."""

    name: str
    kind: int  # SpanKind of the protocol: 1 internal, 2 server, 3 client, 4 producer, 5 consumer
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]
    events: int


class Receiver:
    """What was sent to it; ``status`` is what it answers, and while ``answers`` is not set it answers nothing."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.status = 200
        self.answers = threading.Event()
        self.answers.set()
        self.url = ""

    @property
    def spans(self) -> list[Received]:
        """Every span that came."""
        found = []
        for body in list(self.bodies):
            for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = _table(sent.resource.attributes)
                for scope in sent.scope_spans:
                    found += [_received(span, resource) for span in scope.spans]
        return found

    def named(self, name: str) -> list[Received]:
        """The spans of this name."""
        return [span for span in self.spans if span.name == name]

    def under(self, span: Received) -> list[Received]:
        """All that is below a span."""
        below = [one for one in self.spans if one.parent == span.id]
        return below + [deeper for one in below for deeper in self.under(one)]


def _received(span: Any, resource: dict[str, Any]) -> Received:
    return Received(
        name=span.name,
        kind=span.kind,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        failed=span.status.code == 2,
        attributes=_table(span.attributes),
        resource=resource,
        events=len(span.events),
    )


def _table(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            received.answers.wait(20)
            if received.status == 200:
                received.bodies.append(body)
            self.send_response(received.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield received
    received.answers.set()
    server.shutdown()
    server.server_close()
    thread.join()
