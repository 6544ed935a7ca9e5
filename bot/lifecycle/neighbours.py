"""Who is who between our accounts and the partners' side, for rules that ask."""

import structlog

from bot.clients import Invitation, OpenDeal
from bot.deal import Company
from bot.errors import Refused
from bot.lifecycle.accounts import Accounts
from bot.lifecycle.partners import Partners
from bot.matching import Band, Match

log = structlog.get_logger()

SHOWN = 3
"""Accounts that are named beside an invitation."""


class Neighbours:
    """Answers from the partners' lists and our own accounts, as people may have corrected them."""

    def __init__(self, accounts: Accounts, partners: Partners) -> None:
        self._accounts, self._partners = accounts, partners

    def overlap(self, account: str, partner: str) -> str | None:
        """The evidence that an account (its id) is surely on a partner's list, as a sentence; None: it is not."""
        named = self._partners.named(partner)
        try:
            theirs = self._partners.theirs(named)
        except Refused as refused:
            log.info("rule.no_list", partner=named, why=str(refused))
            return None
        book = self._accounts.snapshot()
        company = book.company(account)
        if company is None:
            return None
        for candidate, match in theirs.beside(company, book.index, self._partners.pairings(named)):
            if match.band is Band.SURE:
                label = self._partners.label(named)
                return f"{candidate.name} is on {label}'s list: {', '.join(match.evidence)}."
        return None

    def resembling(self, invitation: Invitation) -> tuple[str, OpenDeal | None]:
        """Which of our accounts the customer resembles, as a sentence, and its open deal where it has just one."""
        if not invitation.company:
            return "", None
        book = self._accounts.snapshot()
        customer = Company(
            id=invitation.id,
            name=invitation.company,
            website=invitation.website or "",
            country=invitation.country or "",
        )
        found = [match for match in book.index.matches(customer, most=SHOWN) if match.band is not Band.NO]
        if not found:
            return "None of our accounts resembles the customer.", None
        names = "; ".join(_named(match, book.company(match.ours)) for match in found)
        sure = [match for match in found if match.band is Band.SURE]
        deals = book.deals_of(sure[0].ours) if len(sure) == 1 else ()
        return f"The customer resembles our {names}.", deals[0] if len(deals) == 1 else None


def _named(match: Match, account: Company | None) -> str:
    name = match.ours if account is None else account.name
    doubt = "" if match.band is Band.SURE else "perhaps "
    return f"{doubt}{name} ({', '.join(match.evidence)})"
