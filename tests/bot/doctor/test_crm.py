"""Salesforce as the doctor looks at it, over HTTP against the stand-in."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.doctor import State
from bot.doctor.metadata import NAMESPACE
from sandbox.salesforce.schema import SField
from tests.bot.doctor.conftest import Grants, Look

Configure = Callable[..., Path]
ANA, BEN, MEI, DANA = (
    f"{name}@brightlane.example" for name in ("ana.costa", "ben.okafor", "mei.tanaka", "dana.cole")
)
BOT = "cosell.bot@brightlane.example"
CUSTOM = (
    "P2B_Score__c",
    "P2B_Score_Date__c",
    "ACE_Opportunity_Id__c",
    "ACE_Status__c",
    "Partner_of_Record__c",
)


def field(world: Grants, name: str, **changes: Any) -> None:
    """Give a field of the org other properties."""
    fields = world.salesforce.records.types["Opportunity"].fields
    fields[name] = replace(fields[name], **changes)


def test_all_is_fine_but_that_one_may_only_read(look: Look, world: Grants) -> None:
    """Dana of the sandbox may not edit: a warning, because not everybody has to."""
    found = look("salesforce")
    assert [check.name for check in found.bad] == ["salesforce.people"]
    check = found.one("salesforce.people", State.WARN)
    assert "Dana Cole may not edit opportunities" in check.said and DANA in str(check.do)
    assert "API calls" in found.one("salesforce.calls", State.OK).said


# -- signing in ------------------------------------------------------------------------------------------------
def another_key() -> str:
    """A private key that the app does not know."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_each_reason_not_to_be_let_in_has_its_own_cure(
    look: Look, world: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer key, the certificate, the policies, the user, the address: which of them it is."""
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", "another")
    assert "SALESFORCE_CLIENT_ID" in str(look("salesforce").one("salesforce.sign_in").do)
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", "sandbox-consumer-key")
    world.salesforce.keep_out(BOT)
    assert "App Policies" in str(look("salesforce").one("salesforce.sign_in").do)
    world.salesforce.records.sight.kept_out.clear()
    world.salesforce.change("005000000000009AAA", IsActive=False)
    assert "Activate cosell.bot@brightlane.example" in str(look("salesforce").one("salesforce.sign_in").do)
    world.salesforce.change("005000000000009AAA", IsActive=True)
    path = world.folder / "salesforce.pem"
    path.write_text(another_key())
    assert "Upload the certificate" in str(look("salesforce").one("salesforce.sign_in").do)
    path.write_text("no key at all")
    assert "without a passphrase" in str(look("salesforce").one("salesforce.key").do)
    monkeypatch.setenv("SALESFORCE_LOGIN_URL", "http://127.0.0.1:1")
    path.write_text(another_key())
    assert "reach SALESFORCE_LOGIN_URL" in str(look("salesforce").one("salesforce.sign_in").do)


def test_an_org_that_is_behind(look: Look, world: Grants, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of the API that the bot speaks must be one of the org's."""
    monkeypatch.setattr("sandbox.salesforce.sight.NEWEST", 65)
    assert "the newest of the org is 65.0" in look("salesforce").one("salesforce.version").said


def test_few_calls_left(look: Look, world: Grants) -> None:
    """Below the reserve rules do not look: that is said, with where to see who uses them."""
    world.salesforce.daily_calls, world.salesforce.calls_left = 1000, 150
    check = look("salesforce").one("salesforce.calls", State.WARN)
    assert "of the org's 1,000" in check.said and "Company Information" in str(check.do)


# -- fields ----------------------------------------------------------------------------------------------------
def test_fields_that_the_org_lacks(look: Look, world: Grants) -> None:
    """Those that are written, or the company's own, fail; a standard one is asked for on the card."""
    for name in CUSTOM[:2]:
        world.salesforce.remove_field("Opportunity", name)
    world.salesforce.remove_field("Account", "DunsNumber")
    found = look("salesforce")
    check = found.one("salesforce.fields.missing")
    assert "Opportunity.P2B_Score__c and Opportunity.P2B_Score_Date__c" in check.said
    assert "--metadata DIR" in str(check.do) and "p2b_score = Opportunity.P2B_Score__c" in check.more
    assert "Account.DunsNumber" in found.one("salesforce.fields.absent", State.WARN).said


def test_a_field_that_only_the_bots_user_does_not_see(look: Look, world: Grants) -> None:
    """It is there, as others see it: the permission set, and not a new field."""
    world.salesforce.hide_field("Opportunity", "NextStep", BOT)
    found = look("salesforce")
    assert f"to {BOT}" in str(found.one("salesforce.fields.hidden").do)
    assert not [check for check in found.checks if check.name == "salesforce.fields.missing"]


