"""Who reads a channel: our own people alone, or the partner's too, and what of an action those may see."""

from bot.deal import Frozen


class Audience(Frozen):
    """For whom a card is drawn."""

    outsiders: bool = False  # people of another company are in the channel
    sees: frozenset[str] = frozenset()  # names of the changes that they may see too

    def may_see(self, name: str) -> bool:
        """Whether everybody in the channel may see the change of this name."""
        return not self.outsiders or name in self.sees


OURS = Audience()
"""Nobody but our own people."""
