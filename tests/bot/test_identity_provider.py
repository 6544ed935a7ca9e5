"""The identity provider, over real HTTP: who signed in, anew and strongly enough, or plain words why not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from bot.errors import NotAllowed, Refused, Unavailable
from bot.identity_provider import IdentityProvider
from bot.sign_ins import Begun, Proved
from sandbox import identity_provider, seed
from sandbox.identity_provider import CANCEL, CLIENT_ID, CLIENT_SECRET, KEY, PASSWORD
from sandbox.identity_provider.forgery import Forgery

ANA, MEI = "ana.costa@brightlane.example", "mei.tanaka@brightlane.example"
CALLBACK = "http://127.0.0.1:9/sign-in/callback"


@pytest.fixture(scope="module")
def _provider() -> Iterator[identity_provider.IdentityProvider]:
    with identity_provider.IdentityProvider(seed.load()) as stand_in:
        stand_in.redirect_uri = CALLBACK
        yield stand_in


@pytest.fixture
def provider(_provider: identity_provider.IdentityProvider) -> identity_provider.IdentityProvider:
    """The provider as it starts."""
    _provider.reset()
    return _provider


def adapter(provider: identity_provider.IdentityProvider, **what: Any) -> IdentityProvider:
    """The bot's side, made anew: it knows neither the provider's description nor its keys."""
    return IdentityProvider(
        **{
            "issuer": provider.url,
            "client_id": CLIENT_ID,
            "client_secret": SecretStr(CLIENT_SECRET),
            "redirect_uri": CALLBACK,
            "acr": None,
            "timeout": 2,
            **what,
        }
    )


@pytest.fixture
def bot(provider: identity_provider.IdentityProvider) -> IdentityProvider:
    """The bot's side, for any strength."""
    return adapter(provider)


def query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def answer(provider: identity_provider.IdentityProvider, begun: Begun, how: str = KEY) -> dict[str, str]:
    """What Ana's browser is sent back with."""
    return query(provider.sign_in(begun.url, ANA, how))


def signed_in(provider: identity_provider.IdentityProvider, bot: IdentityProvider, how: str = KEY) -> Proved:
    """Ana signs in, from beginning to end."""
    begun = bot.begin(ANA)
    return bot.finish(begun, answer(provider, begun, how))


# -- who, when and how ------------------------------------------------------------------------------------------
def test_a_sign_in_says_who_when_and_how(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """The issuer, the subject, the moment, the strength, the means and the verified address are the provider's."""
    proved = signed_in(provider, bot)
    assert proved.email == ANA
    assert (proved.sign_in.issuer, proved.sign_in.subject) == (provider.url, "idp-ana")
    assert (proved.sign_in.strength, proved.sign_in.how) == ("phrh", ("hwk", "user", "mfa"))
    assert abs(datetime.now(UTC) - proved.sign_in.at) < timedelta(seconds=30)


def test_the_person_is_asked_anew(provider: identity_provider.IdentityProvider) -> None:
    """The provider is asked for a new sign-in of this person, at this strength, with PKCE and a nonce."""
    begun = adapter(provider, acr="phrh").begin(ANA)
    asked = query(begun.url)
    assert begun.url.startswith(f"{provider.url}/authorize?")
    assert (asked["prompt"], asked["max_age"], asked["login_hint"]) == ("login", "60", ANA)
    assert (asked["acr_values"], asked["code_challenge_method"]) == ("phrh", "S256")
    assert (asked["state"], asked["nonce"]) == (begun.state, begun.nonce)
    assert begun.code_verifier not in begun.url


def test_no_two_sign_ins_share_a_secret(bot: IdentityProvider) -> None:
    """State, nonce and verifier are new each time."""
    one, two = bot.begin(ANA), bot.begin(ANA)
    secrets = {one.state, one.nonce, one.code_verifier, two.state, two.nonce, two.code_verifier}
    assert len(secrets) == 6


def test_a_provider_is_read_once(provider: identity_provider.IdentityProvider, bot: IdentityProvider) -> None:
    """Its description and its keys are kept."""
    signed_in(provider, bot)
    signed_in(provider, bot)
    assert (len(provider.calls("discovery")), len(provider.calls(" keys$"))) == (1, 1)


def test_a_new_key_is_fetched_when_it_is_first_used(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """A provider that changes its key loses nobody's sign-in."""
    signed_in(provider, bot)
    provider.rotate()
    assert signed_in(provider, bot).email == ANA
    assert len(provider.calls(" keys$")) == 2


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_secret_goes_the_way_that_the_provider_takes(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, method: str
) -> None:
    """In the header or in the body, as its description says."""
    provider.client_auth = [method]
    assert signed_in(provider, bot).email == ANA


def test_a_provider_that_does_not_name_itself_in_the_answer_will_do(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """The ``iss`` parameter is asked for only of those who promise it."""
    provider.tells_issuer = False
    assert signed_in(provider, bot).email == ANA


# -- forged, stale, of somebody else ----------------------------------------------------------------------------
REFUSED = [one for one in Forgery if one not in (Forgery.OTHER_PERSON, Forgery.UNVERIFIED)]


@pytest.mark.parametrize("forgery", REFUSED)
def test_a_token_that_is_not_what_it_should_be_proves_nothing(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, forgery: Forgery
) -> None:
    """Forged, stale, meant for others: nothing is approved, and the person reads so."""
    provider.forgery = forgery
    with pytest.raises(NotAllowed, match=r"nothing was approved|needs a new one"):
        signed_in(provider, bot)


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"])
def test_no_claim_may_be_missing(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, missing: str
) -> None:
    """What is not said is not taken for granted."""
    provider.claims = {missing: None}
    with pytest.raises(NotAllowed, match="does not prove"):
        signed_in(provider, bot)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "soon"},
        {"auth_time": "now"},
        {"auth_time": True},
        {"amr": "pwd"},
        {"aud": []},
        {"sub": ""},
        {"acr": 1},
        {"at_hash": "of-another-token"},
    ],
    ids=str,
)
def test_claims_of_the_wrong_kind_are_refused(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, claims: dict[str, Any]
) -> None:
    """A claim that is not what it should be is a refusal, never an accident."""
    provider.claims = claims
    with pytest.raises(NotAllowed, match="does not prove"):
        signed_in(provider, bot)


