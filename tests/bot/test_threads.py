"""The bot's voice: every post is there once, whatever becomes of Slack's answers."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from slack_sdk import WebClient

from bot import cards
from bot.errors import BotError, Refused, Unavailable
from bot.threads import EVENT_TYPE, Threads, own_post
from sandbox.seed import load
from sandbox.server import free_port
from sandbox.slack import Slack
from sandbox.slack.world import ResponseUrl
from tests.bot.factory import proposal

CHANNEL = "C0NORTHWIND"
CARD = cards.words("The score is written.")
POST = "chat.postMessage"
READ = "conversations.(replies|history)"


def client(url: str) -> WebClient:
    """One that repeats nothing by itself."""
    return WebClient(token="xoxb-sandbox-token", base_url=f"{url}/api/", timeout=5, retry_handlers=[])


@pytest.fixture
def threads(slack: Slack, store: redis.Redis) -> Threads:
    """The bot's voice."""
    return Threads(client(slack.url), store)


def kept(slack: Slack, key: str, channel: str = CHANNEL) -> list[str]:
    """The ``ts`` of every message that was posted with this key."""
    return [
        m["ts"]
        for m in slack.messages(channel)
        if ((m.get("metadata") or {}).get("event_payload") or {}).get("key") == key
    ]


def in_thread(slack: Slack, threaded: bool) -> str | None:
    """A thread to post to, or none."""
    return slack.say("U0ANA", CHANNEL, "P2B came back at 82") if threaded else None


# -- once ----------------------------------------------------------------------------------------------------------


def test_one_key_is_posted_once(slack: Slack, threads: Threads) -> None:
    """Posting again with the same key gives the same message back, and Slack is not even asked."""
    first = threads.post(CHANNEL, None, CARD, "k")
    assert threads.post(CHANNEL, None, CARD, "k") == first
    assert kept(slack, "k") == [first]
    assert len(slack.requests) == 1


def test_another_key_is_another_message(slack: Slack, threads: Threads) -> None:
    """The same words with another key are posted too."""
    assert threads.post(CHANNEL, None, CARD, "k") != threads.post(CHANNEL, None, CARD, "l")


def test_what_one_process_posted_the_others_know(slack: Slack, store: redis.Redis) -> None:
    """That a key is posted is known to whoever shares the store."""
    first = Threads(client(slack.url), store).post(CHANNEL, None, CARD, "k")
    assert Threads(client(slack.url), store).post(CHANNEL, None, CARD, "k") == first
    assert kept(slack, "k") == [first]


def test_a_post_says_what_the_card_says_in_its_thread(slack: Slack, threads: Threads) -> None:
    """Text, blocks and thread arrive as given."""
    thread = in_thread(slack, threaded=True)
    posted = slack.message(CHANNEL, threads.post(CHANNEL, thread, CARD, "k"))
    assert (posted["text"], posted["thread_ts"]) == (CARD.text, thread)
    assert [block["type"] for block in posted["blocks"]] == [block["type"] for block in CARD.blocks]


def test_the_metadata_holds_nothing_but_the_key(slack: Slack, threads: Threads) -> None:
    """Every app in the channel reads a post's metadata, so it says nothing of the deal."""
    threads.post(CHANNEL, None, cards.draw(proposal()), "k")
    (sent,) = slack.calls(POST)
    assert sent.json()["metadata"] == {"event_type": EVENT_TYPE, "event_payload": {"key": "k"}}


def test_two_posters_of_one_key_at_the_same_time_make_one_message(slack: Slack, store: redis.Redis) -> None:
    """While one waits for Slack's answer, another with the same key does not post."""
    posting, resume = threading.Event(), threading.Event()

    def hold() -> None:
        posting.set()
        resume.wait(10)

    slack.fault(POST, after_work=hold)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(Threads(client(slack.url), store).post, CHANNEL, None, CARD, "k")
        assert posting.wait(10)
        second = Threads(client(slack.url), store).post(CHANNEL, None, CARD, "k")
        resume.set()
        assert slow.result() == second
    assert kept(slack, "k") == [second]


def test_two_that_repeat_a_lost_post_at_the_same_time_make_one_message(
    slack: Slack, store: redis.Redis
) -> None:
    """Both find that it had its time and is nowhere: one posts it again, the other leaves it to that one."""
    slack.fault(POST, refuse=True)
    with pytest.raises(Unavailable):
        Threads(client(slack.url), store).post(CHANNEL, None, CARD, "k")
    both_have_looked = threading.Barrier(2)
    slack.fault(READ, times=2, after_work=lambda: both_have_looked.wait(10) and None)

    def repeat(_: int) -> None:
        with suppress(Unavailable):
            Threads(client(slack.url), store, settle=0.0).post(CHANNEL, None, CARD, "k")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(repeat, range(2)))
    assert len(kept(slack, "k")) == 1


