"""What the page's server sends and what it lets be done."""

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.page import Page, files, workspace
from sandbox.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The stand-ins alone; no bot listens."""
    with World(redis=False) as world:
        world.slack.bot_url = ""
        yield world


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    """The page on a free port."""
    with Page(world).start(0) as page:
        yield page


def ask(page: Page, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """One request; the status and the answer, read as JSON where it is."""
    url = urlsplit(page.url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, content, named)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if text.startswith("{") else text


def do(page: Page, who: str, name: str, **what: Any) -> Any:
    """Do something as the page does it."""
    deed = {"as": who, "do": name, "with": what}
    return ask(page, "POST", "/do", deed, Content_Type="application/json", Origin=page.url)[1]


def drop(page: Page, who: str, name: str, content: bytes, **where: str) -> Any:
    """Drop a file as the page does it."""
    asked = urlencode({"as": who, "channel": "C0NORTHWIND", "name": name, **where})
    kind = "application/octet-stream"
    return ask(page, "POST", f"/drop?{asked}", content, Content_Type=kind, Origin=page.url)[1]


class Stream:
    """An open stream of changes."""

    def __init__(self, page: Page, who: str) -> None:
        url = urlsplit(page.url)
        self.connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
        self.connection.request("GET", f"/stream?as={who}")
        self.answer = self.connection.getresponse()

    def next(self) -> Any:
        """The next change of rows."""
        name = ""
        for line in self.answer:
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text[7:]
            if text.startswith("data: ") and name == "rows":
                return json.loads(text[6:])
        raise AssertionError("the stream ended")

    def until(self, key: str) -> Any:
        """The first change in which a row with a key like this comes."""
        while True:
            found = self.next()
            if any(key in row for row in found["rows"]):
                return found

    def close(self) -> None:
        """Go away."""
        self.connection.close()


def test_the_first_change_is_everything_and_later_ones_are_differences(page: Page, world: World) -> None:
    """A tab gets the whole table once, and then only what somebody did."""
    stream = Stream(page, "U0ANA")
    first = stream.next()
    assert first["whole"] and first["rows"]["me"]["id"] == "U0ANA"
    assert "channel:C0NORTHWIND" in first["rows"]
    do(page, "U0MEI", "say", channel="C0NORTHWIND", text="hello")
    later = stream.until("message:C0NORTHWIND")
    assert not later["whole"] and "me" not in later["rows"]
    stream.close()


def test_everybody_sees_what_slack_would_show_them(world: World) -> None:
    """An outsider sees the shared channel and no app, a guest their own channels; whispers have one reader."""
    slack = world.slack
    slack.whisper(slack.channels["C0MERIDIAN"], "U0BEN", {"user": "U0COSELL", "text": "psst"})
    pat, gus = workspace.rows(slack, "U0PAT"), workspace.rows(slack, "U0GUS")
    assert {key for key in pat if key.startswith("channel:")} == {"channel:C0MERIDIAN"}
    assert pat["app"] == "null"
    assert {key for key in gus if key.startswith("channel:C")} == {"channel:C0NORTHWIND"}
    assert any(key.startswith("whisper:") for key in workspace.rows(slack, "U0BEN"))
    assert not any(key.startswith("whisper:") for key in pat)


def test_who_cannot_do_it_is_told_in_a_sentence(page: Page) -> None:
    """What Slack's screen would not let a person do changes nothing and comes back in words."""
    assert do(page, "U0PAT", "say", channel="C0NORTHWIND", text="hi") == {
        "ok": False,
        "error": "U0PAT is not in C0NORTHWIND",
    }
    assert "command" in do(page, "U0PAT", "command", channel="C0MERIDIAN", text="/cosell help")["error"]
    assert "nothing to send" in do(page, "U0ANA", "say", channel="C0NORTHWIND", text="  ")["error"]
    assert "12,000" in do(page, "U0ANA", "say", channel="C0NORTHWIND", text="x" * 12_001)["error"]
    assert "nonsense" in do(page, "U0ANA", "nonsense")["error"]
    assert not do(page, "U0ANA", "say", channel="C0NORTHWIND")["ok"]


def test_another_site_cannot_do_anything_here(page: Page) -> None:
    """A deed from another origin, as a form, or under another name of this machine is refused."""
    deed = {"as": "U0ANA", "do": "say", "with": {"channel": "C0NORTHWIND", "text": "from elsewhere"}}
    kind = {"Content_Type": "application/json"}
    assert ask(page, "POST", "/do", deed, Origin="http://evil.example", **kind)[0] == 403
    assert ask(page, "POST", "/do", deed, Content_Type="text/plain")[0] == 415
    assert ask(page, "GET", "/stream?as=U0ANA", Host="evil.example")[0] == 403
    assert ask(page, "POST", "/do", b"{", **kind)[0] == 400
    said = [m["text"] for m in page.world.slack.messages("C0NORTHWIND")]
    assert "from elsewhere" not in said


