"""Slack through WebSockets that this process opens (Socket Mode), for a network that nobody can reach from outside.

The kit's own client closes the old connection as soon as the new one stands, and forgets what it was about to answer
there. Here the old one stays until Slack closes it, and each answer goes back the way its question came.
"""

import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import Refused, Unavailable
from bot.reception import Reception
from bot.wire import LONGEST, Wire

log = structlog.get_logger()

LARGEST = 1024 * 1024
"""Characters of an envelope; Slack's own stay far below. The same as over HTTP."""
BACKLOG = 512
"""Envelopes that may wait for a thread; what comes on top is left to Slack, which sends events again."""
LOOK = 5.0
"""Seconds between two pings; a connection that was silent for four of them is given up."""
GREETING = 10.0
"""Seconds within which Slack says hello on a new connection."""
STEADY = 10.0
"""Seconds after which a connection that breaks is replaced at once."""
LONGEST_WAIT = 30.0
"""Seconds between two attempts to connect, at the most."""
OVERLAP = 20.0
"""Seconds that a connection stays beside its successor, unless Slack closes it; it says so about ten seconds ahead."""
NOT_OURS = {
    "account_inactive",
    "invalid_auth",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "token_expired",
    "token_revoked",
}
"""Slack's words for a token that will not do."""
WHERE = (
    "An app-level token (xapp-…) with the scope connections:write is made at api.slack.com/apps, in the app's "
    "Basic Information, under App-Level Tokens."
)


