"""Commands of many threads, put to a real server together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from bot.exchange import Exchange


def reads(store: redis.Redis) -> int:
    """How often the server has read something from somebody."""
    return int(store.info("stats")["total_reads_processed"])


@pytest.fixture
def client(store: redis.Redis, redis_port: int) -> Iterator[redis.Redis]:
    """A client of the test's server."""
    client = redis.Redis(port=redis_port)
    yield client
    client.close()


def held(exchange: Exchange, pool: ThreadPoolExecutor, store: redis.Redis) -> Any:
    """A question that the server answers only when something is pushed to ``gate``, and is waiting for by now."""
    asked = pool.submit(exchange.ask, "BLPOP", "gate", 10)
    blocked(store)
    return asked


def blocked(store: redis.Redis) -> None:
    """Return when the server keeps somebody waiting."""
    while store.info("clients")["blocked_clients"] != 1:
        pass


def waiting(exchange: Exchange, count: int) -> None:
    """Return when so many questions wait for the one that is under way."""
    while len(exchange._waiting) < count:
        pass


def test_those_that_come_meanwhile_are_asked_for_in_one_exchange(
    client: redis.Redis, store: redis.Redis
) -> None:
    """Ten threads that ask while an exchange is under way share the next one, and each gets its own answer."""
    exchange = Exchange(client)
    with ThreadPoolExecutor(11) as pool:
        first = held(exchange, pool, store)
        others = [pool.submit(exchange.ask, "ECHO", f"{n}") for n in range(10)]
        waiting(exchange, 10)
        before = reads(store)
        store.rpush("gate", "open")
        assert list(first.result()) == [b"gate", b"open"]
        assert [other.result() for other in others] == [f"{n}".encode() for n in range(10)]
    assert reads(store) - before == 3  # the push, all ten together, and this very question


def test_a_refused_command_is_the_error_of_whoever_asked(client: redis.Redis, store: redis.Redis) -> None:
    """What the server refuses is raised in that thread alone; the others of the same exchange get their answers."""
    exchange = Exchange(client)
    with ThreadPoolExecutor(3) as pool:
        first = held(exchange, pool, store)
        wrong, right = pool.submit(exchange.ask, "NONSENSE"), pool.submit(exchange.ask, "ECHO", "x")
        waiting(exchange, 2)
        store.rpush("gate", "open")
        first.result()
        with pytest.raises(redis.ResponseError):
            wrong.result()
        assert right.result() == b"x"


def test_a_broken_connection_is_everybodys_and_the_next_question_is_answered(
    client: redis.Redis, store: redis.Redis
) -> None:
    """When the connection breaks, nobody is left waiting, and what is asked afterwards is answered."""
    exchange = Exchange(client)
    with ThreadPoolExecutor(3) as pool:
        first = held(exchange, pool, store)
        others = [pool.submit(exchange.ask, "BLPOP", f"never{n}", 20) for n in "ab"]
        waiting(exchange, 2)
        store.rpush("gate", "open")
        first.result()
        blocked(store)
        store.client_kill_filter(_type="normal", skipme=True)
        for other in others:
            with pytest.raises(redis.ConnectionError):
                other.result()
    assert exchange.ask("ECHO", "again") == b"again"


def test_whoever_asks_alone_does_not_wait(client: redis.Redis) -> None:
    """One thread after another gets one exchange each, at once."""
    exchange = Exchange(client)
    answers = [exchange.ask("ECHO", str(n)) for n in range(3)]
    assert answers == [b"0", b"1", b"2"]
