"""Who may decide what. The one home of that question; everything here is pure.

The approver is the opportunity's owner or a configured partner manager: never somebody of the other company, a guest,
a bot, a deactivated person, or one without an account in the system that is written.
"""

from collections.abc import Iterable, Mapping

from bot.config import Config
from bot.deal import Deal, Frozen, Person, System
from bot.errors import NotAllowed
from bot.proposal import Approver, Proposal


class Profile(Frozen):
    """What Slack says about a user."""

    id: str
    team: str
    guest: bool
    bot: bool
    deleted: bool


def approvers(
    deal: Deal, system: System, config: Config, profiles: Mapping[str, Profile]
) -> tuple[Approver, ...]:
    """The people who may approve a write to this system on this deal, the owner first."""
    owner = deal.owner_person
    candidates = [(owner, "owns the opportunity")] if owner is not None else []
    candidates += [
        (manager, "is a partner manager") for manager in config.partner_managers if manager != owner
    ]
    return tuple(
        Approver(
            name=person.name,
            slack=person.slack,
            email=person.email,
            salesforce=person.salesforce,
            calendar=person.calendar,
            why=why,
        )
        for person, why in candidates
        if person.slack and unfit(person, profiles.get(person.slack), system, config) is None
    )


def unfit(person: Person, profile: Profile | None, system: System, config: Config) -> str | None:
    """Why this person can never approve a write to this system, or None."""
    if person.outsider:
        return f"{person.name} works for {person.company or 'the partner'}."
    if profile is None:
        return f"Slack does not know {person.name}."
    if profile.team != config.slack_team:
        return f"{person.name} is not in our Slack workspace."
    if profile.bot or profile.guest or profile.deleted:
        what = "a bot" if profile.bot else "a guest" if profile.guest else "deactivated"
        return f"{person.name} is {what} in Slack."
    if system is System.SALESFORCE and not person.salesforce:
        return f"{person.name} has no Salesforce user in the configuration."
    if system is System.CALENDAR and not person.calendar:
        return f"{person.name} has no calendar in the configuration."
    return None


def may_approve(proposal: Proposal, user: str, team: str, config: Config) -> Approver:
    """The approver that this Slack user is for this proposal; ``NotAllowed`` says who could."""
    _insider(team, config)
    approver = next((a for a in proposal.approvers if a.slack == user), None)
    if approver is None:
        raise NotAllowed(f"You cannot approve this. {_who(proposal.approvers)}")
    return approver


def is_approver(proposal: Proposal, user: str, team: str, config: Config) -> bool:
    """Whether this Slack user may approve this proposal."""
    try:
        may_approve(proposal, user, team, config)
    except NotAllowed:
        return False
    return True


def may_change(proposal: Proposal, user: str, team: str, config: Config) -> None:
    """``NotAllowed`` unless this user may edit or decline: an approver, or whoever asked for it on our side."""
    _insider(team, config)
    known = config.by_slack(user)
    asked = proposal.origin.by == user and known is not None and not known.outsider
    if not asked and all(approver.slack != user for approver in proposal.approvers):
        raise NotAllowed(f"You cannot change this. {_who(proposal.approvers)}")


def still_may(proposal: Proposal, deal: Deal, config: Config, profiles: Mapping[str, Profile]) -> None:
    """``NotAllowed`` when the person who approved may not any more, as things are at the moment of the write."""
    approval = proposal.approval
    if approval is None or approval.digest != proposal.digest:
        raise NotAllowed("There is no approval for exactly this.")
    now = approvers(deal, proposal.action_type.system, config, profiles)
    if all(_accounts(approver) != _accounts(approval.by) for approver in now):
        raise NotAllowed(f"{approval.by.name} may no longer approve this. {_who(now)}")


def may_propose(user: str, team: str, config: Config) -> None:
    """``NotAllowed`` for people of another workspace or company: their words and commands propose nothing."""
    _insider(team, config)
    person = config.by_slack(user)
    if person is not None and person.outsider:
        raise NotAllowed(_OURS)


def may_ask(user: str, profile: Profile | None, config: Config) -> None:
    """``NotAllowed`` for guests, bots and deactivated people too, by what Slack says of them now.

    What they asked for would show values of the CRM that they have no account for.
    """
    may_propose(user, profile.team if profile else "", config)
    if profile is None or profile.guest or profile.bot or profile.deleted:
        raise NotAllowed(_OURS)


def may_stop(user: str, profile: Profile | None, config: Config) -> None:
    """``NotAllowed`` unless this is one of our configured people: whoever sees a wrong write may stop it."""
    may_ask(user, profile, config)
    if config.by_slack(user) is None:
        raise NotAllowed(
            "Writes can be stopped by the people in the bot's configuration. Tell one of them now."
        )


def may_resume(user: str, profile: Profile | None, config: Config) -> None:
    """``NotAllowed`` unless this is a partner manager: what was stopped needs somebody who answers for it."""
    may_ask(user, profile, config)
    managers = config.partner_managers
    if all(manager.slack != user for manager in managers):
        names = " or ".join(manager.name for manager in managers) or "a partner manager in the configuration"
        raise NotAllowed(f"Writes are resumed by {names}.")


_OURS = "Only people of the company that runs this bot can ask it for actions."


def _accounts(approver: Approver) -> tuple[str | None, ...]:
    return approver.slack, approver.email, approver.salesforce, approver.calendar


def _insider(team: str, config: Config) -> None:
    if not team or team != config.slack_team:
        raise NotAllowed("This is for the company that runs this bot to decide. Nothing was done.")


def _who(approvers: Iterable[Approver]) -> str:
    names = [f"{approver.name} ({approver.why})" for approver in approvers]
    if not names:
        return (
            "Nobody in the configuration can: the owner is not a configured, active person of this workspace."
        )
    return f"{' or '.join(names)} can."
