"""Salesforce and AWS are looked at for what rules watch: what changed since the last look, told, and then kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from bot.clients import CrmReader, Invitation, OpenDeal, PartnerDeal, PartnerReader
from bot.config import Config
from bot.errors import Unavailable
from bot.lifecycle.alerting import Alerting
from bot.lifecycle.sweeping import AT_ONCE, Sweep, in_parts, sweep_of
from bot.rules import When
from bot.triggers import Firing, Happening, Seen, SeenAtAws
from bot.triggers.aws import invited, updated
from bot.triggers.crm import changed, moved, stale
from bot.watch_state import WatchState

log = structlog.get_logger()

OVERLAP = timedelta(minutes=5)
"""So much of what was read is read again: SystemModstamp is set before others can see the change."""
BATCHES = 100
"""Answers of the queue that are taken in one go."""


class Neighbours(Protocol):
    """Who is who between our accounts and the partners' lists."""

    def overlap(self, account: str, partner: str) -> str | None:
        """The evidence that an account (its id) is on a partner's list, as a sentence; None: it is not."""

    def resembling(self, invitation: Invitation) -> tuple[str, OpenDeal | None]:
        """Which of our accounts the customer resembles, as a sentence, and its open deal where it has just one."""


class Event(Protocol):
    """Something that happened at AWS."""

    @property
    def kind(self) -> str:
        """EventBridge's detail-type."""


class Events(Protocol):
    """AWS's events, from a queue."""

    def receive(self) -> Sequence[Event]:
        """Some events, each of which comes back until it is done."""

    def done(self, events: Iterable[Any]) -> None:
        """They need not come again."""


