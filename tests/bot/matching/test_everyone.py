"""A whole list of theirs matched with ours."""

import random
import threading
from collections.abc import Iterator

import pytest

from bot.deal import Company
from bot.matching import Band, Index, Match, Verdict, match
from bot.matching.everyone import ALONE, BATCH

LETTERS = "bdfgklmnprstvz"


def companies(count: int, prefix: str) -> list[Company]:
    """Made-up companies, the same for the same count."""
    draw = random.Random(7)
    names = [
        "".join(draw.choice(LETTERS) + draw.choice("aeiou") for _ in range(4)).capitalize()
        for _ in range(count)
    ]
    return [
        Company(f"{prefix}{number}", f"{name} Energy", f"{name}.de".lower() if number % 2 else "", "DE")
        for number, name in enumerate(names)
    ]


OURS, THEIRS = companies(3000, "A"), companies(ALONE + 700, "P")


@pytest.fixture(scope="module")
def alone() -> list[Match]:
    """The matches as one process finds them."""
    return list(match(OURS, THEIRS, processes=1))


def test_the_best_of_each_in_their_order(alone: list[Match]) -> None:
    """Each of theirs that has a match gives its best, in the order of theirs; the others give none."""
    found = [int(one.theirs[1:]) for one in alone]
    assert found == sorted(found)
    assert len(found) == len(set(found)) >= 3000
    assert all(one.band is not Band.NO for one in alone)
    right = [one for one in alone if one.ours[1:] == one.theirs[1:]]
    assert len(right) > 2950
    index = Index(OURS)
    for theirs, one in zip(THEIRS[:50], alone[:50], strict=True):
        assert index.matches(theirs)[0] == one


@pytest.mark.slow
@pytest.mark.parametrize("busy", [False, True], ids=["forked", "beside another thread"])
def test_processes_change_nothing(busy: bool, alone: list[Match]) -> None:
    """Two processes find what one finds, also when they are started beside other threads."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    if busy:
        other.start()
    try:
        assert list(match(reversed(OURS), THEIRS, processes=2)) == alone
    finally:
        done.set()
        if busy:
            other.join()


def test_progress(alone: list[Match]) -> None:
    """It is told how many are done, up to all of them, as the matches come."""
    told: list[int] = []
    assert list(match(OURS, THEIRS, processes=1, progress=told.append)) == alone
    assert told == [*range(BATCH, len(THEIRS), BATCH), len(THEIRS)]


def test_what_people_said() -> None:
    """A yes and a no hold in a whole list as for one company."""
    yes, no = Verdict(True, "Mei Tanaka said so"), Verdict(False, "Ravi Shah said no")
    said = {("A5", "P1"): yes, ("A3", "P3"): no}
    found = {one.theirs: one for one in match(OURS[:6], THEIRS[:6], said=said)}
    assert (found["P1"].ours, found["P1"].confidence, found["P1"].evidence[0]) == (
        "A5",
        1.0,
        "Mei Tanaka said so",
    )
    assert "P3" not in found


def test_a_name_that_several_of_theirs_bear() -> None:
    """A name that two of theirs bear in one country is no longer sure by the name."""
    ours = Company("A", "Velrathia Energy", country="DE")
    one, two = (
        Company("P1", "Velrathia Energy", country="DE"),
        Company("P2", "VELRATHIA Energy GmbH", country="Germany"),
    )
    assert [found.band for found in match([ours], [one])] == [Band.SURE]
    found = list(match([ours], [one, two]))
    assert [each.band for each in found] == [Band.REVIEW, Band.REVIEW]
    assert "2 of theirs have this name" in found[0].evidence


def test_empty_lists() -> None:
    """Nothing on one side is no match."""

    def nobody() -> Iterator[Company]:
        yield from ()

    assert list(match(nobody(), THEIRS[:3])) == list(match(OURS[:3], [])) == []
