"""People, deals and channels as Cedar's entities: the facts that policies speak of, and nothing more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.deal import Frozen, Json, Person, System
from bot.policy.cedar import NAMESPACE, Request
from bot.proposal import Approver, Stake

OURS = "ours"
OF_THEIR_OWN = (System.SALESFORCE, System.CALENDAR)
"""Systems in which a write is made by the person's own user; AWS knows our account, and the person as its source."""


class Profile(Frozen):
    """What Slack says about a user."""

    id: str
    team: str
    guest: bool
    bot: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody, as far as the policies care."""

    id: str  # Slack user id
    name: str
    company: str  # "ours", or another's name
    configured: bool = True
    active: bool = True
    guest: bool = False
    automated: bool = False
    accounts: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Place(Frozen):
    """A channel, as far as the policies care."""

    id: str = ""
    shared: bool = False
    partner_may_propose: bool = False


class Recorded(Frozen):
    """What was recorded of one action, as far as the policies care."""

    kind: str
    partner: str = ""  # in lower case
    people: tuple[str, ...] = ()  # Slack ids: whose deal it was, who asked, who approved
    managers: tuple[str, ...] = ()  # Slack ids of those whom its seller reports to


def accounts_of(salesforce: str | None, calendar: str | None) -> tuple[str, ...]:
    """The systems in which somebody has a user, by the names people know."""
    has = {System.SALESFORCE: salesforce, System.CALENDAR: calendar}
    return tuple(str(system) for system in System if has.get(system) or system not in OF_THEIR_OWN)


def standing_of(
    user: str, person: Person | None, profile: Profile | None, team: str, roles: Iterable[str] = ()
) -> Standing:
    """Somebody by what the configuration and Slack say of them; ``team`` is our own workspace."""
    ours = profile is not None and bool(team) and profile.team == team
    outsider = person is not None and person.outsider
    theirs = (person.company if person else None) or (profile.team if profile else "") or "unknown"
    return Standing(
        id=user,
        name=person.name if person else user,
        company=OURS if ours and not outsider else theirs,
        configured=person is not None,
        active=profile is not None and not profile.deleted,
        guest=profile is not None and profile.guest,
        automated=profile is not None and profile.bot,
        accounts=accounts_of(person.salesforce, person.calendar) if person else (),
        roles=tuple(dict.fromkeys([*([str(person.role)] if person else []), *roles])),
    )


def standing_then(approver: Approver, ours: bool) -> Standing:
    """An approver as they were found when the card was drawn; ``ours``: they act from our workspace."""
    return Standing(
        id=approver.slack,
        name=approver.name,
        company=OURS if ours else "unknown",
        accounts=accounts_of(approver.salesforce, approver.calendar),
        roles=approver.roles,
    )


# -- requests -----------------------------------------------------------------------------------------------
def of_deal(
    who: Standing | None,
    kind: str,
    verb: str,
    opportunity: str,
    stake: Stake,
    place: Place,
    context: Mapping[str, Json],
) -> Request:
    """Somebody, or the bot itself, and one verb of one kind of action on an opportunity."""
    return Request(
        principal=_uid("Person", who.id) if who else _uid("Service", "cosell"),
        action=f"{kind}:{verb}",
        resource=_uid("Opportunity", opportunity),
        context={"channel": _ref("Channel", place.id), **context},
        entities=(
            *([_person(who)] if who else []),
            _opportunity(opportunity, stake),
            _channel(place),
        ),
    )


def of_field(who: Standing, kind: str, name: str, sensitivity: str, place: Place) -> Request:
    """Somebody who would see one value of an action."""
    field = _uid("Field", f"{kind}.{name}")
    return Request(
        principal=_uid("Person", who.id),
        action=f"{kind}:see",
        resource=field,
        context={"channel": _ref("Channel", place.id)},
        entities=(
            _person(who),
            {"uid": field, "attrs": {"sensitivity": sensitivity}, "parents": []},
            _channel(place),
        ),
    )


def of_record(who: Standing, recorded: Recorded) -> Request:
    """Somebody who would read what was recorded of an action."""
    record = _uid("Record", recorded.kind)
    return Request(
        principal=_uid("Person", who.id),
        action="read",
        resource=record,
        context={},
        entities=(
            _person(who),
            {
                "uid": record,
                "attrs": {
                    "kind": recorded.kind,
                    "partner": _ref("Partner", recorded.partner),
                    "people": [_ref("Person", id) for id in recorded.people],
                    "managers": [_ref("Person", id) for id in recorded.managers],
                },
                "parents": [],
            },
        ),
    )


def of_bot(who: Standing, verb: str) -> Request:
    """Somebody and something that concerns the bot as a whole."""
    return Request(
        principal=_uid("Person", who.id),
        action=verb,
        resource=_uid("Company", OURS),
        context={},
        entities=(_person(who),),
    )


def deciding(stake: Stake, system: System, proposer: str | None, signed_in: bool) -> dict[str, Json]:
    """The context in which a person decides."""
    return {
        "system": str(system),
        "signed_in": signed_in,
        "first_referral": stake.first_referral,
        "batch": stake.batch,
        **({"proposer": _ref("Person", proposer)} if proposer else {}),
    }


def executing(
    stake: Stake,
    system: System,
    proposer: str | None,
    approvers: Iterable[Approver],
    signed_in: bool,
    overridden: bool,
) -> dict[str, Json]:
    """The context in which the bot writes."""
    known = {approver.slack: approver for approver in approvers}
    return {
        **deciding(stake, system, proposer, signed_in),
        "approvers": [_ref("Person", id) for id in sorted(known)],
        "roles": sorted({role for approver in known.values() for role in approver.roles}),
        "count": len(known),
        "overridden": overridden,
    }


def _uid(kind: str, id: str) -> dict[str, str]:
    return {"type": f"{NAMESPACE}::{kind}", "id": id}


def _ref(kind: str, id: str) -> dict[str, Any]:
    return {"__entity": _uid(kind, id)}


def _person(who: Standing) -> dict[str, Json]:
    return {
        "uid": _uid("Person", who.id),
        "attrs": {
            "company": _ref("Company", who.company),
            "configured": who.configured,
            "active": who.active,
            "guest": who.guest,
            "automated": who.automated,
            "accounts": list(who.accounts),
        },
        "parents": [_uid("Role", role) for role in who.roles],
    }


def _opportunity(id: str, stake: Stake) -> dict[str, Json]:
    known = {"amount": stake.amount, "stage": stake.stage, "sensitivity": stake.sensitivity}
    attributes: dict[str, Json] = {name: value for name, value in known.items() if value is not None}
    if stake.owner is not None:
        attributes["owner"] = _ref("Person", stake.owner)
    return {
        "uid": _uid("Opportunity", id),
        "attrs": {**attributes, "partner": _ref("Partner", stake.partner)},
        "parents": [_uid("Account", stake.account)] if stake.account else [],
    }


def _channel(place: Place) -> dict[str, Json]:
    return {
        "uid": _uid("Channel", place.id),
        "attrs": {"shared": place.shared, "partner_may_propose": place.partner_may_propose},
        "parents": [],
    }
