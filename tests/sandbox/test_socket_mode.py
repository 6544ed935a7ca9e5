"""The stand-in's end of Socket Mode, as Slack documents it: by hand, and through Slack's own client."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sandbox import seed
from sandbox.slack import Response, Slack
from sandbox.slack.socket_mode import MOST

DEAL = "C0NORTHWIND"


@pytest.fixture
def slack() -> Iterator[Slack]:
    """Slack; nobody listens over HTTP."""
    with Slack(seed.load()) as slack:
        slack.bot_url, slack.retry_scale, slack.deadline = "http://127.0.0.1:9/", 0.001, 0.3
        yield slack


@pytest.fixture
def client(slack: Slack) -> WebClient:
    """Slack's own client."""
    return WebClient(base_url=f"{slack.url}/api/", retry_handlers=[], timeout=5)


@contextmanager
def opened(slack: Slack, client: WebClient) -> Iterator[ClientConnection]:
    """A connection, greeted."""
    with connect(client.apps_connections_open(app_token=slack.app_token)["url"]) as connection:
        assert heard(connection)["type"] == "hello"
        yield connection


def heard(connection: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(connection.recv(timeout=5))
    return message


def commanded(slack: Slack) -> tuple[threading.Thread, list[Response]]:
    """A command, from a thread; its answer comes into the list."""
    answers: list[Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(slack.command("U0ANA", DEAL, "/cosell", "status"))
    )
    thread.start()
    return thread, answers


@pytest.mark.parametrize(
    ("token", "error"), [("xapp-another", "invalid_auth"), ("xoxb-sandbox-token", "not_allowed_token_type")]
)
def test_only_the_apps_own_token_opens_a_connection(client: WebClient, token: str, error: str) -> None:
    """With Slack's word for what is wrong."""
    with pytest.raises(SlackApiError) as refused:
        client.apps_connections_open(app_token=token)
    assert refused.value.response["error"] == error


def test_an_address_is_for_one_connection(slack: Slack, client: WebClient) -> None:
    """Used again it leads nowhere."""
    url = client.apps_connections_open(app_token=slack.app_token)["url"]
    with connect(url) as first, connect(url) as second:
        assert heard(first)["num_connections"] == 1
        with pytest.raises(ConnectionClosed):
            second.recv(timeout=5)


def test_payloads_come_in_envelopes_and_nothing_over_http(slack: Slack, client: WebClient) -> None:
    """A command accepts an answer in its acknowledgement, an event says which attempt it is."""
    with opened(slack, client) as connection:
        thread, answers = commanded(slack)
        envelope = heard(connection)
        assert envelope["type"] == "slash_commands" and envelope["accepts_response_payload"] is True
        assert envelope["payload"]["text"] == "status"
        connection.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {"text": "ok"}}))
        thread.join()
        assert (answers[0].status, answers[0].body) == (200, {"text": "ok"})
        slack.say("U0ANA", DEAL, "hello")
        event = heard(connection)
        assert event["type"] == "events_api" and event["accepts_response_payload"] is False
        assert (event["retry_attempt"], event["payload"]["type"]) == (0, "event_callback")
        connection.send(json.dumps({"envelope_id": event["envelope_id"]}))
        slack.wait_for(lambda s: s.undelivered == 0)
    assert [delivery.response.status for delivery in slack.deliveries] == [200]


def test_without_a_socket_it_is_http_again(slack: Slack, client: WebClient) -> None:
    """Where nobody listens in this test."""
    with opened(slack, client):
        assert slack.sockets.connected == 1
    slack.wait_for(lambda s: not s.sockets.connected)
    assert slack.command("U0ANA", DEAL, "/cosell", "status").error == "connection_failed"


def test_an_event_that_is_not_acknowledged_comes_again_on_another_connection(
    slack: Slack, client: WebClient
) -> None:
    """With the number of the attempt and the reason."""
    with opened(slack, client) as first, opened(slack, client) as second:
        slack.say("U0ANA", DEAL, "hello")
        once = heard(first)
        again = heard(second)
        assert once["payload"] == again["payload"]
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "http_timeout")
        first.send(json.dumps({"envelope_id": again["envelope_id"]}))  # not where it was asked
        third = heard(first)
        assert third["retry_attempt"] == 2
        first.send(json.dumps({"envelope_id": third["envelope_id"]}))
        slack.wait_for(lambda s: s.undelivered == 0)


def test_what_a_person_did_is_not_sent_again(slack: Slack, client: WebClient) -> None:
    """They are told that it failed."""
    with opened(slack, client) as connection:
        thread, answers = commanded(slack)
        heard(connection)
        thread.join()
        assert answers[0].error == "operation_timeout"
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.2)


def test_an_acknowledgement_can_be_lost(slack: Slack, client: WebClient) -> None:
    """One is, and the next is not."""
    slack.sockets.lose_acks = 1
    with opened(slack, client) as connection:
        for error in ("operation_timeout", None):
            thread, answers = commanded(slack)
            connection.send(json.dumps({"envelope_id": heard(connection)["envelope_id"]}))
            thread.join()
            assert answers[0].error == error


def test_a_connection_that_is_sent_away_gets_nothing_more(slack: Slack, client: WebClient) -> None:
    """It may still acknowledge what it has."""
    slack.deadline = 5
    with opened(slack, client) as connection:
        thread, answers = commanded(slack)
        envelope = heard(connection)
        slack.sockets.disconnect("warning")
        assert heard(connection)["reason"] == "warning"
        assert not slack.sockets.connected
        connection.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
        thread.join()
        assert answers[0].ok
        slack.sockets.close_left()
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=5)


def test_a_connection_that_drops_leaves_its_envelopes_unanswered(slack: Slack, client: WebClient) -> None:
    """At once, and not when the time is up."""
    slack.deadline = 30
    with opened(slack, client) as connection:
        thread, answers = commanded(slack)
        heard(connection)
        slack.sockets.drop()
        thread.join(5)
        assert answers[0].error == "connection_failed"


def test_an_app_has_ten_connections(slack: Slack, client: WebClient) -> None:
    """The eleventh is sent away."""
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(opened(slack, client))
        url = client.apps_connections_open(app_token=slack.app_token)["url"]
        assert heard(stack.enter_context(connect(url)))["reason"] == "too_many_websockets"


@pytest.mark.slow
def test_slacks_own_client_gets_on_with_it(slack: Slack, client: WebClient) -> None:
    """It connects, hears and acknowledges, and follows when it is sent away."""
    mode = SocketModeClient(app_token=slack.app_token, web_client=client, ping_interval=0.2)

    def hear(mode: BaseSocketModeClient, request: SocketModeRequest) -> None:
        mode.send_socket_mode_response(SocketModeResponse(request.envelope_id, {"text": request.type}))

    mode.socket_mode_request_listeners.append(hear)
    mode.connect()
    slack.deadline = 5
    slack.wait_for(lambda s: s.sockets.connected)
    assert slack.command("U0ANA", DEAL, "/cosell", "status").body == {"text": "slash_commands"}
    slack.sockets.disconnect()
    slack.wait_for(lambda s: s.sockets.connected)
    assert slack.command("U0ANA", DEAL, "/cosell", "status").body == {"text": "slash_commands"}
    mode.close()
