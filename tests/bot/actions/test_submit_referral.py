"""Refer an opportunity to AWS."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.ace import places
from bot.ace.draft import SharedContact
from bot.ace.model import violations
from bot.ace.rules import for_submit
from bot.action import Ask, Question, Receipt
from bot.actions.submit_referral import SubmitReferral
from bot.clients import Clients, Reply, Task
from bot.config import load
from bot.deal import Contact, Deal, Fact, FieldType, Json, Message, Owner, Referral, Solution, System
from bot.errors import BotError, Invalid, Refused, Unavailable, Unverified
from sandbox.seed import CONFIG
from tests.bot.actions.journal import Steps

ID = "006000000000001AAA"
NOW = datetime.now(UTC)
CLOSE = (NOW + timedelta(days=75)).date().isoformat()
CONFIGURED = load(CONFIG)
USUAL_PAUSES = SubmitReferral.pauses

NORTHWIND: Mapping[str, tuple[str, Json, Json]] = {  # name: label, value, raw
    "name": ("Opportunity Name", "Northwind - fleet telemetry lake", None),
    "account": ("Account Name", "Northwind Freight", None),
    "website": ("Account Website", "https://www.northwind-freight.example", None),
    "duns": ("Account D-U-N-S Number", "150483782", None),
    "street": ("Account Billing Street", "1200 Harbor Avenue SW", None),
    "city": ("Account Billing City", "Seattle", None),
    "state": ("Account Billing State", "WA", None),
    "postal_code": ("Account Billing Zip", "98126", None),
    "description": ("Description", "The telemetry store cannot keep up with 4,000 vehicles.", None),
    "aws_monthly_revenue": ("AWS Monthly Revenue", 12500, None),
    "next_step": ("Next Step", "Architecture review", None),
    "stage": ("Stage", "Qualification", None),
    "close_date": ("Close Date", CLOSE, None),
    "ace_stage": ("Stage", "Qualified", "Qualification"),
    "ace_industry": ("Account Industry", "Transportation and Logistics", "Transportation"),
    "ace_country": ("Account Billing Country", "US", "United States"),
    "ace_opportunity_type": ("Type", "Net New Business", "New Customer"),
    "ace_id": ("ACE Opportunity Id", None, None),
    "ace_status": ("ACE Status", None, None),
    "partner_of_record": ("Partner of Record", None, None),
    "attribution": ("Partner Attribution", None, None),
}
WRITABLE = ("ace_id", "ace_status", "partner_of_record", "attribution")

LENA = Contact(
    first_name="Lena",
    last_name="Hart",
    email="Lena.Hart@northwind-freight.example",
    phone="+1 206 555 0142",
    title="VP Engineering",
    role="Decision Maker",
    primary=True,
)
OMAR = Contact(
    first_name="Omar", last_name="Reyes", email="omar@nw.example", phone=None, title=None, role=None
)
PLATFORM = Solution(id="S-0051001", name="Brightlane Data Platform", status="Active")
COLLECTOR = Solution(id="S-0051002", name="Brightlane Edge Collector", status="Active")
LOADER = Solution(id="S-0051003", name="Brightlane Legacy Loader", status="Inactive")

ENTERED: Mapping[str, Json] = {
    "use_case": "Storage & Backup",
    "delivery_models": ["SaaS or PaaS"],
    "sales_activities": ["Customer has shown interest in solution"],
    "primary_needs": ["Co-Sell - Deal Support"],
    "solutions": ["S-0051001"],
}


def deal(values: Mapping[str, Json] = {}, **changes: Any) -> Deal:
    """Northwind with some facts set: a value, or (value, raw) where the configuration converts."""
    facts = {}
    for name, (label, value, raw) in NORTHWIND.items():
        said = values.get(name, (value, raw))
        now, before = said if isinstance(said, tuple) else (said, None)
        writable = name in WRITABLE
        facts[name] = Fact(
            name=name, label=label, field=name, value=now, raw=before, writable=writable, record=ID, as_of=NOW
        )
    known: dict[str, Any] = {
        "id": ID,
        "name": "Northwind - fleet telemetry lake",
        "account_id": "001000000000001AAA",
        "url": "https://brightlane.example/006",
        "facts": facts,
        "owner": Owner(id="005", name="Ana Costa", username="ana", email="ana@b.example", active=True),
        "contacts": (LENA, OMAR),
        "team": CONFIGURED.people,
        "meeting": CONFIGURED.meeting,
        "referring": CONFIGURED.referral,
        "versions": {f"Opportunity {ID}": "1"},
        "as_of": NOW,
        "solutions": (PLATFORM, COLLECTOR, LOADER),
    }
    return Deal(**{**known, **changes})


def complete(known: Deal | None = None) -> SubmitReferral:
    known = known or deal()
    return SubmitReferral.draft(known).answered(ENTERED, known)


def lines(action: SubmitReferral, known: Deal) -> dict[str, str]:
    return {change.name: change.after for change in action.preview(known).changes}


# -- AWS and the journal, in memory ----------------------------------------------------------------------------


class Aws:
    """Partner Central as the protocol promises it: one token and payload, one draft; another payload, no answer."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.drafts: dict[str, Referral] = {}
        self.payloads: dict[str, Mapping[str, Json]] = {}
        self.tokens: dict[str, tuple[Json, Any]] = {}
        self.faults: dict[str, list[BotError]] = {}  # raised before the work of a call
        self.lost: dict[str, list[BotError]] = {}  # raised after it
        self.progress: list[Task] = []  # what the task looks like at each look
        self.task_result = Task(id="task-1", status="COMPLETE")

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if faults := self.faults.get(name):
            raise faults.pop(0)

    def _worked(self, name: str) -> None:
        if lost := self.lost.get(name):
            raise lost.pop(0)

    def solutions(self) -> tuple[Solution, ...]:
        return (PLATFORM, COLLECTOR)

    def referral(self, id: str) -> Referral:
        self._called("referral")
        return self.drafts[id]

    def referred(self) -> bool:
        return bool(self.drafts)

    def find(self, company: str, reference: str) -> Referral | None:
        self._called("find")
        ours = [one for one in self.drafts.values() if (one.company, one.reference) == (company, reference)]
        return ours[-1] if ours else None

    def create(self, payload: Mapping[str, Json], token: str) -> Reply:
        self._called("create")
        if token not in self.tokens:
            made = f"O{len(self.drafts) + 1}"
            self.payloads[made] = payload
            self.drafts[made] = Referral(
                id=made,
                title=payload["Project"]["Title"],
                company=payload["Customer"]["Account"]["CompanyName"],
                review_status="Pending Submission",
                stage=None,
                reference=payload["PartnerOpportunityIdentifier"],
                version="1",
                as_of=NOW,
            )
            reply = Reply(
                system=System.PARTNER_CENTRAL, record=made, request_id=token, response_id="1", at=NOW
            )
            self.tokens[token] = (payload, reply)
        self._worked("create")
        known, made_then = self.tokens[token]
        if known != payload:
            raise Unverified("The token was used for something else.")
        answer: Reply = made_then
        return answer

    def associate(self, id: str, entity_type: str, entity: str) -> Reply:
        self._called("associate")
        field = "solutions" if entity_type == "Solutions" else "products"
        attached = dict.fromkeys((*getattr(self.drafts[id], field), entity))
        self.drafts[id] = self.drafts[id].model_copy(update={field: tuple(attached)})
        self._worked("associate")
        return Reply(system=System.PARTNER_CENTRAL, record=id, at=NOW)

    def submit(self, id: str, involvement: str, visibility: str, token: str) -> tuple[Reply, Task]:
        self._called("submit")
        if token not in self.tokens:
            status = "Pending Submission" if self.task_result.status == "FAILED" else "Submitted"
            self.drafts[id] = self.drafts[id].model_copy(update={"review_status": status})
            reply = Reply(system=System.PARTNER_CENTRAL, record=id, request_id=token, at=NOW)
            self.tokens[token] = ((id, involvement, visibility), (reply, self.task_result))
        self._worked("submit")
        answer: tuple[Reply, Task] = self.tokens[token][1]
        return answer

    def task(self, opportunity: str, task: str) -> Task:
        self._called("task")
        return self.progress.pop(0) if self.progress else self.task_result


