"""A page to try the bot on: a Slack-like workspace in the browser, with the systems of record beside it."""

from sandbox.page.server import Page

__all__ = ["Page"]
