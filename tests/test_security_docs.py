"""docs/security.md against the code: what it says is asked for, granted and kept secret is just that."""

import ast
import json
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

from bot.google_calendar import SCOPES
from bot.partner_central.access import session_name
from bot.salesforce import reading
from bot.settings import Settings
from tests.story.test_secrets import STORE_RIGHTS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/security.md").read_text()
REQUIRED = {"Opportunity.Name", "Opportunity.StageName", "Opportunity.CloseDate", "Account.Name"}
"""Standard fields that come with the object and that field permissions cannot name."""
ADDRESS = re.compile(r"(\w+)\.(Billing|Shipping)(Street|City|State|PostalCode|Country)")
BESIDE = {"Opportunity.AccountId", "Contact.Email", "Contact.Phone", "Contact.Title"}
"""Fields that every deal is read with, whatever the mapping says."""
METADATA = "{http://soap.sforce.com/2006/04/metadata}"
INSIDE = {
    "CreateEngagement",
    "CreateEngagementInvitation",
    "CreateResourceSnapshot",
    "CreateResourceSnapshotJob",
    "StartResourceSnapshotJob",
    "SubmitOpportunity",
}
"""What AWS's task does in its caller's name (Partner Central API Reference, StartEngagementFromOpportunityTask)."""


def section(title: str) -> str:
    """What stands under a heading, down to the next one that is not below it."""
    heading = re.search(rf"^(#+) {title}$", PAGE, re.M)
    assert heading is not None, title
    return re.split(rf"^#{{1,{len(heading[1])}}} ", PAGE[heading.end() :], maxsplit=1, flags=re.M)[0]


def rows(text: str) -> list[str]:
    """The first cell of each row of the section's table, as code."""
    return re.findall(r"^\| `(.+?)` \|", text, re.M)


def blocks(language: str) -> list[str]:
    """The page's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """The app's manifest."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return loaded


# -- Slack ---------------------------------------------------------------------------------------------------------


def test_every_scope_has_its_reason_and_no_other_is_named(manifest: dict[str, Any]) -> None:
    """The table of scopes is the manifest's list."""
    assert sorted(rows(section("Scopes"))) == sorted(manifest["oauth_config"]["scopes"]["bot"])
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}


def test_every_event_is_told_and_no_other(manifest: dict[str, Any]) -> None:
    """The table of events is the manifest's list."""
    assert sorted(rows(section("Events"))) == sorted(
        manifest["settings"]["event_subscriptions"]["bot_events"]
    )


# -- Salesforce ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def permissions() -> ET.Element:
    """The permission set of the page."""
    (text,) = blocks("xml")
    return ET.fromstring(text.encode())  # noqa: S314 - our own page


def told(parent: ET.Element, kind: str) -> list[dict[str, str]]:
    """Every grant of one kind, as the words in it by name."""
    return [
        {inner.tag.removeprefix(METADATA): inner.text or "" for inner in grant}
        for grant in parent.iter(f"{METADATA}{kind}")
    ]


def mapped() -> dict[str, bool]:
    """Every field that the configuration of everybody maps, by object, and whether it may be written."""
    found: dict[str, bool] = {}
    facts = tomllib.loads((ROOT / "bot/defaults.toml").read_text())["facts"]
    for fact in facts.values():
        path = fact if isinstance(fact, str) else fact["field"]
        name = path if "." in path else f"Opportunity.{path}"
        write = isinstance(fact, dict) and fact.get("write", False)
        found[name] = found.get(name, False) or write
    return found


def test_the_permission_set_grants_the_mapped_fields(permissions: ET.Element) -> None:
    """Each mapped field is readable, and editable just where the mapping lets the bot write it."""
    wanted = {ADDRESS.sub(r"\1.\2Address", name): write for name, write in mapped().items()}
    wanted = {name: write for name, write in wanted.items() if name not in REQUIRED}
    wanted.update(dict.fromkeys(BESIDE, False))
    granted = told(permissions, "fieldPermissions")
    assert {grant["field"]: grant["editable"] == "true" for grant in granted} == wanted
    assert len(granted) == len(wanted)
    assert all(grant["readable"] == "true" for grant in granted)


def test_the_required_fields_are_said_to_be_left_out() -> None:
    """Every mapped field that no permission set can name is named in the text instead, and all those are mapped."""
    assert mapped().keys() >= REQUIRED
    assert set(re.findall(r"`((?:Opportunity|Account)\.\w+)`", section("Salesforce"))) == {
        *REQUIRED,
        "Account.BillingAddress",
    }


def test_what_is_read_beside_the_mapping_is_what_the_query_asks_for() -> None:
    """Contacts and the account are read with every deal; the other fields of the query are the system's own."""
    asked = " ".join((*reading._ALWAYS, reading._CONTACTS))
    of_contact = set(re.findall(r"Contact\.(\w+)", asked)) - {
        "FirstName",
        "LastName",
    }  # these come with the name
    assert {f"Contact.{name}" for name in of_contact} == {name for name in BESIDE if "Contact" in name}
    assert "AccountId" in asked