class NoCrm:
    """Salesforce is not written by a referral."""


def clients(aws: Aws) -> Clients:
    nothing: Any = NoCrm()
    partner: Any = aws  # of the partner's promises, those that a referral needs
    return Clients(crm=nothing, partner=partner, calendar=nothing, acting_as="Ana Costa")


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    SubmitReferral.pauses = (0.0,) * 6
    yield
    SubmitReferral.pauses = USUAL_PAUSES


# -- what is proposed ------------------------------------------------------------------------------------------


def test_what_salesforce_does_not_know_starts_open() -> None:
    """Nothing is invented: use case, delivery, activities, needs and an unclear solution are asked for."""
    draft = SubmitReferral.draft(deal())
    asked = ("use_case", "delivery_models", "sales_activities", "primary_needs", "solutions", "competitor")
    assert not any(getattr(draft, name) for name in (*asked, "national_security", "products"))
    assert [finding.name for finding in draft.preview(deal()).findings] == [
        "use_case",
        "delivery_models",
        "sales_activities",
        "solutions",
        "primary_needs",
    ]


def said(words: str) -> Message:
    return Message(text=words, author="U0ANA", channel="C0NORTHWIND", ts="1.1", at=NOW)


def test_a_call_for_a_referral_is_answered_with_a_draft() -> None:
    """Words that call for a referral propose one; other words do not."""
    assert SubmitReferral.suggest(said("Let's submit this referral to AWS"), deal()) == SubmitReferral.draft(
        deal()
    )
    assert SubmitReferral.suggest(said("Lunch at noon?"), deal()) is None


def test_a_referred_opportunity_is_not_proposed_again() -> None:
    """Once Salesforce names the referral, words call for none."""
    referred = deal({"ace_id": "O7000001"})
    assert SubmitReferral.suggest(said("Let's submit this referral to AWS"), referred) is None


def test_the_only_active_solution_is_taken() -> None:
    """With one active solution there is nothing to choose."""
    known = deal(solutions=(PLATFORM, LOADER))
    assert SubmitReferral.draft(known).solutions == ("S-0051001",)


