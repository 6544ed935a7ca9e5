"""How a partner's list and our accounts overlap, counted so that both sides can follow every number. No I/O.

Each company of theirs counts once, with the account of ours that it resembles most. Each account of ours counts once,
under the best of its matches. So the two sides have numbers of their own, and each adds up to its own total.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.clients import OpenDeal, Segment
from bot.deal import Company
from bot.matching import Band, Match
from bot.pairings import Pairing
from bot.partner_lists import PartnerList


class Fate(StrEnum):
    """What became of a line of theirs."""

    SURE = "sure"
    REVIEW = "to review"
    NONE = "not matched"
    TWICE = "listed before"


_FATES = {Band.SURE: Fate.SURE, Band.REVIEW: Fate.REVIEW}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of theirs with what became of it; the last three are None where it is not matched."""

    theirs: Company
    fate: Fate
    match: Match | None = None
    ours: Company | None = None
    segment: Segment | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Everything that is told of an overlap."""

    about: PartnerList
    lines: tuple[Line, ...]  # every one of theirs, in their order
    accounts: Mapping[tuple[Segment, Fate], int]  # of ours; no key: none
    ours: int  # accounts in all
    read_at: datetime  # when our side was read
    deals: tuple[OpenDeal, ...] = ()  # open ones of the accounts that match surely, the largest first
    site: str = ""  # where people open the org in a browser

    def fates(self) -> Mapping[Fate, int]:
        """How many lines of theirs came to what; no key: none."""
        return Counter(line.fate for line in self.lines)

    def matched(self, fate: Fate) -> int:
        """How many accounts of ours are sure, or to review."""
        return sum(number for (_, one), number in self.accounts.items() if one is fate)


def overlap(
    about: PartnerList,
    theirs: Sequence[Company],
    twice: frozenset[str],
    found: Mapping[str, Match],
    ours: Mapping[str, Company],
    segment: Callable[[str], Segment],
    read_at: datetime,
) -> Overlap:
    """What a list and our accounts come to.

    ``twice`` are the ids of lines that repeat an earlier one; ``found`` has the best match of a line, by its id.
    """
    lines: list[Line] = []
    best: dict[str, Fate] = {}
    for company in theirs:
        match = found.get(company.id)
        account = ours.get(match.ours) if match is not None else None
        if company.id in twice:
            lines.append(Line(company, Fate.TWICE))
        elif match is None or account is None or match.band not in _FATES:
            lines.append(Line(company, Fate.NONE))
        else:
            fate = _FATES[match.band]
            lines.append(Line(company, fate, match, account, segment(account.id)))
            if best.get(account.id) is not Fate.SURE:
                best[account.id] = fate
    accounts = Counter((segment(account), fate) for account, fate in best.items())
    return Overlap(about=about, lines=tuple(lines), accounts=accounts, ours=len(ours), read_at=read_at)


@dataclass(frozen=True, slots=True)
class Likely:
    """A company of a partner's that may be an account of ours."""

    theirs: Company
    match: Match
    key: str  # what it is remembered by
    said: Pairing | None = None  # the last word of a person, if there is one


@dataclass(frozen=True, slots=True)
class Side:
    """A partner's list, and what in it may be an account of ours, the likeliest first."""

    label: str  # the partner as people write it
    about: PartnerList
    likely: tuple[Likely, ...]
