"""Write fields of a Salesforce opportunity: a propensity score, a next step, the partner's attribution."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, Self

from pydantic import Field

from bot import hearing
from bot.action import Action, Ask, Change, Preview, Question, Receipt, digest
from bot.clients import Clients, CrmRecord, Journal, Readers, Reply
from bot.deal import Deal, Fact, FieldType, Json, Message, System
from bot.errors import Invalid, Refused, Stale, Unavailable, Unverified
from bot.hearing import values as reading

SCORE, SCORED_ON = "p2b_score", "p2b_date"
EDITED = "edited on the card"
ROUNDS = 3
"""How often a write is begun when others change the record, or when Salesforce does not answer."""
ASKS: Mapping[FieldType, Ask] = {
    FieldType.TEXT: Ask.TEXT,
    FieldType.LONG_TEXT: Ask.LONG_TEXT,
    FieldType.NUMBER: Ask.NUMBER,
    FieldType.DATE: Ask.DATE,
    FieldType.DATETIME: Ask.DATETIME,
    FieldType.BOOLEAN: Ask.CHOICE,
    FieldType.CHOICE: Ask.CHOICE,
}
YES_NO = (("yes", "Yes"), ("no", "No"))


class UpdateOpportunity(Action):
    """Values for fields of one opportunity, by our names of them."""

    kind: ClassVar[str] = "update_opportunity"
    title: ClassVar[str] = "Update Salesforce opportunity"
    system: ClassVar[System] = System.SALESFORCE
    commands: ClassVar[Mapping[str, str]] = {"score": "score <0-100>", "set": "set <field> <value>"}

    opportunity: str  # Salesforce id
    values: Mapping[str, Json] = Field(min_length=1)  # None clears
    expected: Mapping[str, Json] = {}  # what the record held when the card was drawn
    said_by: str | None = None  # Slack user id
    because: str | None = None  # the record it follows from: "AWS Partner Central O123"
    edited: tuple[str, ...] = ()  # the values that somebody changed on the card
    undoes: bool = False  # puts back what was there before: only where the record still holds what we wrote

    # -- how it comes about -------------------------------------------------------------------------------------
    @classmethod
    def suggest(cls, message: Message, deal: Deal) -> Self | None:
        """The update that a message states; None when it states none."""
        heard = hearing.field_changes(message, deal)
        return cls._of(deal, heard, message.author) if heard else None

    @classmethod
    def ask(cls, verb: str, words: str, deal: Deal, by: str) -> Self:
        """``score 82`` or ``set next step Send the order form``."""
        if verb == "score":
            fact = deal.facts.get(SCORE)
            if fact is None:
                raise Refused("The configuration maps no field to p2b_score, so a score cannot be set.")
            said = words
        else:
            fact, said = reading.named(words, deal.facts.values())
        return cls._of(deal, {fact.name: reading.parse(fact, said, deal.as_of.date())}, by)

    @classmethod
    def _of(cls, deal: Deal, values: Mapping[str, Json], by: str) -> Self:
        dated = dict(values)
        scored_on = deal.facts.get(SCORED_ON)
        if dated.get(SCORE) is not None and SCORED_ON not in dated and scored_on and scored_on.writable:
            dated[SCORED_ON] = deal.as_of.date().isoformat()
        return cls(opportunity=deal.id, values=dated, said_by=by).fit(deal)

    def fields(self) -> Mapping[str, Json]:
        """The values, by our names of the fields."""
        return dict(self.values)

    def subject(self) -> str:
        """The values: who said them does not matter."""
        return digest(dict(self.values))

    def fit(self, now: Deal, then: Deal | None = None) -> Self:
        """The same values, expecting the record to hold what it holds now.

        Of an undo those values are left whose fields still are as we wrote them.
        """
        if self.undoes:
            ours = {name for name in self.values if name in now.facts and self._is_ours(now.facts[name])}
            kept = {
                "values": {name: value for name, value in self.values.items() if name in ours},
                "expected": {name: value for name, value in self.expected.items() if name in ours},
            }
            return self.model_copy(update=kept) if ours else self
        held = {name: _held(now.facts[name]) for name in self.values if name in now.facts}
        return self.model_copy(update={"expected": held})

    def _is_ours(self, fact: Fact) -> bool:
        return reading.same(fact, _held(fact), self.expected.get(fact.name))

    # -- what is shown ------------------------------------------------------------------------------------------
    def preview(self, deal: Deal) -> Preview:
        """One change for each value."""
        facts = {name: deal.facts[name] for name in self.values if name in deal.facts}
        changes = tuple(
            Change(
                name=name,
                label=fact.label,
                before="" if _empty(_held(fact)) else reading.shown(fact, _held(fact)),
                after=reading.shown(fact, self.values[name]),
                source=self._source(name),
                basis=None if name in self.edited else self.because,
                as_of=fact.as_of,
            )
            for name, fact in facts.items()
        )
        labels = _joined([fact.label for fact in facts.values()])
        return Preview(headline=f"Update {labels} on {deal.name}", changes=changes, versions=deal.versions)

    def _source(self, name: str) -> str:
        if name in self.edited or not (self.because or self.said_by):
            return EDITED
        return self.because or f"said by <@{self.said_by}>"

    def check(self, deal: Deal) -> None:
        """``Refused`` when a field may not be written, cannot hold its value, or when nothing would change."""
        if deal.id != self.opportunity:
            raise Refused(f"This update is for {self.opportunity}, not for {deal.name}.")
        problems = [
            problem for name, value in self.values.items() if (problem := _problem(deal, name, value))
        ]
        if problems:
            raise Refused(" ".join(problems))
        if self.undoes and not all(self._is_ours(deal.facts[name]) for name in self.values):
            now = _joined(
                [
                    f"{deal.facts[n].label} is {_told(deal.facts[n], _held(deal.facts[n]))}"
                    for n in self.values
                ]
            )
            raise Refused(f"It was changed again since: {now}. It is left as it is.")
        if all(reading.same(deal.facts[n], _held(deal.facts[n]), value) for n, value in self.values.items()):
            told = _joined(
                [f"{deal.facts[n].label} is {_told(deal.facts[n], v)}" for n, v in self.values.items()]
            )
            raise Refused(f"Salesforce already says so: {told}.")

    def form(self, deal: Deal) -> tuple[Question, ...]:
        """One question for each value, of its field's type."""
        return tuple(_question(deal, name, value) for name, value in self.values.items())

    def answered(self, answers: Mapping[str, Json], deal: Deal) -> Self:
        """The update with these answers; an empty answer clears a field that may be empty."""
        values, problems = dict(self.values), {}
        for name in self.values.keys() & answers.keys():
            try:
                values[name] = _answer(deal, name, answers[name])
            except Refused as error:
                problems[name] = str(error)
        if problems:
            raise Invalid(problems)
        edited = (
            n
            for n, fact in deal.facts.items()
            if n in values and not reading.same(fact, self.values[n], values[n])
        )
        return self.model_copy(
            update={"values": values, "edited": tuple(dict.fromkeys((*self.edited, *edited)))}
        )

    # -- what is done -------------------------------------------------------------------------------------------
    def execute(self, clients: Clients, journal: Journal) -> Receipt:
        """Write the values, if the record still holds what was expected, or already holds them."""
        reply = journal.once("write", lambda: self._write(clients, journal))
        record = journal.deal
        labels = _joined([record.facts[name].label for name in self.values if name in record.facts])
        note = reply.values.get("note")
        already = reply.values.get("already")
        told = f"{labels} on {record.name} already held what was approved" if already else None
        return Receipt(
            system=System.SALESFORCE,
            record=self.opportunity,
            url=record.url,
            summary=f"{told or f'Updated {labels} on {record.name}'}.",
            before=dict(self.expected),
            after=dict(self.values),
            request_id=reply.request_id,
            response_id=reply.response_id,
            acted_as=clients.acting_as,
            at=reply.at,
            partner_of_record=_text(self.values.get("partner_of_record")),
            attribution=_text(self.values.get("attribution")),
            details=(str(note),) if note else (),
        )

    def verify(self, clients: Readers, receipt: Receipt) -> Receipt:
        """The receipt, once every value was read back from Salesforce."""
        record = clients.crm.opportunity(self.opportunity)
        for name, value in self.values.items():
            fact = record.facts.get(name)
            if fact is None:
                raise Unverified(f"{name} was written, but can no longer be read from Salesforce.")
            if not reading.same(fact, _held(fact), value):
                raise Unverified(
                    f"{fact.label} was written as {_told(fact, value)}, but Salesforce now says "
                    f"{_told(fact, _held(fact))} (last changed by {record.modified_by})."
                )
        return receipt.model_copy(update={"verified_at": datetime.now(UTC)})

    def undone(self, receipt: Receipt, steps: Mapping[str, Reply]) -> Action | None:
        """The values from before, for the fields that still hold what was written; None for an undo."""
        before = {name: receipt.before.get(name) for name in self.values}
        if self.undoes or before == dict(self.values):
            return None
        update = {
            "values": before,
            "expected": dict(self.values),
            "because": "the value before",
            "said_by": None,
            "edited": (),
            "undoes": True,
        }
        return self.model_copy(update=update)

    def _write(self, clients: Clients, journal: Journal) -> Reply:
        resumed = journal.resumed
        lost: Unverified | None = None
        moved: Stale | None = None
        for sent in range(ROUNDS):
            fresh = sent == 0 and not resumed  # what was read just now need not be read again
            try:
                record = self._known(journal.deal if fresh else self._read(clients, lost))
            except Refused as error:
                if lost is None and not resumed:
                    raise
                raise Unverified(f"It is not known whether Salesforce took the values: {error}") from error
            if self._as_wanted(record):
                return self._found(record, lost, resumed)
            self._refuse_drift(record, lost, resumed)
            if lost is not None and sent > 1:
                break
            try:
                return clients.crm.write(
                    self.opportunity,
                    {record.facts[name].field: value for name, value in self.values.items()},
                    unless_changed_since=record.versions[f"Opportunity {self.opportunity}"],
                )
            except Stale as error:
                # Perhaps only other fields changed: what counts is whether ours are still as approved.
                moved = error
            except Unverified as error:
                lost = error
            except Unavailable as error:
                if lost is not None:
                    raise lost from error
                raise
        raise lost or moved or Unverified("It is not known whether Salesforce took the values.")

    def _read(self, clients: Clients, lost: Unverified | None) -> CrmRecord:
        try:
            return clients.crm.opportunity(self.opportunity)
        except Unavailable as error:
            if lost is not None:
                raise lost from error
            raise

    def _known(self, record: Deal | CrmRecord) -> Deal | CrmRecord:
        if missing := sorted(self.values.keys() - record.facts.keys()):
            raise Refused(f"Salesforce shows no field for {_joined(missing)}; nothing was written.")
        return record

    def _as_wanted(self, record: Deal | CrmRecord) -> bool:
        return all(
            reading.same(record.facts[name], _held(record.facts[name]), value)
            for name, value in self.values.items()
        )

    def _refuse_drift(self, record: Deal | CrmRecord, lost: Unverified | None, resumed: bool) -> None:
        for name, value in self.values.items():
            fact = record.facts[name]
            held, expected = _held(fact), self.expected.get(name)
            if reading.same(fact, held, expected) or reading.same(fact, held, value):
                continue
            if lost is not None or resumed:
                raise Unverified(
                    f"An earlier write of {fact.label} had no answer, and Salesforce now says {_told(fact, held)}"
                    f"{_changed_by(record)}."
                ) from lost
            raise Stale(
                f"{fact.label} was {_told(fact, expected)} when this was approved and is now {_told(fact, held)}; "
                "nothing was written."
            )

    def _found(self, record: Deal | CrmRecord, lost: Unverified | None, resumed: bool) -> Reply:
        ours = lost is not None or resumed
        how = (
            "Salesforce's answer to the write was lost; reading showed that the values are there"
            if ours
            else "Nothing was written: somebody had already put in the same values"
        )
        return Reply(
            system=System.SALESFORCE,
            record=self.opportunity,
            response_id=record.versions.get(f"Opportunity {self.opportunity}"),
            values={"note": f"{how}{_changed_by(record)}.", "already": not ours},
            at=record.as_of,
        )


