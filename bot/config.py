"""The one reviewable file: who is who, what a Salesforce field means to us and to AWS, how we meet.

``bot/defaults.toml`` holds what is true for most companies; the file named by ``COSELL_CONFIG`` is laid over it.
"""

import tomllib
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from bot.deal import Frozen, MeetingTerms, Person, ReferralTerms, known_zone
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


class Day(StrEnum):
    """A day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class AceLimits(Frozen):
    """AWS Partner Central's quota for writes of one account; shared by all workers."""

    writes_per_second: float = Field(gt=0)
    writes_per_day: int = Field(gt=0)  # within any 24 hours


class SalesforceLimits(Frozen):
    """The org's API calls of 24 hours, which it shares with everything else that asks it."""

    reserve: float = Field(ge=0, lt=1)  # share of them that is kept for what people ask for and approve


class SlackLimits(Frozen):
    """How fast Slack takes messages into one channel; shared by all workers."""

    posts_per_second: float = Field(gt=0)
    burst: int = Field(gt=0)  # so many at once, after a pause


class Team(Frozen):
    """A summary of its own for one manager's part, in a channel of its own."""

    channel: str  # Slack channel id
    manager: str  # Slack id: it tells what the policy lets this person read


class SummaryTimes(Frozen):
    """When the summaries come."""

    at: time  # of the day
    timezone: str  # IANA name; days and weeks are this zone's
    days: tuple[Day, ...] = Field(min_length=1)  # on which there is a daily summary: working days
    weekly: Day | None = None  # on which there is one of the week before
    teams: tuple[Team, ...] = ()

    _zone = field_validator("timezone")(known_zone)

    @field_validator("at")
    @classmethod
    def _of_a_day(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("a time of the day as it is on the wall, such as 08:30; the zone is `timezone`")
        return value


class Baseline(Frozen):
    """The manual procedure that one kind of action replaces, as the company reckons it: assumed, not measured."""

    steps: int = Field(ge=0)  # that people take: look up, copy, fill in, ask, check
    handoffs: int = Field(ge=0)  # from one person to another
    minutes: int = Field(ge=0)  # of work


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
    salesforce: SalesforceLimits
    slack: SlackLimits
    summary: SummaryTimes
    baselines: Mapping[str, Baseline] = {}  # by kind of action
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
    def _managers_known(self) -> Self:
        """A manager is somebody whom the configuration names, and nobody is their own or one of theirs."""
        known = {person.slack for person in self.people if person.slack}
        for person in self.people:
            if person.manager is not None and person.manager not in known:
                raise ValueError(f"the manager of {person.name}, {person.manager}, is nobody in `people`")
            if person.slack and person.slack in self.line_of(person.slack):
                raise ValueError(f"{person.name} would be a manager of their own")
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

    def line_of(self, user: str) -> tuple[str, ...]:
        """The Slack ids of those whom somebody reports to, the nearest first."""
        found: list[str] = []
        person = self.by_slack(user)
        while person is not None and person.manager is not None and person.manager not in found:
            found.append(person.manager)
            person = self.by_slack(person.manager)
        return tuple(found)

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
