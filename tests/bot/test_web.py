"""The door: what is refused before Bolt sees it, and how."""

import hashlib
import hmac
import io
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.threads import Threads
from bot.web import LARGEST, Door

SECRET = "sandbox-signing-secret-0123456789"


class Knocking:
    """A door with a Bolt app behind it that notes what reaches it."""

    def __init__(self, store: redis.Redis) -> None:
        self.heard: list[dict[str, Any]] = []
        identity = AuthorizeResult(
            enterprise_id=None, team_id="T0BRIGHT", bot_user_id="U0COSELL", bot_id="B0", bot_token="xoxb-x"
        )
        app = App(
            authorize=lambda **_: identity, request_verification_enabled=False, process_before_response=True
        )

        @app.command("/cosell")
        def command(ack: Ack, body: dict[str, Any]) -> None:
            self.heard.append(body)
            ack()

        @app.action("cosell.approve")
        def approve(ack: Ack, body: dict[str, Any]) -> None:
            self.heard.append(body)
            ack()

        @app.event("app_mention")
        def mention(body: dict[str, Any]) -> None:
            self.heard.append(body)

        self.door = Door(app, SECRET, Threads(WebClient(token="xoxb-x"), store))

    def knock(
        self,
        raw: bytes,
        form: bool = True,
        age: int = 0,
        secret: str = SECRET,
        path: str = "/slack/events",
        unread: io.BytesIO | None = None,
        **environ: Any,
    ) -> tuple[int, str]:
        """Send raw bytes, signed."""
        timestamp = str(int(time.time()) - age)
        made = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + raw, hashlib.sha256)
        signature = f"v0={made.hexdigest()}"
        told: list[str] = []
        answer = self.door(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": path,
                "CONTENT_LENGTH": str(len(raw)),
                "CONTENT_TYPE": "application/x-www-form-urlencoded" if form else "application/json",
                "HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp,
                "HTTP_X_SLACK_SIGNATURE": signature,
                "wsgi.input": unread or io.BytesIO(raw),
                **environ,
            },
            lambda status, headers: told.append(status),
        )
        return int(told[0].split()[0]), b"".join(answer).decode()


@pytest.fixture
def knocking(store: redis.Redis) -> Knocking:
    """A door."""
    return Knocking(store)


COMMAND = urlencode(
    {"command": "/cosell", "text": "status", "user_id": "U0ANA", "team_id": "T0BRIGHT"}
).encode()
MENTION = json.dumps(
    {"type": "event_callback", "event_id": "Ev1", "team_id": "T0BRIGHT", "event": {"type": "app_mention"}}
).encode()


def test_what_slack_signed_comes_through(knocking: Knocking) -> None:
    """A command reaches its listener."""
    assert knocking.knock(COMMAND)[0] == 200
    assert knocking.heard[0]["text"] == "status"


def test_a_forged_request_is_refused(knocking: Knocking) -> None:
    """Another secret's signature is 401, and nothing is heard."""
    assert knocking.knock(COMMAND, secret="another")[0] == 401
    assert not knocking.heard


@pytest.mark.parametrize("age", [301, -301, 10**9])
def test_an_old_or_early_request_is_refused(knocking: Knocking, age: int) -> None:
    """A signature holds five minutes, both ways."""
    assert knocking.knock(COMMAND, age=age)[0] == 401
    assert not knocking.heard


def test_a_replayed_request_is_refused(knocking: Knocking) -> None:
    """The same signed bytes a second time do nothing."""
    assert knocking.knock(COMMAND)[0] == 200
    assert knocking.knock(COMMAND)[0] == 401
    assert len(knocking.heard) == 1


def test_a_replayed_event_is_taken_as_heard(knocking: Knocking) -> None:
    """Slack may send an event twice in a second; the second is answered well and does nothing."""
    assert knocking.knock(MENTION, form=False)[0] == 200
    assert knocking.knock(MENTION, form=False)[0] == 200
    assert len(knocking.heard) == 1


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "-5", "१२३", "9" * 5000])
def test_a_timestamp_that_is_no_number_is_refused(knocking: Knocking, timestamp: str) -> None:
    """Without a traceback."""
    assert knocking.knock(COMMAND, HTTP_X_SLACK_REQUEST_TIMESTAMP=timestamp)[0] == 401


