"""How long the page of the sandbox takes until a person can use it, in a real browser."""

import shutil
import statistics
import time

from playwright.sync_api import Browser, sync_playwright

from bench.figures import Figure
from sandbox.page import Page
from sandbox.world import World

BOUND = 1.0
TRIES = 5
CHANNEL = "C0MERIDIAN"
BUSY = 500


def measure() -> list[Figure]:
    """Seconds from asking for the page until the channel is drawn and live, each time in a fresh profile."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None:
        return [Figure("page: until usable", "not measured", "< 1 s", None, "there is no chromium here")]
    with World(redis=False) as world, Page(world).start(0) as page, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        world.slack.say("U0MEI", CHANNEL, "The newest")
        plain = [_seconds(browser, page) for _ in range(1 + TRIES)][1:]
        for number in range(BUSY):
            world.slack.say("U0MEI", CHANNEL, f"Message {number}")
        world.slack.say("U0MEI", CHANNEL, "The newest")
        busy = [_seconds(browser, page) for _ in range(TRIES)]
        browser.close()
    return [_figure("page: until usable", plain), _figure(f"page: until usable, {BUSY} messages", busy)]


def _seconds(browser: Browser, page: Page) -> float:
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    tab = context.new_page()
    started = time.perf_counter()
    tab.goto(f"{page.url}/#/U0BEN/{CHANNEL}", wait_until="commit")
    tab.locator("body[data-live=live]").wait_for()
    tab.locator("#channel").get_by_text("The newest").last.wait_for()
    seconds = time.perf_counter() - started
    context.close()
    return seconds


def _figure(what: str, seconds: list[float]) -> Figure:
    median = statistics.median(seconds)
    shown = ", ".join(f"{one:.2f}" for one in seconds)
    return Figure(what, f"{median:.2f} s", f"< {BOUND:.0f} s", median < BOUND, shown)
