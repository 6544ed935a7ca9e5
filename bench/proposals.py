"""Open proposals in the ledger, as many as a load needs."""

from datetime import UTC, datetime, timedelta

import redis

from bot.action import Change, Preview
from bot.ledger import Ledger
from bot.proposal import Origin, Proposal, Via
from tests.bot.factory import AUTHORITY, CONFIGURED, STAKE, deal


def open_proposals(store: redis.Redis, count: int) -> list[str]:
    """The ids of so many open proposals, each with a card of ordinary size that Ana may approve."""
    ana = [AUTHORITY.supposed("U0ANA")]
    persons = {person.slack: person for person in CONFIGURED.ours if person.slack}
    now = datetime.now(UTC)
    ledger = Ledger(store)
    changes = tuple(
        Change(
            name=f"field_{index}",
            label=f"Field {index}",
            before="before",
            after="after " * 5,
            source="Salesforce · Account Website",
            basis="after " * 5,
            as_of=now,
        )
        for index in range(6)
    )
    facts = deal()
    ids = []
    for number in range(count):
        proposal = Proposal(
            id=f"prp_bench{number:08d}",
            kind="update_opportunity",
            opportunity=f"006{number:012d}AAA",
            deal_name=facts.name,
            deal_url=facts.url,
            subject="bench",
            payload={"values": {"p2b_score": 82, "next_step": "Send the order form"}},
            preview=Preview(headline="Set P2B Score to 82", changes=changes),
            channel="C0NORTHWIND",
            thread_ts="1795352000.000100",
            card_ts="1795352000.000200",
            origin=Origin(by="U0ANA", via=Via.MESSAGE, words="P2B is 82", ts="1", at=now),
            approvers=(),
            stake=STAKE,
            policy=AUTHORITY.digest,
            opened_at=now,
            expires_at=now + timedelta(hours=72),
        )
        proposal = proposal.model_copy(update={"approvers": AUTHORITY.approvers(proposal, ana, persons)})
        ledger.open(proposal, facts)
        ids.append(proposal.id)
    return ids
