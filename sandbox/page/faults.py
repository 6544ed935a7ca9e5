"""What somebody can break on the page, and mend again: the systems' answers, and the bot's own processes."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bot.deal import Json
from sandbox.server import Fault, StandIn
from sandbox.world import World

SLOW = 2.0
"""Seconds that a slow system adds to every call."""
SYSTEMS: Mapping[str, str] = {
    "slack": "Slack",
    "salesforce": "Salesforce",
    "calendar": "Google Calendar",
    "aws": "AWS Partner Central",
}
"""The stand-ins by the name that the page knows them by."""
PARTS: Mapping[str, tuple[str, str, str]] = {
    "web": ("serve", "Web", "Takes what Slack sends and answers within its three seconds."),
    "worker": ("worker", "Worker", "Reads, writes and reads back."),
    "clock": ("clock", "Clock", "Picks up what was left lying and lets cards expire."),
}
"""The bot's processes: what ``cosell`` calls each, its label, and what it does."""
_REDIS = "Keeps the ledger and the work that is queued, on disk before it answers."

_WRITES: Mapping[str, str] = {
    "slack": r"chat\.(post|update|delete)|views\.",
    "salesforce": r"\.(create|update|upsert|delete)$|ingest\.(upload|close)$",
    "calendar": r"events\.(insert|patch|delete)$",
    "aws": r" (Create|Update|Associate|Disassociate|Assign|Submit|Start|Accept|Reject)[A-Za-z]*$",
}
_SWITCHES: Mapping[str, tuple[str, str]] = {
    "slow": ("Slow", "Every call takes 2 seconds longer."),
    "limited": ("Rate limited", "Every call is refused as one too many, until you switch this off."),
    "down": ("Down", "Every call is answered with 503, until you switch this off."),
    "reply lost": (
        "Lose the next reply",
        "The next write is done, but its answer never arrives. Happens once.",
    ),
}
_WORDS = {("slack", "down"): "The bot's calls to Slack get 503; you can go on writing here."}
_SESSIONS = ("salesforce", "calendar")
_guard = threading.RLock()


@dataclass
class _Broken:
    """How one system is broken from the page."""

    on: set[str] = field(default_factory=set)
    lasting: Fault | None = None  # of slow, limited and down together
    lost: Fault | None = None  # the next write's reply


_broken: WeakKeyDictionary[World, dict[str, _Broken]] = WeakKeyDictionary()


def stand_in(world: World, system: str) -> StandIn:
    """The stand-in of this name."""
    found: Mapping[str, StandIn] = {
        "slack": world.slack,
        "salesforce": world.salesforce,
        "calendar": world.calendar,
        "aws": world.partner_central,
    }
    if system not in found:
        raise ValueError(f"There is no system called {system}.")
    return found[system]


def switches(world: World) -> list[Json]:
    """Every switch with its system and state. One that is not ``lasting`` acts once, and is off again then."""
    with _guard:
        return [one for system in SYSTEMS for one in _of(world, system)]


def processes(world: World) -> list[Json]:
    """The bot's processes and the store: what each does, and whether it runs."""
    found: list[Json] = []
    for part, (process, label, words) in PARTS.items():
        running = world.processes.get(process)
        up = running is not None and running.poll() is None
        pid = running.pid if running is not None and up else None
        found.append({"part": part, "label": label, "words": words, "up": up, "pid": pid})
    up = world.redis is not None
    return [*found, {"part": "redis", "label": "Redis", "words": _REDIS, "up": up, "pid": None}]


def fault(world: World, *, system: str, name: str, on: bool = True) -> None:
    """Switch one fault of a system on or off; other faults of the stand-in stay as they are."""
    target = stand_in(world, system)
    if name == "session expired":
        _expire(world, system)
        return
    if name not in _SWITCHES:
        raise ValueError(f"There is no fault called {name}.")
    with _guard:
        broken = _look(world, system)
        if on:
            broken.on.add(name)
        else:
            broken.on.discard(name)
        _arrange(target, system, broken)


