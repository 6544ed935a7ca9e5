"""Who reads a channel, and what is drawn for them; redrawn when that changes."""

from collections.abc import Iterable

from bot import cards
from bot.audience import OURS, Audience
from bot.cards import Card
from bot.config import Config
from bot.policy import Authority, Place
from bot.sharing import Sharing
from bot.threads import Threads
from bot.workspace import Workspace


class Audiences:
    """Knows for whom a card is drawn. What is not known counts as read by outsiders: Slack is asked, never assumed."""

    def __init__(
        self,
        *,
        sharing: Sharing,
        workspace: Workspace,
        threads: Threads,
        authority: Authority,
        config: Config,
    ) -> None:
        self._sharing, self._workspace, self._threads = sharing, workspace, threads
        self._authority, self._config = authority, config

    def place(self, channel: str, anew: bool = False) -> Place:
        """A channel as the policy knows it."""
        return Place(
            id=channel,
            shared=self.outsiders(channel, anew),
            partner_may_propose=channel in self._config.channels.partner_may_propose,
        )

    def outsiders(self, channel: str, anew: bool = False) -> bool:
        """Whether people of another company are in a channel."""
        known = None if anew else self._sharing.known(channel)
        if known is None:
            known = self._workspace.shared(channel) or self._partner_is_in(channel)
            self._sharing.note(channel, known)
        return known

    def of(self, channel: str, kind: str, names: Iterable[str]) -> Audience:
        """For whom a card of this kind is drawn, and which of its values they may all see."""
        place = self.place(channel)
        if not place.shared:
            return OURS
        return Audience(outsiders=True, sees=self._authority.visible(kind, names, "partner", place))

    def post_inside(self, channel: str, card: Card, key: str, thread_ts: str | None = None) -> str:
        """Post what outsiders should not read, where there are none; it is hidden should any come. Its ``ts``."""
        self._sharing.remember(channel, key)
        return self._threads.post(channel, thread_ts, card, key)

    def hide_inside(self, channel: str) -> None:
        """Hide what was posted so."""
        for key in self._sharing.remembered(channel):
            ts = self._threads.posted(key)
            if ts is not None:
                self._threads.redraw(channel, ts, cards.hidden())

    def _partner_is_in(self, channel: str) -> bool:
        """Whether somebody of the partner's is here as a guest of our own workspace."""
        theirs = {person.slack for person in self._config.people if person.outsider and person.slack}
        return bool(theirs) and not theirs.isdisjoint(self._workspace.people_in(channel))
