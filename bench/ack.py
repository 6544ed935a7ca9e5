"""Signed approve clicks: the whole handler with its durable claim, against a bare Bolt app that only acks."""

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import redis
from slack_sdk.signature import SignatureVerifier

from bench import load
from bench.figures import Figure
from bench.proposals import open_proposals
from sandbox.server import free_port
from sandbox.world import World

CLICKS = 1500
CONNECTIONS = 50
ROUNDS = 9
PACED = 2000
PER_SECOND = 200.0
BOUND = 0.5


def measure() -> list[Figure]:
    """Requests a second at 50 connections as ratios, in turns; and the latency at a steady 200 clicks a second."""
    with World() as world:
        world.start("serve")
        world.wait_ready()
        store = redis.Redis(port=world.redis_port)
        ids = open_proposals(store, CLICKS * ROUNDS + PACED + 200)
        with _bare(world) as plain_port, _bare(world, BARE_DIRECT="1") as direct_port:
            ports = {"ours": world.port, "plain": plain_port, "direct": direct_port}
            rates: dict[str, list[float]] = {name: [] for name in ports}
            for name, port in ports.items():
                load.run(port, _clicks(world, ids[:100], f"w{name}"), 10)
            for turn in range(ROUNDS):
                mine = ids[200 + turn * CLICKS : 200 + (turn + 1) * CLICKS]
                for name, port in ports.items():
                    result = _whole(load.run(port, _clicks(world, mine, name), CONNECTIONS))
                    rates[name].append(result.rate)
        paced = _whole(load.run(world.port, _clicks(world, ids[-PACED:], "p"), CONNECTIONS, PER_SECOND))
        approved = sum(
            b'"status":"approved"' in (store.hget(f"cosell:proposal:{id}", "state") or b"")
            for id in ids[200:]
        )
    p99 = paced.percentile(0.99)
    expected = CLICKS * ROUNDS + PACED
    return [
        _against("plain", "a bare Bolt app", rates, BOUND),
        _against("direct", "the same with process_before_response", rates, None),
        Figure(
            "approve clicks at 200/s, p99",
            f"{p99 * 1000:.0f} ms",
            "< 250 ms",
            p99 < 0.25,
            f"p50 {paced.percentile(0.5) * 1000:.1f} ms, {paced.answered:,} clicks",
        ),
        Figure(
            "clicks acked and found approved in the ledger",
            f"{approved:,}",
            f"= {expected:,}",
            approved == expected,
            "read back from Redis",
        ),
    ]


def _against(bare: str, what: str, rates: dict[str, list[float]], bound: float | None) -> Figure:
    ratio = statistics.median(m / b for m, b in zip(rates["ours"], rates[bare], strict=True))
    ours, theirs = statistics.median(rates["ours"]), statistics.median(rates[bare])
    return Figure(
        f"approve clicks, 50 connections, against {what}",
        f"{ratio:.2f}×",
        f"≥ {bound:.2f}×" if bound else "for scale",
        ratio >= bound if bound else None,
        f"{ours:,.0f}/s against {theirs:,.0f}/s",
    )


def _whole(result: load.Result) -> load.Result:
    if result.failed:
        raise RuntimeError(f"{result.failed} requests were not answered with 200")
    return result


def _clicks(world: World, ids: list[str], salt: str) -> list[bytes]:
    verifier = SignatureVerifier(world.settings()["SLACK_SIGNING_SECRET"])
    requests = []
    for index, id in enumerate(ids):
        body = urlencode({"payload": json.dumps(_payload(id, f"{salt}{index}"))})
        timestamp = str(int(time.time()))
        signature = verifier.generate_signature(timestamp=timestamp, body=body)
        head = (
            "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        requests.append((head + body).encode())
    return requests


def _payload(id: str, trigger: str) -> dict[str, object]:
    button = {"type": "button", "action_id": "cosell.approve", "block_id": "decide", "value": f"{id}|1"}
    text = "Northwind - fleet telemetry lake. " * 40
    return {
        "type": "block_actions",
        "api_app_id": "A0COSELL",
        "team": {"id": "T0BRIGHT", "domain": "brightlane"},
        "user": {"id": "U0ANA", "username": "ana", "name": "ana", "team_id": "T0BRIGHT"},
        "container": {"type": "message", "message_ts": "1795352000.000200", "channel_id": "C0NORTHWIND"},
        "channel": {"id": "C0NORTHWIND", "name": "deal-northwind"},
        "message": {"type": "message", "ts": "1795352000.000200", "bot_id": "B0COSELL", "text": text},
        "state": {"values": {}},
        "trigger_id": trigger,
        "response_url": "http://127.0.0.1/response",
        "actions": [{**button, "action_ts": "1795352100.1"}],
    }


@contextmanager
def _bare(world: World, **options: str) -> Iterator[int]:
    port = free_port()
    environment = {**os.environ, **world.settings(), **options, "BARE_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "bench.bare"], env=environment)
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    try:
        while datetime.now(UTC) < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()
