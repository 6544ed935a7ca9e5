"""A journal in memory, for executing an action on its own."""

import uuid
from collections.abc import Callable

from bot.clients import Reply
from bot.deal import Deal
from tests.bot import factory


class Steps:
    """The journal of one approval; ``again`` is the next run of it, after a crash."""

    key = "a" * 64

    def __init__(
        self, deal: Deal | None = None, recorded: dict[str, Reply] | None = None, resumed: bool = False
    ) -> None:
        self.deal = deal or factory.deal()
        self.recorded = {} if recorded is None else recorded
        self.resumed = resumed

    @property
    def steps(self) -> dict[str, Reply]:
        """What is recorded."""
        return self.recorded

    def progress(self, done: int, total: int) -> None:
        """Nobody looks."""
        self.told = (done, total)

    def token(self, step: str) -> str:
        """The same for every run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.key}:{step}"))

    def once(self, step: str, do: Callable[[], Reply]) -> Reply:
        """Through JSON, as the real one."""
        if step not in self.recorded:
            self.recorded[step] = Reply.model_validate_json(do().model_dump_json())
        return self.recorded[step]

    def again(self) -> "Steps":
        """What the next worker gets."""
        return Steps(self.deal, self.recorded, resumed=True)