def test_an_earlier_sign_in_is_told_from_a_forged_one(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """Somebody whom the provider let through without asking reads that this needs a new sign-in."""
    provider.forgery = Forgery.OLD_SIGN_IN
    with pytest.raises(NotAllowed, match="on an earlier sign-in"):
        signed_in(provider, bot)


def test_clocks_may_differ_a_little(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """A provider whose clock is half a minute behind or ahead is believed."""
    for off in (-30, 30):
        provider.clock_off = off
        assert signed_in(provider, bot).email == ANA


@pytest.mark.parametrize(("how", "enough"), [(KEY, True), (PASSWORD, False)])
def test_a_weaker_way_than_configured_is_refused(
    provider: identity_provider.IdentityProvider, how: str, enough: bool
) -> None:
    """Where a security key is asked for, a password does not do."""
    strict = adapter(provider, acr="phrh")
    if enough:
        assert signed_in(provider, strict, how).sign_in.strength == "phrh"
        return
    with pytest.raises(NotAllowed, match="not strong enough"):
        signed_in(provider, strict, how)


def test_a_strength_that_is_not_told_is_refused(provider: identity_provider.IdentityProvider) -> None:
    """Where a level is asked for, a provider that tells none is not believed to have reached it."""
    provider.claims = {"acr": None}
    with pytest.raises(NotAllowed, match="not strong enough"):
        signed_in(provider, adapter(provider, acr="phrh"))


def test_somebody_else_is_named_as_somebody_else(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """Whose address comes back is who signed in, not whom the bot expected."""
    begun = bot.begin(ANA)
    assert bot.finish(begun, query(provider.sign_in(begun.url, MEI))).email == MEI


# -- addresses --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verified", [False, "false", ""])
def test_an_address_that_nobody_verified_is_refused(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, verified: object
) -> None:
    """Not even another name of the person takes its place."""
    provider.claims = {"email_verified": verified, "preferred_username": ANA}
    with pytest.raises(NotAllowed, match="has not verified"):
        signed_in(provider, bot)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None, "preferred_username": ANA},
        {"email": None, "preferred_username": "ana", "upn": ANA},
    ],
    ids=str,
)
def test_other_providers_ways_to_tell_an_address(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, claims: dict[str, Any]
) -> None:
    """A provider that does not speak of verifying, or names people by their address, is understood."""
    provider.claims = claims
    assert signed_in(provider, bot).email == ANA