class Watching:
    """Finds what rules watch for. What comes twice, late or in another order is found once."""

    def __init__(
        self,
        *,
        config: Config,
        crm: Callable[[], CrmReader],
        partner: Callable[[], PartnerReader],
        neighbours: Neighbours,
        sweep: Sweep,
        events: Events | None,
        alerting: Alerting,
        state: WatchState,
        now: Callable[[], datetime],
    ) -> None:
        self._crm, self._partner, self._neighbours, self._events = crm, partner, neighbours, events
        self._alerting, self._state, self._now = alerting, state, now
        self._rules = config.rules
        self._sweep = sweep

    # -- Salesforce -----------------------------------------------------------------------------------------
    def poll_crm(self, due: str | None = None) -> None:
        """Look at what changed in Salesforce since the last look; nothing when there was one after ``due``."""
        with self._state.lease("crm") as renew:
            if renew is None or self._done("crm", due):
                return
            started, cursor = self._now(), self._state.mark("crm.cursor")
            began = self._state.mark("crm.began")
            if began is None:
                began = started
                self._state.set_mark("crm.began", began)
            deals = (
                self._crm().open_deals() if cursor is None else self._crm().changed_deals(cursor - OVERLAP)
            )
            newest = self._compare(deals, began, cursor is None, renew)
            self._state.set_mark("crm.cursor", _cursor(newest, cursor, started))
            self._look_for_stale(renew)
            self._state.set_mark("crm.ran", started)

    def _compare(
        self, deals: Iterable[OpenDeal], began: datetime, baseline: bool, renew: Callable[[], None]
    ) -> datetime | None:
        """Tell what deals met now, and keep how they are; the newest change that was read."""
        rules = tuple(rule for rule in self._rules if rule.when.of_crm)
        found: list[Firing] = []
        now, newest = self._now(), None
        fresh: dict[str, Seen] = {}
        kept: dict[str, Seen] = {}
        for some in in_parts(AT_ONCE, deals):
            renew()
            before = self._state.seen([deal.id for deal in some])
            for deal in some:
                at = datetime.fromisoformat(deal.version).astimezone(UTC)
                newest = at if newest is None else max(newest, at)
                was = before.get(deal.id)
                if not moved(was, deal):
                    continue
                found += [
                    one.firing(now) for one in changed(rules, was, deal, began, self._neighbours.overlap)
                ]
                fresh[deal.id] = Seen.of(deal, was, now)
            kept.update({id: was for id, was in before.items() if id in fresh})
            if baseline and not found:  # a first look reads everything; what tells nothing is kept at once
                self._state.see(fresh, kept)
                fresh, kept = {}, {}
        self._alerting.alert(found)
        self._state.see(fresh, kept)
        return newest

    def _look_for_stale(self, renew: Callable[[], None]) -> None:
        for rule in self._rules:
            if rule.when is not When.NEXT_STEP_STALE or rule.days is None:
                continue
            now, name = self._now(), f"stale|{rule.name}"
            until = now - timedelta(days=rule.days)
            ids = self._state.unchanged_between(self._state.mark(name), until)
            found: list[Firing] = []
            for some in in_parts(AT_ONCE, ids):
                renew()
                happened = (stale(rule, id, seen, now) for id, seen in self._state.seen(some).items())
                found += [one.firing(now) for one in happened if one is not None]
            if found:
                self._alerting.alert(found)
            self._state.set_mark(name, until)

    # -- AWS ------------------------------------------------------------------------------------------------
    def poll_partner(self, due: str | None = None) -> None:
        """Look at what changed at AWS since the last look; nothing when there was one after ``due``."""
        self._poll_partner(due)

    def _poll_partner(self, due: str | None) -> bool:
        with self._state.lease("aws") as renew:
            if renew is None:
                return False
            if self._done("aws", due):
                return True
            started, cursor = self._now(), self._state.mark("aws.cursor")
            partner, found, fresh = self._partner(), list[Firing](), dict[str, SeenAtAws]()
            newest: datetime | None = None
            for some in in_parts(AT_ONCE, partner.deals(None if cursor is None else cursor - OVERLAP)):
                renew()
                found += [one.firing(started) for one in self._at_aws(some, cursor is None, fresh)]
                newest = max([deal.modified for deal in some] + ([newest] if newest else []))
            found += [one.firing(started) for one in self._invited(partner)]
            self._alerting.alert(found)
            self._state.see_at_aws(fresh)
            self._state.set_mark("aws.cursor", _cursor(newest, cursor, started))
            self._state.set_mark("aws.ran", started)
            return True

    def _at_aws(
        self, deals: Sequence[PartnerDeal], baseline: bool, fresh: dict[str, SeenAtAws]
    ) -> Iterator[Happening]:
        before = {**self._state.seen_at_aws([deal.id for deal in deals]), **fresh}
        by_ace_id = self._state.by_ace_id([deal.id for deal in deals])
        ids = {deal.id: by_ace_id.get(deal.id, deal.reference) for deal in deals}
        ours = self._state.seen([id for id in ids.values() if id])
        for deal in deals:
            was, id = before.get(deal.id), ids[deal.id]
            seen = (id, ours[id]) if id in ours else None
            yield from updated(self._rules, was, deal, seen, baseline)
            if was is None or deal.modified.isoformat() >= was.version:
                fresh[deal.id] = SeenAtAws.of(deal)

    def _invited(self, partner: PartnerReader) -> Iterator[Happening]:
        rules = [rule for rule in self._rules if rule.when is When.INVITED]
        if not rules:
            return
        for invitation in partner.invitations():
            evidence, deal = self._neighbours.resembling(invitation)
            for rule in rules:
                yield invited(rule, invitation, evidence, deal)

    def take_events(self, due: str | None = None) -> None:
        """Look at AWS at once when it says that something happened; nothing when its queue was read after ``due``.

        An event names a record and not what changed, and may be late or come twice: it only says when to look.
        """
        if self._events is None or self._done("events", due):
            return
        started = self._now()
        taken: list[Event] = []
        for _ in range(BATCHES):
            some = self._events.receive()
            if not some:
                break
            taken += some
        self._state.set_mark("events.ran", started)
        if not taken:
            return
        log.info("watch.events", events=len(taken), kinds=sorted({one.kind for one in taken}))
        if self._poll_partner(None):  # else another look began before these came, and they come again
            self._events.done(taken)

    # -- at set times ---------------------------------------------------------------------------------------
    def sweep(self, rule: str, due: str | None = None) -> int:
        """Look at every open deal for those that should be referred and are not; how many were new."""
        wanted = sweep_of(self._rules, rule)
        with self._state.lease(f"sweep|{rule}") as renew:
            if renew is None:
                raise Unavailable("This sweep is under way already.", 30)
            if self._done(f"sweep|{rule}", due):
                return 0
            started, known = self._now(), self._state.known()
            found = self._sweep.find(wanted, renew)
            told = self._alerting.alert([one.firing(started) for one in found.fresh])
            self._state.forget(known - found.open)
            self._state.set_mark(f"sweep|{rule}.ran", started)
            log.info("watch.swept", rule=rule, deals=len(found.open), met=found.met, told=told)
            return told

    def _done(self, what: str, due: str | None) -> bool:
        """Whether there was a look after the moment at which this one was due."""
        ran = self._state.mark(f"{what}.ran")
        return due is not None and ran is not None and ran >= datetime.fromisoformat(due)


def _cursor(newest: datetime | None, before: datetime | None, started: datetime) -> datetime:
    """From where to read next: what a first look read in another order may have changed while it did."""
    if before is None:
        return started if newest is None else min(newest, started)
    return before if newest is None else max(newest, before)
