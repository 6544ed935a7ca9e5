"""Which of ours lie under which keys, in arrays, so that a million of them take tens of megabytes."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from bot.matching.profile import Kind

Ids = NDArray[np.int32]

_EXACT = (Kind.DUNS, Kind.DOMAIN, Kind.WHOLE, Kind.PLACED, Kind.SORTED)
_MOST = np.array([64 if kind in _EXACT else 256 if kind is Kind.WORD else 48 for kind in Kind])
"""Of ours under one key that are looked at; where more have a key of the other kinds, it tells too little."""
_CUT = np.array([kind in _EXACT for kind in Kind])
_WORTH = np.array(
    [{Kind.DUNS: 12, Kind.DOMAIN: 10, Kind.WHOLE: 9, Kind.PLACED: 3, Kind.SORTED: 8}.get(k, 3) for k in Kind],
    np.float32,
)


def hashed(kind: Kind, text: str) -> int:
    """A key as 64 bits, the same in every process."""
    return int.from_bytes(blake2b(f"{kind:d}{text}".encode("ascii", "replace"), digest_size=8).digest())


def number(text: str) -> int:
    """An id as 64 bits, by which ties are broken whatever the order of the list."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of a batch, the likeliest of each first."""

    asker: Ids
    candidate: Ids
    worth: NDArray[np.float32]


class Postings:
    """An inverted index over keys of every kind."""

    def __init__(self, marks: "array[int]", owners: "array[int]", order: NDArray[np.uint64]) -> None:
        hashes, owner = np.frombuffer(marks, np.uint64), np.frombuffer(owners, np.int32)
        by_key = np.lexsort((order[owner], hashes)) if len(hashes) else np.zeros(0, np.int64)
        hashes = hashes[by_key]
        starts = (
            np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))) if len(hashes) else by_key
        )
        self._keys = hashes[starts]
        self._starts = np.append(starts, len(hashes)).astype(np.int64)
        self._owners: Ids = owner[by_key]
        self._order = order

    def counts(self, marks: Sequence[int]) -> NDArray[np.int64]:
        """How many of ours have each key."""
        return self._located(np.array(marks, np.uint64))[1]

    def _located(self, marks: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if not len(self._keys):
            return np.zeros(len(marks), np.int64), np.zeros(len(marks), np.int64)
        at = np.minimum(np.searchsorted(self._keys, marks), len(self._keys) - 1)
        size = np.where(self._keys[at] == marks, self._starts[at + 1] - self._starts[at], 0)
        return self._starts[at], size

    def find(self, askers: Ids, kinds: NDArray[np.int8], marks: NDArray[np.uint64], most: int) -> Found:
        """For each asker the ``most`` of ours that share the most telling keys with it."""
        start, size = self._located(marks)
        limit = _MOST[kinds]
        size = np.where(size <= limit, size, np.where(_CUT[kinds], limit, 0))
        worth = _WORTH[kinds]
        words = (kinds == Kind.WORD) & (size > 0)
        worth[words] = np.maximum(1.5, 6 - np.log2(size[words]) / 2)
        total = int(size.sum())
        # Every posting of every key in one row: its place is the key's start plus its rank within the key.
        rank = np.arange(total) - np.repeat(np.cumsum(size) - size, size)
        owners = self._owners[np.repeat(start, size) + rank]
        pairs = np.repeat(askers.astype(np.int64), size) << 32 | owners
        by_pair = np.argsort(pairs, kind="stable")
        pairs = pairs[by_pair]
        first = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1]))) if total else by_pair
        points = np.repeat(worth, size)[by_pair]
        summed = np.add.reduceat(points, first) if total else points
        pairs = pairs[first]
        asker, candidate = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
        best = np.lexsort((self._order[candidate], -summed, asker))
        asker, candidate, summed = asker[best], candidate[best], summed[best]
        heads = np.flatnonzero(np.concatenate(([True], asker[1:] != asker[:-1]))) if len(asker) else best
        place = np.arange(len(asker)) - np.repeat(heads, np.diff(np.append(heads, len(asker))))
        kept = place < most
        return Found(asker[kept], candidate[kept], summed[kept])


def gathered(rows: Iterable[tuple[int, int]]) -> "tuple[array[int], array[int]]":
    """Marks and owners as flat arrays."""
    marks, owners = array("Q"), array("i")
    for owner, mark in rows:
        marks.append(mark)
        owners.append(owner)
    return marks, owners
