"""Salesforce: reads opportunities and writes them as the approving person, over simple-salesforce."""

import re
from collections.abc import Mapping
from typing import cast

import redis
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.api import SFType

from bot.clients import Crm, CrmReader, Warrant
from bot.config import Mapped
from bot.deal import System
from bot.guards import Guard
from bot.pool import Pool
from bot.quotas import OrgCalls
from bot.salesforce.asking import BATCH_TIMEOUT, read
from bot.salesforce.bulk import BulkReading, BulkWriting
from bot.salesforce.deals import DealReading, DealWriting
from bot.salesforce.describe import Described, Describes
from bot.salesforce.ids import record_id
from bot.salesforce.rows import RowReading, RowWriting
from bot.salesforce.scanning import Scanning
from bot.salesforce.sessions import Sessions
from bot.salesforce.trouble import fate
from bot.tallies import Tallies

__all__ = ["Salesforce", "record_id"]

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d{1,12})/(\d{1,12})")
"""The calls of the org in 24 hours, and how many it may make (REST API Developer Guide, "Limit Info Header")."""


class Salesforce:
    """One org, for any of its users who are pre-authorised for the bot's app. Safe to share between threads."""

    def __init__(
        self,
        *,
        client_id: str,
        private_key: str,
        username: str,
        login_url: str,
        api_url: str | None,
        facts: Mapping[str, Mapped],
        timeout: tuple[float, float] = (3.05, 10.0),
        batch_timeout: tuple[float, float] = BATCH_TIMEOUT,
        store: redis.Redis | None = None,
        reserve: float = 0.0,
        tallies: Tallies | None = None,
    ) -> None:
        """``store`` is where all processes keep the breaker and what is left of the org's calls; ``reserve`` is the
        share of these that is kept for what people ask for and approve."""
        self._org_calls = OrgCalls(store, reserve)
        way = Guard(System.SALESFORCE, fate, store, tallies)
        self._username, self._facts, self._batch_timeout = username, facts, batch_timeout
        self._sessions = Sessions(client_id, private_key, login_url, api_url, timeout, way, self._seen)
        self._pool = Pool(8, thread_name_prefix="salesforce-describe")
        self._describes = Describes(self._describe, self._pool)

    def as_user(self, username: str | None = None) -> CrmReader:
        """Salesforce as this user, who is the bot's own without a name, to read."""
        return _Reader(*self._known(username))

    def in_background(self, username: str | None = None) -> CrmReader:
        """The same, for work that nobody waits for: ``Unavailable`` while what is left of the day's calls is kept."""
        return _Reader(*self._known(username), self._org_calls.spare)

    def as_writer(self, username: str | None, warrant: Warrant) -> Crm:
        """Salesforce as this user, to write what the warrant allows at the moment of each write."""
        return _Writer(warrant, *self._known(username))

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._sessions.close()

    def _known(
        self, username: str | None
    ) -> tuple[str, Sessions, Describes, Mapping[str, Mapped], tuple[float, float]]:
        who = username or self._username
        return who, self._sessions, self._describes, self._facts, self._batch_timeout

    def _describe(self, username: str, kind: str) -> Described:
        def step(client: Client) -> Described:
            return Described.of(cast(SFType, getattr(client, kind)).describe())

        return read(self._sessions, username, step, "describe")

    def _seen(self, headers: Mapping[str, str]) -> None:
        told = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
        if told is not None:
            self._org_calls.told(int(told[1]), int(told[2]))


class _Reader(DealReading, Scanning, RowReading, BulkReading):
    """Everything that is read, as one user."""


class _Writer(DealWriting, RowWriting, BulkWriting, _Reader):
    """Everything that is read and written, as one user."""
