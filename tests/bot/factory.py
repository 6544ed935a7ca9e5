"""Proposals and deals for tests that need some."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.action import Change, Preview
from bot.config import load
from bot.deal import Deal, Fact, FieldType, Owner
from bot.policy import FOLDER, Authority, Policy, read
from bot.proposal import Approver, Origin, Proposal, Stake, Via
from sandbox.seed import CONFIG

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
OPPORTUNITY = "006000000000001AAA"


def _somebody(name: str, slack: str, role: str, why: str) -> Approver:
    email = f"{name.lower().replace(' ', '.')}@brightlane.example"
    return Approver(
        name=name, slack=slack, email=email, salesforce=email, calendar=email, why=why, roles=(role,)
    )


ANA = _somebody("Ana Costa", "U0ANA", "seller", "owns the opportunity")
MEI = _somebody("Mei Tanaka", "U0MEI", "partner manager", "is a partner manager")
DANA = _somebody("Dana Cole", "U0DANA", "sales manager", "is a sales manager, and the deal is large")
CONFIGURED = load(CONFIG)
POLICY = Policy(read(FOLDER))
AUTHORITY = Authority(lambda: POLICY, CONFIGURED)
"""Who may decide what in the sandbox's company, under the policy that comes with the bot."""
STAKE = Stake(account="001000000000001AAA", owner="U0ANA", amount=240_000, partner="aws")
LARGE = STAKE.model_copy(update={"amount": 1_500_000})


def freely() -> None:
    """A warrant for everything: what is tested is not who may write."""


def deal(**changes: Any) -> Deal:
    """Northwind, with a score field."""
    config = load(CONFIG)
    score = Fact(
        name="p2b_score",
        label="P2B Score",
        field="P2B_Score__c",
        value=None,
        type=FieldType.NUMBER,
        low=0,
        high=100,
        writable=True,
        as_of=NOW,
    )
    known: dict[str, Any] = {
        "id": OPPORTUNITY,
        "name": "Northwind - fleet telemetry lake",
        "account_id": "001000000000001AAA",
        "url": "https://brightlane.my.salesforce.com/006000000000001AAA",
        "facts": {"p2b_score": score},
        "owner": Owner(
            id="005000000000001AAA",
            name="Ana Costa",
            username="ana.costa@brightlane.example",
            email="ana.costa@brightlane.example",
            active=True,
        ),
        "contacts": (),
        "team": config.people,
        "meeting": config.meeting,
        "referring": config.referral,
        "versions": {f"Opportunity {OPPORTUNITY}": "2026-11-23T09:00:00.000+0000"},
        "as_of": NOW,
    }
    return Deal(**{**known, **changes})


def proposal(number: int = 1, **changes: Any) -> Proposal:
    """An open proposal to write a score."""
    known: dict[str, Any] = {
        "id": f"prp_{number:08d}",
        "kind": "update_opportunity",
        "opportunity": OPPORTUNITY,
        "deal_name": "Northwind - fleet telemetry lake",
        "deal_url": "https://brightlane.my.salesforce.com/006000000000001AAA",
        "subject": f"score {number}",
        "payload": {"opportunity": OPPORTUNITY, "values": {"p2b_score": number}},
        "preview": Preview(
            headline="Set P2B Score to 82",
            changes=(
                Change(
                    name="p2b_score",
                    label="P2B Score",
                    before=None,
                    after="82",
                    source="said by <@U0ANA>",
                    as_of=NOW,
                ),
            ),
        ),
        "channel": "C0NORTHWIND",
        "thread_ts": "1795352000.000100",
        "card_ts": "1795352001.000100",
        "origin": Origin(by="U0ANA", via=Via.MESSAGE, words="P2B is 82", ts="1795352000.000100", at=NOW),
        "approvers": (ANA,),
        "stake": STAKE,
        "opened_at": NOW,
        "expires_at": NOW + timedelta(hours=72),
    }
    return Proposal(**{**known, **changes})
