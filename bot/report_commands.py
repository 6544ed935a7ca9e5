"""``cosell report``: a month on paper, for those who are not in Slack."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import terminal
from bot.errors import Refused
from bot.summaries import Period, Summary, periods
from bot.terminal import out, told

_COLUMNS = (
    ("proposed", "proposed"),
    ("done", "done"),
    ("failed", "failed"),
    ("unverified", "to look at"),
    ("declined", "declined"),
    ("expired", "expired"),
    ("pending", "waiting"),
)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def report(
    month: Annotated[str | None, typer.Option(help="Such as 2026-11; the last month that is over.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF.")] = False,
    html: Annotated[
        bool, typer.Option("--html", help="Write a page that holds everything it needs.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write one line for every action.")] = False,
    to: Annotated[Path, typer.Option(help="Folder for the files.", file_okay=False)] = Path(),
    partner: Annotated[str, typer.Option(help="Only what was done with this partner.")] = "",
    reader: Annotated[
        str | None, typer.Option("--as", help="Slack id: only what this person may read.")
    ] = None,
) -> None:
    """Tell what happened in a month: in the terminal, or as files to hand on."""
    from bot import app, papers

    period = _period(month)
    with told():
        parts = app.Assembly(terminal.settings())
        zone = parts.config.summary.timezone
        chosen = periods.month(*period, zone) if period else periods.month_before(datetime.now(UTC), zone)
        who = parts.people.standing([reader])[reader] if reader else None
        summary = parts.reports.summary(chosen, who, partner=partner.strip().lower())
        address = parts.reports.address() if pdf or html or csv else None
        if address is None:
            _print(summary)
            return
        written = {
            "pdf": papers.pdf(summary, address) if pdf else None,
            "html": papers.html(summary, address).encode() if html else None,
            "csv": papers.csv(summary, address) if csv else None,
        }
        for ending, content in written.items():
            if content is not None:
                out.print(f"Wrote {_write(to, _name(chosen, ending), content)}", soft_wrap=True)


def _period(month: str | None) -> tuple[int, int] | None:
    if month is None:
        return None
    found = _MONTH.fullmatch(month.strip())
    if found is None or not 1970 <= int(found[1]) <= 9998:
        raise typer.BadParameter("a month is written as 2026-11", param_hint="--month")
    return int(found[1]), int(found[2])


def _name(period: Period, ending: str) -> str:
    return f"cosell-{period.start.astimezone(period.tz):%Y-%m}.{ending}"


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _print(summary: Summary) -> None:
    """The figures, in the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from bot.summaries.words import duration

    out.print(f"[bold]{summary.period.label}[/]{f' ({summary.scope})' if summary.scope else ''}")
    if summary.quiet:
        out.print("Nothing happened, and nothing waits.")
        return
    rows = tuple(summary.rows)
    columns = [
        (name, heading) for name, heading in _COLUMNS if any(getattr(row, name).number for row in rows)
    ]
    table = Table("", *(heading for _, heading in columns), "median", box=SIMPLE_HEAD, padding=(0, 1))
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        counts = (getattr(row, name).number for name, _ in columns)
        median = "" if row.whole.median is None else duration(row.whole.median)
        table.add_row(row.label, *(str(number or "") for number in counts), median)
    out.print(table)
    out.print("--pdf, --html and --csv write it to files, with a link to every thread.")
