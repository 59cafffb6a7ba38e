"""Requests that the slow lane refuses end their connection, as in the fast lane.

How twisted.web itself reads chunks, trailers and folded lines is its own; what is behind a
request whose framing we refuse must not be read.
"""

from __future__ import annotations

from tests.http.server.lanes import LaneCase, SlowLane, request
from tests.vectors.model import HIDDEN, Allowed
from tests.vectors.requests_ambiguous import FAMILIES


class RefusedTests(SlowLane, LaneCase):
    """The vectors whose heads decide."""

    def targets(self, raw: bytes) -> list[bytes]:
        """What upstreams were asked for."""
        self.set_up()
        client = self.client(raw, half_close=False)
        self.net.advance(100)
        self.assertIsNotNone(client.how_it_ended)
        self.received = client.received
        return [message.target for message in (*self.a.requests, *self.b.requests)]

    def test_nothing_behind_a_refused_head(self) -> None:
        judged = 0
        for family in ("coding", "length", "host", "line", "field"):
            for vector in FAMILIES[family]:
                # twisted.web unfolds lines by itself, and raises for a length of so many digits.
                if vector.allowed is not Allowed.REFUSED or "folded" in vector.name:
                    continue
                if vector.name == "five_thousand_digits":
                    continue
                judged += 1
                self.assertEqual(self.targets(vector.raw), [], vector.name)
        self.assertGreater(judged, 100)

    def test_told(self) -> None:
        both = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"
        self.assertEqual(self.targets(both + HIDDEN), [])
        self.assertTrue(self.received.startswith(b"HTTP/1.1 400 "))
        self.assertIn(b"connection: close\r\n", self.received.lower())
        self.assertEqual(self.received.count(b"HTTP/1.1"), 1)

    def test_others_go_on(self) -> None:
        self.client(request(target=b"/one") + request(target=b"/two"))
        self.assertEqual([message.target for message in self.a.requests], [b"/one", b"/two"])
        self.net.advance(100)
