"""``make bench``: acks against a bare app, click to verified against the critical path, decisions, start, the page."""

import sys

from rich.console import Console
from rich.table import Table

from bench import ack, batch, match, metrics, page, policy, start, summary, sweep, verified
from bench.figures import Figure

out = Console(width=120, highlight=False)


VERDICTS = {True: "ok", False: "MISSED", None: ""}


def main() -> int:
    """Run what is named, or everything; 1 when a figure misses its bound."""
    parts = {
        "ack": ack.measure,
        "verified": verified.measure,
        "policy": policy.measure,
        "batch": batch.measure,
        "start": start.measure,
        "page": page.measure,
        "sweep": sweep.measure,
        "match": match.measure,
        "metrics": metrics.measure,
        "summary": summary.measure,
    }
    wanted = sys.argv[1:] or list(parts)
    figures: list[Figure] = []
    for name in wanted:
        with out.status(f"measuring {name} …"):
            figures += parts[name]()
    table = Table(title="cosell bench", show_lines=False)
    for heading in ("what", "figure", "bound", "from", ""):
        table.add_column(heading)
    for figure in figures:
        table.add_row(figure.what, figure.shown, figure.bound, figure.source, VERDICTS[figure.met])
    out.print(table)
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
