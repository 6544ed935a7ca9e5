"""Scores for many opportunities: each row as it was shown or not at all, each fate told, against a real org's API."""

import csv
import io
from collections.abc import Sequence

import pytest

from bot.action import Receipt
from bot.actions.score_opportunities import ScoreOpportunities
from bot.batches import writing
from bot.batches.fates import State, fates
from bot.batches.lines import Choice, Doubt, Line, Sheet
from bot.clients import Clients, Reply
from bot.deal import PORTFOLIO, Deal
from bot.errors import Invalid, Refused, Unverified
from bot.salesforce import Salesforce
from sandbox.salesforce import Salesforce as Org
from tests.bot import factory
from tests.bot.actions.journal import Steps
from tests.bot.brightlane import ANA, DANA

SCORE = "P2B_Score__c"


class Desk:
    """Batches on an org, carried out as a person, with a journal that survives a crash."""

    def __init__(self, org: Org, salesforce: Salesforce) -> None:
        self.org, self._salesforce = org, salesforce

    def opportunities(self, number: int, **values: object) -> list[str]:
        """So many open ones, each with a score of 50 unless told otherwise."""
        about = {"StageName": "Qualification", "CloseDate": "2027-03-31", SCORE: 50, **values}
        rows = [{"Name": f"Deal {i}", "AccountId": "001000000000001AAA", **about} for i in range(number)]
        return self.org.plant("Opportunity", rows)

    def deal(self, action: ScoreOpportunities, user: str = ANA) -> Deal:
        """What is read of them now."""
        crm = self._salesforce.as_user(user)
        needs = action.needs()
        facts = crm.fields()
        held = crm.read_rows(needs.rows, [facts[name].field for name in needs.names])
        return factory.deal(id=PORTFOLIO, facts=facts, held=held)

    def batch(
        self, ids: Sequence[str], score: int = 82, doubts: tuple[Doubt, ...] = ()
    ) -> ScoreOpportunities:
        """A batch, shown as they are now."""
        lines = tuple(
            Line(number=n, id=id, deal=f"Deal {n}", account="001", after=(score,), why=("id",))
            for n, id in enumerate(ids, 2)
        )
        sheet = Sheet(lines=lines, doubts=doubts)
        action = ScoreOpportunities.of(sheet, names=("p2b_score",), source="scores.csv", partner="aws")
        return action.fit(self.deal(action))

    def clients(self, user: str = ANA) -> Clients:
        """The systems as this person."""
        crm = self._salesforce.as_writer(user, factory.freely)
        return Clients(crm=crm, partner=None, calendar=None, acting_as=user)  # type: ignore[arg-type]

    def carry_out(
        self, action: ScoreOpportunities, steps: Steps | None = None, user: str = ANA
    ) -> tuple[Receipt, Steps]:
        """Written and read back."""
        steps = steps or Steps(self.deal(action, user))
        clients = self.clients(user)
        return action.verify(clients, action.execute(clients, steps)), steps

    def scores(self, ids: Sequence[str]) -> list[object]:
        """What the org holds."""
        return [self.org.record(id)[SCORE] for id in ids]

    def writes(self) -> list[str]:
        """The names of the requests that wrote."""
        writing = ("collection.update", "ingest.create", "ingest.upload", "ingest.close")
        return [call.operation for call in self.org.requests if call.operation in writing]


@pytest.fixture
def desk(org: Org, salesforce: Salesforce) -> Desk:
    """Where batches are carried out."""
    return Desk(org, salesforce)


def rows_of(
    action: ScoreOpportunities, steps: dict[str, Reply], receipt: Receipt | None
) -> list[dict[str, str]]:
    """The file of the rows that were not written."""
    (file,) = action.attachments(steps, receipt)
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


# -- in calls ----------------------------------------------------------------------------------------------------
def test_two_hundred_rows_go_in_one_call(desk: Desk) -> None:
    """And 450 in three, each a step of its own, all read back."""
    ids = desk.opportunities(450)
    receipt, steps = desk.carry_out(desk.batch(ids))
    assert desk.scores(ids) == [82] * 450
    assert desk.writes() == ["collection.update"] * 3
    assert list(steps.recorded) == ["rows 1 to 200", "rows 201 to 400", "rows 401 to 450"]
    assert receipt.rows is not None and receipt.rows.written == 450 and receipt.verified_at is not None


def test_a_row_that_changed_since_is_left_alone(desk: Desk) -> None:
    """The others are written; the file says what it was, what it is and who changed it."""
    ids = desk.opportunities(3)
    action = desk.batch(ids)
    desk.org.change(ids[1], user=DANA, **{SCORE: 70})
    receipt, steps = desk.carry_out(action)
    assert desk.scores(ids) == [82, 70, 82]
    (row,) = rows_of(action, steps.recorded, receipt)
    assert row["State"] == "not written" and "was 50 and is now 70" in row["Why"] and DANA in row["Why"]


