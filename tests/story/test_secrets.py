"""No secret leaves by a side door: logs, ledger, queue, Slack and error messages are searched for planted ones."""

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import redis

from bot.hiding import HIDDEN
from bot.proposal import Status
from bot.settings import Settings
from sandbox.server import Fault, Request, StandIn
from sandbox.world import World
from tests.story.conftest import CHANNEL, Bot, referral

PIECE = 16
"""Characters of a secret that must not be found in a row."""
STORE_RIGHTS = "cosell on >{} ~cosell:* ~ +@all -@admin -@dangerous +config|get +info"
"""What the bot needs of the store (docs/security.md, "Data")."""


def mark(prefix: str = "") -> str:
    """A secret that is nowhere else."""
    return prefix + secrets.token_hex(24)


class Planted:
    """The secrets of one run, by name; ``found`` tells which of them a text holds."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._pieces: dict[str, str] = {}

    def plant(self, name: str, value: str) -> str:
        """Take note of a secret: of every piece of it, plain, in base64 and URL-encoded."""
        self.values[name] = value
        for form in _forms(value):
            for start in range(len(form) - PIECE + 1):
                self._pieces[form[start : start + PIECE]] = name
        return value

    def found(self, text: str) -> set[str]:
        """The names of those that are in it."""
        pieces = {text[start : start + PIECE] for start in range(len(text) - PIECE + 1)}
        return {self._pieces[piece] for piece in pieces & self._pieces.keys()}


def _forms(value: str) -> Iterator[str]:
    for line in value.splitlines():
        if line.startswith("-----"):
            continue  # the frame of a PEM file is no secret
        yield line
        yield quote(line, safe="")
        for before in range(3):  # base64 looks different at each place that it may begin at
            encoded = base64.b64encode(bytes(before) + line.encode()).decode()[4 if before else 0 : -4]
            yield encoded
            yield encoded.replace("+", "-").replace("/", "_")


def environment_of(world: World, planted: Planted) -> dict[str, str]:
    """The settings that point at a world, each secret one with a planted value that the stand-in knows."""
    world.slack.bot_token = planted.plant("SLACK_BOT_TOKEN", mark("xoxb-"))
    world.slack.signing_secret = planted.plant("SLACK_SIGNING_SECRET", mark())
    password = planted.plant("REDIS_URL", mark())
    rights = STORE_RIGHTS.format(password).split()
    store = redis.Redis(port=world.redis_port)
    store.execute_command("ACL", "SETUSER", *rights)  # type: ignore[no-untyped-call]  # redis
    planted.plant("SALESFORCE_PRIVATE_KEY_FILE", (world.folder / "salesforce.pem").read_text())
    google = json.loads((world.folder / "google.json").read_text())
    planted.plant("GOOGLE_APPLICATION_CREDENTIALS", google["private_key"])
    environment = world.settings() | {
        "SLACK_BOT_TOKEN": world.slack.bot_token,
        "SLACK_SIGNING_SECRET": world.slack.signing_secret,
        "REDIS_URL": f"redis://cosell:{password}@127.0.0.1:{world.redis_port}/0",
        "AWS_SECRET_ACCESS_KEY": planted.plant("AWS_SECRET_ACCESS_KEY", mark()),
        "AWS_ENDPOINT_URL_STS": world.partner_central.url,
        "ACE_ROLE_ARN": "arn:aws:iam::123456789012:role/cosell",
        "WEB_WORKERS": "1",
    }
    for name, field in Settings.model_fields.items():
        if "SecretStr" in str(field.annotation) and name.upper() not in planted.values:
            environment[name.upper()] = planted.plant(name.upper(), mark())
    return environment


def plant_what_was_handed_out(world: World, planted: Planted) -> None:
    """Take note of every access token, session token and signed assertion that any stand-in has seen."""
    for stand_in in world.stand_ins:
        for request in list(stand_in.requests):
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme == "Bearer" and token not in planted.values.values():
                planted.plant(f"access token of {stand_in.name}", token)
            if session := request.headers.get("x-amz-security-token"):
                planted.plant("session token of AWS", session)
            if "assertion=" in (form := request.body.decode(errors="replace")):
                assertion = unquote(form.partition("assertion=")[2].partition("&")[0])
                planted.plant(f"signature of an assertion to {stand_in.name}", assertion.rpartition(".")[2])


def told(request: Request) -> str:
    """All that a stand-in was sent, but for the place where a credential belongs."""
    headers = {k: v for k, v in request.headers.items() if k not in ("authorization", "x-amz-security-token")}
    form = request.body.decode(errors="replace")
    body = "" if "assertion=" in form else form  # of the token endpoint, for which it was made
    return f"{request.line} {headers} {body}"


def kept(store: redis.Redis) -> Iterator[str]:
    """Every key of the store with all that is in it."""
    readers: dict[Any, Any] = {
        b"string": store.get,
        b"hash": store.hgetall,
        b"list": partial(store.lrange, start=0, end=-1),
        b"set": store.smembers,
        b"zset": partial(store.zrange, start=0, end=-1, withscores=True),
        b"stream": store.xrange,
    }
    for key in store.scan_iter(count=1000):
        yield f"{key!r}: {readers[store.type(key)](key)!r}"


def run(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A run of the command line to its end."""
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def echo(monkeypatch: pytest.MonkeyPatch, stand_in: StandIn, planted: Planted, body: Any) -> None:
    """Make a vendor that fails with a 500 say back every secret there is."""

    def error(_: Fault) -> tuple[int, dict[str, str], bytes]:
        said = " ".join(planted.values.values())
        return 500, {"content-type": "application/json"}, json.dumps(body(said)).encode()

    monkeypatch.setattr(stand_in, "error", error)


