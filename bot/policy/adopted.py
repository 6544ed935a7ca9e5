"""Which policy is in force, who wanted it so, and which one waits to take its place."""

from pydantic import AwareDatetime

from bot.deal import Frozen
from bot.policy.cedar import Source


class Offered(Frozen):
    """A policy that an installation brought and that is not in force."""

    source: Source
    at: AwareDatetime
    wanted_by: str | None = None  # Slack id of the first of the two people that it takes
    cause: str = ""  # what made them say so; the same cause counts once


class Adopted(Frozen):
    """The policy in force, and the one that is offered."""

    source: Source | None = None  # None: nothing was ever installed
    at: AwareDatetime | None = None
    by: tuple[str, ...] = ()  # Slack ids of both; none: it came with the first start
    cause: str = ""  # what made the second one say so
    offered: Offered | None = None

    @property
    def digest(self) -> str:
        """Of the policy in force."""
        return self.source.digest if self.source is not None else ""
