"""What a decision on an action rests on beside the people: the facts that policies speak of, read with the deal."""

from datetime import datetime

from bot.action import Action, Preview
from bot.deal import Deal, Json, System
from bot.policy import Place
from bot.proposal import Origin, Proposal, Stake, Via


def stake_of(system: System, batch: int, deal: Deal, place: Place) -> Stake:
    """The stake of a write of so many records to a system, on a deal and in a channel."""
    owner = deal.owner_person
    partner = deal.value("partner_of_record") or deal.referring.partner_of_record or ""
    return Stake(
        account=deal.account_id,
        owner=owner.slack if owner is not None else None,
        amount=_whole(deal.value("amount")),
        stage=_text(deal.value("stage")),
        sensitivity=_text(deal.value("sensitivity")),
        partner="aws" if system is System.PARTNER_CENTRAL else str(partner).lower(),
        first_referral=deal.referred is False,
        batch=batch,
        shared=place.shared,
    )


def nobodys(kind: type[Action], deal: Deal, now: datetime) -> Proposal:
    """A proposal of this kind that nobody made, to ask the policy who could approve one on a deal."""
    return Proposal(
        id="",
        kind=kind.kind,
        opportunity=deal.id,
        deal_name=deal.name,
        deal_url=deal.url,
        payload={},
        preview=Preview(headline="", changes=()),
        channel="",
        thread_ts=None,
        origin=Origin(by="", via=Via.COMMAND, at=now),
        approvers=(),
        opened_at=now,
        expires_at=now,
        stake=stake_of(kind.system, 1, deal, Place()),
    )


def _whole(value: Json) -> int | None:
    """Whole units, rounded up: a threshold is not slipped under by a cent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return -int(-value // 1)


def _text(value: Json) -> str | None:
    return None if value is None else str(value)
