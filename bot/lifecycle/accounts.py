"""Our accounts and open deals, read together and used by everybody for some minutes."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bot.clients import CrmReader, OpenDeal, Segment
from bot.deal import Company
from bot.matching import Index

FRESH = 600.0
"""Seconds for which a reading is good enough to match companies by; what is written is read anew all the same."""

T = TypeVar("T")


class Reading(Generic[T]):
    """What takes long to read, read by one at a time and kept for a while; the others wait for it."""

    def __init__(self, read: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def get(self, read: Callable[[], T] | None = None) -> T:
        """As somebody read it at most ten minutes ago, or as ``read`` finds it now where it is not the usual way.

        Whatever reading raises.
        """
        with self._lock:
            if self._known is None or self._clock() - self._known[0] >= FRESH:
                self._known = None  # two readings of a large CRM need not be in memory at once
                self._known = (self._clock(), (read or self._read)())
            return self._known[1]


@dataclass(frozen=True, slots=True)
class Book:
    """Our side at one moment, as the bot's own user sees it."""

    accounts: Mapping[str, Company]
    index: Index  # of the accounts
    segments: Mapping[str, Segment]
    deals: Mapping[str, OpenDeal]  # the open ones, by id
    by_account: Mapping[str, tuple[OpenDeal, ...]]
    by_ace_id: Mapping[str, OpenDeal]
    site: str  # where people open the org in a browser
    as_of: datetime

    def company(self, account: str) -> Company | None:
        """An account; None when there is none of this id."""
        return self.accounts.get(account)

    def segment(self, account: str) -> Segment:
        """What an account is to us; one without any opportunity is a prospect."""
        return self.segments.get(account, Segment.PROSPECT)

    def deals_of(self, account: str) -> tuple[OpenDeal, ...]:
        """The open deals of an account, the largest first."""
        return self.by_account.get(account, ())


class Accounts:
    """Our side as one snapshot, for people who wait for it."""

    def __init__(
        self,
        crm: Callable[[], CrmReader],
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._crm, self._now = crm, now
        self._book = Reading(self._read, clock)

    def in_background(self, crm: Callable[[], CrmReader]) -> "Accounts":
        """The same snapshot for work that nobody waits for, which reads it by ``crm`` where it has to be read."""
        view = Accounts(crm, self._now)
        view._book = self._book
        return view

    def snapshot(self) -> Book:
        """Our accounts and open deals, not older than ten minutes; ``Unavailable`` when they cannot be read."""
        return self._book.get(self._read)

    def _read(self) -> Book:
        crm, as_of = self._crm(), self._now()
        accounts = {company.id: company for company in crm.accounts()}
        deals = {deal.id: deal for deal in crm.open_deals()}
        by_account: dict[str, list[OpenDeal]] = {}
        for deal in sorted(deals.values(), key=lambda deal: (-(deal.amount or 0), deal.id)):
            by_account.setdefault(deal.account_id, []).append(deal)
        return Book(
            accounts=accounts,
            index=Index(accounts.values()),
            segments=crm.segments(),
            deals=deals,
            by_account={account: tuple(theirs) for account, theirs in by_account.items()},
            by_ace_id={deal.ace_id: deal for deal in deals.values() if deal.ace_id},
            site=crm.site(),
            as_of=as_of,
        )
