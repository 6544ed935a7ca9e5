"""What every command of the ``cosell`` command line needs: where to print, and an end that says why."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console

from bot import settings as settings_module
from bot.errors import BotError
from bot.settings import Settings

out, complain = Console(highlight=False), Console(stderr=True, highlight=False)


def settings() -> Settings:
    """The settings, or an end with every problem of settings and configuration listed."""
    from bot import config

    problems: list[str] = []
    found = None
    try:
        found = settings_module.load()
    except settings_module.SettingsError as error:
        problems += error.problems
    path = found.cosell_config if found else Path(os.environ.get("COSELL_CONFIG", ""))
    if path is None or path.is_file():
        try:
            config.load(path)
        except config.ConfigError as error:
            problems += [f"{path}: {problem}" for problem in error.problems]
    if found is None or problems:
        complain.print("[bold red]cosell cannot start.[/]")
        for problem in problems:
            complain.print(f"  - {problem}", markup=False)
        raise typer.Exit(2)
    return found


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what the bot would say in a thread into an end with that sentence."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    try:
        yield
    except BotError as error:
        complain.print(str(error), markup=False)
        raise typer.Exit(1) from None
