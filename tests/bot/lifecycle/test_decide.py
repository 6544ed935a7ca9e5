"""Decisions that are not taken: a press that names nothing known, an old version, a card that is not ready."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import redis

from bot.action import Finding, Option, Preview
from bot.deal import Json
from bot.errors import Decided, NotAllowed, Refused, Stale
from bot.handlers.payload import press_of
from bot.jobs import Queue
from bot.ledger import Handover, Ledger
from bot.lifecycle.decide import Deciding, Press
from bot.lifecycle.jobs import Job
from bot.proposal import Proposal, Status
from tests.bot.factory import ANA, AUTHORITY, DANA, LARGE, MEI, NOW, deal, proposal

HANDED_IN = "cosell:jobs:cosell"


class Desk:
    """Where decisions are made, and what became of them."""

    def __init__(self, store: redis.Redis) -> None:
        self.now = NOW
        self._store, self._ledger = store, Ledger(store, self._at)
        self.deciding = Deciding(self._ledger, Queue(store), AUTHORITY, self._at)

    def _at(self) -> datetime:
        return self.now

    def open(self, **changes: Any) -> Proposal:
        """A card that waits for a decision."""
        drawn = proposal(**changes)
        needs = {"missing": AUTHORITY.needed(drawn)}
        kept = self._ledger.open(drawn.model_copy(update=needs), deal())
        assert kept is not None
        return kept.proposal

    def untouched(self) -> bool:
        """Whether nothing was recorded after the card was opened, and nothing handed in."""
        events = [entry["event"] for entry in self._ledger.entries()]
        return set(events) <= {"proposal.opened", "decision.refused"} and not self._store.llen(HANDED_IN)

    def refusals(self) -> list[Mapping[str, Json]]:
        """What the record says of those who were not let."""
        return [entry for entry in self._ledger.entries() if entry["event"] == "decision.refused"]

    def stands(self) -> Proposal:
        """The proposal as it is now."""
        kept = self._ledger.get(proposal().id)
        assert kept is not None
        return kept.proposal


@pytest.fixture
def desk(store: redis.Redis) -> Desk:
    """One with nothing on it."""
    return Desk(store)


def press(version: int = 1, **changes: Any) -> Press:
    """Ana's, on the card as it was shown."""
    known = {"proposal": proposal().id, "version": version, "user": "U0ANA", "team": "T0BRIGHT"}
    return Press.model_validate(known | changes)


def pressed(value: str) -> Press:
    """Ana's, of a button with this value."""
    body = {"user": {"id": "U0ANA", "team_id": "T0BRIGHT"}, "actions": [{"value": value}]}
    return press_of(body)


def decisions(deciding: Deciding, one: Press) -> list[Any]:
    """Everything that may be decided on a card, each ready to be done."""
    return [
        lambda: deciding.approve(one),
        lambda: deciding.form(one),
        lambda: deciding.edit(one, {"p2b_score": "83"}),
        lambda: deciding.choose(one, 0),
        lambda: deciding.decline_form(one),
        lambda: deciding.decline(one, "no"),
    ]


def refused(desk: Desk, one: Press, error: type[Refused]) -> set[str]:
    """What is said to every way of deciding; all are refused."""
    said = set()
    for decide in decisions(desk.deciding, one):
        with pytest.raises(error) as told:
            decide()
        said.add(str(told.value))
    return said


def test_a_card_that_nobody_knows_is_refused(desk: Desk) -> None:
    """In words that say where it may come from."""
    (said,) = refused(desk, press(proposal="prp_unknown"), Refused)
    assert "do not know this card" in said
    assert desk.untouched()


@pytest.mark.parametrize("value", ["", "x", "|", "||", "|1", "prp_1|abc", "prp_\x00|1", "cosell:link:C0|1"])
def test_a_button_with_a_value_that_is_not_ours_does_nothing(desk: Desk, value: str) -> None:
    """Whatever is in it, it is a card that nobody knows."""
    desk.open()
    refused(desk, pressed(value), Refused)
    assert desk.untouched()


@pytest.mark.parametrize("version", ["", "abc", "-1", "1.0", "²", "0", "2", "1|2", " 1"])
def test_a_version_that_is_not_the_one_shown_decides_nothing(desk: Desk, version: str) -> None:
    """A press counts for what its card showed, so it must say exactly which that was."""
    card = desk.open()
    refused(desk, pressed(f"{card.id}|{version}"), Stale)
    assert desk.untouched()


