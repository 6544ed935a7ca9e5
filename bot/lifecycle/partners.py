"""The partners' side: whose lists there are, what they hold, and what people said of the companies in them."""

import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.cards.text import one_line
from bot.clients import PartnerReader
from bot.config import Config
from bot.deal import Company, System
from bot.errors import Refused
from bot.ledger import Ledger
from bot.lifecycle.accounts import Reading
from bot.matching import Band, Index, Listed, Match, Verdict
from bot.pairings import Pairing, key_of, named_alike
from bot.partner_lists import PartnerList, PartnerLists

NEAR = 10
"""Companies of one side that are looked at beside one of the other."""
AWS = "aws"
"""The partner whose own opportunities stand in for a list that nobody gave."""


@dataclass(frozen=True)
class Theirs:
    """A partner's list, ready to be matched; no two companies have the same id."""

    about: PartnerList
    companies: Sequence[Company]

    @cached_property
    def by_id(self) -> Mapping[str, Company]:
        """The companies by their ids."""
        return {company.id: company for company in self.companies}

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """What each company is remembered by, by its id."""
        return {company.id: key_of(company) for company in self.companies}

    @cached_property
    def twice(self) -> frozenset[str]:
        """The ids of those that repeat an earlier one: named alike, and remembered by the same."""
        seen: set[tuple[str, str]] = set()
        repeated = []
        for company in self.companies:
            both = named_alike(company), self.keys[company.id]
            if both in seen:
                repeated.append(company.id)
            seen.add(both)
        return frozenset(repeated)

    @cached_property
    def once(self) -> Sequence[Company]:
        """The companies without those that repeat an earlier one."""
        return tuple(company for company in self.companies if company.id not in self.twice)

    @cached_property
    def index(self) -> Index:
        """To look one company of ours up in the list."""
        return Index(self.once)

    @cached_property
    def listed(self) -> Listed:
        """To look the list up among our accounts."""
        return Listed(self.once)

    def matches(
        self,
        ours: Index,
        companies: Sequence[Company],
        pairings: Mapping[tuple[str, str], Pairing],
        most: int = 1,
    ) -> Iterator[tuple[Company, tuple[Match, ...]]]:
        """Each of these companies of the list with its matches among ours, the best first.

        What people said counts before the score.
        """
        words = _by_key(pairings)
        said = {company.id: words.get(self.keys[company.id], {}) for company in companies}
        return self.listed.matches(ours, companies, said, most)

    def beside(
        self, account: Company, ours: Index, pairings: Mapping[tuple[str, str], Pairing]
    ) -> Sequence[tuple[Company, Match]]:
        """The companies of the list that come near an account of ours, or that people spoke of beside it.

        The best first; each with its match as it stands among all of our accounts.
        """
        found = {match.ours for match in self.index.matches(account, most=NEAR)}
        said = {key for mine, key in pairings if mine == account.id}
        if said:
            found |= {company.id for company in self.once if self.keys[company.id] in said}
        near = [
            (company, match)
            for company, matches in self.matches(
                ours, [self.by_id[id] for id in sorted(found)], pairings, NEAR
            )
            for match in matches
            if match.ours == account.id
        ]
        return sorted(near, key=lambda both: (both[1].band is Band.NO, -both[1].confidence))


def _by_key(pairings: Mapping[tuple[str, str], Pairing]) -> Mapping[str, Mapping[str, Verdict]]:
    """The verdicts by what theirs is remembered by, then by the id of ours."""
    words: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
    for pairing in pairings.values():
        words[pairing.theirs][pairing.ours] = verdict_of(pairing)
    return dict(words)


def verdict_of(pairing: Pairing) -> Verdict:
    """A person's word in the form that matching takes."""
    day = f"{pairing.at.day} {pairing.at:%B %Y}"
    return Verdict(pairing.yes, f"{pairing.name} said so on {day}")


