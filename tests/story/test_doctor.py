"""``cosell doctor`` as a whole: what it asks, what it prints, how it ends."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import redis
import typer
from typer.testing import CliRunner, Result

from bot.doctor import NAMES
from bot.doctor_commands import doctor
from sandbox.world import World
from tests.story.conftest import Bot

READS = {
    "slack": {"auth.test", "conversations.info", "users.info"},
    "salesforce": {"token", "query", "Opportunity.describe", "Account.describe", "User.describe"},
    "google-calendar": {"token", "freebusy.query"},
    "AWS Partner Central": {
        "AssumeRole",
        "GetAwsOpportunitySummary",
        "GetEngagementInvitation",
        "GetOpportunity",
        "ListEngagementFromOpportunityTasks",
        "ListEngagementInvitations",
        "ListOpportunities",
        "ListSolutions",
    },
}
"""By the vendors' own names, all that a look may ask; each of them changes nothing."""

cli = typer.Typer()
cli.command()(doctor)


def run(*words: str, width: int = 80) -> Result:
    """The command."""
    return CliRunner().invoke(cli, [*words], env={"COLUMNS": str(width)})


def told(*words: str) -> dict[str, Any]:
    """What it says in JSON."""
    result = run("--json", *words)
    assert result.exit_code in (0, 1), result.output
    # A bot that works in this process logs there as well.
    found: dict[str, Any] = json.loads(result.stdout[result.stdout.index("{\n") :])
    return found


def test_it_writes_nothing_anywhere(world: World, store: redis.Redis) -> None:
    """Every request to every system is a read by its name; the store is as it was, byte by byte."""
    store.set("cosell:something", "of the bot's")
    before = store.dump("cosell:something")
    told()
    for stand_in in world.stand_ins:
        asked = {call.operation for call in stand_in.requests if call.operation}
        assert asked and asked <= READS[stand_in.name], stand_in.name
    plain = [call for call in world.salesforce.requests if not call.operation]
    assert {(call.method, call.path) for call in plain} == {("GET", "/services/data/")}
    assert {call.method for call in world.identity.requests} <= {"GET"}
    assert store.keys() == [b"cosell:something"] and store.dump("cosell:something") == before


def test_a_bot_at_work_is_looked_at_without_being_disturbed(bot: Bot) -> None:
    """Its ledger is verified, its linked channel found, and it has no entry more afterwards."""
    before = bot.ledger.verify()
    sections = {one["name"]: one["checks"] for one in told()["sections"]}
    said = {check["name"]: check["said"] for checks in sections.values() for check in checks}
    assert re.match(r"The newest \d+ of \d+ entries of the ledger are", said["redis.ledger"])
    assert "channels that were linked lately" in said["slack.linked"]
    assert bot.ledger.verify() == before


def test_json_has_the_same_shape_whatever_is_found(world: World) -> None:
    """The sections in their order, the same keys in each line; twice the same in the same world."""
    first, second = told(), told()
    assert [section["name"] for section in first["sections"]] == list(NAMES)
    assert list(first) == ["state", "counts", "sections"] and list(first["counts"]) == ["ok", "warn", "fail"]
    for section in first["sections"]:
        assert list(section) == ["name", "title", "checks", "rows"]
        for check in section["checks"]:
            assert list(check) == ["name", "state", "said", "do", "more"]
            assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", check["name"]) and check["said"]
            assert (check["do"] is not None) or check["state"] == "ok"
    names = [(c["name"], c["state"]) for s in first["sections"] for c in s["checks"]]
    assert names == [(c["name"], c["state"]) for s in second["sections"] for c in s["checks"]]
    assert first["state"] == "warn" and sum(first["counts"].values()) == len(names)


def test_it_ends_with_what_it_found(world: World) -> None:
    """Warnings alone end with 0, a failure with 1; a broken system hides none of the others."""
    assert run().exit_code == 0
    world.salesforce.stop()
    world.partner_central.fault("", status=500, times=-1)
    world.slack.fault("", refuse=True, times=-1)
    result = run("--json")
    assert result.exit_code == 1
    sections = {one["name"]: one["checks"] for one in json.loads(result.stdout)["sections"]}
    assert [c["name"] for c in sections["salesforce"]] == ["salesforce.sign_in"]
    assert [c["name"] for c in sections["slack"]] == ["slack.token"]
    assert any(c["name"] == "aws.reads" and c["state"] == "fail" for c in sections["aws"])
    assert all(c["state"] == "ok" for name in ("redis", "calendar", "sign-in") for c in sections[name])


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(world: World, width: int) -> None:
    """Long sentences go on below themselves; what is to be copied is whole."""
    world.salesforce.remove_field("Opportunity", "P2B_Score__c")
    result = run(width=width)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    marked = [line for line in lines if re.match(r"  (ok|warn|FAIL)\b", line)]
    assert len(marked) > 25
    assert not [line for line in lines if len(line.rstrip()) > width and not line.startswith(" " * 9)]
    assert "Account.BillingPostalCode" in result.stdout
    assert re.search(r"\d+ fine, \d+ warnings?, 1 failure\.", result.stdout)


def test_settings_that_cannot_be_read_end_with_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem is told, as at any start."""
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.setenv("SALESFORCE_PRIVATE_KEY_FILE", "/nowhere")
    result = run()
    assert result.exit_code == 2
    assert "SLACK_BOT_TOKEN is not set" in result.stderr and "/nowhere" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "everything"), "none of settings, redis, slack"),
        (("--only", "redis", "--metadata", "x"), "belongs to the section salesforce"),
    ],
)
def test_what_cannot_be_asked_is_told(world: World, words: tuple[str, ...], said: str) -> None:
    """Exit 2, in words."""
    result = run(*words, width=200)
    assert result.exit_code == 2 and said in result.stderr


def test_one_section_alone_asks_no_other_system(world: World, tmp_path: Path) -> None:
    """And with --metadata it writes into that folder alone."""
    world.salesforce.remove_field("Opportunity", "P2B_Score__c")
    found = told("--only", "salesforce", "--metadata", str(tmp_path))
    assert [one["name"] for one in found["sections"]] == ["salesforce"]
    assert not world.slack.requests and not world.calendar.requests and not world.partner_central.requests
    assert list(tmp_path.rglob("P2B_Score__c.field-meta.xml"))


@pytest.mark.slow
def test_no_secret_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when all is well nor when nothing is."""
    secrets = [
        world.settings()[name]
        for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SIGN_IN_CLIENT_SECRET")
    ]
    shown = run().output
    monkeypatch.setenv("REDIS_URL", "redis://user:very-secret@127.0.0.1:1/0")
    for stand_in in world.stand_ins:
        stand_in.fault("", status=500, times=-1)
    shown += run("--json").output
    assert not [secret for secret in [*secrets, "very-secret"] if secret in shown]


@pytest.mark.slow
def test_the_sandbox_can_be_looked_at_without_any_setting() -> None:
    """With stand-ins of its own: nothing fails."""
    kept = dict(os.environ)
    try:
        result = run("--sandbox", "--json")
    finally:
        os.environ.clear()
        os.environ.update(kept)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"]["fail"] == 0
