"""The company's identity provider by OpenID Connect: who somebody is, proved anew for one decision.

Authorization code flow (OpenID Connect Core 1.0, section 3.1) with PKCE (RFC 7636).
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from pydantic import SecretStr

from bot.identity_provider.id_token import address, verified
from bot.identity_provider.published import Described, Published, safe
from bot.identity_provider.words import no, not_exchanged, not_signed_in
from bot.proposal import SignIn
from bot.sign_ins import Begun, Proved


class IdentityProvider:
    """The relying party's side of one provider; keeps the promises of ``bot.sign_ins.Provider``.

    ``issuer`` is the provider's address as it calls itself, ``redirect_uri`` where it sends browsers back to, as
    registered with it; without ``client_secret`` the bot is a public client. ``acr`` is the level that a sign-in must
    have, None for any. ``max_age`` is how old a sign-in may be, in seconds, that the provider takes for a new one where
    it does not heed ``prompt=login``. ``timeout`` is in seconds, for each connect and each read. ``ValueError`` for an
    address that is neither https nor on this machine.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: SecretStr | None,
        redirect_uri: str,
        acr: str | None = None,
        max_age: int = 60,
        timeout: float = 8.0,
    ) -> None:
        for one in (issuer, redirect_uri):
            if not safe(one):
                raise ValueError(f"{one} is neither https nor on this machine")
        self._issuer, self._client_id, self._redirect_uri = issuer, client_id, redirect_uri
        self._secret, self._acr, self._max_age, self._timeout = client_secret, acr, max_age, timeout
        self._published = Published(issuer, timeout)

    def begin(self, hint: str | None) -> Begun:
        """A new sign-in, for the person with this e-mail address.

        ``Unavailable`` when the provider does not answer.
        """
        described = self._published.description()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        at = datetime.now(UTC)
        with self._session(described) as session:
            url, _ = session.create_authorization_url(
                described.authorization_endpoint,
                state=state,
                code_verifier=verifier,
                nonce=nonce,
                prompt="login",
                max_age=str(self._max_age),
                login_hint=hint,
                acr_values=self._acr,
            )
        return Begun(url=url, state=state, nonce=nonce, code_verifier=verifier, at=at)

    def finish(self, begun: Begun, query: Mapping[str, str]) -> Proved:
        """Who signed in, and how, from what the provider sent the browser back with.

        ``NotAllowed`` says in plain words what the person did, or why the answer is not taken; ``Unavailable`` when the
        provider does not answer. Either way this sign-in is over: a code is good once (RFC 6749, section 4.1.2).
        """
        described = self._published.description()
        code = self._code(described, begun, query)
        token = self._exchange(described, begun, code)
        claims = verified(token, self._published, self._issuer, self._client_id, begun)
        if self._acr is not None and claims.acr != self._acr:
            raise no(
                f"This way of signing in is not strong enough for this approval, which asks for “{self._acr}”"
            )
        return Proved(
            sign_in=SignIn(
                issuer=self._issuer,
                subject=claims.sub,
                at=datetime.fromtimestamp(claims.auth_time, UTC),
                strength=claims.acr,
                how=tuple(claims.amr),
            ),
            email=address(claims),
        )

    def _code(self, described: Described, begun: Begun, query: Mapping[str, str]) -> str:
        if not secrets.compare_digest(query.get("state", "").encode(), begun.state.encode()):
            raise no("This answer belongs to another sign-in")
        told = query.get("iss")  # RFC 9207, section 2.4
        if told is None and described.authorization_response_iss_parameter_supported:
            raise no("The answer does not say who it is from")
        if told is not None and told != self._issuer:
            raise no("The answer is from another identity provider")
        if error := query.get("error"):
            raise not_signed_in(error)
        if not query.get("code"):
            raise no("The answer of the identity provider is incomplete")
        return query["code"]

    def _exchange(self, described: Described, begun: Begun, code: str) -> Mapping[str, Any]:
        with self._session(described) as session:
            try:
                token: Mapping[str, Any] = session.fetch_token(
                    described.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.code_verifier,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except OAuthError as error:
                raise not_exchanged(str(error.error)) from error
            except (requests.RequestException, ValueError) as error:
                raise self._published.away() from error
        return token

    def _session(self, described: Described) -> OAuth2Session:
        """A session for one step of one sign-in: authlib keeps tokens in it."""
        methods = described.token_endpoint_auth_methods_supported
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        method = "client_secret_basic" if basic else "client_secret_post"
        return OAuth2Session(
            client_id=self._client_id,
            client_secret=self._secret.get_secret_value() if self._secret else None,
            token_endpoint_auth_method=method if self._secret else "none",
            scope="openid email profile",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )
