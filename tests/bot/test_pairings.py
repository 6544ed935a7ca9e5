"""What people said of companies: kept by what does not change from file to file, recorded once, the last word last."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from bot.deal import Company
from bot.ledger import Ledger
from bot.pairings import Pairing, key_of, named_alike

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = st.text(min_size=1, max_size=40)


def company(name: str = "Northwind Freight", **more: str) -> Company:
    """A line of a list."""
    return Company(**{"id": "1", "name": name, **more})


def word(yes: bool = True, **more: Any) -> Pairing:
    """Mei's word on Northwind."""
    given: dict[str, Any] = {
        "partner": "aws",
        "theirs": "northwind-freight.com",
        "ours": "001000000000001AAA",
        "yes": yes,
        "by": "U0MEI",
        "name": "Mei Tanaka",
        "at": NOW,
        "cause": "first",
    }
    return Pairing(**{**given, **more})


@pytest.fixture
def ledger(store: redis.Redis) -> Ledger:
    """A ledger in an empty store."""
    return Ledger(store)


def said(ledger: Ledger) -> Sequence[dict[str, Any]]:
    """The words on the record."""
    return [dict(entry["said"]) for entry in ledger.entries() if entry["event"] == "match.said"]


# -- what a company is remembered by --------------------------------------------------------------------------
@given(NAMES, st.text(max_size=20), st.text(max_size=9), st.text(max_size=9))
def test_the_row_of_a_file_does_not_matter(name: str, website: str, one: str, other: str) -> None:
    """The same company in another row, or in another file, is remembered by the same."""
    assert key_of(Company(one, name, website, "DE", one)) == key_of(
        Company(other, name, website, "DE", other)
    )


@pytest.mark.parametrize(
    "website",
    ["https://www.northwind.com/en?a=b", "northwind.com", "HTTP://NORTHWIND.COM:80", "shop.northwind.com"],
)
def test_a_website_is_remembered_by_its_registrable_domain(website: str) -> None:
    """However it is written, and whatever the company calls itself beside it."""
    assert key_of(company("Northwind", website=website)) == key_of(
        company("NW Inc.", website="northwind.com")
    )


@pytest.mark.parametrize("website", ["", "n/a", "https://gmail.com", "linkedin.com/company/northwind"])
def test_a_website_that_says_nothing_of_the_company_is_not_what_it_is_remembered_by(website: str) -> None:
    """A mailbox's or a network's address belongs to thousands; the name and the country stand in."""
    assert key_of(company(website=website, country="DE")) == key_of(company(country="Germany"))
    assert key_of(company(website=website)) != key_of(company("Helios", website=website))


def test_a_name_in_another_country_is_another_company() -> None:
    """Where nothing but the name and the country is known."""
    assert key_of(company(country="DE")) != key_of(company(country="US"))


def test_a_name_is_remembered_however_it_is_written() -> None:
    """Case, accents and marks are not what makes a company."""
    assert key_of(company("Müller & Söhne AG")) == key_of(company("MULLER  SOHNE, AG"))
    assert named_alike(company("Müller & Söhne AG")) == named_alike(company("MULLER  SOHNE, AG"))


@given(st.text(min_size=1_000, max_size=3_000))
def test_what_a_company_is_remembered_by_fits_a_button(name: str) -> None:
    """A button of Slack's carries 2,000 characters, with the partner and the account's id."""
    assert len(key_of(company(name, website=name, country=name))) <= 500


# -- the record -----------------------------------------------------------------------------------------------
def test_a_word_is_kept_and_on_the_record(ledger: Ledger) -> None:
    """With who said it, of what, and when; and the chain holds."""
    ledger.pair(word())
    assert ledger.pairings("aws") == {("001000000000001AAA", "northwind-freight.com"): word()}
    (entry,) = ledger.entries()
    assert (entry["event"], entry["by"], entry["at"]) == ("match.said", "U0MEI", NOW.isoformat())
    assert entry["said"] == word().model_dump(mode="json")
    assert ledger.verify().flaw is None


