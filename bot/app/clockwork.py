"""What the clock does at each tick, and what is said at a start."""

from collections.abc import Callable
from functools import partial

import redis

from bot.action import kinds
from bot.app.connections import PATIENT, store, utc_now
from bot.config import Config
from bot.config import load as load_config
from bot.history import History
from bot.history.history import AT_ONCE
from bot.jobs import Queue
from bot.ledger import Ledger
from bot.lifecycle.catch_up import catch_up
from bot.lifecycle.timetable import Timetable
from bot.settings import Settings
from bot.watch_state import WatchState


def shortcomings(settings: Settings) -> list[str]:
    """What is wrong with the store or the configuration although everything starts, a sentence each."""
    found = []
    if not load_config(settings.cosell_config).slack_team:
        found.append(
            "The configuration names no slack_team, so everybody is an outsider and nobody can approve."
        )
    found += _unknown_verbs(load_config(settings.cosell_config))
    try:
        kept = store(settings, PATIENT).config_get("append*")
    except redis.ResponseError:
        return found  # a managed store that does not tell; its own console does
    except redis.RedisError as error:
        return [*found, f"Redis does not answer: {error}."]
    if (kept.get("appendonly"), kept.get("appendfsync")) != ("yes", "always"):
        found.append(
            "Redis needs appendonly yes and appendfsync always, or an approval may be lost with its machine."
        )
    return found


def _unknown_verbs(config: Config) -> list[str]:
    """The rules that propose what no action can do."""
    known = {verb for kind in kinds().values() for verb in kind.commands}
    return [
        f"The rule “{rule.name}” proposes `{rule.propose}`, but rules can propose only {', '.join(sorted(known))}."
        for rule in config.rules
        if rule.verb and rule.verb not in known
    ]


def ticking(settings: Settings) -> tuple[redis.Redis, Callable[[], int]]:
    """What the clock does at each tick, and the store its lease is in."""
    keep = store(settings, PATIENT)
    ledger, jobs = Ledger(keep, utc_now), Queue(store(settings, PATIENT))
    look_after = partial(catch_up, ledger, jobs, utc_now)
    timetable = Timetable(
        load_config(settings.cosell_config),
        WatchState(keep),
        jobs,
        utc_now,
        events=settings.partner_events_queue_url is not None,
        drops=settings.drops_bucket is not None,
    )
    history = History(keep)
    return keep, lambda: look_after() + timetable.hand_in() + history.catch_up(AT_ONCE)
