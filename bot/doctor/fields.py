"""The mapped fields against what an org has: where each is, what it must be able to hold, who may edit it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.config import Config, Mapped
from bot.doctor.examiners import CrmField, CrmObject
from bot.doctor.values import Check, fail, named, ok, warn

OPPORTUNITY = "Opportunity"
RELATIONS = {"Account": "Account", "Owner": "User", "CreatedBy": "User", "LastModifiedBy": "User"}
NUMBERS = frozenset({"double", "int", "long", "currency", "percent"})
TEXTS = frozenset({"string", "textarea", "picklist", "combobox", "url", "email", "phone"})
DATES = frozenset({"date"})
HOLDS: Mapping[str, tuple[frozenset[str], str]] = {
    "p2b_score": (NUMBERS, "a number"),
    "aws_monthly_revenue": (NUMBERS, "a number"),
    "amount": (NUMBERS, "a number"),
    "probability": (NUMBERS, "a number"),
    "p2b_date": (DATES, "a date"),
    "close_date": (DATES, "a date"),
    "partner_of_record": (TEXTS, "a text or a picklist"),
    "attribution": (TEXTS, "a text or a picklist"),
    "ace_id": (TEXTS, "a text"),
    "ace_status": (TEXTS, "a text or a picklist"),
    "next_step": (TEXTS, "a text"),
    "stage": (TEXTS, "a picklist"),
}
"""Salesforce's types that take what the bot writes into a fact, by our name of it."""
ACE_ID = 20
"""Characters of the longest id of an opportunity at AWS: O and 19 digits."""
STATUSES = ("Submitted", "In review", "Action Required", "Approved", "Rejected")
"""The review statuses that the bot writes into Salesforce (Partner Central API Reference, LifeCycle)."""


@dataclass(frozen=True)
class Place:
    """Where a fact is to be found."""

    fact: str
    mapped: Mapped
    object: str  # "Opportunity"; empty: the relationship leads nowhere
    field: str  # API name, without the relationship

    @property
    def path(self) -> str:
        """As people who administer Salesforce write it: ``Account.Website``."""
        return f"{self.object or self.mapped.field.partition('.')[0]}.{self.field}"

    @property
    def custom(self) -> bool:
        """Whether the company made the field itself."""
        return self.field.endswith("__c")


def places(facts: Mapping[str, Mapped], opportunity: CrmObject) -> tuple[Place, ...]:
    """Where each fact of the mapping is."""
    found = []
    for fact, mapped in facts.items():
        relation, _, field = mapped.field.rpartition(".")
        kind = RELATIONS.get(relation) or opportunity.target(relation) if relation else OPPORTUNITY
        found.append(Place(fact, mapped, kind or "", field))
    return tuple(found)


def missing(places: Iterable[Place], objects: Mapping[str, CrmObject]) -> tuple[Place, ...]:
    """Those whose field this user does not see."""
    return tuple(place for place in places if field_of(place, objects) is None)


def field_of(place: Place, objects: Mapping[str, CrmObject]) -> CrmField | None:
    """The field of a place; None where this user sees none."""
    kind = objects.get(place.object)
    return kind.fields.get(place.field.lower()) if kind else None


def fields(
    places: Sequence[Place],
    own: Mapping[str, CrmObject],
    people: Mapping[str, Mapping[str, CrmObject]],
    config: Config,
    reader: str,
) -> Iterator[Check]:
    """Every mapped field: there, seen, of a type that fits, with the values that are written, and editable.

    ``own`` is what the bot's user, ``reader``, sees; ``people`` what each person who was signed in as sees, by name.
    """
    absent = missing(places, own)
    hidden = [p for p in absent if any(field_of(p, objects) is not None for objects in people.values())]
    yield from _absent([place for place in absent if place not in hidden])
    if hidden:
        yield fail(
            "salesforce.fields.hidden",
            f"The bot's user may not see {_paths(hidden)}, which others see.",
            f"Assign the permission set of `cosell doctor --metadata DIR` to {reader}.",
        )
    bad = False
    for place in places:
        field = field_of(place, own)
        if field is None:
            continue
        for check in (
            *_fitting(place, field),
            *_values(place, field, config),
            *_editable(place, field, people),
        ):
            bad = bad or check.state != "ok"
            yield check
    yield from _stages(places, own, config)
    if not absent and not bad:
        writing = sum(place.mapped.write for place in places)
        yield ok(
            "salesforce.fields",
            f"All {len(places)} mapped fields are there and fit; {writing} of them may be written on approval.",
        )


