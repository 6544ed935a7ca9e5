"""The account as one person, to write: each request on a warrant, and AWS's errors as ours."""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws import code
from bot.clients import Reply, Task, Warrant
from bot.deal import Json
from bot.errors import BotError, Unavailable, Unverified
from bot.partner_central.access import Access
from bot.partner_central.failures import after_write, says_already
from bot.partner_central.looking import Looking
from bot.partner_central.shared import Shared
from bot.partner_central.values import reply, task_from, version

_TASK = (
    "TaskId",
    "TaskStatus",
    "ReasonCode",
    "Message",
    "EngagementId",
    "EngagementInvitationId",
)
"""What is kept of an answer that started a task."""


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
        values = {name: answer[name] for name in _TASK if answer.get(name) is not None}
        if "TaskId" not in values:
            raise Unverified(
                f"AWS took the submission of {id} and named no task for it; look it up in Partner Central."
            )
        return reply(id, token, answer, values), task_from(answer)

    def _write(self, method: str, about: str | None, **arguments: Any) -> dict[str, Any]:
        send = getattr(self._access.writing(), method)

        def turn_and_warrant() -> None:
            self._shared.wait_for_turn()
            self._warrant()

        try:
            answer: dict[str, Any] = self._shared.way.request(
                method,
                lambda _: send(Catalog=self._shared.catalog, **arguments),
                before=turn_and_warrant,
                writes=True,
                insists=self._insists,
            )
        except (ClientError, BotoCoreError) as error:
            if about and code(error) == "ResourceNotFoundException" and self._not_shown_yet(about, error):
                raise Unavailable(
                    f"AWS does not show {about} yet, so nothing was written.", after=2
                ) from error
            failure = after_write(error, self._access.name, self._shared.catalog)
            self._insists = self._insists or isinstance(failure, Unverified)
            raise failure from error
        return answer

    def _not_shown_yet(self, id: str, error: Exception) -> bool:
        return self._shared.fresh(id) and re.search(rf"\b{id}\b", str(error)) is not None

    def _is_associated(self, id: str, entity_type: str, entity: str) -> bool:
        related = self._read("get_opportunity", fresh=id, Identifier=id)["RelatedEntityIdentifiers"]
        known = related.get(entity_type, [])
        return entity in known or entity.rsplit("/", 1)[-1] in known
