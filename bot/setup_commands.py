"""``cosell setup``: asks for what is missing, and writes the settings and the beginning of a configuration file."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.terminal import complain, out

if TYPE_CHECKING:
    from bot.setting_up import EnvFile

STOPPED = 130
"""The exit code of a program that was stopped by Ctrl-C."""
EVERYBODY = 0o644


def setup(
    file: Annotated[Path, typer.Option(help="The settings file; made if it is not there.")] = Path(".env"),
    config: Annotated[
        Path | None,
        typer.Option(
            help="The configuration file to begin; what COSELL_CONFIG names, or cosell.toml, otherwise."
        ),
    ] = None,
) -> None:
    """Ask for the settings that are missing, one by one, and write them. What is set stays unless you say so."""
    from bot.setting_up import EnvFile

    if not sys.stdin.isatty():
        _end(
            "cosell setup asks questions, so run it in a terminal; docs/settings.md lists what to set without one."
        )
    try:
        env = EnvFile(file)
    except (OSError, UnicodeDecodeError) as error:
        _end(f"{file} cannot be read: {error}.")
    folder = file.resolve().parent
    if not os.access(folder, os.W_OK):
        _end(f"Nothing can be written into {folder}.")
    try:
        _ask_and_write(env, config)
    except (typer.Abort, KeyboardInterrupt):
        out.print()
        complain.print("Stopped. Nothing was written; what was there is as it was.")
        raise typer.Exit(STOPPED) from None
    except OSError as error:
        _end(f"It could not be written, and what was there is as it was: {error}.", 1)


def _ask_and_write(env: "EnvFile", asked: Path | None) -> None:
    from bot.setting_up import Interview, Introducing, write_whole
    from bot.settings import Settings

    person = _Terminal()
    changes = Interview(person, env.values, os.environ).changes()
    named = os.environ.get("COSELL_CONFIG") or env.values.get("COSELL_CONFIG")
    config = (asked or Path(named or "cosell.toml")).expanduser().absolute()
    person.head("Who is who")
    text = ""
    if config.exists():
        person.say(f"{config} is there, and is left as it is.")
    elif person.confirm(f"Start {config} with your people?", True):
        text = Introducing(person).text()
    if (text or config.exists()) and _is_to_name(person, named, config):
        changes["COSELL_CONFIG"] = str(config)
    if text:
        write_whole(config, text, EVERYBODY & ~_umask())
        person.say(f"Written: {config}.")
    if changes:
        notes = {name.upper(): field.description or "" for name, field in Settings.model_fields.items()}
        env.write(changes, notes)
        person.say(f"Written: {env.path}, with {', '.join(changes)}.")
    else:
        person.say(f"There is nothing to change in {env.path}.")
    person.say(
        "AWS's credentials are not asked for: boto3 finds a host's role, AWS_PROFILE or AWS_ACCESS_KEY_ID."
    )
    out.print("\nNow run [bold]cosell doctor[/].")


def _is_to_name(person: "_Terminal", named: str | None, config: Path) -> bool:
    """Whether the settings file is to say where the configuration is."""
    if os.environ.get("COSELL_CONFIG"):
        return False
    if named is None:
        return True
    there = Path(named).expanduser().absolute()
    return there != config and person.confirm(f"COSELL_CONFIG is {named}. Let it be {config}?", False)


class _Terminal:
    """Asks the person at the terminal; keeps the promises of ``bot.setting_up.Asker``."""

    def say(self, words: str) -> None:
        out.print(words, markup=False)

    def head(self, words: str) -> None:
        out.print(f"\n[bold]{words}[/]")

    def about(self, what: str, where: str) -> None:
        out.print(f"\n{what}", markup=False)
        out.print(where, markup=False, style="dim")

    def ask(self, name: str, default: str = "", secret: bool = False) -> str:
        answer: str = typer.prompt(name, default=default, hide_input=secret, show_default=bool(default))
        return answer

    def confirm(self, words: str, default: bool) -> bool:
        return typer.confirm(words, default=default)


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def _end(words: str, code: int = 2) -> NoReturn:
    complain.print(words, markup=False)
    raise typer.Exit(code)
