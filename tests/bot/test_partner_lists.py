"""What the adapter lists of AWS Partner Central, over HTTP against its stand-in, and invitations accepted."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import bot.partner_central.listing
from bot.clients import Partner, PartnerReader
from bot.errors import Refused, Unavailable
from bot.partner_central import PartnerCentral
from bot.partner_central.values import insights_from, invited_from
from sandbox import seed
from sandbox.partner_central import PartnerCentral as StandIn
from sandbox.partner_central.state import Opportunity
from tests.bot.factory import freely

ANA = "ana.costa@brightlane.example"
START = datetime(2026, 3, 1, tzinfo=UTC)
APPROVED = "O7000001"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn(seed.load()) as stand_in:
        stand_in.enforce_quota = False
        for service in ("PARTNERCENTRAL_SELLING", "STS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", stand_in.url)
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "AKIDBOT"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ):
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield stand_in


@pytest.fixture
def account(aws: StandIn) -> PartnerCentral:
    return PartnerCentral(catalog="Sandbox", role_arn=None, wait_for_turn=lambda: None)


@pytest.fixture
def reader(account: PartnerCentral) -> PartnerReader:
    return account.as_user(ANA)


@pytest.fixture
def partner(account: PartnerCentral) -> Partner:
    return account.as_writer(ANA, freely)


def filled(aws: StandIn, many: int, step: timedelta = timedelta(minutes=1)) -> list[str]:
    """So many opportunities and no others, each changed a step after the one before; their ids."""
    like = aws.records[APPROVED]
    aws.records.clear()
    for number in range(many):
        id, at = f"O{number + 1}", START + number * step
        aws.records[id] = Opportunity(id, like.catalog, dict(like.body), START, at, involvement="Co-Sell")
    return list(aws.records)


# -- opportunities -----------------------------------------------------------------------------------------------
def test_a_deal_is_listed_with_what_it_is(aws: StandIn, reader: PartnerReader) -> None:
    """Company, website, country, stage, status, our reference and the date are AWS's."""
    filled(aws, 1)
    aws.records["O1"].body["PartnerOpportunityIdentifier"] = "006000000000001AAA"
    (deal,) = reader.deals()
    shown = aws.opportunity("O1")
    assert (deal.id, deal.company) == ("O1", shown["Customer"]["Account"]["CompanyName"])
    assert (deal.website, deal.country) == ("https://customer.example", "US")
    assert (deal.stage, deal.review_status) == ("Qualified", "Approved")
    assert (deal.reference, deal.modified) == ("006000000000001AAA", START)


def test_what_aws_left_empty_is_empty(aws: StandIn, reader: PartnerReader) -> None:
    """A deal without reference, website, country and review status is listed all the same."""
    filled(aws, 1)
    account = {"CompanyName": "Contoso", "Industry": "Software and Internet"}
    body = {**aws.records["O1"].body, "Customer": {"Account": account}, "LifeCycle": {"Stage": "Qualified"}}
    aws.records["O1"].body = {**body, "PartnerOpportunityIdentifier": None}
    (deal,) = reader.deals()
    assert (deal.website, deal.country, deal.review_status, deal.reference) == ("", "", "", "")


def test_deals_come_in_the_order_of_their_changes_from_a_time_on(aws: StandIn, reader: PartnerReader) -> None:
    """The bound is part of what is asked for; what changed before is not."""
    ids = filled(aws, 5)
    aws.records["O2"].touch(START + timedelta(hours=1))
    assert [deal.id for deal in reader.deals()] == ["O1", "O3", "O4", "O5", "O2"]
    assert [deal.id for deal in reader.deals(START + timedelta(minutes=3))] == [ids[3], ids[4], "O2"]
    assert list(reader.deals(START + timedelta(days=1))) == []


def test_every_page_is_read_and_each_deal_given_once(aws: StandIn, reader: PartnerReader) -> None:
    """Beyond a page of a hundred, in order, without one twice."""
    ids = filled(aws, 250)
    assert [deal.id for deal in reader.deals()] == ids


def test_deals_of_one_instant_may_fill_pages(aws: StandIn, reader: PartnerReader) -> None:
    """After a change of hundreds at once each of them is given, once."""
    ids = filled(aws, 330, timedelta(0))
    aws.records["O330"].touch(START + timedelta(hours=1))
    assert sorted(deal.id for deal in reader.deals()) == sorted(ids)


