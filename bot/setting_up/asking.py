"""One question after the other, each answer looked at before the next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from bot.setting_up.questions import GROUPS, Question, every
from bot.setting_up.shapes import refused

DOTS = "••••••••"


class Asker(Protocol):
    """Who asks a person. Each method may raise ``typer.Abort``: then the person has stopped."""

    def say(self, words: str) -> None:
        """Tell something."""

    def head(self, words: str) -> None:
        """Begin a part."""

    def about(self, what: str, where: str) -> None:
        """Tell what is asked for next, and where one finds it."""

    def ask(self, name: str, default: str = "", secret: bool = False) -> str:
        """An answer in one line; empty where the person just goes on and there is no default."""

    def confirm(self, words: str, default: bool) -> bool:
        """Yes or no."""


class Interview:
    """Asks for the settings that are missing. ``known`` is what the file has, ``outside`` the environment."""

    def __init__(self, asker: Asker, known: Mapping[str, str], outside: Mapping[str, str]) -> None:
        self._asker, self._known = asker, known
        self._outside = {name.upper() for name, value in outside.items() if value}
        self._changes: dict[str, str] = {}
        self._anew = False

    def changes(self) -> dict[str, str]:
        """What is to be written, by name; nothing that is set already, unless the person wanted it otherwise."""
        fine = [one.name for one in every() if one.name in self._known and self._problem(one) is None]
        if fine:
            self._asker.say(f"Set already: {', '.join(fine)}.")
            self._anew = self._asker.confirm("Change any of these?", False)
        for title, questions in GROUPS:
            wanted = [one for one in questions if self._asked(one) or one.needs]
            if wanted:
                self._asker.head(title)
            for one in wanted:
                if self._asked(one):
                    self._one(one)
        return self._changes

    def _asked(self, one: Question) -> bool:
        if one.name in self._outside:
            return False
        if one.needs and not (
            one.needs in self._changes or one.needs in self._known or one.needs in self._outside
        ):
            return False
        return self._anew or one.name not in self._known or self._problem(one) is not None

    def _problem(self, one: Question) -> str | None:
        known = self._known[one.name]
        return one.shape(known) or refused(one.name, known)

    def _one(self, one: Question) -> None:
        known = self._known.get(one.name, "")
        self._asker.about(one.about, one.where)
        if known and (problem := self._problem(one)):
            self._asker.say(f"It is set to {_shown(one, known)}, which cannot be used: {problem}.")
        elif known:
            self._asker.say(f"It is set to {_shown(one, known)}. Enter keeps it.")
        elif not one.required and not one.default:
            self._asker.say("Enter leaves it out.")
        while True:
            answer = self._asker.ask(one.name, "" if known else one.default, one.secret).strip()
            if not answer and (known or not one.required):
                return
            if not answer:
                self._asker.say("Nothing goes without it.")
                continue
            if one.path:
                answer = str(Path(answer).expanduser().absolute())
            problem = unkept(answer) or one.shape(answer) or refused(one.name, answer)
            if problem is None:
                break
            self._asker.say(f"That cannot be taken: {problem}.")
        if one.secret:
            self._asker.say(f"{DOTS} ({len(answer)} characters)")
        if answer != known:
            self._changes[one.name] = answer


def unkept(answer: str) -> str | None:
    """What a file of text cannot hold."""
    return None if answer.isprintable() else "it has characters that cannot be shown"


def _shown(one: Question, value: str) -> str:
    return DOTS if one.secret else value
