"""The page as a Slack client: what it keeps, shows, and says when it does not know."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any
from urllib.parse import parse_qsl

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, expect

from sandbox.page import Page
from sandbox.world import World
from tests.bot.cards import examples
from tests.browser.conftest import MERIDIAN, Somebody


@pytest.fixture
def world() -> Iterator[World]:
    """The stand-ins alone: what is tested here needs no bot."""
    with World(redis=False) as world:
        yield world


BUTTON = {
    "type": "actions",
    "block_id": "go",
    "elements": [
        {
            "type": "button",
            "action_id": "x",
            "text": {"type": "plain_text", "text": "Press me"},
            "value": "1",
        },
        {
            "type": "overflow",
            "action_id": "more",
            "options": [{"text": {"type": "plain_text", "text": "Archive"}, "value": "archive"}],
        },
        {
            "type": "static_select",
            "action_id": "pick",
            "placeholder": {"type": "plain_text", "text": "Pick one"},
            "options": [
                {"text": {"type": "plain_text", "text": "One"}, "value": "1"},
                {"text": {"type": "plain_text", "text": "Two"}, "value": "2"},
            ],
        },
    ],
}
CARD = [
    {"type": "header", "text": {"type": "plain_text", "text": "A card"}},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*bold* <https://example.com|link> :tada:"}},
    BUTTON,
]


def card(world: World, blocks: object = None, channel: str = MERIDIAN) -> None:
    """Something that the bot posted."""
    slack = world.slack
    slack.put(slack.channels[channel], slack.own({"text": "A card", "blocks": blocks or CARD}))


def test_two_tabs_show_the_same_at_once(world: World, somebody: Somebody) -> None:
    """What one person writes in one tab is in the other's tab without a reload."""
    ben, mei = somebody("U0BEN"), somebody("U0MEI")
    ben.say("Good morning")
    expect(mei.message("Good morning")).to_be_visible()


def test_a_reload_keeps_the_place_and_the_back_button_returns(world: World, somebody: Somebody) -> None:
    """Person, channel and thread are in the address: reload stays, back goes back."""
    mei = somebody("U0MEI")
    mei.say("First")
    mei.message("First").hover()
    mei.message("First").get_by_role("button", name="Reply in thread").click()
    expect(mei.thread).to_be_visible()
    mei.tab.reload()
    expect(mei.thread.get_by_text("First")).to_be_visible()
    mei.tab.locator("#sidebar").get_by_role("button", name="general").click()
    expect(mei.channel.get_by_role("heading", name="#general")).to_be_visible()
    mei.tab.go_back()
    expect(mei.thread.get_by_text("First")).to_be_visible()


def test_what_is_typed_is_kept_while_others_write(world: World, somebody: Somebody) -> None:
    """Half a sentence stays in the composer when messages come in."""
    ben = somebody("U0BEN")
    box = ben.composer
    box.fill("Half a sen")
    world.slack.say("U0MEI", MERIDIAN, "Another message")
    expect(ben.message("Another message")).to_be_visible()
    expect(box).to_have_value("Half a sen")
    expect(box).to_be_focused()


def test_markup_in_names_and_texts_is_only_text(world: World, somebody: Somebody) -> None:
    """Scripts, tags and mentions of everybody in texts of people and systems are shown as they are written."""
    nasty = "<img src=x onerror=alert(1)> <!channel> & <b>bold</b>"
    world.slack.users["U0MEI"]["real_name"] = "<b>Mei</b> Tanaka"
    ben = somebody("U0BEN")
    world.slack.say("U0MEI", MERIDIAN, nasty)
    message = ben.message("onerror")
    expect(message).to_contain_text("<img src=x onerror=alert(1)>")
    expect(message).to_contain_text("<b>bold</b>")
    expect(message).to_contain_text("<b>Mei</b> Tanaka")
    assert message.locator("img, b").count() == 0


def test_a_script_link_is_not_a_link(world: World, somebody: Somebody) -> None:
    """Only http, https and mailto become links."""
    ben = somebody("U0BEN")
    text = "<javascript:alert(1)|press> <https://example.com|fine>"
    card(world, [{"type": "section", "text": {"type": "mrkdwn", "text": text}}])
    expect(ben.channel.get_by_role("link", name="fine")).to_be_visible()
    assert ben.channel.locator('a[href^="javascript"]').count() == 0


