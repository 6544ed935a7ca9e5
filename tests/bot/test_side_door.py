"""The operator's port: what is answered there and nowhere else, and what is counted of all other requests."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.reception import Answer, kind_of
from bot.tallies import Tallies, read
from bot.threads import Threads
from bot.web import Door, SideDoor
from sandbox.world import World
from tests.bot.test_web import COMMAND, MENTION, SECRET, Knocking


class Pages:
    """The operator's pages, which say which was asked for."""

    def answer(self, environ: dict[str, Any]) -> Answer:
        """The path."""
        return 200, {}, environ["PATH_INFO"].encode()


def asked(app: Any, path: str, port: str = "3001") -> tuple[int, bytes]:
    """What a WSGI application answers."""
    told: list[str] = []
    body = app(
        {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_PORT": port, "HTTP_HOST": "inside:3001"},
        lambda status, headers: told.append(status),
    )
    return int(told[0].split()[0]), b"".join(body)


@pytest.fixture
def door(store: redis.Redis) -> Door:
    """A door with a side door."""
    identity = AuthorizeResult(
        enterprise_id=None, team_id="T0BRIGHT", bot_user_id="U0COSELL", bot_id="B0", bot_token="xoxb-x"
    )
    app = App(authorize=lambda **_: identity, request_verification_enabled=False)
    return Door(app, SECRET, Threads(WebClient(token="xoxb-x"), store), ops=Pages(), ops_port=3001)


def test_the_operators_pages_are_on_the_operators_port_alone(door: Door) -> None:
    """Whatever the caller says in the Host header; outside there is only the sign that the process is alive."""
    assert asked(door, "/metrics") == (200, b"/metrics")
    assert asked(door, "/readyz") == (200, b"/readyz")
    assert asked(door, "/metrics", port="3000")[0] == 404
    assert asked(door, "/readyz", port="3000")[0] == 404
    assert asked(door, "/healthz", port="3000") == (200, b"ok\n")


def test_slack_is_not_heard_on_the_operators_port(store: redis.Redis) -> None:
    """What is signed is taken at one door."""
    knocking = Knocking(store)
    knocking.door._ops_port = "3001"
    assert knocking.knock(COMMAND, SERVER_PORT="3001")[0] == 404
    assert not knocking.heard


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_a_process_that_cannot_hear_slack_is_not_ready(ready: bool, status: int) -> None:
    """It is alive all the same."""
    side = SideDoor(Pages(), lambda: ready)
    assert asked(side, "/readyz")[0] == status
    assert asked(side, "/healthz")[0] == 200


def test_each_request_is_counted_by_kind_and_outcome(store: redis.Redis) -> None:
    """With how long it took; who watches over us is not counted."""
    knocking, tallies = Knocking(store), Tallies(store)
    knocking.door._reception._tallies = tallies
    knocking.knock(COMMAND)
    knocking.knock(MENTION, form=False)
    knocking.knock(COMMAND, secret="another")
    knocking.knock(b"", path="/nowhere")
    knocking.knock(b"", path="/healthz", REQUEST_METHOD="GET")
    tallies.stop()
    counted = read(store)
    assert {labels: number for (_, labels), number in counted.counts.items()} == {
        ("commands", "2xx"): 1,
        ("events", "2xx"): 1,
        ("other", "4xx"): 2,
    }
    assert all(sum(timing.counts) == counted.counts[series] for series, timing in counted.timings.items())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"command": "/cosell", "type": "event_callback"}, "commands"),
        ({"type": "event_callback"}, "events"),
        ({"type": "block_actions"}, "interactive"),
        ({"type": "view_submission"}, "interactive"),
        ({"type": "url_verification"}, "other"),
        ({}, "other"),
        ({"type": ["unhashable"]}, "interactive"),
    ],
)
def test_kinds_are_few(body: dict[str, Any], kind: str) -> None:
    """Whatever is sent."""
    assert kind_of(body) == kind


@pytest.fixture
def served() -> Iterator[World]:
    """The web process."""
    with World() as world:
        world.start("serve")
        world.wait_ready(40)
        yield world


@pytest.mark.slow
def test_the_web_listens_on_both_ports(served: World) -> None:
    """For real: the process tells them apart by where a request arrives."""

    def status(port: int, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert [status(port, "/healthz") for port in (served.port, served.ops_port)] == [200, 200]
    assert status(served.port, "/readyz") == status(served.port, "/metrics") == 404
    assert status(served.ops_port, "/readyz") == 200
    assert status(served.ops_port, "/slack/events") == 404
