"""Where a Slack payload keeps who did what, and where."""

import re
from typing import Any

from bot.lifecycle.decide import Press

Body = dict[str, Any]

_PROPOSAL = re.compile(r"prp_[a-z0-9]{1,64}")


def user_of(body: Body) -> str:
    """Slack id of whoever did it."""
    return str((body.get("user") or {}).get("id") or body.get("user_id") or body["event"]["user"])


def team_of(body: Body) -> str:
    """The workspace that person belongs to, which need not be the one they did it in; empty where it is not said."""
    event = body.get("event")
    if event is not None:
        installed = "" if body.get("is_ext_shared_channel") else body.get("team_id")
        return str(event.get("user_team") or event.get("team") or installed or "")
    if body.get("command"):
        return str(body.get("team_id") or "")
    return str((body.get("user") or {}).get("team_id") or "")


def channel_of(body: Body) -> str:
    """The channel it happened in."""
    event = body.get("event") or {}
    channel = body.get("channel") or {}
    return str(channel.get("id") or body.get("channel_id") or event.get("channel") or _private(body)[2])


def thread_of(body: Body) -> str | None:
    """The thread it happened in, if it was one."""
    return (body.get("container") or {}).get("thread_ts") or (body.get("event") or {}).get("thread_ts")


def press_of(body: Body) -> Press:
    """A press on a card, or the submission of a form that a press opened."""
    proposal, version = _shown(body)
    channel = message = ""
    if body.get("actions"):
        container = body.get("container") or {}
        channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
        message = str(container.get("message_ts") or "")
    return Press(
        proposal=proposal,
        version=int(version) if version.isdecimal() else 0,
        user=user_of(body),
        team=team_of(body),
        channel=channel,
        message=message,
    )


def proposal_of(body: Body) -> str | None:
    """The proposal whose card or form this comes from; None where it comes from something else."""
    proposal, _ = _shown(body)
    return proposal if _PROPOSAL.fullmatch(proposal) else None


def _shown(body: Body) -> tuple[str, str]:
    """What stands behind a button or in a form: a proposal and its version, or what else it is about."""
    if body.get("actions"):
        proposal, _, version = str(body["actions"][0].get("value", "")).partition("|")
        return proposal, version
    proposal, version, _ = _private(body)
    return proposal, version


def _private(body: Body) -> tuple[str, str, str]:
    parts = str((body.get("view") or {}).get("private_metadata", "")).split("|")
    proposal, version, channel, *_ = [*parts, "", "", ""]
    return proposal, version, channel
