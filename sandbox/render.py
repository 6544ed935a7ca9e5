"""Show messages and modals as Slack would, in one HTML page: ``python -m sandbox.render OUT.html``."""

import html
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Block = Mapping[str, Any]

EMOJI = {
    "hourglass_flowing_sand": ("\u29d7", "#b8860b"),
    "large_blue_circle": ("\u25cf", "#1d9bd1"),
    "link": ("\u221e", "#616061"),
    "memo": ("\u270e", "#b8860b"),
    "no_entry_sign": ("\u2298", "#c0123c"),
    "radio_button": ("\u25c9", "#1264a3"),
    "warning": ("\u26a0", "#d68600"),
    "white_check_mark": ("\u2714", "#2eb67d"),
    "white_circle": ("\u25cb", "#868686"),
    "x": ("\u2716", "#e01e5a"),
    "zzz": ("z", "#616061"),
}
"""Signs and colours that need no emoji font, by Slack's names."""
_TOKEN = re.compile(
    r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<live>[^<>]+)>|:(?P<emoji>[\w+-]+):", re.DOTALL
)
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?! )([^*\n]*[^*\n ])\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?! )([^\n]*?[^\n ])_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?! )([^~\n]*[^~\n ])~(?![\w~])"), r"<s>\1</s>"),
    (re.compile(r"^&gt; ?(.*)$", re.MULTILINE), r"<blockquote>\1</blockquote>"),
)


