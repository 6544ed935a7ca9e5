"""What a decision on an action rests on beside the people: the facts that policies speak of, read with the deal."""

from bot.deal import Deal, Json, System
from bot.policy import Place
from bot.proposal import Stake


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


def _whole(value: Json) -> int | None:
    """Whole units, rounded up: a threshold is not slipped under by a cent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return -int(-value // 1)


def _text(value: Json) -> str | None:
    return None if value is None else str(value)
