"""The operator's pages: what they answer, and that they say what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.ledger import Ledger
from bot.lifecycle.adopting import InForce
from bot.ops_pages import OpsPages
from bot.policy import FOLDER, PolicyError
from sandbox.server import free_port
from tests.bot.metrics.running import AT, exposition, run


def pages(store: redis.Redis, policy: Callable[[], object] | None = None) -> OpsPages:
    """The pages of one process."""
    return OpsPages(store, policy or InForce(Ledger(store), lambda: AT, FOLDER), exposition(store))


def get(shown: OpsPages, path: str, method: str = "GET") -> tuple[int, str]:
    """Status and text of one page."""
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method}
    status, headers, body = shown.answer(environ)
    assert headers["Content-Type"].startswith("text/plain")
    return status, body.decode()


@pytest.fixture
def away() -> redis.Redis:
    """A store that is not there."""
    return redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))


def test_a_process_that_lives_says_so(store: redis.Redis, away: redis.Redis) -> None:
    """Whatever becomes of the store: starting it anew would not help."""
    assert get(pages(store), "/healthz") == (200, "ok\n")
    assert get(pages(away), "/healthz") == (200, "ok\n")


def test_a_process_that_can_work_is_ready(store: redis.Redis) -> None:
    """A line for each check."""
    assert get(pages(store), "/readyz") == (200, "store: ok\npolicy: ok\n")


def test_readiness_says_that_the_store_is_away(away: redis.Redis) -> None:
    """And every line is one line."""
    status, text = get(pages(away), "/readyz")
    assert status == 503
    store, policy = text.splitlines()
    assert store.startswith("store: it does not answer: ")
    assert policy.startswith("policy: ")


def test_readiness_says_that_the_store_takes_no_writes(store: redis.Redis) -> None:
    """One that can be read and is full would take no approval."""
    shown = pages(store)
    assert get(shown, "/readyz")[0] == 200
    store.config_set("maxmemory", 1)
    try:
        status, text = get(shown, "/readyz")
    finally:
        store.config_set("maxmemory", 0)
    assert status == 503
    assert text.startswith("store: it takes no writes: OOM") or "maxmemory" in text.splitlines()[0]


@pytest.mark.parametrize(
    "error", [Unavailable("No policy is in force."), PolicyError(["No policy is in force."])]
)
def test_readiness_says_that_no_policy_is_in_force(store: redis.Redis, error: Exception) -> None:
    """Nobody could approve anything."""

    def none() -> None:
        raise error

    assert get(pages(store, none), "/readyz") == (503, "store: ok\npolicy: No policy is in force.\n")


def test_the_numbers_are_those_of_the_exposition(store: redis.Redis) -> None:
    """With the content type that Prometheus knows the format by."""
    run(store)
    shown = pages(store)
    environ = {"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET"}
    status, headers, body = shown.answer(environ)
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "cosell_workers" in {family.name for family in text_string_to_metric_families(body.decode())}


def test_no_numbers_without_the_store(away: redis.Redis) -> None:
    """A sentence, and a status by which Prometheus takes the target for down."""
    status, text = get(pages(away), "/metrics")
    assert status == 503
    assert text.startswith("The store does not answer, so nothing can be told: ") and text.count("\n") == 1


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_pages_are_only_read(store: redis.Redis, path: str, method: str) -> None:
    """Whatever else is asked of them is refused, with what would be taken."""
    status, headers, body = pages(store).answer({"PATH_INFO": path, "REQUEST_METHOD": method})
    assert (status, headers["Allow"], body) == (405, "GET", b"only GET\n")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/slack/events", ""])
def test_there_is_nothing_else(store: redis.Redis, path: str) -> None:
    """No other page at this port."""
    assert get(pages(store), path) == (404, "nothing here\n")
