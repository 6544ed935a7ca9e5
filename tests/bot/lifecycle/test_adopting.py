"""The policy in force: installed once, changed by two people, and never lost to a broken one."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis

from bot.errors import Unavailable
from bot.ledger import Ledger
from bot.lifecycle.adopting import InForce, install
from bot.policy import FOLDER, PolicyError, read
from bot.policy.adopted import Adopted
from tests.bot.factory import NOW

GIVEN = read(FOLDER)


class Office:
    """A ledger, a clock, and a folder of policies."""

    def __init__(self, store: redis.Redis, folder: Path) -> None:
        self.now, self.folder = NOW, folder
        self.ledger = Ledger(store, self.at)
        self.in_force = InForce(self.ledger, self.at, folder)
        self.write("")

    def at(self) -> datetime:
        """The moment."""
        return self.now

    def write(self, more: str) -> None:
        """Put the bot's own policies and something more into the folder."""
        text = "".join(GIVEN.policies.values())
        (self.folder / "cosell.cedar").write_text(f"{text}\n{more}")

    def install(self) -> Adopted:
        """Start a process."""
        return install(self.folder, self.ledger, self.at)

    def events(self) -> list[str]:
        """What the record says."""
        return [str(entry["event"]) for entry in self.ledger.entries()]

    def adopt(self) -> None:
        """Two people put in force what is offered."""

        def agreed(adopted: Adopted) -> Adopted:
            assert adopted.offered is not None
            return Adopted(source=adopted.offered.source, at=self.now, by=("U0MEI", "U0DANA"))

        self.ledger.change_policy(agreed, "policy.agreed", "U0DANA")


@pytest.fixture
def office(store: redis.Redis, tmp_path: Path) -> Office:
    """One where nothing was ever installed."""
    return Office(store, tmp_path)


def test_the_first_policies_are_in_force_at_once_and_on_the_record(office: Office) -> None:
    """With their whole text; a second start of the same changes nothing."""
    adopted = office.install()
    assert office.in_force().digest == adopted.digest == read(office.folder).digest
    office.install()
    (entry,) = office.ledger.entries()
    assert entry["event"] == "policy.installed" and entry["policy"] == adopted.digest
    assert entry["adopted"]["source"]["policies"] == read(office.folder).policies


def test_other_policies_are_offered_and_not_in_force(office: Office) -> None:
    """A deployment alone changes nothing about who may decide."""
    first = office.install().digest
    office.write('@id("more") @because("x") forbid (principal, action, resource);')
    adopted = office.install()
    assert adopted.digest == office.in_force().digest == first
    assert adopted.offered is not None and adopted.offered.source == read(office.folder)
    assert office.install() == adopted
    assert office.events() == ["policy.installed", "policy.offered"]


def test_an_offer_is_gone_when_the_installation_goes_back(office: Office) -> None:
    """A rollback leaves nothing to agree to."""
    office.install()
    office.write("// changed")
    office.install()
    office.write("")
    assert office.install().offered is None


def test_what_was_agreed_to_holds_in_every_process_within_half_a_second(office: Office) -> None:
    """A process that knew another policy asks again after that time."""
    office.install()
    before = office.in_force().digest
    office.write("// changed")
    office.install()
    office.adopt()
    office.now += timedelta(seconds=0.4)
    assert office.in_force().digest == before
    office.now += timedelta(seconds=0.1)
    assert office.in_force().digest == read(office.folder).digest


@pytest.mark.parametrize("broken", ["permit (", "permit (principal, action, resource);"])
def test_a_broken_policy_is_left_out_and_the_last_good_one_stays(
    office: Office, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Loudly: with every problem in the log."""
    good = office.install().digest
    office.write(broken)
    adopted = office.install()
    assert (adopted.digest, adopted.offered) == (good, None)
    assert office.in_force().digest == good
    assert "policy.broken" in capsys.readouterr().err


def test_without_any_good_policy_the_bot_does_not_start(office: Office) -> None:
    """Every problem is told; nothing is decided by nobody."""
    office.write("permit (")
    with pytest.raises(PolicyError, match=r"cosell\.cedar"):
        office.install()
    with pytest.raises(Unavailable, match="No policy is in force"):
        office.in_force()


def test_what_could_not_be_installed_at_the_start_is_installed_when_it_is_first_asked(office: Office) -> None:
    """The store was away when the bot started: the first question finds the policy, on the record."""
    assert office.in_force().digest == read(office.folder).digest
    assert office.in_force().digest == office.ledger.adopted().digest
    assert office.events() == ["policy.installed"]


def test_a_clock_that_was_set_back_does_not_keep_an_old_policy(office: Office) -> None:
    """The moment of the last look may lie in the future: then it is looked again."""
    office.install()
    office.in_force()
    office.write("// changed")
    office.install()
    office.adopt()
    office.now -= timedelta(minutes=5)
    assert office.in_force().digest == read(office.folder).digest
