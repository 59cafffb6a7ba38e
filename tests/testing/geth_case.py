"""A simulated GoQuorum in front of a simulated pair of Tesseras, for tests."""

from __future__ import annotations

from quorumha.testing import SimulatedGeth
from tests.testing.tessera_pair import Pair


class GethCase(Pair):
    """One process of each party node, at the first Tessera."""

    def setUp(self) -> None:
        super().setUp()
        self.geth = self.process()

    def process(self, place: str = "q2t0:1", limit: float | None = 5.0) -> SimulatedGeth:
        return SimulatedGeth(self.net.clock, self.net.client_endpoint(place), limit=limit)

    def sent(self, payload: bytes = b"private") -> bytes:
        """The hash of a payload that was just sent."""
        sending = self.geth.send(payload)
        self.net.run()
        return self.successResultOf(sending)
