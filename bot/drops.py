"""Files that somebody drops into an S3 bucket, read when they are whole.

S3 shows an upload when it is complete, in one part or in many. An object can still be replaced while it is read, and a
connection can break in the middle of it: both are found here. That a file itself was written cut off is for whoever
reads the file to see. The bucket is read as the bot itself, not as a person, and nothing in it is changed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.aws import Service, body_of, code
from bot.deal import Drop
from bot.errors import Refused, Unavailable

SETTLE = timedelta(seconds=60)
"""How long an object must have been left alone: an uploader that overwrites in parts is let finish."""

_MOST_PAGES = 100  # of 1,000 objects
_TRIES = 3


class Drops:
    """A folder of a bucket, with everything below it; without ``prefix`` the whole bucket.

    ``most`` is how many bytes a file may have. Everything raises ``Unavailable`` when S3 does not answer now, and
    ``Refused`` when it does not let the bot in or there is no such bucket.
    """

    def __init__(self, *, bucket: str, prefix: str = "", most: int = 100_000_000) -> None:
        self._bucket, self._most = bucket, most
        folder = prefix.strip("/")
        self._prefix = f"{folder}/" if folder else ""
        self._s3 = Service("s3", f"The bucket {bucket} of Amazon S3", read_timeout=30)

    def settled(self, now: datetime) -> tuple[Drop, ...]:
        """The files that were left alone for ``SETTLE``, oldest first; folder markers and empty objects are left out.

        ``Refused`` when there are more than 100,000 objects.
        """
        drops = [
            Drop(key=row["Key"], etag=row["ETag"], size=row["Size"], modified=row["LastModified"])
            for row in self._objects()
            if row["Size"] > 0 and not row["Key"].endswith("/") and now - row["LastModified"] >= SETTLE
        ]
        return tuple(sorted(drops, key=lambda drop: (drop.modified, drop.key)))

    def fetch(self, drop: Drop) -> bytes:
        """The file's content, whole and as it was listed.

        ``Unavailable`` while it changes or when it did not come whole, ``Refused`` when it is too large or gone.
        """
        if drop.size > self._most:
            raise Refused(
                f"The file {drop.name} has {drop.size / 1e6:,.1f} MB; at most {self._most / 1e6:,.1f} MB are read. "
                "Split it, or drop only the columns that are needed."
            )
        for last in (*[False] * (_TRIES - 1), True):
            answer = self._opened(drop)
            try:
                return body_of(answer)
            except Unavailable as error:
                if last:
                    raise Unavailable(f"The file {drop.name} did not come whole. {error}") from error
        raise AssertionError("the last try returns or raises")

    def _opened(self, drop: Drop) -> dict[str, Any]:
        try:
            answer = self._s3.ask(
                "get_object",
                needs=f"s3:GetObject on the bucket {self._bucket}",
                Bucket=self._bucket,
                Key=drop.key,
                IfMatch=drop.etag,
            )
        except Refused as error:
            if code(error.__cause__) in ("PreconditionFailed", "412"):
                raise _changing(drop) from error
            if code(error.__cause__) in ("NoSuchKey", "404"):
                raise Refused(f"The file {drop.name} is no longer in the bucket {self._bucket}.") from error
            raise
        if answer.get("ContentLength") != drop.size:
            answer["Body"].close()
            raise _changing(drop)
        return answer

    def _objects(self) -> Iterator[dict[str, Any]]:
        asked = {"Bucket": self._bucket, "Prefix": self._prefix}
        for _ in range(_MOST_PAGES):
            page = self._s3.ask(
                "list_objects_v2", needs=f"s3:ListBucket on the bucket {self._bucket}", **asked
            )
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]
        raise Refused(
            f"The bucket {self._bucket} has more than {_MOST_PAGES * 1000:,} objects below “{self._prefix}”. Move what "
            "has been read to another folder."
        )


def _changing(drop: Drop) -> Unavailable:
    return Unavailable(
        f"The file {drop.name} is still being written; it is read when it has been left alone for a minute.",
        after=SETTLE.total_seconds(),
    )
