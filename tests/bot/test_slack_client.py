"""Slack behind a breaker, as a worker reaches it: held back means not sent, so nothing is taken for perhaps posted."""

from collections.abc import Iterator

import pytest
import redis
from slack_sdk.errors import SlackApiError

from bot import app, breakers, cards
from bot.breakers import State, states
from bot.deal import System
from bot.errors import Unavailable
from bot.settings import load
from bot.tallies import Tallies, read
from bot.threads import Threads
from sandbox.world import World

CHANNEL = "C0NORTHWIND"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, redis_port: int, store: redis.Redis) -> Iterator[World]:
    """The stand-ins, and an environment that points at them."""
    with World(redis=False) as world:
        world.redis_port = redis_port
        for name, value in world.settings().items():
            monkeypatch.setenv(name, value)
        yield world


def test_a_slack_that_is_silent_is_left_alone_and_asked_again(
    world: World, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five answers that did not come: nothing goes out, what is to be said may be tried again; then one finds out."""
    monkeypatch.setattr(breakers, "OPEN_FOR", 0.2)
    client = app.slack(load(), 5, store)
    world.slack.fault("auth.test", times=-1, status=503)
    for _ in range(breakers.MISSES):
        with pytest.raises(SlackApiError):
            client.auth_test()
    assert states(store)[System.SLACK] is not State.CLOSED
    world.slack.faults.clear()
    asked = len(world.slack.requests)
    with pytest.raises(Unavailable, match="cannot be reached"):
        Threads(client, store).post(CHANNEL, None, cards.words("hello"), "once")
    assert len(world.slack.requests) == asked

    def said() -> bool:
        try:
            return bool(Threads(client, store).post(CHANNEL, None, cards.words("hello"), "once"))
        except Unavailable:
            return False

    while not said():
        pass
    assert [m["text"] for m in world.slack.messages(CHANNEL)] == ["hello"]
    assert states(store)[System.SLACK] is State.CLOSED


def test_what_slack_refuses_is_an_answer(world: World, store: redis.Redis) -> None:
    """However often it refuses, it is there; each request is counted by what became of it."""
    tallies = Tallies(store)
    client = app.slack(load(), 5, store, tallies)
    for _ in range(2 * breakers.MISSES):
        with pytest.raises(SlackApiError, match="channel_not_found"):
            client.conversations_info(channel="C0NOWHERE")
    client.auth_test()
    tallies.stop()
    assert states(store)[System.SLACK] is State.CLOSED
    counted = {labels: n for (name, labels), n in read(store).counts.items() if name == "vendor_call"}
    assert sorted(counted.values()) == [1, 2 * breakers.MISSES]
