"""From words to a card: listen, fit the action to live facts, record it, show it."""

import base64
import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot import cards, policy
from bot.action import Action, Needs
from bot.cards import Card
from bot.clients import Candidate, Crm
from bot.config import Config
from bot.context import Context
from bot.deal import Deal, Message
from bot.errors import Refused
from bot.ledger import AlreadyLive, Kept, Ledger, Link
from bot.proposal import Approver, Origin, Proposal, Status, Via
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

HEARD_FOR = 60.0
"""Seconds for which facts are good enough to understand words by; a proposal always reads them anew."""


def proposal_id(kind: str, cause: str) -> str:
    """The id of what this cause calls for: the same cause twice is the same proposal."""
    short = base64.b32encode(hashlib.sha256(f"{kind}|{cause}".encode()).digest()[:10])
    return f"prp_{short.decode().lower()}"


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
        now: Callable[[], datetime],
    ) -> None:
        self._kinds, self._config, self._now = kinds, config, now
        self._context, self._ledger = context, ledger
        self._threads, self._workspace = threads, workspace
        self._heard: dict[str, tuple[float, Deal]] = {}

    # -- listening ------------------------------------------------------------------------------------------
    def hear(self, message: Message, via: Via) -> None:
        """Propose what a message in a linked channel calls for, if anything."""
        link = self._ledger.linked(message.channel)
        if link is None:
            if message.addressed:
                self._whisper(message, cards.words(_NOT_LINKED))
            return
        wanted = suggestions(self._kinds, message, self._known(link.opportunity))
        if not wanted and message.addressed:
            self._whisper(message, cards.words(_NOT_UNDERSTOOD))
        for action in wanted:
            origin = Origin(by=message.author, via=via, words=message.text, ts=message.ts, at=message.at)
            thread = message.thread_ts or message.ts
            try:
                self.propose(action, link, origin, thread, cause=f"{message.channel}|{message.ts}")
            except Refused as refused:
                log.info("proposal.refused", kind=action.kind, channel=message.channel, why=str(refused))
                if message.addressed or via is Via.SHORTCUT:
                    self._whisper(message, cards.words(str(refused)))

    def command(self, verb: str, words: str, channel: str, user: str, cause: str) -> None:
        """Do what ``/cosell`` asked for and tell the person; ``Refused`` in words they can act on."""
        at = self._now()
        if verb == "link":
            self.link(words, channel, user, cause)
            return
        link = self._ledger.linked(channel)
        if link is None:
            raise Refused(_NOT_LINKED)
        if verb == "status":
            card = cards.status(self._ledger.on_deal(link.opportunity))
            self._threads.whisper(channel, user, card)
            return
        kind = next((kind for kind in self._kinds.values() if verb in kind.commands), None)
        if kind is None:
            raise Refused(f"`/cosell {verb}` is not something I know. `/cosell help` lists what is.")
        action = kind.ask(verb, words, self._context.read(link.opportunity, Needs()), user)
        origin = Origin(by=user, via=Via.COMMAND, words=f"/cosell {verb} {words}".strip(), at=at)
        self.propose(action, link, origin, None, cause=cause)

    # -- linking --------------------------------------------------------------------------------------------
    def link(self, words: str, channel: str, user: str, cause: str) -> None:
        """Link a channel to the opportunity that an id or a Salesforce address names."""
        opportunity = opportunity_id(words)
        if opportunity is None:
            raise Refused(
                "`/cosell link` takes an opportunity's id or its Salesforce address, "
                "such as `/cosell link 006000000000001AAA`."
            )
        deal = self._context.read(opportunity, Needs())
        self._ledger.link(
            Link(
                channel=channel,
                opportunity=deal.id,
                deal_name=deal.name,
                deal_url=deal.url,
                by=user,
                at=self._now(),
            )
        )
        self._threads.post(channel, None, cards.linked(deal.name, deal.url, user), f"link:{channel}:{cause}")

    def introduce(self, channel: str, crm: Crm, cause: str) -> None:
        """On joining a channel: suggest the opportunity whose name the channel's name resembles."""
        if self._ledger.linked(channel) is not None:
            return
        name = self._workspace.channel(channel).name
        likely = resembling(name, crm.open_opportunities())
        self._threads.post(channel, None, cards.link_suggestion(channel, likely), f"join:{channel}:{cause}")

    # -- proposing ------------------------------------------------------------------------------------------
    def propose(
        self,
        action: Action,
        link: Link,
        origin: Origin,
        thread_ts: str | None,
        cause: str,
        follows: Proposal | None = None,
    ) -> Kept | None:
        """Record and show one action fitted to the live facts; None when it is under way already.

        ``Refused`` when it makes no sense now.
        """
        deal = self._context.read(link.opportunity, action.needs())
        action = action.fit(deal)
        action.check(deal)
        attribution = deal.facts.get("attribution")
        proposal = Proposal(
            id=proposal_id(action.kind, cause),
            kind=action.kind,
            opportunity=deal.id,
            deal_name=deal.name,
            deal_url=deal.url,
            subject=action.subject(),
            payload=action.payload(),
            preview=action.preview(deal),
            channel=link.channel,
            thread_ts=thread_ts,
            origin=origin,
            approvers=self.approvers(action, deal),
            opened_at=self._now(),
            expires_at=self._now() + timedelta(hours=self._config.approval.expires_after_hours),
            partner_of_record=deal.value("partner_of_record") or deal.referring.partner_of_record,
            attribution=(attribution.value if attribution else None) or deal.referring.attribution,
            follows=follows.id if follows is not None else None,
        )
        try:
            kept = self._ledger.open(proposal, deal)
        except AlreadyLive as live:
            self._point_to(live.holder, origin, link.channel, thread_ts)
            return None
        if kept is not None:
            log.info(
                "proposal.opened", proposal=proposal.id, kind=action.kind, opportunity=deal.id, by=origin.by
            )
        return self.show(proposal.id)

    def show(self, id: str) -> Kept | None:
        """Draw the proposal as it stands: post its card once, later redraw it."""
        kept = self._ledger.get(id)
        if kept is None:
            return None
        proposal = kept.proposal
        if proposal.card_ts is None:
            ts = self._threads.post(proposal.channel, proposal.thread_ts, cards.draw(proposal), f"{id}:card")
            kept = self._ledger.amend(id, _shown_as(ts), "proposal.shown", "bot")
            if kept.proposal.version == proposal.version and kept.proposal.status is proposal.status:
                return kept
        self._threads.redraw(kept.proposal.channel, kept.proposal.card_ts or "", cards.draw(kept.proposal))
        if kept.proposal.status in (Status.DECLINED, Status.EXPIRED):
            return self.told(id, kept.proposal.card_ts or "")
        return kept

    def tell(self, proposal: Proposal) -> str:
        """Post the result in the thread, once; the message's ``ts``."""
        thread = proposal.thread_ts or proposal.card_ts
        return self._threads.post(proposal.channel, thread, cards.result(proposal), f"{proposal.id}:result")

    def told(self, id: str, ts: str) -> Kept:
        """Record that the thread knows."""
        return self._ledger.amend(id, _told_by(ts), "proposal.told", "bot")

    def approvers(self, action: Action, deal: Deal) -> tuple[Approver, ...]:
        """Who may approve this action on this deal, by what Slack says of them now."""
        people = [deal.owner_person, *self._config.partner_managers]
        profiles = self._workspace.profiles(p.slack for p in people if p is not None and p.slack)
        return policy.approvers(deal, action.system, self._config, profiles)

    def _known(self, opportunity: str) -> Deal:
        heard = self._heard.get(opportunity)
        if heard is None or time.monotonic() - heard[0] > HEARD_FOR:
            heard = (time.monotonic(), self._context.read(opportunity, Needs(referral=True)))
            self._heard[opportunity] = heard
        return heard[1]

    def _point_to(self, holder: str, origin: Origin, channel: str, thread_ts: str | None) -> None:
        kept = self._ledger.get(holder)
        if kept is None:
            return
        at = f" (see the card of {cards.when(kept.proposal.opened_at)})"
        words = f"That is under way already: {cards.escape(kept.proposal.preview.headline)}{at}."
        self._threads.whisper(channel, origin.by, cards.words(words), thread_ts)

    def _whisper(self, message: Message, card: Card) -> None:
        self._threads.whisper(message.channel, message.author, card, message.thread_ts)


def _shown_as(ts: str) -> Callable[[Proposal], Proposal]:
    return lambda p: p if p.card_ts == ts else p.model_copy(update={"card_ts": ts})


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