def test_facts_are_converted_to_aws_s_forms() -> None:
    """State in full, amount as text, phone in E.164, address in lower case: standard, nothing added."""
    draft = SubmitReferral.draft(deal())
    assert (draft.state, draft.country, draft.aws_monthly_spend) == ("Washington", "US", "12500.00")
    (contact,) = draft.contacts
    assert (contact.email, contact.phone) == ("lena.hart@northwind-freight.example", "+12065550142")


def test_only_the_primary_contact_is_shared_unless_somebody_chooses() -> None:
    """Personal data leaves only for the primary contact, and for those ticked in the form."""
    known = deal()
    assert [one.last_name for one in SubmitReferral.draft(known).contacts] == ["Hart"]
    chosen = complete().answered({"contacts": ["omar@nw.example"]}, known)
    assert [one["LastName"] for one in chosen.create_payload()["Customer"]["Contacts"]] == ["Reyes"]
    assert "Contacts" not in complete().answered({"contacts": []}, known).create_payload()["Customer"]


def test_refer_takes_no_further_words() -> None:
    """The command has no arguments that could be half understood."""
    with pytest.raises(Refused, match="no further words"):
        SubmitReferral.ask("refer", "now", deal(), "U0ANA")
    assert SubmitReferral.ask("refer", " ", deal(), "U0ANA").opportunity == ID


def test_two_referrals_of_one_opportunity_are_the_same() -> None:
    """Whatever was edited, a second live card for the same opportunity is refused."""
    assert complete().subject() == SubmitReferral.draft(deal()).subject()


# -- fitting -----------------------------------------------------------------------------------------------------


def test_what_followed_salesforce_keeps_following_it() -> None:
    """A website that changes in Salesforce changes on the card, and what was entered stays."""
    then, now = deal(), deal({"website": "https://new.example", "next_step": "Signed"})
    edited = complete(then).answered({"next_steps": "Meet in Seattle"}, then)
    fitted = edited.fit(now, then)
    assert (fitted.website, fitted.next_steps) == ("https://new.example", "Meet in Seattle")
    assert fitted.use_case == "Storage & Backup"


def test_what_a_person_emptied_stays_empty() -> None:
    """Taking a contact out is a choice that fresh facts do not undo."""
    edited = complete().answered({"contacts": [], "duns": ""}, deal())
    assert (edited.fit(deal(), deal()).contacts, edited.fit(deal(), deal()).duns) == ((), None)


def test_what_was_open_is_filled_from_the_first_full_reading() -> None:
    """A card proposed before the solutions were read gets the only one."""
    early = SubmitReferral.draft(deal(solutions=()))
    assert early.fit(deal(solutions=(PLATFORM,))).solutions == ("S-0051001",)


def test_a_chosen_contact_keeps_the_details_salesforce_has_now() -> None:
    """Who is shared was chosen; how they are reached is read again, and who left the deal is left out."""
    then = deal()
    both = complete().answered({"contacts": ["lena.hart@northwind-freight.example", "omar@nw.example"]}, then)
    moved = OMAR.model_copy(update={"email": "omar@new.example"})
    assert both.fit(deal(contacts=(LENA, moved)), then).contacts[1].email == "omar@new.example"
    assert [one.last_name for one in both.fit(deal(contacts=(moved,)), then).contacts] == ["Reyes"]


def test_fitting_to_the_same_facts_changes_nothing() -> None:
    """An approval of unchanged facts stands."""
    known = deal()
    assert complete().fit(known, known).payload() == complete().payload()


# -- preview -------------------------------------------------------------------------------------------------------


def test_a_derived_value_names_its_field_and_what_it_says() -> None:
    """Each line carries its source, what the record says, and nothing at AWS before."""
    changes = {change.name: change for change in complete().preview(deal()).changes}
    assert changes["industry"].source == "Salesforce · Account Industry"
    assert (changes["industry"].after, changes["industry"].basis) == (
        "Transportation and Logistics",
        "Transportation",
    )
    assert "WA" in (changes["address"].basis or "") and "Washington" in changes["address"].after
    assert changes["use_case"].source == "entered on the card"
    assert changes["involvement"].source == "configuration"
    assert all(change.before is None for change in changes.values())
    assert 12 <= len(changes) <= 19


def test_everything_that_is_sent_is_on_the_card() -> None:
    """Each value of the request stands in a line or a note."""
    action = complete().answered({"competitor": "Acme", "products": "AmazonS3"}, deal())
    shown = action.preview(deal())
    text = " ".join([*(change.after for change in shown.changes), *shown.notes])
    implied = {"Monthly", "AWS", "*Other"}
    told = {
        "Partner Referral": "Origin: partner referral",
        "None": "no marketing activity",
        "12500.00": "12,500 USD",
        CLOSE: f"{date.fromisoformat(CLOSE):%a %-d %b %Y}",
    }
    sent = [told.get(value, value) for value in leaves(action.create_payload()) if value not in implied]
    assert (
        sent and [value for value in (*sent, *action.solutions, *action.products) if value not in text] == []
    )