def test_a_name_is_not_an_address(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """Somebody whose address is not told cannot be held against the approver."""
    provider.claims = {"email": None, "preferred_username": "ana"}
    with pytest.raises(NotAllowed, match="does not tell your e-mail address"):
        signed_in(provider, bot)


# -- the answer that the browser brings -------------------------------------------------------------------------
def test_a_cancelled_sign_in_says_so(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """Whoever cancels reads that nothing was approved, and the provider is not asked for a token."""
    begun = bot.begin(ANA)
    with pytest.raises(NotAllowed, match="was cancelled; nothing was approved"):
        bot.finish(begun, answer(provider, begun, CANCEL))
    assert not provider.calls("token$")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("server_error", Unavailable, "could not sign you in just now"),
        ("temporarily_unavailable", Unavailable, "could not sign you in just now"),
        ("unmet_authentication_requirements", NotAllowed, "as strongly as"),
        ("login_required", NotAllowed, r"did not sign you in \(login_required\)"),
        ("<b>call +1 555</b>", NotAllowed, r"\(no known reason\)"),
    ],
)
def test_an_error_becomes_a_sentence(
    bot: IdentityProvider,
    provider: identity_provider.IdentityProvider,
    error: str,
    kind: type[Exception],
    words: str,
) -> None:
    """The provider's code is told; words that somebody else wrote into the address are not."""
    begun = bot.begin(ANA)
    with pytest.raises(kind, match=words):
        bot.finish(begun, {"state": begun.state, "iss": provider.url, "error": error})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "of-another"}, "another sign-in"),
        ({"state": None}, "another sign-in"),
        ({"iss": "https://another.example"}, "another identity provider"),
        ({"iss": None}, "does not say who it is from"),
        ({"code": None}, "incomplete"),
        ({"code": "guessed"}, "used already, or took too long"),
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_is_refused(
    provider: identity_provider.IdentityProvider,
    bot: IdentityProvider,
    change: dict[str, str | None],
    words: str,
) -> None:
    """Another sign-in's answer, another provider's, a guessed code."""
    begun = bot.begin(ANA)
    changed = {**answer(provider, begun), **change}
    with pytest.raises(NotAllowed, match=words):
        bot.finish(begun, {name: value for name, value in changed.items() if value is not None})


def test_a_code_is_good_once(provider: identity_provider.IdentityProvider, bot: IdentityProvider) -> None:
    """The same answer brought again proves nothing."""
    begun = bot.begin(ANA)
    brought = answer(provider, begun)
    bot.finish(begun, brought)
    with pytest.raises(NotAllowed, match="used already"):
        bot.finish(begun, brought)


def test_a_code_of_another_sign_in_is_refused(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider
) -> None:
    """A code that was stolen from another's sign-in fails by PKCE, although the state fits."""
    mine, theirs = bot.begin(ANA), bot.begin(MEI)
    stolen = query(provider.sign_in(theirs.url, MEI))["code"]
    with pytest.raises(NotAllowed, match="used already, or took too long"):
        bot.finish(mine, {**answer(provider, mine), "code": stolen})


# -- when it is down or set up wrongly --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 404}, {"refuse": True}, {"status": 302}], ids=str
)
@pytest.mark.parametrize("on", ["discovery", " keys$", "token$"])
def test_a_provider_that_is_down_is_unavailable(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, on: str, fault: dict[str, Any]
) -> None:
    """The person reads which system does not answer, and the next sign-in works."""
    provider.fault(on=on, **fault)
    with pytest.raises(Unavailable, match=r"identity provider .*; nothing was approved"):
        signed_in(provider, bot)
    assert signed_in(provider, bot).email == ANA


def test_a_slow_provider_is_not_waited_for(provider: identity_provider.IdentityProvider) -> None:
    """After the timeout the person is told."""
    provider.fault(on="discovery", delay=0.5)
    with pytest.raises(Unavailable):
        adapter(provider, timeout=0.1).begin(ANA)


def test_a_wrong_secret_is_told_as_one(provider: identity_provider.IdentityProvider) -> None:
    """What the person who runs the bot must mend is in the sentence."""
    with pytest.raises(Refused, match=r"invalid_client.*check the client id, its secret"):
        signed_in(provider, adapter(provider, client_secret=SecretStr("another")))


def test_a_provider_must_call_itself_as_it_is_configured(
    provider: identity_provider.IdentityProvider,
) -> None:
    """An address that merely leads to the provider is not its name."""
    with pytest.raises(Refused, match="calls itself"):
        adapter(provider, issuer=provider.url.replace("127.0.0.1", "localhost")).begin(ANA)


@pytest.mark.parametrize("address", ["http://idp.example", "idp.example", "ftp://127.0.0.1", ""])
@pytest.mark.parametrize("which", ["issuer", "redirect_uri"])
def test_only_https_leaves_this_machine(
    provider: identity_provider.IdentityProvider, which: str, address: str
) -> None:
    """An address without https is a mistake at the start, not a risk later."""
    with pytest.raises(ValueError, match="neither https"):
        adapter(provider, **{which: address})


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_provider_that_names_plain_http_is_refused(
    provider: identity_provider.IdentityProvider, bot: IdentityProvider, name: str
) -> None:
    """Nobody is sent, and no secret is sent, over plain http to another machine."""
    provider.description = {name: "http://idp.example/x"}
    with pytest.raises(Refused, match="not https"):
        bot.begin(ANA)
