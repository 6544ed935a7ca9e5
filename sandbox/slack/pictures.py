"""Pictures that blocks name as files of Slack: which of them Slack shows."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.checks import problem
from sandbox.slack.errors import Object
from sandbox.slack.world import World

SHOWN = {"image/png", "image/jpeg", "image/gif"}
"""Slack, "Slack file object": png, jpg, jpeg and gif."""


def picture_problems(world: World, value: Any, pointer: str) -> Iterator[str]:
    """Every ``slack_file`` in blocks, however deep, that is no picture which the bot may show."""
    if isinstance(value, list):
        for index, inside in enumerate(value):
            yield from picture_problems(world, inside, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, inside in value.items():
            if name == "slack_file" and not _shows(world, inside):
                yield problem("invalid slack file", f"{pointer}/slack_file")
            elif name != "slack_file":
                yield from picture_problems(world, inside, f"{pointer}/{name}")


def _shows(world: World, named: Object) -> bool:
    addresses = ("id",) if "id" in named else ("url_private", "permalink")
    wanted = named.get("id", named.get("url"))
    file = next((one for one in world.files if any(one.get(a) == wanted for a in addresses)), None)
    if file is None or file["mode"] == "tombstone":
        return False
    return world.has(file) and world.looked_at(file) and file["mimetype"] in SHOWN
