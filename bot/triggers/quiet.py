"""Who wants quiet, where and until when. What happens meanwhile is kept and told together afterwards."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from bot.deal import Frozen
from bot.errors import Refused
from bot.hearing.calendar_days import COUNTS, day

_FOR = re.compile(rf"for (\d{{1,4}}|{'|'.join(COUNTS)}) (minute|hour|day|week)s?")
MOST = timedelta(days=366)


class Quiet(Frozen):
    """Rules are quiet in a channel, or on the deals of a person."""

    of: str  # Slack id of the channel or the person
    by: str  # Slack user id of whoever asked for it
    at: AwareDatetime
    until: AwareDatetime | None = None  # None: until somebody ends it
    cause: str = ""  # what asked for it; the same cause counts once

    def holds(self, now: datetime) -> bool:
        """Whether it is quiet at a moment."""
        return self.until is None or now < self.until


class Quiets(Frozen):
    """Every quiet that was asked for and not ended."""

    standing: tuple[Quiet, ...] = ()

    def of(self, id: str, now: datetime) -> Quiet | None:
        """The quiet that holds for a channel or a person now."""
        return next((quiet for quiet in self.standing if quiet.of == id and quiet.holds(now)), None)

    def plus(self, quiet: Quiet) -> "Quiets":
        """These and one more in the place of the one that was; those that ended by themselves are dropped."""
        if any(known.cause == quiet.cause for known in self.standing if quiet.cause):
            return self
        return Quiets(standing=(*self._but(quiet.of, quiet.at), quiet))

    def minus(self, id: str, now: datetime) -> "Quiets":
        """These without that of a channel or a person."""
        return Quiets(standing=tuple(self._but(id, now)))

    def _but(self, id: str, now: datetime) -> Iterator[Quiet]:
        return (known for known in self.standing if known.of != id and known.holds(now))


class Asked(Frozen):
    """What somebody asks for with ``/cosell quiet``."""

    me: bool = False  # on the deals of whoever asks; else in the channel
    off: bool = False
    until: AwareDatetime | None = None


def asked(words: str, now: datetime, zone: ZoneInfo, day_starts: time = time(9)) -> Asked | None:
    """What the words ask for; None: nothing, they want to know what holds. ``Refused`` says what they can be.

    A day begins when the asking person's working day does.
    """
    said = " ".join(words.lower().split()).removeprefix("in ")
    if not said:
        return None
    first, _, rest = said.partition(" ")
    me = first in ("me", "mine")
    rest = rest if me or first == "here" else said
    if rest == "off":
        return Asked(me=me, off=True)
    if not rest:
        return Asked(me=me)
    return Asked(me=me, until=_until(rest, now, zone, day_starts))


def _until(said: str, now: datetime, zone: ZoneInfo, day_starts: time) -> datetime:
    if span := _FOR.fullmatch(said):
        number = COUNTS.get(span[1]) or int(span[1])
        until = now + timedelta(**{f"{span[2]}s": number})
    elif said.startswith("until "):
        today = now.astimezone(zone).date()
        until = datetime.combine(
            day(said.removeprefix("until "), today, "The end of the quiet"), day_starts, zone
        )
    else:
        raise Refused(f"“{said}” does not say how long. {HOW}")
    if not now < until <= now + MOST:
        raise Refused("The quiet has to end later than now and within a year, or to have no end.")
    return until


HOW = (
    "Say `/cosell quiet` and then `here` or `me`, and if you like `for 3 days` or `until Monday`; "
    "`/cosell quiet here off` ends it."
)


def in_hours(span: tuple[time, time] | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it is within the quiet hours of a day, first inclusive, last exclusive."""
    if span is None:
        return False
    starts, ends = span
    local = now.astimezone(zone).time()
    return starts <= local < ends if starts < ends else local >= starts or local < ends