class Partners:
    """Reads lists: those that people gave, and AWS's own opportunities where nobody gave one."""

    def __init__(
        self,
        *,
        lists: PartnerLists,
        aws: Callable[[], PartnerReader],
        ledger: Ledger,
        config: Config,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lists, self._aws, self._ledger, self._now = lists, aws, ledger, now
        self._default = config.referral.partner_of_record
        companies = (person.company for person in config.people if person.company)
        self._labels = {name.lower(): name for name in (self._default, *companies)}
        self._at_aws = Reading(self._read_aws, clock)
        self._known: dict[str, Theirs] = {}

    def named(self, words: str) -> str:
        """The partner that words or a file's name speak of, in lower case; else the configured one."""
        spoken = re.findall(r"[^\W_]+", words.lower())
        known = {*self._labels, *self._lists.partners(), AWS}
        return next((name for name in sorted(known) if _parts(name, spoken)), self._default.lower())

    def asked(self, words: str) -> str:
        """The partner that a command is about; ``Refused``, with those there are, where the words name none."""
        partner = self.named(words)
        if words.strip() and not _parts(partner, re.findall(r"[^\W_]+", words.lower())):
            names = ", ".join(self.label(name) for name in sorted({*self._labels, *self._lists.partners()}))
            raise Refused(f"No partner is called “{one_line(words, 80)}” here. There are: {names}. {_HOW}")
        return partner

    def label(self, partner: str) -> str:
        """A partner as people write it."""
        return self._labels.get(partner, partner.upper() if len(partner) <= 4 else partner.title())

    def lists(self) -> tuple[str, ...]:
        """Every partner of whom there is something to match with."""
        return tuple(sorted({*self._lists.partners(), AWS}))

    def nothing(self) -> str:
        """What is told when there is nothing of any partner to match with."""
        return f"Nobody has given me a partner's list yet. {_HOW}"

    def theirs(self, partner: str) -> Theirs:
        """A partner's list as it stands; ``Refused``, with how to give one, when there is none."""
        about = self._lists.about(partner)
        known = self._known.get(partner)
        if about is None and partner == AWS:
            return self._at_aws.get()
        if known is not None and known.about == about:
            return known
        found = self._lists.of(partner)
        if found is None:
            raise Refused(f"Nobody has given me {self.label(partner)}'s list yet. {_HOW}")
        theirs = Theirs(about=found[0], companies=_apart(found[1]))
        self._known[partner] = theirs
        return theirs

    def keep(
        self, partner: str, companies: Iterable[Company], *, name: str, source: str, by: str
    ) -> PartnerList:
        """Put a list in the place of the partner's earlier one."""
        return self._lists.keep(partner, tuple(companies), name=name, source=source, by=by, at=self._now())

    def pairings(self, partner: str) -> Mapping[tuple[str, str], Pairing]:
        """What people said of a partner's companies, by (id of ours, what theirs is remembered by)."""
        return self._ledger.pairings(partner)

    def _read_aws(self) -> Theirs:
        at = self._now()
        deals = {deal.id: deal for deal in self._aws().deals()}  # one that changes meanwhile is listed again
        companies = tuple(
            Company(id=deal.id, name=deal.company, website=deal.website, country=deal.country)
            for deal in deals.values()
        )
        if not companies:
            raise Refused(f"We have no opportunity at AWS, and nobody has given me AWS's list yet. {_HOW}")
        about = PartnerList(
            partner=AWS,
            name="our opportunities at AWS",
            source=str(System.PARTNER_CENTRAL),
            by="",
            at=at,
            companies=len(companies),
            digest=hashlib.sha256(repr(companies).encode()).hexdigest(),
        )
        return Theirs(about=about, companies=companies)


def _apart(companies: Sequence[Company]) -> Sequence[Company]:
    """The companies, each with an id of its own: their place in the list, where the list's own ids are not."""
    if len({company.id for company in companies}) == len(companies):
        return companies
    return tuple(replace(company, id=str(place)) for place, company in enumerate(companies, 1))


def _parts(name: str, spoken: list[str]) -> bool:
    """Whether all the words of a name are spoken, in their order."""
    words = re.findall(r"[^\W_]+", name)
    places = range(len(spoken) - len(words) + 1)
    return bool(words) and any(spoken[place : place + len(words)] == words for place in places)


_HOW = (
    "Drop the list here as a CSV or XLSX file with a column for the company's name; its website, country and "
    "D-U-N-S number help. Name the partner in the file's name, such as `aws-accounts.csv`."
)
