"""``cosell match``: two lists of companies side by side, without settings and without a network."""

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.errors import BotError
from bot.terminal import complain, out

if TYPE_CHECKING:
    from bot.deal import Company
    from bot.matching import Match
    from bot.tables import RowProblem

HEADINGS = ("ours_id", "theirs_id", "confidence", "band", "evidence")
_SHOWN = 3
"""Rows left out that the summary gives the reasons of."""


class _List:
    """One of the two lists: its companies, the rows left out, and what is to be said about how it was read."""

    def __init__(self, path: Path) -> None:
        from bot.tables import COMPANIES, companies, expected, fit, read

        table = read(path, path.name)
        fitted = fit(table, COMPANIES)
        if fitted.missing:
            _end(
                f"{path.name} has no column “{fitted.missing[0].label}”. {expected(COMPANIES)} {having(table.headings)}"
            )
        self.path = path
        self.companies: list[Company]
        self.companies, problems = companies(table, fitted)
        self.left_out: list[RowProblem] = sorted(
            [*table.problems, *problems], key=lambda problem: problem.number
        )
        labels = {column.name: column.label for column in COMPANIES}
        self.notes = [
            *table.notes,
            *(f"“{heading}” was taken for {labels[name]}." for name, heading in fitted.guessed.items()),
            *(
                []
                if "id" in fitted.columns
                else ["It has no column of ids, so the rows are called “row 2” and so on."]
            ),
        ]
        if not self.companies:
            first = self.left_out[0]
            _end(f"{path.name} has no row that can be used. Row {first.number}: {first.why}")


def match(
    ours: Annotated[
        Path,
        typer.Option(help="Our companies, a CSV or XLSX file.", exists=True, dir_okay=False, readable=True),
    ],
    theirs: Annotated[
        Path, typer.Option(help="Their companies, likewise.", exists=True, dir_okay=False, readable=True)
    ],
    to: Annotated[
        Path, typer.Option("--out", help="CSV file to write, replaced if it is there.", dir_okay=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> None:
    """Find which of their companies are which of ours, each match with its evidence. Needs no settings and no network.

    Both lists have a row of headings with id and name, and any of website, country, duns and state; other names for
    these are understood, and what was guessed is said. Without ids the numbers of the rows serve.

    The result has the columns ours_id, theirs_id, confidence (0 to 1), band (sure, or review: a person should look)
    and evidence: one row for each of theirs that has a match, with the best of ours.

    Example: cosell match --ours accounts.csv --theirs partner.xlsx --out matches.csv
    """
    _hold_writable(to, (ours, theirs))
    try:
        lists = _List(ours), _List(theirs)
    except BotError as error:
        _end(str(error))
    found = _matched(lists[0].companies, lists[1].companies)
    _write(to, found)
    bands = Counter(one.band.value for one in found)
    if as_json:
        sys.stdout.write(json.dumps(_summary(lists, bands, to), ensure_ascii=False) + "\n")
        return
    for one in lists:
        _say(one)
    sure, review, of = bands["sure"], bands["review"], len(lists[1].companies)
    out.print(
        f"{sure:,} sure, {review:,} to review, {of - sure - review:,} without a match, of {of:,} of theirs."
    )
    out.print(f"Written to {to}", markup=False, soft_wrap=True)


def having(headings: Sequence[str]) -> str:
    """A sentence that lists the columns that there are."""
    listed = ", ".join(f"“{heading[:40]}”" for heading in headings[:12])
    return f"Its columns are {listed}{' and others' if len(headings) > 12 else ''}."


def _end(why: str) -> None:
    complain.print(why, markup=False, soft_wrap=True)
    raise typer.Exit(2)


def _hold_writable(to: Path, inputs: Sequence[Path]) -> None:
    """Find out before the work whether its result could be written."""
    if any(to.exists() and to.samefile(one) for one in inputs):
        _end(f"{to} is one of the two lists; it would be overwritten. Name another file with --out.")
    if not to.parent.is_dir():
        _end(f"There is no folder {to.parent}. Make it, or name another file with --out.")
    if not os.access(to.parent, os.W_OK):
        _end(f"Nothing may be written to the folder {to.parent}. Name another file with --out.")


def _matched(ours: "Sequence[Company]", theirs: "Sequence[Company]") -> "list[Match]":
    from bot.matching import match as matches

    with _progress(len(theirs)) as progress:
        return list(matches(ours, theirs, progress=progress))


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere; told how many companies are done.

    It draws itself when it is told, since a thread that did would keep the matching from forking.
    """
    columns = (TextColumn("Matching"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    quiet = not complain.is_terminal
    with Progress(*columns, console=complain, transient=True, auto_refresh=False, disable=quiet) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done, refresh=True)


def _write(to: Path, found: "Sequence[Match]") -> None:
    """Put the result into place as a whole, or leave what is there as it is."""
    from bot.tables import write

    rows = ([m.ours, m.theirs, f"{m.confidence:.3f}", m.band.value, "; ".join(m.evidence)] for m in found)
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        part.write_bytes(write(HEADINGS, rows))
        part.replace(to)
    except OSError as error:
        _end(f"{to} could not be written: {error.strerror}. What was there is as it was.")
    finally:
        part.unlink(missing_ok=True)


def _summary(lists: tuple[_List, _List], bands: Counter[str], to: Path) -> dict[str, object]:
    sides = {
        side: {
            "companies": len(one.companies),
            "left_out": [{"row": problem.number, "why": problem.why} for problem in one.left_out],
            "notes": one.notes,
        }
        for side, one in zip(("ours", "theirs"), lists, strict=True)
    }
    return {
        "sure": bands["sure"],
        "review": bands["review"],
        "of": len(lists[1].companies),
        **sides,
        "out": str(to),
    }


def _say(one: _List) -> None:
    """How a list was read, and the first of the rows that were left out."""
    for note in one.notes:
        out.print(f"{one.path.name}: {note}", markup=False, soft_wrap=True)
    if not one.left_out:
        return
    out.print(f"{one.path.name}: {len(one.left_out):,} rows left out.", markup=False, soft_wrap=True)
    for problem in one.left_out[:_SHOWN]:
        out.print(f"  row {problem.number}: {problem.why}", markup=False, soft_wrap=True)
    if len(one.left_out) > _SHOWN:
        out.print("  All of them are listed with --json.")
