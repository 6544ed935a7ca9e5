"""Write P2B scores to many opportunities at once, from a file or from what AWS says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NoReturn, Self

from bot.action import Action, Attachment, Judgement, Needs, Preview, Question, Receipt, Rows, digest
from bot.batches import showing, sorting
from bot.batches.fates import Fate, State, fates
from bot.batches.lines import Doubt, LeftOut, Line, Sheet, unpacked
from bot.batches.writing import write
from bot.clients import Clients, Journal, Readers, Reply
from bot.deal import PORTFOLIO, Deal, Fact, Json, Message, System
from bot.errors import Invalid, Refused
from bot.hearing import values as reading

MOST_ROWS = 50_000
"""Rows of one batch, all of which stand in its record."""


class ScoreOpportunities(Action):
    """Scores for opportunities, one line each; rows that are in doubt or left out are kept beside them."""

    kind: ClassVar[str] = "score_opportunities"
    title: ClassVar[str] = "Write P2B scores"
    system: ClassVar[System] = System.SALESFORCE
    patience: ClassVar[timedelta] = timedelta(hours=12)
    many: ClassVar[bool] = True

    names: tuple[str, ...]  # our names of the fields, the score first
    rows: str  # a packed ``Sheet``
    source: str  # "p2b-scores.csv", "AWS Partner Central"
    partner: str  # whose scores they are
    notes: tuple[str, ...] = ()  # how the file was read, for whoever approves
    undoes: str | None = None  # what it undoes: only what still is as that left it is put back

    @classmethod
    def of(cls, sheet: Sheet, **about: Any) -> Self:
        """The batch of these rows."""
        return cls(rows=sheet.packed(), **about)

    @property
    def sheet(self) -> Sheet:
        """Every row."""
        return unpacked(self.rows)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows that are written."""
        return self.sheet.lines

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """The rows that somebody has to decide on."""
        return self.sheet.doubts

    @property
    def left(self) -> tuple[LeftOut, ...]:
        """The rows that are left out."""
        return self.sheet.left

    def _with(self, sheet: Sheet, **changes: Any) -> Self:
        return self.model_copy(update={"rows": sheet.packed(), **changes})

    # -- how it comes about -------------------------------------------------------------------------------------
    @classmethod
    def suggest(cls, message: Message, deal: Deal) -> Self | None:
        """None: scores for many deals come as a file, not as words."""
        return None

    @classmethod
    def ask(cls, verb: str, words: str, deal: Deal, by: str) -> NoReturn:
        """``Refused``: scores for many deals come as a file."""
        raise Refused("Scores for many deals come as a file: drop a CSV or XLSX into the channel.")

    def subject(self) -> str:
        """Which opportunities get which values: where they come from, and what was there, does not matter."""
        lines = sorted((line.id, line.after) for line in self.lines)
        doubts = [(doubt.number, doubt.company, doubt.after) for doubt in self.doubts]
        return digest(
            {"names": self.names, "lines": lines, "doubts": doubts, "undo": self.undoes is not None}
        )

    @property
    def batch(self) -> int:
        """How many opportunities it writes."""
        return len(self.lines)

    def needs(self) -> Needs:
        """What each opportunity holds in the fields that are written."""
        in_doubt = (choice.id for doubt in self.doubts for choice in doubt.choices)
        rows = dict.fromkeys([*(line.id for line in self.lines), *in_doubt])
        return Needs(rows=tuple(rows), names=self.names)

    def fit(self, now: Deal, then: Deal | None = None) -> Self:
        """At first, the lines with what their records hold, less those that need nothing.

        Later nothing: a record that has moved on since it was shown is left alone when the others are written.
        """
        if then is not None:
            return self
        facts = self._facts(now)
        if self.undoes is None:
            fresh = [line.model_copy(update={"before": _held(now, line, facts)}) for line in self.lines]
        else:
            fresh = list(self.lines)
        found = sorting.sort(fresh, facts, now.held)
        reasons = found.moved | dict.fromkeys(found.already, "Salesforce already holds this value")
        left = [_left(line, reasons[line.id], facts) for line in fresh if line.id in reasons]
        return self._with(Sheet(lines=tuple(found.to_write), doubts=self.doubts, left=(*self.left, *left)))

    # -- what is shown ------------------------------------------------------------------------------------------
    def preview(self, deal: Deal) -> Preview:
        """The first lines, what is to be reviewed, what is left out, and how many there are of each."""
        facts = self._facts(deal)
        count = f"{len(self.lines):,} {'score' if len(self.lines) == 1 else 'scores'}"
        headline = f"Write {count} from {self.source}"
        if self.undoes is not None:
            headline = f"Put back {count} that {self.source} had replaced"
        return showing.preview(headline, self.sheet, deal, facts, self.source, self.notes)

    def check(self, deal: Deal) -> None:
        """``Refused`` when a field may not be written, cannot hold a value, or when there is nothing to do."""
        facts = self._facts(deal)
        for fact in facts:
            if not fact.writable:
                raise Refused(
                    f"{fact.label} may not be changed from here: it is not open for writing to this user."
                )
        if len(self.lines) + len(self.doubts) > MOST_ROWS:
            raise Refused(f"A batch takes at most {MOST_ROWS:,} rows; split the file.")
        for line in self.lines:
            for fact, value in zip(facts, line.after, strict=True):
                if problem := reading.wrong(fact, value):
                    raise Refused(f"Row {line.number}, {line.deal}: {problem}")
        if not self.lines and not self.doubts:
            raise Refused(self._nothing())

    def _nothing(self) -> str:
        if not self.left:
            return f"There is no score in {self.source}."
        first = self.left[0]
        return (
            f"None of the {len(self.left):,} rows of {self.source} can be written. Row {first.number}, "
            f"{first.company}: {first.why}."
        )

    def form(self, deal: Deal) -> tuple[Question, ...]:
        """Which deal each doubtful row is about."""
        return showing.questions(self.doubts, self._facts(deal))

    def answered(self, answers: Mapping[str, Json], deal: Deal) -> Self:
        """The batch with these rows decided; those without an answer stay in doubt."""
        lines, left, doubts = list(self.lines), list(self.left), []
        known = {line.id: line for line in self.lines}
        facts, problems = self._facts(deal), {}
        for doubt in self.doubts:
            name = f"row.{doubt.number}"
            said = answers.get(name)
            chosen = next((choice for choice in doubt.choices if choice.id == said), None)
            if said == showing.NONE_OF_THEM:
                value = reading.shown(facts[0], doubt.after[0])
                why = "somebody said that it is none of the deals in question"
                left.append(LeftOut(number=doubt.number, company=doubt.company, said=value, why=why))
            elif chosen is None:
                doubts.append(doubt)
            elif chosen.id in known:
                problems[name] = f"Row {known[chosen.id].number} has a score for {chosen.deal} already."
            else:
                held = deal.held.get(chosen.id, {})
                line = Line(
                    number=doubt.number,
                    id=chosen.id,
                    deal=chosen.deal,
                    account=chosen.account,
                    after=doubt.after,
                    before=tuple(held.get(fact.field) for fact in facts) if held else None,
                    why=("somebody said so", *chosen.why),
                )
                known[line.id] = line
                lines.append(line)
        if problems:
            raise Invalid(problems)
        lines.sort(key=lambda line: (line.account, line.id))
        return self._with(Sheet(lines=tuple(lines), doubts=tuple(doubts), left=tuple(left)))

    def judgements(self, answered: Action) -> tuple[Judgement, ...]:
        """That a row's company is the account whose deal was chosen, or none of those in question."""
        if not isinstance(answered, ScoreOpportunities):
            return ()
        chosen = {line.number: line.account for line in answered.lines}
        dropped = {row.number for row in answered.left}
        found = []
        for doubt in self.doubts:
            if doubt.number in chosen:
                yes = chosen[doubt.number]
                found.append(Judgement(partner=self.partner, theirs=doubt.key, ours=yes, yes=True))
            elif doubt.number in dropped:
                accounts = dict.fromkeys(choice.account for choice in doubt.choices)
                found += [
                    Judgement(partner=self.partner, theirs=doubt.key, ours=account, yes=False)
                    for account in accounts
                ]
        return tuple(found)

    def attachments(self, steps: Mapping[str, Reply], receipt: Receipt | None) -> tuple[Attachment, ...]:
        """Every row while it waits; afterwards those that were not written."""
        labels = [name.replace("_", " ") for name in self.names]
        if steps:
            bad = showing.not_written(self.lines, steps, receipt, labels)
            return () if bad is None else (bad,)
        rows = len(self.lines) + len(self.doubts) + len(self.left)
        return (showing.to_review(self.sheet, labels),) if rows > 1 else ()

    # -- what is done -------------------------------------------------------------------------------------------
    def execute(self, clients: Clients, journal: Journal) -> Receipt:
        """Write each line whose record still is as it was shown."""
        write(self.lines, self._facts(journal.deal), clients, journal)
        return self._receipt(fates(self.lines, journal.steps), clients, journal)

    def _receipt(self, found: Sequence[Fate], clients: Clients, journal: Journal) -> Receipt:
        rows = Rows(
            written=sum(fate.state is State.WRITTEN for fate in found),
            already=sum(fate.state is State.ALREADY for fate in found),
            failed={
                line.id: fate.why
                for line, fate in zip(self.lines, found, strict=True)
                if fate.state is State.FAILED
            },
        )
        last = list(journal.steps.values())[-1]
        if not rows.written and not rows.already:
            why = next(iter(rows.failed.values()))
            raise Refused(f"None of the {len(self.lines):,} scores was written. The first: {why}.")
        return Receipt(
            system=System.SALESFORCE,
            record=last.record or PORTFOLIO,
            url=journal.deal.url,
            summary=self._summary(rows),
            before={},
            after={"written": rows.written, "already": rows.already, "failed": len(rows.failed)},
            request_id=last.request_id,
            response_id=last.response_id,
            acted_as=clients.acting_as,
            at=last.at,
            rows=rows,
        )

    def _summary(self, rows: Rows) -> str:
        verb = "Put back" if self.undoes is not None else "Wrote"
        parts = [f"{verb} {rows.written:,} of {len(self.lines):,} scores from {self.source}"]
        if rows.already:
            parts.append(f"{rows.already:,} were there already")
        if rows.failed:
            parts.append(f"{len(rows.failed):,} were not written, each for the reason in the file below")
        return "; ".join(parts) + "."

    def verify(self, clients: Readers, receipt: Receipt) -> Receipt:
        """The receipt with every row read back; those that hold something else are named in it."""
        if receipt.rows is None:
            raise ValueError("the receipt of a batch says what became of its rows")
        wanted = [line for line in self.lines if line.id not in receipt.rows.failed]
        mapped = clients.crm.fields()
        facts = [mapped[name] for name in self.names]
        held = clients.crm.read_rows([line.id for line in wanted], [fact.field for fact in facts])
        unlike = sorting.unlike(wanted, facts, held)
        rows = receipt.rows.model_copy(update={"unconfirmed": unlike})
        summary = receipt.summary
        if unlike:
            summary += f" {len(unlike):,} could not be confirmed: they hold something else by now."
        return receipt.model_copy(update={"rows": rows, "summary": summary, "verified_at": datetime.now(UTC)})

    # -- what can follow ----------------------------------------------------------------------------------------
    def undone(self, receipt: Receipt, steps: Mapping[str, Reply]) -> Action | None:
        """The values from before, for the rows that this batch wrote."""
        lines = tuple(
            line.model_copy(update={"after": line.before, "before": line.after, "why": ()})
            for line, fate in zip(self.lines, fates(self.lines, steps, receipt), strict=True)
            if fate.state is State.WRITTEN and line.before is not None
        )
        if not lines or self.undoes is not None:
            return None
        return self._with(Sheet(lines=lines), undoes=self.source)

    def can_be_undone(self, receipt: Receipt, steps: Mapping[str, Reply]) -> bool:
        """Whether it wrote a row; an undo is not undone."""
        return self.undoes is None and receipt.rows is not None and receipt.rows.written > 0

    def unwritten(self, steps: Mapping[str, Reply]) -> int:
        """How many rows were not written."""
        if not steps:
            return 0
        return sum(fate.state not in (State.WRITTEN, State.ALREADY) for fate in fates(self.lines, steps))

    def remaining(self, steps: Mapping[str, Reply]) -> Action | None:
        """The rows that were not written, to be shown as they are now."""
        if not steps:
            return None
        lines = tuple(
            line.model_copy(update={"before": line.before if self.undoes is not None else None})
            for line, fate in zip(self.lines, fates(self.lines, steps), strict=True)
            if fate.state not in (State.WRITTEN, State.ALREADY)
        )
        return self._with(Sheet(lines=lines)) if lines else None

    def _facts(self, deal: Deal) -> list[Fact]:
        """The fields that are written; one that the org lacks is there by name, and may not be written."""
        return [deal.facts.get(name) or _unknown(name, deal) for name in self.names]


def _unknown(name: str, deal: Deal) -> Fact:
    return Fact(name=name, label=name.replace("_", " "), field=name, value=None, as_of=deal.as_of)


def _held(deal: Deal, line: Line, facts: Sequence[Fact]) -> tuple[Json, ...]:
    row = deal.held.get(line.id, {})
    return tuple(row.get(fact.field) for fact in facts)


def _left(line: Line, why: str, facts: Sequence[Fact]) -> LeftOut:
    said = reading.shown(facts[0], line.after[0])
    return LeftOut(number=line.number, company=line.deal, said=said, why=why)
