"""What Prometheus is told: whole, true of the store, the same whichever process answers."""

from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq
import redis
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.action import kinds
from bot.history import History
from bot.jobs import QUEUE, Queue
from bot.ledger import LEDGER, Ledger
from bot.ledger.ledger import STOPS
from bot.ledger.steps import WORKERS
from bot.lifecycle.catch_up import catch_up
from bot.lifecycle.jobs import Job
from bot.proposal import SETTLE
from bot.tallies import Tallies
from tests.bot.factory import deal, proposal
from tests.bot.metrics.running import AT, exposition, run, told

LARGEST = 150_000
"""Bytes of an exposition in which everything was counted."""


class Again:
    """Families that are told once more."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        return iter(self._families)


def test_prometheus_reads_it_as_it_was_told(store: redis.Redis) -> None:
    """Its own parser takes every line, and telling what it read gives the same bytes."""
    run(store)
    text = exposition(store)()
    registry = CollectorRegistry()
    registry.register(Again(list(text_string_to_metric_families(text.decode()))))
    assert generate_latest(registry) == text


def test_nothing_to_tell_is_told_too(store: redis.Redis) -> None:
    """An empty store: counters stand at 0 from the start, so that the first of a kind is seen as an increase."""
    found = told(store)
    ended = {f"cosell_actions_ended_total kind={kind} status=unverified" for kind in kinds()}
    assert {found[name] for name in ended} == {0}
    assert found["cosell_jobs_total name=carry_out outcome=broke"] == 0
    assert found["cosell_ledger_sound"] == 1
    assert not {name for name in found if "timestamp" in name}


def test_every_number_says_what_it_is(store: redis.Redis) -> None:
    """A plain sentence, a name of Prometheus's form, and no label that Prometheus keeps for its targets."""
    run(store)
    families = list(text_string_to_metric_families(exposition(store)().decode()))
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert family.documentation.endswith(".") and family.documentation[0].isalnum()
        assert family.name.startswith("cosell_")
        for sample in family.samples:
            assert not {"job", "instance"} & set(sample.labels)
            assert sample.name.endswith("_total") == (family.type == "counter")


def test_it_names_nobody(store: redis.Redis) -> None:
    """No person, deal, channel or proposal: labels are of closed sets."""
    run(store)
    text = exposition(store)().decode()
    assert not [word for word in ("U0", "C0", "prp_", "006", "Northwind", "Ana") if word in text]


def test_it_stays_small(store: redis.Redis) -> None:
    """Although every call, job and request that there is was counted and measured."""
    run(store)
    tallies = Tallies(store)
    for name in Job:
        for outcome in ("done", "later"):
            tallies.observe("job", {"job": name, "outcome": outcome}, 1)
    for system in ("Salesforce", "AWS Partner Central", "Google Calendar", "Slack"):
        for outcome in ("ok", "refused", "unavailable", "unverified", "broke"):
            tallies.observe("vendor_call", {"system": system, "outcome": outcome}, 1)
    tallies.stop()
    assert len(exposition(store)()) < LARGEST


# -- true of the store -------------------------------------------------------------------------------------------------


def test_actions_are_counted_from_the_record(store: redis.Redis) -> None:
    """What the ledger has, by kind, how it came about and how it ended."""
    run(store)
    found = told(store)
    of = "kind=update_opportunity"
    assert found[f"cosell_actions_opened_total {of} via=message"] == 5
    assert found[f"cosell_actions_ended_total {of} status=done"] == 1
    assert found[f"cosell_actions_ended_total {of} status=declined"] == 1
    assert found[f"cosell_actions_happened_total event=approved {of}"] == 2
    assert found["cosell_decisions_refused_total wanted=approve"] == 1
    assert found[f"cosell_step_seconds_count {of} step=proposal to approval"] == 1


def test_pending_says_whose_turn_it_is(store: redis.Redis) -> None:
    """Two cards wait for people; one approval is not written and one result not told, which is the bot's turn."""
    run(store)
    found = told(store)
    assert found["cosell_pending waits_for=people"] == 2
    assert found["cosell_pending waits_for=bot"] == 2


def test_it_stays_the_bots_turn_while_the_clock_hands_it_in_again(store: redis.Redis) -> None:
    """The clock puts off what it has handed in, and does not hide it by that."""
    run(store)
    catch_up(Ledger(store, lambda: AT), Queue(store), lambda: AT)
    found = told(store)
    assert found["cosell_pending waits_for=bot"] == 2
    assert found["cosell_overdue_seconds"] == 0


def test_a_late_clock_is_told_in_seconds(store: redis.Redis) -> None:
    """By how much it is late with whatever is due for the longest."""
    assert told(store)["cosell_overdue_seconds"] == 0
    run(store)
    since = proposal().opened_at + SETTLE  # when the approval of then should have been carried out
    assert told(store)["cosell_overdue_seconds"] == (AT - since).total_seconds()


