"""No secret gets into a log, however it comes there."""

import json
import os
import subprocess
import sys
import time

import pytest

from bot.hiding import HIDDEN, Hiding, secrets_of

WORD = "s3cretS3cretS3cretS3cret"
PEM = f"-----BEGIN PRIVATE KEY-----\nMII{WORD}\n{WORD}==\n-----END PRIVATE KEY-----\n"
SHAPES = [
    f"xoxb-1234567890-{WORD}",
    f"xoxe.xoxp-1-{WORD}",
    f"xapp-1-A1-{WORD}",
    f"https://hooks.slack.com/commands/T1/1/{WORD}",
    "v0=" + "0a" * 32,
    f"Authorization: Bearer {WORD}",
    f"'Authorization': b'Basic {WORD}='",
    f"00D000000000001!AQ{WORD}.x_y",
    f"sid=00D000000000001%21AQ{WORD}",
    f"ya29.{WORD}-x",
    f"eyJhbGciOiJSUzI1NiJ9.eyJ{WORD}.{WORD}-_",
    PEM,
    json.dumps({"private_key": PEM}),
    repr({"private_key": PEM}),
    f"aws_secret_access_key = {WORD}/+x",
    f"<SecretAccessKey>{WORD}</SecretAccessKey>",
    f"<SessionToken>{WORD}//x==</SessionToken>",
    f"x-amz-security-token:{WORD}",
    f'{{"client_secret": "{WORD}", "grant_type": "x"}}',
    f"grant_type=jwt&assertion={WORD}&x=1",
    f"redis://:{WORD}@store:6379/0 refused",
    f"rediss://bot:{WORD}@store:6379/0 refused",
]


@pytest.mark.parametrize("text", SHAPES)
def test_what_has_the_shape_of_a_secret_is_hidden(text: str) -> None:
    """Tokens, keys, signatures and passwords of every system we talk to are taken out of a text."""
    hidden = Hiding().text(f"it said {text!s} at last")
    assert HIDDEN in hidden
    assert "s3cret" not in hidden
    assert "0a0a" not in hidden
    assert hidden.startswith("it said ")
    assert hidden.endswith(" at last")


