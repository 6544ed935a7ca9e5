"""Threads that know what they are at work on."""

import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Pool(ThreadPoolExecutor):
    """A pool whose threads log and trace what they do as part of what handed it to them.

    The proposal that a line of the log is about, and the span that another is under, are context variables, which a
    thread of a plain pool does not see.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As every executor; ``map`` goes by this too."""
        here = contextvars.copy_context()
        return super().submit(lambda: here.run(fn, *args, **kwargs))
