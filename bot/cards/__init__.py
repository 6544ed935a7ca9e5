"""Pure views: a proposal in any state as Slack's Block Kit, its forms, and what people answered in them."""

from bot.cards.blocks import Card
from bot.cards.forms import answers, decline_form, edit_form
from bot.cards.home import Desk, closed_home, home
from bot.cards.notices import help_text, link_suggestion, linked, status, words
from bot.cards.proposals import draw
from bot.cards.results import result
from bot.cards.stops import resumed, standing, stopped, why_not
from bot.cards.text import clip, escape, when

__all__ = [
    "Card",
    "Desk",
    "answers",
    "clip",
    "closed_home",
    "decline_form",
    "draw",
    "edit_form",
    "escape",
    "help_text",
    "home",
    "link_suggestion",
    "linked",
    "result",
    "resumed",
    "standing",
    "status",
    "stopped",
    "when",
    "why_not",
    "words",
]
