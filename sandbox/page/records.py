"""What the systems of record hold, as rows of the page: key → value."""

import itertools
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from bot.deal import Json
from bot.google_calendar.event import KEY
from sandbox.page import faults, records_aws
from sandbox.page.records_acts import ACTS, EDITABLE, editors
from sandbox.page.records_ledger import LedgerWatch
from sandbox.salesforce.schema import STAGES
from sandbox.salesforce.values import moment
from sandbox.server import Request
from sandbox.world import World

__all__ = ["ACTS", "rows"]
REQUESTS = 200
"""Of all stand-ins together, the newest so many are shown."""
HISTORY = 50
"""Of each opportunity, the newest so many changes are shown."""
_SHOWN = (
    *("NextStep", "Probability", "Type", "AWS_Monthly_Revenue__c", "P2B_Score__c", "P2B_Score_Date__c"),
    *("Partner_of_Record__c", "Partner_Attribution__c", "ACE_Opportunity_Id__c", "ACE_Status__c"),
)
_guard = threading.Lock()


def rows(world: World) -> dict[str, Json]:
    """Everything that the panel shows of this world.

    ``salesforce:<id>`` and ``org``; ``aws:<id>`` and ``invitation:<id>``; ``event:<email>:<id>`` and ``calendars``;
    ``ledger`` and ``entry:<seq>``; ``request:<n>``; ``faults`` and ``processes``.
    """
    with _guard:
        watch = _watches.get(world) or _watches.setdefault(world, _Watch(world.seed, _book(world)))
        return watch.rows(world)


def _book(world: World) -> frozenset[str]:
    return frozenset(row["Id"] for row in world.book.opportunities)


class _Watch:
    """What is kept of a world from one look to the next, so that what did not change is not read again."""

    def __init__(self, seed: Mapping[str, Any], book: frozenset[str]) -> None:
        self._calendars, self._names = _people(seed)
        self._book = book  # ids of deals by the thousand, of which those are shown that changed
        self._opportunities: dict[str, tuple[Any, Json]] = {}  # a row of the org, and what is shown of it
        self._ledger: LedgerWatch | None = None
        self._numbers = itertools.count(1)
        self._newest: dict[str, Request] = {}  # of each stand-in, as far as it was read
        self._requests: deque[tuple[int, str, Request]] = deque(maxlen=REQUESTS)

    def rows(self, world: World) -> dict[str, Json]:
        """All rows, as they are now."""
        return {
            "calendars": self._calendars,
            "faults": faults.switches(world),
            "processes": faults.processes(world),
            **dict(self._salesforce(world)),
            **dict(records_aws.rows(world)),
            **dict(self._events(world)),
            **self._ledger_rows(world),
            **dict(self._asked(world)),
        }

    # -- Salesforce -----------------------------------------------------------------------------------------
    def _salesforce(self, world: World) -> Iterator[tuple[str, Json]]:
        with world.salesforce.records.guard:
            yield "org", {"stages": list(STAGES), "fields": dict(EDITABLE), "editors": editors(world)}
            for id, record in world.salesforce.records.rows["Opportunity"].items():
                if record["IsDeleted"] or (id in self._book and not world.salesforce.records.history(id)):
                    continue
                known = self._opportunities.get(id)
                if known is None or known[0] is not record:  # a row that changes is replaced
                    known = self._opportunities[id] = (record, _opportunity(world, record))
                yield f"salesforce:{id}", known[1]

    # -- calendars ------------------------------------------------------------------------------------------
    def _events(self, world: World) -> Iterator[tuple[str, Json]]:
        seen = {
            email: [
                event
                for event in world.calendar.diary(email)
                if event["status"] != "cancelled" and "dateTime" in event["start"]
            ]
            for email in world.calendar.people()
        }
        made = {event["id"] for events in seen.values() for event in events if _key(event)}
        for email, events in seen.items():
            for event in events:
                yield f"event:{email}:{event['id']}", self._event(email, event, event["id"] in made)

    def _event(self, email: str, event: Mapping[str, Any], made: bool) -> Json:
        return {
            "id": event["id"],
            "email": email,
            "summary": event.get("summary", "Busy"),
            "start": event["start"]["dateTime"],
            "end": event["end"]["dateTime"],
            "created": event["created"],
            "organizer": event["organizer"]["email"],
            "free": event.get("transparency") == "transparent",
            "made_by_us": made,
            "link": event.get("hangoutLink"),
            "guests": [
                {
                    "email": guest["email"],
                    "name": self._names.get(guest["email"].lower(), guest["email"]),
                    "answer": guest["responseStatus"],
                }
                for guest in event.get("attendees", ())
            ],
        }

    # -- ledger and requests --------------------------------------------------------------------------------
    def _ledger_rows(self, world: World) -> dict[str, Json]:
        if self._ledger is None:
            self._ledger = LedgerWatch(world.redis_port)
        return self._ledger.rows(running=world.redis is not None)

    def _asked(self, world: World) -> Iterator[tuple[str, Json]]:
        fresh = [pair for system in faults.SYSTEMS for pair in self._fresh(world, system)]
        fresh.sort(key=lambda pair: pair[1].at)
        self._requests.extend((next(self._numbers), system, request) for system, request in fresh)
        for number, system, request in self._requests:
            yield (
                f"request:{number}",
                {
                    "system": system,
                    "at": request.at,
                    "method": request.method,
                    "what": request.operation or request.path.partition("?")[0],
                    "status": request.status,
                    "ms": round(request.seconds * 1000),
                    "lost": request.cut,
                },
            )

    def _fresh(self, world: World, system: str) -> list[tuple[str, Request]]:
        """The requests that came since the last look."""
        logged = list(faults.stand_in(world, system).requests)
        last = self._newest.get(system)
        back = itertools.takewhile(lambda request: request is not last, reversed(logged))
        new = list(itertools.islice(back, REQUESTS))
        if new:
            self._newest[system] = new[0]
        return [(system, request) for request in new]


