"""The window that leads an approver to their own company's sign-in."""

from bot.cards.blocks import Block, actions, context, link_button, modal, section
from bot.cards.names import deal_link, private, title_of
from bot.cards.text import one_line
from bot.proposal import Proposal


def sign_in(proposal: Proposal, url: str) -> Block:
    """Why a press is not enough, and the link to sign in with, for whoever pressed Approve."""
    title = one_line(title_of(proposal), 100)
    why = f"*{title}*  ·  {deal_link(proposal)}\nThe policy asks for a fresh sign-in before this is approved."
    terms = (
        "The link works once and for five minutes. Your approval is recorded when the sign-in succeeds; "
        "until then nothing is approved."
    )
    blocks = [
        section("why", why),
        actions("lead", [link_button("Sign in at your company", "cosell.sign_in", url, title_of(proposal))]),
        context("terms", terms),
    ]
    return modal("Sign in to approve", "cosell.sign_in", private(proposal), blocks)
