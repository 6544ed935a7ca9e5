"""Files dropped into S3, read from its stand-in."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import bot.drops
from bot.deal import Drop
from bot.drops import Drops
from bot.errors import Refused, Unavailable
from sandbox.s3 import BUCKET, S3

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
OLD = NOW - timedelta(hours=1)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    with S3() as stand_in:
        stand_in.now = lambda: OLD
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", stand_in.url)
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
def drops(s3: S3) -> Drops:
    return Drops(bucket=BUCKET, prefix="lists")


def the(drops: Drops) -> Drop:
    """The one file that is there."""
    (drop,) = drops.settled(NOW)
    return drop


# -- listing -----------------------------------------------------------------------------------------------------
def test_a_file_is_listed_with_what_it_is(s3: S3, drops: Drops) -> None:
    """Key, name, size, ETag and time are the bucket's."""
    etag = s3.put("lists/2026/accounts Q3.csv", b"id,name\n", modified=OLD)
    assert the(drops) == Drop("lists/2026/accounts Q3.csv", etag, 8, OLD)
    assert the(drops).name == "accounts Q3.csv"


def test_a_file_is_left_alone_for_a_minute(s3: S3, drops: Drops) -> None:
    """Just a minute after the last write it is there, a second sooner it is not."""
    s3.put("lists/a.csv", b"a", modified=NOW - timedelta(seconds=60))
    s3.put("lists/b.csv", b"b", modified=NOW - timedelta(seconds=59))
    s3.put("lists/c.csv", b"c", modified=NOW + timedelta(hours=1))
    assert [drop.name for drop in drops.settled(NOW)] == ["a.csv"]


def test_the_oldest_comes_first(s3: S3, drops: Drops) -> None:
    """By time, then by key."""
    for key, minutes in (("c", 5), ("a", 3), ("b", 9), ("d", 9)):
        s3.put(f"lists/{key}", b"x", modified=NOW - timedelta(minutes=minutes))
    assert [drop.name for drop in drops.settled(NOW)] == ["b", "d", "c", "a"]


def test_what_is_no_file_is_left_out(s3: S3, drops: Drops) -> None:
    """Folder markers, with content or without, and empty objects."""
    for key, body in (("lists/", b""), ("lists/sub/", b"x"), ("lists/empty.csv", b""), ("lists/a", b"x")):
        s3.put(key, body)
    assert [drop.key for drop in drops.settled(NOW)] == ["lists/a"]


@pytest.mark.parametrize("prefix", ["lists", "lists/", "/lists/"])
def test_only_the_folder_is_looked_at(s3: S3, prefix: str) -> None:
    """A folder whose name begins alike is another one, however the setting is written."""
    for key in ("lists/a", "lists-old/b", "c"):
        s3.put(key, b"x")
    assert [drop.key for drop in Drops(bucket=BUCKET, prefix=prefix).settled(NOW)] == ["lists/a"]


def test_without_a_prefix_the_whole_bucket_is_looked_at(s3: S3) -> None:
    """Every folder, and what is in none."""
    for key in ("lists/a", "b"):
        s3.put(key, b"x")
    assert {drop.key for drop in Drops(bucket=BUCKET).settled(NOW)} == {"lists/a", "b"}


def test_every_page_is_looked_at(s3: S3, drops: Drops) -> None:
    """Files beyond the first page are there, each once."""
    s3.page_size = 10
    keys = [f"lists/{number:02}.csv" for number in range(35)]
    for key in keys:
        s3.put(key, b"x")
    assert [drop.key for drop in drops.settled(NOW)] == keys
    assert len(s3.calls("ListObjectsV2")) == 4


