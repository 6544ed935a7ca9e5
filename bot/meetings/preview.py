"""A meeting as a card shows it: each value with where it comes from, good times, and what a person should know."""

from collections.abc import Iterator, Mapping, Sequence

from bot import slots
from bot.action import Change, Finding, Option
from bot.deal import Deal, Fact, Interval
from bot.meetings import invitation, people, times, words
from bot.meetings.draft import Draft
from bot.slots import Guest

EDITED = "edited on the card"
UNCHECKED = "not checked"
SAID = "said in the request"
TERMS = "our meeting terms"


def headline(draft: Draft, deal: Deal) -> str:
    """How many are invited to what, and when."""
    return f"Invite {words.headcount(draft)} to “{words.title(draft, deal)}”: {_told(draft)}"


# -- what will be sent -------------------------------------------------------------------------------------------
def changes(draft: Draft, deal: Deal) -> tuple[Change, ...]:
    """One line for each value of the invitation; nothing is in the calendar before, so ``before`` is None."""
    given = [*([SAID] if draft.topic else []), *_read(deal.facts.get("account"))]
    facts = [*given, *_read(deal.facts.get("next_step"))]
    title, agenda = words.title(draft, deal), words.agenda(draft, deal)
    own_title = title != invitation.title(draft.topic, deal)
    own_agenda = agenda != invitation.agenda(draft.topic, deal)
    who = ", ".join(people.called(deal, address) for address in draft.attendees)

    def change(name: str, label: str, after: str, source: str) -> Change:
        return Change(name=name, label=label, before=None, after=after, source=source, as_of=deal.as_of)

    return (
        change("summary", "Title", title, EDITED if own_title else _joined(given)),
        _when(draft, deal),
        change("attendees", "Who", who, _whence(draft, deal)),
        change("minutes", "Length", f"{draft.minutes} minutes", _length_source(draft, deal)),
        change("conference", "Video call", "yes" if draft.conference else "no", TERMS),
        change("agenda", "Description", agenda, EDITED if own_agenda else _joined(facts)),
    )


def _when(draft: Draft, deal: Deal) -> Change:
    """The time; its basis says who is busy, else who was not checked, which stays when they can be read later on."""
    return Change(
        name="when",
        label="When",
        before=None,
        after=_told(draft),
        source=_time_source(draft, deal),
        basis=" ".join(words.busy(draft, deal)) or _unchecked(draft, deal),
        as_of=deal.availability.as_of if deal.availability is not None else deal.as_of,
    )


def _time_source(draft: Draft, deal: Deal) -> str:
    checked = [guest.name for guest in times.guests(draft, deal, draft.when) if guest.busy is not None]
    if checked:
        return f"free/busy of {slots.names(checked)}"
    # No semicolon: a card takes what stands between semicolons for several sources.
    return (
        f"{UNCHECKED} yet: calendars are read on approval"
        if times.is_unread(draft, deal)
        else "working hours, no calendar is known"
    )


def _unchecked(draft: Draft, deal: Deal) -> str:
    if not draft.unchecked:
        return "no clash"
    if set(draft.unchecked) == set(draft.attendees):
        return UNCHECKED
    return (
        f"no clash; {UNCHECKED}: {slots.names([people.name(deal, address) for address in draft.unchecked])}"
    )


def _length_source(draft: Draft, deal: Deal) -> str:
    if draft.minutes == draft.minutes_said:
        return SAID
    return TERMS if draft.minutes == deal.meeting.minutes else EDITED


def _told(draft: Draft) -> str:
    return words.told(draft, draft.when.start) if draft.when is not None else "no common free time found"


def _whence(draft: Draft, deal: Deal) -> str:
    if not draft.partners_open:
        return "named in the request or on the card"
    team = {mate.email.lower() for mate in deal.referral.team} if deal.referral is not None else set()
    if deal.referral is not None and any(address.lower() in team for address in draft.attendees):
        return f"Salesforce · Owner; AWS Partner Central · team of {deal.referral.id}"
    return "Salesforce · Owner; the partner's people in our configuration"


def _read(fact: Fact | None) -> list[str]:
    return [f"{fact.system} · {fact.label}"] if fact is not None and fact.value else []


def _joined(sources: Sequence[str]) -> str:
    return "; ".join(sources) or "the opportunity"


# -- what to choose and to know ----------------------------------------------------------------------------------
def findings(draft: Draft, deal: Deal) -> tuple[Finding, ...]:
    """Whatever speaks against the present time."""
    return tuple(
        Finding(name="slot", label="Time", problem=problem, edit="Choose another time.")
        for problem in words.problems(draft, deal)
    )


def options(draft: Draft, deal: Deal) -> tuple[Option, ...]:
    """Up to three good times, with why."""
    return tuple(
        Option(value=slot.start.isoformat(), label=words.label(draft, slot.start), why=slot.why)
        for slot in times.offers(draft, deal)
    )


def notes(draft: Draft, deal: Deal) -> tuple[str, ...]:
    """What a person should know before approving: whose time is not checked, for whom it is a bad time."""
    guests = times.guests(draft, deal, draft.when)
    return (
        *_unknown(guests, deal, times.is_unread(draft, deal)),
        *_drawbacks(draft, deal, guests),
        "The invitation goes out at once, from the calendar of whoever approves.",
    )


def _unknown(guests: Sequence[Guest], deal: Deal, unread: bool) -> Iterator[str]:
    reasons: Mapping[str, str] = {}
    if deal.availability is not None:
        reasons = {calendar.lower(): why for calendar, why in deal.availability.unknown.items()}
    for guest in guests:
        calendar = people.calendar(deal, guest.email)
        if guest.busy is None and not (unread and calendar):
            why = reasons.get((calendar or "").lower())
            how = "was not read for this time yet" if calendar else "is not shared with us"
            if why:
                how = f"could not be read ({why.rstrip('.')})"
            yield f"{guest.name}'s calendar {how}: their time is not checked."
        if guest.timezone is None:
            yield f"{guest.name} is not in our configuration: their working hours are not known."
    partners = [guest for guest in guests if guest.partner]
    if partners and all(guest.busy is None for guest in partners) and not unread:
        yield "No calendar on the partner's side is known, so this time suits our side only: ask them."


def _drawbacks(draft: Draft, deal: Deal, guests: Sequence[Guest]) -> Iterator[str]:
    when = draft.when
    if when is None:
        return
    yield from slots.off_hours(guests, when)
    if times.is_short_notice(draft, deal):
        yield f"This is less than {deal.meeting.notice_hours} hours away."
    around = Interval(start=when.start - draft.margin, end=when.end + draft.margin)
    near = slots.clashes(guests, around)
    if near and not times.clashes(draft, deal):
        close = slots.names(list(dict.fromkeys(clash.name for clash in near)))
        yield f"Less than {draft.buffer_minutes} minutes are left beside other meetings of {close}."