def test_a_card_with_findings_cannot_be_approved(desk: Desk) -> None:
    """What AWS would refuse has to be mended first; the way to do that is named."""
    finding = Finding(name="website", label="Website", problem="There is none.", edit="Enter it.")
    desk.open(preview=Preview(headline="Refer", changes=(), findings=(finding,)))
    with pytest.raises(Refused, match="Complete details"):
        desk.deciding.approve(press())
    assert desk.untouched()


OFFERS = Preview(headline="Meet", changes=(), options=(Option(value="a", label="A", why="free"),))


@pytest.mark.parametrize("option", [-1, 1, 99])
def test_a_choice_that_is_not_offered_is_stale(desk: Desk, option: int) -> None:
    """The card showed other ones."""
    desk.open(preview=OFFERS)
    with pytest.raises(Stale, match="no longer offered"):
        desk.deciding.choose(press(), option)
    assert desk.untouched()


def test_a_stranger_cannot_choose(desk: Desk) -> None:
    """To choose is to edit."""
    desk.open(preview=OFFERS)
    with pytest.raises(NotAllowed):
        desk.deciding.choose(press(user="U0DANA"), 0)
    assert desk.untouched()


@pytest.mark.parametrize("user", ["U0DANA", "U0NOBODY"])
def test_a_stranger_decides_nothing(desk: Desk, user: str) -> None:
    """The refusal names who could."""
    desk.open(preview=OFFERS)
    assert all("Ana Costa" in said for said in refused(desk, press(user=user), NotAllowed))
    assert desk.untouched()


def test_an_approvers_id_from_another_workspace_decides_nothing(desk: Desk) -> None:
    """It is the workspace of the person that counts."""
    desk.open(preview=OFFERS)
    refused(desk, press(team="T0AWSCO"), NotAllowed)
    assert desk.untouched()


def test_whoever_asked_for_it_may_edit_but_not_approve(desk: Desk) -> None:
    """To ask is no right to approve."""
    ben = proposal().origin.model_copy(update={"by": "U0BEN"})
    desk.open(origin=ben)
    with pytest.raises(NotAllowed):
        desk.deciding.approve(press(user="U0BEN"))
    desk.deciding.edit(press(user="U0BEN"), {"p2b_score": "83"})
    assert (desk.stands().version, desk.stands().edited_by) == (2, "U0BEN")


def test_after_its_time_a_card_is_decided_by_nobody(desk: Desk) -> None:
    """Even before the clock has come by to end it."""
    desk.open(preview=OFFERS)
    desk.now = NOW + timedelta(hours=72)
    (said,) = refused(desk, press(), Decided)
    assert "expired" in said
    assert desk.untouched()


def test_an_approval_names_exactly_what_was_shown(desk: Desk, store: redis.Redis) -> None:
    """Version, payload and record versions, and it is handed in only once it is recorded."""
    shown = proposal().preview.model_copy(update={"versions": {"Opportunity 006": "v1"}})
    card = desk.open(preview=shown)
    desk.deciding.approve(press())
    approved = desk.stands()
    assert approved.status is Status.APPROVED
    assert approved.approval is not None
    assert (approved.approval.version, approved.approval.digest) == (card.version, card.digest)
    assert approved.approval.versions == {"Opportunity 006": "v1"}
    assert store.llen(HANDED_IN) == 1


def test_after_an_approval_nothing_else_is_decided(desk: Desk, store: redis.Redis) -> None:
    """Whoever presses afterwards is told who approved."""
    desk.open()
    desk.deciding.approve(press())
    assert refused(desk, press(), Decided) == {
        "You approved this already. It is being carried out; the result comes in the thread."
    }
    assert all(said.startswith("Ana Costa") for said in refused(desk, press(user="U0MEI"), Decided))
    assert store.llen(HANDED_IN) == 1


class Meddling(Queue):
    """A queue at whose door something else about the proposal moves, just before a decision is recorded."""

    def __init__(self, store: redis.Redis, ledger: Ledger, moves: list[Status | None]) -> None:
        super().__init__(store)
        self._ledger, self._moves = ledger, moves

    def handover(self, job: Job, **words: Json) -> Handover:
        """The work; and first the next of the moves."""
        if self._moves:
            status = self._moves.pop(0)
            self._ledger.amend(proposal().id, partial(_moved, status), "test.moved", "test")
        return super().handover(job, **words)


