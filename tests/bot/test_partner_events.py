"""Partner Central's events, received over SQS from its stand-in."""

import json
import socket
import string
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.errors import Refused, Unavailable
from bot.partner_events import PartnerEvents, _region
from sandbox import seed
from sandbox.partner_central import PartnerCentral
from sandbox.sqs import Sqs


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    with Sqs() as stand_in:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", stand_in.url)
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "AKIDBOT"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ):
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield stand_in


@pytest.fixture
def events(sqs: Sqs) -> PartnerEvents:
    return PartnerEvents(queue_url=sqs.queue_url(), catalog="Sandbox")


def event(record: str = "O7000001", **changes: Any) -> dict[str, Any]:
    """An event as EventBridge wraps it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": "aws.partnercentral-selling",
        "detail-type": "Opportunity Updated",
        "account": "111122223333",
        "region": "us-east-1",
        "time": "2026-07-30T10:00:00Z",
        "resources": [],
        "detail": {"schemaVersion": "1", "catalog": "Sandbox", "opportunity": {"identifier": record}},
        **changes,
    }


def later(sqs: Sqs, seconds: float = 31) -> None:
    """So much time passes for the queue."""
    now = sqs.clock() + seconds
    sqs.clock = lambda: now


# -- receiving ---------------------------------------------------------------------------------------------------
def test_an_event_says_what_happened_to_which_record(sqs: Sqs, events: PartnerEvents) -> None:
    """Kind, record, catalog, time and the event's own id come out as AWS sent them."""
    sent = event()
    sqs.put(sent)
    (got,) = events.receive()
    assert (got.id, got.kind, got.record, got.catalog) == (
        sent["id"],
        "Opportunity Updated",
        "O7000001",
        "Sandbox",
    )
    assert got.at.isoformat() == "2026-07-30T10:00:00+00:00" and not got.sent


@pytest.mark.parametrize(
    ("detail", "resources", "record"),
    [
        ({"engagementInvitation": {"id": "engi-0000000000001"}}, [], "engi-0000000000001"),
        (
            {"engagementInvitation": {"arn": "arn:aws:partnercentral:us-east-1::catalog/Sandbox/x/engi-7"}},
            [],
            "engi-7",
        ),
        ({"engagement": {"engagementId": "eng-00000000000001"}}, [], "eng-00000000000001"),
        ({"engagement": {"id": "eng-2"}, "engagementMember": {"accountId": "1"}}, [], "eng-2"),
        ({"resourceSnapshot": {"engagementId": "eng-2", "resourceId": "O12"}}, [], "O12"),
        ({"somethingNew": 1}, ["arn:aws:partnercentral:us-east-1::catalog/Sandbox/new/thing-1"], "thing-1"),
    ],
)
def test_every_kind_names_its_record(
    sqs: Sqs, events: PartnerEvents, detail: dict[str, Any], resources: list[str], record: str
) -> None:
    """Wherever AWS puts the id, in the detail or in an ARN, it is found; also in a kind that is new."""
    sqs.put(event(detail={"catalog": "Sandbox", **detail}, resources=resources))
    assert [got.record for got in events.receive()] == [record]


@pytest.mark.parametrize(
    ("participant", "sent"), [("SENDER", True), ("Sender", True), ("RECEIVER", False), (None, False)]
)
def test_our_own_invitations_are_told_from_theirs(
    sqs: Sqs, events: PartnerEvents, participant: str | None, sent: bool
) -> None:
    """An invitation that we sent is marked, however AWS spells it."""
    about = {"id": "engi-1", "participantType": participant}
    sqs.put(event(detail={"catalog": "Sandbox", "engagementInvitation": about}))
    assert [got.sent for got in events.receive()] == [sent]


def test_an_empty_queue_gives_nothing(events: PartnerEvents) -> None:
    """No event is no error."""
    assert events.receive() == ()


def test_an_event_is_waited_for(sqs: Sqs, events: PartnerEvents) -> None:
    """An event that comes while the queue is asked is given at once, not at the end of the wait."""
    sqs.fault("ReceiveMessage", times=1, delay=0.05)
    sqs.put(event())
    assert len(events.receive(wait_seconds=20)) == 1
    assert sqs.calls("ReceiveMessage")[0].json()["WaitTimeSeconds"] == 20


