"""Salesforce: reads opportunities and writes them as the approving person, over simple-salesforce."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from simple_salesforce.api import Salesforce as Client
from simple_salesforce.api import SFType

from bot.clients import Crm, CrmReader, Warrant
from bot.config import Mapped
from bot.salesforce.asking import BATCH_TIMEOUT, read
from bot.salesforce.bulk import BulkReading, BulkWriting
from bot.salesforce.deals import DealReading, DealWriting
from bot.salesforce.describe import Described, Describes
from bot.salesforce.ids import record_id
from bot.salesforce.rows import RowReading, RowWriting
from bot.salesforce.scanning import Scanning
from bot.salesforce.sessions import Sessions

__all__ = ["Salesforce", "record_id"]


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
    ) -> None:
        self._username, self._facts, self._batch_timeout = username, facts, batch_timeout
        self._sessions = Sessions(client_id, private_key, login_url, api_url, timeout)
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="salesforce-describe")
        self._describes = Describes(self._describe, self._pool)

    def as_user(self, username: str | None = None) -> CrmReader:
        """Salesforce as this user, who is the bot's own without a name, to read."""
        return _Reader(*self._known(username))

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

        return read(self._sessions, username, step)


class _Reader(DealReading, Scanning, RowReading, BulkReading):
    """Everything that is read, as one user."""


class _Writer(DealWriting, RowWriting, BulkWriting, _Reader):
    """Everything that is read and written, as one user."""
