"""What watches keep in the store: how far they have come, what was told, and what waits."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.triggers import Firing, Seen
from bot.watch_state import LEASE, WatchState
from sandbox.server import free_port

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def firing(id: str, **changes: Any) -> Firing:
    """Something that fired."""
    known: dict[str, Any] = {
        "id": id,
        "rule": "large",
        "when": "amount_reaches",
        "why": "The amount went up.",
        "propose": "refer",
        "opportunity": "006",
        "deal": "Northwind",
        "owner": "ana",
        "stage": "Qualification",
        "amount": 1.0,
        "next_step": "",
        "at": NOW,
    }
    return Firing.model_validate({**known, **changes})


def seen(version: str, since: float = 0.0, ace_id: str = "") -> Seen:
    """A deal."""
    return Seen(version, "Qualification", 1.0, "Call", since, ace_id, "Northwind", "001", "Northwind", "ana")


def test_one_holds_a_lease_and_a_dead_one_does_not_for_long(store: redis.Redis) -> None:
    """Another begins only when it was given back or has run out; renewing it then is refused."""
    first, second = WatchState(store), WatchState(store)
    with first.lease("crm") as renew:
        assert renew is not None
        renew()
        with second.lease("crm") as other:
            assert other is None
        with second.lease("aws") as aws:
            assert aws is not None
        assert 0 < store.pttl("cosell:watch:lease:crm") <= LEASE * 1000 <= 60_000
        store.delete("cosell:watch:lease:crm")  # it has run out
        with second.lease("crm") as other:
            assert other is not None
            with pytest.raises(Unavailable):
                renew()
            assert store.exists("cosell:watch:lease:crm")
    with second.lease("crm") as again:
        assert again is not None


def test_a_lease_of_another_is_not_given_back(store: redis.Redis) -> None:
    """Whoever was overtaken leaves the lease of the one who overtook."""
    with WatchState(store).lease("crm"):
        store.set("cosell:watch:lease:crm", "somebody else")
    assert store.get("cosell:watch:lease:crm") == b"somebody else"


def test_what_was_seen_comes_back(store: redis.Redis) -> None:
    """By id, with how old its next step is and which opportunity of AWS it names."""
    state = WatchState(store)
    first = {"A": seen("1", 100.0, "O1"), "B": seen("1", 200.0)}
    state.see(first, {})
    assert state.seen(["A", "B", "C"]) == first
    assert state.by_ace_id(["O1", "O2"]) == {"O1": "A"}
    assert state.unchanged_between(None, datetime.fromtimestamp(150, UTC)) == ("A",)
    assert state.unchanged_between(datetime.fromtimestamp(100, UTC), datetime.fromtimestamp(200, UTC)) == (
        "B",
    )
    state.see({"A": seen("2", 300.0, "O1")}, first)
    assert state.unchanged_between(None, datetime.fromtimestamp(250, UTC)) == ("B",)
    state.forget(["A"])
    assert state.known() == {"B"} and state.seen(["A"]) == {}


def test_fifty_thousand_deals_are_kept_and_read_in_seconds(store: redis.Redis) -> None:
    """In few exchanges, each of them short."""
    state = WatchState(store)
    deals = {f"006{n:015}": seen("1", float(n), f"O{n}") for n in range(50_000)}
    began = time.perf_counter()
    state.see(deals, {})
    assert state.seen(list(deals)) == deals
    assert time.perf_counter() - began < 10


def test_what_fired_is_known_and_counted_by_rule(store: redis.Redis) -> None:
    """For ever; and how often in the last week."""
    state = WatchState(store)
    old = firing("a", at=NOW - timedelta(days=9))
    state.note_fired([old, firing("b"), firing("c", rule="other")])
    state.note_fired([firing("b")])
    assert state.fired(["a", "b", "c", "d"]) == {"a", "b", "c"}
    assert state.fired_since("large", NOW - timedelta(days=7)) == 1


def test_what_is_held_leaves_with_the_digest_that_it_goes_into(store: redis.Redis) -> None:
    """It is in one of the two at any moment, and counts as told in both."""
    state = WatchState(store)
    state.hold("C1", [firing("b", at=NOW + timedelta(1)), firing("a")])
    state.hold("C2", [firing("c")])
    assert [one.id for one in state.held()["C1"]] == ["a", "b"]
    assert state.fired(["a", "b", "c"]) == {"a", "b", "c"}
    id = state.make_digest("C1", [firing("a"), firing("b")], NOW)
    assert set(state.held()) == {"C2"}
    kept = state.digest(id)
    assert kept is not None and (kept[0], [one.id for one in kept[1]]) == ("C1", ["a", "b"])
    assert state.undrawn() == (id,)
    state.drawn(id)
    assert state.undrawn() == ()
    assert state.digest("none") is None


def test_the_same_firings_in_a_channel_are_the_same_digest(store: redis.Redis) -> None:
    """A look that is done again after a crash makes no second one; another channel has its own."""
    state = WatchState(store)
    first = state.make_digest("C1", [firing("a"), firing("b")], NOW)
    assert state.make_digest("C1", [firing("b"), firing("a")], NOW) == first
    assert state.make_digest("C2", [firing("a"), firing("b")], NOW) != first


def test_what_found_no_channel_is_counted_by_the_day_until_it_is_told(store: redis.Redis) -> None:
    """Only days that are over; the same firing once."""
    state = WatchState(store)
    state.unplaced([firing("a"), firing("b")], "2026-11-22")
    state.unplaced([firing("b")], "2026-11-22")
    state.unplaced([firing("c")], "2026-11-23")
    state.unplaced([], "2026-11-23")
    assert state.take_unplaced("2026-11-23") == {"2026-11-22": ("a", "b")}
    state.told_unplaced(["a", "b"])
    assert state.take_unplaced("2026-11-23") == {}
    assert state.fired(["c"]) == {"c"}


def test_a_mark_is_a_moment_in_any_zone(store: redis.Redis) -> None:
    """And there is none at first."""
    state = WatchState(store)
    assert state.mark("crm.cursor") is None and state.marks() == {}
    state.set_mark("crm.cursor", NOW.astimezone(tz=None))
    assert state.mark("crm.cursor") == NOW and state.marks() == {"crm.cursor": NOW}


def test_a_store_that_is_away_means_later() -> None:
    """Nothing is taken for new because what was seen cannot be read."""
    state = WatchState(redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0)))
    with pytest.raises(Unavailable):
        state.seen(["A"])
    with pytest.raises(Unavailable), state.lease("crm"):
        pass