def test_amounts_and_days_read_as_people_write_them() -> None:
    """Cents only where there are any; a day with its weekday, and the same day in its source."""
    known = deal({"aws_monthly_revenue": 4200.5})
    closes = known.facts["close_date"].model_copy(update={"type": FieldType.DATE})
    known = known.model_copy(update={"facts": {**known.facts, "close_date": closes}})
    changes = {change.name: change for change in complete(known).preview(known).changes}
    assert changes["aws_monthly_spend"].after == "4,200.50 USD"
    day = f"{date.fromisoformat(CLOSE):%a %-d %b %Y}"
    assert (changes["target_close_date"].after, changes["target_close_date"].basis) == (day, day)


def leaves(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from leaves(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from leaves(entry)
    elif value is not None:
        yield str(value)


@pytest.mark.parametrize(
    ("values", "label", "problem", "edit"),
    [
        (
            {"ace_industry": (None, "Energy")},
            "Account Industry",
            "Customer.Account.Industry is required.",
            "Set Account Industry to one of AWS's 28 industries, or set “Industry” in the form."
            " It says “Energy”, for which AWS has no counterpart.",
        ),
        (
            {"website": None},
            "Account Website",
            "Customer.Account.WebsiteUrl is required.",
            "Set Account Website to an address like https://www.company.com, or set “Website” in the form.",
        ),
        (
            {"postal_code": "7870"},
            "Account Billing Zip",
            "The postal code is invalid for country United States, United States postal code must be in"
            " 99999 OR 99999-9999 format.",
            "Set Account Billing Zip to a postal code like 99999 or 99999-9999 (9 a digit, A a letter),"
            " or set “Postal code” in the form.",
        ),
        (
            {"close_date": "2020-01-31"},
            "Close Date",
            "Target Close Date should be a future date",
            "Set Close Date to a day after today, or set “Target close date” in the form.",
        ),
        (
            {"aws_monthly_revenue": None},
            "AWS Monthly Revenue",
            "Project.ExpectedCustomerSpend is required.",
            "Set AWS Monthly Revenue to an amount above 0 in US dollars,"
            " or set “Expected AWS spend per month” in the form.",
        ),
    ],
)
def test_a_finding_names_the_seller_s_field_and_the_edit_that_mends_it(
    values: Mapping[str, Json], label: str, problem: str, edit: str
) -> None:
    """What AWS would refuse is told by the field in Salesforce, in AWS's words, with what to do."""
    known = deal(values)
    (finding,) = complete().fit(known, deal()).preview(known).findings
    assert (finding.label, finding.problem, finding.edit) == (label, problem, edit)


def test_a_value_entered_by_hand_is_mended_on_the_card() -> None:
    """A wrong value that did not come from Salesforce is not blamed on it."""
    action = complete().model_copy(update={"website": "nowhere"})
    (finding,) = action.preview(deal()).findings
    assert (finding.label, finding.edit) == (
        "Website",
        "Write an address like https://www.company.com.",
    )


def test_what_is_chosen_from_a_list_is_to_be_chosen() -> None:
    """The edit of a finding is one plain sentence that does not repeat the label before it."""
    findings = {finding.name: finding for finding in SubmitReferral.draft(deal()).preview(deal()).findings}
    assert findings["delivery_models"].edit == "Choose at least one of AWS's delivery models."
    assert findings["use_case"].edit == "Choose one of AWS's 39 use cases."


def test_a_solution_that_is_not_active_is_a_finding() -> None:
    """A solution deactivated after it was chosen stops the approval."""
    (finding,) = complete().preview(deal(solutions=(COLLECTOR,))).findings
    assert (finding.name, finding.problem) == ("solutions", "S-0051001 is not active in AWS Partner Central.")


def test_the_card_says_that_aws_deletes_nothing() -> None:
    """Who approves knows that it cannot be taken back."""
    assert complete().preview(deal()).notes[0] == "AWS cannot delete an opportunity once it is created."


# -- check ---------------------------------------------------------------------------------------------------------


def test_a_referred_opportunity_is_not_referred_again() -> None:
    """The refusal names the referral and how it stands."""
    with pytest.raises(Refused, match=r"O7000001 \(Approved\)"):
        complete().check(deal({"ace_id": "O7000001", "ace_status": "Approved"}))


def test_a_lost_deal_is_not_referred() -> None:
    """AWS takes no referral of a lost opportunity."""
    with pytest.raises(Refused, match="closed as lost"):
        complete().check(deal({"ace_stage": ("Closed Lost", "Closed Lost")}))


def test_findings_alone_are_no_refusal() -> None:
    """An incomplete referral may be proposed and completed."""
    SubmitReferral.draft(deal()).check(deal())


# -- form ------------------------------------------------------------------------------------------------------------


def asked(action: SubmitReferral, known: Deal) -> dict[str, Question]:
    return {question.name: question for question in action.form(known)}


def test_the_form_asks_first_for_what_is_wrong() -> None:
    """The questions with problems come first, and there are at most 22."""
    known = deal({"website": None, "city": "x" * 300})
    questions = SubmitReferral.draft(known).form(known)
    problems = [question.problem is not None for question in questions]
    assert problems == sorted(problems, reverse=True)
    assert {"website", "city", "use_case"} <= {q.name for q in questions if q.problem}
    assert len(questions) <= 22


def test_the_form_can_be_drawn_in_slack() -> None:
    """Choices hold at most 100 options of 75 characters, and a prefilled choice is one of them."""
    known = deal({"ace_stage": ("Nonsense", "x"), "description": "y" * 5000, "close_date": "soon"})
    for question in complete(deal()).fit(known, deal()).form(known):
        values = [value for value, _ in question.options]
        assert len(values) <= 100 and all(len(label) <= 75 for _, label in question.options)
        if question.ask is Ask.CHOICES:
            assert set(question.initial) <= set(values)
        elif question.ask is Ask.CHOICE:
            assert question.initial is None or question.initial in values
        elif question.ask is Ask.DATE:
            assert question.initial is None or date.fromisoformat(question.initial)
        else:
            assert len(question.initial or "") <= 3000


def test_only_active_solutions_are_offered() -> None:
    """AWS attaches active solutions alone."""
    assert dict(asked(complete(), deal())["solutions"].options) == {
        "S-0051001": "Brightlane Data Platform (S-0051001)",
        "S-0051002": "Brightlane Edge Collector (S-0051002)",
    }


def test_the_form_s_own_answers_change_nothing() -> None:
    """Opening the form and sending it as it is leaves the referral as it was."""
    action, known = complete(), deal()
    unchanged = {name: question.initial for name, question in asked(action, known).items()}
    assert action.answered(unchanged, known) == action


@pytest.mark.parametrize(
    ("answers", "field", "value"),
    [
        ({"aws_monthly_spend": "9000.5"}, "aws_monthly_spend", "9000.50"),
        ({"country": "Germany", "postal_code": "20457"}, "country", "DE"),
        ({"state": "or"}, "state", "Oregon"),
        ({"duns": "15-048-3782"}, "duns", "150483782"),
        ({"involvement": "For Visibility Only, Limited"}, "visibility", "Limited"),
        ({"competitor": "microsoft azure"}, "competitor", "Microsoft Azure"),
        ({"competitor": "Acme"}, "other_competitor", "Acme"),
        ({"products": "AmazonS3, AmazonEC2;AmazonS3"}, "products", ("AmazonS3", "AmazonEC2")),
        ({"next_steps": "  "}, "next_steps", None),
        ({"industry": "Other", "other_industry": "Fishing"}, "other_industry", "Fishing"),
    ],
)
def test_answers_are_taken_in_aws_s_form(answers: Mapping[str, Json], field: str, value: Json) -> None:
    """People write as they write; what is kept is what AWS takes."""
    assert getattr(complete().answered(answers, deal()), field) == value


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"aws_monthly_spend": "12,500"}, "Write the amount in digits, with at most two decimals"),
        ({"aws_monthly_spend": "0"}, "must be greater than 0"),
        ({"aws_monthly_spend": ""}, "ExpectedCustomerSpend is required"),
        ({"country": "Atlantis"}, "AWS knows no country “Atlantis”"),
        ({"state": "Ontario"}, "is not one of AWS's names of US states"),
        ({"postal_code": "7870"}, "must be in 99999 OR 99999-9999 format"),
        ({"target_close_date": "31.12.2030"}, "is not a date"),
        ({"target_close_date": "2020-01-01"}, "should be a future date"),
        ({"use_case": "Everything"}, "is not one of the choices"),
        ({"solutions": ["S-0051003"]}, "is not one of the choices any more"),
        ({"contacts": ["who@nw.example"]}, "is not one of the choices any more"),
        ({"primary_needs": []}, "primaryNeedsFromAws is required"),
        ({"business_problem": "Too short"}, "minimum length requirement of 20 characters"),
        ({"involvement": None}, "Choose how AWS is to be involved"),
        ({"competitor": "Other"}, "Write the competitor's name"),
        ({"color": "red"}, "no such question"),
        ({"delivery_models": "SaaS or PaaS"}, "Choose from the list"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_named_with_its_sentence(
    answers: Mapping[str, Json], sentence: str
) -> None:
    """Each wrong answer comes back at its own question."""
    with pytest.raises(Invalid) as refused:
        complete().answered(answers, deal())
    assert list(refused.value.problems) == list(answers)
    assert not next(iter(refused.value.problems.values())).startswith(("Value at", "Customer."))
    assert sentence in refused.value.problems[next(iter(answers))]


def test_the_edit_comes_before_aws_s_words() -> None:
    """In the form too: what to do, then in parentheses what AWS would say."""
    with pytest.raises(Invalid) as refused:
        complete().answered({"website": "nowhere"}, deal())
    problem = refused.value.problems["website"]
    assert problem.startswith(
        "Write an address like https://www.company.com (Value at 'customer.account.website"
    )
    question = asked(SubmitReferral.draft(deal()), deal())["primary_needs"]
    assert question.problem == "Choose at least one need (primaryNeedsFromAws is required)."


# -- execute -----------------------------------------------------------------------------------------------------


def test_a_referral_is_created_completed_submitted_and_read_back(aws: Aws) -> None:
    """The whole way: one draft, its solution and product, one submission, a verified receipt."""
    action = complete().answered({"products": "AmazonS3"}, deal())
    receipt = action.verify(clients(aws), action.execute(clients(aws), Steps(deal())))
    assert aws.calls == ["create", "associate", "associate", "submit", "referral"]
    assert aws.payloads["O1"] == action.create_payload()
    assert (receipt.record, receipt.request_id, receipt.acted_as) == (
        "O1",
        Steps().token("create"),
        "Ana Costa",
    )
    assert receipt.summary == "Submitted Northwind - fleet telemetry lake to AWS as O1."
    assert receipt.details == (
        "Attached Brightlane Data Platform (S-0051001).",
        "Attached AmazonS3.",
        "AWS shows it as Submitted.",
    )
    assert receipt.verified_at is not None and receipt.after["review_status"] == "Submitted"
    assert (receipt.partner_of_record, receipt.attribution) == ("AWS", "Partner Influenced")


def test_a_second_run_of_one_approval_changes_nothing(aws: Aws) -> None:
    """Everything recorded is not done again."""
    steps = Steps()
    first = complete().execute(clients(aws), steps)
    before = list(aws.calls)
    assert complete().execute(clients(aws), steps.again()) == first
    assert aws.calls == before


@pytest.mark.parametrize("call", ["create", "associate", "submit"])
def test_a_run_cut_short_after_a_write_is_finished_without_a_second_one(aws: Aws, call: str) -> None:
    """A process that dies before it could record a step leaves one draft and one submission."""
    aws.lost[call] = [KeyboardInterrupt()]  # type: ignore[list-item]  # the process ends here
    steps = Steps()
    with pytest.raises(KeyboardInterrupt):
        complete().execute(clients(aws), steps)
    complete().execute(clients(aws), steps.again())
    assert list(aws.drafts) == ["O1"] and aws.drafts["O1"].review_status == "Submitted"
    assert len(aws.tokens) == 2


def test_nothing_is_sent_with_findings(aws: Aws) -> None:
    """An incomplete referral is refused before AWS hears of it."""
    with pytest.raises(Refused, match="Nothing was sent"):
        SubmitReferral.draft(deal()).execute(clients(aws), Steps())
    assert aws.calls == []


def test_an_opportunity_that_aws_has_already_is_not_created_again(aws: Aws) -> None:
    """A run that takes over finds what somebody has sent meanwhile, and names it."""
    complete().execute(clients(aws), Steps())
    other = Steps().again()
    other.token = lambda step: f"other-{step}"  # type: ignore[method-assign]  # another approval
    with pytest.raises(Refused, match=r"AWS has O1 for this opportunity already \(Submitted\)"):
        complete().execute(clients(aws), other)
    assert list(aws.drafts) == ["O1"]


def test_a_lost_answer_to_the_creation_is_settled_by_looking(aws: Aws) -> None:
    """When AWS made the draft but the answer was lost, that draft is taken."""
    aws.lost["create"] = [Unverified("No answer.")]
    receipt = complete().execute(clients(aws), Steps())
    assert (receipt.record, receipt.request_id) == ("O1", Steps().token("create"))
    assert aws.calls[:2] == ["create", "find"] and aws.calls.count("create") == 1


def test_a_creation_that_never_arrived_is_repeated_once(aws: Aws) -> None:
    """When looking finds nothing, the identical call with the same token is sent once more."""
    aws.faults["create"] = [Unverified("No answer.")]
    assert complete().execute(clients(aws), Steps()).record == "O1"
    assert aws.calls.count("create") == 2 and list(aws.drafts) == ["O1"]


def test_a_creation_that_stays_unknown_is_said_to_be_unknown(aws: Aws) -> None:
    """No third attempt and no guess: somebody has to look."""
    aws.faults["create"] = [Unverified("No answer."), Unavailable("AWS is down.")]
    with pytest.raises(Unverified, match=r"No answer\."):
        complete().execute(clients(aws), Steps())
    assert aws.calls == ["create", "find", "create", "find"]


def test_a_draft_of_another_title_is_not_taken_for_ours(aws: Aws) -> None:
    """Looking after a lost answer takes only what was sent."""
    aws.lost["create"] = [Unverified("No answer."), Unverified("No answer.")]
    action = complete()
    created = aws.create

    def renamed(payload: Mapping[str, Json], token: str) -> Reply:
        try:
            return created(payload, token)
        finally:
            aws.drafts["O1"] = aws.drafts["O1"].model_copy(update={"title": "Another"})

    aws.create = renamed  # type: ignore[method-assign]  # somebody renames it meanwhile
    with pytest.raises(Unverified):
        action.execute(clients(aws), Steps())


def test_a_refused_creation_says_what_aws_said(aws: Aws) -> None:
    """AWS's own words reach the thread, and no draft is spoken of."""
    aws.faults["create"] = [Refused("customer.account.websiteUrl: malformed.")]
    with pytest.raises(Refused) as refused:
        complete().execute(clients(aws), Steps())
    assert str(refused.value) == "customer.account.websiteUrl: malformed."


def test_an_unknown_attachment_is_tried_again(aws: Aws) -> None:
    """Attaching twice is harmless."""
    aws.lost["associate"] = [Unverified("No answer.")]
    complete().execute(clients(aws), Steps())
    assert aws.drafts["O1"].solutions == ("S-0051001",)


def test_a_refusal_after_the_draft_names_the_draft(aws: Aws) -> None:
    """Whoever reads it knows that a draft is left at AWS and what to do with it."""
    aws.faults["associate"] = [Refused("No such solution.")]
    with pytest.raises(Refused, match=r"No such solution\. The draft O1 stays in AWS Partner Central"):
        complete().execute(clients(aws), Steps())


def test_a_failed_task_is_told_with_its_reason(aws: Aws) -> None:
    """The call succeeded, the submission did not: reason, message, and the draft that stays."""
    aws.task_result = Task(
        id="task-1",
        status="FAILED",
        reason="OpportunityValidationFailed",
        message="project.salesActivities is required",
    )
    steps = Steps()
    with pytest.raises(Refused) as refused:
        complete().execute(clients(aws), steps)
    for part in (
        "project.salesActivities is required",
        "(OpportunityValidationFailed)",
        "The draft O1 stays",
    ):
        assert part in str(refused.value)
    calls = list(aws.calls)
    with pytest.raises(Refused, match="The draft O1 stays"):
        complete().execute(clients(aws), steps.again())
    assert aws.calls == calls


def test_a_slow_task_is_waited_for(aws: Aws) -> None:
    """A task in progress is looked at until it is complete; a system that is away for a moment does not end it."""
    aws.task_result = Task(id="task-1", status="IN_PROGRESS")
    aws.progress = [aws.task_result, Task(id="task-1", status="COMPLETE")]
    aws.faults["task"] = [Unavailable("Too many requests.")]
    assert complete().execute(clients(aws), Steps()).record == "O1"
    assert aws.calls.count("task") == 3 and aws.calls.count("submit") == 1


def test_a_task_that_does_not_end_is_unknown(aws: Aws) -> None:
    """After the last look nobody submits again; a resumed run only looks."""
    aws.task_result = Task(id="task-1", status="IN_PROGRESS")
    steps = Steps()
    with pytest.raises(Unverified, match="Do not submit it again"):
        complete().execute(clients(aws), steps)
    assert aws.calls.count("task") == len(SubmitReferral.pauses)
    aws.progress = [Task(id="task-1", status="COMPLETE")]
    assert complete().execute(clients(aws), steps.again()).record == "O1"
    assert (aws.calls.count("submit"), aws.calls.count("create")) == (1, 1)


def test_a_lost_answer_to_the_submission_is_settled_with_the_same_token(aws: Aws) -> None:
    """The identical call gives the task that the first one began."""
    aws.lost["submit"] = [Unverified("No answer.")]
    complete().execute(clients(aws), Steps())
    assert aws.calls.count("submit") == 2 and len(aws.tokens) == 2


def test_a_submission_that_gives_no_answer_is_settled_by_reading(aws: Aws) -> None:
    """A referral that AWS shows as submitted was submitted."""
    aws.lost["submit"] = [Unverified("No answer."), Unverified("No answer.")]
    assert complete().execute(clients(aws), Steps()).record == "O1"


def test_the_waits_stay_within_two_minutes() -> None:
    """A worker is not held longer than that by one task."""
    assert sum(USUAL_PAUSES) < 125 and list(USUAL_PAUSES) == sorted(USUAL_PAUSES)


# -- verify and what follows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"review_status": "Pending Submission"}, "its review status is Pending Submission"),
        ({"review_status": None}, "its review status is empty"),
        ({"reference": "006000000000002AAA"}, "its reference is 006000000000002AAA"),
        ({"title": "Another"}, "its title is Another"),
        ({"solutions": ()}, "S-0051001 is not attached"),
    ],
)
def test_what_does_not_read_back_as_sent_is_told(aws: Aws, change: Mapping[str, Json], words: str) -> None:
    """Done means read back; what differs is named."""
    action = complete()
    receipt = action.execute(clients(aws), Steps())
    aws.drafts["O1"] = aws.drafts["O1"].model_copy(update=change)
    with pytest.raises(Unverified, match=re.escape(words)):
        action.verify(clients(aws), receipt)


