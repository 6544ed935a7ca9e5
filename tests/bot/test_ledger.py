"""The ledger, on a real server that is killed, cut off and raced."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Decided, Unavailable
from bot.ledger import HEAD, LEDGER, AlreadyLive, Ledger, Link
from bot.proposal import Approval, Claim, Proposal, Status
from tests.bot.factory import ANA, NOW, deal, proposal


@pytest.fixture
def ledger(store: redis.Redis) -> Ledger:
    """A ledger at a fixed moment."""
    return Ledger(store, lambda: NOW)


def approved(one: Proposal) -> Proposal:
    """The proposal with Ana's approval."""
    approval = Approval(by=ANA, at=NOW, version=one.version, digest=one.digest, versions=one.preview.versions)
    return one.becomes(Status.APPROVED, approvals=(approval,))


def test_what_was_opened_is_read_back_whole(ledger: Ledger) -> None:
    """A proposal and the facts it was drawn from come back as they were recorded."""
    ledger.open(proposal(), deal())
    kept = ledger.get(proposal().id)
    assert kept is not None
    assert kept.proposal == proposal()
    assert ledger.facts(proposal().id) == deal()


def test_the_same_cause_twice_opens_one_proposal(ledger: Ledger) -> None:
    """Hearing the same message again leaves one proposal and one entry."""
    assert ledger.open(proposal(), deal()) is not None
    assert ledger.open(proposal(), deal()) is None
    assert ledger.verify().entries == 1


def test_the_same_thing_asked_for_twice_names_the_first(ledger: Ledger) -> None:
    """A second proposal for the same subject is not opened while the first is under way."""
    ledger.open(proposal(1, subject="s"), deal())
    with pytest.raises(AlreadyLive) as live:
        ledger.open(proposal(2, subject="s"), deal())
    assert live.value.holder == proposal(1).id


def test_once_it_has_ended_the_same_thing_may_be_asked_for_again(ledger: Ledger) -> None:
    """An ending frees the subject."""
    kept = ledger.open(proposal(1, subject="s"), deal())
    assert kept is not None
    declined = kept.proposal.becomes(Status.DECLINED, ended_at=NOW)
    ledger.move(kept, declined, "proposal.declined", "U0ANA")
    assert ledger.open(proposal(2, subject="s"), deal()) is not None


def test_what_a_channel_was_linked_to_is_in_the_record(ledger: Ledger) -> None:
    """The entry of a link says which opportunity, by whom and when; the chain's own link does not hide it."""
    link = Link(
        channel="C0D", opportunity="006A", deal_name="Deal", deal_url="https://x.example", by="U0ANA", at=NOW
    )
    ledger.link(link)
    (entry,) = ledger.entries()
    assert entry["linked"] == link.model_dump(mode="json")
    assert len(str(entry["link"])) == 64


def test_of_two_that_move_one_proposal_one_wins(ledger: Ledger) -> None:
    """The second of two steps from the same revision is refused, and leaves no entry."""
    kept = ledger.open(proposal(), deal())
    assert kept is not None
    ledger.move(kept, approved(kept.proposal), "proposal.approved", "U0ANA")
    with pytest.raises(Decided):
        ledger.move(kept, kept.proposal.becomes(Status.DECLINED), "proposal.declined", "U0MEI")
    assert [entry["event"] for entry in ledger.entries()] == ["proposal.opened", "proposal.approved"]


def test_every_entry_is_as_good_as_a_human_action(ledger: Ledger) -> None:
    """An entry says who proposed and approved, what was seen and sent, for whom it counts, and when."""
    kept = ledger.open(proposal(partner_of_record="AWS", attribution="Partner Sourced"), deal())
    assert kept is not None
    ledger.move(kept, approved(kept.proposal), "proposal.approved", "U0ANA")
    *_, entry = ledger.entries()
    assert entry["proposer"] == "U0ANA"
    assert entry["approver"]["email"] == "ana.costa@brightlane.example"
    assert entry["payload"] == proposal().payload
    assert entry["digest"] == proposal().digest
    assert (entry["before"], entry["after"]) == ({"P2B Score": None}, {"P2B Score": "82"})
    assert (entry["partner_of_record"], entry["attribution"]) == ("AWS", "Partner Sourced")
    assert entry["system"] == "Salesforce"
    assert entry["approved_at"] == NOW.isoformat()


