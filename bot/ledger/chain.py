"""The chain of entries: read, and walked to see that nothing was changed, removed or put in.

The link of an entry is the SHA-256 of the link before it and of the SHA-256 of the entry's own canonical JSON.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.deal import Json
from bot.ledger.steps import HEAD, LEDGER, Steps, sha, text
from bot.ledger.values import Flaw, Verdict

GENESIS = bytes(32)
"""The link before the first entry."""


class Chain:
    """All entries, oldest first or newest first."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def entries(self, after: int = 0) -> Iterator[Mapping[str, Json]]:
        """Every entry after a sequence number, oldest first."""
        for line in self.lines(after):
            yield {**json.loads(line.entry), "seq": line.seq, "link": line.link}

    def verify(self) -> Verdict:
        """Walk the chain up to where it ended when the walk began, and every proposal's newest state.

        Names the first entry that is not as it was written. Others may go on writing meanwhile.
        """
        known, written = self._steps.ask(lambda: self._steps.redis.hmget(HEAD, ["link", "seq"]))
        before, seq, end = GENESIS, 0, int(written or 0)
        states: dict[str, tuple[int, str]] = {}
        for line in self.lines(0):
            if seq == end:
                break
            flaw = flaw_of(line, seq + 1, before)
            if flaw is not None:
                return Verdict(entries=seq, head=before.hex(), flaw=Flaw(seq=seq + 1, what=flaw))
            before, seq = bytes.fromhex(line.link), line.seq
            entry = json.loads(line.entry)
            if entry.get("record"):
                states[entry["record"]] = (seq, entry["state"])
        head = before.hex()
        if (known or GENESIS, end) != (before, seq):
            what = f"the chain ends here, but {end} entries were written"
            return Verdict(entries=seq, head=head, flaw=Flaw(seq=seq, what=what))
        for record, (last, state) in states.items():
            if not self._stands(record, state, end):
                what = (
                    f"the state of {record.removeprefix('cosell:')} is not the one that this entry recorded"
                )
                return Verdict(entries=seq, head=head, flaw=Flaw(seq=last, what=what))
        return Verdict(entries=seq, head=head, flaw=None)

    def _stands(self, record: str, state: str, end: int) -> bool:
        """Whether a record's state is the one last recorded, or one recorded since the walk began."""
        kept = self._steps.ask(partial(self._steps.redis.hget, record, "state"))
        if kept is None:
            return False
        found = sha(text(kept))
        newer = (e for e in self.entries(end) if e.get("record") == record) if found != state else ()
        return found == state or any(entry["state"] == found for entry in newer)

    def lines(self, after: int) -> Iterator["Line"]:
        """Every entry after a sequence number as it lies in the store, oldest first."""
        last = f"({after}-0"
        while True:
            chunk = self._steps.ask(partial(self._steps.redis.xrange, LEDGER, min=last, count=500))
            yield from (_line(*found) for found in chunk)
            if len(chunk) < 500:
                return
            last = f"({text(chunk[-1][0])}"

    def at(self, numbers: Sequence[int]) -> Iterator[Mapping[str, Json]]:
        """The entries with these sequence numbers, in the order asked; those that are not there are left out."""
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            for found in self._steps.ask(partial(self._exactly, some)):
                for line in (_line(*one) for one in found):
                    yield {**json.loads(line.entry), "seq": line.seq, "link": line.link}

    def _exactly(self, numbers: Sequence[int]) -> list[Any]:
        pipeline = self._steps.redis.pipeline(transaction=False)
        for number in numbers:
            pipeline.xrange(LEDGER, min=f"{number}-0", max=f"{number}-0")
        return list(pipeline.execute())

    def end(self) -> tuple[int, str]:
        """How many entries were written, and the link of the newest, in hex."""
        link, written = self._steps.ask(lambda: self._steps.redis.hmget(HEAD, ["link", "seq"]))
        return int(written or 0), (link or GENESIS).hex()

    def lines_back(self) -> Iterator["Line"]:
        """Every entry as it lies in the store, the newest first."""
        first = "+"
        while True:
            chunk = self._steps.ask(partial(self._steps.redis.xrevrange, LEDGER, max=first, count=500))
            yield from (_line(*found) for found in chunk)
            if len(chunk) < 500:
                return
            first = f"({text(chunk[-1][0])}"


@dataclass(frozen=True)
class Line:
    """One entry as it lies in the store."""

    seq: int
    entry: str  # canonical JSON
    link: str  # hex


def _line(stream_id: bytes, fields: Mapping[bytes, bytes]) -> "Line":
    seq, _, _ = text(stream_id).partition("-")
    return Line(int(seq), text(fields.get(b"entry", b"")), text(fields.get(b"link", b"")))


def flaw_of(line: "Line", seq: int, before: bytes) -> str | None:
    """What is wrong with an entry that should be the next after ``before``; None: nothing is."""
    if line.seq != seq:
        return f"entry {seq} is missing: entry {line.seq} stands in its place"
    digest = hashlib.sha256(line.entry.encode()).digest()
    if hashlib.sha256(before + digest).hexdigest() != line.link:
        return "it is not what was written, or does not follow from the entry before it"
    return None
