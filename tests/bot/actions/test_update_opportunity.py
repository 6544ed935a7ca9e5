"""Updating an opportunity: exactly the approved values, only over what was approved, and said plainly."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.action import Ask
from bot.actions.update_opportunity import UpdateOpportunity
from bot.clients import Candidate, Clients, CrmRecord, Reply
from bot.config import load
from bot.deal import Deal, Fact, FieldType, Json, Message, Owner, Sibling, System
from bot.errors import BotError, Invalid, Refused, Stale, Unavailable, Unverified
from sandbox.seed import CONFIG
from tests.bot.actions.journal import Steps

ID = "006000000000001AAA"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ANA = Owner(id="005000000000001AAA", name="Ana Costa", username="ana@x", email="ana@x", active=True)
STAGES = ("Prospecting", "Qualification", "Closed Won", "Closed Lost")


def fact(name: str, label: str, field: str, value: Json, type: FieldType, **what: Any) -> Fact:
    return Fact(
        name=name, label=label, field=field, value=value, type=type, as_of=NOW, **{"writable": True, **what}
    )


FACTS = {
    one.name: one
    for one in (
        fact("p2b_score", "P2B Score", "P2B_Score__c", 64, FieldType.NUMBER, low=0, high=100, scale=0),
        fact("p2b_date", "P2B Score Date", "P2B_Score_Date__c", None, FieldType.DATE),
        fact("next_step", "Next Step", "NextStep", None, FieldType.TEXT, length=255, aliases=("next steps",)),
        fact("stage", "Stage", "StageName", "Qualification", FieldType.CHOICE, options=STAGES, required=True),
        fact("amount", "Amount", "Amount", 240000, FieldType.NUMBER, low=0, scale=2),
        fact("vetted", "Vetted", "Vetted__c", False, FieldType.BOOLEAN),
        fact("partner_of_record", "Partner of Record", "Partner_of_Record__c", None, FieldType.TEXT),
        fact("website", "Website", "Account.Website", "x.example", FieldType.TEXT, writable=False),
    )
}


def deal(facts: Mapping[str, Fact] = FACTS, **values: Json) -> Deal:
    config = load(CONFIG)
    return Deal(
        id=ID,
        name="Northwind",
        account_id="001000000000001AAA",
        url=f"https://brightlane.my.salesforce.com/{ID}",
        facts={n: f.model_copy(update={"value": values[n]}) if n in values else f for n, f in facts.items()},
        owner=ANA,
        contacts=(),
        team=config.people,
        meeting=config.meeting,
        referring=config.referral,
        versions={f"Opportunity {ID}": "1"},
        as_of=NOW,
    )


def update(on: Deal | None = None, **values: Json) -> UpdateOpportunity:
    return UpdateOpportunity(opportunity=ID, values=values, said_by="U0ANA").fit(on or deal())


class Salesforce:
    """One opportunity that keeps the promises of ``Crm``; ``answers`` say how the next writes end."""

    def __init__(self) -> None:
        self.values: dict[str, Json] = {one.field: one.value for one in FACTS.values()}
        self.version, self.modified_by = 1, "ben@x"
        self.writes: list[dict[str, Json]] = []
        self.answers: list[Callable[[], BotError | None]] = []
        self.reading: list[BotError] = []

    def change(self, by: str = "ben@x", **values: Json) -> None:
        self.values.update({FACTS[name].field: value for name, value in values.items()})
        self.version, self.modified_by = self.version + 1, by

    def opportunity(self, id: str) -> CrmRecord:
        if self.reading:
            raise self.reading.pop(0)
        return CrmRecord(
            id=id,
            name="Northwind",
            account_id="001000000000001AAA",
            url=f"https://brightlane.my.salesforce.com/{id}",
            facts={n: f.model_copy(update={"value": self.values[f.field]}) for n, f in FACTS.items()},
            owner=ANA,
            contacts=(),
            versions={f"Opportunity {id}": str(self.version)},
            modified_by=self.modified_by,
            as_of=NOW,
        )

    def siblings(self, account: str) -> tuple[Sibling, ...]:
        return ()

    def open_opportunities(self) -> tuple[Candidate, ...]:
        return ()

    def write(self, id: str, values: Mapping[str, Json], unless_changed_since: str) -> Reply:
        failure = self.answers.pop(0)() if self.answers else None
        if isinstance(failure, Unverified) and "unwritten" not in str(failure):
            self._take(values)
        if failure is not None:
            raise failure
        if unless_changed_since != str(self.version):
            raise Stale("The record changed.")
        self._take(values)
        return Reply(system=System.SALESFORCE, record=id, response_id=str(self.version), at=NOW)

    def _take(self, values: Mapping[str, Json]) -> None:
        self.values.update(values)
        self.writes.append(dict(values))
        self.version, self.modified_by = self.version + 1, "ana@x"


class Absent:
    """A system that this action must not touch."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"update_opportunity called {name}")


