"""A summary as people see it: the table's numbers lead to their threads, the chart is there and is described."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect
from slack_sdk import WebClient

from bot import charts
from bot.cards import Card, summaries
from bot.history import Course
from bot.summaries import Summary
from bot.threads import Threads
from sandbox.world import World
from tests.bot.summary_examples import large, summary
from tests.browser.conftest import Somebody

AUDIT = "C0AUDIT"
SUMMARY = large(12, 2, 2)
NAMES = {"U0S0000": "Ana Costa", "U0S0001": "Ben Okafor", "U0S0002": "Dana Cole"}
DEALS = ("Northwind - fleet telemetry lake", "Helios - grid forecasting", "Meridian - fraud analytics")
"""What stands in for names that no company has, where the picture in the README is taken."""


@pytest.fixture
def world() -> Iterator[World]:
    """The stand-ins and a store: what is tested here needs no process of the bot."""
    with World() as world:
        world.slack.lose_events = True
        yield world


def believable() -> Summary:
    """A week of a company with one partner."""
    courses = [
        one.with_(
            partner="AWS", deal=DEALS[number % 3], why="Too early" if one.status == "declined" else one.why
        )
        for number, one in enumerate(large(30, 1, 4).courses.values())
    ]
    return replace(summary(courses, NAMES), scope="", late=None)


@pytest.fixture
def posted(world: World, request: pytest.FixtureRequest) -> str:
    """A week's summary in the audit channel, as the bot posts it; its ``ts``."""
    made: Summary = getattr(request, "param", SUMMARY)
    slack = WebClient(token=world.slack.bot_token, base_url=f"{world.slack.url}/api/", retry_handlers=[])
    threads = Threads(slack, redis.Redis(port=world.redis_port))
    root = world.slack.say("U0ANA", "C0NORTHWIND", "P2B came back at 82")
    elsewhere = threads.permalink("C0NORTHWIND", root)

    def address(course: Course) -> str | None:
        return elsewhere

    chart = charts.chart(made)
    assert chart is not None
    picture = threads.picture("action-latency.png", chart.png, chart.alt, "week")
    links: dict[str, str] = {}

    def card() -> Card:
        return summaries.summary(made, links=links, address=address, picture=picture, alt=chart.alt)

    ts = threads.post(AUDIT, None, card(), "week")
    for place in summaries.places(made):
        reply = threads.post(AUDIT, ts, summaries.threads_behind(made, place, address), f"week:{place}")
        links[place] = threads.permalink(AUDIT, reply) or ""
    threads.redraw(AUDIT, ts, card())
    return ts


def cell(message: Locator, row: str, column: str) -> Locator:
    """A cell of the table by the names of its row and its column."""
    heads = message.get_by_role("columnheader").all_text_contents()
    line = message.get_by_role("row").filter(has=message.page.get_by_role("cell", name=row, exact=True))
    return line.get_by_role("cell").nth(heads.index(column))


@pytest.mark.usefixtures("posted")
def test_a_number_leads_to_the_reply_that_lists_its_threads(somebody: Somebody) -> None:
    """In the thread beside the channel, and from there on to the thread of an action."""
    mei = somebody("U0MEI", AUDIT)
    message = mei.message("Weekly summary")
    cell(message, "All", "Done").get_by_role("link").click()
    expect(mei.thread.get_by_text("All actions").first).to_be_in_viewport()
    cell(message, "Submit referral to AWS", "Proposed").get_by_role("link").click()
    replies = mei.thread.get_by_role("listitem").filter(has_not_text="Weekly summary")
    listed = replies.filter(has_text=re.compile(r"Submit referral to AWS\s+·\s+2 actions"))
    expect(listed).to_be_in_viewport()
    listed.get_by_role("link").first.click()
    expect(mei.thread.get_by_text("P2B came back at 82")).to_be_visible()


@pytest.mark.usefixtures("posted")
def test_numbers_stand_below_each_other_and_the_chart_is_described(somebody: Somebody) -> None:
    """Right-aligned; a picture that is loaded, and says in words what is on it."""
    mei = somebody("U0MEI", AUDIT)
    message = mei.message("Weekly summary")
    expect(cell(message, "All", "Done")).to_have_css("text-align", "end")
    chart = message.get_by_role("img", name="Action latency")
    expect(chart).to_have_js_property("complete", True)
    assert chart.evaluate("image => image.naturalWidth") > 100


@pytest.mark.usefixtures("posted")
def test_a_wide_table_scrolls_by_itself(somebody: Somebody) -> None:
    """On a narrow screen the conversation does not scroll sideways, the table does."""
    mei = somebody("U0MEI", AUDIT)
    mei.tab.set_viewport_size({"width": 500, "height": 900})
    table = mei.message("Weekly summary").get_by_role("group", name="Table")
    expect(table).to_be_visible()
    assert table.evaluate("box => box.scrollWidth > box.clientWidth")
    assert mei.channel.locator(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.usefixtures("posted")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_summary_can_be_read_by_everybody(somebody: Somebody, theme: str) -> None:
    """No problem of accessibility in the message, in either theme."""
    mei = somebody("U0MEI", AUDIT)
    if mei.tab.evaluate("document.documentElement.dataset.theme") != theme:
        mei.tab.locator("#theme").click()
    expect(mei.message("Weekly summary")).to_be_visible()
    found = Axe().run(mei.tab, context="#channel .message")
    assert not found.response["violations"], found.generate_report()


@pytest.mark.usefixtures("posted")
def test_a_message_in_a_channel_of_others_is_not_followed(somebody: Somebody) -> None:
    """That is said, and one stays where one is."""
    dana = somebody("U0DANA", AUDIT)
    dana.tab.evaluate(
        "document.querySelector('#channel .block-table a').href = 'https://x.slack.com/archives/C0HELIOS/p1795352001000300'"
    )
    dana.message("Weekly summary").get_by_role("group", name="Table").get_by_role("link").first.click()
    expect(dana.tab.get_by_text("in a channel that this person is not in")).to_be_visible()
    assert AUDIT in dana.tab.url


@pytest.mark.usefixtures("posted")
@pytest.mark.parametrize("posted", [believable()], indirect=True, ids=["believable"])
def test_a_week_is_told_on_one_screen(somebody: Somebody) -> None:
    """The sentence, the chart and the whole table without scrolling, on an ordinary screen."""
    mei = somebody("U0MEI", AUDIT)
    message = mei.message("Weekly summary")
    mei.tab.set_viewport_size({"width": 1440, "height": 1000})
    title = message.get_by_text("Weekly summary: ")
    title.scroll_into_view_if_needed()
    expect(message.get_by_role("img", name="Action latency")).to_be_in_viewport()
    expect(cell(message, "All", "Done")).to_be_in_viewport()
    mei.picture("summary", title)
