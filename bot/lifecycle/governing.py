"""``/cosell policy``: which policy is in force, and two people who put another in its place."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.cards import Card, policies
from bot.config import Config
from bot.errors import Refused
from bot.ledger import Ledger
from bot.policy import Authority, Policy
from bot.policy.adopted import Adopted
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

SHORTEST = 8
"""Characters of a digest that name it."""


class Governing:
    """Tells of the policy, and changes it by four eyes."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        authority: Authority,
        threads: Threads,
        workspace: Workspace,
        config: Config,
        refresh: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._authority = ledger, authority
        self._threads, self._workspace = threads, workspace
        self._config, self._refresh, self._now = config, refresh, now

    def policy(self, words: str, channel: str, user: str, cause: str) -> Card | None:
        """What holds, for the asker alone; or, with "adopt" and a digest, one of the two yeses that a change takes."""
        verb, _, digest = words.strip().lower().partition(" ")
        profile = self._workspace.profiles([user], anew=True).get(user)
        if not verb:
            self._authority.may_ask(user, profile)
            return policies.policy_standing(self._ledger.adopted())
        if verb != "adopt" or len(digest.strip()) < SHORTEST:
            raise Refused(
                "`/cosell policy` tells which policy is in force; "
                "`/cosell policy adopt` and the first eight characters of a digest agree to the one that is offered."
            )
        self._authority.may_change_policy(user, profile)
        self._adopt(digest.strip(), channel, user, cause)
        return None

    def announce(self, digest: str) -> None:
        """Tell the audit channel, once, that another policy is offered than the one in force."""
        adopted, audit = self._ledger.adopted(), self._config.channels.audit
        if audit is None or adopted.offered is None or adopted.offered.source.digest != digest:
            return
        self._threads.post(audit, None, policies.policy_offered(adopted), f"policy:offered:{digest}")

    def _adopt(self, digest: str, channel: str, user: str, cause: str) -> None:
        def agreed(adopted: Adopted) -> Adopted:
            offered = adopted.offered
            if cause in (adopted.cause, offered.cause if offered is not None else ""):
                return adopted
            if offered is None or not offered.source.digest.startswith(digest):
                raise Refused(f"No policy {digest} is offered. `/cosell policy` tells what is.")
            if offered.wanted_by == user:
                raise Refused("You have agreed to it already. It takes somebody else as well.")
            if offered.wanted_by is None:
                wanted = offered.model_copy(update={"wanted_by": user, "cause": cause})
                return adopted.model_copy(update={"offered": wanted})
            Policy(
                offered.source
            )  # it was validated when it was offered, perhaps by another version of the bot
            by = (offered.wanted_by, user)
            return Adopted(source=offered.source, at=self._now(), by=by, cause=cause)

        adopted = self._ledger.change_policy(agreed, "policy.agreed", user)
        self._refresh()
        log.warning("policy.agreed", by=user, in_force=adopted.digest, offered=adopted.offered is not None)
        card = policies.policy_agreed(adopted, user)
        self._threads.post(channel, None, card, f"policy:{cause}")
        audit = self._config.channels.audit
        if audit is not None and audit != channel:
            self._threads.post(audit, None, card, f"policy:{cause}:audit")
