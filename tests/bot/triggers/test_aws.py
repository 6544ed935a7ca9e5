"""What AWS changed on our opportunities, and its invitations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.clients import Invitation, PartnerDeal
from bot.rules import Rule
from bot.triggers import Happening, SeenAtAws
from bot.triggers.aws import invited, updated
from tests.bot.triggers.test_crm import seen

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ANY = Rule.model_validate({"name": "any", "when": "aws_updated", "propose": "set ace status {review_status}"})
APPROVED = Rule.model_validate({"name": "approved", "when": "aws_updated", "statuses": ["Approved"]})
INVITED = Rule.model_validate({"name": "invited", "when": "invited"})
OURS = ("006000000000001AAA", seen())


def at_aws(**changes: object) -> PartnerDeal:
    """Our opportunity, submitted."""
    one = PartnerDeal(
        id="O1",
        company="Northwind Freight",
        website="northwind.example",
        country="US",
        stage="Prospect",
        review_status="Submitted",
        reference="006000000000001AAA",
        modified=NOW,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


BEFORE = SeenAtAws.of(at_aws())
LATER = NOW + timedelta(minutes=1)


def what(before: SeenAtAws | None, now: PartnerDeal, baseline: bool = False) -> list[Happening]:
    """What AWS changed, on a deal of ours."""
    return list(updated((ANY, APPROVED, INVITED), before, now, OURS, baseline))


def test_a_decision_of_aws_is_told_with_what_it_was_before() -> None:
    """And the status fills the command of the rule."""
    first, second = what(BEFORE, at_aws(review_status="Approved", modified=LATER))
    assert first.why == (
        "At AWS O1 (Northwind Freight) changed: its review status went from “Submitted” to “Approved”."
    )
    assert first.firing(NOW).propose == "set ace status Approved"
    assert (second.rule, second.opportunity) == (APPROVED, OURS[0])


def test_a_rule_for_some_statuses_passes_over_others_and_over_mere_stages() -> None:
    """Rejected is not approved, and a stage that moves later is no second approval."""
    assert [one.rule for one in what(BEFORE, at_aws(review_status="Rejected", modified=LATER))] == [ANY]
    was = SeenAtAws.of(at_aws(review_status="Approved"))
    moved = at_aws(review_status="Approved", stage="Qualified", modified=LATER)
    assert [one.rule for one in what(was, moved)] == [ANY]


def test_the_first_look_is_a_baseline() -> None:
    """Whatever stands there stood there before."""
    assert not what(None, at_aws(review_status="Approved"), baseline=True)


def test_what_appears_later_is_news_only_once_aws_has_decided() -> None:
    """Our own referral is no news; one that was approved before the first look at it is."""
    assert not what(None, at_aws())
    assert len(what(None, at_aws(review_status="Approved"))) == 2


def test_what_comes_twice_late_or_changes_nothing_tells_nothing() -> None:
    """The same version, an older one, and one in which no status or stage moved."""
    assert not what(BEFORE, at_aws())
    assert not what(BEFORE, at_aws(review_status="Approved", modified=NOW - timedelta(hours=1)))
    assert not what(BEFORE, at_aws(modified=LATER))


def test_an_opportunity_of_no_open_deal_is_still_told_by_its_reference() -> None:
    """The deal may be closed; a reference that is no Salesforce id leads to none."""
    (one, _) = updated((ANY, APPROVED), BEFORE, at_aws(review_status="Approved", modified=LATER), None, False)
    assert (one.opportunity, one.name) == ("006000000000001AAA", "Northwind Freight")
    odd = at_aws(review_status="Approved", modified=LATER, reference="our no. 7")
    (one, _) = updated((ANY, APPROVED), BEFORE, odd, None, False)
    assert (one.opportunity, one.firing(NOW).propose) == ("", "")


def test_an_invitation_says_who_what_until_when_and_whom_it_resembles() -> None:
    """It is one fact, however often it is listed."""
    invitation = Invitation(
        id="engi-1",
        arn="arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-1",
        title="Move to AWS",
        sender="AWS",
        kind="OpportunityInvitation",
        status="PENDING",
        company="Northwind",
        website=None,
        country="US",
        invited_at=NOW,
        expires_at=NOW + timedelta(days=15),
    )
    one = invited(INVITED, invitation, "The customer resembles our Northwind Freight (same website).", None)
    assert one.why == (
        "AWS invites us: “Move to AWS” for Northwind. It can be accepted until 2026-12-08 10:00 UTC. "
        "The customer resembles our Northwind Freight (same website)."
    )
    assert one.id == invited(INVITED, invitation, "", None).id
