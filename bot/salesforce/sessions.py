"""Logins, one per user, and the connections: pinned to Salesforce's own hosts, with timeouts, kept alive."""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import get_environ_proxies
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceExpiredSession
from simple_salesforce.login import SalesforceLogin

from bot.clients import Warrant
from bot.errors import Unavailable
from bot.guards import Guard
from bot.salesforce.trouble import login_failed, misdirected, retried

T = TypeVar("T")
API_VERSION = "66.0"
_OWN = ".salesforce.com"
_HOST = re.compile(r"[a-z0-9.-]+\.salesforce\.com", re.IGNORECASE)


class ForeignHost(requests.exceptions.InvalidURL):
    """Something wanted to reach a host that is not ours to talk to; nothing was sent."""


def _unseen(_: Mapping[str, str]) -> None:
    """Nobody looks at the headers."""


class Pinned(HTTPAdapter):
    """Sends only to the hosts it was told of, each at the address it was told, and never without a timeout.

    ``seen`` is given the headers of every answer.
    """

    def __init__(
        self, timeout: tuple[float, float], seen: Callable[[Mapping[str, str]], None] = _unseen
    ) -> None:
        super().__init__(pool_connections=8, pool_maxsize=32)
        self._timeout, self._seen = timeout, seen
        self._hosts: dict[str, tuple[str, dict[str, str]]] = {}

    def allow(self, host: str, base: str) -> None:
        """Requests for ``host`` go to ``base``."""
        self._hosts[host] = base, get_environ_proxies(base)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """As requests does; ``ForeignHost`` for every other host."""
        asked = urlsplit(request.url or "")
        if asked.netloc not in self._hosts:
            raise ForeignHost(f"refused to send anything to {asked.hostname}")
        base, own_proxies = self._hosts[asked.netloc]
        target = urlsplit(base)
        if (asked.scheme, asked.netloc) != (target.scheme, target.netloc):
            path = target.path.rstrip("/") + asked.path
            request.url = urlunsplit((target.scheme, target.netloc, path, asked.query, ""))
            proxies = own_proxies
        answer = super().send(request, stream, timeout or self._timeout, verify, cert, proxies)
        self._seen(answer.headers)
        return answer


class _NoAuth(AuthBase):
    """Keeps a ``.netrc`` from replacing our Authorization header."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def freely() -> None:
    """Nothing has to be asked before."""


@dataclass(frozen=True)
class Login:
    """What a login gave: the token, the instance's host, and where people see it."""

    token: str
    host: str
    site: str


class Sessions:
    """Runs steps as a user, logged in by JWT bearer (Salesforce help, "OAuth 2.0 JWT Bearer Flow").

    Every step gets a fresh client without simple-salesforce's own refresh, which drops headers on the repeat and does
    not end when the session stays invalid. Threads share logins and connections, nothing else.
    """

    def __init__(
        self,
        client_id: str,
        private_key: str,
        login_url: str,
        api_url: str | None,
        timeout: tuple[float, float],
        way: Guard,
        seen: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._way = way
        self._client_id = client_id
        self._private_key = load_pem_private_key(private_key.encode(), None)  # parsed once: it takes 50 ms
        self._login_url, self._api_url = login_url.rstrip("/"), api_url.rstrip("/") if api_url else None
        host = urlsplit(login_url).hostname or ""
        self._domain = host.removesuffix(_OWN) if host.endswith(_OWN) else "login"
        self._adapter = Pinned(timeout, seen)
        self._adapter.allow(f"{self._domain}{_OWN}", self._login_url)
        self._logins: dict[str, Login] = {}
        self._guard = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._local = threading.local()

    def run(
        self,
        username: str,
        step: Callable[[Client], T],
        *,
        operation: str = "read",
        warrant: Warrant | None = None,
        insists: bool = False,
    ) -> T:
        """What the step, one request, returns. When the session has expired: log in once and run the step again.

        With a ``warrant`` it is a write, which asks it immediately before. Errors of the login are ``Refused`` or
        ``Unavailable``, as are those of the way (``bot.guards``); the step's own come out as they are.
        """

        def asked(login: Login) -> T:
            return self._way.request(
                operation,
                lambda _: step(self._client(login)),
                before=warrant or freely,
                writes=warrant is not None,
                insists=insists,
            )

        login = self._login(username)
        try:
            return asked(login)
        except SalesforceExpiredSession:
            login = self._login(username, stale=login.token)
        try:
            return asked(login)
        except SalesforceExpiredSession as error:
            raise Unavailable(
                f"Salesforce ended the session of {username} twice in a row; nothing was written."
            ) from error

    def site(self, username: str) -> str:
        """Where people open the org in a browser, without a trailing slash."""
        return self._login(username).site

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def _client(self, login: Login) -> Client:
        return Client(
            session_id=login.token, instance=login.host, session=self._session(), version=API_VERSION
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.mount("https://", self._adapter)
            session.mount("http://", self._adapter)
            session.auth = _NoAuth()
            session.max_redirects = 0
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self._local.session = session
        return session

    def _login(self, username: str, stale: str | None = None) -> Login:
        with self._guard:
            lock = self._locks[username]
        with lock:
            known = self._logins.get(username)
            if known is None or known.token == stale:
                known = self._logins[username] = self._signed_in(username)
            return known

    def _signed_in(self, username: str) -> Login:
        def ask(_: None) -> tuple[str, str]:
            return SalesforceLogin(
                username=username,
                consumer_key=self._client_id,
                privatekey=cast(str, self._private_key),  # PyJWT takes the parsed key as well
                domain=self._domain,
                session=self._session(),
                sf_version=API_VERSION,
            )

        try:
            token, host = retried(lambda: self._way.request("login", ask, before=freely))
        except (SalesforceAuthenticationFailed, requests.RequestException) as error:
            raise login_failed(error, username) from error
        except (
            AttributeError
        ) as error:  # simple-salesforce, when the reply is JSON but neither token nor error
            raise Unavailable("Salesforce's login did not make sense; nothing was done.") from error
        host = host.rstrip("/")
        base = self._base(host)
        self._adapter.allow(host, base)
        return Login(token, host, base if urlsplit(base).netloc == host else f"https://{host}")

    def _base(self, host: str) -> str:
        if self._api_url:
            return self._api_url
        if host == urlsplit(self._login_url).netloc:
            return self._login_url
        if _HOST.fullmatch(host):
            return f"https://{host}"
        raise misdirected(host)