def mrkdwn(text: str, names: Mapping[str, str] | None = None) -> str:
    """Slack's mrkdwn as HTML, with mentions by name and dates in UTC."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(_token(found, names or {}))
        return f"\ue000{len(held) - 1}\ue001"

    known = html.escape(html.unescape(_TOKEN.sub(hold, text)), quote=False)
    for style, replacement in _STYLES:
        known = style.sub(replacement, known)
    known = re.sub("\ue000(\\d+)\ue001", lambda m: held[int(m.group(1))], known)
    return known.replace("\n", "<br>").replace("  ", "&nbsp; ")


def _token(found: re.Match[str], names: Mapping[str, str]) -> str:
    if found["pre"] is not None:
        return f"<pre>{_literal(found['pre'])}</pre>"
    if found["code"] is not None:
        return f"<code>{_literal(found['code'])}</code>"
    if found["emoji"] is not None:
        sign, colour = EMOJI.get(found["emoji"], (found[0], "inherit"))
        return f'<span class="emoji" style="color: {colour}">{sign}</span>'
    target, _, label = found["live"].partition("|")
    if target.startswith("@"):
        return f'<span class="mention">@{_literal(names.get(target[1:], label or target[1:]))}</span>'
    if target.startswith("!date^"):
        return f"<span>{_literal(_date(target))}</span>"
    if target.startswith(("!", "#")):
        return f'<span class="mention">{_literal(label or "@" + target[1:])}</span>'
    return f'<a href="{html.escape(html.unescape(target))}">{_literal(label or target)}</a>'


def _literal(text: str) -> str:
    return html.escape(html.unescape(text), quote=False)


def _date(token: str) -> str:
    _, seconds, pattern, *_ = [*token.split("^"), "", ""]
    at = datetime.fromtimestamp(int(seconds), UTC)
    return pattern.replace("{date_short_pretty}", f"{at:%b} {at.day}").replace(
        "{time}", f"{at:%I:%M %p}".lstrip("0")
    )


def _text(value: Block, names: Mapping[str, str]) -> str:
    text = str(value["text"])
    return mrkdwn(text, names) if value["type"] == "mrkdwn" else html.escape(text).replace("\n", "<br>")


def _button(element: Block, names: Mapping[str, str]) -> str:
    return f'<button class="{element.get("style", "")}">{_text(element["text"], names)}</button>'


def _input(element: Block, names: Mapping[str, str]) -> str:
    kind = element["type"]
    if kind == "checkboxes":
        chosen = [option["value"] for option in element.get("initial_options", ())]
        boxes = (
            f'<label><input type="checkbox"{" checked" * (o["value"] in chosen)}>{_text(o["text"], names)}</label>'
            for o in element["options"]
        )
        return f'<div class="boxes">{"".join(boxes)}</div>'
    if kind == "datetimepicker" and "initial_date_time" in element:
        at = datetime.fromtimestamp(element["initial_date_time"], UTC)
        shown = f"{at:%b %d, %Y %I:%M %p}"
    elif "initial_option" in element:
        shown = element["initial_option"]["text"]["text"]
    elif "initial_options" in element:
        shown = ", ".join(option["text"]["text"] for option in element["initial_options"])
    else:
        shown = element.get("initial_value") or element.get("initial_date") or ""
    arrow = '<span class="arrow">▾</span>' if "select" in kind or "picker" in kind else ""
    return (
        f'<div class="field {"tall" if element.get("multiline") else ""}">{html.escape(shown)}{arrow}</div>'
    )


def block(block: Block, names: Mapping[str, str]) -> str:
    """One block as HTML."""
    match block["type"]:
        case "divider":
            return "<hr>"
        case "header":
            return f"<h3>{_text(block['text'], names)}</h3>"
        case "context":
            pieces = "".join(f"<span>{_text(element, names)}</span>" for element in block["elements"])
            return f'<div class="context">{pieces}</div>'
        case "actions":
            return f'<div class="actions">{"".join(_button(e, names) for e in block["elements"])}</div>'
        case "input":
            optional = ' <span class="grey">(optional)</span>' if block.get("optional") else ""
            hint = f'<div class="grey">{_text(block["hint"], names)}</div>' if "hint" in block else ""
            element = _input(block["element"], names)
            return f'<div class="input"><b>{_text(block["label"], names)}</b>{optional}{element}{hint}</div>'
    text = f"<div>{_text(block['text'], names)}</div>" if "text" in block else ""
    fields = "".join(f"<div>{_text(field, names)}</div>" for field in block.get("fields", ()))
    beside = _button(block["accessory"], names) if "accessory" in block else ""
    columns = f'<div class="fields">{fields}</div>' if fields else ""
    return f'<div class="section"><div class="grow">{text}{columns}</div>{beside}</div>'


def _blocks(blocks: Iterable[Block], names: Mapping[str, str]) -> str:
    return "".join(block(each, names) for each in blocks)


def _message(author: str, time: str, card: Block, names: Mapping[str, str]) -> str:
    if card.get("type") == "modal":
        foot = f"<button>{_text(card['close'], names)}</button>" if "close" in card else ""
        foot += f'<button class="primary">{_text(card["submit"], names)}</button>' if "submit" in card else ""
        title = _text(card["title"], names)
        inside = f'<h3>{title}</h3>{_blocks(card["blocks"], names)}<div class="foot">{foot}</div>'
        return f'<div class="modal">{inside}</div>'
    body = _blocks(card["blocks"], names) if card.get("blocks") else mrkdwn(str(card.get("text", "")), names)
    initials = "".join(word[0] for word in author.split()[:2]).upper()
    app = '<span class="app">APP</span>' if card.get("blocks") else ""
    head = f"<b>{html.escape(author)}</b> {app}<time>{html.escape(time)}</time>"
    said = f'<div class="grow">{head}<div>{body}</div></div>'
    return f'<div class="message"><div class="avatar">{initials}</div>{said}</div>'


def page(messages: Sequence[tuple[str, str, Block]], names: Mapping[str, str]) -> str:
    """Messages and modals, each as author, time and card or view, as one HTML page; ``names`` by user id."""
    drawn = "\n".join(_message(author, time, card, names) for author, time, card in messages)
    head = f'<meta charset="utf-8"><title>Slack</title><style>{_CSS}</style>'
    return f'<!doctype html><html lang="en">{head}{drawn}</html>'


_CSS = """
body { margin: 0; padding: 16px 20px; width: 700px; background: #fff; color: #1d1c1d;
  font: 15px/1.46668 Lato, "Slack-Lato", "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
.message { display: flex; gap: 10px; padding: 8px 0 18px; }
.avatar { width: 36px; height: 36px; border-radius: 8px; background: #4a154b; color: #fff; flex: none;
  font-weight: 700; font-size: 14px; display: flex; align-items: center; justify-content: center; }
.grow { flex: 1; min-width: 0; overflow-wrap: anywhere; }
time { color: #616061; font-size: 12px; margin-left: 6px; }
.app { background: #ececec; color: #616061; font-size: 10px; font-weight: 700; padding: 1px 4px; border-radius: 2px; }
h3 { font-size: 18px; line-height: 1.3; margin: 8px 0 4px; font-weight: 900; }
hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0; }
.section { display: flex; gap: 16px; margin: 6px 0; align-items: flex-start; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; }
.context { color: #616061; font-size: 13px; line-height: 1.4; margin: 4px 0 8px; display: flex; flex-wrap: wrap;
  gap: 2px 12px; }
.actions { display: flex; gap: 8px; margin: 10px 0 8px; }
button { font: 700 15px/1 inherit; font-family: inherit; font-size: 14px; font-weight: 700; height: 36px;
  padding: 0 12px; border-radius: 8px; border: 1px solid #bbbabb; background: #fff; color: #1d1c1d; flex: none; }
button.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
a { color: #1264a3; text-decoration: none; }
.emoji { display: inline-block; min-width: 20px; text-align: center; font-weight: 700; }
.mention { background: #e8f5fa; color: #1264a3; border-radius: 3px; padding: 0 2px 1px; }
code { background: #f6f6f6; border: 1px solid #ddd; color: #c0123c; border-radius: 3px; padding: 1px 3px;
  font-size: 12px; }
blockquote { border-left: 4px solid #ddd; margin: 0; padding-left: 10px; }
.modal { border: 1px solid #ddd; border-radius: 10px; width: 520px; padding: 14px 24px; margin: 12px 0;
  box-shadow: 0 10px 30px #0002; }
.input { margin: 14px 0; }
.field { border: 1px solid #868686; border-radius: 6px; padding: 6px 12px; min-height: 22px; margin: 4px 0;
  white-space: pre-wrap; position: relative; }
.field.tall { min-height: 66px; }
.arrow { position: absolute; right: 10px; color: #616061; }
.boxes { display: flex; flex-direction: column; gap: 4px; margin: 6px 0; }
.grey { color: #616061; font-size: 13px; }
.foot { display: flex; justify-content: flex-end; gap: 8px; margin-top: 16px; }
"""

if __name__ == "__main__":
    from sandbox.example_cards import NAMES, messages

    Path(sys.argv[1]).write_text(page(messages(datetime.now(UTC)), NAMES))
