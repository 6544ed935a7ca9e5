"""The history: what it makes of the ledger's entries, on a real server, with others writing and reading at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.history import Course, History, Step
from bot.history.history import AT_ONCE, READ
from bot.ledger import HEAD, LEDGER, Ledger, Refusal
from bot.proposal import Approval, Missing, Override, Status
from tests.bot.factory import DANA, MEI, NOW, deal, proposal
from tests.bot.history.carrying import Time, carry


@pytest.fixture
def time() -> Time:
    """The moment of every step."""
    return Time()


@pytest.fixture
def ledger(store: redis.Redis, time: Time) -> Ledger:
    """A ledger."""
    return Ledger(store, time)


@pytest.fixture
def history(store: redis.Redis) -> History:
    """A history of the same store."""
    return History(store)


def lines(store: redis.Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The ledger's entries as they lie in the store."""
    return list(store.xrange(LEDGER))  # type: ignore[arg-type]


def put(store: redis.Redis, id: bytes | str, fields: dict[bytes, bytes]) -> None:
    """An entry as somebody might put it there who goes round the ledger."""
    flat = (part for pair in fields.items() for part in pair)
    store.execute_command("XADD", LEDGER, id, *flat)  # type: ignore[no-untyped-call]


def test_a_course_has_every_moment_of_its_proposal(ledger: Ledger, history: History, time: Time) -> None:
    """Signal, proposal, approval, write and read-back, each as the ledger has it, and how long each step took."""
    one = carry(ledger, time, 1)
    history.catch_up()
    course = history.course(one.id)
    assert course is not None
    assert [course.took(step) for step in Step] == [0, 60, 120, 60, 240]
    assert (course.status, course.seller, course.approver_name) == ("done", "U0ANA", "Ana Costa")
    assert (course.partner, course.attribution, course.amount) == ("AWS", "Partner Influenced", 240_000)
    assert (course.record, course.receipt) == ("006000000000001AAA", "res-1")
    assert (course.channel, course.card) == ("C0NORTHWIND", "1795352001.000100")
    assert [entry["seq"] for entry in ledger.entries_at(course.entries)] == [1, 2, 3, 4]


def test_declined_edited_and_overridden_are_told_apart(ledger: Ledger, history: History, time: Time) -> None:
    """Who declined and why; how often it was edited; who went ahead without whose approval."""
    no = carry(ledger, time, 1, Status.DECLINED)
    kept = ledger.open(proposal(2), deal())
    assert kept is not None
    edited = kept.proposal.becomes(Status.OPEN, version=2, edited_by="U0ANA")
    kept = ledger.move(kept, edited, "proposal.edited", "U0ANA", deal())
    override = Override(by=DANA, at=NOW, reason="quarter end", missing=(Missing(who="a sales manager"),))
    given = Approval(by=MEI, at=NOW, version=2, digest=kept.proposal.digest, versions={})
    to = kept.proposal.becomes(Status.APPROVED, approvals=(given,), override=override)
    ledger.move(kept, to, "proposal.overridden", "U0DANA")
    history.catch_up()
    declined, other = history.course(no.id), history.course(kept.proposal.id)
    assert declined is not None and other is not None
    assert (declined.ended_by, declined.why, declined.live) == ("U0MEI", "not now", False)
    assert (other.edits, other.overridden_by, other.override_reason) == (1, "U0DANA", "quarter end")
    assert (other.skipped, other.live) == (("a sales manager",), True)
    assert history.oldest_open() == time.now.timestamp()


def test_periods_find_what_was_opened_ended_or_live(ledger: Ledger, history: History, time: Time) -> None:
    """Opened in it, ended in it, or live at its end: each once; what is long over or not yet there is not found."""
    old = carry(ledger, time, 1)
    time.on(days=2)
    start = time.now
    late = carry(ledger, time, 2)
    waiting = ledger.open(proposal(3, opened_at=time.on(hours=1)), deal())
    end = time.on(hours=1)
    time.on(days=1)
    after = carry(ledger, time, 4)
    history.catch_up()
    assert waiting is not None
    assert {c.id for c in history.between(start, end)} == {late.id, waiting.proposal.id}
    assert {c.id for c in history.between(NOW, start)} == {old.id}
    assert [c.id for c in history.newest()] == [after.id, waiting.proposal.id, late.id, old.id]
    assert {c.id for c in history.done("update_opportunity")} == {old.id, late.id, after.id}


def test_what_has_ended_is_live_no_more(ledger: Ledger, history: History, time: Time) -> None:
    """Read while it is open and again once it has ended: it waits for nobody, and belongs to the days it was on."""
    kept = ledger.open(proposal(1), deal())
    history.catch_up()
    assert kept is not None and history.oldest_open() == time.now.timestamp()
    ended_at = time.on(minutes=5)
    declined = kept.proposal.becomes(Status.DECLINED, reason="no", ended_by="U0MEI", ended_at=ended_at)
    ledger.move(kept, declined, "proposal.declined", "U0MEI")
    history.catch_up()
    assert history.oldest_open() is None
    later = time.on(days=1)
    assert list(history.between(later, later + timedelta(days=1))) == []


