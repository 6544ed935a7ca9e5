"""AWS as the doctor looks at it, over HTTP against the stand-ins, and the one list of what the bot calls there."""

import ast
import json
import re
from pathlib import Path

import pytest
from botocore import xform_name

from bot.doctor import State
from bot.partner_central.examining import INSIDE, READS, WRITES
from sandbox.s3 import BUCKET, S3
from sandbox.sqs import Sqs
from tests.bot.doctor.conftest import Grants, Look

ROOT = Path(__file__).parents[3]
ROLE = "arn:aws:iam::111122223333:role/cosell"


def called() -> set[str]:
    """Every method of AWS's kit that the adapter asks for by name, beside the doctor's own part of it."""
    found = set()
    for path in (ROOT / "bot/partner_central").glob("*.py"):
        if path.name == "examining.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if node.func.attr in ("_read", "_pages", "_write") and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_the_list_of_actions_is_what_the_adapter_calls() -> None:
    """One list, complete and no longer than it must be, that the policy statement and the page are made of."""
    assert {xform_name(name) for name in (*READS, *WRITES)} == called()
    page = (ROOT / "docs/security.md").read_text()
    named = set(re.findall(r'"partnercentral:(\w+)"', page))
    assert named - {"Catalog"} == {*READS, *WRITES, *INSIDE}


def test_all_is_fine(look: Look) -> None:
    """Credentials, every read, solutions; the catalog is named."""
    found = look("aws")
    assert found.bad == []
    assert "from the environment" in found.one("aws.credentials", State.OK).said
    assert "Catalog Sandbox" in found.one("aws.catalog", State.OK).said
    assert "6 reads" in found.one("aws.reads", State.OK).said


def test_an_invitation_is_read_too(look: Look, world: Grants) -> None:
    """Where there is something to read every read is tried."""
    world.partner_central.refer_to_us("Polar Foods", "Cold chain", "Freezers report too late to act on it.")
    assert f"{len(READS)} reads" in look("aws").one("aws.reads", State.OK).said


def test_no_credentials(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they may come from."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert "AWS_PROFILE" in str(look("aws").one("aws.credentials").do)


def test_a_role_is_become_as_nobody_and_as_a_person(
    look: Look, world: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the source identity that writes will have."""
    monkeypatch.setenv("ACE_ROLE_ARN", ROLE)
    found = look("aws")
    assert found.bad == [] and len([one for one in found.checks if one.name == "aws.role"]) == 2
    assert {
        entry.source_identity for entry in world.partner_central.audit if entry.operation == "AssumeRole"
    } == {
        "--",
        "ana.costa@brightlane.example",
    }


def test_a_role_that_lets_nobody_in(look: Look, world: Grants, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement for its trust policy is given, with both actions; nothing else is tried as the role."""
    monkeypatch.setenv("ACE_ROLE_ARN", ROLE)
    world.partner_central.refused_roles = {ROLE}
    check = look("aws").one("aws.role")
    statement = json.loads("\n".join(check.more))
    assert statement["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert statement["Condition"]["StringLike"]["sts:SourceIdentity"] == ["--"]
    assert not world.partner_central.calls("ListSolutions")


def test_an_action_that_iam_denies_is_named_with_the_whole_statement(look: Look, world: Grants) -> None:
    """What is missing, and everything that the bot will need, for this catalog."""
    world.partner_central.fault("ListSolutions", status=403, times=-1)
    check = look("aws").one("aws.permissions")
    assert "partnercentral:ListSolutions in catalog Sandbox" in check.said
    statement = json.loads("\n".join(check.more))
    assert statement["Condition"] == {"StringEquals": {"partnercentral:Catalog": "Sandbox"}}
    assert set(statement["Action"]) == {f"partnercentral:{name}" for name in (*READS, *WRITES, *INSIDE)}


def test_the_wrong_catalog_is_guessed(look: Look, world: Grants, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing may be read in this one, and the other would answer."""
    world.partner_central.allowed_catalogs = {"Sandbox"}
    monkeypatch.setenv("ACE_CATALOG", "AWS")
    assert "Catalog Sandbox would answer" in look("aws").one("aws.permissions").said


def test_a_bot_at_work_uses_the_quota_too(look: Look, world: Grants) -> None:
    """Who comes too often asks again a moment later, instead of telling that something is wrong."""
    world.partner_central.fault("ListSolutions", status=429, times=2)
    assert look("aws").bad == []


def test_aws_away_and_no_solutions(look: Look, world: Grants) -> None:
    """The one is a failure, the other a warning."""
    world.partner_central.fault("ListOpportunities", status=503, times=-1)
    assert "did not answer ListOpportunities" in look("aws").one("aws.reads").said
    world.partner_central.faults.clear()
    world.partner_central.solutions.clear()
    assert "no active solution" in look("aws").one("aws.solutions", State.WARN).said


# -- the queue and the bucket ----------------------------------------------------------------------------------
def test_the_queue_is_looked_at_and_nothing_is_taken(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its messages stay as they are; one that may not be looked at is a warning, none at all a failure."""
    with Sqs() as sqs:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", sqs.url)
        monkeypatch.setenv("PARTNER_EVENTS_QUEUE_URL", sqs.queue_url())
        sqs.put({"an": "event"})
        assert look("aws").one("aws.queue", State.OK)
        assert [call.operation for call in sqs.requests] == ["GetQueueAttributes"]
        assert [message.received for message in sqs.queues["cosell-partner-events"]] == [0]
        fault = sqs.fault("GetQueueAttributes", status=403, times=-1)
        assert "sqs:GetQueueAttributes" in str(look("aws").one("aws.queue", State.WARN).do)
        fault.times = 0
        monkeypatch.setenv("PARTNER_EVENTS_QUEUE_URL", f"{sqs.queue_url()}-gone")
        assert "PARTNER_EVENTS_QUEUE_URL" in str(look("aws").one("aws.queue").do)


def test_the_bucket_is_listed(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key is asked for; no right, or no bucket, is told with what to do."""
    with S3() as s3:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.url)
        monkeypatch.setenv("DROPS_BUCKET", BUCKET)
        assert look("aws").one("aws.bucket", State.OK)
        assert {call.method for call in s3.requests} == {"GET"}
        fault = s3.fault(status=403, times=-1)
        assert "s3:ListBucket on arn:aws:s3:::cosell-drops" in str(look("aws").one("aws.bucket").do)
        fault.times = 0
        monkeypatch.setenv("DROPS_BUCKET", "another-bucket")
        assert "DROPS_BUCKET" in str(look("aws").one("aws.bucket").do)