class SocketMode:
    """Keeps a connection to Slack open and answers what comes through it. Slack allows an app ten of them."""

    def __init__(self, reception: Reception, slack: WebClient, app_token: str, threads: int) -> None:
        self._reception, self._slack, self._app_token = reception, slack, app_token
        self._pool = ThreadPoolExecutor(threads, "socket")
        self._wires: list[Wire] = []
        self._begun = 0
        self._change = threading.Condition()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="socket-keeper", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether Slack can reach this process now."""
        return any(wire.open for wire in list(self._wires))

    def start(self) -> None:
        """Connect, and stay connected until ``stop``. ``Refused`` when Slack does not take the token.

        While Slack is away this returns all the same; it is tried again in the background.
        """
        try:
            self._connect()
        except Unavailable as away:
            log.warning("socket.waiting", why=str(away))
        self._keeper.start()

    def stop(self, timeout: float) -> None:
        """Finish what has begun, for so many seconds, then disconnect.

        What comes meanwhile is answered as well: nobody could send a press again.
        """
        self._stopping.set()
        self._wake.set()
        self._keeper.join()
        with self._change:
            if not self._change.wait_for(lambda: not self._begun, timeout):
                log.warning("socket.unfinished", envelopes=self._begun)
        for wire in self._wires:
            wire.leave()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # -- connections ------------------------------------------------------------------------------------------
    def _keep(self) -> None:
        failures, since = 0, time.monotonic()
        while not self._stopping.is_set():
            self._look_after()
            if any(wire.open and not wire.leaving for wire in self._wires):
                self._wake.wait(LOOK)
                self._wake.clear()
                continue
            failures = 0 if time.monotonic() - since > STEADY else failures + 1
            if failures and self._stopping.wait(_pause(failures)):
                return
            try:
                self._connect()
            except Unavailable as away:
                log.warning("socket.away", why=str(away))
                self._stopping.wait(away.after or 0)
            except Refused as refused:
                log.error("socket.refused", why=str(refused))
            except Exception:
                log.exception("socket.broke")  # nobody else would try again
            since = time.monotonic()

    def _connect(self) -> None:
        """One more connection, greeted by Slack."""
        wire = Wire(self._address(), self._slack.proxy, self._slack.ssl, self._heard, self._wake.set)
        if not wire.begin(GREETING):
            wire.leave()
            raise Unavailable("Slack gave us an address and did not greet us there.")
        self._wires.append(wire)
        now = time.monotonic()
        for other in self._wires[:-1]:
            other.until = other.until or now + OVERLAP
        log.info("socket.ready", connections=wire.connections)

    def _address(self) -> str:
        try:
            answer = self._slack.apps_connections_open(app_token=self._app_token)
            return str(answer["url"])
        except SlackApiError as error:
            code = error.response.get("error") or error.response.status_code
            if code in NOT_OURS:
                raise Refused(f"Slack does not take SLACK_APP_TOKEN ({code}). {WHERE}") from error
            after = error.response.headers.get("Retry-After", "")
            wait = float(after) if str(after).isdecimal() else None
            raise Unavailable(f"Slack opens no connection now ({code}).", wait) from error
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            raise Unavailable(f"Slack cannot be reached ({type(error).__name__}).") from error

    def _look_after(self) -> None:
        """Ping every connection, and let go of those that ended or have had their time."""
        now = time.monotonic()
        for wire in list(self._wires):
            wire.check()
            if wire.until is not None and now > wire.until and not wire.begun:
                wire.leave()
            if not wire.open:
                self._wires.remove(wire)

    # -- envelopes --------------------------------------------------------------------------------------------
    def _heard(self, wire: Wire, text: str) -> None:
        """One message of Slack's; called by the thread that reads the connection."""
        if len(text) > LARGEST:
            log.warning("socket.refused_envelope", why="too large", size=len(text))
            return
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            log.warning("socket.refused_envelope", why="not an envelope", size=len(text))
        elif message.get("type") == "hello":
            wire.greeted(message.get("num_connections"))
        elif message.get("type") == "disconnect":
            self._sent_away(wire, str(message.get("reason")))
        elif not isinstance(message.get("envelope_id"), str) or not isinstance(message.get("payload"), dict):
            log.warning("socket.refused_envelope", why="not an envelope", size=len(text))
        else:
            self._begin(wire, message)

    def _sent_away(self, wire: Wire, reason: str) -> None:
        """Slack will close this connection: another is opened first, and this one answers what it has begun."""
        if reason == "link_disabled":
            log.error("socket.disabled", why="Socket Mode is off in the app's settings; it can be on again")
        else:
            log.info("socket.sent_away", reason=reason)
        wire.leaving = True
        self._wake.set()

    def _begin(self, wire: Wire, message: dict[str, Any]) -> None:
        with self._change:
            if self._begun >= BACKLOG:
                log.warning("socket.refused_envelope", why="too many are waiting")
                return
            self._begun += 1
            wire.begun += 1
        self._pool.submit(self._finish, wire, message)

    def _finish(self, wire: Wire, message: dict[str, Any]) -> None:
        try:
            self._answer(wire, message)
        except Exception:
            log.exception(
                "socket.broke"
            )  # not acknowledged, so that Slack sends it again or says that it failed
        finally:
            with self._change:
                self._begun -= 1
                wire.begun -= 1
                self._change.notify_all()

    def _answer(self, wire: Wire, message: dict[str, Any]) -> None:
        """Acknowledge what is recorded, and nothing else."""
        status, _, body = self._reception.take(message["payload"])
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            log.info("socket.not_acknowledged", status=status)
            return
        answer: dict[str, Any] = {"envelope_id": message["envelope_id"]}
        if body and message.get("accepts_response_payload"):
            answer["payload"] = _payload(body)
        text = json.dumps(answer)
        if len(text) > LONGEST:
            log.error("socket.answer_too_long", size=len(text))
            text = json.dumps({"envelope_id": message["envelope_id"]})
        if not wire.send(text):
            log.warning("socket.unheard", why="the connection ended before the answer")


def _payload(body: bytes) -> Any:
    """What Bolt answers, as Slack takes it in an acknowledgement: JSON, or a text."""
    text = body.decode()
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}


def _pause(failures: int) -> float:
    """Seconds to wait; longer each time, and never the same for all that lost Slack at once."""
    return min(LONGEST_WAIT, 2.0 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)
