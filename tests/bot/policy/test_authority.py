"""Who may decide what, as the bot asks it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.deal import Deal, System
from bot.errors import NotAllowed
from bot.lifecycle.stakes import stake_of
from bot.policy import Authority, Denied, Place, Policy, Profile, SignInNeeded, Source, Standing, read
from bot.policy.cedar import FOLDER
from bot.proposal import Approval, Approver, Override, Proposal, SignIn, Status
from tests.bot.factory import ANA, AUTHORITY, CONFIGURED, DANA, LARGE, MEI, NOW, STAKE, deal, proposal

PERSONS = {person.slack: person for person in CONFIGURED.ours if person.slack}
REFERRAL: dict[str, Any] = {"kind": "submit_referral", "payload": {"opportunity": "006000000000001AAA"}}


def profile(id: str, **changes: object) -> Profile:
    """An ordinary member of our workspace."""
    known = {"id": id, "team": "T0BRIGHT", "guest": False, "bot": False, "deleted": False}
    return Profile.model_validate({**known, **changes})


def everybody(**changes: Profile | None) -> dict[str, Standing]:
    """All configured people as they stand now."""
    known: dict[str, Profile | None] = {p.slack: profile(p.slack) for p in CONFIGURED.people if p.slack}
    return {id: AUTHORITY.standing(id, found) for id, found in {**known, **changes}.items()}


def names(one: Proposal, people: dict[str, Standing] | None = None) -> list[str]:
    """Of those who may approve it."""
    found = AUTHORITY.approvers(one, (people or everybody()).values(), PERSONS)
    return [approver.name for approver in found]


def approval(by: Approver, one: Proposal, sign_in: SignIn | None = None) -> Approval:
    """A yes to a proposal as it is."""
    return Approval(by=by, at=NOW, version=1, digest=one.digest, versions={}, sign_in=sign_in)


def approved(one: Proposal, *by: Approver) -> Proposal:
    """A proposal that these people approved."""
    return one.becomes(Status.APPROVED, approvals=tuple(approval(who, one) for who in by))


# -- who may approve ----------------------------------------------------------------------------------------
def test_the_owner_and_partner_managers_may_approve() -> None:
    """Nobody else: not another seller, not a sales manager, not the partner."""
    assert names(proposal()) == ["Ana Costa", "Mei Tanaka"]


def test_each_approver_comes_with_why_and_with_their_roles() -> None:
    """A card says the one, a rule counts the other."""
    ana, mei = AUTHORITY.approvers(proposal(), everybody().values(), PERSONS)
    assert (ana.why, ana.roles) == ("owns the opportunity", ("seller",))
    assert (mei.why, mei.roles) == ("is a partner manager", ("partner manager",))


@pytest.mark.parametrize(
    "known",
    [
        profile("U0ANA", guest=True),
        profile("U0ANA", bot=True),
        profile("U0ANA", deleted=True),
        profile("U0ANA", team="T0AWSCO"),
        profile("U0ANA", team=""),
        None,
    ],
)
def test_who_slack_has_something_against_is_no_approver(known: Profile | None) -> None:
    """A guest, a bot, somebody deactivated, of another workspace or unknown: not even the owner."""
    assert names(proposal(), everybody(U0ANA=known)) == ["Mei Tanaka"]


def test_an_owner_who_is_not_configured_is_no_approver() -> None:
    """The owner is matched by Salesforce username, never by name."""
    owner = deal().owner.model_copy(update={"username": "somebody.else@brightlane.example"})
    stake = stake_of(System.SALESFORCE, 1, deal(owner=owner), Place(id="C1"))
    assert stake.owner is None
    assert names(proposal(stake=stake)) == ["Mei Tanaka"]


def test_without_an_account_in_the_system_nobody_approves_a_write_to_it() -> None:
    """The write is made as the approver, so the approver needs a user there; AWS is written with the company's."""
    people = everybody()
    bare = {id: replace(who, accounts=("AWS Partner Central",)) for id, who in people.items()}
    assert names(proposal(), bare) == []
    assert names(proposal(**REFERRAL), bare) == ["Ana Costa", "Mei Tanaka"]


def test_roles_come_from_slacks_user_groups_too() -> None:
    """Ben is a seller in the configuration and a partner manager by his group."""
    ben = AUTHORITY.standing("U0BEN", profile("U0BEN"), ["partner manager"])
    assert ben.roles == ("seller", "partner manager")
    assert names(proposal(), {"U0BEN": ben}) == ["Ben Okafor"]


