"""Pure views: a proposal in any state as Slack's Block Kit, its forms, and what people answered in them."""

from bot.cards.blocks import Card
from bot.cards.columns import ask_columns, columns_form
from bot.cards.columns import read_as as file_read
from bot.cards.columns import reading as file_being_read
from bot.cards.details import details
from bot.cards.forms import answers, edit_form
from bot.cards.home import Desk, closed_home, home
from bot.cards.notices import help_text, hidden, link_suggestion, linked, status, words
from bot.cards.proposals import draw
from bot.cards.reasons import SHORTEST_REASON, decline_form, override_form
from bot.cards.results import result
from bot.cards.sign_ins import sign_in
from bot.cards.skipping import skipped
from bot.cards.stops import resumed, standing, stopped, why_not
from bot.cards.text import clip, escape, when

__all__ = [
    "SHORTEST_REASON",
    "Card",
    "Desk",
    "answers",
    "ask_columns",
    "clip",
    "closed_home",
    "columns_form",
    "decline_form",
    "details",
    "draw",
    "edit_form",
    "escape",
    "file_being_read",
    "file_read",
    "help_text",
    "hidden",
    "home",
    "link_suggestion",
    "linked",
    "override_form",
    "result",
    "resumed",
    "sign_in",
    "skipped",
    "standing",
    "status",
    "stopped",
    "when",
    "why_not",
    "words",
]
