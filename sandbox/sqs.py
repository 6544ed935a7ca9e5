"""Amazon SQS on loopback: standard queues in AWS's JSON protocol, at least once and in no order.

Sources: Amazon SQS API Reference and Developer Guide ("Visibility timeout", "At-least-once delivery").
"""

import asyncio
import hashlib
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.partner_central.access import signed_key
from sandbox.partner_central.answers import AwsError, request_id
from sandbox.server import Fault, StandIn

ACCOUNT = "000000000000"
QUEUE = "cosell-partner-events"
_QUERY = {  # the names that botocore shows: those of the older protocol (x-amzn-query-error)
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
}


@dataclass
class Message:
    """One message; it is given out with a new receipt each time, and only the newest deletes it."""

    body: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    visible_at: float = 0.0
    received: int = 0
    receipt: str = ""


class Sqs(StandIn):
    """Queues of one account. Serve it as ``AWS_ENDPOINT_URL_SQS``.

    ``twice`` gives each message two times in a batch, ``newest_first`` turns the order round; ``clock`` is what
    visibility is counted by; messages whose id is in ``undeletable`` fail to be deleted for AWS's own reasons.
    """

    name = "Amazon SQS"

    def __init__(self, *queues: str) -> None:
        super().__init__()
        self.queues: dict[str, list[Message]] = {name: [] for name in queues or (QUEUE,)}
        self.twice = False
        self.newest_first = False
        self.undeletable: set[str] = set()
        self.visibility = 30.0  # seconds
        self.clock: Callable[[], float] = time.monotonic
        self._lock = threading.Lock()

    # -- what a test or the demo sees and does --------------------------------------------------------------
    def queue_url(self, queue: str = QUEUE) -> str:
        """The address of a queue."""
        return f"{self.url}/{ACCOUNT}/{queue}"

    def put(self, event: Any, queue: str = QUEUE) -> str:
        """Send what EventBridge would, a JSON value, or text as it is; returns the message's id."""
        message = Message(event if isinstance(event, str) else json.dumps(event))
        with self._lock:
            self.queues[queue].append(message)
        return message.id

    def waiting(self, queue: str = QUEUE) -> int:
        """How many messages are not deleted."""
        with self._lock:
            return len(self.queues[queue])

    # -- the wire -------------------------------------------------------------------------------------------
    def asgi(self) -> ASGIApp:
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        return headers.get("x-amz-target", "").rpartition(".")[2]

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        status = fault.status or 500
        name = {403: "AccessDenied", 429: "RequestThrottled"}.get(status, "InternalFailure")
        return _wire(AwsError(fault.code or name, "Not this time", status=status if status != 429 else 403))

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        try:
            result = await self._answer(self.operation("POST", scope["path"], headers, body), headers, body)
        except AwsError as error:
            result = error
        status, extra, content = _wire(result)
        raw = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    async def _answer(
        self, operation: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any] | AwsError | None:
        signed_key(headers, "sqs")
        asked = json.loads(body or b"{}")
        queue = self._queue(asked.get("QueueUrl", ""))
        match operation:
            case "SendMessage":
                id = self.put(asked["MessageBody"], queue)
                return {"MessageId": id, "MD5OfMessageBody": _md5(asked["MessageBody"])}
            case "ReceiveMessage":
                return await self._receive(queue, asked)
            case "DeleteMessage":
                self._delete(queue, asked["ReceiptHandle"])
                return None
            case "DeleteMessageBatch":
                return self._delete_batch(queue, asked["Entries"])
            case "GetQueueAttributes":
                return {"Attributes": {"QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{queue}"}}
        raise AwsError("UnknownOperationException")

    def _queue(self, url: str) -> str:
        name = url.rpartition("/")[2]
        if name not in self.queues:
            raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")
        return name

    async def _receive(self, queue: str, asked: dict[str, Any]) -> dict[str, Any]:
        most, wait = asked.get("MaxNumberOfMessages", 1), asked.get("WaitTimeSeconds", 0)
        if not 1 <= most <= 10:
            raise AwsError("InvalidParameterValue", "MaxNumberOfMessages must be between 1 and 10")
        if not 0 <= wait <= 20:
            raise AwsError("InvalidParameterValue", "WaitTimeSeconds must be between 0 and 20")
        until = time.monotonic() + wait
        while not (given := self._take(queue, most, asked.get("VisibilityTimeout", self.visibility))):
            if time.monotonic() >= until:
                return {}
            await asyncio.sleep(0.02)
        return {"Messages": given}

    def _take(self, queue: str, most: int, hidden_for: float) -> list[dict[str, Any]]:
        with self._lock:
            now = self.clock()
            visible = [message for message in self.queues[queue] if message.visible_at <= now]
            if self.newest_first:
                visible.reverse()
            if self.twice:
                visible = [message for message in visible for _ in range(2)]
            return [_given(message, now + hidden_for) for message in visible[:most]]

    def _delete(self, queue: str, receipt: str) -> None:
        id = receipt.partition(":")[0]
        with self._lock:
            kept = self.queues[queue]
            if not receipt.partition(":")[2]:
                raise AwsError(
                    "ReceiptHandleIsInvalid", f'The input receipt handle "{receipt}" is not a valid receipt.'
                )
            if id in self.undeletable:
                raise AwsError("InternalError", "Not this time", status=500)
            self.queues[queue] = [m for m in kept if m.id != id or m.receipt != receipt]

    def _delete_batch(self, queue: str, entries: list[dict[str, str]]) -> dict[str, Any]:
        if not entries:
            raise AwsError("EmptyBatchRequest", "There should be at least one entry in the request.")
        if len(entries) > 10:
            raise AwsError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.")
        if len({entry["Id"] for entry in entries}) < len(entries):
            raise AwsError("BatchEntryIdsNotDistinct", "Two or more entries have the same Id.")
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in entries:
            try:
                self._delete(queue, entry["ReceiptHandle"])
            except AwsError as error:
                told = {"Code": error.name, "SenderFault": error.status < 500, "Message": str(error)}
                answer["Failed"].append({"Id": entry["Id"], **told})
            else:
                answer["Successful"].append({"Id": entry["Id"]})
        return answer


def _given(message: Message, hidden_until: float) -> dict[str, Any]:
    message.visible_at = hidden_until
    message.received += 1
    message.receipt = f"{message.id}:{secrets.token_hex(16)}"
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": _md5(message.body),
        "Body": message.body,
        "Attributes": {"ApproximateReceiveCount": str(message.received)},
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _wire(result: dict[str, Any] | AwsError | None) -> tuple[int, dict[str, str], bytes]:
    headers = {"x-amzn-requestid": request_id(), "content-type": "application/x-amz-json-1.0"}
    if isinstance(result, AwsError):
        fault = "Sender" if result.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{_QUERY.get(result.name, result.name)};{fault}"
        told = {"__type": f"com.amazonaws.sqs#{result.name}", "message": result.body["Message"]}
        content = json.dumps(told).encode()
    else:
        content = b"" if result is None else json.dumps(result).encode()
    headers["content-length"] = str(len(content))
    return (result.status if isinstance(result, AwsError) else 200), headers, content
