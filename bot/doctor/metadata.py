"""What an org lacks, as a piece of a Salesforce DX project: the fields, and a permission set for what is mapped.

Sources: Metadata API Developer Guide, CustomField and PermissionSet; Salesforce DX Developer Guide, source format.
"""

import json
import re
import shlex
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.config import Config
from bot.doctor.fields import ACE_ID, OPPORTUNITY, Place
from bot.doctor.values import Check, State, fail

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
API = "66.0"
SOURCE = "force-app/main/default"
SET = "Cosell"
REQUIRED = frozenset({"Opportunity.Name", "Opportunity.StageName", "Opportunity.CloseDate", "Account.Name"})
"""Standard fields that come with their object: "You cannot deploy to a required field"."""
BESIDE = ("Contact.Email", "Contact.Phone", "Contact.Title", "Opportunity.AccountId")
"""What every deal is read with, whatever the mapping says."""
_ADDRESS = re.compile(r"(\w+)\.(Billing|Shipping)(Street|City|State|PostalCode|Country)")

Tree = Sequence[tuple[str, "str | Tree"]]
"""Elements of XML in their order: a name with its text, or with its own elements."""


def deployed(folder: Path, mapped: Sequence[Place], absent: Sequence[Place], config: Config) -> Check:
    """Write the project into a folder, and say how to deploy it. What is there and differs is left as it is."""
    files, by_hand = project(mapped, absent, config)
    try:
        kept = _written(folder, files)
    except OSError as error:
        return fail(
            "salesforce.metadata",
            f"Nothing could be written into {folder}: {error.strerror}.",
            "Name a folder that you may write to: --metadata DIR.",
        )
    made = sum(name.endswith(".field-meta.xml") for name in files)
    said = f"{made or 'No'} field{'s' * (made != 1)} and the permission set {SET} are in {folder}."
    notes = [
        *(f"Left as it is, because it differs: {name}" for name in kept),
        *(f"To be made by hand, its type is yours to say: {place.path}" for place in by_hand),
    ]
    return Check(
        name="salesforce.metadata",
        state=State.WARN if notes else State.OK,
        said=said,
        do=f"cd {shlex.quote(str(folder))} && sf project deploy start --source-dir force-app --target-org YOUR_ORG",
        more=tuple(notes),
    )


def project(
    mapped: Sequence[Place], absent: Iterable[Place], config: Config
) -> tuple[Mapping[str, str], tuple[Place, ...]]:
    """Each file's text by its path, and the fields whose type nobody but the company knows."""
    files = {
        "sfdx-project.json": json.dumps(
            {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": API},
            indent=2,
        )
        + "\n",
        f"{SOURCE}/permissionsets/{SET}.permissionset-meta.xml": _xml("PermissionSet", _permissions(mapped)),
    }
    by_hand = []
    for place in {place.path: place for place in absent if place.custom and place.object}.values():
        shape = _shape(place, config)
        if shape is None:
            by_hand.append(place)
            continue
        name = f"{SOURCE}/objects/{place.object}/fields/{place.field}.field-meta.xml"
        files[name] = _xml("CustomField", [("fullName", place.field), *shape])
    return files, tuple(by_hand)


def _written(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The files that are there already with another text."""
    kept = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_text(errors="replace") != text:
            if name != "sfdx-project.json":  # any project's will do
                kept.append(name)
            continue
        path.write_text(text)
    return kept


# -- fields ---------------------------------------------------------------------------------------------------------
def _shape(place: Place, config: Config) -> Tree | None:
    """Label and type of a field that holds what the bot writes into this fact; None for a fact of the company's own."""
    text: Mapping[str, str] = {"ace_status": "80", "partner_of_record": "80"}
    label = ("label", place.field.removesuffix("__c").replace("_", " "))
    if place.fact == "p2b_score":
        return [label, ("precision", "3"), ("scale", "0"), ("type", "Number")]
    if place.fact == "p2b_date":
        return [label, ("type", "Date")]
    if place.fact == "aws_monthly_revenue":
        return [label, ("precision", "18"), ("scale", "2"), ("type", "Currency")]
    if place.fact == "ace_id":
        return [("externalId", "true"), label, ("length", str(ACE_ID)), ("type", "Text"), ("unique", "false")]
    if place.fact in text:
        return [label, ("length", text[place.fact]), ("type", "Text"), ("unique", "false")]
    if place.fact == "attribution":
        values = dict.fromkeys((config.referral.attribution, "Partner Sourced", "Partner Influenced"))
        return [label, ("type", "Picklist"), ("valueSet", [("valueSetDefinition", _choices(values))])]
    return None


def _choices(values: Iterable[str]) -> Tree:
    each = [("value", [("fullName", one), ("default", "false"), ("label", one)]) for one in values]
    return [("sorted", "false"), *each]


# -- the permission set ---------------------------------------------------------------------------------------------
def _permissions(mapped: Sequence[Place]) -> Tree:
    granted: dict[str, bool] = {}
    for place in mapped:
        if place.object and place.object != "User":  # nobody is granted the fields of users
            name = _ADDRESS.sub(r"\1.\2Address", place.path)
            writes = place.mapped.write and place.object == OPPORTUNITY
            granted[name] = granted.get(name, False) or writes
    granted = {name: writes for name, writes in granted.items() if name not in REQUIRED}
    for name in BESIDE:
        granted.setdefault(name, False)
    objects = sorted({name.partition(".")[0] for name in granted} | {OPPORTUNITY, "Account"})
    return [
        ("description", "What the co-sell bot reads and, on approval, writes as this person"),
        *(("fieldPermissions", _field(name, granted[name])) for name in sorted(granted)),
        ("hasActivationRequired", "false"),
        ("label", "Co-sell"),
        *(("objectPermissions", _object(name)) for name in objects),
        ("userPermissions", [("enabled", "true"), ("name", "ApiEnabled")]),
    ]


def _field(name: str, writes: bool) -> Tree:
    return [("editable", str(writes).lower()), ("field", name), ("readable", "true")]


def _object(name: str) -> Tree:
    return [
        ("allowCreate", "false"),
        ("allowDelete", "false"),
        ("allowEdit", str(name == OPPORTUNITY).lower()),
        ("allowRead", "true"),
        ("modifyAllRecords", "false"),
        ("object", name),
        ("viewAllRecords", "false"),
    ]


def _xml(root: str, tree: Tree) -> str:
    top = ET.Element(root, xmlns=NAMESPACE)
    _grow(top, tree)
    ET.indent(top, "    ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(top, encoding="unicode")}\n'


def _grow(parent: ET.Element, tree: Tree) -> None:
    for name, inside in tree:
        child = ET.SubElement(parent, name)
        if isinstance(inside, str):
            child.text = inside
        else:
            _grow(child, inside)
