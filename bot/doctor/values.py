"""What an examination finds: one line for each thing that was looked at, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.deal import Frozen


class State(StrEnum):
    """How something stands; in the order of how bad it is."""

    OK = "ok"
    WARN = "warn"  # the bot works, and something would be better otherwise
    FAIL = "fail"  # something that the bot does will not work


class Check(Frozen):
    """One thing that was looked at."""

    name: str  # "redis.appendonly"; stays the same from one version to the next
    state: State
    said: str  # one sentence
    do: str | None = None  # the one thing to do; None: nothing
    more: tuple[str, ...] = ()  # lines to copy, such as a policy statement


class Row(Frozen):
    """One fact of a deal: where it stands in Salesforce, what stands there, and what the bot makes of it."""

    fact: str
    field: str
    there: str  # "": empty
    means: str  # "": nothing
    written: str  # whether the bot may write it: "on approval", "no", or why not


class Section(Frozen):
    """What was found in one system."""

    name: str
    title: str
    checks: tuple[Check, ...]
    rows: tuple[Row, ...] = ()


class Report(Frozen):
    """Everything that was found."""

    sections: tuple[Section, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """The lines of all sections."""
        return tuple(check for section in self.sections for check in section.checks)

    def count(self, state: State) -> int:
        """How many lines stand like this."""
        return sum(check.state is state for check in self.checks)

    @property
    def state(self) -> State:
        """The worst of all lines."""
        return next((state for state in (State.FAIL, State.WARN) if self.count(state)), State.OK)


Finds = Iterator[Check | Row]
"""What a section gives, line by line, as soon as it is known."""


@dataclass(frozen=True)
class Part:
    """One section before it has run."""

    name: str
    title: str
    look: Callable[[], Finds]


def ok(name: str, said: str, more: tuple[str, ...] = ()) -> Check:
    """That something is as it should be."""
    return Check(name=name, state=State.OK, said=said, more=more)


def warn(name: str, said: str, do: str, more: tuple[str, ...] = ()) -> Check:
    """That something would be better otherwise."""
    return Check(name=name, state=State.WARN, said=said, do=do, more=more)


def fail(name: str, said: str, do: str, more: tuple[str, ...] = ()) -> Check:
    """That something will not work."""
    return Check(name=name, state=State.FAIL, said=said, do=do, more=more)


def named(words: list[str] | tuple[str, ...], most: int = 6) -> str:
    """Several names in a sentence: "Ana, Ben and Mei"; of many the first ones and how many more."""
    shown = list(words[:most])
    if len(words) > most:
        shown = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