# -- answers that are lost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("threaded", [True, False], ids=["in a thread", "in the channel"])
def test_a_post_whose_answer_was_lost_is_found(slack: Slack, threads: Threads, threaded: bool) -> None:
    """It is looked for where it was posted, and is not posted again."""
    thread = in_thread(slack, threaded)
    slack.fault(POST, drop_reply=True)
    ts = threads.post(CHANNEL, thread, CARD, "k")
    assert kept(slack, "k") == [ts]
    assert len(slack.calls(POST)) == 1


@pytest.mark.parametrize("code", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"])
def test_an_error_after_the_work_was_done_is_settled_by_reading(
    slack: Slack, threads: Threads, code: str
) -> None:
    """Slack may say that it failed and have posted all the same."""
    slack.fault(POST, code=code)
    ts = threads.post(CHANNEL, None, CARD, "k")
    assert kept(slack, "k") == [ts]


def test_a_post_that_is_not_there_yet_is_not_repeated(slack: Slack, threads: Threads) -> None:
    """While it may still appear it is only looked for, and the caller is told to come again later."""
    slack.fault(POST, refuse=True)
    for _ in range(2):
        with pytest.raises(Unavailable) as away:
            threads.post(CHANNEL, None, CARD, "k")
    assert away.value.after
    assert len(slack.calls(POST)) == 1


def test_a_post_that_never_appeared_is_repeated(slack: Slack, store: redis.Redis) -> None:
    """When it has had its time and is nowhere, it is posted again, once."""
    threads = Threads(client(slack.url), store, settle=0.0)
    slack.fault(POST, refuse=True)
    with pytest.raises(Unavailable):
        threads.post(CHANNEL, None, CARD, "k")
    ts = threads.post(CHANNEL, None, CARD, "k")
    assert threads.post(CHANNEL, None, CARD, "k") == ts
    assert kept(slack, "k") == [ts]


def test_a_post_that_appeared_late_is_found_and_not_repeated(slack: Slack, store: redis.Redis) -> None:
    """Even when it has had its time, the thread is read before anything is posted again."""
    threads = Threads(client(slack.url), store, settle=0.0)
    slack.fault(POST, drop_reply=True)
    slack.fault(READ, status=503)
    with pytest.raises(Unavailable):
        threads.post(CHANNEL, None, CARD, "k")
    ts = threads.post(CHANNEL, None, CARD, "k")
    assert kept(slack, "k") == [ts]


def test_nothing_is_repeated_while_slack_cannot_be_read(slack: Slack, store: redis.Redis) -> None:
    """A post that may be there is left alone until Slack can be asked, however long that takes."""
    threads = Threads(client(slack.url), store, settle=0.0)
    slack.fault(POST, drop_reply=True)
    slack.fault(READ, status=503, times=3)
    for _ in range(3):
        with pytest.raises(Unavailable):
            threads.post(CHANNEL, None, CARD, "k")
    assert len(kept(slack, "k")) == 1


def test_hearing_our_own_post_settles_it(slack: Slack, threads: Threads) -> None:
    """Its answer was lost and Slack cannot be read: the event that echoes it says where it is."""
    slack.bot_url, slack.deadline = "http://127.0.0.1:1/", 0.1
    slack.fault(POST, drop_reply=True)
    slack.fault(READ, status=503, times=-1)
    with pytest.raises(Unavailable):
        threads.post(CHANNEL, None, CARD, "k")
    (echo,) = [known for envelope in slack.events if (known := own_post(envelope))]
    threads.heard_own(*echo)
    assert threads.post(CHANNEL, None, CARD, "k") == kept(slack, "k")[0]
    assert len(slack.calls(POST)) == 1


OURS = {"event_type": EVENT_TYPE, "event_payload": {"key": "k"}}


@pytest.mark.parametrize(
    "event",
    [
        {"ts": "1.0", "app_id": "A0COSELL"},
        {"ts": "1.0", "app_id": "A0COSELL", "metadata": None},
        {"ts": "1.0", "app_id": "A0COSELL", "metadata": {**OURS, "event_type": "other"}},
        {"ts": "1.0", "app_id": "A0COSELL", "metadata": {**OURS, "event_payload": {}}},
        {"app_id": "A0COSELL", "metadata": OURS},
        {"ts": "1.0", "app_id": "A0OTHER", "metadata": OURS},
        {"ts": "1.0", "metadata": OURS},
    ],
)
def test_what_others_say_is_no_echo(event: dict[str, Any]) -> None:
    """Only a message of this very app, with our metadata, a key and a ``ts``: nobody can make us believe we spoke."""
    assert own_post({"api_app_id": "A0COSELL", "event": {"type": "message", **event}}) is None


def test_a_lost_post_is_found_among_many_messages(slack: Slack, threads: Threads) -> None:
    """A busy channel hides nothing: every page of it is read."""
    slack.fault(POST, drop_reply=True)
    slack.fault(READ, status=503)
    with pytest.raises(Unavailable):
        threads.post(CHANNEL, None, CARD, "k")
    for _ in range(250):
        slack.say("U0ANA", CHANNEL, "more")
    assert kept(slack, "k") == [threads.post(CHANNEL, None, CARD, "k")]


# -- refusals and outages ------------------------------------------------------------------------------------------


def test_a_refused_connection_leaves_nothing_behind(slack: Slack, store: redis.Redis) -> None:
    """Nothing was sent, so the next call need not wait: it posts."""
    with pytest.raises(Unavailable):
        Threads(client(f"http://127.0.0.1:{free_port()}"), store).post(CHANNEL, None, CARD, "k")
    assert not store.keys("cosell:post:*")
    ts = Threads(client(slack.url), store).post(CHANNEL, None, CARD, "k")
    assert kept(slack, "k") == [ts]


def test_without_the_store_nothing_is_posted(slack: Slack) -> None:
    """What cannot be remembered is not said; it is tried again later, like everything that is away."""
    dead = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unavailable):
        Threads(client(slack.url), dead).post(CHANNEL, None, CARD, "k")
    assert not slack.requests


