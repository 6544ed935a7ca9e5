"""The stand-in of the identity provider keeps to OpenID Connect, and is wrong only where it is told to be."""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
import requests

from sandbox import seed
from sandbox.identity_provider import CANCEL, CLIENT_ID, CLIENT_SECRET, KEY, PASSWORD, IdentityProvider
from sandbox.identity_provider.forgery import Forgery

ANA = "ana.costa@brightlane.example"
CALLBACK = "http://127.0.0.1:9/sign-in/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def _provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(seed.load()) as stand_in:
        stand_in.redirect_uri = CALLBACK
        yield stand_in


@pytest.fixture
def provider(_provider: IdentityProvider) -> IdentityProvider:
    """The provider as it starts."""
    _provider.reset()
    return _provider


def asked(**what: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **what,
    }


def code(provider: IdentityProvider, how: str = KEY, **what: str) -> str:
    """A fresh code for Ana."""
    back = provider.sign_in(f"{provider.url}/authorize?{urlencode(asked(**what))}", ANA, how)
    return dict(parse_qsl(urlsplit(back).query))["code"]


def token(provider: IdentityProvider, secret: str = CLIENT_SECRET, **what: str) -> requests.Response:
    """Ask for a token."""
    given = {
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **what,
    }
    return requests.post(f"{provider.url}/token", data=given, auth=(CLIENT_ID, secret), timeout=5)


def read(provider: IdentityProvider, id_token: str) -> dict[str, Any]:
    """The claims of a token, verified with the published key."""
    key = jwt.PyJWKClient(f"{provider.url}/keys").get_signing_key_from_jwt(id_token)
    claims: dict[str, Any] = jwt.decode(id_token, key.key, ["RS256"], audience=CLIENT_ID, issuer=provider.url)
    return claims


def test_discovery_tells_where_everything_is(provider: IdentityProvider) -> None:
    """Every address that it names answers."""
    told = requests.get(f"{provider.url}/.well-known/openid-configuration", timeout=5).json()
    assert told["issuer"] == provider.url
    assert requests.get(told["jwks_uri"], timeout=5).json()["keys"][0].keys() == {
        *("kty", "n", "e", "kid", "use", "alg")
    }
    assert requests.get(told["authorization_endpoint"], asked(), timeout=5).status_code == 200
    assert requests.post(told["token_endpoint"], timeout=5).json() == {"error": "invalid_client"}


def test_the_page_signs_a_person_in(provider: IdentityProvider) -> None:
    """Whoever is picked, and how they prove it, is in a signed token with the nonce of the request."""
    address = f"{provider.url}/authorize?{urlencode(asked(login_hint=ANA))}"
    html = requests.get(address, timeout=5).text
    assert f'value="{ANA}" required checked' in html
    hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', html))
    picked = {**hidden, "who": ANA, "how": KEY}
    answer = requests.post(f"{provider.url}/authorize", picked, timeout=5, allow_redirects=False)
    assert answer.status_code == 303
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (back["state"], back["iss"]) == ("s1", provider.url)
    claims = read(provider, token(provider, code=back["code"]).json()["id_token"])
    assert (claims["email"], claims["nonce"], claims["acr"]) == (ANA, "n1", "phrh")
    assert claims["iat"] - claims["auth_time"] < 5 and "hwk" in claims["amr"]


def test_a_password_is_weaker(provider: IdentityProvider) -> None:
    """The level and the means say so."""
    claims = read(provider, token(provider, code=code(provider, PASSWORD)).json()["id_token"])
    assert (claims["acr"], claims["amr"]) == ("pwd", ["pwd"])


def test_cancelling_sends_the_browser_back_without_a_code(provider: IdentityProvider) -> None:
    """The answer is ``access_denied`` with the state."""
    picked = {**asked(), "how": CANCEL}
    answer = requests.post(f"{provider.url}/authorize", picked, timeout=5, allow_redirects=False)
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert back == {"state": "s1", "iss": provider.url, "error": "access_denied"}


def test_only_people_of_the_company_can_sign_in(provider: IdentityProvider) -> None:
    """No guest, nobody of another company, nobody who has left."""
    assert sorted(provider.people().values()) == ["Ana Costa", "Ben Okafor", "Dana Cole", "Mei Tanaka"]
    picked = {**asked(), "who": "pat.lindqvist@aws.example", "how": KEY}
    assert requests.post(f"{provider.url}/authorize", picked, timeout=5).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "another"},
        {"redirect_uri": "http://127.0.0.1:9/elsewhere"},
        {"response_type": "token"},
        {"scope": "email"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
    ids=str,
)
def test_a_wrong_request_sends_nobody_anywhere(provider: IdentityProvider, change: dict[str, str]) -> None:
    """An address that is not registered is never redirected to, and PKCE is not optional."""
    answer = requests.get(f"{provider.url}/authorize", asked(**change), timeout=5, allow_redirects=False)
    assert answer.status_code == 400
    with pytest.raises(ValueError):
        code(provider, **change)


def test_a_code_is_good_once(provider: IdentityProvider) -> None:
    """The second time it is ``invalid_grant``."""
    one = code(provider)
    assert token(provider, code=one).ok
    assert token(provider, code=one).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:9/elsewhere"}, "invalid_grant"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"secret": "another"}, "invalid_client"),
    ],
    ids=str,
)
def test_a_wrong_exchange_gives_no_token(
    provider: IdentityProvider, change: dict[str, str], error: str
) -> None:
    """Verifier, address, code, grant and secret must all be right."""
    assert token(provider, **{"code": code(provider), **change}).json() == {"error": error}


def test_a_code_does_not_last(provider: IdentityProvider) -> None:
    """After a minute it is ``invalid_grant``."""
    one = code(provider)
    provider.clock_off = 61
    assert token(provider, code=one).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("forgery", list(Forgery))
def test_a_forgery_is_one(provider: IdentityProvider, forgery: Forgery) -> None:
    """What it is told to get wrong is wrong: the signature does not hold, or a claim differs from an honest token's."""
    honest = read(provider, token(provider, code=code(provider)).json()["id_token"])
    provider.forgery = forgery
    forged = token(provider, code=code(provider)).json()["id_token"]
    try:
        claims = read(provider, forged)
    except jwt.PyJWTError:
        return
    changed = {name for name in honest.keys() | claims.keys() if honest.get(name) != claims.get(name)}
    assert changed - {"iat", "exp", "auth_time"} or abs(claims.get("auth_time", 0) - honest["auth_time"]) > 60


def test_a_fault_has_oauths_body(provider: IdentityProvider) -> None:
    """A stand-in that is down answers as a provider would."""
    provider.fault(on="token$", status=503, code="temporarily_unavailable")
    answer = token(provider, code="x")
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
