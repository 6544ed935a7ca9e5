"""What AWS Partner Central says has happened: its events, as EventBridge delivers them to an SQS queue.

They carry ids and not what changed, come at least once and in no order, and one change may come as two events with ids
of their own: whoever handles one reads the record anew, and takes several of one record for one. The queue is the bot's
alone and for one catalog. It is read as the bot itself, not as a person.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import structlog
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from bot.aws import REGION, Service
from bot.deal import Frozen
from bot.errors import BotError, Unavailable

_MOST = 10  # messages in one answer, and in one deletion
_LONGEST_WAIT = 20  # seconds
_RECORD = re.compile(r"[A-Za-z0-9-]{1,100}")
_WHERE = (  # who names the record in an event's detail, most telling first
    ("opportunity", "identifier"),
    ("engagementInvitation", "id"),
    ("engagementInvitation", "arn"),
    ("resourceSnapshot", "resourceId"),
    ("engagement", "id"),
    ("engagement", "engagementId"),
    ("engagement", "engagementArn"),
)

log = structlog.get_logger()


class PartnerEvent(Frozen):
    """Something happened to one record in Partner Central."""

    id: str
    kind: str  # EventBridge's detail-type: "Opportunity Updated", "Engagement Invitation Created", …
    record: str  # O…, engi-…, eng-…
    catalog: str
    sent: bool = False  # about an invitation that we sent, not one that we received
    at: AwareDatetime
    receipt: str  # SQS's receipt handle


class _Envelope(BaseModel):
    """An event as EventBridge wraps it (Amazon EventBridge User Guide, "Events")."""

    id: str = Field(min_length=1, max_length=200)
    source: Literal["aws.partnercentral-selling"]
    kind: str = Field(alias="detail-type", min_length=1, max_length=200)
    time: AwareDatetime
    resources: tuple[str, ...] = ()
    detail: Mapping[str, Any]


class PartnerEvents:
    """The queue that EventBridge delivers Partner Central's events to.

    Its region is read from its address. Everything raises ``Unavailable`` when SQS does not answer now, and ``Refused``
    when it does not let the bot in or there is no such queue.
    """

    def __init__(self, *, queue_url: str, catalog: str) -> None:
        self._url, self._catalog = queue_url, catalog
        self._queue = queue_url.rpartition("/")[2]
        title = f"The queue {self._queue} of Amazon SQS"
        self._sqs = Service("sqs", title, region=_region(queue_url), read_timeout=_LONGEST_WAIT + 10)

    def receive(self, wait_seconds: int = 0) -> tuple[PartnerEvent, ...]:
        """At most ten events, as soon as there is one or after this time; each comes back until it is ``done``.

        What is no event of this catalog is logged by its message's id and deleted. An event that came twice is there
        once.
        """
        answer = self._sqs.ask(
            "receive_message",
            needs=f"sqs:ReceiveMessage on the queue {self._queue}",
            QueueUrl=self._url,
            MaxNumberOfMessages=_MOST,
            WaitTimeSeconds=max(0, min(wait_seconds, _LONGEST_WAIT)),
        )
        events: dict[str, PartnerEvent] = {}
        messages: dict[str, str] = {}  # by the event's id: the message that it came in
        dropped: list[str] = []
        for message in answer.get("Messages", ()):
            id, receipt = message["MessageId"], message["ReceiptHandle"]
            try:
                event = self._event(message.get("Body", ""), receipt)
            except ValueError as error:
                log.warning("partner_event.not_ours", message=id, why=_why(error))
                dropped.append(receipt)
                continue
            if messages.setdefault(event.id, id) != id:
                dropped.append(receipt)  # the first message brings the event back if it is not handled
            else:
                events[event.id] = (
                    event  # of one message that came twice the newest receipt is the one that counts
                )
        self._drop(dropped)
        return tuple(events.values())

    def done(self, events: Iterable[PartnerEvent]) -> None:
        """Delete events that have been handled; one that was not comes back when its visibility timeout is over.

        ``Unavailable`` when some could not be deleted: they come back, and may be handled again.
        """
        left = self._delete(dict.fromkeys(event.receipt for event in events))
        if left:
            raise Unavailable(
                f"Amazon SQS did not delete {left} of the events just now; they will come again."
            )

    def _event(self, body: str, receipt: str) -> PartnerEvent:
        """``ValueError`` when it is not about this catalog of Partner Central."""
        envelope = _Envelope.model_validate_json(body)
        catalog = envelope.detail.get("catalog")
        if catalog != self._catalog:
            raise ValueError("another catalog")
        invitation = envelope.detail.get("engagementInvitation")
        participant = invitation.get("participantType") if isinstance(invitation, Mapping) else None
        return PartnerEvent(
            id=envelope.id,
            kind=envelope.kind,
            record=_record(envelope),
            catalog=self._catalog,
            sent=str(participant).lower() == "sender",  # AWS writes both Sender and SENDER
            at=envelope.time,
            receipt=receipt,
        )

    def _drop(self, receipts: Iterable[str]) -> None:
        try:
            self._delete(receipts)
        except BotError as error:
            log.warning("partner_event.not_deleted", why=str(error))

    def _delete(self, receipts: Iterable[str]) -> int:
        """How many SQS could not delete for reasons of its own."""
        left = 0
        waiting = list(receipts)
        for start in range(0, len(waiting), _MOST):
            answer = self._sqs.ask(
                "delete_message_batch",
                needs=f"sqs:DeleteMessage on the queue {self._queue}",
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": receipt}
                    for n, receipt in enumerate(waiting[start : start + _MOST])
                ],
            )
            for failed in answer.get("Failed", ()):
                log.warning("partner_event.not_deleted", why=failed.get("Code"))
                if not failed.get("SenderFault"):  # else its receipt ran out: it has come back, or is gone
                    left += 1
        return left


def _record(envelope: _Envelope) -> str:
    """The id of the record that an event is about."""
    for id in (*_named(envelope.detail), *envelope.resources):
        last = id.rpartition("/")[2]
        if _RECORD.fullmatch(last):
            return last
    raise ValueError("it names no record")


def _named(detail: Mapping[str, Any]) -> Iterator[str]:
    for part, member in _WHERE:
        about = detail.get(part)
        if isinstance(about, Mapping) and isinstance(about.get(member), str):
            yield about[member]


def _why(error: ValueError) -> str:
    """What was wrong, without the words of whoever sent it."""
    if not isinstance(error, ValidationError):
        return str(error)
    wrong = [
        (".".join(map(str, e["loc"])) or "the body", e["type"]) for e in error.errors(include_input=False)
    ]
    return "; ".join(f"{where}: {what}" for where, what in wrong)


def _region(url: str) -> str:
    """Of a queue's address: ``https://sqs.us-east-1.amazonaws.com/…``; that of Partner Central where it says none."""
    found = re.search(r"(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d+)\.", urlsplit(url).hostname or "")
    return found[1] if found else REGION
