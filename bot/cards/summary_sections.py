"""The sections of a summary below its table: what waits, what failed and why, how long it took, what it is worth."""

from collections.abc import Iterator

from bot.cards.blocks import Block, Room, context, few, listed, section
from bot.cards.courses import called
from bot.cards.summary_threads import Leads, shown_first
from bot.cards.text import link, one_line, sentence, when
from bot.summaries import Count, Effort, Pipeline, Summary, Why
from bot.summaries.words import change, duration, several, share
from bot.summaries.words import listed as in_words

AMPLE = 1_000
"""Characters of one text, as the room of a card has it, from which on every number leads somewhere by itself."""


def before(summary: Summary) -> str:
    """What the period before is called: "the week before"; its days, where it does not lie right before."""
    name = {"daily": "the day", "weekly": "the week", "monthly": "the month"}.get(summary.period.name)
    near = summary.before.end == summary.period.start
    return f"{name} before" if name and near else one_line(summary.before.label, 80)


def how_it_went(summary: Summary) -> str:
    """The period in a sentence or two: how many ended and how, how fast, what is left."""
    total = summary.total
    ended = (
        (total.done, "done"),
        (total.failed, "failed"),
        (total.unverified, "to be looked at"),
        (total.declined, "declined"),
        (total.expired, "expired"),
    )
    parts = [f"{count.number:,} {word}" for count, word in ended if count.of]
    said = f"{several(total.ended, 'action')} ended: {', '.join(parts)}." if parts else "Nothing ended."
    if total.whole.median is not None:
        compared = _compared(change(total.whole.median, total.whole_before.median), before(summary))
        said += f" Median {duration(total.whole.median)} from signal to verified, {compared}."
    return f"{said} {total.proposed.number:,} proposed, {total.pending.number:,} still waiting."


def sections(leads: Leads, room: Room, *, threads: int = 0) -> Iterator[Block]:
    """Everything below the table; with ``threads``, the first so many of each section's stand in it."""
    yield from waiting(leads, room, threads=threads)
    yield from _whys(leads, room, "failures", "Failed, or to be looked at", leads.summary.failures, threads)
    yield from _whys(leads, room, "declined", "Declined", leads.summary.declines, threads)
    yield from _overrides(leads, room)
    yield from _latency(leads.summary)
    yield from _edits(leads)
    yield from _attribution(leads, room)
    yield from _value(leads.summary, room)


def waiting(leads: Leads, room: Room, *, threads: int = 0) -> Iterator[Block]:
    """What is open or under way, by how long it has been so."""
    summary = leads.summary
    if not summary.pending:
        return
    ages = [
        f"{_within(leads, room, 'pending', count)} for {one_line(label, 40)}"
        for label, count in summary.ageing
        if count.of
    ]
    number = leads.number("pending", summary.total.pending)
    said = f":hourglass_flowing_sand:  *Waiting: {number}*" + (f"  ·  {in_words(ages)}" if ages else "")
    yield _paragraph("pending", said, shown_first(summary, "pending", leads.address, threads, _limit(room)))


def ledger(summary: Summary) -> str:
    """What is known of the ledger's chain, in a line of grey print."""
    chain = summary.chain
    read = "" if chain.read >= chain.entries else f", {chain.read:,} of them read so far"
    walked = ""
    if chain.walk is not None and chain.walk.flaw is None:
        walked = f"  ·  verified from its first entry {when(chain.walk.at)}"
    return f"Ledger: {several(chain.entries, 'entry', 'entries')}{read}  ·  head {chain.head[:12]}{walked}"


def alarm(summary: Summary) -> Iterator[Block]:
    """A loud word where the ledger's chain is broken, or was never verified as a whole."""
    chain = summary.chain
    flaw = chain.flaw or (chain.walk.flaw if chain.walk is not None else None)
    if flaw is not None:
        what = sentence(one_line(flaw.what, 200))
        yield section(
            "chain",
            f":rotating_light:  *The ledger's chain is broken at entry {flaw.seq:,}:* {what} What is told here may "
            "rest on changed entries. Do not repair anything; keep the store as it is and look into it.",
        )
    elif chain.walk is None:
        yield section(
            "chain",
            ":warning:  *The ledger's chain has never been verified from its first entry.* "
            "`cosell audit verify` does it.",
        )


def _whys(
    leads: Leads, room: Room, place: str, title: str, whys: tuple[Why, ...], threads: int
) -> Iterator[Block]:
    if not whys:
        return
    together = Count(tuple(id for why in whys for id in why.count.of))
    shown, more = few(whys, _most(room))
    lines = [f"*{title}: {leads.number(place, together)}*"]
    for why in shown:
        words = sentence(one_line(why.words, _limit(room))) or "No reason given."
        lines.append(f"•  {_within(leads, room, place, why.count)}  ·  {words[:1].upper()}{words[1:]}")
    yield _paragraph(
        place,
        "\n".join(lines + ([f"_{more}_"] if more else [])),
        shown_first(leads.summary, place, leads.address, threads, _limit(room)),
    )


