"""What Slack sends to the bot: signed, or through a socket that the bot opened; events retried, all else sent once."""

import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.slack.errors import Object
from sandbox.slack.socket_mode import Sockets

WORKERS = 8


@dataclass(frozen=True)
class Response:
    """What the bot answered, as the person's Slack sees it.

    ``status`` is 0 when nothing came. ``body`` is JSON where it is JSON, else text. ``error`` is what the person is
    told went wrong: ``operation_timeout``, ``connection_failed``, ``ssl_error``, ``http_error``, ``invalid_answer: …``.
    """

    status: int
    body: Any
    seconds: float
    error: str | None = None
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Whether the person sees no error."""
        return self.error is None


@dataclass(order=True)
class _Due:
    at: float
    order: int
    envelope: Object = field(compare=False)
    attempt: int = field(compare=False, default=0)
    reason: str = field(compare=False, default="")


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver an event; ``attempt`` counts from 0."""

    event_id: str
    attempt: int
    response: Response


class Change(threading.Condition):
    """A condition that counts how often it was notified of: what looks on sees whether anything happened."""

    count = 0

    def notify_all(self) -> None:
        """Tell those who wait, and count it."""
        self.count += 1
        super().notify_all()


class Outgoing:
    """The line to the bot, and the switches of its faults. While the bot has a socket open, nothing goes over HTTP."""

    def __init__(self, signing_secret: str) -> None:
        self.sockets = Sockets(lambda: self.changed())
        self.signing_secret = signing_secret
        self.bot_url = ""  # one URL for events, interactivity and commands
        self.deliver_events = True
        self.double_events = False  # each event is delivered twice
        self.lose_events = False  # events happen and are not sent
        self.retry_delays: tuple[float, ...] = (0, 60, 300)
        self.retry_scale = 1.0
        self.deadline = 3.0  # seconds
        self.events: deque[Object] = deque(maxlen=20_000)  # every envelope, sent or lost
        self.deliveries: deque[Delivery] = deque(maxlen=20_000)
        self.lock = threading.RLock()
        self.change = Change(self.lock)
        self._queue: list[_Due] = []
        self._order = itertools.count()
        self._unfinished = 0
        self._closed = False
        self._wake = threading.Condition()
        self._workers: list[threading.Thread] = []

    @property
    def undelivered(self) -> int:
        """Events that are on their way or wait for another attempt."""
        return self._unfinished

    def changed(self) -> None:
        """Tell those who wait that something is different."""
        with self.change:
            self.change.notify_all()

    def headers(self, content_type: str, body: bytes) -> dict[str, str]:
        """The headers of a request that Slack signed (version v0)."""
        timestamp = str(int(time.time()))
        signed = f"v0:{timestamp}:".encode() + body
        digest = hmac.new(self.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "*/*",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    def interact(self, payload: Object) -> Response:
        """Send an interaction once and wait for the answer."""
        return self.submit_form({"payload": json.dumps(payload)})

    def submit_form(self, form: dict[str, str]) -> Response:
        """Send a form once and wait for the answer."""
        if self.sockets.connected:
            if "payload" in form and "command" not in form:
                return self._put_through("interactive", json.loads(form["payload"]))
            return self._put_through("slash_commands", dict(form))
        body = urlencode(form).encode()
        return self._send(body, self.headers("application/x-www-form-urlencoded", body))

    def deliver(self, envelope: Object) -> None:
        """Deliver an event from the background, as often as it takes or Slack would try."""
        if not self.deliver_events or not (self.bot_url or self.sockets.connected):
            return
        self.events.append(envelope)
        if self.lose_events:
            return
        for _ in range(2 if self.double_events else 1):
            self._put(_Due(time.monotonic(), next(self._order), envelope), anew=True)

    def redeliver(self, event_id: str) -> None:
        """Deliver an event once more, as Slack may at any time."""
        envelope = next(event for event in self.events if event["event_id"] == event_id)
        self._put(_Due(time.monotonic(), next(self._order), envelope), anew=True)

    def close(self) -> None:
        """Give up what is not delivered and end the threads and the sockets."""
        self.sockets.close()
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        for worker in self._workers:
            worker.join(self.deadline + 1)
        self._workers.clear()
        self._queue.clear()
        self._unfinished = 0

    def reopen(self) -> None:
        """Deliver again after ``close``."""
        self._closed = False

    def _put(self, due: _Due, anew: bool = False) -> None:
        with self._wake:
            if self._closed:
                return
            self._unfinished += anew
            heapq.heappush(self._queue, due)
            if not self._workers:
                self._workers = [
                    threading.Thread(target=self._work, name=f"slack-events-{n}", daemon=True)
                    for n in range(WORKERS)
                ]
                for worker in self._workers:
                    worker.start()
            self._wake.notify()

    def _take(self) -> _Due | None:
        with self._wake:
            while not self._closed:
                wait = self._queue[0].at - time.monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    due = heapq.heappop(self._queue)
                    if self._queue:  # somebody must watch for what is due next
                        self._wake.notify()
                    return due
                self._wake.wait(wait)
            return None

    def _work(self) -> None:
        while (due := self._take()) is not None:
            response = self._attempt(due)
            self.deliveries.append(Delivery(due.envelope["event_id"], due.attempt, response))
            again = response.error and not response.no_retry and due.attempt < len(self.retry_delays)
            if again:
                at = time.monotonic() + self.retry_delays[due.attempt] * self.retry_scale
                reason = "http_timeout" if response.error == "operation_timeout" else response.error or ""
                self._put(_Due(at, next(self._order), due.envelope, due.attempt + 1, reason))
            else:
                with self._wake:
                    self._unfinished -= 1
            self.changed()

    def _attempt(self, due: _Due) -> Response:
        if self.sockets.connected:
            return self._put_through("events_api", due.envelope, due.attempt, due.reason)
        body = json.dumps(due.envelope).encode()
        headers = self.headers("application/json", body)
        if due.attempt:
            headers |= {"X-Slack-Retry-Num": str(due.attempt), "X-Slack-Retry-Reason": due.reason}
        return self._send(body, headers)

    def _put_through(self, kind: str, payload: Object, attempt: int = 0, reason: str = "") -> Response:
        """Send through a socket; an acknowledgement is told as HTTP's 200."""
        heard = self.sockets.send(kind, payload, self.deadline, attempt, reason)
        return Response(0 if heard.error else 200, heard.payload, heard.seconds, heard.error)

    def _send(self, body: bytes, headers: dict[str, str]) -> Response:
        if not self.bot_url:
            raise ValueError("the bot's address is not set: set bot_url")
        url = urlsplit(self.bot_url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=self.deadline)
        started = time.monotonic()
        try:
            connection.request("POST", url.path or "/", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except TimeoutError:
            return Response(0, "", time.monotonic() - started, "operation_timeout")
        except ssl.SSLError:
            return Response(0, "", time.monotonic() - started, "ssl_error")
        except (OSError, http.client.HTTPException):
            return Response(0, "", time.monotonic() - started, "connection_failed")
        finally:
            connection.close()
        error = None if 200 <= answer.status < 300 else "http_error"
        no_retry = answer.getheader("x-slack-no-retry") == "1"
        return Response(answer.status, _parsed(content), time.monotonic() - started, error, no_retry)


def _parsed(content: bytes) -> Any:
    text = content.decode("utf-8", "replace")
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