def test_a_row_that_holds_the_value_needs_nothing(desk: Desk) -> None:
    """It is left out before anybody approves it."""
    ids = desk.opportunities(2, **{SCORE: 82})
    action = desk.batch([*ids, *desk.opportunities(1)])
    assert (
        action.batch == 1 and [row.why for row in action.left] == ["Salesforce already holds this value"] * 2
    )


def test_rows_fail_one_by_one(desk: Desk) -> None:
    """A locked row and one that a rule forbids keep none of the others; each reason is in the file."""
    ids = desk.opportunities(5)
    desk.org.lock(ids[0])
    desk.org.forbid(SCORE, "Frozen by finance.", ids[3])
    action = desk.batch(ids)
    receipt, steps = desk.carry_out(action)
    assert desk.scores(ids) == [50, 82, 82, 50, 82]
    told = {row["Opportunity id"]: row["Why"] for row in rows_of(action, steps.recorded, receipt)}
    assert "Frozen by finance." in told[ids[3]] and "saving" in told[ids[0]]
    assert "3 of 5" in receipt.summary and "2 were not written" in receipt.summary


def test_only_what_failed_is_tried_again(desk: Desk) -> None:
    """As a batch of its own, shown as the records are now."""
    ids = desk.opportunities(4)
    desk.org.lock(ids[2])
    action = desk.batch(ids)
    _, steps = desk.carry_out(action)
    desk.org.unlock(ids[2])
    rest = action.remaining(steps.recorded)
    assert isinstance(rest, ScoreOpportunities)
    rest = rest.fit(desk.deal(rest))
    assert [line.id for line in rest.lines] == [ids[2]]
    desk.carry_out(rest)
    assert desk.scores(ids) == [82] * 4
    assert rest.remaining({"rows 1 to 1": steps.recorded["rows 1 to 4"]}) is not None
    assert desk.batch(desk.opportunities(1)).remaining({}) is None


@pytest.mark.parametrize("saved", [None, 0, 2])
def test_a_lost_reply_is_found_out_by_reading(desk: Desk, saved: int | None) -> None:
    """Whether all, none or some of the rows were saved: each is written once, and known to be."""
    ids = desk.opportunities(5)
    action = desk.batch(ids)
    desk.org.lose_collection(saved)
    receipt, steps = desk.carry_out(action)
    assert desk.scores(ids) == [82] * 5
    assert receipt.rows is not None and receipt.rows.written == 5 and not receipt.rows.failed
    assert {fate.state for fate in fates(action.lines, steps.recorded)} == {State.WRITTEN}
    changed = [[h for h in desk.org.history(id) if h["who"] == ANA] for id in ids]
    assert [len(changes) for changes in changed] == [1] * 5


def test_a_worker_killed_between_calls_goes_on_where_it_ended(desk: Desk) -> None:
    """What the record has is not sent again; what it lacks is read first."""
    ids = desk.opportunities(250)
    action = desk.batch(ids)
    steps = Steps(desk.deal(action))
    desk.carry_out(action, steps)
    del steps.recorded["rows 201 to 250"]
    before = len(desk.writes())
    receipt, _ = desk.carry_out(action, steps.again())
    assert len(desk.writes()) == before
    assert receipt.rows is not None and receipt.rows.written == 250


def test_an_outage_in_the_middle_is_not_taken_for_done(desk: Desk) -> None:
    """What went before it is told as written, the call that was under way as unknown; a retry does the rest."""
    ids = desk.opportunities(450)
    action = desk.batch(ids)

    class Falling(Steps):
        def progress(self, done: int, total: int) -> None:
            desk.org.fault("", status=503, times=-1)

    steps = Falling(desk.deal(action))
    with pytest.raises(Unverified):
        desk.carry_out(action, steps)
    desk.org.faults.clear()
    states = [fate.state for fate in fates(action.lines, steps.recorded)]
    assert states == [State.WRITTEN] * 200 + [State.UNKNOWN] * 200 + [State.UNTRIED] * 50
    assert desk.scores(ids) == [82] * 200 + [50] * 250
    rest = action.remaining(steps.recorded)
    assert isinstance(rest, ScoreOpportunities) and rest.batch == 250
    desk.carry_out(rest.fit(desk.deal(rest)))
    assert desk.scores(ids) == [82] * 450


def test_nothing_written_is_a_refusal(desk: Desk) -> None:
    """With the first reason."""
    ids = desk.opportunities(2)
    desk.org.forbid(SCORE, "Frozen by finance.")
    action = desk.batch(ids)
    with pytest.raises(Refused, match=r"None of the 2 scores.*Frozen by finance"):
        desk.carry_out(action)


