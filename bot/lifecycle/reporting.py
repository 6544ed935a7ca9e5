"""``/cosell report``: a summary for whoever asks, of what they may read, up to this moment."""

from collections.abc import Callable
from datetime import datetime

from bot.cards import Card, summaries
from bot.config import Config
from bot.errors import Refused
from bot.lifecycle.people import People
from bot.lifecycle.reports import Reports
from bot.policy import Authority
from bot.summaries import Period, periods
from bot.workspace import Workspace

PARTNER_DAYS = 30
"""Of one partner so many days are told, unless a week or a month is asked for."""


class Reporting:
    """Answers in private."""

    def __init__(
        self,
        *,
        reports: Reports,
        people: People,
        workspace: Workspace,
        authority: Authority,
        config: Config,
        now: Callable[[], datetime],
    ) -> None:
        self._reports, self._people, self._workspace = reports, people, workspace
        self._authority, self._config, self._now = authority, config, now

    def report(self, words: str, channel: str, user: str, cause: str) -> Card:
        """The last seven days, the month so far, or what was done with one partner; else ``Refused``."""
        self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))
        reader = self._people.standing([user])[user]
        period, partner = self._asked(words)
        summary = self._reports.summary(period, reader, partner=partner)
        if partner and summary.quiet and partner not in self._partners():
            known = ", ".join(f"`{name}`" for name in self._partners())
            raise Refused(
                f"I know of no partner “{partner}”. `/cosell report` takes `week`, `month`, or a partner: {known}."
            )
        return summaries.report(summary, self._reports.address())

    def _asked(self, words: str) -> tuple[Period, str]:
        zone, now = self._config.summary.timezone, self._now()
        first, _, rest = words.strip().lower().partition(" ")
        match first:
            case "month":
                return periods.month_of(now, zone), rest.strip()
            case "week" | "":
                return periods.days(periods.WEEKLY, now, 7, zone), rest.strip()
            case _:
                return periods.days(periods.MONTHLY, now, PARTNER_DAYS, zone), words.strip().lower()

    def _partners(self) -> tuple[str, ...]:
        """Those that the configuration names."""
        companies = {person.company.lower() for person in self._config.people if person.company}
        return tuple(sorted({*companies, self._config.referral.partner_of_record.lower()}))