@pytest.fixture
def salesforce() -> Salesforce:
    return Salesforce()


@pytest.fixture
def clients(salesforce: Salesforce) -> Clients:
    crm: Any = salesforce  # of the CRM's promises, those that one record needs
    return Clients(crm=crm, partner=Absent(), calendar=Absent(), acting_as="Ana Costa")


# -- asking -----------------------------------------------------------------------------------------------------
def test_a_score_is_dated() -> None:
    """`score 82` also sets the day of the score."""
    asked = UpdateOpportunity.ask("score", "82", deal(), "U0ANA")
    assert asked.values == {"p2b_score": 82, "p2b_date": "2026-11-23"}


def test_a_score_is_not_dated_where_the_day_cannot_be_written() -> None:
    """A day field that is closed to this user does not stop the score."""
    closed = {**FACTS, "p2b_date": FACTS["p2b_date"].model_copy(update={"writable": False})}
    assert UpdateOpportunity.ask("score", "82", deal(closed), "U0ANA").values == {"p2b_score": 82}


def test_a_field_is_set_by_the_name_people_use() -> None:
    """`set next steps …` sets the next step, as said by whoever typed it."""
    asked = UpdateOpportunity.ask("set", "next steps Send the order form", deal(), "U0ANA")
    assert (asked.values, asked.said_by) == ({"next_step": "Send the order form"}, "U0ANA")


def test_a_score_without_a_field_is_refused() -> None:
    """Without a mapped field the refusal says so."""
    with pytest.raises(Refused, match="maps no field to p2b_score"):
        UpdateOpportunity.ask("score", "82", deal({}), "U0ANA")


def test_a_message_that_states_a_score_suggests_it() -> None:
    """A score that somebody states in the channel is proposed, with its day."""
    message = Message(text="P2B score is 82", author="U0ANA", channel="C0NORTHWIND", ts="1.0", at=NOW)
    suggested = UpdateOpportunity.suggest(message, deal())
    assert suggested is not None
    assert suggested.values == {"p2b_score": 82, "p2b_date": "2026-11-23"}


def test_a_message_that_says_what_is_there_suggests_nothing() -> None:
    """What Salesforce holds already is not proposed again."""
    message = Message(text="P2B score is 64", author="U0ANA", channel="C0NORTHWIND", ts="1.0", at=NOW)
    assert UpdateOpportunity.suggest(message, deal()) is None


def test_somebody_who_asks_for_what_is_there_is_told() -> None:
    """Addressed to the bot, the same words get an answer instead of silence."""
    message = Message(
        text="set next step to Call", author="U0ANA", channel="C0NORTHWIND", ts="1.0", at=NOW, addressed=True
    )
    suggested = UpdateOpportunity.suggest(message, deal(next_step="Call"))
    assert suggested is not None
    with pytest.raises(Refused, match="already says so: Next Step is “Call”\\."):
        suggested.check(deal(next_step="Call"))


def test_the_same_values_are_the_same_subject() -> None:
    """Two people who say the same do not make two cards; another value does."""
    one, other = update(p2b_score=82), update(p2b_score=82).model_copy(update={"said_by": "U0BEN"})
    assert one.subject() == other.subject() != update(p2b_score=90).subject()


# -- showing ----------------------------------------------------------------------------------------------------
def test_the_preview_shows_before_and_after() -> None:
    """Each change has the seller's label, both values as people read them, and who said it."""
    preview = update(amount=1200000, p2b_date="2026-11-23").preview(deal())
    amount, day = preview.changes
    assert (amount.label, amount.before, amount.after) == ("Amount", "240,000", "1,200,000")
    assert (day.before, day.after) == ("", "Mon 23 Nov 2026")
    assert (amount.source, amount.basis, preview.versions) == (
        "said by <@U0ANA>",
        None,
        {f"Opportunity {ID}": "1"},
    )


