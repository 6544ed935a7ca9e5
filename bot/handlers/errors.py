"""What a person is told when a press, a form or a command cannot be taken. No exception leaves a listener."""

import uuid

import structlog
from slack_bolt import App
from slack_bolt.response import BoltResponse

from bot import cards, tracing
from bot.errors import Refused, Unavailable
from bot.handlers import Parts
from bot.handlers.payload import Body, channel_of, thread_of, user_of
from bot.lifecycle.jobs import Job

log = structlog.get_logger()


def register(app: App, parts: Parts) -> None:
    """Attach the answer to everything that goes wrong."""

    @app.error
    def answer(error: Exception, body: Body) -> BoltResponse:
        if isinstance(error, Refused):
            tracing.current().note(**{"cosell.refused": type(error).__name__})
            return refused(str(error), body)
        tracing.current().failed(error)
        if isinstance(error, Unavailable):
            return unavailable(error, body)
        reference = uuid.uuid4().hex[:8]
        log.exception("listener.broke", exc_info=error, reference=reference)
        return unavailable(
            Unavailable(f"Something unexpected happened (reference {reference}). Nothing was done."), body
        )

    def refused(words: str, body: Body) -> BoltResponse:
        if body.get("command"):
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words})
        try:
            parts.jobs.send(
                Job.WHISPER,
                channel=channel_of(body),
                user=user_of(body),
                words=words,
                thread_ts=thread_of(body),
            )
        except Unavailable:
            parts.threads.whisper(channel_of(body), user_of(body), cards.words(words), thread_of(body))
        return BoltResponse(status=200, body="")

    def unavailable(error: Unavailable, body: Body) -> BoltResponse:
        """Not acknowledged, so that Slack sends an event again and marks a press as failed; the person is told why."""
        words = f"{error} Please try again in a minute."
        log.warning("listener.unavailable", why=str(error))
        if body.get("command"):
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words})
        if body.get("type") != "event_callback":
            parts.threads.whisper(channel_of(body), user_of(body), cards.words(words), thread_of(body))
        return BoltResponse(status=503, body="")
