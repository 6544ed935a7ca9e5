"""What the command line says of policies, without a bot that runs."""

import re
from pathlib import Path

import pytest
import redis
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.jobs import Queue
from bot.ledger import Ledger
from bot.lifecycle.decide import Deciding, Press
from bot.policy import FOLDER, Policy, read
from bot.rehearsing import replay, written_in
from tests.bot.factory import AUTHORITY, NOW, deal, proposal

ROOT = Path(__file__).parent.parent.parent


def decided(store: redis.Redis) -> Ledger:
    """A ledger in which Ana approved and Ben was refused."""
    ledger = Ledger(store, lambda: NOW)
    ledger.open(proposal(), deal())
    deciding = Deciding(ledger, Queue(store), AUTHORITY, lambda: NOW)
    press = Press(proposal=proposal().id, version=1, user="U0BEN", team="T0BRIGHT")
    with pytest.raises(Exception, match="cannot approve"):
        deciding.approve(press)
    deciding.approve(press.model_copy(update={"user": "U0ANA"}))
    return ledger


def own(folder: Path, more: str) -> Path:
    """The bot's own policies with something more, in a folder."""
    (folder / "own.cedar").write_text("".join(read(FOLDER).policies.values()) + more)
    return folder


def test_what_was_decided_is_decided_the_same_by_the_same_policy(store: redis.Redis) -> None:
    """Nothing differs, and everything was asked."""
    found = replay(decided(store), Policy(read(FOLDER)), NOW)
    assert (found.decisions, found.differences) == (2, ())


def test_a_replay_names_each_decision_that_would_be_another_one(store: redis.Redis, tmp_path: Path) -> None:
    """In both directions: what would be refused now, and what would be let now."""
    more = (
        '@id("not-ana") @because("is away") forbid (principal == Cosell::Person::"U0ANA", action, resource);'
        '@id("ben") @because("stands in") permit (principal == Cosell::Person::"U0BEN", action, resource);'
    )
    found = replay(decided(store), written_in(own(tmp_path, more)), NOW)
    assert [(one.by, one.was, one.would_be, one.policies) for one in found.differences] == [
        ("U0BEN", False, True, ("ben",)),
        ("U0ANA", True, False, ("not-ana",)),
    ]


def test_a_single_file_can_be_rehearsed(store: redis.Redis, tmp_path: Path) -> None:
    """It is then all there is: what it does not name is denied."""
    path = tmp_path / "one.cedar"
    path.write_text('@id("none") @because("x") forbid (principal, action, resource);')
    found = replay(decided(store), written_in(path), NOW)
    assert [(one.was, one.would_be) for one in found.differences] == [(True, False)]


def test_the_check_says_what_it_checked() -> None:
    """The bot's own policies and all of their cases."""
    said = CliRunner().invoke(cli, ["policy", "check"])
    assert said.exit_code == 0
    assert re.search(r"\d\d cases decided as the table says", said.output)


@pytest.mark.parametrize(
    ("policy", "cases", "said"),
    [
        ("permit (", "", "own.cedar"),
        ("permit (principal, action, resource);", "", "has no @id"),
        ("", "[[case]", "not TOML"),
        (
            "",
            '[people.a]\n[[case]]\nname = "A resumes"\nwho = "a"\ndoes = "resume"\nallowed = true',
            "A resumes",
        ),
    ],
)
def test_the_check_fails_with_every_problem(tmp_path: Path, policy: str, cases: str, said: str) -> None:
    """Policies that do not parse or fit, a table that does not, a case that is decided otherwise: exit 1, in words."""
    own(tmp_path, policy)
    if cases:
        (tmp_path / "cases.toml").write_text(cases)
    found = CliRunner().invoke(cli, ["policy", "check", str(tmp_path)])
    assert found.exit_code == 1
    assert said in found.stderr


def test_the_policy_in_the_documents_can_be_used(tmp_path: Path) -> None:
    """What a reader copies is a policy that fits the schema."""
    (example,) = re.findall(r"```cedar\n(.*?)```", (ROOT / "docs/policy.md").read_text(), re.S)
    assert written_in(own(tmp_path, example)).digest


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "optional").glob("*.cedar")), ids=lambda path: str(path.stem)
)
def test_every_rule_that_may_be_added_fits(tmp_path: Path, path: Path) -> None:
    """Each file of policy/optional beside the bot's own."""
    assert written_in(own(tmp_path, path.read_text())).digest
