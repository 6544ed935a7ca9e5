"""Which channels get summaries, and how it is kept what each of them was told."""

from typing import NamedTuple

from bot.config import Config


class Target(NamedTuple):
    """Where a summary goes, and whose view it has."""

    channel: str
    manager: str = ""  # Slack id; empty: everything


def targets(config: Config) -> tuple[Target, ...]:
    """Every channel that gets summaries."""
    audit = (Target(config.channels.audit),) if config.channels.audit else ()
    return (*audit, *(Target(team.channel, team.manager) for team in config.summary.teams))


def covered(name: str, channel: str) -> str:
    """Under which name it is kept up to when a channel was told everything."""
    return f"summary|{name}|{channel}"
