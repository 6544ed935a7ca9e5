"""The policies that this installation brings, and the one in force."""

from bot.app.connections import PATIENT, store, utc_now
from bot.jobs import Queue
from bot.ledger import Ledger
from bot.lifecycle.adopting import InForce, install
from bot.lifecycle.jobs import Job
from bot.policy import FOLDER
from bot.settings import Settings


def install_policy(settings: Settings) -> None:
    """Install the policy that this installation brings, or offer it; ``PolicyError`` when none can be in force."""
    ledger = Ledger(store(settings, PATIENT), utc_now)
    adopted = install(settings.cosell_policy or FOLDER, ledger, utc_now)
    if adopted.offered is not None:
        Queue(store(settings, PATIENT)).send(Job.POLICY, digest=adopted.offered.source.digest)


def in_force(settings: Settings, ledger: Ledger) -> InForce:
    """The policy in force, as this process knows it."""
    return InForce(ledger, utc_now, settings.cosell_policy or FOLDER)
