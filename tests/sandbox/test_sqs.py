"""The stand-in of Amazon SQS, asked with botocore."""

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import seed
from sandbox.partner_central import PartnerCentral, events
from sandbox.sqs import Sqs

_SESSION = botocore.session.get_session()


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    with Sqs() as stand_in:
        yield stand_in


@pytest.fixture
def api(sqs: Sqs) -> Any:
    return client_of(sqs)


def client_of(sqs: Sqs, region: str = "us-east-1") -> Any:
    return _SESSION.create_client(
        "sqs",
        region_name=region,
        endpoint_url=sqs.url,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


def received(api: Any, sqs: Sqs, **how: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.receive_message(
        QueueUrl=sqs.queue_url(), MaxNumberOfMessages=10, **how
    ).get("Messages", [])
    return found


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_a_message_is_sent_received_and_deleted(sqs: Sqs, api: Any) -> None:
    """It is given with its body, and gone after its deletion."""
    id = api.send_message(QueueUrl=sqs.queue_url(), MessageBody="hello")["MessageId"]
    (message,) = received(api, sqs)
    assert (message["MessageId"], message["Body"]) == (id, "hello")
    api.delete_message(QueueUrl=sqs.queue_url(), ReceiptHandle=message["ReceiptHandle"])
    assert sqs.waiting() == 0


def test_a_message_is_hidden_until_its_time_is_over(sqs: Sqs, api: Any) -> None:
    """Given once, it comes again after the visibility timeout, and counts how often."""
    now = 100.0
    sqs.clock = lambda: now
    sqs.put("hello")
    assert len(received(api, sqs, VisibilityTimeout=5)) == 1
    now = 104.9
    assert received(api, sqs) == []
    now = 105.0
    assert received(api, sqs)[0]["Attributes"]["ApproximateReceiveCount"] == "2"


def test_only_the_newest_receipt_deletes(sqs: Sqs, api: Any) -> None:
    """An older one is taken and does nothing."""
    sqs.visibility = 0
    sqs.put("hello")
    old, new = received(api, sqs)[0], received(api, sqs)[0]
    api.delete_message(QueueUrl=sqs.queue_url(), ReceiptHandle=old["ReceiptHandle"])
    assert sqs.waiting() == 1
    api.delete_message(QueueUrl=sqs.queue_url(), ReceiptHandle=new["ReceiptHandle"])
    assert sqs.waiting() == 0


def test_a_batch_is_deleted_one_by_one(sqs: Sqs, api: Any) -> None:
    """What cannot be deleted is told with whose fault that is; the rest is."""
    stays = sqs.put("one")
    sqs.put("two")
    sqs.undeletable = {stays}
    receipts = [message["ReceiptHandle"] for message in received(api, sqs)]
    entries = [{"Id": str(n), "ReceiptHandle": r} for n, r in enumerate([*receipts, "nonsense"])]
    answer = api.delete_message_batch(QueueUrl=sqs.queue_url(), Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["1"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("0", "InternalError", False),
        ("2", "ReceiptHandleIsInvalid", True),
    ]


def test_a_batch_has_its_limits(sqs: Sqs, api: Any) -> None:
    """None, eleven, and one id twice are refused in AWS's words."""
    prefix, url = "AWS.SimpleQueueService.", sqs.queue_url()
    eleven = [{"Id": str(n), "ReceiptHandle": "x"} for n in range(11)]
    call = api.delete_message_batch
    assert refusal(call, QueueUrl=url, Entries=[]) == f"{prefix}EmptyBatchRequest"
    assert refusal(call, QueueUrl=url, Entries=eleven) == f"{prefix}TooManyEntriesInBatchRequest"
    assert refusal(call, QueueUrl=url, Entries=eleven[:1] * 2) == f"{prefix}BatchEntryIdsNotDistinct"


def test_a_long_poll_ends_when_something_comes(sqs: Sqs, api: Any) -> None:
    """The answer is given at once, long before the wait is over."""
    timer = threading.Timer(0.1, sqs.put, ["hello"])
    timer.start()
    assert len(received(api, sqs, WaitTimeSeconds=10)) == 1
    timer.join()


def test_a_queue_may_repeat_and_reorder(sqs: Sqs, api: Any) -> None:
    """Both switches do what standard queues may do."""
    sqs.twice = sqs.newest_first = True
    sqs.put("one")
    sqs.put("two")
    assert [message["Body"] for message in received(api, sqs)] == ["two", "two", "one", "one"]


def test_an_unknown_queue_is_told_as_aws_does(sqs: Sqs, api: Any) -> None:
    """botocore shows the older protocol's name of the error."""
    assert (
        refusal(api.receive_message, QueueUrl=sqs.queue_url("nowhere"))
        == "AWS.SimpleQueueService.NonExistentQueue"
    )


def test_the_signature_must_have_the_right_scope(sqs: Sqs) -> None:
    """Unsigned requests, and those for another region, are refused."""
    connection = http.client.HTTPConnection(sqs.url.removeprefix("http://"))
    connection.request("POST", "/", b"{}", {"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    assert "MissingAuthenticationToken" in json.loads(connection.getresponse().read())["__type"]
    connection.close()
    other = client_of(sqs, "eu-west-1")
    assert refusal(other.receive_message, QueueUrl=sqs.queue_url()) == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("status", "code"), [(429, "RequestThrottled"), (403, "AccessDenied"), (500, "InternalFailure")]
)
def test_an_arranged_fault_is_an_error_of_sqs(sqs: Sqs, api: Any, status: int, code: str) -> None:
    """By the names that AWS uses, and nothing is given."""
    sqs.put("hello")
    sqs.fault("ReceiveMessage", status=status)
    assert refusal(api.receive_message, QueueUrl=sqs.queue_url()) == code
    assert len(received(api, sqs)) == 1


# -- Partner Central's events ------------------------------------------------------------------------------------
def told(sqs: Sqs, api: Any) -> list[dict[str, Any]]:
    found = []
    while some := received(api, sqs):
        found += [json.loads(message["Body"]) for message in some]
    return found


def test_partner_central_tells_what_happens_to_a_referral(sqs: Sqs, api: Any) -> None:
    """A review's events arrive in the queue, in the shapes of AWS's documentation."""
    with PartnerCentral(seed.load()) as aws:
        aws.events_to = sqs.put
        aws.records["O7000001"].body["LifeCycle"]["ReviewStatus"] = "Submitted"
        aws.review("O7000001", "Approved")
    (event,) = told(sqs, api)
    assert event["source"] == "aws.partnercentral-selling" and event["version"] == "0"
    assert event["detail-type"] == "Opportunity Updated" and event["resources"] == []
    assert event["detail"] == {
        "schemaVersion": "1",
        "catalog": "Sandbox",
        "opportunity": {"identifier": "O7000001"},
    }


def test_pairs_have_ids_of_their_own(sqs: Sqs, api: Any) -> None:
    """With the switch each event is told twice, as it was seen in AWS's own captures."""
    with PartnerCentral(seed.load()) as aws:
        aws.events_to, aws.duplicate_events = sqs.put, True
        aws.refer_to_us("Contoso Rail", "Signalling data", "Their store is full.")
    one, other = told(sqs, api)
    assert one["id"] != other["id"] and {**one, "id": ""} == {**other, "id": ""}
    assert one["detail-type"] == "Engagement Invitation Created"
    about = one["detail"]["engagementInvitation"]
    assert one["resources"] == [about["arn"]] and one["detail"]["schemaVersion"] == "1.0"
    assert {"id", "engagementId", "senderAccountId", "receiverAccountId", "senderCompanyName"} < set(about)
    assert (about["participantType"], about["payloadType"]) == ("RECEIVER", "OpportunityInvitation")


def test_a_decision_on_a_submission_is_told_in_full(sqs: Sqs, api: Any) -> None:
    """AWS's answer to our invitation, its joining, the opportunity, and a snapshot, each about the right record."""
    with PartnerCentral(seed.load()) as aws:
        record = aws.records["O7000001"]
        record.body["LifeCycle"]["ReviewStatus"], record.engagement = "Submitted", "eng-00000000000001"
        events.sent(aws, record, "engi-0000000000001")
        aws.events_to = sqs.put
        aws.review("O7000001", "Approved")
    found = {event["detail-type"]: event["detail"] for event in told(sqs, api)}
    assert list(found) == [
        "Engagement Invitation Accepted",
        "Engagement Member Added",
        "Opportunity Updated",
        "Engagement Resource Snapshot Created",
    ]
    about = found["Engagement Invitation Accepted"]["engagementInvitation"]
    assert (about["id"], about["participantType"]) == ("engi-0000000000001", "SENDER")
    assert found["Engagement Member Added"]["engagement"] == {"id": "eng-00000000000001"}
    snapshot = found["Engagement Resource Snapshot Created"]["resourceSnapshot"]
    assert (snapshot["resourceId"], snapshot["resourceType"]) == ("O7000001", "Opportunity")
