"""From rows of scores to one batch: each row's opportunity found, in doubt, or left out with the reason."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime

from rapidfuzz import fuzz, utils

from bot.actions.score_opportunities import ScoreOpportunities
from bot.batches.lines import Choice, Doubt, LeftOut, Line, Sheet
from bot.clients import Insights, OpenDeal, PartnerReader
from bot.config import Config
from bot.deal import Company, Json
from bot.ledger import Ledger
from bot.lifecycle.accounts import Accounts, Book
from bot.lifecycle.partners import verdict_of
from bot.matching import Band, Match, Verdict
from bot.pairings import Pairing, key_of
from bot.tables import Fitted, RowProblem, ScoreRow, Table, scores

SCORE, SCORED_ON = "p2b_score", "p2b_date"
ALIKE = 60
"""Of 100, how alike a row's company and the account of the id beside it have to be, or somebody has to look."""
MOST_CHOICES = 5
"""Deals that a doubtful row offers."""


class Scoring:
    """Builds batches of scores from files, and from what AWS says of our referrals."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        aws: Callable[[], PartnerReader],
        ledger: Ledger,
        config: Config,
        pool: Executor,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts, self._aws, self._ledger = accounts, aws, ledger
        self._config, self._pool, self._now = config, pool, now

    def of_table(self, table: Table, fitted: Fitted, source: str) -> ScoreOpportunities:
        """The batch that a file of scores calls for; what cannot be used of it is left out with the reason."""
        mapped = self._config.facts[SCORE]
        low = 0 if mapped.low is None else mapped.low
        high = 100 if mapped.high is None else mapped.high
        rows, problems, told = scores(table, fitted, low, high)
        taken = (f"“{heading}” was taken for the {name}." for name, heading in fitted.guessed.items())
        notes = (*table.notes, *taken, *told)
        batch = self.of_rows(rows, (*table.problems, *problems), source)
        return batch.model_copy(update={"notes": notes})

    def of_rows(
        self, rows: Sequence[ScoreRow], problems: Iterable[RowProblem], source: str
    ) -> ScoreOpportunities:
        """The batch of these rows; ``problems`` are rows that could not be read."""
        book, partner = self._accounts.snapshot(), self._config.referral.partner_of_record.lower()
        placing = Placing(book, self._ledger.pairings(partner), self.names, self._now().date().isoformat())
        return self._batch([placing.place(row) for row in rows], problems, source, partner)

    def of_aws(self) -> ScoreOpportunities:
        """The batch of the scores that AWS gives our open deals (``GetAwsOpportunitySummary``)."""
        book, aws = self._accounts.snapshot(), self._aws()
        known = sorted(book.by_ace_id.items())
        said = self._pool.map(aws.insights, [ace_id for ace_id, _ in known])
        today = self._now().date().isoformat()
        placed = [
            _from_aws(number, deal, insights, self.names, today)
            for number, ((_, deal), insights) in enumerate(zip(known, said, strict=True), 1)
        ]
        return self._batch(placed, (), "AWS Partner Central", "aws")

    @property
    def names(self) -> tuple[str, ...]:
        """Our names of the fields that are written: the score, and its date where the configuration maps one."""
        dated = self._config.facts.get(SCORED_ON)
        return (SCORE, SCORED_ON) if dated is not None and dated.write else (SCORE,)

    def _batch(
        self,
        placed: Sequence[Line | Doubt | LeftOut],
        problems: Iterable[RowProblem],
        source: str,
        partner: str,
    ) -> ScoreOpportunities:
        lines, twice = _once_each([one for one in placed if isinstance(one, Line)])
        wrong = [LeftOut(number=p.number, company="", said="", why=p.why.rstrip(".")) for p in problems]
        left = [*(one for one in placed if isinstance(one, LeftOut)), *twice, *wrong]
        sheet = Sheet(
            lines=tuple(sorted(lines, key=lambda line: (line.account, line.id))),
            doubts=tuple(one for one in placed if isinstance(one, Doubt)),
            left=tuple(sorted(left, key=lambda row: row.number)),
        )
        return ScoreOpportunities.of(sheet, names=self.names, source=source, partner=partner)


class Placing:
    """Finds the opportunity of each row: by an id that it names, else by its company."""

    def __init__(
        self, book: Book, pairings: Mapping[tuple[str, str], Pairing], names: Sequence[str], today: str
    ) -> None:
        self._book, self._names, self._today = book, names, today
        self._short = {id[:15]: deal for id, deal in book.deals.items()}
        self._said: dict[str, list[Pairing]] = defaultdict(list)
        for pairing in pairings.values():
            self._said[pairing.theirs].append(pairing)

    def place(self, row: ScoreRow) -> Line | Doubt | LeftOut:
        """The row with the opportunity that it is about, with those it may be about, or with why there is none."""
        if row.opportunity:
            deal = self._short.get(row.opportunity[:15])
            return self._named(row, deal, f"Salesforce id {row.opportunity} in the file")
        if row.ace_id:
            return self._named(row, self._book.by_ace_id.get(row.ace_id), f"AWS id {row.ace_id} in the file")
        if not row.company.name and not row.company.website:
            return self._left(row, "it names no company and no opportunity")
        found = self._book.index.matches(row.company, self._verdicts(row.company))
        if found and found[0].band is Band.SURE:
            return self._sure(row, found[0])
        if choices := self._choices(found):
            return self._doubt(row, choices)
        return self._unmatched(row, found)

    def _named(self, row: ScoreRow, deal: OpenDeal | None, why: str) -> Line | Doubt | LeftOut:
        if deal is None:
            return self._left(row, f"no open opportunity has the {why.removesuffix(' in the file')}")
        name = row.company.name
        if name and fuzz.token_set_ratio(name, deal.account, processor=utils.default_process) < ALIKE:
            doubt = f"{why}, but that one is of {deal.account}"
            return self._doubt(row, (self._choice(deal, (doubt,)),))
        return self._line(row, deal, (why,))

    def _sure(self, row: ScoreRow, match: Match) -> Line | Doubt | LeftOut:
        deals = self._book.deals_of(match.ours)
        if len(deals) == 1:
            return self._line(row, deals[0], match.evidence)
        if deals:
            why = (f"the account has {len(deals)} open deals", *match.evidence)
            return self._doubt(row, tuple(self._choice(deal, why) for deal in deals[:MOST_CHOICES]))
        company = self._book.company(match.ours)
        return self._left(row, f"{company.name if company else match.ours} has no open opportunity")

    def _choices(self, found: Sequence[Match]) -> tuple[Choice, ...]:
        choices = [
            self._choice(deal, match.evidence)
            for match in found
            if match.band is Band.REVIEW
            for deal in self._book.deals_of(match.ours)
        ]
        return tuple(choices[:MOST_CHOICES])

    def _unmatched(self, row: ScoreRow, found: Sequence[Match]) -> LeftOut:
        if not found:
            return self._left(row, "no account of ours is like it")
        company = self._book.company(found[0].ours)
        name = company.name if company is not None else found[0].ours
        if found[0].band is Band.REVIEW:
            return self._left(
                row, "accounts of ours are like it, but none of them has an open opportunity", name
            )
        return self._left(row, "no account of ours is like it", name)

    # -- values ---------------------------------------------------------------------------------------------
    def _after(self, row: ScoreRow) -> tuple[Json, ...]:
        score: Json = row.score
        if isinstance(score, float) and score.is_integer():
            score = int(score)
        return (score, row.scored_on or self._today)[: len(self._names)]

    def _line(self, row: ScoreRow, deal: OpenDeal, why: Sequence[str]) -> Line:
        return Line(
            number=row.number,
            id=deal.id,
            deal=deal.name,
            account=deal.account_id,
            after=self._after(row),
            why=tuple(why),
        )

    def _choice(self, deal: OpenDeal, why: Sequence[str]) -> Choice:
        return Choice(
            id=deal.id, deal=deal.name, account=deal.account_id, company=deal.account, why=tuple(why)
        )

    def _doubt(self, row: ScoreRow, choices: tuple[Choice, ...]) -> Doubt:
        return Doubt(
            number=row.number,
            company=row.company.name,
            key=key_of(row.company),
            after=self._after(row),
            choices=choices,
        )

    def _left(self, row: ScoreRow, why: str, nearest: str = "") -> LeftOut:
        return LeftOut(number=row.number, company=row.company.name, said=row.said, why=why, nearest=nearest)

    def _verdicts(self, company: Company) -> dict[tuple[str, str], Verdict]:
        if not self._said:
            return {}
        said = self._said.get(key_of(company), ())
        return {(pairing.ours, company.id): verdict_of(pairing) for pairing in said}


def _from_aws(
    number: int, deal: OpenDeal, insights: Insights, names: Sequence[str], today: str
) -> Line | LeftOut:
    said = [f"engagement {insights.engagement}"] if insights.engagement else []
    if insights.trend:
        said.append(f"quality {insights.trend.lower()}")
    if insights.quality is None:
        told = f"AWS gives no score from 0 to 100 yet{f' ({said[0]})' if said else ''}"
        return LeftOut(number=number, company=deal.account, said="", why=told)
    why = (f"AWS id {deal.ace_id}", *said, *insights.recommendations)
    after = (insights.quality, today)[: len(names)]
    return Line(number=number, id=deal.id, deal=deal.name, account=deal.account_id, after=after, why=why)


def _once_each(lines: Sequence[Line]) -> tuple[list[Line], list[LeftOut]]:
    """One line for each opportunity. Rows that give one different scores are all left out."""
    by_deal: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_deal[line.id].append(line)
    kept, left = [], []
    for same in by_deal.values():
        first, *others = same
        if all(other.after == first.after for other in others):
            kept.append(first)
            left += [
                _repeats(other, f"row {first.number} gives {first.deal} the same score") for other in others
            ]
            continue
        for line in same:
            others_said = ", ".join(
                f"row {other.number} gives it {other.after[0]}" for other in same if other is not line
            )
            left.append(_repeats(line, f"{others_said}; nobody can know which is right"))
    return kept, left


def _repeats(line: Line, why: str) -> LeftOut:
    return LeftOut(number=line.number, company=line.deal, said=str(line.after[0]), why=why)
