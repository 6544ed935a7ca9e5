"""``/cosell quiet`` and ``/cosell rules``: who wants to hear of rules when, and which there are."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.cards import Card
from bot.cards.rules import Silence, Standing, quiet, rules
from bot.config import Config
from bot.ledger import Ledger
from bot.policy import Authority
from bot.rules import When
from bot.triggers.quiet import Quiet, asked
from bot.watch_state import WatchState
from bot.workspace import Workspace

log = structlog.get_logger()

WEEK = timedelta(days=7)


class Quieting:
    """Keeps rules quiet where and for whom it is wanted, and lists them."""

    def __init__(
        self,
        *,
        config: Config,
        ledger: Ledger,
        workspace: Workspace,
        authority: Authority,
        state: WatchState,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._ledger, self._state, self._now = config, ledger, state, now
        self._workspace, self._authority = workspace, authority

    def quiet(self, words: str, channel: str, user: str, cause: str) -> Card:
        """Make it quiet here or for whoever asks, or end that; what holds then."""
        self._may_ask(user)
        person, now = self._config.by_slack(user), self._now()
        zone = ZoneInfo(person.timezone if person else self._config.triggers.timezone)
        wanted = asked(words, now, zone, person.workday_starts if person else time(9))
        if wanted is not None:
            of = user if wanted.me else channel
            if wanted.off:
                self._ledger.change_quiets(lambda all: all.minus(of, now), "quiet.ended", user, of)
            else:
                one = Quiet(of=of, by=user, at=now, until=wanted.until, cause=cause)
                self._ledger.change_quiets(lambda all: all.plus(one), "quiet.asked", user, of)
            log.info("quiet.changed", of=of, by=user, off=wanted.off)
        return quiet(self._silence(channel, user), self._config.triggers)

    def rules(self, words: str, channel: str, user: str, cause: str) -> Card:
        """The rules of the configuration with what they did lately."""
        self._may_ask(user)
        marks, since = self._state.marks(), self._now() - WEEK
        standing = [
            Standing(
                rule=rule,
                ran=marks.get(_ran(rule.when, rule.name)),
                fired=self._state.fired_since(rule.name, since),
            )
            for rule in self._config.rules
        ]
        return rules(standing, self._silence(channel, user), self._config.triggers)

    def _silence(self, channel: str, user: str) -> Silence:
        quiets, now = self._ledger.quiets(), self._now()
        here, mine = quiets.of(channel, now), quiets.of(user, now)
        return Silence(
            here=here is not None,
            here_until=here.until if here else None,
            me=mine is not None,
            me_until=mine.until if mine else None,
            waiting=len(self._state.held().get(channel, ())),
        )

    def _may_ask(self, user: str) -> None:
        self._authority.may_ask(user, self._workspace.profiles([user]).get(user))


def _ran(when: When, name: str) -> str:
    """Under which name it is kept when a rule looked last."""
    if when is When.SWEEP:
        return f"sweep|{name}.ran"
    return "aws.ran" if when.of_partner else "crm.ran"
