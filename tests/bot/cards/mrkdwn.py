"""Slack's mrkdwn as HTML, to see in tests what a text would turn into."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime

_TOKEN = re.compile(
    r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<live>[^<>]+)>|:(?P<emoji>[\w+-]+):", re.DOTALL
)
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?! )([^*\n]*[^*\n ])\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?! )([^\n]*?[^\n ])_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?! )([^~\n]*[^~\n ])~(?![\w~])"), r"<s>\1</s>"),
    (re.compile(r"^&gt; ?(.*)$", re.MULTILINE), r"<blockquote>\1</blockquote>"),
)


def mrkdwn(text: str, names: Mapping[str, str] | None = None) -> str:
    """Slack's mrkdwn as HTML, with mentions by name and dates in UTC."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(_token(found, names or {}))
        return f"\ue000{len(held) - 1}\ue001"

    known = html.escape(html.unescape(_TOKEN.sub(hold, text)), quote=False)
    for style, replacement in _STYLES:
        known = style.sub(replacement, known)
    known = re.sub("\ue000(\\d+)\ue001", lambda m: held[int(m.group(1))], known)
    return known.replace("\n", "<br>").replace("  ", "&nbsp; ")


def _token(found: re.Match[str], names: Mapping[str, str]) -> str:
    if found["pre"] is not None:
        return f"<pre>{_literal(found['pre'])}</pre>"
    if found["code"] is not None:
        return f"<code>{_literal(found['code'])}</code>"
    if found["emoji"] is not None:
        return f'<span class="emoji">{found[0]}</span>'
    target, _, label = found["live"].partition("|")
    if target.startswith("@"):
        return f'<span class="mention">@{_literal(names.get(target[1:], label or target[1:]))}</span>'
    if target.startswith("!date^"):
        return f"<span>{_literal(_date(target))}</span>"
    if target.startswith(("!", "#")):
        return f'<span class="mention">{_literal(label or "@" + target[1:])}</span>'
    return f'<a href="{html.escape(html.unescape(target))}">{_literal(label or target)}</a>'


def _literal(text: str) -> str:
    return html.escape(html.unescape(text), quote=False)


def _date(token: str) -> str:
    _, seconds, pattern, *_ = [*token.split("^"), "", ""]
    at = datetime.fromtimestamp(int(seconds), UTC)
    return pattern.replace("{date_short_pretty}", f"{at:%b} {at.day}").replace(
        "{time}", f"{at:%I:%M %p}".lstrip("0")
    )