def test_the_ledger_is_sound_until_an_entry_is_touched(store: redis.Redis) -> None:
    """Whoever changes an entry is found by the next walk; what was not read yet is told as such."""
    run(store)
    before = told(store)
    assert before["cosell_ledger_sound"] == 1
    assert before["cosell_ledger_unread_entries"] == 0
    assert before["cosell_ledger_walk_timestamp_seconds"] == AT.timestamp()
    assert before["cosell_oldest_pending_timestamp_seconds"] == AT.timestamp()
    ledger = Ledger(store, lambda: AT)
    assert ledger.open(proposal(9), deal())
    assert told(store)["cosell_ledger_unread_entries"] == 1
    store.xdel(LEDGER, "2-0")
    History(store).walk(ledger, lambda: AT)
    found = told(store)
    assert found["cosell_ledger_sound"] == 0
    assert found["cosell_ledger_entries"] == before["cosell_ledger_entries"] + 1


def test_jobs_are_told_by_what_they_wait_for(store: redis.Redis) -> None:
    """Waiting, taken by a worker, to be tried later, given up: as dramatiq itself keeps them."""
    queue = Queue(store)
    for _ in range(4):
        queue.send(Job.HOME, user="U0ANA")
    taken = queue.broker.do_fetch(QUEUE, 2)
    queue.broker.do_nack(QUEUE, _redis_id(taken[0]))
    message = queue.broker.enqueue(_message(), delay=60_000)
    assert message.queue_name == f"{QUEUE}.DQ"
    found = told(store)
    states = {
        state: found[f"cosell_queue_jobs state={state}"] for state in ("waiting", "taken", "later", "dead")
    }
    assert states == {"waiting": 2, "taken": 1, "later": 1, "dead": 1}


def _message() -> "dramatiq.Message[None]":
    return dramatiq.Message(queue_name=QUEUE, actor_name="home", args=(), kwargs={}, options={})


def _redis_id(body: bytes) -> str:
    return str(dramatiq.Message.decode(body).options["redis_message_id"])


def test_workers_and_the_clock_are_told_while_they_live(store: redis.Redis) -> None:
    """A worker that has not said so for long is none."""
    run(store)
    assert (told(store)["cosell_workers"], told(store)["cosell_clock_ticking"]) == (1, 1)
    store.delete(WORKERS, "cosell:clock")
    assert (told(store)["cosell_workers"], told(store)["cosell_clock_ticking"]) == (0, 0)


def test_stops_are_told_by_what_they_stop(store: redis.Redis) -> None:
    """And one that cannot be read hides nothing else."""
    run(store)
    assert told(store)["cosell_stops scope=partner"] == 1
    assert told(store)["cosell_stops scope=all"] == 0
    store.hset(STOPS, "state", "{")
    found = told(store)
    assert not [name for name in found if name.startswith("cosell_stops")]
    assert found["cosell_workers"] == 1


def test_quotas_and_breakers_are_told_by_system(store: redis.Redis) -> None:
    """What is left, and who is not asked at all."""
    run(store)
    found = told(store)
    assert found["cosell_quota_calls_used system=Salesforce"] == 900
    assert found["cosell_quota_calls_limit system=AWS Partner Central"] == 10_000
    assert found["cosell_breaker_state state=open system=Google Calendar"] == 1
    assert found["cosell_breaker_state state=closed system=Google Calendar"] == 0
    assert found["cosell_breaker_state state=closed system=Slack"] == 1


def test_the_store_tells_whether_it_keeps_what_it_is_given(store: redis.Redis) -> None:
    """Its own word on its disk, and whether it would drop keys."""
    found = told(store)
    assert found["cosell_store_persistence_ok what=aof_write"] == 1
    assert found["cosell_store_aof_enabled"] == 1
    assert found["cosell_store_may_evict"] == 0
    store.config_set("maxmemory", 1_000_000_000)
    store.config_set("maxmemory-policy", "allkeys-lru")
    try:
        found = told(store)
    finally:
        store.config_set("maxmemory-policy", "noeviction")
        store.config_set("maxmemory", 0)
    assert found["cosell_store_may_evict"] == 1
    assert found["cosell_store_memory_limit_bytes"] == 1_000_000_000 > found["cosell_store_memory_bytes"]


@contextmanager
def confined(store: redis.Redis, port: int) -> Iterator[redis.Redis]:
    """A client with the rights that docs/security.md gives, which leave INFO out."""
    store.acl_setuser(
        "cosell",
        enabled=True,
        passwords=["+x"],
        keys=["cosell:*", ""],
        categories=["+@all", "-@admin", "-@dangerous"],
    )
    try:
        yield redis.Redis(port=port, username="cosell", password="x")
    finally:
        store.acl_deluser("cosell")


def test_a_store_that_keeps_info_to_itself_hides_nothing_else(store: redis.Redis, redis_port: int) -> None:
    """Without the right to ask, what it would say is left out."""
    run(store)
    with confined(store, redis_port) as client:
        text = exposition(client)().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert not [name for name in families if name.startswith("cosell_store")]
    assert families["cosell_workers"].samples[0].value == 1
