"""A bare Bolt app that only acknowledges, on the same server configuration as ``cosell serve``.

``BARE_DIRECT`` takes Bolt's quickest way: the listener runs in the request's own thread (``process_before_response``).
"""

import os
from typing import Any

from gunicorn.app.base import BaseApplication
from slack_bolt import Ack, App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

from bot.serving import gunicorn_options
from bot.settings import Settings


def application(settings: Settings) -> Any:
    """Bolt's own WSGI adapter, its own signature check, one listener."""
    identity = AuthorizeResult(
        enterprise_id=None, team_id="T0BRIGHT", bot_user_id="U0COSELL", bot_id="B0COSELL", bot_token="xoxb-x"
    )
    app = App(
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        authorize=lambda **_: identity,
        process_before_response="BARE_DIRECT" in os.environ,
    )

    @app.action("cosell.approve")
    def approve(ack: Ack) -> None:
        ack()

    return SlackRequestHandler(app)


class Bare(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn around it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """The options of ``cosell serve``, on one port: nobody operates this one."""
        here = {"bind": f"{self._settings.host}:{self._settings.port}"}
        for name, value in {**gunicorn_options(self._settings), **here}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one process."""
        return application(self._settings)


if __name__ == "__main__":
    from bot.settings import load

    os.environ["PORT"] = os.environ["BARE_PORT"]
    Bare(load()).run()