def kill(world: World, *, part: str) -> None:
    """End a process of the bot as a crash would."""
    process, label, _ = _part(part)
    with _guard:
        running = world.processes.get(process)
        if running is None or running.poll() is not None:
            raise ValueError(f"{label} is not running.")
        world.kill(process)


def start(world: World, *, part: str) -> None:
    """Start a process of the bot that does not run."""
    process, label, _ = _part(part)
    with _guard:
        running = world.processes.get(process)
        if running is not None and running.poll() is None:
            raise ValueError(f"{label} is running already.")
        world.start(process)


def stop_redis(world: World) -> None:
    """Stop the store; what it acknowledged is on disk."""
    with _guard:
        if world.redis is None:
            raise ValueError("Redis is not running.")
        world.stop_redis()


def start_redis(world: World) -> None:
    """Start the store on the data it had."""
    with _guard:
        if world.redis is not None:
            raise ValueError("Redis is running already.")
        world.start_redis()


ACTS: Mapping[str, Callable[..., object]] = {
    "fault": fault,
    "kill": kill,
    "start": start,
    "redis.stop": stop_redis,
    "redis.start": start_redis,
}
"""What can be broken and mended, by name."""


def _of(world: World, system: str) -> list[Json]:
    broken = _look(world, system)
    found: list[Json] = [
        {
            "system": system,
            "name": name,
            "title": title,
            "words": _WORDS.get((system, name), words),
            "lasting": name != "reply lost",
            "on": name in broken.on,
        }
        for name, (title, words) in _SWITCHES.items()
    ]
    if system in _SESSIONS:
        words = "Every token handed out so far is refused from now on."
        about = {"name": "session expired", "title": "Expire sessions", "words": words, "lasting": False}
        found.append({"system": system, **about, "on": None})
    return found


def _look(world: World, system: str) -> _Broken:
    """What is broken now: a fault that has happened, or that somebody else cleared, is off."""
    broken = _broken.setdefault(world, {}).setdefault(system, _Broken())
    arranged = stand_in(world, system).faults
    if broken.lost is None or not broken.lost.times or not _holds(arranged, broken.lost):
        broken.on.discard("reply lost")
    if broken.lasting is None or not _holds(arranged, broken.lasting):
        broken.on -= {"slow", "limited", "down"}
    return broken


def _arrange(target: StandIn, system: str, broken: _Broken) -> None:
    """Replace the faults that are ours. What is refused does no work, so its reply is not the one that gets lost."""
    for own in (broken.lasting, broken.lost):
        if own is not None:
            _remove(target.faults, own)
    status = 503 if "down" in broken.on else 429 if "limited" in broken.on else None
    delay = SLOW if "slow" in broken.on else 0.0
    broken.lasting = Fault(times=-1, delay=delay, status=status) if delay or status else None
    lose = "reply lost" in broken.on
    broken.lost = Fault(on=_WRITES[system], delay=delay, drop_reply=True) if lose else None
    first_last = (broken.lost, broken.lasting) if status else (broken.lasting, broken.lost)
    for own in first_last:  # the newest wins
        if own is not None:
            target.faults.insert(0, own)


def _holds(arranged: list[Fault], own: Fault) -> bool:
    return any(one is own for one in arranged)


def _remove(arranged: list[Fault], own: Fault) -> None:
    """Take this very fault away, not one that is equal to it."""
    for at, one in enumerate(arranged):
        if one is own:
            del arranged[at]
            return


def _expire(world: World, system: str) -> None:
    if system not in _SESSIONS:
        raise ValueError(f"{SYSTEMS[system]} has no sessions here that could expire.")
    if system == "salesforce":
        world.salesforce.expire_sessions()
    else:
        world.calendar.forget_tokens()


def _part(part: str) -> tuple[str, str, str]:
    if part not in PARTS:
        raise ValueError(f"There is no process called {part}.")
    return PARTS[part]