def test_whoever_may_not_write_the_field_is_told_before(desk: Desk) -> None:
    """By the approver's own permissions."""
    action = desk.batch(desk.opportunities(2))
    with pytest.raises(Refused, match="not open for writing"):
        action.check(desk.deal(action, user=DANA))


def test_a_value_that_does_not_stay_is_not_confirmed(desk: Desk) -> None:
    """Somebody has to look at that row."""
    ids = desk.opportunities(3)
    action = desk.batch(ids)
    steps = Steps(desk.deal(action))
    clients = desk.clients()
    receipt = action.execute(clients, steps)
    desk.org.change(ids[0], user=DANA, **{SCORE: 11})
    receipt = action.verify(clients, receipt)
    assert receipt.rows is not None and list(receipt.rows.unconfirmed) == [ids[0]]
    assert "1 could not be confirmed" in receipt.summary
    (row,) = rows_of(action, steps.recorded, receipt)
    assert row["State"] == "not known" and "is now 11" in row["Why"]


# -- as a job ----------------------------------------------------------------------------------------------------
@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs begin at four rows here."""
    monkeypatch.setattr(writing, "BULK_ABOVE", 3)
    monkeypatch.setattr("bot.batches.fates.BULK_ABOVE", 3)


def test_above_two_thousand_rows_there_is_one_job(desk: Desk) -> None:
    """Driven by its requests, its id in the record before its rows are sent."""
    ids = desk.opportunities(2_001)
    receipt, steps = desk.carry_out(desk.batch(ids))
    assert desk.writes() == ["ingest.create", "ingest.upload", "ingest.close"]
    assert list(steps.recorded) == ["job", "upload", "close", "outcome"]
    assert steps.recorded["job"].record == receipt.record
    assert set(desk.scores(ids)) == {82} and receipt.rows is not None and receipt.rows.written == 2_001


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("lost", ["create", "upload", "close"])
def test_a_lost_reply_makes_no_second_job_that_writes(desk: Desk, lost: str) -> None:
    """Each row is written once, whichever answer was lost."""
    ids = desk.opportunities(5)
    action = desk.batch(ids)
    desk.org.fault(rf"ingest\.{lost}", drop_reply=True, times=1)
    receipt, _ = desk.carry_out(action)
    assert desk.scores(ids) == [82] * 5 and receipt.rows is not None and receipt.rows.written == 5
    assert [len([h for h in desk.org.history(id) if h["who"] == ANA]) for id in ids] == [1] * 5


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("recorded", [["job"], ["job", "upload"], ["job", "upload", "close"]])
def test_a_worker_killed_in_the_middle_of_a_job_asks_that_job(desk: Desk, recorded: list[str]) -> None:
    """Whatever was recorded, no other job is made and no row is written twice."""
    ids = desk.opportunities(5)
    action = desk.batch(ids)
    steps = Steps(desk.deal(action))
    desk.carry_out(action, steps)
    for step in set(steps.recorded) - set(recorded):
        del steps.recorded[step]
    receipt, _ = desk.carry_out(action, steps.again())
    assert desk.writes().count("ingest.create") == 1
    assert receipt.rows is not None and receipt.rows.written == 5
    assert [len([h for h in desk.org.history(id) if h["who"] == ANA]) for id in ids] == [1] * 5


@pytest.mark.usefixtures("few")
def test_a_job_that_fails_half_way_tells_each_row(desk: Desk) -> None:
    """Written, refused, not reached; what was not reached can be tried again."""
    ids = desk.opportunities(6)
    desk.org.forbid(SCORE, "Frozen by finance.", ids[0])
    desk.org.break_bulk_job(after=4)
    action = desk.batch(ids)
    receipt, steps = desk.carry_out(action)
    states = [fate.state for fate in fates(action.lines, steps.recorded, receipt)]
    assert states.count(State.WRITTEN) == 3 and states.count(State.FAILED) == 3
    whys = " ".join(row["Why"] for row in rows_of(action, steps.recorded, receipt))
    assert "Frozen by finance." in whys and "before this row" in whys
    rest = action.remaining(steps.recorded)
    assert isinstance(rest, ScoreOpportunities) and rest.batch == 3


@pytest.mark.usefixtures("few")
def test_a_row_that_moved_is_not_put_into_the_job(desk: Desk) -> None:
    """It is told beside those that the job refused."""
    ids = desk.opportunities(5)
    action = desk.batch(ids)
    desk.org.change(ids[4], user=DANA, **{SCORE: 3})
    receipt, steps = desk.carry_out(action)
    assert desk.scores(ids) == [82] * 4 + [3]
    (row,) = rows_of(action, steps.recorded, receipt)
    assert row["Opportunity id"] == ids[4] and "is now 3" in row["Why"]


@pytest.mark.usefixtures("few")
def test_how_far_a_job_has_come_is_told(desk: Desk) -> None:
    """While it runs."""
    desk.org.bulk_polls = 3
    action = desk.batch(desk.opportunities(6))
    steps = Steps(desk.deal(action))
    desk.carry_out(action, steps)
    assert steps.told[1] == 6


# -- undo --------------------------------------------------------------------------------------------------------
def test_an_undo_puts_back_only_what_is_still_ours(desk: Desk) -> None:
    """A row that somebody changed meanwhile keeps what they wrote."""
    ids = desk.opportunities(4)
    action = desk.batch(ids)
    receipt, steps = desk.carry_out(action)
    desk.org.change(ids[3], user=DANA, **{SCORE: 99})
    undo = action.undone(receipt, steps.recorded)
    assert isinstance(undo, ScoreOpportunities)
    undo = undo.fit(desk.deal(undo))
    assert undo.batch == 3 and "is now 99" in undo.left[-1].why
    desk.carry_out(undo)
    assert desk.scores(ids) == [50, 50, 50, 99]
    assert undo.undone(receipt, steps.recorded) is None


def test_an_undo_does_not_touch_what_was_there_already(desk: Desk) -> None:
    """What we did not write, we do not take back."""
    ids = desk.opportunities(2)
    action = desk.batch(ids)
    desk.org.change(ids[0], user=DANA, **{SCORE: 82})
    receipt, steps = desk.carry_out(action)
    undo = action.undone(receipt, steps.recorded)
    assert isinstance(undo, ScoreOpportunities) and [line.id for line in undo.lines] == [ids[1]]


# -- review ------------------------------------------------------------------------------------------------------
def in_doubt(desk: Desk) -> tuple[ScoreOpportunities, list[str]]:
    """A batch of one sure row and one that two deals fit."""
    ids = desk.opportunities(3)
    choices = tuple(
        Choice(id=id, deal=f"Deal {n}", account=f"00{n}", company="Helios", why=("names alike",))
        for n, id in enumerate(ids[1:], 1)
    )
    doubt = Doubt(number=9, company="Helios", key="helios", after=(40,), choices=choices)
    return desk.batch(ids[:1], doubts=(doubt,)), ids


def test_a_doubtful_row_is_not_written_until_somebody_says(desk: Desk) -> None:
    """The form offers each deal, and none."""
    action, ids = in_doubt(desk)
    desk.carry_out(action)
    assert desk.scores(ids) == [82, 50, 50]
    (question,) = action.form(desk.deal(action))
    assert [value for value, _ in question.options] == [*ids[1:], "none"]


def test_a_persons_choice_is_written_and_remembered(desk: Desk) -> None:
    """As the account whose deal was chosen."""
    action, ids = in_doubt(desk)
    answered = action.answered({"row.9": ids[2]}, desk.deal(action))
    assert [(said.ours, said.yes) for said in action.judgements(answered)] == [("002", True)]
    desk.carry_out(answered)
    assert desk.scores(ids) == [82, 50, 40]


def test_none_of_them_is_remembered_of_each(desk: Desk) -> None:
    """So that none is offered again."""
    action, _ = in_doubt(desk)
    answered = action.answered({"row.9": "none"}, desk.deal(action))
    assert {(said.ours, said.yes) for said in action.judgements(answered)} == {("001", False), ("002", False)}
    assert not answered.doubts and answered.left[-1].number == 9


def test_a_deal_gets_one_score(desk: Desk) -> None:
    """A second row for it is refused at its question."""
    action, ids = in_doubt(desk)
    another = action.lines[0].model_copy(update={"id": ids[1], "number": 3})
    both = action.sheet.model_copy(update={"lines": (*action.lines, another)})
    taken = action.model_copy(update={"rows": both.packed()})
    with pytest.raises(Invalid, match="Row 3 has a score"):
        taken.answered({"row.9": ids[1]}, desk.deal(taken))


def test_where_no_row_is_sure_nothing_can_be_approved(desk: Desk) -> None:
    """The card asks to review first."""
    action, _ = in_doubt(desk)
    bare = action.model_copy(update={"rows": Sheet(doubts=action.doubts).packed()})
    assert bare.preview(desk.deal(bare)).findings
    assert not action.preview(desk.deal(action)).findings


def test_every_row_is_in_the_file_beside_the_card(desk: Desk) -> None:
    """What will be written, what is doubtful, what is left out."""
    action, _ = in_doubt(desk)
    rows = rows_of(action, {}, None)
    assert [(row["Row"], row["What happens"]) for row in rows] == [("2", "written"), ("9", "to review")]
    assert rows[0]["p2b score now"] == "50" and rows[0]["p2b score then"] == "82"
