"""The outside world as the doctor looks at it, and what it finds there."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from starlette.requests import Request
from starlette.responses import Response

from bot.doctor import Check, Row, State, parts, run
from bot.doctor.manifest import scopes
from bot.settings import load
from sandbox.seed import CONFIG
from sandbox.slack import Slack
from sandbox.world import World

OURS = ("AWS_", "SLACK_", "SALESFORCE_", "GOOGLE_", "ACE_", "SIGN_IN_", "COSELL_", "PARTNER_", "DROPS_")
Look = Callable[..., "Seen"]


class Granting(Slack):
    """Slack that says with every answer that a token may do more or less than the app was installed with."""

    granted: frozenset[str] | None = None
    """None: it does not say."""

    async def _api(self, request: Request) -> Response:
        reply = await super()._api(request)
        if self.granted is None:
            del reply.headers["x-oauth-scopes"]
        else:
            reply.headers["x-oauth-scopes"] = ",".join(sorted(self.granted))
        return reply


class Grants(World):
    """The world with that Slack in it."""

    slack: Granting


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, redis_port: int, store: redis.Redis) -> Iterator[Grants]:
    """Everything as it should be, and an environment that points at it."""
    made = Grants(redis=False)
    made.slack = Granting(made.seed)
    made.slack.granted = scopes()
    with made as world:
        world.redis_port = redis_port
        for name in [name for name in os.environ if name.startswith(OURS)]:
            monkeypatch.delenv(name)
        for name, value in world.settings().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", world.partner_central.url)
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        world.partner_central.enforce_quota = False
        yield world


@dataclass
class Seen:
    """What one section found."""

    checks: list[Check] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def bad(self) -> list[Check]:
        """The lines that are not all right."""
        return [check for check in self.checks if check.state is not State.OK]

    def one(self, name: str, state: State = State.FAIL) -> Check:
        """The one line of this name, which stands like this and, unless all is right, says what to do."""
        (check,) = (one for one in self.checks if one.name == name)
        assert check.state is state and (check.do or state is State.OK), check
        return check


@pytest.fixture
def look(world: Grants) -> Look:
    """Runs one section against the world as the settings are now."""

    def run_one(
        name: str, opportunity: str | None = None, metadata: Path | None = None, patience: float = 60
    ) -> Seen:
        from bot.app.examination import examination

        (part,) = (one for one in parts(examination(load()), opportunity, metadata) if one.name == name)
        seen = Seen()
        for _, finds in run((part,), patience):
            for one in finds:
                if isinstance(one, Check):
                    seen.checks.append(one)
                else:
                    seen.rows.append(one)
        return seen

    return run_one


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Makes a configuration file of the sandbox's with some words in others' places, and something at its end."""

    def write(more: str = "", **changes: str) -> Path:
        text = CONFIG.read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "cosell.toml"
        path.write_text(text + more)
        monkeypatch.setenv("COSELL_CONFIG", str(path))
        return path

    return write
