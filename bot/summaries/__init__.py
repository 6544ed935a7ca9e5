"""What happened in a period, counted from the courses of its proposals."""

from bot.summaries.counting import Told, spread, summarise
from bot.summaries.values import (
    Count,
    Effort,
    Of,
    Override,
    Period,
    Pipeline,
    Referrals,
    Row,
    Spread,
    StepTime,
    Summary,
    Why,
)

__all__ = [
    "Count",
    "Effort",
    "Of",
    "Override",
    "Period",
    "Pipeline",
    "Referrals",
    "Row",
    "Spread",
    "StepTime",
    "Summary",
    "Told",
    "Why",
    "spread",
    "summarise",
]
