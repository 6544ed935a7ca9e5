"""Sign-ins on their way, in a real store: once, and not for long."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.sign_ins import LASTS, Begun, SignIns, Waiting, Wish, hashed
from sandbox.server import free_port

WISH = Wish(
    proposal="prp_1",
    version=2,
    digest="d1",
    what="Submit Northwind to AWS Partner Central",
    user="U0ANA",
    email="ana.costa@brightlane.example",
    team="T0BRIGHT",
    channel="C0NORTHWIND",
    message_ts="1.2",
)
BEGUN = Begun(url="https://idp.example/a", state="s" * 43, nonce="n", code_verifier="v", at=datetime.now(UTC))
WAITING = Waiting(wish=WISH, begun=BEGUN, browser=hashed("cookie"))


@pytest.fixture
def sign_ins(store: redis.Redis) -> SignIns:
    return SignIns(store)


def kept(store: redis.Redis) -> list[bytes]:
    """Every key and value in the store."""
    names = list(store.scan_iter())
    return names + [value for value in store.mget(names) if value is not None]


def test_a_link_leads_to_its_wish(sign_ins: SignIns) -> None:
    """What was wished comes back as it was, and no two links are alike."""
    token, other = sign_ins.open(WISH), sign_ins.open(WISH)
    assert sign_ins.take(token) == WISH
    assert token != other and len(token) == 43


def test_looking_does_not_use_a_link_up(sign_ins: SignIns) -> None:
    """However often somebody looks, it is good afterwards."""
    token = sign_ins.open(WISH)
    assert [sign_ins.peek(token) for _ in range(3)] == [WISH] * 3
    assert sign_ins.take(token) == WISH


def test_a_link_is_good_once(sign_ins: SignIns) -> None:
    """The second who takes it gets nothing, and sees nothing."""
    token = sign_ins.open(WISH)
    sign_ins.take(token)
    assert (sign_ins.take(token), sign_ins.peek(token)) == (None, None)


def test_of_many_at_once_one_gets_it(sign_ins: SignIns) -> None:
    """A double click follows a link once."""
    token = sign_ins.open(WISH)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: sign_ins.take(token), range(24)))
    assert [one for one in got if one is not None] == [WISH]


def test_a_guessed_token_is_nothing(sign_ins: SignIns) -> None:
    """Neither looking nor taking finds anything behind it."""
    sign_ins.open(WISH)
    assert (sign_ins.peek("x" * 43), sign_ins.take("x" * 43)) == (None, None)


def test_a_link_ends_after_five_minutes(sign_ins: SignIns, store: redis.Redis) -> None:
    """The store itself forgets it."""
    token = sign_ins.open(WISH)
    (name,) = store.scan_iter()
    assert LASTS - 5 < store.ttl(name) <= LASTS == 300
    store.expire(name, 0)
    assert (sign_ins.peek(token), sign_ins.take(token)) == (None, None)


def test_the_store_does_not_know_the_token(sign_ins: SignIns, store: redis.Redis) -> None:
    """Whoever reads the store cannot follow a link."""
    token = sign_ins.open(WISH)
    assert not [one for one in kept(store) if token.encode() in one]


def test_a_sign_in_is_finished_once(sign_ins: SignIns) -> None:
    """The first answer finds what it belongs to, a replayed one nothing."""
    sign_ins.started(WAITING)
    assert sign_ins.finished(BEGUN.state) == WAITING
    assert sign_ins.finished(BEGUN.state) is None


def test_a_sign_in_is_awaited_for_five_minutes(sign_ins: SignIns, store: redis.Redis) -> None:
    """The store itself forgets it."""
    sign_ins.started(WAITING)
    (name,) = store.scan_iter()
    assert LASTS - 5 < store.ttl(name) <= LASTS
    store.expire(name, 0)
    assert sign_ins.finished(BEGUN.state) is None


def test_a_link_is_no_state(sign_ins: SignIns) -> None:
    """A link's token does not finish a sign-in, nor a state open a link."""
    token = sign_ins.open(WISH)
    sign_ins.started(WAITING)
    assert (sign_ins.finished(token), sign_ins.take(BEGUN.state)) == (None, None)


def test_the_browser_is_known_by_its_cookie(sign_ins: SignIns, store: redis.Redis) -> None:
    """Only the one that began has it, and the store does not."""
    sign_ins.started(WAITING)
    assert WAITING.same_browser("cookie") and not WAITING.same_browser("another")
    assert not [one for one in kept(store) if b'"cookie"' in one]


def test_a_store_that_is_away_is_unavailable() -> None:
    """Every step says so in words."""
    nowhere = SignIns(redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0)))
    steps: list[Callable[[], object]] = [
        lambda: nowhere.open(WISH),
        lambda: nowhere.peek("t"),
        lambda: nowhere.take("t"),
        lambda: nowhere.started(WAITING),
        lambda: nowhere.finished("s"),
    ]
    for step in steps:
        with pytest.raises(Unavailable, match="nothing was approved"):
            step()


def test_a_store_that_answers_in_text_will_do(redis_port: int, store: redis.Redis) -> None:
    """A client that decodes answers finds the same wish."""
    sign_ins = SignIns(redis.Redis(port=redis_port, decode_responses=True))
    token = sign_ins.open(WISH)
    assert (sign_ins.peek(token), sign_ins.take(token)) == (WISH, WISH)
