"""The newest list of companies of each partner, kept in the store until another takes its place."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import redis
from pydantic import AwareDatetime

from bot.deal import Company, Frozen
from bot.errors import Refused, Unavailable

MOST = 1_000_000
"""Companies of one list."""

_LISTS = "cosell:lists"
_row_of = attrgetter(*(field.name for field in fields(Company)))


class PartnerList(Frozen):
    """Where a partner's list comes from."""

    partner: str  # in lower case
    name: str  # the file's, or what else people call it by
    source: str  # "file partner-list.csv of Mei Tanaka", "s3://…"
    by: str  # Slack user id
    at: AwareDatetime
    companies: int
    digest: str  # SHA-256 of what is kept, hex


class PartnerLists:
    """Keeps lists and gives them back."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def keep(
        self, partner: str, companies: Sequence[Company], *, name: str, source: str, by: str, at: datetime
    ) -> PartnerList:
        """Put a list in the place of the partner's earlier one, all of it or nothing.

        ``Refused`` when it is empty or too long, ``Unavailable`` when it cannot be kept just now.
        """
        if not companies:
            raise Refused("No company could be read from this list, so the one before it stays.")
        if len(companies) > MOST:
            raise Refused(
                f"This list has {len(companies):,} companies; {MOST:,} are the most. Leave out those that are not "
                "your concern, and give it again."
            )
        rows = json.dumps([_row_of(company) for company in companies], ensure_ascii=False).encode()
        about = PartnerList(
            partner=partner.lower(),
            name=name,
            source=source,
            by=by,
            at=at,
            companies=len(companies),
            digest=hashlib.sha256(rows).hexdigest(),
        )
        packed = zlib.compress(rows, 6)
        try:
            with self._store.pipeline(transaction=True) as both:
                both.hset(
                    _key(about.partner), mapping={"about": about.model_dump_json(), "companies": packed}
                )
                both.sadd(_LISTS, about.partner)
                both.execute()
        except redis.RedisError as error:
            raise Unavailable("The partner's list cannot be kept just now.") from error
        return about

    def of(self, partner: str) -> tuple[PartnerList, tuple[Company, ...]] | None:
        """A partner's list with what it holds; None when nobody gave one."""
        about, packed = self._read(partner, "about", "companies")
        if about is None or packed is None:
            return None
        rows = json.loads(zlib.decompress(packed))
        return PartnerList.model_validate_json(about), tuple(Company(*row) for row in rows)

    def about(self, partner: str) -> PartnerList | None:
        """Where a partner's list comes from, without reading it; None when nobody gave one."""
        (about,) = self._read(partner, "about")
        return None if about is None else PartnerList.model_validate_json(about)

    def partners(self) -> tuple[str, ...]:
        """Every partner whose list is here, in alphabetical order."""
        try:
            return tuple(sorted(_text(name) for name in self._store.smembers(_LISTS)))
        except redis.RedisError as error:
            raise _away() from error

    def _read(self, partner: str, *names: str) -> list[Any]:
        try:
            return list(self._store.hmget(_key(partner.lower()), list(names)))
        except redis.RedisError as error:
            raise _away() from error


def _key(partner: str) -> str:
    return f"cosell:list:{partner}"


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()


def _away() -> Unavailable:
    return Unavailable("The partners' lists cannot be read just now.")