def test_the_permission_set_grants_nothing_wide(permissions: ET.Element) -> None:
    """No creating, deleting, viewing or modifying of all; editing of opportunities alone; the API and nothing else."""
    grants = {grant["object"]: grant for grant in told(permissions, "objectPermissions")}
    assert set(grants) == {"Account", "Contact", "Opportunity"}
    for name, grant in grants.items():
        given = {what for what, value in grant.items() if value == "true"}
        assert given == ({"allowRead", "allowEdit"} if name == "Opportunity" else {"allowRead"})
    assert told(permissions, "userPermissions") == [{"enabled": "true", "name": "ApiEnabled"}]


def test_the_readers_permission_set_edits_nothing(permissions: ET.Element) -> None:
    """What the page's command makes of it is a set that reads."""
    text = blocks("xml")[0]
    for was, to in re.findall(r"s/(<\w+>true)/(<\w+>false)/", section("Salesforce")):
        text = text.replace(was, to)
    reader = ET.fromstring(text.encode())  # noqa: S314 - our own page
    assert {grant["editable"] for grant in told(reader, "fieldPermissions")} == {"false"}
    assert {grant["allowEdit"] for grant in told(reader, "objectPermissions")} == {"false"}
    assert len(told(reader, "fieldPermissions")) == len(told(permissions, "fieldPermissions"))


# -- Google --------------------------------------------------------------------------------------------------------


def test_the_google_scopes_are_those_that_are_asked_for() -> None:
    """The page's scopes are the adapter's."""
    assert sorted(rows(section("Google"))) == sorted(SCOPES)
    assert set(re.findall(r"https://www\.googleapis\.com/auth/[\w.]+", PAGE)) == set(SCOPES)


# -- AWS -----------------------------------------------------------------------------------------------------------


def operations() -> set[str]:
    """Every operation of the Selling API whose method the adapter names anywhere."""
    model = botocore.session.get_session().get_service_model("partnercentral-selling")
    methods = {xform_name(name): name for name in model.operation_names}
    named: set[str] = set()
    for path in (ROOT / "bot/partner_central").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
            if isinstance(node, ast.Attribute):
                named.add(node.attr)
    return {methods[name] for name in named & methods.keys()}


def test_the_role_may_do_what_the_adapter_calls() -> None:
    """One action for each operation that is called, what AWS's task does inside, each for one catalog, and no more."""
    policy, _ = map(json.loads, blocks("json"))
    granted = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert set(granted) == {"WhatTheBotCalls", "WhatTheSubmissionDoesInside"}
    assert operations()
    assert granted["WhatTheBotCalls"]["Action"] == sorted(f"partnercentral:{name}" for name in operations())
    assert granted["WhatTheSubmissionDoesInside"]["Action"] == sorted(f"partnercentral:{n}" for n in INSIDE)
    for statement in granted.values():
        assert statement["Effect"] == "Allow"
        assert statement["Condition"] == {"StringEquals": {"partnercentral:Catalog": "AWS"}}


def test_the_operations_inside_exist() -> None:
    """What AWS's task does is named as AWS names it; submitting by itself is an operation without a method now."""
    model = botocore.session.get_session().get_service_model("partnercentral-selling")
    assert set(model.operation_names) >= INSIDE


def test_the_role_is_assumed_with_a_source_identity() -> None:
    """The trust policy lets the worker assume the role and name the person, and demands that it does."""
    _, trust = map(json.loads, blocks("json"))
    (statement,) = trust["Statement"]
    assert statement["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert statement["Condition"] == {
        "StringLike": {
            "sts:SourceIdentity": ["*@example.com", session_name("")]
        }  # whom a read without a person is for
    }


# -- secrets -------------------------------------------------------------------------------------------------------


def test_every_secret_setting_is_listed() -> None:
    """Each SecretStr, and each file of a key, is in the list of secrets, and nothing that is no setting."""
    secret = {n.upper() for n, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    listed = set(
        re.findall(r"`([A-Z][A-Z_]+)`", "\n".join(re.findall(r"^\| [^|]+\|", section("Secrets"), re.M)))
    )
    files = {"SALESFORCE_PRIVATE_KEY_FILE", "GOOGLE_APPLICATION_CREDENTIALS"}
    assert listed >= secret | files | {"REDIS_URL"}
    known = {name.upper() for name in Settings.model_fields}
    assert {name for name in listed if not name.startswith("AWS_")} <= known


def test_the_stores_rights_are_those_that_the_story_runs_with() -> None:
    """The ACL of the page is the one under which the whole story passes."""
    assert f"`{STORE_RIGHTS}`" in section("Data")


# -- what shows it -------------------------------------------------------------------------------------------------


def test_every_file_and_test_that_is_named_exists() -> None:
    """What the page calls its evidence is there."""
    for name, test in re.findall(r"`((?:bot|story)/[\w/]+\.py)(?:::(\w+))?`", PAGE):
        path = next((p for p in (ROOT / "tests" / name, ROOT / name) if p.is_file()), None)
        assert path is not None, name
        assert not test or f"def {test}(" in path.read_text(), f"{name}::{test}"
    for name in re.findall(r"`((?:policy|docs)/[\w./-]+)`", PAGE):
        assert (ROOT / name).exists(), name


def test_the_page_can_be_read_in_one_sitting() -> None:
    """A reviewer gets at most 270 lines."""
    assert len(PAGE.splitlines()) <= 270