def test_aws_s_capitals_do_not_matter(aws: Aws) -> None:
    """ "In review" and "In Review" are one status."""
    action = complete()
    receipt = action.execute(clients(aws), Steps())
    aws.drafts["O1"] = aws.drafts["O1"].model_copy(update={"review_status": "In Review"})
    assert action.verify(clients(aws), receipt).after["review_status"] == "In Review"


def test_a_referral_that_cannot_be_read_back_is_unverified(aws: Aws) -> None:
    """A refusal while reading is not taken for a refusal of the write."""
    action = complete()
    receipt = action.execute(clients(aws), Steps())
    aws.faults["referral"] = [Refused("Resource with Identifier O1 does not exist.")]
    with pytest.raises(Unverified, match="does not exist"):
        action.verify(clients(aws), receipt)


def test_nothing_follows_where_salesforce_has_no_field_for_it() -> None:
    """Without a writable field there is nothing to propose."""
    known = deal()
    fixed = {name: fact.model_copy(update={"writable": False}) for name, fact in known.facts.items()}
    assert complete().follow_up(receipt_of("O1"), known.model_copy(update={"facts": fixed})) is None


def test_the_id_is_proposed_for_salesforce_next() -> None:
    """The follow-up sets id, status, partner of record and attribution, those that are not so already."""
    following = complete().follow_up(receipt_of("O1"), deal({"attribution": "Partner Influenced"}))
    assert following is not None and following.kind == "update_opportunity"
    assert following.payload()["values"] == {
        "ace_id": "O1",
        "ace_status": "In review",
        "partner_of_record": "AWS",
    }


