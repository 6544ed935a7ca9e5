"""Our accounts, ready to be asked which of them a company of theirs is."""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from bot.deal import Company
from bot.errors import Refused
from bot.matching.evidence import told
from bot.matching.judging import NEAR, band, confidence
from bot.matching.names import loosened
from bot.matching.pair import Around, Pair, compared
from bot.matching.postings import Found, Postings, gathered, hashed, number
from bot.matching.profile import Kind, Profile, asked, keys, profile, read, written
from bot.matching.rows import Rows
from bot.matching.values import Band, Match, Verdict

CANDIDATES = 12
"""Of ours whose names are scored for one of theirs."""
FAR, WORTHY = 50.0, 8.0
"""Below so much likeness of names, and without a DUNS, a website or a whole name in common, a pair is none."""
COMPARED = 5
"""Of those, the likeliest that are compared word by word."""

NOTHING_SAID: Mapping[tuple[str, str], Verdict] = {}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A pair with the band it is given among the others, and what is to be added to its evidence."""

    pair: Pair
    band: Band
    words: tuple[str, ...] = ()


class Index:
    """Our accounts, ready to be asked; safe for threads once built.

    Ids are unique in our list: of two accounts with one id the later counts.
    """

    def __init__(self, ours: Iterable[Company]) -> None:
        self._records, self._profiles = Rows(), Rows()
        ids = array("Q")
        marks, owners = gathered(self._added(ours, ids))
        numbers = np.frombuffer(ids, np.uint64)
        self._by_number = np.argsort(numbers, kind="stable")
        self._numbers = numbers[self._by_number]
        self._postings = Postings(*self._without_replaced(marks, owners), numbers)

    def __len__(self) -> int:
        return len(np.unique(self._numbers))

    def company(self, id: str) -> Company:
        """The account as it was given. Refused when we have none of this id."""
        at = self._place(id)
        if at is None:
            raise Refused(f"None of our accounts has the id {id[:40]}.")
        return Company(*json.loads(self._records[at]))

    def matches(
        self, theirs: Company, said: Mapping[tuple[str, str], Verdict] = NOTHING_SAID, most: int = 3
    ) -> tuple[Match, ...]:
        """Which of ours it could be, the best first, the nearest that it is not included.

        ``said`` is by our id and theirs: a yes is sure with confidence 1, a no is no, whatever the score.
        """
        about = {ours: verdict for (ours, id), verdict in said.items() if id == theirs.id}
        ((_, ranked),) = self.ranked([profile(theirs)], {theirs.id: about}, [1], most)
        return tuple(self.match(one, about.get(one.pair.ours.id)) for one in ranked[:most])

    def ranked(
        self,
        theirs: Sequence[Profile],
        said: Mapping[str, Mapping[str, Verdict]],
        namesakes: Sequence[int],
        nearest: int = 1,
    ) -> Iterator[tuple[Profile, list[Ranked]]]:
        """For each of theirs the accounts that come near, the best first.

        ``said`` is by their id, then by ours; so many ``nearest`` are among them even where none comes near.
        """
        found, arounds = self._found(theirs, namesakes)
        lines = [self._profiles[at] for at in found.candidate.tolist()]
        names = [" ".join(one.name.words) for one in theirs]
        pairs_of_names = (
            [names[at] for at in found.asker.tolist()],
            [line.split("\x1f", 1)[0] for line in lines],
        )
        short = np.fromiter((len(a) <= 6 or len(b) <= 6 for a, b in zip(*pairs_of_names, strict=True)), bool)
        alike = process.cpdist(
            *pairs_of_names,
            scorer=fuzz.token_sort_ratio,
            dtype=np.float32,
        )
        ends = np.searchsorted(found.asker, np.arange(len(theirs) + 1))
        likely = found.worth + alike / 8
        # Nothing else can come to more than “no”, and needs comparing only to be shown.
        hopeful = (alike >= FAR) | (found.worth >= WORTHY) | short
        for at, one in enumerate(theirs):
            low, high = int(ends[at]), int(ends[at + 1])
            order = low + np.argsort(-likely[low:high], kind="stable")[:COMPARED]
            about = said.get(one.id, {})
            pairs = {}
            for rank, place in enumerate(order.tolist()):
                if rank >= nearest and not hopeful[place]:
                    continue
                candidate = read(lines[place])
                pairs[candidate.id] = compared(candidate, one, float(alike[place]), arounds[at])
            for id in about:
                place_of_it = None if id in pairs else self._place(id)
                if place_of_it is not None:
                    candidate = read(self._profiles[place_of_it])
                    score = fuzz.token_sort_ratio(" ".join(candidate.name.words), " ".join(one.name.words))
                    pairs[id] = compared(candidate, one, score, arounds[at])
            yield one, _in_order(list(pairs.values()), about)

    def match(self, ranked: Ranked, verdict: Verdict | None) -> Match:
        """What is told of a ranked pair."""
        pair = ranked.pair
        if verdict is not None:
            sure = 1.0 if verdict.yes else 0.0
            return Match(
                pair.ours.id, pair.theirs.id, sure, ranked.band, (verdict.words, *told(pair, ranked.band))
            )
        evidence = (*told(pair, ranked.band), *ranked.words)
        return Match(pair.ours.id, pair.theirs.id, confidence(pair, ranked.band), ranked.band, evidence)

    def _added(self, ours: Iterable[Company], ids: "array[int]") -> Iterator[tuple[int, int]]:
        for at, company in enumerate(ours):
            one = profile(company)
            self._records.add(
                json.dumps(
                    [company.id, company.name, company.website, company.country, company.duns, company.state]
                )
            )
            self._profiles.add(written(one))
            ids.append(number(company.id))
            for kind, text in keys(one):
                yield at, hashed(kind, text)

    def _without_replaced(self, marks: "array[int]", owners: "array[int]") -> "tuple[array[int], array[int]]":
        """The postings but for accounts that came again later."""
        again = np.flatnonzero(self._numbers[1:] == self._numbers[:-1])
        if not len(again):
            return marks, owners
        replaced = set(self._by_number[again].tolist())
        kept = [(owner, mark) for owner, mark in zip(owners, marks, strict=True) if owner not in replaced]
        return gathered(kept)

    def _place(self, id: str) -> int | None:
        wanted = np.uint64(number(id))
        at = int(np.searchsorted(self._numbers, wanted, side="right")) - 1
        return int(self._by_number[at]) if at >= 0 and self._numbers[at] == wanted else None

    def _found(self, profiles: Sequence[Profile], namesakes: Sequence[int]) -> tuple[Found, list[Around]]:
        """The candidates of each, and what our list says of its website and name."""
        askers, kinds, marks = array("i"), array("b"), array("Q")
        websites, words = [], []
        for at, one in enumerate(profiles):
            rare = {loosened(word) for word in one.rare}
            website, rarest = -1, []
            for kind, text in asked(one):
                if kind is Kind.DOMAIN:
                    website = len(marks)
                elif kind is Kind.WORD and text in rare:
                    rarest.append(len(marks))
                askers.append(at)
                kinds.append(kind)
                marks.append(hashed(kind, text))
            websites.append(website)
            words.append(rarest)
        counts = self._postings.counts(marks).tolist()
        arounds = [
            Around(
                counts[website] if website >= 0 else 0,
                min((counts[word] for word in rarest), default=0),
                crowd,
            )
            for website, rarest, crowd in zip(websites, words, namesakes, strict=True)
        ]
        found = self._postings.find(
            np.frombuffer(askers, np.int32),
            np.frombuffer(kinds, np.int8),
            np.frombuffer(marks, np.uint64),
            CANDIDATES,
        )
        return found, arounds


def _in_order(pairs: list[Pair], about: Mapping[str, Verdict]) -> list[Ranked]:
    """The pairs with their bands, the best first; no more than one is sure but by a person's word."""
    order = sorted(pairs, key=lambda pair: (-pair.strength, pair.ours.id))
    open_ = [pair for pair in order if pair.ours.id not in about]
    yes = [pair for pair in order if pair.ours.id in about and about[pair.ours.id].yes]
    no = [pair for pair in order if pair.ours.id in about and not about[pair.ours.id].yes]
    ranked = [Ranked(pair, Band.SURE) for pair in yes]
    judged: list[Ranked] = []
    for at, pair in enumerate(open_):
        found = band(pair)
        if found is not Band.SURE:
            judged.append(Ranked(pair, found))
        elif yes:
            judged.append(Ranked(pair, Band.REVIEW, ("a person matched it with another of ours",)))
        elif at > 0:
            judged.append(Ranked(pair, Band.REVIEW, ("another of ours fits better",)))
        else:
            judged.append(_alone(pair, open_[1:]))
    judged.sort(key=lambda one: (_BEST.index(one.band), -one.pair.strength, one.pair.ours.id))
    return [*ranked, *judged, *(Ranked(pair, Band.NO) for pair in no)]


_BEST = (Band.SURE, Band.REVIEW, Band.NO)


def _alone(pair: Pair, others: list[Pair]) -> Ranked:
    """Sure, unless another of ours fits as well."""
    rivals = [other for other in others if other.strength >= pair.strength - NEAR]
    if not rivals:
        return Ranked(pair, Band.SURE)
    ids = ", ".join(other.ours.id[:40] for other in rivals)
    return Ranked(pair, Band.REVIEW, (f"fits another of ours as well: {ids}",))
