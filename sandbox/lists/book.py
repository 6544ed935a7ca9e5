"""The book: accounts of the made-up org and their opportunities, as Salesforce keeps them."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.lists.names import TRADES, Made, Maker
from sandbox.salesforce import Salesforce
from sandbox.salesforce.records import Record
from sandbox.salesforce.schema import STAGES
from sandbox.salesforce.values import id18, stamp
from sandbox.seed import load

_TOPICS = (
    "data lake",
    "contact centre",
    "warehouse forecasting",
    "ERP migration",
    "fraud scoring",
    "document intake",
    "archive",
    "customer portal",
)
_NEXT = ("Send the proposal", "Architecture review", "Security questionnaire", "Meet the sponsor", None)


@dataclass(frozen=True, slots=True)
class Book:
    """Accounts, their opportunities, and the companies that they are, in the accounts' order."""

    accounts: tuple[Record, ...]
    opportunities: tuple[Record, ...]
    companies: tuple[Made, ...]

    def open_of(self) -> dict[str, list[Record]]:
        """The open opportunities of each account that has any, by the account's id."""
        found: dict[str, list[Record]] = {}
        for row in self.opportunities:
            if not row["StageName"].startswith("Closed"):
                found.setdefault(row["AccountId"], []).append(row)
        return found


def book(accounts: int = 3000, today: date | None = None) -> Book:
    """So many accounts, the same every time; the dates of their opportunities lie around ``today`` (UTC).

    Half of them have an open opportunity, some have several, and a quarter have bought. One account in sixteen is
    easily taken for another. One open opportunity in 150 has a close date in the past, so Salesforce lets nobody
    change it before that is mended.
    """
    rng = random.Random(3000)
    maker = Maker(rng)
    day = today or datetime.now(UTC).date()
    sellers = [
        u["id"]
        for u in load()["salesforce"]["users"][:-1]
        if not u.get("read_only") and u.get("active", True)
    ]
    companies: list[Made] = []
    rows: list[Record] = []
    deals: list[Record] = []
    for number in range(accounts):
        relative = bool(companies) and rng.random() < 1 / 16
        companies.append(maker.relative(rng.choice(companies)) if relative else maker.company())
        rows.append(_account(number, companies[-1], rng) | {"OwnerId": rng.choice(sellers)})
        for stage in _stages(rng):
            deals.append(_opportunity(len(deals), rows[-1], companies[-1], stage, day, rng))
    return Book(tuple(rows), tuple(deals), tuple(companies))


def fill(salesforce: Salesforce, book: Book) -> None:
    """Put the book into the org, as records that have been there since before yesterday; without its rules, at once."""
    records = salesforce.records
    then = stamp(records.now() - timedelta(days=2))
    touched = {"CreatedDate": then, "LastModifiedDate": then, "SystemModstamp": then}
    with records.guard:
        for kind, rows in (("Account", book.accounts), ("Opportunity", book.opportunities)):
            empty: dict[str, Any] = {
                name: False if field.type == "boolean" else None
                for name, field in records.types[kind].fields.items()
            }
            for row in rows:
                by = {"CreatedById": row["OwnerId"], "LastModifiedById": row["OwnerId"]}
                stage = row.get("StageName", "")
                closed = (
                    {"IsClosed": stage.startswith("Closed"), "IsWon": stage == "Closed Won"} if stage else {}
                )
                records.rows[kind][row["Id"]] = {**empty, **touched, **by, **row, **closed}


def _account(number: int, made: Made, rng: random.Random) -> Record:
    state = rng.choice((made.state, dict(made.country.states).get(made.state, "")))
    country = made.country.name if rng.random() < 0.85 else rng.choice(made.country.codes)
    website = rng.choice(("https://www.{}", "https://{}", "www.{}", "{}", "http://www.{}")).format(
        made.domain
    )
    return {
        "Id": id18(f"001BK{number:010d}"),
        "Name": made.name if rng.random() < 0.8 else made.core,
        "Website": website if rng.random() < 0.8 else None,
        "BillingCountry": country if rng.random() < 0.93 else None,
        "BillingState": state or None,
        "DunsNumber": made.duns if rng.random() < 0.42 else None,
        "Industry": TRADES[made.trade],
    }


def _stages(rng: random.Random) -> list[str]:
    opened = [s for s in STAGES if not s.startswith("Closed")]
    count = rng.choices((0, 1, 2, 3), (50, 40, 7, 3))[0]
    won = ["Closed Won"] if rng.random() < 0.25 else []
    lost = ["Closed Lost"] if rng.random() < 0.08 else []
    return [*rng.choices(opened, k=count), *won, *lost]


def _opportunity(
    number: int, account: Record, made: Made, stage: str, day: date, rng: random.Random
) -> Record:
    late = stage.startswith("Closed") or rng.random() < 1 / 150
    days = -rng.randrange(10, 400) if late else rng.randrange(14, 240)
    referred = rng.random() < 0.2
    scored = rng.random() < 0.15
    topic = rng.choice(_TOPICS)
    return {
        "Id": id18(f"006BK{number:010d}"),
        "Name": f"{made.word} - {topic}",
        "AccountId": account["Id"],
        "OwnerId": account["OwnerId"],
        "StageName": stage,
        "Probability": float(STAGES[stage]),
        "Amount": float(rng.randrange(20, 900) * 1_000),
        "CloseDate": (day + timedelta(days=days)).isoformat(),
        "Type": rng.choice(("New Customer", "Existing Customer - Upgrade")),
        "Description": f"{made.core} wants its {topic} on AWS, and to leave what it runs today within a year.",
        "NextStep": rng.choice(_NEXT),
        "P2B_Score__c": float(rng.randrange(5, 100)) if scored else None,
        "P2B_Score_Date__c": (day - timedelta(days=rng.randrange(20, 200))).isoformat() if scored else None,
        "ACE_Opportunity_Id__c": f"O31{number:06d}" if referred else None,
    }
