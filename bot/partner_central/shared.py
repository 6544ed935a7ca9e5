"""What all people have in common: the catalog, the pace of writes, what was created just now, the solutions."""

import threading
import time
from collections.abc import Callable, Mapping

from bot.deal import Solution
from bot.guards import Guard
from bot.partner_central.values import Invited
from bot.pool import Pool

_FRESH = 30.0  # seconds in which AWS may not yet show what it has just created
_SOLUTIONS_FOR = 600.0
_LIST_GAP = 0.25  # seconds; the ten reads a second are the whole account's (AWS Partner Central, "Quotas")


class Shared:
    """One partner account as this process knows it."""

    def __init__(
        self,
        catalog: str,
        wait_for_turn: Callable[[], None],
        wait_to_read: Callable[[], None],
        way: Guard,
    ) -> None:
        self.catalog, self.way = catalog, way
        self.wait_for_turn, self.wait_to_read = wait_for_turn, wait_to_read
        self.side = Pool(max_workers=8, thread_name_prefix="partner-central")
        self.invited: Mapping[
            str, Invited
        ] = {}  # what the pending invitations say, by id; replaced, never changed
        self._next_read = 0.0
        self._next_read_lock = threading.Lock()
        self._created: dict[str, float] = {}
        self._created_lock = threading.Lock()
        self._solutions: tuple[float, tuple[Solution, ...]] | None = None
        self._solutions_lock = threading.Lock()

    def wait_to_list(self) -> None:
        """Return when it is the turn of one more read among many: at most four a second in this process."""
        with self._next_read_lock:
            now = time.monotonic()
            turn = max(now, self._next_read)
            self._next_read = turn + _LIST_GAP
        time.sleep(turn - now)

    def remember(self, id: str) -> None:
        """Keep in mind that this opportunity was created just now."""
        now = time.monotonic()
        with self._created_lock:
            self._created = {old: at for old, at in self._created.items() if now - at < _FRESH}
            self._created[id] = now

    def fresh(self, id: str | None) -> bool:
        """Whether this process created it so lately that AWS may not show it yet."""
        return id is not None and time.monotonic() - self._created.get(id, float("-inf")) < _FRESH

    def solutions(self, read: Callable[[], tuple[Solution, ...]]) -> tuple[Solution, ...]:
        """What ``read`` gave within the last ten minutes, or gives now."""
        with self._solutions_lock:
            if self._solutions is None or time.monotonic() - self._solutions[0] > _SOLUTIONS_FOR:
                self._solutions = (time.monotonic(), read())
            return self._solutions[1]