def _overrides(leads: Leads, room: Room) -> Iterator[Block]:
    summary = leads.summary
    if not summary.overrides:
        return
    shown, more = few(summary.overrides, _most(room))
    count = Count(tuple(one.course for one in summary.overrides))
    lines = [f":rotating_light:  *Break-glass: {leads.number('overrides', count)}*"]
    for one in shown:
        course = summary.courses.get(one.course)
        address = None if course is None else leads.address(course)
        deal = link(address, (course.deal if course else "") or "an action", 80)
        skipped = one_line(in_words(one.skipped), 120) or "an approval"
        reason = one_line(one.reason, _limit(room))
        said = f"•  {called(one.by, summary.names)} went ahead without {skipped} on {deal}"
        lines.append(f"{said}: “{reason}”" if reason else f"{said}.")
    if more:
        lines.append(f"_{more}_")
    yield section("overrides", listed(lines, len(lines)))


def _latency(summary: Summary) -> Iterator[Block]:
    """How long each step of the way took; the steps that no action took are left out."""
    taken = [step for step in summary.steps if step.now.number]
    if not taken:
        return
    lines = ["*How long it took*"]
    for one in taken:
        now, then = one.now, one.before
        compared = (
            f"; before {duration(then.median)}, {change(now.median, then.median)}" if then.number else ""
        )
        figures = f"median *{duration(now.median)}*, nine in ten within {duration(now.p90)}"
        lines.append(f"•  {one.step}: {figures}{compared}")
    yield section("latency", "\n".join(lines))


def _edits(leads: Leads) -> Iterator[Block]:
    summary = leads.summary
    if not summary.decided:
        return
    now = f"{summary.edited.number:,} of {summary.decided:,} decided ({share(summary.edited.number, summary.decided)})"
    then = share(summary.edited_before, summary.decided_before)
    compared = f", {then} {before(summary)}" if summary.decided_before else ""
    yield section("edits", f"*Edited before the decision:* {now}{compared}.")


def _attribution(leads: Leads, room: Room) -> Iterator[Block]:
    summary = leads.summary
    pipelines, more = few(summary.pipelines, max(2, _most(room)))
    lines = [_pipeline(leads, one) for one in pipelines] + ([f"_{more}_"] if more else [])
    referrals = summary.referrals
    statuses, more = few(list(referrals.by_status.items()), 2 * _most(room))
    by_status = [
        f"{_within(leads, room, 'referrals', count)} {one_line(status, 40) or 'unknown'}"
        for status, count in statuses
    ] + ([more] if more else [])
    if by_status:
        every = Count(tuple(id for count in referrals.by_status.values() for id in count.of))
        lines.append(f"•  {_referrals(leads, every)}, as AWS has them now: {', '.join(by_status)}")
    if referrals.problem:
        lines.append(f"•  Referrals: {sentence(one_line(referrals.problem, _limit(room)))}")
    if lines:
        yield section("attribution", "\n".join(["*Attribution and pipeline*", *lines]))


def _referrals(leads: Leads, every: Count) -> str:
    return link(leads.to("referrals", every), several(every.number, "referral"))


def _pipeline(leads: Leads, one: Pipeline) -> str:
    deals = several(one.deals.number, "deal")
    number = link(leads.to("pipelines", one.deals), deals)
    unknown = f", and {one.unknown:,} without an amount" if one.unknown else ""
    return f"•  {one_line(one.attribution, 60) or 'No attribution'}: {number} worth {one.amount:,}{unknown}"


def _value(summary: Summary, room: Room) -> Iterator[Block]:
    if not summary.efforts:
        return
    shown, more = few(summary.efforts, 2 * _most(room))
    lines = [_effort(one) for one in shown] + ([f"_{more}_"] if more else [])
    yield section("value", "\n".join(["*Steps that people take for one action*", *lines]))
    if any(one.steps_before is not None for one in summary.efforts):
        yield context(
            "assumed",
            "What it takes by hand is this company's own assumption (`baselines` of the configuration), not measured.",
        )


def _effort(one: Effort) -> str:
    now = f"{_figure(one.steps)} steps and {_figure(one.handoffs)} hand-offs"
    said = f"•  {one_line(one.label, 60)} ({one.done.number:,} done): {now}"
    by_hand = [
        text
        for text in (
            None if one.steps_before is None else several(one.steps_before, "step"),
            None if one.handoffs_before is None else several(one.handoffs_before, "hand-off"),
            None if one.minutes_before is None else f"{several(one.minutes_before, 'minute')} of work",
        )
        if text
    ]
    return f"{said}; by hand: {in_words(by_hand)}" if by_hand else f"{said}; no baseline is configured"


def _figure(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _compared(faster: str, than: str) -> str:
    if faster == "no comparison":
        return f"with nothing to compare it with {than}"
    if faster == "as before":
        return f"as {than}"
    return f"{faster} {'as' if faster.endswith('as long') else 'than'} {than}"


def _within(leads: Leads, room: Room, place: str, count: Count) -> str:
    """A part of a number that leads to the same list already: it leads there too where there is room for that."""
    return leads.number(place, count) if room.text >= AMPLE or count.number == 1 else f"{count.number:,}"


def _limit(room: Room) -> int:
    """Characters of one text: the table, not these, is what takes the room."""
    return 40 if room.rows <= 6 else max(60, min(room.text, 150))


def _most(room: Room) -> int:
    """Lines of one list."""
    return 5 if room.rows >= 40 else 3 if room.rows > 12 else 2 if room.rows > 6 else 1


def _paragraph(id: str, said: str, lines: list[str]) -> Block:
    return section(id, listed([said, *lines], len(lines) + 1))
