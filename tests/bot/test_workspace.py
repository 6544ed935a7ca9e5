"""Who somebody is, as Slack says it: asked seldom for cards, anew before a write."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.errors import Refused, Unavailable
from bot.workspace import FRESH, Workspace
from sandbox.server import free_port
from sandbox.slack import Slack

ASKED = "users.info"


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(slack: Slack, pool: ThreadPoolExecutor, clock: Clock) -> Workspace:
    """Our workspace, as the bot reads it."""
    return Workspace(client(slack.url), pool, clock)


def client(url: str) -> WebClient:
    """One that repeats nothing by itself."""
    return WebClient(token="xoxb-sandbox-token", base_url=f"{url}/api/", timeout=5, retry_handlers=[])


@pytest.mark.parametrize(
    ("user", "remarkable"),
    [("U0ANA", []), ("U0GUS", ["guest"]), ("U0COSELL", ["bot"]), ("U0OLD", ["deleted"]), ("U0PAT", [])],
)
def test_a_profile_says_what_somebody_is(workspace: Workspace, user: str, remarkable: list[str]) -> None:
    """A member, a guest, a bot, somebody who left, somebody of the partner: each as Slack has them."""
    profile = workspace.profiles([user])[user]
    assert profile.id == user
    assert [name for name in ("guest", "bot", "deleted") if getattr(profile, name)] == remarkable


def test_an_outsider_has_another_team(workspace: Workspace) -> None:
    """The team is the person's own, not that of the channel."""
    profiles = workspace.profiles(["U0ANA", "U0PAT"])
    assert {user: profile.team for user, profile in profiles.items()} == {
        "U0ANA": "T0BRIGHT",
        "U0PAT": "T0AWSCO",
    }


def test_somebody_slack_does_not_know_is_left_out(workspace: Workspace) -> None:
    """The others are there."""
    assert workspace.profiles(["U0NOBODY", "U0ANA"]).keys() == {"U0ANA"}


def test_a_profile_is_asked_for_once(slack: Slack, workspace: Workspace) -> None:
    """For a card, an answer of the last minutes is good enough."""
    first = workspace.profiles(["U0ANA", "U0MEI"])
    slack.users["U0ANA"]["deleted"] = True
    assert workspace.profiles(["U0ANA", "U0MEI"]) == first
    assert len(slack.calls(ASKED)) == 2


def test_an_old_answer_is_asked_for_again(slack: Slack, workspace: Workspace, clock: Clock) -> None:
    """What was known too long ago is not shown as it was."""
    workspace.profiles(["U0ANA"])
    slack.users["U0ANA"]["deleted"] = True
    clock.now += FRESH
    assert workspace.profiles(["U0ANA"])["U0ANA"].deleted


def test_somebody_is_read_anew_when_asked(slack: Slack, workspace: Workspace) -> None:
    """Before a write nothing is taken from memory, and what was read is then what is known."""
    workspace.profiles(["U0ANA"])
    slack.users["U0ANA"]["deleted"] = True
    assert workspace.profiles(["U0ANA"], anew=True)["U0ANA"].deleted
    assert workspace.profiles(["U0ANA"])["U0ANA"].deleted


def test_people_are_asked_for_side_by_side(slack: Slack, workspace: Workspace) -> None:
    """Slack answers none of them before all were asked for."""
    all_asked = threading.Barrier(3)
    slack.fault(ASKED, times=3, after_work=lambda: all_asked.wait(10) and None)
    assert len(workspace.profiles(["U0ANA", "U0MEI", "U0BEN"])) == 3
    assert not all_asked.broken


def test_the_same_person_twice_is_asked_for_once(slack: Slack) -> None:
    """An owner may be a partner manager too."""
    with ThreadPoolExecutor(1) as pool:
        Workspace(client(slack.url), pool).profiles(["U0MEI", "U0MEI"], anew=True)
    assert len(slack.calls(ASKED)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 500},
        {"status": 504},
        {"status": 429},
        {"status": 200},
        {"status": 200, "code": "internal_error"},
        {"status": 200, "code": "fatal_error"},
        {"refuse": True},
        {"drop_reply": True},
    ],
    ids=str,
)
def test_a_slack_that_does_not_answer_knows_everybody(
    slack: Slack, workspace: Workspace, fault: dict[str, Any]
) -> None:
    """An outage is told as such and not kept: nobody is taken for a stranger because of it."""
    slack.fault(ASKED, **fault)
    with pytest.raises(Unavailable):
        workspace.profiles(["U0ANA"])
    assert workspace.profiles(["U0ANA"]).keys() == {"U0ANA"}


def test_a_slack_that_is_not_there_is_unavailable(pool: ThreadPoolExecutor) -> None:
    """Nobody listens."""
    with pytest.raises(Unavailable):
        Workspace(client(f"http://127.0.0.1:{free_port()}"), pool).profiles(["U0ANA"])


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope", "account_inactive"])
def test_a_bot_that_may_not_ask_takes_nobody_for_a_stranger(
    slack: Slack, workspace: Workspace, code: str
) -> None:
    """The reason is told, instead of a deal on which nobody can decide."""
    slack.fault(ASKED, status=200, code=code)
    with pytest.raises(Refused, match=code):
        workspace.profiles(["U0ANA"])


@pytest.mark.parametrize(("id", "shared"), [("C0NORTHWIND", False), ("C0MERIDIAN", True)])
def test_a_channel_says_its_name_and_whether_it_is_shared(
    workspace: Workspace, id: str, shared: bool
) -> None:
    """Shared is what another company sees too."""
    assert workspace.name(id).startswith("deal-")
    assert workspace.shared(id) is shared


def test_an_unknown_channel_is_refused(workspace: Workspace) -> None:
    """With Slack's reason."""
    with pytest.raises(Refused, match="channel_not_found"):
        workspace.name("C0NOWHERE")


def test_a_channel_that_slack_cannot_show_now_is_unavailable(slack: Slack, workspace: Workspace) -> None:
    """Trying again later is right."""
    slack.fault("conversations.info", status=503)
    with pytest.raises(Unavailable):
        workspace.shared("C0NORTHWIND")


# -- user groups and members --------------------------------------------------------------------------------
def test_a_user_groups_members_are_known_and_read_anew_when_it_matters(
    slack: Slack, workspace: Workspace
) -> None:
    """Of several groups together; kept for a while, and not believed before a write."""
    slack.usergroups = [
        {"id": "S0A", "handle": "a", "users": ["U0ANA"]},
        {"id": "S0B", "handle": "b", "users": ["U0BEN"]},
    ]
    assert workspace.members(["S0A", "S0B"]) == {"U0ANA", "U0BEN"}
    slack.usergroups[0]["users"] = []
    assert workspace.members(["S0A"]) == {"U0ANA"}
    assert workspace.members(["S0A"], anew=True) == frozenset()


def test_a_user_group_that_slack_does_not_know_is_refused(workspace: Workspace) -> None:
    """A role that cannot be looked up is not taken for nobody's."""
    with pytest.raises(Refused, match="no_such_subteam"):
        workspace.members(["S0GONE"])


def test_everybody_in_a_channel_is_known(slack: Slack, workspace: Workspace) -> None:
    """However many pages it takes."""
    assert workspace.people_in("C0MERIDIAN") == set(slack.channels["C0MERIDIAN"].members)
