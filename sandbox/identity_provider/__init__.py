"""A stand-in of a company's OpenID Connect provider, where Brightlane's people prove who they are.

OpenID Connect Core 1.0 with the authorization code flow and PKCE; real RS256 signatures, codes that are good once.
"""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.identity_provider import forgery, page
from sandbox.identity_provider.forgery import Forgery
from sandbox.server import Fault, StandIn

CLIENT_ID = "cosell"
CLIENT_SECRET = "sandbox-identity-secret"
KEY, PASSWORD, CANCEL = "security key", "password", "cancel"
ACR = {KEY: "phrh", PASSWORD: "pwd"}
"""``phrh`` is a phishing-resistant proof by hardware (OpenID Connect EAP ACR Values 1.0), ``pwd`` Brightlane's own."""
AMR = {KEY: ["hwk", "user", "mfa"], PASSWORD: ["pwd"]}
"""RFC 8176."""
OPERATIONS = {
    "/.well-known/openid-configuration": "discovery",
    "/keys": "keys",
    "/authorize": "authorize",
    "/token": "token",
}
CODE_LASTS = 60
TOKEN_LASTS = 300


@dataclass(frozen=True)
class _Grant:
    """What a code stands for."""

    email: str
    how: str
    asked: dict[str, str]
    at: int


