"""The account as one person, to read."""

from typing import Any

from bot.aws import DENIED, code
from bot.clients import Task
from bot.deal import Referral, Solution
from bot.errors import Refused, Unavailable
from bot.partner_central.listing import Listing
from bot.partner_central.values import referral_from, task_from

_PAGES = 5  # of 100 opportunities


class Looking(Listing):
    """The account as one person, to read; keeps the promises of ``bot.clients.PartnerReader``."""

    def solutions(self) -> tuple[Solution, ...]:
        return self._shared.solutions(self._active_solutions)

    def _active_solutions(self) -> tuple[Solution, ...]:
        pages = self._pages("list_solutions", Status=["Active"], MaxResults=100)
        rows = [row for page in pages for row in page["SolutionSummaries"]]
        return tuple(Solution(id=row["Id"], name=row["Name"], status=row["Status"]) for row in rows)

    def referral(self, id: str) -> Referral:
        self._access.reading()  # one thread asks for credentials, not two
        summary = self._shared.side.submit(self._summary, id)
        found = self._read("get_opportunity", fresh=id, Identifier=id)
        return referral_from(found, summary.result())

    def _summary(self, id: str) -> dict[str, Any]:
        try:
            return self._read("get_aws_opportunity_summary", RelatedOpportunityIdentifier=id)
        except Refused as error:
            if code(error.__cause__) in DENIED | {"ResourceNotFoundException"}:
                return {}  # not submitted yet, or not ours to see
            raise

    def referred(self) -> bool:
        page = self._read("list_opportunities", MaxResults=1)
        return bool(page["OpportunitySummaries"])

    def find(self, company: str, reference: str) -> Referral | None:
        pages = self._pages(
            "list_opportunities",
            at_most=_PAGES,
            CustomerCompanyName=[company],
            Sort={"SortBy": "LastModifiedDate", "SortOrder": "DESCENDING"},
            MaxResults=100,
        )
        for row in (row for page in pages for row in page["OpportunitySummaries"]):
            if row.get("PartnerOpportunityIdentifier") == reference:
                return self.referral(row["Id"])
        return None

    def task(self, opportunity: str, task: str) -> Task:
        pages = self._pages(
            "list_engagement_from_opportunity_tasks",
            OpportunityIdentifier=[opportunity],
            Sort={"SortBy": "StartTime", "SortOrder": "DESCENDING"},
        )
        rows = (row for page in pages for row in page.get("TaskSummaries", []))
        found = next((row for row in rows if row.get("TaskId") == task), None)
        if found is None:
            raise Unavailable(f"AWS does not list the submission {task} of {opportunity} yet.", after=2)
        return task_from(found)
