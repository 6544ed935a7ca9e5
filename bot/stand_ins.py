"""The stand-ins in a process of their own, reached by settings like any other systems."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import typer


@contextlib.contextmanager
def stand_ins(book: int = 0) -> Iterator[dict[str, str]]:
    """Start them, with so many accounts in Salesforce besides a handful, and point the settings at them.

    Stopped at the end; gives what to know about them.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "sandbox", "serve", "--json", "--book", str(book)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise typer.Exit(1)
        told: dict[str, dict[str, str]] = json.loads(line)
        os.environ.update(told["settings"])
        yield told["about"]
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(10)