def test_too_many_objects_are_told(s3: S3, drops: Drops, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that does not end within its bound is no short list."""
    monkeypatch.setattr(bot.drops, "_MOST_PAGES", 2)
    s3.page_size = 1
    for number in range(3):
        s3.put(f"lists/{number}", b"x")
    with pytest.raises(Refused, match="more than 2,000 objects"):
        drops.settled(NOW)


@pytest.mark.parametrize("name", ["Ärzte & Söhne.csv", "a+b c%20d.csv", "<x>'\"?#&=.csv", "数据.xlsx"])
def test_any_name_is_listed_and_read(s3: S3, drops: Drops, name: str) -> None:
    """Whatever letters a name has, it comes out as it was written."""
    s3.put(f"lists/{name}", b"content")
    assert the(drops).name == name
    assert drops.fetch(the(drops)) == b"content"


# -- reading -----------------------------------------------------------------------------------------------------
def test_a_file_is_read_whole(s3: S3, drops: Drops) -> None:
    """Every byte, in order, beyond what one packet holds."""
    content = bytes(range(256)) * 8000
    s3.put("lists/a.bin", content)
    assert drops.fetch(the(drops)) == content


def test_a_file_replaced_after_it_was_listed_is_not_read(s3: S3, drops: Drops) -> None:
    """The new content was not seen in the list, so it waits until it is."""
    s3.put("lists/a.csv", b"first")
    s3.fault("ListObjectsV2", after_work=lambda: s3.put("lists/a.csv", b"again") and None)
    with pytest.raises(Unavailable, match=r"a\.csv is still being written") as caught:
        drops.fetch(the(drops))
    assert caught.value.after == 60
    assert s3.calls("GetObject")[0].headers["if-match"].strip('"')


def test_a_listed_length_that_is_not_the_objects_is_found(s3: S3, drops: Drops) -> None:
    """An ETag alone is not trusted: another length is another file."""
    s3.put("lists/a.csv", b"first")
    listed = the(drops)
    with pytest.raises(Unavailable, match="still being written"):
        drops.fetch(Drop(listed.key, listed.etag, listed.size + 1, listed.modified))


def test_a_broken_connection_is_got_over(s3: S3, drops: Drops) -> None:
    """A body that breaks off half way is read again from its beginning."""
    content = bytes(range(256)) * 800
    s3.put("lists/a.bin", content)
    s3.cut_bodies = 2
    assert drops.fetch(the(drops)) == content
    assert len(s3.calls("GetObject")) == 3


def test_a_connection_that_keeps_breaking_is_told(s3: S3, drops: Drops) -> None:
    """Half a file is never given: after three tries it could not be read."""
    s3.put("lists/a.bin", b"x" * 100_000)
    s3.cut_bodies = 99
    with pytest.raises(Unavailable, match=r"a\.bin did not come whole"):
        drops.fetch(the(drops))
    assert len(s3.calls("GetObject")) == 3


def test_a_file_replaced_between_two_tries_is_not_mixed(s3: S3, drops: Drops) -> None:
    """The first half of one and the second of another cannot meet: the second try asks for the first's ETag."""
    s3.put("lists/a.bin", b"x" * 1000)
    listed = the(drops)
    s3.cut_bodies = 1
    s3.fault("GetObject", after_work=lambda: s3.put("lists/a.bin", b"y" * 1000) and None)
    with pytest.raises(Unavailable, match="still being written"):
        drops.fetch(listed)


def test_a_file_that_is_too_large_is_not_read(s3: S3) -> None:
    """It is refused by its size before anything is asked; one byte less is read."""
    s3.put("lists/a.bin", b"x" * 1001)
    listed = the(Drops(bucket=BUCKET))
    with pytest.raises(Refused, match=r"a\.bin has 0\.0 MB"):
        Drops(bucket=BUCKET, most=1000).fetch(listed)
    assert s3.calls("GetObject") == []
    assert len(Drops(bucket=BUCKET, most=1001).fetch(listed)) == 1001


def test_a_file_that_is_gone_is_told(s3: S3, drops: Drops) -> None:
    """Somebody deleted it after it was listed."""
    s3.put("lists/a.csv", b"x")
    listed = the(drops)
    s3.remove("lists/a.csv")
    with pytest.raises(Refused, match=r"a\.csv is no longer in the bucket"):
        drops.fetch(listed)


# -- when AWS does not do it -------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 500}, {"refuse": True}, {"drop_reply": True}])
@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
def test_a_passing_fault_is_got_over(s3: S3, drops: Drops, operation: str, fault: dict[str, Any]) -> None:
    """Slowing down, a server error, a cut connection: asked again."""
    s3.put("lists/a.csv", b"content")
    s3.fault(operation, **fault)
    assert drops.fetch(the(drops)) == b"content"


def test_a_fault_that_stays_is_unavailable(s3: S3, drops: Drops) -> None:
    """After a few tries the bucket is told to be down."""
    s3.fault("ListObjectsV2", times=-1, status=500)
    with pytest.raises(Unavailable, match=BUCKET):
        drops.settled(NOW)


@pytest.mark.parametrize(
    ("operation", "needs"), [("ListObjectsV2", "s3:ListBucket"), ("GetObject", "s3:GetObject")]
)
def test_denied_access_tells_what_to_grant(s3: S3, drops: Drops, operation: str, needs: str) -> None:
    """An operator reads which permission is missing, on which bucket."""
    s3.put("lists/a.csv", b"x")
    s3.fault(operation, status=403)
    with pytest.raises(Refused, match=f"grant {needs} on the bucket {BUCKET}"):
        drops.fetch(the(drops))


def test_an_unknown_bucket_is_refused(s3: S3) -> None:
    """The bucket that does not exist is named."""
    with pytest.raises(Refused, match=r"nowhere.*does not exist"):
        Drops(bucket="nowhere").settled(NOW)


def test_no_credentials_are_told(s3: S3, drops: Drops, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the operator reads just that."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(Refused, match="no AWS credentials"):
        drops.settled(NOW)


def test_no_connection_is_unavailable(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing listens, the bucket is told to be down."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match="does not answer"):
        Drops(bucket=BUCKET).settled(NOW)
