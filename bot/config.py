"""The one reviewable file: who is who, what a Salesforce field means to us and to AWS, how we meet.

``bot/defaults.toml`` holds what is true for most companies; the file named by ``COSELL_CONFIG`` is laid over it.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from bot.deal import Frozen, MeetingTerms, Person, ReferralTerms, Role

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
    """How long a card waits for a decision."""

    expires_after_hours: int = Field(gt=0)


class AceLimits(Frozen):
    """AWS Partner Central's quota for writes of one account; shared by all workers."""

    writes_per_second: float = Field(gt=0)


class Config(Frozen):
    """What the configuration file says."""

    slack_team: str = ""  # our workspace, T…; everybody else is an outsider
    people: tuple[Person, ...] = ()
    facts: Mapping[str, Mapped]
    meeting: MeetingTerms
    referral: ReferralTerms
    approval: Approval
    ace: AceLimits

    @field_validator("facts", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"field": v} if isinstance(v, str) else v for name, v in value.items()}

    def by_slack(self, user: str) -> Person | None:
        """The person with this Slack id."""
        return next((p for p in self.people if p.slack == user), None)

    @property
    def partner_managers(self) -> tuple[Person, ...]:
        """The people who may decide on any deal."""
        return tuple(p for p in self.people if p.role is Role.PARTNER_MANAGER)


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
