"""Tests for L{quorumha.admin.exposition}."""

from __future__ import annotations

from math import ceil
from typing import Any

from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_of
from prometheus_client.parser import text_string_to_metric_families as families_of
from prometheus_client.registry import CollectorRegistry
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import NOT_DONE_YET
from twisted.web.test.requesthelper import DummyRequest

from quorumha.admin.exposition import (
    MOST_LINES,
    MOST_SCRAPES,
    OPENMETRICS,
    PLAIN,
    MetricsResource,
    format_for,
)
from quorumha.admin.families import Buckets, Family, Reading
from quorumha.numbers import BOUNDS

SECONDS = Family("t_seconds", "histogram", "How long.", ("who",))
DONE = Family("t_done_total", "counter", "What was done, by \\ and\nso on.", ("who",))
NOW = Family("t_now", "gauge", "What is.")
BUILD = Family("t_build_info", "info", "Which it is.", ("version", "python"))
HELD = Buckets((1, *[0] * (len(BOUNDS) - 1), 2), 30.5)


class Numbers:
    """What stands for the numbers of a process; counts how often it was read."""

    def __init__(self, members: int) -> None:
        self.members = members
        self.reads = 0

    def read(self) -> list[Reading]:
        self.reads += 1
        names = [(f'm"{number}',) for number in range(self.members)]
        return [
            (BUILD, [(("1.0", "3.11"), 1)]),
            (NOW, [((), self.reads)]),
            (DONE, [(name, 7) for name in names]),
            (SECONDS, [(name, HELD) for name in names]),
        ]

    def collect(self) -> Any:
        return [family.metric(rows) for family, rows in self.read()]


class ScrapeCase(SynchronousTestCase):
    """A resource over such numbers, on a clock of which each advance is a turn."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.numbers = Numbers(40)
        self.resource = MetricsResource(self.numbers, self.clock)  # type: ignore[arg-type]  # stands for it

    def begin(self, accept: bytes = b"", method: bytes = b"GET") -> DummyRequest:
        request = DummyRequest([b""])
        request.method = method
        if accept:
            request.requestHeaders.setRawHeaders(b"accept", [accept])
        self.assertEqual(self.resource.render(request), NOT_DONE_YET)
        return request

    def turn(self) -> None:
        # What it calls later belongs to the next turn, and not to this one as with Clock.advance.
        call = self.clock.calls.pop(0)
        call.called = 1
        call.func(*call.args, **call.kw)

    def finish(self, request: DummyRequest) -> str:
        turns = 0
        while not request.finished:
            self.turn()
            turns += 1
            self.assertLess(turns, 1000)
        self.turns = turns
        return b"".join(request.written).decode("utf-8")


class TextTests(ScrapeCase):
    """What is sent."""

    def test_as_one_piece(self) -> None:
        """In turns the same text comes out as at once."""
        text = self.finish(self.begin())
        registry = CollectorRegistry()
        self.numbers.reads = 0
        registry.register(self.numbers)  # type: ignore[arg-type]  # as a collector
        self.numbers.reads = 0
        self.assertEqual(text, generate_latest(registry).decode("utf-8"))

    def test_families(self) -> None:
        """Each once, with all its rows; buckets hold all that are below."""
        families = {one.name: one for one in families_of(self.finish(self.begin()))}
        self.assertEqual(set(families), {"t_build_info", "t_now", "t_done", "t_seconds"})
        self.assertEqual(len(families["t_done"].samples), 40)
        histogram = [s for s in families["t_seconds"].samples if s.labels["who"] == 'm"3']
        self.assertEqual(
            [s.value for s in histogram if s.name.endswith("_bucket")], [1.0] * len(BOUNDS) + [3.0]
        )
        self.assertEqual([s.value for s in histogram if s.name.endswith("_count")], [3.0])
        self.assertEqual([s.value for s in histogram if s.name.endswith("_sum")], [30.5])

    def test_openmetrics(self) -> None:
        """Whoever names it gets it, with its end, once."""
        request = self.begin(b"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
        text = self.finish(request)
        self.assertEqual(
            request.responseHeaders.getRawHeaders(b"content-type"), [OPENMETRICS.content_type.encode()]
        )
        self.assertEqual(text.count("# EOF"), 1)
        self.assertEqual(
            {one.name for one in openmetrics_of(text)}, {"t_build", "t_now", "t_done", "t_seconds"}
        )

    def test_plain(self) -> None:
        """Whoever names nothing, or what nobody knows, gets version 0.0.4."""
        for accept in ("", "*/*", "text/html", "application/openmetrics-text;q=0", ";;,,;q=\xff"):
            self.assertIs(format_for(accept), PLAIN, accept)
        request = self.begin(b"text/plain")
        self.finish(request)
        self.assertEqual(
            request.responseHeaders.getRawHeaders(b"content-type"),
            [b"text/plain; version=0.0.4; charset=utf-8"],
        )

    def test_head(self) -> None:
        """C{HEAD}: the length, and no body."""
        whole = self.finish(self.begin())
        request = self.begin(method=b"HEAD")
        self.assertEqual(self.finish(request), "")
        self.assertEqual(
            request.responseHeaders.getRawHeaders(b"content-length"), [b"%d" % len(whole.encode())]
        )


class TurnTests(ScrapeCase):
    """When it is done."""

    def test_a_piece_a_turn(self) -> None:
        """Numbers are read at once; then each turn encodes a family, or a part of a large one."""
        request = self.begin()
        self.assertEqual(self.numbers.reads, 1)
        text = self.finish(request)
        histograms = ceil(40 / (MOST_LINES // SECONDS.samples))
        # The end of the text takes one, and to see that nothing is left another.
        self.assertEqual(self.turns, 3 + histograms + 2)
        self.assertEqual(text.count("# TYPE"), 4)

    def test_two_at_once(self) -> None:
        """They have one turn together, and each its own numbers."""
        first, second = self.begin(), self.begin()
        one, other = self.finish(first), self.finish(second)
        self.assertIn("t_now 1.0", one)
        self.assertIn("t_now 2.0", other)

    def test_client_leaves(self) -> None:
        """Nothing is encoded for it any more."""
        request = self.begin()
        self.turn()
        request.processingFailed(Failure(ConnectionDone()))
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(request.written, [])

    def test_too_many(self) -> None:
        """More scrapes than anybody needs are refused until others are done."""
        requests = [self.begin() for _ in range(MOST_SCRAPES)]
        refused = DummyRequest([b""])
        self.assertEqual(self.resource.render(refused), b"too many scrapes are under way\n")
        self.assertEqual(refused.responseCode, 503)
        for request in requests:
            self.finish(request)
        self.finish(self.begin())

    def test_fault(self) -> None:
        """What cannot be encoded is a bug of ours: it is logged, and the client gets 500."""
        broken = [(NOW, [((), "no number")])]
        self.numbers.read = lambda: broken  # type: ignore[method-assign, assignment]  # as a bug would
        request = self.begin()
        self.finish(request)
        self.assertEqual(request.responseCode, 500)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
