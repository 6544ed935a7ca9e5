"""``/cosell match``: one account of ours beside each partner's list; and the word of a person, which is remembered."""

import re
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.cards import Card, matches
from bot.cards.text import one_line
from bot.config import Config
from bot.deal import Company
from bot.errors import Refused
from bot.ledger import Ledger, Refusal
from bot.lifecycle.accounts import Accounts, Book
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.partners import Partners
from bot.matching import Band
from bot.overlap import Likely, Side
from bot.pairings import Pairing
from bot.policy import Authority, Denied
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

MOST_MEANT = 10
"""Accounts that are offered where the words name none alone."""
MOST_LIKELY = 5
"""Companies of one list that are shown beside an account."""
MOST_NEAR = 2
"""The same, where all of them fall short: a person may know better."""


class Comparing:
    """Shows who else knows an account, and records what people say of it."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        partners: Partners,
        ledger: Ledger,
        audiences: Audiences,
        threads: Threads,
        workspace: Workspace,
        authority: Authority,
        config: Config,
    ) -> None:
        self._accounts, self._partners, self._ledger = accounts, partners, ledger
        self._audiences, self._threads, self._workspace = audiences, threads, workspace
        self._authority, self._config = authority, config

    def match(self, words: str, channel: str, user: str, cause: str) -> Card | None:
        """Post what each partner's list has that may be this account; for the asker alone where outsiders read.

        ``Refused`` when the words name no account of ours.
        """
        self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))
        if not words.strip():
            raise Refused(
                "`/cosell match` takes an account of ours: its name, its website or its Salesforce id, such as "
                "`/cosell match Northwind`."
            )
        book = self._accounts.snapshot()
        meant = named(words.strip(), book)
        if not meant:
            raise Refused(
                f"No account of ours is called “{one_line(words, 150)}” or resembles it. Ask with its name as it is in "
                "Salesforce, its website, or its id."
            )
        if len(meant) > 1:
            return matches.which_account(words, [(account, book.segment(account.id)) for account in meant])
        card = self._card(meant[0], book)
        if self._audiences.outsiders(channel):
            return card
        self._audiences.post_inside(channel, card, f"match:{cause}")
        return None

    def say(
        self,
        partner: str,
        ours: str,
        theirs: str,
        yes: bool,
        user: str,
        team: str,
        channel: str,
        message: str | None,
        at: str,
        cause: str,
    ) -> None:
        """Record that somebody says yes or no to two companies, then show it on the card that they pressed.

        ``message`` is that card, None where only they see it. ``NotAllowed``, on the record, for a guest.
        """
        try:
            self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))
        except Denied as denied:
            self._ledger.refuse(_refusal(denied, user, team, channel, cause))
            raise
        person = self._config.by_slack(user)
        pairing = Pairing(
            partner=partner,
            theirs=theirs,
            ours=ours,
            yes=yes,
            by=user,
            name=person.name if person is not None else user,
            at=datetime.fromisoformat(at),
            cause=cause,
        )
        self._ledger.pair(pairing)
        log.info("match.said", partner=partner, account=ours, yes=yes, by=user)
        self._show(pairing, channel, message)

    def _show(self, pairing: Pairing, channel: str, message: str | None) -> None:
        book = self._accounts.snapshot()
        account = book.company(pairing.ours)
        if message is not None and account is not None and not self._audiences.outsiders(channel):
            self._threads.redraw(channel, message, self._card(account, book))
            if self._audiences.outsiders(channel):
                self._audiences.hide_inside(channel)
            return
        name = account.name if account is not None else pairing.ours
        label = self._partners.label(pairing.partner)
        said = matches.said(name, pairing.theirs.partition("|")[0], label, pairing.yes)
        self._threads.whisper(channel, pairing.by, said)

    def _card(self, account: Company, book: Book) -> Card:
        sides = [self._side(account, book, partner) for partner in self._partners.lists()]
        address = f"{book.site}/lightning/r/Account/{account.id}/view"
        found = [side for side in sides if side is not None]
        if not found:
            raise Refused(self._partners.nothing())
        return matches.matches(account, book.segment(account.id), address, found)

    def _side(self, account: Company, book: Book, partner: str) -> Side | None:
        """What a partner's list has beside an account; None when there is no list."""
        try:
            theirs = self._partners.theirs(partner)
        except Refused:
            return None
        pairings = self._partners.pairings(partner)
        near = []
        for company, match in theirs.beside(account, book.index, pairings):
            key = theirs.keys[company.id]
            near.append(Likely(theirs=company, match=match, key=key, said=pairings.get((account.id, key))))
        likely = [one for one in near if one.said is not None or one.match.band is not Band.NO]
        label = self._partners.label(partner)
        return Side(label=label, about=theirs.about, likely=tuple(likely[:MOST_LIKELY] or near[:MOST_NEAR]))


def named(words: str, book: Book) -> Sequence[Company]:
    """The accounts that words name: one by its id or its whole name, else those that resemble them."""
    id = re.search(r"(?<![A-Za-z0-9])001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?(?![A-Za-z0-9])", words)
    if id is not None:
        return [account for key, account in book.accounts.items() if key.startswith(id.group())]
    wanted = words.casefold()
    same = [account for account in book.accounts.values() if account.name.casefold() == wanted]
    if same:
        return same[:MOST_MEANT]
    address = words if re.fullmatch(r"(https?://)?[^\s/]+\.[^\s/]{2,}(/\S*)?", words) else ""
    asked = Company(id="", name="" if address else words, website=address)
    found = [match for match in book.index.matches(asked, most=MOST_MEANT) if match.band is not Band.NO]
    sure = [match for match in found if match.band is Band.SURE]
    if len(sure) == 1:
        return [book.accounts[sure[0].ours]]
    within = (account for account in book.accounts.values() if wanted in account.name.casefold())
    likely = {match.ours: book.accounts[match.ours] for match in found}
    return list((likely | {account.id: account for account in within}).values())[:MOST_MEANT]


def _refusal(denied: Denied, user: str, team: str, channel: str, cause: str) -> Refusal:
    return Refusal(
        by=user,
        team=team,
        wanted="match",
        channel=channel,
        why=str(denied),
        policy=denied.decision.policy,
        decision=denied.decision.entry(),
        cause=cause,
    )
