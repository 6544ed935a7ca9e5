"""The pages of a sign-in, from the link to the thread, against a real store and a provider over real HTTP."""

import re
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest
import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import BotError, Decided, Stale, Unavailable
from bot.identity_provider import IdentityProvider
from bot.proposal import SignIn
from bot.sign_in_pages import SignInPages
from bot.sign_ins import SignIns, Wish
from sandbox import identity_provider, seed
from sandbox.identity_provider import CANCEL, CLIENT_ID, CLIENT_SECRET, KEY, PASSWORD
from sandbox.identity_provider.forgery import Forgery
from sandbox.server import free_port

ANA, MEI = "ana.costa@brightlane.example", "mei.tanaka@brightlane.example"
CALLBACK = "http://127.0.0.1:9/sign-in/callback"
THREAD = "https://brightlane.slack.com/archives/C0NORTHWIND/p12?thread_ts=1.1&cid=C0NORTHWIND"


def wish(**what: str | None) -> Wish:
    given = {
        "proposal": "prp_1",
        "version": 2,
        "digest": "d1",
        "what": "Submit Northwind & Sons <b> to AWS Partner Central",
        "user": "U0ANA",
        "email": ANA,
        "team": "T0BRIGHT",
        "channel": "C0NORTHWIND",
        "message_ts": "1.2",
        "permalink": THREAD,
    }
    return Wish.model_validate({**given, **what})


class Page:
    """What a browser got."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.html = status, headers, body.decode()

    @property
    def text(self) -> str:
        """The words a person reads."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html.partition("</style>")[2]))


