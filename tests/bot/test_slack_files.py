"""Reading what people drop in Slack: all of it or none of it, and the token goes nowhere else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from slack_sdk import WebClient

from bot import slack_files
from bot.errors import BotError, Refused, Unavailable
from bot.slack_files import SlackFile, SlackFiles
from sandbox.seed import load
from sandbox.server import free_port
from sandbox.slack import Slack

DEAL, SHARED, GENERAL = "C0NORTHWIND", "C0MERIDIAN", "C0GENERAL"
ROWS = b"account,score\nNorthwind,82\n" * 40_000
DOWNLOAD = "/files-pri/"


def client(url: str) -> WebClient:
    """One that repeats nothing by itself."""
    return WebClient(token="xoxb-sandbox-token", base_url=f"{url}/api/", timeout=5, retry_handlers=[])


@pytest.fixture
def files(slack: Slack) -> SlackFiles:
    """What the bot reads files with."""
    return SlackFiles(client(slack.url), most=2_000_000)


def drop(slack: Slack, content: bytes = ROWS, user: str = "U0ANA", channel: str = DEAL, **about: Any) -> str:
    """A dropped file's id; ``about`` changes what Slack says of it."""
    (file,) = slack.message(channel, slack.drop(user, channel, "scores.csv", content))["files"]
    kept = slack.file(file["id"])
    assert kept is not None
    kept |= about
    return str(file["id"])


# -- what it is ----------------------------------------------------------------------------------------------------


def test_a_file_is_told_by_name_size_and_owner(slack: Slack, files: SlackFiles) -> None:
    """As Slack says it now, whatever the event said."""
    id = drop(slack)
    assert files.about(id) == SlackFile(id=id, name="scores.csv", size=len(ROWS), by="U0ANA")


def test_a_file_of_the_other_company_is_read_as_any(slack: Slack, files: SlackFiles) -> None:
    """Of which the event told nothing but the id."""
    id = drop(slack, user="U0PAT", channel=SHARED)
    assert files.about(id).by == "U0PAT"
    assert files.fetch(id) == ROWS


@pytest.mark.parametrize("read", ["about", "fetch"])
def test_a_deleted_file_is_refused(slack: Slack, files: SlackFiles, read: str) -> None:
    """And the person is told to drop it once more."""
    id = drop(slack)
    slack.delete_file(id)
    with pytest.raises(Refused, match=r"deleted.*once more"):
        getattr(files, read)(id)


def test_a_file_in_a_channel_without_the_bot_is_refused(slack: Slack, files: SlackFiles) -> None:
    """Slack does not show it to the bot; the words say where it would."""
    with pytest.raises(Refused, match="in this channel"):
        files.about(drop(slack, channel=GENERAL))


@pytest.mark.parametrize(
    "about",
    [
        {"is_external": True, "mode": "external", "url_private": "https://drive.example/x"},
        {"mode": "space"},
        {"file_access": "access_denied"},
    ],
    ids=lambda about: next(iter(about)),
)
def test_what_slack_does_not_keep_or_show_is_refused(
    slack: Slack, files: SlackFiles, about: dict[str, Any]
) -> None:
    """A link to another system's file, a canvas, and a file that the bot may not see; nothing is asked for."""
    id = drop(slack, **about)
    with pytest.raises(Refused, match=r"[Dd]rop"):
        files.fetch(id)
    assert not slack.calls(DOWNLOAD)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, Unavailable),
        ({"status": 200}, Unavailable),
        ({"code": "internal_error"}, Unavailable),
        ({"refuse": True}, Unavailable),
        ({"status": 200, "code": "account_inactive"}, Refused),
    ],
    ids=str,
)
def test_what_keeps_slack_from_telling_is_told(
    slack: Slack, files: SlackFiles, fault: dict[str, Any], error: type[BotError]
) -> None:
    """An outage passes and a refusal does not."""
    id = drop(slack)
    slack.fault("files.info", **fault)
    with pytest.raises(error):
        files.about(id)


@pytest.mark.parametrize("where", ["files.info", DOWNLOAD])
def test_slacks_wish_to_wait_is_passed_on(slack: Slack, files: SlackFiles, where: str) -> None:
    """When to come again is what Slack said."""
    id = drop(slack)
    slack.fault(where, status=429, retry_after=7)
    with pytest.raises(Unavailable) as away:
        files.fetch(id)
    assert away.value.after == 7


def test_a_slack_that_is_away_is_unavailable() -> None:
    """Nobody listens there."""
    with pytest.raises(Unavailable):
        SlackFiles(client(f"http://127.0.0.1:{free_port()}"), 1).about("F0")


# -- what is in it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"x", ROWS, bytes(range(256)) * 100], ids=["one byte", "a megabyte", "bytes"]
)
def test_a_file_is_fetched_as_it_is(slack: Slack, files: SlackFiles, content: bytes) -> None:
    """Byte for byte."""
    assert files.fetch(drop(slack, content)) == content


def test_a_file_that_is_too_large_is_not_even_asked_for(slack: Slack) -> None:
    """The words say how large it is, how large it may be and what to do."""
    id = drop(slack)
    with pytest.raises(Refused, match=r"1\.1 MB.* 1 MB.*[Ss]plit it"):
        SlackFiles(client(slack.url), most=1_000_000).fetch(id)
    assert not slack.calls(DOWNLOAD)


def test_a_file_of_just_the_size_is_fetched(slack: Slack) -> None:
    """The limit belongs to what is taken."""
    assert SlackFiles(client(slack.url), most=len(ROWS)).fetch(drop(slack)) == ROWS


