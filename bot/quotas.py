"""What is left of the calls that each outside system allows, as all processes together know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import redis

from bot.deal import System


@dataclass(frozen=True)
class Quota:
    """The calls of the last 24 hours."""

    limit: int
    used: int
    as_of: datetime

    @property
    def left(self) -> int:
        """How many more there may be."""
        return max(0, self.limit - self.used)


def quotas(store: redis.Redis) -> Mapping[System, Quota]:
    """What is known of each system's, in one trip to the store; systems of which nothing is known are left out."""
    return {}