def receipt_of(referral: str) -> Receipt:
    return Receipt(
        system=System.PARTNER_CENTRAL,
        record=referral,
        url=None,
        summary="Submitted.",
        before={},
        after={"review_status": "In review"},
        request_id=None,
        response_id=None,
        acted_as="Ana Costa",
        at=NOW,
    )


# -- whatever the facts --------------------------------------------------------------------------------------------

words = st.text(st.characters(categories=["L", "Nd", "P", "Zs"]), max_size=40)
optional = st.none() | words
facts = st.fixed_dictionaries(
    {},
    optional={
        "name": words,
        "account": optional,
        "website": optional | st.just("acme.example"),
        "duns": optional | st.just("15-048-3782"),
        "street": optional,
        "city": optional,
        "state": optional | st.sampled_from(["WA", "Texas"]),
        "postal_code": optional | st.just("98126"),
        "description": optional | st.text(min_size=20, max_size=60),
        "aws_monthly_revenue": st.none() | st.floats(-10, 1e9) | st.integers(),
        "next_step": optional,
        "close_date": optional | st.dates().map(date.isoformat),
        "ace_stage": st.tuples(st.sampled_from([None, "Qualified", "Nonsense"]), words),
        "ace_industry": st.tuples(st.sampled_from([None, "Retail", "Nonsense"]), words),
        "ace_country": st.tuples(st.sampled_from([None, "US", "DE", "QA", "XX"]), words),
        "ace_opportunity_type": st.tuples(st.sampled_from([None, "Expansion"]), words),
    },
)
contacts = st.lists(
    st.builds(
        Contact,
        first_name=optional,
        last_name=words,
        email=optional | st.emails(),
        phone=optional,
        title=optional,
        role=st.none(),
        primary=st.booleans(),
    ),
    max_size=3,
).map(tuple)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def digits(written: str | None) -> str:
    return re.sub(r"[\D]|\(0\)", "", written or "")