@pytest.mark.parametrize("code", ["cut", "half"])
def test_half_a_file_is_no_file(slack: Slack, files: SlackFiles, code: str) -> None:
    """Whether the wire was cut or the answer looks whole; trying again brings all of it."""
    id = drop(slack)
    slack.fault(DOWNLOAD, code=code)
    with pytest.raises(Unavailable):
        files.fetch(id)
    assert files.fetch(id) == ROWS


@pytest.mark.parametrize("fault", [{"status": 503}, {"refuse": True}, {"drop_reply": True}], ids=str)
def test_a_download_that_fails_may_be_tried_again(
    slack: Slack, files: SlackFiles, fault: dict[str, Any]
) -> None:
    """And then it is there."""
    id = drop(slack)
    slack.fault(DOWNLOAD, **fault)
    with pytest.raises(Unavailable):
        files.fetch(id)
    assert files.fetch(id) == ROWS


def revoke(slack: Slack) -> None:
    """Take every scope from the app."""
    slack.scopes = set()


@pytest.mark.parametrize("how", ["led to it", "in its place"])
def test_a_sign_in_page_is_not_taken_for_the_file(slack: Slack, files: SlackFiles, how: str) -> None:
    """Slack shows it where the app lacks its scope; the person who runs the bot is told what to do."""
    id = drop(slack)
    if how == "led to it":
        slack.fault("files.info", after_work=lambda: revoke(slack))
    else:
        slack.fault(DOWNLOAD, status=200)
    with pytest.raises(Refused, match="files:read"):
        files.fetch(id)


def test_without_the_scope_nothing_is_told(slack: Slack, files: SlackFiles) -> None:
    """Slack refuses to describe it, and the words name the scope."""
    id = drop(slack)
    slack.scopes = {"chat:write"}
    with pytest.raises(Refused, match="files:read"):
        files.about(id)


# -- where the token goes ------------------------------------------------------------------------------------------


def test_the_token_goes_to_no_other_host(slack: Slack, files: SlackFiles) -> None:
    """An address that is not Slack's is not asked at all, whoever named it."""
    with Slack(load()) as elsewhere:
        place = f"{elsewhere.url}/files-pri/x/scores.csv"
        id = drop(slack, url_private=place, url_private_download=place)
        with pytest.raises(Refused):
            files.fetch(id)
        assert not elsewhere.requests


class Talker:
    """A server of one connection at a time that answers with what it is told to, bit by bit if asked."""

    def __init__(self, *parts: bytes, pause: float = 0.0) -> None:
        self.asked: list[bytes] = []
        self.sent = 0  # parts
        self._parts, self._pause = parts, pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with closing(connection), suppress(OSError):
                    self.asked.append(connection.recv(65536))
                    for part in self._parts:
                        connection.sendall(part)
                        self.sent += 1
                        self._over.wait(self._pause)

    def close(self) -> None:
        """Stop."""
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def elsewhere() -> Iterator[Talker]:
    """A host that is not Slack's."""
    talker = Talker(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    yield talker
    talker.close()


def led(slack: Slack, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    """Have every download answered with a redirect to this address."""
    headers = {"location": to, "content-length": "0"}
    monkeypatch.setattr(slack, "error", lambda _: (302, headers, b""))
    slack.fault(DOWNLOAD, status=302, times=-1)


def test_a_redirect_to_another_host_is_not_followed(
    slack: Slack, files: SlackFiles, elsewhere: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even without the token."""
    id = drop(slack)
    led(slack, monkeypatch, f"{elsewhere.url}/scores.csv")
    with pytest.raises(Refused):
        files.fetch(id)
    assert not elsewhere.asked


def test_redirects_in_a_circle_come_to_an_end(
    slack: Slack, files: SlackFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few of them the file is refused."""
    id = drop(slack)
    led(slack, monkeypatch, f"{slack.url}/files-pri/x/round")
    with pytest.raises(Refused):
        files.fetch(id)
    assert len(slack.calls(DOWNLOAD)) == slack_files.HOPS


def test_slacks_own_redirect_is_followed(
    slack: Slack, files: SlackFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To another address of the same host, and with the token."""
    id = drop(slack)
    file = slack.file(id)
    assert file is not None
    led(slack, monkeypatch, file["url_private"])
    slack.faults[0].times = 1
    assert files.fetch(id) == ROWS


def test_a_login_of_this_machine_does_not_replace_the_token(
    slack: Slack, files: SlackFiles, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A ``.netrc`` is not looked at, and neither is a proxy that the client does not use."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert files.fetch(drop(slack)) == ROWS


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n"


def told_by(talker: Talker, monkeypatch: pytest.MonkeyPatch, size: int) -> SlackFiles:
    """What reads a file of this size from there."""
    told = {"id": "F0", "name": "scores.csv", "size": size, "url_private": f"{talker.url}/x"}
    monkeypatch.setattr(slack_files, "known", lambda *_: told)
    return SlackFiles(client(talker.url), most=1_000_000)


def test_a_file_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow enough to keep every single read within its timeout is not slow enough for ever."""
    monkeypatch.setattr(slack_files, "PATIENCE", 0.05)
    monkeypatch.setattr(slack_files, "CHUNK", 1)
    talker = Talker(HEAD, *[b"x"] * 100, pause=0.01)
    with closing(talker), pytest.raises(Unavailable):
        told_by(talker, monkeypatch, 100).fetch("F0")


def test_an_answer_that_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than Slack said that there is fills no memory."""
    talker = Talker(HEAD, *[bytes(1_000_000)] * 60)
    with closing(talker), pytest.raises(Unavailable):
        told_by(talker, monkeypatch, 1000).fetch("F0")
    assert talker.sent < 30