def test_steps_of_many_processes_form_one_chain(store: redis.Redis, redis_port: int) -> None:
    """Ledgers that do not know of each other append at the same time, and no entry is lost or doubled."""
    ledgers = [Ledger(redis.Redis(port=redis_port), lambda: NOW) for _ in range(4)]

    def open_some(index: int) -> None:
        for number in range(25):
            ledgers[index].open(proposal(index * 100 + number), deal())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(open_some, range(4)))
    verdict = Ledger(store).verify()
    assert verdict.flaw is None
    assert verdict.entries == 100


@pytest.mark.parametrize("field", ["payload", "by", "at", "outcome"])
def test_an_entry_that_was_changed_is_named(ledger: Ledger, store: redis.Redis, field: str) -> None:
    """Changing anything in an entry afterwards is found, and the entry is named."""
    for number in range(5):
        ledger.open(proposal(number), deal())
    entries = list(ledger.entries())
    store.delete(LEDGER)
    for entry in map(dict, entries):
        seq, link = entry.pop("seq"), entry.pop("link")
        if seq == 3:
            entry[field] = "forged"
        line = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        store.xadd(LEDGER, {"entry": line, "link": link}, id=f"{seq}-0")
    flaw = ledger.verify().flaw
    assert flaw is not None
    assert flaw.seq == 3


def test_an_entry_that_was_removed_is_named(ledger: Ledger, store: redis.Redis) -> None:
    """A gap in the chain is found where it begins."""
    for number in range(4):
        ledger.open(proposal(number), deal())
    store.xdel(LEDGER, "2-0")
    flaw = ledger.verify().flaw
    assert flaw is not None
    assert flaw.seq == 2


def test_a_chain_cut_short_is_found(ledger: Ledger, store: redis.Redis) -> None:
    """Removing the newest entries is found by what the head remembers."""
    for number in range(3):
        ledger.open(proposal(number), deal())
    store.xdel(LEDGER, "3-0")
    flaw = ledger.verify().flaw
    assert flaw is not None
    assert "3 entries were written" in flaw.what


def test_a_state_that_was_changed_is_found(ledger: Ledger, store: redis.Redis) -> None:
    """A proposal's newest state must be the one its last entry recorded."""
    ledger.open(proposal(), deal())
    forged = proposal(payload={"values": {"p2b_score": 99}}).model_dump_json()
    store.hset(f"cosell:proposal:{proposal().id}", "state", forged)
    flaw = ledger.verify().flaw
    assert flaw is not None
    assert proposal().id in flaw.what


