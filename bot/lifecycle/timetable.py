"""When rules look, and when the bucket is looked into: the clock hands in what is due, and what it missed once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.config import Config
from bot.lifecycle.jobs import Job, Jobs
from bot.rules import When
from bot.watch_state import WatchState

log = structlog.get_logger()

EVENTS_EVERY = timedelta(seconds=15)
DROPS_EVERY = timedelta(minutes=1)


class Timetable:
    """Hands in looks and sweeps."""

    def __init__(
        self,
        config: Config,
        state: WatchState,
        jobs: Jobs,
        now: Callable[[], datetime],
        *,
        events: bool,
        drops: bool,
    ) -> None:
        """``events``: whether there is a queue of AWS's events; ``drops``: whether there is a bucket for files."""
        self._rules, self._triggers = config.rules, config.triggers
        self._state, self._jobs, self._now = state, jobs, now
        every = timedelta(minutes=self._triggers.every_minutes)
        self._looks: dict[Job, timedelta] = {}
        if self._rules:
            self._looks[Job.WATCH_CRM] = every  # whatever they watch, it is about deals
        if any(rule.when.of_partner for rule in self._rules):
            self._looks[Job.WATCH_PARTNER] = every
            if events:
                self._looks[Job.WATCH_EVENTS] = EVENTS_EVERY
        if drops and self._triggers.channel is not None:
            self._looks[Job.DROPS] = DROPS_EVERY

    def hand_in(self) -> int:
        """Hand in what is due; how many that were."""
        if not self._looks:
            return 0
        marks, now = self._state.marks(), self._now()
        due = [job for job, every in self._looks.items() if _over(marks.get(_asked(job)), now, every)]
        for job in due:
            # Of many looks that waited for a worker, one is made.
            self._jobs.send(job, **({} if job is Job.DROPS else {"due": now.isoformat()}))
            self._state.set_mark(_asked(job), now)
        return len(due) + self._hand_in_sweeps(now, marks.get)

    def _hand_in_sweeps(self, now: datetime, mark: Callable[[str], datetime | None]) -> int:
        handed = 0
        for rule in self._rules:
            if rule.when is not When.SWEEP:
                continue
            # Of another crontab line nothing was missed yet, and of a new rule neither.
            name = f"sweep|{rule.name}|{rule.at}|{self._triggers.timezone}"
            last = mark(name)
            if last is None:
                self._state.set_mark(name, now)
                continue
            due = rule.cron(self._triggers.timezone).get_next_fire_time(
                last, last + timedelta(microseconds=1)
            )
            if due is None or due > now:
                continue
            log.info("watch.sweep_due", rule=rule.name, due=due.isoformat(), late=(now - due).total_seconds())
            self._jobs.send(Job.SWEEP, rule=rule.name, due=due.isoformat())
            self._state.set_mark(name, now)
            handed += 1
        return handed


def _asked(job: Job) -> str:
    return f"{job.value}.asked"


def _over(last: datetime | None, now: datetime, every: timedelta) -> bool:
    return last is None or now - last >= every or last > now + every  # a clock that was set back