# -- at the click -------------------------------------------------------------------------------------------
def test_a_press_by_somebody_else_names_who_could() -> None:
    """A stranger's press is refused in words that help."""
    with pytest.raises(NotAllowed) as caught:
        AUTHORITY.may_approve(proposal(approvers=(ANA, MEI)), "U0BEN", "T0BRIGHT")
    assert "Ana Costa (owns the opportunity)" in str(caught.value) and "Mei Tanaka" in str(caught.value)


@pytest.mark.parametrize("team", ["T0AWSCO", "", "ours"])
def test_an_approvers_id_from_another_workspace_is_nobody(team: str) -> None:
    """A forged or foreign team id makes the same user id somebody else."""
    with pytest.raises(Denied) as refused:
        AUTHORITY.may_approve(proposal(), "U0ANA", team)
    assert "outsiders-decide-nothing" in refused.value.decision.verdict.policies


def test_who_is_not_on_the_card_does_not_approve_even_where_the_policy_would_let_them() -> None:
    """Mei was not found fit when the card was drawn; that is not made up for at the click."""
    with pytest.raises(NotAllowed):
        AUTHORITY.may_approve(proposal(approvers=(ANA,)), "U0MEI", "T0BRIGHT")


@pytest.mark.parametrize(
    ("user", "team", "may"),
    [
        ("U0ANA", "T0BRIGHT", True),
        ("U0BEN", "T0BRIGHT", False),
        ("U0ANA", "T0AWSCO", False),
        ("U0ANA", "", False),
    ],
)
def test_an_approver_is_whoever_may_approve(user: str, team: str, may: bool) -> None:
    """One of the proposal's approvers, in our own workspace."""
    asked = proposal(origin=proposal().origin.model_copy(update={"by": "U0BEN"}))
    assert AUTHORITY.is_approver(asked, user, team) is may


def drawn(authority: Authority = AUTHORITY, **changes: Any) -> Proposal:
    """A card as it is drawn: with its approvers, and what was found of a click of theirs."""
    one = proposal(**changes)
    return one.model_copy(update={"approvers": authority.approvers(one, everybody().values(), PERSONS)})


def test_what_was_found_when_the_card_was_drawn_is_what_the_policy_says_at_the_click() -> None:
    """The kept answer and the asked one are the same, for everybody on the card."""
    one = drawn()
    for approver in one.approvers:
        kept, decision = AUTHORITY.may_approve(one, approver.slack, "T0BRIGHT")
        bare = one.model_copy(update={"approvers": (approver.model_copy(update={"under": "", "by": ()}),)})
        _, asked = AUTHORITY.may_approve(bare, approver.slack, "T0BRIGHT")
        assert approver.under == AUTHORITY.digest and kept == approver
        assert decision == asked


def test_under_another_policy_the_click_is_asked_anew() -> None:
    """A rule that came after the card was drawn holds for a press on it."""
    more = (
        '@id("not-ana") @because("is away") forbid (principal == Cosell::Person::"U0ANA", action, resource);'
    )
    given = read(FOLDER)
    other = Policy(given.model_copy(update={"policies": {**given.policies, "more.cedar": more}}))
    with pytest.raises(Denied):
        Authority(lambda: other, CONFIGURED).may_approve(drawn(), "U0ANA", "T0BRIGHT")


def test_an_answer_that_was_kept_is_nobodys_from_another_workspace() -> None:
    """The same id with another team is another person."""
    with pytest.raises(Denied):
        AUTHORITY.may_approve(drawn(), "U0ANA", "T0AWSCO")


# -- what is missing ----------------------------------------------------------------------------------------
def test_an_ordinary_card_needs_any_one_of_its_approvers() -> None:
    """Nothing is listed as missing before."""
    assert AUTHORITY.needed(proposal(approvers=(ANA, MEI))) == ()


def test_a_large_referral_says_from_the_start_whom_it_needs() -> None:
    """Each missing approval with those who could give it."""
    one = proposal(**REFERRAL, stake=LARGE, approvers=(ANA, MEI, DANA))
    assert [(missing.who, missing.people) for missing in AUTHORITY.needed(one)] == [
        ("the opportunity's owner or a partner manager", ("U0ANA", "U0MEI")),
        ("a sales manager, for a deal of 1,000,000 or more", ("U0DANA",)),
    ]


