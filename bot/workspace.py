"""Reading our Slack workspace: who somebody is, what a channel is called. Answers are kept for a few minutes."""

import http.client
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from http import HTTPStatus

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.deal import Frozen
from bot.errors import Refused, Unavailable
from bot.policy import Profile

FRESH = 120.0
"""Seconds for which a profile read for a card is good enough; before a write it is read anew."""

UNKNOWN = {"user_not_found", "user_not_visible"}
PASSING = {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "ratelimited"}


class _Unknown(Refused):
    """Slack knows nobody of that id."""


class Channel(Frozen):
    """What Slack says about a channel."""

    id: str
    name: str
    shared: bool  # with another company


class Workspace:
    """Reads profiles and channels."""

    def __init__(
        self, client: WebClient, pool: Executor, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._pool, self._clock = client, pool, clock
        self._profiles: dict[str, tuple[float, Profile | None]] = {}

    def profiles(self, users: Iterable[str], anew: bool = False) -> Mapping[str, Profile]:
        """The profiles of these users, read in parallel; those Slack does not know are left out."""
        reading = {user: self._pool.submit(self._profile, user, anew) for user in set(users)}
        found = {user: job.result() for user, job in reading.items()}
        return {user: profile for user, profile in found.items() if profile is not None}

    def channel(self, id: str) -> Channel:
        """A channel by its id."""
        info = self._ask(lambda: self._client.conversations_info(channel=id))["channel"]
        return Channel(id=id, name=info.get("name", id), shared=bool(info.get("is_ext_shared")))

    def _profile(self, user: str, anew: bool) -> Profile | None:
        known = self._profiles.get(user)
        if known is not None and not anew and self._clock() - known[0] < FRESH:
            return known[1]
        try:
            info = self._ask(lambda: self._client.users_info(user=user))["user"]
        except _Unknown:
            profile = None
        else:
            profile = Profile(
                id=user,
                team=info.get("team_id", ""),
                guest=bool(info.get("is_restricted") or info.get("is_ultra_restricted")),
                bot=bool(info.get("is_bot") or info.get("is_workflow_bot")),
                deleted=bool(info.get("deleted")),
            )
        self._profiles[user] = (self._clock(), profile)
        return profile

    def _ask(self, call: Callable[[], object]) -> dict[str, dict[str, object]]:
        try:
            answer = call()
        except SlackApiError as error:
            code = error.response["error"]
            if code in UNKNOWN:
                raise _Unknown(f"Slack says: {code}.") from error
            if error.response.status_code != HTTPStatus.OK or code in PASSING or " " in code:
                raise Unavailable("Slack does not answer just now.") from error
            raise Refused(f"Slack says: {code}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("Slack does not answer just now.") from error
        return answer.data  # type: ignore[attr-defined, no-any-return]
