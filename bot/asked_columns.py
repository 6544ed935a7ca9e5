"""Files whose columns somebody has to say: what was found in each, kept until they have."""

import redis
from pydantic import ValidationError

from bot.deal import Frozen
from bot.errors import Unavailable

KEPT = 7 * 24 * 3600
"""Seconds for which the question can be answered."""


class AskedColumns(Frozen):
    """What is known of a file, and where it was given."""

    file: str  # Slack file id
    name: str
    wanted: str  # "scores" or "companies"
    headings: tuple[str, ...]
    guessed: dict[str, str]  # our name of a column -> the heading that seems to be it
    channel: str
    thread_ts: str | None
    user: str  # who gave it, or asked for it to be read


class ColumnQuestions:
    """Keeps such questions by the cause that they came of."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def keep(self, cause: str, asked: AskedColumns) -> None:
        """Keep a question for a week."""
        try:
            self._store.set(_name(cause), asked.model_dump_json(), ex=KEPT)
        except redis.RedisError as error:
            raise _away() from error

    def get(self, cause: str) -> AskedColumns | None:
        """The question; None when it is too old, or there never was one."""
        try:
            kept = self._store.get(_name(cause))
        except redis.RedisError as error:
            raise _away() from error
        try:
            return None if kept is None else AskedColumns.model_validate_json(kept)
        except ValidationError:
            return None


def _name(cause: str) -> str:
    return f"cosell:columns:{cause}"


def _away() -> Unavailable:
    return Unavailable("It cannot be looked up just now which columns that file has.")
