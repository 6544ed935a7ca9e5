"""Files in the stand-in of Slack: dropped, described, handed out to the bot, and put there by it."""

from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.seed import load
from sandbox.slack import Slack

DEAL, SHARED, GENERAL = "C0NORTHWIND", "C0MERIDIAN", "C0GENERAL"
ROWS = b"account,score\nNorthwind,82\n"


@pytest.fixture(scope="module")
def _slack() -> Any:
    with Slack(load()) as stand_in:
        yield stand_in


@pytest.fixture
def slack(_slack: Slack) -> Slack:
    """Slack as it starts; events happen and are not sent."""
    _slack.reset()
    _slack.bot_url, _slack.lose_events = "http://127.0.0.1:1/", True
    return _slack


@pytest.fixture
def client(slack: Slack) -> WebClient:
    """The bot's."""
    return WebClient(token=slack.bot_token, base_url=f"{slack.url}/api/", timeout=5, retry_handlers=[])


def shown(slack: Slack, channel: str, ts: str) -> dict[str, Any]:
    """The one file of a message."""
    (file,) = slack.message(channel, ts)["files"]
    assert isinstance(file, dict)
    return file


def get(address: str, token: str | None) -> requests.Response:
    """What Slack hands out there, without following it anywhere."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(address, headers=headers, timeout=5, allow_redirects=False)


# -- dropped -------------------------------------------------------------------------------------------------------


def test_a_dropped_file_is_a_message_that_the_bot_hears_of(slack: Slack) -> None:
    """The event has the file with everything that is needed to read it, and not what is in it."""
    ts = slack.drop("U0ANA", DEAL, "scores.csv", ROWS, "here & now")
    event = slack.events[-1]["event"]
    assert (event["subtype"], event["ts"], event["text"]) == ("file_share", ts, "here &amp; now")
    (file,) = event["files"]
    assert (file["name"], file["size"], file["user"]) == ("scores.csv", len(ROWS), "U0ANA")
    assert (file["mimetype"], file["filetype"], file["mode"]) == ("text/csv", "csv", "hosted")
    assert file["file_access"] == "visible" and not file["is_external"]
    assert "content" not in file and "shares" not in file


def test_a_file_is_dropped_into_a_thread(slack: Slack) -> None:
    """It replies to what it was dropped at."""
    root = slack.say("U0ANA", DEAL, "the scores?")
    ts = slack.drop("U0MEI", DEAL, "scores.csv", ROWS, thread_ts=root)
    assert slack.message(DEAL, ts)["thread_ts"] == root


def test_nobody_drops_files_where_they_are_not(slack: Slack) -> None:
    """As with words, Slack's screen does not offer it, and nothing is kept."""
    with pytest.raises(ValueError, match="not in"):
        slack.drop("U0PAT", DEAL, "scores.csv", ROWS)
    assert not slack.files


def test_a_file_from_the_other_company_comes_as_a_hint(slack: Slack, client: WebClient) -> None:
    """In a Slack Connect channel the event has the id alone, and files.info the rest."""
    ts = slack.drop("U0PAT", SHARED, "list.csv", ROWS)
    hint = slack.events[-1]["event"]["files"][0]
    assert hint == shown(slack, SHARED, ts)
    assert hint["file_access"] == "check_file_info" and "name" not in hint and "url_private" not in hint
    file = client.files_info(file=hint["id"])["file"]
    assert (file["name"], file["user"], file["user_team"]) == ("list.csv", "U0PAT", slack.partner_team)
    assert file["file_access"] == "visible"


# -- files.info ----------------------------------------------------------------------------------------------------


def test_files_info_says_where_a_file_was_shared(slack: Slack, client: WebClient) -> None:
    """By channel, with the message that shows it."""
    root = slack.say("U0ANA", DEAL, "the scores?")
    ts = slack.drop("U0ANA", DEAL, "scores.csv", ROWS, thread_ts=root)
    file = client.files_info(file=shown(slack, DEAL, ts)["id"])["file"]
    assert file["channels"] == [DEAL]
    (share,) = file["shares"]["public"][DEAL]
    assert (share["ts"], share["thread_ts"]) == (ts, root)


@pytest.mark.parametrize("seen", ["elsewhere", "unknown", "unfinished"])
def test_files_info_knows_no_file_that_the_bot_may_not_see(
    slack: Slack, client: WebClient, seen: str
) -> None:
    """One in a channel without the bot, one that never was, and an upload that was not finished are all not found."""
    elsewhere = shown(slack, GENERAL, slack.drop("U0ANA", GENERAL, "scores.csv", ROWS))["id"]
    unfinished = client.files_getUploadURLExternal(filename="a.csv", length=1)["file_id"]
    id = {"elsewhere": elsewhere, "unknown": "F0", "unfinished": unfinished}[seen]
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_info(file=id)


