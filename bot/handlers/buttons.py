"""Presses on cards. An approval is acknowledged only once it is recorded."""

import re

from slack_bolt import Ack, App

from bot import policy
from bot.handlers import Parts
from bot.handlers.payload import Body, channel_of, press_of, team_of, user_of
from bot.lifecycle.jobs import Job


def register(app: App, parts: Parts) -> None:
    """Attach the buttons."""

    @app.action("cosell.approve")
    def approve(ack: Ack, body: Body) -> None:
        parts.deciding.approve(press_of(body))
        ack()

    @app.action("cosell.edit")
    def edit(ack: Ack, body: Body) -> None:
        parts.threads.open_form(body["trigger_id"], parts.deciding.form(press_of(body)))
        ack()

    @app.action("cosell.decline")
    def decline(ack: Ack, body: Body) -> None:
        parts.threads.open_form(body["trigger_id"], parts.deciding.decline_form(press_of(body)))
        ack()

    @app.action(re.compile(r"^cosell\.choose\.\d+$"))
    def choose(ack: Ack, body: Body) -> None:
        option = int(body["actions"][0]["action_id"].rpartition(".")[2])
        parts.deciding.choose(press_of(body), option)
        ack()

    @app.action("cosell.open")
    def opened(ack: Ack) -> None:
        ack()  # Slack's own client leads to the card

    @app.action("cosell.link")
    def link(ack: Ack, body: Body) -> None:
        policy.may_propose(user_of(body), team_of(body), parts.config)
        parts.jobs.send(
            Job.COMMAND,
            verb="link",
            words=body["actions"][0]["value"],
            channel=channel_of(body),
            user=user_of(body),
            cause=body["trigger_id"],
            response_url=body.get("response_url"),
        )
        ack()
