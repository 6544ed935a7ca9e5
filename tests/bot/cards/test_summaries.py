"""Summaries in Slack: every number leads to its threads, everything fits, nothing that somebody named a deal pings."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import Card, summaries
from bot.cards.blocks import MOST_BLOCKS, MOST_CHARACTERS
from bot.cards.summary_table import size_of
from bot.history import Course
from bot.summaries import Summary
from sandbox.slack.blocks import MESSAGE, block_problems
from tests.bot.cards.reading import objects, shown
from tests.bot.summary_examples import BROKEN, MADE_AT, NEVER_WALKED, WEEK, large, quiet, small, summary

PICTURE = "F0123456789"
LARGE = large()
MIDDLE = large(200, 5, 12)
FEW = large(12, 2, 2)


def address(course: Course) -> str | None:
    """As Slack addresses a reply."""
    ts = course.card.replace(".", "")
    query = f"thread_ts={course.thread}&cid={course.channel}"
    return f"https://brightlane.slack.com/archives/{course.channel}/p{ts}?{query}"


def reply(number: int) -> str:
    """The address of a reply under the summary, as long as they are."""
    query = "thread_ts=1795352001.000300&cid=C0AUDIT"
    return f"https://brightlane.slack.com/archives/C0AUDIT/p1795352001{number:06d}?{query}"


def links_of(summary: Summary) -> dict[str, str]:
    """Replies that were posted, by place."""
    return {place: reply(number) for number, place in enumerate(summaries.places(summary))}


def drawn(summary: Summary, **more: Any) -> Card:
    """The post as it is once its replies are there."""
    given = {"links": links_of(summary), "address": address, "picture": PICTURE, **more}
    return summaries.summary(summary, **given)


def table_of(card: Card) -> list[dict[str, tuple[str, str | None]]]:
    """The rows of the table: text and address of each cell, by the column's head."""
    (block,) = (b for b in card.blocks if b["type"] == "table")
    heads, *rows = ([_cell(cell) for cell in row] for row in block["rows"])
    return [dict(zip([head for head, _ in heads], row, strict=True)) for row in rows]


def _cell(cell: dict[str, Any]) -> tuple[str, str | None]:
    if cell["type"] == "raw_text":
        return cell["text"], None
    (link,) = cell["elements"][0]["elements"]
    return link["text"], link["url"]


def live(card: Card) -> Iterator[str]:
    """Everything in angle brackets in its mrkdwn: what Slack would make something of."""
    for found in objects(card.blocks):
        if found.get("type") == "mrkdwn":
            yield from re.findall(r"<([^<>]*)>", found["text"])
    yield from re.findall(r"<([^<>]*)>", card.text)


def fits(card: Card) -> bool:
    """Whether Slack takes it, by its published limits and by the length that a message has at most."""
    assert block_problems(list(card.blocks), MESSAGE) == []
    assert size_of(card.blocks) <= MOST_CHARACTERS and len(card.blocks) <= MOST_BLOCKS
    assert 0 < len(card.text) <= 3_000
    ids = [block["block_id"] for block in card.blocks]
    return len(set(ids)) == len(ids)


# -- numbers -------------------------------------------------------------------------------------------------------


def test_every_number_of_a_small_summary_leads_to_its_threads() -> None:
    """A nought leads nowhere, a one to that action's own thread, more to the reply that lists them."""
    one = small()
    replies = links_of(one)
    numbers = 0
    for row in table_of(drawn(one)):
        for head, (text, url) in row.items():
            if head in ("Actions", "Median"):
                continue
            if text == "0":
                assert url is None
            elif text == "1":
                assert url in {address(course) for course in one.courses.values()}
            else:
                assert url in replies.values()
            numbers += 1
    assert numbers == 4 * 5


def test_a_number_leads_to_what_it_counts() -> None:
    """Done to the one that was done, declined to the one that was declined; of a kind to that kind's list."""
    one = small()
    everything, kind, *_ = table_of(drawn(one))
    assert everything["Done"] == ("1", address(one.courses["prp_00000001"]))
    assert everything["Declined"] == ("1", address(one.courses["prp_00000002"]))
    assert everything["Waiting"] == ("1", address(one.courses["prp_00000003"]))
    assert everything["Proposed"] == ("3", links_of(one)["all"])
    assert kind["Actions"][0] == "Update opportunity"
    assert kind["Proposed"] == ("2", links_of(one)["kind:update_opportunity"])


