"""A list of theirs against an index of ours that is there already, all of it or some."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bot.deal import Company
from bot.matching.everyone import BATCH, Said, normalised
from bot.matching.index import Index
from bot.matching.profile import profile
from bot.matching.values import Match


class Listed:
    """A list, with how many in it bear the name of each: a common name says less. No two have the same id."""

    def __init__(self, companies: Sequence[Company]) -> None:
        marks = [mark for _, mark in normalised(companies)]
        counts = Counter(marks)
        self._namesakes: Mapping[str, int] = {
            company.id: counts[mark] for company, mark in zip(companies, marks, strict=True)
        }

    def matches(
        self, ours: Index, some: Sequence[Company], said: Said, most: int = 1
    ) -> Iterator[tuple[Company, tuple[Match, ...]]]:
        """Each of some of the list with its matches among ours, the best first, as ``match`` would find them.

        ``said`` is what people said, by their id, then by ours.
        """
        for start in range(0, len(some), BATCH):
            batch = some[start : start + BATCH]
            crowds = [self._namesakes[company.id] for company in batch]
            ranking = ours.ranked([profile(company) for company in batch], said, crowds, most)
            for company, (_, ranked) in zip(batch, ranking, strict=True):
                words = said.get(company.id, {})
                yield company, tuple(ours.match(one, words.get(one.pair.ours.id)) for one in ranked[:most])
