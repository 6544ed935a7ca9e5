"""What can be wrong with an ID token: each of these, made on purpose."""

import base64
import hashlib
import hmac
import json
from enum import StrEnum
from typing import Any

HOUR = 3600


class Forgery(StrEnum):
    """One thing that a relying party must notice."""

    ISSUER = "another issuer"
    AUDIENCE = "meant for another client"
    TWO_AUDIENCES = "meant for another client too"
    PARTY = "issued to another client"
    NONCE = "another sign-in's nonce"
    NO_NONCE = "no nonce"
    OLD_SIGN_IN = "signed in an hour ago"
    NO_SIGN_IN_TIME = "does not say when"
    LATER = "signed in an hour from now"
    EXPIRED = "expired"
    ISSUED_LATER = "issued an hour from now"
    OTHER_PERSON = "somebody else"
    UNVERIFIED = "an address that nobody verified"
    NO_SUBJECT = "about nobody"
    NOT_SIGNED = "alg none"
    SECRET = "HS256 with the public key as the secret"
    OTHER_KEY = "signed with a key of somebody else's under a known kid"
    UNKNOWN_KEY = "a kid that is not published"
    CHANGED = "claims changed after signing"


def claims(forgery: Forgery | None, honest: dict[str, Any], now: int, other_email: str) -> dict[str, Any]:
    """The claims as this forgery would have them; those of a forged signature are honest."""
    wrong: dict[Forgery | None, dict[str, Any]] = {
        Forgery.ISSUER: {"iss": "https://another.example"},
        Forgery.AUDIENCE: {"aud": "another-client"},
        Forgery.TWO_AUDIENCES: {"aud": [honest.get("aud"), "another-client"], "azp": honest.get("aud")},
        Forgery.PARTY: {"azp": "another-client"},
        Forgery.NONCE: {"nonce": "of-another-sign-in"},
        Forgery.NO_NONCE: {"nonce": None},
        Forgery.OLD_SIGN_IN: {"auth_time": now - HOUR},
        Forgery.NO_SIGN_IN_TIME: {"auth_time": None},
        Forgery.LATER: {"auth_time": now + HOUR},
        Forgery.EXPIRED: {"iat": now - 2 * HOUR, "exp": now - HOUR},
        Forgery.ISSUED_LATER: {"iat": now + HOUR, "exp": now + 2 * HOUR},
        Forgery.OTHER_PERSON: {"sub": "idp-other", "email": other_email},
        Forgery.UNVERIFIED: {"email_verified": False},
        Forgery.NO_SUBJECT: {"sub": None},
    }
    changed = {**honest, **wrong.get(forgery, {})}
    return {name: value for name, value in changed.items() if value is not None}


def unsigned(claims: dict[str, Any]) -> str:
    """A token with ``alg`` none, which no library wants to make by accident."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def with_public_key(claims: dict[str, Any], kid: str, pem: bytes) -> str:
    """A token whose HMAC has the published key as its secret."""
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{_part(claims)}"
    return f"{signed}.{_text(hmac.digest(pem, signed.encode(), hashlib.sha256))}"


def changed(token: str, claims: dict[str, Any]) -> str:
    """A token with these claims under the signature of others."""
    header, _, signature = token.split(".")
    return f"{header}.{_part({**claims, 'sub': 'idp-other'})}.{signature}"


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
