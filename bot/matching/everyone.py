"""A whole list of theirs matched with ours, in as many processes as there are processors."""

import multiprocessing
import os
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bot.deal import Company
from bot.matching.index import NOTHING_SAID, Index
from bot.matching.postings import number
from bot.matching.profile import profile, read, written
from bot.matching.values import Band, Match, Verdict

BATCH = 1000
"""Of theirs that are looked up at once."""
ALONE = 4000
"""Up to so many of theirs another process takes longer to start than it saves."""

Said = Mapping[str, Mapping[str, Verdict]]
"""What people said, by their id, then by ours."""

Lines = list[tuple[str, int]]
Work = tuple[list[str], list[int]]

_index = Index([])  # what a process of the pool works on
_said: Said = {}


def match(
    ours: Iterable[Company],
    theirs: Sequence[Company],
    *,
    said: Mapping[tuple[str, str], Verdict] = NOTHING_SAID,
    processes: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Iterator[Match]:
    """For each of theirs its best match, where that is sure or to be reviewed, in the order of theirs.

    The same lists give the same matches, whatever the order of ours and the number of ``processes`` (None: one for
    each processor). ``progress`` is called with how many of theirs are done.
    """
    index = Index(ours)
    about: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
    for (mine, other), verdict in said.items():
        about[other][mine] = verdict
    done = 0
    for size, found in _found(index, dict(about), theirs, processes):
        yield from found
        done += size
        if progress is not None:
            progress(done)


def _found(
    index: Index, said: Said, theirs: Sequence[Company], processes: int | None
) -> Iterator[tuple[int, list[Match]]]:
    """The matches of each batch, with how many of theirs it held."""
    batches = [theirs[at : at + BATCH] for at in range(0, len(theirs), BATCH)]
    many = processes or os.cpu_count() or 1
    if many == 1 or len(theirs) <= ALONE or multiprocessing.current_process().daemon:
        for work in _with_namesakes(list(map(normalised, batches))):
            yield len(work[0]), best(index, said, *work)
        return
    # A fork shares the index without a copy; beside other threads only a fresh process is safe.
    way = "fork" if threading.active_count() == 1 and sys.platform == "linux" else "spawn"
    with multiprocessing.get_context(way).Pool(many, _prepare, (index, said)) as pool:
        works = _with_namesakes(list(pool.imap(normalised, batches)))
        for work, found in zip(works, pool.imap(_best, works), strict=True):
            yield len(work[0]), found


def _with_namesakes(batches: list[Lines]) -> list[Work]:
    """The batches, and for each of theirs how many of them bear its name in its country."""
    counts = Counter(name for lines in batches for _, name in lines)
    return [([line for line, _ in lines], [counts[name] for _, name in lines]) for lines in batches]


def normalised(batch: Sequence[Company]) -> Lines:
    """Each company as a line, with a number for its name and country."""
    profiles = map(profile, batch)
    return [(written(one), number(f"{one.name.squashed} {one.country}")) for one in profiles]


def best(index: Index, said: Said, lines: list[str], namesakes: list[int]) -> list[Match]:
    """The best match of each that has one."""
    found = []
    for theirs, ranked in index.ranked([read(line) for line in lines], said, namesakes):
        if ranked and ranked[0].band is not Band.NO:
            verdict = said.get(theirs.id, {}).get(ranked[0].pair.ours.id)
            found.append(index.match(ranked[0], verdict))
    return found


def _prepare(index: Index, said: Said) -> None:
    global _index, _said
    _index, _said = index, said


def _best(work: Work) -> list[Match]:
    return best(_index, _said, *work)
