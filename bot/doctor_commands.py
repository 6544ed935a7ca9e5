"""``cosell doctor``: looks at everything that the bot needs, writes nothing, and says what to do."""

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot import terminal
from bot.stand_ins import stand_ins
from bot.terminal import out, told

if TYPE_CHECKING:
    from bot.doctor import Check, Report, Row

MARKS = {"ok": Text("ok", "green"), "warn": Text("warn", "yellow"), "fail": Text("FAIL", "bold red")}
INDENT = 2
WIDE = 110
"""Columns from which the table of a deal has one for the field."""
WIDEST = 70
"""Characters of a value in the table of a deal."""


def doctor(
    opportunity: Annotated[
        str | None,
        typer.Option(
            help="Salesforce id of the deal on which to try the mapping; the newest open one otherwise."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    sandbox: Annotated[bool, typer.Option(help="Against seeded stand-ins, started for the run.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="This section alone: settings, redis, slack, salesforce, … May be given several times."
        ),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(help="Write the fields that Salesforce lacks, and a permission set, into this folder."),
    ] = None,
) -> None:
    """Look at everything that the bot needs, and say what to do. Writes nothing. Exit 1 when something fails."""
    from bot.doctor import NAMES, State

    wanted = only or list(NAMES)
    if unknown := [name for name in wanted if name not in NAMES]:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(NAMES)}", param_hint="--only")
    if metadata is not None and "salesforce" not in wanted:
        raise typer.BadParameter("it belongs to the section salesforce", param_hint="--metadata")
    with contextlib.ExitStack() as stack:
        if sandbox:
            stack.enter_context(stand_ins())
        stack.enter_context(told())
        report = _examined(wanted, opportunity, metadata, _Silent() if as_json else _Screen())
    if as_json:
        sys.stdout.write(json.dumps(_as_json(report), ensure_ascii=False, indent=2) + "\n")
    else:
        _sum_up(report)
    raise typer.Exit(1 if report.state is State.FAIL else 0)


def _examined(
    wanted: list[str], opportunity: str | None, metadata: Path | None, screen: "_Silent | _Screen"
) -> "Report":
    """Every section's lines, shown as they come."""
    from bot.app.examination import examination
    from bot.doctor import Check, Report, Section, parts, run

    every = parts(examination(terminal.settings()), opportunity, metadata)
    sections = []
    for part, finds in run(tuple(part for part in every if part.name in wanted)):
        checks: list[Check] = []
        rows: list[Row] = []
        with screen.section(part.title):
            for one in finds:
                if isinstance(one, Check):
                    checks.append(one)
                    screen.line(one)
                else:
                    rows.append(one)
            screen.table(rows)
        sections.append(Section(name=part.name, title=part.title, checks=tuple(checks), rows=tuple(rows)))
    return Report(sections=tuple(sections))


def _as_json(report: "Report") -> dict[str, Any]:
    """The same names in the same order whatever was found."""
    from bot.doctor import State

    return {
        "state": report.state.value,
        "counts": {state.value: report.count(state) for state in State},
        "sections": [section.model_dump(mode="json") for section in report.sections],
    }


def _sum_up(report: "Report") -> None:
    from bot.doctor import State

    fine, warned, failed = (report.count(state) for state in (State.OK, State.WARN, State.FAIL))
    words = [f"{fine} fine"]
    words += [f"[yellow]{warned} warning{'s' * (warned != 1)}[/]"] if warned else []
    words += [f"[bold red]{failed} failure{'s' * (failed != 1)}[/]"] if failed else []
    out.print(f"\n{', '.join(words)}.")


# -- on the screen --------------------------------------------------------------------------------------------------
class _Silent:
    """Shows nothing on the way."""

    def section(self, title: str) -> contextlib.AbstractContextManager[object]:
        return contextlib.nullcontext()

    def line(self, check: "Check") -> None: ...

    def table(self, rows: list["Row"]) -> None: ...


class _Screen:
    """Each section with a heading, each line as soon as it is known."""

    def section(self, title: str) -> contextlib.AbstractContextManager[object]:
        out.print(f"\n[bold]{title}[/]")
        return out.status(f"Looking at {title} …")

    def line(self, check: "Check") -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=4, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(MARKS[check.state], Text(check.said))
        if check.do:
            grid.add_row("", Text(f"→ {check.do}", "" if check.state == "ok" else "cyan"))
        out.print(Padding(grid, (0, 0, 0, INDENT)))
        for line in check.more:  # to be copied, so that a terminal does not break them
            out.print(Text(f"{' ' * (INDENT + 7)}{line}", "dim"), soft_wrap=True)

    def table(self, rows: list["Row"]) -> None:
        if not rows:
            return
        wide = out.width >= WIDE
        table = Table(box=None, padding=(0, 1), pad_edge=False)
        names = ("Fact", "Salesforce field") if wide else ("Fact, Salesforce field",)
        for heading in names:  # whole, so that it can be copied
            table.add_column(heading, no_wrap=True, header_style="bold dim")
        for heading in ("What stands there", "What the bot makes of it", "Written"):
            table.add_column(heading, overflow="fold", header_style="bold dim")
        for row in rows:
            place = (row.fact, Text(row.field, "dim"))
            same = row.means == row.there and bool(row.means)
            means = Text("the same", "dim") if same else Text(_short(row.means))
            where = place if wide else (Text.assemble(row.fact, "\n", place[1]),)
            table.add_row(*where, Text(_short(row.there)), means, row.written)
        out.print()
        out.print(Padding(table, (0, 0, 0, INDENT)))


def _short(value: str) -> str:
    return value if len(value) <= WIDEST else f"{value[: WIDEST - 1]}…"
