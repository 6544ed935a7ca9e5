"""The courses of all proposals, read from the ledger's chain as it grows."""

from bot.history.course import Course, Step
from bot.history.history import History
from bot.history.values import BUCKETS, ChainState, Latencies, Totals, Walk

__all__ = ["BUCKETS", "ChainState", "Course", "History", "Latencies", "Step", "Totals", "Walk"]
