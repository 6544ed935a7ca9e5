"""The stand-in of Slack, used through slack_sdk and listened to by a small bot."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox import seed
from sandbox.server import StandIn
from sandbox.slack import Slack

DEAL, SHARED, GENERAL = "C0NORTHWIND", "C0MERIDIAN", "C0GENERAL"
Json = Any


class Bot(StandIn):
    """Hears what Slack sends, and answers as it is told."""

    name = "bot"

    def __init__(self) -> None:
        super().__init__()
        self.reply: Callable[[Json], Response] = lambda _: Response(b"")
        self._app = Starlette(routes=[Route("/slack/events", self._hear, methods=["POST"])])

    def asgi(self) -> ASGIApp:
        return self._app

    async def _hear(self, request: Request) -> Response:
        payload = read(await request.body())
        return await run_in_threadpool(self.reply, payload)

    @property
    def heard(self) -> list[Json]:
        return [read(request.body) for request in list(self.requests)]

    def events(self, type_: str) -> list[Json]:
        return [p["event"] for p in self.heard if p.get("event", {}).get("type") == type_]


def read(body: bytes) -> Json:
    if body.startswith(b"{"):
        return json.loads(body)
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return json.loads(form["payload"]) if "payload" in form else form


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Slack, Bot]]:
    with Slack(seed.load()) as slack, Bot() as bot:
        yield slack, bot


@pytest.fixture
def slack(servers: tuple[Slack, Bot]) -> Slack:
    slack, bot = servers
    slack.reset()
    bot.requests.clear()
    bot.faults.clear()
    bot.reply = lambda _: Response(b"")
    slack.bot_url = f"{bot.url}/slack/events"
    slack.retry_scale = 0.0
    return slack


@pytest.fixture
def bot(slack: Slack, servers: tuple[Slack, Bot]) -> Bot:
    return servers[1]


@pytest.fixture
def client(slack: Slack) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=f"{slack.url}/api/", retry_handlers=[], timeout=5)


def settled(slack: Slack) -> None:
    slack.wait_for(lambda s: s.undelivered == 0)


def error(call: Callable[[], object]) -> Json:
    with pytest.raises(SlackApiError) as caught:
        call()
    return caught.value.response


def button(action_id: str = "go", value: str = "v1") -> Json:
    text = {"type": "plain_text", "text": "Go"}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def card(*elements: Json, block_id: str = "acts") -> list[Json]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*Deal*"}}
    return [section, {"type": "actions", "block_id": block_id, "elements": list(elements or (button(),))}]


def options(*values: str) -> list[Json]:
    return [{"text": {"type": "plain_text", "text": v.title()}, "value": v} for v in values]


CELL = {"type": "raw_text", "text": "12"}


def table(*rows: list[Json]) -> Json:
    """A table block with these rows."""
    return {"type": "table", "rows": list(rows)}


def rich(*pieces: Json) -> Json:
    """A cell of rich text."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(pieces)}]}


def ask(block_id: str, element: Json, optional: bool = False) -> Json:
    label = {"type": "plain_text", "text": block_id}
    element = {"action_id": "v", **element}
    return {"type": "input", "block_id": block_id, "label": label, "element": element, "optional": optional}


def modal(*blocks: Json, **more: Json) -> Json:
    titles = {name: {"type": "plain_text", "text": name} for name in ("title", "submit", "close")}
    plain = ask("amount", {"type": "plain_text_input", "initial_value": "100"})
    return {"type": "modal", "callback_id": "edit", **titles, "blocks": list(blocks or (plain,)), **more}


def opened(slack: Slack, bot: Bot, client: WebClient, view: Json) -> Json:
    """A modal that the bot opened for Ana when she pressed a button."""
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=card())["ts"]
    settled(slack)

    def open_it(payload: Json) -> Response:
        if payload["type"] == "block_actions":
            client.views_open(trigger_id=payload["trigger_id"], view=view)
        return Response(b"")

    bot.reply = open_it
    assert slack.press("U0ANA", DEAL, ts, "go").ok
    return slack.open_views("U0ANA")[-1]


# -- the Web API ------------------------------------------------------------------------------------------------


def test_the_token_is_checked(slack: Slack) -> None:
    """Nothing answers to a wrong token, or to none."""
    wrong = WebClient(token="xoxb-wrong", base_url=f"{slack.url}/api/")
    assert error(wrong.auth_test)["error"] == "invalid_auth"
    assert requests.post(f"{slack.url}/api/auth.test", timeout=5).json()["error"] == "not_authed"


def test_the_bot_learns_who_it_is(slack: Slack, client: WebClient) -> None:
    """auth.test names the team, the bot and its user."""
    who = client.auth_test()
    assert (who["team_id"], who["user_id"], who["bot_id"]) == (slack.team_id, slack.bot_user, slack.bot_id)


def test_arguments_come_as_json_form_multipart_or_query(slack: Slack) -> None:
    """One method takes each kind of body, and the token in header or form."""
    url, about = f"{slack.url}/api/conversations.info", {"channel": DEAL, "include_num_members": "true"}
    bearer = {"Authorization": f"Bearer {slack.bot_token}"}
    token = {"token": slack.bot_token}
    answers = [
        requests.post(url, json={**about, "include_num_members": True}, headers=bearer, timeout=5),
        requests.post(url, data={**about, "include_num_members": "1", **token}, timeout=5),
        requests.post(url, files={k: (None, v) for k, v in {**about, **token}.items()}, timeout=5),
        requests.get(url, params=about, headers=bearer, timeout=5),
    ]
    assert [a.json()["channel"]["num_members"] for a in answers] == [5, 5, 5, 5]


def test_a_post_is_answered_and_stored(slack: Slack, client: WebClient) -> None:
    """The answer carries the stored message, whose blocks all have ids."""
    answer = client.chat_postMessage(channel=DEAL, text="hello", blocks=[{"type": "divider"}])
    assert answer["message"] == slack.message(DEAL, answer["ts"])
    assert answer["message"]["bot_id"] == slack.bot_id and answer["message"]["blocks"][0]["block_id"]


def test_ts_are_unique_and_increase(slack: Slack, client: WebClient) -> None:
    """Two messages of one channel never share a ts, even when the clock stands still."""
    slack.clock = lambda: 1_800_000_000.0
    stamps = [slack.say("U0ANA", DEAL, "x") for _ in range(3)]
    assert stamps == ["1800000000.000000", "1800000000.000001", "1800000000.000002"]


@pytest.mark.parametrize(
    ("channel", "code"),
    [("C0NOWHERE", "channel_not_found"), (GENERAL, "not_in_channel"), (DEAL, "is_archived")],
)
def test_a_post_is_refused_where_the_bot_may_not_write(
    slack: Slack, client: WebClient, channel: str, code: str
) -> None:
    """Unknown, not joined and archived channels each have their own error."""
    slack.archive(DEAL)
    assert error(lambda: client.chat_postMessage(channel=channel, text="x"))["error"] == code


def test_an_empty_message_is_refused(client: WebClient) -> None:
    """Neither text nor blocks: no_text."""
    with pytest.warns(UserWarning, match="text"):
        refused = error(lambda: client.chat_postMessage(channel=DEAL, text=""))
    assert refused["error"] == "no_text"


def test_long_texts_are_cut_on_posting_and_refused_on_changing(slack: Slack, client: WebClient) -> None:
    """40,000 characters are kept of a post; a change takes 4,000 bytes, escapes counted."""
    answer = client.chat_postMessage(channel=DEAL, text="x" * 40_001)
    assert answer["warning"] == "message_truncated"
    assert len(slack.message(DEAL, answer["ts"])["text"]) == 40_000
    ts = answer["ts"]
    assert client.chat_update(channel=DEAL, ts=ts, text="&" * 800)["ok"]
    assert error(lambda: client.chat_update(channel=DEAL, ts=ts, text="&" * 801))["error"] == "msg_too_long"


