"""Each row of a score file finds its deal, is in doubt, or is left out with the reason; none is lost."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.batches.lines import Doubt, LeftOut, Line
from bot.clients import OpenDeal
from bot.deal import Company
from bot.lifecycle.accounts import Book
from bot.lifecycle.scoring import Placing, _once_each
from bot.matching import Index
from bot.pairings import Pairing, key_of
from bot.tables import ScoreRow

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TODAY = "2026-11-23"
ACCOUNTS = (
    Company("001A", "Helios Energy GmbH", "helios-energy.example", "DE"),
    Company("001B", "Kestrel Robotics Inc", "kestrel.example", "US"),
    Company("001C", "Tundra Telecom", "tundra.example", "CA"),
    Company("001D", "Pelican Insurance", "pelican.example", "US"),
)


def open_deal(id: str, account: str, name: str, ace_id: str = "") -> OpenDeal:
    company = next(one for one in ACCOUNTS if one.id == account)
    return OpenDeal(
        id=id,
        name=name,
        account_id=account,
        account=company.name,
        owner="ana@x",
        stage="Qualification",
        amount=1.0,
        next_step="",
        ace_id=ace_id,
        created=NOW,
        modified=NOW,
        version="1",
    )


DEALS = (
    open_deal("006000000000001AAA", "001A", "Helios - grid", "O100"),
    open_deal("006000000000002AAA", "001B", "Kestrel - vision"),
    open_deal("006000000000003AAA", "001B", "Kestrel - arms"),
    open_deal("006000000000004AAA", "001C", "Tundra - network"),
)


@pytest.fixture
def placing() -> Placing:
    return placed_with({})


def placed_with(pairings: dict[tuple[str, str], Pairing]) -> Placing:
    by_account: dict[str, tuple[OpenDeal, ...]] = {}
    for deal in DEALS:
        by_account[deal.account_id] = (*by_account.get(deal.account_id, ()), deal)
    book = Book(
        accounts={one.id: one for one in ACCOUNTS},
        index=Index(ACCOUNTS),
        segments={},
        deals={deal.id: deal for deal in DEALS},
        by_account=by_account,
        by_ace_id={deal.ace_id: deal for deal in DEALS if deal.ace_id},
        site="https://x",
        as_of=NOW,
    )
    return Placing(book, pairings, ("p2b_score", "p2b_date"), TODAY)


def row(name: str = "", number: int = 2, **more: Any) -> ScoreRow:
    website = more.pop("website", "")
    country = more.pop("country", "")
    known: dict[str, Any] = {"opportunity": "", "ace_id": "", "score": 82.0, "said": "82", "scored_on": ""}
    company = Company(f"row {number}", name, website, country)
    return ScoreRow(number=number, company=company, **{**known, **more})


def line(found: object) -> Line:
    assert isinstance(found, Line), found
    return found


def test_an_id_names_the_deal(placing: Placing) -> None:
    """Of 15 or 18 characters; the evidence says which."""
    for id in ("006000000000004", "006000000000004AAA"):
        found = line(placing.place(row(opportunity=id)))
        assert found.deal == "Tundra - network" and id in found.why[0]


def test_an_aws_id_names_the_deal(placing: Placing) -> None:
    """Through the field that holds it."""
    assert line(placing.place(row(ace_id="O100"))).deal == "Helios - grid"


def test_an_id_that_no_open_deal_has_is_left_out(placing: Placing) -> None:
    """With the id."""
    found = placing.place(row("Helios Energy", opportunity="006000000000009AAA"))
    assert isinstance(found, LeftOut) and "006000000000009AAA" in found.why


def test_an_id_beside_another_companys_name_is_in_doubt(placing: Placing) -> None:
    """One of the two is wrong, and nobody can know which."""
    found = placing.place(row("Pelican Insurance", opportunity="006000000000004AAA"))
    assert isinstance(found, Doubt) and "Tundra Telecom" in found.choices[0].why[0]


def test_a_sure_company_with_one_open_deal_is_sure(placing: Placing) -> None:
    """By its website."""
    found = line(placing.place(row("Helios Energy", website="https://www.helios-energy.example")))
    assert found.deal == "Helios - grid" and found.after == (82, TODAY)


def test_a_sure_company_with_several_open_deals_is_in_doubt(placing: Placing) -> None:
    """Each of them is offered."""
    found = placing.place(row("Kestrel Robotics", website="kestrel.example"))
    assert isinstance(found, Doubt) and len(found.choices) == 2
    assert "2 open deals" in found.choices[0].why[0]


def test_a_sure_company_without_an_open_deal_is_left_out(placing: Placing) -> None:
    """There is nothing to write to."""
    found = placing.place(row("Pelican Insurance", website="pelican.example"))
    assert isinstance(found, LeftOut) and "no open opportunity" in found.why


def test_an_unknown_company_is_left_out_with_the_nearest(placing: Placing) -> None:
    """So that a person sees whether it is one of ours under another name."""
    found = placing.place(row("Zzyzx Quarries", website="zzyzx.example"))
    assert isinstance(found, LeftOut) and "no account of ours" in found.why


def test_a_row_that_names_nothing_is_left_out(placing: Placing) -> None:
    """It could be anybody's."""
    assert isinstance(placing.place(row()), LeftOut)


def test_what_a_person_said_beats_the_score() -> None:
    """Yes makes it sure, whatever it is called; no takes it away."""
    company = Company("row 2", "Zzyzx Quarries", "zzyzx.example")
    word = Pairing(
        partner="aws",
        theirs=key_of(company),
        ours="001C",
        yes=True,
        by="U0MEI",
        name="Mei Tanaka",
        at=NOW,
        cause="1",
    )
    said = placed_with({("001C", word.theirs): word})
    assert line(said.place(row("Zzyzx Quarries", website="zzyzx.example"))).deal == "Tundra - network"
    helios = Company("row 2", "Helios Energy", "helios-energy.example")
    no = word.model_copy(update={"theirs": key_of(helios), "ours": "001A", "yes": False})
    denied = placed_with({("001A", no.theirs): no})
    assert not isinstance(denied.place(row("Helios Energy", website="helios-energy.example")), Line)


def test_two_rows_for_one_deal_with_one_score_are_one(placing: Placing) -> None:
    """The second is left out and says so."""
    lines = [line(placing.place(row(number=n, ace_id="O100"))) for n in (2, 7)]
    kept, left = _once_each(lines)
    assert [one.number for one in kept] == [2] and [one.number for one in left] == [7]


def test_two_rows_for_one_deal_with_different_scores_are_both_left_out(placing: Placing) -> None:
    """Each names the other."""
    lines = [line(placing.place(row(number=n, ace_id="O100", score=float(n)))) for n in (2, 7)]
    kept, left = _once_each(lines)
    assert not kept
    assert "row 7 gives it 7" in left[0].why and "row 2 gives it 2" in left[1].why
