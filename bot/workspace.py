"""Reading our Slack workspace: who somebody is, what a channel is called. Answers are kept for a few minutes."""

import http.client
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import Refused, Unavailable
from bot.policy import Profile

FRESH = 120.0
"""Seconds for which a profile read for a card is good enough; before a write it is read anew."""

UNKNOWN = {"user_not_found", "user_not_visible"}
PASSING = {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "ratelimited"}


class _Unknown(Refused):
    """Slack knows nobody of that id."""


class Workspace:
    """Reads profiles, user groups and channels."""

    def __init__(
        self, client: WebClient, pool: Executor, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._pool, self._clock = client, pool, clock
        self._profiles: dict[str, tuple[float, Profile | None]] = {}
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}
        self._site: str | None = None

    def profiles(self, users: Iterable[str], anew: bool = False) -> Mapping[str, Profile]:
        """The profiles of these users, read in parallel; those Slack does not know are left out."""
        reading = {user: self._pool.submit(self._profile, user, anew) for user in set(users)}
        found = {user: job.result() for user, job in reading.items()}
        return {user: profile for user, profile in found.items() if profile is not None}

    def members(self, groups: Iterable[str], anew: bool = False) -> frozenset[str]:
        """Everybody in these user groups; one that Slack does not know raises ``Refused``."""
        reading = [self._pool.submit(self._group, group, anew) for group in set(groups)]
        return frozenset(user for job in reading for user in job.result())

    def name(self, channel: str) -> str:
        """What a channel is called."""
        return str(self._channel(channel).get("name", channel))

    def shared(self, channel: str) -> bool:
        """Whether a channel is shared with another company, or about to be."""
        info = self._channel(channel)
        return bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared"))

    def people_in(self, channel: str) -> frozenset[str]:
        """The ids of all members of a channel."""
        found: set[str] = set()
        cursor: str | None = None
        while True:
            read = partial(self._client.conversations_members, channel=channel, limit=1000, cursor=cursor)
            answer: Mapping[str, Any] = self._ask(read)
            found.update(answer["members"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return frozenset(found)

    def site(self) -> str:
        """The address of our own workspace: ``https://brightlane.slack.com/``; asked for once."""
        if self._site is None:
            self._site = str(self._ask(self._client.auth_test)["url"])
        return self._site

    def _channel(self, id: str) -> Mapping[str, object]:
        return self._ask(lambda: self._client.conversations_info(channel=id))["channel"]

    def _group(self, group: str, anew: bool) -> frozenset[str]:
        known = self._groups.get(group)
        if known is not None and not anew and self._clock() - known[0] < FRESH:
            return known[1]
        answer: Mapping[str, Any] = self._ask(
            lambda: self._client.usergroups_users_list(usergroup=group, include_disabled=False)
        )
        self._groups[group] = (self._clock(), frozenset(answer["users"]))
        return self._groups[group][1]

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


def address(site: str, channel: str, ts: str, thread: str = "") -> str:
    """The web address of a message of our workspace, as ``chat.getPermalink`` would give it, without asking for each.

    A report speaks of thousands of threads, and Slack gives some six hundred addresses a minute.
    """
    at = f"{site.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return f"{at}?thread_ts={thread}&cid={channel}" if thread and thread != ts else at
