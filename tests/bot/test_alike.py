"""Deals that could be taken for one another."""

import pytest

from bot.alike import look_alikes
from bot.deal import Deal, Sibling
from tests.bot.factory import OPPORTUNITY, deal


def among(name: str, amount: float | None, *others: tuple[str, float | None]) -> Deal:
    """A deal of Northwind Freight with its siblings."""
    known = deal().facts["p2b_score"]
    facts = {
        "account": known.model_copy(update={"name": "account", "value": "Northwind Freight"}),
        "amount": known.model_copy(update={"name": "amount", "value": amount}),
    }
    siblings = tuple(
        Sibling(id=f"00600000000{n:04}AAA", name=other, url=f"https://crm.example/{n}", amount=money)
        for n, (other, money) in enumerate(others, 100)
    )
    return deal(name=name, facts=facts, siblings=siblings)


@pytest.mark.parametrize(
    ("name", "other", "why"),
    [
        ("Northwind - fleet telemetry lake", ("Northwind - fleet telemetry lake (phase 2)", 1.0), "name"),
        ("Northwind - fleet telemetry lake", ("Telemetry lake, fleet - NORTHWIND", None), "name"),
        ("Northwind Freight: data lake", ("Northwind Freight: Data-Lake", 9.0), "name"),
        ("Northwind - fleet telemetry lake", ("Northwind - customs portal", 240_000.0), "amount"),
        ("Northwind - fleet telemetry lake", ("Northwind - customs portal", 250_000.0), "amount"),
    ],
)
def test_a_near_same_name_or_amount_is_marked_with_why(
    name: str, other: tuple[str, float | None], why: str
) -> None:
    """Of the same account, whatever the order of words, marks and case, or within five per cent."""
    (like,) = look_alikes(among(name, 240_000.0, other))
    assert like.name == other[0] and like.why == f"nearly the same {why}"


@pytest.mark.parametrize(
    "other",
    [
        ("Northwind - customs portal", 90_000.0),
        ("Northwind Freight - payroll", None),
        ("Northwind Freight", 0.0),
    ],
)
def test_another_deal_of_the_account_is_not_marked(other: tuple[str, float | None]) -> None:
    """The account's own name in both makes no two deals alike."""
    assert look_alikes(among("Northwind - fleet telemetry lake", 240_000.0, other)) == ()


def test_a_deal_is_not_its_own_look_alike() -> None:
    """Even where the CRM lists it among the others."""
    own = Sibling(id=OPPORTUNITY, name=deal().name, url="", amount=1.0)
    assert look_alikes(deal(siblings=(own,))) == ()


def test_the_likeliest_comes_first_and_both_reasons_are_told() -> None:
    """A same name and amount before a same amount alone."""
    found = look_alikes(
        among(
            "Northwind - fleet lake",
            240_000.0,
            ("Northwind - payroll", 240_000.0),
            ("Northwind - fleet lake", 240_000.0),
        )
    )
    assert [like.why for like in found] == [
        "nearly the same name and nearly the same amount",
        "nearly the same amount",
    ]
