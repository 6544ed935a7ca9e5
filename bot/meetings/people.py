"""Who comes to a joint meeting: our people and the partner's, as the facts of a deal give them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.deal import Deal, Interval, Person
from bot.errors import Refused
from bot.slots import Guest, names

MOST_PEOPLE = 30
MOST_CALENDARS = 50  # in one free/busy query (Google Calendar API reference, Freebusy: query)

_ADDRESS = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\"()]+")


def resolved(deal: Deal, words: str) -> str:
    """The address of somebody named by e-mail, mention, full name, or a name that only one person has."""
    wanted = words.strip().casefold()
    if _ADDRESS.fullmatch(wanted):
        return spelled(deal, wanted)
    for known_as in (_mention, _full_name, _names):
        found = [person for person in deal.team if wanted in known_as(person)]
        if len(found) == 1:
            return found[0].email
        if found:
            raise Refused(f"“{words.strip()}” is more than one person. Use the e-mail address.")
    raise Refused(f"“{words.strip()}” is nobody I know. Use the e-mail address.")


def _mention(person: Person) -> tuple[str, ...]:
    return (f"<@{person.slack}>".casefold(),) if person.slack else ()


def _full_name(person: Person) -> tuple[str, ...]:
    return (person.name.casefold(),)


def _names(person: Person) -> tuple[str, ...]:
    return (*person.name.casefold().split(), person.email.casefold().partition("@")[0])


def spelled(deal: Deal, address: str) -> str:
    """The address as the configuration writes it."""
    person = deal.person(address)
    return person.email if person is not None else address.lower()


def owner(deal: Deal) -> str:
    """The owner's address: the configured one, since a Salesforce sandbox disfigures the addresses of its users."""
    person = deal.owner_person
    return person.email if person is not None else deal.owner.email


def customer(deal: Deal, address: str) -> bool:
    """Whether this is a contact of the customer."""
    return any((contact.email or "").lower() == address.lower() for contact in deal.contacts)


def theirs(deal: Deal, address: str) -> bool:
    """Whether somebody is of the partner: as configured, else neither of our domain nor a contact of the customer."""
    person = deal.person(address)
    if person is not None:
        return person.outsider
    same_domain = address.lower().rpartition("@")[2] == owner(deal).lower().rpartition("@")[2]
    return not same_domain and not customer(deal, address)


def partners(deal: Deal) -> list[str]:
    """AWS's people of the referral whom we know; else the partner's people with a calendar; else any of them."""
    outsiders = [person for person in deal.team if person.outsider]
    if deal.referral is not None:
        team = {mate.email.lower() for mate in deal.referral.team}
        if on_referral := [person.email for person in outsiders if person.email.lower() in team]:
            return on_referral
    # Never one partner's people on another partner's deal.
    if len({person.company for person in outsiders}) > 1:
        of_record = str(deal.value("partner_of_record") or deal.referring.partner_of_record)
        outsiders = [p for p in outsiders if (p.company or "").casefold() == of_record.casefold()]
    return [p.email for p in outsiders if p.calendar] or [p.email for p in outsiders]


def following(deal: Deal, attendees: tuple[str, ...]) -> dict[str, Any]:
    """The fields that follow from who comes."""
    people = [deal.person(address) for address in attendees]
    calendars = [calendar(deal, address) for address in attendees]
    return {
        "attendees": attendees,
        "organizer": owner(deal),
        "timezone": zone_of(deal, attendees),
        "calendars": once(calendar for calendar in calendars if calendar),
        "zones": once(person.timezone for person in people if person is not None)
        or (zone_of(deal, attendees),),
    }


def all_calendars(deal: Deal, attendees: tuple[str, ...]) -> tuple[str, ...]:
    """Also those of the partner's other people: who is on the referral is read together with the calendars."""
    own = [calendar(deal, address) for address in attendees]
    others = [person.calendar for person in deal.team if person.outsider]
    return once(calendar for calendar in (*own, *others) if calendar)[:MOST_CALENDARS]


def calendar(deal: Deal, address: str) -> str | None:
    """The calendar to ask for; None for a configured person who shares none with us."""
    person = deal.person(address)
    return address if person is None else person.calendar


def zone_of(deal: Deal, attendees: tuple[str, ...]) -> str:
    """The owner's zone, else that of the first attendee who has one."""
    known = [deal.owner_person, *(deal.person(address) for address in attendees)]
    return next((person.timezone for person in known if person is not None), "UTC")


def guest(deal: Deal, address: str, known: Mapping[str, tuple[Interval, ...]]) -> Guest:
    """An attendee as far as they are known; ``known`` holds busy time by calendar, lower case."""
    person: Person | None = deal.person(address)
    busy = known.get((calendar(deal, address) or "").lower())
    partner = theirs(deal, address)
    if person is None:
        return Guest(name=name(deal, address), email=address, partner=partner, busy=busy)
    return Guest(
        name=person.name,
        email=address,
        partner=partner,
        timezone=person.timezone,
        country=person.country,
        subdivision=person.subdivision,
        workday_starts=person.workday_starts,
        workday_ends=person.workday_ends,
        busy=busy,
    )


def name(deal: Deal, address: str) -> str:
    """The name of a configured person, else the address."""
    person = deal.person(address)
    return person.name if person is not None else address


def called(deal: Deal, address: str) -> str:
    """The name with the company, where it is another one."""
    person = deal.person(address)
    return (
        f"{person.name} ({person.company})" if person is not None and person.company else name(deal, address)
    )


def addresses(answer: str, deal: Deal, problems: dict[str, str]) -> list[str]:
    """The addresses in an answer, lower case; adds to ``problems`` what is wrong with them."""
    people = list(dict.fromkeys(part.lower() for part in _parts(answer)))
    wrong = [f"“{part}”" for part in _parts(answer) if not _ADDRESS.fullmatch(part)]
    if wrong:
        what = "is not an e-mail address" if len(wrong) == 1 else "are not e-mail addresses"
        problems["attendees"] = f"{names(wrong)} {what}."
    elif not any(theirs(deal, address) for address in people):
        problems["attendees"] = "Nobody of the partner is invited. Add at least one of their addresses."
    elif len(people) > MOST_PEOPLE:
        problems["attendees"] = f"At most {MOST_PEOPLE} people can be invited."
    return people


def _parts(answer: str) -> Iterator[str]:
    """What stands between commas, semicolons and line ends; addresses with only blanks between them one by one."""
    for part in filter(None, (" ".join(part.split()) for part in re.split(r"[,;\n]", answer))):
        yield from part.split() if all(map(_ADDRESS.fullmatch, part.split())) else [part]


def once(values: Iterable[str]) -> tuple[str, ...]:
    """The values without repetition, upper and lower case alike, in their order."""
    return tuple({value.lower(): value for value in reversed(list(values))}.values())[::-1]
