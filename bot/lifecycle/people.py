"""Who people are at this moment: by the configuration, and by what Slack says of them and of its user groups."""

from collections.abc import Iterable, Mapping

from bot.config import Config
from bot.deal import Person
from bot.policy import Authority, Standing
from bot.workspace import Workspace


class People:
    """Looks people up for the policy."""

    def __init__(self, workspace: Workspace, authority: Authority, config: Config) -> None:
        self._workspace, self._authority, self._config = workspace, authority, config

    def known(self) -> Mapping[str, Person]:
        """The people of our own company in the configuration, by Slack id."""
        return {person.slack: person for person in self._config.ours if person.slack}

    def standing(self, users: Iterable[str], anew: bool = False) -> Mapping[str, Standing]:
        """What the policy needs to know of these users, by Slack id; ``anew``: nothing that was read before counts."""
        wanted = tuple(dict.fromkeys(users))
        profiles = self._workspace.profiles(wanted, anew=anew)
        roles = self.roles(anew)
        return {
            user: self._authority.standing(user, profiles.get(user), roles.get(user, ())) for user in wanted
        }

    def supposed(self) -> Mapping[str, Standing]:
        """Everybody of ours in the configuration, as if Slack had nothing against them."""
        roles = self.roles(anew=False)
        return {user: self._authority.supposed(user, roles.get(user, ())) for user in self.known()}

    def roles(self, anew: bool) -> Mapping[str, tuple[str, ...]]:
        """The roles that Slack's user groups give, by Slack id."""
        found: dict[str, list[str]] = {}
        for role, groups in self._config.roles.items():
            for user in self._workspace.members(groups, anew=anew):
                found.setdefault(user, []).append(role)
        return {user: tuple(roles) for user, roles in found.items()}
