"""Traces follow a proposal from the press to the result, to a real receiver, and say nothing of deals or people."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from typing import Any

import pytest
import redis
import structlog
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot import tracing
from bot.handlers import at_hand
from bot.jobs import Queue
from bot.ledger import Ledger
from bot.lifecycle import carry_out
from bot.lifecycle.jobs import Job
from bot.pool import Pool
from bot.proposal import Status
from sandbox.server import free_port
from tests.bot.factory import NOW, deal, proposal
from tests.bot.otlp_receiver import Receiver, receiver

log = structlog.get_logger()

SERVER, CLIENT, CONSUMER = 2, 3, 5


@pytest.fixture(autouse=True)
def untraced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No exporter is configured when a test begins, and nothing is recorded when it has ended."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    yield
    tracing.stop()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver, and an environment that points at it."""
    with receiver() as listening:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", listening.url)
        yield listening


# -- where nothing is configured --------------------------------------------------------------------------------------

IDLE = """
import sys
from bot import tracing
tracing.configure("worker")
with tracing.arriving("a"), tracing.about(proposal="prp_1"), tracing.span("b") as span:
    span.note(c=1)
    assert (tracing.traceparent(), dict(tracing.ids())) == (None, {})
tracing.stop()
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf", "requests"))])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_SERVICE_NAME": "cosell"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
    ids=["nothing set", "no endpoint", "switched off", "no exporter"],
)
def test_unless_configured_nothing_is_loaded(variables: dict[str, str]) -> None:
    """Not a module of OpenTelemetry, and spans cost nothing but their call."""
    ended = subprocess.run(
        [sys.executable, "-c", IDLE],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.stdout.strip(), ended.stderr) == ("[]", "")


def test_unless_configured_a_job_carries_nothing(store: redis.Redis, redis_port: int) -> None:
    """What is handed in is what it always was."""
    Queue(redis.Redis(port=redis_port)).send(Job.SHOW, id="prp_1")
    (kept,) = store.hvals("cosell:jobs:cosell.msgs")
    assert b"traceparent" not in kept


# -- spans ------------------------------------------------------------------------------------------------------------


def test_spans_come_to_the_receiver_as_one_tree(collector: Receiver) -> None:
    """With their names, kinds and attributes, below each other, of this service."""
    tracing.configure("worker")
    with tracing.arriving("press"), tracing.about(proposal="prp_1", kind="update_opportunity", user="U0ANA"):
        with tracing.span("GET", **{"http.request.method": "GET"}) as asking:
            asking.note(**{"http.response.status_code": 200})
        with tracing.span("write"):
            pass
    tracing.stop()
    (press,), (get,), (write,) = collector.named("press"), collector.named("GET"), collector.named("write")
    about = {"cosell.proposal": "prp_1", "cosell.kind": "update_opportunity"}
    assert (press.kind, press.parent, press.attributes) == (SERVER, "", about)
    assert (get.kind, get.parent, get.trace) == (CLIENT, press.id, press.trace)
    assert get.attributes == about | {
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }
    assert (write.parent, write.attributes) == (press.id, about)
    assert press.resource["service.name"] == "cosell-worker"
    assert press.resource["cosell.process"] == "worker"


def test_a_span_stays_about_what_it_was_begun_for(collector: Receiver) -> None:
    """What a proposal leads to on the way, such as the next one, has spans of its own."""
    tracing.configure("worker")
    with tracing.arriving("job"), tracing.about(proposal="prp_1"), tracing.span("tell"):
        with tracing.about(proposal="prp_2"), tracing.span("draw"):
            pass
        with tracing.span("told"):
            pass
    tracing.stop()
    about = {span.name: span.attributes["cosell.proposal"] for span in collector.spans}
    assert about == {"job": "prp_1", "tell": "prp_1", "draw": "prp_2", "told": "prp_1"}


@pytest.mark.parametrize(
    "variable", [("OTEL_SERVICE_NAME", "ours"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=ours")]
)
def test_the_service_is_named_as_opentelemetry_says(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch, variable: tuple[str, str]
) -> None:
    """Its own variables come before our name for the process."""
    monkeypatch.setenv(*variable)
    tracing.configure("clock")
    with tracing.span("tick"):
        pass
    tracing.stop()
    (tick,) = collector.spans
    assert (tick.resource["service.name"], tick.resource["cosell.process"]) == ("ours", "clock")


def test_an_endpoint_for_traces_alone_is_enough(collector: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken as it is, before the one for everything."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/v1/traces")
    tracing.configure("web")
    with tracing.span("a"):
        pass
    tracing.stop()
    assert [span.name for span in collector.spans] == ["a"]


def test_a_sampler_of_opentelemetrys_is_heeded(collector: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it says never, the log still knows which trace a line would be of, and nothing is sent."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    tracing.configure("web")
    with tracing.arriving("a"):
        assert int((tracing.traceparent() or "").rpartition("-")[2], 16) & 1 == 0
    tracing.stop()
    assert collector.bodies == []


def test_an_exception_goes_on_and_leaves_its_type_alone(collector: Receiver) -> None:
    """What it says may quote a vendor or name a person; neither its words nor its traceback are sent."""
    tracing.configure("worker")
    with pytest.raises(ValueError, match="Northwind"), tracing.span("read"):
        raise ValueError("Northwind pays 120000 to ana@brightlane.example")
    tracing.stop()
    (read,) = collector.spans
    assert (read.failed, read.attributes, read.events) == (True, {"error.type": "ValueError"}, 0)
    assert b"Northwind" not in collector.bodies[0]


@pytest.mark.parametrize(
    "value",
    [
        "ana.costa@brightlane.example",
        "/calendars/ana%40brightlane.example/events",
        "Northwind Traders",
        "SELECT Amount FROM Opportunity WHERE Name='x'",
        "https://host/query?q=1",
        "Grüße",
        "",
    ],
)
def test_what_is_more_than_a_name_of_ours_is_withheld(collector: Receiver, value: str) -> None:
    """Whoever puts it there by mistake, as an attribute or as a name."""
    tracing.configure("worker")
    with tracing.span("read", **{"url.path": value}) as read:
        read.note(also=value)
    tracing.stop()
    (span,) = collector.spans
    assert span.attributes == {"url.path": tracing.WITHHELD, "also": tracing.WITHHELD}


@pytest.mark.parametrize(
    "value", ["prp_01jd7", "006000000000001AAA", "/services/data/v60.0/query", "O7100001", "a1-b2:c3", "{id}"]
)
def test_ids_and_paths_are_sent(collector: Receiver, value: str) -> None:
    """They are what a trace is read by."""
    tracing.configure("worker")
    with tracing.span("read", **{"url.path": value}):
        pass
    tracing.stop()
    assert collector.spans[0].attributes == {"url.path": value}


# -- from one thread and process to the next --------------------------------------------------------------------------


def test_threads_of_a_pool_are_part_of_what_handed_it_to_them(collector: Receiver) -> None:
    """By ``submit`` and by ``map``, at once, each under its own."""
    tracing.configure("worker")
    barrier = threading.Barrier(4)

    def read(_: int) -> str:
        barrier.wait(10)
        with tracing.span("read"):
            return str(structlog.contextvars.get_contextvars().get("proposal"))

    def carry_out(id: str) -> list[str]:
        with tracing.arriving("job"), tracing.about(proposal=id):
            return [pool.submit(read, 0).result(), *inner.map(read, range(0))]

    with Pool(4) as pool, Pool(4) as inner, Pool(4) as jobs:
        done = list(jobs.map(carry_out, [f"prp_{n}" for n in range(4)]))
    tracing.stop()
    assert done == [[f"prp_{n}"] for n in range(4)]
    owners = {span.id: span.attributes["cosell.proposal"] for span in collector.named("job")}
    reads = collector.named("read")
    assert {span.attributes["cosell.proposal"] for span in reads} == {f"prp_{n}" for n in range(4)}
    assert all(owners[span.parent] == span.attributes["cosell.proposal"] for span in reads)


@given(st.lists(st.sampled_from(["prp_1", "prp_2", ""]), max_size=20))
def test_a_thread_of_a_pool_keeps_nothing_from_what_it_did_before(asked: list[str]) -> None:
    """Whatever was handed to it in whatever order: each sees its own, and none another's."""

    def seen() -> Any:
        return structlog.contextvars.get_contextvars().get("proposal")

    with Pool(1) as pool:
        for id in asked:
            with tracing.about(proposal=id) if id else nullcontext():
                assert pool.submit(seen).result() == (id or None)


