"""Who AWS takes us for: credentials of an assumed role that names the person, and the clients that use them."""

import re
import threading
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from bot.aws import NO_CREDENTIALS, REGION
from bot.errors import Refused, Unavailable
from bot.partner_central.failures import not_let_in

USER_AGENT = "Cosell|CosellBot|Salesforce|v1"  # how AWS asks partners to name themselves

# One attempt: a write is never repeated behind our back, and reads are repeated where they are made.
_WRITING = Config(
    connect_timeout=4,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=16,
    tcp_keepalive=True,
)
_READING = _WRITING.merge(Config(read_timeout=10))


class Sessions:
    """botocore sessions that share the loaded service models: the first client takes long, the others do not."""

    def __init__(self, role_arn: str | None) -> None:
        self.role_arn = role_arn
        self.building = threading.RLock()  # botocore lets one thread at a time build clients
        self._base: botocore.session.Session | None = None

    @property
    def base(self) -> botocore.session.Session:
        """The one with the default credential chain."""
        with self.building:
            self._base = self._base or botocore.session.get_session()
            return self._base

    def session(self, who: str) -> botocore.session.Session:
        """One whose credentials are the role's, as this person; without a role, the base."""
        if self.role_arn is None:
            return self.base
        session = self.blank()
        resolver = CredentialResolver([_AssumedRole(self, self.role_arn, session_name(who))])
        session.register_component("credential_provider", resolver)
        return session

    def blank(self) -> botocore.session.Session:
        """A new one."""
        session = botocore.session.get_session()
        session.register_component("data_loader", self.base.get_component("data_loader"))
        return session


class _AssumedRole(CredentialProvider):
    """Credentials of the role, as one person, renewed before they run out."""

    METHOD = "cosell-assume-role"

    def __init__(self, sessions: Sessions, role_arn: str, name: str) -> None:
        super().__init__()
        self._sessions, self._role_arn, self._name = sessions, role_arn, name

    def load(self) -> DeferredRefreshableCredentials | None:
        source = self._sessions.base.get_credentials()
        if source is None:
            return None
        fetcher = AssumeRoleCredentialFetcher(
            self._sts,
            source,
            self._role_arn,
            extra_args={"RoleSessionName": self._name, "SourceIdentity": self._name},
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)

    def _sts(self, service: Any, **keys: Any) -> Any:
        retries = Config(
            connect_timeout=4, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 2}
        )
        with self._sessions.building:
            return self._sessions.blank().create_client(service, region_name=REGION, config=retries, **keys)


def session_name(who: str) -> str:
    """A person's name or address as STS takes it: 2 to 64 of letters, digits and ``+=,.@-_``."""
    return re.sub(r"[^\w+=,.@-]", "-", who, flags=re.ASCII)[:64].ljust(2, "-")


class Access:
    """One person's clients, built when first needed."""

    def __init__(self, sessions: Sessions, who: str) -> None:
        self._sessions, self._who = sessions, who
        self._clients: tuple[Any, Any] | None = None
        self._credentials: Any = None

    @property
    def name(self) -> str:
        """Who AWS takes us for, as a person would say it."""
        role = self._sessions.role_arn
        return f"{role} as {self._who}" if role else "the bot's AWS credentials"

    def writing(self) -> Any:
        """The client for writes, with credentials that are good now."""
        return self._ready()[0]

    def reading(self) -> Any:
        """The client for reads, with credentials that are good now."""
        return self._ready()[1]

    def _ready(self) -> tuple[Any, Any]:
        try:
            if self._clients is None:
                with self._sessions.building:
                    self._clients = self._clients or self._build()
            self._credentials.get_frozen_credentials()  # asks STS where needed, so that no write waits for it
        except ClientError as error:
            raise not_let_in(error, self.name) from error
        except NoCredentialsError as error:
            raise Refused(NO_CREDENTIALS) from error
        except BotoCoreError as error:
            raise Unavailable(f"AWS did not give the bot its credentials: {error}") from error
        return self._clients

    def _build(self) -> tuple[Any, Any]:
        session = self._sessions.session(self._who)
        self._credentials = session.get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        clients: list[Any] = [
            session.create_client("partnercentral-selling", region_name=REGION, config=config)
            for config in (_WRITING, _READING)
        ]
        for client in clients:
            client.meta.events.register("before-sign.partnercentral-selling", _name_ourselves)
        return clients[0], clients[1]


def _name_ourselves(request: Any, **_: Any) -> None:
    request.headers["X-Amzn-User-Agent"] = USER_AGENT
