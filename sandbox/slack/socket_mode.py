"""Slack's end of Socket Mode: WebSockets on loopback, each payload through one of them, acknowledged or not."""

import itertools
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from sandbox.slack.errors import Object

MOST = 10
"""Connections that an app may have (Slack, "Using Socket Mode")."""


@dataclass(frozen=True)
class Acknowledgement:
    """What came of one envelope; ``error`` as for a request: ``operation_timeout``, ``connection_failed`` or None."""

    payload: Any
    seconds: float
    error: str | None


@dataclass(eq=False)
class _Waiting:
    on: ServerConnection
    settled: threading.Event = field(default_factory=threading.Event)
    error: str | None = None
    payload: Any = ""


class Sockets:
    """The app's WebSockets, and the switches of their faults. The server starts with the first address that is asked.

    A real connection is refreshed after hours; here it is when ``disconnect`` says so.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.lose_acks = 0  # so many acknowledgements are lost on their way
        self.greet = True  # whether a new connection is greeted
        self.envelopes: list[Object] = []  # each that was sent
        self._open: list[ServerConnection] = []
        self._leaving: set[ServerConnection] = set()  # nothing is sent there any more
        self._tickets: set[str] = set()
        self._waiting: dict[str, _Waiting] = {}
        self._turn = itertools.count()
        self._lock = threading.Lock()
        self._server: Server | None = None

    @property
    def connected(self) -> int:
        """How many connections may be sent something."""
        return len(self._usable())

    def address(self, app_id: str) -> str:
        """An address that one client of this app may connect to, once."""
        with self._lock:
            if self._server is None:
                self._server = serve(
                    self._serve, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=1
                )
                threading.Thread(target=self._server.serve_forever, name="slack-sockets", daemon=True).start()
            ticket = secrets.token_urlsafe(16)
            self._tickets.add(ticket)
            port = self._server.socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={app_id}"

    def send(
        self, kind: str, payload: Object, deadline: float, attempt: int = 0, reason: str = ""
    ) -> Acknowledgement:
        """Send a payload through one connection and wait so many seconds for its acknowledgement.

        ``kind`` is ``events_api``, ``interactive`` or ``slash_commands``.
        """
        envelope: Object = {"envelope_id": str(uuid.uuid4()), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        began = time.monotonic()
        usable = self._usable()
        if not usable:
            return Acknowledgement("", 0.0, "connection_failed")
        waiting = _Waiting(usable[next(self._turn) % len(usable)])
        with self._lock:
            self._waiting[envelope["envelope_id"]] = waiting
        self.envelopes.append(envelope)
        try:
            waiting.on.send(json.dumps(envelope))
            settled = waiting.settled.wait(deadline)
        except ConnectionClosed:
            waiting.error, settled = "connection_failed", True
        with self._lock:
            del self._waiting[envelope["envelope_id"]]
        error = waiting.error if settled else "operation_timeout"
        return Acknowledgement(waiting.payload, time.monotonic() - began, error)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection that it will be closed, and send nothing more there; ``close_left`` closes them."""
        for socket in self._usable():
            self._leaving.add(socket)
            self._say(socket, {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}})

    def close_left(self) -> None:
        """Close what was told so."""
        for socket in list(self._leaving):
            socket.close()

    def drop(self) -> None:
        """Cut every connection, without a word."""
        for socket in list(self._open):
            socket.socket.shutdown(2)

    def say(self, text: str | bytes) -> None:
        """Send this as it is through every connection."""
        for socket in self._usable():
            socket.send(text)

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
        for socket in list(self._open):
            socket.close()

    # -- connections ----------------------------------------------------------------------------------------
    def _usable(self) -> list[ServerConnection]:
        return [socket for socket in list(self._open) if socket not in self._leaving]

    def _serve(self, socket: ServerConnection) -> None:
        path = socket.request.path if socket.request is not None else ""
        ticket = path.partition("ticket=")[2].partition("&")[0]
        with self._lock:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
        if not known:
            return
        if len(self._open) >= MOST:
            self._say(socket, {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            return
        if self.greet:
            hello: Object = {"type": "hello", "num_connections": len(self._open) + 1}
            hello["connection_info"] = {"app_id": path.partition("app_id=")[2]}
            hello["debug_info"] = {"host": "loopback", "approximate_connection_time": 18060}
            self._open.append(socket)
            self._say(socket, hello)
            self._changed()
        try:
            for text in socket:
                self._heard(socket, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            self._lost(socket)

    def _heard(self, socket: ServerConnection, answer: Object) -> None:
        with self._lock:
            waiting = self._waiting.get(answer.get("envelope_id", ""))
            if waiting is None or waiting.on is not socket:
                return  # too late, or not where it was asked
            if self.lose_acks:
                self.lose_acks -= 1
                return
            waiting.payload = answer.get("payload", "")
            waiting.settled.set()

    def _lost(self, socket: ServerConnection) -> None:
        self._leaving.discard(socket)
        with self._lock:
            if socket in self._open:
                self._open.remove(socket)
            for waiting in self._waiting.values():
                if waiting.on is socket and not waiting.settled.is_set():
                    waiting.error = "connection_failed"
                    waiting.settled.set()
        self._changed()

    def _say(self, socket: ServerConnection, message: Object) -> None:
        socket.send(json.dumps(message))
