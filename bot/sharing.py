"""Which channels have people of another company in them, known to every process at the same moment."""

from collections.abc import Iterable

import redis

from bot.errors import Unavailable

FRESH = 120
"""Seconds for which it is known that a channel is our own; after that Slack is asked again."""
KEPT = 90 * 24 * 3600
"""Seconds for which it is remembered what was posted that outsiders should not read."""


class Sharing:
    """What is known of channels, kept in the store."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def known(self, channel: str) -> bool | None:
        """Whether outsiders are in a channel; None when Slack has to be asked."""
        try:
            found = self._store.get(_name(channel))
        except redis.RedisError as error:
            raise _away() from error
        return None if found is None else found == b"1"

    def note(self, channel: str, outsiders: bool) -> None:
        """What Slack says of a channel now."""
        try:
            self._store.set(_name(channel), "1" if outsiders else "0", ex=FRESH)
        except redis.RedisError as error:
            raise _away() from error

    def remember(self, channel: str, key: str) -> None:
        """That the post of this key shows what outsiders should not read."""
        try:
            self._store.sadd(_posts(channel), key)
            self._store.expire(_posts(channel), KEPT)
        except redis.RedisError as error:
            raise _away() from error

    def remembered(self, channel: str) -> Iterable[str]:
        """The keys of such posts."""
        try:
            return sorted(map(_text, self._store.smembers(_posts(channel))))
        except redis.RedisError as error:
            raise _away() from error


def _name(channel: str) -> str:
    return f"cosell:outsiders:{channel}"


def _posts(channel: str) -> str:
    return f"cosell:inside:{channel}"


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()


def _away() -> Unavailable:
    return Unavailable("It cannot be known just now who reads this channel, so nothing is shown.")
