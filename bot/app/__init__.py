"""Builds everything and passes it in; the only part that knows every other."""

from bot.app.assembly import Assembly
from bot.app.clockwork import shortcomings, ticking
from bot.app.connections import BRISK, PATIENT, slack, store, utc_now
from bot.app.door import door, socket_mode
from bot.app.outside import Reach, reach
from bot.app.policies import in_force, install_policy
from bot.app.work import Work, work

__all__ = [
    "BRISK",
    "PATIENT",
    "Assembly",
    "Reach",
    "Work",
    "door",
    "in_force",
    "install_policy",
    "reach",
    "shortcomings",
    "slack",
    "socket_mode",
    "store",
    "ticking",
    "utc_now",
    "work",
]