@pytest.mark.parametrize(
    ("name", "changes", "check", "state", "said"),
    [
        (
            "P2B_Score__c",
            {"type": "string"},
            "salesforce.fields.type",
            State.FAIL,
            "is of type string, and p2b_score needs a number",
        ),
        (
            "P2B_Score__c",
            {"precision": 2, "scale": 0},
            "salesforce.fields.type",
            State.FAIL,
            "a score of 100 does not fit",
        ),
        ("P2B_Score_Date__c", {"type": "datetime"}, "salesforce.fields.type", State.FAIL, "needs a date"),
        (
            "ACE_Opportunity_Id__c",
            {"length": 10},
            "salesforce.fields.type",
            State.WARN,
            "room for 10 characters",
        ),
        ("Partner_of_Record__c", {"options": ("Azure",)}, "salesforce.fields.values", State.FAIL, "no “AWS”"),
        (
            "ACE_Status__c",
            {"type": "picklist", "options": ("Submitted", "Approved")},
            "salesforce.fields.values",
            State.FAIL,
            "no “In review”, “Action Required” and “Rejected”",
        ),
        (
            "P2B_Score__c",
            {"updateable": False},
            "salesforce.fields.edit",
            State.FAIL,
            "edited by none of the 4 people",
        ),
    ],
)
def test_a_field_that_cannot_hold_what_is_written(
    look: Look, world: Grants, name: str, changes: dict[str, object], check: str, state: State, said: str
) -> None:
    """By its type, its length, its values, or because nobody may edit it."""
    field(world, name, **changes)
    assert said in look("salesforce").one(check, state).said


def test_stages_without_a_counterpart(look: Look, world: Grants, configure: Configure) -> None:
    """A stage that AWS's are not told for must be asked for; a rule that waits for no stage of the org never fires."""
    stages = world.salesforce.records.types["Opportunity"].fields["StageName"].options
    field(world, "StageName", options=(*stages, "Legal"))
    configure(
        '[[rules]]\nname = "late"\nwhen = "stage_becomes"\nstages = ["Negotiaton"]\npropose = "refer"\n'
    )
    found = look("salesforce")
    assert '"Legal" = "…"' in str(found.one("salesforce.fields.stages", State.WARN).do)
    assert "“Negotiaton”, which is no stage here" in found.one("salesforce.rules", State.WARN).said


# -- people ----------------------------------------------------------------------------------------------------
def test_people_as_whom_nothing_could_be_written(look: Look, world: Grants, configure: Configure) -> None:
    """One whom the org does not know, one who has left, one who is not let in, one who sees or edits too little."""
    configure(
        **{
            f'salesforce = "{MEI}"': 'salesforce = "mei@elsewhere.example"',
            f'salesforce = "{DANA}"': 'salesforce = "otto.lang@brightlane.example"',
        }
    )
    world.salesforce.keep_out(BEN)
    world.salesforce.hide_field("Account", "Website", ANA)
    world.salesforce.fix_field("Opportunity", "Amount", ANA)
    told = [
        (check.state, check.said) for check in look("salesforce").bad if check.name == "salesforce.people"
    ]
    assert len(told) == 5
    said = " ".join(words for _, words in told)
    assert "The org has no user mei@elsewhere.example, which is Mei Tanaka's." in said
    assert "Dana Cole (otto.lang@brightlane.example) is not active" in said
    assert "The bot cannot be Ben Okafor" in said
    assert (State.WARN, "Ana Costa may not see Account.Website.") in told
    assert (State.WARN, "Ana Costa may not edit Opportunity.Amount.") in told


def test_of_many_people_a_sample_is_tried(look: Look, world: Grants, configure: Configure) -> None:
    """At most twenty logins, spread over all; that everybody exists is asked of all at once."""
    made = world.salesforce.plant(
        "User",
        [
            {
                "Username": f"p{n}@brightlane.example",
                "Name": f"P {n}",
                "Email": f"p{n}@x.example",
                "IsActive": True,
            }
            for n in range(60)
        ],
    )
    configure(
        "".join(
            f'[[people]]\nname = "P {n}"\nemail = "p{n}@x.example"\nrole = "seller"\n'
            f'salesforce = "p{n}@brightlane.example"\n'
            for n in range(60)
        )
    )
    assert len(made) == 60
    found = look("salesforce")
    assert len(world.salesforce.calls("token")) <= 1 + 20
    assert not [check for check in found.bad if "The org has no user" in check.said]


# -- metadata --------------------------------------------------------------------------------------------------
def elements(path: Path, name: str) -> list[str]:
    """The texts of all elements of one name."""
    root = ET.fromstring(path.read_bytes())  # noqa: S314 - our own file
    return [one.text or "" for one in root.iter(f"{{{NAMESPACE}}}{name}")]


