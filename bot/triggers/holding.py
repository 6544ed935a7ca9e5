"""Whether what a rule fired for is still so, by what was read just now."""

from bot.deal import Deal, Json
from bot.rules import Rule, When
from bot.triggers.crm import fits
from bot.triggers.firing import Firing


def holds(firing: Firing, rule: Rule | None, deal: Deal) -> bool:
    """Whether a fact still holds; what the configuration maps no field to cannot speak against it."""
    stage, amount = _raw(deal, "StageName", firing.stage), _raw(deal, "Amount", firing.amount)
    match When(firing.when):
        case When.STAGE_BECOMES if stage != firing.stage:
            return False
        case When.NEXT_STEP_STALE if (_raw(deal, "NextStep", firing.next_step) or "") != firing.next_step:
            return False
        case When.SWEEP if deal.value("ace_id"):
            return False
        case When.AWS_UPDATED if deal.referral is not None:
            return deal.referral.review_status == firing.review_status
        case When.AWS_UPDATED | When.INVITED:
            return True
    return rule is None or fits(rule, str(stage or ""), amount)


def needs_open(firing: Firing) -> bool:
    """Whether the fact is one of open deals only."""
    return When(firing.when) not in (When.AWS_UPDATED, When.INVITED)


def _raw(deal: Deal, field: str, otherwise: Json) -> Json:
    """What Salesforce holds in a field of the opportunity."""
    fact = next((fact for fact in deal.facts.values() if fact.field == field), None)
    return otherwise if fact is None else fact.raw
