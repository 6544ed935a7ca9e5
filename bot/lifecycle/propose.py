"""From words to a card: listen, fit the action to live facts, record it, show it."""

import base64
import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import cards, tracing
from bot.action import Action, Needs
from bot.alike import look_alikes
from bot.audience import Audience
from bot.cards import Card
from bot.clients import Candidate, CrmReader
from bot.config import Config
from bot.context import Context
from bot.deal import Deal, Message
from bot.errors import BotError, Refused
from bot.ledger import AlreadyLive, Kept, Ledger, Link
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.people import People
from bot.lifecycle.stakes import stake_of
from bot.policy import Authority
from bot.policy.entities import OURS
from bot.proposal import BOT, Origin, Proposal, Status, Via
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

REDRAWS = 5
"""How often a card is drawn again because its proposal moved meanwhile."""
HEARD_FOR = 60.0
"""Seconds for which facts are good enough to understand words by; a proposal always reads them anew."""
REMEMBERED = 500
"""Deals whose facts are kept for that."""


def proposal_id(kind: str, cause: str) -> str:
    """The id of what this cause calls for: the same cause twice is the same proposal."""
    short = base64.b32encode(hashlib.sha256(f"{kind}|{cause}".encode()).digest()[:10])
    return f"prp_{short.decode().lower()}"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a card goes: a channel, and a thread in it."""

    channel: str
    thread_ts: str | None = None


class Proposing:
    """Turns messages and commands into proposals, and draws them."""

    def __init__(
        self,
        *,
        kinds: Mapping[str, type[Action]],
        config: Config,
        context: Context,
        ledger: Ledger,
        threads: Threads,
        workspace: Workspace,
        authority: Authority,
        people: People,
        audiences: Audiences,
        now: Callable[[], datetime],
    ) -> None:
        self._kinds, self._config, self._now = kinds, config, now
        self._context, self._ledger = context, ledger
        self._threads, self._workspace = threads, workspace
        self._authority, self._people, self._audiences = authority, people, audiences
        self._heard: dict[str, tuple[float, Deal]] = {}

    # -- listening ------------------------------------------------------------------------------------------
    def hear(self, message: Message, via: Via, by: str, cause: str) -> None:
        """Propose what a message in a linked channel calls for, if anything.

        ``by`` is whoever wants it heard: the author, or a colleague who picked the message by its shortcut.
        """
        who = self._people.standing([by])[by]
        ours = who.company == OURS
        asked = via is not Via.MESSAGE and ours  # an outsider is told nothing of what became of it
        try:
            if not self._audiences.place(message.channel).partner_may_propose:
                self._authority.may_ask(by, self._workspace.profiles([by]).get(by))
            link = self._link(message.channel)
            wanted = suggestions(self._kinds, message, self._known(link.opportunity))
            if not wanted:
                raise Refused(_NOT_UNDERSTOOD)
            for action in wanted:
                company = None if ours else who.company
                origin = Origin(
                    by=by, via=via, words=message.text, company=company, ts=message.ts, at=message.at
                )
                self._propose(action, link, origin, message.thread_ts or message.ts, cause, asked)
        except Refused as refused:
            log.info("message.left", channel=message.channel, via=via, why=str(refused))
            if asked:
                self._threads.whisper(message.channel, by, cards.words(str(refused)), message.thread_ts)

    def command(self, verb: str, words: str, channel: str, user: str, cause: str) -> Card | None:
        """Do what ``/cosell`` asked for; a card to be shown to the person alone, if that is the answer.

        ``Refused`` in words they can act on.
        """
        self._authority.may_ask(user, self._workspace.profiles([user]).get(user))
        if verb == "link":
            self.link(words, channel, user, cause)
            return None
        link = self._link(channel)
        if verb == "status":
            standing = cards.standing(self._ledger.stops())
            return cards.status(self._ledger.on_deal(link.opportunity), standing)
        kind = next((kind for kind in self._kinds.values() if verb in kind.commands), None)
        if kind is None:
            raise Refused(f"`/cosell {verb}` is not something I know. `/cosell help` lists what is.")
        action = kind.ask(verb, words, self._context.read(link.opportunity, Needs()), user)
        said = f"/cosell {verb} {words}".strip()
        origin = Origin(by=user, via=Via.COMMAND, words=said, at=self._now())
        self._propose(action, link, origin, None, cause, asked=True)
        return None

    def _link(self, channel: str) -> Link:
        link = self._ledger.linked(channel)
        if link is None:
            raise Refused(_NOT_LINKED)
        return link

    def _propose(
        self, action: Action, link: Link, origin: Origin, thread_ts: str | None, cause: str, asked: bool
    ) -> None:
        """Propose one of several; why one makes no sense is told where somebody asked, and keeps none of the others."""
        try:
            kept = self.propose(action, Spot(link.channel, thread_ts), link.opportunity, origin, cause)
        except Refused as refused:
            log.info("proposal.refused", kind=action.kind, channel=link.channel, why=str(refused))
            if asked:
                self._threads.whisper(link.channel, origin.by, cards.words(str(refused)), thread_ts)
            return
        if asked and kept is not None and kept.proposal.status.ended:
            words = f"That was proposed already: {cards.escape(kept.proposal.outcome or '')}"
            self._threads.whisper(link.channel, origin.by, cards.words(words), thread_ts)

    # -- linking --------------------------------------------------------------------------------------------
    def link(self, words: str, channel: str, user: str, cause: str) -> None:
        """Link a channel to the opportunity that an id or a Salesforce address names."""
        opportunity = opportunity_id(words)
        if opportunity is None:
            raise Refused(
                "`/cosell link` takes an opportunity's id or its Salesforce address, "
                "such as `/cosell link 006000000000001AAA`."
            )
        person = self._config.by_slack(user)
        deal = self._context.read(opportunity, Needs(), person.salesforce if person else None)
        self._ledger.link(
            Link(
                channel=channel,
                opportunity=deal.id,
                deal_name=deal.name,
                deal_url=deal.url,
                by=user,
                at=self._now(),
                cause=cause,
            )
        )
        try:
            audience = self._audiences.of(channel, "", ())
            card = cards.linked(deal.name, deal.url, user, audience)
            self._audiences.post_inside(channel, card, f"link:{channel}:{cause}")
        except Refused as refused:
            raise Refused(
                f"This channel is now about {cards.escape(deal.name)}, but I cannot write here ({refused}) "
                "Invite me with `/invite @cosell`."
            ) from refused

    def introduce(self, channel: str, crm: CrmReader, cause: str) -> None:
        """On joining a channel: suggest the opportunity whose name the channel's name resembles."""
        if self._ledger.linked(channel) is not None:
            return
        likely = resembling(self._workspace.name(channel), crm.open_opportunities())
        card = cards.link_suggestion(channel, likely, self._audiences.of(channel, "", ()))
        self._audiences.post_inside(channel, card, f"join:{channel}:{cause}")

    # -- proposing ------------------------------------------------------------------------------------------
    def propose(
        self,
        action: Action,
        spot: Spot,
        opportunity: str,
        origin: Origin,
        cause: str,
        follows: Proposal | None = None,
    ) -> Kept | None:
        """Record and show one action fitted to the live facts; None when it is under way already.

        The same kind and cause twice is one proposal. ``Refused`` when it makes no sense now.
        """
        place = self._audiences.place(spot.channel)
        if place.shared and action.many:
            raise Refused(
                "People of another company are in this channel, and this is about many deals at once. "
                "Ask for it in a channel of ours."
            )
        deal = self._context.read(opportunity, action.needs())
        action = action.fit(deal)
        action.check(deal)
        deal = deal.model_copy(update={"siblings": self._context.siblings(deal)})
        stake = stake_of(action.system, action.batch, deal, place)
        who = None if origin.by == BOT else self._people.standing([origin.by])[origin.by]
        decision = self._authority.may_propose(who, action.kind, deal.id, stake, place)
        attribution = deal.facts.get("attribution")
        unapproved = Proposal(
            id=proposal_id(action.kind, cause),
            kind=action.kind,
            opportunity=deal.id,
            deal_name=deal.name,
            deal_url=deal.url,
            account_name=str(deal.value("account") or ""),
            subject=action.subject(),
            payload=action.payload(),
            preview=action.preview(deal),
            channel=spot.channel,
            thread_ts=spot.thread_ts,
            origin=origin,
            approvers=(),
            stake=stake,
            alike=look_alikes(deal),
            policy=decision.policy,
            opened_at=self._now(),
            expires_at=self._now() + timedelta(hours=self._config.approval.expires_after_hours),
            partner_of_record=deal.value("partner_of_record") or deal.referring.partner_of_record,
            attribution=(attribution.value if attribution else None) or deal.referring.attribution,
            follows=follows.id if follows is not None else None,
        )
        proposal = self.with_approvers(unapproved)
        try:
            kept = self._ledger.open(proposal, deal, decision.entry())
        except AlreadyLive as live:
            self._point_to(live.holder, origin, spot)
            return None
        if kept is not None:
            log.info(
                "proposal.opened", proposal=proposal.id, kind=action.kind, opportunity=deal.id, by=origin.by
            )
        return self.show(proposal.id)

    def show(self, id: str) -> Kept | None:
        """Draw the proposal as it stands: post its card once, later redraw it, until the card shows the newest state.

        A card that Slack will not redraw, because somebody deleted it, is left: the thread is told all the same.
        """
        with tracing.about(proposal=id), tracing.span("draw"):
            return self._shown(id)

    def _shown(self, id: str) -> Kept | None:
        kept = self._ledger.get(id)
        for _ in range(REDRAWS):
            if kept is None:
                return None
            audience = self._audience(kept.proposal)
            self._draw(kept.proposal, audience)
            drawn, kept = kept, self._ledger.get(id)
            if kept is None or (
                _looks_alike(kept.proposal, drawn.proposal) and self._audience(kept.proposal) == audience
            ):
                break
        if kept is not None and kept.proposal.status is Status.OPEN:
            self._attach(kept.proposal, audience)
        if kept is not None and kept.proposal.result_ts is None:
            return self._told_of_no_write(kept)
        return kept

    def show_progress(self, proposal: Proposal) -> None:
        """Draw how far an execution has come; a card that cannot be drawn stops nothing."""
        if proposal.card_ts is None:
            return
        try:
            card = cards.draw(proposal, self._audience(proposal))
            self._threads.redraw(proposal.channel, proposal.card_ts, card)
        except BotError as error:
            log.warning("card.not_drawn", proposal=proposal.id, why=str(error))

    def _attach(self, proposal: Proposal, audience: Audience) -> None:
        """Put the files that go with a card or its result into its thread, where only our own people read them."""
        if audience.outsiders:
            return
        asked = proposal.version if proposal.status is Status.OPEN else "result"
        for file in proposal.action.attachments(proposal.steps, proposal.receipt):
            key = f"{proposal.id}:{asked}:{file.name}"
            thread = proposal.thread_ts or proposal.card_ts
            try:
                self._threads.upload(proposal.channel, thread, file.name, file.content, file.title, key)
            except Refused as refused:
                log.warning("file.not_attached", proposal=proposal.id, why=str(refused))

    def _told_of_no_write(self, kept: Kept) -> Kept:
        """Whoever asked is told that it was declined; that nobody decided, the card itself says."""
        proposal = kept.proposal
        if proposal.status is Status.DECLINED:
            return self.told(proposal.id, self.tell(proposal))
        if proposal.status is Status.EXPIRED:
            return self.told(proposal.id, proposal.card_ts or "")
        return kept

    def _audience(self, proposal: Proposal) -> Audience:
        names = [change.name for change in proposal.preview.changes]
        return self._audiences.of(proposal.channel, proposal.kind, names)

    def _draw(self, proposal: Proposal, audience: Audience) -> None:
        id, card, ts = proposal.id, cards.draw(proposal, audience), proposal.card_ts
        if ts is None:
            ts = self._threads.post(proposal.channel, proposal.thread_ts, card, f"{id}:card")
        else:
            self._set(proposal, ts, card)
        if proposal.card_ts is None or (
            proposal.status is Status.OPEN and proposal.shown != proposal.version
        ):
            self._ledger.amend(id, _shown_as(ts, proposal.version), "proposal.shown", "bot")

    def tell(self, proposal: Proposal) -> str:
        """Post the result in the thread, once; the message's ``ts``."""
        if proposal.thread_ts is None and proposal.card_ts is None:
            shown = self.show(proposal.id)  # the thread is that of the card, so the card comes first
            proposal = shown.proposal if shown is not None else proposal
        thread, audience = proposal.thread_ts or proposal.card_ts, self._audience(proposal)
        card = cards.result(proposal, audience)
        ts = self._threads.post(proposal.channel, thread, card, f"{proposal.id}:result")
        if self._audience(proposal) != audience:
            self._threads.redraw(proposal.channel, ts, cards.result(proposal, self._audience(proposal)))
        if proposal.steps:
            self._attach(proposal, audience)
        if proposal.status is Status.DECLINED and audience.outsiders:
            reason = cards.words(f"The reason given: {cards.escape(proposal.reason or '')}")
            self._threads.whisper(proposal.channel, proposal.origin.by, reason, thread)
        return ts

    def tell_skipped(self, proposal: Proposal) -> None:
        """Tell everyone whose approval was not waited for, before anything is written."""
        thread = proposal.thread_ts or proposal.card_ts
        card = cards.skipped(proposal, self._audience(proposal))
        self._threads.post(proposal.channel, thread, card, f"{proposal.id}:skipped")
        audit = self._config.channels.audit
        if audit is not None and audit != proposal.channel:
            self._threads.post(audit, None, cards.skipped(proposal), f"{proposal.id}:skipped:audit")

    def redraw_channel(self, channel: str) -> None:
        """Draw everything that was posted in a channel for those who are in it now."""
        outsiders = self._audiences.outsiders(channel, anew=True)
        log.info("channel.redrawn", channel=channel, outsiders=outsiders)
        for proposal in self._ledger.in_channel(channel):
            self._redraw(proposal)
        if outsiders:
            self._audiences.hide_inside(channel)

    def _redraw(self, proposal: Proposal) -> None:
        audience = self._audience(proposal)
        drawn = {proposal.result_ts: cards.result} | {proposal.card_ts: cards.draw}
        for ts, drawing in drawn.items():
            if ts is not None:
                self._set(proposal, ts, drawing(proposal, audience))

    def _set(self, proposal: Proposal, ts: str, card: Card) -> None:
        """Set what a message of a proposal shows; one that Slack will not redraw is left."""
        try:
            self._threads.redraw(proposal.channel, ts, card)
        except Refused as refused:
            log.warning("card.not_drawn", proposal=proposal.id, why=str(refused))

    def told(self, id: str, ts: str) -> Kept:
        """Record that the thread knows."""
        return self._ledger.amend(id, _told_by(ts), "proposal.told", "bot")

    def with_approvers(self, proposal: Proposal) -> Proposal:
        """The proposal with those who may approve it, by what Slack says of them now, and what it needs of them."""
        persons, owner = self._people.known(), proposal.stake.owner
        supposed = sorted(self._people.supposed().values(), key=lambda who: who.id != owner)
        likely = self._authority.approvers(proposal, supposed, persons)
        now = self._people.standing(approver.slack for approver in likely)
        approvers = self._authority.approvers(proposal, now.values(), persons)
        named = proposal.model_copy(update={"approvers": approvers})
        return named.model_copy(update={"missing": self._authority.needed(named)})

    def _known(self, opportunity: str) -> Deal:
        heard = self._heard.get(opportunity)
        if heard is None or time.monotonic() - heard[0] > HEARD_FOR:
            heard = (time.monotonic(), self._context.read(opportunity, Needs(referral=True)))
            if len(self._heard) > REMEMBERED:
                self._heard.clear()
            self._heard[opportunity] = heard
        return heard[1]

    def _point_to(self, holder: str, origin: Origin, spot: Spot) -> None:
        kept = self._ledger.get(holder)
        if kept is None or origin.by == BOT:
            return
        at = f" (see the card of {cards.when(kept.proposal.opened_at)})"
        words = f"That is under way already: {cards.escape(kept.proposal.preview.headline)}{at}."
        self._threads.whisper(spot.channel, origin.by, cards.words(words), spot.thread_ts)


