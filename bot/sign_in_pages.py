"""The pages of a sign-in, below ``/sign-in/``: ask, send to the identity provider, and say what came of it.

Following a link changes nothing: programs that look at links do that too. The button does, once.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

import structlog

from bot.errors import BotError, NotAllowed, Refused, Unavailable
from bot.proposal import SignIn
from bot.sign_ins import CALLBACK, LASTS, PATH, Provider, SignIns, Waiting, Wish, hashed

log = structlog.get_logger()

Answer = tuple[int, dict[str, str], bytes]
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
GONE = (
    "This link was used already, or is older than five minutes; nothing was approved by opening it. "
    "The thread shows whether the approval was recorded; if not, press Approve there again."
)
AGAIN = "Go back to the thread and press Approve again."
HEADINGS = {
    HTTPStatus.OK: "Approval recorded",
    HTTPStatus.GONE: "This link has ended",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not just now",
}

STYLE = """
:root { color-scheme: light dark; --bg: #f6f6f7; --card: #fff; --text: #1d1c1d; --muted: #5c5b5e; --line: #d9d9dd;
  --go: #00684c; --go-text: #fff; --link: #0b5c9c; }
@media (prefers-color-scheme: dark) { :root { --bg: #17191c; --card: #222529; --text: #ececed; --muted: #b3b4b7;
  --line: #3d4046; --go: #3fcf9f; --go-text: #10231c; --link: #7cc4f5; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--bg);
  color: var(--text); font: 17px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
main { width: 100%; max-width: 480px; padding: 32px; background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 24px; line-height: 1.25; }
p { margin: 0 0 14px; }
.what { padding: 12px 16px; border-inline-start: 4px solid var(--go); background: var(--bg); border-radius: 0 8px 8px 0;
  font-weight: 600; white-space: pre-line; }
.small { color: var(--muted); font-size: 15px; }
button { width: 100%; padding: 12px; border: 0; border-radius: 9px; background: var(--go); color: var(--go-text);
  font: inherit; font-weight: 700; cursor: pointer; }
form { margin-bottom: 10px; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main > :last-child { margin-bottom: 0; }
"""


class SignInPages:
    """Answers what is asked below ``/sign-in/``.

    ``approve`` records an approval for a wish, from a sign-in and the e-mail address that it proved, which is the
    wish's own; it returns the sentence to show, or raises a ``BotError`` whose words are shown. ``secure`` says that
    browsers reach the bot by https.
    """

    def __init__(
        self,
        sign_ins: SignIns,
        provider: Provider,
        approve: Callable[[Wish, SignIn, str], str],
        *,
        secure: bool,
    ) -> None:
        self._sign_ins, self._provider, self._approve = sign_ins, provider, approve
        self._secure = secure

    def answer(self, environ: Mapping[str, Any]) -> Answer:
        """Status, headers and body for a request whose path is below ``/sign-in/``."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        token = path.removeprefix(PATH)
        if path != CALLBACK and not TOKEN.fullmatch(token):
            return self._page(404, "There is nothing here", "This address is not one of a sign-in.")
        allowed = ("GET",) if path == CALLBACK else ("GET", "POST")
        if method not in allowed:
            status, headers, body = self._page(405, "This is not how", "Open the link in a browser.")
            return status, {**headers, "Allow": ", ".join(allowed)}, body
        wish = None
        try:
            if path != CALLBACK:
                return self._go(token) if method == "POST" else self._ask(token)
            waiting = self._answered(environ)
            wish = waiting.wish
            return self._finish(waiting, environ)
        except BotError as error:
            log.info(
                "sign_in.refused", proposal=wish and wish.proposal, user=wish and wish.user, why=str(error)
            )
            return self._no(error, wish)

    # -- the three steps ------------------------------------------------------------------------------------------
    def _ask(self, token: str) -> Answer:
        wish = self._sign_ins.peek(token)
        if wish is None:
            return self._gone()
        return self._page(
            200,
            "Sign in to approve",
            f'<p class="what">{escape(wish.what)}</p>'
            f"<p>Your company asks you to prove who you are before this is approved. "
            f"Sign in as <strong>{escape(wish.email)}</strong>.</p>"
            '<form method="post"><button>Sign in and approve</button></form>'
            '<p class="small">The approval is recorded as soon as you have signed in.</p>',
            wish,
            html=True,
        )

    def _go(self, token: str) -> Answer:
        wish = self._sign_ins.peek(token)
        if wish is None:
            return self._gone()
        # Before the link is used up: when the provider is down, the same link can be tried again.
        begun = self._provider.begin(wish.email)
        if self._sign_ins.take(token) is None:
            return self._gone()
        browser = secrets.token_urlsafe(32)
        self._sign_ins.started(Waiting(wish=wish, begun=begun, browser=hashed(browser)))
        log.info("sign_in.started", proposal=wish.proposal, user=wish.user)
        headers = {"Location": begun.url, "Set-Cookie": self._cookie(begun.state, browser, LASTS)}
        return 303, {**self._headers(), **headers}, b""

    def _answered(self, environ: Mapping[str, Any]) -> Waiting:
        query, cookies = _query(environ), SimpleCookie()
        state = query.get("state", "")
        waiting = self._sign_ins.finished(state)
        if waiting is None:
            raise _Gone(
                "This sign-in was finished before, or took longer than five minutes. "
                "The thread shows whether the approval was recorded; if not, press Approve there again."
            )
        try:
            cookies.load(environ.get("HTTP_COOKIE", ""))
        except CookieError:
            cookies.clear()
        cookie = cookies.get(self._cookie_name(state))
        if cookie is None or not waiting.same_browser(cookie.value):
            log.warning("sign_in.another_browser", proposal=waiting.wish.proposal, user=waiting.wish.user)
            raise NotAllowed(
                f"This sign-in was begun in another browser, or cookies are off; nothing was approved. {AGAIN}"
            )
        return waiting

    def _finish(self, waiting: Waiting, environ: Mapping[str, Any]) -> Answer:
        wish = waiting.wish
        proved = self._provider.finish(waiting.begun, _query(environ))
        if proved.email.casefold() != wish.email.casefold():
            raise NotAllowed(
                f"You signed in as {proved.email}, but it was {wish.email} who pressed Approve; nothing was approved. "
                f"{AGAIN}"
            )
        said = self._approve(wish, proved.sign_in, proved.email)
        log.info("sign_in.finished", proposal=wish.proposal, user=wish.user, subject=proved.sign_in.subject)
        status, headers, body = self._page(200, HEADINGS[HTTPStatus.OK], said, wish)
        return status, {**headers, "Set-Cookie": self._cookie(waiting.begun.state, "", 0)}, body

    # -- what they share ------------------------------------------------------------------------------------------
    def _cookie_name(self, state: str) -> str:
        # One for each sign-in, so that two cards can be approved beside each other. The prefix keeps other hosts from
        # setting it (RFC 6265bis, section 4.1.3.2); it needs https.
        return f"{'__Host-' if self._secure else ''}cosell-{hashed(state)[:16]}"

    def _cookie(self, state: str, value: str, seconds: int) -> str:
        # Lax, not Strict: the provider's redirect comes from another site.
        secure = "; Secure" if self._secure else ""
        return (
            f"{self._cookie_name(state)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        )

    def _gone(self) -> Answer:
        return self._page(410, HEADINGS[HTTPStatus.GONE], GONE)

    def _no(self, error: BotError, wish: Wish | None) -> Answer:
        status = _status(error)
        return self._page(status, HEADINGS.get(HTTPStatus(status), "Not approved"), str(error), wish)

    def _page(
        self, status: int, heading: str, text: str, wish: Wish | None = None, *, html: bool = False
    ) -> Answer:
        content = text if html else f"<p>{escape(text)}</p>"
        back = ""
        if wish is not None and wish.permalink and wish.permalink.startswith(("https://", "http://")):
            back = f'<p><a href="{escape(wish.permalink)}">Back to the thread</a></p>'
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(heading)}</title><style>{STYLE}</style></head>"
            f"<body><main><h1>{escape(heading)}</h1>{content}{back}</main></body></html>\n"
        )
        return status, {**self._headers(), "Content-Type": "text/html; charset=utf-8"}, page.encode()

    def _headers(self) -> dict[str, str]:
        style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
        # Browsers hold the redirect that answers a form against form-action too, and every one after it.
        onward = "https:" if self._secure else "https: http://127.0.0.1:* http://localhost:*"
        return {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self' {onward}; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        }


class _Gone(Refused):
    """The sign-in that an answer belongs to is no longer awaited."""


def _status(error: BotError) -> int:
    match error:
        case Unavailable():
            return 503
        case _Gone():
            return 410
        case NotAllowed():
            return 403
    return 409


def _query(environ: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the address; none where one comes twice (RFC 6749, section 3.1)."""
    try:
        pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    query = dict(pairs)
    return query if len(query) == len(pairs) else {}