def test_a_cleared_field_shows_as_empty() -> None:
    """Clearing is a change like any other."""
    assert update(amount=None).preview(deal()).changes[0].after == "empty"


def test_a_follow_up_names_its_record() -> None:
    """What follows from a record says so, and stands on it."""
    action = UpdateOpportunity(opportunity=ID, values={"p2b_score": 82}, because="AWS Partner Central O123")
    change = action.preview(deal()).changes[0]
    assert (change.source, change.basis) == ("AWS Partner Central O123", "AWS Partner Central O123")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"nothing": 1}, "maps no Salesforce field to nothing"),
        ({"website": "y.example"}, "Website may not be changed"),
        ({"p2b_score": 101}, "from 0 to 100"),
        ({"p2b_score": "82"}, "is a number"),
        ({"next_step": "x" * 256}, "255 characters"),
        ({"stage": "Won"}, "Prospecting, Qualification"),
        ({"stage": None}, "may not be empty"),
        ({"p2b_score": 64.0}, "Salesforce already says so: P2B Score is 64"),
    ],
)
def test_what_makes_no_sense_is_refused(values: dict[str, Json], says: str) -> None:
    """Each refusal says what is wrong and what would be right."""
    with pytest.raises(Refused, match=says):
        update(**values).check(deal())


def test_another_opportunity_is_refused() -> None:
    """An update is for the opportunity that it names, and no other."""
    with pytest.raises(Refused, match="not for Northwind"):
        update(p2b_score=82).model_copy(update={"opportunity": "006000000000002AAA"}).check(deal())


def test_one_new_value_among_known_ones_makes_sense() -> None:
    """It is only refused when nothing at all would change."""
    update(p2b_score=64, p2b_date="2026-11-23").check(deal())


def test_fitting_takes_the_present_values_as_expected() -> None:
    """What is expected follows the deal; what a person asked for stays."""
    fitted = update(p2b_score=82).fit(deal(p2b_score=70), deal())
    assert (fitted.expected, fitted.values) == ({"p2b_score": 70}, {"p2b_score": 82})


# -- the form ---------------------------------------------------------------------------------------------------
def test_the_form_asks_by_type() -> None:
    """Numbers, dates, choices and text each have their own kind of question, prefilled."""
    form = update(
        p2b_score=82, p2b_date="2026-11-23", stage="Closed Won", vetted=True, next_step="Call"
    ).form(deal())
    assert [question.ask for question in form] == [Ask.NUMBER, Ask.DATE, Ask.CHOICE, Ask.CHOICE, Ask.TEXT]
    assert [question.initial for question in form] == ["82", "2026-11-23", "Closed Won", "yes", "Call"]
    assert [question.required for question in form] == [False, False, True, False, False]


def test_answers_become_values() -> None:
    """Answers are read by type; an empty one clears; a word for nothing is a word in a form."""
    action = update(p2b_score=82, p2b_date="2026-11-23", next_step="Call", vetted=False)
    answers = {"p2b_score": "90", "p2b_date": None, "next_step": "None", "vetted": "yes"}
    answered = action.answered(answers, deal())
    assert answered.values == {"p2b_score": 90, "p2b_date": None, "next_step": "None", "vetted": True}


def test_an_edited_value_is_nobodys_saying() -> None:
    """A value changed on the card names the card as its source, for good; the others keep theirs."""
    action = update(p2b_score=82, p2b_date="2026-11-23")
    once = action.answered({"p2b_score": "90", "p2b_date": "2026-11-23"}, deal())
    twice = once.answered({"p2b_score": "90", "p2b_date": "2026-11-23"}, deal()).fit(
        deal(p2b_score=70), deal()
    )
    for edited in (once, twice):
        assert [change.source for change in edited.preview(deal()).changes] == [
            "edited on the card",
            "said by <@U0ANA>",
        ]


def test_an_untouched_form_edits_nothing() -> None:
    """Sent as it was opened, it leaves the action and its sources as they were."""
    action = update(p2b_score=82, amount=5)
    assert action.answered({"p2b_score": "82", "amount": "5.00"}, deal()).payload() == action.payload()