@pytest.mark.slow
def test_no_secret_is_in_logs_ledger_queue_or_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deals' writes and everything that breaks on purpose leave no piece of a secret anywhere."""
    planted = Planted()
    issue = secrets.token_hex
    monkeypatch.setattr(secrets, "token_hex", lambda size=None: _handed_out(planted, issue, size))
    for name in [n for n in os.environ if n.startswith(("AWS_", "SLACK_", "SALESFORCE_", "ACE_"))]:
        monkeypatch.delenv(name)
    with World() as world:
        environment = environment_of(world, planted)
        for part in ("serve", "worker", "clock"):
            world.start(part, **environment)
        world.wait_ready()
        store = redis.Redis.from_url(environment["REDIS_URL"])
        bot = Bot(world, store)
        bot.link()
        _play(bot)
        plant_what_was_handed_out(world, planted)
        _break(bot, planted, monkeypatch)
        plant_what_was_handed_out(world, planted)
        audit = run(environment, "audit", "show")
        world.stop_all()
        for part in ("serve", "worker", "clock"):
            assert HIDDEN not in world.log(part), f"{part} logged a secret, and only the last defence hid it"
        places = {
            "store": "\n".join(kept(store)),
            "audit show": audit.stdout + audit.stderr,
            "answers to Slack": "\n".join(str(d.response) for d in world.slack.deliveries),
            **{path.name: path.read_text(errors="replace") for path in world.folder.glob("*.log")},
            **{f"sent to {s.name}": "\n".join(map(told, s.requests)) for s in world.stand_ins},
            "what the store ever wrote": "".join(
                path.read_bytes().decode("latin-1") for path in (world.folder / "redis").rglob("*.aof")
            ),
        }
        assert all(places.values())
        assert "listener.broke" in places["serve.log"]
        assert {place: names for place, text in places.items() if (names := planted.found(text))} == {}


def _handed_out(planted: Planted, issue: Any, size: int | None) -> str:
    """What STS makes up: the secret keys and session tokens of the roles it lets the bot be."""
    made: str = issue(size)
    if size in (20, 40):
        planted.plant(f"AWS session {len(planted.values)}", made)
    return made


def _play(bot: Bot) -> None:
    """A score and a referral, each approved and done."""
    bot.say("P2B came back at 82")
    score = bot.shown("update_opportunity")
    bot.approve(score)
    assert bot.ended(score).status is Status.DONE
    card = referral(bot)
    bot.approve(card)
    assert bot.ended(card, 40).status is Status.DONE