class Browser:
    """A browser with its own cookies; it keeps what the pages set and sends what it keeps."""

    def __init__(self, pages: SignInPages) -> None:
        self.pages = pages
        self.cookies: dict[str, str] = {}

    def get(self, address: str, method: str = "GET") -> Page:
        """Open a page of the bot's."""
        parts = urlsplit(address)
        page = Page(
            *self.pages.answer(
                {
                    "REQUEST_METHOD": method,
                    "PATH_INFO": parts.path,
                    "QUERY_STRING": parts.query,
                    "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                }
            )
        )
        for name, morsel in SimpleCookie(page.headers.get("Set-Cookie", "")).items():
            self.cookies[name] = morsel.value
            if morsel["max-age"] == "0":
                del self.cookies[name]
        return page

    def press(self, link: str) -> Page:
        """Press the button on the page of a link."""
        return self.get(link, "POST")


class Desk:
    """Everything around the pages: the provider, the store, and the place where approvals are recorded."""

    def __init__(self, provider: identity_provider.IdentityProvider, store: redis.Redis) -> None:
        self.provider, self.store, self.sign_ins = provider, store, SignIns(store)
        self.approved: list[tuple[Wish, SignIn, str]] = []
        self.refusal: BotError | None = None
        self.pages = self.built()

    def built(
        self, secure: bool = False, acr: str | None = None, store: redis.Redis | None = None
    ) -> SignInPages:
        relying = IdentityProvider(
            issuer=self.provider.url,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            redirect_uri=CALLBACK,
            acr=acr,
            timeout=2,
        )
        sign_ins = self.sign_ins if store is None else SignIns(store)
        return SignInPages(sign_ins, relying, self.approve, secure=secure)

    def approve(self, wish: Wish, sign_in: SignIn, email: str) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.approved.append((wish, sign_in, email))
        return "Submitting Northwind to AWS Partner Central was approved."

    def link(self, **what: str | None) -> str:
        return f"/sign-in/{self.sign_ins.open(wish(**what))}"

    def through(self, browser: Browser, link: str, email: str = ANA, how: str = KEY) -> Page:
        """Press the button, sign in there, come back."""
        return browser.get(self.returned(browser, link, email, how))

    def returned(self, browser: Browser, link: str, email: str = ANA, how: str = KEY) -> str:
        """The address to which the provider sends the browser back."""
        return self.provider.sign_in(browser.press(link).headers["Location"], email, how)


@pytest.fixture(scope="module")
def _provider() -> Iterator[identity_provider.IdentityProvider]:
    with identity_provider.IdentityProvider(seed.load()) as stand_in:
        stand_in.redirect_uri = CALLBACK
        yield stand_in


@pytest.fixture
def desk(_provider: identity_provider.IdentityProvider, store: redis.Redis) -> Desk:
    """An empty store and the provider as it starts."""
    _provider.reset()
    return Desk(_provider, store)


@pytest.fixture
def browser(desk: Desk) -> Browser:
    """Ana's browser."""
    return Browser(desk.pages)


# -- the way through --------------------------------------------------------------------------------------------
def test_from_the_link_to_the_thread(desk: Desk, browser: Browser) -> None:
    """A person sees what they approve, signs in, and is told; the approval rests on exactly this wish and sign-in."""
    link = desk.link()
    asked = browser.get(link)
    assert asked.status == 200
    assert "Submit Northwind &amp; Sons &lt;b&gt; to AWS Partner Central" in asked.html and ANA in asked.text
    sent = browser.press(link)
    assert (sent.status, sent.html) == (303, "")
    assert sent.headers["Location"].startswith(f"{desk.provider.url}/authorize?")
    done = browser.get(desk.provider.sign_in(sent.headers["Location"], ANA))
    assert done.status == 200 and "Submitting Northwind to AWS Partner Central was approved." in done.text
    assert f'href="{THREAD.replace("&", "&amp;")}"' in done.html
    ((what, sign_in, email),) = desk.approved
    assert (what, email, sign_in.subject, sign_in.strength) == (wish(), ANA, "idp-ana", "phrh")


def test_a_previewer_does_not_use_the_link_up(desk: Desk, browser: Browser) -> None:
    """Programs that look at links before a person does change nothing."""
    link = desk.link()
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        Browser(desk.pages).get(link, method)
    assert desk.through(browser, link).status == 200
    assert len(desk.approved) == 1


def test_upper_and_lower_case_are_one_address(desk: Desk, browser: Browser) -> None:
    """Providers and Slack may write the same address differently."""
    assert desk.through(browser, desk.link(email="Ana.Costa@Brightlane.example")).status == 200


def test_two_cards_can_be_approved_beside_each_other(desk: Desk, browser: Browser) -> None:
    """A sign-in that is begun in another tab does not end this one."""
    first = desk.returned(browser, desk.link())
    second = desk.returned(browser, desk.link(proposal="prp_2"))
    assert (browser.get(first).status, browser.get(second).status) == (200, 200)
    assert [what.proposal for what, _, _ in desk.approved] == ["prp_1", "prp_2"]


def test_without_an_address_of_the_thread_there_is_no_link_to_it(desk: Desk, browser: Browser) -> None:
    """Nothing that is not a web address becomes a link."""
    for permalink in (None, "javascript:alert(1)"):
        done = desk.through(browser, desk.link(permalink=permalink))
        assert done.status == 200 and "<a " not in done.html


# -- once, and not for long -------------------------------------------------------------------------------------
def test_a_link_is_good_once(desk: Desk, browser: Browser) -> None:
    """Pressing again, or opening it again, says what happened and what to do."""
    link = desk.link()
    desk.through(browser, link)
    for page in (browser.press(link), browser.get(link)):
        assert page.status == 410
        assert "used already" in page.text and "press Approve there again" in page.text
    assert len(desk.approved) == 1


def test_a_link_ends_after_five_minutes(desk: Desk, browser: Browser) -> None:
    """A link whose time is over neither shows what it was for nor leads anywhere."""
    link = desk.link()
    (name,) = desk.store.scan_iter("cosell:sign-in:link:*")
    assert 0 < desk.store.ttl(name) <= 300
    desk.store.expire(name, 0)
    assert (browser.get(link).status, browser.press(link).status) == (410, 410)
    assert "Northwind" not in browser.get(link).text


def test_a_sign_in_that_took_too_long_approves_nothing(desk: Desk, browser: Browser) -> None:
    """Somebody who comes back after five minutes is told to press Approve again."""
    back = desk.returned(browser, desk.link())
    (name,) = desk.store.scan_iter("cosell:sign-in:state:*")
    assert 0 < desk.store.ttl(name) <= 300
    desk.store.expire(name, 0)
    late = browser.get(back)
    assert late.status == 410 and "longer than five minutes" in late.text
    assert not desk.approved


def test_an_answer_is_taken_once(desk: Desk, browser: Browser) -> None:
    """Reloading the last page approves nothing more."""
    back = desk.returned(browser, desk.link())
    assert (browser.get(back).status, browser.get(back).status) == (200, 410)
    assert len(desk.approved) == 1


# -- not this person, not this browser --------------------------------------------------------------------------
def test_another_browser_cannot_finish(desk: Desk, browser: Browser) -> None:
    """An answer that was taken from one browser is worth nothing in another, and nothing in the first afterwards."""
    back = desk.returned(browser, desk.link())
    other = Browser(desk.pages)
    desk.returned(other, desk.link())  # it has a cookie, of its own sign-in
    stolen = other.get(back)
    assert stolen.status == 403 and "another browser" in stolen.text
    assert THREAD not in stolen.html
    assert browser.get(back).status == 410
    assert not desk.approved


def test_a_forged_cookie_does_not_do(desk: Desk, browser: Browser) -> None:
    """The cookie's name is no secret; what it holds is."""
    back = desk.returned(browser, desk.link())
    browser.cookies = dict.fromkeys(browser.cookies, "guessed")
    assert browser.get(back).status == 403
    assert not desk.approved


def test_somebody_else_cannot_approve_with_the_link(desk: Desk, browser: Browser) -> None:
    """Whoever signs in must be who pressed Approve, and reads both addresses."""
    page = desk.through(browser, desk.link(), email=MEI)
    assert page.status == 403
    assert f"You signed in as {MEI}, but it was {ANA} who pressed Approve" in page.text
    assert not desk.approved


def test_cancelling_approves_nothing(desk: Desk, browser: Browser) -> None:
    """Whoever cancels reads so and gets back to the thread."""
    page = desk.through(browser, desk.link(), how=CANCEL)
    assert page.status == 403 and "The sign-in was cancelled; nothing was approved." in page.text
    assert "Back to the thread" in page.text


def test_a_weaker_sign_in_approves_nothing(desk: Desk) -> None:
    """A password does not do where a security key is asked for."""
    strict = Browser(desk.built(acr="phrh"))
    page = desk.through(strict, desk.link(), how=PASSWORD)
    assert page.status == 403 and "not strong enough" in page.text
    assert not desk.approved


@pytest.mark.parametrize("forgery", list(Forgery))
def test_a_forged_token_approves_nothing(desk: Desk, browser: Browser, forgery: Forgery) -> None:
    """Whatever is wrong with it, the person reads a sentence and nothing is recorded."""
    desk.provider.forgery = forgery
    page = desk.through(browser, desk.link())
    assert page.status == 403 and not desk.approved


@pytest.mark.parametrize(
    "query",
    ["", "state=", "state=guessed&code=x", "code=x", "state=%00", "a=1&" * 50, "state=%ff"],
)
def test_an_answer_out_of_nowhere_is_refused(desk: Desk, browser: Browser, query: str) -> None:
    """What no sign-in waits for says so, whatever its form."""
    desk.returned(browser, desk.link())
    assert browser.get(f"/sign-in/callback?{query}").status == 410
    assert not desk.approved


def test_an_answer_with_a_parameter_twice_is_refused(desk: Desk, browser: Browser) -> None:
    """Nobody chooses which of two codes counts."""
    back = desk.returned(browser, desk.link())
    assert browser.get(f"{back}&code=another").status == 410
    assert not desk.approved


# -- when something is down -------------------------------------------------------------------------------------
def test_a_provider_that_is_down_costs_no_link(desk: Desk, browser: Browser) -> None:
    """The person reads so, and the same link works when the provider is back."""
    link = desk.link()
    desk.provider.fault(on="discovery", status=503)
    down = browser.press(link)
    assert down.status == 503 and "does not answer as it should; nothing was approved" in down.text
    assert desk.through(browser, link).status == 200


def test_a_provider_that_goes_down_midway_is_told(desk: Desk, browser: Browser) -> None:
    """After the code is spent the link must be asked for again, which works."""
    desk.provider.fault(on="token$", status=503)
    down = desk.through(browser, desk.link())
    assert down.status == 503 and "nothing was approved" in down.text and "Back to the thread" in down.text
    assert desk.through(browser, desk.link()).status == 200
    assert len(desk.approved) == 1


def test_a_store_that_is_down_is_told(desk: Desk) -> None:
    """Every page says that it is not possible just now."""
    nowhere = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    lost = Browser(desk.built(store=nowhere))
    link = desk.link()
    for page in (lost.get(link), lost.press(link), lost.get("/sign-in/callback?state=x")):
        assert page.status == 503 and "nothing was approved" in page.text


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Stale("The deal moved on."), 409),
        (Decided("Mei was <faster>."), 409),
        (Unavailable("The ledger does not answer."), 503),
    ],
)
def test_why_an_approval_was_not_taken_is_shown(
    desk: Desk, browser: Browser, refusal: BotError, status: int
) -> None:
    """A sign-in that comes too late says what the thread would."""
    desk.refusal = refusal
    page = desk.through(browser, desk.link())
    assert page.status == status
    assert str(refusal).replace("<", "&lt;").replace(">", "&gt;") in page.html