def test_very_long_texts_stay_in_their_column(world: World, somebody: Somebody) -> None:
    """A word of thousands of characters breaks instead of pushing anything aside."""
    ben = somebody("U0BEN")
    ben.say("x" * 5000)
    expect(ben.message("xxxx")).to_be_visible()
    card(world, [{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 2900}}])
    expect(ben.message("yyyy")).to_be_visible()
    wide = ben.tab.evaluate(
        "document.querySelector('#channel .scroll').scrollWidth - "
        "document.querySelector('#channel .scroll').clientWidth"
    )
    assert wide <= 0


def test_a_narrow_window_keeps_the_conversation(world: World, somebody: Somebody) -> None:
    """On a narrow screen the records give way, and the conversation fills the window."""
    ben = somebody("U0BEN")
    ben.tab.set_viewport_size({"width": 800, "height": 800})
    expect(ben.tab.locator("#records")).to_be_hidden()
    box = ben.channel.bounding_box()
    assert box is not None and box["height"] > 700 and box["width"] > 600


def test_right_to_left_and_emoji_are_drawn_as_people_write_them(world: World, somebody: Somebody) -> None:
    """Hebrew and Arabic run from the right, and shortcodes become emoji."""
    ben = somebody("U0BEN")
    ben.say("שלום, העסקה מוכנה :tada:")
    message = ben.message("שלום")
    expect(message).to_contain_text("🎉")
    direction = message.locator(".message-text").evaluate("e => getComputedStyle(e).direction")
    assert direction == "rtl"


def test_five_hundred_messages_are_there_and_the_newest_is_in_sight(world: World, somebody: Somebody) -> None:
    """A busy channel opens at its end, all of it can be scrolled to, and reading back is not disturbed."""
    for number in range(500):
        world.slack.say("U0MEI", MERIDIAN, f"Message number {number}")
    ben = somebody("U0BEN")
    expect(ben.message("Message number 499")).to_be_in_viewport()
    assert ben.channel.get_by_role("listitem").filter(has_text="Message number").count() == 500
    ben.message("Message number 3").first.scroll_into_view_if_needed()
    world.slack.say("U0MEI", MERIDIAN, "And one more")
    expect(ben.channel.get_by_role("button", name="New messages")).to_be_visible()
    ben.channel.get_by_role("button", name="New messages").click()
    expect(ben.message("And one more")).to_be_in_viewport()


def test_a_lost_connection_is_said_and_recovered_from(world: World, page: Page, somebody: Somebody) -> None:
    """When the stream breaks the page says that it may be out of date and takes no input; it recovers by itself."""
    ben = somebody("U0BEN")
    port = int(page.url.rpartition(":")[2])
    page.stop()
    expect(ben.tab.locator("body")).to_have_attribute("data-live", "lost")
    expect(ben.tab.get_by_text("may be out of date")).to_be_visible()
    assert ben.tab.locator("#screen").evaluate("e => e.inert")
    world.slack.say("U0MEI", MERIDIAN, "Said meanwhile")
    with Page(world).start(port):
        expect(ben.tab.locator("body")).to_have_attribute("data-live", "live")
        expect(ben.message("Said meanwhile")).to_be_visible()


def test_a_command_completes_and_is_refused_in_threads(world: World, somebody: Somebody) -> None:
    """A slash offers the app's commands with their usage; in a thread Slack has none, and says so."""
    mei = somebody("U0MEI")
    box = mei.composer
    box.press_sequentially("/co")
    option = mei.channel.get_by_role("option", name="cosell")
    expect(option).to_contain_text("link <opportunity>")
    box.press("Enter")
    expect(box).to_have_value("/cosell ")
    box.fill("Hello")
    box.press("Enter")
    mei.message("Hello").hover()
    mei.message("Hello").get_by_role("button", name="Reply in thread").click()
    reply = mei.thread.get_by_role("combobox")
    reply.fill("/cosell help")
    reply.press("Enter")
    expect(mei.thread.get_by_role("alert")).to_contain_text("no commands in threads")


