"""Sign-ins on their way: each begins with a link that one person may use once, within five minutes.

The store keeps only the hash of a link's token and of a browser's cookie, so that reading the store is not enough to
follow a link or to finish a sign-in.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Protocol

import redis
from pydantic import AwareDatetime

from bot.deal import Frozen
from bot.errors import Unavailable
from bot.proposal import SignIn

PATH = "/sign-in/"
"""What links begin with on the bot's own address; the token follows."""
CALLBACK = "/sign-in/callback"
"""Where the identity provider sends browsers back to."""
LASTS = 300
"""Seconds for which a link can be followed, and then again for which the sign-in can be finished."""


class Wish(Frozen):
    """What somebody wanted to approve when they were asked to sign in."""

    proposal: str  # prp_…
    version: int  # that their card showed
    digest: str  # of the payload that it showed
    what: str  # the same in words: "Submit Northwind to AWS Partner Central"
    user: str  # Slack user id
    email: str  # whom the identity provider must name
    team: str
    channel: str
    message_ts: str  # of the card
    permalink: str | None = None  # the card's web address


class Begun(Frozen):
    """A sign-in that was begun: where the browser goes, and what the answer is held against."""

    url: str
    state: str
    nonce: str
    code_verifier: str  # PKCE, RFC 7636
    at: AwareDatetime


class Proved(Frozen):
    """Who somebody is, by their identity provider."""

    sign_in: SignIn
    email: str


class Waiting(Frozen):
    """A sign-in whose answer is awaited, and the browser that must bring it."""

    wish: Wish
    begun: Begun
    browser: str  # hash of what its cookie holds

    def same_browser(self, cookie: str) -> bool:
        """Whether this is the cookie of the browser that began."""
        return secrets.compare_digest(self.browser, hashed(cookie))


class Provider(Protocol):
    """The company's identity provider."""

    def begin(self, hint: str | None) -> Begun:
        """A new sign-in, for the person with this e-mail address; ``Unavailable`` when the provider is down."""

    def finish(self, begun: Begun, query: Mapping[str, str]) -> Proved:
        """Who signed in, from what the provider sent the browser back with.

        ``Refused`` says what the person did or why the answer is not taken, ``Unavailable`` that it is down.
        """


class SignIns:
    """Wishes behind links, and sign-ins whose answer is awaited. ``Unavailable`` when the store does not answer."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def open(self, wish: Wish) -> str:
        """A token for a link to this wish: 43 characters, good once and for ``LASTS`` seconds."""
        token = secrets.token_urlsafe(32)
        self._put("link", token, wish.model_dump_json())
        return token

    def peek(self, token: str) -> Wish | None:
        """The wish behind a link, which stays good; None when it was used or is too old."""
        try:
            kept = self._store.get(_name("link", token))
        except redis.RedisError as error:
            raise _away() from error
        return None if kept is None else Wish.model_validate_json(_bytes(kept))

    def take(self, token: str) -> Wish | None:
        """The wish behind a link, for the first who asks; None for everybody after, and when it is too old."""
        kept = self._take("link", token)
        return None if kept is None else Wish.model_validate_json(kept)

    def started(self, waiting: Waiting) -> None:
        """Keep a sign-in for ``LASTS`` seconds until its answer comes."""
        self._put("state", waiting.begun.state, waiting.model_dump_json())

    def finished(self, state: str) -> Waiting | None:
        """The sign-in that an answer belongs to, for the first answer; None for any other."""
        kept = self._take("state", state)
        return None if kept is None else Waiting.model_validate_json(kept)

    def _put(self, what: str, secret: str, value: str) -> None:
        try:
            self._store.set(_name(what, secret), value, ex=LASTS)
        except redis.RedisError as error:
            raise _away() from error

    def _take(self, what: str, secret: str) -> bytes | None:
        try:
            kept = self._store.getdel(_name(what, secret))
        except redis.RedisError as error:
            raise _away() from error
        return None if kept is None else _bytes(kept)


def hashed(secret: str) -> str:
    """What is kept of a secret: its SHA-256, in hexadecimal. Enough for one of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _name(what: str, secret: str) -> str:
    return f"cosell:sign-in:{what}:{hashed(secret)}"


def _bytes(kept: object) -> bytes:
    return kept if isinstance(kept, bytes) else str(kept).encode()


def _away() -> Unavailable:
    return Unavailable(
        "The bot cannot look up sign-ins just now; nothing was approved. Try again in a moment."
    )
