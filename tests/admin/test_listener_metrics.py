"""Tests for L{quorumha.admin.listener_metrics}."""

from __future__ import annotations

from quorumha.testing import http_request
from tests.admin.test_metrics import MetricsCase, listener, pool
from tests.app.test_shown import TESSERA


class ListenerTests(MetricsCase):
    """One listener for HTTP."""

    def setUp(self) -> None:
        self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        self.numbers = self.proxy.service.numbers["one"]

    def of(self, family: str) -> dict[str, float]:
        """Its values, by the label beside the listener's name."""
        found = self.values(f"{family}{{")
        return {name.split('"')[1]: value for name, value in found.items() if 'listener="one"' in name}

    def test_requests(self) -> None:
        """By the class of their status; what is odd is left out."""
        self.numbers.statuses[:] = [0, 1, 20, 3, 40, 5]
        self.numbers.own.update({503: 2, 404: 1})
        self.assertEqual(
            self.of("quorumha_requests_total"), {"2xx": 20.0, "3xx": 3.0, "4xx": 40.0, "5xx": 5.0}
        )
        self.assertEqual(self.of("quorumha_own_responses_total"), {"404": 1.0, "503": 2.0})

    def test_connections(self) -> None:
        """Who is there now, and who was."""
        self.proxy.client()
        self.numbers.connections = 7
        self.assertEqual(self.of("quorumha_listener_open_connections"), {"one": 1.0})
        self.assertEqual(self.of("quorumha_listener_connections_total"), {"one": 7.0})

    def test_relays(self) -> None:
        """Bytes both ways."""
        self.numbers.received, self.numbers.sent = 5, 6
        self.assertEqual(self.of("quorumha_relay_bytes_total"), {"in": 5.0, "out": 6.0})

    def test_saved(self) -> None:
        """What clients never saw."""
        numbers = self.numbers
        numbers.waited, numbers.waiting_dropped, numbers.false_404_prevented = 1, 2, 3
        numbers.hedges["won"] = 4
        numbers.outcomes_resolved["POST /send"] = 5
        self.assertEqual(self.of("quorumha_waited_total"), {"one": 1.0})
        self.assertEqual(self.of("quorumha_waiting_dropped_total"), {"one": 2.0})
        self.assertEqual(self.of("quorumha_false_404_prevented_total"), {"one": 3.0})
        self.assertEqual(list(self.values("quorumha_hedges_total").values()), [4.0])
        self.assertEqual(self.of("quorumha_outcomes_resolved_total"), {"POST /send": 5.0})

    def test_seconds(self) -> None:
        """How long clients waited for a response's head."""
        before = self.of("quorumha_request_seconds_count")["one"]
        self.numbers.seconds.observe(0.3)
        self.assertEqual(self.of("quorumha_request_seconds_count"), {"one": before + 1})

    def test_no_parties(self) -> None:
        """Where no party infos come, nothing is said of them."""
        self.assertEqual(self.values("quorumha_partyinfo"), {})


class TesseraTests(MetricsCase):
    """Tessera's listeners."""

    def test_waiting(self) -> None:
        """Who waits, with the bytes that he sent."""
        self.serve(TESSERA)
        for name in list(self.proxy.tesseras):
            self.proxy.kill(name)
        self.proxy.net.advance(5)
        self.proxy.client(http_request(b"POST", b"/send", b'{"payload": "AA=="}'), "q2t")
        self.proxy.net.advance(1)
        waiting = self.values("quorumha_waiting_requests")
        self.assertEqual(waiting['quorumha_waiting_requests{listener="q2t"}'], 1.0)
        self.assertGreater(
            self.values("quorumha_waiting_bytes")['quorumha_waiting_bytes{listener="q2t"}'], 10.0
        )

    def test_parties(self) -> None:
        """For each member what it lacks; one that lacks nothing is there with 0."""
        self.serve(TESSERA)
        part = self.proxy.service.parts["p2p"]
        name = self.proxy.service.pools["p2p"].members[0].name
        part.sync.drift[name] = 2
        self.proxy.service.numbers["p2p"].parties_healed = 3
        missing = self.values("quorumha_partyinfo_missing")
        self.assertEqual(sorted(missing.values()), [0.0, 2.0])
        self.assertIn(f'quorumha_partyinfo_missing{{listener="p2p", upstream="{name}"}}', missing)
        self.assertEqual(
            self.values("quorumha_partyinfo_parties"), {'quorumha_partyinfo_parties{listener="p2p"}': 0.0}
        )
        self.assertEqual(
            self.values("quorumha_partyinfo_healed_total"),
            {'quorumha_partyinfo_healed_total{listener="p2p"}': 3.0},
        )
