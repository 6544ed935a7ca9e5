"""A deal's story through a socket that the bot opens, with real processes: the promises of HTTP, kept without it."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
import redis

from bot.proposal import Proposal, Status
from sandbox.server import free_port
from sandbox.world import World
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

pytestmark = pytest.mark.slow


@pytest.fixture
def own() -> Iterator[Bot]:
    """The bot in processes of its own, connected through a socket; nothing listens over HTTP."""
    with World() as world:
        for part in ("socket", "worker", "clock"):
            world.start(part)
        bot = Bot(world, redis.Redis(port=world.redis_port))
        world.wait_ready(40)
        bot.link()
        yield bot


def score(own: Bot, number: int = 82) -> Proposal:
    """A score, ready to be approved."""
    own.say(f"P2B came back at {number}")
    return own.shown("update_opportunity")


def written_once(own: Bot, card: Proposal) -> None:
    """It is done, verified and told, and all that once."""
    assert own.ended(card, 40).status is Status.DONE
    assert len(own.world.salesforce.calls("PATCH")) == 1
    assert own.world.salesforce.record(NORTHWIND)["P2B_Score__c"] == 82
    assert len(own.results(card)) == 1
    assert own.events(card).count("proposal.approved") == 1
    assert own.ledger.verify().flaw is None


def looked(own: Bot, path: str) -> int:
    """What the operator's port answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{own.world.ops_port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_from_a_sentence_to_a_verified_write(own: Bot) -> None:
    """Said, proposed, approved, written, read back, told: every payload through the socket, none over HTTP."""
    card = score(own)
    assert own.approve(card).ok
    written_once(own, card)
    sent = {envelope["type"] for envelope in own.slack.sockets.envelopes}
    assert sent == {"events_api", "interactive", "slash_commands"}
    assert looked(own, "/healthz") == 200


def test_a_form_is_answered_through_the_socket(own: Bot) -> None:
    """Errors stay under their questions, and a form that is right closes."""
    card = score(own)
    own.press(card, "edit")
    (view,) = own.slack.open_views("U0ANA")
    own.slack.submit("U0ANA", view["id"], {"p2b_score": "820"})
    (still,) = own.slack.open_views("U0ANA")
    assert still.get("errors")
    assert own.slack.submit("U0ANA", still["id"], {"p2b_score": "82"}).ok
    assert not own.slack.open_views("U0ANA")
    own.wait(lambda: own.now(card).version == 2)


def test_an_acknowledgement_that_is_lost_doubles_nothing(own: Bot) -> None:
    """Slack sends the message again, the person presses again: one card, one decision, one write."""
    own.slack.retry_scale, own.slack.deadline = 0.001, 1
    own.slack.sockets.lose_acks = 1
    card = score(own)
    own.wait(lambda: not own.slack.undelivered)
    own.slack.sockets.lose_acks = 1
    assert own.approve(card).error == "operation_timeout"
    own.press_as_shown(card, "approve")
    written_once(own, card)
    assert len(own.proposals("update_opportunity")) == 1


def test_killed_between_the_record_and_the_acknowledgement(own: Bot) -> None:
    """The decision is recorded and Slack never hears so: it is carried out once, and a second press changes nothing."""
    own.slack.retry_delays, own.slack.retry_scale, own.slack.deadline = (0.2,) * 100, 1, 2
    own.slack.sockets.lose_acks = 1_000
    card = score(own)
    own.world.kill("socket")
    own.slack.sockets.lose_acks = 0
    own.world.start("socket", "second")
    own.world.wait_ready(40)
    own.wait(lambda: not own.slack.undelivered)
    own.slack.sockets.lose_acks = 1_000
    own.slack.deadline = 0.05
    assert own.approve(card).error
    own.wait(lambda: "proposal.approved" in own.events(card))
    own.world.kill("second")
    own.slack.sockets.lose_acks, own.slack.deadline = 0, 3
    own.world.start("socket", "third")
    own.world.wait_ready(40)
    own.press_as_shown(card, "approve")
    written_once(own, card)
    assert len(own.proposals("update_opportunity")) == 1


def test_nothing_is_acknowledged_while_the_store_is_away(own: Bot) -> None:
    """The press fails visibly, the message comes again, and both are done once when the store is back."""
    card = score(own)
    own.slack.deadline = 2
    own.world.stop_redis()
    assert own.press_as_shown(card, "approve").error == "operation_timeout"
    own.whispered("U0ANA", "try again")
    assert own.command("status").ok
    own.slack.retry_scale = 0.1
    own.say("set next step to 'Send the order form'")
    own.wait(lambda: any(d.response.error == "operation_timeout" for d in own.slack.deliveries))
    own.world.start_redis()
    assert own.now(card).status is Status.OPEN
    assert own.press_as_shown(card, "approve").ok
    written_once(own, card)
    own.wait(lambda: any("next_step" in p.payload["values"] for p in own.proposals("update_opportunity")), 60)


def test_slack_sends_the_connection_away_in_the_middle_of_the_story(own: Bot) -> None:
    """It has a successor before it is closed, and nothing is lost."""
    card = score(own)
    own.slack.sockets.disconnect("refresh_requested")
    own.wait(lambda: own.slack.sockets.connected)
    own.slack.sockets.close_left()
    assert own.approve(card).ok
    written_once(own, card)


def test_two_take_turns_and_one_goes(own: Bot) -> None:
    """A socket process that is told to stop finishes and closes; the other has the rest, and the pages tell it."""
    own.world.start("socket", "second", PORT=str(free_port()), OPS_PORT=str(free_port()))
    own.world.wait_ready(40)
    own.wait(lambda: own.slack.sockets.connected == 2)
    assert own.world.stop("socket") == 0
    assert "socket.stopped" in own.world.log("socket")
    assert own.slack.sockets.connected == 1
    card = score(own)
    assert own.approve(card).ok
    written_once(own, card)


def test_the_operator_sees_a_socket_that_slack_does_not_hear(own: Bot) -> None:
    """Alive, and not ready; ready again once it is connected."""
    assert (looked(own, "/healthz"), looked(own, "/readyz")) == (200, 200)
    fault = own.slack.fault("apps.connections.open", times=-1, status=503)
    own.slack.sockets.drop()
    own.wait(lambda: looked(own, "/readyz") == 503)
    assert looked(own, "/healthz") == 200
    fault.times = 0
    own.wait(lambda: looked(own, "/readyz") == 200, 30)


@pytest.mark.parametrize(("token", "why"), [("", "is not set"), ("xapp-another", "invalid_auth")])
def test_without_a_token_that_slack_takes_it_does_not_start(token: str, why: str) -> None:
    """One sentence says what is wrong and where the right one is; no traceback."""
    with World() as world:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "socket"],
            env={**os.environ, **world.settings(), "SLACK_APP_TOKEN": token},
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    words = " ".join(ended.stderr.split())
    assert ended.returncode == 2
    assert why in words and "App-Level Tokens" in words and "Traceback" not in words
    assert "xapp-another" not in words


def test_told_to_stop_while_slack_is_away(own: Bot) -> None:
    """It does not hang on."""
    own.slack.fault("apps.connections.open", times=-1, status=503)
    own.slack.sockets.drop()
    own.wait(lambda: "socket.away" in own.world.log("socket"))
    process = own.world.processes["socket"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert CHANNEL
