"""The deal and its people that the tests of hearing share, and what somebody says in its channel."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.deal import (
    Contact,
    Deal,
    Fact,
    FieldType,
    Json,
    MeetingTerms,
    Message,
    Owner,
    Person,
    ReferralTerms,
    Role,
)

AT = datetime(2027, 1, 13, 10, 30, tzinfo=UTC)
STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)


def fact(name: str, label: str, value: Json = None, **more: Json) -> Fact:
    """A writable fact of the opportunity."""
    return Fact(name=name, label=label, field=label, value=value, as_of=AT, **{"writable": True, **more})


FACTS = (
    fact("name", "Opportunity Name", "Northwind - fleet telemetry lake", writable=False),
    fact("account", "Account Name", "Northwind Freight", writable=False),
    fact(
        "p2b_score",
        "P2B Score",
        None,
        type=FieldType.NUMBER,
        scale=0,
        low=0,
        high=100,
        aliases=("p2b score", "p2b", "propensity", "propensity to buy", "propensity score"),
    ),
    fact("p2b_date", "P2B Score Date", None, type=FieldType.DATE, aliases=("p2b date",)),
    fact(
        "partner_of_record",
        "Partner of Record",
        None,
        type=FieldType.TEXT,
        length=80,
        aliases=("partner of record", "partner-of-record", "por"),
    ),
    fact(
        "attribution",
        "Partner Attribution",
        None,
        type=FieldType.CHOICE,
        options=("Partner Sourced", "Partner Influenced", "Partner Led"),
        aliases=("attribution", "partner attribution"),
    ),
    fact("ace_id", "ACE Opportunity Id", None, length=30, aliases=("ace id", "ace opportunity id")),
    fact("ace_status", "ACE Status", None, aliases=("ace status",)),
    fact(
        "aws_monthly_revenue",
        "AWS Monthly Revenue",
        12500,
        type=FieldType.NUMBER,
        low=0,
        aliases=("aws monthly revenue", "aws mrr"),
    ),
    fact(
        "next_step",
        "Next Step",
        "Architecture review with the platform team",
        length=255,
        aliases=("next step", "next steps"),
    ),
    fact(
        "stage",
        "Stage",
        "Qualification",
        type=FieldType.CHOICE,
        options=STAGES,
        required=True,
        aliases=("stage",),
    ),
    fact(
        "close_date",
        "Close Date",
        "2027-03-29",
        type=FieldType.DATE,
        required=True,
        aliases=("close date", "closing date"),
    ),
    fact(
        "amount",
        "Amount",
        240000,
        type=FieldType.NUMBER,
        low=0,
        scale=2,
        aliases=("amount", "deal size", "deal value"),
    ),
    fact(
        "probability",
        "Probability (%)",
        40,
        type=FieldType.NUMBER,
        low=0,
        high=100,
        scale=0,
        aliases=("probability",),
    ),
)

TEAM = (
    Person(
        name="Ana Costa",
        email="ana.costa@brightlane.example",
        role=Role.SELLER,
        slack="U0ANA",
        timezone="Europe/Lisbon",
    ),
    Person(
        name="Ben Okafor",
        email="ben.okafor@brightlane.example",
        role=Role.SELLER,
        slack="U0BEN",
        timezone="America/New_York",
    ),
    Person(
        name="Mei Tanaka", email="mei.tanaka@brightlane.example", role=Role.PARTNER_MANAGER, slack="U0MEI"
    ),
    Person(name="Dana Cole", email="dana.cole@brightlane.example", role=Role.SALES_MANAGER, slack="U0DANA"),
    Person(
        name="Pat Lindqvist",
        email="pat.lindqvist@aws.example",
        role=Role.PARTNER,
        company="AWS",
        slack="U0PAT",
    ),
    Person(name="Raj Menon", email="raj.menon@aws.example", role=Role.PARTNER, company="AWS"),
)

NORTHWIND = Deal(
    id="006000000000001AAA",
    name="Northwind - fleet telemetry lake",
    account_id="001000000000001AAA",
    url="https://brightlane.example/006000000000001AAA",
    facts={f.name: f for f in FACTS},
    owner=Owner(
        id="005000000000001AAA", name="Ana Costa", username="a", email="a@brightlane.example", active=True
    ),
    contacts=(
        Contact(
            first_name="Lena", last_name="Hart", email=None, phone=None, title=None, role=None, primary=True
        ),
        Contact(first_name="Omar", last_name="Reyes", email=None, phone=None, title=None, role=None),
    ),
    team=TEAM,
    meeting=MeetingTerms(minutes=30, buffer_minutes=10, notice_hours=18, horizon_days=14, conference=True),
    referring=ReferralTerms(
        involvement="Co-Sell",
        visibility="Full",
        partner_of_record="AWS",
        attribution="Partner Influenced",
        currency="USD",
    ),
    versions={},
    as_of=AT,
)


@pytest.fixture(scope="session")
def deal() -> Deal:
    """Northwind's opportunity, with Ana, Ben, Mei and Dana on our side and Pat and Raj at AWS."""
    return NORTHWIND


@pytest.fixture(scope="session")
def say() -> Callable[..., Message]:
    """What somebody writes in the channel: ``say(text, addressed=False)``."""
    return message


def message(text: str, addressed: bool = False, author: str = "U0ANA", at: datetime = AT) -> Message:
    """What somebody wrote in the channel."""
    return Message(text=text, author=author, channel="C0NORTHWIND", ts="1.1", addressed=addressed, at=at)
