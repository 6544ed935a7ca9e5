"""One action in a line: what became of it, who decided it, when, and where to read it all.

People are called by their names and not mentioned: a report that lists them should not call for them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.action import kinds
from bot.cards.names import MARKS
from bot.cards.text import link, one_line, sentence, when
from bot.history import Course
from bot.proposal import BOT, Status

Address = Callable[[Course], str | None]
"""The web address of the thread in which an action was decided; None where that is not known."""
_OURSELVES = {BOT: "the bot", "bot": "the bot", "clock": "the bot", "": "somebody"}
_NAME = 60


def title_of_kind(kind: str) -> str:
    """The name of a kind of action; the record may hold kinds that this version no longer has."""
    known = kinds().get(kind)
    return known.title if known is not None else kind.replace("_", " ").capitalize() or "Action"


def called(user: str, names: Mapping[str, str]) -> str:
    """What people call somebody, by Slack id; the id of somebody whom nobody knows by name."""
    return one_line(names.get(user) or _OURSELVES.get(user, user), _NAME) or "somebody"


def line(course: Course, names: Mapping[str, str], address: Address, limit: int) -> str:
    """What it was about, leading to its thread; what became of it, who, when and why."""
    deal = link(address(course), course.deal or course.opportunity or "an action", min(limit, 80))
    parts = [f"*{deal}*", one_line(title_of_kind(course.kind), 60), became(course, names)]
    parts += [when(at)] if (at := last_moment(course)) is not None else []
    why = one_line(course.why, min(limit, 200))
    told = f"{MARKS[Status(course.status)]}  " + "  ·  ".join(parts)
    return f"{told}  ·  {sentence(why)}" if why else told


def became(course: Course, names: Mapping[str, str]) -> str:
    """How it ended and by whose word, or what it waits for."""
    by = _approvers(course, names)
    match Status(course.status):
        case Status.DONE:
            said = f"done, approved by {by}"
        case Status.FAILED:
            said = f"not done, approved by {by}" if course.approvals else "not done"
        case Status.UNVERIFIED:
            said = f"a person must look, approved by {by}"
        case Status.DECLINED:
            said = f"declined by {called(course.ended_by, names)}"
        case Status.EXPIRED:
            said = "nobody decided in time"
        case Status.OPEN:
            said = f"waits for a decision, asked for by {called(course.proposer, names)}"
        case _:
            said = f"being carried out, approved by {by}"
    if course.overridden_by:
        said += f", by break-glass of {called(course.overridden_by, names)}"
    return said


def last_moment(course: Course) -> datetime | None:
    """When it ended; of one that has not, when it was opened."""
    moment = course.ended if course.ended is not None else course.opened
    return datetime.fromtimestamp(moment, UTC) if moment else None


def newest_first(courses: list[Course]) -> list[Course]:
    """Those that ended or were opened last before the others."""
    return sorted(courses, key=lambda c: c.opened if c.ended is None else c.ended, reverse=True)


def _approvers(course: Course, names: Mapping[str, str]) -> str:
    shown = [called(user, names) for user in course.approvals[:3]]
    if not shown and course.approver:
        shown = [one_line(course.approver_name, _NAME) or called(course.approver, names)]
    more = len(course.approvals) - 3
    shown += [f"{more} more"] if more > 0 else []
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown) or "nobody"
