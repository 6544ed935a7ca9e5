"""The examiners of ``cosell doctor``, each built when its section begins, and none of them able to write."""

from concurrent.futures import ThreadPoolExecutor

from bot.app.connections import PATIENT, slack, store
from bot.app.examining_chat import ExaminingChat
from bot.app.examining_store import ExaminingStore
from bot.clients import CalendarReader
from bot.config import load as load_config
from bot.context import Context
from bot.doctor import Examination
from bot.doctor.examiners import CalendarExaminer, CrmExaminer, PartnerExaminer, Reads
from bot.errors import Refused
from bot.settings import Settings


def examination(settings: Settings) -> Examination:
    """Everything that the doctor looks at. Nothing is sent yet; ``ConfigError`` when the configuration is none."""
    config = load_config(settings.cosell_config)

    def crm() -> CrmExaminer:
        from bot.salesforce.examining import Examining

        return Examining(
            client_id=settings.salesforce_client_id,
            key_file=settings.salesforce_private_key_file,
            username=settings.salesforce_username,
            login_url=str(settings.salesforce_login_url),
            api_url=_text(settings.salesforce_api_url),
        )

    def calendar() -> CalendarExaminer:
        from bot.google_calendar.examining import Examining

        return Examining(
            key_file=settings.google_application_credentials, url=str(settings.google_calendar_url)
        )

    def partner() -> PartnerExaminer:
        from bot.partner_central.examining import Examining

        return Examining(catalog=settings.ace_catalog, role_arn=settings.ace_role_arn)

    def deals() -> Reads:
        from bot.partner_central import PartnerCentral
        from bot.salesforce import Salesforce

        crm = Salesforce(
            client_id=settings.salesforce_client_id,
            private_key=settings.salesforce_private_key_file.read_text(),
            username=settings.salesforce_username,
            login_url=str(settings.salesforce_login_url),
            api_url=_text(settings.salesforce_api_url),
            facts=config.facts,
        )
        aws = PartnerCentral(
            catalog=settings.ace_catalog, role_arn=settings.ace_role_arn, wait_for_turn=_no_writing
        )
        pool = ThreadPoolExecutor(8, thread_name_prefix="doctor-deal")
        return Context(crm.as_user, aws.as_user, _no_calendar, config, pool).read

    return Examination(
        settings=settings,
        config=config,
        store=lambda: ExaminingStore(store(settings, PATIENT)),
        chat=lambda: ExaminingChat(slack(settings, PATIENT)),
        crm=crm,
        calendar=calendar,
        partner=partner,
        provider=None
        if settings.sign_in_issuer is None
        else lambda: _published(settings.sign_in_issuer or ""),
        deals=deals,
    )


def _published(issuer: str) -> str:
    from bot.identity_provider.published import Published

    published = Published(issuer, PATIENT)
    published.keys()
    return published.description().issuer


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _no_calendar(email: str) -> CalendarReader:
    raise Refused(f"The calendar of {email} is no part of a deal's mapping.")


def _no_writing() -> None:
    raise Refused("The doctor writes nothing.")