def test_each_column_of_all_actions_leads_to_its_own_list() -> None:
    """What failed and what is to be looked at share one; what was proposed and what was done lead to everything."""
    everything, replies = table_of(drawn(LARGE))[0], links_of(LARGE)
    assert {head: url for head, (_, url) in everything.items() if url} == {
        "Proposed": replies["all"],
        "Done": replies["all"],
        "Failed": replies["failures"],
        "To look at": replies["failures"],
        "Declined": replies["declined"],
        "Expired": replies["expired"],
        "Waiting": replies["pending"],
    }


def test_a_partner_leads_to_the_reply_that_partners_share() -> None:
    """And a seller to that of the sellers, although neither has one of their own."""
    rows, replies = table_of(drawn(FEW)), links_of(FEW)
    for sort in ("Partner", "Seller"):
        leading = [row["Proposed"][1] for row in rows if row["Actions"][0].startswith(f"{sort}: ")]
        assert leading and set(leading) == {replies[f"{sort.lower()}s"]}


@pytest.mark.parametrize("one", [MIDDLE, LARGE], ids=["hundreds", "thousands"])
def test_in_a_large_summary_the_first_row_leads_on_and_every_reply_can_be_reached(one: Summary) -> None:
    """Where not every number has room for a link, its row still has one, or the list that holds the row."""
    card = drawn(one)
    everything, *rows = table_of(card)
    assert all(url for head, (_, url) in everything.items() if head not in ("Actions", "Median"))
    said = json.dumps(card.blocks).replace("&amp;", "&")
    assert [place for place, url in links_of(one).items() if url not in said] == []
    assert sum(1 for row in rows if row["Actions"][1]) >= 3


def test_rows_that_are_left_out_are_counted_together() -> None:
    """The numbers of a sort of rows add up to those of all actions."""
    everything, *rows = table_of(drawn(LARGE))
    for sort in ("partner", "seller"):
        own = [row for row in rows if sort in row["Actions"][0].lower().split(":")[0]]
        assert re.fullmatch(rf"\d+ other {sort}s", own[-1]["Actions"][0])
        for head in ("Proposed", "Done", "Failed", "Declined", "Waiting"):
            total = sum(int(row[head][0].replace(",", "")) for row in own)
            assert total == int(everything[head][0].replace(",", ""))


def test_a_single_partner_has_no_row_of_its_own() -> None:
    """It would say what the first row says."""
    assert not [row for row in table_of(drawn(small())) if row["Actions"][0].startswith("Partner")]


def test_columns_in_which_nothing_ever_is_are_left_out() -> None:
    """Expired and to be looked at are rare; the others are always there."""
    assert list(table_of(drawn(small()))[0]) == [
        "Actions", "Proposed", "Done", "Failed", "Declined", "Waiting", "Median",
    ]  # fmt: skip
    assert {"To look at", "Expired"} < set(table_of(drawn(LARGE))[0])


# -- replies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one", [quiet(), small(), MIDDLE, LARGE], ids=["none", "three", "hundreds", "thousands"]
)
def test_there_are_few_replies_and_each_is_worth_it(one: Summary) -> None:
    """At most twelve, one a second; none for what a single link says, and each of them fits."""
    places = summaries.places(one)
    assert len(places) <= 12 and len(set(places)) == len(places)
    for place in places:
        card = summaries.threads_behind(one, place, address)
        assert fits(card)
        assert len({t for t in live(card) if t.startswith("http")}) > 1


def test_a_reply_lists_each_thread_with_what_became_of_it() -> None:
    """The deal leads to its thread; who decided, and why not."""
    one = small()
    said = shown(summaries.threads_behind(one, "all", address)).replace("&amp;", "&")
    for course in one.courses.values():
        assert f"<{address(course)}|{course.deal}>" in said
    assert "done, approved by Ana Costa" in said and "declined by Ana Costa" in said and "Too early." in said
    assert "waits for a decision" in said


def test_a_reply_that_cannot_list_all_says_how_many_are_in_the_file() -> None:
    """Shown and left out are all there are."""
    said = shown(summaries.threads_behind(LARGE, "failures", address))
    total = LARGE.total.failed.number + LARGE.total.unverified.number
    left = re.search(r"… and ([\d,]+) more in the CSV", said)
    assert left is not None and f"{total:,} actions" in said
    assert said.count("<http") == total - int(left[1].replace(",", ""))


def test_the_newest_come_first_and_of_those_that_wait_the_oldest() -> None:
    """What is to be done about is at the top."""
    ended = re.findall(r"<!date\^(\d+)", shown(summaries.threads_behind(LARGE, "failures", address)))
    opened = re.findall(r"<!date\^(\d+)", shown(summaries.threads_behind(LARGE, "pending", address)))
    assert ended == sorted(ended, reverse=True) and opened == sorted(opened)