def test_a_missing_approval_that_nobody_can_give_is_listed_without_people() -> None:
    """So that the card can say so."""
    one = approved(proposal(**REFERRAL, stake=LARGE, approvers=(ANA, MEI)), ANA)
    (missing,) = AUTHORITY.missing(one)
    assert missing.people == ()


def test_approvals_of_something_else_execute_nothing() -> None:
    """The digest of what was approved must be that of what would be written, for each approval."""
    one = proposal()
    other = approval(MEI, one).model_copy(update={"digest": "another"})
    both = one.becomes(Status.APPROVED, approvals=(approval(ANA, one), other))
    with pytest.raises(NotAllowed, match="exactly this"):
        AUTHORITY.may_execute(both)


def test_nothing_is_executed_without_an_approval() -> None:
    """Whatever the state says."""
    with pytest.raises(NotAllowed, match="An approval is missing"):
        AUTHORITY.may_execute(proposal(status=Status.APPROVED))


# -- before the write ---------------------------------------------------------------------------------------
def still(one: Proposal, people: dict[str, Standing] | None = None, about: Deal | None = None) -> None:
    """Whether everything holds as it is now."""
    stake = stake_of(one.action_type.system, 1, about or deal(), Place(id="C1"))
    now = stake if about is not None else one.stake
    AUTHORITY.still_may(one, now, people or everybody(), PERSONS)


def test_before_the_write_the_approver_must_still_be_one() -> None:
    """Somebody who lost the deal, or left, between the click and the write stops the write."""
    one = approved(proposal(), ANA)
    still(one)
    sold = deal().owner.model_copy(update={"username": "ben.okafor@brightlane.example"})
    with pytest.raises(NotAllowed, match="may no longer approve"):
        still(one, about=deal(owner=sold))
    with pytest.raises(NotAllowed, match="deactivated"):
        still(one, everybody(U0ANA=profile("U0ANA", deleted=True)))


def test_every_one_of_several_must_still_be_one() -> None:
    """The sales manager left: the owner's approval alone is not enough."""
    one = approved(proposal(**REFERRAL, stake=LARGE, approvers=(ANA, DANA)), ANA, DANA)
    still(one)
    with pytest.raises(NotAllowed, match="Dana Cole may no longer"):
        still(one, everybody(U0DANA=profile("U0DANA", deleted=True)))


def test_whose_accounts_changed_since_is_somebody_else() -> None:
    """The write would be made as another user than the one that was shown."""
    other = ANA.model_copy(update={"salesforce": "ana@elsewhere.example"})
    with pytest.raises(NotAllowed, match="accounts changed"):
        still(approved(proposal(), other))


def test_a_deal_that_grew_needs_more_than_it_did() -> None:
    """What is missing comes with the refusal, so that the card can ask for it."""
    one = approved(proposal(**REFERRAL), ANA)
    with pytest.raises(Denied) as refused:
        AUTHORITY.still_may(one, LARGE, everybody(), PERSONS)
    assert refused.value.decision.verdict.needs == ("a sales manager, for a deal of 1,000,000 or more",)


def test_whoever_broke_the_glass_must_still_be_allowed_to() -> None:
    """Their leaving takes the override with it."""
    one = proposal(**REFERRAL, stake=LARGE)
    override = Override(by=MEI, at=NOW + timedelta(minutes=1), reason="Quarter end", missing=())
    both = approved(one, ANA).model_copy(update={"override": override})
    still(both)
    with pytest.raises(NotAllowed, match="Mei Tanaka may no longer override"):
        still(both, everybody(U0MEI=profile("U0MEI", deleted=True)))


# -- signing in ---------------------------------------------------------------------------------------------
RULE = (FOLDER / "optional" / "sign-in-for-referrals.cedar").read_text()
STRICT = Policy(
    Source(schema_text=read(FOLDER).schema_text, policies={**read(FOLDER).policies, "sign-in.cedar": RULE})
)
PROVED = SignIn(issuer="https://idp.example", subject="ana", at=NOW, strength="mfa", how=("hwk",))


