"""The record: the newest state of every proposal and every step that led to it, in one Redis transaction.

Needs Redis 7 or Valkey with ``appendonly yes`` and ``appendfsync always``: then an answered step is on disk.
"""

from bot.ledger.ledger import Ledger
from bot.ledger.steps import HEAD, LEDGER
from bot.ledger.values import AlreadyLive, Flaw, Handover, Kept, Link, Refusal, Verdict

__all__ = [
    "HEAD",
    "LEDGER",
    "AlreadyLive",
    "Flaw",
    "Handover",
    "Kept",
    "Ledger",
    "Link",
    "Refusal",
    "Verdict",
]