def test_a_pool_passes_on_what_is_raised() -> None:
    """As every pool does."""

    def broken() -> None:
        raise KeyError("x")

    with Pool(1) as pool, pytest.raises(KeyError):
        pool.submit(broken).result()


def test_a_timer_is_part_of_what_it_was_set_for() -> None:
    """The card that is drawn while a write takes long is drawn for that write."""
    seen, drawn = [], threading.Event()

    def show(_: str) -> None:
        seen.append(structlog.contextvars.get_contextvars().get("proposal"))
        drawn.set()

    with tracing.about(proposal="prp_1"), carry_out._after(0.001, show, "prp_1"):
        assert drawn.wait(10)
    assert seen == ["prp_1"]


PRESS = {"type": "block_actions", "user": {"id": "U0ANA"}, "team": {"id": "T0"}, "trigger_id": "1"}
FORM = {"type": "view_submission", "user": {"id": "U0ANA"}, "team": {"id": "T0"}}


@pytest.mark.parametrize(
    ("body", "name", "about"),
    [
        (
            {**PRESS, "actions": [{"action_id": "cosell.approve", "value": "prp_1|3"}]},
            "block_actions cosell.approve",
            "prp_1",
        ),
        (
            {
                **FORM,
                "view": {"type": "modal", "callback_id": "cosell.edit", "private_metadata": "prp_2|1|C1"},
            },
            "view_submission cosell.edit",
            "prp_2",
        ),
        (
            {**PRESS, "actions": [{"action_id": "cosell.approve", "value": "aws|Northwind|001"}]},
            "block_actions cosell.approve",
            None,
        ),
        ({**PRESS, "actions": [{"action_id": "cosell.approve"}]}, "block_actions cosell.approve", None),
    ],
    ids=["a press", "a form", "a press on something else", "a press without a value"],
)
@pytest.mark.parametrize("breaks", [False, True], ids=["goes well", "breaks"])
def test_what_is_said_of_a_press_names_its_proposal(
    collector: Receiver, body: dict[str, Any], name: str, about: str | None, breaks: bool
) -> None:
    """By the listener and by the answer to what went wrong in it; what comes afterwards is about nothing."""
    tracing.configure("web")
    bolt = App(
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T0", bot_token="xoxb-1"),
        request_verification_enabled=False,
        process_before_response=True,
    )
    at_hand.register(bolt)

    def listener(ack: Ack) -> None:
        log.info("heard")
        if breaks:
            raise KeyError("Northwind")
        ack()

    bolt.action("cosell.approve")(listener)
    bolt.view("cosell.edit")(listener)

    @bolt.error
    def answer(error: Exception) -> BoltResponse:
        tracing.current().failed(error)
        log.info("answered")
        return BoltResponse(status=503)

    with capture_logs([merge_contextvars]) as said:
        status = bolt.dispatch(BoltRequest(body=body, mode="socket_mode")).status
        log.info("afterwards")
    tracing.stop()
    ours = [(one["event"], one.get("proposal")) for one in said if one["event"] != "tracing.on"]
    expected = [("heard", about), *([("answered", about)] if breaks else []), ("afterwards", None)]
    assert (status, ours) == (503 if breaks else 200, expected)
    (span,) = collector.spans
    assert (span.name, span.parent, span.failed) == (name, "", breaks)
    assert span.attributes.get("cosell.proposal") == about
    assert b"Northwind" not in collector.bodies[0]


