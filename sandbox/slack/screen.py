"""What can be seen in the workspace, and waiting until something is."""

import copy
import time
from collections.abc import Callable
from typing import Self, TypeVar

from sandbox.slack.errors import Object
from sandbox.slack.world import World

T = TypeVar("T")


class Screen(World):
    """Reads copies: what comes out does not change later."""

    def messages(self, channel: str) -> list[Object]:
        """Everything in a channel, replies too, oldest first."""
        with self.lock:
            return copy.deepcopy(list(self.channels[channel].messages.values()))

    def message(self, channel: str, ts: str) -> Object:
        """One message; ``KeyError`` when it is not there."""
        with self.lock:
            return copy.deepcopy(self.channels[channel].messages[ts])

    def thread(self, channel: str, thread_ts: str) -> list[Object]:
        """A message and its replies, oldest first."""
        with self.lock:
            return copy.deepcopy(self.channels[channel].thread(thread_ts))

    def ephemerals(self, user: str) -> list[Object]:
        """What only this person sees, oldest first; each with its ``channel``."""
        with self.lock:
            return copy.deepcopy(self.whispers.get(user, []))

    def home(self, user: str) -> Object | None:
        """The person's Home tab, once it was published."""
        with self.lock:
            return copy.deepcopy(self.modals.homes.get(user))

    def open_views(self, user: str) -> list[Object]:
        """The modals a person has open, the topmost last; ``errors`` when the last answers were not taken."""
        with self.lock:
            return copy.deepcopy(self.modals.stacks.get(user, []))

    def channel(self, id: str) -> Object:
        """A channel: id, name, kind, members, shared, archived."""
        with self.lock:
            found = self.channels[id]
            about = ("id", "name", "kind", "members", "shared", "archived")
            return copy.deepcopy({name: getattr(found, name) for name in about})

    def wait_for(self, predicate: Callable[[Self], T | None], timeout: float = 10.0) -> T:
        """The first true value of ``predicate(slack)``, tried at every change; ``TimeoutError`` shows what was said."""
        deadline = time.monotonic() + timeout
        with self.change:
            while not (value := predicate(self)):
                left = deadline - time.monotonic()
                if left <= 0 or not self.change.wait(left):
                    if value := predicate(self):
                        return value
                    raise TimeoutError(f"not so after {timeout} s; the last messages:\n{self.transcript()}")
            return value

    def transcript(self, last: int = 8) -> str:
        """The last messages of all channels and the last whispers, a line each."""
        with self.lock:
            said = [
                (m["ts"], f"{c.name} {m['user']}{' ↳' if m.get('parent_user_id') else ''}: {m['text']}")
                for c in self.channels.values()
                for m in list(c.messages.values())[-last:]
            ]
            whispered = [
                (m["ts"], f"only {user} in {m['channel']}: {m['text']}")
                for user, heard in self.whispers.items()
                for m in heard[-last:]
            ]
            opened = [
                f"open for {user}: {view['callback_id']} {view.get('errors') or ''}"
                for user, stack in self.modals.stacks.items()
                for view in stack
            ]
        return (
            "\n".join([f"  {ts} {line}" for ts, line in sorted(said + whispered)[-last:]] + opened)
            or "  none"
        )
