"""A real browser before the page, the real bot behind it."""

import os
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect, sync_playwright
from playwright.sync_api import Page as Tab

from sandbox.page import Page
from sandbox.world import World

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20_000
"""Milliseconds within which anything that is to be seen must be there; nothing waits that long when all is well."""
MERIDIAN, NORTHWIND = "C0MERIDIAN", "C0NORTHWIND"
DEAL = "006000000000003AAA"

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without any traffic of its own."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium; .ci/run installs it")
        pytest.skip("there is no chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def world() -> Iterator[World]:
    """The outside world, with the bot's three processes in it."""
    with World() as world:
        for part in ("serve", "worker", "clock"):
            world.start(part)
        world.wait_ready()
        yield world


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    """The page, served."""
    with Page(world).start(0) as page:
        yield page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile without the tour, that fails the test on an error in the page."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    context.set_default_timeout(PATIENCE)
    skip = "localStorage.setItem('tour', localStorage.getItem('tour') ?? 'skipped')"
    context.add_init_script(f"if (location.protocol === 'http:') {skip}")
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield context
    context.close()
    assert not problems


class Person:
    """Somebody before the page."""

    def __init__(self, context: BrowserContext, page: Page, user: str, channel: str) -> None:
        self.tab: Tab = context.new_page()
        self.user, self.page = user, page
        self.tab.goto(f"{page.url}/#/{user}/{channel}")
        expect(self.tab.locator("body")).to_have_attribute("data-live", "live")
        expect(self.tab.locator("#sidebar .current")).to_be_visible()

    @property
    def channel(self) -> Locator:
        """The conversation in the middle."""
        return self.tab.locator("#channel")

    @property
    def composer(self) -> Locator:
        """Where a message to the channel is written."""
        return self.channel.get_by_role("combobox", name="Message #")

    @property
    def thread(self) -> Locator:
        """The thread beside it."""
        return self.tab.locator("#thread")

    @property
    def dialog(self) -> Locator:
        """The modal."""
        return self.tab.get_by_role("dialog")

    def say(self, text: str) -> None:
        """Write in the channel and send it."""
        box = self.composer
        box.fill(text)
        box.press("Enter")
        expect(box).to_have_value("")

    def message(self, text: str) -> Locator:
        """The newest message of the channel with this text."""
        return self.channel.get_by_role("listitem").filter(has_text=text).last

    def open_thread(self, text: str) -> Locator:
        """Open the thread of a message once it has replies."""
        self.message(text).get_by_role("button", name=re.compile(r"repl(y|ies)")).click()
        return self.thread

    def picture(self, name: str, showing: Locator | None = None) -> None:
        """Take a picture for the documentation, when ``make pictures`` asks for them."""
        if folder := os.environ.get("COSELL_PICTURES"):
            self.tab.set_viewport_size({"width": 1440, "height": 810})
            if showing is not None:
                showing.scroll_into_view_if_needed()
            self.tab.mouse.move(720, 20)
            self.tab.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")

    def be(self, user: str) -> None:
        """Be somebody else."""
        self.tab.get_by_label("The person you are").select_option(user)
        expect(self.tab.locator("body")).to_have_attribute("data-live", "live")
        self.user = user

    def records(self, tab: str) -> Locator:
        """Look at one of the systems of record."""
        self.tab.get_by_role("tab", name=tab).click()
        return self.tab.locator("#records").get_by_role("tabpanel")


class Somebody(Protocol):
    """Opens the page as a person, in a tab of its own."""

    def __call__(self, user: str, channel: str = MERIDIAN) -> Person:
        """The person, in a channel."""


@pytest.fixture
def somebody(context: BrowserContext, page: Page) -> Somebody:
    """People before the page of this test."""
    return partial(_person, context, page)


def _person(context: BrowserContext, page: Page, user: str, channel: str = MERIDIAN) -> Person:
    return Person(context, page, user, channel)