def test_metadata_is_bounded(client: WebClient) -> None:
    """More than 8,000 characters of metadata are refused."""
    big = {"event_type": "t", "event_payload": {"key": "k" * 8_000}}
    refused = error(lambda: client.chat_postMessage(channel=DEAL, text="x", metadata=big))
    assert refused["error"] == "metadata_too_large"


def test_metadata_is_read_back_only_when_asked_for(client: WebClient) -> None:
    """Without include_all_metadata only the event_type comes back."""
    metadata = {"event_type": "cosell_post", "event_payload": {"key": "k1"}}
    ts = client.chat_postMessage(channel=DEAL, text="x", metadata=metadata)["ts"]
    plain = client.conversations_replies(channel=DEAL, ts=ts)["messages"][0]
    full = client.conversations_replies(channel=DEAL, ts=ts, include_all_metadata=True)["messages"][0]
    assert plain["metadata"] == {"event_type": "cosell_post"} and full["metadata"] == metadata


def test_a_change_keeps_metadata_and_blocks_that_are_not_named(slack: Slack, client: WebClient) -> None:
    """chat.update sets what is given and keeps the rest."""
    metadata = {"event_type": "t", "event_payload": {"key": "k"}}
    ts = client.chat_postMessage(channel=DEAL, text="x", blocks=card(), metadata=metadata)["ts"]
    before = slack.message(DEAL, ts)
    client.chat_update(channel=DEAL, ts=ts, text="y")
    after = slack.message(DEAL, ts)
    assert after["text"] == "y" and after["blocks"] == before["blocks"] and after["metadata"] == metadata


def test_only_own_messages_change(slack: Slack, client: WebClient) -> None:
    """A person's message can be neither changed nor deleted, and one that is not there is not found."""
    ts = slack.say("U0ANA", DEAL, "mine")
    assert error(lambda: client.chat_update(channel=DEAL, ts=ts, text="x"))["error"] == "cant_update_message"
    assert error(lambda: client.chat_delete(channel=DEAL, ts=ts))["error"] == "cant_delete_message"
    assert error(lambda: client.chat_update(channel=DEAL, ts="1.1", text="x"))["error"] == "message_not_found"


def test_a_deleted_root_leaves_a_tombstone(slack: Slack, client: WebClient) -> None:
    """A reply can be deleted; a message with replies keeps its place."""
    root = client.chat_postMessage(channel=DEAL, text="root")["ts"]
    first = client.chat_postMessage(channel=DEAL, text="one", thread_ts=root)["ts"]
    client.chat_postMessage(channel=DEAL, text="two", thread_ts=root)
    client.chat_delete(channel=DEAL, ts=first)
    client.chat_delete(channel=DEAL, ts=root)
    assert [m["text"] for m in slack.thread(DEAL, root)] == ["This message was deleted.", "two"]
    assert slack.message(DEAL, root)["reply_count"] == 1


