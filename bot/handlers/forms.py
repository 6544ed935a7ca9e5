"""Submissions of modals. A wrong answer is shown at its field and nothing is lost."""

from slack_bolt import Ack, App

from bot import cards
from bot.errors import Invalid, Refused
from bot.handlers import Parts
from bot.handlers.payload import Body, press_of


def register(app: App, parts: Parts) -> None:
    """Attach the forms."""

    @app.view("cosell.edit")
    def edit(ack: Ack, body: Body) -> None:
        values = body["view"]["state"]["values"]
        try:
            parts.deciding.edit(press_of(body), cards.answers(values))
        except Invalid as invalid:
            known = {name: words for name, words in invalid.problems.items() if name in values}
            ack(response_action="errors", errors=known or {next(iter(values)): str(invalid)})
        except Refused as refused:
            ack(response_action="errors", errors={next(iter(values)): str(refused)})
        else:
            ack()

    @app.view("cosell.decline")
    def decline(ack: Ack, body: Body) -> None:
        values = body["view"]["state"]["values"]
        reason = str(cards.answers(values).get("reason") or "").strip()
        if not reason:
            ack(response_action="errors", errors={"reason": "Say in a few words why, for whoever asked."})
            return
        parts.deciding.decline(press_of(body), reason)
        ack()