_watches: WeakKeyDictionary[World, _Watch] = WeakKeyDictionary()


def _people(seed: Mapping[str, Any]) -> tuple[list[Json], dict[str, str]]:
    """Whose calendars there are, and everybody's name by address."""
    team = {member["Email"].lower(): member for member in seed["aws"].get("team", ())}
    names = {email: f"{member['FirstName']} {member['LastName']}" for email, member in team.items()}
    names |= {user["email"].lower(): user["real_name"] for user in seed["slack"]["users"]}
    calendars: list[Json] = [
        {
            "email": email,
            "name": names.get(email.lower(), email),
            "zone": about["timezone"],
            "ours": email.lower() not in team,
            "shared": not about.get("hidden", False),
        }
        for email, about in seed["calendar"].items()
    ]
    return calendars, names


def _opportunity(world: World, record: Mapping[str, Any]) -> Json:
    records = world.salesforce.records
    users, accounts = records.rows["User"], records.rows["Account"]
    fields = records.types["Opportunity"].fields
    names = {user["Username"]: user["Name"] for user in users.values()}
    history = records.history(record["Id"])[::-1]
    return {
        "id": record["Id"],
        "name": record["Name"],
        "account": accounts[record["AccountId"]]["Name"] if record["AccountId"] in accounts else "",
        "owner": users[record["OwnerId"]]["Name"],
        "stage": record["StageName"],
        "amount": record["Amount"],
        "close": record["CloseDate"],
        "fields": [
            {"name": name, "label": fields[name].label, "value": record.get(name)}
            for name in _SHOWN
            if name in fields
        ],
        "changed_by": users[record["LastModifiedById"]]["Name"],
        "changed_at": moment(record["LastModifiedDate"]).isoformat(),
        "changes": len(history),
        "history": [
            {
                "who": names.get(change["who"], change["who"]),
                "when": moment(change["when"]).isoformat(),
                "field": fields[change["field"]].label if change["field"] in fields else change["field"],
                "old": change["old"],
                "new": change["new"],
            }
            for change in history[:HISTORY]
        ],
    }


def _key(event: Mapping[str, Any]) -> bool:
    """Whether the bot left its key in an event; only the organizer's copy has it."""
    return KEY in event.get("extendedProperties", {}).get("private", {})
