"""Somebody opens the Home tab: what is theirs is read at that moment and shown to them alone."""

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

import structlog

from bot import cards
from bot.cards import Desk
from bot.errors import NotAllowed
from bot.ledger import Ledger
from bot.lifecycle.people import People
from bot.policy import Authority, Recorded
from bot.proposal import Proposal, Status
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

REDRAWS = 5
"""How often the page is shown again because something on it moved meanwhile."""


class Home:
    """Shows people their Home tab."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        threads: Threads,
        workspace: Workspace,
        authority: Authority,
        people: People,
        problems: Callable[[], tuple[str, ...]],
        pool: Executor,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._threads, self._workspace = ledger, threads, workspace
        self._authority, self._pool, self._now = authority, pool, now
        self._people, self._problems = people, problems

    def show(self, user: str) -> None:
        """Publish the page as things stand, until it shows what is read after it: of two that are drawn at once,
        the one that comes last is not the older."""
        desk = self._desk(user)
        for _ in range(REDRAWS):
            self._publish(user, desk)
            shown, desk = desk, self._desk(user)
            if desk == shown:
                return

    def _publish(self, user: str, desk: Desk | None) -> None:
        if desk is None:
            self._threads.show_home(user, cards.closed_home())
            return
        drawn = {p.id: p for p in desk.shown if p.card_ts is not None}
        addresses = self._pool.map(self._address, drawn.values())
        links = {id: url for id, url in zip(drawn, addresses, strict=True) if url is not None}
        self._threads.show_home(user, cards.home(desk, links, self._now()))

    def _address(self, proposal: Proposal) -> str | None:
        return self._threads.permalink(proposal.channel, proposal.card_ts or "")

    def _desk(self, user: str) -> Desk | None:
        """What is this person's; None for those who may not know of any deal."""
        profile = self._workspace.profiles([user], anew=True).get(user)
        try:
            self._authority.may_ask(user, profile)
        except NotAllowed as refused:
            log.info("home.closed", user=user, why=str(refused))
            return None
        live = sorted(self._ledger.live(), key=lambda proposal: proposal.opened_at)
        team = profile.team if profile is not None else ""
        return Desk(
            waiting=tuple(p for p in live if self._waits_for(p, user, team)),
            under_way=tuple(p for p in live if p.status is not Status.OPEN and _theirs(p, user)),
            lately=self._ledger.endings(user),
            problems=self._problems() if self._reads_everything(user) else (),
        )

    def _reads_everything(self, user: str) -> bool:
        """Whether this is one of those whom summaries are for: they read what they had no part in."""
        who = self._people.standing([user])[user]
        return self._authority.reading(who)(Recorded(kind=""))

    def _waits_for(self, proposal: Proposal, user: str, team: str) -> bool:
        waits = proposal.status is Status.OPEN and self._now() < proposal.expires_at
        return (
            waits and not proposal.has_approval_of(user) and self._authority.is_approver(proposal, user, team)
        )


def _theirs(proposal: Proposal, user: str) -> bool:
    """Whether this person asked for it or approved it."""
    approver = proposal.approval.by.slack if proposal.approval is not None else None
    return user in (proposal.origin.by, approver)
