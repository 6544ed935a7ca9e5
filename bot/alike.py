"""Deals that could be taken for one another: of the same account, with nearly the same name or amount."""

from collections.abc import Iterator

from rapidfuzz import fuzz, utils

from bot.deal import Deal, Sibling
from bot.proposal import LookAlike

NEAR_NAME = 80
"""Of 100, how alike two names are, whatever the order of their words and without the account's own name."""
NEAR_AMOUNT = 0.05
"""The share by which two amounts may differ and still be taken for the same."""


def look_alikes(deal: Deal) -> tuple[LookAlike, ...]:
    """The open deals of the same account that could be meant instead, the likeliest first."""
    found = sorted(_compared(deal), key=lambda pair: -pair[0])
    return tuple(like for _, like in found)


def _compared(deal: Deal) -> Iterator[tuple[float, LookAlike]]:
    account = utils.default_process(str(deal.value("account") or ""))
    for other in deal.siblings:
        if other.id == deal.id:
            continue
        score = fuzz.token_set_ratio(_core(deal.name, account), _core(other.name, account))
        reasons = [
            *(["nearly the same name"] if score >= NEAR_NAME else []),
            *(["nearly the same amount"] if _near(deal, other) else []),
        ]
        if reasons:
            yield score, LookAlike(name=other.name, url=other.url, why=" and ".join(reasons))


def _core(name: str, account: str) -> str:
    """A deal's name without its account's, which all of the account's deals share."""
    plain = utils.default_process(name)
    rest = [word for word in plain.split() if word not in account.split()]
    return " ".join(rest) or plain


def _near(deal: Deal, other: Sibling) -> bool:
    amount = deal.value("amount")
    if not isinstance(amount, int | float) or not amount or not other.amount:
        return False
    return abs(amount - other.amount) <= NEAR_AMOUNT * max(abs(amount), abs(other.amount))
