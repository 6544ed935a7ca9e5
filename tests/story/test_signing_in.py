"""An approval that takes more than a click: from the button to the company's own sign-in and back to the thread."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
import requests

from bot.policy import FOLDER
from bot.proposal import Proposal, Status
from sandbox.identity_provider import CANCEL, KEY, PASSWORD
from sandbox.world import World
from tests.story.conftest import Bot, referral

ANA, BEN = "ana.costa@brightlane.example", "ben.okafor@brightlane.example"


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The outside world, and a policy that wants a sign-in for referrals."""
    for path in [*FOLDER.glob("cosell.*"), FOLDER / "optional" / "sign-in-for-referrals.cedar"]:
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("COSELL_POLICY", str(tmp_path))
    return world


def asked(bot: Bot, user: str = "U0ANA") -> tuple[Proposal, str]:
    """A referral that somebody pressed Approve on, and the link that they were shown."""
    card = referral(bot)
    bot.approve(card, user)
    (view,) = bot.slack.open_views(user)
    (link,) = re.findall(r"http://127\.0\.0\.1:\d+/sign-in/[\w-]{43}", str(view))
    assert bot.now(card).status is Status.OPEN
    return card, link


def follow(bot: Bot, link: str, email: str = ANA, how: str = KEY) -> requests.Response:
    """What a browser does with the link: press the page's button, sign in, come back."""
    with requests.Session() as browser:
        assert browser.get(link, timeout=5).status_code == 200
        sent = browser.post(link, allow_redirects=False, timeout=5)
        if sent.status_code != requests.codes.see_other:
            return sent
        back = bot.world.identity.sign_in(sent.headers["Location"], email, how)
        return browser.get(back, timeout=10)


def test_an_approver_signs_in_and_the_referral_is_submitted(bot: Bot) -> None:
    """Which sign-in, when and how strong is in the ledger, and the page leads back to the thread."""
    card, link = asked(bot)
    page = follow(bot, link)
    assert page.status_code == 200 and "Approved" in page.text
    assert bot.slack.url in page.text or "archives" in page.text
    done = bot.ended(card, 30)
    assert done.status is Status.DONE
    entry = next(e for e in bot.ledger.entries() if e["event"] == "proposal.approved")
    (given,) = entry["approvals"]
    assert given["by"]["slack"] == "U0ANA"
    assert given["sign_in"]["issuer"] == bot.world.identity.url
    assert (given["sign_in"]["strength"], given["sign_in"]["how"]) == ("phrh", ["hwk", "user", "mfa"])
    signed_in = datetime.fromisoformat(given["sign_in"]["at"])
    assert signed_in <= datetime.fromisoformat(entry["at"])


def test_a_link_is_good_once(bot: Bot) -> None:
    """A second browser with the same link approves nothing."""
    _, link = asked(bot)
    follow(bot, link)
    assert requests.get(link, timeout=5).status_code == requests.codes.gone


@pytest.mark.parametrize(
    ("email", "how", "said"),
    [(BEN, KEY, "it was ana.costa@brightlane.example who pressed Approve"), (ANA, CANCEL, "cancelled")],
)
def test_somebody_else_or_nobody_signs_in(bot: Bot, email: str, how: str, said: str) -> None:
    """Nothing is approved, the page says why, and Approve can be pressed again."""
    card, link = asked(bot)
    page = follow(bot, link, email, how)
    assert said in page.text
    assert bot.now(card).status is Status.OPEN and bot.now(card).approvals == ()
    assert not bot.world.partner_central.calls("CreateOpportunity")


def test_an_edit_between_click_and_sign_in_takes_the_wish_back(bot: Bot) -> None:
    """The sign-in is for exactly what the card showed when Approve was pressed."""
    card, link = asked(bot)
    bot.press(card, "edit", user="U0MEI")
    (view,) = bot.slack.open_views("U0MEI")
    assert bot.slack.submit("U0MEI", view["id"], {"use_case": "Migration / Database Migration"}).status == 200
    bot.wait(lambda: bot.now(card).version == card.version + 1)
    page = follow(bot, link)
    assert "has changed since you pressed Approve" in page.text
    assert bot.now(card).approvals == ()


def test_a_provider_that_is_down_leaves_the_link_good(bot: Bot) -> None:
    """The person is told, and the same link works once it is back."""
    card, link = asked(bot)
    down = bot.world.identity.fault("discovery", status=503, times=-1)
    assert follow(bot, link).status_code == requests.codes.service_unavailable
    bot.world.identity.faults.remove(down)
    assert "Approved" in follow(bot, link).text
    assert bot.ended(card, 30).status is Status.DONE


def test_a_password_is_a_sign_in_where_no_strength_is_asked(bot: Bot) -> None:
    """How weak it was is in the ledger all the same."""
    card, link = asked(bot)
    assert "Approved" in follow(bot, link, how=PASSWORD).text
    assert bot.ended(card, 30).status is Status.DONE
    (given,) = bot.now(card).approvals
    assert given.sign_in is not None and given.sign_in.how == ("pwd",)


def test_another_kind_takes_only_a_click(bot: Bot) -> None:
    """The policy names referrals."""
    bot.say("P2B came back at 82")
    card = bot.shown("update_opportunity")
    bot.approve(card)
    assert bot.ended(card).status is Status.DONE
