"""The ``cosell`` command."""

import contextlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot import (
    doctor_commands,
    match_commands,
    policy_commands,
    report_commands,
    rule_commands,
    score_commands,
    setup_commands,
    terminal,
)
from bot.settings import Settings, secrets_in
from bot.stand_ins import stand_ins
from bot.terminal import complain, out, told

cli = typer.Typer(
    help="A Slack bot that carries out co-sell actions: approved once, verified, audited.",
    no_args_is_help=True,
    add_completion=False,
)
audit = typer.Typer(help="Look into the ledger.", no_args_is_help=True)
cli.add_typer(audit, name="audit")
cli.add_typer(policy_commands.policy, name="policy")
cli.command()(setup_commands.setup)
cli.command()(doctor_commands.doctor)
cli.command()(policy_commands.whois)
cli.command()(match_commands.match)
cli.command()(score_commands.score)
cli.command()(rule_commands.sweep)
cli.command()(report_commands.report)


def main() -> None:
    """Run the command line; what is logged on the way goes beside what it prints."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))
    cli()


@cli.command()
def serve() -> None:
    """Answer Slack over HTTP at /slack/events, until stopped."""
    from bot import log, serving

    settings = terminal.settings()
    log.configure(secrets=secrets_in(settings))
    _install_policy(settings)
    serving.serve(settings)


@cli.command()
def socket() -> None:
    """Answer Slack over a WebSocket that it opens, until stopped; needs SLACK_APP_TOKEN. Up to ten may run."""
    from bot import log, serving
    from bot.errors import BotError

    settings = terminal.settings()
    log.configure(secrets=secrets_in(settings))
    _install_policy(settings)
    try:
        serving.listen(settings)
    except BotError as error:
        complain.print(str(error), markup=False)
        raise typer.Exit(2) from None


@cli.command()
def worker() -> None:
    """Do what was approved, and draw and post in Slack, until stopped. Any number may run."""
    from bot import log, serving

    settings = terminal.settings()
    log.configure(secrets=secrets_in(settings))
    _install_policy(settings)
    serving.work(settings)


@cli.command()
def clock() -> None:
    """Find what a crash left behind and hand it to the workers, until stopped. Any number may run; one ticks."""
    from bot import log, serving

    settings = terminal.settings()
    log.configure(secrets=secrets_in(settings))
    serving.tick(settings)


@cli.command()
def demo(
    once: Annotated[
        bool, typer.Option(help="Stop after the story; exit 0 only if all was confirmed.")
    ] = False,
) -> None:
    """Play one deal's story on embedded stand-ins, then keep serving. Needs no accounts."""
    command = [sys.executable, "-m", "sandbox", "demo", *(["--once"] if once else [])]
    raise typer.Exit(subprocess.call(command))  # noqa: S603 - our own module


@cli.command()
def hear(
    opportunity: Annotated[
        str | None, typer.Option(help="Salesforce id of the deal the text is about.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What somebody says.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with one text a line.", exists=True)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    addressed: Annotated[bool, typer.Option(help="As if the bot were mentioned.")] = False,
    sandbox: Annotated[bool, typer.Option(help="Against seeded stand-ins, started for the run.")] = False,
) -> None:
    """Show what a text would propose, without posting anything."""
    if (text is None) == (file is None):
        raise typer.BadParameter("give either --text or --file")
    if opportunity is None and not sandbox:
        raise typer.BadParameter("name the deal with --opportunity (only --sandbox has a default deal)")
    texts = [text] if text is not None else (file or Path()).read_text(errors="replace").splitlines()
    with contextlib.ExitStack() as stack:
        about = stack.enter_context(stand_ins()) if sandbox else {}
        stack.enter_context(told())
        from bot.listening import listener

        listen = listener(terminal.settings(), opportunity or about["default_opportunity"])
        for line in texts:
            proposals = listen(line, datetime.now(UTC), addressed)
            if as_json:
                found = [{"kind": p.kind, "fields": p.fields} for p in proposals]
                sys.stdout.write(json.dumps({"text": line, "proposals": found}, ensure_ascii=False) + "\n")
                continue
            if file is not None:
                out.print(f"[dim]{line}[/]", markup=True)
            if not proposals:
                out.print("Nothing would be proposed.")
            for proposal in proposals:
                out.print(f"[bold]{proposal.title}[/]: {proposal.headline}")
                for shown in proposal.lines:
                    out.print(f"  {shown}", markup=False)


@audit.command()
def verify() -> None:
    """Walk the chain of the ledger and name the first entry that is not as it was written."""
    from bot import app
    from bot.ledger import Ledger

    with told():
        verdict = Ledger(app.store(terminal.settings(), app.PATIENT)).verify()
    if verdict.flaw is not None:
        complain.print(f"[red]Broken at entry {verdict.flaw.seq}:[/] {verdict.flaw.what}.")
        raise typer.Exit(1)
    out.print(f"{verdict.entries} entries, unbroken. Head {verdict.head or '(empty)'}")


@audit.command()
def reread() -> None:
    """Read the whole chain anew for reports and metrics, such as after the store was restored from a backup."""
    from rich.progress import Progress

    from bot import app
    from bot.history import History

    with told(), Progress(console=complain, transient=True) as progress:
        history = History(app.store(terminal.settings(), app.PATIENT))
        history.forget()
        task = progress.add_task("Reading", total=history.state().entries)
        while read := history.catch_up(1):
            progress.advance(task, read)
    state = history.state()
    out.print(f"{state.read:,} of {state.entries:,} entries read.")


@audit.command()
def show(
    proposal: Annotated[str | None, typer.Argument(help="Only this proposal's entries (prp_…).")] = None,
) -> None:
    """Print the ledger's entries, oldest first, one JSON object a line."""
    from bot import app
    from bot.ledger import Ledger

    with told():
        for entry in Ledger(app.store(terminal.settings(), app.PATIENT)).entries():
            if proposal is None or entry.get("proposal") == proposal:
                sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _install_policy(settings: Settings) -> None:
    """The policy that this installation brings, or an end with every problem where none can be in force."""
    from bot import app
    from bot.errors import Unavailable

    with policy_commands.usable(), contextlib.suppress(Unavailable):
        app.install_policy(settings)  # while the store is away it waits for the first who asks


if __name__ == "__main__":
    main()
