"""Amazon S3 on loopback: buckets addressed by path, listed, read whole and written whole.

Source: Amazon S3 API Reference, ListObjectsV2, GetObject, PutObject and "Error responses".
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, quote, unquote
from xml.sax.saxutils import escape

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.partner_central.access import signed_key
from sandbox.partner_central.answers import AwsError, request_id
from sandbox.server import Fault, StandIn

BUCKET = "cosell-drops"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_MESSAGES = {
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
    "PreconditionFailed": "At least one of the pre-conditions you specified did not hold",
    "SlowDown": "Please reduce your request rate.",
    "AccessDenied": "Access Denied",
    "InternalError": "We encountered an internal error. Please try again.",
}
_STATUS = {"NoSuchBucket": 404, "NoSuchKey": 404, "PreconditionFailed": 412, "AccessDenied": 403}


@dataclass(frozen=True)
class Object:
    """One object as it is now."""

    body: bytes
    modified: datetime

    @property
    def etag(self) -> str:
        """The MD5 of the body in quotes, as S3 makes it for what was uploaded in one piece."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


class S3(StandIn):
    """Buckets of one account. Serve it as ``AWS_ENDPOINT_URL_S3``.

    ``cut_bodies`` is how many of the next bodies break off half way; ``page_size`` is how many keys a page has at most.
    An object is replaced between list and read by a fault's ``after_work``.
    """

    name = "Amazon S3"

    def __init__(self, *buckets: str) -> None:
        super().__init__()
        self.buckets: dict[str, dict[str, Object]] = {name: {} for name in buckets or (BUCKET,)}
        self.cut_bodies = 0
        self.page_size = 1000
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._lock = threading.Lock()

    # -- what a test or the demo sees and does --------------------------------------------------------------
    def put(self, key: str, body: bytes, *, bucket: str = BUCKET, modified: datetime | None = None) -> str:
        """Write an object, or write it anew; returns its ETag. LastModified has whole seconds."""
        object = Object(body, (modified or self.now()).replace(microsecond=0))
        with self._lock:
            self.buckets[bucket][key] = object
        return object.etag

    def remove(self, key: str, *, bucket: str = BUCKET) -> None:
        """Delete an object."""
        with self._lock:
            del self.buckets[bucket][key]

    # -- the wire -------------------------------------------------------------------------------------------
    def asgi(self) -> ASGIApp:
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        path, _, query = path.partition("?")
        if "/" not in path.strip("/"):
            return "ListObjectsV2" if "list-type=2" in query else ""
        return {"GET": "GetObject", "PUT": "PutObject"}.get(method, "")

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        known = {403: "AccessDenied", 404: "NoSuchKey", 412: "PreconditionFailed", 503: "SlowDown"}
        status = fault.status or 500
        return _error(AwsError(fault.code or known.get(status, "InternalError"), status=status), "")

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        raw_path = scope["raw_path"].decode("latin-1")
        bucket, _, key = unquote(raw_path).lstrip("/").partition("/")
        query = {k: v[0] for k, v in parse_qs(scope["query_string"].decode(), keep_blank_values=True).items()}
        try:
            status, extra, content = self._answer(scope["method"], bucket, key, query, headers, body)
        except AwsError as error:
            status, extra, content = _error(error, key)
        extra = {"content-length": str(len(content)), "x-amz-request-id": request_id(), **extra}
        raw = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in extra.items()]
        cut = status == 200 and scope["method"] == "GET" and key != "" and self.cut_bodies > 0
        await send({"type": "http.response.start", "status": status, "headers": raw})
        if cut:  # the server closes the connection on whoever leaves an answer unfinished
            self.cut_bodies -= 1
            await send(
                {"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True}
            )
            return
        await send({"type": "http.response.body", "body": content})

    def _answer(
        self,
        method: str,
        bucket: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> tuple[int, dict[str, str], bytes]:
        _signed(headers)
        if bucket not in self.buckets:
            raise AwsError("NoSuchBucket")
        if not key and method == "GET" and query.get("list-type") == "2":
            return 200, {"content-type": "application/xml"}, self._listed(bucket, query)
        if key and method == "GET":
            return self._read(bucket, key, headers)
        if key and method == "PUT" and "aws-chunked" not in headers.get("content-encoding", ""):
            return 200, {"etag": self.put(key, body, bucket=bucket)}, b""
        raise AwsError("NotImplemented", "A header or query you provided is not implemented.", status=501)

    def _read(self, bucket: str, key: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            found = self.buckets[bucket].get(key)
        if found is None:
            raise AwsError("NoSuchKey")
        if headers.get("if-match", found.etag) not in (found.etag, found.etag.strip('"')):
            raise AwsError("PreconditionFailed")
        told = {
            "etag": found.etag,
            "last-modified": format_datetime(found.modified, usegmt=True),
            "content-type": "application/octet-stream",
        }
        return 200, told, found.body

    def _listed(self, bucket: str, query: Mapping[str, str]) -> bytes:
        prefix, after = query.get("prefix", ""), query.get("start-after", "")
        if "continuation-token" in query:
            after = bytes.fromhex(query["continuation-token"]).decode()
        most = min(int(query.get("max-keys", "1000")), self.page_size)
        with self._lock:
            objects = dict(self.buckets[bucket])
        keys = sorted(k for k in objects if k.startswith(prefix) and k > after)
        page, more = keys[:most], len(keys) > most
        coded: Callable[[str], str] = escape
        if query.get("encoding-type") == "url":
            coded = quote
        parts = [
            f"<Name>{bucket}</Name><Prefix>{coded(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount>",
            f"<MaxKeys>{most}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>",
            "<EncodingType>url</EncodingType>" if coded is quote else "",
            f"<NextContinuationToken>{page[-1].encode().hex()}</NextContinuationToken>" if more else "",
        ]
        for key in page:
            found: Any = objects[key]
            parts.append(
                f"<Contents><Key>{coded(key)}</Key><LastModified>{found.modified:%Y-%m-%dT%H:%M:%S}.000Z"
                f"</LastModified><ETag>{escape(found.etag)}</ETag><Size>{len(found.body)}</Size>"
                "<StorageClass>STANDARD</StorageClass></Contents>"
            )
        whole = "".join(parts)
        return f'{_XML}<ListBucketResult xmlns="{_NAMESPACE}">{whole}</ListBucketResult>'.encode()


def _signed(headers: Mapping[str, str]) -> None:
    try:
        signed_key(headers, "s3")
    except AwsError as error:
        raise AwsError("AccessDenied", str(error), status=403) from error
    if "x-amz-content-sha256" not in headers:
        raise AwsError(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", status=400
        )


def _error(error: AwsError, key: str) -> tuple[int, dict[str, str], bytes]:
    said = error.body["Message"] or _MESSAGES.get(error.name, "")
    status = _STATUS.get(error.name, error.status)
    content = (
        f"{_XML}<Error><Code>{error.name}</Code><Message>{escape(said)}</Message><Key>{escape(key)}</Key>"
        f"<RequestId>{request_id()}</RequestId></Error>"
    ).encode()
    return status, {"content-type": "application/xml"}, content