@pytest.mark.parametrize("signature", ["", "v0=", "v0=é", "v1=" + "0" * 64, "v0=" + "0" * 63])
def test_a_signature_of_no_shape_is_refused(knocking: Knocking, signature: str) -> None:
    """Without a traceback."""
    assert knocking.knock(COMMAND, HTTP_X_SLACK_SIGNATURE=signature)[0] == 401


def test_another_apps_message_with_our_key_settles_nothing(knocking: Knocking, store: redis.Redis) -> None:
    """Only an echo of this very app is believed."""
    metadata = {"event_type": "cosell_post", "event_payload": {"key": "prp_1:result"}}
    event = {
        "type": "message",
        "ts": "1.0",
        "channel": "C1",
        "bot_id": "B9",
        "app_id": "A9",
        "metadata": metadata,
    }
    body = {"type": "event_callback", "event_id": "Ev3", "api_app_id": "A0COSELL", "event": event}
    knocking.knock(json.dumps(body).encode(), form=False)
    assert not store.exists("cosell:post:prp_1:result")


def test_an_oversized_request_is_refused_unread(knocking: Knocking) -> None:
    """By its length alone."""
    raw = b"x" * (LARGEST + 1)
    unread = io.BytesIO(raw)
    assert knocking.knock(raw, unread=unread)[0] == 413
    assert unread.tell() == 0


def test_a_request_without_a_length_is_refused(knocking: Knocking) -> None:
    """There is no telling how much would come."""
    assert knocking.knock(COMMAND, CONTENT_LENGTH="")[0] == 411


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (b"{", False),
        (b"[]", False),
        (b'"text"', False),
        (b"[" * 100_000, False),
        (b"\xff\xfe", False),
        (b"payload={", True),
        (b"payload=[1]", True),
        (b"nonsense", True),
        (b"", True),
        (b"\xff=\xff&&", True),
    ],
)
def test_a_malformed_request_is_refused(knocking: Knocking, raw: bytes, form: bool) -> None:
    """With 400, although it is signed, and without a traceback."""
    assert knocking.knock(raw, form=form)[0] == 400
    assert not knocking.heard


def test_a_command_may_say_payload(knocking: Knocking) -> None:
    """A command whose text looks like an interaction is still a command."""
    text = urlencode({"command": "/cosell", "text": "set next step payload={}", "user_id": "U0ANA"}).encode()
    assert knocking.knock(text)[0] == 200
    assert knocking.heard[0]["text"] == "set next step payload={}"


def test_other_paths_and_verbs_are_refused(knocking: Knocking) -> None:
    """One door, one verb."""
    assert knocking.knock(COMMAND, path="/")[0] == 404
    assert knocking.knock(COMMAND, REQUEST_METHOD="GET")[0] == 405
    assert knocking.knock(b"", path="/healthz", REQUEST_METHOD="GET") == (200, "ok\n")


def test_slacks_handshake_is_answered(knocking: Knocking) -> None:
    """The request address can be verified in the app's settings."""
    raw = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    status, body = knocking.knock(raw, form=False)
    assert status == 200
    assert "abc" in body


def test_an_echo_of_our_own_post_settles_it(knocking: Knocking, store: redis.Redis) -> None:
    """A post whose answer was lost is known by its echo, and the echo reaches no listener."""
    event = {
        "type": "message",
        "ts": "1795352001.000300",
        "channel": "C1",
        "bot_id": "B0",
        "app_id": "A0COSELL",
        "metadata": {"event_type": "cosell_post", "event_payload": {"key": "prp_1:result"}},
    }
    raw = json.dumps(
        {"type": "event_callback", "event_id": "Ev2", "api_app_id": "A0COSELL", "event": event}
    ).encode()
    assert knocking.knock(raw, form=False)[0] == 200
    assert store.hget("cosell:post:prp_1:result", "ts") == b"1795352001.000300"
    assert not knocking.heard
