"""What is to be drawn, as it goes to the process that draws it."""

from pydantic import Field

from bot.deal import Frozen


class Line(Frozen):
    """One row: how long so many actions took, in seconds; None: there were none before."""

    label: str  # on one line, not clipped
    number: int
    median: float = Field(ge=0, allow_inf_nan=False)
    p90: float = Field(ge=0, allow_inf_nan=False)
    before: float | None = Field(ge=0, allow_inf_nan=False)
    begins: bool = False  # a new group: some space above it


class Drawing(Frozen):
    """The whole chart."""

    title: str
    period: str
    scope: str  # whose view; empty: everything
    lines: tuple[Line, ...] = Field(min_length=1, max_length=30)
