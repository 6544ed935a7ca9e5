"""The message shortcut "Propose co-sell action"."""

from datetime import UTC, datetime

from slack_bolt import Ack, App

from bot.handlers import Parts
from bot.handlers.payload import Body, channel_of, team_of, user_of
from bot.lifecycle.jobs import Job
from bot.proposal import Via


def register(app: App, parts: Parts) -> None:
    """Attach the shortcut."""

    @app.shortcut("cosell.propose")
    def propose(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "propose", channel_of(body))
        message = body["message"]
        at = datetime.fromtimestamp(float(message["ts"]), UTC)
        for file in message.get("files") or ():
            parts.jobs.send(
                Job.FILE,
                file=file["id"],
                name=file.get("name") or "",
                channel=channel_of(body),
                user=user_of(body),
                thread_ts=message.get("thread_ts") or message["ts"],
                asked=True,
                outside=False,
                cause=f"{body['trigger_id']}|{file['id']}",
            )
        if message.get("files") and not message.get("text"):
            ack()
            return
        parts.jobs.send(
            Job.HEAR,
            via=Via.SHORTCUT.value,
            by=user_of(body),
            cause=body["trigger_id"],
            text=message.get("text", ""),
            author=message.get("user") or user_of(body),
            channel=channel_of(body),
            ts=message["ts"],
            thread_ts=message.get("thread_ts"),
            at=at.isoformat(),
        )
        ack()
