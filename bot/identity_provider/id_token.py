"""An ID token: whether it is what this provider gives for this sign-in, and what it says of the person."""

import time
from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import NotAllowed
from bot.identity_provider.published import Published
from bot.identity_provider.words import AGAIN, no
from bot.sign_ins import Begun

LEEWAY = 60
"""Seconds by which the provider's clock and ours may differ."""
ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures that only the provider can make. Never "none", and none whose secret we would share (RFC 8725, 3.1)."""


class Claims(BaseModel):
    """What is used of an ID token."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    sub: str = Field(min_length=1, max_length=255)  # OpenID Connect Core 1.0, section 2
    auth_time: float = Field(gt=0, lt=1e11)  # seconds since 1970
    acr: str | None = None
    amr: list[str] = []
    email: str | None = None
    email_verified: bool | str = True  # some providers send "true"
    preferred_username: str | None = None
    upn: str | None = None


def verified(
    token: Mapping[str, Any], published: Published, issuer: str, client_id: str, begun: Begun
) -> Claims:
    """What the ID token of a token answer says, once it is known to be this issuer's, for us, and for this sign-in.

    OpenID Connect Core 1.0, section 3.1.3.7. ``NotAllowed`` when it is not, or when the person signed in before this
    sign-in was begun; ``Unavailable`` when the provider does not tell its keys.
    """
    try:
        read = _decoded(str(token.get("id_token") or ""), published)
        claims = Claims.model_validate(read.claims)
        known = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": issuer},
                # There is no other audience that we trust (rule 3).
                "aud": {"essential": True, "validate": lambda _, told: told in (client_id, [client_id])},
                "nonce": {"essential": True, "value": begun.nonce},
            },
            params={"client_id": client_id, "access_token": token.get("access_token")},
        )
        known.validate(leeway=LEEWAY)
        if claims.auth_time > time.time() + LEEWAY:
            raise ValueError("signed in later than now")
    except (JoseError, ValueError, TypeError) as error:
        raise no("What the identity provider sent does not prove who you are") from error
    if claims.auth_time < begun.at.timestamp() - LEEWAY:
        raise NotAllowed(
            f"The identity provider let you through on an earlier sign-in; this approval needs a new one. {AGAIN}"
        )
    return claims


def address(claims: Claims) -> str:
    """The e-mail address that the provider vouches for.

    One that it does not vouch for is not replaced by another name of the person: that may be for them to choose.
    """
    if claims.email is not None:
        if claims.email_verified not in (True, "true"):
            raise NotAllowed(
                f"The identity provider has not verified that {claims.email} is your address; nothing was approved."
            )
        return claims.email
    for name in (claims.preferred_username, claims.upn):
        if name is not None and "@" in name:
            return name
    raise NotAllowed("The identity provider does not tell your e-mail address; nothing was approved.")


def _decoded(token: str, published: Published) -> jwt.Token:
    # Header fields of a provider's own are no reason to refuse; those in "crit" still are.
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(token, published.keys(), registry=registry)
    except InvalidKeyIdError:  # a key that the provider has begun to use since
        return jwt.decode(token, published.keys(anew=True), registry=registry)