def _changed_by(record: Deal | CrmRecord) -> str:
    return f" (last changed by {record.modified_by})" if isinstance(record, CrmRecord) else ""


def _held(fact: Fact) -> Json:
    """What the record holds, unconverted."""
    return fact.value if fact.raw is None else fact.raw


def _empty(value: Json) -> bool:
    return value is None or value == ""


def _told(fact: Fact, value: Json) -> str:
    """The value within a sentence: text in quotes."""
    shown = reading.shown(fact, value)
    return f"“{shown}”" if fact.type in (FieldType.TEXT, FieldType.LONG_TEXT) and not _empty(value) else shown


def _text(value: Json) -> str | None:
    return None if _empty(value) else str(value)


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1] if words else "")))


def _problem(deal: Deal, name: str, value: Json) -> str | None:
    fact = deal.facts.get(name)
    if fact is None:
        return f"The configuration maps no Salesforce field to {name}."
    if not fact.writable:
        return f"{fact.label} may not be changed from here: it is not open for writing to this user."
    return reading.wrong(fact, value)


def _question(deal: Deal, name: str, value: Json) -> Question:
    fact = deal.facts.get(name)
    if fact is None:
        return Question(name=name, label=name, ask=Ask.TEXT, problem=_problem(deal, name, value))
    options = YES_NO if fact.type is FieldType.BOOLEAN else tuple((option, option) for option in fact.options)
    ask = ASKS[fact.type]
    if ask is Ask.CHOICE and not options:
        ask = Ask.TEXT
    initial = ("yes" if value else "no") if isinstance(value, bool) else _text(value)
    if ask is Ask.CHOICE and initial not in {option for option, _ in options}:
        initial = None
    return Question(
        name=name,
        label=fact.label,
        ask=ask,
        hint=_hint(fact),
        initial=initial,
        options=options if ask is Ask.CHOICE else (),
        required=fact.required,
        problem=_problem(deal, name, value),
    )


def _hint(fact: Fact) -> str | None:
    if fact.low is not None and fact.high is not None:
        return f"From {fact.low:g} to {fact.high:g}."
    if fact.length is not None:
        return f"At most {fact.length:,} characters."
    return None


def _answer(deal: Deal, name: str, answer: Json) -> Json:
    fact = deal.facts.get(name)
    if fact is None:
        raise Refused(f"The configuration maps no Salesforce field to {name}.")
    if isinstance(answer, str) and answer.strip():
        return reading.read(fact, answer, deal.as_of.date())
    value = None if _empty(answer) or isinstance(answer, str) else answer
    if problem := reading.wrong(fact, value):
        raise Refused(problem)
    return value