def test_an_unknown_channel_is_refused_and_may_be_tried_again(slack: Slack, threads: Threads) -> None:
    """Slack's reason is told; once the channel is there, the same key is posted."""
    northwind = slack.channels.pop(CHANNEL)
    with pytest.raises(Refused, match="channel_not_found"):
        threads.post(CHANNEL, None, CARD, "k")
    slack.channels[CHANNEL] = northwind
    ts = threads.post(CHANNEL, None, CARD, "k")
    assert kept(slack, "k") == [ts]


def test_an_archived_channel_is_refused_and_may_be_tried_again(slack: Slack, threads: Threads) -> None:
    """Slack's reason is told; once the channel is open again, the same key is posted."""
    slack.archive(CHANNEL)
    with pytest.raises(Refused, match="is_archived"):
        threads.post(CHANNEL, None, CARD, "k")
    slack.channels[CHANNEL].archived = False
    ts = threads.post(CHANNEL, None, CARD, "k")
    assert kept(slack, "k") == [ts]


def test_slacks_wish_to_wait_is_passed_on(slack: Slack, threads: Threads) -> None:
    """Nothing was posted; when to come again is what Slack said, and then it is posted."""
    slack.fault(POST, status=429, retry_after=7)
    with pytest.raises(Unavailable) as away:
        threads.post(CHANNEL, None, CARD, "k")
    assert away.value.after == 7
    ts = threads.post(CHANNEL, None, CARD, "k")
    assert kept(slack, "k") == [ts]


def test_a_page_where_an_answer_should_be_settles_nothing(slack: Slack, threads: Threads) -> None:
    """Slack's maintenance page comes with status 200 and says nothing of the post: it is not taken for a refusal."""
    slack.fault(POST, status=200)
    with pytest.raises(Unavailable):
        threads.post(CHANNEL, None, CARD, "k")


# -- files ---------------------------------------------------------------------------------------------------------

ROWS = b"account,why\nNorthwind,There is no such opportunity\n"
PLACE, BYTES, SHARE, INFO = "files.getUpload", "POST /upload/", "files.complete", "files.info"


def hand_out(threads: Threads, thread: str | None = None, key: str = "k") -> str:
    """Put the rows that failed into the thread."""
    return threads.upload(CHANNEL, thread, "failed.csv", ROWS, "Rows that failed", key)


def handed_out(slack: Slack) -> list[str]:
    """The ids of all files in the channel."""
    return [file["id"] for m in slack.messages(CHANNEL) for file in m.get("files") or ()]


