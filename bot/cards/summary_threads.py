"""What stands behind the numbers of a summary: which lists are worth a reply, where a number leads, and the lists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.cards.blocks import Block, Card, Room, context, fitted, packed, section
from bot.cards.courses import Address, line, newest_first, title_of_kind
from bot.cards.text import link, one_line
from bot.history import Course
from bot.summaries import Count, Of, Row, Summary
from bot.summaries.words import several

MOST_REPLIES = 12
"""Replies under one summary: Slack takes about one message a second into a channel."""
_TITLES = {
    "all": "All actions",
    "failures": "Failed, or to be looked at",
    "pending": "Waiting",
    "declined": "Declined",
    "expired": "Expired: nobody decided in time",
    "overrides": "Break-glass",
    "kinds": "By kind of action",
    "partners": "By partner",
    "sellers": "By seller",
    "pipelines": "By attribution",
    "referrals": "Referrals, by what AWS says of them now",
}
_SHARED = {Of.KIND: "kinds", Of.PARTNER: "partners", Of.SELLER: "sellers"}


class Group(NamedTuple):
    """A part of a list; the heading is mrkdwn, and empty where the list has one part only."""

    heading: str
    courses: Sequence[Course]


@dataclass(frozen=True)
class Leads:
    """Where the numbers of one summary lead to."""

    summary: Summary
    address: Address
    links: Mapping[str, str] = field(default_factory=dict)  # permalink of the reply, by place

    def to(self, place: str, count: Count) -> str | None:
        """The thread of the only action that a number counts, or the reply that lists those of a place."""
        if not count.of:
            return None
        course = self.summary.courses.get(count.of[0]) if count.number == 1 else None
        own = None if course is None else self.address(course)
        if own is not None:
            return own
        group = place.partition(":")[0]
        shared = f"{group}s" if ":" in place else place
        return self.links.get(place) or self.links.get(shared) or self.links.get("all")

    def number(self, place: str, count: Count) -> str:
        """A number in mrkdwn, leading to what it counts."""
        return link(self.to(place, count), f"{count.number:,}")


def place_of(row: Row) -> str:
    """The name of the place that lists a row's actions."""
    return "all" if row.of is Of.ALL else f"{row.of}:{row.key}"


def those_of(rows: Iterable[Row]) -> Count:
    """Every action that rows speak of, each once."""
    ids: dict[str, None] = {}
    for row in rows:
        for count in row.counts:
            ids.update(dict.fromkeys(count.of))
    return Count(tuple(ids))


def places(summary: Summary) -> tuple[str, ...]:
    """The replies that are worth posting: each lists what a number above 1 leads to, and there are few of them."""
    several_kinds = len(summary.kinds) > 1
    kinds = tuple(place_of(row) for row in summary.kinds) if several_kinds else ()
    first = ("all", "failures", "pending", "declined", "expired", "overrides")
    last = ("partners", "sellers", "pipelines", "referrals")
    found = [place for place in (*first, *kinds, *last) if _worth(summary, place)]
    if len(found) > MOST_REPLIES:
        found = [place for place in (*first, "kinds", *last) if _worth(summary, place)]
    return tuple(found)


def threads_behind(summary: Summary, place: str, address: Address) -> Card:
    """The reply that lists the threads behind a row or a section of a summary."""
    groups = [group for group in _groups(summary, place) if group.courses]
    total = len({course.id for group in groups for course in group.courses})
    title = f"*{_title(summary, place)}*  ·  {several(total, 'action')}"

    def draw(room: Room) -> Iterator[Block]:
        lines = [title]
        for group, most in _shares(groups, room.rows):
            lines += [f"*{group.heading}*"] if group.heading else []
            lines += [line(c, summary.names, address, min(room.text, 120)) for c in group.courses[:most]]
            left = len(group.courses) - most
            lines += [f"_… and {left:,} more_"] if left > 0 and group.heading else []
        for number, text in enumerate(packed(lines)):
            yield section(f"threads.{number}", text)
        if more := _more(groups, room.rows, place):
            yield context("more", more)

    return fitted(f"{_title(summary, place)}: {several(total, 'action')}", draw)