class IdentityProvider(StandIn):
    """``url`` is the issuer; the client is ``CLIENT_ID`` with ``CLIENT_SECRET``, sent back to ``redirect_uri`` only."""

    name = "identity-provider"

    def __init__(self, seed: dict[str, Any]) -> None:
        super().__init__()
        self.redirect_uri = ""  # as registered: the bot's address + /sign-in/callback
        self.reset()
        self._people = {
            user["email"].lower(): user
            for user in seed["slack"]["users"]
            if not (user.get("guest") or user.get("outsider") or user.get("deleted"))
        }
        self._signing = _Key()
        self._stranger = _Key()
        paths = [self._discovery, self._keys, self._authorize, self._token]
        methods = [["GET"], ["GET"], ["GET", "POST"], ["POST"]]
        self._app = Starlette(
            routes=[Route(*one[:2], methods=one[2]) for one in zip(OPERATIONS, paths, methods, strict=True)]
        )

    def asgi(self) -> ASGIApp:
        """Discovery, keys, sign-in page and token endpoint."""
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        """``discovery``, ``keys``, ``authorize`` or ``token``."""
        return OPERATIONS.get(path.partition("?")[0], "")

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        """OAuth's error body; ``fault.code`` is its ``error``."""
        body = {"error": fault.code or "server_error", "error_description": "A fault was asked for."}
        return fault.status or 500, {"content-type": "application/json"}, json.dumps(body).encode()

    # -- for tests and the demonstration --------------------------------------------------------------------------
    def reset(self) -> None:
        """Back to how it started, but for its address, its keys and ``redirect_uri``."""
        self.faults.clear()
        self.requests.clear()
        self.latency = 0.0
        self.forgery: Forgery | None = None  # what is wrong with every token from now on
        self.claims: dict[str, Any] = {}  # laid over every token's own; None leaves one out
        self.description: dict[str, Any] = {}  # laid over what discovery tells
        self.clock_off = 0  # seconds by which its clock is ahead
        self.tells_issuer = True  # RFC 9207
        self.client_auth = ["client_secret_basic", "client_secret_post"]
        self._codes: dict[str, _Grant] = {}

    def people(self) -> dict[str, str]:
        """Everybody who can sign in: names by e-mail address."""
        return {email: user["real_name"] for email, user in self._people.items()}

    def sign_in(self, address: str, email: str, how: str = KEY) -> str:
        """Where the browser is sent when this person signs in on the page at ``address``, or cancels."""
        asked = dict(parse_qsl(urlsplit(address).query))
        if why := self._wrong(asked):
            raise ValueError(why)
        return self._decided(asked, email, how)

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is no longer published."""
        self._signing = _Key()

    # -- the endpoints --------------------------------------------------------------------------------------------
    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "acr_values_supported": list(ACR.values()),
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": self.client_auth,
                "authorization_response_iss_parameter_supported": self.tells_issuer,
                **self.description,
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._signing.published()]})

    async def _authorize(self, request: Request) -> Response:
        if request.method == "GET":
            asked = dict(request.query_params)
            if why := self._wrong(asked):
                return HTMLResponse(page.wrong(why), 400)
            named = [(name, email) for email, name in self.people().items()]
            return HTMLResponse(page.sign_in(named, asked), headers={"cache-control": "no-store"})
        asked = dict(parse_qsl((await request.body()).decode()))
        email, how = asked.pop("who", ""), asked.pop("how", "")
        why = self._wrong(asked)
        if why is None and how != CANCEL and (email not in self._people or how not in ACR):
            why = "Nobody was chosen."
        if why is not None:
            return HTMLResponse(page.wrong(why), 400)
        return RedirectResponse(self._decided(asked, email, how), 303)

    async def _token(self, request: Request) -> Response:
        given = dict(parse_qsl((await request.body()).decode()))
        if not self._is_client(request, given):
            return _no("invalid_client", 401)
        if given.get("grant_type") != "authorization_code":
            return _no("unsupported_grant_type")
        grant = self._codes.pop(given.get("code", ""), None)  # once, whatever comes of it
        if grant is None or self._now() > grant.at + CODE_LASTS:
            return _no("invalid_grant")
        proof = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if given.get("redirect_uri") != self.redirect_uri or challenge != grant.asked["code_challenge"]:
            return _no("invalid_grant")
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "expires_in": TOKEN_LASTS,
                "id_token": self._id_token(grant),
            },
            headers={"cache-control": "no-store"},
        )

    # -- what they share ------------------------------------------------------------------------------------------
    def _now(self) -> int:
        return int(time.time()) + self.clock_off

    def _wrong(self, asked: dict[str, str]) -> str | None:
        """Why a request of authorization is not taken; None when it is."""
        if asked.get("client_id") != CLIENT_ID:
            return "No such client is registered."
        if not self.redirect_uri or asked.get("redirect_uri") != self.redirect_uri:
            return "This client has not registered that address to be sent back to."
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return "Only the code flow of OpenID Connect is offered."
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return "PKCE with S256 is required."
        return None

    def _decided(self, asked: dict[str, str], email: str, how: str) -> str:
        answer = {"state": asked.get("state", "")}
        if self.tells_issuer:
            answer["iss"] = self.url
        if how == CANCEL:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe(24)
            person = self._people[email.lower()]
            self._codes[answer["code"]] = _Grant(person["email"], how, asked, self._now())
        return f"{self.redirect_uri}?{urlencode(answer)}"

    def _is_client(self, request: Request, given: dict[str, str]) -> bool:
        kind, _, basic = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic" and "client_secret_basic" in self.client_auth:
            name, _, secret = base64.b64decode(basic).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)
        posted = (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        return posted and "client_secret_post" in self.client_auth

    def _id_token(self, grant: _Grant) -> str:
        now = self._now()
        user = self._people[grant.email.lower()]
        honest = {
            "iss": self.url,
            "sub": f"idp-{user['name']}",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_LASTS,
            "auth_time": grant.at,
            "nonce": grant.asked.get("nonce"),
            "acr": ACR[grant.how],
            "amr": AMR[grant.how],
            "email": user["email"],
            "email_verified": True,
            "name": user["real_name"],
        }
        other = next(email for email in self._people if email != grant.email.lower())
        told = forgery.claims(self.forgery, {**honest, **self.claims}, now, other)
        match self.forgery:
            case Forgery.NOT_SIGNED:
                return forgery.unsigned(told)
            case Forgery.SECRET:
                return forgery.with_public_key(told, self._signing.kid, self._signing.pem)
            case Forgery.OTHER_KEY:
                return self._stranger.sign(told, self._signing.kid)
            case Forgery.UNKNOWN_KEY:
                return self._stranger.sign(told, self._stranger.kid)
            case Forgery.CHANGED:
                return forgery.changed(self._signing.sign(told, self._signing.kid), told)
        return self._signing.sign(told, self._signing.kid)


class _Key:
    """A pair of keys with its name."""

    def __init__(self) -> None:
        self.kid = secrets.token_hex(6)
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def published(self) -> dict[str, Any]:
        """The public half as a JSON Web Key (RFC 7517)."""
        numbers = jwt.algorithms.RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {"kty": numbers["kty"], "n": numbers["n"], "e": numbers["e"], "kid": self.kid} | {
            "use": "sig",
            "alg": "RS256",
        }

    def sign(self, claims: dict[str, Any], kid: str) -> str:
        """A signed token that names this ``kid``."""
        return jwt.encode(claims, self._private, "RS256", headers={"kid": kid})


def _no(error: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers={"cache-control": "no-store"})
