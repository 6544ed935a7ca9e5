"""Our side as one snapshot: read as the bot's own user, by one at a time, and used for ten minutes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.clients import CrmReader, Segment
from bot.config import load
from bot.errors import Unavailable
from bot.lifecycle.accounts import FRESH, Accounts
from bot.salesforce import Salesforce
from sandbox import seed
from sandbox.salesforce import Salesforce as Org

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NORTHWIND, HELIOS, KESTREL = (f"00100000000000{n}AAA" for n in "124")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The bot's key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def org(key: rsa.RSAPrivateKey) -> Iterator[Org]:
    """An org with the bot's certificate."""
    with Org(seed.load()) as org:
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        org.public_key_pem = public.decode()
        yield org


class Watch:
    """A clock that somebody sets."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def watch() -> Watch:
    """It stands at zero."""
    return Watch()


@pytest.fixture
def accounts(org: Org, key: rsa.RSAPrivateKey, watch: Watch) -> Iterator[Accounts]:
    """Nothing is read yet."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    adapter = Salesforce(
        client_id=org.client_id,
        private_key=private.decode(),
        username="cosell.bot@brightlane.example",
        login_url=f"{org.url}/",
        api_url=None,
        facts=load(None).facts,
    )
    yield Accounts(adapter.as_user, lambda: NOW, watch)
    adapter.close()


def readings(org: Org) -> int:
    """How often all accounts were asked for."""
    return len(org.calls(r"query.*FROM(\+|%20| )Account"))


def at_once(number: int, ask: Callable[[], object]) -> list[object]:
    """What so many who ask at the same moment get."""
    gate = threading.Barrier(number)

    def go(_: int) -> object:
        gate.wait()
        return ask()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(go, range(number)))


def test_the_book_has_both_accounts_and_open_deals(accounts: Accounts) -> None:
    """Each account with what it is to us and its open deals, the largest first."""
    book = accounts.snapshot()
    northwind = book.company(NORTHWIND)
    assert northwind is not None and northwind.name == "Northwind Freight"
    assert book.segment(NORTHWIND) is Segment.OPEN_DEAL
    deals = book.deals_of(NORTHWIND)
    assert len(deals) == 2 and {deal.account_id for deal in deals} == {NORTHWIND}
    assert [deal.amount or 0 for deal in deals] == sorted((deal.amount or 0 for deal in deals), reverse=True)
    assert all(book.deals[deal.id] == deal for deal in deals)
    assert book.as_of == NOW


def test_an_account_without_opportunities_is_a_prospect(accounts: Accounts, org: Org) -> None:
    """And has no open deal."""
    book = accounts.snapshot()
    assert book.segment("001000000000999AAA") is Segment.PROSPECT
    assert book.deals_of("001000000000999AAA") == ()
    assert book.company("001000000000999AAA") is None


def test_a_deal_is_known_by_its_id_at_aws(accounts: Accounts) -> None:
    """Those that have one, and no other."""
    book = accounts.snapshot()
    assert {deal.id for deal in book.by_ace_id.values()} == {d.id for d in book.deals.values() if d.ace_id}
    assert "" not in book.by_ace_id


def test_who_ask_at_once_wait_for_one_reading(accounts: Accounts, org: Org) -> None:
    """Salesforce is asked once, and all get the same."""
    books = at_once(8, accounts.snapshot)
    assert len({id(book) for book in books}) == 1
    assert readings(org) == 1


def test_after_ten_minutes_it_is_read_anew(accounts: Accounts, org: Org, watch: Watch) -> None:
    """Not before."""
    first = accounts.snapshot()
    watch.now = FRESH - 1
    assert accounts.snapshot() is first
    watch.now = FRESH
    assert accounts.snapshot() is not first
    assert readings(org) == 2


def test_a_reading_that_fails_is_told_and_tried_again(accounts: Accounts, org: Org) -> None:
    """Nobody gets half of our accounts, and the next one who asks gets all."""
    fault = org.fault("query", status=503, times=-1)
    with pytest.raises(Unavailable):
        accounts.snapshot()
    fault.times = 0
    assert accounts.snapshot().company(HELIOS) is not None


def test_people_and_the_background_share_one_reading(accounts: Accounts, org: Org, watch: Watch) -> None:
    """Whoever comes first reads, by a way of their own; what is kept for people is no reason to have it twice."""

    def kept() -> CrmReader:
        raise Unavailable("The rest is kept for what people ask for and approve.")

    background = accounts.in_background(kept)
    with pytest.raises(Unavailable, match="kept for what people"):
        background.snapshot()
    book = accounts.snapshot()
    assert background.snapshot() is book
    assert readings(org) == 1
    watch.now = FRESH
    with pytest.raises(Unavailable, match="kept for what people"):
        background.snapshot()
    assert accounts.snapshot() is not book
