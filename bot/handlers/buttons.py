"""Presses on cards. An approval is acknowledged only once it is recorded."""

import re
from datetime import UTC, datetime

from slack_bolt import Ack, App

from bot.handlers import Parts
from bot.handlers.columns import columns_form
from bot.handlers.payload import Body, channel_of, press_of, team_of, thread_of, user_of
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

    @app.action("cosell.undo")
    def undo(ack: Ack, body: Body) -> None:
        parts.deciding.undo(press_of(body))
        ack()

    @app.action("cosell.retry")
    def retry(ack: Ack, body: Body) -> None:
        parts.deciding.retry(press_of(body))
        ack()

    @app.action("cosell.columns_right")
    def columns_right(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "columns", channel_of(body))
        cause = body["actions"][0]["value"]
        parts.jobs.send(Job.COLUMNS, cause=cause, chosen={}, user=user_of(body))
        ack()

    @app.action("cosell.columns")
    def columns(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "columns", channel_of(body))
        opens(body, columns_form(parts.columns, body["actions"][0]["value"]))
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

    @app.action(re.compile(r"^cosell\.(same|not_same)$"))
    def same(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "match", channel_of(body))
        action, container = body["actions"][0], body.get("container") or {}
        partner, ours, theirs = action["value"].split("|", 2)
        parts.jobs.send(
            Job.PAIR,
            partner=partner,
            ours=ours,
            theirs=theirs,
            yes=action["action_id"] == "cosell.same",
            user=user_of(body),
            team=team_of(body),
            channel=channel_of(body),
            message=None if container.get("is_ephemeral") else container.get("message_ts"),
            at=datetime.now(UTC).isoformat(),
            cause=body["trigger_id"],
        )
        ack()

    @app.action("cosell.overlap_csv")
    def overlap_csv(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "overlap", channel_of(body))
        parts.jobs.send(
            Job.OVERLAP_CSV,
            partner=body["actions"][0]["value"],
            channel=channel_of(body),
            thread_ts=thread_of(body) or body["container"]["message_ts"],
            user=user_of(body),
            cause=body["trigger_id"],
        )
        ack()

    @app.action("cosell.rule.show")
    def show_digest(ack: Ack, body: Body) -> None:
        digest, _, page = str(body["actions"][0]["value"]).partition("|")
        _send_digest(body, Job.SHOW_DIGEST, digest=digest, page=int(page) if page.isdecimal() else 0)
        ack()

    @app.action("cosell.rule.propose")
    def propose_firing(ack: Ack, body: Body) -> None:
        digest, _, firing = str(body["actions"][0]["value"]).partition("|")
        _send_digest(body, Job.PROPOSE_FIRING, digest=digest, firing=firing)
        ack()

    def _send_digest(body: Body, job: Job, **what: str | int) -> None:
        parts.deciding.admit(user_of(body), team_of(body), job.value, channel_of(body))
        parts.jobs.send(job, channel=channel_of(body), user=user_of(body), cause=body["trigger_id"], **what)

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
