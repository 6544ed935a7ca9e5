"""What a provider publishes: its description of itself and its keys. Read when first needed, and kept."""

import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import Refused, Unavailable


class Described(BaseModel):
    """What is used of a provider's description of itself (OpenID Connect Discovery 1.0, section 3)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Published:
    """The description and keys of one issuer, shared by all threads. ``timeout`` is in seconds."""

    def __init__(self, issuer: str, timeout: float) -> None:
        self._issuer, self._timeout = issuer, timeout
        self._lock = threading.Lock()  # of the two below; never held while waiting for the provider
        self._described: Described | None = None
        self._keys: KeySet | None = None

    def description(self) -> Described:
        """Where everything is.

        ``Unavailable`` when the provider does not answer, ``Refused`` when its answer must not be relied on.
        """
        with self._lock:
            known = self._described
        if known is not None:
            return known
        found = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            described = Described.model_validate(found)
        except ValidationError as error:
            raise self.away() from error
        if described.issuer != self._issuer:  # OpenID Connect Discovery 1.0, section 4.3
            raise Refused(
                f"The identity provider at {self._issuer} calls itself {described.issuer}, so nobody can sign in. "
                "The person who runs the bot must set its address as it calls itself."
            )
        for address in (described.authorization_endpoint, described.token_endpoint, described.jwks_uri):
            if not safe(address):
                raise Refused(
                    f"The identity provider names {address}, which is not https, so nobody can sign in."
                )
        with self._lock:
            self._described = described
        return described

    def keys(self, anew: bool = False) -> KeySet:
        """What the provider signs with, read again if ``anew``; ``Unavailable`` when it does not tell."""
        with self._lock:
            known = self._keys
        if known is not None and not anew:
            return known
        found = self._get(self.description().jwks_uri)
        try:
            keys = KeySet.import_key_set(found)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise self.away() from error
        with self._lock:
            self._keys = keys
        return keys

    def away(self) -> Unavailable:
        """That the provider cannot be used just now."""
        host = urlsplit(self._issuer).hostname
        return Unavailable(
            f"The identity provider {host} does not answer as it should; nothing was approved. Try again in a moment."
        )

    def _get(self, address: str) -> Any:
        try:
            answer = requests.get(address, timeout=self._timeout, allow_redirects=False)
            if answer.status_code != requests.codes.ok:
                raise self.away()
            return answer.json()
        except requests.RequestException as error:
            raise self.away() from error


def safe(address: str) -> bool:
    """Whether what is sent to this address can be read by nobody else: https, or this very machine."""
    parts = urlsplit(address)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))