def test_where_the_policy_wants_it_a_click_is_not_enough() -> None:
    """An approver is asked to sign in, a stranger is refused, and a sign-in is an approval."""
    strict = Authority(lambda: STRICT, CONFIGURED)
    one = proposal(**REFERRAL)
    with pytest.raises(SignInNeeded):
        strict.may_approve(one, "U0ANA", "T0BRIGHT")
    with pytest.raises(Denied) as refused:
        strict.may_approve(one, "U0BEN", "T0BRIGHT")
    assert not isinstance(refused.value, SignInNeeded)
    approver, _ = strict.may_approve(one, "U0ANA", "T0BRIGHT", PROVED)
    assert approver == ANA
    assert strict.is_approver(one, "U0ANA", "T0BRIGHT")
    assert [approver.under for approver in drawn(strict, **REFERRAL).approvers] == ["", ""]


def test_an_approval_without_the_sign_in_does_not_hold_before_the_write() -> None:
    """Also where the policy came to want it only after the click."""
    strict = Authority(lambda: STRICT, CONFIGURED)
    one = proposal(**REFERRAL)
    with pytest.raises(NotAllowed, match="has to sign in"):
        strict.still_may(approved(one, ANA), one.stake, everybody(), PERSONS)
    signed = one.becomes(Status.APPROVED, approvals=(approval(ANA, one, PROVED),))
    strict.still_may(signed, one.stake, everybody(), PERSONS)


# -- changing, seeing, stopping -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("user", "may"), [("U0ANA", True), ("U0BEN", True), ("U0DANA", False), ("U0PAT", False)]
)
def test_approvers_and_whoever_asked_on_our_side_may_change(user: str, may: bool) -> None:
    """Edit and decline."""
    asked = proposal(origin=proposal().origin.model_copy(update={"by": "U0BEN"}))
    if may:
        AUTHORITY.may_change(asked, user, "T0BRIGHT")
        return
    with pytest.raises(NotAllowed):
        AUTHORITY.may_change(asked, user, "T0BRIGHT")


def test_an_outsider_whose_words_made_a_proposal_changes_nothing() -> None:
    """To have said it is no right over it."""
    theirs = proposal(origin=proposal().origin.model_copy(update={"by": "U0PAT", "company": "AWS"}))
    with pytest.raises(NotAllowed):
        AUTHORITY.may_change(theirs, "U0PAT", "T0AWSCO")


@pytest.mark.parametrize(
    ("user", "known", "may"),
    [
        ("U0ANA", profile("U0ANA"), True),
        ("U0NEW", profile("U0NEW"), True),
        ("U0GUS", profile("U0GUS", guest=True), False),
        ("U0PAT", profile("U0PAT"), False),
        ("U0ANA", profile("U0ANA", deleted=True), False),
        ("U0ANA", profile("U0ANA", bot=True), False),
        ("U0ANA", None, False),
    ],
)
def test_our_people_ask_and_nobody_else(user: str, known: Profile | None, may: bool) -> None:
    """What is asked for shows values of the CRM: no guests, bots, outsiders, strangers to Slack."""
    if may:
        AUTHORITY.may_ask(user, known)
        return
    with pytest.raises(NotAllowed, match="Only people of the company"):
        AUTHORITY.may_ask(user, known)


def test_who_may_not_resume_is_told_who_may() -> None:
    """By name, from the policy in force."""
    with pytest.raises(NotAllowed, match="Writes are resumed by Mei Tanaka"):
        AUTHORITY.may_resume("U0ANA", profile("U0ANA"))
    AUTHORITY.may_resume("U0MEI", profile("U0MEI"))


def test_the_partner_sees_only_what_is_shared_with_partners() -> None:
    """By kind and name, from the configuration; everything else stays inside."""
    place = Place(id="C1", shared=True)
    names = ["when", "attendees", "summary", "agenda"]
    assert AUTHORITY.visible("schedule_meeting", names, "AWS", place) == {"when", "attendees"}
    assert AUTHORITY.visible("update_opportunity", ["amount", "when"], "AWS", place) == frozenset()


def test_our_people_see_the_details_and_the_partner_does_not() -> None:
    """By the workspace that a press comes from."""
    AUTHORITY.may_see(proposal(), "U0BEN", "T0BRIGHT")
    with pytest.raises(NotAllowed, match="for people of the company"):
        AUTHORITY.may_see(proposal(), "U0PAT", "T0AWSCO")


def test_a_threshold_is_not_slipped_under_by_a_cent() -> None:
    """Amounts count in whole units, rounded up."""
    known = deal().facts["p2b_score"].model_copy(update={"name": "amount", "value": 999_999.01})
    assert stake_of(System.SALESFORCE, 1, deal(facts={"amount": known}), Place(id="C1")).amount == 1_000_000
    assert STAKE.amount == 240_000