def test_a_file_that_somebody_shares_is_served_as_nothing_that_runs(page: Page) -> None:
    """A shared file comes back as it was, as text or a picture, never as a page."""
    assert drop(page, "U0ANA", "a.html", b"<script>alert(1)</script>")["ok"]
    (file,) = page.world.slack.messages("C0NORTHWIND")[-1]["files"]
    url = urlsplit(page.url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    connection.request("GET", f"/files/{file['id']}")
    answer = connection.getresponse()
    assert answer.read() == b"<script>alert(1)</script>"
    assert answer.getheader("content-type", "").startswith("text/plain")
    assert answer.getheader("x-content-type-options") == "nosniff"
    connection.close()


def test_a_dropped_file_is_in_its_thread_with_the_words(page: Page) -> None:
    """As whoever dropped it; a name in any script arrives as it is."""
    slack = page.world.slack
    root = slack.say("U0ANA", "C0NORTHWIND", "the scores?")
    assert drop(page, "U0MEI", "点数 1&2.csv", b"a,b\n", text="here", thread_ts=root) == {"ok": True}
    message = slack.thread("C0NORTHWIND", root)[1]
    assert (message["user"], message["text"]) == ("U0MEI", "here")
    assert message["files"][0]["name"] == "点数 1&2.csv"


def test_who_cannot_drop_a_file_is_told_in_a_sentence(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody from elsewhere, another site's page, a form, and a file that is too large: nothing is kept."""
    kept = len(page.world.slack.files)
    assert drop(page, "U0PAT", "a.csv", b"a")["error"] == "U0PAT is not in C0NORTHWIND"
    path = "/drop?as=U0ANA&channel=C0NORTHWIND&name=a.csv"
    kind = {"Content_Type": "application/octet-stream"}
    assert ask(page, "POST", path, b"a", Origin="http://evil.example", **kind)[0] == 403
    assert ask(page, "POST", path, b"a", Content_Type="text/plain")[0] == 415
    monkeypatch.setattr(files, "LARGEST", 3)
    assert "larger" in drop(page, "U0ANA", "a.csv", b"abcd")["error"]
    assert len(page.world.slack.files) == kept


@pytest.mark.parametrize(
    ("name", "content", "table", "more"),
    [
        (
            "a.csv",
            "﻿account,score\r\nNorthwind,82\r\n".encode(),
            [["account", "score"], ["Northwind", "82"]],
            False,
        ),
        ("a.csv", b'a;b\n"x;y";2\n', [["a", "b"], ["x;y", "2"]], False),
        ("a.csv", b'a,b\n"two\nlines",2\n', [["a", "b"], ["two\nlines", "2"]], False),
        ("a.tsv", b"a\tb\n1\t2\n", [["a", "b"], ["1", "2"]], False),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), [["a", "b"], ["1", "2"]], False),
        ("a.csv", b"a\n" + b"1\n" * 6, [["a"], *[["1"]] * 5], True),
        ("a.csv", b"a\n" * 4 + b"x" * 20_000, [["a"]] * 4, True),
        ("a.csv", b"", [], False),
    ],
)
def test_a_table_is_shown_by_its_first_rows(name: str, content: bytes, table: list[Any], more: bool) -> None:
    """Five below the first, whatever separates its cells and however it was saved."""
    kind = name.rpartition(".")[2]
    assert files.preview({"filetype": kind, "content": content}) == {"table": table, "more": more}


def test_people_see_all_of_a_file_that_the_bot_is_only_hinted_at(page: Page) -> None:
    """One from the other company has its name and its rows on everybody's screen."""
    slack = page.world.slack
    ts = slack.drop("U0PAT", "C0MERIDIAN", "list.csv", b"account\nNorthwind\n")
    row = json.loads(workspace.rows(slack, "U0BEN")[f"message:C0MERIDIAN:{ts}"])
    assert (row["files"][0]["name"], row["files"][0]["table"]) == ("list.csv", [["account"], ["Northwind"]])
    assert "content" not in row["files"][0]


def test_nobody_unknown_can_look(page: Page) -> None:
    """A person who does not exist, is deactivated, or is the bot has no screen."""
    assert [ask(page, "GET", f"/stream?as={who}")[0] for who in ("U0NOBODY", "U0OLD", "U0COSELL")] == [
        404
    ] * 3


def test_a_page_that_stops_ends_its_streams(world: World) -> None:
    """Stopping does not wait for the tabs that look."""
    page = Page(world).start(0)
    stream = Stream(page, "U0ANA")
    stream.next()
    page.stop()
    assert not any(thread.name == "page" for thread in threading.enumerate())
    stream.close()
