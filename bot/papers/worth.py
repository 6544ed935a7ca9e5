"""The sections of a report about what came of it: attribution, referrals, effort, and the ledger's own state."""

from bot.history import ChainState
from bot.papers.behind import Behind, named, reason
from bot.papers.counting import text
from bot.papers.values import Cell, Section, Table
from bot.summaries import Effort, Summary
from bot.summaries.words import duration, moment, several


def attribution(summary: Summary, behind: Behind) -> Section:
    """The deals on which something was done that carries an attribution, and what they are worth."""
    title = "Attribution"
    if not summary.pipelines:
        return Section("attribution", title, ("Nothing that was done carries an attribution.",))
    rows = tuple(
        (
            Cell(named(pipeline.attribution)),
            behind.number(pipeline.deals, f"Deals, {named(pipeline.attribution)}"),
            behind.number(pipeline.deals, f"Deals, {named(pipeline.attribution)}", f"{pipeline.amount:,}"),
            text(f"{pipeline.unknown:,}"),
        )
        for pipeline in summary.pipelines
    )
    headings = ("Attribution", "Deals", "Amount", "Deals of unknown amount")
    said = "Each deal counts once, with its amount when the action was decided, in the currency of the org."
    return Section("attribution", title, (said,), (Table("Pipeline by attribution", headings, rows),))


def referrals(summary: Summary, behind: Behind) -> Section:
    """Everything that was ever submitted, by what AWS says of it now."""
    title = "Referrals"
    if summary.referrals.problem:
        return Section("referrals", title, (f"This cannot be said now: {reason(summary.referrals.problem)}",))
    if not summary.referrals.by_status:
        return Section("referrals", title, ("No referral was ever submitted by this bot.",))
    rows = tuple(
        (Cell(named(status, "no status")), behind.number(count, f"Referrals, {named(status, 'no status')}"))
        for status, count in summary.referrals.by_status.items()
    )
    said = "Everything that this bot ever submitted, whenever that was, by what AWS says of it now."
    return Section(
        "referrals", title, (said,), (Table("By review status", ("Review status", "Referrals"), rows),)
    )


def value(summary: Summary, behind: Behind) -> Section:
    """What people did, against the manual procedure."""
    title = "What people did, against the manual procedure"
    if not summary.efforts:
        return Section("value", title, ("Nothing was done, so there is nothing to compare.",))
    headings = (
        "Action",
        "Done",
        "Steps of people, each",
        "by hand (assumed)",
        "Hand-offs, each",
        "by hand (assumed)",
        "Work by hand, each (assumed)",
        "Signal to verified, median",
    )
    rows = tuple(_effort(effort, behind) for effort in summary.efforts)
    said = (
        "What the manual procedure takes was not measured: it is this company's own assumption, from the baselines in "
        "its configuration. What people did here is counted: asking, editing, approving, overriding.",
        "The median is time that passed, not work; the minutes by hand are work.",
    )
    return Section("value", title, said, (Table("Effort by kind of action", headings, rows),))


def chain(summary: Summary) -> Section:
    """What is known of the ledger that all of this rests on."""
    state, zone = summary.chain, summary.period.zone
    said = [f"The ledger has {several(state.entries, 'entry', 'entries')}. Its head is {state.head or '–'}."]
    unread = state.entries - state.read
    if state.sound and unread > 0:
        said.append(
            f"{several(unread, 'entry is', 'entries are')} not read yet; the figures lack what they say."
        )
    if state.sound and state.walk is not None:
        said.append(
            f"Verified: on {moment(state.walk.at, zone)} the chain was walked from its first entry, over "
            f"{several(state.walk.entries, 'entry', 'entries')}, and each follows from the one before."
        )
    elif state.sound:
        said.append(
            "Not verified yet: the chain was never walked from its first entry. Of the "
            f"{several(state.read, 'entry that was', 'entries that were')} read, each follows from the one before."
        )
    return Section("chain", "The ledger's chain", tuple(said), alarm=broken(state))


def broken(state: ChainState) -> str:
    """What must be said of a chain that is not as it was written; empty where it is."""
    flaw = state.flaw or (state.walk.flaw if state.walk is not None else None)
    if flaw is None:
        return ""
    return (
        f"THE LEDGER'S CHAIN IS BROKEN at entry {flaw.seq:,}: {reason(flaw.what)}. What this report says may be "
        "wrong. Do not rely on it until this is explained."
    )


def _effort(effort: Effort, behind: Behind) -> tuple[Cell, ...]:
    missing = "no baseline"
    return (
        Cell(named(effort.label)),
        behind.number(effort.done, f"{named(effort.label)}: done"),
        text(f"{effort.steps:.1f}"),
        text(missing if effort.steps_before is None else f"{effort.steps_before:,}"),
        text(f"{effort.handoffs:.1f}"),
        text(missing if effort.handoffs_before is None else f"{effort.handoffs_before:,}"),
        text(missing if effort.minutes_before is None else f"{effort.minutes_before:,} min"),
        text(duration(effort.whole.median)),
    )
