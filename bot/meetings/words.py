"""A meeting in words: what it is called, when it is, who is busy then, what is still possible, why there is no time."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot import slots
from bot.deal import Deal
from bot.meetings import invitation, people, times
from bot.meetings.draft import Draft
from bot.slots import Guest, Wish

LONGEST_LABEL = 75  # of a choice in Slack


def title(draft: Draft, deal: Deal) -> str:
    """The invitation's title, made from the facts until there is one."""
    return draft.summary or invitation.title(draft.topic, deal)


def agenda(draft: Draft, deal: Deal) -> str:
    """The invitation's text, made from the facts until there is one; a person may have left it empty."""
    return invitation.agenda(draft.topic, deal) if draft.agenda is None else draft.agenda


def told(draft: Draft, start: datetime) -> str:
    """A moment in the zones of all attendees: ``Tue 24 Nov, 10:00 Lisbon / 11:00 Stockholm``."""
    return slots.told(start, draft.zones)


def label(draft: Draft, start: datetime) -> str:
    """The same, as long as a choice may be."""
    full = told(draft, start)
    return full if len(full) <= LONGEST_LABEL else full[: LONGEST_LABEL - 1] + "…"


def headcount(draft: Draft) -> str:
    """``2 people``."""
    count = len(draft.attendees)
    return f"{count} people" if count != 1 else "1 person"


def problems(draft: Draft, deal: Deal) -> list[str]:
    """What speaks against the present time, or why there is none."""
    return busy(draft, deal) if draft.start is not None else [why_none(draft, deal)]


def busy(draft: Draft, deal: Deal) -> list[str]:
    """A sentence for each stretch in which somebody is known to be busy at the present time."""
    return [
        f"{clash.name} is busy {slots.stretch(clash.busy, clash.timezone or draft.timezone)}."
        for clash in times.clashes(draft, deal)
    ]


def instead(draft: Draft, deal: Deal) -> str:
    """The times that are still good; empty when there is none."""
    offers = "; ".join(told(draft, slot.start) for slot in times.offers(draft, deal))
    return f"Still possible: {offers}." if offers else ""


def why_none(draft: Draft, deal: Deal) -> str:
    """Why there is no common time, who is in the way, and how to ask for a wider range."""
    guests, wish = times.guests(draft, deal), times.wish(draft, deal)
    zone = ZoneInfo(draft.timezone)
    first = max(wish.opens.astimezone(zone).date(), draft.earliest or date.min)
    last = min(wish.closes.astimezone(zone).date(), draft.latest or date.max)
    part = f" in the {draft.part_of_day}" if draft.part_of_day else ""
    lead = (
        f"There is no common free time of {draft.minutes} minutes{part} for "
        f"{slots.names([guest.name for guest in guests])} from {slots.day(first)} to {slots.day(last)}."
    )
    why = (
        f"We give {deal.meeting.notice_hours} hours' notice, and nothing is left after that."
        if wish.opens >= wish.closes or first > last
        else _in_the_way(guests, wish)
    )
    who = next((people.name(deal, a).split()[0] for a in draft.attendees if people.theirs(deal, a)), "")
    return f"{lead} {why} Ask for a wider range, such as `/cosell meet {who} in 3 weeks`."


def _in_the_way(guests: Iterable[Guest], wish: Wish) -> str:
    guests = list(guests)
    if not slots.best([_idle(guest) for guest in guests], wish, limit=1):
        return "Their working days leave no room for it."
    taken = [guest for guest in guests if guest.busy]
    alone = [one.name for one in taken if slots.best(_without(guests, one), wish, limit=1)]
    if alone:
        return f"It is {slots.names(alone)} who {'is' if len(alone) == 1 else 'are'} too busy."
    return f"{slots.names([guest.name for guest in taken])} are busy at different times."


def _without(guests: Iterable[Guest], one: Guest) -> list[Guest]:
    return [_idle(guest) if guest.email == one.email else guest for guest in guests]


def _idle(guest: Guest) -> Guest:
    return guest.model_copy(update={"busy": ()})