def test_a_deleted_file_leaves_its_message_and_nothing_else(slack: Slack, client: WebClient) -> None:
    """The message shows a tombstone and the bot hears that it changed; asking and reading both fail."""
    ts = slack.drop("U0ANA", DEAL, "scores.csv", ROWS)
    file = shown(slack, DEAL, ts)
    slack.delete_file(file["id"])
    assert shown(slack, DEAL, ts) == {"id": file["id"], "mode": "tombstone"}
    assert slack.events[-1]["event"]["subtype"] == "message_changed"
    with pytest.raises(SlackApiError, match="file_deleted"):
        client.files_info(file=file["id"])
    assert get(file["url_private"], slack.bot_token).status_code == 404


def test_files_info_takes_its_scope(slack: Slack, client: WebClient) -> None:
    """files:read, and no other."""
    slack.scopes = {"files:write"}
    with pytest.raises(SlackApiError, match="missing_scope"):
        client.files_info(file="F0")


# -- handed out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["url_private", "url_private_download"])
def test_a_file_is_handed_out_to_the_bot(slack: Slack, address: str) -> None:
    """Byte for byte, at both addresses."""
    file = shown(slack, DEAL, slack.drop("U0ANA", DEAL, "scores 1&2.csv", ROWS))
    assert get(file[address], slack.bot_token).content == ROWS


@pytest.mark.parametrize("token", [None, "xoxb-another", "xapp-sandbox-token"])
def test_whoever_brings_no_token_of_the_bot_is_sent_to_sign_in(slack: Slack, token: str | None) -> None:
    """A page instead of the file, which a client that follows gets with status 200."""
    file = shown(slack, DEAL, slack.drop("U0ANA", DEAL, "scores.csv", ROWS))
    answer = get(file["url_private"], token)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (302, "text/html")
    page = get(answer.headers["location"], None)
    assert (page.status_code, "Sign in" in page.text, ROWS in page.content) == (200, True, False)


def test_without_the_scope_the_bot_is_sent_to_sign_in_too(slack: Slack) -> None:
    """The token alone is not enough."""
    file = shown(slack, DEAL, slack.drop("U0ANA", DEAL, "scores.csv", ROWS))
    slack.scopes = {"chat:write"}
    assert get(file["url_private"], slack.bot_token).status_code == 302


def test_a_file_in_a_channel_without_the_bot_is_not_handed_out(slack: Slack) -> None:
    """Its address is not enough either."""
    file = shown(slack, GENERAL, slack.drop("U0ANA", GENERAL, "scores.csv", ROWS))
    assert get(file["url_private"], slack.bot_token).status_code == 302


def test_a_download_can_be_cut(slack: Slack) -> None:
    """The connection ends before all that was announced has come."""
    file = shown(slack, DEAL, slack.drop("U0ANA", DEAL, "scores.csv", ROWS))
    slack.fault("/files-pri/", code="cut")
    with pytest.raises(requests.RequestException):
        get(file["url_private"], slack.bot_token)


def test_a_download_can_be_half_of_the_file(slack: Slack) -> None:
    """An answer that looks whole and is shorter than the file's size."""
    file = shown(slack, DEAL, slack.drop("U0ANA", DEAL, "scores.csv", ROWS))
    slack.fault("/files-pri/", code="half")
    answer = get(file["url_private"], slack.bot_token)
    assert answer.status_code == 200 and answer.content == ROWS[: len(ROWS) // 2]


# -- put there by the bot ------------------------------------------------------------------------------------------


def put(slack: Slack, client: WebClient) -> str:
    """Bytes that Slack has and nobody sees yet; their file's id."""
    place = client.files_getUploadURLExternal(filename="failed.csv", length=len(ROWS))
    assert requests.post(place["upload_url"], ROWS, timeout=5).text == f"OK - {len(ROWS)}"
    return str(place["file_id"])


def test_what_the_bot_uploads_is_handed_out_and_described(slack: Slack, client: WebClient) -> None:
    """As any other file, with the bot as its owner."""
    id = put(slack, client)
    (file,) = client.files_completeUploadExternal(files=[{"id": id, "title": "Failed"}], channel_id=DEAL)[
        "files"
    ]
    assert get(file["url_private_download"], slack.bot_token).content == ROWS
    about = client.files_info(file=id)["file"]
    assert (about["user"], about["title"], about["channels"]) == (slack.bot_user, "Failed", [DEAL])


def test_finishing_an_upload_again_shows_it_once(slack: Slack, client: WebClient) -> None:
    """The same answer, and no second message."""
    id = put(slack, client)
    for _ in range(2):
        answer = client.files_completeUploadExternal(files=[{"id": id}], channel_id=DEAL)
        assert [file["id"] for file in answer["files"]] == [id]
    assert len(slack.messages(DEAL)) == 1


def test_a_share_can_be_lost(slack: Slack, client: WebClient) -> None:
    """Slack says that it is done and shows the file nowhere; finishing it again shows it."""
    id = put(slack, client)
    slack.lose_shares = True
    client.files_completeUploadExternal(files=[{"id": id}], channel_id=DEAL)
    assert not slack.messages(DEAL) and not client.files_info(file=id)["file"]["channels"]
    slack.lose_shares = False
    client.files_completeUploadExternal(files=[{"id": id}], channel_id=DEAL)
    assert shown(slack, DEAL, slack.messages(DEAL)[0]["ts"])["id"] == id


def test_bytes_that_never_came_cannot_be_finished(slack: Slack, client: WebClient) -> None:
    """file_not_found, and nothing is shown."""
    place = client.files_getUploadURLExternal(filename="failed.csv", length=4)
    assert requests.post(place["upload_url"], b"five!", timeout=5).status_code == 400
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id=DEAL)
    assert not slack.messages(DEAL)


