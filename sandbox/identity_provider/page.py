"""The sign-in page: who are you, and how do you prove it. Nobody has a password here."""

from collections.abc import Iterable, Mapping
from html import escape

_STYLE = """
:root { color-scheme: light dark; --bg: #eef1f6; --card: #fff; --text: #1b1f27; --muted: #565d6b; --line: #cfd5df;
  --go: #1f4fb8; --go-text: #fff; }
@media (prefers-color-scheme: dark) { :root { --bg: #12151b; --card: #1d212a; --text: #e9ebf0; --muted: #adb3bf;
  --line: #3a404d; --go: #8db4ff; --go-text: #0d1a33; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--bg);
  color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
main { width: 100%; max-width: 420px; padding: 28px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
h1 { margin: 0 0 4px; font-size: 22px; }
p { margin: 0 0 16px; color: var(--muted); }
fieldset { border: 0; margin: 0 0 18px; padding: 0; }
legend { font-weight: 600; margin-bottom: 6px; padding: 0; }
label { display: block; padding: 7px 10px; border: 1px solid var(--line); border-radius: 8px; margin-bottom: 6px; }
small { display: block; margin-inline-start: 25px; color: var(--muted); }
button { width: 100%; padding: 10px; margin-bottom: 8px; border: 1px solid var(--go); border-radius: 8px; font: inherit;
  font-weight: 600; background: var(--go); color: var(--go-text); cursor: pointer; }
button.plain { background: none; color: var(--text); border-color: var(--line); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
"""


def sign_in(people: Iterable[tuple[str, str]], asked: Mapping[str, str]) -> str:
    """The page for a request of authorization; ``people`` are names with e-mail addresses."""
    hint = asked.get("login_hint", "").lower()
    choices = "".join(
        f'<label><input type="radio" name="who" value="{escape(email)}" required'
        f"{' checked' if email == hint else ''}> {escape(name)}<small>{escape(email)}</small></label>"
        for name, email in people
    )
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    return _page(
        "Sign in to Brightlane",
        "<p>A stand-in of your company's own sign-in.</p>"
        f'<form method="post" action="/authorize">{kept}<fieldset><legend>Who are you?</legend>{choices}</fieldset>'
        '<button name="how" value="security key">Touch the security key</button>'
        '<button name="how" value="password" class="plain">Use a password</button>'
        '<button name="how" value="cancel" class="plain" formnovalidate>Cancel</button></form>',
    )


def wrong(why: str) -> str:
    """The page for a request that must not be answered by sending the browser anywhere."""
    return _page("This request cannot be taken", f"<p>{escape(why)}</p>")


def _page(heading: str, content: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(heading)}</h1>{content}</main></body></html>\n"
    )