def test_history_is_paged_and_bounded(client: WebClient) -> None:
    """History shows roots newest first, by cursor, between oldest and latest."""
    stamps = [client.chat_postMessage(channel=DEAL, text=str(n))["ts"] for n in range(5)]
    client.chat_postMessage(channel=DEAL, text="reply", thread_ts=stamps[0])
    pages = [p["messages"] for p in client.conversations_history(channel=DEAL, limit=2)]
    assert [[m["text"] for m in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    between = {"channel": DEAL, "oldest": stamps[1], "latest": stamps[3]}
    assert [m["text"] for m in client.conversations_history(**between)["messages"]] == ["2"]
    within = client.conversations_history(**between, inclusive=True)["messages"]
    assert [m["text"] for m in within] == ["3", "2", "1"]


def test_every_page_of_a_thread_starts_with_its_root(client: WebClient) -> None:
    """The root comes with replies of any window, and counts them."""
    root = client.chat_postMessage(channel=DEAL, text="root")["ts"]
    replies = [client.chat_postMessage(channel=DEAL, text=str(n), thread_ts=root)["ts"] for n in range(3)]
    found = client.conversations_replies(channel=DEAL, ts=root, oldest=replies[0])["messages"]
    assert [m["text"] for m in found] == ["root", "1", "2"]
    assert found[0]["reply_count"] == 3 and found[0]["latest_reply"] == replies[-1]


def test_channels_say_what_they_are(client: WebClient) -> None:
    """A shared channel is ext_shared; members and membership are told; joining works."""
    shared = client.conversations_info(channel=SHARED)["channel"]
    assert shared["is_ext_shared"] and shared["is_member"]
    assert "U0PAT" in client.conversations_members(channel=SHARED)["members"]
    names = {c["name"]: c["is_member"] for p in client.conversations_list(limit=2) for c in p["channels"]}
    assert len(names) == 7 and names["general"] is False
    client.conversations_join(channel=GENERAL)
    assert client.chat_postMessage(channel=GENERAL, text="hi")["ok"]


def test_people_say_who_they_are(client: WebClient) -> None:
    """Guests, outsiders, deleted people and the bot can be told apart; addresses find only one's own."""
    users = {
        name: client.users_info(user=name)["user"]
        for name in ("U0ANA", "U0GUS", "U0PAT", "U0OLD", "U0COSELL")
    }
    assert users["U0ANA"]["team_id"] == "T0BRIGHT" and users["U0PAT"]["team_id"] == "T0AWSCO"
    assert [name for name, user in users.items() if user.get("is_restricted")] == ["U0GUS"]
    assert users["U0OLD"]["deleted"] and users["U0COSELL"]["is_bot"]
    found = client.users_lookupByEmail(email="Ana.Costa@brightlane.example")["user"]
    assert found["profile"]["email"] == "ana.costa@brightlane.example"
    unknown = error(lambda: client.users_lookupByEmail(email="pat.lindqvist@aws.example"))
    assert unknown["error"] == "users_not_found"
    assert "U0PAT" not in {u["id"] for u in client.users_list()["members"]}


def test_user_groups_list_their_people(slack: Slack, client: WebClient) -> None:
    """A group of the seed is listed with its members."""
    slack.usergroups.append({"id": "S1", "handle": "partner-managers", "users": ["U0MEI"]})
    assert client.usergroups_users_list(usergroup="S1")["users"] == ["U0MEI"]
    assert client.usergroups_list(include_users=True)["usergroups"][0]["users"] == ["U0MEI"]
    assert error(lambda: client.usergroups_users_list(usergroup="S2"))["error"] == "no_such_subteam"


def test_direct_messages_open(slack: Slack, client: WebClient) -> None:
    """conversations.open gives the DM of a person; both can write there."""
    dm = client.conversations_open(users="U0ANA")["channel"]["id"]
    client.chat_postMessage(channel="U0ANA", text="hello")
    slack.say("U0ANA", dm, "hello back")
    assert [m["text"] for m in slack.messages(dm)] == ["hello", "hello back"]


def test_whispers_reach_one_member(slack: Slack, client: WebClient) -> None:
    """An ephemeral message is seen by its person alone, who must be in the channel."""
    client.chat_postEphemeral(channel=DEAL, user="U0ANA", text="psst")
    assert [m["text"] for m in slack.ephemerals("U0ANA")] == ["psst"] and slack.messages(DEAL) == []
    refused = error(lambda: client.chat_postEphemeral(channel=DEAL, user="U0BEN", text="psst"))
    assert refused["error"] == "user_not_in_channel"


def test_permalinks_name_message_and_thread(slack: Slack, client: WebClient) -> None:
    """A link exists exactly for messages that exist."""
    root = slack.say("U0ANA", DEAL, "root")
    reply = slack.say("U0ANA", DEAL, "reply", root)
    link = client.chat_getPermalink(channel=DEAL, message_ts=reply)["permalink"]
    assert f"/archives/{DEAL}/p{reply.replace('.', '')}?thread_ts={root}" in link
    missing = error(lambda: client.chat_getPermalink(channel=DEAL, message_ts="1.1"))
    assert missing["error"] == "message_not_found"


def test_a_permalink_is_composed_of_the_workspaces_own_address(slack: Slack, client: WebClient) -> None:
    """What ``auth.test`` names, the channel and the ts; of a reply, its thread as well: Slack is not to be asked."""
    url = client.auth_test()["url"]
    root = slack.say("U0ANA", DEAL, "root")
    reply = slack.say("U0ANA", DEAL, "reply", root)
    composed = [f"{url}archives/{DEAL}/p{ts.replace('.', '')}" for ts in (root, reply)]
    composed[1] += f"?thread_ts={root}&cid={DEAL}"
    told = [client.chat_getPermalink(channel=DEAL, message_ts=ts)["permalink"] for ts in (root, reply)]
    assert told == composed and url.endswith("/")


def test_reactions_are_added_once(slack: Slack, client: WebClient) -> None:
    """A second reaction of the same name is already_reacted."""
    ts = slack.say("U0ANA", DEAL, "x")
    client.reactions_add(channel=DEAL, timestamp=ts, name="eyes")
    again = error(lambda: client.reactions_add(channel=DEAL, timestamp=ts, name="eyes"))
    assert again["error"] == "already_reacted" and slack.message(DEAL, ts)["reactions"][0]["name"] == "eyes"


def test_files_are_uploaded_in_three_steps(slack: Slack, client: WebClient) -> None:
    """files_upload_v2 leaves the bytes and a message in the thread."""
    root = slack.say("U0ANA", DEAL, "root")
    client.files_upload_v2(channel=DEAL, thread_ts=root, filename="a.csv", content="a,b\n1,2\n", title="Rows")
    assert slack.files[0]["content"] == b"a,b\n1,2\n"
    assert slack.thread(DEAL, root)[1]["files"][0]["title"] == "Rows"


def test_scopes_are_enforced_once_named(slack: Slack, client: WebClient) -> None:
    """missing_scope tells what is needed and what is there."""
    slack.scopes = {"chat:write", "users:read"}
    refused = error(lambda: client.conversations_history(channel=DEAL))
    assert (refused["error"], refused["needed"]) == ("missing_scope", "channels:history")
    assert refused["provided"] == "chat:write,users:read"
    assert "email" not in client.users_info(user="U0ANA")["user"]["profile"]


# -- limits -----------------------------------------------------------------------------------------------------


def test_posts_to_a_channel_are_paced_when_enforced(slack: Slack, client: WebClient) -> None:
    """After the burst a channel takes one post a second; the wait is a whole number; another channel is free."""
    slack.enforce_rate_limits = True
    slack.clock = lambda: 1_800_000_000.0
    for _ in range(slack.pace.burst):
        client.chat_postMessage(channel=DEAL, text="x")
    refused = error(lambda: client.chat_postMessage(channel=DEAL, text="x"))
    assert refused.status_code == 429 and refused["error"] == "ratelimited"
    assert refused.headers["Retry-After"] == "1"
    assert client.chat_postMessage(channel=SHARED, text="x")["ok"]
    slack.clock = lambda: 1_800_000_001.0
    assert client.chat_postMessage(channel=DEAL, text="x")["ok"]


def test_methods_have_a_window_of_a_minute_when_enforced(slack: Slack, client: WebClient) -> None:
    """A tier 2 method is answered twenty times a minute."""
    slack.enforce_rate_limits = True
    slack.clock = lambda: 1_800_000_000.0
    for _ in range(20):
        client.users_list()
    assert error(client.users_list).headers["Retry-After"] == "60"
    slack.clock = lambda: 1_800_000_060.0
    assert client.users_list()["ok"]


def test_a_window_can_be_narrowed_for_one_method(slack: Slack, client: WebClient) -> None:
    """Apps outside the Marketplace read one history a minute."""
    slack.enforce_rate_limits = True
    slack.pace.per_minute["conversations.history"] = 1
    client.conversations_history(channel=DEAL)
    assert error(lambda: client.conversations_history(channel=DEAL)).status_code == 429


LONG = "x" * 3001
TEXT = {"type": "mrkdwn", "text": "t"}
PLAIN = {"type": "plain_text", "text": "t"}


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        ({"type": "hologram"}, "/type"),
        ({"type": "section"}, ""),
        ({"type": "section", "text": {"type": "mrkdwn", "text": LONG}}, "/text/text"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "/text/text"),
        ({"type": "section", "fields": [TEXT] * 11}, "/fields"),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": LONG[:2001]}]}, "/fields/0/text"),
        ({"type": "section", "text": TEXT, "accessory": {"type": "plain_text_input"}}, "/accessory/type"),
        ({"type": "section", "text": TEXT, "block_id": LONG[:256]}, "/block_id"),
        ({"type": "header", "text": TEXT}, "/text/type"),
        ({"type": "header", "text": {"type": "plain_text", "text": LONG[:151]}}, "/text/text"),
        ({"type": "context", "elements": [TEXT] * 11}, "/elements"),
        ({"type": "context", "elements": [button()]}, "/elements/0/type"),
        ({"type": "actions", "elements": [button(f"a{n}") for n in range(26)]}, "/elements"),
        ({"type": "actions", "elements": []}, "/elements"),
        ({"type": "actions", "elements": [button(), button()]}, "/elements/1/action_id"),
        ({"type": "actions", "elements": [button(LONG[:256])]}, "/elements/0/action_id"),
        ({"type": "actions", "elements": [button(value=LONG[:2001])]}, "/elements/0/value"),
        ({"type": "actions", "elements": [{**button(), "text": TEXT}]}, "/elements/0/text/type"),
        (
            {"type": "actions", "elements": [{**button(), "text": {**PLAIN, "text": LONG[:76]}}]},
            "/elements/0/text/text",
        ),
        ({"type": "actions", "elements": [{**button(), "style": "default"}]}, "/elements/0/style"),
        (
            {"type": "actions", "elements": [{"type": "overflow", "options": options(*"abcdef")}]},
            "/elements/0/options",
        ),
        (
            {"type": "actions", "elements": [{"type": "static_select", "options": options(LONG[:151])}]},
            "/elements/0/options/0/value",
        ),
        (
            {
                "type": "actions",
                "elements": [{"type": "static_select", "options": options(*map(str, range(101)))}],
            },
            "/elements/0/options",
        ),
        ({"type": "image", "image_url": "https://x.example/a.png"}, ""),
        ({"type": "image", "image_url": "https://x.example/a.png", "alt_text": LONG[:2001]}, "/alt_text"),
        ({"type": "input", "label": {**PLAIN, "text": LONG}, "element": button()}, "/label/text"),
        (ask("b", {"type": "button"}), "/element/type"),
        (
            ask("b", {"type": "plain_text_input", "placeholder": {**PLAIN, "text": LONG[:151]}}),
            "/element/placeholder",
        ),
        (ask("b", {"type": "plain_text_input", "max_length": 3001}), "/element/max_length"),
        (
            ask("b", {"type": "plain_text_input", "max_length": 2, "initial_value": "abc"}),
            "/element/initial_value",
        ),
        (ask("b", {"type": "number_input"}), "/element"),
        ({"type": "table", "rows": []}, "/rows"),
        (table(*[[CELL]] * 101), "/rows"),
        (table([CELL] * 21), "/rows/0"),
        (table([{"type": "mrkdwn", "text": "t"}]), "/rows/0/0/type"),
        (table([{"type": "raw_text", "text": ""}]), "/rows/0/0/text"),
        (table([{"type": "raw_text"}]), "/rows/0/0"),
        (table([CELL, {"type": "raw_number", "text": "1"}]), "/rows/0/1/value"),
        (table([{"type": "raw_number", "value": 1}]), "/rows/0/0"),
        (table([rich({"type": "link", "text": "x"})]), "/rows/0/0/elements/0/elements/0"),
        (table([rich({"type": "button"})]), "/rows/0/0/elements/0/elements/0/type"),
        (table([{"type": "rich_text"}]), "/rows/0/0/elements"),
        (table([{"type": "raw_text", "text": LONG * 2}, rich({"type": "text", "text": LONG * 2})]), "/rows"),
        ({**table([CELL]), "column_settings": [{"align": "end"}]}, "/column_settings/0/align"),
        ({**table([CELL]), "column_settings": [{"is_wrapped": 1}]}, "/column_settings/0/is_wrapped"),
        ({**table([CELL]), "column_settings": [None] * 21}, "/column_settings"),
        ({"type": "rich_text", "elements": [{"type": "text", "text": "t"}]}, "/elements/0/type"),
        ({"type": "image", "alt_text": "t", "slack_file": {"id": "https://x"}}, "/slack_file/id"),
        ({"type": "image", "alt_text": "t", "slack_file": {"id": "F0123456789", "url": "x"}}, "/slack_file"),
        ({"type": "image", "alt_text": "t", "slack_file": {"id": "F0123456789"}}, "/slack_file"),
    ],
)
def test_blocks_past_a_limit_are_refused_with_a_pointer(client: WebClient, block: Json, pointer: str) -> None:
    """invalid_blocks says where, as a JSON pointer."""
    refused = error(lambda: client.chat_postMessage(channel=DEAL, text="x", blocks=[block]))
    assert refused["error"] == "invalid_blocks"
    assert f"[json-pointer:/blocks/0{pointer}" in " ".join(refused["response_metadata"]["messages"])


