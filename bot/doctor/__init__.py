"""``cosell doctor``: everything that the bot needs, looked at without writing anything, each with what to do about it.

One file for each system; they ask through the protocols of ``examiners`` and know no vendor.
"""

from datetime import UTC, datetime
from pathlib import Path

from bot.doctor.calendars import calendars, unreadable
from bot.doctor.chat import chat
from bot.doctor.configured import configured
from bot.doctor.crm import crm, no_key
from bot.doctor.examiners import Examination
from bot.doctor.partner import partner
from bot.doctor.record import record
from bot.doctor.running import run
from bot.doctor.signing_in import signing_in
from bot.doctor.store import store
from bot.doctor.values import Check, Finds, Part, Report, Row, Section, State, warn
from bot.errors import BotError, Refused
from bot.policy import FOLDER, Authority, Policy, PolicyError, read

__all__ = ["NAMES", "Check", "Examination", "Report", "Row", "Section", "State", "parts", "run"]

TITLES = {
    "settings": "Settings and configuration",
    "redis": "Redis",
    "slack": "Slack",
    "salesforce": "Salesforce",
    "calendar": "Google Calendar",
    "aws": "AWS",
    "record": "A real deal",
    "sign-in": "Sign-in",
}
NAMES = tuple(TITLES)


def parts(
    examination: Examination, opportunity: str | None = None, metadata: Path | None = None
) -> tuple[Part, ...]:
    """The sections in the order in which they are told; ``opportunity`` and ``metadata`` as the command takes them."""
    one, settings, config = examination, examination.settings, examination.config
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None

    def of_salesforce() -> Finds:
        try:
            examiner = one.crm()
        except Refused as error:
            yield no_key(error)
            return
        yield from crm(examiner, config, settings.salesforce_username, metadata)

    def of_calendar() -> Finds:
        try:
            examiner = one.calendar()
        except Refused as error:
            yield unreadable(error)
            return
        yield from calendars(examiner, config, datetime.now(UTC))

    def of_record() -> Finds:
        try:
            policy = Policy(read(settings.cosell_policy or FOLDER))
            reads, examiner = one.deals(), one.crm()
            chosen = opportunity or examiner.newest_open()
        except (BotError, PolicyError) as error:
            yield warn(
                "record.deal", f"The mapping was not tried on a deal: {error}", "See the sections above."
            )
            return
        yield from record(reads, config, Authority(lambda: policy, config), chosen)

    looks = {
        "settings": lambda: configured(settings, config),
        "redis": lambda: store(one.store()),
        "slack": lambda: chat(one.chat(), config, token, one.store),
        "salesforce": of_salesforce,
        "calendar": of_calendar,
        "aws": lambda: partner(one.partner(), settings, config),
        "record": of_record,
        "sign-in": lambda: signing_in(settings, one.provider),
    }
    return tuple(Part(name, TITLES[name], look) for name, look in looks.items())
