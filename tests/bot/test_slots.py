"""Finding common time: rules that hold for any calendars, and the days on which clocks and holidays interfere."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import slots
from bot.deal import Interval
from bot.slots import Guest, Wish

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
ZONES = (
    "Europe/Lisbon",
    "Europe/Stockholm",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Riyadh",
)
COUNTRIES = (None, "PT", "SE", "US", "IN", "SA", "XX")


def guest(name: str = "Ana", zone: str | None = "Europe/Lisbon", **more: object) -> Guest:
    """Somebody with a known, empty calendar unless told otherwise."""
    return Guest.model_validate(
        {"name": name, "email": f"{name.lower()}@x.example", "timezone": zone, "busy": (), **more}
    )


def wish(opens: datetime = MONDAY, days: float = 14, **more: object) -> Wish:
    """Half an hour with ten minutes around it, told in Lisbon."""
    return Wish.model_validate(
        {
            "minutes": 30,
            "buffer_minutes": 10,
            "opens": opens,
            "closes": opens + timedelta(days=days),
            "timezone": "Europe/Lisbon",
            **more,
        }
    )


def busy(*stretches: tuple[datetime, datetime]) -> tuple[Interval, ...]:
    return tuple(Interval(start=start, end=end) for start, end in stretches)


def lisbon(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Lisbon"))


# -- for any calendars ------------------------------------------------------------------------------------------------
@st.composite
def stretches(draw: st.DrawFn) -> tuple[Interval, ...]:
    """Busy time within three weeks of any moment the searches below look at."""
    found = []
    for _ in range(draw(st.integers(0, 12))):
        start = MONDAY + timedelta(minutes=draw(st.integers(0, 21 * 24 * 12)) * 5)
        found.append(Interval(start=start, end=start + timedelta(minutes=draw(st.integers(0, 600)))))
    return tuple(found)


@st.composite
def parties(draw: st.DrawFn) -> list[Guest]:
    """One to four people anywhere, some with calendars that are not known."""
    return [
        guest(
            f"P{n}",
            draw(st.sampled_from(ZONES)),
            country=draw(st.sampled_from(COUNTRIES)),
            busy=draw(st.none() | stretches()),
            partner=draw(st.booleans()),
            workday_starts=time(draw(st.integers(6, 10)), draw(st.sampled_from((0, 15, 30)))),
            workday_ends=time(draw(st.integers(15, 22)), draw(st.sampled_from((0, 30)))),
        )
        for n in range(draw(st.integers(1, 4)))
    ]


wishes = st.builds(
    wish,
    opens=st.integers(0, 4 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    days=st.floats(0.2, 14),
    minutes=st.sampled_from((15, 30, 45, 60, 120)),
    buffer_minutes=st.sampled_from((0, 5, 10, 30)),
    timezone=st.sampled_from(ZONES),
    part_of_day=st.none() | st.sampled_from(sorted(slots.PARTS_OF_DAY)),
)

every = settings(max_examples=60, deadline=None)


@every
@given(parties(), wishes)
def test_nobody_known_is_double_booked(people: list[Guest], wanted: Wish) -> None:
    """No offered time, nor the minutes kept free around it, meets a busy stretch of anybody known."""
    margin = timedelta(minutes=wanted.buffer_minutes)
    for slot in slots.best(people, wanted):
        around = Interval(start=slot.start - margin, end=slot.end + margin)
        for person in people:
            assert not any(b.meets(around) for b in person.busy or () if b.start < b.end)


@every
@given(parties(), wishes)
def test_everybody_is_at_work(people: list[Guest], wanted: Wish) -> None:
    """Every offered time is inside each person's working hours, on a working day of theirs, in their own zone."""
    for slot in slots.best(people, wanted):
        for person in people:
            zone = ZoneInfo(person.timezone or "UTC")
            starts, ends = slot.start.astimezone(zone), slot.end.astimezone(zone)
            assert starts.date() == ends.date()
            assert person.workday_starts <= starts.time() < ends.time() <= person.workday_ends
            assert starts.weekday() not in ((4, 5) if person.country == "SA" else (5, 6))
            if person.country not in (None, "XX"):
                assert starts.date() not in holidays.country_holidays(person.country, years=starts.year)


@every
@given(parties(), wishes)
def test_notice_and_horizon_hold(people: list[Guest], wanted: Wish) -> None:
    """Nothing starts before the wish opens, ends after it closes, or lasts anything but what was asked."""
    for slot in slots.best(people, wanted):
        assert wanted.opens <= slot.start
        assert slot.end <= wanted.closes
        assert slot.end - slot.start == timedelta(minutes=wanted.minutes)


