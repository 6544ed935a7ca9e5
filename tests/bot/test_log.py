"""No secret gets into a log, however it comes there."""

import json
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
    assert [line["event"] for line in lines] == ["it.said", "it.broke", "process.broke", "process.broke"]
    assert all(HIDDEN in json.dumps(line) for line in lines)
    assert f"early it said {HIDDEN} and {HIDDEN}" in ended.stderr
    assert ended.stderr.count("Traceback") == 2  # the other library's, by its two handlers
