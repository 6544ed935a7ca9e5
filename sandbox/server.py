"""Serve a stand-in on loopback in a thread, log what it is asked, and let it be told to fail."""

import asyncio
import json
import random
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_transports: dict[tuple[str, int], asyncio.Transport] = {}


class _Protocol(H11Protocol):
    """uvicorn's own, which also lets a fault cut the wire of the request it hit."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _transports[transport.get_extra_info("peername")[:2]] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self.transport.get_extra_info("peername")[:2], None)
        super().connection_lost(exc)


@dataclass
class Fault:
    """What happens to the next ``times`` requests whose ``METHOD path operation`` line matches ``on``.

    ``delay`` seconds pass first. ``status`` answers with that status and the vendor's own error body, no work
    done. ``drop_reply`` lets the stand-in do its work and then cuts the connection, ``refuse`` cuts it before any.
    ``after_work`` is called when the work is done, before the reply is sent.
    """

    on: str = ""  # regular expression, searched
    times: int = 1  # -1: until cleared
    delay: float = 0.0
    status: int | None = None
    drop_reply: bool = False
    refuse: bool = False
    retry_after: int | None = None
    code: str | None = None  # the vendor's error code to answer with, where the stand-in knows several
    after_work: Callable[[], None] | None = None  # called when the work is committed, before the reply


@dataclass
class Request:
    """One line of a stand-in's request log."""

    at: float
    method: str
    path: str
    operation: str  # the vendor's name of the call, where the path does not say it
    status: int | None = None
    seconds: float = 0.0
    cut: bool = False  # a fault cut the connection: the caller got no answer
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def line(self) -> str:
        """``METHOD path operation``, what a fault's expression is searched in."""
        return f"{self.method} {self.path} {self.operation}".rstrip()

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Served:
    """An ASGI application on loopback, served from a thread."""

    name: str = "served"

    def __init__(self) -> None:
        self.url = ""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError(f"{type(self).__name__} gives no application")

    def start(self, port: int = 0) -> Self:
        """Serve on 127.0.0.1; returns once requests are answered. ``url`` has no trailing slash."""
        listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self._serve,
            http=_Protocol,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_keep_alive=30,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name=self.name, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        """Stop serving and wait until the thread has ended."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._server.force_exit = True
            self._thread.join(5)

    def __enter__(self) -> Self:
        return self if self.url else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class StandIn(Served):
    """A vendor's API on loopback. Subclasses give ``app`` (ASGI) and the vendor's error bodies.

    All handlers are coroutines on one event loop, so what a handler does without awaiting is atomic.
    """

    name: str = "stand-in"

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self.requests: deque[Request] = deque(maxlen=20_000)
        self.latency = 0.0  # seconds added to every request

    def asgi(self) -> ASGIApp:
        """The stand-in's own ASGI application."""
        raise NotImplementedError(f"{type(self).__name__} gives no application")

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        """The vendor's name of the call, where the path does not say it."""
        return ""

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the vendor's own error for a fault with a ``status``."""
        return fault.status or 500, {"content-type": "text/plain"}, b"fault"

    # -- faults ---------------------------------------------------------------------------------------------
    def fault(self, on: str = "", **what: Any) -> Fault:
        """Arrange a fault; the newest that matches wins."""
        fault = Fault(on=on, **what)
        self.faults.insert(0, fault)
        return fault

    def calls(self, pattern: str) -> list[Request]:
        """The logged requests whose line matches."""
        return [request for request in list(self.requests) if re.search(pattern, request.line)]

    def _take_fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.search(fault.on, line):
                fault.times -= 1 if fault.times > 0 else 0
                return fault
        return None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.asgi()(scope, receive, send)
            return
        started = time.monotonic()
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        body = await _body(receive)
        path = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        operation = self.operation(scope["method"], path, headers, body)
        request = Request(time.time(), scope["method"], path, operation, headers=headers, body=body)
        self.requests.append(request)
        fault = self._take_fault(request.line) or Fault(times=0)
        if delay := self.latency + fault.delay:
            await asyncio.sleep(delay)
        if fault.refuse:
            request.cut = True
            _cut(scope)
            return
        if fault.status is not None:
            status, extra, content = self.error(fault)
            request.status, request.seconds = status, time.monotonic() - started
            if fault.retry_after is not None:
                extra = {**extra, "retry-after": str(fault.retry_after)}
            await _answer(send, status, extra, content)
            return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.asgi()(scope, _replay(body, receive), keep)
        request.status = answer[0]["status"]
        request.seconds = time.monotonic() - started
        if fault.after_work is not None:
            await asyncio.to_thread(fault.after_work)
        if fault.drop_reply:
            request.cut = True
            _cut(scope)
            return
        for message in answer:
            await send(message)


def free_port() -> int:
    """A port on 127.0.0.1 that nothing listens on now.

    Below those that systems give to outgoing connections (32768 and up on Linux): one of them may take a port that was
    free a moment ago.
    """
    while True:
        port = random.randint(10_000, 32_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, rest: Receive) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return await rest()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _cut(scope: Scope) -> None:
    transport = _transports.get(tuple(scope["client"]))
    if transport is not None:
        transport.abort()


async def _answer(send: Send, status: int, headers: dict[str, str], content: bytes) -> None:
    headers = {"content-length": str(len(content)), **headers}
    raw = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})