@every
@given(parties(), wishes)
def test_few_and_spread(people: list[Guest], wanted: Wish) -> None:
    """At most three times are offered, on different days or at least two hours apart, starting on the quarter."""
    zone = ZoneInfo(wanted.timezone)
    found = sorted(slot.start.astimezone(zone) for slot in slots.best(people, wanted))
    assert len(found) <= 3
    for one, next_one in pairwise(found):
        assert one.date() != next_one.date() or next_one - one >= timedelta(hours=2)
    assert all(start.minute % 15 == 0 and start.second == 0 for start in found)


@every
@given(parties(), wishes)
def test_the_order_of_people_is_nothing(people: list[Guest], wanted: Wish) -> None:
    """The same people in another order get the same times with the same words."""
    assert (
        slots.best(people, wanted) == slots.best(list(reversed(people)), wanted) == slots.best(people, wanted)
    )


@every
@given(parties(), wishes)
def test_what_is_offered_fits(people: list[Guest], wanted: Wish) -> None:
    """Each offered time passes the test for a single time, clashes with nobody and is in nobody's off hours."""
    for slot in slots.best(people, wanted):
        when = Interval(start=slot.start, end=slot.end)
        assert slots.fits(people, wanted, slot.start)
        assert slots.clashes(people, when) == ()
        assert slots.off_hours(people, when) == ()


def test_an_event_of_no_length_takes_no_time() -> None:
    """What the search passes over is no clash either."""
    moment = busy((lisbon(24, 10), lisbon(24, 10)))
    assert slots.clashes([guest(busy=moment)], Interval(start=lisbon(24, 9), end=lisbon(24, 11))) == ()


# -- ranking and words -------------------------------------------------------------------------------------------------
def test_sooner_wins_over_later() -> None:
    """With everything free the first day is offered first."""
    found = slots.best([guest()], wish())
    assert found[0].start.astimezone(ZoneInfo("Europe/Lisbon")).date() == date(2026, 11, 23)


def test_the_middle_of_the_day_beats_its_edge() -> None:
    """A day on which only the first half hour is left loses against the next day's middle."""
    person = guest(busy=busy((lisbon(23, 10), lisbon(23, 18))))
    found = slots.best([person], wish(opens=lisbon(23, 9)))
    assert found[0].start.astimezone(UTC).day == 24


def test_lunch_is_left_alone_where_it_costs_little() -> None:
    """A time that is somebody's lunch gives way to another one of the day, and says so where nothing else is left."""
    people = [guest("Ana", "Europe/Lisbon"), guest("Pat", "Europe/Stockholm", partner=True)]
    assert slots.best(people, wish(opens=lisbon(24, 11)))[0].start == lisbon(24, 13)
    only = slots.best(people, wish(opens=lisbon(24, 11), days=0.04))[0]
    assert only.why.endswith("lunchtime in Stockholm")


def test_quarters_only_when_nothing_else_is_left() -> None:
    """A gap that only a quarter-hour start fits is still found; otherwise starts are on the half hour."""
    gap = guest(busy=busy((lisbon(23, 9), lisbon(23, 10, 5)), (lisbon(23, 10, 55), lisbon(23, 18))))
    only = slots.best([gap], wish(opens=lisbon(23, 9), days=0.4))
    assert [slot.start for slot in only] == [lisbon(23, 10, 15)]
    assert all(slot.start.minute in (0, 30) for slot in slots.best([guest()], wish()))


def test_round_times_are_round_where_they_are_read() -> None:
    """In a zone off the half hour, a start is round on that zone's clock."""
    found = slots.best([guest(zone="Asia/Kathmandu")], wish(timezone="Asia/Kathmandu"))
    assert found
    assert all(s.start.astimezone(ZoneInfo("Asia/Kathmandu")).minute in (0, 30) for s in found)


def test_a_shown_time_stays_first_while_it_is_good() -> None:
    """A time that was shown before is offered first, even where another one would now win, until it clashes."""
    shown = lisbon(25, 16)
    assert slots.best([guest()], wish(), keep=shown)[0].start == shown
    taken = guest(busy=busy((lisbon(25, 16), lisbon(25, 17))))
    assert all(slot.start != shown for slot in slots.best([taken], wish(), keep=shown))