def _shown_as(ts: str, version: int) -> Callable[[Proposal], Proposal]:
    def shown(proposal: Proposal) -> Proposal:
        if proposal.card_ts == ts and proposal.shown >= version:
            return proposal
        return proposal.model_copy(update={"card_ts": ts, "shown": max(version, proposal.shown)})

    return shown


def _looks_alike(one: Proposal, other: Proposal) -> bool:
    """Whether two states of a proposal are drawn as the same card."""
    unseen = {"card_ts": None, "shown": 0, "claim": None, "attempts": 0, "result_ts": None}
    return one.model_copy(update=unseen) == other.model_copy(update=unseen)


def _told_by(ts: str) -> Callable[[Proposal], Proposal]:
    return lambda p: p if p.result_ts is not None else p.model_copy(update={"result_ts": ts})


def suggestions(kinds: Mapping[str, type[Action]], message: Message, deal: Deal) -> tuple[Action, ...]:
    """The actions that a message calls for on this deal, one at most of each kind."""
    suggested = (kind.suggest(message, deal) for kind in kinds.values())
    return tuple(action for action in suggested if action is not None)


def opportunity_id(words: str) -> str | None:
    """The opportunity id in an id or a Salesforce address; None when there is none."""
    found = re.search(r"(?<![A-Za-z0-9])(006[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)(?![A-Za-z0-9])", words)
    return found.group(1) if found else None


def resembling(channel: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The opportunities whose account or name the channel's name resembles, the likeliest first, at most three."""
    from rapidfuzz import fuzz, process
    from rapidfuzz.utils import default_process

    name = re.sub(r"^(deal|opp|account|acct)[-_]", "", channel)
    best = process.extract(
        name,
        [f"{c.account} {c.name}" for c in candidates],
        scorer=fuzz.token_set_ratio,
        processor=default_process,
        score_cutoff=60,
        limit=3,
    )
    return tuple(candidates[index] for _, _, index in best)


_NOT_LINKED = (
    "This channel is not linked to an opportunity yet. "
    "Link it with `/cosell link` and the opportunity's id or Salesforce address."
)
_NOT_UNDERSTOOD = (
    "I did not find an action in that. I can submit a referral to AWS, update the opportunity, or schedule a joint "
    "meeting; `/cosell help` shows how to ask."
)
