"""A report's actions as a CSV file, one line each."""

from collections.abc import Iterator
from datetime import datetime

from bot.history import Course, Step
from bot.papers.behind import Address, Behind
from bot.summaries import Count, Summary
from bot.tables import write

_MOMENTS = ("signal", "opened", "approved", "written", "verified", "ended", "expires")
HEADINGS = (
    "id",
    "kind",
    "deal",
    "opportunity",
    "partner",
    "seller",
    "seller Slack id",
    "asked by",
    "how",
    *(f"{moment} (UTC)" for moment in _MOMENTS),
    *(f"seconds, {step.value}" for step in Step),
    "status",
    "why",
    "edits",
    "came back",
    "approved by",
    "break-glass by",
    "break-glass reason",
    "went without",
    "amount",
    "attribution",
    "partner of record",
    "record",
    "records",
    "receipt",
    "thread",
)


def csv(summary: Summary, address: Address) -> bytes:
    """Every action that a number of the report speaks of, as CSV: UTF-8 with a mark, formulas defused.

    Moments are ISO 8601 in UTC, steps in seconds, amounts in whole units of the org's currency.
    """
    behind = Behind(summary, address)
    courses = (summary.courses[id] for id in spoken_of(summary) if id in summary.courses)
    return write(
        HEADINGS,
        (_line(course, behind, address) for course in sorted(courses, key=lambda c: (c.opened, c.id))),
    )


def spoken_of(summary: Summary) -> frozenset[str]:
    """The ids of all actions behind the numbers, without those that were only compared with."""
    return frozenset(id for count in _counts(summary) for id in count.of) | {
        *summary.pending,
        *(override.course for override in summary.overrides),
    }


def _counts(summary: Summary) -> Iterator[Count]:
    for row in summary.rows:
        yield from row.counts
    yield from (why.count for why in (*summary.failures, *summary.declines))
    yield from (count for _, count in summary.ageing)
    yield summary.edited
    yield from (pipeline.deals for pipeline in summary.pipelines)
    yield from summary.referrals.by_status.values()
    yield from (effort.done for effort in summary.efforts)


def _line(course: Course, behind: Behind, address: Address) -> tuple[object, ...]:
    return (
        course.id,
        course.kind,
        course.deal,
        course.opportunity,
        course.partner,
        behind.person(course.seller),
        course.seller,
        behind.person(course.proposer),
        course.via,
        *(_iso(course.at(moment)) for moment in _MOMENTS),
        *(None if (took := course.took(step)) is None else round(took, 3) for step in Step),
        course.status,
        course.why,
        course.edits,
        course.returned,
        "; ".join(map(behind.person, course.approvals)),
        behind.person(course.overridden_by) if course.overridden_by else "",
        course.override_reason,
        "; ".join(course.skipped),
        course.amount,
        course.attribution,
        course.partner_of_record,
        course.record,
        course.records if course.record else None,
        course.receipt,
        address(course),
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds")
