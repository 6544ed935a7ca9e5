"""Which rules a deal meets now that it did not meet when it was seen last."""

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.clients import OpenDeal
from bot.rules import Rule, When
from bot.triggers.firing import Happening
from bot.triggers.seen import Seen
from bot.triggers.words import days, money, quoted

Overlap = Callable[[str, str], str | None]
"""The evidence that an account (its id) is on a partner's list, as a sentence; None: it is not."""


def changed(
    rules: tuple[Rule, ...], before: Seen | None, deal: OpenDeal, began: datetime, overlap: Overlap
) -> Iterator[Happening]:
    """What became true between ``before`` and now.

    A deal that was not seen before is a baseline, unless it was created after watching began: then it is new. What is
    read late, older than what is known, tells nothing.
    """
    if not moved(before, deal):
        return
    if before is None and deal.created < began.replace(microsecond=0):  # Salesforce tells whole seconds
        return
    for rule in rules:
        why = _why(rule, before, deal, overlap)
        if why is not None:
            # The version that it departed from: whatever else changes before this is kept, it is the same fact.
            fact = f"{deal.id}|{before.version if before else 'new'}|{_of(rule, deal)}"
            yield happening(rule, deal, fact, why)


def moved(before: Seen | None, deal: OpenDeal) -> bool:
    """Whether what is read is later than what is known. Two changes within a second have the same version."""
    if before is None or deal.version != before.version:
        return before is None or deal.version > before.version
    return (deal.stage, deal.amount, deal.next_step) != (before.stage, before.amount, before.next_step)


def happening(rule: Rule, deal: OpenDeal, fact: str, why: str) -> Happening:
    """A fact of a deal."""
    return Happening(
        rule=rule,
        fact=fact,
        why=why,
        opportunity=deal.id,
        name=deal.name,
        account=deal.account,
        owner=deal.owner,
        stage=deal.stage,
        amount=deal.amount,
        next_step=deal.next_step,
    )


def fits(rule: Rule, stage: str, amount: float | None) -> bool:
    """Whether a deal is among those that a rule is for."""
    right_stage = not rule.stages or stage in rule.stages
    return right_stage and (rule.amount is None or (amount is not None and amount >= rule.amount))


def _why(rule: Rule, before: Seen | None, deal: OpenDeal, overlap: Overlap) -> str | None:
    if not fits(rule, deal.stage, deal.amount):
        return None
    match rule.when:
        case When.STAGE_BECOMES if before is None:
            return f"It was opened in the stage {quoted(deal.stage)}."
        case When.STAGE_BECOMES if before is not None and before.stage != deal.stage:
            return f"The stage went from {quoted(before.stage)} to {quoted(deal.stage)}."
        case When.AMOUNT_REACHES:
            return _reached(rule, before, deal)
        case When.NEW_OPPORTUNITY if before is None:
            return f"A new opportunity was opened at {deal.account or 'an account'}{_worth(deal)}."
        case When.OVERLAPS if before is None:
            evidence = overlap(deal.account_id, rule.partner)
            if evidence is None:
                return None
            return f"A new opportunity was opened at {deal.account or 'an account'}{_worth(deal)}. {evidence}"
    return None


def _reached(rule: Rule, before: Seen | None, deal: OpenDeal) -> str | None:
    was, bound = before.amount if before else None, rule.amount or 0.0
    if was is not None and was >= bound:
        return None
    reaches = f"{money(deal.amount)}, which reaches the {money(bound)} of this rule."
    if before is None:
        return f"It was opened with an amount of {reaches}"
    return f"The amount went from {money(was)} to {reaches}"


def _of(rule: Rule, deal: OpenDeal) -> str:
    return deal.stage if rule.when is When.STAGE_BECOMES else ""


def _worth(deal: OpenDeal) -> str:
    return "" if deal.amount is None else f", with an amount of {money(deal.amount)}"


def stale(rule: Rule, id: str, seen: Seen, now: datetime) -> Happening | None:
    """That a next step has read the same for so many days; once as long as the text stays."""
    if rule.days is None or not fits(rule, seen.stage, seen.amount):
        return None
    age = int((now.timestamp() - seen.since) // 86_400)
    if age < rule.days:
        return None
    said = "There has been no next step"
    if seen.next_step.strip():
        said = f"The next step {quoted(seen.next_step)} has stood"
    return Happening(
        rule=rule,
        fact=f"{id}|{seen.next_step}|{seen.since:.0f}",
        why=f"{said} for {days(age)}; this rule looks after {days(rule.days)}.",
        opportunity=id,
        name=seen.name,
        account=seen.account,
        owner=seen.owner,
        stage=seen.stage,
        amount=seen.amount,
        next_step=seen.next_step,
    )


def unreferred(rule: Rule, deal: OpenDeal, overlap: Overlap) -> Happening | None:
    """That an open deal meets the referral rule and has no referral; once for each deal."""
    if deal.ace_id or not fits(rule, deal.stage, deal.amount):
        return None
    evidence = overlap(deal.account_id, rule.partner) if rule.partner else ""
    if evidence is None:
        return None
    terms = [f"is open in the stage {quoted(deal.stage)}"]
    if rule.amount is not None:
        terms.append(
            f"has an amount of {money(deal.amount)}, at least the {money(rule.amount)} of this rule,"
        )
    why = f"The deal {' and '.join(terms)} and no referral of it is at AWS. {evidence}".strip()
    return happening(rule, deal, deal.id, why)
