"""What rules fired for is told: a card each, many at once as one digest, and later where it is quiet."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.action import Action, Needs
from bot.audience import OURS
from bot.cards import Card
from bot.cards.digests import PAGE, alert, digest
from bot.cards.notices import words
from bot.cards.text import escape
from bot.config import Config
from bot.context import Context
from bot.deal import Person
from bot.errors import Refused, Unavailable
from bot.ledger import Kept, Ledger
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.propose import Proposing, Spot, proposal_id
from bot.policy import Authority
from bot.proposal import BOT, Origin, Via
from bot.rules import When
from bot.threads import Threads
from bot.triggers import Firing, Quiets
from bot.triggers.holding import holds, needs_open
from bot.triggers.quiet import in_hours
from bot.watch_state import WatchState
from bot.workspace import Workspace

log = structlog.get_logger()

SIBLINGS = 200
"""Open deals of an account that are read at most; one that is not among fewer is not open."""


class Alerting:
    """Tells what rules fired for, each firing once."""

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
        audiences: Audiences,
        proposing: Proposing,
        state: WatchState,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._context, self._ledger, self._threads = config, context, ledger, threads
        self._workspace, self._authority, self._audiences = workspace, authority, audiences
        self._proposing, self._state, self._now = proposing, state, now
        self._by_verb = {verb: kind for kind in kinds.values() for verb in kind.commands}
        self._rules = {rule.name: rule for rule in config.rules}
        self._owners = {p.salesforce.lower(): p for p in config.ours if p.salesforce}

    # -- telling --------------------------------------------------------------------------------------------
    def alert(self, firings: Sequence[Firing]) -> int:
        """Tell of those firings that were not told yet, and of what was kept while it was quiet; how many are new.

        ``Unavailable`` when not all could be told; calling it again tells the rest.
        """
        with self._state.lease("alerts") as renew:
            if renew is None:
                raise Unavailable("Another worker is telling of other firings.", 5)
            self._end_quiets()
            known = self._state.fired([one.id for one in firings])
            fresh = list({one.id: one for one in firings if one.id not in known}.values())
            places = self._ledger.channels(
                list(dict.fromkeys(one.opportunity for one in fresh if one.opportunity))
            )
            by_channel: dict[str | None, list[Firing]] = {}
            for one in fresh:
                channel = places.get(one.opportunity, self._config.triggers.channel)
                by_channel.setdefault(channel, []).append(one)
            self._state.unplaced(by_channel.pop(None, []), self._now().date().isoformat())
            away = [self._tell(channel or "", some, renew) for channel, some in by_channel.items()]
            self._draw_digests(renew)
            self._count_unplaced()
            for error in filter(None, away):
                raise error
            return len(fresh)

    def _tell(self, channel: str, firings: Sequence[Firing], renew: Callable[[], None]) -> Unavailable | None:
        """Tell a channel; what was away, if anything: the others get their turn before that is tried again."""
        away: Unavailable | None = None
        quiets, now = self._ledger.quiets(), self._now()
        hushed = [one for one in firings if self._is_quiet(one, channel, quiets, now)]
        if hushed:
            self._state.hold(channel, hushed)
        held = {one.id for one in hushed}
        loud = [one for one in firings if one.id not in held]
        if len(loud) > self._config.triggers.digest_above:
            self._state.make_digest(channel, _largest_first(loud), now)
            return None
        for one in loud:
            renew()
            try:
                self._tell_one(one, channel)
            except Unavailable as error:
                away = error
        return away

    def _tell_one(self, firing: Firing, channel: str) -> None:
        """A card, or a sentence; one that cannot be told keeps none of the others."""
        try:
            if firing.propose:
                self._propose(firing, Spot(channel), BOT)
            elif self._audiences.outsiders(channel):
                self._state.make_digest(channel, [firing], self._now())
            else:
                self._audiences.post_inside(channel, alert(firing), f"rule:{firing.id}")
        except Refused as refused:
            log.info("rule.refused", rule=firing.rule, opportunity=firing.opportunity, why=str(refused))
            if not firing.propose or self._unseen(firing):
                self._state.unplaced([firing], self._now().date().isoformat())
        except Unavailable:
            raise
        except Exception:  # whatever broke, it keeps none of the others; the audit channel is told how many
            log.exception("rule.not_told", rule=firing.rule, opportunity=firing.opportunity)
            self._state.unplaced([firing], self._now().date().isoformat())
        self._state.note_fired([firing])

    def _propose(self, firing: Firing, spot: Spot, by: str) -> None:
        """Propose what a rule says, on live facts; ``Refused`` when they are no longer such."""
        verb, _, said = firing.propose.partition(" ")
        kind = self._by_verb.get(verb)
        if kind is None:
            raise Refused(
                f"The rule “{firing.rule}” proposes `/cosell {verb}`, which is not something I know."
            )
        deal = self._context.read(firing.opportunity, Needs(referral=firing.when == When.AWS_UPDATED))
        if not holds(firing, self._rules.get(firing.rule), deal):
            raise Refused(f"This is no longer so. {firing.why}")
        if needs_open(firing):
            siblings = self._context.siblings(deal)
            if len(siblings) < SIBLINGS and deal.id not in {sibling.id for sibling in siblings}:
                raise Refused(f"{deal.name} is closed by now.")
        action = kind.ask(verb, said, deal, "" if by == BOT else by)
        if "because" in kind.model_fields:  # it says on the card what a value follows from
            action = action.model_copy(update={"because": f"the rule “{firing.rule}”"})
        origin = Origin(by=by, via=Via.RULE, words=firing.said, at=self._now())
        self._proposing.propose(action, spot, deal.id, origin, _cause(firing))
        log.info("rule.fired", rule=firing.rule, opportunity=deal.id, kind=kind.kind, by=by)

    def _proposed(self, firing: Firing) -> Kept | None:
        """The proposal that a firing has led to."""
        kind = self._by_verb.get(firing.propose.partition(" ")[0])
        return None if kind is None else self._ledger.get(proposal_id(kind.kind, _cause(firing)))

    def _unseen(self, firing: Firing) -> bool:
        """Whether it was proposed and Slack did not take the card."""
        kept = self._proposed(firing)
        return kept is not None and kept.proposal.card_ts is None

    # -- digests --------------------------------------------------------------------------------------------
    def show(self, id: str, page: int, channel: str, user: str, response_url: str | None = None) -> None:
        """Show one page of a digest: in its thread, or to whoever asks alone where outsiders read."""
        self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))
        firings = self._of_digest(id, channel)
        card = digest(id, firings, page)
        if page * PAGE >= len(firings):
            raise Refused("This digest has no more.")
        if self._audiences.outsiders(channel):
            self._threads.whisper(channel, user, card)
        else:
            thread = self._threads.posted(f"digest:{id}:0")
            self._audiences.post_inside(channel, card, f"digest:{id}:{page}", thread)

    def propose(self, id: str, firing: str, channel: str, user: str) -> None:
        """Propose one firing of a digest, for whoever pressed; the same one once, whoever presses next."""
        self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))
        found = next((one for one in self._of_digest(id, channel) if one.id == firing), None)
        if found is None or not found.propose:
            raise Refused("This digest does not offer that.")
        kept = self._proposed(found)
        if kept is not None and kept.proposal.card_ts is not None:
            outcome = escape(kept.proposal.outcome or f"see the card of {kept.proposal.deal_name}")
            raise Refused(f"That was proposed already: {outcome}")
        self._propose(found, Spot(channel, self._threads.posted(f"digest:{id}:0")), user)

    def _of_digest(self, id: str, channel: str) -> tuple[Firing, ...]:
        kept = self._state.digest(id)
        if kept is None or kept[0] != channel:
            raise Refused(
                "This digest is too old, so nothing was done. `/cosell rules` says what is watched."
            )
        return kept[1]

    def _draw_digests(self, renew: Callable[[], None]) -> None:
        """Post every digest that was made; one that Slack does not take is counted with what has no channel."""
        for id in self._state.undrawn():
            renew()
            kept = self._state.digest(id)
            if kept is not None:
                channel, firings = kept
                try:
                    self._post_digest(id, channel, firings)
                except Refused as refused:
                    log.warning("digest.not_posted", channel=channel, why=str(refused))
                    self._state.unplaced(firings, self._now().date().isoformat())
            self._state.drawn(id)

    def _post_digest(self, id: str, channel: str, firings: Sequence[Firing]) -> None:
        outsiders = self._audiences.outsiders(channel)
        card: Card = digest(id, firings, 0, self._audiences.of(channel, "", ()) if outsiders else OURS)
        if outsiders:
            self._threads.post(channel, None, card, f"digest:{id}:0")
        else:
            self._audiences.post_inside(channel, card, f"digest:{id}:0")

    # -- quiet ----------------------------------------------------------------------------------------------
    def _end_quiets(self) -> None:
        """What was kept and is no longer under a quiet becomes a digest of its channel."""
        held = self._state.held()
        if not held:
            return
        quiets, now = self._ledger.quiets(), self._now()
        for channel, firings in held.items():
            loud = [one for one in firings if not self._is_quiet(one, channel, quiets, now)]
            if loud:
                self._state.make_digest(channel, _largest_first(loud), now)

    def _is_quiet(self, firing: Firing, channel: str, quiets: Quiets, now: datetime) -> bool:
        owner: Person | None = self._owners.get(firing.owner.lower())
        zone = ZoneInfo(owner.timezone if owner is not None else self._config.triggers.timezone)
        return (
            quiets.of(channel, now) is not None
            or (owner is not None and quiets.of(owner.slack or "", now) is not None)
            or in_hours(self._config.triggers.quiet_span, now, zone)
        )

    # -- what has no channel --------------------------------------------------------------------------------
    def _count_unplaced(self) -> None:
        """Say once a day how many found no channel."""
        audit, today = self._config.channels.audit, self._now().date()
        for day, ids in self._state.take_unplaced(today.isoformat()).items():
            said = (
                f"On {day} rules fired {_times(len(ids))} where I had no channel to say it in. Link the deals' "
                "channels with `/cosell link`, invite me there, or name one for the others as `channel` under "
                "`[triggers]`."
            )
            log.warning("rules.unplaced", day=day, firings=len(ids))
            if audit is not None and today - datetime.fromisoformat(day).date() < timedelta(days=30):
                try:
                    self._threads.post(audit, None, words(said), f"rules:unplaced:{day}")
                except Refused as refused:
                    log.warning("rules.unplaced_not_posted", why=str(refused))
            self._state.told_unplaced(ids)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _cause(firing: Firing) -> str:
    """What a proposal comes from: the same for a card and for a press in a digest."""
    return f"rule|{firing.id}"


def _largest_first(firings: Sequence[Firing]) -> list[Firing]:
    return sorted(firings, key=lambda one: (-(one.amount or 0), one.deal, one.id))
