"""Slack through a socket: what is recorded is acknowledged and nothing else, and no connection is taken for granted."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import socket_mode
from bot.errors import Refused, Unavailable
from bot.reception import Reception
from bot.socket_mode import LARGEST, SocketMode
from bot.threads import Threads
from bot.wire import LONGEST
from sandbox.seed import load
from sandbox.slack import Response, Slack

CHANNEL = "C0NORTHWIND"


def wait(look: Callable[[], Any], timeout: float = 10) -> Any:
    """What ``look`` finds, as soon as it finds something."""
    deadline, pause = time.monotonic() + timeout, threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come to pass"
        pause.wait(0.01)
    return found


class Connected:
    """Socket Mode with a Bolt app behind it that notes what reaches it, and Slack at the other end."""

    def __init__(self, store: redis.Redis, slack: Slack) -> None:
        self.slack = slack
        self.heard: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}  # what a command is acknowledged with
        self.hold = threading.Event()  # what a slow command waits for
        self.away = False
        identity = AuthorizeResult(
            enterprise_id=None, team_id="T0BRIGHT", bot_user_id="U0COSELL", bot_id="B0", bot_token="xoxb-x"
        )
        app = App(
            authorize=lambda **_: identity, request_verification_enabled=False, process_before_response=True
        )

        @app.command("/cosell")
        def command(ack: Ack, body: dict[str, Any]) -> None:
            self.heard.append(body)
            if body["text"] == "slow":
                assert self.hold.wait(10)
            if body["text"] == "break":
                raise RuntimeError("nobody expected this")
            ack(**self.answers)

        @app.view("form")
        def submitted(ack: Ack, body: dict[str, Any]) -> None:
            ack(response_action="errors", errors={"amount": "Say how much."})

        @app.event("message")
        def message(body: dict[str, Any]) -> None:
            if self.away:
                raise Unavailable("Redis is away.")
            self.heard.append(body)

        self.threads = Threads(WebClient(token="xoxb-x"), store)
        self.client = WebClient(base_url=f"{slack.url}/api/", retry_handlers=[], timeout=2)
        self.app = app
        self.mode = self.another()

    def another(self, token: str = "xapp-sandbox-token") -> SocketMode:
        """One more, as another process would be."""
        return SocketMode(Reception(self.app, self.threads), self.client, token, threads=4)

    def command(self, text: str = "status") -> Response:
        """Ana uses the command."""
        return self.slack.command("U0ANA", CHANNEL, "/cosell", text)

    def behind(self, text: str) -> tuple[threading.Thread, list[Response]]:
        """The same, from a thread; its answer comes into the list."""
        answers: list[Response] = []
        thread = threading.Thread(target=lambda: answers.append(self.command(text)))
        thread.start()
        wait(lambda: any(body.get("text") == text for body in self.heard))
        return thread, answers


@pytest.fixture
def slack() -> Iterator[Slack]:
    """Slack; nobody listens over HTTP."""
    with Slack(load()) as slack:
        slack.bot_url, slack.retry_scale = "http://127.0.0.1:9/slack/events", 0.001
        yield slack


@pytest.fixture
def connected(store: redis.Redis, slack: Slack) -> Iterator[Connected]:
    """Connected, once Slack has said hello."""
    connected = Connected(store, slack)
    connected.mode.start()
    yield connected
    connected.hold.set()
    connected.mode.stop(5)


# -- what comes through --------------------------------------------------------------------------------------------


def test_a_command_is_answered_in_its_acknowledgement(connected: Connected) -> None:
    """The person reads what the listener said, as over HTTP."""
    connected.answers = {"text": "Three are waiting."}
    response = connected.command()
    assert response.ok and response.body == {"text": "Three are waiting."}
    assert connected.heard[0]["text"] == "status"


def test_a_plain_acknowledgement_says_nothing(connected: Connected) -> None:
    """What the listener did not say is not said."""
    response = connected.command()
    assert response.ok and response.body == ""


def test_a_form_is_answered_in_its_acknowledgement(connected: Connected) -> None:
    """Errors under the questions come back, so that the form stays open."""
    response = connected.slack.interact(
        {
            "type": "view_submission",
            "user": {"id": "U0ANA"},
            "team": {"id": "T0BRIGHT"},
            "view": {"type": "modal", "callback_id": "form", "state": {"values": {}}},
        }
    )
    assert response.body == {"response_action": "errors", "errors": {"amount": "Say how much."}}


def test_an_event_comes_once_where_it_is_acknowledged(connected: Connected) -> None:
    """Nothing is sent again."""
    connected.slack.say("U0ANA", CHANNEL, "hello")
    wait(lambda: not connected.slack.undelivered)
    assert len(connected.heard) == len(connected.slack.deliveries) == 1


def test_an_echo_of_our_own_post_settles_it(connected: Connected, store: redis.Redis) -> None:
    """As over HTTP: it reaches no listener."""
    metadata = {"event_type": "cosell_post", "event_payload": {"key": "prp_1:result"}}
    event = {"type": "message", "ts": "17.3", "channel": "C1", "bot_id": "B0", "app_id": "A0COSELL"}
    body = {"type": "event_callback", "event_id": "Ev2", "api_app_id": "A0COSELL"}
    connected.slack.deliver(body | {"event": event | {"metadata": metadata}})
    wait(lambda: not connected.slack.undelivered)
    assert store.hget("cosell:post:prp_1:result", "ts") == b"17.3"
    assert not connected.heard


# -- what is not acknowledged --------------------------------------------------------------------------------------


def test_what_could_not_be_recorded_comes_again(connected: Connected) -> None:
    """An event is not acknowledged while it cannot be taken, and Slack sends it until it can."""
    connected.away = True
    connected.slack.deadline = 0.2
    connected.slack.say("U0ANA", CHANNEL, "hello")
    wait(lambda: len(connected.slack.deliveries) == 1)
    assert connected.slack.deliveries[0].response.error == "operation_timeout"
    connected.away = False
    wait(lambda: not connected.slack.undelivered)
    assert len(connected.heard) == 1
    attempts = [envelope["retry_attempt"] for envelope in connected.slack.sockets.envelopes]
    assert attempts == list(range(len(attempts))) and len(attempts) > 1


def test_what_breaks_is_not_acknowledged(connected: Connected) -> None:
    """The person is told that it failed, and the next is answered."""
    connected.slack.deadline = 0.3
    assert connected.command("break").error == "operation_timeout"
    assert connected.command("status").ok


def test_a_listener_that_nobody_wrote_is_not_acknowledged(connected: Connected) -> None:
    """As over HTTP, where it is 404."""
    connected.slack.deadline = 0.2
    assert connected.slack.interact({"type": "block_actions", "actions": [{"action_id": "x"}]}).error


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"text"',
        "",
        "null",
        "[" * 100_000,
        '{"type": "events_api"}',
        '{"type": "events_api", "envelope_id": 1, "payload": {}}',
        '{"type": "events_api", "envelope_id": "e", "payload": "x"}',
        '{"type": "unheard_of"}',
        "x" * (LARGEST + 1),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_envelope_is_refused(connected: Connected, text: str) -> None:
    """It reaches no listener, and the connection goes on."""
    connected.slack.sockets.say(text)
    assert connected.command().ok
    assert [body.get("command") for body in connected.heard] == ["/cosell"]
    assert connected.slack.sockets.connected == 1


def test_an_envelope_too_large_is_refused(connected: Connected) -> None:
    """Whole and well-formed, but larger than anything that Slack sends."""
    connected.slack.deadline = 0.5
    connected.slack.deliver({"type": "event_callback", "event_id": "Ev1", "padding": "x" * LARGEST})
    wait(lambda: connected.slack.deliveries)
    assert connected.slack.deliveries[0].response.error == "operation_timeout"
    assert not connected.heard


def test_bytes_that_are_no_frame_end_the_connection_for_a_better_one(connected: Connected) -> None:
    """Where frames cannot be told apart any more, a new connection can."""
    (old,) = connected.slack.sockets._open
    old.socket.sendall(b"\x81\x81\x00\x00\x00\x00x")  # a server's frame is never masked
    wait(lambda: [socket for socket in connected.slack.sockets._open if socket is not old])
    assert connected.command().ok


def test_a_large_envelope_comes_through(connected: Connected) -> None:
    """In however many pieces it arrives."""
    text = "x" * (LARGEST - 2_000)
    assert connected.command(text).ok
    assert connected.heard[0]["text"] == text


def test_a_long_answer_goes_through(connected: Connected) -> None:
    """Whole, however little the system takes at once."""
    wire = connected.mode._wires[0]._connection.sock
    wire._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)  # type: ignore[union-attr]
    connected.answers = {"text": "x" * (LONGEST - 200)}
    assert connected.command().body["text"] == connected.answers["text"]


def test_an_answer_too_long_for_a_frame_is_an_acknowledgement(connected: Connected) -> None:
    """What was recorded is acknowledged, though the words cannot be sent."""
    connected.answers = {"text": "x" * (LONGEST + 1)}
    response = connected.command()
    assert response.ok and response.body == ""


def test_what_comes_faster_than_it_can_be_taken_is_left_to_slack(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not piled up without end: it is not acknowledged, and comes again."""
    monkeypatch.setattr(socket_mode, "BACKLOG", 1)
    connected.slack.deadline = 0.3
    thread, _ = connected.behind("slow")
    assert connected.command("another").error == "operation_timeout"
    connected.hold.set()
    thread.join()
    assert [body["text"] for body in connected.heard] == ["slow"]


