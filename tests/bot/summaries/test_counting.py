"""What a summary counts of courses: which belong where, what is compared with what, and what is said of people."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.config import Baseline
from bot.history import ChainState, Course, Step
from bot.summaries import Count, Period, Summary, Told, periods, summarise
from bot.summaries.counting import handoffs, human_steps
from tests.bot.summary_examples import large

ZONE = "UTC"
WEEK = Period("weekly", datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC), ZONE)
BEFORE = periods.before(WEEK)
START, END = WEEK.start.timestamp(), WEEK.end.timestamp()
HOUR, DAY = 3600.0, 86_400.0
TITLES = {"submit_referral": "Submit referral to AWS", "update_opportunity": "Update opportunity"}


def told(**more: Any) -> Told:
    """What a summary says beside its counts."""
    known: dict[str, Any] = {
        "now": WEEK.end + timedelta(hours=8),
        "titles": TITLES,
        "baselines": {"update_opportunity": Baseline(steps=6, handoffs=1, minutes=5)},
        "names": lambda id, recorded: recorded or id,
        "chain": ChainState(entries=0, head="", read=0),
    }
    return Told(**{**known, **more})


def course(number: int = 1, at: float = START + DAY, status: str = "done", **more: Any) -> Course:
    """A course that was called for at a moment, shown a minute later, approved after ten, written and read back."""
    known: dict[str, Any] = {
        "id": f"prp_{number}",
        "kind": "update_opportunity",
        "via": "message",
        "opportunity": f"006{number}",
        "deal": f"Deal {number}",
        "account": "001",
        "partner": "AWS",
        "owner": "U0ANA",
        "proposer": "U0ANA",
        "channel": "C1",
        "signal": at,
        "opened": at + 60,
        "status": status,
    }
    if status in ("done", "failed", "unverified"):
        known |= {"approved": at + 660, "approver": "U0ANA", "approvals": ("U0ANA",), "ended": at + 690}
    if status == "done":
        known |= {
            "written": at + 680,
            "verified": at + 690,
            "attribution": "Partner Influenced",
            "amount": 100,
        }
    if status in ("declined", "expired"):
        known |= {"ended": at + 690}
    return Course(**{**known, **more})


def count(*courses: Course, **more: Any) -> Summary:
    """The summary of the week."""
    return summarise(courses, WEEK, BEFORE, told(**more))


def test_an_action_belongs_to_the_period_in_which_it_ended() -> None:
    """Opened on Sunday and done on Monday: Monday's, and it was proposed in the week before."""
    one = course(
        at=START - HOUR, approved=START + 10, written=START + 20, verified=START + 30, ended=START + 30
    )
    total = count(one).total
    assert (total.done.of, total.proposed.of) == (("prp_1",), ())


def test_what_ended_at_the_very_end_belongs_to_the_next() -> None:
    """The last moment is not included: nothing is counted in two periods."""
    summary = count(course(at=START - 690), course(2, at=END - 690))
    assert summary.total.done.of == ("prp_1",)
    assert summary.total.pending.of == ("prp_2",)


def test_each_ending_is_counted_by_itself() -> None:
    """Done, failed, to be looked at, declined, expired, pending."""
    statuses = ("done", "failed", "unverified", "declined", "expired", "open")
    total = count(*(course(n, status=status) for n, status in enumerate(statuses))).total
    found = (total.done, total.failed, total.unverified, total.declined, total.expired, total.pending)
    assert [one.of for one in found] == [(f"prp_{n}",) for n in range(6)]
    assert total.ended == 5
    assert total.proposed.number == 6


def test_latency_by_step_against_the_period_before() -> None:
    """Median and 90th percentile of each step, of what is done; the period before has its own."""
    week = [course(n, written=START + DAY + 660 + n, verified=START + DAY + 700) for n in range(1, 11)]
    earlier = course(99, at=START - 3 * DAY)
    steps = {one.step: one for one in count(*week, earlier).steps}
    written = steps[Step.WRITTEN]
    assert (written.now.number, written.now.median, written.now.p90) == (
        10,
        timedelta(seconds=5.5),
        timedelta(seconds=9),
    )
    assert (written.before.number, written.before.median) == (1, timedelta(seconds=20))
    assert steps[Step.WHOLE].now.median == timedelta(seconds=700)


