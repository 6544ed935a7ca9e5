"""Who may decide what."""

import pytest

from bot import policy
from bot.config import load
from bot.deal import System
from bot.errors import NotAllowed
from bot.policy import Profile
from bot.proposal import Approval, Approver, Status
from sandbox.seed import CONFIG
from tests.bot.factory import ANA, NOW, deal, proposal

CONFIGURED = load(CONFIG)


def profile(id: str, **changes: object) -> Profile:
    """An ordinary member of our workspace."""
    known = {"id": id, "team": "T0BRIGHT", "guest": False, "bot": False, "deleted": False}
    return Profile.model_validate({**known, **changes})


def everybody(**changes: Profile) -> dict[str, Profile]:
    """All configured people's profiles."""
    return {p.slack: profile(p.slack) for p in CONFIGURED.people if p.slack} | changes


def names(found: tuple[Approver, ...]) -> list[str]:
    """Of approvers."""
    return [approver.name for approver in found]


def test_the_owner_and_partner_managers_may_approve() -> None:
    """Nobody else: not another seller, not a sales manager, not the partner."""
    found = policy.approvers(deal(), System.SALESFORCE, CONFIGURED, everybody())
    assert names(found) == ["Ana Costa", "Mei Tanaka"]


@pytest.mark.parametrize("what", ["guest", "bot", "deleted"])
def test_a_guest_a_bot_a_deactivated_person_is_no_approver(what: str) -> None:
    """Even the owner, when Slack says so."""
    profiles = everybody(U0ANA=profile("U0ANA", **{what: True}))
    assert names(policy.approvers(deal(), System.SALESFORCE, CONFIGURED, profiles)) == ["Mei Tanaka"]


def test_somebody_of_another_workspace_is_no_approver() -> None:
    """Even under a configured Slack id."""
    profiles = everybody(U0ANA=profile("U0ANA", team="T0AWSCO"))
    assert names(policy.approvers(deal(), System.SALESFORCE, CONFIGURED, profiles)) == ["Mei Tanaka"]


def test_an_owner_who_is_not_configured_is_no_approver() -> None:
    """The owner is matched by Salesforce username, never by name."""
    owner = deal().owner.model_copy(update={"username": "somebody.else@brightlane.example"})
    found = policy.approvers(deal(owner=owner), System.SALESFORCE, CONFIGURED, everybody())
    assert names(found) == ["Mei Tanaka"]


def test_without_an_account_in_the_system_nobody_approves_a_write_to_it() -> None:
    """The write is made as the approver, so the approver needs a user there."""
    people = tuple(p.model_copy(update={"calendar": None}) for p in CONFIGURED.people)
    config = CONFIGURED.model_copy(update={"people": people})
    assert policy.approvers(deal(team=people), System.CALENDAR, config, everybody()) == ()


def test_a_press_by_somebody_else_names_who_could() -> None:
    """A stranger's press is refused in words that help."""
    mei = ANA.model_copy(update={"name": "Mei Tanaka", "slack": "U0MEI", "why": "is a partner manager"})
    with pytest.raises(NotAllowed) as caught:
        policy.may_approve(proposal(approvers=(ANA, mei)), "U0BEN", "T0BRIGHT", CONFIGURED)
    assert str(caught.value) == (
        "You cannot approve this. Ana Costa (owns the opportunity) or Mei Tanaka (is a partner manager) can."
    )


def test_an_outsider_with_an_approvers_id_is_refused() -> None:
    """The workspace of the person who pressed decides, not only the id."""
    with pytest.raises(NotAllowed):
        policy.may_approve(proposal(), "U0ANA", "T0AWSCO", CONFIGURED)


def test_whoever_asked_for_it_may_change_it_but_not_approve_it() -> None:
    """A colleague who asked can correct or withdraw; the yes stays with the approvers."""
    asked = proposal(origin=proposal().origin.model_copy(update={"by": "U0BEN"}))
    policy.may_change(asked, "U0BEN", "T0BRIGHT", CONFIGURED)
    with pytest.raises(NotAllowed):
        policy.may_approve(asked, "U0BEN", "T0BRIGHT", CONFIGURED)


def test_a_guest_who_asked_for_it_may_not_change_it() -> None:
    """Somebody outside the configuration changes nothing."""
    asked = proposal(origin=proposal().origin.model_copy(update={"by": "U0GUS"}))
    with pytest.raises(NotAllowed):
        policy.may_change(asked, "U0GUS", "T0BRIGHT", CONFIGURED)


def test_before_the_write_the_approver_must_still_be_one() -> None:
    """Somebody who lost the deal, or left, between the click and the write stops the write."""
    one = proposal()
    approval = Approval(by=ANA, at=NOW, version=1, digest=one.digest, versions={})
    approved = one.becomes(Status.APPROVED, approvals=(approval,))
    policy.still_may(approved, deal(), CONFIGURED, everybody())
    sold = deal().owner.model_copy(update={"username": "ben.okafor@brightlane.example"})
    with pytest.raises(NotAllowed, match="may no longer approve"):
        policy.still_may(approved, deal(owner=sold), CONFIGURED, everybody())
    with pytest.raises(NotAllowed, match="may no longer approve"):
        policy.still_may(approved, deal(), CONFIGURED, everybody(U0ANA=profile("U0ANA", deleted=True)))


def test_an_approval_of_something_else_is_none() -> None:
    """The digest of what was approved must be that of what would be written."""
    one = proposal()
    approval = Approval(by=ANA, at=NOW, version=1, digest="another", versions={})
    with pytest.raises(NotAllowed, match="exactly this"):
        policy.still_may(one.becomes(Status.APPROVED, approvals=(approval,)), deal(), CONFIGURED, everybody())


@pytest.mark.parametrize(
    ("user", "team", "may"),
    [
        ("U0ANA", "T0BRIGHT", True),
        ("U0BEN", "T0BRIGHT", False),  # who asked for it, and may change it
        ("U0ANA", "T0AWSCO", False),
        ("U0ANA", "", False),
    ],
)
def test_an_approver_is_whoever_may_approve(user: str, team: str, may: bool) -> None:
    """One of the proposal's approvers, in our own workspace."""
    asked = proposal(origin=proposal().origin.model_copy(update={"by": "U0BEN"}))
    assert policy.is_approver(asked, user, team, CONFIGURED) is may
