"""What a person said of a company of a partner's list and an account of ours: the same, or not."""

from pydantic import AwareDatetime

from bot.deal import Company, Frozen
from bot.matching import domain
from bot.matching.letters import folded
from bot.matching.places import country


class Pairing(Frozen):
    """Somebody's word on whether two companies are the same one."""

    partner: str  # in lower case
    theirs: str  # what their company is remembered by: ``key_of``
    ours: str  # id of our account
    yes: bool
    by: str  # Slack user id
    name: str  # the person's
    at: AwareDatetime
    cause: str  # what made it a word of its own; the same cause says it once


def key_of(company: Company) -> str:
    """What a company of a partner's is remembered by, in whatever list or file it comes again.

    Its registrable domain, where it has one of its own; else its name, whatever its case, accents and marks, and the
    country.
    """
    own = domain(company.website)
    return own[:_LONGEST] if own else f"{named_alike(company)}|{country(company.country)[:_LONGEST]}"


def named_alike(company: Company) -> str:
    """The name as it is compared: the same for two companies that are named alike."""
    return folded(company.name)[:_LONGEST] or company.name.casefold().strip()[:_OF_MARKS]


_LONGEST = 200
"""Characters of a name that tell it apart; a button of Slack's has room for them."""
_OF_MARKS = 40
"""The same, of a name that is nothing but marks."""
