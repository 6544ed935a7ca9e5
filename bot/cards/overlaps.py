"""How our accounts and a partner's list overlap, and what was taken of a list."""

from collections.abc import Iterator, Sequence

from bot.cards.blocks import Block, Card, Room, actions, button, context, few, fitted, header, listed, section
from bot.cards.text import code, is_user, link, mention, one_line, plain, when
from bot.clients import OpenDeal, Segment
from bot.overlap import Fate, Overlap
from bot.partner_lists import PartnerList

_ROWS = {
    "Our customers": Segment.CUSTOMER,
    "Open deals": Segment.OPEN_DEAL,
    "Prospects": Segment.PROSPECT,
}
_DEALS = 10
_REASONS = 5


def matching(label: str, theirs: int, ours: int | None) -> Card:
    """What is shown while two lists are matched; ``ours`` is None while our side is still being read."""
    side = "our accounts" if ours is None else f"{ours:,} accounts of ours"
    said = f":hourglass_flowing_sand:  Matching {theirs:,} companies of {one_line(label, 80)}'s list with {side}…"
    return fitted(said, lambda room: [section("matching", said)])


def overlap(label: str, found: Overlap, *, csv: bool) -> Card:
    """The counts, how they add up, the largest deals, and where each side comes from; ``csv`` offers the whole."""

    def draw(room: Room) -> Iterator[Block]:
        yield header(f"Overlap with {plain(label, 80)}")
        yield section("table", f"```{_table(found)}```")
        yield section("sums", _sums(found))
        if found.deals:
            shown, more = few(found.deals, min(_DEALS, room.rows))
            lines = [_deal(deal, found.site, min(room.text, 100)) for deal in shown]
            title = "*Largest open deals of the sure ones*"
            yield section("deals", listed([title, *lines], len(lines) + 1))
            if more:
                yield context("more", more)
        yield context("sources", _source(found.about, room), f"Our side was read {when(found.read_at)}")
        if csv:
            about = f"The overlap with {plain(label, 40)}, line by line"
            yield actions(
                "whole", [button("CSV", "cosell.overlap_csv", found.about.partner[:200], about=about)]
            )
        else:
            ask = code(f"/cosell overlap {plain(found.about.partner, 40)}")
            yield context("whole", f"{ask} in a channel of our own people alone gives the whole as CSV.")
        yield context("next", _next(found))

    return fitted(f"Overlap with {one_line(label, 80)}. {_in_words(found)}", draw)


def taken(
    label: str, about: PartnerList, problems: Sequence[str], found: Overlap | None, *, outsiders: bool
) -> Card:
    """What was taken of a list and what was left out; the counts, once they are known and no outsider reads them."""
    said = f"I have taken {about.companies:,} {_companies(about.companies)} as {one_line(label, 80)}'s list."

    def draw(room: Room) -> Iterator[Block]:
        yield section("taken", f":inbox_tray:  {said} It stands until another one takes its place.")
        if problems:
            yield section("left_out", _left_out(problems, room))
        if found is not None and not outsiders:
            yield section("table", f"```{_table(found)}```")
            yield section("sums", _sums(found))
        yield context("sources", _source(about, room))
        yield context("next", _what_next(about.partner, outsiders))

    counts = f" {_in_words(found)}" if found is not None and not outsiders else ""
    left = f" {len(problems):,} left out." if problems else ""
    return fitted(f"{said}{left}{counts}", draw)


def _table(found: Overlap) -> str:
    """Accounts of ours by what they are to us, in a fixed-width font."""
    lines = [f"{'Our accounts':<15}{'sure':>9}{'to review':>12}"]
    for title, segment in _ROWS.items():
        sure, review = (found.accounts.get((segment, fate), 0) for fate in (Fate.SURE, Fate.REVIEW))
        lines.append(f"{title:<15}{sure:>9,}{review:>12,}")
    lines.append(f"{'Together':<15}{found.matched(Fate.SURE):>9,}{found.matched(Fate.REVIEW):>12,}")
    return "\n".join(lines)


def _sums(found: Overlap) -> str:
    """How each side's numbers add up to its own total."""
    fates, sure, review = found.fates(), found.matched(Fate.SURE), found.matched(Fate.REVIEW)
    theirs = (
        f"*Theirs*: {len(found.lines):,} lines = {fates.get(Fate.SURE, 0):,} sure + "
        f"{fates.get(Fate.REVIEW, 0):,} to review + {fates.get(Fate.NONE, 0):,} not matched + "
        f"{fates.get(Fate.TWICE, 0):,} left out because an earlier line is the same."
    )
    ours = (
        f"*Ours*: {found.ours:,} accounts = {sure:,} sure + {review:,} to review + "
        f"{found.ours - sure - review:,} not in their list."
    )
    why = (
        "Each line of theirs counts once, with the account that it resembles most. Each account counts once, under the "
        "best of its matches: a customer where an opportunity was won, else an open deal, else a prospect."
    )
    return "\n".join((theirs, ours, why))


def _in_words(found: Overlap) -> str:
    rows = []
    for title, segment in _ROWS.items():
        sure, review = (found.accounts.get((segment, fate), 0) for fate in (Fate.SURE, Fate.REVIEW))
        rows.append(f"{title}: {sure:,} sure, {review:,} to review.")
    return " ".join(rows)


def _deal(deal: OpenDeal, site: str, limit: int) -> str:
    address = f"{site}/lightning/r/Opportunity/{deal.id}/view" if site else None
    amount = "no amount" if deal.amount is None else f"{deal.amount:,.0f}"
    about = "  ·  ".join(s for s in (one_line(deal.account, limit), amount, one_line(deal.stage, 60)) if s)
    return f"• {link(address, deal.name or deal.id, limit)}  ·  {about}"


def _source(about: PartnerList, room: Room) -> str:
    by = f" of {mention(about.by)}" if is_user(about.by) else ""
    return f"Their side: {one_line(about.source, min(room.text, 200))}{by}, {when(about.at)}"


def _next(found: Overlap) -> str:
    ask = code("/cosell match <account>")
    if found.matched(Fate.REVIEW):
        return f"{ask} shows those to review, one account at a time; what you say there beats the score from then on."
    return f"{ask} shows what stands behind one account."


def _left_out(problems: Sequence[str], room: Room) -> str:
    shown = [f"• {one_line(problem, min(room.text, 250))}" for problem in problems]
    return listed([f"*{len(problems):,} {_lines(len(problems))} left out*", *shown], _REASONS + 1)


def _what_next(partner: str, outsiders: bool) -> str:
    ask = code(f"/cosell overlap {plain(partner, 40)}")
    if outsiders:
        return f"{ask}, in a channel of our own people alone, shows how it overlaps with our accounts."
    return f"{ask} shows the largest deals and gives the whole as CSV; {code('/cosell match <account>')} one account."


def _companies(number: int) -> str:
    return "company" if number == 1 else "companies"


def _lines(number: int) -> str:
    return "line was" if number == 1 else "lines were"