@pytest.fixture
def worker(store: redis.Redis, redis_port: int) -> Iterator[Any]:
    """Starts workers; all are stopped at the end."""
    with ExitStack() as stack:

        def start(job: Job, does: Any) -> None:
            one = Queue(redis.Redis(port=redis_port)).work({job: does}, 1)
            one.start()
            stack.callback(one.stop, timeout=5000)

        yield start


def test_a_job_is_under_the_press_that_handed_it_in(
    collector: Receiver, store: redis.Redis, redis_port: int, worker: Any
) -> None:
    """By itself or with a step of the record; it is the same trace, in the words of the W3C."""
    tracing.configure("web")
    line, ledger = Queue(redis.Redis(port=redis_port)), Ledger(store)
    kept = ledger.open(proposal(), deal())
    assert kept is not None
    declined = kept.proposal.becomes(Status.DECLINED, ended_at=NOW)
    with tracing.arriving("press"), tracing.about(proposal=declined.id):
        handover = line.handover(Job.SHOW, id=declined.id)
        ledger.move(kept, declined, "proposal.declined", "U0ANA", handover=handover)
    with tracing.arriving("another press"):
        line.send(Job.SHOW, id="prp_2")
    worker(Job.SHOW, lambda id: log.info("shown", shown=id))
    line.broker.join("cosell", timeout=10_000)
    tracing.stop()
    (press,), (another,) = collector.named("press"), collector.named("another press")
    jobs = {span.attributes["cosell.proposal"]: span for span in collector.named("process show")}
    assert {id: (job.trace, job.parent) for id, job in jobs.items()} == {
        declined.id: (press.trace, press.id),
        "prp_2": (another.trace, another.id),
    }
    shown = jobs[declined.id]
    assert (shown.kind, shown.attributes["messaging.destination.name"]) == (CONSUMER, "cosell")
    (step,) = collector.named("ledger proposal.declined")
    assert (step.kind, step.parent, step.attributes["db.system.name"]) == (CLIENT, press.id, "redis")