def test_an_edited_follow_up_no_longer_stands_on_its_record() -> None:
    """What somebody typed over a record's value does not move with the record."""
    action = UpdateOpportunity(opportunity=ID, values={"p2b_score": 82}, because="AWS Partner Central O123")
    (change,) = action.answered({"p2b_score": "90"}, deal()).preview(deal()).changes
    assert (change.source, change.basis) == ("edited on the card", None)


def test_wrong_answers_are_named_all_at_once() -> None:
    """Every question that cannot be taken has its own sentence."""
    with pytest.raises(Invalid) as caught:
        update(p2b_score=82, stage="Closed Won", amount=5).answered({"p2b_score": "900", "stage": ""}, deal())
    assert caught.value.problems == {
        "p2b_score": "P2B Score is from 0 to 100, not 900.",
        "stage": "Stage may not be empty.",
    }


# -- doing ------------------------------------------------------------------------------------------------------
def test_the_values_are_written_and_told(salesforce: Salesforce, clients: Clients) -> None:
    """One write with the API names, and a receipt with before, after and as whom."""
    action = update(p2b_score=82, partner_of_record="AWS", amount=None)
    receipt = action.verify(clients, action.execute(clients, Steps(deal())))
    assert salesforce.writes == [{"P2B_Score__c": 82, "Partner_of_Record__c": "AWS", "Amount": None}]
    assert receipt.summary == "Updated P2B Score, Partner of Record and Amount on Northwind."
    assert receipt.before == {"p2b_score": 64, "partner_of_record": None, "amount": 240000}
    assert receipt.after == {"p2b_score": 82, "partner_of_record": "AWS", "amount": None}
    assert (receipt.acted_as, receipt.partner_of_record, receipt.attribution) == ("Ana Costa", "AWS", None)
    assert receipt.url is not None and receipt.url.endswith(ID)
    assert receipt.verified_at is not None


def test_a_recorded_write_is_not_written_again(salesforce: Salesforce, clients: Clients) -> None:
    """A second run of the same approval finds its step done, even if somebody changed the value since."""
    action, steps = update(p2b_score=82), Steps(deal())
    first = action.execute(clients, steps)
    salesforce.change(p2b_score=50)
    assert action.execute(clients, steps) == first
    assert len(salesforce.writes) == 1


def test_a_write_that_died_before_it_was_recorded_is_found(salesforce: Salesforce, clients: Clients) -> None:
    """A resumed run finds the values there: nothing more is written, and it counts as done."""
    action = update(p2b_score=82)
    action.execute(clients, Steps(deal()))
    receipt = action.execute(clients, Steps(deal(), resumed=True))
    assert len(salesforce.writes) == 1
    assert receipt.summary.startswith("Updated") and "last changed by ana@x" in receipt.details[0]


def test_a_value_that_moved_under_a_resumed_run_is_unknown(salesforce: Salesforce, clients: Clients) -> None:
    """An earlier run may have written before somebody else did, so it is never said that nothing was written."""
    salesforce.change(p2b_score=70)
    with pytest.raises(Unverified, match="now says 70"):
        update(p2b_score=82).execute(clients, Steps(deal(), resumed=True))
    assert salesforce.writes == []


def test_somebody_elses_same_value_is_not_claimed(salesforce: Salesforce, clients: Clients) -> None:
    """When a colleague was faster, nothing is written and the receipt says that it was there already."""
    salesforce.change(p2b_score=82)
    receipt = update(p2b_score=82).execute(clients, Steps(deal()))
    assert salesforce.writes == []
    assert "already held" in receipt.summary and "ben@x" in receipt.details[0]


def test_a_value_that_moved_since_the_approval_stops_it(salesforce: Salesforce, clients: Clients) -> None:
    """Neither what was approved over nor what was approved: nothing is written."""
    salesforce.change(p2b_score=70)
    with pytest.raises(
        Stale, match="P2B Score was 64 when this was approved and is now 70; nothing was written"
    ):
        update(p2b_score=82).execute(clients, Steps(deal()))
    assert salesforce.writes == []


def test_text_stands_in_quotes(salesforce: Salesforce, clients: Clients) -> None:
    """A sentence about text shows where the text begins and ends; empty is no text."""
    salesforce.change(next_step="Call")
    with pytest.raises(Stale, match="Next Step was empty when this was approved and is now “Call”; nothing"):
        update(next_step="Send the order form").execute(clients, Steps(deal()))