def test_the_reasons_name_people_hours_and_merit() -> None:
    """The words say who is free, that both are at work, and the merit; the clocks stand in the label."""
    people = [guest("Ana", "Europe/Lisbon"), guest("Pat", "Europe/Stockholm", partner=True)]
    first = slots.best(people, wish(opens=lisbon(24, 10), days=0.04))[0]
    assert first.why == "everybody is free, inside both working days, earliest"


def test_parts_of_day_and_dates_limit() -> None:
    """Only the asked days and the asked part of them are offered, by the clock of the wish."""
    found = slots.best(
        [guest()], wish(earliest=date(2026, 11, 25), latest=date(2026, 11, 26), part_of_day="afternoon")
    )
    assert {slot.start.day for slot in found} <= {25, 26} and found
    assert all(12 <= slot.start.hour < 18 for slot in found)


# -- unknown calendars -------------------------------------------------------------------------------------------------
def test_unknown_is_never_called_free() -> None:
    """Somebody whose calendar is not known does not block, is named on every slot, and nobody says all are free."""
    raj = guest("Raj", "Europe/London", busy=None, partner=True)
    found = slots.best([guest(), raj], wish())
    assert found
    assert all(slot.unconfirmed == ("Raj",) for slot in found)
    assert all("everybody" not in s.why and "Ana is free (not checked: Raj), " in s.why for s in found)


def test_nobody_known_is_said_plainly() -> None:
    """When no calendar is known, times by working hours are offered and called just that."""
    found = slots.best([guest(busy=None), guest("Raj", busy=None)], wish())
    assert found
    assert all("nobody's calendar is known (not checked: Ana and Raj), " in slot.why for slot in found)


def test_hours_of_unknown_calendars_still_count() -> None:
    """A person without a known calendar is still not asked outside working hours."""
    late = guest("Raj", busy=None, workday_starts=time(15), workday_ends=time(17))
    assert all(slot.start.hour in (15, 16) for slot in slots.best([guest(), late], wish()))


# -- no slot -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "people",
    [
        [guest(busy=busy((MONDAY, MONDAY + timedelta(days=20))))],
        [guest(), guest("Kai", "Pacific/Auckland")],
    ],
    ids=["always busy", "opposite side of the earth"],
)
def test_no_common_time_is_no_slot(people: Sequence[Guest]) -> None:
    """Where there is no common time nothing is offered, rather than something close."""
    assert slots.best(people, wish()) == ()


def test_a_window_that_closed_is_no_slot() -> None:
    """A wish whose end is before its beginning offers nothing, even to a person whose hours are not known."""
    assert slots.best([guest(zone=None)], wish(days=-1)) == ()
    assert slots.best([guest()], wish(earliest=date(2026, 11, 27), latest=date(2026, 11, 25))) == ()


# -- holidays and weekends ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "country", "off"),
    [
        ("Europe/Lisbon", "PT", date(2026, 12, 1)),
        ("Europe/Lisbon", "PT", date(2026, 12, 8)),
        ("America/New_York", "US", date(2026, 11, 26)),
        ("Asia/Riyadh", "SA", date(2026, 11, 27)),
    ],
    ids=["restoration of independence", "immaculate conception", "thanksgiving", "friday in Riyadh"],
)
def test_days_off_are_left_alone(zone: str, country: str, off: date) -> None:
    """A public holiday or a regional weekend day offers nothing there, and does so elsewhere."""
    only = wish(opens=datetime.combine(off, time(0), UTC), days=1.5, timezone=zone, earliest=off, latest=off)
    assert slots.best([guest(zone=zone, country=country)], only) == ()
    assert slots.best([guest(zone=zone, country="FR")], only)


def test_sunday_is_a_working_day_where_it_is() -> None:
    """Where the weekend is Friday and Saturday, Sunday is offered."""
    sunday = date(2026, 11, 29)
    only = wish(opens=datetime(2026, 11, 28, tzinfo=UTC), earliest=sunday, latest=sunday)
    assert slots.best([guest(zone="Asia/Riyadh", country="SA")], only)
    assert slots.best([guest(country="PT")], only) == ()


