"""The one reviewable file: who is who, what a Salesforce field means to us and to AWS, how we meet.

``bot/defaults.toml`` holds what is true for most companies; the file named by ``COSELL_CONFIG`` is laid over it.
"""

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from bot.deal import Frozen, MeetingTerms, Person, ReferralTerms
from bot.rules import Rule, Triggers

DEFAULTS = Path(__file__).with_name("defaults.toml")


class Mapped(Frozen):
    """One Salesforce field by our name of it."""

    field: str = Field(pattern=r"^([A-Z]\w*\.)?[A-Z]\w*$")  # "StageName", "Account.Website"
    write: bool = False  # may be written by update_opportunity
    values: Mapping[str, str] = {}  # Salesforce's value -> ours; empty: taken as it is
    aliases: tuple[str, ...] = ()  # words people use for it, lower case
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.write and self.values:
            raise ValueError("a field with values is converted when it is read, so it cannot be written")
        return self


class Approval(Frozen):
    """How long a card waits for a decision, and how long a decision holds."""

    expires_after_hours: int = Field(gt=0)
    lasts_minutes: int = Field(gt=0)  # within which an approved write has to be made


class Channels(Frozen):
    """What holds for channels."""

    partner_may_propose: tuple[str, ...] = ()  # ids of channels in which the partner's words make proposals
    audit: str | None = None  # id of the channel that is told of what concerns the bot as a whole


class AceLimits(Frozen):
    """AWS Partner Central's quota for writes of one account; shared by all workers."""

    writes_per_second: float = Field(gt=0)


class Config(Frozen):
    """What the configuration file says."""

    slack_team: str = ""  # our workspace, T…; everybody else is an outsider
    people: tuple[Person, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = {}  # role -> ids of the Slack user groups whose members have it
    channels: Channels = Channels()
    sharing: Mapping[str, tuple[str, ...]]  # kind of action -> names of its values that a partner may see
    facts: Mapping[str, Mapped]
    meeting: MeetingTerms
    referral: ReferralTerms
    approval: Approval
    ace: AceLimits
    triggers: Triggers
    rules: tuple[Rule, ...] = ()

    @field_validator("facts", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"field": v} if isinstance(v, str) else v for name, v in value.items()}

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Nobody is two people: not of two companies, not with two accounts, not under two names."""
        for what in ("slack", "email", "salesforce", "calendar"):
            seen: dict[str, str] = {}
            for person in self.people:
                account = (getattr(person, what) or "").lower()
                if account and account in seen:
                    raise ValueError(f"{seen[account]} and {person.name} have the same {what}, {account}")
                seen[account] = person.name
        return self

    @model_validator(mode="after")
    def _rules_by_name(self) -> Self:
        """A rule is known by its name: what it fired for, and when it ran last."""
        seen: set[str] = set()
        for rule in self.rules:
            if rule.name.lower() in seen:
                raise ValueError(f"two rules have the name “{rule.name}”; give each a name of its own")
            seen.add(rule.name.lower())
        return self

    @cached_property
    def _by_slack(self) -> Mapping[str, Person]:
        return {person.slack: person for person in self.people if person.slack}

    def by_slack(self, user: str) -> Person | None:
        """The person with this Slack id."""
        return self._by_slack.get(user)

    @property
    def ours(self) -> tuple[Person, ...]:
        """The people of our own company who have a Slack user."""
        return tuple(p for p in self.people if p.slack and not p.outsider)


class ConfigError(ValueError):
    """The file cannot be used; ``problems`` has a sentence for each thing to mend."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__(f"{path}: " + " ".join(problems))
        self.problems = problems


def load(path: Path | None) -> Config:
    """The configuration of ``path`` over the defaults; ``ConfigError`` names every problem at once."""
    data = tomllib.loads(DEFAULTS.read_text())
    if path is not None:
        try:
            data = _laid_over(data, tomllib.loads(path.read_text()))
        except OSError as error:
            raise ConfigError(path, [f"It cannot be read: {error.strerror}."]) from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(path, [f"It is not TOML: {error}."]) from error
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
        raise ConfigError(path or DEFAULTS, problems) from error


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _laid_over(merged[key], value) if both_tables else value
    return merged
