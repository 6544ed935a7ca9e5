"""A deal as it was seen last, kept so that the next look knows what changed."""

import json
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Self

from bot.clients import OpenDeal, PartnerDeal


@dataclass(frozen=True, slots=True)
class Seen:
    """What rules compare of an open deal."""

    version: str  # SystemModstamp as Salesforce writes it
    stage: str
    amount: float | None
    next_step: str
    since: float  # POSIX time since which the next step is known to read so
    ace_id: str
    name: str
    account_id: str
    account: str
    owner: str  # Salesforce username

    @classmethod
    def of(cls, deal: OpenDeal, before: "Seen | None", now: datetime) -> Self:
        """The deal as it is read now. An unchanged next step keeps its age; one seen for the first time is as old as
        the record's last change, for it may be older but not younger."""
        if before is None:
            since = deal.modified
        elif before.next_step == deal.next_step:
            since = datetime.fromtimestamp(before.since, deal.modified.tzinfo)
        else:
            since = min(deal.modified, now)
        return cls(
            version=deal.version,
            stage=deal.stage,
            amount=deal.amount,
            next_step=deal.next_step,
            since=since.timestamp(),
            ace_id=deal.ace_id,
            name=deal.name,
            account_id=deal.account_id,
            account=deal.account,
            owner=deal.owner,
        )

    def packed(self) -> str:
        """As it is kept: fifty thousand of these are read and written in one look."""
        return json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpacked(cls, kept: bytes | str) -> Self:
        """What ``packed`` made."""
        return cls(*json.loads(kept))


@dataclass(frozen=True, slots=True)
class SeenAtAws:
    """What rules compare of our opportunity at AWS."""

    version: str  # LastModifiedDate, ISO 8601
    stage: str
    review_status: str

    @classmethod
    def of(cls, deal: PartnerDeal) -> Self:
        """The opportunity as the list shows it now."""
        return cls(deal.modified.isoformat(), deal.stage, deal.review_status)

    def packed(self) -> str:
        """As it is kept."""
        return json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpacked(cls, kept: bytes | str) -> Self:
        """What ``packed`` made."""
        return cls(*json.loads(kept))
