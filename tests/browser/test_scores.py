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


def test_a_dropped_list_says_how_it_overlaps_with_ours(world: World, somebody: Somebody) -> None:
    """Taken, then counted in a way that both sides can follow, and handed out as a file."""
    mei = somebody("U0MEI", "C0PARTNERS")
    content = lists.partner_list(world.book, size=800)
    file: FilePayload = {"name": "aws-list.csv", "mimeType": "text/csv", "buffer": content}
    mei.channel.locator('input[type="file"]').set_input_files([file])
    mei.channel.get_by_role("button", name="Send").click()
    thread = mei.open_thread("aws-list.csv")
    expect(thread.get_by_text("800 companies")).to_be_visible()
    thread.get_by_role("button", name="Close").click()
    mei.say("/cosell overlap aws")
    card = mei.message("Overlap with AWS")
    expect(card.get_by_text("800 lines =")).to_be_visible()
    mei.picture("overlap", card.get_by_text("Largest open deals"))
    card.get_by_role("button", name="CSV").click()
    expect(mei.open_thread("Overlap with AWS").get_by_text("overlap-aws.csv")).to_be_visible()