def shown_first(summary: Summary, place: str, address: Address, most: int, limit: int) -> list[str]:
    """Lines of the first few threads behind a place, for a card that has no replies to lead to."""
    if not most:
        return []
    courses = [course for group in _groups(summary, place) for course in group.courses]
    lines = [line(course, summary.names, address, limit) for course in courses[:most]]
    return [*lines, *([f"_… and {len(courses) - most:,} more_"] if len(courses) > most else [])]


def _worth(summary: Summary, place: str) -> bool:
    rows = {"kinds": summary.kinds, "partners": summary.partners, "sellers": summary.sellers}.get(place)
    if rows is not None and len(rows) < 2:
        return False  # the only row has what "all" has
    return sum(len(group.courses) for group in _groups(summary, place)) > 1


def _groups(summary: Summary, place: str) -> list[Group]:
    total = summary.total
    if place in _SHARED.values():
        rows = {"kinds": summary.kinds, "partners": summary.partners, "sellers": summary.sellers}[place]
        return [
            Group(f"{one_line(row.label, 80) or 'None'}  ·  {_counted(row)}", _of_row(summary, row))
            for row in rows
        ]
    match place:
        case "failures":
            return [_listed(summary, (*total.failed.of, *total.unverified.of))]
        case "declined":
            return [_listed(summary, total.declined.of)]
        case "expired":
            return [_listed(summary, total.expired.of)]
        case "pending":
            return [Group("", _known(summary, summary.pending))]
        case "overrides":
            return [_listed(summary, tuple(one.course for one in summary.overrides))]
        case "pipelines":
            return [
                Group(one_line(one.attribution, 80) or "None", _listed(summary, one.deals.of).courses)
                for one in summary.pipelines
            ]
        case "referrals":
            return [
                Group(one_line(status, 80) or "Unknown", _listed(summary, count.of).courses)
                for status, count in summary.referrals.by_status.items()
            ]
    row = next((row for row in summary.rows if place_of(row) == place), None)
    return [] if row is None else [Group("", _of_row(summary, row))]


def _of_row(summary: Summary, row: Row) -> list[Course]:
    return newest_first(_known(summary, those_of([row]).of))


def _listed(summary: Summary, ids: Iterable[str]) -> Group:
    return Group("", newest_first(_known(summary, ids)))


def _known(summary: Summary, ids: Iterable[str]) -> list[Course]:
    return [summary.courses[id] for id in ids if id in summary.courses]


def _counted(row: Row) -> str:
    """The endings of a row in words: "9 done, 1 failed"."""
    numbers = (
        (row.done, "done"),
        (row.failed, "failed"),
        (row.unverified, "to be looked at"),
        (row.declined, "declined"),
        (row.expired, "expired"),
        (row.pending, "waiting"),
    )
    return ", ".join(f"{count.number:,} {word}" for count, word in numbers if count.of) or "proposed only"


def _shares(groups: Sequence[Group], most: int) -> Iterator[tuple[Group, int]]:
    """The groups that are shown, and of how many threads each: at least two, as long as there is room for so many."""
    if not groups:
        return
    each = max(2, most // len(groups))
    for group in groups[: max(1, most // each)]:
        yield group, each


def _more(groups: Sequence[Group], most: int, place: str) -> str:
    shown = list(_shares(groups, most))
    left = sum(len(group.courses) for group in groups) - sum(min(n, len(g.courses)) for g, n in shown)
    if not left:
        return ""
    where = "" if place == "referrals" else " in the CSV in this thread"
    rest = len(groups) - len(shown)
    of = f" of {several(rest, 'further group')} and of these" if rest else ""
    return f"… and {left:,} more{of}{where}"


def _title(summary: Summary, place: str) -> str:
    if place in _TITLES:
        return _TITLES[place]
    row = next((row for row in summary.rows if place_of(row) == place), None)
    if row is None:
        return "Nothing"
    label = one_line(row.label, 80) or (title_of_kind(row.key) if row.of is Of.KIND else "None")
    return label if row.of is Of.KIND else f"{row.of.capitalize()}: {label}"