def test_a_file_is_put_into_its_thread_once(slack: Slack, threads: Threads) -> None:
    """Whole, under its title; again with the same key Slack is not even asked."""
    thread = in_thread(slack, threaded=True)
    id = hand_out(threads, thread)
    asked = len(slack.requests)
    assert hand_out(threads, thread) == id
    assert len(slack.requests) == asked
    _, message = slack.thread(CHANNEL, thread or "")
    (file,) = message["files"]
    assert (file["id"], file["name"], file["title"]) == (id, "failed.csv", "Rows that failed")
    (kept,) = slack.files
    assert kept["content"] == ROWS


def test_another_key_is_another_file(slack: Slack, threads: Threads) -> None:
    """The same rows with another key are handed out too."""
    assert handed_out(slack) == []
    assert [hand_out(threads, key=key) for key in "kl"] == handed_out(slack)


def test_the_token_does_not_go_along_with_the_bytes(slack: Slack, threads: Threads) -> None:
    """The address that Slack names for them is all that it takes."""
    hand_out(threads)
    (sent,) = slack.calls(BYTES)
    assert "authorization" not in sent.headers and sent.body == ROWS


@pytest.mark.parametrize("threaded", [True, False], ids=["in a thread", "in the channel"])
@pytest.mark.parametrize(
    "fault",
    [
        {"drop_reply": True},
        {"code": "internal_error"},
        {"code": "file_update_failed"},
        {"code": "fatal_error"},
    ],
    ids=str,
)
def test_a_file_whose_answer_was_lost_is_found(
    slack: Slack, threads: Threads, threaded: bool, fault: dict[str, Any]
) -> None:
    """Slack is asked of the file whether it stands there, and no second one is put there."""
    slack.fault(SHARE, **fault)
    id = hand_out(threads, in_thread(slack, threaded))
    assert handed_out(slack) == [id]
    assert len(slack.calls(SHARE)) == len(slack.calls(BYTES)) == 1


def test_a_file_that_was_shared_before_a_crash_is_found(slack: Slack, store: redis.Redis) -> None:
    """Another process asks Slack and neither sends nor shares anything."""
    slack.fault(SHARE, drop_reply=True)
    slack.fault(INFO, status=503)
    with pytest.raises(Unavailable):
        hand_out(Threads(client(slack.url), store))
    assert [hand_out(Threads(client(slack.url), store, settle=0.0))] == handed_out(slack)
    assert len(slack.calls(SHARE)) == 1


def test_nothing_is_handed_out_again_while_slack_cannot_be_asked(slack: Slack, store: redis.Redis) -> None:
    """However long that takes, and also where the app may not ask."""
    threads = Threads(client(slack.url), store, settle=0.0)
    slack.fault(SHARE, drop_reply=True)
    slack.fault(INFO, status=503, times=3)
    slack.fault(INFO, status=200, code="missing_scope")
    for _ in range(4):
        with pytest.raises(Unavailable):
            hand_out(threads)
    assert len(handed_out(slack)) == 1 and len(slack.calls(SHARE)) == 1


def test_a_file_that_may_still_appear_is_not_handed_out_again(slack: Slack, threads: Threads) -> None:
    """Until it has had its time it is only looked for, and the caller is told to come again later."""
    slack.fault(SHARE, refuse=True)
    for _ in range(2):
        with pytest.raises(Unavailable) as away:
            hand_out(threads)
    assert away.value.after
    assert len(slack.calls(SHARE)) == 1


def test_a_file_that_never_appeared_is_handed_out_anew(slack: Slack, store: redis.Redis) -> None:
    """When it has had its time and Slack knows nothing of it, once."""
    threads = Threads(client(slack.url), store, settle=0.0)
    slack.fault(SHARE, refuse=True)
    with pytest.raises(Unavailable):
        hand_out(threads)
    assert [hand_out(threads), hand_out(threads)] == handed_out(slack) * 2


def test_a_file_that_slack_took_and_did_not_show_is_shared_and_not_copied(
    slack: Slack, store: redis.Redis
) -> None:
    """It is the very same file, sent once."""
    threads = Threads(client(slack.url), store, settle=0.0)
    slack.lose_shares = True
    slack.fault(SHARE, drop_reply=True)
    with pytest.raises(Unavailable):
        hand_out(threads)
    slack.lose_shares = False
    assert [hand_out(threads)] == handed_out(slack)
    assert len(slack.calls(BYTES)) == len(slack.files) == 1


def test_two_that_hand_out_one_file_at_the_same_time_make_one(slack: Slack, store: redis.Redis) -> None:
    """While one waits for Slack's answer, another with the same key finds the file and sends nothing."""
    sharing, resume = threading.Event(), threading.Event()

    def hold() -> None:
        sharing.set()
        resume.wait(10)

    slack.fault(SHARE, after_work=hold)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(hand_out, Threads(client(slack.url), store))
        assert sharing.wait(10)
        second = hand_out(Threads(client(slack.url), store))
        resume.set()
        assert slow.result() == second
    assert handed_out(slack) == [second]


