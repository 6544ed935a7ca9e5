"""The sections side by side, each in a thread of its own, so that a system that hangs or breaks hides no other."""

import queue
import threading
import time
from collections.abc import Iterator

from bot.doctor.values import Check, Finds, Part, Row, fail
from bot.errors import BotError

PATIENCE = 90.0
"""Seconds that all sections together may take; each call in them has a timeout of its own, of some seconds."""
AGAIN = "Run it again with --only {}; if it stays so, tell whoever maintains the bot, with this line."


class Running:
    """A section on its way."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._found: queue.SimpleQueue[Check | Row | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=f"doctor-{part.name}", daemon=True).start()

    def found(self, until: float) -> Iterator[Check | Row]:
        """What it finds, line by line; at ``until``, of ``time.monotonic``, a line says that it is not done."""
        while True:
            try:
                one = self._found.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                yield fail(
                    f"{self.part.name}.time",
                    "This took too long, so that the rest was not looked at.",
                    AGAIN.format(self.part.name),
                )
                return
            if one is None:
                return
            yield one

    def _work(self) -> None:
        try:
            for one in self.part.look():
                self._found.put(one)
        except BotError as error:
            self._found.put(fail(self._broken, str(error), AGAIN.format(self.part.name)))
        except Exception as error:  # noqa: BLE001 - told as a failure, and the other sections go on
            said = f"The check itself broke off ({type(error).__name__}: {error})."
            self._found.put(fail(self._broken, said, AGAIN.format(self.part.name)))
        finally:
            self._found.put(None)

    @property
    def _broken(self) -> str:
        return f"{self.part.name}.examination"


def run(parts: tuple[Part, ...], patience: float = PATIENCE) -> Iterator[tuple[Part, Finds]]:
    """The sections in their order, all begun at once, each with what it finds."""
    until = time.monotonic() + patience
    for running in [Running(part) for part in parts]:
        yield running.part, running.found(until)