# -- how the pages are served -----------------------------------------------------------------------------------
def test_every_answer_is_strict(desk: Desk, browser: Browser) -> None:
    """No script, no frame, no copy kept, no address told on, whatever the answer."""
    link = desk.link()
    answers = [browser.get(link), browser.press(link), browser.get(link), browser.get("/sign-in/nothing")]
    answers += [browser.get("/sign-in/callback"), browser.get(link, "PUT")]
    assert [page.status for page in answers] == [200, 303, 410, 404, 410, 405]
    for page in answers:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in page.html and "src=" not in page.html


def test_the_cookie_is_for_this_host_and_no_script(desk: Desk) -> None:
    """By https it carries the prefix that browsers hold to this host; it ends with the sign-in."""
    browser = Browser(desk.built(secure=True))
    sent = browser.press(desk.link())
    cookie = sent.headers["Set-Cookie"]
    assert cookie.startswith("__Host-cosell-")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=300"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    done = browser.get(desk.provider.sign_in(sent.headers["Location"], ANA))
    assert done.status == 200 and not browser.cookies


def test_by_https_a_form_leads_to_https_alone(desk: Desk) -> None:
    """The provider may pass the browser on, but never to plain http."""
    page = Browser(desk.built(secure=True)).get(desk.link())
    assert "form-action 'self' https:;" in page.headers["Content-Security-Policy"]
