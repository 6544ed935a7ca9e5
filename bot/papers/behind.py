"""What stands behind the numbers of a report: lists of actions, each with the words and the address of its thread."""

import re
from collections.abc import Callable

from bot.cards.text import plain
from bot.history import Course
from bot.papers.values import Cell, Entry, Listing
from bot.proposal import BOT
from bot.summaries import Count, Summary
from bot.summaries.words import moment

Address = Callable[[Course], str | None]
"""Gives the web address of an action's thread; None where there is none."""

_ADDRESS = re.compile(r"https?://[^\s\"'<>\\]{1,1000}")


def named(text: str, otherwise: str = "–", limit: int = 80) -> str:
    """What a person or a record calls something: on one line, nothing in it that steers the text around it."""
    return plain(text, limit) or otherwise


def reason(text: str) -> str:
    """Why, as somebody or some system put it."""
    return named(text, "no reason given", 300)


class Behind:
    """Gathers the lists that the numbers of one report lead to."""

    def __init__(self, summary: Summary, address: Address) -> None:
        self._summary = summary
        self._address = address
        self._kinds = {row.key: row.label for row in summary.kinds}
        self._entries: dict[str, Entry] = {}
        self._anchors: dict[tuple[str, tuple[str, ...]], str] = {}
        self.listings: list[Listing] = []

    def number(self, count: Count, title: str, text: str | None = None) -> Cell:
        """A number that leads to its actions, or ``text`` that does; nothing leads nowhere.

        The same actions under the same title are one list.
        """
        shown = f"{count.number:,}" if text is None else text
        if not count.of:
            return Cell(shown, figure=True)
        if (title, count.of) not in self._anchors:
            self._anchors[title, count.of] = f"list-{len(self.listings) + 1}"
            self.listings.append(Listing(self._anchors[title, count.of], title, count.of))
        return Cell(shown, to=self._anchors[title, count.of], figure=True)

    def person(self, user: str) -> str:
        """Somebody by Slack id, as people call them."""
        if user == BOT:
            return "cosell, by itself"
        name = self._summary.names.get(user, "")
        return named(name) if name else f"somebody unknown ({named(user)})"

    def kind(self, course: Course) -> str:
        """What an action does, as people call it."""
        return named(self._kinds.get(course.kind) or course.kind.replace("_", " ").capitalize())

    def entry(self, id: str) -> Entry:
        """One action; its address is asked for once."""
        if id not in self._entries:
            course = self._summary.courses.get(id)
            self._entries[id] = (
                Entry(id, "no more is known of it", "") if course is None else self._told(course)
            )
        return self._entries[id]

    def _told(self, course: Course) -> Entry:
        at = course.at("ended") or course.at("opened")
        when = "" if at is None else f", {moment(at, self._summary.period.zone)}"
        address = self._address(course) or ""
        return Entry(
            named(course.deal, course.opportunity or course.id),
            f"{self.kind(course)}, {course.status}{when}",
            address if _ADDRESS.fullmatch(address) else "",
        )
