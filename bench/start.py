"""How long each process takes until it serves, and what it keeps resident at rest."""

import time
from pathlib import Path

from bench.figures import Figure
from sandbox.world import World

READY = 3.0
RESIDENT = 150.0
REST = 3.0
"""Seconds of rest before memory is read."""


def measure() -> list[Figure]:
    """Seconds from process start to ready, and megabytes of the largest process of each part."""
    figures = []
    with World() as world:
        for part in ("serve", "worker", "clock"):
            started = time.perf_counter()
            process = world.start(part)
            world.wait_ready()
            seconds = time.perf_counter() - started
            time.sleep(REST)
            sizes = [_resident(pid) for pid in (process.pid, *_children(process.pid))]
            largest = max(sizes)
            shown = ", ".join(f"{size:.0f}" for size in sizes)
            figures += [
                Figure(f"{part}: start to ready", f"{seconds:.2f} s", "< 3 s", seconds < READY, "wall clock"),
                Figure(
                    f"{part}: resident at rest",
                    f"{largest:.0f} MB",
                    "< 150 MB a process",
                    largest < RESIDENT,
                    f"VmRSS of each process: {shown}",
                ),
            ]
    return figures


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
