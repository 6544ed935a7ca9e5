"""A report as a PDF."""

from bot.papers.behind import Address, Behind
from bot.papers.values import cap
from bot.papers.writing import paper
from bot.summaries import Summary

_BUDGET = 6000
"""Actions in all lists together: some seventy pages."""


def pdf(summary: Summary, address: Address) -> bytes:
    """The report to print, A4, with a link to every thread.

    ``address`` is asked at most once for each action that is shown. Where the chart cannot be drawn, it says so.
    Letters that DejaVu lacks, and those that are written from right to left, are spelled in Latin ones.
    """
    from bot.papers.printing import Document  # thirty megabytes, for the process that makes one

    behind = Behind(summary, address)
    written = paper(summary, behind)
    document = Document(written, summary.made_at)
    document.opening(written)
    for section in written.sections:
        document.section(section, written.chart if section.chart else None)
    document.lists(written.listings, cap(written.listings, _BUDGET), behind.entry)
    return document.finished()
