"""What a file of scores would write, found out on the command line without proposing anything."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot import app
from bot.action import Needs
from bot.actions.score_opportunities import ScoreOpportunities
from bot.config import load as load_config
from bot.deal import PORTFOLIO, Deal, Frozen
from bot.errors import Refused
from bot.ledger import Ledger
from bot.lifecycle.accounts import Accounts
from bot.lifecycle.scoring import Scoring
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
    config = load_config(settings.cosell_config)
    pool, keep = ThreadPoolExecutor(16), app.store(settings, app.PATIENT)
    outside = app.reach(settings, config, pool, keep)
    scoring = Scoring(
        accounts=Accounts(outside.systems.crm.as_user, app.utc_now),
        aws=lambda: outside.systems.partner.as_user(""),
        ledger=Ledger(keep, app.utc_now),
        config=config,
        pool=pool,
        now=app.utc_now,
    )
    batch = scoring.of_table(table, fitted, path.name)
    deal = outside.context.read(PORTFOLIO, batch.needs() if batch.lines or batch.doubts else Needs())
    return Review(batch=batch.fit(deal), deal=deal)