def test_whoever_was_overtaken_while_sending_does_not_share(slack: Slack, store: redis.Redis) -> None:
    """Bytes may take longer to send than a file has to appear; by then it is another's to share."""
    sending, resume = threading.Event(), threading.Event()

    def hold() -> None:
        sending.set()
        resume.wait(10)

    slack.fault(BYTES, after_work=hold)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(hand_out, Threads(client(slack.url), store))
        assert sending.wait(10)
        second = hand_out(Threads(client(slack.url), store, settle=0.0))
        resume.set()
        with pytest.raises(Unavailable):
            slow.result()
    assert handed_out(slack) == [second]
    assert hand_out(Threads(client(slack.url), store)) == second


@pytest.mark.parametrize("step", [PLACE, BYTES])
@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"refuse": True}, {"drop_reply": True}, {"status": 429}], ids=str
)
def test_what_fails_before_anybody_sees_the_file_may_be_tried_again_at_once(
    slack: Slack, threads: Threads, step: str, fault: dict[str, Any]
) -> None:
    """Bytes that Slack may have are seen by nobody, so that the next call need not wait."""
    slack.fault(step, **fault)
    with pytest.raises(Unavailable):
        hand_out(threads)
    assert [hand_out(threads)] == handed_out(slack)


def test_bytes_that_slack_does_not_want_are_refused(slack: Slack, threads: Threads) -> None:
    """Slack's status is told."""
    slack.fault(BYTES, status=413)
    with pytest.raises(Refused, match="413"):
        hand_out(threads)


def test_an_empty_file_is_refused(slack: Slack, threads: Threads) -> None:
    """Slack takes none; nothing is sent."""
    with pytest.raises(Refused):
        threads.upload(CHANNEL, None, "failed.csv", b"", "Rows that failed", "k")
    assert not slack.calls(BYTES)


@pytest.mark.parametrize("why", ["is_archived", "channel_not_found"])
def test_a_file_that_slack_refuses_may_be_handed_out_later(slack: Slack, threads: Threads, why: str) -> None:
    """Slack's reason is told; once it is gone, the same key is handed out."""
    slack.fault(SHARE, status=200, code=why)
    with pytest.raises(Refused, match=why):
        hand_out(threads)
    assert [hand_out(threads)] == handed_out(slack)


def test_bytes_go_to_no_other_host(slack: Slack, threads: Threads) -> None:
    """An address that is not Slack's gets nothing, whoever named it, and nothing is shared."""
    with Slack(load()) as elsewhere:
        slack.upload_host = elsewhere.url
        with pytest.raises(Refused):
            hand_out(threads)
        assert not elsewhere.requests
    assert not handed_out(slack)


def test_without_the_store_no_file_is_handed_out(slack: Slack) -> None:
    """What cannot be remembered is not done."""
    dead = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unavailable):
        hand_out(Threads(client(slack.url), dead))
    assert not slack.requests


# -- pictures that blocks show --------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def picture(threads: Threads, key: str = "k", alt: str = "Median 3 minutes") -> str:
    """Give Slack a chart that no channel shows."""
    return threads.picture("latency.png", PNG, alt, key)


def shows(id: str) -> cards.Card:
    """A card with that picture."""
    image = {"type": "image", "block_id": "chart", "slack_file": {"id": id}, "alt_text": "A chart"}
    return cards.Card(text="A chart", blocks=(image,))


def test_a_picture_is_given_to_slack_once_and_shared_nowhere(slack: Slack, threads: Threads) -> None:
    """Described for screen readers; again with the same key Slack is not even asked, and a card can show it."""
    id = picture(threads, alt="x" * 1_200)
    asked = len(slack.requests)
    assert picture(threads) == id and len(slack.requests) == asked
    (kept_file,) = slack.files
    assert (kept_file["content"], kept_file["channels"], kept_file["shares"]) == (PNG, [], {})
    assert 990 < len(kept_file["alt_txt"]) <= 1_000 and slack.messages(CHANNEL) == []
    assert threads.post(CHANNEL, None, shows(id), "card")


def test_another_key_is_another_picture(slack: Slack, threads: Threads) -> None:
    """The chart of another day is another one."""
    assert picture(threads, "k") != picture(threads, "l")


