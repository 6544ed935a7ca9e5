"""When rules look, files are fetched and summaries come: the clock hands in what is due, what it missed once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.config import Config
from bot.lifecycle.jobs import Job, Jobs
from bot.lifecycle.targets import covered, targets
from bot.rules import When
from bot.summaries import periods
from bot.watch_state import WatchState

log = structlog.get_logger()

WALK_EVERY = timedelta(days=1)
AGAIN = timedelta(minutes=10)
"""How soon a summary is handed in again that was not posted: the channel was archived, a worker died."""
EVENTS_EVERY = timedelta(seconds=15)
DROPS_EVERY = timedelta(minutes=1)


_ASK_NOTHING = frozenset({Job.DROPS, Job.WALK})


class Timetable:
    """Hands in looks, sweeps and summaries."""

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
        self._summary, self._targets = config.summary, targets(config)
        self._looks: dict[Job, timedelta] = {Job.WALK: WALK_EVERY}
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
        marks, now = self._state.marks(), self._now()
        due = [job for job, every in self._looks.items() if _over(marks.get(_asked(job)), now, every)]
        for job in due:
            # Of many looks that waited for a worker, one is made.
            self._jobs.send(job, **({} if job in _ASK_NOTHING else {"due": now.isoformat()}))
            self._state.set_mark(_asked(job), now)
        return len(due) + self._hand_in_sweeps(now, marks.get) + self._hand_in_summaries(now, marks)

    def _hand_in_summaries(self, now: datetime, marks: Mapping[str, datetime]) -> int:
        handed = 0
        for channel, _ in self._targets:
            for name in (periods.DAILY, periods.WEEKLY):
                told = covered(name, channel)
                if told not in marks:  # of a channel that is new, nothing was missed
                    last = periods.newest(self._summary, name, now)
                    if last is not None:
                        self._state.set_mark(told, last.period.end)
                    continue
                due = periods.due(self._summary, name, marks[told], now)
                asked = f"{told}.asked"
                if due is None or not _over(marks.get(asked), now, AGAIN):
                    continue
                log.info("summary.due", summary=name, channel=channel, due=due.at.isoformat())
                self._jobs.send(
                    Job.SUMMARY,
                    name=name,
                    channel=channel,
                    start=due.period.start.isoformat(),
                    end=due.period.end.isoformat(),
                    due=due.at.isoformat(),
                )
                self._state.set_mark(asked, now)
                handed += 1
        return handed

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