def test_rows_by_partner_and_by_seller_share_a_reply_each() -> None:
    """Sixty partners make one reply, with a heading for each that it shows."""
    places = summaries.places(LARGE)
    assert {"partners", "sellers"} < set(places) and not [p for p in places if p.startswith("partner:")]
    said = shown(summaries.threads_behind(LARGE, "partners", address))
    assert said.count(" done, ") >= 5 and "further groups" in said


# -- what it says --------------------------------------------------------------------------------------------------


def test_one_sentence_says_how_it_went() -> None:
    """How many ended and how, how fast against before, and what is left."""
    card = drawn(MIDDLE)
    assert re.search(
        r"\d+ actions ended: \d+ done, .*Median .* from signal to verified, .* the week before\.", card.text
    )
    assert re.search(r"200 proposed, \d+ still waiting", card.text)
    assert card.text.startswith("Weekly summary: Mon 16 – Sun 22 November 2026.")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(minutes=6), "47% faster than the week before"),
        (timedelta(minutes=1), "3.2 times as long as the week before"),
        (timedelta(minutes=2, seconds=30), "27% slower than the week before"),
        (timedelta(seconds=191), "as the week before"),
        (None, "with nothing to compare it with the week before"),
    ],
)
def test_it_is_compared_in_a_sentence(before: timedelta | None, words: str) -> None:
    """Faster, slower, many times as long, as before; and where there was nothing, that is said."""
    one = small()
    total = replace(
        one.total,
        whole=replace(one.total.whole, median=timedelta(seconds=191)),
        whole_before=replace(one.total.whole_before, median=before),
    )
    assert f"from signal to verified, {words}." in drawn(replace(one, total=total)).text


def test_a_period_in_which_nothing_happened_is_a_few_lines() -> None:
    """Without table and picture, and with the ledger's state."""
    card = drawn(quiet())
    assert len(card.blocks) == 3 and "All quiet" in card.text and "48,210 entries" in shown(card)


def test_what_waits_is_told_even_where_nothing_happened() -> None:
    """An action of the week before that nobody decided."""
    waits = small().courses["prp_00000003"].with_(opened=WEEK.start.timestamp() - 86_400)
    said = shown(drawn(summary([waits])))
    assert (
        "All quiet" in said and "Waiting: " in said and "over 7 days" in said and "Nothing waits" not in said
    )


def test_a_broken_chain_is_said_before_anything_else() -> None:
    """Loudly, with the entry, in a quiet period too."""
    for one in (small(), quiet(), LARGE):
        card = drawn(replace(one, chain=BROKEN))
        (alarm,) = (index for index, b in enumerate(card.blocks) if b["block_id"] == "chain")
        assert alarm <= 2 and "broken at entry 31,008" in shown(card)
    assert "never been verified" in shown(drawn(replace(small(), chain=NEVER_WALKED)))
    assert ":rotating_light:" not in shown(drawn(small())) and "verified from its first entry" in shown(
        drawn(small())
    )


def test_lateness_and_whose_view_it_is_are_said() -> None:
    """When it was due, by the clock of the period's zone."""
    one = replace(small(), late=MADE_AT - timedelta(hours=2), scope="what Sam Lee may read")
    said = shown(drawn(one))
    assert "*Late:* it was due Mon 23 Nov 2026, 06:30 CET" in said and "Shows what Sam Lee may read" in said
    assert "Late" not in shown(drawn(small()))


def test_the_chart_is_named_by_its_file_and_described() -> None:
    """Only where Slack has it; a note says why it is not there."""
    (image,) = (b for b in drawn(small(), alt="Median 3 min").blocks if b["type"] == "image")
    assert (image["slack_file"], image["alt_text"]) == ({"id": PICTURE}, "Median 3 min")
    without = drawn(small(), picture=None, note="Slack did not take the chart; `cosell report`.")
    assert not [b for b in without.blocks if b["type"] == "image"] and "did not take the chart" in shown(
        without
    )


def test_failures_and_refusals_have_their_reasons() -> None:
    """The most frequent first, each with how many."""
    said = shown(drawn(MIDDLE))
    for whys in (MIDDLE.failures, MIDDLE.declines):
        numbers = [
            int(n) for why in whys[:2] for n in re.findall(rf"•  (\d+)  ·  {re.escape(why.words[:20])}", said)
        ]
        assert numbers == [why.count.number for why in whys[:2]]


