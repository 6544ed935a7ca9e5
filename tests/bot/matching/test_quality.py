"""How good the matches are, on pairs that a person has labelled: see LABELLED.md beside this."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from rapidfuzz import fuzz

from bot.deal import Company
from bot.matching import Band, Index, Match

LABELLED = Path(__file__).parent / "labelled.csv"
PRECISION = 0.995
RECALL = 0.65
FOUND = 0.97
"""The share of the same companies that is at least shown to a person."""

Row = dict[str, str]


def rows() -> list[Row]:
    """The labelled pairs."""
    with LABELLED.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def half(row: Row) -> int:
    """Rules were made looking at half 0 only; half 1 shows whether they hold for others."""
    return crc32((row["ours_id"] + row["theirs_id"]).encode()) % 2


def company(row: Row, whose: str) -> Company:
    """One side of a row."""
    return Company(
        *(row[f"{whose}_{field}"] for field in ("id", "name", "website", "country", "duns", "state"))
    )


def alone(row: Row) -> Match | None:
    """What is said of the pair when ours has nothing else."""
    return next(iter(Index([company(row, "ours")]).matches(company(row, "theirs"))), None)


def bands(found: Iterator[tuple[Row, Match | None]]) -> tuple[float, float, float, list[Row]]:
    """Precision and recall of the sure band, the recall with those to be reviewed, and the wrong ones."""
    judged = [(row, match.band if match else Band.NO) for row, match in found]
    same = [band for row, band in judged if row["same"] == "yes"]
    wrong = [row for row, band in judged if row["same"] == "no" and band is Band.SURE]
    right = same.count(Band.SURE)
    return right / (right + len(wrong)), right / len(same), 1 - same.count(Band.NO) / len(same), wrong


@pytest.mark.parametrize("part", [0, 1])
def test_who_is_sure_is_right(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the sure pairs at least 995 in 1,000 are one company, in the half that no rule was made for too."""
    labelled = [row for row in rows() if half(row) == part]
    precision, recall, found, wrong = bands((row, alone(row)) for row in labelled)
    baseline, threshold, base_recall = names_alone(labelled)
    as_precise = recall_as_precise(labelled)
    with capsys.disabled():
        print(
            f"\n{len(labelled)} pairs: sure band precision {precision:.4f}, recall {recall:.3f}, "
            f"with review {found:.3f};"
            f"\n  token_sort_ratio on names, best at ≥ {threshold}: "
            f"precision {baseline:.4f}, recall {base_recall:.3f};"
            f"\n  the same where it is as precise as {PRECISION}: recall {as_precise:.3f}"
        )
    assert precision >= PRECISION, wrong
    assert precision > baseline
    assert recall >= max(RECALL, as_precise)
    assert found >= FOUND


def test_the_whole_list_at_once() -> None:
    """The same holds when all of ours are in one list and compete."""
    labelled = rows()
    index = Index({row["ours_id"]: company(row, "ours") for row in labelled}.values())

    def among_all() -> Iterator[tuple[Row, Match | None]]:
        for row in labelled:
            found = index.matches(company(row, "theirs"), most=9)
            yield row, next((match for match in found if match.ours == row["ours_id"]), None)

    precision, recall, found, wrong = bands(among_all())
    assert precision >= PRECISION, wrong
    assert recall >= RECALL - 0.05
    assert found >= FOUND


def test_like_names_of_different_companies_are_never_sure() -> None:
    """No two companies that a person calls different land in the sure band, however alike their names are."""
    alike = [
        row
        for row in rows()
        if row["same"] == "no"
        and fuzz.token_set_ratio(row["ours_name"].lower(), row["theirs_name"].lower()) >= 70
    ]
    assert len(alike) > 200
    assert not [row for row in alike if (match := alone(row)) is not None and match.band is Band.SURE]


def names_alone(labelled: list[Row]) -> tuple[float, int, float]:
    """Precision, threshold and recall of plain likeness of names, at the threshold that is right most often."""
    different = sum(row["same"] == "no" for row in labelled) / (len(labelled) or 1)
    share = 1 - different

    def right(at: tuple[float, int, float]) -> float:
        precision, _, recall = at
        return recall * share + different - recall * share * (1 / precision - 1)

    return max(by_threshold(labelled), key=right)


def recall_as_precise(labelled: list[Row]) -> float:
    """The best recall of plain likeness of names among the thresholds as precise as is asked of the sure band."""
    return max(
        (recall for precision, _, recall in by_threshold(labelled) if precision >= PRECISION), default=0.0
    )


def by_threshold(labelled: list[Row]) -> Iterator[tuple[float, int, float]]:
    """Precision and recall of plain likeness of names at each threshold."""
    scored = [
        (fuzz.token_sort_ratio(plain(row["ours_name"]), plain(row["theirs_name"])), row["same"] == "yes")
        for row in labelled
    ]
    same = sum(yes for _, yes in scored)
    for threshold in range(101):
        taken = [yes for score, yes in scored if score >= threshold]
        if sum(taken):
            yield sum(taken) / len(taken), threshold, sum(taken) / same


def plain(name: str) -> str:
    """A name in lower case without marks."""
    return re.sub(r"\W+", " ", name.lower())
