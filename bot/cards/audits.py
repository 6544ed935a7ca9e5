"""What ``/cosell audit`` answers: the actions that somebody asked for, or every entry of the ledger on one of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.cards.blocks import Block, Card, Room, context, few, fitted, header, packed, section
from bot.cards.courses import Address, became, called, line, title_of_kind
from bot.cards.names import MARKS
from bot.cards.text import code, link, one_line, plain, sentence, when
from bot.deal import Json
from bot.history import Course
from bot.proposal import Status
from bot.summaries.words import listed, several

EXAMPLES = (
    ("/cosell audit Northwind", "everything on an account or a deal"),
    ("/cosell audit @Ana", "everything that somebody asked for, approved or declined"),
    ("/cosell audit AWS", "everything with a partner"),
    ("/cosell audit O1234567", "one action, by its own id or that of what it wrote: every entry"),
)
_SAID = {
    "proposal.opened": "Proposed",
    "proposal.shown": "Card shown in the thread",
    "proposal.edited": "Edited",
    "proposal.approved_in_part": "Approved, more approvals needed",
    "proposal.approved": "Approved",
    "proposal.overridden": "Break-glass",
    "proposal.declined": "Declined",
    "proposal.expired": "Expired: nobody decided in time",
    "proposal.claimed": "Everything read again, carrying out begun",
    "proposal.step": "Written",
    "proposal.progress": "Under way",
    "proposal.returned": "Asked again: the deal had moved on since",
    "proposal.released": "Put back: it is tried again",
    "proposal.ended": "Ended",
    "proposal.told": "Thread told",
    "decision.refused": "Not let",
}
_TELLS_CHANGES = ("proposal.opened", "proposal.edited", "proposal.returned", "proposal.ended")
_TELLS_IDS = ("proposal.step", "proposal.ended")
_DECIDES = ("proposal.approved_in_part", "proposal.approved", "proposal.overridden")
_INDENT = "      "

Entry = Mapping[str, Json]


def audit(
    words: str,
    found: Sequence[Course],
    total: int,
    hidden: int,
    names: Mapping[str, str],
    address: Address,
    now: datetime,
) -> Card:
    """The actions that were found, the newest first: ``total`` of them, of which ``found`` are shown.

    ``hidden`` is how many more there are that whoever asks may not read.
    """
    asked = one_line(words, 80)
    of = f" for “{asked}”" if asked else ""
    closed = (
        f" {several(hidden, 'more action')} there {'is' if hidden == 1 else 'are'} not yours to read."
        if hidden
        else ""
    )
    if not found:
        return _nothing(f"Nothing was found{of}.{closed}")
    said = f"{several(total, 'action')} found{of}, the newest first.{closed}"

    def draw(room: Room) -> Iterator[Block]:
        yield section("found", f":mag:  {said}")
        shown, _ = few(found, room.rows)
        for number, text in enumerate(packed([_listed(one, names, address, room) for one in shown])):
            yield section(f"actions.{number}", text)
        left = total - len(shown)
        if left > 0:
            yield context("more", f"… and {left:,} more. Ask for an account, a person or an id to find them.")
        one = code(f"/cosell audit {found[0].id}")
        yield context("how", f"{one} shows every entry of one action", f"Read from the ledger {when(now)}")

    return fitted(said, draw)


def trail(course: Course, entries: Sequence[Entry], names: Mapping[str, str], address: Address) -> Card:
    """Every entry of the ledger on one action, in the order in which they were written."""
    title = title_of_kind(course.kind)

    def draw(room: Room) -> Iterator[Block]:
        limit = min(room.text, 150)
        yield header(plain(title, 140))
        deal = link(address(course), course.deal or course.opportunity or "an action", 100)
        mark = MARKS[Status(course.status)]
        yield section("deal", f"{mark}  *{deal}*  ·  {became(course, names)}")
        told = [_entry(at, entries, names, limit, room.rows) for at in range(len(entries))]
        for number, text in enumerate(packed(_ends(told, room.rows))):
            yield section(f"entries.{number}", text)
        yield context(
            "foot", f"{code(course.id)}  ·  {several(len(entries), 'entry', 'entries')} of the ledger"
        )

    deal = one_line(course.deal or course.opportunity, 100)
    return fitted(f"{one_line(title, 80)} on {deal}: {several(len(entries), 'entry', 'entries')}", draw)


def _nothing(said: str) -> Card:
    def draw(room: Room) -> Iterator[Block]:
        yield section("nothing", f":mag:  {said}")
        lines = [f"•  {code(example)}  {words}" for example, words in EXAMPLES]
        yield section("examples", "\n".join(["*What can be asked*", *lines]))

    return fitted(said, draw)


def _listed(course: Course, names: Mapping[str, str], address: Address, room: Room) -> str:
    """The line of an action, and below it what was written and its ids."""
    ids = [f"wrote {code(plain(course.record, 60))}"] if course.record else []
    ids += [f"receipt {code(plain(course.receipt, 80))}"] if course.receipt else []
    ids += [code(plain(course.id, 40))]
    return f"{line(course, names, address, min(room.text, 150))}\n{_INDENT}{'  ·  '.join(ids)}"


def _ends(told: Sequence[str], most: int) -> list[str]:
    """The first and the last of too many: how it began and how it ended."""
    if len(told) <= most:
        return list(told)
    half = max(1, most // 2)
    return [*told[:half], f"_… {len(told) - 2 * half:,} entries between …_", *told[-half:]]


def _entry(at: int, entries: Sequence[Entry], names: Mapping[str, str], limit: int, most: int) -> str:
    """One entry: when, what, who and where in the chain; below it what is of note."""
    entry = entries[at]
    event = str(entry.get("event", ""))
    said = (
        _SAID.get(event) or one_line(event.rpartition(".")[2].replace("_", " ").capitalize(), 60) or "Entry"
    )
    by = called(str(entry.get("by") or ""), names)
    where = f"entry {entry['seq']:,}" if isinstance(entry.get("seq"), int) else ""
    where += f" {str(entry['link'])[:8]}" if entry.get("link") else ""
    head = "  ·  ".join(
        [_moment(entry.get("at")), f"*{said}*", f"by {by}", *([code(where)] if where else [])]
    )
    notes = [*_decision(event, entry, names, limit), *_written(event, entry, limit)]
    notes += _changes(event, entry, entries[at - 1] if at else {}, limit, most)
    return "\n".join([head, *(f"{_INDENT}{note}" for note in notes)])


def _decision(event: str, entry: Entry, names: Mapping[str, str], limit: int) -> Iterator[str]:
    """Who approved and why they may, what is missing, what break-glass went without, and under which policy."""
    given = _several(entry.get("approvals"))
    if event in _DECIDES and given:
        by = _object(given[-1].get("by"))
        who = one_line(str(by.get("name") or ""), 60) or called(str(by.get("slack") or ""), names)
        why = one_line(str(by.get("why") or ""), limit)
        proof = "signed in for it" if given[-1].get("sign_in") else "by a click"
        yield f"{who}{f', who {why}' if why else ''}, {proof}"
    missing = [one_line(str(one), 80) for one in _texts(entry.get("missing"))]
    if event == "proposal.approved_in_part" and missing:
        yield f"still needed: {listed(missing)}"
    override = _object(entry.get("override"))
    if event == "proposal.overridden" and override:
        skipped = [
            one_line(str(one.get("who") or "an approval"), 80) for one in _several(override.get("missing"))
        ]
        reason = one_line(str(override.get("reason") or ""), limit)
        yield f"went ahead without {listed(skipped) or 'an approval'}: “{reason}”"
    if event == "decision.refused":
        why = sentence(one_line(str(entry.get("why") or ""), limit))
        yield f"{one_line(str(entry.get('wanted') or ''), 40)}: {why}"
    if event == "proposal.declined":
        yield sentence(one_line(str(entry.get("reason") or "without a reason"), limit))
    if event in (*_DECIDES, "decision.refused") and entry.get("policy"):
        yield f"under policy {code(str(entry['policy'])[:12])}"


def _written(event: str, entry: Entry, limit: int) -> Iterator[str]:
    """What was written where, as whom, its ids at the other system, and when it was read back."""
    if event not in _TELLS_IDS:
        return
    if event == "proposal.ended" and entry.get("outcome"):
        yield sentence(one_line(str(entry["outcome"]), limit))
    record, system = str(entry.get("written_record") or ""), one_line(str(entry.get("system") or ""), 60)
    if record:
        step = f", step {code(plain(str(entry['step']), 60))}" if entry.get("step") else ""
        acted = f", as {one_line(str(entry['acted_as']), 80)}" if entry.get("acted_as") else ""
        yield f"{system} record {code(plain(record, 80))}{step}{acted}".strip()
    ids = [
        f"{label} {code(plain(str(entry[name]), 80))}"
        for name, label in (("request_id", "request"), ("response_id", "response"))
        if entry.get(name)
    ]
    if ids:
        yield "  ·  ".join(ids)
    if entry.get("verified_at"):
        yield f"read back {_moment(entry['verified_at'])}"


def _changes(event: str, entry: Entry, earlier: Entry, limit: int, most: int) -> Iterator[str]:
    """Before → after of each field; of an edit, what it changed; of a card that asks again, what had moved."""
    if event not in _TELLS_CHANGES:
        return
    before, after = _object(entry.get("before")), _object(entry.get("after"))
    if event == "proposal.edited":
        before = {**before, **_object(earlier.get("after"))}
    elif event == "proposal.returned":
        before, after = _object(earlier.get("before")), before
    changed = [name for name in after if before.get(name) != after[name]]
    shown, more = few(changed, max(2, most // 4))
    for name in shown:
        was, now = _value(before.get(name), limit), _value(after[name], limit)
        yield f"{one_line(str(name), 60) or '—'}: {was} → *{now}*"
    if more:
        yield more


def _value(value: Json, limit: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return one_line(", ".join(map(str, value)), limit) or "empty"
    return one_line("" if value is None else str(value), limit) or "empty"


def _moment(at: Json) -> str:
    """When it was, for whoever reads; as it is written where it is no moment."""
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        return one_line(str(at or ""), 40) or "some time"
    return when(moment) if moment.tzinfo is not None else one_line(str(at), 40)


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _several(value: Json) -> list[Mapping[str, Json]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def _texts(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