def test_what_is_missing_is_written_ready_to_deploy(look: Look, world: Grants, tmp_path: Path) -> None:
    """One file for each field, of the type that holds what the bot writes, and the permission set; well-formed."""
    names = (*CUSTOM, "AWS_Monthly_Revenue__c", "Partner_Attribution__c")
    for name in names:
        world.salesforce.remove_field("Opportunity", name)
    check = look("salesforce", metadata=tmp_path / "my org").one("salesforce.metadata", State.OK)
    assert "7 fields" in check.said
    assert f"cd '{tmp_path}/my org' && sf project deploy start --source-dir force-app" in str(check.do)
    source = tmp_path / "my org/force-app/main/default"
    folder = source / "objects/Opportunity/fields"
    assert {path.name for path in folder.iterdir()} == {f"{name}.field-meta.xml" for name in names}
    for name in names:
        assert elements(folder / f"{name}.field-meta.xml", "fullName")[0] == name
    score = folder / "P2B_Score__c.field-meta.xml"
    assert [elements(score, one) for one in ("type", "precision", "scale")] == [["Number"], ["3"], ["0"]]
    assert elements(folder / "P2B_Score_Date__c.field-meta.xml", "type") == ["Date"]
    assert elements(folder / "ACE_Opportunity_Id__c.field-meta.xml", "length") == ["20"]
    assert "Partner Influenced" in elements(folder / "Partner_Attribution__c.field-meta.xml", "fullName")
    assert '"sourceApiVersion": "66.0"' in (tmp_path / "my org/sfdx-project.json").read_text()


def test_what_it_writes_is_what_the_doctor_wants(look: Look, world: Grants, tmp_path: Path) -> None:
    """Fields that are deployed as they were written have nothing to be said against them."""
    kinds = {
        "Number": "double",
        "Text": "string",
        "Currency": "currency",
        "Date": "date",
        "Picklist": "picklist",
    }
    for name in (*CUSTOM, "Partner_Attribution__c"):
        world.salesforce.remove_field("Opportunity", name)
    look("salesforce", metadata=tmp_path)
    for path in (tmp_path / "force-app/main/default/objects/Opportunity/fields").iterdir():
        name, *values = elements(path, "fullName")
        (kind,) = elements(path, "type")
        sizes: dict[str, Any] = {
            one: int((elements(path, one) or ["0"])[0]) for one in ("length", "precision", "scale")
        }
        world.salesforce.records.types["Opportunity"].fields[name] = SField(
            name, name, kinds[kind], options=tuple(values), **sizes
        )
    assert [check.said[:9] for check in look("salesforce").bad] == ["Dana Cole"]


def test_the_permission_set_grants_the_mapping(look: Look, tmp_path: Path) -> None:
    """Read what is mapped, edit what may be written; nothing that no permission set can name, and nothing wide."""
    look("salesforce", metadata=tmp_path)
    path = tmp_path / "force-app/main/default/permissionsets/Cosell.permissionset-meta.xml"
    granted = dict(zip(elements(path, "field"), elements(path, "editable"), strict=True))
    editable = {name for name, edit in granted.items() if edit == "true"}
    assert editable == {
        f"Opportunity.{name}"
        for name in (
            *CUSTOM,
            "Partner_Attribution__c",
            "AWS_Monthly_Revenue__c",
            "NextStep",
            "Amount",
            "Probability",
        )
    }
    assert {"Account.BillingAddress", "Account.Website", "Account.Industry"} <= granted.keys()
    assert not {"Opportunity.StageName", "Opportunity.CloseDate", "Account.BillingCity"} & granted.keys()
    assert set(elements(path, "viewAllRecords")) == set(elements(path, "modifyAllRecords")) == {"false"}
    assert elements(path, "object") == ["Account", "Contact", "Opportunity"]


def test_what_is_there_stays_and_what_is_not_ours_is_said(
    look: Look, world: Grants, configure: Configure, tmp_path: Path
) -> None:
    """A file that differs is not written over; of a field of the company's own nobody knows the type."""
    configure('[facts.tier]\nfield = "Tier__c"\n')
    world.salesforce.remove_field("Opportunity", "P2B_Score__c")
    path = tmp_path / "force-app/main/default/objects/Opportunity/fields/P2B_Score__c.field-meta.xml"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    check = look("salesforce", metadata=tmp_path).one("salesforce.metadata", State.WARN)
    assert path.read_text() == "mine" and any("Left as it is" in line for line in check.more)
    assert any("Opportunity.Tier__c" in line for line in check.more)


def test_a_folder_that_cannot_be_written(look: Look, tmp_path: Path) -> None:
    """A file in its place: a sentence."""
    (tmp_path / "taken").write_text("")
    assert (
        "Nothing could be written"
        in look("salesforce", metadata=tmp_path / "taken").one("salesforce.metadata").said
    )
