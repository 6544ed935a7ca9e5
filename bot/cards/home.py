"""The Home tab: what waits for somebody, what is under way, what ended lately, and what can be asked for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.action import kinds
from bot.cards.approvals import names, progress
from bot.cards.blocks import Block, context, divider, few, header, link_button, listed, section
from bot.cards.names import MARKS, SAID, deal_link, headline_of, title_of
from bot.cards.notices import BY_WORDS, usages
from bot.cards.text import defused, lasting, mention, one_line, when
from bot.deal import Frozen
from bot.proposal import Proposal, Status

_MOST_WAITING = 20
_MOST = 10
_WIDE = 200  # characters of a headline
_LONGEST_URL = 3_000  # Block Kit reference: url of a button


class Desk(Frozen):
    """What one person has to do with."""

    waiting: tuple[Proposal, ...] = ()  # for their approval, the oldest first
    under_way: tuple[Proposal, ...] = ()  # the oldest first
    lately: tuple[Proposal, ...] = ()  # ended, the newest first
    problems: tuple[str, ...] = ()  # of the bot as a whole, a sentence in our own mrkdwn each

    @property
    def shown(self) -> tuple[Proposal, ...]:
        """Those that the page has room for."""
        return self.waiting[:_MOST_WAITING] + self.under_way[:_MOST] + self.lately[:_MOST]


def home(desk: Desk, links: Mapping[str, str], now: datetime) -> Block:
    """A person's Home tab; ``links`` has the address of a proposal's card by the proposal's id.

    Nothing is decided here: that belongs to the card, which shows what will be written.
    """
    return _view(
        [
            *_problems(desk.problems),
            header("Waiting for you", "waiting"),
            *_waiting(desk.waiting, links, now),
            divider("before_under_way"),
            header("Under way", "under_way"),
            *_under_way(desk.under_way, links),
            divider("before_lately"),
            header("Lately", "lately"),
            *_lately(desk.lately, links),
            divider("before_verbs"),
            header("What I can do", "verbs"),
            *_verbs(),
            context("as_of", f"As of {when(now)}. It is read anew whenever you open this tab."),
        ]
    )


def closed_home() -> Block:
    """The page of somebody who is none of ours: what this is, and nothing of any deal."""
    told = (
        "*This app works for people of the company that runs it.*\n"
        "It proposes co-sell actions in deal channels, and carries out what one of them approves."
    )
    return _view([section("closed", told)])


def _view(blocks: list[Block]) -> Block:
    return {"type": "home", "callback_id": "cosell.home", "blocks": blocks}


def _problems(problems: Sequence[str]) -> Iterator[Block]:
    if problems:
        lines = [f":warning:  {defused(words)}" for words in problems]
        yield section("problems", listed(lines, _MOST))


def _waiting(proposals: Sequence[Proposal], links: Mapping[str, str], now: datetime) -> Iterator[Block]:
    shown, more = few(proposals, _MOST_WAITING)
    for proposal in shown:
        terms = [
            f"Waits for {lasting(now - proposal.opened_at)}",
            f"expires {when(proposal.expires_at)}",
            f"asked for by {mention(proposal.origin.by)}",
        ]
        if told := progress(proposal):
            terms.insert(0, f"{told[:1].upper()}{told[1:]}")
        if proposal.preview.findings:
            terms.insert(0, ":memo: Has details to complete first")
        if proposal.moved:
            terms.insert(0, ":warning: Asks again, the deal changed")
        yield _row("waiting", proposal, links, headline_of(proposal, _WIDE), terms)
    yield from _rest("waiting", more, bool(proposals), "Nothing waits for your approval.")


def _under_way(proposals: Sequence[Proposal], links: Mapping[str, str]) -> Iterator[Block]:
    shown, more = few(proposals, _MOST)
    for proposal in shown:
        terms = [f"{MARKS[proposal.status]} {SAID[proposal.status].capitalize()}"]
        if proposal.approved_at is not None:
            terms.append(f"approved by {names(proposal.approvals)} {when(proposal.approved_at)}")
        if proposal.override is not None:
            terms.append(f":rotating_light: break-glass by {mention(proposal.override.by.slack)}")
        yield _row("under_way", proposal, links, headline_of(proposal, _WIDE), terms)
    yield from _rest("under_way", more, bool(proposals), "Nothing of yours is being carried out.")


def _lately(proposals: Sequence[Proposal], links: Mapping[str, str]) -> Iterator[Block]:
    for proposal in proposals[:_MOST]:
        terms = [f"{MARKS[proposal.status]} {SAID[proposal.status].capitalize()}"]
        if proposal.ended_at is not None:
            terms.append(when(proposal.ended_at))
        yield _row("lately", proposal, links, _outcome(proposal), terms)
    empty = "Nothing that you asked for or decided on has ended lately."
    yield from _rest("lately", "", bool(proposals), empty)


def _outcome(proposal: Proposal) -> str:
    if proposal.status is Status.DECLINED:
        by = mention(proposal.ended_by) if proposal.ended_by else "Somebody"
        reason = one_line(proposal.reason or "", _WIDE)
        return f"{headline_of(proposal, _WIDE)}\n{by} declined" + (f": “{reason}”" if reason else "")
    return one_line(proposal.outcome or "", 2 * _WIDE) or headline_of(proposal, _WIDE)


def _row(part: str, proposal: Proposal, links: Mapping[str, str], said: str, terms: Sequence[str]) -> Block:
    title = title_of(proposal)
    text = f"*{deal_link(proposal)}*  ·  {one_line(title, 80)}\n{said}\n{'  ·  '.join(terms)}"
    url = links.get(proposal.id, "")
    about = f"{title}, {proposal.deal_name}"
    leads = link_button("Open card", "cosell.open", url, about) if 0 < len(url) <= _LONGEST_URL else None
    return section(f"{part}.{proposal.id}", text, leads)


def _rest(part: str, more: str, any_at_all: bool, empty: str) -> Iterator[Block]:
    if not any_at_all:
        yield section(f"{part}.none", empty)
    if more:
        yield context(f"{part}.more", more)


def _verbs() -> Iterator[Block]:
    lines = usages({verb: usage for kind in kinds().values() for verb, usage in kind.commands.items()})
    yield section("verbs.list", listed(["In a channel that is linked to its opportunity:", *lines], 40))
    yield context("verbs.words", BY_WORDS)