def test_a_table_takes_texts_numbers_links_and_one_of_it_is_enough(slack: Slack, client: WebClient) -> None:
    """A hundred rows of every sort of cell; a second table in the same message is refused."""
    link = rich(
        {"type": "link", "url": "https://x.example/1", "text": "1"}, {"type": "user", "user_id": "U0ANA"}
    )
    rows = [[CELL, {"type": "raw_number", "value": 1.5, "text": "1.5"}, link]] * 100
    block = {**table(*rows), "column_settings": [None, {"align": "right", "is_wrapped": True}]}
    ts = client.chat_postMessage(channel=DEAL, text="x", blocks=[block])["ts"]
    assert slack.message(DEAL, str(ts))["blocks"][0]["rows"] == rows
    assert error(
        lambda: client.chat_postMessage(channel=DEAL, text="x", blocks=[table([CELL]), table([CELL])])
    )


def test_a_block_id_appears_once(client: WebClient) -> None:
    """Two blocks with one block_id are refused."""
    refused = error(lambda: client.chat_postMessage(channel=DEAL, text="x", blocks=[*card(), card()[1]]))
    assert "json-pointer:/blocks/2/block_id" in refused["response_metadata"]["messages"][0]


def test_a_message_takes_fifty_blocks_and_bounded_text(client: WebClient) -> None:
    """51 blocks are invalid; allowed blocks with too much text together are msg_blocks_too_long."""
    divider = {"type": "divider"}
    assert client.chat_postMessage(channel=DEAL, text="x", blocks=[divider] * 50)["ok"]
    many = error(lambda: client.chat_postMessage(channel=DEAL, text="x", blocks=[divider] * 51))
    assert many["error"] == "invalid_blocks"
    wordy = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    long = error(lambda: client.chat_postMessage(channel=DEAL, text="x", blocks=wordy))
    assert long["error"] == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": {"type": "plain_text", "text": "t" * 25}}, "/view/title/text"),
        ({"title": None}, "/view"),
        ({"submit": {"type": "plain_text", "text": "t" * 25}}, "/view/submit/text"),
        ({"close": {"type": "mrkdwn", "text": "t"}}, "/view/close/type"),
        ({"submit": None}, "/view"),
        ({"private_metadata": LONG}, "/view/private_metadata"),
        ({"callback_id": LONG[:256]}, "/view/callback_id"),
        ({"blocks": [{"type": "divider"}] * 101}, "/view/blocks"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "/view/blocks/0/type"),
    ],
)
def test_views_past_a_limit_are_refused_with_a_pointer(client: WebClient, change: Json, pointer: str) -> None:
    """A view that Slack does not take is named by its pointer, before the trigger is looked at."""
    refused = error(lambda: client.views_open(trigger_id="any", view=modal(**change)))
    assert refused["error"] == "invalid_arguments"
    assert f"[json-pointer:{pointer}]" in refused["response_metadata"]["messages"][0]


def test_a_huge_view_is_too_large(client: WebClient) -> None:
    """A view of more than 250 kB is view_too_large."""
    big = modal(*[ask(f"b{n}", {"type": "plain_text_input", "initial_value": "x" * 2900}) for n in range(90)])
    assert error(lambda: client.views_open(trigger_id="any", view=big))["error"] == "view_too_large"


# -- events -----------------------------------------------------------------------------------------------------


