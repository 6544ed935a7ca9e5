"""The adapters: the only place that knows them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import redis

from bot.clients import CrmReader
from bot.config import Config
from bot.context import Context
from bot.gateway import Systems
from bot.lifecycle.filing import Bucket
from bot.lifecycle.watching import Events
from bot.quotas import turns_to_read, turns_to_write
from bot.settings import Settings
from bot.tables import MOST_BYTES
from bot.tallies import Tallies


@dataclass(frozen=True)
class Reach:
    """The three systems of record, and the live facts read from them."""

    context: Context
    systems: Systems  # for the gateway to write, for others to read
    background_crm: Callable[[], CrmReader]  # for work that nobody waits for: it leaves people their share


def reach(
    settings: Settings,
    config: Config,
    pool: ThreadPoolExecutor,
    keep: redis.Redis,
    tallies: Tallies | None = None,
) -> Reach:
    """The adapters, built once; each keeps its connections, and ``keep`` what all processes know of the systems."""
    from bot.google_calendar import GoogleCalendar
    from bot.partner_central import PartnerCentral
    from bot.salesforce import Salesforce

    salesforce = Salesforce(
        client_id=settings.salesforce_client_id,
        private_key=settings.salesforce_private_key_file.read_text(),
        username=settings.salesforce_username,
        login_url=str(settings.salesforce_login_url),
        api_url=str(settings.salesforce_api_url) if settings.salesforce_api_url else None,
        facts=config.facts,
        store=keep,
        reserve=config.salesforce.reserve,
        tallies=tallies,
    )
    partner = PartnerCentral(
        catalog=settings.ace_catalog,
        role_arn=settings.ace_role_arn,
        wait_for_turn=turns_to_write(keep, config.ace.writes_per_second, config.ace.writes_per_day),
        wait_to_read=turns_to_read(keep),
        store=keep,
        tallies=tallies,
    )
    calendar = GoogleCalendar(
        key_file=settings.google_application_credentials,
        url=str(settings.google_calendar_url),
        store=keep,
        tallies=tallies,
    )

    context = Context(salesforce.as_user, partner.as_user, calendar.as_user, config, pool)
    return Reach(context, Systems(salesforce, partner, calendar), salesforce.in_background)


def bucket(settings: Settings) -> Bucket | None:
    """Where files are dropped; None where no bucket is set up."""
    if settings.drops_bucket is None:
        return None
    from bot.drops import Drops

    return Drops(bucket=settings.drops_bucket, prefix=settings.drops_prefix or "", most=MOST_BYTES)


def events(settings: Settings) -> Events | None:
    """Where Partner Central's events arrive; None where no queue is set up."""
    if settings.partner_events_queue_url is None:
        return None
    from bot.partner_events import PartnerEvents

    return PartnerEvents(queue_url=settings.partner_events_queue_url, catalog=settings.ace_catalog)
