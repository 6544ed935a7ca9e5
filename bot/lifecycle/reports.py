"""What happened in a period, for everybody who reads a channel or for one person: read, counted, and not yet shown."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import structlog

from bot.action import Action
from bot.clients import PartnerReader
from bot.config import Config
from bot.errors import Refused, Unavailable
from bot.history import Course, History
from bot.policy import Authority, Recorded, Standing
from bot.proposal import BOT
from bot.summaries import Count, Period, Referrals, Summary, Told, periods, summarise
from bot.workspace import Workspace, address

log = structlog.get_logger()

REFERRAL = "submit_referral"
NOT_AT_AWS = "not found at AWS"


class Reports:
    """Makes summaries, and says what of the record somebody may read."""

    def __init__(
        self,
        *,
        history: History,
        workspace: Workspace,
        authority: Authority,
        aws: Callable[[], PartnerReader],
        config: Config,
        kinds: Mapping[str, type[Action]],
        now: Callable[[], datetime],
    ) -> None:
        self._history, self._workspace = history, workspace
        self._authority, self._aws, self._config = authority, aws, config
        self._kinds, self._now = kinds, now

    def summary(
        self,
        period: Period,
        reader: Standing | None = None,
        *,
        partner: str = "",
        late: datetime | None = None,
    ) -> Summary:
        """What happened in a period; with ``reader``, of what they may read; with ``partner``, of theirs alone."""
        self._history.catch_up()
        before = periods.before(period)
        hidden = 0

        def shown() -> Iterable[Course]:
            nonlocal hidden
            for course in self._history.between(before.start, period.end):
                if partner and course.partner.lower() != partner:
                    continue
                if may_read(course):
                    yield course
                else:
                    hidden += 1

        may_read = self.may_read(reader)
        courses = tuple(shown())
        referrals, referred = self._referrals(may_read, partner)
        told = Told(
            now=self._now(),
            titles={name: kind.title for name, kind in self._kinds.items()},
            baselines=self._config.baselines,
            names=self.name,
            chain=self._history.state(),
            referrals=referrals,
            referred=referred,
            scope=_scope(reader, hidden, partner),
            late=late,
        )
        return summarise(courses, period, before, told)

    def may_read(self, reader: Standing | None) -> Callable[[Course], bool]:
        """Whether somebody may read what was recorded of an action; nobody in particular: everything."""
        if reader is None:
            return lambda course: True
        allowed = self._authority.reading(reader)
        return lambda course: allowed(self._recorded(course))

    def name(self, user: str, recorded: str = "") -> str:
        """What people call a Slack user, also one who has left: by the configuration, else as it was recorded."""
        if user == BOT:
            return "the bot"
        if self._config.by_slack(user) is None and recorded:
            return f"{recorded} (no longer in the configuration)"
        return self._authority.name(user)

    def address(self) -> Callable[[Course], str | None]:
        """Where the thread of an action is in Slack; None of one that has no card."""
        site = self._workspace.site()

        def of(course: Course) -> str | None:
            if not course.card:
                return None
            return address(site, course.channel, course.card, course.thread)

        return of

    def _recorded(self, course: Course) -> Recorded:
        people = (course.owner, course.proposer, course.approver, *course.approvals)
        return Recorded(
            kind=course.kind,
            partner=course.partner.lower(),
            people=tuple(sorted({id for id in people if id and id != BOT})),
            managers=self._config.line_of(course.seller),
        )

    def _referrals(
        self, may_read: Callable[[Course], bool], partner: str
    ) -> tuple[Referrals, tuple[Course, ...]]:
        """What was ever submitted by what AWS says of it at this moment."""
        ours = {
            course.record: course
            for course in self._history.done(REFERRAL)
            if may_read(course) and (not partner or course.partner.lower() == partner)
        }
        if not ours:
            return Referrals(), ()
        try:
            statuses = {deal.id: deal.review_status for deal in self._aws().deals() if deal.id in ours}
        except (Refused, Unavailable) as error:
            log.info("summary.without_referrals", why=str(error))
            return Referrals(problem=f"What AWS says of our referrals could not be read: {error}"), ()
        found: dict[str, list[str]] = {}
        for record, course in ours.items():
            found.setdefault(statuses.get(record, NOT_AT_AWS), []).append(course.id)
        by_status = {
            status: Count(tuple(ids))
            for status, ids in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
        }
        return Referrals(by_status), tuple(ours.values())


def _scope(reader: Standing | None, hidden: int, partner: str) -> str:
    """In words, what a summary leaves out; empty where it leaves nothing out."""
    parts = [f"deals with {partner}"] if partner else []
    if reader is not None and hidden:
        parts.append(f"what {reader.name} may read")
    return ", ".join(parts)
