"""Slack's rate limits: posts per channel, and calls per method and minute."""

import math
from collections import defaultdict, deque

TIER_1, TIER_2, TIER_3, TIER_4, SPECIAL = 1, 20, 50, 100, 600
"""Calls per method in a window of one minute (Slack's rate limit tiers; ``SPECIAL`` is auth.test and the like)."""


class Pace:
    """Counts calls and says how long to wait."""

    def __init__(self) -> None:
        self.burst = 3  # posts a channel takes at once; then one a second
        self.per_minute: dict[str, int] = {}  # by method: instead of the tier's number
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}  # by channel: posts that may be made, as of

    def wait(self, method: str, tier: int, now: float, channel: str | None = None) -> int:
        """Whole seconds to wait before this call; 0, and the call is counted, when it may be made."""
        most = self.per_minute.get(method, tier)
        calls = self._calls[method]
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + 60 - now))
        if channel is not None:
            left, since = self._posts.get(channel, (float(self.burst), now))
            left = min(float(self.burst), left + now - since)
            if left < 1:
                return max(1, math.ceil(1 - left))
            self._posts[channel] = (left - 1, now)
        calls.append(now)
        return 0
