"""How long it takes to match two lists of companies, in what memory, and how that grows with ours."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import companies
from bench.figures import Figure
from bot.deal import Company
from bot.matching import Band, match

THEIRS = 100_000
OURS = (10_000, 100_000, 300_000, 1_000_000)
SECONDS = 30.0
MEGABYTES = 1024.0
GROWTH = 1.5
"""How much more than tenfold a tenfold of ours may take."""


def measure() -> list[Figure]:
    """Seconds and resident memory of growing lists of ours against one list of theirs, each in fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        runs = {count: _run(Path(folder), count) for count in OURS}
    figures = []
    for count, run in runs.items():
        bound = count == THEIRS
        what = f"match {count:,} of ours with {THEIRS:,} of theirs"
        figures += [
            Figure(
                what,
                f"{run['seconds']:.1f} s",
                f"≤ {SECONDS:.0f} s" if bound else "for scale",
                run["seconds"] <= SECONDS if bound else None,
                f"2 processes, {run['processor']:.0f} s of processor time; ours prepared in {run['read']:.1f} s",
            ),
            Figure(
                f"{what}: resident, all processes",
                f"{run['resident']:.0f} MB",
                f"≤ {MEGABYTES:.0f} MB" if bound else "for scale",
                run["resident"] <= MEGABYTES if bound else None,
                f"highest sum of their VmRSS, shared pages counted in each; {run['own']:.0f} MB counted once",
            ),
        ]
    small, large = runs[100_000]["seconds"], runs[1_000_000]["seconds"]
    figures.append(
        Figure(
            "ten times as many of ours",
            f"{large / small:.1f}× the time",
            f"≤ {10 * GROWTH:.0f}×",
            large / small <= 10 * GROWTH,
            f"{large:.1f} s against {small:.1f} s",
        )
    )
    right = runs[100_000]
    figures.append(
        Figure(
            "of those in both lists: found sure, or to be reviewed",
            f"{right['sure']:.0%}, {right['review']:.0%}",
            "for scale",
            None,
            f"{right['wrong']} of {right['all_sure']:,} sure ones are another company",
        )
    )
    return figures


def _run(folder: Path, count: int) -> dict[str, Any]:
    """One run in a process of its own, watched from here."""
    mine = companies.written(companies.ours(count), folder / "ours.csv")
    other = companies.written(companies.theirs(THEIRS, count), folder / "theirs.csv")
    command = [sys.executable, "-m", "bench.match", str(mine), str(other)]
    resident = own = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            family = [process.pid, *_children(process.pid)]
            resident = max(resident, sum(_kilobytes(pid, "Rss:") for pid in family) / 1024)
            own = max(own, sum(_kilobytes(pid, "Pss:") for pid in family) / 1024)
            time.sleep(0.25)
        assert process.stdout is not None
        told: dict[str, Any] = json.loads(process.stdout.read())
    return told | {"resident": resident, "own": own}


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def _kilobytes(pid: int, what: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it has ended
    return next((int(line.split()[1]) for line in lines if line.startswith(what)), 0)


def _matched(ours: Path, theirs: Path) -> dict[str, Any]:
    partner = list(companies.read(theirs))
    started = time.perf_counter()
    read_at = started

    def accounts() -> Iterator[Company]:
        nonlocal read_at
        yield from companies.read(ours)
        read_at = time.perf_counter()

    found = list(match(accounts(), partner, processes=2))
    seconds = time.perf_counter() - started
    really = Counter(one.band for one in found if one.theirs.endswith(f"-{one.ours}"))
    sure = sum(one.band is Band.SURE for one in found)
    both = len(partner) / 2
    return {
        "seconds": seconds,
        "read": read_at - started,
        "processor": sum(os.times()[:4]),
        "sure": really[Band.SURE] / both,
        "review": really[Band.REVIEW] / both,
        "all_sure": sure,
        "wrong": sure - really[Band.SURE],
    }


if __name__ == "__main__":
    print(json.dumps(_matched(Path(sys.argv[1]), Path(sys.argv[2]))))
