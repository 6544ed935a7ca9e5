"""``cosell policy`` and ``cosell whois``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot import terminal
from bot.terminal import complain, out, told

policy = typer.Typer(help="Who may decide what: check, ask and rehearse the policies.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@policy.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with the policies; the bot's own unless told.", exists=True)
    ] = None,
) -> None:
    """Hold the policies against their schema, and run their table of cases. Needs no settings and no network."""
    from bot import rehearsing
    from bot.policy import FOLDER

    with usable():
        checked, cases = rehearsing.check(folder or FOLDER)
    out.print(f"Policy {checked.digest}")
    out.print(f"Fits the schema; {cases} cases decided as the table says." if cases else "Fits the schema.")
    if not cases:
        out.print("There is no cases.toml beside it, so nothing says what it is to decide.")


@policy.command()
def who(
    opportunity: Annotated[str, typer.Option(help="Salesforce id of the deal.")],
    action: Annotated[str, typer.Option(help="Kind of action, such as submit_referral.")],
    as_json: AsJson = False,
) -> None:
    """List who may approve an action on a deal, and why, by the policy in force and the deal as it is now."""
    from bot import rehearsing
    from bot.action import kinds

    if action not in kinds():
        raise typer.BadParameter(f"{action} is none of {', '.join(kinds())}")
    with told(), usable():
        said = rehearsing.who(terminal.settings(), opportunity, kinds()[action])
    if as_json:
        sys.stdout.write(said.model_dump_json() + "\n")
        return
    table = Table(title=escape(f"{kinds()[action].title}: {said.deal}"), title_justify="left")
    for heading in ("", "Who", "Why", "Policy"):
        table.add_column(heading)
    for one in said.people:
        mark = "[green]may[/]" if one.allowed else "[dim]may not[/]"
        table.add_row(mark, f"{escape(one.name)} {one.slack}", one.because, ", ".join(one.policies))
    out.print(table)
    for missing in said.needed:
        able = ", ".join(missing.people) or "nobody in the configuration can"
        out.print(f"Needs {missing.who}: {able}.")
    if not said.needed and any(one.allowed for one in said.people):
        out.print("Any one of those who may is enough.")
    out.print(f"[dim]Policy {said.policy}[/]")


@policy.command()
def replay(
    with_: Annotated[
        Path, typer.Option("--with", help="The policies to ask: a .cedar file or a folder.", exists=True)
    ],
    days: Annotated[int, typer.Option(help="How far back.", min=1)] = 90,
    as_json: AsJson = False,
) -> None:
    """Show which past decisions would be others under these policies. Exit 1 when any would."""
    from bot import app, rehearsing
    from bot.ledger import Ledger

    with told(), usable():
        other = rehearsing.written_in(with_)
        ledger = Ledger(app.store(terminal.settings(), app.PATIENT))
        with out.status("Asking again …"):
            found = rehearsing.replay(ledger, other, rehearsing.days_ago(days))
    if as_json:
        sys.stdout.write(found.model_dump_json() + "\n")
    else:
        for one in found.differences:
            change = "denied → allowed" if one.would_be else "allowed → denied"
            out.print(
                f"{one.at}  entry {one.seq}  {one.proposal}  {one.action} by {one.by}: [bold]{change}[/]"
            )
            out.print(f"    {one.because} ({', '.join(one.policies) or 'no policy'})", markup=False)
        out.print(f"{len(found.differences)} of {found.decisions} decisions would be others.")
    raise typer.Exit(1 if found.differences else 0)


def whois(
    account: Annotated[
        str | None, typer.Argument(help="Slack id, e-mail address or username; everybody without one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who somebody is in each system, and whether each system agrees. Names find nobody: accounts do."""
    from bot import whois

    with told():
        found = whois.identities(terminal.settings(), account)
    if not found:
        complain.print(f"Nobody in the configuration goes by {account}.", markup=False)
        raise typer.Exit(1)
    for one in found:
        if as_json:
            sys.stdout.write(one.model_dump_json() + "\n")
            continue
        out.print(f"[bold]{escape(one.name)}[/]  {', '.join(one.roles)}, {escape(one.company)}")
        for link in one.links:
            mark = "[green]✓[/]" if link.verified else "[dim]–[/]"
            out.print(
                f"  {mark} {link.system:<20} {escape(link.account or '—')}  [dim]{escape(link.said)}[/]"
            )


@contextmanager
def usable() -> Iterator[None]:
    """An end with every problem of the policies, where they cannot be used."""
    from bot.policy import PolicyError

    try:
        yield
    except PolicyError as error:
        complain.print("[bold red]The policies cannot be used as they are.[/]")
        for problem in error.problems:
            complain.print(f"  - {problem}", markup=False)
        raise typer.Exit(1) from None
