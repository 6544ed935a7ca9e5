"""What is told stays right: while things happen, after a restart, while the store is away."""

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.history import History
from bot.ledger import Ledger
from bot.proposal import Status
from bot.tallies import Tallies
from sandbox.server import free_port
from tests.bot.factory import deal, proposal
from tests.bot.metrics.running import AT, approve, end, exposition, run, told


def test_counters_never_fall(store: redis.Redis) -> None:
    """Whatever happens to actions and whoever counts: no counter and no bucket is lower afterwards."""
    run(store)
    ledger, history = Ledger(store, lambda: AT), History(store)
    before = told(store)
    for step in range(4):
        match step:
            case 0:
                assert ledger.open(proposal(7, shown=1), deal())
            case 1:
                approve(ledger, 7)
            case 2:
                end(ledger, 7, Status.DONE)
            case 3:
                counting = Tallies(store)
                counting.observe("job", {"job": "hear", "outcome": "done"}, 0.3)
                counting.stop()
        history.catch_up()
        now = told(store)
        growing = [name for name in before if _grows(name)]
        assert all(now[name] >= before[name] for name in growing)
        assert any(now[name] > before[name] for name in growing)
        before = now


def _grows(name: str) -> bool:
    return name.split()[0].endswith(("_total", "_bucket", "_count", "_sum"))


def test_a_restart_changes_nothing(store: redis.Redis, redis_port: int) -> None:
    """Another process, with nothing in its memory, tells the same."""
    run(store)
    first = exposition(store)()
    again = exposition(redis.Redis(port=redis_port))()
    changing = b"cosell_store_memory_bytes "
    assert _without(first, changing) == _without(again, changing)


def _without(text: bytes, start: bytes) -> list[bytes]:
    quota = b"cosell_quota_as_of"  # AWS's is counted when it is asked
    return [line for line in text.splitlines() if not line.startswith((start, quota))]


def test_a_store_that_is_away_is_told_in_a_sentence() -> None:
    """Not a half of the numbers, and no traceback."""
    dead = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unavailable, match="store"):
        exposition(dead)()
