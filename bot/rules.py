"""Rules of the configuration: what is watched besides what people say, and what is proposed when it happens."""

import re
from datetime import time
from enum import StrEnum
from string import Formatter
from typing import TYPE_CHECKING, Self

from pydantic import Field, field_validator, model_validator

from bot.deal import Frozen, known_zone

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger  # loaded only where a rule has a timetable


class When(StrEnum):
    """What a rule watches for."""

    STAGE_BECOMES = "stage_becomes"
    AMOUNT_REACHES = "amount_reaches"
    NEW_OPPORTUNITY = "new_opportunity"
    OVERLAPS = "overlaps"  # a new opportunity whose account is on a partner's list
    NEXT_STEP_STALE = "next_step_stale"
    AWS_UPDATED = "aws_updated"
    INVITED = "invited"
    SWEEP = "sweep"  # at set times: every open deal that should be referred and is not

    @property
    def of_crm(self) -> bool:
        """Whether it shows in Salesforce, and not only at set times."""
        return self not in (When.AWS_UPDATED, When.INVITED, When.SWEEP)

    @property
    def of_partner(self) -> bool:
        """Whether it shows at AWS."""
        return self in (When.AWS_UPDATED, When.INVITED)


_NEEDS = {
    When.STAGE_BECOMES: {"stages"},
    When.AMOUNT_REACHES: {"amount"},
    When.OVERLAPS: {"partner"},
    When.NEXT_STEP_STALE: {"days"},
    When.SWEEP: {"at"},
}
_TAKES = {
    When.STAGE_BECOMES: {"amount"},
    When.AMOUNT_REACHES: {"stages"},
    When.NEW_OPPORTUNITY: {"stages", "amount"},
    When.OVERLAPS: {"stages", "amount"},
    When.NEXT_STEP_STALE: {"stages", "amount"},
    When.AWS_UPDATED: {"statuses"},
    When.SWEEP: {"stages", "amount", "partner"},
}
_OF_DEAL = ("deal", "account", "stage", "amount", "next_step")
_OF_AWS = ("ace_id", "review_status", "aws_stage")
_VERB = re.compile(r"[a-z][a-z_-]*( |$)")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _joined(names: set[str]) -> str:
    return " and ".join(f"`{name}`" for name in sorted(names))


class Rule(Frozen):
    """One rule. ``propose`` is what would follow ``/cosell``; without it people are only told."""

    name: str = Field(min_length=1, max_length=60)
    when: When
    propose: str = Field("", max_length=500)
    stages: tuple[str, ...] = ()  # as Salesforce writes them
    amount: float | None = Field(None, gt=0)  # reached, or at least so much
    days: int | None = Field(None, gt=0)
    partner: str = ""
    statuses: tuple[str, ...] = ()  # AWS's review statuses; none: every one
    at: str = ""  # crontab line, in the timezone of ``triggers``

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """What the rule watches for says which of the others it needs, and which it can use."""
        given = {
            name
            for name in ("stages", "amount", "days", "partner", "statuses", "at")
            if getattr(self, name) not in ("", (), None)
        }
        needs, takes = _NEEDS.get(self.when, set()), _TAKES.get(self.when, set())
        if missing := needs - given:
            raise ValueError(f"the rule “{self.name}” ({self.when}) needs {_joined(missing)}")
        if stray := given - needs - takes:
            raise ValueError(
                f"the rule “{self.name}” ({self.when}) does not use {_joined(stray)}; take that out, or make it a "
                "rule of another kind"
            )
        if self.at:
            try:
                self.cron("UTC")
            except (ValueError, TypeError) as error:
                raise ValueError(
                    f"`at` of the rule “{self.name}” is no crontab line such as `0 8 * * mon` (minute, hour, day, "
                    f"month, weekday by name): {error}"
                ) from error
        self._proposes_something()
        return self

    def _proposes_something(self) -> None:
        if not self.propose:
            return
        if not _VERB.match(self.propose):
            raise ValueError(
                f"`propose` of the rule “{self.name}” has to begin with a verb of /cosell, such as "
                "`refer` or `meet next week`, without the slash"
            )
        known = set(_OF_DEAL) | (set(_OF_AWS) if self.when is When.AWS_UPDATED else set())
        try:
            parts = list(Formatter().parse(self.propose))
        except ValueError as error:
            raise ValueError(f"`propose` of the rule “{self.name}”: {error}") from error
        for _, name, spec, conversion in parts:
            if name is not None and (name not in known or spec or conversion):
                raise ValueError(
                    f"`propose` of the rule “{self.name}” cannot fill in {{{name}}}; it can fill in "
                    + ", ".join(f"{{{one}}}" for one in sorted(known))
                )

    @property
    def verb(self) -> str:
        """The verb of /cosell that it proposes by; empty: it only tells."""
        return self.propose.partition(" ")[0]

    def cron(self, timezone: str) -> "CronTrigger":
        """When a sweep is due."""
        from apscheduler.triggers.cron import CronTrigger

        if re.search(r"(^|[,-])\d", self.at.split()[-1]):  # 0 is Monday to APScheduler and Sunday to cron
            raise ValueError("write weekdays by name, such as mon or mon-fri")
        return CronTrigger.from_crontab(self.at, timezone=timezone)


class Triggers(Frozen):
    """How rules are watched and where they speak."""

    every_minutes: int = Field(gt=0)
    digest_above: int = Field(gt=0)  # so many of one look in one channel are cards; more become one digest
    channel: str | None = None  # id of the channel for deals that have none of their own
    quiet_hours: str | None = None  # "19:00-08:00", in the deal owner's zone
    timezone: str = "UTC"  # of crontab lines, and of owners that are not configured

    _zone = field_validator("timezone")(known_zone)

    @field_validator("quiet_hours")
    @classmethod
    def _is_span(cls, value: str | None) -> str | None:
        if value is not None and (not _SPAN.fullmatch(value) or value[:5] == value[6:]):
            raise ValueError(f"“{value}” is no stretch of a day, such as 19:00-08:00")
        return value

    @property
    def quiet_span(self) -> tuple[time, time] | None:
        """From when to when it is quiet each day; past midnight where the second is earlier."""
        if self.quiet_hours is None:
            return None
        return time.fromisoformat(self.quiet_hours[:5]), time.fromisoformat(self.quiet_hours[6:])
