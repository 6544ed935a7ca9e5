"""The policy in production: told, offered, and adopted by two people."""

import shutil
from pathlib import Path

import pytest

from bot import app
from bot.policy import FOLDER
from bot.proposal import Status
from bot.settings import load
from tests.story.conftest import CHANNEL, Bot

SCORE = "P2B came back at 82"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company's own policies, as they come with the bot."""
    for path in FOLDER.glob("cosell.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


def deploy(bot: Bot, folder: Path, monkeypatch: pytest.MonkeyPatch, rule: str) -> str:
    """Start a process that brings one rule more; the digest that is offered."""
    shutil.copy(FOLDER / "optional" / f"{rule}.cedar", folder)
    monkeypatch.setenv("COSELL_POLICY", str(folder))
    app.install_policy(load())
    offered = bot.ledger.adopted().offered
    assert offered is not None
    return offered.source.digest


def test_a_changed_policy_holds_once_two_people_agree(
    bot: Bot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the one in force decides; after it, every process decides under the new one."""
    before = bot.ledger.adopted().digest
    digest = deploy(bot, folder, monkeypatch, "proposers-do-not-approve")
    brings = "This installation brings another policy"
    bot.slack.wait_for(lambda s: any(brings in m["text"] for m in s.messages("C0AUDIT")))
    bot.command("policy", user="U0MEI")
    assert "is offered" in bot.whispered("U0MEI", digest[:8])["text"]
    bot.command(f"policy adopt {digest[:8]}", user="U0MEI")
    bot.slack.wait_for(lambda s: any("It takes one more" in m["text"] for m in s.messages(CHANNEL)))
    assert bot.ledger.adopted().digest == before
    bot.command(f"policy adopt {digest[:8]}", user="U0MEI")
    bot.whispered("U0MEI", "It takes somebody else as well")
    bot.command(f"policy adopt {digest[:8]}", user="U0DANA")
    bot.wait(lambda: bot.ledger.adopted().digest == digest)
    bot.slack.wait_for(lambda s: any(digest[:8] in m["text"] for m in s.messages("C0AUDIT")))
    events = [e for e in bot.ledger.entries() if e["event"].startswith("policy.")]
    assert [(e["event"], e["by"]) for e in events] == [
        ("policy.installed", "installation"),
        ("policy.offered", "installation"),
        ("policy.agreed", "U0MEI"),
        ("policy.agreed", "U0DANA"),
    ]
    bot.say(SCORE)
    card = bot.wait(lambda: next((p for p in bot.proposals() if p.policy == digest and p.card_ts), None))
    bot.press_as_shown(card, "approve")
    bot.whispered("U0ANA", "You cannot approve this")
    bot.approve(card, user="U0MEI")
    assert bot.ended(card).status is Status.DONE


@pytest.mark.parametrize(
    ("user", "words", "told"),
    [
        ("U0ANA", "policy adopt {digest}", "The policy is changed by Mei Tanaka or Dana Cole"),
        ("U0MEI", "policy adopt 00000000", "No policy 00000000 is offered"),
        ("U0MEI", "policy adopt", "first eight characters"),
        ("U0GUS", "policy", "Only people of the company"),
    ],
)
def test_what_does_not_change_the_policy_is_told(
    bot: Bot, folder: Path, monkeypatch: pytest.MonkeyPatch, user: str, words: str, told: str
) -> None:
    """Who may not, what is not offered, what is no digest: in words, and nothing changes."""
    digest = deploy(bot, folder, monkeypatch, "second-pair-of-eyes")
    before = bot.ledger.adopted()
    bot.command(words.format(digest=digest[:8]), user=user)
    bot.whispered(user, told)
    assert bot.ledger.adopted() == before


def test_every_entry_names_the_policy_it_was_decided_under(bot: Bot) -> None:
    """From the proposal to the ending, and the request of each decision is kept with it."""
    bot.say(SCORE)
    card = bot.shown("update_opportunity")
    bot.approve(card)
    bot.ended(card)
    entries = [e for e in bot.ledger.entries() if e.get("proposal") == card.id]
    assert {e["policy"] for e in entries} == {bot.ledger.adopted().digest}
    decided = {e["event"]: e["decision"]["request"]["action"] for e in entries if e["decision"]}
    assert decided == {
        "proposal.opened": "update_opportunity:propose",
        "proposal.approved": "update_opportunity:approve",
        "proposal.claimed": "update_opportunity:execute",
    }
