"""What a text would propose, for the command line: the same rules as in a channel, nothing posted or recorded."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot import app
from bot.action import Needs, kinds
from bot.deal import Frozen, Json, Message
from bot.errors import Refused
from bot.lifecycle.propose import suggestions
from bot.settings import Settings


class Heard(Frozen):
    """One action that a text calls for."""

    kind: str
    title: str
    headline: str
    fields: Mapping[str, Json]
    lines: tuple[str, ...]  # what a card would show: "Label: before → after"


def listener(settings: Settings, opportunity: str) -> Callable[[str, datetime, bool], tuple[Heard, ...]]:
    """A function from a text, its time, and whether the bot is addressed, to what would be proposed.

    The deal is read once, and once more with everything that a proposal needs.
    """
    context = app.Assembly(settings).outside.context
    deal = context.read(opportunity, Needs(referral=True))
    owner = deal.owner_person.slack if deal.owner_person else None

    def listen(text: str, at: datetime, addressed: bool) -> tuple[Heard, ...]:
        message = Message(
            text=text, author=owner or "", channel="", ts=f"{at.timestamp():.6f}", at=at, addressed=addressed
        )
        heard = []
        for action in suggestions(kinds(), message, deal):
            live = context.read(opportunity, action.needs())
            try:
                fitted = action.fit(live)
                fitted.check(live)
            except Refused:
                continue
            preview = fitted.preview(live)
            heard.append(
                Heard(
                    kind=action.kind,
                    title=action.title,
                    headline=preview.headline,
                    fields=fitted.fields(),
                    lines=tuple(
                        f"{c.label}: "
                        + (f"{c.before or 'empty'} → " if c.before is not None else "")
                        + c.after
                        for c in preview.changes
                    ),
                )
            )
        return tuple(heard)

    return listen
