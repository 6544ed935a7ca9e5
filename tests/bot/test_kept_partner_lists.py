"""The partners' lists: kept whole, one for each partner, until another takes its place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot import partner_lists
from bot.deal import Company
from bot.errors import Refused, Unavailable
from bot.partner_lists import PartnerLists
from sandbox.server import free_port

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
COMPANIES = st.lists(st.builds(Company, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=20)
NORTHWIND = Company("1", "Northwind Freight", "northwind.com", "US")


def about(**more: Any) -> dict[str, Any]:
    """Where a list comes from."""
    return {"name": "aws.csv", "source": "file aws.csv of Mei Tanaka", "by": "U0MEI", "at": NOW, **more}


@pytest.fixture
def lists(store: redis.Redis) -> PartnerLists:
    """No list yet."""
    return PartnerLists(store)


@given(companies=COMPANIES)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_list_comes_back_as_it_was_given(lists: PartnerLists, companies: list[Company]) -> None:
    """Every company with everything that is known of it, in the same order."""
    kept = lists.keep("aws", companies, **about())
    assert lists.of("aws") == (kept, tuple(companies))
    assert kept.companies == len(companies)


def test_a_list_takes_the_place_of_the_earlier_one(lists: PartnerLists) -> None:
    """Whole: nothing of the earlier one is left."""
    first = lists.keep("aws", [NORTHWIND] * 3, **about())
    second = lists.keep("aws", [NORTHWIND], **about(name="new.csv", at=NOW + timedelta(days=1)))
    found = lists.of("aws")
    assert found == (second, (NORTHWIND,))
    assert second.digest != first.digest
    assert lists.about("aws") == second


def test_partners_are_apart_and_known_by_name(lists: PartnerLists) -> None:
    """Each has its own, in whatever case it is asked for."""
    lists.keep("AWS", [NORTHWIND], **about())
    lists.keep("acme", [Company("2", "Helios")], **about())
    assert lists.partners() == ("acme", "aws")
    found = lists.of("Aws")
    assert found is not None and found[1] == (NORTHWIND,)


def test_no_list_is_an_answer(lists: PartnerLists) -> None:
    """Nobody gave one yet."""
    assert lists.of("aws") is None
    assert lists.about("aws") is None
    assert lists.partners() == ()


@pytest.mark.parametrize("number", [0, 3])
def test_an_empty_or_too_long_list_leaves_the_earlier_one(
    lists: PartnerLists, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """It says so, and nothing is lost."""
    monkeypatch.setattr(partner_lists, "MOST", 2)
    kept = lists.keep("aws", [NORTHWIND], **about())
    with pytest.raises(Refused):
        lists.keep("aws", [NORTHWIND] * number, **about())
    assert lists.about("aws") == kept


def test_a_large_list_is_small_in_the_store(lists: PartnerLists, store: redis.Redis) -> None:
    """A hundred thousand companies take about a megabyte."""
    companies = [Company(str(n), f"Company {n}", f"c{n}.com", "US") for n in range(100_000)]
    lists.keep("aws", companies, **about())
    assert (store.memory_usage("cosell:list:aws", samples=0) or 0) < 2_000_000


def test_a_store_that_is_away_is_told() -> None:
    """Whoever asks is told to come back, not that there is no list."""
    away = PartnerLists(redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0)))
    for ask in (lambda: away.of("aws"), away.partners, lambda: away.keep("aws", [NORTHWIND], **about())):
        with pytest.raises(Unavailable):
            ask()
