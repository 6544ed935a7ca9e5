"""Text for Slack's mrkdwn: what a person or a record says appears as it is, and nothing in it pings or formats.

Slack documents an escape for ``& < >`` only ("Formatting message text"). Its other marks have none, so where one of
them would format, its look-alike stands in its place. What is written to other systems is never touched.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_ALIKE = str.maketrans({"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"})
_MARKS = re.compile(r"[*_~`]+")
_EMOJI = re.compile(r":(?=(?!\d+:)[\w+'-]+:|100:|1234:)")
_QUOTE = re.compile(r"^([ ]*)>", re.MULTILINE)
_BREAK = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn the order of what follows
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, lone surrogates
_LEFTWARD = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)  # blocks that are written from right to left
_ISOLATE, _RELEASE = "\u2068", "\u2069"

_WHOLE = re.compile(r"&(?:amp|lt|gt);|<(?:[@#!]|https?:)[^<>\n]*>|.", re.DOTALL)
_JOIN = re.compile(r"^(Join: )(https://[\w./?=&;:%-]+)$")
_JOINER = "\u200d"


def size(text: str) -> int:
    """The length as Slack may count it: in UTF-16 units, so that an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape(text: str) -> str:
    """The text so that mrkdwn shows it literally: no mention, link, emoji or formatting, one text direction inside."""
    text = _MARKS.sub(_unformatted, _clean(text))
    text = _QUOTE.sub("\\1\u02c3", _EMOJI.sub("\u2236", text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(map(_isolated, text.split("\n")))


def clip(text: str, limit: int) -> str:
    """The text in at most ``limit`` UTF-16 units, ending in "…" if it was cut.

    An escape, a mention, a link and a letter with its combining marks stay whole or go.
    """
    if size(text) <= limit:
        return text
    room = limit - 2  # the ellipsis, and the end of an isolate
    kept: list[str] = []
    for piece in _pieces(text):
        room -= size(piece)
        if room < 0:
            break
        kept.append(piece)
    short = "".join(kept).rstrip() + "…"
    return short + _RELEASE if short.count(_ISOLATE) > short.count(_RELEASE) else short


def one_line(text: str, limit: int) -> str:
    """The text escaped, on one line, clipped; empty when there is nothing to see."""
    return clip(escape(_flat(text, limit)), limit)


def plain(text: str, limit: int) -> str:
    """The text for a ``plain_text`` object, where nothing formats: on one line, clipped."""
    return clip(_flat(text, limit), limit)


def paragraph(text: str, limit: int) -> str:
    """The text escaped with its line breaks, without empty lines, clipped."""
    lines = (" ".join(line.split()) for line in _clean(text).split("\n"))
    return clip(escape("\n".join(line for line in lines if line)[: limit + 1]), limit)


def report(text: str, limit: int) -> str:
    """A detail of a receipt as a paragraph; a meeting's "Join: https://…", and nothing else, leads somewhere."""
    said = clip(escape(_flat(text, limit)), limit)
    return _JOIN.sub(r"\1<\2>", said)


def code(text: str) -> str:
    """The text in a fixed-width font, where only ``& < >`` and the back-tick mean anything."""
    inside = plain(text, 500).replace("`", "\u02cb")
    return "`" + inside.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "`"


def is_user(text: str) -> bool:
    """Whether this is a Slack user's id and nothing else."""
    return re.fullmatch(r"[UW][A-Z0-9]{1,30}", text) is not None


def mention(user: str) -> str:
    """A Slack user by id; anything that is not an id appears literally."""
    return f"<@{user}>" if is_user(user) else one_line(user, 80) or "somebody"


def link(url: str | None, label: str, limit: int = 150) -> str:
    """A label that leads to a web address; the label alone when there is no such address."""
    shown = one_line(label, limit)
    if url is None or not re.fullmatch(r"https?://[^\s<>|]{1,1000}", url):
        return shown
    return f"<{url.replace('&', '&amp;')}|{shown or 'open'}>"


def when(at: datetime) -> str:
    """A moment, shown to each reader in their own time zone."""
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def lasting(span: timedelta) -> str:
    """How long something lasted, in its largest unit: "3 hours", "1 day"."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = int(span.total_seconds() // seconds)
        if number > 0:
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return "less than a minute"


def sentence(text: str) -> str:
    """The sentence with a full stop, unless it ends in a mark of its own."""
    return text if not text or text.endswith((".", "!", "?", "…", _RELEASE)) else text + "."


_KEPT = re.compile(r"<@[UW][A-Z0-9]+>|<#C[A-Z0-9]+>|<!date\^\d+\^[^<>]*>|<https?://[^\s<>|]+(?:\|[^<>]*)?>")
_STRAY = re.compile(r"&(?!(?:amp|lt|gt);)|<|>")
_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def defused(mrkdwn: str) -> str:
    """Our own mrkdwn in which only people, channels, dates and links are live: nothing that calls a whole room."""
    done, parts = 0, []
    for live in _KEPT.finditer(mrkdwn):
        parts += [_STRAY.sub(lambda m: _ENTITY[m.group()], mrkdwn[done : live.start()]), live.group()]
        done = live.end()
    parts.append(_STRAY.sub(lambda m: _ENTITY[m.group()], mrkdwn[done:]))
    return "".join(parts)


def _flat(text: str, limit: int) -> str:
    """The text on one line, no longer than it takes to see that it must be clipped."""
    return " ".join(_clean(text).split())[: limit + 1]


def _clean(text: str) -> str:
    return _UNSEEN.sub("\ufffd", _STEERING.sub("", _BREAK.sub("\n", text).replace("\t", " ")))


def _unformatted(marks: re.Match[str]) -> str:
    run, text = marks.group(), marks.string
    before, after = text[marks.start() - 1 : marks.start()], text[marks.end() : marks.end() + 1]
    inside_word = all(c.isascii() and c.isalnum() for c in (before or " ", after or " "))
    return run if inside_word and len(set(run)) == 1 and run[0] != "`" else run.translate(_ALIKE)


def _isolated(line: str) -> str:
    return f"{_ISOLATE}{line}{_RELEASE}" if _LEFTWARD.search(line) else line


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for found in _WHOLE.finditer(text):
        unit = found.group()
        if piece and _belongs(piece, unit):
            piece += unit
            continue
        if piece:
            yield piece
        piece = unit
    if piece:
        yield piece


def _belongs(piece: str, unit: str) -> bool:
    if len(unit) > 1:
        return False
    if unit == _JOINER or piece.endswith(_JOINER) or unicodedata.category(unit) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= unit <= "\U0001f3ff" or "\U000e0020" <= unit <= "\U000e007f":
        return True
    flag = "\U0001f1e6" <= unit <= "\U0001f1ff"
    return flag and len(piece) == 1 and "\U0001f1e6" <= piece <= "\U0001f1ff"