@pytest.mark.parametrize(
    "fault", [{"drop_reply": True}, {"code": "internal_error"}], ids=["lost", "an error"]
)
def test_a_picture_whose_answer_was_lost_is_asked_for(
    slack: Slack, threads: Threads, fault: dict[str, Any]
) -> None:
    """Slack has it all the same, once."""
    slack.fault("files.completeUploadExternal", **fault)
    assert [picture(threads)] == [file["id"] for file in slack.files]


def test_a_picture_that_slack_never_heard_the_end_of_is_given_anew(slack: Slack, threads: Threads) -> None:
    """The next call begins again, with a file of its own."""
    slack.fault("files.completeUploadExternal", status=503)
    with pytest.raises(Unavailable, match="does not have the picture"):
        picture(threads)
    assert [picture(threads)] == [file["id"] for file in slack.files]


def test_a_picture_is_waited_for_until_slack_has_looked_at_it(slack: Slack, threads: Threads) -> None:
    """A card that names it earlier would be refused; the same file is what the next call gives."""
    slack.files_take, now = 3.0, slack.clock()
    with pytest.raises(Unavailable, match="not looked at") as wait:
        picture(threads)
    assert wait.value.after == 2.0
    (file,) = slack.files
    with pytest.raises(Refused, match="invalid_blocks"):
        threads.post(CHANNEL, None, shows(file["id"]), "card")
    slack.clock = lambda: now + 60
    assert picture(threads) == file["id"] and len(slack.files) == 1
    assert threads.post(CHANNEL, None, shows(file["id"]), "card")


def test_a_picture_that_slack_never_looks_at_is_given_up(slack: Slack, store: redis.Redis) -> None:
    """So that what is to be said is said without it."""
    slack.files_take = 1e9
    with pytest.raises(Unavailable):
        picture(Threads(client(slack.url), store))
    with pytest.raises(Refused, match="for too long"):
        picture(Threads(client(slack.url), store, settle=0.0))


def test_a_picture_that_was_deleted_is_given_anew(slack: Slack, threads: Threads) -> None:
    """Before it was ever shown."""
    slack.files_take = 1e9
    with pytest.raises(Unavailable):
        picture(threads)
    slack.delete_file(slack.files[0]["id"])
    slack.files_take = 0.0
    with pytest.raises(Unavailable, match="does not have the picture"):
        picture(threads)
    assert picture(threads) == slack.files[1]["id"]


@pytest.mark.parametrize("step", ["getUploadURLExternal", "completeUploadExternal", "info"])
def test_a_workspace_without_uploads_refuses_a_picture(slack: Slack, threads: Threads, step: str) -> None:
    """Whatever it refuses; later it may be tried again."""
    slack.fault(f"files.{step}", status=200, code="file_uploads_disabled")
    with pytest.raises(Refused, match="file_uploads_disabled"):
        picture(threads)
    assert picture(threads)


def test_without_the_store_no_picture_is_given(slack: Slack) -> None:
    """It could not be known any more that Slack has it."""
    dead = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unavailable):
        picture(Threads(client(slack.url), dead))
    assert slack.files == []


# -- turns ---------------------------------------------------------------------------------------------------------


class Turns:
    """Notes whose turn was asked for, and refuses while told to; ``meanwhile`` happens while one waits."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.busy = False
        self.meanwhile: list[Callable[[], object]] = []

    def __call__(self, channel: str) -> None:
        """Wait for a channel's turn."""
        self.asked.append(channel)
        if self.meanwhile:
            self.meanwhile.pop()()
        if self.busy:
            raise Unavailable("Too much is said in this channel.", 3.0)


def test_a_turn_is_asked_for_before_anything_is_said(slack: Slack, store: redis.Redis) -> None:
    """Once for each message and each file, and not for what was said already or is shown nowhere."""
    turns = Turns()
    threads = Threads(client(slack.url), store, turn=turns)
    for _ in range(2):
        threads.post(CHANNEL, None, CARD, "k")
        hand_out(threads)
    picture(threads)
    assert turns.asked == [CHANNEL, CHANNEL]


def test_whose_turn_does_not_come_has_said_nothing(slack: Slack, store: redis.Redis) -> None:
    """And may say it at once when it comes."""
    turns = Turns()
    threads = Threads(client(slack.url), store, turn=turns)
    turns.busy = True
    for say in (partial(threads.post, CHANNEL, None, CARD, "k"), partial(hand_out, threads)):
        with pytest.raises(Unavailable, match="Too much") as wait:
            say()
        assert wait.value.after == 3.0
    assert slack.messages(CHANNEL) == [] and not slack.calls(POST)
    turns.busy = False
    threads.post(CHANNEL, None, CARD, "k")
    hand_out(threads)
    assert len(slack.messages(CHANNEL)) == 2