def test_nothing_at_all_is_quiet() -> None:
    """No actions: no division by zero, no rows, and it says that it is quiet."""
    summary = count()
    assert summary.quiet
    assert (summary.kinds, summary.partners, summary.sellers, summary.efforts) == ((), (), (), ())
    assert summary.steps[0].now.median is None


def test_partners_are_one_however_they_are_written() -> None:
    """``aws`` and ``AWS`` are one partner, shown as somebody wrote it."""
    [row] = count(course(1, partner="aws"), course(2, partner="AWS"), course(3, partner="")).partners
    assert (row.key, row.label, row.done.number) == ("aws", "AWS", 2)


def test_the_seller_is_as_whom_it_is_written() -> None:
    """Else whose deal it is, else who asked; what nobody has is nobody's, and the bot is no seller."""
    summary = count(
        course(1, approver="U0MEI", approver_name="Mei Tanaka"),
        course(2, status="open"),
        course(3, status="open", owner="", proposer="U0BEN"),
        course(4, status="open", owner="", proposer="cosell"),
    )
    assert {row.key for row in summary.sellers} == {"U0MEI", "U0ANA", "U0BEN"}
    assert {row.label for row in summary.sellers} == {"Mei Tanaka", "U0ANA", "U0BEN"}


def test_failures_of_one_kind_are_told_together() -> None:
    """A reference that differs does not make two reasons; the most frequent reason comes first."""
    broke = "Nothing was written. Something unexpected happened (reference {})."
    summary = count(
        course(1, status="failed", why="Nothing was written. The deal is closed."),
        course(2, status="failed", why=broke.format("ab12cd34")),
        course(3, status="failed", why=broke.format("99ff00aa")),
    )
    assert [(one.words, one.count.number) for one in summary.failures] == [
        ("Something unexpected happened.", 2),
        ("The deal is closed.", 1),
    ]


def test_why_people_declined() -> None:
    """Their words; without any, that they gave none."""
    summary = count(course(1, status="declined", why="too early"), course(2, status="declined", why=" "))
    assert {(one.words, one.count.of) for one in summary.declines} == {
        ("too early", ("prp_1",)),
        ("no reason given", ("prp_2",)),
    }


def test_pending_by_how_long_it_waits() -> None:
    """The longest waiting first, and by age at the end of the period, whenever the summary is made."""
    summary = count(
        course(1, at=END - HOUR, status="open"),
        course(2, at=END - 2 * DAY, status="approved"),
        course(3, at=END - 30 * DAY, status="open"),
    )
    assert summary.pending == ("prp_3", "prp_2", "prp_1")
    assert [(label, one.of) for label, one in summary.ageing] == [
        ("less than a day", ("prp_1",)),
        ("1 to 3 days", ("prp_2",)),
        ("more than a week", ("prp_3",)),
    ]


def test_edit_rate_is_of_what_was_decided() -> None:
    """Approved or declined in the period, and how many of those had been edited; the period before likewise."""
    summary = count(
        course(1, edits=2),
        course(2),
        course(3, status="declined", edits=1),
        course(4, status="open", edits=1),
        course(5, at=START - DAY, edits=1),
    )
    assert (summary.edited.of, summary.decided) == (("prp_1", "prp_3"), 3)
    assert (summary.edited_before, summary.decided_before) == (1, 1)


def test_break_glass_is_listed() -> None:
    """Who went ahead, without whose approval, and why."""
    [one] = count(
        course(1, overridden_by="U0DANA", override_reason="quarter end", skipped=("a sales manager",)),
        course(2),
    ).overrides
    assert (one.course, one.by, one.reason, one.skipped) == (
        "prp_1",
        "U0DANA",
        "quarter end",
        ("a sales manager",),
    )