def test_each_entry_counts_once_however_many_read(store: redis.Redis, ledger: Ledger, time: Time) -> None:
    """Eight that read at once count what one would."""
    for number in range(1, 31):
        carry(ledger, time, number)
    ledger.refuse(Refusal(by="U0PAT", team="T", wanted="approve", why="no", cause="1"))
    ledger.refuse(Refusal(by="U0PAT", team="T", wanted="/cosell whatever", why="no", cause="2"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: History(store).catch_up(), range(8)))
    totals = History(store).totals()
    assert totals.opened == {("update_opportunity", "message"): 30}
    assert totals.ended == {("update_opportunity", "done"): 30}
    assert totals.happened == {("update_opportunity", "approved"): 30}
    assert totals.refused == {"approve": 1, "other": 1}
    whole = totals.latencies["update_opportunity", Step.WHOLE]
    assert (whole.number, whole.total) == (30, 30 * 240.0)
    assert len(list(History(store).newest())) == 30


def test_reading_anew_leads_to_the_same(
    store: redis.Redis, ledger: Ledger, history: History, time: Time
) -> None:
    """What was derived can be dropped: from the chain it becomes what it was."""
    for number in range(1, 6):
        carry(ledger, time, number, Status.DECLINED if number % 2 else Status.DONE)
    history.catch_up()
    before = sorted(history.newest(), key=lambda c: c.id), history.totals()
    history.forget()
    assert list(history.newest()) == []
    history.catch_up()
    assert (sorted(history.newest(), key=lambda c: c.id), history.totals()) == before


def test_a_changed_entry_is_found_while_reading(
    store: redis.Redis, ledger: Ledger, history: History, time: Time
) -> None:
    """What was changed behind the ledger's back is named when it is read, and what follows is told all the same."""
    for number in range(1, 4):
        carry(ledger, time, number, Status.DECLINED)
    fields = lines(store)[2][1]
    entry = json.loads(fields[b"entry"])
    forged = json.dumps({**entry, "by": "U0EVIL"}, sort_keys=True, separators=(",", ":"))
    rest = lines(store)[3:]
    store.delete(LEDGER)
    put(store, "1-0", {b"entry": b"{}", b"link": b"00" * 32})
    put(store, "3-0", {b"entry": forged.encode(), b"link": fields[b"link"]})
    for other, its in rest:
        put(store, other, its)
    history.catch_up()
    state = history.state()
    assert state.flaw is not None and state.flaw.seq == 1
    assert not state.sound
    assert len(list(history.newest())) == 2
    assert history.walk(ledger).flaw is not None


def test_a_sound_chain_is_said_to_be_sound(
    store: redis.Redis, ledger: Ledger, history: History, time: Time
) -> None:
    """Entries, head, how many were read, and what the last whole walk found."""
    carry(ledger, time, 1)
    assert history.state().read == 0
    history.catch_up()
    walk = history.walk(ledger, lambda: NOW)
    state = history.state()
    assert (state.entries, state.read, state.sound) == (4, 4, True)
    assert state.head == ledger.verify().head == walk.head
    assert state.walk == walk and walk.at == NOW


def test_entries_that_are_gone_are_noticed(
    store: redis.Redis, ledger: Ledger, history: History, time: Time
) -> None:
    """A store restored from an older backup has fewer entries than were read."""
    carry(ledger, time, 1)
    history.catch_up()
    store.hset(HEAD, "seq", 2)
    flaw = history.state().flaw
    assert flaw is not None and "4 entries were read" in flaw.what


def test_entries_of_an_older_version_are_read(store: redis.Redis, ledger: Ledger, history: History) -> None:
    """An entry that lacks what later versions say of it leads to a course all the same."""
    ledger.open(proposal(1), deal())
    [(_, fields)] = lines(store)
    entry = json.loads(fields[b"entry"])
    for name in ("account", "account_name", "partner", "owner", "amount", "records", "thread", "card"):
        del entry[name]
    del entry["expires_at"], entry["written_at"]
    store.delete(LEDGER)
    put(store, "1-0", {b"entry": json.dumps(entry).encode(), b"link": b"00" * 32})
    history.catch_up()
    course = history.course(proposal(1).id)
    assert course is not None
    assert (course.owner, course.card, course.records, course.status) == ("", "", 1, "open")


def test_more_than_one_go_is_read(store: redis.Redis, history: History, ledger: Ledger) -> None:
    """As many entries as there are, in goes; asked for some, it stops after the go that reaches them."""
    ledger.open(proposal(1), deal())
    [(_, fields)] = lines(store)
    for seq in range(2, AT_ONCE + 500):
        put(store, f"{seq}-0", fields)
    assert history.catch_up(1) == AT_ONCE
    assert history.catch_up() == 499
    assert store.hget(READ, "seq") == str(AT_ONCE + 499).encode()


texts = st.text(max_size=20)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, texts, st.floats(0, 4e9), st.lists(texts, max_size=3), st.none() | st.integers(0, 10**12))
def test_a_course_is_read_as_it_was_packed(
    deal_name: str, why: str, at: float, people: list[str], amount: int | None
) -> None:
    """Packing loses nothing, whatever the words."""
    course = Course(
        id="prp_1", kind="k", via="v", opportunity="006", deal=deal_name, account="", partner="", owner="",
        proposer="U", channel="C", signal=at, opened=at, why=why, approvals=tuple(people), amount=amount,
        entries=(1, 2),
    )  # fmt: skip
    assert Course.unpacked(course.packed()) == course
    assert course.at("opened") == datetime.fromtimestamp(at, UTC)