def test_a_lost_post_is_looked_for_again_when_no_turn_came_for_repeating_it(
    slack: Slack, store: redis.Redis
) -> None:
    """It appeared meanwhile: saying it then would say it twice."""
    turns = Turns()
    threads = Threads(client(slack.url), store, settle=0.0, turn=turns)
    slack.fault(POST, drop_reply=True)
    slack.fault(READ, status=503)
    with pytest.raises(Unavailable):
        threads.post(CHANNEL, None, CARD, "k")
    (lost,) = slack.messages(CHANNEL)
    del slack.channels[CHANNEL].messages[lost["ts"]]  # it has not appeared yet
    turns.busy = True
    with pytest.raises(Unavailable, match="Too much"):
        threads.post(CHANNEL, None, CARD, "k")
    slack.channels[CHANNEL].messages[lost["ts"]] = lost
    turns.busy = False
    assert threads.post(CHANNEL, None, CARD, "k") == lost["ts"]
    assert kept(slack, "k") == [lost["ts"]]


def test_whoever_was_overtaken_while_waiting_for_a_turn_says_nothing(
    slack: Slack, store: redis.Redis
) -> None:
    """Another one took the waiting for dead and said it."""
    turns = Turns()
    another = Threads(client(slack.url), store, settle=0.0)
    turns.meanwhile.append(lambda: another.post(CHANNEL, None, CARD, "k"))
    with pytest.raises(Unavailable, match="just now"):
        Threads(client(slack.url), store, turn=turns).post(CHANNEL, None, CARD, "k")
    assert len(kept(slack, "k")) == 1


# -- redrawing -----------------------------------------------------------------------------------------------------


def test_redrawing_sets_what_a_message_shows(slack: Slack, threads: Threads) -> None:
    """The same message, with other words."""
    ts = threads.post(CHANNEL, None, CARD, "k")
    threads.redraw(CHANNEL, ts, cards.words("It was read back."))
    assert slack.message(CHANNEL, ts)["text"] == "It was read back."


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, Unavailable),
        ({"status": 429}, Unavailable),
        ({"status": 200}, Unavailable),
        ({"status": 200, "code": "internal_error"}, Unavailable),
        ({"drop_reply": True}, Unavailable),
        ({"status": 200, "code": "message_not_found"}, Refused),
    ],
    ids=str,
)
def test_what_keeps_a_card_from_being_redrawn_is_told(
    slack: Slack, threads: Threads, fault: dict[str, Any], error: type[BotError]
) -> None:
    """An outage passes and a refusal does not."""
    ts = threads.post(CHANNEL, None, CARD, "k")
    slack.fault("chat.update", **fault)
    with pytest.raises(error):
        threads.redraw(CHANNEL, ts, CARD)


# -- whispers and forms --------------------------------------------------------------------------------------------


def test_a_whisper_is_seen_by_one_person(slack: Slack, threads: Threads) -> None:
    """Nobody else sees it, and it is no message of the channel."""
    threads.whisper(CHANNEL, "U0ANA", CARD)
    assert [m["text"] for m in slack.ephemerals("U0ANA")] == [CARD.text]
    assert not slack.ephemerals("U0MEI") and not slack.messages(CHANNEL)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 503},
        {"status": 200},
        {"refuse": True},
        {"drop_reply": True},
        {"status": 200, "code": "user_not_in_channel"},
    ],
    ids=str,
)
def test_a_whisper_never_fails(slack: Slack, threads: Threads, fault: dict[str, Any]) -> None:
    """It may be lost; what was being done goes on."""
    slack.fault("chat.postEphemeral", **fault)
    threads.whisper(CHANNEL, "U0ANA", CARD)
    assert slack.calls("chat.postEphemeral")


def test_a_whisper_to_a_slack_that_is_away_never_fails(store: redis.Redis) -> None:
    """Nobody listens there."""
    Threads(client(f"http://127.0.0.1:{free_port()}"), store).whisper(CHANNEL, "U0ANA", CARD)


def test_where_the_bot_is_no_member_an_answer_comes_by_slacks_own_address(
    slack: Slack, threads: Threads
) -> None:
    """Somebody used the command in a channel that the bot is not in, and hears all the same."""
    url = slack.response_url(ResponseUrl("U0ANA", "C0GENERAL", slack.clock()))
    threads.whisper("C0GENERAL", "U0ANA", CARD, response_url=url)
    assert [m["text"] for m in slack.ephemerals("U0ANA")] == [CARD.text]


