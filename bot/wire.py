"""One WebSocket to Slack, on the connection of Slack's own kit: read by a thread of its own, written by any."""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState

log = structlog.get_logger()

LONGEST = 65_535
"""Bytes of a message that the kit can send: it knows no longer frames."""
CHUNK = 64 * 1024
"""Bytes to read at once; the kit nests one call deeper for each chunk of a message."""
PING = 5.0
"""Seconds; the kit gives a connection up that has not answered a ping for four times as long."""
CLOSING = 2.0
"""Seconds that Slack has to say goodbye as well."""
GOODBYE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"
"""A close frame with the code 1000 (RFC 6455, 5.5.1 and 7.4.1); its mask is zero."""

_SILENT = logging.getLogger("slack_sdk.socket_mode.silent")
_SILENT.setLevel(logging.CRITICAL + 1)  # it would log what people said; what went wrong comes to us as well


class _Whole:
    """The kit's socket, which sends all of a frame and says so when the other side has hung up.

    By itself the kit takes half a send for a whole one, and looks at a closed connection in a busy loop.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def recv(self, size: int) -> bytes:
        received: bytes = self._sock.recv(size)
        if not received:
            raise ConnectionResetError("the other side has hung up")
        return received

    def send(self, data: bytes) -> int:
        self._sock.sendall(data)
        return len(data)

    def close(self) -> None:
        self._sock.close()


class Wire:
    """A connection from the greeting to the goodbye."""

    def __init__(
        self,
        url: str,
        proxy: str | None,
        tls: ssl.SSLContext | None,
        heard: Callable[["Wire", str], None],
        ended: Callable[[], None],
    ) -> None:
        self.leaving = False  # Slack will close it
        self.until: float | None = None  # when it is closed, as its successor stands
        self.begun = 0  # envelopes that are being answered
        self.connections: int | None = None  # of the app, as Slack counted them
        self._ended, self._hello = ended, threading.Event()
        self._state = ConnectionState()  # type: ignore[no-untyped-call]
        self._connection = Connection(
            url=url,
            logger=_SILENT,
            proxy=proxy,
            ssl_context=tls,
            ping_interval=PING,
            receive_buffer_size=CHUNK,
            on_message_listener=lambda text: heard(self, text),
            on_error_listener=self._trouble,
        )
        self._thread = threading.Thread(target=self._read, name="socket-wire", daemon=True)

    @property
    def open(self) -> bool:
        """Whether Slack can send something through it."""
        return self._thread.is_alive() and not self._state.terminated

    def begin(self, timeout: float) -> bool:
        """Connect, and wait so many seconds for Slack's greeting; whether it came."""
        self._connection.connect()
        if not self._connection.is_active():
            return False
        self._connection.sock = _Whole(self._connection.sock)  # type: ignore[assignment]
        self._thread.start()
        return self._hello.wait(timeout)

    def greeted(self, connections: int | None) -> None:
        """Slack said hello, and how many connections the app has."""
        self.connections = connections
        self._connection.last_ping_pong_time = time.time()  # from now on it has to answer
        self._hello.set()

    def send(self, text: str) -> bool:
        """Send a message; whether the connection was there to take it."""
        try:
            self._connection.send(text)
        except SlackClientNotConnectedError:
            return False
        return True

    def check(self) -> None:
        """Ping; a connection that stays silent is given up."""
        self._connection.check_state()
        if not self._connection.is_active():
            self._state.terminated = True

    def leave(self) -> None:
        """Say goodbye and close, once Slack has said it too or had the time to."""
        sock = self._connection.sock
        if sock is not None and self.open:
            try:
                with self._connection.sock_send_lock:
                    sock.send(GOODBYE)
            except OSError:
                pass  # it is closed already
            else:
                self._thread.join(CLOSING)
        self._state.terminated = True
        self._connection.close()

    def _read(self) -> None:
        self._connection.run_until_completion(self._state)
        self._connection.close()
        self._ended()

    def _trouble(self, error: Exception) -> None:
        """A connection whose frames cannot be told apart any more is of no use."""
        self._state.terminated = True
        log.info("socket.broken", error=type(error).__name__)
