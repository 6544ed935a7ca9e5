"""The documents and the manifest say what the code does, and nothing more."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.main import get_command

from bot.__main__ import cli
from bot.config import load
from bot.handlers.commands import OWN
from bot.settings import Settings
from sandbox import seed

ROOT = Path(__file__).parent.parent
HANDLERS = "\n".join(path.read_text() for path in (ROOT / "bot" / "handlers").glob("*.py"))
SPEAKING = "\n".join(
    (ROOT / "bot" / name).read_text()
    for name in ("threads.py", "slack_files.py", "workspace.py", "app/door.py")
)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """The app's manifest."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return loaded


def test_the_manifest_is_one_that_slack_takes(manifest: dict[str, Any]) -> None:
    """It holds against Slack's published schema."""
    jsonschema.validate(manifest, json.loads((ROOT / "tests/data/slack-manifest.schema.json").read_text()))


def test_every_event_has_its_listener_and_the_other_way_round(manifest: dict[str, Any]) -> None:
    """What the manifest subscribes to is what the handlers listen to."""
    heard = set(re.findall(r'app\.event\("([a-z_]+)"\)', HANDLERS))
    asked = {event.split(".")[0] for event in manifest["settings"]["event_subscriptions"]["bot_events"]}
    assert asked == heard


def test_every_command_and_shortcut_has_its_listener(manifest: dict[str, Any]) -> None:
    """Commands and shortcuts of the manifest are those that are attached."""
    features = manifest["features"]
    assert {c["command"] for c in features["slash_commands"]} == set(
        re.findall(r'app\.command\("(.+?)"\)', HANDLERS)
    )
    assert {s["callback_id"] for s in features["shortcuts"]} == set(
        re.findall(r'app\.shortcut\("(.+?)"\)', HANDLERS)
    )


NEEDS = {
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "chat_getPermalink": set(),
    "views_open": set(),
    "views_publish": set(),
    "auth_test": set(),
}
"""Slack, Web API: the bot scopes of each method we call."""
EVENTS = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "channel_shared": {"channels:read", "groups:read"},
    "channel_unshared": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "member_joined_channel": {"channels:read", "groups:read"},
}


def test_the_scopes_are_those_that_are_used_and_no_more(manifest: dict[str, Any]) -> None:
    """Each scope has a call or an event that needs it; each call and event has its scope."""
    called = set(
        re.findall(
            r"client\.((?:chat|conversations|usergroups|users|views|auth|files|reactions)_\w+)", SPEAKING
        )
    )
    assert called == set(NEEDS)
    needed = {"commands"}
    for method in called:
        needed |= NEEDS[method]
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        needed |= EVENTS[event]
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_the_stand_in_grants_what_the_manifest_asks_for(manifest: dict[str, Any]) -> None:
    """So that whoever looks at the scopes sees what they would see in a workspace."""
    assert set(seed.load()["slack"]["scopes"]) == set(manifest["oauth_config"]["scopes"]["bot"])


def test_every_setting_is_documented() -> None:
    """docs/settings.md has a row for each setting, with its default, and none for others."""
    page = (ROOT / "docs/settings.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", page, re.M))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert rows[name.upper()] == f"`{field.default}`"


def test_every_command_is_documented() -> None:
    """docs/settings.md names every command of the command line."""
    page = (ROOT / "docs/settings.md").read_text()
    group = get_command(cli)
    names = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        names |= {f"{name} {sub}" for sub in getattr(command, "commands", {})} or {name}
    assert set(re.findall(r"^\| `cosell ([a-z ]+)` \|", page, re.M)) == names


def test_every_verb_is_in_the_manifests_hint(manifest: dict[str, Any]) -> None:
    """Slack's own hint shows every verb that asks for something."""
    hint = manifest["features"]["slash_commands"][0]["usage_hint"]
    assert all(verb in hint for verb in set(OWN) - {"status"})


def test_the_defaults_load() -> None:
    """The configuration that everybody starts from is sound."""
    assert load(None).facts["p2b_score"].write


def test_links_in_the_documents_lead_somewhere() -> None:
    """Every relative link in a document names a file that exists."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