def test_nothing_is_sent_to_an_address_that_is_not_slacks(threads: Threads) -> None:
    """An address in a payload is no reason to tell anybody else."""
    with Slack(load()) as elsewhere:
        url = elsewhere.response_url(ResponseUrl("U0ANA", "C0GENERAL", elsewhere.clock()))
        threads.whisper("C0GENERAL", "U0ANA", CARD, response_url=url)
        assert not elsewhere.requests


def form() -> dict[str, Any]:
    """The one that asks why not."""
    return cards.decline_form(proposal())


def test_a_form_opens_for_whoever_pressed(slack: Slack, threads: Threads) -> None:
    """The trigger says who that is."""
    threads.open_form(slack.trigger("U0ANA"), form())
    (view,) = slack.open_views("U0ANA")
    assert view["callback_id"] == form()["callback_id"]


def test_a_form_for_a_press_of_long_ago_is_refused(slack: Slack, threads: Threads) -> None:
    """The trigger ran out: Slack's reason is told."""
    trigger = slack.trigger("U0ANA")
    slack.triggers[trigger].at -= 4
    with pytest.raises(Refused, match="expired_trigger_id"):
        threads.open_form(trigger, form())


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"refuse": True}], ids=str)
def test_a_form_that_slack_cannot_open_now_is_unavailable(
    slack: Slack, threads: Threads, fault: dict[str, Any]
) -> None:
    """So that the person is told to try again."""
    slack.fault("views.open", **fault)
    with pytest.raises(Unavailable):
        threads.open_form(slack.trigger("U0ANA"), form())


# -- Home tabs and addresses ---------------------------------------------------------------------------------------

PAGE = cards.closed_home()


def test_a_home_tab_shows_what_was_set_last(slack: Slack, threads: Threads) -> None:
    """To this person alone, however often it is set."""
    threads.show_home("U0ANA", cards.home(cards.Desk(), {}, proposal().opened_at))
    for _ in range(2):
        threads.show_home("U0ANA", PAGE)
    shown = slack.home("U0ANA")
    assert shown is not None
    assert [block["block_id"] for block in shown["blocks"]] == ["closed"]
    assert slack.home("U0BEN") is None


def test_a_message_has_its_address_in_its_thread(slack: Slack, threads: Threads) -> None:
    """The address leads to the message where it was said."""
    thread = in_thread(slack, threaded=True)
    ts = threads.post(CHANNEL, thread, CARD, "k")
    url = threads.permalink(CHANNEL, ts) or ""
    assert url.endswith(f"/archives/{CHANNEL}/p{ts.replace('.', '')}?thread_ts={thread}&cid={CHANNEL}")


def test_an_address_is_asked_for_once(slack: Slack, store: redis.Redis) -> None:
    """Whoever shares the store knows it too."""
    ts = slack.say("U0ANA", CHANNEL, "here")
    first = Threads(client(slack.url), store).permalink(CHANNEL, ts)
    assert first
    assert Threads(client(slack.url), store).permalink(CHANNEL, ts) == first
    assert len(slack.calls("chat.getPermalink")) == 1


def test_a_message_that_is_gone_has_no_address(threads: Threads) -> None:
    """It is no reason not to show the rest."""
    assert threads.permalink(CHANNEL, "1.000000") is None


@pytest.mark.parametrize(
    "fault",
    [{"status": 429}, {"status": 503}, {"status": 200}, {"refuse": True}, {"code": "fatal_error"}],
    ids=str,
)
def test_a_home_tab_and_an_address_wait_for_a_slack_that_is_away(
    slack: Slack, threads: Threads, fault: dict[str, Any]
) -> None:
    """Trying again later is right, and then it is there."""
    ts = slack.say("U0ANA", CHANNEL, "here")
    slack.fault("views.publish", **fault)
    slack.fault("chat.getPermalink", **fault)
    with pytest.raises(Unavailable):
        threads.show_home("U0ANA", PAGE)
    with pytest.raises(Unavailable):
        threads.permalink(CHANNEL, ts)
    threads.show_home("U0ANA", PAGE)
    assert threads.permalink(CHANNEL, ts)
    assert slack.home("U0ANA")


def test_an_address_waits_for_a_store_that_is_away(slack: Slack) -> None:
    """As everything does that a worker looks up."""
    dead = redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unavailable):
        Threads(client(slack.url), dead).permalink(CHANNEL, "1.000000")


def test_nobodys_home_tab_is_refused(threads: Threads) -> None:
    """Slack's reason is told, and nothing is tried again."""
    with pytest.raises(Refused, match="user_not_found"):
        threads.show_home("U0NOBODY", PAGE)