def test_a_regional_holiday_needs_its_region() -> None:
    """Epiphany is off in Bavaria and not in Berlin; a region nobody knows has the country's holidays."""
    epiphany = date(2027, 1, 6)
    only = wish(opens=datetime(2027, 1, 6, tzinfo=UTC), days=1, earliest=epiphany, latest=epiphany)
    munich = guest(zone="Europe/Berlin", country="DE", subdivision="BY")
    assert slots.best([munich], only) == ()
    assert slots.best([munich.model_copy(update={"subdivision": "BE"})], only)
    nowhere = munich.model_copy(update={"subdivision": "ZZ"})
    assert slots.holiday(nowhere, date(2026, 12, 25)) == "Christmas Day"


def test_off_hours_are_told_with_the_reason() -> None:
    """Outside hours, on a weekend and on a holiday, the sentence says for whom and why."""
    ana = guest(country="PT")

    def told(start: datetime) -> str:
        return " ".join(slots.off_hours([ana], Interval(start=start, end=start + timedelta(minutes=30))))

    assert (
        told(lisbon(24, 20))
        == "For Ana it is Tue 24 Nov, 20:00 in Lisbon: outside the working day (09:00–17:30)."
    )
    assert told(lisbon(28, 10)) == "For Ana it is Sat 28 Nov, 10:00 in Lisbon: not a working day."
    assert "public holiday (Restoration of Independence Day)" in told(lisbon(1, 10, month=12))
    assert told(lisbon(24, 10)) == ""


# -- summer time ------------------------------------------------------------------------------------------------
def test_the_offset_between_two_cities_changes_between_their_clock_changes() -> None:
    """In the weeks when only America has changed its clocks, common hours follow both clocks."""
    people = [
        guest("Ana", "Europe/Lisbon", workday_ends=time(17)),
        guest("Ben", "America/New_York", workday_starts=time(12)),
    ]
    both = {}
    for day in (date(2026, 10, 23), date(2026, 10, 30), date(2026, 11, 6)):
        only = wish(opens=datetime.combine(day, time(0), UTC), days=1, buffer_minutes=0, minutes=60)
        both[day.day] = [
            slot.start.astimezone(ZoneInfo("Europe/Lisbon")).hour for slot in slots.best(people, only)
        ]
    assert both == {23: [], 30: [16], 6: []}


@pytest.mark.parametrize(
    ("hours", "outside", "inside"),
    [
        (
            (time(1, 30), time(4)),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ),
        (
            (time(0), time(1, 30)),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 0, tzinfo=UTC),
        ),
        (
            (time(1, 30), time(4)),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        ),
        (
            (time(0), time(1, 30)),
            datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
            datetime(2026, 3, 29, 0, tzinfo=UTC),
        ),
    ],
    ids=["starts in the doubled hour", "ends in it", "starts in the lost hour", "ends in it"],
)
def test_an_hour_that_is_lost_or_doubled_leaves_less_room(
    hours: tuple[time, time], outside: datetime, inside: datetime
) -> None:
    """Working hours that begin or end inside the hour that changes are read the narrower way."""
    person = guest(country="SA", workday_starts=hours[0], workday_ends=hours[1])  # works on Sundays
    only = wish(opens=outside - timedelta(hours=6), days=0.5, buffer_minutes=0)
    assert not slots.fits([person], only, outside)
    assert slots.fits([person], only, inside)


def test_the_doubled_hour_is_told_with_its_offset() -> None:
    """A clock time that happens twice says which of the two is meant."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert slots.told(first, ["Europe/Lisbon"]) == "Sun 25 Oct, 01:30 (WEST) Lisbon"
    assert slots.told(first + timedelta(hours=1), ["Europe/Lisbon"]) == "Sun 25 Oct, 01:30 (WET) Lisbon"


def test_busy_time_in_another_zone_is_compared_by_the_instant() -> None:
    """A calendar that answers in its own zone blocks the same instants."""
    stockholm = ZoneInfo("Europe/Stockholm")
    taken = busy((datetime(2026, 11, 23, 9, tzinfo=stockholm), datetime(2026, 11, 23, 18, tzinfo=stockholm)))
    found = slots.best([guest(busy=taken)], wish(opens=lisbon(23, 9), days=0.4, buffer_minutes=0))
    assert [slot.start for slot in found] == [lisbon(23, 17)]


def test_a_moment_names_the_day_again_where_it_differs() -> None:
    """The day is told once for all zones that share it and again for one that does not."""
    late = datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert (
        slots.told(late, ["Europe/Lisbon", "America/New_York", "Asia/Tokyo"])
        == "Tue 24 Nov, 22:00 Lisbon / 17:00 New York / Wed 25 Nov, 07:00 Tokyo"
    )