def test_a_deal_counts_once_in_the_pipeline() -> None:
    """By attribution, with its newest amount; an unknown amount is said to be unknown; a batch is no deal."""
    summary = count(
        course(1, opportunity="006A", amount=100),
        course(2, opportunity="006A", amount=250, at=START + 2 * DAY),
        course(3, opportunity="006B", amount=None),
        course(4, opportunity="006C", amount=10, attribution="Partner Sourced"),
        course(5, opportunity="portfolio", amount=None),
    )
    influenced, sourced = summary.pipelines
    assert (influenced.attribution, influenced.amount, influenced.unknown) == ("Partner Influenced", 250, 1)
    assert influenced.deals == Count(("prp_2", "prp_3"))
    assert (sourced.attribution, sourced.amount) == ("Partner Sourced", 10)


def test_what_people_did_against_the_procedure_it_replaces() -> None:
    """Steps and hand-offs on average; the baseline is the configuration's, and none is made up."""
    summary = count(
        course(1, edits=1),
        course(2, via="rule", proposer="cosell", approvals=("U0ANA", "U0DANA")),
        course(3, kind="submit_referral"),
    )
    update, referral = sorted(summary.efforts, key=lambda one: one.kind, reverse=True)
    assert (update.steps, update.handoffs, update.steps_before, update.minutes_before) == (2.5, 0.5, 6, 5)
    assert referral.steps_before is None


def test_steps_and_handoffs_of_one_action() -> None:
    """Asking, editing, approving and overriding are steps; from one person to another is a hand-off."""
    one = course(proposer="U0BEN", edits=2, approvals=("U0ANA", "U0MEI"), overridden_by="U0DANA")
    assert (human_steps(one), handoffs(one)) == (6, 3)
    alone = course(proposer="U0ANA", approvals=("U0ANA",))
    assert (human_steps(alone), handoffs(alone)) == (2, 0)
    by_rule = course(via="rule", proposer="cosell", approvals=("U0ANA",))
    assert (human_steps(by_rule), handoffs(by_rule)) == (1, 0)


moments = st.floats(BEFORE.start.timestamp() - DAY, END + DAY)


@given(
    st.lists(
        st.tuples(
            moments,
            st.sampled_from(["open", "approved", "done", "failed", "unverified", "declined", "expired"]),
            st.sampled_from(["update_opportunity", "submit_referral"]),
            st.sampled_from(["aws", "AWS", "acme", ""]),
            st.sampled_from(["U0ANA", "U0BEN", ""]),
        ),
        max_size=30,
    )
)
def test_rows_add_up(found: list[tuple[float, str, str, str, str]]) -> None:
    """Kinds add up to all; partners and sellers to no more; every number has as many actions as it says, each known."""
    courses = [
        course(n, at=at, status=status, kind=kind, partner=partner, owner=owner)
        for n, (at, status, kind, partner, owner) in enumerate(found)
    ]
    summary = count(*courses)
    for name in ("proposed", "done", "failed", "unverified", "declined", "expired", "pending"):
        whole = set(getattr(summary.total, name).of)
        by_kind = [id for row in summary.kinds for id in getattr(row, name).of]
        assert sorted(by_kind) == sorted(whole)
        for rows in (summary.partners, summary.sellers):
            some = [id for row in rows for id in getattr(row, name).of]
            assert len(some) == len(set(some)) and set(some) <= whole
        assert whole <= set(summary.courses)
    assert (
        sum(one.number for _, one in summary.ageing) == summary.total.pending.number == len(summary.pending)
    )


def test_the_plainest_way_of_counting_counts_the_same() -> None:
    """Two weeks of 600 actions, counted a second time without any cleverness: the same rows, times and rates."""
    plain = large(300, 4, 9)
    made = summarise(plain.courses.values(), plain.period, plain.before, told(now=plain.made_at))

    def rows(summary: Summary) -> dict[tuple[str, str], Any]:
        return {
            (row.of, row.key): ([sorted(count.of) for count in row.counts], row.whole, row.whole_before)
            for row in summary.rows
        }

    assert rows(made) == rows(plain)
    assert made.steps == plain.steps
    assert (sorted(made.edited.of), made.decided, made.edited_before, made.decided_before) == (
        sorted(plain.edited.of),
        plain.decided,
        plain.edited_before,
        plain.decided_before,
    )
    assert set(made.pending) == set(plain.pending)
