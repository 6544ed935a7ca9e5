"""The ledger as the panel shows it: its newest entries, and whether the chain is whole."""

import time
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.deal import Json
from bot.errors import Unavailable
from bot.ledger import HEAD, Ledger, Verdict

NEWEST = 100
"""Entries that are shown."""
AGAIN = 5.0
"""Seconds after which the chain is walked again although nothing was written: an old entry may have been changed."""
SHARE = 10
"""A walk is followed by a pause of so many times its length."""


class LedgerWatch:
    """Reads one store's ledger for the panel; what cannot be read is said in the row."""

    def __init__(self, port: int) -> None:
        self._client = redis.Redis(
            port=port, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        self._ledger = Ledger(self._client)
        self._entries: dict[str, Json] = {}
        self._state: dict[str, Json] = {"count": 0, "head": "", "whole": None, "checked": 0, "flaw": None}
        self._head: tuple[Any, int] | None = None  # at the last walk
        self._walked, self._took = 0.0, 0.0

    def rows(self, running: bool) -> dict[str, Json]:
        """``ledger``, the state of the chain, and ``entry:<seq>`` for each of the newest entries.

        ``away`` is a sentence while the store cannot be read; the rest is then as it was last read.
        """
        away = None
        try:
            if running:
                self._read()
        except (Unavailable, redis.RedisError):
            running = False
        if not running:
            away = "Redis does not answer, so nothing can be approved or written. This is what was last read."
        return {"ledger": {**self._state, "away": away}, **self._entries}

    def _read(self) -> None:
        link, written = self._client.hmget(HEAD, ["link", "seq"])
        head = (link, int(written or 0))
        passed = time.monotonic() - self._walked
        moved = head != self._head
        if (not moved and passed < AGAIN) or passed < SHARE * self._took:
            return
        self._read_entries(head[1])
        began = time.monotonic()
        verdict = self._walk(head[1])
        self._walked = time.monotonic()
        self._took, self._head = self._walked - began, head
        flaw = verdict.flaw
        self._state = {
            "count": max(head[1], verdict.entries),
            "head": verdict.head,
            "whole": flaw is None,
            "checked": verdict.entries,
            "flaw": None if flaw is None else {"seq": flaw.seq, "what": flaw.what},
        }

    def _walk(self, written: int) -> Verdict:
        try:
            return self._ledger.verify()
        except (ValueError, LookupError):
            flaw: Any = {"seq": 1, "what": "an entry is not what the bot writes"}
            return Verdict.model_validate({"entries": written, "head": "", "flaw": flaw})

    def _read_entries(self, written: int) -> None:
        found: dict[str, Json] = {}
        try:
            for entry in self._ledger.entries(after=max(0, written - NEWEST)):
                found[f"entry:{entry['seq']}"] = {**entry, "link": str(entry["link"])[:12]}
        except ValueError:
            pass  # what comes after an entry that cannot be read is not shown; the walk says which it is
        self._entries = dict(list(found.items())[-NEWEST:])
