"""``/cosell stop`` and ``/cosell resume``: anybody of ours stops writes, a partner manager lets them go on."""

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from bot import cards
from bot.action import Action
from bot.config import Config
from bot.errors import Refused
from bot.ledger import Ledger
from bot.policy import Authority, Profile
from bot.stops import ALL, Stop
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()


class Stopping:
    """The kill switch. It holds from the moment it is recorded, for every write of every worker."""

    def __init__(
        self,
        *,
        kinds: Mapping[str, type[Action]],
        config: Config,
        ledger: Ledger,
        threads: Threads,
        workspace: Workspace,
        authority: Authority,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._threads = ledger, threads
        self._workspace, self._authority, self._now = workspace, authority, now
        partners = {person.company.lower() for person in config.people if person.company}
        verbs = {verb: name for name, kind in kinds.items() for verb in (name, *kind.commands)}
        self._scopes = {ALL: ALL, **{partner: partner for partner in partners}, **verbs}

    def stop(self, words: str, channel: str, user: str, cause: str) -> None:
        """Stop what the first word names, or everything: in doubt, more is stopped rather than less."""
        self._authority.may_stop(user, self._profile(user))
        first, _, rest = words.strip().partition(" ")
        scope = self._scopes.get(first.lower())
        reason = (rest if scope else words).strip() or "no reason given"
        stop = Stop(scope=scope or ALL, by=user, at=self._now(), reason=reason, cause=cause)
        self._ledger.change_stops(lambda stops: stops.plus(stop), "writes.stopped", user, reason)
        log.warning("writes.stopped", scope=stop.scope, by=user)
        self._threads.post(channel, None, cards.stopped(stop), f"stop:{cause}")

    def resume(self, words: str, channel: str, user: str, cause: str) -> None:
        """Let what the word names go on, or everything."""
        self._authority.may_resume(user, self._profile(user))
        word = words.strip().lower()
        scope = self._scopes.get(word or ALL)
        if scope is None:
            names = ", ".join(f"`{name}`" for name in self._scopes)
            raise Refused(f"`/cosell resume` takes one of {names}, or nothing for all of them.")
        if self._ledger.stops().minus(scope) == self._ledger.stops():
            raise Refused("Nothing like that is stopped.")
        left = self._ledger.change_stops(
            lambda stops: stops.minus(scope), "writes.resumed", user, word or ALL
        )
        log.warning("writes.resumed", scope=scope, by=user)
        self._threads.post(channel, None, cards.resumed(user, left), f"resume:{cause}")

    def _profile(self, user: str) -> Profile | None:
        return self._workspace.profiles([user], anew=True).get(user)
