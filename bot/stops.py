"""The kill switch: which writes are stopped, by whom, and why."""

from pydantic import AwareDatetime

from bot.deal import Frozen, System
from bot.proposal import Proposal

ALL = "all"


class Stop(Frozen):
    """Writes that nobody makes until somebody resumes them."""

    scope: str  # "all", a kind of action, or a partner in lower case
    by: str  # Slack user id
    at: AwareDatetime
    reason: str
    cause: str  # what asked for it; the same cause stops once


class Stops(Frozen):
    """Every stop that stands, the oldest first."""

    standing: tuple[Stop, ...] = ()

    def against(self, proposal: Proposal) -> Stop | None:
        """The first stop that holds for a proposal's write, if any."""
        scopes = {ALL, proposal.kind, _partner(proposal)}
        return next((stop for stop in self.standing if stop.scope in scopes), None)

    def plus(self, stop: Stop) -> "Stops":
        """These and one more; the newer of two for the same scope counts."""
        if any(known.cause == stop.cause for known in self.standing):
            return self
        others = tuple(known for known in self.standing if known.scope != stop.scope)
        return Stops(standing=(*others, stop))

    def minus(self, scope: str) -> "Stops":
        """These without that for a scope; without any, where the scope is all."""
        return Stops(standing=tuple(known for known in self.standing if scope not in (ALL, known.scope)))


def _partner(proposal: Proposal) -> str:
    """The partner that a write concerns, in lower case; empty where none does."""
    if proposal.action_type.system is System.PARTNER_CENTRAL:
        return "aws"
    return (proposal.partner_of_record or "").lower()
