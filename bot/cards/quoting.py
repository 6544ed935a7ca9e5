"""What somebody wrote in Slack, quoted without calling anybody a second time."""

import html
import re
from collections.abc import Iterable

from bot.cards.text import one_line
from bot.proposal import Approver

_MARKUP = re.compile(r"<([^<>]*)>")


def quoted(words: str, people: Iterable[Approver], limit: int) -> str:
    """A message's text on one line: names instead of live mentions, labels instead of links, nothing live in it."""
    names = {person.slack: person.name for person in people}
    called = re.sub(r"^\s*<@[UW][A-Z0-9]+(?:\|[^<>]*)?>[\s,:]*", "", words)
    return one_line(html.unescape(_MARKUP.sub(lambda m: _said(m.group(1), names), called)), limit)


def _said(inside: str, names: dict[str, str]) -> str:
    target, _, label = inside.partition("|")
    match target[:1]:
        case "@":
            return "@" + (label or names.get(target[1:]) or "someone")
        case "#":
            return "#" + (label or "a channel")
        case "!":
            return label or "@" + target[1:].partition("^")[0]
    return label or target
