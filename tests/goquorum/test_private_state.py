"""Tests for L{quorumha.goquorum.private_state}."""

from __future__ import annotations

from quorumha.goquorum.decide.facts import PrivateStateDiffers
from quorumha.goquorum.decide.shown_signs import PRIVATE_STATE
from quorumha.testing import RpcError
from tests.goquorum.checked_rpc import CheckedRpc


class PrivateStateTests(CheckedRpc):
    """C{private_state}: whether all members have the same."""

    def test_every_10_seconds_at_the_lowest_common_height(self) -> None:
        self.serve()
        self.node("a1").lag = 30.0
        self.network.mine(3)
        self.start(25.0)
        # Once at first, to see whether it is there.
        for name in ("a1", "a2"):
            self.assertEqual(self.node(name).seen[PRIVATE_STATE], [["0x0"]] * 3, name)
        self.node("a1").lag = 0.0
        self.net.advance(10.0)
        self.assertEqual(self.node("a2").seen[PRIVATE_STATE][3:], [["0x3"]])
        self.assertEqual(self.facts.of(PrivateStateDiffers), [])

    def test_different(self) -> None:
        """An event with height and members, at once and every 10 minutes; nothing is put down for it."""
        self.serve(interval="2s")
        self.node("a1").private_state = b"other"
        self.network.mine(3)
        self.start(14.0)
        differs = PrivateStateDiffers("quorum", 3, "a1 | a2")
        self.assertEqual(self.facts.of(PrivateStateDiffers), [differs])
        self.net.advance(580.0)
        self.assertEqual(self.facts.of(PrivateStateDiffers), [differs])
        self.net.advance(40.0)
        self.assertEqual(self.facts.of(PrivateStateDiffers), [differs, differs])
        self.assertEqual(self.changes("a1") + self.changes("a2"), [])
        self.node("a1").private_state = self.node("a2").private_state
        self.net.advance(20.0)
        self.assertEqual(self.facts.of(PrivateStateDiffers)[2:], [PrivateStateDiffers("quorum", 3, "")])

    def test_never(self) -> None:
        self.serve('private_state = "0s"')
        self.start(30.0)
        self.assertNotIn(PRIVATE_STATE, self.node("a1").seen)

    def test_not_exposed(self) -> None:
        """By one of three: the others are compared."""
        self.serve(members=3)
        self.node("a1").modules.discard("debug")
        self.node("a2").private_state = b"other"
        self.start(12.0)
        self.assertEqual([one.members for one in self.facts.of(PrivateStateDiffers)], ["a2 | a3"])

    def test_exposed_after_a_restart(self) -> None:
        """Then it is compared."""
        self.serve()
        self.node("a1").modules.discard("debug")
        self.node("a1").private_state = b"other"
        self.start(12.0)
        self.proxy.kill("a1")
        self.node("a1").modules.add("debug")
        self.net.advance(1.0)
        self.proxy.revive("a1")
        self.net.advance(12.0)
        self.assertEqual([one.members for one in self.facts.of(PrivateStateDiffers)], ["a1 | a2"])

    def test_an_error_says_nothing(self) -> None:
        self.serve()
        self.node("a1").replies[PRIVATE_STATE] = RpcError(-32000, "unknown block")
        self.start(30.0)
        self.assertEqual(self.facts.of(PrivateStateDiffers), [])

    def test_one_that_hangs_meanwhile(self) -> None:
        """The others are compared, and the next look is made in time."""
        self.serve(members=3)
        self.node("a2").private_state = b"other"
        self.start(10.0)
        self.proxy.hang("a1")
        self.net.advance(30.0)
        self.assertEqual([one.members for one in self.facts.of(PrivateStateDiffers)], ["a2 | a3"])

    def test_stopped_while_it_asks(self) -> None:
        """Nothing is left."""
        self.serve()
        self.start(9.9)
        self.proxy.hang("a1")
        self.net.advance(0.4)
        self.proxy.stop()
        self.assertEqual(self.facts.of(PrivateStateDiffers), [])
