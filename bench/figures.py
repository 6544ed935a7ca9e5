"""One measured figure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, what it has to be, and what it was computed from."""

    what: str
    shown: str
    bound: str
    met: bool | None  # None: it was not measured here, or has no bound
    source: str
