"""All of the org's accounts and open opportunities, a page at a time, by the configuration's mapping."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from simple_salesforce.format import format_soql

from bot.clients import OpenDeal, Segment
from bot.deal import Company, Json
from bot.salesforce.asking import Asking, Row, UnknownField
from bot.salesforce.describe import Described

T = TypeVar("T")
Plan = Callable[[Mapping[str, Described]], tuple[str, Callable[[Row], T]]]
"""From what the user sees: the query, and what makes a value of one of its rows."""

_COMPANY = {"website": "website", "country": "ace_country", "duns": "duns", "state": "state"}
"""What a company has, and our name of the fact whose field holds it."""
_DEAL = (
    "Id",
    "Name",
    "AccountId",
    "Account.Name",
    "Owner.Username",
    "CreatedDate",
    "LastModifiedDate",
    "SystemModstamp",
)
_OPEN = format_soql("FROM Opportunity WHERE IsClosed = {closed}", closed=False)


class Scanning(Asking):
    """Reads long lists; nothing is kept but the page at hand."""

    def accounts(self) -> Iterator[Company]:
        """Every account that this user sees, in the order of their ids."""
        return self._scan(self._account_plan)

    def segments(self) -> Mapping[str, Segment]:
        """What each account is to us, by account id; one that has no opportunity is left out."""
        query = "SELECT AccountId, IsWon, IsClosed FROM Opportunity WHERE AccountId != null"
        found: dict[str, Segment] = {}
        for row in self._pages(self._page(query, last=True)):
            account = row["AccountId"]
            if row["IsWon"]:
                found[account] = Segment.CUSTOMER
            elif row["IsClosed"]:
                found.setdefault(account, Segment.PROSPECT)
            elif found.get(account) is not Segment.CUSTOMER:
                found[account] = Segment.OPEN_DEAL
        return found

    def open_deals(self) -> Iterator[OpenDeal]:
        """Every open opportunity that this user sees, in the order of their ids."""
        return self._scan(lambda seen: self._deal_plan(seen, f"{_OPEN} ORDER BY Id"))

    def changed_deals(self, since: datetime) -> Iterator[OpenDeal]:
        """The open opportunities whose SystemModstamp is ``since`` or later, in the order of their changes.

        Salesforce keeps whole seconds; those of ``since`` are cut off, so that its own second is in.
        """
        if since.tzinfo is None:
            raise ValueError(f"a time without an offset is no moment: {since}")
        which = format_soql(" AND SystemModstamp >= {} ORDER BY SystemModstamp, Id", since)
        return self._scan(lambda seen: self._deal_plan(seen, _OPEN + which))

    def _scan(self, plan: Plan[T]) -> Iterator[T]:
        query, made = plan(self._described())
        try:
            first = self._page(query)
        except UnknownField:  # it was taken away while its description was kept
            self._describes.forget(self._username)
            query, made = plan(self._described())
            first = self._page(query, last=True)
        yield from map(made, self._pages(first))

    def _account_plan(self, seen: Mapping[str, Described]) -> tuple[str, Callable[[Row], Company]]:
        paths = self._reading.paths(seen, _COMPANY.values())
        columns = {
            ours: path.removeprefix("Account.")
            for ours, fact in _COMPANY.items()
            if (path := paths.get(fact, "")).startswith("Account.")
        }
        names = ", ".join(dict.fromkeys(("Id", "Name", *columns.values())))

        def company(row: Row) -> Company:
            known = {ours: _text(row[column]) for ours, column in columns.items()}
            return Company(id=row["Id"], name=_text(row["Name"]), **known)

        query = format_soql("SELECT {names:literal} FROM Account ORDER BY Id", names=names)
        return query, company

    def _deal_plan(self, seen: Mapping[str, Described], which: str) -> tuple[str, Callable[[Row], OpenDeal]]:
        paths = self._reading.paths(seen, ("stage", "amount", "next_step", "ace_id"))
        stage, amount, step, ace = (paths.get(n) for n in ("stage", "amount", "next_step", "ace_id"))
        names = ", ".join(dict.fromkeys((*_DEAL, *paths.values())))

        def deal(row: Row) -> OpenDeal:
            return OpenDeal(
                id=row["Id"],
                name=row["Name"],
                account_id=row["AccountId"] or "",
                account=_text(_at(row, "Account.Name")),
                owner=_text(_at(row, "Owner.Username")),
                stage=_text(_at(row, stage)),
                amount=_number(_at(row, amount)),
                next_step=_text(_at(row, step)),
                ace_id=_text(_at(row, ace)),
                created=datetime.fromisoformat(row["CreatedDate"]),
                modified=datetime.fromisoformat(row["LastModifiedDate"]),
                version=row["SystemModstamp"],
            )

        return f"SELECT {names} {which}", deal


def _at(row: Row, path: str | None) -> Json:
    if path is None:
        return None
    relation, dot, name = path.rpartition(".")
    if not dot:
        return row[name]
    parent: Mapping[str, Any] | None = row[relation]
    return None if parent is None else parent[name]


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
