"""``cosell score``: what a file of scores would write, row by row, before anybody is asked to approve it."""

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot import terminal
from bot.deal import Fact, Json
from bot.stand_ins import stand_ins
from bot.terminal import out, told

_SHOWN = 20


def score(
    file: Annotated[
        Path, typer.Option(help="The scores, a CSV or XLSX file.", exists=True, dir_okay=False, readable=True)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Every row, not the first twenty of each sort.")
    ] = False,
    sandbox: Annotated[bool, typer.Option(help="Against seeded stand-ins, started for the run.")] = False,
) -> None:
    """Show what a file of P2B scores would write, what is in doubt and what is left out. Writes nothing.

    The file has a row of headings with the score and any of company, website, country, duns, Salesforce opportunity id
    and AWS opportunity id. It is matched with the accounts and open deals of Salesforce as they are now, and with what
    people have said before. Drop it into a channel of the bot to have it approved and written.
    """
    with contextlib.ExitStack() as stack:
        if sandbox:
            stack.enter_context(stand_ins(book=3000))
        stack.enter_context(told())
        from bot.reviewing import review

        settings = terminal.settings()
        with (
            out.status(f"Matching {file.name} with Salesforce …")
            if sys.stdout.isatty()
            else contextlib.nullcontext()
        ):
            found = review(settings, file)
    if as_json:
        sys.stdout.write(found.batch.model_dump_json() + "\n")
        return
    for note in found.batch.notes:
        out.print(note, markup=False)
    batch, most = found.batch, None if every else _SHOWN
    label = batch.names[0].replace("_", " ")
    fact = found.deal.facts.get(batch.names[0])
    if batch.lines:
        sure = _table(f"{len(batch.lines):,} sure", "Row", "Opportunity", label, "Why")
        for line in batch.lines[:most]:
            was = line.before[0] if line.before else None
            sure.add_row(
                str(line.number),
                escape(line.deal),
                f"{_shown(fact, was)} → [bold]{_shown(fact, line.after[0])}[/]",
                escape("; ".join(line.why)),
            )
        _print(sure, len(batch.lines), most)
    if batch.doubts:
        review_table = _table(f"{len(batch.doubts):,} to review", "Row", "Company", label, "Perhaps", "Why")
        for doubt in batch.doubts[:most]:
            for place, choice in enumerate(doubt.choices):
                first = place == 0
                review_table.add_row(
                    str(doubt.number) if first else "",
                    escape(doubt.company) if first else "",
                    _shown(fact, doubt.after[0]) if first else "",
                    escape(choice.deal),
                    escape("; ".join(choice.why)),
                )
        _print(review_table, len(batch.doubts), most)
    if batch.left:
        left = _table(f"{len(batch.left):,} left out", "Row", "Company", "Said", "Why", "Nearest")
        for row in batch.left[:most]:
            left.add_row(
                str(row.number), escape(row.company), escape(row.said), escape(row.why), escape(row.nearest)
            )
        _print(left, len(batch.left), most)
    out.print(
        f"{len(batch.lines):,} sure, {len(batch.doubts):,} to review, {len(batch.left):,} left out. "
        "Nothing was written."
    )


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _print(table: Table, total: int, most: int | None) -> None:
    out.print(table)
    if most is not None and total > most:
        out.print(f"… and {total - most:,} more; --all shows them.")


def _shown(fact: Fact | None, value: Json) -> str:
    from bot.hearing import values

    return escape(str(value) if fact is None else values.shown(fact, value))