def test_requests_are_signed(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Events, interactions and commands pass slack_sdk's verifier."""
    ts = client.chat_postMessage(channel=DEAL, text="x", blocks=card())["ts"]
    slack.press("U0ANA", DEAL, ts, "go")
    slack.command("U0ANA", DEAL, "/cosell", "status")
    settled(slack)
    verifier = SignatureVerifier(slack.signing_secret)
    assert len(bot.requests) == 3
    assert all(verifier.is_valid_request(r.body, r.headers) for r in bot.requests)


def test_a_message_event_tells_where_and_who(slack: Slack, bot: Bot) -> None:
    """The envelope names app, team and authorisation; the event the message."""
    root = slack.say("U0ANA", DEAL, "R&D <@U0MEI>")
    slack.say("U0ANA", DEAL, "more", root)
    settled(slack)
    envelope = next(p for p in bot.heard if p["event"]["ts"] == root)
    assert envelope["authorizations"][0]["user_id"] == slack.bot_user
    assert not envelope["is_ext_shared_channel"] and envelope["api_app_id"] == slack.app_id
    assert envelope["event"]["text"] == "R&amp;D <@U0MEI>" and envelope["event"]["channel_type"] == "channel"
    assert {e.get("thread_ts") for e in bot.events("message")} == {None, root}


def test_a_mention_is_two_events(slack: Slack, bot: Bot) -> None:
    """A person who names the bot causes message and app_mention, with one ts and two event ids."""
    ts = slack.say("U0ANA", DEAL, f"<@{slack.bot_user}> referral please")
    settled(slack)
    assert [e["ts"] for e in bot.events("message") + bot.events("app_mention")] == [ts, ts]
    assert len({p["event_id"] for p in bot.heard}) == 2


def test_the_bot_hears_its_own_posts(slack: Slack, bot: Bot, client: WebClient) -> None:
    """The echo carries bot_id, app_id and all of the metadata."""
    metadata = {"event_type": "cosell_post", "event_payload": {"key": "k1"}}
    ts = client.chat_postMessage(channel=DEAL, text="x", metadata=metadata)["ts"]
    settled(slack)
    (echo,) = bot.events("message")
    assert (echo["ts"], echo["bot_id"], echo["app_id"]) == (ts, slack.bot_id, slack.app_id)
    assert echo["metadata"] == metadata


def test_changes_and_deletions_are_events(slack: Slack, bot: Bot, client: WebClient) -> None:
    """message_changed carries both versions, message_deleted the old one."""
    ts = client.chat_postMessage(channel=DEAL, text="old")["ts"]
    client.chat_update(channel=DEAL, ts=ts, text="new")
    client.chat_delete(channel=DEAL, ts=ts)
    settled(slack)
    by_subtype = {e.get("subtype"): e for e in bot.events("message")}
    changed, deleted = by_subtype["message_changed"], by_subtype["message_deleted"]
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("new", "old")
    assert deleted["deleted_ts"] == ts and deleted["previous_message"]["text"] == "new"


def test_a_person_may_edit_their_message(slack: Slack, bot: Bot) -> None:
    """An edit is a message_changed event of that person's message."""
    ts = slack.say("U0ANA", DEAL, "P2B is 80")
    slack.edit("U0ANA", DEAL, ts, "P2B is 85")
    settled(slack)
    changed = next(e for e in bot.events("message") if e.get("subtype") == "message_changed")
    assert changed["message"]["text"] == "P2B is 85" and changed["message"]["edited"]["user"] == "U0ANA"


def test_only_channels_of_the_bot_are_heard(slack: Slack, bot: Bot) -> None:
    """Nothing comes from a channel before the bot is in it; then the invitation is told too."""
    slack.say("U0ANA", GENERAL, "unheard")
    slack.join(slack.bot_user, GENERAL)
    slack.say("U0ANA", GENERAL, "heard")
    settled(slack)
    assert "unheard" not in {e["text"] for e in bot.events("message")}
    assert "heard" in {e["text"] for e in bot.events("message")}
    (joined,) = bot.events("member_joined_channel")
    assert (joined["user"], joined["inviter"]) == (slack.bot_user, "U0ANA")


def test_only_subscribed_events_are_sent(slack: Slack, bot: Bot) -> None:
    """Without message.channels only the mention comes."""
    slack.subscribed.discard("message.channels")
    slack.say("U0ANA", DEAL, f"<@{slack.bot_user}> hi")
    settled(slack)
    assert [p["event"]["type"] for p in bot.heard] == ["app_mention"]


def test_sharing_and_unsharing_are_events(slack: Slack, bot: Bot, client: WebClient) -> None:
    """A channel tells when it is shared, and the partner's people leave when it is not any more."""
    slack.share(DEAL)
    slack.join("U0PAT", DEAL)
    assert client.conversations_info(channel=DEAL)["channel"]["is_ext_shared"]
    slack.unshare(DEAL)
    settled(slack)
    assert bot.events("channel_shared")[0]["connected_team_id"] == slack.partner_team
    assert bot.events("channel_unshared")[0]["channel"] == DEAL
    assert "U0PAT" not in slack.channel(DEAL)["members"]


def test_a_failed_event_is_sent_three_times_more(slack: Slack, bot: Bot) -> None:
    """The retries are numbered, give the reason, and repeat the event id."""
    bot.reply = lambda _: Response(b"no", 500)
    slack.say("U0ANA", DEAL, "x")
    settled(slack)
    numbers = [r.headers.get("x-slack-retry-num") for r in bot.requests]
    assert numbers == [None, "1", "2", "3"]
    assert {r.headers.get("x-slack-retry-reason") for r in list(bot.requests)[1:]} == {"http_error"}
    assert len({p["event_id"] for p in bot.heard}) == 1


def test_a_slow_answer_is_retried_as_a_timeout(slack: Slack, bot: Bot) -> None:
    """What is not answered within the deadline is sent again."""
    slack.deadline = 0.3
    release = threading.Event()
    bot.fault(times=1, after_work=lambda: release.wait(5) and None)
    slack.say("U0ANA", DEAL, "x")
    settled(slack)
    release.set()
    assert slack.deliveries[0].response.error == "operation_timeout" and slack.deliveries[-1].response.ok
    assert bot.requests[1].headers["x-slack-retry-reason"] == "http_timeout"


def test_an_unreachable_bot_is_tried_again(slack: Slack, bot: Bot) -> None:
    """A cut connection counts as connection_failed."""
    bot.fault(times=1, refuse=True)
    slack.say("U0ANA", DEAL, "x")
    settled(slack)
    assert bot.requests[1].headers["x-slack-retry-reason"] == "connection_failed"


def test_the_bot_can_decline_retries(slack: Slack, bot: Bot) -> None:
    """x-slack-no-retry: 1 on a failure ends it."""
    bot.reply = lambda _: Response(b"", 500, {"x-slack-no-retry": "1"})
    slack.say("U0ANA", DEAL, "x")
    settled(slack)
    assert len(bot.requests) == 1


def test_events_can_come_twice_late_or_never(slack: Slack, bot: Bot) -> None:
    """double_events repeats the event id, redeliver too, lose_events sends nothing."""
    slack.double_events = True
    slack.say("U0ANA", DEAL, "twice")
    settled(slack)
    slack.double_events = False
    slack.redeliver(bot.heard[0]["event_id"])
    slack.lose_events = True
    slack.say("U0ANA", DEAL, "never")
    settled(slack)
    assert [p["event"]["text"] for p in bot.heard] == ["twice"] * 3
    assert len({p["event_id"] for p in bot.heard}) == 1 and len(slack.events) == 2


def test_delivery_can_be_switched_off(slack: Slack, bot: Bot) -> None:
    """Without deliver_events a message is just a message."""
    slack.deliver_events = False
    slack.say("U0ANA", DEAL, "x")
    assert slack.undelivered == 0 and not slack.events and slack.messages(DEAL)


def test_a_slow_bot_does_not_block_people(slack: Slack, bot: Bot, client: WebClient) -> None:
    """say and the Web API return while an event still waits for its answer."""
    release = threading.Event()
    bot.reply = lambda _: Response(b"ok" if release.wait(5) else b"late")
    slack.say("U0ANA", DEAL, "x")
    assert client.chat_postMessage(channel=DEAL, text="y")["ok"]
    assert slack.undelivered == 2
    release.set()
    settled(slack)


# -- cards ------------------------------------------------------------------------------------------------------


def test_a_press_sends_what_slack_sends(slack: Slack, bot: Bot, client: WebClient) -> None:
    """block_actions names person, container, message and button."""
    root = slack.say("U0ANA", DEAL, "root")
    ts = client.chat_postMessage(channel=DEAL, thread_ts=root, text="card", blocks=card())["ts"]
    settled(slack)
    bot.requests.clear()
    response = slack.press("U0MEI", DEAL, ts, "go")
    (payload,) = bot.heard
    assert response.status == 200 and response.seconds > 0
    assert payload["user"] == {"id": "U0MEI", "username": "mei", "name": "mei", "team_id": "T0BRIGHT"}
    assert payload["container"]["message_ts"] == ts and payload["container"]["thread_ts"] == root
    assert payload["message"] == slack.message(DEAL, ts)
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("go", "acts", "v1")


def test_one_of_several_buttons_is_picked_by_value(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Buttons of one action_id in different blocks are told apart; a value that is not there cannot be pressed."""
    blocks = card(button(value="a"), block_id="one") + card(button(value="b"), block_id="two")
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=blocks)["ts"]
    settled(slack)
    slack.press("U0ANA", DEAL, ts, "go", "b")
    assert bot.heard[-1]["actions"][0]["block_id"] == "two"
    with pytest.raises(ValueError, match="no button"):
        slack.press("U0ANA", DEAL, ts, "go", "c")


@pytest.mark.parametrize("kind", ["static_select", "radio_buttons", "overflow"])
def test_menus_in_messages_send_the_option(slack: Slack, bot: Bot, client: WebClient, kind: str) -> None:
    """Selects, radio buttons and overflow menus send the whole option; state is remembered for the next press."""
    menu = {"type": kind, "action_id": "pick", "options": options("a", "b")}
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=card(menu, button()))["ts"]
    settled(slack)
    slack.press("U0ANA", DEAL, ts, "pick", "b")
    assert bot.heard[-1]["actions"][0]["selected_option"] == options("b")[0]
    slack.press("U0ANA", DEAL, ts, "go")
    values = bot.heard[-1]["state"]["values"]
    kept = (
        {} if kind == "overflow" else {"acts": {"pick": {"type": kind, "selected_option": options("b")[0]}}}
    )
    assert values == kept


def test_a_forged_press_is_sent_as_it_is(slack: Slack, bot: Bot, client: WebClient) -> None:
    """press_raw sends a value, a team or an old card that Slack's screen would not."""
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=card())["ts"]
    old = slack.message(DEAL, ts)
    client.chat_update(channel=DEAL, ts=ts, text="done", blocks=[])
    settled(slack)
    slack.press_raw("U0BEN", DEAL, ts, "go", message=old, value="forged", team="T0EVIL")
    payload = bot.heard[-1]
    assert payload["actions"][0]["value"] == "forged" and payload["user"]["team_id"] == "T0EVIL"
    assert payload["message"]["blocks"] == old["blocks"]


def test_interactions_are_never_retried(slack: Slack, bot: Bot, client: WebClient) -> None:
    """A failed press is an error on the screen, once."""
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=card())["ts"]
    settled(slack)
    bot.requests.clear()
    bot.reply = lambda _: Response(b"", 500)
    response = slack.press("U0ANA", DEAL, ts, "go")
    assert (response.status, response.error, len(bot.requests)) == (500, "http_error", 1)


