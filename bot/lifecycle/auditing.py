"""``/cosell audit``: what the ledger says of an account, a person, a partner or one action, to whoever may read it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.cards import Card, audits
from bot.config import Config
from bot.deal import Json
from bot.history import Course, History
from bot.ledger import Ledger
from bot.lifecycle.people import People
from bot.lifecycle.reports import Reports
from bot.policy import Authority
from bot.workspace import Workspace

LOOK_BACK = 100_000
"""Of the newest actions so many are looked through."""
SHOWN = 15
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_ID = re.compile(r"[A-Za-z0-9][\w.:/-]{7,}")

Wanted = Callable[[Course], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of what somebody asked for."""

    shown: tuple[Course, ...]  # the newest first
    total: int  # that they may read
    hidden: int  # that they may not


class Auditing:
    """Answers in private."""

    def __init__(
        self,
        *,
        history: History,
        ledger: Ledger,
        reports: Reports,
        people: People,
        workspace: Workspace,
        authority: Authority,
        config: Config,
        now: Callable[[], datetime],
    ) -> None:
        self._history, self._ledger, self._reports = history, ledger, reports
        self._people, self._workspace, self._authority = people, workspace, authority
        self._config, self._now = config, now

    def audit(self, words: str, channel: str, user: str, cause: str) -> Card:
        """What was recorded of what the words name, the newest first; of one action, every entry. Without words: of
        whoever asks."""
        self._authority.may_ask(user, self._workspace.profiles([user], anew=True).get(user))
        self._history.catch_up()
        reader = self._people.standing([user])[user]
        words = " ".join(words.split())
        meant = wanted(words or f"<@{user}>", self._config)
        found = self._find(words, meant, self._reports.may_read(reader))
        address = self._reports.address()
        if len(found.shown) == 1 and names_one(words, found.shown[0]):
            course = found.shown[0]
            return audits.trail(course, self._entries(course), self._names([course]), address)
        return audits.audit(
            words, found.shown, found.total, found.hidden, self._names(found.shown), address, self._now()
        )

    def _find(self, words: str, is_wanted: Wanted, may_read: Wanted) -> Found:
        shown: list[Course] = []
        total = hidden = 0
        one = self._history.course(words)
        for course in (one,) if one is not None else islice(self._history.newest(), LOOK_BACK):
            if not is_wanted(course):
                continue
            if not may_read(course):
                hidden += 1
                continue
            total += 1
            if len(shown) < SHOWN:
                shown.append(course)
        return Found(tuple(shown), total, hidden)

    def _entries(self, course: Course) -> tuple[Mapping[str, Json], ...]:
        return tuple(self._ledger.entries_at(course.entries))

    def _names(self, courses: tuple[Course, ...] | list[Course]) -> Mapping[str, str]:
        people = {
            id
            for course in courses
            for id in (
                course.seller,
                course.proposer,
                course.ended_by,
                course.overridden_by,
                *course.approvals,
            )
            if id
        }
        recorded = {course.approver: course.approver_name for course in courses}
        return {id: self._reports.name(id, recorded.get(id, "")) for id in people}


def wanted(words: str, config: Config) -> Wanted:
    """Which courses somebody means: by a person's mention, an id of anything, a partner, a person's name, or words of
    the account's or the deal's name."""
    user = _USER.fullmatch(words)
    if user is not None:
        return _of_person(user[1])
    folded = words.casefold()
    person = next((one.slack for one in config.people if one.slack and one.name.casefold() == folded), None)
    if person is not None:
        return _of_person(person)
    parts = folded.split()

    def named(course: Course) -> bool:
        if folded == course.partner.casefold() or _is_id_of(words, course):
            return True
        text = f"{course.company} {course.deal}".casefold()
        return bool(parts) and all(part in text for part in parts)

    return named


def names_one(words: str, course: Course) -> bool:
    """Whether the words are this very action's own id, or that of what it wrote."""
    return bool(_ID.fullmatch(words)) and words in (course.id, course.record, course.receipt)


def _is_id_of(words: str, course: Course) -> bool:
    ids = (course.id, course.record, course.receipt, course.opportunity, course.account)
    return bool(_ID.fullmatch(words)) and words in ids


def _of_person(user: str) -> Wanted:
    def had_part(course: Course) -> bool:
        people = (course.owner, course.proposer, course.ended_by, course.overridden_by, *course.approvals)
        return user in people

    return had_part