def test_a_bound_that_excludes_itself_loses_nothing(aws: StandIn, reader: PartnerReader) -> None:
    """Were AWS's bound exclusive, deals that share the instant of a page's last one would still be given."""
    ids = filled(aws, 150)
    for number in range(90, 110):
        aws.records[ids[number]].modified = START + timedelta(minutes=95)
    listed = aws.calls("ListOpportunities")
    assert sorted(deal.id for deal in reader.deals()) == sorted(ids)
    second = (aws.calls("ListOpportunities"))[len(listed) + 1].json()
    assert second["LastModifiedDate"]["AfterLastModifiedDate"] < (START + timedelta(minutes=95)).isoformat()


def test_a_deal_that_changes_meanwhile_hides_no_other(aws: StandIn, reader: PartnerReader) -> None:
    """It moves to the end of AWS's list; nobody slips through the place that it leaves, and it is given anew."""
    ids = filled(aws, 150)
    deals = reader.deals()
    first = [next(deals) for _ in range(50)]
    aws.records["O3"].touch(START + timedelta(days=1))
    given = [deal.id for deal in (*first, *deals)]
    assert set(given) == set(ids) and given[-1] == "O3" and given.count("O3") == 2


def test_a_list_without_end_is_told(
    aws: StandIn, reader: PartnerReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list longer than is read at once ends with an error that says so, not silently."""
    filled(aws, 250)
    monkeypatch.setattr(bot.partner_central.listing, "_MOST_PAGES", 2)
    deals = reader.deals()
    assert sum(1 for _ in zip(range(199), deals, strict=False)) == 199
    with pytest.raises(Refused, match="more than 200 opportunities"):
        list(deals)


def test_lists_leave_room_for_people(aws: StandIn, reader: PartnerReader) -> None:
    """Pages are asked for at most four a second, whoever asks."""
    filled(aws, 250)
    started = time.monotonic()
    list(reader.deals())
    assert len(aws.calls("ListOpportunities")) == 3 and time.monotonic() - started >= 0.5


def test_a_passing_fault_in_the_middle_is_got_over(aws: StandIn, reader: PartnerReader) -> None:
    """Throttling, a server error and a cut connection between pages cost no deal."""
    ids = filled(aws, 150)
    deals = reader.deals()
    first = next(deals)
    for fault in ({"status": 429}, {"status": 500}, {"refuse": True}):
        aws.fault("ListOpportunities", **fault)
    assert [first.id, *(deal.id for deal in deals)] == ids


def test_a_fault_that_stays_is_unavailable(aws: StandIn, reader: PartnerReader) -> None:
    """No short list is taken for the whole."""
    filled(aws, 150)
    deals = reader.deals()
    next(deals)
    aws.fault("ListOpportunities", times=-1, status=500)
    with pytest.raises(Unavailable):
        list(deals)


# -- invitations -------------------------------------------------------------------------------------------------
def refer(aws: StandIn, company: str = "Contoso Rail", **more: Any) -> str:
    title = f"{company} moves its signalling data and its time tables"
    return aws.refer_to_us(company, title, "Their store cannot keep up with the trains.", **more)


def test_an_invitation_says_who_and_about_whom(aws: StandIn, reader: PartnerReader) -> None:
    """Sender, kind, dates, and the customer and whole title from what is in the invitation."""
    id = refer(aws)
    (invitation,) = reader.invitations()
    assert (invitation.id, invitation.kind, invitation.status) == (id, "OpportunityInvitation", "PENDING")
    assert invitation.arn.endswith(f"/engagement-invitation/{id}") and invitation.sender == "AWS"
    assert invitation.title == "Contoso Rail moves its signalling data and its time tables"
    assert (invitation.company, invitation.website) == ("Contoso Rail", "https://customer.example")
    assert invitation.country == "US"
    assert invitation.expires_at == invitation.invited_at + timedelta(days=15)


def test_a_lead_has_no_project(aws: StandIn, reader: PartnerReader) -> None:
    """A lead's company is there; its title is the engagement's and its website is not known."""
    refer(aws, lead=True)
    (invitation,) = reader.invitations()
    assert (invitation.kind, invitation.company, invitation.website) == (
        "LeadInvitation",
        "Contoso Rail",
        None,
    )
    assert invitation.title == "Contoso Rail moves its signalling data a"


def test_a_payload_of_another_kind_names_no_customer() -> None:
    """What AWS may invite to some day is an invitation without a company, not an error."""
    invited = invited_from({"Id": "engi-1", "Payload": {}})
    assert (invited.title, invited.company, invited.website, invited.country) == (None,) * 4


def test_only_what_waits_is_listed_the_newest_first(
    aws: StandIn, reader: PartnerReader, partner: Partner
) -> None:
    """Accepted and expired ones are left out, another catalog's too."""
    now = aws.now
    aws.now = lambda: now() - timedelta(days=16)
    refer(aws, "Expired")
    aws.now = lambda: now() - timedelta(days=2)
    older, taken = refer(aws, "Older"), refer(aws, "Taken")
    aws.now = now
    newer = refer(aws, "Newer")
    refer(aws, "Elsewhere", catalog="AWS")
    aws.invitations[taken].row["Status"] = "ACCEPTED"
    assert [invitation.id for invitation in reader.invitations()] == [newer, older]


def test_what_an_invitation_says_is_asked_once(aws: StandIn, account: PartnerCentral) -> None:
    """A second list, of anybody, asks only for what is new."""
    refer(aws, "One")
    account.as_user(ANA).invitations()
    refer(aws, "Two")
    again = account.as_user("ben.okafor@brightlane.example").invitations()
    assert [invitation.company for invitation in again] == ["Two", "One"]
    assert len(aws.calls("GetEngagementInvitation")) == 2


def test_an_invitation_that_goes_while_we_look_is_left_out(aws: StandIn, reader: PartnerReader) -> None:
    """The rest is listed."""
    gone, stays = refer(aws, "Gone"), refer(aws, "Stays")
    aws.fault("ListEngagementInvitations", after_work=lambda: aws.invitations.pop(gone) and None)
    assert [invitation.id for invitation in reader.invitations()] == [stays]


def test_details_that_we_may_not_see_are_told(aws: StandIn, reader: PartnerReader) -> None:
    """An operator reads which permission is missing, rather than an inbox without customers."""
    refer(aws)
    aws.fault("GetEngagementInvitation", status=403)
    with pytest.raises(Refused, match="partnercentral:GetEngagementInvitation"):
        reader.invitations()


def test_every_page_of_the_inbox_is_read(
    aws: StandIn, reader: PartnerReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a hundred; and beyond what is read at once an error says so."""
    ids = [refer(aws, f"Company {number}") for number in range(101)]
    monkeypatch.setattr("bot.partner_central.shared._LIST_GAP", 0)
    assert {invitation.id for invitation in reader.invitations()} == set(ids)
    monkeypatch.setattr(bot.partner_central.listing, "_MOST_INVITATION_PAGES", 1)
    with pytest.raises(Refused, match="More than 100 invitations"):
        reader.invitations()


# -- insights ----------------------------------------------------------------------------------------------------
def test_an_approved_deal_has_awss_insights(aws: StandIn, reader: PartnerReader) -> None:
    """Score, quality, trend and AWS's own words, the same each time."""
    insights = reader.insights(APPROVED)
    assert (insights.id, insights.engagement, insights.trend) == (APPROVED, "High", "Declining")
    assert insights.quality == 95
    assert insights.recommendations[0].startswith("Plan a joint call with")
    assert insights.recommendations[1:] == (
        "Add the customer's technical contact.",
        "Say which AWS services the customer will use.",
    )
    assert reader.insights(APPROVED).recommendations == insights.recommendations


def test_deals_differ_in_what_aws_thinks(aws: StandIn, reader: PartnerReader) -> None:
    """The stand-in does not say the same of every deal."""
    ids = filled(aws, 6)
    assert len({reader.insights(id).quality for id in ids}) > 3


def test_before_awss_review_nothing_is_known(aws: StandIn, reader: PartnerReader) -> None:
    """A draft, of which AWS has no summary, and one under review, whose summary has no insights: all None."""
    filled(aws, 2)
    aws.records["O1"].involvement = None
    aws.records["O2"].body["LifeCycle"] = {**aws.records["O2"].body["LifeCycle"], "ReviewStatus": "Submitted"}
    for id in ("O1", "O2"):
        insights = reader.insights(id)
        assert (insights.engagement, insights.quality, insights.trend) == (None, None, None)
        assert insights.recommendations == ()


def test_insights_that_we_may_not_see_are_told(aws: StandIn, reader: PartnerReader) -> None:
    """Missing permission is not taken for AWS's silence."""
    aws.fault("GetAwsOpportunitySummary", status=403)
    with pytest.raises(Refused, match="partnercentral:GetAwsOpportunitySummary"):
        reader.insights(APPROVED)


def test_at_most_five_recommendations_and_none_twice() -> None:
    """What to do next comes first, and what AWS repeats is said once."""
    rows = [{"Type": "OpportunityQuality", "Details": words} for words in ("b", "a", "c", "d", "e")]
    insights = {"NextBestActions": "a", "Recommendations": rows}
    assert insights_from("O1", {"Insights": insights}).recommendations == ("a", "b", "c", "d", "e")
    rows.append({"Type": "OpportunityQuality", "Details": "f"})
    assert len(insights_from("O1", {"Insights": insights}).recommendations) == 5