# -- connections ---------------------------------------------------------------------------------------------------


def test_a_connection_that_drops_is_made_anew(connected: Connected) -> None:
    """Without anybody's doing, and what Slack could not deliver meanwhile comes again."""
    connected.slack.retry_delays, connected.slack.retry_scale = (0.2,) * 40, 1
    connected.slack.sockets.drop()
    wait(lambda: not connected.slack.sockets.connected)
    connected.slack.say("U0ANA", CHANNEL, "hello")
    wait(lambda: connected.heard)
    assert connected.mode.connected


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_connection_that_slack_closes_has_a_successor_first(connected: Connected, reason: str) -> None:
    """What is being answered is answered where it was asked, and what comes meanwhile by the new one."""
    connected.slack.deadline = 5
    thread, answers = connected.behind("slow")
    connected.slack.sockets.disconnect(reason)
    wait(lambda: connected.slack.sockets.connected)
    assert connected.command("status").ok
    connected.hold.set()
    thread.join()
    assert answers[0].ok
    connected.slack.sockets.close_left()
    wait(lambda: len(connected.mode._wires) == 1)
    assert connected.command("status").ok


def test_a_connection_that_slack_forgets_to_close_is_closed(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time beside the new one: an app may have ten, and one that nobody closes counts."""
    monkeypatch.setattr(socket_mode, "OVERLAP", 0.1)
    monkeypatch.setattr(socket_mode, "LOOK", 0.05)
    connected.slack.sockets.disconnect()
    wait(lambda: len(connected.slack.sockets._open) == 2)
    wait(lambda: len(connected.slack.sockets._open) == 1)
    assert connected.command().ok


def test_a_connection_that_is_not_greeted_is_not_relied_on(
    store: redis.Redis, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up for another."""
    monkeypatch.setattr(socket_mode, "GREETING", 0.2)
    slack.sockets.greet = False
    connected = Connected(store, slack)
    connected.mode.start()
    assert not connected.mode.connected
    slack.sockets.greet = True
    wait(lambda: connected.mode.connected)
    assert connected.command().ok
    connected.mode.stop(5)


def test_while_slack_is_away_it_is_tried_again(store: redis.Redis, slack: Slack) -> None:
    """The start does not wait for it."""
    fault = slack.fault("apps.connections.open", times=-1, status=503)
    connected = Connected(store, slack)
    connected.mode.start()
    assert not connected.mode.connected
    wait(lambda: len(slack.calls("apps.connections.open")) > 1)
    fault.times = 0
    wait(lambda: connected.mode.connected)
    connected.mode.stop(5)


def test_the_longer_slack_is_away_the_longer_is_the_pause() -> None:
    """Up to half a minute, and never the same for two."""
    for failures in range(1, 2_000):
        longest = min(30.0, 2.0 ** (min(failures, 20) - 1))
        assert longest / 2 <= socket_mode._pause(failures) <= longest


@pytest.mark.parametrize("token", ["xapp-another", "xoxb-sandbox-bot-token"])
def test_a_token_that_slack_does_not_take_ends_the_start(
    store: redis.Redis, slack: Slack, token: str
) -> None:
    """With a sentence that says where the right one is."""
    with pytest.raises(Refused, match=r"SLACK_APP_TOKEN.*App-Level Tokens"):
        Connected(store, slack).another(token).start()


def test_several_share_the_work(connected: Connected) -> None:
    """Each payload goes to one of them."""
    others = [connected.another() for _ in range(2)]
    for other in others:
        other.start()
    assert connected.slack.sockets.connected == 3
    for n in range(9):
        assert connected.command(f"status {n}").ok
    assert sorted(body["text"] for body in connected.heard) == [f"status {n}" for n in range(9)]
    for other in others:
        other.stop(5)


def test_the_eleventh_is_sent_away_and_waits(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack allows ten; one too many disturbs none of them."""
    others = [connected.another() for _ in range(10)]
    for other in others[:9]:
        other.start()
    monkeypatch.setattr(socket_mode, "GREETING", 0.2)
    others[9].start()
    assert not others[9].connected and connected.slack.sockets.connected == 10
    others[0].stop(5)
    wait(lambda: others[9].connected, timeout=20)
    for other in others[1:]:
        other.stop(5)


# -- the end -------------------------------------------------------------------------------------------------------


def test_what_has_begun_is_finished_before_the_end(connected: Connected) -> None:
    """Whoever asked has an answer, and then the connection is closed properly."""
    connected.slack.deadline = 5
    thread, answers = connected.behind("slow")
    mode = connected.another()
    stopping = threading.Thread(target=connected.mode.stop, args=(5,))
    stopping.start()
    assert connected.slack.sockets.connected == 1
    connected.hold.set()
    stopping.join()
    thread.join()
    assert answers[0].ok
    wait(lambda: not connected.slack.sockets.connected)
    connected.mode = mode
    mode.start()


def test_the_end_does_not_wait_for_ever(connected: Connected) -> None:
    """What is not finished in time is left unacknowledged."""
    connected.slack.deadline = 5
    thread, answers = connected.behind("slow")
    connected.mode.stop(0.1)
    thread.join()
    assert answers[0].error == "connection_failed"
    connected.mode = connected.another()
    connected.mode.start()