@settings(max_examples=60, deadline=None)
@given(
    words=st.text(max_size=60),
    value=st.one_of(
        st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
)
def test_whatever_was_written_the_chain_verifies(redis_port: int, words: str, value: object) -> None:
    """Any text and number survives the way into the chain and back, hash and all."""
    client = redis.Redis(port=redis_port)
    client.flushall()
    ledger = Ledger(client, lambda: NOW)
    one = proposal(payload={"said": words, "value": value}, deal_name=words)
    ledger.open(one, deal())
    assert ledger.verify().flaw is None
    client.close()


@contextmanager
def lossy(port: int, lose: list[bytes]) -> Iterator[int]:
    """A wire to Redis that swallows the answer to the first request containing each of ``lose``, and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def carry(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", port)) as upstream:
            while not stopped.is_set():
                asked = client.recv(1 << 20)
                if not asked:
                    return
                upstream.sendall(asked)
                answer = upstream.recv(1 << 20)
                if hit := next((part for part in lose if part in asked), None):
                    lose.remove(hit)
                    return
                client.sendall(answer)

    def accept() -> None:
        while not stopped.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=carry, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        stopped.set()
        server.close()


def test_an_answer_lost_on_the_way_doubles_nothing(store: redis.Redis, redis_port: int) -> None:
    """When the answer to a step is lost, the step is found done: one entry, and the caller is told it is kept."""
    Ledger(store).open(proposal(7), deal())  # the script is known to the server
    with lossy(redis_port, [b"EVALSHA"]) as port:
        client = redis.Redis(port=port, retry=Retry(NoBackoff(), 0), socket_timeout=2)
        ledger = Ledger(client, lambda: NOW)
        assert ledger.open(proposal(1), deal()) is not None
        client.close()
    assert [entry["proposal"] for entry in Ledger(store).entries()] == [proposal(7).id, proposal(1).id]


def test_a_dead_store_is_unavailable_in_words(store: redis.Redis) -> None:
    """A step that cannot be recorded is refused as unavailable, not lost in silence."""
    dead = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unavailable, match="record"):
        Ledger(dead).open(proposal(), deal())


def test_a_dead_store_is_no_empty_desk(store: redis.Redis) -> None:
    """What cannot be read is unavailable; nobody is told that nothing waits for them."""
    dead = Ledger(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)))
    with pytest.raises(Unavailable, match="record"):
        dead.live()
    with pytest.raises(Unavailable, match="record"):
        dead.endings("U0ANA")


def test_the_clock_is_shown_what_should_have_moved(store: redis.Redis) -> None:
    """Approved and not begun, claimed and not ended, ended and not told, open too long: each falls due in its time."""
    now = NOW
    ledger = Ledger(store, lambda: now)
    kept = ledger.open(proposal(), deal())
    assert kept is not None
    assert ledger.due() == ()
    kept = ledger.move(kept, approved(kept.proposal), "proposal.approved", "U0ANA")
    now = NOW + timedelta(minutes=1)
    assert ledger.due() == (proposal().id,)
    claim = Claim(worker="w", at=now, attempt=1, versions={}, resumed=False)
    kept = ledger.move(kept, kept.proposal.becomes(Status.EXECUTING, claim=claim), "proposal.claimed", "w")
    assert ledger.due() == ()
    now += timedelta(minutes=1)
    assert ledger.due() == (proposal().id,)
    kept = ledger.move(kept, kept.proposal.becomes(Status.DONE, ended_at=now), "proposal.ended", "w")
    now += timedelta(minutes=1)
    assert ledger.due() == (proposal().id,)
    told = kept.proposal.model_copy(update={"result_ts": "1.0"})
    ledger.move(kept, told, "proposal.told", "bot")
    now += timedelta(days=365)
    assert ledger.due() == ()


def test_nothing_leaves_an_ending(ledger: Ledger) -> None:
    """A step out of an ended state cannot even be made."""
    done = proposal(status=Status.DONE)
    with pytest.raises(ValueError, match="may not follow"):
        done.becomes(Status.OPEN)


def declined(ledger: Ledger, one: Proposal, by: str, minute: int = 0) -> Proposal:
    """The proposal, opened and declined by somebody."""
    kept = ledger.open(one, deal())
    assert kept is not None
    over = one.becomes(Status.DECLINED, ended_by=by, ended_at=NOW + timedelta(minutes=minute))
    return ledger.move(kept, over, "proposal.declined", by).proposal


def test_whatever_has_not_ended_is_found(ledger: Ledger) -> None:
    """Open, approved and being carried out, of all deals and however many; an ending is not."""
    expected = {}
    for number in range(450):
        one = proposal(number, opportunity=f"{number % 7:018d}")
        kept = ledger.open(one, deal())
        assert kept is not None
        if number % 3:
            kept = ledger.move(kept, approved(one), "proposal.approved", "U0ANA")
        if number % 3 == 2:
            claim = Claim(worker="w", at=NOW, attempt=1, versions={}, resumed=False)
            kept = ledger.move(
                kept, kept.proposal.becomes(Status.EXECUTING, claim=claim), "proposal.claimed", "w"
            )
        expected[one.id] = kept.proposal
    declined(ledger, proposal(900), "U0ANA")
    assert {found.id: found for found in ledger.live()} == expected


def test_a_proposal_that_cannot_be_read_hides_no_other(ledger: Ledger, store: redis.Redis) -> None:
    """What another version wrote, or somebody spoiled, is left out; the rest is found."""
    ledger.open(proposal(), deal())
    store.hset("cosell:proposal:prp_unreadable", "state", "{}")
    store.zadd("cosell:due", {"prp_unreadable": 1, "prp_gone": 2})
    assert ledger.live() == (proposal(),)


def test_a_persons_newest_endings_come_newest_first(ledger: Ledger) -> None:
    """Those they asked for, approved or declined, as many as wanted; nobody else's, and nothing that goes on.

    In the order of their ends, whenever the threads were told; who is but named in one had no part in it.
    """
    asked = proposal(1).origin.model_copy(update={"by": "U0BEN"})
    by_ben = declined(ledger, proposal(1, origin=asked), "U0MEI", minute=1)
    kept = ledger.open(proposal(2), deal())
    assert kept is not None
    kept = ledger.move(kept, approved(kept.proposal), "proposal.approved", "U0ANA")
    failed = kept.proposal.becomes(Status.FAILED, ended_at=NOW + timedelta(minutes=2))
    failed = ledger.move(kept, failed, "proposal.ended", "w").proposal
    ledger.open(proposal(3), deal())
    payload = {**proposal(4).payload, "said_by": "U0DANA"}
    mine = declined(ledger, proposal(4, payload=payload), "U0MEI", minute=4)
    failed = ledger.amend(
        failed.id, lambda p: p.model_copy(update={"result_ts": "1.0"}), "proposal.told", "bot"
    ).proposal
    assert ledger.endings("U0ANA") == (mine, failed)
    assert ledger.endings("U0MEI") == (mine, by_ben)
    assert ledger.endings("U0BEN") == (by_ben,)
    assert ledger.endings("U0ANA", most=1) == (mine,)
    assert ledger.endings("U0DANA") == ()


def test_an_ending_long_ago_is_found_behind_what_others_did(ledger: Ledger) -> None:
    """Hundreds of later entries of other people hide nothing."""
    asked = proposal().origin.model_copy(update={"by": "U0BEN"})
    long_ago = declined(ledger, proposal(1, origin=asked), "U0BEN")
    for number in range(300):
        declined(ledger, proposal(1000 + number), "U0ANA")
    assert ledger.endings("U0BEN") == (long_ago,)


def test_linking_a_channel_is_recorded(ledger: Ledger) -> None:
    """A link is state and entry like everything else, and the last one counts."""
    for opportunity in ("006000000000001AAA", "006000000000002AAA"):
        ledger.link(
            Link(channel="C1", opportunity=opportunity, deal_name="d", deal_url="u", by="U0MEI", at=NOW)
        )
    link = ledger.linked("C1")
    assert link is not None
    assert link.opportunity == "006000000000002AAA"
    assert ledger.verify().flaw is None
    assert [entry["event"] for entry in ledger.entries()] == ["channel.linked"] * 2


def test_the_head_is_the_hash_of_the_newest_entry(ledger: Ledger, store: redis.Redis) -> None:
    """Whoever keeps the head elsewhere can prove the whole chain later."""
    ledger.open(proposal(), deal())
    assert store.hget(HEAD, "link") == bytes.fromhex(ledger.verify().head)
