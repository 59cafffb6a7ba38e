"""A node that stands in three pools dies once."""

from __future__ import annotations

from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported

from tests.served_party import PORTS, ServedCase


class OneDeathTests(ServedCase):
    """Two Tesseras, each with three ports."""

    def test_one_line(self) -> None:
        """When it dies, and when it is up again; a port alone is told by its own name."""
        party = self.serve(serve=("q2t", "p2p", "thirdparty"))
        party.net.advance(2)
        with capturedLogs() as events:
            for port in PORTS.values():
                party.net.kill(f"10.0.0.1:{port}")
            party.net.advance(3)
            for port in PORTS.values():
                party.net.revive(f"10.0.0.1:{port}")
            party.net.advance(5)
            party.net.kill("10.0.0.2:9081")
            party.net.advance(3)
        told = [
            (event["event"], event["pool"].split(", "), event["upstream"])
            for event in events
            if event.get("event", "").startswith("upstream")
        ]
        self.assertEqual(
            [(name, sorted(pools), upstream) for name, pools, upstream in told],
            [
                ("upstream-down", sorted(PORTS), "10.0.0.1"),
                ("upstream-up", sorted(PORTS), "10.0.0.1"),
                ("upstream-down", ["thirdparty"], "10.0.0.2:9081"),
            ],
        )
