"""``python -m sandbox``: the story, or only the stand-ins."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sandbox import lists
from sandbox.world import DEFAULT_OPPORTUNITY, World

cli = typer.Typer(help="Stand-ins of the systems that the bot works with.", no_args_is_help=True)


@cli.command()
def serve(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print settings as JSON; end with the input.")
    ] = False,
    book: Annotated[int, typer.Option(help="So many accounts more in Salesforce, with their deals.")] = 0,
) -> None:
    """Start the stand-ins and print the settings that point the bot at them."""
    with World(book=book) as world:
        if as_json:
            about = {"default_opportunity": DEFAULT_OPPORTUNITY}
            sys.stdout.write(json.dumps({"settings": world.settings(), "about": about}) + "\n")
        else:
            sys.stdout.writelines(f"export {name}='{value}'\n" for name, value in world.settings().items())
        sys.stdout.flush()
        sys.stdin.read()


@cli.command("lists")
def write_lists(
    to: Annotated[Path, typer.Option(help="Folder to write into; made if need be.")],
) -> None:
    """Write a partner's list and a file of scores, of the org that the demo runs, to drop into a channel by hand."""
    for path in lists.write(lists.book(), to):
        typer.echo(path)


@cli.command()
def demo(
    once: Annotated[bool, typer.Option(help="Stop after the story.")] = False,
) -> None:
    """Play one deal's story through the bot's own endpoints, and check every step in the records."""
    from sandbox.demo import play

    raise typer.Exit(play(once))


if __name__ == "__main__":
    cli()
