"""A stand-in of Slack: its Web API, its signed requests to the bot, and the people who use it."""

from sandbox.slack.outgoing import Delivery, Response
from sandbox.slack.stand_in import Slack

__all__ = ["Delivery", "Response", "Slack"]
