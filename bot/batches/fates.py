"""What became of each line of a batch, by the steps that are in the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.action import Receipt
from bot.batches.lines import Line
from bot.batches.writing import BULK_ABOVE, CLOSE, OUTCOME, UPLOAD, chunks
from bot.clients import Reply


class State(StrEnum):
    """Where a row stands, in the words of the file that tells of it."""

    WRITTEN = "written"
    ALREADY = "already there"
    FAILED = "not written"
    UNKNOWN = "not known"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one row, and why it is not written."""

    state: State
    why: str = ""


def fates(lines: Sequence[Line], steps: Mapping[str, Reply], receipt: Receipt | None = None) -> list[Fate]:
    """The fate of each line, in their order."""
    found = _of_a_job(lines, steps) if len(lines) > BULK_ABOVE else _of_calls(lines, steps)
    unconfirmed = receipt.rows.unconfirmed if receipt is not None and receipt.rows is not None else {}
    return [
        Fate(State.UNKNOWN, unconfirmed[line.id]) if line.id in unconfirmed else fate
        for line, fate in zip(lines, found, strict=True)
    ]


def _of_calls(lines: Sequence[Line], steps: Mapping[str, Reply]) -> list[Fate]:
    """The first call without an outcome may have been sent; those after it were not."""
    found: list[Fate] = []
    missing = Fate(State.UNKNOWN, "It is not known whether Salesforce took this call")
    for step, some in chunks(lines).items():
        reply = steps.get(step)
        if reply is not None:
            found += _told(some, reply)
            continue
        found += [missing] * len(some)
        missing = Fate(State.UNTRIED, "It ended before this row")
    return found


def _of_a_job(lines: Sequence[Line], steps: Mapping[str, Reply]) -> list[Fate]:
    if OUTCOME in steps:
        return _told(lines, steps[OUTCOME])
    if CLOSE in steps:
        return [Fate(State.UNKNOWN, f"Salesforce has not ended the job {steps[CLOSE].record}")] * len(lines)
    perhaps = UPLOAD in steps
    fate = Fate(State.UNKNOWN, "The job may have been begun") if perhaps else Fate(State.UNTRIED, "")
    return [fate] * len(lines)


def _told(lines: Sequence[Line], reply: Reply) -> list[Fate]:
    failed: Mapping[str, str] = reply.values["failed"]
    already = set(reply.values["already"])
    return [
        Fate(State.FAILED, failed[line.id])
        if line.id in failed
        else Fate(State.ALREADY if line.id in already else State.WRITTEN)
        for line in lines
    ]
