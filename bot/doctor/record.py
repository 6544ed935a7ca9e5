"""A real deal beside its mapping: where each fact stands, what the bot makes of it, and what AWS would still refuse."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.ace.draft import FROM_SALESFORCE
from bot.action import Finding, Needs
from bot.actions.submit_referral import SubmitReferral
from bot.config import Config
from bot.deal import Deal, Fact, Json
from bot.doctor.examiners import Reads
from bot.doctor.values import Check, Finds, Row, fail, named, ok, warn
from bot.errors import BotError, Refused
from bot.lifecycle.stakes import nobodys
from bot.policy import Authority

ON_APPROVAL = "on approval"


def record(reads: Reads, config: Config, authority: Authority, opportunity: str | None) -> Finds:
    """The mapping on one opportunity; None: the bot's user sees none."""
    if opportunity is None:
        yield warn(
            "record.deal",
            "The bot's user sees no open opportunity, so the mapping was not tried on one.",
            "Share the deals with the bot's user in Salesforce, or name one with --opportunity.",
        )
        return
    try:
        deal, as_whom = _read(reads, opportunity, config)
    except BotError as error:
        yield fail(
            "record.deal",
            f"The opportunity {opportunity} cannot be read: {error}",
            "Name another with --opportunity.",
        )
        return
    yield ok("record.deal", f"{deal.name} ({deal.id}) was read {as_whom}.")
    for name, mapped in config.facts.items():
        yield row(name, mapped.field, mapped.write, deal.facts.get(name))
    yield from _referral(reads, deal)
    yield _approvers(authority, deal, config)


def _read(reads: Reads, opportunity: str, config: Config) -> tuple[Deal, str]:
    """The deal as its owner sees it, where the bot can be the owner; as the bot's own user otherwise."""
    deal = reads(opportunity, Needs())
    owner = deal.owner_person
    if owner is None:
        return deal, "as the bot's own user"
    try:
        return reads(opportunity, Needs(), owner.salesforce, owner.email), f"as {owner.name}, who owns it"
    except BotError:
        return deal, "as the bot's own user"


# -- the table ------------------------------------------------------------------------------------------------------
def row(name: str, field: str, write: bool, fact: Fact | None) -> Row:
    """One fact of the mapping as a line of the table."""
    if fact is None:
        return Row(fact=name, field=field, there="(no such field here)", means="", written="no")
    there, means = _shown(fact.raw), _shown(fact.value)
    if fact.raw is not None and fact.value is None:
        means = "(no counterpart: asked for on the card)"
    written = ON_APPROVAL if fact.writable else "not by this user" if write else "no"
    return Row(fact=name, field=field, there=there, means=means, written=written)


def _shown(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


# -- the referral ---------------------------------------------------------------------------------------------------
def _referral(reads: Reads, deal: Deal) -> Iterator[Check]:
    """What AWS would still refuse, if it were referred now."""
    try:
        draft = SubmitReferral.draft(reads(deal.id, Needs(solutions=True)))
        now = reads(deal.id, draft.needs())
    except BotError as error:
        yield warn(
            "record.referral", f"What AWS would refuse is not known: {error}", "See the section on AWS."
        )
        return
    fitted = draft.fit(now)
    try:
        fitted.check(now)
    except Refused as error:
        yield ok("record.referral", f"It would not be referred now: {error}")
        return
    yield from _findings(fitted.preview(now).findings)


def _findings(findings: tuple[Finding, ...]) -> Iterator[Check]:
    """What comes from records and would be refused is to be mended there; the rest is the card's to ask."""
    of_records = [one for one in findings if one.name in FROM_SALESFORCE]
    asked = [one.label for one in findings if one not in of_records]
    if of_records:
        count = len(of_records)
        yield warn(
            "record.referral",
            f"AWS would refuse its referral for {count} thing{'s' * (count != 1)} that Salesforce holds, or lacks.",
            "Fill them in in Salesforce, or map the fields that hold them in [facts]; else each card asks.",
            tuple(f"{one.label}: {one.problem}" for one in of_records),
        )
    else:
        yield ok("record.referral", "AWS would refuse nothing in its referral that comes from Salesforce.")
    if asked:
        yield ok("record.asked", f"Its card asks for what no record holds: {named(asked, 9)}.")


# -- who decides ----------------------------------------------------------------------------------------------------
def _approvers(authority: Authority, deal: Deal, config: Config) -> Check:
    """Who may approve its referral, as if Slack had nothing against anybody."""
    asked = nobodys(SubmitReferral, deal, datetime.now(UTC))
    people = {person.slack: person for person in config.people if person.slack}
    able = authority.approvers(asked, [authority.supposed(user) for user in people], people)
    if able:
        return ok(
            "record.approvers",
            f"By the policies {named([one.name for one in able])} may approve its referral.",
        )
    return fail(
        "record.approvers",
        "By the policies nobody in the configuration may approve its referral.",
        f"`cosell policy who --opportunity {deal.id} --action {SubmitReferral.kind}` says why, person by person.",
    )
