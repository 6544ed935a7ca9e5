"""Presses on cards. An approval is acknowledged only once it is recorded."""

import re

from slack_bolt import Ack, App

from bot.handlers import Parts
from bot.handlers.payload import Body, channel_of, press_of, team_of, user_of
from bot.lifecycle.jobs import Job
from bot.policy import SignInNeeded


def register(app: App, parts: Parts) -> None:
    """Attach the buttons."""

    def opens(body: Body, view: dict[str, object]) -> None:
        parts.threads.open_form(body["trigger_id"], view)

    @app.action("cosell.approve")
    def approve(ack: Ack, body: Body) -> None:
        press = press_of(body)
        try:
            parts.deciding.approve(press)
        except SignInNeeded:
            opens(body, parts.signing.ask(press))
        ack()

    @app.action("cosell.review")
    def review(ack: Ack, body: Body) -> None:
        opens(body, parts.deciding.details(press_of(body)))
        ack()

    @app.action("cosell.edit")
    def edit(ack: Ack, body: Body) -> None:
        opens(body, parts.deciding.form(press_of(body)))
        ack()

    @app.action("cosell.decline")
    def decline(ack: Ack, body: Body) -> None:
        opens(body, parts.deciding.decline_form(press_of(body)))
        ack()

    @app.action("cosell.override")
    def override(ack: Ack, body: Body) -> None:
        opens(body, parts.deciding.override_form(press_of(body)))
        ack()

    @app.action(re.compile(r"^cosell\.choose\.\d+$"))
    def choose(ack: Ack, body: Body) -> None:
        option = int(body["actions"][0]["action_id"].rpartition(".")[2])
        parts.deciding.choose(press_of(body), option)
        ack()

    @app.action(re.compile(r"^cosell\.(open|sign_in)$"))
    def opened(ack: Ack) -> None:
        ack()  # Slack's own client, or the browser, leads on

    @app.action("cosell.link")
    def link(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "link", channel_of(body))
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
