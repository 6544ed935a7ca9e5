"""Counts of what this process did, kept together with those of all others in the store, for the metrics endpoint."""

from collections.abc import Mapping


class Tallies:
    """Counts in memory and adds to the store every few seconds: counting costs nobody a trip to Redis.

    What was counted since the last of these is lost with a process that is killed; it is measurement, not record.
    """

    def count(self, name: str, labels: Mapping[str, str], by: float = 1) -> None:
        """Add to a counter."""

    def observe(self, name: str, labels: Mapping[str, str], seconds: float) -> None:
        """Add a duration to a histogram."""
