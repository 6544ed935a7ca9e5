"""Free time that people share, and which of it to offer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from bot.deal import Frozen, Interval
from bot.slots.telling import city, day, names
from bot.slots.working import DAY, Guest, Span, days_between, holiday, local_span, readings, working, works

PARTS_OF_DAY = {
    "morning": (time(0), time(12)),
    "midday": (time(11), time(14)),
    "afternoon": (time(12), time(18)),
    "evening": (time(17), time(23)),
}
"""From when until when, in the zone of the wish."""

APART = timedelta(hours=2)
"""How far two offered times of one day are apart at least."""
EDGE_DAYS = 1.5
"""How many days later a time in the middle half of the working day may be and still beat one at its very edge."""
LUNCH = time(12), time(13)
LUNCH_DAYS = 0.5
"""The same for a time that is nobody's lunch against one that is somebody's."""

QUARTER = timedelta(minutes=15)


class Wish(Frozen):
    """What kind of time is looked for."""

    minutes: int
    buffer_minutes: int  # kept free before and after
    opens: AwareDatetime  # nothing starts before
    closes: AwareDatetime  # nothing ends after
    timezone: str = "UTC"  # of the dates, the part of the day, and the round start times
    earliest: date | None = None
    latest: date | None = None  # inclusive
    part_of_day: str | None = None  # a key of PARTS_OF_DAY


class Slot(Frozen):
    """A time to meet, and why it is a good one."""

    start: AwareDatetime
    end: AwareDatetime
    why: str
    unconfirmed: tuple[str, ...] = ()  # names of those whose calendar is not known


class Clash(Frozen):
    """Somebody who is busy."""

    name: str
    busy: Interval
    timezone: str | None


def best(
    guests: Iterable[Guest], wish: Wish, limit: int = 3, keep: datetime | None = None
) -> tuple[Slot, ...]:
    """The best times, best first, at most ``limit``, on different days or at least two hours apart.

    Sooner is better, the middle half of everybody's working day is better than its edge (``EDGE_DAYS``), and lunch is
    left alone where that costs little (``LUNCH_DAYS``). Times start on the hour or half hour, on the quarter only where
    nothing else is left. ``keep``, a time shown before, stays the first as long as it is good.
    """
    people = sorted(guests, key=_order)
    hours = [working(guest, wish.opens, wish.closes) for guest in people if guest.timezone]
    free = _free(people, wish)
    starts = _starts(free, wish, 30) or _starts(free, wish, 15)
    kept = keep.astimezone(UTC) if keep is not None and fits(people, wish, keep) else None
    if kept is not None:
        starts = sorted({*starts, kept})
    if not starts:
        return ()
    zone, length = ZoneInfo(wish.timezone), timedelta(minutes=wish.minutes)
    edges = {
        start: max((_edge(Span(start, start + length), own) for own in hours), default=0.0)
        for start in starts
    }
    lunches = {start: _lunch(people, Span(start, start + length)) for start in starts}
    days = {start: start.astimezone(zone).date() for start in starts}
    picked = [kept] if kept is not None else []
    while len(picked) < limit:
        apart = [s for s in starts if all(days[s] != days[p] or abs(s - p) >= APART for p in picked)]
        if not apart:
            break

        def cost(start: datetime) -> tuple[float, datetime]:
            waits = (days[start] - days[starts[0]]).days
            repeats = sum(days[start] == days[other] for other in picked)
            lunch = LUNCH_DAYS if lunches[start] else 0.0
            return waits + repeats + lunch + EDGE_DAYS * edges[start], start

        picked.append(min(apart, key=cost))
    unknown = tuple(guest.name for guest in people if guest.busy is None)
    return tuple(
        Slot(
            start=start,
            end=start + length,
            why=", ".join(
                (
                    _who_is_free(people),
                    *_inside(people),
                    _merit(start, starts[0], bool(hours) and not edges[start], days, picked[0]),
                    *([f"lunchtime in {names(lunches[start])}"] if lunches[start] else ()),
                )
            ),
            unconfirmed=unknown,
        )
        for start in picked
    )


def fits(guests: Iterable[Guest], wish: Wish, start: datetime) -> bool:
    """Whether a meeting from ``start`` keeps every rule that ``best`` keeps, but for the round start times."""
    wanted = Span(start.astimezone(UTC), start.astimezone(UTC) + timedelta(minutes=wish.minutes))
    return any(span.start <= wanted.start and wanted.end <= span.end for span in _free(list(guests), wish))


def clashes(guests: Iterable[Guest], when: Interval) -> tuple[Clash, ...]:
    """Who is busy in that time, and when; people whose calendar is not known are not among them."""
    return tuple(
        Clash(name=guest.name, busy=busy, timezone=guest.timezone)
        for guest in sorted(guests, key=_order)
        for busy in sorted(guest.busy or (), key=lambda one: (one.start, one.end))
        if busy.start < busy.end and busy.meets(when)
    )


def off_hours(guests: Iterable[Guest], when: Interval) -> tuple[str, ...]:
    """A sentence for each person for whom that time is outside the working day, a day off or a public holiday."""
    wanted = Span(when.start.astimezone(UTC), when.end.astimezone(UTC))
    told = []
    for guest in sorted(guests, key=_order):
        spans = working(guest, wanted.start, wanted.end) if guest.timezone else [wanted]
        if any(span.start <= wanted.start and wanted.end <= span.end for span in spans):
            continue
        local = wanted.start.astimezone(ZoneInfo(guest.timezone or "UTC"))
        what = f"outside the working day ({guest.workday_starts:%H:%M}–{guest.workday_ends:%H:%M})"
        if not works(guest, local.date()):
            feast = holiday(guest, local.date())
            what = f"a public holiday ({feast})" if feast else "not a working day"
        told.append(
            f"For {guest.name} it is {day(local)}, {local:%H:%M} in {city(str(local.tzinfo))}: {what}."
        )
    return tuple(told)


def _free(guests: Sequence[Guest], wish: Wish) -> list[Span]:
    spans = [Span(wish.opens.astimezone(UTC), wish.closes.astimezone(UTC))]
    spans = _both(spans, _wished(wish))
    for guest in guests:
        if guest.timezone:
            spans = _both(spans, working(guest, wish.opens, wish.closes))
    buffer = timedelta(minutes=wish.buffer_minutes)
    for guest in guests:
        for busy in guest.busy or ():
            if busy.start < busy.end:
                spans = _without(
                    spans, Span(busy.start.astimezone(UTC) - buffer, busy.end.astimezone(UTC) + buffer)
                )
    return spans


def _both(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    return [
        Span(max(a.start, b.start), min(a.end, b.end))
        for a in left
        for b in right
        if max(a.start, b.start) < min(a.end, b.end)
    ]


def _without(spans: Sequence[Span], cut: Span) -> list[Span]:
    left = []
    for span in spans:
        if span.end <= cut.start or cut.end <= span.start:
            left.append(span)
            continue
        pieces = (Span(span.start, cut.start), Span(cut.end, span.end))
        left.extend(piece for piece in pieces if piece.start < piece.end)
    return left


def _wished(wish: Wish) -> list[Span]:
    zone = ZoneInfo(wish.timezone)
    first = wish.opens.astimezone(zone).date()
    last = wish.closes.astimezone(zone).date()
    days = days_between(max(first, wish.earliest or first), min(last, wish.latest or last))
    if wish.part_of_day is not None:
        starts, ends = PARTS_OF_DAY[wish.part_of_day]
        return [local_span(one, starts, ends, zone) for one in days]
    return (
        [Span(readings(days[0], time(0), zone)[0], readings(days[-1] + DAY, time(0), zone)[0])]
        if days
        else []
    )


def _starts(free: Sequence[Span], wish: Wish, step: int) -> list[datetime]:
    zone, length = ZoneInfo(wish.timezone), timedelta(minutes=wish.minutes)
    found = []
    for span in free:
        past = (span.start - span.start.replace(minute=0, second=0, microsecond=0)) % QUARTER
        start = span.start + (QUARTER - past if past else past)
        while start + length <= span.end:
            if start.astimezone(zone).minute % step == 0:
                found.append(start)
            start += QUARTER
    return sorted(found)


def _edge(wanted: Span, hours: Sequence[Span]) -> float:
    """How far outside the middle half of the working day: 0 within it, 1 at the start or end of the day."""
    own = next((span for span in hours if span.start <= wanted.start and wanted.end <= span.end), None)
    if own is None or own.end - own.start == wanted.end - wanted.start:
        return 0.0
    off = abs((wanted.start - own.start) - (own.end - wanted.end))
    return max(0.0, 2 * off / ((own.end - own.start) - (wanted.end - wanted.start)) - 1)


def _lunch(people: Sequence[Guest], wanted: Span) -> list[str]:
    """The cities where that time is lunchtime."""
    found = []
    for zone in dict.fromkeys(guest.timezone for guest in people if guest.timezone):
        starts, ends = (moment.astimezone(ZoneInfo(zone)).time() for moment in wanted)
        if starts < LUNCH[1] and LUNCH[0] < ends:
            found.append(city(zone))
    return found


def _order(guest: Guest) -> tuple[bool, str, str]:
    return guest.partner, guest.name, guest.email


# -- why -----------------------------------------------------------------------------------------------------
def _who_is_free(people: Sequence[Guest]) -> str:
    free = [guest.name for guest in people if guest.busy is not None]
    unknown = [guest.name for guest in people if guest.busy is None]
    if not unknown:
        return "everybody is free"
    checked = (
        f"{names(free)} {'is' if len(free) == 1 else 'are'} free" if free else "nobody's calendar is known"
    )
    return f"{checked} (not checked: {names(unknown)})"


def _inside(people: Sequence[Guest]) -> tuple[str, ...]:
    known = sum(guest.timezone is not None for guest in people)
    if not known:
        return ()
    which = "the working day" if known == 1 else "both working days" if known == 2 else "every working day"
    strangers = [guest.name for guest in people if guest.timezone is None]
    return (f"inside {which}" + (f" (working hours not known: {names(strangers)})" if strangers else ""),)


def _merit(start: datetime, first: datetime, calm: bool, days: dict[datetime, date], top: datetime) -> str:
    if start == first:
        return "earliest"
    if calm:
        return "in the middle of the day"
    return "another day" if days[start] != days[top] else "another time of the same day"
