"""What one person sees of the workspace, as rows: key → value, ready to be sent."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import emoji
import yaml

from sandbox.page import files
from sandbox.slack import Slack

OFFERED = ("white_check_mark", "eyes", "raised_hands")
"""The reactions that a message offers."""
MANIFEST = Path(__file__).parent.parent.parent / "manifest.yml"
Rows = dict[str, str]
"""By key, as JSON: what did not change is the same text."""


def rows(slack: Slack, viewer: str) -> Rows:
    """Everything this person's screen is drawn from.

    ``me``, ``people``, ``app``; ``channel:C…`` and ``message:C…:ts`` of the channels the person is in;
    ``whisper:C…:ts`` for what only they see; ``views``, their open modals, the topmost last; ``home``, the Home tab;
    ``emoji``, the signs of the short names in all of that.
    """
    with slack.lock:
        user = slack.users[viewer]
        inside = not user.get("outsider")
        if inside:
            slack.dm(viewer)
        found: dict[str, Any] = {
            "me": _person(slack, user),
            "people": {id: _person(slack, one) for id, one in slack.users.items()},
            "app": _app(slack) if inside else None,
            "views": slack.modals.stacks.get(viewer, []),
            "home": slack.modals.homes.get(viewer) if inside else None,
        }
        for channel in slack.channels.values():
            if viewer not in channel.members:
                continue
            about = {
                name: getattr(channel, name)
                for name in ("id", "name", "kind", "members", "shared", "archived")
            }
            found[f"channel:{channel.id}"] = about
            for ts, message in channel.messages.items():
                found[f"message:{channel.id}:{ts}"] = files.shown(slack, message)
        for message in slack.whispers.get(viewer, []):
            found[f"whisper:{message['channel']}:{message['ts']}"] = message
        rows = {key: json.dumps(value, ensure_ascii=False) for key, value in found.items()}
    return rows | {"emoji": json.dumps(_emoji(" ".join(rows.values())), ensure_ascii=False)}


def _emoji(text: str) -> dict[str, str]:
    """The emoji whose short names stand in a text, and those that the page offers as reactions."""
    known = _shortcodes()
    named = {*re.findall(r":([\w+'-]+):", text), *re.findall(r'"name": "([\w+-]+)"', text), *OFFERED}
    return {name: known[name] for name in sorted(named) if name in known}


@cache
def _shortcodes() -> dict[str, str]:
    """Every emoji by the names that Slack knows it by."""
    names: dict[str, str] = {}
    for sign, about in emoji.EMOJI_DATA.items():
        for name in [about["en"], *about.get("alias", [])]:
            names.setdefault(name.strip(":"), sign)
    return names


def personas(slack: Slack) -> list[dict[str, Any]]:
    """The people somebody can be: everybody who could log in."""
    people = (user for user in slack.users.values() if not user.get("bot") and not user.get("deleted"))
    return [_person(slack, user) for user in people]


def _person(slack: Slack, user: Mapping[str, Any]) -> dict[str, Any]:
    outsider = bool(user.get("outsider"))
    return {
        "id": user["id"],
        "name": user["name"],
        "real_name": user["real_name"],
        "title": user.get("title", ""),
        "company": slack.partner_team_name if outsider else slack.team_name,
        "outsider": outsider,
        **{name: bool(user.get(name)) for name in ("guest", "bot", "deleted")},
    }


def _app(slack: Slack) -> dict[str, Any]:
    """What the app's manifest gives a person to use, and the ids it is known by."""
    features = _features()
    shortcuts = [one for one in features.get("shortcuts", []) if one["type"] == "message"]
    home = features.get("app_home", {})
    return {
        "user": slack.bot_user,
        "name": features["bot_user"]["display_name"],
        "commands": features.get("slash_commands", []),
        "shortcuts": shortcuts,
        "home": bool(home.get("home_tab_enabled")),
        "messages": bool(home.get("messages_tab_enabled")),
    }


@cache
def _features() -> dict[str, Any]:
    features: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())["features"]
    return features
