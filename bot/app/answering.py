"""What a person is told who asked for something that makes no card."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import redis
import structlog

from bot import cards
from bot.errors import BotError, Unavailable
from bot.threads import Threads

log = structlog.get_logger()


@contextmanager
def answering(
    threads: Threads, keep: redis.Redis, channel: str, user: str, cause: str, response_url: str | None = None
) -> Iterator[None]:
    """Tell whoever asked what became of it, when no card does."""

    def tell(words: str) -> None:
        threads.whisper(channel, user, cards.words(words), response_url=response_url)

    try:
        yield
    except Unavailable as away:
        if keep.set(f"cosell:told:{cause}", "1", nx=True, ex=24 * 3600):
            tell(f"{away} I keep trying for an hour; if no card has come by then, ask again.")
        raise
    except BotError as refused:
        tell(str(refused))
    except Exception:
        reference = os.urandom(4).hex()
        log.exception("asking.broke", reference=reference)
        tell(f"Something unexpected happened (reference {reference}). Nothing was proposed.")
