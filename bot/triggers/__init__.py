"""What happened to a deal since it was seen last, which rules that meets, and the sentence that says why."""

from bot.triggers.firing import Firing, Happening
from bot.triggers.quiet import Quiet, Quiets
from bot.triggers.seen import Seen, SeenAtAws

__all__ = ["Firing", "Happening", "Quiet", "Quiets", "Seen", "SeenAtAws"]