def test_a_change_of_other_fields_does_not_stop_it(salesforce: Salesforce, clients: Clients) -> None:
    """Somebody's edit of another field in the same moment costs one more reading."""

    def meanwhile() -> None:
        salesforce.change(next_step="Call")

    salesforce.answers.append(meanwhile)
    update(p2b_score=82).execute(clients, Steps(deal()))
    assert salesforce.values["P2B_Score__c"] == 82 and salesforce.values["NextStep"] == "Call"


def test_a_record_that_never_holds_still_is_stale(salesforce: Salesforce, clients: Clients) -> None:
    """It is tried three times, not for ever."""
    salesforce.answers = [lambda: salesforce.change(next_step="x")] * 5
    with pytest.raises(Stale):
        update(p2b_score=82).execute(clients, Steps(deal()))
    assert len(salesforce.answers) == 2 and salesforce.writes == []


def test_a_lost_answer_is_settled_by_reading(salesforce: Salesforce, clients: Clients) -> None:
    """The write was made though its answer was lost: accepted, once, and said so."""
    salesforce.answers.append(lambda: Unverified("no answer"))
    receipt = update(p2b_score=82).execute(clients, Steps(deal()))
    assert len(salesforce.writes) == 1
    assert receipt.summary.startswith("Updated") and "answer to the write was lost" in receipt.details[0]


def test_a_lost_write_is_tried_once_more(salesforce: Salesforce, clients: Clients) -> None:
    """The write was not made: the record is as before, so it is safe to write again."""
    salesforce.answers.append(lambda: Unverified("unwritten"))
    update(p2b_score=82).execute(clients, Steps(deal()))
    assert salesforce.writes == [{"P2B_Score__c": 82}]


def test_two_lost_writes_are_left_to_a_person(salesforce: Salesforce, clients: Clients) -> None:
    """After the second silence it is unknown, and not tried a third time."""
    salesforce.answers = [lambda: Unverified("unwritten")] * 3
    with pytest.raises(Unverified):
        update(p2b_score=82).execute(clients, Steps(deal()))
    assert len(salesforce.answers) == 1


def test_a_lost_write_that_cannot_be_read_is_unknown(salesforce: Salesforce, clients: Clients) -> None:
    """Salesforce down after a lost write is not "nothing was done"."""

    def lose() -> BotError:
        salesforce.reading.append(Unavailable("down"))
        return Unverified("no answer")

    salesforce.answers.append(lose)
    with pytest.raises(Unverified):
        update(p2b_score=82).execute(clients, Steps(deal()))


def test_an_outage_after_a_lost_write_is_unknown(salesforce: Salesforce, clients: Clients) -> None:
    """The second attempt was turned away, but the first may still have been taken."""
    salesforce.answers = [lambda: Unverified("unwritten"), lambda: Unavailable("down")]
    with pytest.raises(Unverified):
        update(p2b_score=82).execute(clients, Steps(deal()))


def test_a_lost_write_under_somebody_elses_is_unknown(salesforce: Salesforce, clients: Clients) -> None:
    """A third value after a lost write: ours may have been overwritten, so a person must look."""

    def lose() -> BotError:
        salesforce.change(p2b_score=50)
        return Unverified("unwritten")

    salesforce.answers.append(lose)
    with pytest.raises(Unverified, match=r"now says 50 \(last changed by ben@x\)"):
        update(p2b_score=82).execute(clients, Steps(deal()))


@pytest.mark.parametrize("error", [Refused("FIELD_CUSTOM_VALIDATION_EXCEPTION"), Unavailable("down")])
def test_what_salesforce_says_goes_through(salesforce: Salesforce, clients: Clients, error: BotError) -> None:
    """A rule or an outage is told as it is, and nothing is recorded as done."""
    salesforce.answers.append(lambda: error)
    steps = Steps(deal())
    with pytest.raises(type(error)) as caught:
        update(p2b_score=82).execute(clients, steps)
    assert caught.value is error and steps.recorded == {}


def test_a_value_that_did_not_stick_is_unverified(salesforce: Salesforce, clients: Clients) -> None:
    """Reading back names the field, what was written and what is there."""
    action = update(p2b_score=82)
    receipt = action.execute(clients, Steps(deal()))
    salesforce.change(p2b_score=60)
    with pytest.raises(Unverified, match=r"P2B Score was written as 82, but Salesforce now says 60.*ben@x"):
        action.verify(clients, receipt)
