"""The policy in force: installed with the first start, changed only by two people, the last good one always kept."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bot.errors import Decided, Unavailable
from bot.ledger import Ledger
from bot.policy import Policy, PolicyError, Source, read
from bot.policy.adopted import Adopted, Offered

log = structlog.get_logger()

MOMENT = timedelta(seconds=0.5)
"""How old may be what a process knows of the policy in force."""
INSTALLATION = "installation"


class InForce:
    """The policy in force, parsed once, as this process knows it.

    Where none ever was, because the store was away when the bot started, that of ``folder`` is installed.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], datetime], folder: Path) -> None:
        self._ledger, self._now, self._folder = ledger, now, folder
        self._lock = threading.Lock()
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._revision = -1
        self._policy: Policy | None = None

    def __call__(self) -> Policy:
        """The policy; parsed again only when another was adopted."""
        with self._lock:
            if self._policy is None or not timedelta() <= self._now() - self._looked < MOMENT:
                self._look()
            if self._policy is None:
                raise Unavailable(
                    "No policy is in force, so nothing can be decided. Tell whoever runs this bot."
                )
            return self._policy

    def refresh(self) -> None:
        """Know at once what was just adopted here."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        revision = self._ledger.policy_revision()
        self._looked = self._now()
        if revision == self._revision and self._policy is not None:
            return
        source = self._ledger.adopted().source or self._installed()
        if source is not None and (self._policy is None or source.digest != self._policy.digest):
            self._policy = Policy(source)
        self._revision = revision  # of before: what was installed meanwhile is looked at once more

    def _installed(self) -> Source | None:
        try:
            return install(self._folder, self._ledger, self._now).source
        except PolicyError:
            return None  # which is in the log


def install(folder: Path, ledger: Ledger, now: Callable[[], datetime]) -> Adopted:
    """Take note of the policies that this installation brings, and return what holds.

    The first ones ever are in force at once. Others are offered, and two people put them in force. Policies that cannot
    be used are left out, loudly; with none in force, ``PolicyError`` keeps the bot from starting.
    """
    try:
        brought = Policy(read(folder)).source
    except PolicyError as error:
        adopted = ledger.adopted()
        log.error("policy.broken", folder=str(folder), problems=error.problems, in_force=adopted.digest)
        if adopted.source is None:
            raise
        return adopted

    def first(adopted: Adopted) -> Adopted:
        if adopted.source is not None:
            raise Decided("A policy is in force.")
        return Adopted(source=brought, at=now())

    def beside(adopted: Adopted) -> Adopted:
        if adopted.digest == brought.digest:
            return adopted.model_copy(update={"offered": None})
        if adopted.offered is not None and adopted.offered.source.digest == brought.digest:
            return adopted
        return adopted.model_copy(update={"offered": Offered(source=brought, at=now())})

    try:
        return ledger.change_policy(first, "policy.installed", INSTALLATION)
    except Decided:
        adopted = ledger.change_policy(beside, "policy.offered", INSTALLATION)
    if adopted.offered is not None:
        log.warning("policy.waits", offered=adopted.offered.source.digest, in_force=adopted.digest)
    return adopted
