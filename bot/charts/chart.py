"""The chart of a summary, drawn by ``python -m bot.charts``: matplotlib would fill a worker's memory."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import structlog

import bot
from bot.charts.alt import alt
from bot.charts.drawing import Drawing
from bot.charts.rows import drawing
from bot.errors import Refused, Unavailable
from bot.summaries import Summary

log = structlog.get_logger()

PATIENCE = 20.0
"""Seconds that drawing may take; it takes one."""
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and what it shows in words."""

    png: bytes
    alt: str  # plain text of at most 2,000 characters


def chart(summary: Summary) -> Chart | None:
    """How long actions took, as a picture; None where nothing was done.

    ``Unavailable`` where it was not drawn in time or could not be begun, ``Refused`` where it cannot be drawn.
    """
    wanted = drawing(summary)
    return None if wanted is None else Chart(_drawn(wanted), alt(wanted))


def _drawn(wanted: Drawing, patience: float = PATIENCE) -> bytes:
    with tempfile.TemporaryDirectory(prefix="cosell-chart-") as folder:
        try:
            child = subprocess.run(
                [sys.executable, "-P", "-m", "bot.charts"],
                input=wanted.model_dump_json().encode(),
                capture_output=True,
                timeout=patience,
                env=_surroundings(folder),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable("The chart was not drawn in time.") from None
        except OSError as error:
            raise Unavailable(f"The chart could not be drawn: {error.strerror}.") from error
    if child.returncode == 0 and child.stdout.startswith(_PNG):
        return child.stdout
    log.warning("charts.failed", code=child.returncode, said=child.stderr[-2000:].decode("utf-8", "replace"))
    if child.returncode < 0:  # something ended it: memory, a deployment
        raise Unavailable("The chart was not drawn: the process that draws it was ended.")
    raise Refused("The chart cannot be drawn; the log says why.")


def _surroundings(folder: str) -> dict[str, str]:
    """The child's environment: none of our secrets, a folder it may write to, one thread."""
    return {
        "PYTHONPATH": str(Path(bot.__file__).parent.parent),
        "PYTHONUTF8": "1",
        "HOME": folder,
        "MPLCONFIGDIR": folder,
        "MPL_IGNORE_SYSTEM_FONTS": "1",  # the list of those that matplotlib ships is made in a tenth of a second
        "TMPDIR": folder,
        "OPENBLAS_NUM_THREADS": "1",
    }