def _break(bot: Bot, planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can go wrong around a secret, once."""
    world, slack = bot.world, bot.slack
    right = slack.signing_secret
    slack.signing_secret = mark()
    assert bot.command("status").status == 401
    slack.signing_secret = right
    user = {"id": "U0ANA", "team_id": slack.team_of("U0ANA")}
    press = {"type": "block_actions", "user": user, "channel": {"id": CHANNEL}, "trigger_id": "1.2.3"}
    assert slack.interact({**press, "actions": [{"action_id": "cosell.link"}]}).status == 503

    world.salesforce.expire_sessions()
    world.calendar.forget_tokens()
    echo(monkeypatch, world.salesforce, planted, lambda said: [{"message": said, "errorCode": said}])
    echo(monkeypatch, world.calendar, planted, lambda said: {"error": {"code": 500, "message": said}})
    echo(monkeypatch, slack, planted, lambda said: {"ok": False, "error": said})
    world.salesforce.fault("query", status=500, times=4)
    slack.fault("users.info", status=500, times=2)
    bot.say("Set next step to 'Send the order form'")
    step = bot.wait(lambda: next((p for p in bot.proposals("update_opportunity") if _next_step(p)), None), 30)
    step = bot.wait(lambda: now if (now := bot.now(step)).card_ts else None, 60)
    world.salesforce.fault("PATCH", status=500)
    bot.approve(step)
    assert bot.ended(step, 60).status in (Status.DONE, Status.UNVERIFIED, Status.FAILED)

    bot.say("Let's set up a joint call with Pat next week, 45 minutes.")
    meeting = bot.shown("schedule_meeting")
    world.calendar.fault("events.insert", status=500)
    bot.approve(meeting)
    assert bot.ended(meeting, 60).status in (Status.DONE, Status.UNVERIFIED, Status.FAILED)


def _next_step(proposal: Any) -> bool:
    return "next_step" in proposal.payload["values"]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Settings that are sound, with planted secrets, and nothing that answers."""
    for name in ("salesforce.pem", "google.json"):
        (tmp_path / name).write_text("{}")
    return {
        "SLACK_BOT_TOKEN": mark("xoxb-"),
        "SLACK_SIGNING_SECRET": mark(),
        "SLACK_APP_TOKEN": mark("xapp-"),
        "SALESFORCE_CLIENT_ID": "consumer",
        "SALESFORCE_PRIVATE_KEY_FILE": str(tmp_path / "salesforce.pem"),
        "SALESFORCE_USERNAME": "bot@example.com",
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "google.json"),
        "REDIS_URL": f"redis://:{mark()}@127.0.0.1:9/0",
        "AWS_SECRET_ACCESS_KEY": mark(),
        "COSELL_CONFIG": "",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"PORT": "{}"}, id="a secret where a number belongs"),
        pytest.param({"ACE_CATALOG": "{}"}, id="a secret where a choice belongs"),
        pytest.param({"SALESFORCE_LOGIN_URL": "user:{}@host"}, id="a password in what is no address"),
        pytest.param({"REDIS_URL": "redis//:{}@127.0.0.1"}, id="an address of the store that is none"),
        pytest.param(
            {"SALESFORCE_PRIVATE_KEY_FILE": "-----BEGIN PRIVATE KEY-----{}"},
            id="a key where its file belongs",
        ),
        pytest.param({}, id="a store that does not answer"),
    ],
)
def test_a_start_that_fails_tells_no_secret(files: dict[str, str], wrong: dict[str, str]) -> None:
    """What stops the start is told in words, without the value that is wrong."""
    planted = Planted()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        planted.plant(name, files[name])
    planted.plant("REDIS_URL", files["REDIS_URL"].partition("@")[0].rpartition(":")[2])
    misplaced = {name: value.format(planted.plant(name, mark())) for name, value in wrong.items()}
    ended = run({**files, **misplaced}, "audit", "show")
    said = ended.stdout + ended.stderr
    assert ended.returncode == (2 if wrong else 1)
    assert said
    assert all(name in said for name in wrong)
    assert planted.found(said) == set()


def test_the_settings_show_no_secret(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever prints the settings, or puts them in a message, prints none of the SecretStr ones."""
    for name, value in files.items():
        monkeypatch.setenv(name, value)
    planted = Planted()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"):
        planted.plant(name, files[name])
    settings = Settings()
    assert (
        planted.found(f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}")
        == set()
    )


BREAKS = """
import sys
import logging
import structlog
from bot import log
from bot.settings import load

def start(settings):
    token = settings.slack_bot_token.get_secret_value()
    address = settings.redis_url.get_secret_value()
    raise ValueError("it broke")

log.configure()
settings = load()
try:
    start(settings)
except ValueError:
    structlog.get_logger().exception("it.broke", settings=settings)
    logging.getLogger("other").exception("it broke with %r", settings)
start(settings)
"""


@pytest.mark.slow
def test_a_traceback_shows_no_secret(files: dict[str, str]) -> None:
    """An exception with the settings in its frames is logged without them: caught, by a library, and by nobody."""
    planted = Planted()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        planted.plant(name, files[name])
    planted.plant("REDIS_URL", files["REDIS_URL"].partition("@")[0].rpartition(":")[2])
    ended = subprocess.run(
        [sys.executable, "-c", BREAKS],
        env={**os.environ, **files},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stderr.count("it broke") >= 4
    assert "process.broke" in ended.stderr
    assert planted.found(ended.stdout + ended.stderr) == set()
