"""The account as one person: each call with its timeout, and AWS's errors as ours."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from bot.clients import Reply, Task, Warrant
from bot.deal import Json, Referral, Solution
from bot.errors import BotError, Refused, Unavailable, Unverified
from bot.partner_central.access import Access
from bot.partner_central.failures import DENIED, after_read, after_write, code, passing, says_already
from bot.partner_central.shared import Shared
from bot.partner_central.values import referral_from, reply, task_from, version

_SHOWS_WITHIN = 3.0  # seconds that we wait for what was created just now
_PAGES = 5  # of 100 opportunities


class Looking:
    """The account as one person, to read; keeps the promises of ``bot.clients.PartnerReader``."""

    def __init__(self, shared: Shared, access: Access) -> None:
        self._shared, self._access = shared, access

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

    def _pages(self, method: str, at_most: int = 20, **arguments: Any) -> Iterator[dict[str, Any]]:
        for _ in range(at_most):
            page = self._read(method, **arguments)
            yield page
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]

    def _read(self, method: str, fresh: str | None = None, **arguments: Any) -> dict[str, Any]:
        client = self._access.reading()
        new = self._shared.fresh(fresh)
        tries = Retrying(
            retry=retry_if_exception(
                lambda error: passing(error) or (new and code(error) == "ResourceNotFoundException")
            ),
            stop=stop_after_delay(_SHOWS_WITHIN) if new else stop_after_attempt(4) | stop_after_delay(12),
            wait=wait_exponential_jitter(multiplier=0.1, max=1.0, jitter=0.1),
            reraise=True,
        )
        try:
            answer: dict[str, Any] = tries(getattr(client, method), Catalog=self._shared.catalog, **arguments)
        except (ClientError, BotoCoreError) as error:
            if new and code(error) == "ResourceNotFoundException":
                raise Unavailable(f"AWS does not show {fresh} yet.", after=_SHOWS_WITHIN) from error
            raise after_read(error, self._access.name, self._shared.catalog) from error
        return answer


class Acting(Looking):
    """The account as one person, to write; keeps the promises of ``bot.clients.Partner``."""

    def __init__(self, shared: Shared, access: Access, warrant: Warrant) -> None:
        super().__init__(shared, access)
        self._warrant = warrant

    def create(self, payload: Mapping[str, Json], token: str) -> Reply:
        answer = self._write("create_opportunity", None, **{**payload, "ClientToken": token})
        self._shared.remember(answer["Id"])
        values = {"Id": answer["Id"], "LastModifiedDate": version(answer.get("LastModifiedDate"))}
        return reply(answer["Id"], token, answer, values)

    def associate(self, id: str, entity_type: str, entity: str) -> Reply:
        wanted = {"RelatedEntityType": entity_type, "RelatedEntityIdentifier": entity}
        try:
            answer = self._write("associate_opportunity", id, OpportunityIdentifier=id, **wanted)
        except BotError as error:
            if not says_already(error.__cause__):
                raise
            if not self._is_associated(id, entity_type, entity):
                if code(error.__cause__) != "ConflictException":
                    raise
                raise Unavailable(
                    f"AWS reports a conflict and did not attach {entity} to {id}.", after=1
                ) from error
            answer = getattr(error.__cause__, "response", {})
            return reply(id, None, answer, {**wanted, "already": True})
        return reply(id, None, answer, wanted)

    def submit(self, id: str, involvement: str, visibility: str, token: str) -> tuple[Reply, Task]:
        answer = self._write(
            "start_engagement_from_opportunity_task",
            id,
            ClientToken=token,
            Identifier=id,
            AwsSubmission={"InvolvementType": involvement, "Visibility": visibility},
        )
        kept = ("TaskId", "TaskStatus", "ReasonCode", "Message", "EngagementId", "EngagementInvitationId")
        values = {name: answer[name] for name in kept if answer.get(name) is not None}
        if "TaskId" not in values:
            raise Unverified(
                f"AWS took the submission of {id} and named no task for it; look it up in Partner Central."
            )
        return reply(id, token, answer, values), task_from(answer)

    def _write(self, method: str, about: str | None, **arguments: Any) -> dict[str, Any]:
        client = self._access.writing()
        self._shared.wait_for_turn()
        self._warrant()
        try:
            answer: dict[str, Any] = getattr(client, method)(Catalog=self._shared.catalog, **arguments)
        except (ClientError, BotoCoreError) as error:
            if about and code(error) == "ResourceNotFoundException" and self._not_shown_yet(about, error):
                raise Unavailable(
                    f"AWS does not show {about} yet, so nothing was written.", after=2
                ) from error
            raise after_write(error, self._access.name, self._shared.catalog) from error
        return answer

    def _not_shown_yet(self, id: str, error: Exception) -> bool:
        return self._shared.fresh(id) and re.search(rf"\b{id}\b", str(error)) is not None

    def _is_associated(self, id: str, entity_type: str, entity: str) -> bool:
        related = self._read("get_opportunity", fresh=id, Identifier=id)["RelatedEntityIdentifiers"]
        known = related.get(entity_type, [])
        return entity in known or entity.rsplit("/", 1)[-1] in known