def _moved(status: Status | None, one: Proposal) -> Proposal:
    if status is None:
        return one.model_copy(update={"shown": one.shown + 1})
    return one.becomes(status, ended_at=NOW, ended_by="U0MEI")


def test_a_move_that_is_not_a_decision_sends_nobody_away(store: redis.Redis) -> None:
    """The card was redrawn in the same moment: the approval is recorded all the same, once."""
    desk = Desk(store)
    desk.open()
    ledger = Ledger(store, lambda: NOW)
    Deciding(ledger, Meddling(store, ledger, [None, None]), AUTHORITY, lambda: NOW).approve(press())
    assert desk.stands().status is Status.APPROVED
    assert [e["event"] for e in ledger.entries()].count("proposal.approved") == 1
    assert store.llen(HANDED_IN) == 1


def test_a_decision_in_the_same_moment_wins_alone(store: redis.Redis) -> None:
    """Somebody declined just before: the approval is not recorded, and nothing is handed in."""
    desk = Desk(store)
    desk.open()
    ledger = Ledger(store, lambda: NOW)
    deciding = Deciding(ledger, Meddling(store, ledger, [Status.DECLINED]), AUTHORITY, lambda: NOW)
    with pytest.raises(Decided, match="U0MEI"):
        deciding.approve(press())
    assert desk.stands().status is Status.DECLINED
    assert not store.llen(HANDED_IN)


# -- several approvals --------------------------------------------------------------------------------------
def large(desk: Desk) -> Proposal:
    """A referral of a deal that takes a sales manager too."""
    return desk.open(kind="submit_referral", payload=REFERRAL, stake=LARGE, approvers=(ANA, MEI, DANA))


REFERRAL = {"opportunity": "006000000000001AAA"}


def test_a_large_referral_waits_for_the_sales_manager(desk: Desk, store: redis.Redis) -> None:
    """The owner's approval is recorded and keeps its place; the last one that is needed has it carried out."""
    card = large(desk)
    desk.deciding.approve(press())
    waiting = desk.stands()
    assert waiting.status is Status.OPEN and waiting.approval is None
    assert [(one.who, one.people) for one in waiting.missing] == [
        ("a sales manager, for a deal of 1,000,000 or more", ("U0DANA",))
    ]
    assert waiting.version == card.version
    desk.deciding.approve(press(user="U0DANA"))
    approved = desk.stands()
    assert approved.status is Status.APPROVED and approved.missing == ()
    assert [given.by.slack for given in approved.approvals] == ["U0ANA", "U0DANA"]
    assert approved.approval is not None and approved.approval.by.slack == "U0ANA"


def test_one_person_is_not_two_approvals(desk: Desk) -> None:
    """A second press of the same person says what is still needed, and counts nothing."""
    large(desk)
    desk.deciding.approve(press())
    with pytest.raises(Decided, match="Still needed: a sales manager"):
        desk.deciding.approve(press())
    assert len(desk.stands().approvals) == 1


def test_an_edit_takes_the_approvals_back(desk: Desk) -> None:
    """What was approved is not what would be written now."""
    desk.open(stake=LARGE.model_copy(update={"batch": 500}), approvers=(ANA, MEI))
    desk.deciding.approve(press())
    assert len(desk.stands().approvals) == 1
    desk.deciding.edit(press(), {"p2b_score": "83"})
    assert desk.stands().approvals == ()
    assert [one.people for one in desk.stands().missing] == [("U0ANA", "U0MEI"), ("U0MEI",)]


def test_the_last_of_two_at_the_same_moment_has_it_carried_out_once(store: redis.Redis) -> None:
    """Both approvals are recorded, one of them completes it, and the work is handed in once."""
    desk = Desk(store)
    large(desk)
    ledger = Ledger(store, lambda: NOW)
    Deciding(ledger, Before(store, desk), AUTHORITY, lambda: NOW).approve(press())
    assert desk.stands().status is Status.APPROVED
    assert {given.by.slack for given in desk.stands().approvals} == {"U0ANA", "U0DANA"}
    assert [e["event"] for e in ledger.entries()].count("proposal.approved") == 1


