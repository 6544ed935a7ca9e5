"""What matching two lists of companies tells."""

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    """What may be done with a match: taken as it is, shown to a person, or left."""

    SURE = "sure"
    REVIEW = "review"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Match:
    """How well one of theirs fits one of ours, and why."""

    ours: str  # id in our list
    theirs: str  # id in their list
    confidence: float  # 0 to 1; sure from 0.9, review from 0.5
    band: Band
    evidence: tuple[str, ...]  # short phrases, what speaks for it first


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said about a pair, which counts more than any score."""

    yes: bool
    words: str  # becomes the evidence: "Mei Tanaka said so on 3 November 2026"