@pytest.mark.parametrize("words", ["", "nonsense", "00-0-0-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_job_whose_trace_cannot_be_read_begins_its_own(collector: Receiver, words: str) -> None:
    """Whatever an older or newer process put there."""
    tracing.configure("worker")
    with tracing.handed_in("process show", words):
        pass
    tracing.stop()
    (span,) = collector.spans
    assert span.parent == ""


# -- the receiver -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("how", ["down", "refusing", "silent"])
def test_a_receiver_that_does_not_take_spans_holds_up_nothing(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The work goes on at its pace, the log says it once, and the end waits for two seconds at most."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "30" if how == "silent" else "2")
    if how == "down":
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    collector.status = 400
    if how == "silent":
        collector.answers.clear()
    tracing.configure("worker")
    with capture_logs() as said:
        began = time.monotonic()
        for _ in range(5000):
            with tracing.span("work"):
                pass
        assert time.monotonic() - began < 5
        if how != "silent":
            wait_for = time.monotonic() + 10
            while not said and time.monotonic() < wait_for:
                threading.Event().wait(0.01)
            for _ in range(5):
                with tracing.span("work"):
                    pass
                threading.Event().wait(0.02)
        began = time.monotonic()
        tracing.stop()
        assert time.monotonic() - began < 3
    told = [line["event"] for line in said]
    assert told == ([] if how == "silent" else ["tracing.not_sent"])
    if how != "silent":
        assert {"down": "refused", "refusing": "400"}[how] in said[0]["why"]


def test_a_receiver_that_comes_back_is_sent_to_again(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the log says that too, once."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
    tracing.configure("worker")
    pause = threading.Event()

    def until(event: str) -> None:
        deadline = time.monotonic() + 10
        while event not in [line["event"] for line in said]:
            assert time.monotonic() < deadline
            with tracing.span("work"):
                pass
            pause.wait(0.01)

    with capture_logs() as said:
        collector.status = 400
        until("tracing.not_sent")
        collector.status = 200
        until("tracing.sent_again")
        tracing.stop()
    assert [line["event"] for line in said] == ["tracing.not_sent", "tracing.sent_again"]
    assert collector.named("work")


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT is no address"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://"}, "OTEL_EXPORTER_OTLP_ENDPOINT is no address"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:port"}, "OTEL_EXPORTER_OTLP_ENDPOINT is no address"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "x"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no address"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is grpc"),
    ],
)
def test_settings_that_cannot_be_used_are_told_and_stop_nothing(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], why: str
) -> None:
    """One line says which variable is wrong; the work goes on without traces."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with capture_logs() as said:
        tracing.configure("worker")
        with tracing.span("work"):
            pass
    (line,) = said
    assert (line["event"], line["log_level"]) == ("tracing.off", "warning")
    assert why in line["why"]
    assert collector.bodies == []


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TIMEOUT"])
def test_settings_that_can_be_done_without_are(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The exporter takes its default instead, and spans are sent."""
    monkeypatch.setenv(variable, "nonsense")
    tracing.configure("worker")
    with tracing.span("work"):
        pass
    tracing.stop()
    assert [span.name for span in collector.spans] == ["work"]


def test_the_keys_that_an_exporter_sends_are_secrets() -> None:
    """Whatever stands in the headers of either variable."""
    said = {
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=abcdefghijkl, x=y=z",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "k=1",
    }
    assert sorted(tracing.secrets_of(said)) == ["1", "abcdefghijkl", "y=z"]
