"""Numbers of the actions and of the ledger, as the history has read them from the chain."""

from collections.abc import Iterable, Iterator
from itertools import product

from prometheus_client.core import Metric

from bot.history import BUCKETS, ChainState, Totals
from bot.metrics.shapes import counter, histogram, single
from bot.proposal import Status, Via

ENDINGS = tuple(str(status) for status in Status if status.ended)
HAPPENED = ("approved", "edited", "returned", "overridden", "released")
VIAS = tuple(str(via) for via in Via)


def of_actions(totals: Totals, kinds: Iterable[str]) -> Iterator[Metric]:
    """How often what happened to actions, and how long done ones took."""
    kinds = tuple(kinds)
    yield counter(
        "cosell_actions_opened_total",
        "Actions that were proposed, by kind and by what called for them.",
        ("kind", "via"),
        totals.opened,
        product(kinds, VIAS),
    )
    yield counter(
        "cosell_actions_ended_total",
        "Actions that ended, by how: done, failed (nothing was written), unverified (a person must look), "
        "declined, expired.",
        ("kind", "status"),
        totals.ended,
        product(kinds, ENDINGS),
    )
    yield counter(
        "cosell_actions_happened_total",
        "What else happened to actions: approvals given, edits, returns because the deal had moved on, overrides "
        "(break-glass), releases because a system was away.",
        ("kind", "event"),
        totals.happened,
        product(kinds, HAPPENED),
    )
    yield counter(
        "cosell_decisions_refused_total",
        "Decisions that somebody was not let make, by what they wanted.",
        ("wanted",),
        {(wanted,): number for wanted, number in totals.refused.items()},
    )
    yield histogram(
        "cosell_step_seconds",
        "How long each step of actions took that are done.",
        ("kind", "step"),
        BUCKETS,
        {of: (found.counts, found.total) for of, found in totals.latencies.items()},
    )


def of_ledger(state: ChainState, oldest: float | None) -> Iterator[Metric]:
    """How long the chain is, and whether it is known to be whole; when the oldest live proposal was opened."""
    walk = state.walk
    yield single("cosell_ledger_entries", "Entries in the ledger's chain.", state.entries)
    yield single(
        "cosell_ledger_sound",
        "1 while nothing is known to be wrong with the chain, 0 once an entry was found that is not as it was written.",
        state.sound,
    )
    yield single(
        "cosell_ledger_unread_entries",
        "Entries that the history has not read and checked yet; the actions' counts lack them.",
        max(0, state.entries - state.read),
    )
    yield single(
        "cosell_ledger_walk_timestamp_seconds",
        "When the whole chain was walked last, from its first entry. Absent: never.",
        None if walk is None else walk.at.timestamp(),
    )
    yield single(
        "cosell_oldest_pending_timestamp_seconds",
        "When the proposal was opened that has not ended for the longest. Absent: all have ended.",
        oldest,
    )
