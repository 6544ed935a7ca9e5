"""Which rules an opportunity at AWS, or an invitation, meets now."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from bot.clients import Invitation, OpenDeal, PartnerDeal
from bot.rules import Rule, When
from bot.triggers.firing import Happening
from bot.triggers.seen import Seen, SeenAtAws
from bot.triggers.words import quoted

_OPPORTUNITY = re.compile(r"006[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
OWN_DOING = {"", "Pending Submission", "Submitted"}
"""Review statuses that follow from our own referral, and so are no news when we see it for the first time."""


def updated(
    rules: tuple[Rule, ...],
    before: SeenAtAws | None,
    at_aws: PartnerDeal,
    ours: tuple[str, Seen] | None,
    baseline: bool,
) -> Iterator[Happening]:
    """What AWS changed since the last look; ``baseline``: there was none, so that everything is as it is.

    An opportunity that is listed for the first time later is news once AWS has decided about it.
    """
    now = SeenAtAws.of(at_aws)
    if before is not None and (now.version < before.version or now == before):
        return
    if before is None and (baseline or now.review_status in OWN_DOING):
        return
    changes = _changes(before, now)
    if not changes:
        return
    for rule in rules:
        if rule.when is not When.AWS_UPDATED:
            continue
        if rule.statuses and (now.review_status not in rule.statuses or not _reviewed(before, now)):
            continue
        departed = before.version if before else "new"
        yield _of_deal(
            rule,
            f"{at_aws.id}|{departed}|{now.review_status}|{now.stage}",
            f"At AWS {at_aws.id}{_of(at_aws.company)} changed: {' and '.join(changes)}.",
            ours,
            {"ace_id": at_aws.id, "review_status": now.review_status, "aws_stage": now.stage},
            at_aws.company,
            at_aws.reference if _OPPORTUNITY.fullmatch(at_aws.reference) else "",
        )


def invited(rule: Rule, invitation: Invitation, evidence: str, ours: OpenDeal | None) -> Happening:
    """That AWS invites us; ``evidence`` says which of our accounts the customer resembles."""
    who = f"{invitation.sender or 'AWS'} invites us: {quoted(invitation.title)}"
    company = f" for {invitation.company}" if invitation.company else ""
    until = f" It can be accepted until {_day(invitation.expires_at)}." if invitation.expires_at else ""
    seen = None if ours is None else (ours.id, Seen.of(ours, None, ours.modified))
    why = f"{who}{company}.{until} {evidence}".strip()
    return _of_deal(rule, invitation.id, why, seen, {}, invitation.company or invitation.title)


def _of_deal(
    rule: Rule,
    fact: str,
    why: str,
    ours: tuple[str, Seen] | None,
    more: Mapping[str, str],
    company: str,
    reference: str = "",
) -> Happening:
    if ours is None:
        return Happening(rule=rule, fact=fact, why=why, opportunity=reference, name=company, more=more)
    id, seen = ours
    return Happening(
        rule=rule,
        fact=fact,
        why=why,
        opportunity=id,
        name=seen.name,
        account=seen.account,
        owner=seen.owner,
        stage=seen.stage,
        amount=seen.amount,
        next_step=seen.next_step,
        more=more,
    )


def _reviewed(before: SeenAtAws | None, now: SeenAtAws) -> bool:
    return before is None or before.review_status != now.review_status


def _changes(before: SeenAtAws | None, now: SeenAtAws) -> list[str]:
    if before is None:
        return [f"its review status is {quoted(now.review_status)}"]
    found = []
    if before.review_status != now.review_status:
        found.append(
            f"its review status went from {quoted(before.review_status)} to {quoted(now.review_status)}"
        )
    if before.stage != now.stage:
        found.append(f"its stage went from {quoted(before.stage)} to {quoted(now.stage)}")
    return found


def _of(company: str) -> str:
    return f" ({' '.join(company.split())})" if company.strip() else ""


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