def test_a_wait_is_kept_to_what_sqs_takes(sqs: Sqs, events: PartnerEvents) -> None:
    """A wait beyond twenty seconds is asked for as twenty."""
    sqs.put(event())
    assert len(events.receive(wait_seconds=600)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no JSON",
        "[]",
        "null",
        '"text"',
        json.dumps(event(source="aws.s3")),
        json.dumps(event(detail={"catalog": "AWS", "opportunity": {"identifier": "O1"}})),
        json.dumps(event(detail={"opportunity": {"identifier": "O1"}})),
        json.dumps(event(detail="O1")),
        json.dumps(event(detail={"catalog": "Sandbox", "opportunity": "O1"})),
        json.dumps(event(record="O1'; drop")),
        json.dumps(event(time="yesterday")),
        json.dumps(event(time="2026-07-30T10:00:00")),
        json.dumps(event(id="")),
        json.dumps({"Type": "Notification", "Message": json.dumps(event())}),
        "[" * 100_000,
    ],
)
def test_what_is_no_event_of_ours_goes(sqs: Sqs, events: PartnerEvents, body: str) -> None:
    """It is logged by its message's id, deleted, and hides none that came with it."""
    id = sqs.put(body)
    sqs.put(event())
    with capture_logs() as logs:
        assert [got.record for got in events.receive()] == ["O7000001"]
    assert sqs.waiting() == 1
    (entry,) = [entry for entry in logs if entry["event"] == "partner_event.not_ours"]
    assert entry["message"] == id and "drop" not in entry["why"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    detail=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(string.printable),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["catalog", "opportunity", "identifier", "engagementInvitation", "id", "engagement"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_nothing_in_a_body_raises(sqs: Sqs, events: PartnerEvents, detail: Any) -> None:
    """Whatever JSON the detail is: an event with a record that looks like an id, or nothing, and the queue goes on."""
    sqs.put(event(detail=detail))
    got = events.receive()
    assert all(one.record.replace("-", "").isalnum() for one in got)
    events.done(got)
    assert sqs.waiting() == 0


def test_a_failed_deletion_of_what_is_not_ours_holds_nothing_up(sqs: Sqs, events: PartnerEvents) -> None:
    """The events are there although SQS does not delete the rest just now."""
    sqs.put("no JSON")
    sqs.put(event())
    sqs.fault("DeleteMessageBatch", status=403)
    assert len(events.receive()) == 1


# -- duplicates --------------------------------------------------------------------------------------------------
def test_an_event_in_two_messages_counts_once(sqs: Sqs, events: PartnerEvents) -> None:
    """EventBridge sent it twice: one event, and both messages are gone when it is done."""
    sent = event()
    sqs.put(sent)
    sqs.put(sent)
    got = events.receive()
    assert len(got) == 1
    events.done(got)
    assert sqs.waiting() == 0


def test_a_message_that_came_twice_is_kept_until_done(sqs: Sqs, events: PartnerEvents) -> None:
    """SQS gave one message two times: it is one event, not deleted before it was handled, and deleted then."""
    sqs.twice = True
    sqs.put(event())
    got = events.receive()
    assert len(got) == 1 and sqs.waiting() == 1
    events.done(got)
    assert sqs.waiting() == 0


def test_an_event_that_was_not_handled_comes_back(sqs: Sqs, events: PartnerEvents) -> None:
    """After a crash each event is given again, those that came twice too."""
    sent = event()
    for one in (sent, sent, event("O2")):
        sqs.put(one)
    assert len(events.receive()) == 2
    later(sqs)
    assert {got.record for got in events.receive()} == {"O7000001", "O2"}


def test_two_events_of_one_change_are_two(sqs: Sqs, events: PartnerEvents) -> None:
    """Pairs with ids of their own are both given, in whatever order; the record tells that they belong together."""
    sqs.newest_first = True
    sqs.put(event())
    sqs.put(event())
    assert [got.record for got in events.receive()] == ["O7000001"] * 2


# -- done --------------------------------------------------------------------------------------------------------
def test_what_is_done_does_not_come_back(sqs: Sqs, events: PartnerEvents) -> None:
    """Only what was said to be done is deleted."""
    for record in ("O1", "O2"):
        sqs.put(event(record))
    events.done([got for got in events.receive() if got.record == "O1"])
    later(sqs)
    assert [got.record for got in events.receive()] == ["O2"]


def test_any_number_may_be_done_at_once(sqs: Sqs, events: PartnerEvents) -> None:
    """More than SQS takes in one call, and the same event given twice, are no error; none is no call."""
    for number in range(30):
        sqs.put(event(f"O{number}"))
    got = [one for _ in range(3) for one in events.receive()]
    events.done([*got, got[0]])
    assert sqs.waiting() == 0 and len(sqs.calls("DeleteMessageBatch")) == 3
    events.done([])
    assert len(sqs.calls("DeleteMessageBatch")) == 3


def test_a_receipt_that_ran_out_is_no_error(sqs: Sqs, events: PartnerEvents) -> None:
    """Handled longer than its visibility timeout: the event has come back, and nothing breaks."""
    sqs.put(event())
    first = events.receive()
    later(sqs)
    second = events.receive()
    events.done([first[0].model_copy(update={"receipt": "broken"}), *first])
    assert sqs.waiting() == 1
    events.done(second)
    assert sqs.waiting() == 0


def test_a_deletion_that_aws_did_not_make_is_told(sqs: Sqs, events: PartnerEvents) -> None:
    """The rest is deleted, and whoever asked knows that some will come again."""
    stays = sqs.put(event("O1"))
    sqs.put(event("O2"))
    sqs.undeletable = {stays}
    with pytest.raises(Unavailable, match="1 of the events"):
        events.done(events.receive())
    assert sqs.waiting() == 1


# -- when AWS does not do it -------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 500}, {"refuse": True}, {"drop_reply": True}])
def test_a_passing_fault_is_got_over(sqs: Sqs, events: PartnerEvents, fault: dict[str, Any]) -> None:
    """Throttling, a server error, a cut connection: asked again, and the event is there."""
    sqs.visibility = 0  # what a lost answer hid is there again
    sqs.put(event())
    sqs.fault("ReceiveMessage", **fault)
    assert len(events.receive()) == 1


@pytest.mark.parametrize("status", [429, 500])
def test_a_fault_that_stays_is_unavailable(sqs: Sqs, events: PartnerEvents, status: int) -> None:
    """After a few tries the queue is told to be down."""
    sqs.fault("ReceiveMessage", times=-1, status=status)
    with pytest.raises(Unavailable, match="cosell-partner-events"):
        events.receive()


def test_denied_access_tells_what_to_grant(sqs: Sqs, events: PartnerEvents) -> None:
    """An operator reads which permission is missing, on which queue."""
    sqs.fault("ReceiveMessage", status=403)
    with pytest.raises(Refused, match="grant sqs:ReceiveMessage on the queue cosell-partner-events"):
        events.receive()


def test_an_unknown_queue_is_refused(sqs: Sqs) -> None:
    """The queue that does not exist is named."""
    with pytest.raises(Refused, match=r"nowhere.*does not exist"):
        PartnerEvents(queue_url=sqs.queue_url("nowhere"), catalog="Sandbox").receive()


def test_no_credentials_are_told(sqs: Sqs, events: PartnerEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the operator reads just that."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(Refused, match="no AWS credentials"):
        events.receive()


def test_no_connection_is_unavailable(sqs: Sqs, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing listens, the queue is told to be down."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match="does not answer"):
        PartnerEvents(queue_url=sqs.queue_url(), catalog="Sandbox").receive()


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-central-1.amazonaws.com/111122223333/events", "eu-central-1"),
        ("https://sqs.us-gov-west-1.amazonaws.com/111122223333/events", "us-gov-west-1"),
        ("https://us-west-2.queue.amazonaws.com/111122223333/events", "us-west-2"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/events", "cn-north-1"),
        ("https://queue.amazonaws.com/111122223333/events", "us-east-1"),
        ("http://127.0.0.1:4566/000000000000/us-west-2.", "us-east-1"),
    ],
)
def test_the_region_is_the_queues(url: str, region: str) -> None:
    """Calls are signed for the region that the address names."""
    assert _region(url) == region


# -- with Partner Central ----------------------------------------------------------------------------------------
def test_what_partner_central_tells_arrives(sqs: Sqs, events: PartnerEvents) -> None:
    """An approval by AWS and an invitation, each told twice with ids of their own, come through with their records."""
    with PartnerCentral(seed.load()) as aws:
        aws.events_to, aws.duplicate_events = sqs.put, True
        invitation = aws.refer_to_us("Contoso Rail", "Signalling data", "Their store is full.")
    got = events.receive()
    assert [(one.kind, one.record, one.sent) for one in got] == [
        ("Engagement Invitation Created", invitation, False)
    ] * 2
    assert got[0].id != got[1].id
