"""One press is one trace, from the web process to the result, and every line on the way names the proposal."""

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from bot import tracing
from bot.proposal import Proposal, Status
from sandbox.seed import load
from sandbox.server import free_port
from sandbox.world import World
from tests.bot.otlp_receiver import Received, Receiver, receiver
from tests.story.conftest import Bot, referral
from tests.story.test_secrets import Planted, environment_of, plant_what_was_handed_out

PARTS = ("serve", "worker", "clock")
ON_THE_WAY = {
    "ledger proposal.approved",
    "process carry_out",
    "read again",
    "read deal",
    "ledger proposal.claimed",
    "write",
    "step",
    "may it be written",
    "ledger proposal.step",
    "read back",
    "ledger proposal.ended",
    "tell",
    "slack.request",
    "ledger proposal.told",
}
"""The spans between a press and the result, whatever is written."""


def said_of_customers() -> set[str]:
    """What the stand-ins know of customers, deals and people that is more than an id."""
    names = ("name", "real_name", "email", "account", "company", "website", "phone", "street", "city")
    found = {"Northwind", "northwind", "Costa", "costa", "rightlane"}

    def look(value: Any, of: str = "") -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                look(inner, name.lower())
        elif isinstance(value, list):
            for inner in value:
                look(inner, of)
        elif isinstance(value, str) and len(value) > 5 and (of in names or "@" in value or " " in value):
            found.add(value)

    look(load())
    return found


def lines(world: World, part: str) -> list[dict[str, Any]]:
    """The log of a process, each of whose lines is an object."""
    return [json.loads(line) for line in world.log(part).splitlines()]


def press_on(collector: Receiver, proposal: Proposal, action: str) -> Received:
    """The span of the one press on this card."""
    (press,) = [
        span
        for span in collector.named(f"block_actions cosell.{action}")
        if span.attributes.get("cosell.proposal") == proposal.id
    ]
    return press


@pytest.fixture
def collector() -> Iterator[Receiver]:
    """A receiver."""
    with receiver() as listening:
        yield listening


@pytest.mark.slow
def test_one_press_is_one_trace_and_every_line_names_the_proposal(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Salesforce's write and AWS's, through web and worker; and no secret, name or value is in what is sent."""
    planted = Planted()
    for name in [n for n in os.environ if n.startswith(("AWS_", "SLACK_", "SALESFORCE_", "ACE_", "OTEL_"))]:
        monkeypatch.delenv(name)
    with World() as world:
        environment = {
            **environment_of(world, planted),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-api-key={planted.plant('key of the exporter', 'k' * 24)}",
        }
        for part in PARTS:
            world.start(part, **environment)
        world.wait_ready()
        bot = Bot(world, redis.Redis.from_url(environment["REDIS_URL"]))
        bot.link()
        bot.say("P2B came back at 82")
        score = bot.shown("update_opportunity")
        bot.approve(score)
        assert bot.ended(score).status is Status.DONE
        aws = referral(bot)
        bot.approve(aws)
        assert bot.ended(aws, 40).status is Status.DONE
        plant_what_was_handed_out(world, planted)
        world.stop_all()
        (following,) = [one for one in bot.proposals() if one.follows == aws.id]
        _is_one_trace(collector, score, "salesforce")
        _is_one_trace(collector, aws, "partner_central", following.id)
        logs = {part: lines(world, part) for part in PARTS}
    _lines_name_them(logs, {score.id, aws.id, following.id})
    (heard,) = [span for span in collector.spans if span.name == "ledger proposal.opened"][:1]
    assert heard.attributes["cosell.proposal"] in (score.id, aws.id)
    sent = "".join(body.decode("latin-1") for body in collector.bodies)
    assert score.id in sent
    assert planted.found(sent) == set()
    assert [one for one in said_of_customers() if one.encode().decode("latin-1") in sent] == []


def _is_one_trace(collector: Receiver, proposal: Proposal, system: str, *following: str) -> None:
    press = press_on(collector, proposal, "approve")
    spans = [span for span in collector.spans if span.trace == press.trace]
    assert {span.id for span in spans} == {press.id, *(span.id for span in collector.under(press))}
    assert {span.attributes.get("cosell.proposal") for span in spans} == {proposal.id, *following}
    spans = [span for span in spans if span.attributes["cosell.proposal"] == proposal.id]
    assert ON_THE_WAY - {span.name for span in spans} == set()
    assert f"{system}.request" in {span.name for span in spans}
    assert {span.resource["service.name"] for span in spans} == {"cosell-web", "cosell-worker"}
    assert [span.name for span in spans if span.failed] == []
    (job,) = [span for span in spans if span.name == "process carry_out"]
    assert (job.parent, job.attributes["cosell.kind"]) == (press.id, proposal.kind)
    assert all(span in collector.under(job) for span in spans if span.name in ("write", "read back", "tell"))


def _lines_name_them(logs: dict[str, list[dict[str, Any]]], ids: set[str]) -> None:
    for said in logs.values():
        for line in said:
            assert {"event", "level", "timestamp"} <= line.keys()
            assert set(re.findall(r"prp_[a-z0-9]+", json.dumps(line))) <= {line.get("proposal")}
    done = [line for line in logs["worker"] if line.get("job") == "carry_out"]
    assert {line.get("proposal") for line in done} == ids
    assert {"proposal.ended", "job.done"} <= {line["event"] for line in done}
    assert all(line["trace_id"] for line in done)
    approved = [line for line in logs["serve"] if line["event"] == "proposal.approved"]
    traces = {line["proposal"]: line["trace_id"] for line in done}
    assert len(approved) == 2
    assert all(traces[line["proposal"]] == line["trace_id"] for line in approved)


@pytest.mark.slow
def test_while_the_receiver_is_down_everything_is_written_and_told(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who approves notices that nobody records it."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    tracing.configure("worker")
    try:
        bot.say("P2B came back at 82")
        score = bot.shown("update_opportunity")
        bot.approve(score)
        assert bot.ended(score).status is Status.DONE
        assert len(bot.results(score)) == 1
    finally:
        tracing.stop()
