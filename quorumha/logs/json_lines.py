"""An event as one line of JSON, for programs: L{json_line}.  Pure.

The first keys are there in every line, so that whoever reads them need not ask: C{time} (RFC 3339, in UTC),
C{level}, C{event}, C{pool}, C{upstream}, C{cause}, C{next} and C{text}.  An event's own keys follow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum

from twisted.logger import LogEvent, eventAsText

#: Keys of every line whose value is the event's, or empty.
COMMON = ("event", "pool", "upstream", "cause", "next")
#: What an event has for whoever writes it, not for whoever reads.
_LEFT_OUT = frozenset({"fold", "fold_first", "time", "level", "text"})
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def utc(seconds: float) -> str:
    """A moment, in seconds since the epoch, as RFC 3339 has it.

    >>> utc(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{int(seconds * 1000) % 1000:03d}Z"


def json_line(event: LogEvent) -> str:
    """The line, with its end.  Only events of quorumha's own, which have a name, have keys of their own: what
    stands in those of other programs nobody here knows."""
    level = event.get("log_level")
    fields: dict[str, object] = {
        "time": utc(event.get("log_time", 0.0)),
        "level": "info" if level is None else level.name,
        **dict.fromkeys(COMMON, ""),
        "text": eventAsText(event, includeTimestamp=False, includeSystem=False),
    }
    if "event" in event:
        for key, value in event.items():
            if not key.startswith("log_") and key not in _LEFT_OUT:
                fields[key] = _plain(value)
    return f"{_ENCODE(fields)}\n"


def _plain(value: object) -> object:
    """What JSON has a form for; anything else as its text."""
    if isinstance(value, Enum):
        return value.name.lower()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [_plain(one) for one in value]
    return str(value)
