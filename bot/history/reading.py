"""What one entry of the ledger adds to the course of its proposal, and to the totals."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime

from bot.deal import Json
from bot.entry import ENDINGS
from bot.history.course import Course, Step
from bot.history.values import BUCKETS
from bot.proposal import Status

_HAPPENED = {
    "proposal.approved": "approved",
    "proposal.edited": "edited",
    "proposal.returned": "returned",
    "proposal.overridden": "overridden",
    "proposal.released": "released",
}
_WANTED = frozenset({"approve", "edit", "decline", "choose", "override", "undo", "retry", "see"})
"""What people ask of a card; whatever else was wanted is counted together, so that no label grows without end."""


def after(course: Course | None, entry: Mapping[str, Json], seq: int) -> Course:
    """The course of the entry's proposal once this entry, which follows those it has, is known."""
    if course is None:
        opened = _moment(entry["at"]) or 0.0
        course = Course(
            id=entry["proposal"],
            kind=entry["kind"],
            via=entry["via"],
            opportunity=entry["opportunity"],
            deal=entry["deal"],
            account="",
            partner="",
            owner="",
            proposer=entry["proposer"],
            channel=entry["channel"],
            signal=_moment(entry.get("proposed_at")) or opened,
            opened=opened,
        )
    event, approver, override = entry["event"], entry.get("approver") or {}, entry.get("override") or {}
    ended = course.ended
    if ended is None and (event in ENDINGS or Status(entry["status"]).ended):
        ended = _moment(entry["at"])
    return course.with_(
        deal=entry["deal"],
        account=entry.get("account") or course.account,
        company=entry.get("account_name") or course.company,
        partner=entry.get("partner_of_record") or entry.get("partner") or course.partner,
        owner=entry.get("owner") or course.owner,
        channel=entry["channel"],
        thread=entry.get("thread") or course.thread,
        card=entry.get("card") or course.card,
        approved=_moment(entry.get("approved_at")),
        written=_moment(entry.get("written_at")),
        verified=_moment(entry.get("verified_at")),
        ended=ended,
        expires=_moment(entry.get("expires_at")) or course.expires,
        status=entry["status"],
        approver=approver.get("slack") or "",
        approver_name=approver.get("name") or "",
        approvals=tuple(one["by"]["slack"] for one in entry.get("approvals") or ()),
        edits=course.edits + (event == "proposal.edited"),
        returned=course.returned + (event == "proposal.returned"),
        overridden_by=(override.get("by") or {}).get("slack") or "",
        override_reason=override.get("reason") or "",
        skipped=tuple(one["who"] for one in override.get("missing") or ()),
        ended_by=entry["by"] if event == "proposal.declined" else course.ended_by,
        why=(entry.get("reason") if entry["status"] == Status.DECLINED else entry.get("outcome")) or "",
        amount=course.amount if entry.get("amount") is None else entry["amount"],
        attribution=entry.get("attribution") or "",
        partner_of_record=entry.get("partner_of_record") or "",
        record=entry.get("written_record") or "",
        receipt=entry.get("response_id") or entry.get("request_id") or "",
        records=entry.get("records") or 1,
        entries=(*course.entries, seq),
    )


def counted(entry: Mapping[str, Json], course: Course | None) -> dict[str, float]:
    """What an entry adds to the totals, by their names; ``course``: its proposal's, once the entry is known."""
    event = entry.get("event")
    if event == "decision.refused":
        wanted = entry.get("wanted")
        return {f"refused|{wanted if wanted in _WANTED else 'other'}": 1}
    if course is None:
        return {}
    if event == "proposal.opened":
        return {f"opened|{course.kind}|{course.via}": 1}
    found: dict[str, float] = {}
    if event in _HAPPENED:
        found[f"happened|{course.kind}|{_HAPPENED[event]}"] = 1
    if event in ENDINGS:
        found[f"ended|{course.kind}|{course.status}"] = 1
        if course.status == Status.DONE:
            found |= _latencies(course)
    return found


def _latencies(course: Course) -> dict[str, float]:
    found: dict[str, float] = {}
    for step in Step:
        took = course.took(step)
        if took is not None:
            found[f"took|{course.kind}|{step}|{bucket_of(took)}"] = 1
            found[f"seconds|{course.kind}|{step}"] = took
    return found


def bucket_of(seconds: float) -> int:
    """The index of the bucket of ``BUCKETS`` that a duration is counted in."""
    return bisect_left(BUCKETS, seconds)


def _moment(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
