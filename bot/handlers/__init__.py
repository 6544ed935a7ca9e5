"""Translate one Slack payload, make one call. What goes wrong is answered in ``handlers/errors.py``."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt import App

from bot.action import Action
from bot.asked_columns import ColumnQuestions
from bot.config import Config
from bot.ledger import Ledger
from bot.lifecycle.decide import Deciding
from bot.lifecycle.jobs import Jobs
from bot.lifecycle.signing import Signing
from bot.sharing import Sharing
from bot.threads import Threads


@dataclass(frozen=True)
class Parts:
    """What the handlers call."""

    deciding: Deciding
    jobs: Jobs
    ledger: Ledger
    threads: Threads
    sharing: Sharing
    signing: Signing
    columns: ColumnQuestions
    config: Config
    kinds: Mapping[str, type[Action]]


def register(app: App, parts: Parts) -> None:
    """Attach every listener; ``manifest.yml`` names the events and commands they need."""
    from bot.handlers import at_hand, buttons, commands, errors, events, forms, shortcuts

    at_hand.register(app)
    for module in (buttons, forms, commands, events, shortcuts):
        module.register(app, parts)
    errors.register(app, parts)