def test_an_unanswered_press_is_a_timeout(slack: Slack, bot: Bot, client: WebClient) -> None:
    """What is not answered within the deadline is told to the person."""
    slack.deliver_events = False
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=card())["ts"]
    slack.deadline = 0.1
    release = threading.Event()
    bot.fault(after_work=lambda: release.wait(5) and None)
    response = slack.press("U0ANA", DEAL, ts, "go")
    release.set()
    assert (response.status, response.error) == (0, "operation_timeout")


def test_outsiders_press_and_talk_but_have_no_commands(slack: Slack, bot: Bot, client: WebClient) -> None:
    """The partner's person is of the partner's team; commands, shortcuts and other channels are not theirs."""
    ts = client.chat_postMessage(channel=SHARED, text="card", blocks=card())["ts"]
    said = slack.say("U0PAT", SHARED, "hello")
    settled(slack)
    slack.press("U0PAT", SHARED, ts, "go")
    payload = bot.heard[-1]
    assert (payload["user"]["team_id"], payload["team"]["id"]) == ("T0AWSCO", "T0BRIGHT")
    envelope = next(p for p in bot.heard if p.get("event", {}).get("ts") == said)
    assert envelope["is_ext_shared_channel"] and envelope["event"]["team"] == "T0AWSCO"
    with pytest.raises(ValueError, match="another workspace"):
        slack.command("U0PAT", SHARED, "/cosell", "status")
    with pytest.raises(ValueError, match="another workspace"):
        slack.shortcut("U0PAT", SHARED, said, "propose")
    with pytest.raises(ValueError, match="not in"):
        slack.say("U0PAT", DEAL, "hello")
    with pytest.raises(ValueError, match="not shared"):
        slack.join("U0PAT", DEAL)


def test_deactivated_people_do_nothing(slack: Slack) -> None:
    """Who left the company cannot act."""
    with pytest.raises(ValueError, match="deactivated"):
        slack.open_home("U0OLD")


# -- response_url -----------------------------------------------------------------------------------------------


@pytest.fixture
def pressed(slack: Slack, bot: Bot, client: WebClient) -> tuple[str, WebhookClient]:
    """The ts of a card that Ana pressed, and the response_url of that."""
    ts = client.chat_postMessage(channel=DEAL, text="card", blocks=card())["ts"]
    settled(slack)
    slack.press("U0ANA", DEAL, ts, "go")
    return ts, WebhookClient(bot.heard[-1]["response_url"], retry_handlers=[])


def test_a_response_url_whispers_says_replaces_and_deletes(
    slack: Slack, pressed: tuple[str, WebhookClient]
) -> None:
    """What is sent there goes to the presser, to all, or to the card itself."""
    ts, url = pressed
    url.send(text="only you")
    url.send(text="everybody", response_type="in_channel")
    url.send(text="replaced", replace_original=True)
    assert [m["text"] for m in slack.ephemerals("U0ANA")] == ["only you"]
    assert [m["text"] for m in slack.messages(DEAL)] == ["replaced", "everybody"]
    url.send(delete_original=True)
    assert ts not in {m["ts"] for m in slack.messages(DEAL)}


def test_a_response_url_serves_five_times(pressed: tuple[str, WebhookClient]) -> None:
    """The sixth use is refused."""
    statuses = [pressed[1].send(text=str(n)).status_code for n in range(6)]
    assert statuses == [200] * 5 + [404]


def test_a_response_url_serves_for_half_an_hour(slack: Slack, pressed: tuple[str, WebhookClient]) -> None:
    """After thirty minutes it is expired."""
    later = slack.clock() + 1801
    slack.clock = lambda: later
    answer = pressed[1].send(text="late")
    assert answer.status_code == 404 and "expired_url" in answer.body


def test_buttons_of_whispers_can_be_pressed(slack: Slack, bot: Bot, client: WebClient) -> None:
    """The payload of an ephemeral message says so and holds no message; its response_url replaces it."""
    ts = client.chat_postEphemeral(channel=DEAL, user="U0ANA", text="pick", blocks=card())["message_ts"]
    slack.press("U0ANA", DEAL, ts, "go")
    payload = bot.heard[-1]
    assert payload["container"]["is_ephemeral"] and "message" not in payload
    WebhookClient(payload["response_url"]).send(text="picked", replace_original=True)
    assert [m["text"] for m in slack.ephemerals("U0ANA")] == ["picked"]
    with pytest.raises(ValueError, match="sees no message"):
        slack.press("U0MEI", DEAL, ts, "go")


# -- modals -----------------------------------------------------------------------------------------------------


def test_a_trigger_opens_one_view_within_three_seconds(slack: Slack, client: WebClient) -> None:
    """A trigger is used once, lives three seconds, and must have been given out."""
    trigger = slack.trigger("U0ANA")
    client.views_open(trigger_id=trigger, view=modal())
    again = error(lambda: client.views_open(trigger_id=trigger, view=modal()))
    made_up = error(lambda: client.views_open(trigger_id="1.2.x", view=modal()))
    old = slack.trigger("U0ANA")
    later = slack.clock() + 3.1
    slack.clock = lambda: later
    late = error(lambda: client.views_open(trigger_id=old, view=modal()))
    codes = [again["error"], made_up["error"], late["error"]]
    assert codes == ["exchanged_trigger_id", "invalid_trigger_id", "expired_trigger_id"]


