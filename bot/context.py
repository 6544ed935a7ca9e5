"""The live facts of a deal, read from the systems in parallel at the moment they are needed."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from typing import Any

from bot import tracing
from bot.action import Needs, digest
from bot.clients import CalendarReader, CrmReader, CrmRecord, PartnerReader
from bot.config import Config
from bot.deal import PORTFOLIO, Availability, Deal, Interval, Owner, Referral, Sibling, Solution


class Context:
    """Reads deals: as the bot's own user, or as a person."""

    def __init__(
        self,
        crm: Callable[[str | None], CrmReader],
        partner: Callable[[str], PartnerReader],
        calendar: Callable[[str], CalendarReader],
        config: Config,
        pool: Executor,
    ) -> None:
        self._crm, self._partner, self._calendar = crm, partner, calendar
        self._config, self._pool = config, pool

    def read(self, opportunity: str, needs: Needs, salesforce: str | None = None, email: str = "") -> Deal:
        """The deal as it is now.

        What does not depend on the CRM record is read beside it. ``salesforce`` and ``email`` name the person to read
        as; without them the bot reads as itself, calendars as the opportunity's owner.
        """
        with tracing.span("read deal"):
            if opportunity == PORTFOLIO:
                return self._portfolio(needs, salesforce)
            return self._read(opportunity, needs, salesforce, email)

    def _read(self, opportunity: str, needs: Needs, salesforce: str | None, email: str) -> Deal:
        crm = self._crm(salesforce)
        record: Future[CrmRecord] = self._pool.submit(crm.opportunity, opportunity)
        solutions = self._pool.submit(self._partner(email).solutions) if needs.solutions else None
        busy = self._pool.submit(self._availability, email, needs) if needs.calendars and email else None
        made = (
            self._pool.submit(self._partner(email).find, needs.company, opportunity)
            if needs.company
            else None
        )
        referred = self._pool.submit(self._partner(email).referred) if needs.solutions else None
        found = record.result()
        ace_id = found.facts["ace_id"].value if "ace_id" in found.facts else None
        named: Future[Referral] | None = None
        if needs.referral and ace_id:
            named = self._pool.submit(self._partner(email).referral, str(ace_id))
        if needs.calendars and busy is None:
            busy = self._pool.submit(self._availability, found.owner.email, needs)
        return self._deal(
            found,
            referral=named.result() if named else made.result() if made else None,
            solutions=solutions.result() if solutions else (),
            referred=referred.result() if referred else None,
            availability=busy.result() if busy else None,
        )

    def siblings(self, deal: Deal) -> tuple[Sibling, ...]:
        """The open opportunities of a deal's account, as the bot's own user sees them; none for many deals at once."""
        if deal.id == PORTFOLIO:
            return ()
        return self._crm(None).siblings(deal.account_id)

    def _portfolio(self, needs: Needs, salesforce: str | None) -> Deal:
        """Many opportunities at once: the fields without values, and what each record holds in those that count."""
        crm, as_of = self._crm(salesforce), datetime.now(UTC)
        facts = crm.fields()
        fields = [facts[name].field for name in needs.names if name in facts]
        held = crm.read_rows(needs.rows, fields) if needs.rows else {}
        return Deal(
            id=PORTFOLIO,
            name="many opportunities",
            account_id="",
            url=f"{crm.site()}/lightning/o/Opportunity/list",
            facts=facts,
            owner=Owner(id="", name="", username="", email="", active=True),
            contacts=(),
            team=self._config.people,
            meeting=self._config.meeting,
            referring=self._config.referral,
            versions={"rows as read": digest({id: dict(row) for id, row in held.items()})} if held else {},
            held=held,
            as_of=as_of,
        )

    def _deal(
        self,
        found: CrmRecord,
        *,
        referral: Referral | None,
        solutions: tuple[Solution, ...],
        referred: bool | None,
        availability: Availability | None,
    ) -> Deal:
        versions = dict(found.versions)
        if referral is not None:
            versions[f"AWS opportunity {referral.id}"] = referral.version
        shared: dict[str, Any] = {
            name: getattr(found, name)
            for name in ("id", "name", "account_id", "url", "facts", "owner", "contacts", "as_of")
        }
        return Deal(
            **shared,
            team=self._config.people,
            meeting=self._config.meeting,
            referring=self._config.referral,
            versions=versions,
            referral=referral,
            solutions=solutions,
            referred=referred,
            availability=availability,
        )

    def _availability(self, email: str, needs: Needs) -> Availability:
        """Free/busy as this person sees it, with their own: it is their calendar that an event would go into."""
        window = needs.window
        if window is None:
            raise ValueError("calendars are needed without a window")
        reader = next((p for p in self._config.people if p.email.lower() == email.lower()), None)
        own = (reader.calendar if reader else None) or email
        calendars = dict.fromkeys([*needs.calendars, own])
        known: dict[str, tuple[Interval, ...]] = {}
        unknown: dict[str, str] = {}
        for calendar, answer in self._calendar(own).busy(calendars, window).items():
            if isinstance(answer, str):
                unknown[calendar] = answer
            else:
                known[calendar] = answer
        as_of = datetime.now(UTC)
        return Availability(window=window, busy=known, unknown=unknown, read_as=email, as_of=as_of)
