"""Slack as the doctor looks at it, over HTTP against the stand-in."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
import yaml

from bot.doctor import State
from bot.doctor.manifest import MANIFEST, scopes
from bot.ledger import Ledger
from bot.ledger.values import Link
from tests.bot.doctor.conftest import Grants, Look

Configure = Callable[..., Path]
ROOT = Path(__file__).parents[3]


def test_the_scopes_are_those_of_the_manifest() -> None:
    """As YAML has them; and without the file, as when installed from a wheel, nobody knows them."""
    told = yaml.safe_load((ROOT / "manifest.yml").read_text())
    assert scopes() == frozenset(told["oauth_config"]["scopes"]["bot"])
    assert MANIFEST == ROOT / "manifest.yml"
    assert scopes(ROOT / "no.yml") is None and scopes(ROOT / "README.md") is None


def test_all_is_fine(look: Look) -> None:
    """Token, workspace, scopes, audit channel and people; the app-level token where there is one."""
    assert look("slack").bad == []


def test_a_token_that_is_not_accepted(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where to copy it; nothing else is asked with it."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    found = look("slack")
    assert "invalid_auth" in found.one("slack.token").said and "Install App" in str(found.checks[0].do)
    assert len(found.checks) == 1


def test_slack_that_does_not_answer(look: Look, world: Grants) -> None:
    """It is told as such, and nobody copies a token for it."""
    world.slack.fault("auth.test", status=503, times=-1)
    check = look("slack").one("slack.token")
    assert "does not answer" in check.said and "reach slack.com" in str(check.do)


def test_another_workspace(look: Look, configure: Configure) -> None:
    """The line to put into the configuration is given."""
    configure(**{'slack_team = "T0BRIGHT"': 'slack_team = "T0OTHER"'})
    found = look("slack")
    assert 'slack_team = "T0BRIGHT"' in str(found.one("slack.team").do)
    people = [check for check in found.bad if check.name == "slack.people"]
    assert len(people) == 4 and "outsider" in people[0].said


def test_a_scope_too_few_and_one_too_many(look: Look, world: Grants) -> None:
    """One that is missing fails, one that nobody needs is a warning; both are mended by the manifest."""
    wanted = scopes()
    assert wanted is not None
    world.slack.granted = wanted - {"files:read", "users:read"}
    check = look("slack").one("slack.scopes")
    assert "files:read and users:read" in check.said and "manifest.yml" in str(check.do)
    world.slack.granted = wanted | {"admin"}
    assert "admin" in look("slack").one("slack.scopes", State.WARN).said
    world.slack.granted = None
    assert "OAuth & Permissions" in str(look("slack").one("slack.scopes", State.WARN).do)


@pytest.mark.parametrize("token", ["xapp-wrong", "xoxb-sandbox-token"])
def test_an_app_level_token_that_is_none(look: Look, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """By its shape, or because Slack does not accept it; no socket is opened."""
    monkeypatch.setenv("SLACK_APP_TOKEN", token)
    assert "connections:write" in str(look("slack").one("slack.app_token").do)


def test_the_audit_channel(look: Look, world: Grants, configure: Configure) -> None:
    """The bot has to be in it, it has to be there, and nobody has archived it."""
    channel = world.slack.channels["C0AUDIT"]
    channel.members.remove(world.slack.bot_user)
    assert "/invite @cosell in #cosell-audit" in str(look("slack").one("slack.audit").do)
    channel.members.append(world.slack.bot_user)
    world.slack.archive("C0AUDIT")
    assert "is archived" in look("slack").one("slack.audit").said
    configure(**{'audit = "C0AUDIT"': 'audit = "C0NOWHERE"'})
    assert "C0NOWHERE, is not there, or is private" in look("slack").one("slack.audit").said


def test_channels_of_summaries_and_rules(look: Look, configure: Configure) -> None:
    """Every channel that the configuration names is looked at."""
    configure(
        '[triggers]\nchannel = "C0HELIOS"\n[[summary.teams]]\nchannel = "C0GENERAL"\nmanager = "U0DANA"\n'
    )
    found = look("slack")
    assert "#deal-helios-energy" in found.one("slack.triggers").said
    assert "#general" in found.one("slack.summary").said


def test_channels_that_were_linked_lately(
    look: Look, world: Grants, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot has to be in them still; when the store is away they are not known, and the rest is looked at."""
    for channel in ("C0NORTHWIND", "C0KESTREL"):
        Ledger(store).link(
            Link(
                channel=channel,
                opportunity="006",
                deal_name="x",
                deal_url="x",
                by="U0MEI",
                at=datetime.now(UTC),
            )
        )
    assert "the 2 channels" in look("slack").one("slack.linked", State.OK).said
    world.slack.channels["C0KESTREL"].members.remove(world.slack.bot_user)
    assert "#deal-kestrel" in look("slack").one("slack.linked").said
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    found = look("slack")
    assert found.one("slack.linked", State.WARN) and found.one("slack.people", State.OK)


def test_people(look: Look, world: Grants, configure: Configure) -> None:
    """Somebody who is not there, who has left, who is a bot; of the partner's people only a warning."""
    configure(**{'slack = "U0ANA"': 'slack = "U0NOBODY"', 'slack = "U0MEI"': 'slack = "U0COSELL"'})
    world.slack.users["U0BEN"]["deleted"] = True
    world.slack.users["U0PAT"]["deleted"] = True
    told = {check.said.split(" (")[0]: check for check in look("slack").bad}
    assert "Copy member ID" in str(told["Slack knows nobody with the id U0NOBODY, which is Ana Costa's."].do)
    assert told["Ben Okafor"].state is State.FAIL and "is deactivated" in told["Ben Okafor"].said
    assert "is a bot" in told["Mei Tanaka"].said
    assert told["Pat Lindqvist"].state is State.WARN and len(told) == 4