def _absent(places: Sequence[Place]) -> Iterator[Check]:
    needed = [place for place in places if place.mapped.write or place.custom]
    rest = [place for place in places if place not in needed]
    if needed:
        yield fail(
            "salesforce.fields.missing",
            f"The org has no {_paths(needed)}, or the bot's user may not see {'it' if len(needed) == 1 else 'them'}.",
            "`cosell doctor --only salesforce --metadata DIR` writes them ready to deploy; or mend [facts].",
            tuple(f"{place.fact} = {place.path}" for place in needed),
        )
    if rest:
        yield warn(
            "salesforce.fields.absent",
            f"The org has no {_paths(rest)}, so what needs it is asked for on the card.",
            "Let [facts] name the field that holds it, or leave it so.",
            tuple(f"{place.fact} = {place.path}" for place in rest),
        )


def _paths(places: Sequence[Place]) -> str:
    return named([place.path for place in places])


def _fitting(place: Place, field: CrmField) -> Iterator[Check]:
    types, words = HOLDS.get(place.fact, (frozenset(), ""))
    if not place.mapped.write or not types:
        return
    if field.type not in types:
        yield fail(
            "salesforce.fields.type",
            f"{place.path} is of type {field.type}, and {place.fact} needs {words}.",
            f"Let {place.fact} in [facts] name a field that is {words}.",
        )
    elif place.fact == "p2b_score" and field.type != "int" and field.precision - field.scale < 3:
        yield fail(
            "salesforce.fields.type",
            f"{place.path} has {field.precision - field.scale} digits before the point: a score of 100 does not fit.",
            f"Setup → Object Manager → {place.object} → {place.field}: give it a length of 3.",
        )
    elif place.fact == "ace_id" and 0 < field.length < ACE_ID:
        yield warn(
            "salesforce.fields.type",
            f"{place.path} has room for {field.length} characters; AWS's ids may have {ACE_ID}.",
            f"Setup → Object Manager → {place.object} → {place.field}: give it a length of {ACE_ID}.",
        )


def _values(place: Place, field: CrmField, config: Config) -> Iterator[Check]:
    """A picklist has to know what is written into it, and each of its values a counterpart at AWS."""
    if field.type != "picklist":
        return
    written = {
        "partner_of_record": (config.referral.partner_of_record,),
        "attribution": (config.referral.attribution,),
        "ace_status": STATUSES,
    }.get(place.fact, ())
    unknown = [value for value in written if value not in field.options]
    if place.mapped.write and unknown:
        yield fail(
            "salesforce.fields.values",
            f"The picklist {place.path} has no {named([f'“{value}”' for value in unknown])}, which the bot writes.",
            f"Setup → Object Manager → {place.object} → {place.field}: add the value"
            f"{'s' * (len(unknown) > 1)}.",
        )
    if place.fact == "ace_stage" and (alone := [o for o in field.options if o not in place.mapped.values]):
        yield warn(
            "salesforce.fields.stages",
            f"The stage{'s' * (len(alone) > 1)} {named([f'“{one}”' for one in alone])} "
            f"{'has' if len(alone) == 1 else 'have'} no counterpart at AWS and must be asked for on each card.",
            f'Put "{alone[0]}" = "…" under [facts.ace_stage.values].',
        )


def _editable(
    place: Place, field: CrmField, people: Mapping[str, Mapping[str, CrmObject]]
) -> Iterator[Check]:
    if not place.mapped.write or not people:
        return
    seen = [found for objects in people.values() if (found := field_of(place, objects)) is not None]
    if any(one.updateable for one in seen):
        return
    if field.calculated:
        said, do = (
            "is a formula",
            f"Let {place.fact} in [facts] name a field that can be written, or take its `write`.",
        )
    else:
        said = f"may be edited by none of the {len(people)} people who were tried"
        do = "Assign the permission set of `cosell doctor --metadata DIR` to those who approve."
    yield fail("salesforce.fields.edit", f"{place.path} {said}, so {place.fact} is never written.", do)


def _stages(places: Sequence[Place], own: Mapping[str, CrmObject], config: Config) -> Iterator[Check]:
    """A rule that waits for a stage that the org does not have never fires."""
    stage = next((place for place in places if place.fact == "stage"), None)
    field = field_of(stage, own) if stage else None
    if field is None or not field.options:
        return
    for rule in config.rules:
        unknown = [one for one in rule.stages if one not in field.options]
        if unknown:
            yield warn(
                "salesforce.rules",
                f"The rule “{rule.name}” waits for {named([f'“{one}”' for one in unknown])}, which is no stage here.",
                f"The stages are {', '.join(field.options)}.",
            )
