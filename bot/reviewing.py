"""What a file of scores would write, found out on the command line without proposing anything."""

from pathlib import Path

from bot import app
from bot.action import Needs
from bot.actions.score_opportunities import ScoreOpportunities
from bot.deal import PORTFOLIO, Deal, Frozen
from bot.errors import Refused
from bot.settings import Settings
from bot.tables import SCORES, expected, fit, read


class Review(Frozen):
    """The batch that a file calls for, fitted to what Salesforce holds now."""

    batch: ScoreOpportunities
    deal: Deal


def review(settings: Settings, path: Path) -> Review:
    """What this file would write; ``Refused`` when it cannot be read or a column is missing."""
    table = read(path, path.name)
    fitted = fit(table, SCORES)
    if fitted.missing:
        raise Refused(f"{path.name} has no column for {fitted.missing[0].label}. {expected(SCORES)}")
    parts = app.Assembly(settings)
    batch = parts.scoring.of_table(table, fitted, path.name)
    deal = parts.outside.context.read(PORTFOLIO, batch.needs() if batch.lines or batch.doubts else Needs())
    return Review(batch=batch.fit(deal), deal=deal)
