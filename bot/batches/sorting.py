"""What there is to do for each line, by what its record holds at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.batches.lines import Line
from bot.deal import Fact, Json
from bot.hearing import values as reading


@dataclass(frozen=True, slots=True)
class Sorted:
    """The lines of a batch by what is to be done."""

    to_write: list[Line] = field(default_factory=list)
    already: list[str] = field(default_factory=list)  # ids of records that hold the new values
    moved: dict[str, str] = field(default_factory=dict)  # by id: why it is left alone


def sort(lines: Iterable[Line], facts: Sequence[Fact], held: Mapping[str, Mapping[str, Json]]) -> Sorted:
    """The lines by what was read: what still is as it was shown, or is half written, is to be written."""
    found = Sorted()
    for line in lines:
        row = held.get(line.id)
        if row is None:
            found.moved[line.id] = "Salesforce no longer shows this opportunity to the approver"
            continue
        now = tuple(row.get(fact.field) for fact in facts)
        if _same(facts, now, line.after):
            found.already.append(line.id)
        elif (strange := _strange(facts, now, line)) is not None:
            found.moved[line.id] = strange + _by(row)
        else:
            found.to_write.append(line)
    return found


def unlike(
    lines: Iterable[Line], facts: Sequence[Fact], held: Mapping[str, Mapping[str, Json]]
) -> dict[str, str]:
    """The records that do not hold what was written, by id: what they hold instead."""
    found = {}
    for line in lines:
        row = held.get(line.id)
        if row is None:
            found[line.id] = "Salesforce no longer shows this opportunity to the approver"
            continue
        now = tuple(row.get(fact.field) for fact in facts)
        if not _same(facts, now, line.after):
            other = next(n for n, fact in enumerate(facts) if not reading.same(fact, now[n], line.after[n]))
            fact = facts[other]
            written, is_now = (reading.shown(fact, value[other]) for value in (line.after, now))
            found[line.id] = f"{fact.label} was written as {written} and is now {is_now}{_by(row)}"
    return found


def _strange(facts: Sequence[Fact], now: Sequence[Json], line: Line) -> str | None:
    """What a record holds that is neither what was shown nor what was to be written."""
    for fact, value, was, wanted in zip(facts, now, line.before or now, line.after, strict=True):
        if not reading.same(fact, value, was) and not reading.same(fact, value, wanted):
            return f"{fact.label} was {reading.shown(fact, was)} and is now {reading.shown(fact, value)}"
    return None


def _same(facts: Sequence[Fact], one: Sequence[Json], other: Sequence[Json]) -> bool:
    return all(a == b or reading.same(f, a, b) for f, a, b in zip(facts, one, other, strict=True))


def _by(row: Mapping[str, Json]) -> str:
    who = row.get("LastModifiedBy")
    return f" (last changed by {who})" if who else ""
