"""``/cosell overlap``: how a partner's list and our accounts overlap; and what is done with a list that is dropped."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from bot import cards
from bot.cards import Card, overlaps
from bot.clients import OpenDeal
from bot.deal import Company
from bot.errors import BotError, Refused
from bot.lifecycle.accounts import Accounts, Book
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.partners import Partners, Theirs
from bot.overlap import Fate, Line, Overlap, overlap
from bot.policy import Authority
from bot.proposal import BOT
from bot.tables import RowProblem, write
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

MOST_DEALS = 100
"""Of the largest open deals so many are kept for a card to choose from."""
HEADINGS = (
    "Their line",
    "Their company",
    "Their website",
    "Their country",
    "Their D-U-N-S",
    "Result",
    "Confidence",
    "Why",
    "Our account",
    "Our account's id",
    "What it is to us",
    "Our open deals",
    "Their amount together",
)


class Overlapping:
    """Takes partners' lists, counts what they and we have in common, and hands it out."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        partners: Partners,
        audiences: Audiences,
        threads: Threads,
        workspace: Workspace,
        authority: Authority,
    ) -> None:
        self._accounts, self._partners, self._audiences = accounts, partners, audiences
        self._threads, self._workspace, self._authority = threads, workspace, authority

    def overlap(self, words: str, channel: str, user: str, cause: str) -> Card | None:
        """Post how a partner's list overlaps with ours; where outsiders read, the answer is for the asker alone."""
        self._may_ask(user)
        partner = self._partners.asked(words)
        label, theirs = self._partners.label(partner), self._partners.theirs(partner)
        if self._audiences.outsiders(channel):
            return overlaps.overlap(label, self._found(theirs), csv=False)
        begun = overlaps.matching(label, len(theirs.once), None)
        return self._follow(
            channel,
            None,
            begun,
            f"overlap:{cause}",
            lambda found, inside: overlaps.overlap(label, found, csv=inside),
            theirs,
        )

    def take(
        self,
        partner: str,
        companies: Sequence[Company],
        problems: Sequence[RowProblem],
        name: str,
        source: str,
        by: str,
        channel: str,
        thread_ts: str | None,
        cause: str,
    ) -> None:
        """Keep a list that was given, and tell the thread what was taken, what was not, and what it comes to.

        ``partner`` is empty where nobody said whose list it is: the file's name says it, or it is the configured
        partner's. The counts are told only where no outsider reads them. ``Refused`` for whoever may not ask, and for a
        list that is empty or too long: the one before it stays.
        """
        if by != BOT:
            self._may_ask(by)
        partner = partner.strip().lower() or self._partners.named(name)
        about = self._partners.keep(partner, companies, name=name, source=source, by=by)
        log.info("list.taken", partner=about.partner, companies=about.companies, left_out=len(problems))
        label = self._partners.label(about.partner)
        left_out = [f"Row {problem.number:,}: {problem.why}" for problem in problems]
        key = f"list:{cause}"
        if self._audiences.outsiders(channel):
            told = overlaps.taken(label, about, left_out, None, outsiders=True)
            self._threads.post(channel, thread_ts, told, key)
            return
        self._follow(
            channel,
            thread_ts,
            overlaps.taken(label, about, left_out, None, outsiders=False),
            key,
            lambda found, inside: overlaps.taken(label, about, left_out, found, outsiders=not inside),
            self._partners.theirs(about.partner),
        )

    def csv(self, partner: str, channel: str, thread_ts: str, user: str, cause: str) -> None:
        """Put every line of a partner's list, with what became of it, into the thread; never where outsiders read."""
        self._may_ask(user)
        if self._audiences.outsiders(channel, anew=True):
            raise Refused(
                "This file would name our customers, and people of another company are in this channel. "
                f"`/cosell overlap {cards.escape(partner)}` in a channel of our own people alone offers it."
            )
        theirs, label = self._partners.theirs(partner), self._partners.label(partner)
        book = self._accounts.snapshot()
        rows = [_row(line, book) for line in self._found(theirs).lines]
        name, title = f"overlap-{partner}.csv", f"Overlap with {label}, line by line"
        self._threads.upload(channel, thread_ts, name, write(HEADINGS, rows), title, f"overlap_csv:{cause}")

    def _follow(
        self,
        channel: str,
        thread_ts: str | None,
        begun: Card,
        key: str,
        drawn: Callable[[Overlap, bool], Card],
        theirs: Theirs,
    ) -> Card | None:
        """Show that it is under way, then the result; a card for the asker alone, if outsiders came meanwhile."""
        ts = self._audiences.post_inside(channel, begun, key, thread_ts)
        try:
            found = self._found(theirs)
        except BotError as error:
            self._threads.redraw(channel, ts, cards.words(str(error)))
            raise
        if not self._audiences.outsiders(channel):
            self._threads.redraw(channel, ts, drawn(found, True))
        if not self._audiences.outsiders(channel):
            return None
        self._audiences.hide_inside(channel)
        return drawn(found, False)

    def _found(self, theirs: Theirs) -> Overlap:
        """The overlap as things stand, a person's word before the score."""
        book = self._accounts.snapshot()
        said = self._partners.pairings(theirs.about.partner)
        found = {
            company.id: matches[0]
            for company, matches in theirs.matches(book.index, theirs.once, said)
            if matches
        }
        counted = overlap(
            theirs.about, theirs.companies, theirs.twice, found, book.accounts, book.segment, book.as_of
        )
        return replace(counted, deals=_largest(counted, book), site=book.site)

    def _may_ask(self, user: str) -> None:
        self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))


def _largest(found: Overlap, book: Book) -> tuple[OpenDeal, ...]:
    """The open deals of the accounts that match surely, the largest first."""
    sure = dict.fromkeys(line.ours.id for line in found.lines if line.fate is Fate.SURE and line.ours)
    deals = (deal for account in sure for deal in book.deals_of(account))
    return tuple(sorted(deals, key=lambda deal: (-(deal.amount or 0), deal.id))[:MOST_DEALS])


def _row(line: Line, book: Book) -> tuple[str, ...]:
    theirs, match, ours = line.theirs, line.match, line.ours
    deals = book.deals_of(ours.id) if ours is not None else ()
    return (
        theirs.id,
        theirs.name,
        theirs.website,
        theirs.country,
        theirs.duns,
        str(line.fate),
        f"{match.confidence:.2f}" if match is not None else "",
        "; ".join(match.evidence) if match is not None else "",
        ours.name if ours is not None else "",
        ours.id if ours is not None else "",
        str(line.segment or ""),
        str(len(deals)) if deals else "",
        f"{sum(deal.amount or 0 for deal in deals):.2f}" if deals else "",
    )
