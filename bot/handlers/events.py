"""Things that happen in Slack. They are handed in durably before Slack is told that we have them."""

from datetime import UTC, datetime
from typing import Any

from slack_bolt import App

from bot.handlers import Parts
from bot.handlers.payload import Body, team_of
from bot.lifecycle.jobs import Job
from bot.proposal import Via

HUMAN = {None, "file_share", "thread_broadcast"}
"""The subtypes of ``message`` that are somebody saying something."""


def register(app: App, parts: Parts) -> None:
    """Attach the events."""

    @app.event("message")
    def message(body: Body, event: dict[str, Any], context: dict[str, Any]) -> None:
        mentioned = f"<@{context.get('bot_user_id')}>" in event.get("text", "")
        if event.get("subtype") in HUMAN and not event.get("bot_id") and not mentioned:
            hear(body, event, Via.MESSAGE)

    @app.event("app_mention")
    def mention(body: Body, event: dict[str, Any]) -> None:
        if not event.get("bot_id"):
            hear(body, event, Via.MENTION)

    @app.event("member_joined_channel")
    def joined(body: Body, event: dict[str, Any], context: dict[str, Any]) -> None:
        if event["user"] == context.get("bot_user_id"):
            parts.jobs.send(Job.INTRODUCE, channel=event["channel"], cause=body["event_id"])
            return
        person = parts.config.by_slack(event["user"])
        if person is not None and person.outsider:
            audience_changed(event["channel"], outsiders=True)

    @app.event("app_home_opened")
    def home(event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            parts.jobs.send(Job.HOME, user=event["user"])

    @app.event("channel_shared")
    def shared(event: dict[str, Any]) -> None:
        audience_changed(event["channel"], outsiders=True)

    @app.event("channel_unshared")
    def unshared(event: dict[str, Any]) -> None:
        audience_changed(event["channel"], outsiders=None)

    def audience_changed(channel: str, outsiders: bool | None) -> None:
        """Every process knows at once; what was posted before is drawn anew by a worker."""
        if outsiders:
            parts.sharing.note(channel, True)
        parts.jobs.send(Job.REDRAW, channel=channel)

    def hear(body: Body, event: dict[str, Any], via: Via) -> None:
        channel = event["channel"]
        if body.get("is_ext_shared_channel") and parts.sharing.known(channel) is False:
            audience_changed(channel, outsiders=True)  # the event that told of it never came
        outside = team_of(body) != parts.config.slack_team
        for file in event.get("files") or ():
            parts.jobs.send(
                Job.FILE,
                file=file["id"],
                name=file.get("name") or "",
                channel=channel,
                user=event.get("user") or "",
                thread_ts=event.get("thread_ts") or event["ts"],
                asked=via is not Via.MESSAGE and not outside,
                outside=outside,
                cause=f"{channel}|{event['ts']}|{file['id']}",
            )
        if outside and channel not in parts.config.channels.partner_may_propose:
            return
        if not event.get("user") or not event.get("text"):
            return
        if via is Via.MESSAGE and parts.ledger.linked(event["channel"]) is None:
            return
        at = datetime.fromtimestamp(float(event["ts"]), UTC)
        parts.jobs.send(
            Job.HEAR,
            via=via.value,
            by=event["user"],
            cause=f"{event['channel']}|{event['ts']}",
            text=event["text"],
            author=event["user"],
            channel=event["channel"],
            ts=event["ts"],
            thread_ts=event.get("thread_ts"),
            at=at.isoformat(),
        )
