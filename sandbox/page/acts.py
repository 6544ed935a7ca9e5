"""What a person can do on the page, by name. ``ValueError`` says why Slack's own screen would not let them."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack import Response, Slack

_TROUBLE = {
    "operation_timeout": "{app} did not answer in time. It may still have arrived; look before you repeat it.",
    "connection_failed": "{app} could not be reached. Nothing was done; try again in a moment.",
    "http_error": "{app} could not take this just now. Try again in a moment.",
}


def _say(slack: Slack, user: str, *, channel: str, text: str, thread_ts: str | None = None) -> None:
    if not text.strip():
        raise ValueError("There is nothing to send.")
    if len(text) > 12_000:  # the composer of Slack takes 12,000 characters
        raise ValueError("Slack does not take messages of more than 12,000 characters.")
    slack.say(user, channel, text, thread_ts)


def _command(slack: Slack, user: str, *, channel: str, text: str) -> None:
    command, _, words = text.partition(" ")
    slack.command(user, channel, command, words.strip())  # what goes wrong is whispered by Slack itself


def _press(slack: Slack, user: str, *, channel: str, ts: str, action: str, value: Any = None) -> Response:
    return slack.press(user, channel, ts, action, value)


def _press_in_view(slack: Slack, user: str, *, view: str, action: str, value: Any = None) -> Response:
    return slack.press_in_view(user, view, action, value)


def _submit(slack: Slack, user: str, *, view: str, values: dict[str, Any]) -> Response:
    return slack.submit(user, view, values)


def _close(slack: Slack, user: str, *, view: str) -> Response | None:
    return slack.close_view(user, view)


def _shortcut(slack: Slack, user: str, *, channel: str, ts: str, callback: str) -> Response:
    return slack.shortcut(user, channel, ts, callback)


def _react(slack: Slack, user: str, *, channel: str, ts: str, name: str) -> None:
    slack.react(user, channel, ts, name)


def _edit(slack: Slack, user: str, *, channel: str, ts: str, text: str) -> None:
    slack.edit(user, channel, ts, text)


def _home(slack: Slack, user: str) -> None:
    slack.open_home(user)


def _share(slack: Slack, user: str, *, channel: str, shared: bool) -> None:
    if shared:
        slack.share(channel)
    else:
        slack.unshare(channel)


def _join(slack: Slack, user: str, *, channel: str, who: str) -> None:
    slack.join(who, channel)


ACTS: Mapping[str, Callable[..., Response | None]] = {
    "say": _say,
    "command": _command,
    "press": _press,
    "press_in_view": _press_in_view,
    "submit": _submit,
    "close": _close,
    "shortcut": _shortcut,
    "react": _react,
    "edit": _edit,
    "home": _home,
    "share": _share,
    "join": _join,
}


def trouble(slack: Slack, response: Response | None) -> str | None:
    """What the person is told when the bot did not take it, in a sentence; None when it did."""
    if response is None or response.ok:
        return None
    app = str(slack.users[slack.bot_user]["real_name"])
    words = _TROUBLE.get(
        response.error or "", "{app} answered with something that Slack does not understand."
    )
    return words.format(app=app)