@pytest.mark.parametrize(
    "text",
    [
        "proposal.approved prp_01JD7 by U0ANA version 2",
        "https://brightlane.my.salesforce.com/lightning/r/Opportunity/006000000000001AAA/view",
        "Salesforce refused the change: A rule of this organization forbids it.",
        "redis://store:6379/0 refused",
        "arn:aws:sts::123456789012:assumed-role/cosell/ana.costa@brightlane.example",
        "The bearer of bad news, and basic needs",
        "2029-11-24T21:00:00+00:00 0.25 S-0051001 O7100001",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Ids, addresses and sentences can be read in the log."""
    assert Hiding().text(text) == text


def test_known_values_are_hidden_wherever_they_are() -> None:
    """A secret without a shape of its own is hidden by its value; the longer of two first; short ones never."""
    hiding = Hiding(["0123456789abcdef", "0123456789abcdef0123", "on"])
    assert hiding.text("is 0123456789abcdef0123 on? 0123456789abcdef") == f"is {HIDDEN} on? {HIDDEN}"


def test_values_of_every_form_are_searched() -> None:
    """Nested values, names, bytes and things that only have a repr."""
    token = f"xoxb-1-{WORD}"
    event = {
        "a": [{token: (token, 1)}],
        "b": token.encode(),
        "c": ValueError(token),
        "d": {token},
        "e": None,
        "f": 1.5,
    }
    hidden = Hiding()(None, "info", event)
    assert "s3cret" not in json.dumps(hidden)
    assert (hidden["e"], hidden["f"]) == (None, 1.5)


@pytest.mark.parametrize(
    "piece", ["a", "a://b", "token ", "bearer ", "-----BEGIN ", "eyJaaaaaa.", "\\n", "password=", "xoxb-"]
)
def test_a_long_text_is_searched_in_a_moment(piece: str) -> None:
    """Whatever somebody gets logged, the search takes time in proportion to its length."""
    began = time.process_time()
    Hiding().text(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 2


def test_the_environments_secrets_are_known_by_their_names() -> None:
    """Whatever is called a secret, token or password is one; the path of a key file is not."""
    assert secrets_of(
        {
            "SLACK_SIGNING_SECRET": "1",
            "SLACK_BOT_TOKEN": "2",
            "AWS_SECRET_ACCESS_KEY": "3",
            "SIGN_IN_CLIENT_SECRET": "4",
            "SALESFORCE_PRIVATE_KEY_FILE": "5",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "6",
            "PORT": "7",
        }
    ) == ["1", "2", "3", "4"]


LOGS = f"""
import logging
import sys
import threading
import structlog
from bot import log

other = logging.getLogger("other")
early = logging.StreamHandler(sys.stderr)  # such as gunicorn's own
early.setFormatter(logging.Formatter("early %(message)s"))
other.addHandler(early)
log.configure(secrets=["0123456789abcdef"])
token = "xoxb-1-{WORD}"

def broken():
    raise ValueError("it broke with " + token + " and 0123456789abcdef")

structlog.get_logger().info("it.said", token=token, inner={{"why": [token]}})
other.warning("it said %s and %s", token, "0123456789abcdef")
try:
    broken()
except ValueError as error:
    structlog.get_logger().exception("it.broke", why=error)
    other.exception("it broke")
thread = threading.Thread(target=broken)
thread.start()
thread.join()
broken()
"""


@pytest.mark.slow
def test_every_way_into_the_log_is_guarded() -> None:
    """Our lines, other libraries' with handlers of their own, tracebacks, threads, and what nobody caught."""
    ended = subprocess.run(
        [sys.executable, "-c", LOGS], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "s3cret" not in ended.stderr
    assert "0123456789abcdef" not in ended.stderr
    lines = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    others = [f"it said {HIDDEN} and {HIDDEN}", "it broke"]
    assert [line["event"] for line in lines] == [
        *("it.said", others[0], "it.broke", others[1], "process.broke", "process.broke")
    ]
    assert all(HIDDEN in json.dumps(line) for line in lines)
    assert f"early it said {HIDDEN} and {HIDDEN}" in ended.stderr
    assert ended.stderr.count("Traceback") == 1  # by the handler that was there early


# -- what every line says ---------------------------------------------------------------------------------------------

LINES = """
import logging
import threading
import warnings
import structlog
from bot import log, tracing
from bot.pool import Pool

log.configure()
ours, theirs = structlog.get_logger(), logging.getLogger("urllib3.connectionpool")
with tracing.about(proposal="prp_1", job="carry_out"):
    ours.info("it.said")
    theirs.warning("Retrying %s", 2)
    theirs.info("not asked for")
    warnings.warn("this is old", UserWarning, stacklevel=1)
    with Pool(1) as pool:
        pool.submit(ours.info, "read.there").result()
        list(pool.map(theirs.error, ["read here"]))
ours.info("it.ended", proposal="prp_2")
theirs.warning("%d of %s", "not a number", {"client_secret": "abcdefghijklmnop"})
"""


@pytest.mark.slow
def test_every_line_is_an_object_that_says_what_it_is_about() -> None:
    """Ours and other libraries', of the thread at work and of those it asks; and none is lost for being ill-formed."""
    ended = subprocess.run(
        [sys.executable, "-c", LINES], capture_output=True, text=True, timeout=60, check=False
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 0
    said = [line["event"] for line in lines]
    assert said[:2] + said[3:-1] == ["it.said", "Retrying 2", "read.there", "read here", "it.ended"]
    assert "this is old" in said[2]
    assert [line.get("proposal") for line in lines] == ["prp_1"] * 5 + ["prp_2", None]
    assert [line.get("job") for line in lines] == ["carry_out"] * 5 + [None] * 2
    assert all({"level", "timestamp"} <= line.keys() for line in lines)
    assert [line.get("logger") for line in lines[1:3]] == ["urllib3.connectionpool", "py.warnings"]
    assert "not a number" in said[-1]
    assert HIDDEN in said[-1]
    assert "abcdefghijklmnop" not in ended.stderr


TRACED = """
import logging
import structlog
from bot import log, tracing

log.configure()
tracing.configure("worker")
with tracing.arriving("press") as span, tracing.about(proposal="prp_1"):
    structlog.get_logger().info("it.said", traceparent=tracing.traceparent())
    logging.getLogger("other").warning("it said")
tracing._sending = None
structlog.get_logger().info("it.ended", key="abcdefghijkl")
"""


@pytest.mark.slow
def test_while_a_trace_is_recorded_every_line_names_it() -> None:
    """So that a line leads to its trace and back; the key that the exporter sends is hidden as any secret."""
    ended = subprocess.run(
        [sys.executable, "-c", TRACED],
        env={
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
            "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=abcdefghijkl",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    _, ours, theirs, last = lines
    _, trace, span, _ = ours["traceparent"].split("-")
    assert {(line["trace_id"], line["span_id"], line["proposal"]) for line in (ours, theirs)} == {
        (trace, span, "prp_1")
    }
    assert "trace_id" not in last
    assert last["key"] == HIDDEN