@quick
@given(facts, contacts)
def test_a_fresh_card_shows_only_what_the_records_hold(
    values: Mapping[str, Json], people: tuple[Contact, ...]
) -> None:
    """Whatever the facts, no line holds a value that is neither on record, configured, nor its standard form."""
    known = deal(values, contacts=people)
    draft = SubmitReferral.draft(known)
    said = {
        str(part).strip()
        for fact in known.facts.values()
        for part in (fact.value, fact.raw)
        if part is not None
    }
    said |= {part.strip() for one in people for part in (one.first_name, one.last_name, one.title) if part}
    said |= {(one.email or "").strip().lower() for one in people} | {known.name, ID}
    standard = {places.state(known.value("state"), draft.country)}
    standard |= {places.country_code(known.facts["ace_country"].raw)}
    standard |= {re.sub(r"[\s-]", "", known.value("duns") or "")}
    configured = {"Co-Sell", "Full", "USD", "AWS", "Partner Influenced", "None"}
    for name, value in draft.payload().items():
        if name not in ("aws_monthly_spend", "contacts"):
            assert set(leaves(value)) <= said | standard | configured
    if draft.aws_monthly_spend is not None:
        assert float(draft.aws_monthly_spend) == pytest.approx(
            known.value("aws_monthly_revenue"), abs=0.005001
        )
    for shared in draft.contacts:
        assert {shared.first_name or "", shared.last_name, shared.email or ""} <= said | {""}
        assert shared.phone is None or any(digits(shared.phone) in digits(one.phone) for one in people)
    for change in draft.preview(known).changes:
        assert change.source != "entered on the card"
        assert change.basis or change.source == "configuration" or change.name == "contacts"


@quick
@given(
    facts,
    st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in ENTERED.items()}),
    contacts,
)
def test_without_findings_exactly_what_is_sent_passes(
    values: Mapping[str, Json], answers: Mapping[str, Json], people: tuple[Contact, ...]
) -> None:
    """No finding means: model and rules take the very request that execution sends; and nothing else is sent."""
    known = deal(values, contacts=people)
    draft = SubmitReferral.draft(known)
    action = draft.model_copy(
        update={name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}
    )
    aws = Aws()
    if action.preview(known).findings:
        with pytest.raises(Refused):
            action.execute(clients(aws), Steps())
        assert aws.calls == []
        return
    action.execute(clients(aws), Steps())
    sent = aws.payloads["O1"]
    assert violations("CreateOpportunity", {**sent, "Catalog": "AWS", "ClientToken": "t"}) == ()
    attached = aws.drafts["O1"].solutions
    assert for_submit(sent, attached, action.involvement, action.visibility, NOW.date()) == ()


def test_a_contact_without_a_country_in_its_number_goes_without_the_number() -> None:
    """A national phone number is left out rather than completed."""
    shared = SharedContact.of(LENA.model_copy(update={"phone": "206 555 0142"}))
    assert shared.phone is None and shared.last_name == "Hart"
