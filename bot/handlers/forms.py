"""Submissions of modals. A wrong answer is shown at its field and nothing is lost."""

from slack_bolt import Ack, App

from bot import cards
from bot.errors import Invalid, Refused
from bot.handlers import Parts
from bot.handlers.columns import chosen_columns
from bot.handlers.payload import Body, press_of, team_of, user_of
from bot.lifecycle.jobs import Job
from bot.policy import SignInNeeded


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

    @app.view("cosell.review")
    def review(ack: Ack, body: Body) -> None:
        press = press_of(body)
        try:
            parts.deciding.approve(press)
        except SignInNeeded:
            ack(response_action="update", view=parts.signing.ask(press))
        else:
            ack()

    @app.view("cosell.columns")
    def columns(ack: Ack, body: Body) -> None:
        parts.deciding.admit(user_of(body), team_of(body), "columns", "")
        view = body["view"]
        try:
            chosen = chosen_columns(
                parts.columns, view["private_metadata"], cards.answers(view["state"]["values"])
            )
        except Invalid as invalid:
            ack(response_action="errors", errors=invalid.problems)
            return
        parts.jobs.send(Job.COLUMNS, cause=view["private_metadata"], chosen=chosen, user=user_of(body))
        ack()

    @app.view("cosell.decline")
    def decline(ack: Ack, body: Body) -> None:
        reason = _reason(body)
        if not reason:
            ack(response_action="errors", errors={"reason": "Say in a few words why, for whoever asked."})
            return
        parts.deciding.decline(press_of(body), reason)
        ack()

    @app.view("cosell.override")
    def override(ack: Ack, body: Body) -> None:
        reason = _reason(body)
        if len(reason) < cards.SHORTEST_REASON:
            words = "Say in a sentence why this cannot wait. Everyone skipped reads it."
            ack(response_action="errors", errors={"reason": words})
            return
        parts.deciding.override(press_of(body), reason)
        ack()


def _reason(body: Body) -> str:
    return str(cards.answers(body["view"]["state"]["values"]).get("reason") or "").strip()
