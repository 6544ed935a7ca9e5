"""The work that is handed from one process to another, by name."""

from enum import StrEnum
from typing import Protocol

from bot.deal import Json
from bot.ledger import Handover


class Job(StrEnum):
    """A piece of work for a worker. Each may run more than once; each knows what was done already."""

    HEAR = "hear"
    COMMAND = "command"
    INTRODUCE = "introduce"
    SHOW = "show"
    CARRY_OUT = "carry_out"
    WHISPER = "whisper"
    HOME = "home"
    REDRAW = "redraw"
    POLICY = "policy"
    WATCH_CRM = "watch_crm"
    WATCH_PARTNER = "watch_partner"
    WATCH_EVENTS = "watch_events"
    SWEEP = "sweep"
    SHOW_DIGEST = "show_digest"
    PROPOSE_FIRING = "propose_firing"
    FOLLOW = "follow"
    FILE = "file"
    COLUMNS = "columns"
    DROPS = "drops"
    PAIR = "pair"
    OVERLAP_CSV = "overlap_csv"
    SUMMARY = "summary"
    WALK = "walk"


class Jobs(Protocol):
    """Where work is handed in."""

    def send(self, job: Job, **words: Json) -> None:
        """Hand work in durably; ``Unavailable`` when it cannot be."""

    def handover(self, job: Job, **words: Json) -> Handover:
        """The same work, for a step of the ledger to hand in with itself."""
