"""What is written of events, for tests of those who log them."""

from __future__ import annotations

import io
from collections.abc import Iterable

from twisted.internet.task import Clock
from twisted.logger import LogEvent

from quorumha.logs.pipeline import LogPipeline
from quorumha.logs.sinks import Stream


def lines(events: Iterable[LogEvent]) -> list[str]:
    """The lines of events that come at one moment, folded, without their time."""
    stream = io.StringIO()
    pipeline = LogPipeline(Clock(), Stream(stream))
    for event in events:
        pipeline.observer(event)
    pipeline.end()
    return [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()]
