"""What coverage leaves out: it costs much there, and shows no line that plain tests do not reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coverage import Coverage

#: Environment of a process that ends by SIGKILL: what was noted of it would be lost.
NOT_MEASURED = {"COVERAGE_PROCESS_CONFIG": ""}


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure nothing meanwhile: random examples run the same lines hundreds of times, at twice the cost."""
    measuring = Coverage.current()
    if measuring is not None:
        measuring.stop()
    try:
        yield
    finally:
        if measuring is not None:
            measuring.start()
