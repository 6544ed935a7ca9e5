"""A summary as a report, whatever it is shown as."""

from bot.charts import Chart, chart
from bot.errors import Refused, Unavailable
from bot.papers.behind import Behind, named
from bot.papers.counting import breakdown, glance, latency
from bot.papers.reasons import declines, edits, failures, overrides, waiting
from bot.papers.values import Paper, Section
from bot.papers.worth import attribution, broken, chain, referrals, value
from bot.summaries import Summary
from bot.summaries.words import moment

_FRIENDLY = (
    "A quiet time: nothing was proposed, nothing was decided and nothing waits. There is nothing to do."
)


def paper(summary: Summary, behind: Behind) -> Paper:
    """The whole report; ``behind`` holds the lists that its numbers lead to."""
    zone = summary.period.zone
    drawn, problem = _drawn(summary)
    sections: tuple[Section, ...]
    if summary.quiet:
        sections = (
            Section("glance", "At a glance", (_FRIENDLY,)),
            referrals(summary, behind),
            chain(summary),
        )
    else:
        sections = (
            glance(summary, behind),
            breakdown(summary, behind),
            latency(summary, behind, problem),
            failures(summary, behind),
            declines(summary, behind),
            waiting(summary, behind),
            edits(summary, behind),
            overrides(summary, behind),
            attribution(summary, behind),
            referrals(summary, behind),
            value(summary, behind),
            chain(summary),
        )
    return Paper(
        title=f"Co-sell summary, {summary.period.label}",
        facts=(
            ("Period", f"{summary.period.label} ({summary.period.name}, {zone})"),
            ("Compared with", summary.before.label),
            ("Shows", named(summary.scope, "everything")),
            ("Made", moment(summary.made_at, zone)),
        ),
        late="" if summary.late is None else f"Late: this was due {moment(summary.late, zone)}.",
        alarm=broken(summary.chain),
        sections=sections,
        listings=tuple(behind.listings),
        chart=drawn,
    )


def _drawn(summary: Summary) -> tuple[Chart | None, str]:
    """The chart; or a sentence that says why there is none, as a report without it is better than no report."""
    try:
        return chart(summary), ""
    except (Refused, Unavailable) as error:
        return None, str(error)
