"""The partner's account: one door for everybody, and behind it one view for each person."""

import threading
from collections.abc import Callable

import redis

from bot.clients import Partner, PartnerReader, Warrant
from bot.deal import System
from bot.guards import Guard
from bot.partner_central.access import Access, Sessions
from bot.partner_central.acting import Acting
from bot.partner_central.failures import fate
from bot.partner_central.looking import Looking
from bot.partner_central.shared import Shared
from bot.tallies import Tallies


def at_once() -> None:
    """No other process reads."""


class PartnerCentral:
    """The partner's account in one catalog.

    ``catalog`` is ``Sandbox`` or ``AWS``. With ``role_arn`` every person's calls are made by that role under a session
    and a source identity that name the person (AWS STS API reference, AssumeRole); without, by the default credential
    chain. ``wait_for_turn`` is called before each write, ``wait_to_read`` before each read. boto3's own variables say
    where AWS answers. ``store`` is where all processes keep the breaker.
    """

    def __init__(
        self,
        *,
        catalog: str,
        role_arn: str | None,
        wait_for_turn: Callable[[], None],
        wait_to_read: Callable[[], None] = at_once,
        store: redis.Redis | None = None,
        tallies: Tallies | None = None,
    ) -> None:
        way = Guard(System.PARTNER_CENTRAL, fate, store, tallies)
        self._shared = Shared(catalog, wait_for_turn, wait_to_read, way)
        self._sessions = Sessions(role_arn)
        self._people: dict[str, Access] = {}
        self._lock = threading.Lock()

    def as_user(self, name_or_email: str) -> PartnerReader:
        """The account as this person, to read. Nothing is sent yet."""
        return Looking(self._shared, self._access(name_or_email))

    def as_writer(self, name_or_email: str, warrant: Warrant) -> Partner:
        """The account as this person, to write what the warrant allows at the moment of each write."""
        return Acting(self._shared, self._access(name_or_email), warrant)

    def _access(self, name_or_email: str) -> Access:
        """A person's own sessions; the same for the same person."""
        who = name_or_email if self._sessions.role_arn else ""
        with self._lock:
            if who not in self._people:
                self._people[who] = Access(self._sessions, who)
            return self._people[who]
