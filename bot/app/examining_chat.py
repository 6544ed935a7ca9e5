"""What the doctor asks of Slack; keeps the promises of ``bot.doctor.examiners.ChatExaminer``."""

import http.client
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.doctor.examiners import Bearer, Channel, Member, SlackRefusal
from bot.errors import Unavailable
from bot.workspace import PASSING, UNKNOWN

AT_ONCE = 8


class ExaminingChat:
    """Slack behind a client that repeats nothing."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def bearer(self) -> Bearer:
        answer = _ask(self._client.auth_test)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        scopes = headers.get("x-oauth-scopes")
        return Bearer(
            team=answer.get("team_id") or "",
            team_name=answer.get("team") or "",
            user=answer.get("user") or "",
            scopes=None if scopes is None else tuple(one.strip() for one in scopes.split(",") if one.strip()),
        )

    def app_token(self, token: str) -> None:
        client = WebClient(
            token=token, base_url=self._client.base_url, timeout=self._client.timeout, retry_handlers=[]
        )
        _ask(client.auth_test)

    def channel(self, id: str) -> Channel:
        found = _ask(lambda: self._client.conversations_info(channel=id))["channel"]
        return Channel(
            name=str(found.get("name") or id),
            member=bool(found.get("is_member")),
            archived=bool(found.get("is_archived")),
        )

    def members(self, users: Sequence[str]) -> Mapping[str, Member]:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doctor-members") as pool:
            found = dict(zip(users, pool.map(self._member, users), strict=True))
        return {user: member for user, member in found.items() if member is not None}

    def _member(self, user: str) -> Member | None:
        try:
            found = _ask(lambda: self._client.users_info(user=user))["user"]
        except SlackRefusal as error:
            if error.code in UNKNOWN:
                return None
            raise
        return Member(
            team=found.get("team_id") or "",
            deleted=bool(found.get("deleted")),
            automated=bool(found.get("is_bot") or found.get("is_workflow_bot")),
        )


def _ask(call: Callable[[], SlackResponse]) -> SlackResponse:
    try:
        return call()
    except SlackApiError as error:
        name = error.response["error"]
        if error.response.status_code != HTTPStatus.OK or name in PASSING or " " in name:
            raise Unavailable("Slack does not answer just now.") from error
        raise SlackRefusal(name) from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"Slack does not answer: {error}") from error
