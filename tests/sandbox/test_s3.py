"""The stand-in of Amazon S3, asked with botocore."""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError

from sandbox.s3 import BUCKET, S3

_SESSION = botocore.session.get_session()


@pytest.fixture
def s3() -> Iterator[S3]:
    with S3() as stand_in:
        yield stand_in


@pytest.fixture
def api(s3: S3) -> Any:
    return _SESSION.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=s3.url,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


def refusal(call: Any, **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return str(answer["Error"]["Code"]), int(answer["ResponseMetadata"]["HTTPStatusCode"])


def test_what_is_put_is_read(s3: S3, api: Any) -> None:
    """The body comes back whole, with its ETag, length and time."""
    etag = api.put_object(Bucket=BUCKET, Key="a/b c.csv", Body=b"id,name\n")["ETag"]
    answer = api.get_object(Bucket=BUCKET, Key="a/b c.csv")
    assert answer["Body"].read() == b"id,name\n"
    assert (answer["ETag"], answer["ContentLength"]) == (etag, 8)
    assert abs((answer["LastModified"] - datetime.now(UTC)).total_seconds()) < 60


def test_an_etag_that_is_no_longer_true_is_refused(s3: S3, api: Any) -> None:
    """If-Match holds for just that content."""
    etag = s3.put("a", b"first")
    assert api.get_object(Bucket=BUCKET, Key="a", IfMatch=etag)["Body"].read() == b"first"
    s3.put("a", b"again")
    wanted = ("PreconditionFailed", 412)
    assert refusal(api.get_object, Bucket=BUCKET, Key="a", IfMatch=etag) == wanted


def test_what_is_not_there_is_told(s3: S3, api: Any) -> None:
    """A missing key and a missing bucket, by AWS's names."""
    assert refusal(api.get_object, Bucket=BUCKET, Key="a") == ("NoSuchKey", 404)
    assert refusal(api.list_objects_v2, Bucket="nowhere") == ("NoSuchBucket", 404)


def test_keys_are_listed_in_pages(s3: S3, api: Any) -> None:
    """In order, below the prefix, each once, with what the object is."""
    for key in ("b/2", "a/1", "b/1", "b/3 ü&<", "b/"):
        s3.put(key, b"x", modified=datetime(2026, 7, 30, 12, 0, 1, 500, tzinfo=UTC))
    first = api.list_objects_v2(Bucket=BUCKET, Prefix="b/", MaxKeys=3)
    assert [row["Key"] for row in first["Contents"]] == ["b/", "b/1", "b/2"] and first["IsTruncated"]
    rest = api.list_objects_v2(
        Bucket=BUCKET, Prefix="b/", MaxKeys=3, ContinuationToken=first["NextContinuationToken"]
    )
    (last,) = rest["Contents"]
    assert last["Key"] == "b/3 ü&<" and not rest["IsTruncated"] and last["Size"] == 1
    assert last["LastModified"] == datetime(2026, 7, 30, 12, 0, 1, tzinfo=UTC)
    assert last["ETag"] == s3.put("other", b"x")


def test_an_empty_bucket_lists_nothing(s3: S3, api: Any) -> None:
    """No contents at all, as S3 answers."""
    assert "Contents" not in api.list_objects_v2(Bucket=BUCKET)


def test_a_body_can_break_off_half_way(s3: S3, api: Any) -> None:
    """Just as many times as was arranged."""
    s3.put("a", b"x" * 100_000)
    s3.cut_bodies = 1
    with pytest.raises((IncompleteReadError, ResponseStreamingError)):
        api.get_object(Bucket=BUCKET, Key="a")["Body"].read()
    assert len(api.get_object(Bucket=BUCKET, Key="a")["Body"].read()) == 100_000


@pytest.mark.parametrize(
    ("status", "code"), [(503, "SlowDown"), (403, "AccessDenied"), (500, "InternalError")]
)
def test_an_arranged_fault_is_an_error_of_s3(s3: S3, api: Any, status: int, code: str) -> None:
    """By the names that AWS uses, for whichever call was meant."""
    s3.put("a", b"x")
    s3.fault("GetObject", status=status)
    assert "Contents" in api.list_objects_v2(Bucket=BUCKET)
    assert refusal(api.get_object, Bucket=BUCKET, Key="a") == (code, status)


def test_an_unsigned_request_is_denied(s3: S3) -> None:
    """Nothing is public."""
    s3.put("a", b"x")
    connection = http.client.HTTPConnection(s3.url.removeprefix("http://"))
    connection.request("GET", f"/{BUCKET}/a")
    answer = connection.getresponse()
    assert answer.status == 403 and b"AccessDenied" in answer.read()
    connection.close()