def test_the_last_word_of_anybody_stands_and_the_chain_keeps_both(ledger: Ledger) -> None:
    """A yes is replaced by a later no."""
    ledger.pair(word())
    later = word(False, by="U0ANA", name="Ana Costa", cause="second", at=NOW + timedelta(minutes=1))
    ledger.pair(later)
    assert list(ledger.pairings("aws").values()) == [later]
    assert [one["yes"] for one in said(ledger)] == [True, False]
    assert ledger.verify().flaw is None


def test_the_same_cause_twice_is_one_record_even_after_another_word(ledger: Ledger) -> None:
    """A job that runs again does not undo what somebody said since."""
    later = word(False, by="U0ANA", cause="second", at=NOW + timedelta(minutes=1))
    for one in (word(), later, word(), later):
        ledger.pair(one)
    assert len(said(ledger)) == 2
    assert list(ledger.pairings("aws").values()) == [later]


def test_saying_again_what_one_said_last_is_one_record(ledger: Ledger) -> None:
    """Pressing twice is pressing once."""
    ledger.pair(word())
    ledger.pair(word(cause="second", at=NOW + timedelta(seconds=1)))
    assert len(said(ledger)) == 1


def test_a_word_that_comes_late_is_recorded_and_does_not_replace_a_later_one(ledger: Ledger) -> None:
    """What counts is when it was said, not when a worker got to it."""
    later = word(False, by="U0ANA", cause="second", at=NOW + timedelta(minutes=1))
    ledger.pair(later)
    ledger.pair(word())
    assert list(ledger.pairings("aws").values()) == [later]
    assert [one["by"] for one in said(ledger)] == ["U0ANA", "U0MEI"]


def test_partners_and_companies_are_apart(ledger: Ledger) -> None:
    """A word on one partner's company says nothing of another's, nor of another company of the same one."""
    for one in (word(), word(partner="acme", cause="b"), word(theirs="helios.com", cause="c")):
        ledger.pair(one)
    assert set(ledger.pairings("acme")) == {("001000000000001AAA", "northwind-freight.com")}
    assert len(ledger.pairings("aws")) == 2
    assert ledger.pairings("nobody") == {}


def test_words_at_the_same_moment_are_all_on_the_record(ledger: Ledger) -> None:
    """Of people who press at once none is lost, and the chain holds."""
    people = [word(bool(n % 2), by=f"U{n}", cause=f"{n}", at=NOW + timedelta(seconds=n)) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.pair, people))
    assert sorted(one["by"] for one in said(ledger)) == [f"U{n}" for n in range(8)]
    (last,) = ledger.pairings("aws").values()
    assert last == people[7]
    assert ledger.verify().flaw is None


def test_a_word_that_somebody_tampered_with_is_found(ledger: Ledger, store: redis.Redis) -> None:
    """`cosell audit verify` holds what stands against the chain."""
    ledger.pair(word())
    (record,) = list(store.keys("cosell:pair:*"))
    state = store.hget(record, "state")
    assert isinstance(state, bytes)
    store.hset(record, "state", state.replace(b"true", b"false"))
    flaw = ledger.verify().flaw
    assert flaw is not None and flaw.what.startswith("the state of pair:aws:")


def test_thousands_of_words_are_read_in_two_exchanges(ledger: Ledger, store: redis.Redis) -> None:
    """However many there are, a match does not wait for them one by one."""
    for number in range(2_000):
        ledger.pair(word(theirs=f"company {number}", cause=str(number)))
    before = store.info("stats")["total_reads_processed"]
    assert len(ledger.pairings("aws")) == 2_000
    reads = store.info("stats")["total_reads_processed"] - before
    assert reads < 400  # the server reads a long pipeline in pieces; one by one it would be more than 2,000


def test_one_unreadable_word_keeps_none_of_the_others(ledger: Ledger, store: redis.Redis) -> None:
    """What another version of the bot wrote does not stop a match."""
    ledger.pair(word())
    (record,) = list(store.keys("cosell:pair:*"))
    ledger.pair(word(theirs="helios.com", cause="b"))
    store.hset(record, "state", "{}")
    assert {theirs for _, theirs in ledger.pairings("aws")} == {"helios.com"}
