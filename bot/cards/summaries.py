"""A summary in Slack: the post in the audit channel, and the same for somebody who asks."""

from collections.abc import Iterator, Mapping, Sequence

from bot.cards.blocks import (
    MOST_CHARACTERS,
    Block,
    Card,
    Room,
    context,
    fitted,
    header,
    section,
)
from bot.cards.courses import Address
from bot.cards.summary_sections import AMPLE, alarm, how_it_went, ledger, sections, waiting
from bot.cards.summary_table import size_of, table
from bot.cards.summary_threads import Leads, places, shown_first, threads_behind
from bot.cards.text import clip, defused, one_line, plain, when
from bot.summaries import Summary
from bot.summaries.words import moment

__all__ = ["places", "report", "summary", "threads_behind"]

_THREADS = 3
"""Threads that a report shows of each section."""


def summary(
    summary: Summary,
    *,
    links: Mapping[str, str],
    address: Address,
    picture: str | None,
    alt: str = "",
    note: str = "",
) -> Card:
    """The post: how the period went, its chart, the table and what is to be said of it.

    ``links`` maps each of ``places`` to the permalink of its reply; ``picture`` is the id of Slack's file of the chart
    and ``alt`` what is to be seen on it; ``note`` is ours, and said in grey at the end.
    """
    leads = Leads(summary, address, links)

    def draw(room: Room) -> Iterator[Block]:
        head, foot = list(_head(summary)), list(_foot(summary, note))
        if _nothing_happened(summary):
            yield from (*head, *_quiet(leads, room), *foot)
            return
        if picture is not None:
            described = alt or f"{_title(summary)}: how long actions took"
            head.append(_picture(picture, plain(described, 1_000 if room.text >= AMPLE else 300)))
        yield from _around_table(leads, room, head, [*sections(leads, room), *foot])

    return fitted(_in_words(summary), draw)


def report(summary: Summary, address: Address) -> Card:
    """The same for one person: it has no replies to lead to, so the first threads of each section stand in it."""
    leads = Leads(summary, address)

    def draw(room: Room) -> Iterator[Block]:
        head, foot = list(_head(summary)), list(_foot(summary, ""))
        if _nothing_happened(summary):
            yield from (*head, *_quiet(leads, room, threads=_THREADS), *foot)
            return
        threads = _THREADS if room.rows > 20 else 1
        latest = shown_first(summary, "all", address, threads, min(room.text, 120))
        rest = [section("latest", "\n".join(["*Latest*", *latest])), *sections(leads, room, threads=threads)]
        yield from _around_table(leads, room, head, [*rest, *foot])

    return fitted(_in_words(summary), draw)


def _around_table(
    leads: Leads, room: Room, above: Sequence[Block], below: Sequence[Block]
) -> Iterator[Block]:
    """All blocks with the table between them, whose links take what room the others leave."""
    most = 5 if room.text >= AMPLE else min(3, room.rows // 6)
    left = None if room.text >= AMPLE else MOST_CHARACTERS - size_of([*above, *below]) - len(", ")
    yield from (*above, table(leads, most, left), *below)


def _head(summary: Summary) -> Iterator[Block]:
    yield header(_title(summary))
    about = []
    if summary.late is not None:
        about.append(f":warning: *Late:* it was due {moment(summary.late, summary.period.zone)}")
    if summary.scope:
        about.append(f"Shows {one_line(summary.scope, 120)}")
    if about:
        yield context("about", *about)
    yield from alarm(summary)
    if not _nothing_happened(summary):
        yield section("sentence", how_it_went(summary))


def _quiet(leads: Leads, room: Room, *, threads: int = 0) -> Iterator[Block]:
    yield section("quiet", f":seedling:  {_nothing(leads.summary)}")
    yield from waiting(leads, room, threads=threads)


def _foot(summary: Summary, note: str) -> Iterator[Block]:
    made = f"Counted {when(summary.made_at)}"
    yield context("foot", ledger(summary), made, *([clip(defused(note), 300)] if note else []))


def _picture(file: str, alt: str) -> Block:
    return {
        "type": "image",
        "block_id": "chart",
        "slack_file": {"id": file},
        "alt_text": alt,
    }


def _nothing_happened(summary: Summary) -> bool:
    return not summary.total.ended and not summary.total.proposed.of


def _nothing(summary: Summary) -> str:
    rest = "" if summary.total.pending.of else " Nothing waits for anybody either."
    return f"All quiet: nothing was proposed and nothing ended.{rest}"


def _title(summary: Summary) -> str:
    return f"{plain(summary.period.name, 40).capitalize()} summary: {summary.period.label}"


def _in_words(summary: Summary) -> str:
    said = _nothing(summary) if _nothing_happened(summary) else how_it_went(summary)
    return f"{one_line(_title(summary), 150)}. {said}"
