"""A ``.env`` file: read as pydantic-settings reads it, and changed without losing what else is in it."""

import io
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from bot.setting_up.whole import write_whole

OWNERS_ONLY = 0o600
_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./~_-]+")
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}
_LEAD = re.compile(r"\s*(?:export[^\S\r\n]+)?")
_END = re.compile(r"(?:\r\n|\n|\r)?\Z")
_AFTER = re.compile(
    r"""[^=]*=[^\S\r\n]*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?:(?!\s\#)[^\r\n])*)(?P<comment>[^\S\r\n]*\#[^\r\n]*)?""",
    re.DOTALL,
)
"""Name and value of a line, in the three ways to write one, and the comment that may follow."""


class EnvFile:
    """One file, which need not be there. ``OSError`` or ``UnicodeDecodeError`` when it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.there = path.exists()
        self._text = path.read_bytes().decode() if self.there else ""

    @property
    def values(self) -> Mapping[str, str]:
        """What is set, by name in capitals; what is empty is not set (pydantic-settings, ``env_ignore_empty``)."""
        found = dotenv_values(stream=io.StringIO(self._text, newline=None))
        return {name.upper(): value for name, value in found.items() if value}

    def changed(self, changes: Mapping[str, str], notes: Mapping[str, str]) -> str:
        """The text with these settings; new ones are put at the end, below their note."""
        bindings = list(parse_stream(io.StringIO(self._text, newline="")))
        # Of a name that is there twice the last one counts.
        last = {
            binding.key.upper(): n for n, binding in enumerate(bindings) if binding.key and not binding.error
        }
        lines = [binding.original.string for binding in bindings]
        for name, value in changes.items():
            if name in last:
                lines[last[name]] = _replaced(bindings[last[name]], value)
        text = "".join(lines)
        for name, value in changes.items():
            if name not in last:
                text += "" if not text or text.endswith(("\n", "\r")) else "\n"
                text += "\n" if text and notes.get(name) else ""
                text += f"{_note(notes.get(name))}{name}={quoted(value)}\n"
        return text

    def write(self, changes: Mapping[str, str], notes: Mapping[str, str]) -> None:
        """Change the file in one step; nobody but its owner can read it then."""
        write_whole(self.path, self.changed(changes, notes), OWNERS_ONLY)


def quoted(value: str) -> str:
    """A value as python-dotenv reads it back, whatever is in it; ``ValueError`` for what no file can hold."""
    if "\0" in value:
        raise ValueError("it holds a NUL character")
    if _PLAIN.fullmatch(value):
        return value
    kept = value.replace("${", "${:-$}{")  # else it is taken for the name of another setting
    if any(mark in kept for mark in _ESCAPES if mark not in '\\"\n'):
        return '"' + "".join(_ESCAPES.get(mark, mark) for mark in kept) + '"'
    return "'" + kept.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _replaced(binding: Binding, value: str) -> str:
    """The line with another value: its ``export``, its comment and its end stay."""
    was = binding.original.string
    lead, end = _LEAD.match(was), _END.search(was)
    after = _AFTER.match(was, lead.end() if lead else 0)
    comment = (after["comment"] or "").strip() if after else ""
    tail = f"  {comment}" if comment else ""
    return f"{lead[0] if lead else ''}{binding.key}={quoted(value)}{tail}{end[0] if end else ''}"


def _note(words: str | None) -> str:
    return f"# {' '.join(words.split())}\n" if words else ""