# -- pictures that blocks show -------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


def picture(client: WebClient, name: str = "chart.png", alt: str = "A chart") -> dict[str, Any]:
    """A file that the bot uploads and shares nowhere, as Slack describes it."""
    place = client.files_getUploadURLExternal(filename=name, length=len(PNG), alt_txt=alt)
    requests.post(place["upload_url"], PNG, timeout=5)
    (file,) = client.files_completeUploadExternal(files=[{"id": place["file_id"]}])["files"]
    assert isinstance(file, dict)
    return file


def show(client: WebClient, **file: str) -> None:
    """Post a message whose only block is that picture."""
    image = {"type": "image", "slack_file": file, "alt_text": "A chart"}
    client.chat_postMessage(channel=DEAL, text="A chart", blocks=[image])


def test_a_picture_that_is_shared_nowhere_can_be_shown_in_a_block(slack: Slack, client: WebClient) -> None:
    """By its id or its address; no message carries it as a file."""
    file = picture(client)
    assert (file["alt_txt"], file["channels"], file["is_public"]) == ("A chart", [], False)
    show(client, id=file["id"])
    show(client, url=file["permalink"])
    assert [message.get("files") for message in slack.messages(DEAL)] == [None, None]


@pytest.mark.parametrize("what", ["missing", "a table", "deleted", "of somebody else", "not looked at"])
def test_a_block_shows_no_file_that_is_no_picture_of_the_bots(
    slack: Slack, client: WebClient, what: str
) -> None:
    """invalid_blocks, with the place of the file."""
    slack.files_take = 60.0 if what == "not looked at" else 0.0
    id = str(picture(client, "rows.csv" if what == "a table" else "chart.png")["id"])
    if what == "missing":
        id = "F0123456789"
    elif what == "deleted":
        slack.delete_file(id)
    elif what == "of somebody else":
        id = slack.keep_file("U0ANA", "chart.png", PNG)["id"]
    with pytest.raises(SlackApiError) as refused:
        show(client, id=id)
    assert refused.value.response["error"] == "invalid_blocks"
    assert refused.value.response["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]


def test_slack_does_not_know_the_type_of_a_file_before_it_has_looked_at_it(
    slack: Slack, client: WebClient
) -> None:
    """Then it does, and shows it."""
    slack.files_take, now = 2.0, slack.clock()
    slack.clock = lambda: now
    id = str(picture(client)["id"])
    assert client.files_info(file=id)["file"]["mimetype"] == ""
    slack.clock = lambda: now + 2.0
    assert client.files_info(file=id)["file"]["mimetype"] == "image/png"
    show(client, id=id)


def test_what_is_said_of_a_picture_is_bounded(client: WebClient) -> None:
    """Slack takes a thousand characters."""
    with pytest.raises(SlackApiError, match="alt_txt_too_large"):
        picture(client, alt="x" * 1_001)


def test_a_workspace_can_be_without_uploads(slack: Slack, client: WebClient) -> None:
    """Every files method answers the error that a fault names, for as long as it lasts."""
    slack.fault(r"files\.", times=-1, status=200, code="file_uploads_disabled")
    with pytest.raises(SlackApiError, match="file_uploads_disabled"):
        picture(client)
    slack.faults.clear()
    assert picture(client)