def test_a_form_sends_every_value_in_its_type(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Each kind of element has its own field in state.values."""
    view = modal(
        ask("text", {"type": "plain_text_input"}),
        ask("number", {"type": "number_input", "is_decimal_allowed": True}),
        ask("choice", {"type": "static_select", "options": options("a", "b")}),
        ask("radio", {"type": "radio_buttons", "options": options("a", "b")}),
        ask("choices", {"type": "multi_static_select", "options": options("a", "b", "c")}),
        ask("boxes", {"type": "checkboxes", "options": options("a", "b")}),
        ask("day", {"type": "datepicker"}),
        ask("moment", {"type": "datetimepicker"}),
        ask("hour", {"type": "timepicker"}),
        ask("person", {"type": "users_select"}),
        ask("people", {"type": "multi_users_select"}),
        ask("raw", {"type": "plain_text_input", "action_id": "own"}),
    )
    opened(slack, bot, client, view)
    answers = {"text": "t", "number": 1.5, "choice": "b", "radio": "a", "choices": ["a", "c"], "boxes": ["b"]}
    answers |= {"day": "2030-01-02", "moment": 1_900_000_000, "hour": "09:30", "person": "U0MEI"}
    answers |= {"people": ["U0ANA", "U0PAT"], "raw": {"own": {"type": "plain_text_input", "value": "r"}}}
    assert slack.submit("U0ANA", slack.open_views("U0ANA")[0]["id"], answers).ok
    values = bot.heard[-1]["view"]["state"]["values"]
    held = {b: next(iter(a.values())) for b, a in values.items()}
    a, b, c = options("a", "b", "c")
    assert {block: {k: v for k, v in state.items() if k != "type"} for block, state in held.items()} == {
        "text": {"value": "t"},
        "number": {"value": "1.5"},
        "choice": {"selected_option": b},
        "radio": {"selected_option": a},
        "choices": {"selected_options": [a, c]},
        "boxes": {"selected_options": [b]},
        "day": {"selected_date": "2030-01-02"},
        "moment": {"selected_date_time": 1_900_000_000},
        "hour": {"selected_time": "09:30"},
        "person": {"selected_user": "U0MEI"},
        "people": {"selected_users": ["U0ANA", "U0PAT"]},
        "raw": {"value": "r"},
    }


def test_what_is_not_touched_keeps_its_initial_value(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Initial values are sent as if typed; an empty acknowledgement closes the view."""
    many = ask(
        "many", {"type": "multi_static_select", "options": options("a", "b"), "initial_options": options("a")}
    )
    text = ask("text", {"type": "plain_text_input", "initial_value": "before"})
    view = opened(slack, bot, client, modal(text, many, private_metadata="prp_1"))
    slack.submit("U0ANA", view["id"])
    payload = bot.heard[-1]
    assert payload["view"]["state"]["values"]["text"]["v"]["value"] == "before"
    assert payload["view"]["state"]["values"]["many"]["v"]["selected_options"] == options("a")
    assert payload["view"]["private_metadata"] == "prp_1" and slack.open_views("U0ANA") == []


def test_slacks_own_form_holds_back_what_cannot_be_sent(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Required, too long, out of range, no such option, no such block: nothing reaches the bot."""
    view = opened(
        slack,
        bot,
        client,
        modal(
            ask("text", {"type": "plain_text_input", "max_length": 3}),
            ask(
                "number",
                {"type": "number_input", "is_decimal_allowed": False, "max_value": "9"},
                optional=True,
            ),
            ask("pick", {"type": "static_select", "options": options("a")}, optional=True),
        ),
    )
    heard = len(bot.requests)
    for answers, why in [
        ({}, "required"),
        ({"text": "long"}, "characters"),
        ({"text": "x", "number": "10"}, "does not take"),
        ({"text": "x", "pick": "z"}, "not an option"),
        ({"txt": "x"}, "no block"),
    ]:
        with pytest.raises(ValueError, match=why):
            slack.submit("U0ANA", view["id"], answers)
    assert len(bot.requests) == heard


def test_errors_keep_the_form_open_with_its_answers(slack: Slack, bot: Bot, client: WebClient) -> None:
    """response_action errors is shown, and the next try goes from what was typed."""
    view = opened(slack, bot, client, modal())
    bot.reply = lambda _: JSONResponse(
        {"response_action": "errors", "errors": {"amount": "Must be above 0."}}
    )
    assert slack.submit("U0ANA", view["id"], {"amount": "-1"}).ok
    (kept,) = slack.open_views("U0ANA")
    assert kept["errors"] == {"amount": "Must be above 0."}
    assert kept["state"]["values"]["amount"]["v"]["value"] == "-1"
    bot.reply = lambda _: Response(b"")
    slack.submit("U0ANA", view["id"], {"amount": "1"})
    assert slack.open_views("U0ANA") == [] and "errors" not in bot.heard[-1]["view"]


def test_errors_of_unknown_blocks_are_the_bots_mistake(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Slack cannot show an error where there is no input block."""
    view = opened(slack, bot, client, modal())
    bot.reply = lambda _: JSONResponse({"response_action": "errors", "errors": {"amuont": "x"}})
    response = slack.submit("U0ANA", view["id"])
    assert not response.ok and "amuont" in str(response.error) and slack.open_views("U0ANA")


def test_an_answer_can_update_push_or_clear(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Update changes the view in place, push lays another on it, clear closes all."""
    view = opened(slack, bot, client, modal())
    steps = iter(
        [
            {"response_action": "update", "view": modal(callback_id="second")},
            {"response_action": "push", "view": modal(callback_id="third")},
            {"response_action": "clear"},
        ]
    )
    bot.reply = lambda _: JSONResponse(next(steps))
    slack.submit("U0ANA", view["id"])
    assert [(v["id"], v["callback_id"]) for v in slack.open_views("U0ANA")] == [(view["id"], "second")]
    slack.submit("U0ANA", view["id"])
    stack = slack.open_views("U0ANA")
    assert [v["callback_id"] for v in stack] == ["second", "third"]
    assert stack[1]["previous_view_id"] == stack[1]["root_view_id"] == view["id"]
    slack.submit("U0ANA", stack[1]["id"])
    assert slack.open_views("U0ANA") == []


def test_an_answer_with_a_bad_view_is_an_error_on_the_screen(
    slack: Slack, bot: Bot, client: WebClient
) -> None:
    """A view that Slack would not take in the acknowledgement leaves the form open."""
    view = opened(slack, bot, client, modal())
    bot.reply = lambda _: JSONResponse({"response_action": "update", "view": modal(title=None)})
    assert "title" in str(slack.submit("U0ANA", view["id"]).error)
    assert slack.open_views("U0ANA")[0]["title"]["text"] == "title"


def test_a_view_is_updated_by_its_hash(slack: Slack, bot: Bot, client: WebClient) -> None:
    """An old hash conflicts; a view that was closed is not found."""
    view = opened(slack, bot, client, modal())
    client.views_update(view_id=view["id"], hash=view["hash"], view=modal(callback_id="new"))
    stale = error(lambda: client.views_update(view_id=view["id"], hash=view["hash"], view=modal()))
    assert stale["error"] == "hash_conflict" and slack.open_views("U0ANA")[0]["callback_id"] == "new"
    slack.close_view("U0ANA", view["id"])
    gone = error(lambda: client.views_update(view_id=view["id"], view=modal()))
    assert gone["error"] == "not_found"


def test_an_update_keeps_what_was_typed(slack: Slack, bot: Bot, client: WebClient) -> None:
    """Fields that stay in the view hold what the person put there."""
    view = opened(slack, bot, client, modal())
    bot.reply = lambda _: JSONResponse({"response_action": "errors", "errors": {"amount": "no"}})
    slack.submit("U0ANA", view["id"], {"amount": "7"})
    client.views_update(view_id=view["id"], view=modal(callback_id="new"))
    (now,) = slack.open_views("U0ANA")
    assert now["state"]["values"]["amount"]["v"]["value"] == "7" and "errors" not in now


def test_three_views_lie_on_each_other(slack: Slack, client: WebClient) -> None:
    """A fourth cannot be pushed; an external id is used once."""
    client.views_open(trigger_id=slack.trigger("U0ANA"), view=modal(external_id="e1"))
    same = error(lambda: client.views_push(trigger_id=slack.trigger("U0ANA"), view=modal(external_id="e1")))
    assert same["error"] == "duplicate_external_id"
    for _ in range(2):
        client.views_push(trigger_id=slack.trigger("U0ANA"), view=modal())
    fourth = error(lambda: client.views_push(trigger_id=slack.trigger("U0ANA"), view=modal()))
    assert fourth["error"] == "push_limit_reached"


def test_closing_a_view_is_told_if_asked(slack: Slack, bot: Bot, client: WebClient) -> None:
    """view_closed comes with notify_on_close only."""
    quiet = opened(slack, bot, client, modal())
    assert slack.close_view("U0ANA", quiet["id"]) is None
    loud = opened(slack, bot, client, modal(notify_on_close=True))
    assert slack.close_view("U0ANA", loud["id"]) is not None
    assert bot.heard[-1]["type"] == "view_closed"


def test_the_home_tab_is_published_and_pressed(slack: Slack, bot: Bot, client: WebClient) -> None:
    """app_home_opened asks for the view; its buttons send block_actions with the view."""
    slack.open_home("U0ANA")
    settled(slack)
    assert bot.events("app_home_opened")[0]["tab"] == "home"
    client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": card()})
    home = slack.home("U0ANA")
    assert home is not None and slack.press_in_view("U0ANA", home["id"], "go").ok
    payload = bot.heard[-1]
    assert (
        payload["container"] == {"type": "view", "view_id": home["id"]} and payload["view"]["type"] == "home"
    )


# -- commands and shortcuts -------------------------------------------------------------------------------------


def test_a_command_is_a_plain_form(slack: Slack, bot: Bot) -> None:
    """Command, text, people and channel come as fields; the text is left as typed."""
    slack.command("U0ANA", DEAL, "/cosell", "refer <@U0MEI|mei> R&amp;D")
    form = bot.heard[-1]
    assert (form["command"], form["text"]) == ("/cosell", "refer <@U0MEI|mei> R&amp;D")
    assert (form["user_id"], form["channel_id"], form["team_id"]) == ("U0ANA", DEAL, "T0BRIGHT")


@pytest.mark.parametrize("answer", [Response("Done."), JSONResponse({"text": "Done."})])
def test_a_commands_answer_is_whispered(slack: Slack, bot: Bot, answer: Response) -> None:
    """Text and JSON are both shown to who typed it."""
    bot.reply = lambda _: answer
    slack.command("U0ANA", DEAL, "/cosell")
    assert [m["text"] for m in slack.ephemerals("U0ANA")] == ["Done."] and not slack.messages(DEAL)


def test_a_commands_answer_can_be_for_all(slack: Slack, bot: Bot) -> None:
    """response_type in_channel posts it as the bot."""
    bot.reply = lambda _: JSONResponse({"text": "Done.", "response_type": "in_channel"})
    slack.command("U0ANA", DEAL, "/cosell")
    assert [(m["text"], m["bot_id"]) for m in slack.messages(DEAL)] == [("Done.", slack.bot_id)]


def test_a_failed_command_is_told_to_who_typed_it(slack: Slack, bot: Bot) -> None:
    """dispatch_failed is a line only they see, and nothing is sent again."""
    bot.reply = lambda _: Response(b"", 404)
    slack.command("U0ANA", DEAL, "/cosell")
    assert "dispatch_failed" in slack.ephemerals("U0ANA")[0]["text"] and len(bot.requests) == 1


def test_a_shortcut_carries_the_message(slack: Slack, bot: Bot) -> None:
    """message_action names the message it was chosen on."""
    ts = slack.say("U0ANA", DEAL, "P2B is 80")
    settled(slack)
    slack.shortcut("U0MEI", DEAL, ts, "propose")
    payload = bot.heard[-1]
    assert (payload["type"], payload["callback_id"]) == ("message_action", "propose")
    assert payload["message"]["text"] == "P2B is 80" and payload["channel"]["id"] == DEAL


# -- faults and waiting -----------------------------------------------------------------------------------------


def test_a_lost_reply_leaves_the_post(slack: Slack, client: WebClient) -> None:
    """drop_reply: the message is there although the caller saw the connection cut."""
    slack.fault("chat.postMessage", drop_reply=True)
    with pytest.raises((OSError, http.client.HTTPException)):
        client.chat_postMessage(channel=DEAL, text="x")
    assert [m["text"] for m in slack.messages(DEAL)] == ["x"]


def test_an_error_can_come_after_the_work(slack: Slack, client: WebClient) -> None:
    """fatal_error after storing: the message may have been posted, and was."""
    slack.fault("chat.postMessage", code="fatal_error")
    assert error(lambda: client.chat_postMessage(channel=DEAL, text="x"))["error"] == "fatal_error"
    assert client.chat_postMessage(channel=DEAL, text="y")["ok"]
    assert [m["text"] for m in slack.messages(DEAL)] == ["x", "y"]


def test_faults_answer_as_slack_does(slack: Slack, client: WebClient) -> None:
    """429 is JSON with Retry-After, 503 text, 200 HTML; a code with a status comes without any work."""
    slack.fault("chat.postMessage", status=429, retry_after=7)
    limited = error(lambda: client.chat_postMessage(channel=DEAL, text="x"))
    assert (limited["error"], limited.headers["Retry-After"]) == ("ratelimited", "7")
    slack.fault("chat.postMessage", status=503)
    assert error(lambda: client.chat_postMessage(channel=DEAL, text="x")).status_code == 503
    slack.fault("chat.postMessage", status=200)
    assert "non-JSON" in error(lambda: client.chat_postMessage(channel=DEAL, text="x"))["error"]
    slack.fault("chat.postMessage", status=200, code="restricted_action")
    assert error(lambda: client.chat_postMessage(channel=DEAL, text="x"))["error"] == "restricted_action"
    assert slack.messages(DEAL) == []


def test_slack_sdks_own_handler_understands_the_limit(slack: Slack) -> None:
    """RateLimitErrorRetryHandler waits for Retry-After and repeats."""
    handler = RateLimitErrorRetryHandler(max_retry_count=1)
    patient = WebClient(token=slack.bot_token, base_url=f"{slack.url}/api/", retry_handlers=[handler])
    slack.fault("auth.test", status=429, retry_after=0)
    assert patient.auth_test()["ok"] and len(slack.calls("auth.test")) == 2


def test_waiting_ends_with_the_change(slack: Slack, bot: Bot, client: WebClient) -> None:
    """wait_for returns what the predicate found, as soon as another thread brought it about."""
    bot.reply = lambda p: Response(
        str(p["event"].get("bot_id") or client.chat_postMessage(channel=DEAL, text="re"))
    )
    slack.say("U0ANA", DEAL, "hello")
    found = slack.wait_for(lambda s: [m for m in s.messages(DEAL) if m["text"] == "re"])
    assert found[0]["user"] == slack.bot_user


def test_waiting_in_vain_shows_what_was_said(slack: Slack) -> None:
    """The TimeoutError quotes the last messages."""
    slack.say("U0ANA", DEAL, "anybody here?")
    with pytest.raises(TimeoutError, match="anybody here"):
        slack.wait_for(lambda s: s.ephemerals("U0ANA"), timeout=0.05)


def test_what_is_read_does_not_change_later(slack: Slack, client: WebClient) -> None:
    """Copies come out: a later change of the message leaves them as they were."""
    ts = client.chat_postMessage(channel=DEAL, text="old", blocks=card())["ts"]
    before = slack.messages(DEAL)
    client.chat_update(channel=DEAL, ts=ts, text="new", blocks=card(button(value="v2")))
    assert before[0]["text"] == "old" and before[0]["blocks"][1]["elements"][0]["value"] == "v1"