def test_break_glass_names_who_what_and_why() -> None:
    """With the deal leading to its thread."""
    one = small().courses["prp_00000001"].with_(overridden_by="U0ANA", override_reason="<!here> now")
    said = shown(drawn(summary([one.with_(skipped=("a sales manager",))])))
    assert "Ana Costa went ahead without a sales manager on" in said and "“&lt;!here&gt; now”" in said


def test_what_the_manual_way_takes_is_called_an_assumption() -> None:
    """The baseline is the configuration's; a kind without one says so."""
    said = shown(drawn(LARGE))
    assert "by hand: 14 steps, 3 hand-offs and 40 minutes of work" in said
    assert "own assumption" in said and "no baseline is configured" in said


def test_referrals_whose_status_is_not_known_say_why() -> None:
    """AWS that does not answer is no reason to leave them out silently."""
    one = small()
    problem = replace(one.referrals, by_status={}, problem="AWS did not answer")
    assert "Referrals: AWS did not answer." in shown(drawn(replace(one, referrals=problem)))


def test_nobody_is_called_for_by_a_report() -> None:
    """People are named, not mentioned, in the post and in every reply."""
    cards = [drawn(MIDDLE), summaries.report(MIDDLE, address)]
    cards += [summaries.threads_behind(MIDDLE, place, address) for place in summaries.places(MIDDLE)]
    assert not [token for card in cards for token in live(card) if not token.startswith(("http", "!date^"))]


def test_a_report_for_one_person_shows_the_first_threads_itself() -> None:
    """It has no replies: no number leads to one, and each section has threads below it."""
    card = summaries.report(MIDDLE, address)
    assert fits(card)
    addresses = {address(course) for course in MIDDLE.courses.values()}
    assert {
        token.partition("|")[0].replace("&amp;", "&") for token in live(card) if token.startswith("http")
    } <= addresses
    assert "Latest" in shown(card) and not [b for b in card.blocks if b["type"] == "image"]
    assert fits(summaries.report(quiet(), address))


# -- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chain", [None, BROKEN, NEVER_WALKED], ids=["sound", "broken", "never walked"])
@pytest.mark.parametrize(
    "one", [quiet(), small(), MIDDLE, LARGE], ids=["none", "three", "hundreds", "thousands"]
)
def test_a_summary_fits_into_a_message(one: Summary, chain: Any) -> None:
    """Of nothing, of three actions and of ten thousand of sixty partners; with its links and before they are there."""
    one = one if chain is None else replace(one, chain=chain)
    assert fits(drawn(one, note="x" * 400, alt="y" * 2_000)) and fits(drawn(one, links={}, picture=None))
    assert fits(summaries.report(one, address))


def courses_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Course]:
    """Actions of the week whose every text may be anything."""
    return st.builds(
        small().courses["prp_00000001"].with_,
        id=st.uuids().map(str),
        kind=st.sampled_from(("submit_referral", "update_opportunity", "schedule_meeting")),
        deal=texts,
        partner=texts,
        owner=texts,
        approver=texts,
        approvals=st.lists(texts, max_size=5).map(tuple),
        status=st.sampled_from(("done", "failed", "unverified", "declined", "expired")),
        why=texts,
        attribution=st.sampled_from(("Partner Sourced", "Partner Influenced", "")),
        overridden_by=texts,
        override_reason=texts,
        skipped=st.lists(texts, max_size=3).map(tuple),
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(data=st.data())
def test_whatever_records_hold_it_fits_and_nothing_of_it_is_live(
    data: st.DataObject, texts: st.SearchStrategy[str]
) -> None:
    """Names, reasons and deals appear literally: no mention, no link but ours, whatever their length."""
    courses = data.draw(st.lists(courses_of(texts), max_size=20))
    name, scope, problem = data.draw(texts), data.draw(texts), data.draw(texts)
    one = summary(courses, {"U0ANA": name})
    one = replace(one, scope=scope, referrals=replace(one.referrals, problem=problem))
    cards = [drawn(one), summaries.report(one, address)]
    cards += [summaries.threads_behind(one, place, address) for place in summaries.places(one)]
    ours = {address(course) for course in courses} | set(links_of(one).values())
    for card in cards:
        assert fits(card)
        for token in live(card):
            target = token.partition("|")[0].replace("&amp;", "&")
            assert target in ours or re.fullmatch(r"!date\^\d+\^[^|]*", target)
        for found in objects(card.blocks):
            assert found.get("type") != "link" or found["url"] in ours
