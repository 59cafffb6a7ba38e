"""Tests for L{quorumha.logs.json_lines}."""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import LogLevel
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.logs.json_lines import json_line, utc
from quorumha.logs.log_lines import line_of
from tests.logs.test_log_lines import LATE, failed


def told(**event: object) -> dict[str, Any]:
    """What a line holds."""
    line = json_line({"log_time": 1764540000.5, "log_level": LogLevel.warn, **event})
    assert line.endswith("\n") and line.count("\n") == 1
    found: dict[str, Any] = json.loads(line)
    return found


def of_fact(fact: object) -> dict[str, Any]:
    line = line_of(fact)
    assert line is not None
    return told(log_format=line.text, **line.keys(fact))


class JsonLineTests(SynchronousTestCase):
    """One event, one line."""

    def test_common(self) -> None:
        """The keys that each has come first, whatever the event has of them."""
        found = told(log_format="{what} is odd", what="it")
        self.assertEqual(
            found,
            {
                "time": "2025-11-30T22:00:00.500Z",
                "level": "warn",
                "event": "",
                "pool": "",
                "upstream": "",
                "cause": "",
                "next": "",
                "text": "it is odd",
            },
        )
        self.assertEqual(list(found)[:3], ["time", "level", "event"])

    def test_fact(self) -> None:
        """With its name and its keys; not what only the log itself needs."""
        down = events.MemberChanged("q2t", "t1", "down", "refused", "is asked again", node="t1")
        found = of_fact(down)
        wanted = {"event": "upstream-down", "pool": "q2t", "upstream": "t1", "cause": "refused"}
        self.assertEqual({**found, **wanted, "next": "is asked again"}, found)
        self.assertEqual(found["text"], "q2t: t1 is down: refused; is asked again")
        self.assertNotIn("fold", found)

    def test_attempts(self) -> None:
        """A list of tables stays one."""
        (attempt,) = of_fact(failed(LATE))["attempts"]
        self.assertEqual(attempt["upstream"], "t1")
        self.assertEqual(attempt["seconds"], 2.0)

    def test_others(self) -> None:
        """Of events that others made only the text: nobody here knows what stands in their keys."""
        found = told(log_format="gone", protocol=object(), secret="s")
        self.assertNotIn("secret", found)
        self.assertNotIn("protocol", found)

    def test_odd_values(self) -> None:
        """What JSON has no form for is there as text."""
        found = told(
            log_format="x", event="e", what={1: {"a"}}, more=b"b", level=LogLevel.info, other=ValueError("v")
        )
        self.assertEqual((found["what"], found["more"], found["other"]), ({"1": ["a"]}, "b'b'", "v"))
        self.assertEqual(found["level"], "warn")

    def test_failure(self) -> None:
        """Its traceback is in the text, and the line is one."""
        try:
            raise ValueError("no\nluck")
        except ValueError:
            found = told(log_format="odd", log_failure=Failure())
        self.assertIn("Traceback", found["text"])
        self.assertIn("no\nluck", found["text"])

    def test_time(self) -> None:
        self.assertEqual(utc(1.9999), "1970-01-01T00:00:01.999Z")