def test_a_press_that_the_bot_does_not_take_is_said(world: World, somebody: Somebody) -> None:
    """When nothing answers, the person is told, and the button can be pressed again."""
    world.slack.bot_url = "http://127.0.0.1:9/slack/events"
    ben = somebody("U0BEN")
    card(world)
    button = ben.channel.get_by_role("button", name="Press me")
    button.click()
    expect(ben.tab.get_by_text("could not be reached")).to_be_visible()
    expect(button).to_be_enabled()


def test_people_react_and_share_files(world: World, somebody: Somebody) -> None:
    """A reaction counts for everybody, and a table that somebody shares is previewed."""
    ben, mei = somebody("U0BEN"), somebody("U0MEI")
    ben.say("Done")
    mei.message("Done").hover()
    mei.message("Done").get_by_role("button", name="React with eyes").click()
    expect(ben.message("Done").get_by_role("button", name="eyes, 1")).to_be_visible()
    table: FilePayload = {
        "name": "scores.csv",
        "mimeType": "text/csv",
        "buffer": b"account,score\nNorthwind,82\n",
    }
    ben.channel.locator('input[type="file"]').set_input_files([table])
    ben.channel.get_by_role("button", name="Send").click()
    expect(mei.channel.get_by_role("cell", name="82")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_keyboard_or_screen_reader(
    world: World, somebody: Somebody, theme: str
) -> None:
    """axe finds no serious or critical problem with cards, a thread, the tour and every record open."""
    mei = somebody("U0MEI")
    mei.tab.evaluate(f"localStorage.setItem('theme', '{theme}')")
    mei.tab.evaluate("localStorage.setItem('tour', 'open')")
    mei.tab.reload()
    card(world)
    mei.say("Something to reply to")
    mei.message("Something to reply to").hover()
    mei.message("Something to reply to").get_by_role("button", name="Reply in thread").click()
    expect(mei.thread).to_be_visible()
    for tab in mei.tab.get_by_role("tab").all():
        tab.click()
        found = Axe().run(mei.tab)
        serious = [
            (violation["id"], [node["html"][:160] for node in violation["nodes"][:3]])
            for violation in found.response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == [], tab.inner_text()


def test_the_keyboard_alone_is_enough(world: World, somebody: Somebody) -> None:
    """From the message list, Tab reaches a card's buttons and the tools of a message, and Enter presses them."""
    ben = somebody("U0BEN")
    card(world)
    message = ben.message("A card")
    message.focus()
    reached = []
    for _ in range(8):
        ben.tab.keyboard.press("Tab")
        reached.append(
            ben.tab.evaluate("document.activeElement.textContent || document.activeElement.ariaLabel")
        )
    assert any("Press me" in name for name in reached)
    expect(message.get_by_role("group", name="Message actions")).to_be_visible()


class Bot:
    """A server in the bot's place, which takes everything and remembers it."""

    def __init__(self) -> None:
        self.payloads: Queue[dict[str, Any]] = Queue()
        payloads = self.payloads

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                payloads.put(json.loads(dict(parse_qsl(body))["payload"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/slack/events"


@pytest.fixture
def bot(world: World) -> Iterator[Bot]:
    """What the page sends to the bot, without the bot."""
    bot = Bot()
    world.slack.deliver_events = False
    world.slack.bot_url = bot.url
    yield bot
    bot.server.shutdown()
    bot.server.server_close()


def test_what_is_pressed_and_picked_reaches_the_bot_as_slack_sends_it(
    world: World, bot: Bot, somebody: Somebody
) -> None:
    """A button, an overflow menu and a select each send one block action with what was chosen."""
    ben = somebody("U0BEN")
    card(world)
    ben.channel.get_by_role("button", name="Press me").click()
    (pressed,) = bot.payloads.get(timeout=10)["actions"]
    assert (pressed["action_id"], pressed["value"]) == ("x", "1")
    ben.channel.get_by_role("button", name="More options").click()
    ben.tab.get_by_role("menuitem", name="Archive").click()
    (chosen,) = bot.payloads.get(timeout=10)["actions"]
    assert chosen["selected_option"]["value"] == "archive"
    ben.channel.get_by_role("button", name="Pick one").click()
    ben.tab.get_by_role("option", name="Two").click()
    payload = bot.payloads.get(timeout=10)
    assert payload["actions"][0]["selected_option"]["value"] == "2"
    assert payload["user"]["id"] == "U0BEN" and payload["channel"]["id"] == MERIDIAN


def test_a_message_shortcut_is_in_the_menu_of_a_message(world: World, bot: Bot, somebody: Somebody) -> None:
    """ "Propose co-sell action" is offered for a message and sends it; an outsider is not offered it."""
    ben = somebody("U0BEN")
    ben.say("Let us refer this")
    message = ben.message("Let us refer this")
    message.hover()
    message.get_by_role("button", name="More actions").click()
    ben.tab.get_by_role("menuitem", name="Propose co-sell action").click()
    payload = bot.payloads.get(timeout=10)
    assert (payload["type"], payload["message"]["text"]) == ("message_action", "Let us refer this")
    pat = somebody("U0PAT")
    theirs = pat.message("Let us refer this")
    theirs.hover()
    expect(theirs.get_by_role("button", name="Reply in thread")).to_be_visible()
    expect(theirs.get_by_role("button", name="More actions")).to_have_count(0)


def test_every_card_and_question_of_the_bot_is_drawn(world: World, bot: Bot, somebody: Somebody) -> None:
    """No block or element that the bot uses is one that the page does not know."""
    slack, now = world.slack, datetime.now(UTC)
    for content in examples.messages(now):
        slack.put(slack.channels[MERIDIAN], slack.own(dict(content)))
    ben = somebody("U0BEN")
    expect(ben.channel.get_by_role("listitem").filter(has_text="Co-sell")).not_to_have_count(0)
    with slack.change:
        slack.modals.open("U0BEN", slack.team_id, examples.form(now))
        slack.change.notify_all()
    expect(ben.dialog).to_be_visible()
    expect(ben.tab.get_by_text("cannot be shown here")).to_have_count(0)
    expect(ben.dialog.get_by_role("combobox").or_(ben.dialog.get_by_role("textbox"))).not_to_have_count(0)


def test_a_reload_with_a_form_open_shows_the_form_again(world: World, bot: Bot, somebody: Somebody) -> None:
    """A modal is the person's, not the tab's: it is there after a reload, and Escape closes it for good."""
    ben = somebody("U0BEN")
    slack = world.slack
    with slack.change:
        slack.modals.open("U0BEN", slack.team_id, examples.form(datetime.now(UTC)))
        slack.change.notify_all()
    expect(ben.dialog).to_be_visible()
    ben.tab.reload()
    expect(ben.dialog).to_be_visible()
    ben.tab.keyboard.press("Escape")
    expect(ben.dialog).to_be_hidden()
    assert not slack.open_views("U0BEN")


def test_a_table_that_is_dropped_is_a_tile_with_its_first_rows(world: World, somebody: Somebody) -> None:
    """Let go of over the conversation and sent, it shows five rows, scrolls sideways and can be kept by everybody."""
    ben, mei = somebody("U0BEN"), somebody("U0MEI")
    columns = [f"column_{number}" for number in range(20)]
    lines = [",".join(columns), *(",".join(f"{row}.{at}" for at in range(20)) for row in range(9))]
    data = ben.tab.evaluate_handle(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "scores.csv", { type: "text/csv" }));
            return data;
        }""",
        "\n".join(lines),
    )
    conversation = ben.channel.locator(".conversation")
    conversation.dispatch_event("dragenter", {"dataTransfer": data})
    expect(conversation).to_have_class(re.compile("catching"))
    conversation.dispatch_event("drop", {"dataTransfer": data})
    expect(conversation).not_to_have_class(re.compile("catching"))
    ben.say("The scores of May")
    tile = mei.message("The scores of May").get_by_role("group", name="File scores.csv")
    expect(tile).to_be_visible()
    expect(tile.get_by_role("columnheader")).to_have_count(20)
    expect(tile.get_by_role("row")).to_have_count(6)
    expect(tile.get_by_role("cell", name="4.19", exact=True)).to_be_attached()
    rows = tile.get_by_role("region", name="First rows of scores.csv")
    assert rows.evaluate("e => e.scrollWidth > e.clientWidth")
    assert mei.channel.locator(".scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
    with mei.tab.expect_download() as kept:
        tile.get_by_role("link", name="Download scores.csv").click()
    assert kept.value.suggested_filename == "scores.csv"
    assert kept.value.path().read_text() == "\n".join(lines)
