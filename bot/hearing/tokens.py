"""A Slack message as sentences of tokens: markup read, quoted and struck text made opaque or removed.

Every expression here is one pass with bounded repetition, so the time is linear in the length of the text.
Source of the markup: Slack API, "Formatting text for app surfaces".
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Kind(StrEnum):
    """What a token is. ``QUOTE`` and ``LINK`` are opaque: nobody says those words now."""

    WORD = "word"
    NUMBER = "number"
    MENTION = "mention"
    CHANNEL = "channel"
    EMAIL = "email"
    QUOTE = "quote"
    LINK = "link"
    EMOJI = "emoji"
    MARK = "mark"
    BREAK = "break"


class Token(NamedTuple):
    """A piece of the text; ``low`` is what rules compare with, ``start`` and ``end`` are places in the text."""

    text: str
    low: str
    kind: Kind
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Whether it is written like a name."""
        return self.kind is Kind.WORD and self.text[0].isupper()


class Sentence(NamedTuple):
    """Tokens up to a full stop, question mark or line end. ``text`` is the whole cleaned message."""

    tokens: tuple[Token, ...]
    text: str
    asked: bool = False  # ended with a question mark
    heading: bool = False  # the line ended with a colon: what follows belongs to it
    listed: bool = False  # an item of a list

    def said(self, start: int, end: int) -> str:
        """The words from one token to another, as they were written."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""


_TOKEN = re.compile(
    r"""
    (?P<mention> <@[UWB]\w{1,40}(?:\|[^>\n]{0,120})?> | <!subteam\^\w{1,40}(?:\|[^>\n]{0,120})?> )
  | (?P<channel> <\#[CG]\w{1,40}(?:\|[^>\n]{0,120})?> )
  | (?P<email>   <mailto:[^<>|\s]{1,200}(?:\|[^<>\n]{0,200})?> | [\w.+]{1,64}@\w[\w-]{0,62}(?:\.[\w-]{1,63}){1,4} )
  | (?P<link>    <[^<>\s|]{1,2000}(?:\|[^<>\n]{0,300})?> | https?://\S{1,2000} )
  | (?P<quote>   "[^"\n]{1,400}" | `[^`\n]{1,400}` | (?<![\w'])'(?:[^'\n]|(?<=\w)'(?=\w)){1,400}'(?!\w) )
  | (?P<emoji>   :[a-z][a-z0-9_+-]{1,60}: | [\U0001F300-\U0001FAFF\u2600-\u27BF] )
  | (?P<number>  [$€£]?\d+(?:[.,:/-]\d+){0,8}(?:k|m|mm|mn|bn|am|pm|min|mins|h|hr|hrs|st|nd|rd|th)?%?(?!\w) )
  | (?P<word>    [^\W_]\w*(?:'\w+)? )
  | (?P<break>   \n )
  | (?P<glue>    (?<=\w)[/-](?=\w) | (?<=\w)\.(?=\w) )
  | (?P<mark>    \.{2,9} | [?!]{2,9} | [^\w\s] )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_KINDS = {kind.value: kind for kind in Kind}
_STRUCK = re.compile(r"(?<!\w)~(?=[^\s~])[^~\n]{1,500}(?<=\S)~(?!\w)")
_STYLED = re.compile(
    r"(?<![\w*])\*(?=\S)([^*\n]{1,500})(?<=\S)\*(?!\w)|(?<!\w)_(?=\S)([^_\n]{1,500})(?<=\S)_(?!\w)"
)
_DATE = re.compile(r"<!date\^[^|>\n]{1,200}\|([^>\n]{1,120})>")
_CALLOUT = re.compile(r"<!(?:here|channel|everyone)(?:\|[^>\n]{0,40})?>|(?<!\S)@(?:here|channel|everyone)\b")
_BULLET = re.compile(r"^\s*(?:[-*•◦‣]|\d{1,2}[.)])\s+")
_FORWARDED = re.compile(
    r"^\W{0,20}(?:fwd?\b|(?:begin )?forwarded\b|original message\b|from: )", re.IGNORECASE
)

_SPELLINGS = {
    "lets": "let's", "pls": "please", "plz": "please", "plse": "please", "im": "i'm", "ive": "i've", "dont": "don't",
    "wont": "won't", "u": "you", "referal": "referral", "refferal": "referral", "refferral": "referral",
    "submitt": "submit", "sumbit": "submit", "sumbmit": "submit", "regsiter": "register", "schedual": "schedule",
    "shedule": "schedule", "scheule": "schedule", "mtg": "meeting", "meting": "meeting", "tmrw": "tomorrow",
    "tmr": "tomorrow", "tomorow": "tomorrow", "tommorow": "tomorrow", "cosell": "co-sell", "oppty": "opp",
    "opty": "opp", "thx": "thanks", "&": "and", "gonna": "going-to", "gotta": "have-to", "neg": "negotiation",
}  # fmt: skip
"""Spellings that people use, and the one that the rules know."""

_ABBREVIATIONS = frozenset(["id", "mr", "ms", "mrs", "dr", "vs", "approx", "e", "g", "i", "st"])
_MONTHS = frozenset(["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"])


@lru_cache(maxsize=128)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences that the author says now; quoted lines, code blocks, struck and forwarded text are gone."""
    cleaned = _cleaned(text)
    found: list[Sentence] = []
    listed_lines = _listed_lines(cleaned)
    line, current = 0, list[Token]()

    def close(asked: bool = False, at_line_end: bool = False) -> None:
        if not current:
            return
        heading = at_line_end and current[-1].low == ":"
        found.append(Sentence(tuple(current), cleaned, asked, heading, line in listed_lines))
        current.clear()

    tokens = tokens_of(cleaned)
    for place, token in enumerate(tokens):
        if token.kind is Kind.BREAK:
            close(at_line_end=True)
            line += 1
        elif token.low == "•":
            continue
        elif token.kind is Kind.MARK and token.low[0] in ".?!…":
            following = tokens[place + 1] if place + 1 < len(tokens) else None
            if token.low == "." and current and _abbreviated(current[-1], following):
                continue
            if current:
                close(asked="?" in token.low)
            elif found and "?" in token.low:
                found[-1] = found[-1]._replace(asked=True)
        else:
            current.append(token)
    close(at_line_end=True)
    return tuple(found)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a piece of clean text; hyphens and slashes inside words only separate them."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "glue":
            continue
        raw = match.group()
        low = _SPELLINGS.get(raw.lower(), raw.lower())
        if kind == "email":
            low = raw.removeprefix("<mailto:").split("|")[0].rstrip(">").lower()
        elif kind in ("mention", "channel"):
            low = raw.strip("<>@#").split("|")[0].upper()
        elif kind == "quote":
            low = raw[1:-1].strip()
        token_kind = Kind.WORD if raw == "&" else _KINDS[kind]
        for part in low.split("-") if token_kind is Kind.WORD else (low,):
            found.append(Token(raw, part, token_kind, match.start(), match.end()))
    return found


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """A phrase as the rules compare it: lower case, hyphens and slashes as spaces."""
    return tuple(token.low for token in tokens_of(text) if token.kind in (Kind.WORD, Kind.NUMBER))


def _abbreviated(last: Token, following: Token | None) -> bool:
    if last.low in _ABBREVIATIONS:
        return following is not None
    return last.low in _MONTHS and following is not None and following.kind is Kind.NUMBER


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    text = " ".join(text.split("```")[::2])
    kept = []
    for written in text.split("\n"):
        bare = written.lstrip()
        if bare.startswith((">>>", "&gt;&gt;&gt;")) or _FORWARDED.match(bare[:40]):
            break
        kept.append("" if bare.startswith((">", "&gt;")) else _plain(written))
    return "\n".join(kept)


def _plain(line: str) -> str:
    line = (
        line.replace("-&gt;", "→")
        .replace("=&gt;", "→")
        .replace("->", "→")
        .replace("&lt;", "‹")
        .replace("&gt;", "›")
    )
    line = _CALLOUT.sub(" ", _DATE.sub(r"\1", line.replace("&amp;", "&")))
    line = _STRUCK.sub(" ", line)
    bullet = _BULLET.match(line)
    if bullet:
        line = "•" + line[bullet.end() :]
    return _STYLED.sub(lambda m: m.group(1) or m.group(2), line)


def _listed_lines(text: str) -> frozenset[int]:
    return frozenset(n for n, line in enumerate(text.split("\n")) if line.startswith("•"))
