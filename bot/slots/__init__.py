"""When people can meet: working hours, public holidays and busy calendars in, a few good times out. No I/O, no clock.

Everything is compared in UTC, so a change of summer time can neither lose an hour nor count one twice; a local time
that happens twice or never is read the way that leaves less room.

A calendar that is not known is never taken as free, and it does not block either: otherwise nobody could be offered
a time with a partner who shares no calendar. That person's working hours and holidays still count, and every slot
names them as unconfirmed.
"""

from bot.slots.finding import PARTS_OF_DAY, Clash, Slot, Wish, best, clashes, fits, off_hours
from bot.slots.telling import city, day, names, stretch, told
from bot.slots.working import Guest, holiday

__all__ = [
    "PARTS_OF_DAY",
    "Clash",
    "Guest",
    "Slot",
    "Wish",
    "best",
    "city",
    "clashes",
    "day",
    "fits",
    "holiday",
    "names",
    "off_hours",
    "stretch",
    "told",
]
