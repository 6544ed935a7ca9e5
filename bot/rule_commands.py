"""``cosell sweep``: the referral rule held against every open deal, told to nobody or by a worker."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import terminal
from bot.cards.text import plain
from bot.terminal import out, told


def sweep(
    rule: Annotated[str, typer.Option(help='Name of a rule with when = "sweep".')],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what it would tell, and tell nobody.")
    ] = False,
) -> None:
    """Look now, and not only at its set times, for deals that a rule finds; a worker does it unless --dry-run."""
    from bot import app
    from bot.config import load
    from bot.jobs import Queue
    from bot.lifecycle.jobs import Job
    from bot.lifecycle.sweeping import sweep_of

    settings = terminal.settings()
    config = load(settings.cosell_config)
    with told():
        wanted = sweep_of(config.rules, rule)
        if not dry_run:
            due = datetime.now(UTC).isoformat()
            Queue(app.store(settings, app.PATIENT)).send(Job.SWEEP, rule=rule, due=due)
            out.print("Handed to the workers.")
            return
        found = app.Assembly(settings).sweep.find(wanted)
        for one in found.fresh:
            proposes = one.firing(datetime.now(UTC)).propose
            line = f"{one.opportunity}  {one.name}: {one.why}{proposes and f'  -> {proposes}'}"
            sys.stdout.write(f"{plain(line, 1_000)}\n")
        out.print(
            f"{len(found.open):,} open deals, {found.met:,} meet the rule, {len(found.fresh):,} would be told now."
        )