class Before(Queue):
    """A queue at whose door Dana approves, just before somebody else's approval is recorded."""

    def __init__(self, store: redis.Redis, desk: Desk) -> None:
        super().__init__(store)
        self._desk: Desk | None = desk

    def handover(self, job: Job, **words: Json) -> Handover:
        """The work; and first Dana's approval, once."""
        desk, self._desk = self._desk, None
        if desk is not None:
            desk.deciding.approve(press(user="U0DANA"))
        return super().handover(job, **words)


# -- break-glass --------------------------------------------------------------------------------------------
WHY = "Dana is on a plane and AWS closes the quarter tonight"


def test_a_manager_goes_ahead_without_a_missing_approval(desk: Desk) -> None:
    """Who, why and whom they skipped is in the state and in the record; the write is the first approver's."""
    large(desk)
    desk.deciding.approve(press())
    desk.deciding.override(press(user="U0MEI"), WHY)
    done = desk.stands()
    assert done.status is Status.APPROVED and done.override is not None
    assert (done.override.by.slack, done.override.reason) == ("U0MEI", WHY)
    assert [one.people for one in done.override.missing] == [("U0DANA",)]
    assert done.approval is not None and done.approval.by.slack == "U0ANA"


def test_nobody_overrides_what_nobody_approved(desk: Desk) -> None:
    """An override stands in for one approval of several, never for all of them."""
    large(desk)
    with pytest.raises(Refused, match="Nobody has approved this yet"):
        desk.deciding.override(press(user="U0MEI"), WHY)
    assert desk.untouched()


def test_a_seller_breaks_no_glass(desk: Desk) -> None:
    """Not even on their own deal; the attempt is on the record."""
    large(desk)
    desk.deciding.approve(press())
    with pytest.raises(NotAllowed, match="cannot override"):
        desk.deciding.override_form(press())
    with pytest.raises(NotAllowed, match="cannot override"):
        desk.deciding.override(press(), WHY)
    assert desk.stands().status is Status.OPEN
    assert [entry["wanted"] for entry in desk.refusals()] == ["override", "override"]


def test_where_nothing_is_missing_there_is_nothing_to_override(desk: Desk) -> None:
    """An ordinary card takes an ordinary approval."""
    desk.open(approvers=(ANA, MEI))
    with pytest.raises(Refused, match="nothing to override"):
        desk.deciding.override(press(user="U0MEI"), WHY)


# -- on the record ------------------------------------------------------------------------------------------
def test_whoever_is_not_let_is_on_the_record(desk: Desk) -> None:
    """Who, from which workspace, what they wanted, why not, and what the policy was asked, under its digest."""
    desk.open()
    with pytest.raises(NotAllowed):
        desk.deciding.approve(press(team="T0AWSCO"))
    (entry,) = desk.refusals()
    assert (entry["by"], entry["team"], entry["wanted"], entry["proposal"]) == (
        "U0ANA",
        "T0AWSCO",
        "approve",
        proposal().id,
    )
    assert entry["policy"] == AUTHORITY.digest
    assert entry["decision"]["by"] == ["outsiders-decide-nothing"]


@pytest.mark.parametrize("where", [{"channel": "C0ELSEWHERE"}, {"message": "1795352099.000100"}])
def test_a_button_that_was_copied_elsewhere_decides_nothing(desk: Desk, where: dict[str, Any]) -> None:
    """The value of a button counts only in the message that it was drawn in; a replay is refused and recorded."""
    desk.open()
    with pytest.raises(NotAllowed, match="does not belong to this message"):
        desk.deciding.approve(press(**where))
    assert desk.untouched()
    assert [entry["wanted"] for entry in desk.refusals()] == ["approve"]


def test_an_approval_names_the_policy_and_what_it_was_asked(desk: Desk, store: redis.Redis) -> None:
    """So that it can be asked again under another one."""
    desk.open()
    desk.deciding.approve(press())
    entry = list(Ledger(store).entries())[-1]
    assert entry["policy"] == AUTHORITY.digest
    assert entry["decision"]["allowed"] and entry["decision"]["by"] == ["owners-approve"]
    assert entry["decision"]["request"]["action"] == "update_opportunity:approve"
