"""A file of scores as the partner manager meets it: dropped, reviewed, approved, read back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, expect

from sandbox import lists
from sandbox.world import World
from tests.browser.conftest import Somebody


@pytest.fixture
def world() -> Iterator[World]:
    """The outside world with some hundred accounts more, and the bot's three processes in it."""
    with World(book=600) as world:
        for part in ("serve", "worker", "clock"):
            world.start(part)
        world.wait_ready()
        yield world


def test_a_partner_manager_gets_from_a_file_to_written_scores(world: World, somebody: Somebody) -> None:
    """With nothing but the page: drop it, say which deal a row is about, approve, see what became of it."""
    mei = somebody("U0MEI", "C0PARTNERS")
    content = lists.score_file(world.book, rows=60)
    file: FilePayload = {"name": "p2b-scores.csv", "mimeType": "text/csv", "buffer": content}
    mei.channel.locator('input[type="file"]').set_input_files([file])
    mei.channel.get_by_role("button", name="Send").click()
    expect(mei.message("p2b-scores.csv")).to_be_visible()
    thread = mei.open_thread("p2b-scores.csv")
    expect(thread.get_by_role("button", name="Approve")).to_be_visible()
    mei.picture("scores", thread.get_by_role("button", name="Approve"))
    thread.get_by_role("button", name="Review").click()
    mei.dialog.get_by_role("combobox").first.click()
    mei.dialog.get_by_role("option").first.click()
    mei.dialog.get_by_role("button", name="Save").click()
    expect(thread.get_by_text("Edited by")).to_be_visible()
    thread.get_by_role("button", name="Approve").click()
    expect(thread.get_by_text("scores from p2b-scores.csv").last).to_be_visible()
    expect(thread.get_by_role("button", name="Undo…")).to_be_visible()
