"""What Prometheus is told, read from the store alone: whichever process answers, before and after a restart."""

from bot.metrics.exposition import CONTENT_TYPE, Exposition, Past

__all__ = ["CONTENT_TYPE", "Exposition", "Past"]
