"""Proposals with any text in any state, and what Slack publishes of Block Kit's limits."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.action import Change, Finding, Option, Preview, Receipt
from bot.clients import Reply
from bot.deal import System
from bot.proposal import (
    Approval,
    Approver,
    Claim,
    LookAlike,
    Missing,
    Origin,
    Override,
    Proposal,
    SignIn,
    Status,
    Via,
)

NASTY = (
    "",
    "   \n\n ",
    "<!channel> <@U0EVIL> <!subteam^S1> <#C0EVIL> <https://evil.example|click> *b* _i_ ~s~ `c` :tada:",
    "&<>" * 1_100,
    '"\\' * 1_600,
    "😀👨‍👩‍👧🇵🇹" * 250,
    "e\u0301\u0323" * 1_100,
    "שלום <!here> عالم " * 200,
    "one\r\ntwo\u2028> three\t\x00\x07\x1b[31m\u202ered",
    "x" * 4_000,
    "Qualification",
)
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=200))
MOMENTS = st.integers(10**9, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
IDS = st.sampled_from(("U0ANA", "U0BEN", "<!channel>", "W0MEI"))
URLS = st.sampled_from(("https://crm.example/a?b=1&c=2", "javascript:alert(1)", "https://x|y>", ""))


@st.composite
def _proposals(draw: st.DrawFn, statuses: tuple[Status, ...] = tuple(Status)) -> Proposal:
    pool = itertools.cycle(draw(st.lists(TEXTS, min_size=1, max_size=7)))
    at, user, kind = draw(MOMENTS), draw(IDS), draw(st.sampled_from(("submit_referral", "gone_since", "")))
    many = st.one_of(st.integers(0, 4), st.integers(0, 45))

    def text() -> str:
        return next(pool)

    def maybe() -> str | None:
        return next(pool) if draw(st.booleans()) else None

    def several(make: Callable[[], Any]) -> tuple[Any, ...]:
        return tuple(make() for _ in range(draw(many)))

    some, bare = maybe(), draw(st.booleans())
    names = map(str, itertools.count())
    preview = Preview(
        headline=text(),
        changes=several(
            lambda: Change(
                name=next(names),
                label=text(),
                before=None if bare else text(),
                after=text(),
                source=f"{text()} · {text()}",
                basis=text(),
                as_of=at + timedelta(minutes=len(text()) % 3),
                moved=some,
            )
        ),
        findings=several(lambda: Finding(name=next(names), label=text(), problem=text(), edit=text())),
        options=several(lambda: Option(value=text(), label=text(), why=text())),
        notes=several(text),
    )
    approver = Approver(name=text(), slack=user, email=text(), salesforce=None, calendar=None, why=text())
    status = draw(st.sampled_from(statuses))
    decided = status not in (Status.OPEN, Status.DECLINED, Status.EXPIRED)
    receipt = Receipt(
        system=System.SALESFORCE,
        record=text(),
        url=draw(
            st.sampled_from((None, "https://crm.example/a?b=1&c=2", "https://x.example/" + "a" * 5_000))
        ),
        summary=text(),
        before=dict.fromkeys((str(n) for n in range(draw(many))), text()),
        after={
            str(n): value for n, value in enumerate((text(), 12.5, True, None, ["a", text()], {"b": text()}))
        },
        request_id=None,
        response_id=None,
        acted_as=text(),
        at=at,
        verified_at=at,
        partner_of_record=maybe(),
        attribution=maybe(),
        details=several(text),
    )
    reply = Reply(system=System.PARTNER_CENTRAL, record=text(), at=at)
    sign_in = SignIn(
        issuer=draw(st.sampled_from(("https://idp.example/realms/x", "https://[", text()))),
        subject=text(),
        at=at,
        strength=maybe(),
        how=several(text),
    )
    approval = Approval(
        by=approver,
        at=at,
        version=1,
        digest=text(),
        versions={text(): text()},
        sign_in=draw(st.sampled_from((None, sign_in))),
    )
    missing = tuple(
        Missing(who=text(), people=tuple(draw(st.lists(IDS, max_size=12))))
        for _ in range(draw(st.sampled_from((0, 1, 2, 2, 9))))
    )
    override = Override(by=approver, at=at, reason=text(), missing=missing)
    given = (approval,) * draw(st.integers(int(decided), 3))
    alike = tuple(LookAlike(name=text(), url=draw(URLS), why=text()) for _ in range(draw(st.integers(0, 5))))
    return Proposal(
        id="prp_abc",
        kind=kind,
        opportunity="006000000000001AAA",
        deal_name=text(),
        deal_url=draw(URLS),
        payload={"slot": text()},
        preview=preview,
        version=draw(st.integers(1, 99)),
        status=status,
        channel="C0NORTH",
        thread_ts=None,
        origin=Origin(by=user, via=draw(st.sampled_from(Via)), words=maybe(), company=maybe(), at=at),
        approvers=(approver,) * draw(st.integers(0, 12)),
        opened_at=at,
        expires_at=at,
        edited_by=draw(st.sampled_from((None, user))),
        moved=draw(st.booleans()),
        approvals=given,
        missing=() if decided else missing,
        override=override if decided and draw(st.booleans()) else None,
        alike=alike,
        partner_of_record=maybe(),
        attribution=maybe(),
        claim=Claim(worker="w", at=at, attempt=1, versions={}, resumed=False) if decided else None,
        steps={f"{n} {text()}": reply for n in range(draw(many))} if decided else {},
        receipt=receipt if status is Status.DONE or (decided and draw(st.booleans())) else None,
        outcome=maybe(),
        reason=maybe(),
        ended_by=draw(st.sampled_from((None, user))),
        ended_at=at if status.ended else None,
    )


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _inside(where: str, value: str, most: int, least: int = 1) -> Iterator[str]:
    if not least <= _units(value) <= most:
        yield f"{where}: {_units(value)} characters, not {least} to {most}"


def _text(
    where: str, value: dict[str, Any], most: int, kinds: tuple[str, ...] = ("plain_text",)
) -> Iterator[str]:
    if value["type"] not in kinds:
        yield f"{where}: {value['type']} is not taken"
    yield from _inside(where, value["text"], most)


def _button(where: str, button: dict[str, Any]) -> Iterator[str]:
    yield from _text(f"{where} text", button["text"], 75)
    yield from _inside(f"{where} action_id", button["action_id"], 255)
    yield from _inside(f"{where} value", button.get("value", "-"), 2_000)
    yield from _inside(f"{where} url", button.get("url", "-"), 3_000)
    if not {"value", "url"} & button.keys():
        yield f"{where}: carries nothing"
    yield from _inside(f"{where} accessibility_label", button.get("accessibility_label", "-"), 75)
    if button.get("style", "primary") not in ("primary", "danger"):
        yield f"{where}: no such style"


def _options(where: str, options: list[dict[str, Any]], most: int) -> Iterator[str]:
    if not 1 <= len(options) <= most:
        yield f"{where}: {len(options)} options"
    for option in options:
        yield from _text(f"{where} option", option["text"], 75)
        yield from _inside(f"{where} option value", option["value"], 150)


def _input(where: str, block: dict[str, Any]) -> Iterator[str]:
    yield from _text(f"{where} label", block["label"], 2_000)
    if "hint" in block:
        yield from _text(f"{where} hint", block["hint"], 150)
    element = block["element"]
    yield from _inside(f"{where} action_id", element["action_id"], 255)
    if "initial_value" in element:
        yield from _inside(f"{where} initial", element["initial_value"], 3_000)
    if element["type"] in ("checkboxes", "static_select", "multi_static_select"):
        most = 10 if element["type"] == "checkboxes" else 100
        groups = element.get("option_groups") or [{"options": element["options"]}]
        for group in groups:
            yield from _options(where, group["options"], most)
            if "label" in group:
                yield from _text(f"{where} group", group["label"], 75)
        offered = [option for group in groups for option in group["options"]]
        if len({option["value"] for option in offered}) != len(offered):
            yield f"{where}: the same value twice"
        chosen = [*element.get("initial_options", ()), *filter(None, [element.get("initial_option")])]
        if any(option not in offered for option in chosen) or element.get("initial_options") == []:
            yield f"{where}: an initial option that is not offered"


def _block(block: dict[str, Any]) -> Iterator[str]:
    where = f"{block['type']} {block['block_id']}"
    both = ("plain_text", "mrkdwn")
    yield from _inside(f"{where} block_id", block["block_id"], 255)
    match block["type"]:
        case "header":
            yield from _text(where, block["text"], 150)
        case "section":
            if "text" in block:
                yield from _text(where, block["text"], 3_000, both)
            fields = block.get("fields", ())
            if ("text" not in block and not fields) or len(fields) > 10:
                yield f"{where}: {len(fields)} fields"
            for field in fields:
                yield from _text(where, field, 2_000, both)
            if "accessory" in block:
                yield from _button(where, block["accessory"])
        case "context":
            if not 1 <= len(block["elements"]) <= 10:
                yield f"{where}: {len(block['elements'])} elements"
            for element in block["elements"]:
                yield from _text(where, element, 3_000, both)
        case "actions":
            ids = [element["action_id"] for element in block["elements"]]
            if not 1 <= len(ids) <= 25 or len(set(ids)) != len(ids):
                yield f"{where}: {ids}"
            for element in block["elements"]:
                yield from _button(where, element)
        case "input":
            yield from _input(where, block)
        case "divider":
            return
        case other:
            yield f"{other} is not one of ours"


def _blocks(blocks: list[dict[str, Any]], most: int) -> Iterator[str]:
    if not 1 <= len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    ids = [block["block_id"] for block in blocks]
    if len(set(ids)) != len(ids):
        yield f"a block_id twice in {ids}"
    for block in blocks:
        yield from _block(block)
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()  # raises by slack_sdk's own validators


def _problems(drawn: Any) -> list[str]:
    """What Slack would refuse of a Card, a modal or a Home tab, by "Block Kit" and "Views" in Slack's reference."""
    if isinstance(drawn, dict):
        View(**drawn).to_dict()
        if drawn["type"] == "home":
            return list(_blocks(drawn["blocks"], 100))
        title = _inside("title", drawn["title"]["text"], 24)
        private = _inside("private_metadata", drawn["private_metadata"], 3_000, 0)
        return [*title, *private, *_blocks(drawn["blocks"], 100)]
    problems = [*_inside("text", drawn.text, 3_000), *_blocks(list(drawn.blocks), 50)]
    weight = _units(json.dumps(drawn.blocks, ensure_ascii=False))
    return [*problems, *([f"{weight} characters of blocks"] if weight > 12_000 else [])]


@pytest.fixture(scope="session")
def problems() -> Callable[[Any], list[str]]:
    """What Slack would refuse of a card, a modal or a Home tab; empty when it fits."""
    return _problems


@pytest.fixture(scope="session")
def proposals() -> Callable[..., st.SearchStrategy[Proposal]]:
    """The strategy of proposals with any texts, for the statuses given or for all."""
    return _proposals


@pytest.fixture(scope="session")
def texts() -> st.SearchStrategy[str]:
    """Any text, the nasty ones often."""
    return TEXTS
