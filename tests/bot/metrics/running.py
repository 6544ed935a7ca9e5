"""A bot of which there is something to tell: every number that can be told has at least one sample."""

from datetime import UTC, datetime, timedelta

import redis
from prometheus_client.parser import text_string_to_metric_families

from bot.breakers import MISSES, Breaker
from bot.deal import System
from bot.history import History
from bot.jobs import Queue
from bot.ledger import Ledger, Refusal
from bot.ledger.steps import WORKERS
from bot.lifecycle.jobs import Job
from bot.metrics import Exposition
from bot.proposal import Approval, Status
from bot.quotas import OrgCalls, turns_to_write
from bot.stops import Stop
from bot.tallies import Tallies
from tests.bot.factory import ANA, NOW, deal, proposal

AT = NOW + timedelta(hours=1)
"""When it is looked at."""


def exposition(store: redis.Redis) -> Exposition:
    """What is told of it."""
    return Exposition(store, History(store), now=AT.timestamp)


def told(store: redis.Redis) -> dict[str, float]:
    """Every number, as Prometheus reads it."""
    families = text_string_to_metric_families(exposition(store)().decode())
    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def run(store: redis.Redis) -> None:
    """Two proposals wait for people, one for the bot; two ended, of which one is to be told; the rest as it comes."""
    ledger = Ledger(store, lambda: AT)
    for number in range(1, 6):
        made = proposal(number, shown=1, origin=proposal().origin.model_copy(update={"at": NOW}))
        assert ledger.open(made, deal())
    approve(ledger, 3)
    approve(ledger, 4)
    end(ledger, 4, Status.DONE)
    end(ledger, 5, Status.DECLINED)
    ledger.refuse(Refusal(by="U0PAT", team="T0OTHER", wanted="approve", why="No.", cause="c1"))
    stop = Stop(scope="aws", by="U0MEI", at=NOW, reason="a drill", cause="c2")
    ledger.change_stops(lambda stops: stops.plus(stop), "writes.stopped", "U0MEI", "a drill")
    history = History(store)
    history.walk(ledger, lambda: AT)
    history.catch_up()
    store.zadd(WORKERS, {"w1": AT.timestamp() + 10, "w2": AT.timestamp() - 10})
    store.set("cosell:clock", "me")
    Queue(store).send(Job.HOME, user="U0ANA")
    _outside(store)
    tallies = Tallies(store)
    tallies.count("web_request", {"kind": "events", "status": "2xx"})
    tallies.observe("web_request", {"kind": "events", "status": "2xx"}, 0.02)
    tallies.count("vendor_call", {"system": "Salesforce", "outcome": "ok"})
    tallies.observe("vendor_call", {"system": "Salesforce", "outcome": "ok"}, 0.3)
    tallies.count("job", {"job": "hear", "outcome": "done"}, 7)
    tallies.observe("job", {"job": "hear", "outcome": "done"}, 4)
    tallies.stop()


def approve(ledger: Ledger, number: int) -> None:
    """Ana approves it at once."""
    kept = ledger.get(f"prp_{number:08d}")
    assert kept is not None
    yes = Approval(by=ANA, at=NOW, version=1, digest=kept.proposal.digest, versions={})
    ledger.move(kept, kept.proposal.becomes(Status.APPROVED, approvals=(yes,)), "proposal.approved", "U0ANA")


def end(ledger: Ledger, number: int, status: Status) -> None:
    """It ends so; what is done was written within seven seconds."""
    kept = ledger.get(f"prp_{number:08d}")
    assert kept is not None
    if status is Status.DONE:
        kept = ledger.move(kept, kept.proposal.becomes(Status.EXECUTING), "proposal.claimed", "w1")
    told = {} if status is Status.DONE else {"result_ts": "1795352001.000200"}
    ended = kept.proposal.becomes(status, ended_at=AT, **told)
    ledger.move(kept, ended, f"proposal.{'ended' if status is Status.DONE else status}", "w1")


def _outside(store: redis.Redis) -> None:
    turns_to_write(store, 100, 10_000)()
    OrgCalls(store, 0.1, lambda: datetime.now(UTC)).told(used=900, limit=1_000)
    breaker = Breaker(store, System.CALENDAR)
    for _ in range(MISSES):
        breaker.missed(breaker.enter())
