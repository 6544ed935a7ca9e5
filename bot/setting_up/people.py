"""The beginning of a configuration file: the workspace, the audit channel, and who is who."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot import config
from bot.deal import Role
from bot.setting_up.asking import Asker, unkept
from bot.setting_up.shapes import Shape, anything, matching

HEAD = """# The configuration of cosell, laid over its defaults; docs/configuration.md says what else can stand here.

"""
_TEAM = matching(r"T[A-Z0-9]{2,}", "a workspace's id begins with T, such as T024BE7LD")
_CHANNEL = matching(r"[CG][A-Z0-9]{2,}", "a channel's id begins with C, such as C024BE91L")
_USER = matching(r"[UW][A-Z0-9]{2,}", "a Slack user's id begins with U or W, such as U024BE7LH")
_ADDRESS = matching(r"[^\s@]+@[^\s@]+\.[^\s@]+", "an e-mail address looks like name@example.com")
_ROLES = [str(role) for role in Role]


class Introducing:
    """Asks for what the file begins with."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def text(self) -> str:
        """The file's text, which the bot can load."""
        self._asker.say(
            "In Slack on the web your workspace's id stands in the address: app.slack.com/client/T…/…"
        )
        team = self._answer("Workspace id", _TEAM)
        self._asker.say(
            "Managers read it: overrides, stops, changed policies, summaries. Its id: channel → About."
        )
        audit = self._answer("Audit channel id", _CHANNEL, needed=False)
        text = f"{HEAD}slack_team = {_toml(team)}\n"
        if audit:
            text += f"\n[channels]\naudit = {_toml(audit)}\n"
        self._asker.about("The people who ask and approve, you first.", "Enter instead of a name ends it.")
        while person := self._person():
            problems = unloadable(text + person)
            if problems:
                self._asker.say(f"That cannot be taken: {' '.join(problems)} Once more, please.")
                continue
            text += person
        return text

    def _person(self) -> str:
        """Somebody's table; empty when there is nobody more."""
        name = self._answer("Name", anything, needed=False)
        if not name:
            return ""
        email = self._answer("E-mail address", _ADDRESS)
        role = self._answer(f"Role ({', '.join(_ROLES)})", _role, default=str(Role.SELLER))
        lines = {"name": name, "email": email, "role": role}
        partner = role == Role.PARTNER
        if partner:
            lines["company"] = self._answer("Company", anything, default="AWS")
        lines["slack"] = self._answer("Slack id (profile → ⋮ → Copy member ID)", _USER, needed=False)
        if not partner:
            lines["salesforce"] = self._answer("Salesforce username", _ADDRESS, default=email)
            lines["calendar"] = email
        told = "".join(f"{key} = {_toml(value)}\n" for key, value in lines.items() if value)
        return f'\n[[people]]\n{told}# timezone = "Europe/Berlin"   # of their working day; UTC otherwise\n'

    def _answer(self, name: str, shape: Shape, *, default: str = "", needed: bool = True) -> str:
        while True:
            answer = self._asker.ask(name, default).strip()
            if not answer and not needed:
                return ""
            problem = "it is needed" if not answer else unkept(answer) or shape(answer)
            if problem is None:
                return answer
            self._asker.say(f"That cannot be taken: {problem}.")


def unloadable(text: str) -> list[str]:
    """Why the bot could not load a configuration with this text."""
    with tempfile.TemporaryDirectory(prefix="cosell-") as folder:
        path = Path(folder) / "cosell.toml"
        path.write_text(text)
        try:
            config.load(path)
        except config.ConfigError as error:
            return error.problems
    return []


def _role(answer: str) -> str | None:
    return None if answer in _ROLES else f"it is one of {', '.join(_ROLES)}"


_toml: Callable[[str], str] = lambda value: json.dumps(value, ensure_ascii=False)  # noqa: E731 - TOML's strings are JSON's, of what can be shown
